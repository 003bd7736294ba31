"""A trained network as an ONNX graph, written layer by layer.

PyTorch's own exporters need a further package and 150 MB, or are deprecated;
a plain sequence of layers needs neither. The graph takes images as a file
holds them and standardises them itself, so that nobody can forget to. A
batch normalisation after a convolution is folded into it.
"""

import json
from collections.abc import Sequence

import numpy as np
import torch
from onnx import TensorProto, checker, helper, numpy_helper
from torch import nn

from mnist_report.errors import ReportError

# pinned: runtimes since July 2022 read both
OPSET, IR_VERSION = 17, 8
INPUT, OUTPUT = "images", "logits"
WHITE = 255
LEFT_OUT = (nn.Identity, nn.Dropout, nn.Dropout2d)


def export(
    network: nn.Sequential,
    scale: tuple[float, float],
    class_names: Sequence[str],
    side: int = 28,
) -> bytes:
    """Return the network as an ONNX file, the same bytes each time.

    scale: mean and standard deviation of the training pixels in 0..1. The
    file takes images (N, 1, side, side) of uint8 for any N and gives logits
    (N, classes) of float32; it holds the classes' names as JSON.
    """
    mean, sd = (np.float32(WHITE * number) for number in scale)
    graph = _Graph()
    graph.add("Cast", to=TensorProto.FLOAT)
    graph.add("Sub", mean)
    graph.add("Div", sd)
    rest = _layers(network)
    while rest:
        layer = rest.pop(0)
        if isinstance(layer, nn.Conv2d):
            _add_convolution(graph, layer, _take_norm(rest))
        else:
            _add_layer(graph, layer)
    model = graph.model(side, len(class_names))
    helper.set_model_props(model, {"class_names": json.dumps([*class_names])})
    checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


class _Graph:
    """A chain of nodes, each fed by the one before."""

    def __init__(self) -> None:
        self.nodes = []
        self.weights = []
        self.last = INPUT

    def add(self, kind: str, *weights: np.ndarray, **attributes) -> None:
        """Append a node with its weights."""
        name = f"{len(self.nodes)}-{kind}"
        names = [f"{name}-{index}" for index in range(len(weights))]
        self.weights += map(numpy_helper.from_array, weights, names)
        self.nodes.append(
            helper.make_node(
                kind, [self.last, *names], [name], name=name, **attributes
            )
        )
        self.last = name

    def model(self, side: int, num_classes: int) -> "helper.ModelProto":
        """Return the chain as a model."""
        self.nodes[-1].output[0] = OUTPUT
        ends = (
            helper.make_tensor_value_info(*end)
            for end in (
                (INPUT, TensorProto.UINT8, ["N", 1, side, side]),
                (OUTPUT, TensorProto.FLOAT, ["N", num_classes]),
            )
        )
        return helper.make_model(
            helper.make_graph(
                self.nodes,
                "network",
                *([end] for end in ends),
                initializer=self.weights,
            ),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="mnist_report",
        )


def _layers(network: nn.Sequential) -> list[nn.Module]:
    """Return the layers that do something in use, in order."""
    layers = []
    for layer in network:
        if isinstance(layer, nn.Sequential):
            layers += _layers(layer)
        elif not isinstance(layer, LEFT_OUT):
            layers.append(layer)
    return layers


def _take_norm(rest: list[nn.Module]) -> nn.BatchNorm2d | None:
    """Take out the normalisation that a convolution before can take up."""
    match rest:
        case [nn.BatchNorm2d(), *_]:
            return rest.pop(0)
        # the greatest number stays the greatest where none is turned round
        case [nn.MaxPool2d(), nn.BatchNorm2d() as norm, *_]:
            if not norm.affine or bool((norm.weight >= 0).all()):
                return rest.pop(1)
    return None


def _add_convolution(
    graph: _Graph, layer: nn.Conv2d, norm: nn.BatchNorm2d | None
) -> None:
    """Add a convolution and, in its weights, what normalises its output."""
    if isinstance(layer.padding, str) or layer.padding_mode != "zeros":
        raise _unknown(layer)
    weight = layer.weight.detach().cpu().double()
    bias = torch.zeros(len(weight), dtype=torch.float64)
    if layer.bias is not None:
        bias = layer.bias.detach().cpu().double()
    if norm is not None:
        gain, shift, mean, variance = map(torch.from_numpy, _norm(norm))
        factor = gain.double() / (variance.double() + norm.eps).sqrt()
        weight = weight * factor.view(-1, 1, 1, 1)
        bias = (bias - mean) * factor + shift
    graph.add(
        "Conv",
        _array(weight),
        _array(bias),
        kernel_shape=layer.kernel_size,
        strides=layer.stride,
        pads=2 * layer.padding,
        dilations=layer.dilation,
        group=layer.groups,
    )


def _add_layer(graph: _Graph, layer: nn.Module) -> None:
    """Add any layer but a convolution."""
    match layer:
        case nn.BatchNorm2d():
            graph.add("BatchNormalization", *_norm(layer), epsilon=layer.eps)
        case nn.ReLU():
            graph.add("Relu")
        case nn.MaxPool2d(dilation=1, return_indices=False):
            graph.add("MaxPool", **_window(layer))
        case nn.AvgPool2d(divisor_override=None):
            inside = int(layer.count_include_pad)
            graph.add(
                "AveragePool", count_include_pad=inside, **_window(layer)
            )
        case nn.AdaptiveAvgPool2d(output_size=1 | (1, 1)):
            graph.add("GlobalAveragePool")
        case nn.Flatten(start_dim=1, end_dim=-1):
            graph.add("Flatten", axis=1)
        case nn.Linear():
            weights = [layer.weight]
            if layer.bias is not None:
                weights.append(layer.bias)
            graph.add("Gemm", *map(_array, weights), transB=1)
        case _:
            raise _unknown(layer)


def _norm(layer: nn.BatchNorm2d) -> list[np.ndarray]:
    """Return gain, shift, mean and variance of a normalisation."""
    if layer.running_mean is None:
        raise _unknown(layer)
    gain, shift = layer.weight, layer.bias
    if not layer.affine:
        gain = torch.ones_like(layer.running_mean)
        shift = torch.zeros_like(gain)
    return [*map(_array, (gain, shift, layer.running_mean, layer.running_var))]


def _window(layer: nn.MaxPool2d | nn.AvgPool2d) -> dict:
    """Return the attributes that poolings share."""

    def pair(value: int | tuple[int, int]) -> tuple[int, int]:
        return (value, value) if isinstance(value, int) else tuple(value)

    return {
        "kernel_shape": pair(layer.kernel_size),
        "strides": pair(layer.stride),
        "pads": 2 * pair(layer.padding),
        "ceil_mode": int(layer.ceil_mode),
    }


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().cpu().float().contiguous().numpy()


def _unknown(layer: nn.Module) -> ReportError:
    return ReportError(
        f"The network cannot be exported: the layer {layer} has no "
        "counterpart yet; add one in deployment/graph.py, or leave the "
        "export out (deployment: false)."
    )
