"""The README's errors are those of the committed report."""

import re
from pathlib import Path

import nbformat
import pytest
from notebook_cells import NOTEBOOK

from mnist_report.run import results

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
VALUES = results(nbformat.read(NOTEBOOK, as_version=4))["values"]
METHODS = ["linear-svm", "knn", "knn-pca", "rbf-svm", "cnn-svm", "ensemble"]
NAMES = [f"{method}-error" for method in METHODS]


@pytest.mark.parametrize(
    "name", ["test-error-mean", "compact-error-mean", *NAMES]
)
def test_errors_of_the_readme_are_the_report_s(name):
    value = VALUES[name]
    said = f"{value['text']} ({value['interval_text']})"
    assert re.sub(r"\s", " ", said) in README
