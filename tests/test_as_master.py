"""The committed comparison: executed, small, with its own parameters."""

import nbformat
import pytest
from as_master import as_master

from mnist_report.sweep.report import NOTEBOOK

MEGABYTE = 1_000_000


def executed(value):
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                'folders: list[str] = ["a"]  # runs\nseeds = 3',
                metadata={"tags": ["parameters"]},
            ),
            nbformat.v4.new_code_cell(
                f"# Parameters\nfolders = {value}",
                metadata={"tags": ["injected-parameters"]},
            ),
            nbformat.v4.new_markdown_cell("On.", metadata={"tags": []}),
        ]
    )


def test_what_the_run_added_goes():
    own, text = as_master(executed(["a"])).cells
    assert own.metadata.tags == ["parameters"]
    assert text.metadata == {}


def test_other_parameters_are_refused():
    with pytest.raises(SystemExit, match="another folders: \\['b'\\]"):
        as_master(executed(["b"]))


def test_committed_comparison_is_executed_and_small():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in code]
    assert None not in counts
    assert counts == sorted(counts)
    assert any(cell.outputs for cell in code)
    assert NOTEBOOK.stat().st_size <= 2.5 * MEGABYTE
