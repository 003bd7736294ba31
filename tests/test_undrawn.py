"""nbval's reference: small, and with what every figure shows."""

import copy
from pathlib import Path

import nbformat
import pytest
from undrawn import undrawn

from mnist_report import plotted
from mnist_report.run import NOTEBOOK

SHORT = Path(__file__).with_name("short.ipynb")
MEGABYTE = 1_000_000


def figures(notebook):
    return {
        output.metadata.report.label: output.data
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("metadata", {}).get("report", {}).get("kind") == "figure"
    }


@pytest.fixture(scope="module")
def report():
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.mark.parametrize(("path", "most"), [(NOTEBOOK, 2.5), (SHORT, 1.0)])
def test_notebook_is_small(path, most):
    assert path.stat().st_size <= most * MEGABYTE


def test_pictures_go_and_their_words_stay(report):
    before = figures(report)
    after = figures(undrawn(copy.deepcopy(report)))
    assert list(after) == list(before)
    for label, data in after.items():
        assert not {"image/png", "image/svg+xml"} & set(data)
        assert data["text/plain"] == before[label]["text/plain"]
        assert data.get(plotted.MIME) == before[label].get(plotted.MIME)


def test_reference_tells_what_its_figures_show():
    shown = figures(nbformat.read(SHORT, as_version=4))
    assert shown
    for label, data in shown.items():
        assert data[plotted.MIME]["axes"], label
        assert data["text/plain"]


def test_other_outputs_stay(report):
    stripped = undrawn(copy.deepcopy(report))
    for ours, theirs in zip(report.cells, stripped.cells, strict=True):
        if not figures(nbformat.v4.new_notebook(cells=[ours])):
            assert ours == theirs
