"""The exported network in a form that a page of its own can run."""

import base64
import json
from pathlib import Path
from typing import Any

from .document import Document

ABOUT = """\
A single network answers, the first of this run; it misread \
[some](#val-test-error) (95\N{NO-BREAK SPACE}% interval \
[around](#val-test-error-interval)) of the [many](#val-test-images) test \
images of [this set](#val-data-title). It works within this page, and no \
drawing leaves it. Before it is read, a drawing is scaled and centred as \
MNIST's images are, from which those of other sets may differ. What belongs \
to none of the classes gets an answer, too.
"""
PAGE = "network.html"
MODEL = "model.onnx"  # beside the notebook, as a run leaves it
# what templates/network.js can do
KINDS = {"Cast", "Sub", "Div", "Conv", "BatchNormalization", "Relu"}
KINDS |= {"MaxPool", "Flatten", "Gemm"}


def read(path: Path) -> dict[str, Any] | None:
    """Return a model file's layers; None if a page could not run them."""
    if not path.is_file():
        return None
    import onnx  # here: few notebooks have a model beside them

    model = onnx.load(path)
    weights = {each.name: _tensor(each) for each in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        asked = {
            each.name: onnx.helper.get_attribute_value(each)
            for each in node.attribute
        }
        if node.op_type not in KINDS or asked.get("ceil_mode"):
            return None
        held = [weights[name] for name in node.input if name in weights]
        nodes.append({"kind": node.op_type, **asked, "weights": held})
    about = {each.key: each.value for each in model.metadata_props}
    return {"classes": json.loads(about["class_names"]), "nodes": nodes}


def offer(document: Document) -> list[str]:
    """Let a page run the model beside its notebook; return pandoc's options.

    Without a model, or values that tell how good it is, there is none.
    """
    model = read(document.home / MODEL)
    if model is None or not document.mention("network", ABOUT):
        return []
    text = json.dumps(model).replace("<", "\\u003c")
    page = f'<script type="application/json" id="pad-model">{text}</script>'
    (document.folder / PAGE).write_text(page, encoding="utf-8")
    return [f"--include-after-body={PAGE}"]


def _tensor(tensor: Any) -> dict[str, Any]:
    from onnx import numpy_helper

    array = numpy_helper.to_array(tensor).astype("<f4")
    data = base64.b64encode(array.tobytes()).decode()
    return {"shape": list(array.shape), "data": data}
