"""The network outside the project: the same answers, measured honestly."""

import json
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from mnist_report import deployment, parameters, progress, tables
from mnist_report.deployment import measurement
from mnist_report.errors import ReportError
from mnist_report.measured import Runtime
from mnist_report.parameters import Parameters
from mnist_report.results import Results

SIDE, CLASSES = 8, ["zero", "one", "two"]
SCALE = (0.3, 0.4)
RNG = np.random.default_rng(0)


def images(count):
    """Return random uint8 images."""
    shape = (count, 1, SIDE, SIDE)
    return torch.from_numpy(RNG.integers(0, 256, shape, dtype=np.uint8))


def block(channels, width, **options):
    """Return one block of the classic network."""
    return [
        nn.Conv2d(channels, width, 3, padding=1, **options),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
    ]


def settled(*layers, seed=0):
    """Return a network whose normalisations have seen images."""
    torch.manual_seed(seed)
    network = nn.Sequential(*layers)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d) and module.affine:
            nn.init.uniform_(module.weight, 0.5, 2)
            nn.init.uniform_(module.bias, -1, 1)
    network.train()
    with torch.no_grad():
        for _ in range(3):
            network(images(20).float() / 255)
    return network.to(memory_format=torch.channels_last).eval()


def classic(hidden=6):
    """Return a small network of the report's classic form."""
    layers, width = [*block(1, 4), nn.Flatten()], 4 * 16
    if hidden:
        layers += [nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(0.2)]
    return settled(*layers, nn.Linear(hidden or width, len(CLASSES)))


def classify(model, batch):
    """Return the logits that ONNX Runtime gives."""
    session = onnxruntime.InferenceSession(model)
    return session.run(None, {"images": batch.numpy()})[0]


def pooled_before_norm(weight):
    """Return layers that pool before they normalise, by these gains."""
    layers = [
        nn.Conv2d(1, 2, 5, bias=False),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(8, 3),
    ]
    network = settled(*layers)
    network[2].weight.data = torch.tensor(weight)
    return network


NETWORKS = {
    "classic": classic,
    "no hidden layer": lambda: classic(hidden=0),
    "two blocks": lambda: settled(
        *block(1, 2), *block(2, 5), nn.Flatten(), nn.Linear(20, 3)
    ),
    "nested, strided, grouped, without bias": lambda: settled(
        nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1, bias=False), nn.Identity()),
        nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=2),
        nn.ReLU(),
        nn.AvgPool2d(3, stride=1, padding=1),
        nn.BatchNorm2d(4, affine=False),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 3, bias=False),
    ),
    "pooled, then normalised": lambda: pooled_before_norm([1.0, 2.0]),
    "turned round": lambda: pooled_before_norm([1.0, -2.0]),
    "odd pooling": lambda: settled(
        nn.MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0), ceil_mode=True),
        nn.Flatten(),
        nn.LazyLinear(3),
    ),
    "linear": lambda: settled(nn.Flatten(), nn.Linear(SIDE * SIDE, 3)),
}


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_exported_network_gives_the_same_logits(make):
    network = make()
    model = deployment.export(network, SCALE, CLASSES, SIDE)
    for count in (1, 7):  # any number of images
        batch = images(count)
        expected = measurement.logits_of(network, SCALE, batch)
        np.testing.assert_allclose(
            classify(model, batch), expected, rtol=0, atol=1e-5
        )


def test_export_is_the_same_each_time_and_leaves_the_network():
    network = classic()
    before = {name: x.clone() for name, x in network.state_dict().items()}
    first = deployment.export(network, SCALE, CLASSES, SIDE)
    assert deployment.export(network, SCALE, CLASSES, SIDE) == first
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_export_states_its_form_and_folds_normalisation():
    model = onnx.load_from_string(
        deployment.export(classic(), SCALE, CLASSES, SIDE)
    )
    kinds = [node.op_type for node in model.graph.node]
    assert kinds[:4] == ["Cast", "Sub", "Div", "Conv"]
    assert "BatchNormalization" not in kinds
    assert [(each.domain, each.version) for each in model.opset_import] == [
        ("", 17)
    ]
    (entry,) = model.graph.input
    assert entry.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    shape = entry.type.tensor_type.shape.dim
    assert [size.dim_param or size.dim_value for size in shape] == [
        *("N", 1, SIDE, SIDE)
    ]
    names = {prop.key: prop.value for prop in model.metadata_props}
    assert json.loads(names["class_names"]) == CLASSES


@pytest.mark.parametrize(
    "layer",
    [
        nn.GELU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Conv2d(1, 1, 3, padding="same"),
        nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"),
        nn.BatchNorm2d(1, track_running_stats=False),
        nn.MaxPool2d(2, dilation=2),
        nn.Flatten(0),
    ],
    ids=str,
)
def test_layer_without_counterpart_is_named(layer):
    with pytest.raises(ReportError, match=type(layer).__name__):
        deployment.export(nn.Sequential(layer), SCALE, CLASSES, SIDE)


@pytest.fixture(scope="module")
def measured():
    """Return what was measured of a small network."""
    network, test = classic(), images(30)
    labels = torch.from_numpy(
        measurement.logits_of(network, SCALE, test).argmax(axis=1)
    )
    labels[:4] = (labels[:4] + 1) % 3  # four errors
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measurement, "PROCESSES", 1)
        found = deployment.measure(
            network, SCALE, CLASSES, images(50), test, labels
        )
    return test, labels, found


def test_each_runtime_is_measured(measured):
    test, labels, found = measured
    assert found.failures == {}
    assert list(found.measured) == list(deployment.RUNTIMES)
    assert list(found.models) == list(deployment.FILES.values())
    for runtime, one in found.measured.items():
        assert len(one.peak_bytes) == 1
        assert len(one.latencies) >= 200
        assert (one.latencies > 0).all()
        assert one.images_per_second > 0
        assert one.wrong.shape == (30,)
        if runtime != "onnx-int8":
            assert one.wrong.tolist() == 4 * [True] + 26 * [False]
            assert one.difference <= 1e-5
    for runtime, name in deployment.FILES.items():
        one, model = found.measured[runtime], found.models[name]
        assert one.file_bytes == len(model)
        logits = classify(model, test)
        wrong = logits.argmax(axis=1) != labels.numpy()
        assert (one.wrong == wrong).all()


def test_int8_model_holds_bytes_and_the_class_names(measured):
    model = onnx.load_from_string(measured[2].models["model-int8.onnx"])
    kinds = {tensor.data_type for tensor in model.graph.initializer}
    assert onnx.TensorProto.INT8 in kinds
    assert model.graph.node[-1].op_type == "Gemm"  # logits are not rounded
    names = [x.value for x in model.metadata_props if x.key == "class_names"]
    assert [json.loads(name) for name in names] == [CLASSES]
    for end, kind in [("input", "UINT8"), ("output", "FLOAT")]:
        (value,) = getattr(model.graph, end)
        number = getattr(onnx.TensorProto, kind)
        assert value.type.tensor_type.elem_type == number
    assert 0 < measured[2].measured["onnx-int8"].difference < 0.5


def write_inputs(folder):
    """Write a model and images; return what classify.py is told of them."""
    model = deployment.export(classic(), SCALE, CLASSES, SIDE)
    (folder / "model").write_bytes(model)
    (folder / "images").write_bytes(images(3).numpy().tobytes())
    shape = json.dumps([3, 1, SIDE, SIDE])
    return "onnx", "model", "images", "logits", shape


def test_memory_is_that_of_the_fresh_process_alone(tmp_path):
    """A parent that holds much must not be counted with its child."""
    code = (
        "import subprocess, sys\n"
        "held = bytearray(b'x') * int(sys.argv.pop(1))\n"
        "subprocess.run([sys.executable, '-I', *sys.argv[1:]], check=True)"
    )
    script = measurement.SCRIPTS / "classify.py"
    arguments = write_inputs(tmp_path)
    peaks = []
    for held in (0, 400_000_000):
        done = subprocess.run(
            [sys.executable, "-c", code, str(held), script, *arguments],
            cwd=tmp_path,
            capture_output=True,
            check=True,
        )
        peaks.append(json.loads(done.stdout)["peak_bytes"])
    assert peaks[1] == pytest.approx(peaks[0], rel=0.1)
    assert 2e7 < peaks[0] < 2e8


def test_process_for_onnx_imports_neither_pytorch_nor_the_package(tmp_path):
    code = (
        "import runpy, sys\n"
        "runpy.run_path(sys.argv[1])['main'](*sys.argv[2:])\n"
        "print(*(set(sys.modules) & {'torch', 'onnx', 'mnist_report'}))"
    )
    script, arguments = (
        measurement.SCRIPTS / "classify.py",
        write_inputs(tmp_path),
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, script, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[1].split() == []


def measure_once(monkeypatch, network=None, **changes):
    """Measure with one process each, after changes to the module.

    PyTorch is left out: its process takes seconds to start.
    """
    onnx_only = {key: deployment.RUNTIMES[key] for key in deployment.FILES}
    changes = {"PROCESSES": 1, "RUNTIMES": onnx_only, **changes}
    for name, value in changes.items():
        monkeypatch.setattr(measurement, name, value)
    labels = torch.zeros(10, dtype=torch.long)
    return deployment.measure(
        network or classic(), SCALE, CLASSES, images(20), images(10), labels
    )


def scripts(folder, **sources):
    """Return a folder with the scripts, some of them replaced."""
    for path in measurement.SCRIPTS.glob("*.py"):
        (folder / path.name).write_text(path.read_text())
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)
    return folder


def test_export_whose_logits_differ_is_refused(monkeypatch):
    def wrong(network, scale, *others):
        mean, sd = scale
        return deployment.export(network, (mean + 0.01, sd), *others)

    found = measure_once(monkeypatch, export=wrong)
    assert "differ from the trained network's" in found.failures["onnx"]
    assert "which is not there or not sound" in found.failures["onnx-int8"]
    assert found.models == found.measured == {}


@pytest.mark.parametrize(
    ("logit", "said"),
    [(1.001, r"by up to .*more than 0\.0001"), (np.nan, "not numbers")],
)
def test_logits_beyond_the_tolerance_are_refused(logit, said):
    reference = np.array([[0.0, 1.0]])
    measurement.check_equal("x", reference + 9e-5, reference)
    with pytest.raises(ReportError, match=said):
        measurement.check_equal("x", np.array([[0.0, logit]]), reference)


def test_network_that_cannot_be_exported_is_a_message(monkeypatch):
    network = settled(nn.Flatten(), nn.Linear(SIDE * SIDE, 3), nn.GELU())
    found = measure_once(monkeypatch, network)
    assert "GELU" in found.failures["onnx"]
    assert list(found.failures) == list(deployment.FILES)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import no_such_module", "classify.py failed: ModuleNotFoundError"),
        ("import os; os.kill(os.getpid(), 9)", "ended by SIGKILL"),
        ("import time; time.sleep(60)", "took more than 1 s"),
        ("raise SystemExit(3)", "failed: it gave no reason"),
    ],
)
def test_process_that_fails_is_a_message(
    monkeypatch, tmp_path, source, message
):
    found = measure_once(
        monkeypatch,
        SCRIPTS=scripts(tmp_path, classify=source),
        MOST_SECONDS=1 if "sleep" in source else 60,
    )
    assert message in found.failures["onnx"]
    assert found.failures["onnx"].startswith("ONNX Runtime, float32: ")
    assert found.measured == {}


def test_failed_quantisation_leaves_the_others(monkeypatch, tmp_path):
    found = measure_once(
        monkeypatch,
        SCRIPTS=scripts(tmp_path, quantise="raise ValueError('too narrow')"),
    )
    assert list(found.measured) == ["onnx"]
    assert (
        "quantise.py failed: ValueError: too narrow"
        in (found.failures["onnx-int8"])
    )
    assert list(found.models) == ["model.onnx"]
    table = tables.deployment(found, 10, {})
    assert [row[0] for row in table.rows] == [*deployment.RUNTIMES.values()][
        1:
    ]
    assert [row[-1] == "failed" for row in table.rows] == [False, True]


def test_each_process_counts_and_is_told(monkeypatch, tmp_path):
    assert measurement.PROCESSES >= 3
    events = tmp_path / "events"
    monkeypatch.setenv(progress.VARIABLE, str(events))
    found = measure_once(monkeypatch, PROCESSES=2, RUNTIMES={"onnx": "ONNX"})
    assert len(found.measured["onnx"].peak_bytes) == 2
    assert len(found.measured["onnx"].latencies) == 400
    lines = [json.loads(line) for line in events.read_text().splitlines()]
    assert [line["done"] for line in lines] == [0, 1, 2]
    assert {line["total"] for line in lines} == {2}


def constant(file_bytes=413_407, wrong=1):
    """Return a measurement with round numbers."""
    return deployment.Measured(
        file_bytes=file_bytes,
        peak_bytes=[61_000_000, 63_400_000, 90_000_000],
        latencies=np.linspace(1e-5, 2e-4, 21),
        images_per_second=38_230.0,
        wrong=np.arange(10) < wrong,
        difference=3.8e-6,
    )


def test_values_and_table_say_the_same():
    found = deployment.Deployment(measured={"onnx": constant()})
    results = Results(Parameters())
    deployment.record(results, found)
    (row,) = tables.deployment(found, 10, {}).rows
    names = ["file-size", "peak-memory", "latency", "latency-p95"]
    names += ["difference", "error-count"]
    recorded = [results.text(f"deployment-onnx-{name}") for name in names]
    assert recorded == [*row[1:]]
    plain = [text.replace("\N{NO-BREAK SPACE}", " ") for text in recorded]
    assert plain == ["413 kB", "63 MB", "105 µs", "190 µs", "0.000004", "1"]
    assert results.values["deployment-onnx-peak-memory"].value == 63_400_000
    assert results.text("deployment-onnx-int8-latency") == "not measured"
    results.bundle()


def test_printed_multiple_leaves_the_value_in_its_unit():
    results = Results(Parameters())
    results.record(
        "time",
        0.0015,
        "time",
        form=".1f",
        unit="ms",
        factor=1e3,
        interval=(0.001, 0.002),
    )
    value = results.values["time"]
    assert (value.value, value.interval) == (0.0015, (0.001, 0.002))
    assert value.text == "1.5\N{NO-BREAK SPACE}ms"
    assert value.interval_text == "1.0–2.0\N{NO-BREAK SPACE}ms"


def test_runtime_that_was_measured_once_stands_in():
    once = Runtime(
        command="measure it",
        commit="0" * 40,
        data="MNIST",
        quantities=constant().quantities(),
        peak_bytes=[5, 6],
        test_wrong=3,
        test_images=10,
        processor="one",
        torch="2",
    )
    found = deployment.Deployment(measured={"onnx": constant()})
    first, second = tables.deployment(found, 10, {"pytorch": once}).rows
    assert first[0] == "PyTorch, measured once"
    assert first[1:-1] == second[1:-1]
    # its errors are another network's
    assert (first[-1], second[-1]) == ("", "1")


def test_only_the_runtimes_asked_for_are_measured(monkeypatch):
    monkeypatch.setattr(measurement, "PROCESSES", 1)
    labels = torch.zeros(10, dtype=torch.long)
    found = deployment.measure(
        classic(), SCALE, CLASSES, images(20), images(10), labels, ["onnx"]
    )
    assert list(found.measured) == ["onnx"]
    assert list(found.models) == ["model.onnx"]


def test_contract_and_measurement_know_the_same_runtimes():
    assert tuple(deployment.RUNTIMES) == parameters.RUNTIMES
