"""The numbers that a run leaves for comparisons with other runs."""

import pytest
from test_display import outputs, picture, show  # noqa: F401

from mnist_report import figures
from mnist_report.display import pipe_table
from mnist_report.parameters import Parameters
from mnist_report.results import Results
from mnist_report.tables import Table


def test_mean_keeps_each_seeds_value():
    results = Results(Parameters())
    results.record_mean_error("error", [0.01, 0.03], 1000, "error")
    values = results.bundle()["values"]
    assert values["error"]["samples"] == [0.01, 0.03]
    assert values["error-spread"]["samples"] is None


def test_figure_leaves_its_numbers(show, outputs):  # noqa: F811
    history = [
        {
            "train_loss": 2.0 / epoch,
            "train_error": 0.5 / epoch,
            "validation_loss": 1.0 / epoch,
            "validation_error": 0.25 / epoch,
            "learning_rate": 0.01,
        }
        for epoch in (1, 2)
    ]
    drawn = figures.learning_curves([history, history])
    show.figure(drawn, "fig-curves", "**Curves.**")
    series = show.results.bundle()["series"]
    assert series["fig-curves"]["validation_error"] == [[0.25, 0.125]] * 2
    assert series["fig-curves"]["learning_rate"] == [[0.01, 0.01]] * 2


def test_figure_without_numbers_leaves_none(show, outputs):  # noqa: F811
    show.figure(picture(), "fig-toy", "**A toy.**")
    assert show.results.bundle()["series"] == {}


def test_no_epoch_leaves_no_curve():
    assert figures.learning_curves([[]]).data is None


@pytest.mark.parametrize("samples", [[0.01], [0.01, 0.02]])
def test_mean_is_that_of_its_samples(samples):
    results = Results(Parameters())
    results.record_mean_error("error", samples, 100, "error")
    value = results.bundle()["values"]["error"]
    assert sum(value["samples"]) / len(samples) == value["value"]


def test_column_can_be_wider_than_others():
    table = Table(["A", "B", "C"], [("a", "b", "c")], ("lll", "r", "cc"))
    _, rule, _ = pipe_table(table).splitlines()
    assert rule == "| :-------- | --: | :----: |"
    plain = pipe_table(Table(["A", "B", "C"], [], "lrc"))
    assert plain.splitlines()[1] == "| :-- | --: | :-: |"
