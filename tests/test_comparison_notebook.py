"""The comparison's notebook: its form, and what it says of known runs."""

import json
import re

import nbformat
import pytest
from sweep_runs import plan_of, write_sweep

from mnist_report import markdown, run
from mnist_report.rendering import preflight
from mnist_report.sweep.report import NOTEBOOK, RECORDERS, compare_runs

CELLS = nbformat.read(NOTEBOOK, as_version=4).cells
NUMBER = re.compile(r"\d")
CITATION = re.compile(r"@\w+")


def test_links_and_citations_have_targets():
    preflight.check(NOTEBOOK, *RECORDERS)


@pytest.mark.parametrize(
    "cell",
    [cell for cell in CELLS if cell.cell_type == "markdown"],
    ids=lambda cell: cell.id,
)
def test_no_number_is_typed(cell):
    text = cell.source
    if "title" in cell.metadata.get("tags", []):
        return
    for link in reversed(list(markdown.links(text))):
        text = text[: link.start] + text[link.end :]
    text = CITATION.sub("", text)
    assert not NUMBER.search(text), text


def test_code_cells_are_short():
    code = [cell.source for cell in CELLS if cell.cell_type == "code"]
    assert len(code) <= 30
    assert max(len(source.splitlines()) for source in code) <= 20
    assert all(len(x) <= 79 for source in code for x in source.splitlines())


def test_comparison_says_what_the_runs_say(tmp_path):
    plan = plan_of(tmp_path)
    last = list(plan.runs)[-1]
    store = write_sweep(tmp_path / "mine", plan, skip=[last])
    state = {"state": "failed", "cause": "No room.\nMake some."}
    store.state_file(last).write_text(json.dumps(state))
    out = tmp_path / "out"
    compare_runs([store.folder], out)
    bundle = json.loads((out / "results.json").read_text())
    values = {name: each["text"] for name, each in bundle["values"].items()}
    assert values["chosen"] == "learning_rate 0.001, batch_size 32"
    assert values["runs"] == "11"
    assert bundle["findings"]["all-are-there"]["verdict"] == "no"
    assert bundle["findings"]["findings-flip"]["verdict"] == "yes"
    assert "1 of 12 runs is missing" in bundle["notices"][0]
    rows = bundle["series"]["tbl-configurations"]
    assert [len(each) for each in rows["validation_errors"]] == [3, 3, 3, 2]
    text = (out / "report.ipynb").read_text()
    assert "No room." in text
    assert "Make some." not in text
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")
    page = (out / "report.html").read_text()
    assert "learning_rate 0.001, batch_size 32" in page
    assert str(tmp_path) not in page


def test_comparison_needs_finished_runs(tmp_path):
    with pytest.raises(run.ReportError, match="neither a finished run"):
        compare_runs([tmp_path, tmp_path], None)


def test_a_sweep_is_compared_alone(tmp_path):
    store = write_sweep(tmp_path / "mine", plan_of(tmp_path))
    one = next((store.folder / "runs").iterdir())
    with pytest.raises(run.ReportError, match="compare it alone"):
        compare_runs([one, store.folder], None)
