"""What a reader in JupyterLab has beside the report, but for the browser."""

import json
import time
from types import SimpleNamespace

import IPython
import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from notebook_cells import NOTEBOOK
from rendering_fixtures import code, display, markdown, notebook
from test_comparison import compared, data, read  # noqa: F401, fixtures
from torch import nn

from mnist_report import lab, progress
from mnist_report.comparison import NAMES
from mnist_report.lab import bars, pad
from mnist_report.lab.form import Form
from mnist_report.lab.pad import Pad
from mnist_report.parameters import Parameters
from mnist_report.rendering import MarkdownExporter

UNATTENDED = """\
import sys
from mnist_report import lab
lab.follow_progress()
lab.parameters_form(globals())
lab.drawing_pad(None, [])
lab.follow_results(None)
assert not {"anywidget", "ipywidgets", "tqdm"} & set(sys.modules)"""


def test_a_run_without_a_reader_shows_and_imports_nothing():
    cell = new_code_cell(UNATTENDED)
    NotebookClient(new_notebook(cells=[cell]), kernel_name="python3").execute()
    assert cell.outputs == []


def test_set_up_is_folded_and_parameters_are_not():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    for cell in (cell for cell in cells if cell.cell_type == "code"):
        tags = set(cell.metadata.get("tags", []))
        folded = tags & {"hide-input", "remove-input", "remove-cell"}
        hidden = cell.metadata.get("jupyter", {}).get("source_hidden", False)
        assert hidden == (bool(folded) and "parameters" not in tags), cell.id


def test_what_only_a_reader_sees_is_not_rendered():
    pad = display({"text/plain": "A pad to draw on."}, kind="live")
    sheet = notebook([markdown("# Pads", "title"), code("show()", pad)])
    text, _ = MarkdownExporter().from_notebook_node(sheet)
    assert "show()" in text
    assert "A pad to draw on." not in text


def test_a_mistake_in_the_input_shows_its_message_alone():
    cell = new_code_cell(
        "from mnist_report.errors import ReportError\n"
        "raise ReportError('Too few images.')"
    )
    NotebookClient(
        new_notebook(cells=[cell]), kernel_name="python3", allow_errors=True
    ).execute()
    assert cell.outputs[0].traceback == ["Too few images."]


@pytest.mark.parametrize(
    ("metadata", "live"), [({}, False), ({"cellId": "contract"}, True)]
)
def test_a_reader_s_front_end_names_the_cell(monkeypatch, metadata, live):
    shell = SimpleNamespace(get_parent=lambda: {"metadata": metadata})
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    assert lab.is_live() == live


# The parameters' form


@pytest.fixture
def form(monkeypatch):
    """Return a form on a notebook's names, which notes what it sends."""
    form = Form()
    form.sent = []
    monkeypatch.setattr(form, "send", form.sent.append)
    form.fill(Parameters().model_dump())
    return form


def test_form_shows_the_contract_and_the_cell_s_values(form):
    assert [field["name"] for field in form.fields] == [
        *Parameters.model_fields
    ]
    choices = {field["name"]: field["choices"] for field in form.fields}
    assert choices["optimizer"] == ["adamw", "adam", "sgd"]
    assert choices["batch_norm"] == ["True", "False"]
    assert choices["seed"] == choices["methods"] == []
    assert form.texts["conv_channels"] == "[8, 16]"
    assert form.texts["data_dir"] == ""
    assert form.problems == []


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("learning_rate", "11", 11),
        ("num_epochs", "many", "many"),
        ("batch_size", "0.5", 0.5),
        ("methods", "[knnn]", ["knnn"]),
        ("country", "Germny", "Germny"),
    ],
)
def test_form_says_what_a_run_without_it_says(form, name, text, value):
    form.texts = form.texts | {name: text}
    assert form.problems == Parameters.problems({name: value}) != []


def test_form_sets_checked_values_and_has_the_cells_run(form):
    texts = form.texts | {"num_epochs": "2", "svm_c": "[1, 3]"}
    form._handle_custom_msg(texts, [])
    assert form.namespace["num_epochs"] == 2
    assert form.namespace["svm_c"] == [1.0, 3.0]
    assert isinstance(form.namespace["svm_c"][0], float)
    assert form.sent == ["run"]


def test_form_sets_nothing_that_is_wrong(form):
    form._handle_custom_msg(form.texts | {"num_epochs": "-1"}, [])
    assert form.namespace == Parameters().model_dump()
    assert form.sent == []
    assert form.problems == Parameters.problems({"num_epochs": -1})


# Progress


@pytest.fixture
def shown(monkeypatch):
    """Return the texts that are displayed, in their order."""
    texts = []

    def note(bundle, **_):
        texts.append(bundle["text/plain"])

    monkeypatch.setattr(bars, "display", note)
    monkeypatch.setattr(bars, "update_display", note)
    monkeypatch.setattr(bars, "TICK_SECONDS", 0.01)
    return texts


@pytest.fixture
def drawn(tmp_path, monkeypatch, shown):
    """Return bars that follow this process's progress."""
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "events"))
    return bars.Bars(progress.Events(tmp_path / "events"))


def test_bar_counts_all_stages_and_tells_the_time_left(drawn):
    for seed in range(3):
        progress.update(f"seed {seed}", 0, 10)
    progress.update("seed 1", 6, 10)
    drawn.take_in()
    text = drawn.text(60)
    assert text.startswith("3 seeds   20 % |")
    assert text.endswith("6 of 30 epochs, 01:00 gone, 04:00 left")


def test_bar_is_taken_away_when_its_cell_ends(drawn, shown):
    progress.update("seed 0", 0, 10)
    drawn.start()
    progress.say("MNIST is being fetched.")
    progress.update("seed 0", 3, 10)
    while not shown:
        time.sleep(0.01)
    drawn.stop()
    assert "MNIST is being fetched.\nseed 0   30 % |" in shown[0]
    assert shown[-1] == ""


def test_a_cell_without_progress_shows_nothing(drawn, shown):
    progress.update("seed 0", 10, 10)
    drawn.start()  # what the cell before did is forgotten
    drawn.stop()
    assert shown == []


def test_stages_announced_a_cell_before_are_kept(drawn):
    progress.update("seed 0", 0, 10)
    drawn.start()
    drawn.stop()
    drawn.stop()  # a cell that failed before it began ends twice
    assert drawn.text(1).startswith("seed 0    0 % |")


# The pad


@pytest.fixture
def paper(compared):  # noqa: F811
    return Pad(compared, ["zero", "one", "two"])


def a_line(at):
    """Return ink, side 280: a thick upright line."""
    ink = np.zeros((280, 280), np.uint8)
    ink[40:240, at : at + 20] = 255
    return ink


def test_each_method_answers_with_its_confidence(paper, compared):  # noqa: F811
    paper.read(a_line(130))
    answers = paper.reading["answers"]
    assert [each["method"] for each in answers] == [
        NAMES[name] for name in compared.names
    ]
    for each in answers:
        assert each["answer"] in paper.names
        assert each["confidence"]
    json.dumps(paper.reading)  # as it goes to the browser


AREA = {"width": 280, "height": 280}


@pytest.mark.parametrize(("uploaded", "paper_is"), [(False, 255), (True, 180)])
def test_dark_ink_on_paper_is_read(paper, uploaded, paper_is):
    levels = np.minimum(255 - a_line(130), paper_is).tobytes()
    paper._handle_custom_msg(AREA | {"uploaded": uploaded}, [levels])
    seen = np.frombuffer(paper.pixels, np.uint8)[: 28 * 28].reshape(28, 28)
    assert seen[14, 14] > 200
    assert seen[:, 0].max() == 0
    assert len(paper.reading["answers"]) == len(paper.compared.names)


def test_an_empty_paper_is_not_read(paper):
    blank = bytes([255] * 280 * 280)
    paper._handle_custom_msg(AREA | {"uploaded": False}, [blank])
    assert paper.reading["message"] == "Nothing is drawn."


def test_feature_maps_are_the_convolutions_responses():
    network = nn.Sequential(
        *(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.Flatten()),
        *(nn.Linear(4 * 14 * 14, 3), nn.ReLU()),
    )
    image = torch.randint(0, 255, (1, 1, 28, 28), dtype=torch.uint8)
    found = SimpleNamespace(networks=[network], read=read)
    first, second = pad.feature_maps(found, image)
    assert first.values.shape == (2, 28, 28)
    assert second.values.shape == (4, 14, 14)
    with torch.inference_mode():
        response = network[:2](image.float())[0]
    strongest = np.unravel_index(int(response.argmax()), (2, 28, 28))
    assert first.values[strongest] == 255
