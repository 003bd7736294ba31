"""Mistakes in the text that are found before anything runs."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from mnist_report import run
from mnist_report.errors import ReportError
from mnist_report.rendering import preflight

CODE = """
num_epochs: int = 3  # passes
results.record("accuracy", 0.9, "accuracy")
for part in parts:
    results.record_mean_error(f"{part}-error", rates, 10, "error")
show.figure(picture, "fig-curves", "caption")
results.conclude(seeds_differ=finding)
"""
MODULE = """
def record_time(results, seconds):
    results.record("training-seconds", seconds, "time to train")
"""


@pytest.fixture
def check(tmp_path):
    def check_text(text):
        cells = [
            new_markdown_cell("# Title\n\n## Training"),
            new_code_cell(CODE),
        ]
        notebook = new_notebook(cells=[*cells, new_markdown_cell(text)])
        notebook.metadata["bibliography"] = "works.bib"
        (tmp_path / "works.bib").write_text(
            "@misc{lecun1998gradient, x={y}}\n"
        )
        nbformat.write(notebook, tmp_path / "report.ipynb")
        (tmp_path / "module.py").write_text(MODULE)
        preflight.check(tmp_path / "report.ipynb", tmp_path / "module.py")

    return check_text


@pytest.mark.parametrize(
    "target",
    [
        "val-accuracy",
        "val-training-seconds",
        "val-accuracy-interval",
        "val-train-error",
        "val-train-error-spread",
        "par-num_epochs",
        "find-seeds-differ",
        "fig-curves",
        "training",
    ],
)
def test_a_link_that_the_code_answers_passes(check, target):
    check(f"See [1](#{target}) [@lecun1998gradient].")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1](#val-acuracy)", "cell 3.*no such value; did you mean #val-accu"),
        ("[1](#par-num_epoch)", "no such parameter.*#par-num_epochs"),
        ("[1](#find-seed-differ)", "no such finding.*#find-seeds-differ"),
        ("[Figure 1](#fig-curvs)", "no such figure.*#fig-curves"),
        ("[Section 1](#trainin)", "no such section.*#training"),
        ("[1](#eq-loss)", "no such equation"),
        ("[@lecun1998gradien]", "not there; did you mean @lecun1998gradient"),
    ],
)
def test_a_target_that_nothing_gives_is_named(check, text, message):
    with pytest.raises(ReportError, match=f"(?s){message}"):
        check(text)


def test_every_mistake_is_named_at_once(check):
    with pytest.raises(ReportError) as error:
        check("[1](#val-acuracy)\n\n[2](#fig-curvs)")
    assert str(error.value).count("there is no such") == 2


def test_the_report_passes():
    preflight.check(run.NOTEBOOK, *run.RECORDERS)
