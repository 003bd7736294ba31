"""The values and findings that a run's measurements become."""

import numpy as np
import pytest

from mnist_report import measurements
from mnist_report.parameters import Parameters
from mnist_report.results import Results


@pytest.fixture
def results():
    return Results(Parameters())


def values(results):
    return {name: value.value for name, value in results.values.items()}


def test_network_s_totals_are_sums_over_its_layers(results):
    layers = [
        ("Conv2d", (8, 28, 28), 80, 56_448),
        ("ReLU", (8, 28, 28), 0, 0),
        ("Linear", (10,), 240, 230),
    ]
    measurements.record_network(results, layers)
    assert values(results) == {
        "parameters": 320,
        "macs": 56_678,
        "linear-share": 0.75,
    }


def test_training_takes_the_median_time_and_the_mean_errors(results):
    measurements.record_training(
        results, ([0.01, 0.03], 1000), ([0.2, 0.4], 100), [3.0, 50.0, 4.0]
    )
    found = values(results)
    assert found["training-seconds"] == 4
    assert found["train-error-mean"] == pytest.approx(0.02)
    assert found["validation-error-mean"] == pytest.approx(0.3)
    assert results.values["training-seconds"].varies == "machine"


def test_a_gap_that_the_seeds_agree_on_is_a_finding(results):
    measurements.record_training(
        results,
        ([0.010, 0.011, 0.012], 1000),
        ([0.30, 0.31, 0.32], 100),
        [1.0],
    )
    assert results.findings["generalisation-gap"].verdict == "yes"


def test_confusions_name_the_most_frequent_and_the_worst_class(results):
    # "b" has the more errors, "c" the higher rate
    confusion = np.array([[90, 0, 0], [4, 96, 3], [0, 2, 8]])
    measurements.record_confusion(results, confusion, ["a", "b", "c"])
    found = values(results)
    assert found["top-confusion"] == "b taken for a (4×)"
    assert found["worst-class"] == "c"
    assert found["worst-class-error"] == pytest.approx(2 / 10)
    assert found["worst-class-error-count"] == 2


@pytest.mark.parametrize(
    ("confusion", "said"),
    [
        (
            [[9, 2, 0], [0, 9, 2], [1, 0, 9]],
            "shared by a taken for b and b taken for c (2× each)",
        ),
        (
            [[9, 1, 0], [0, 9, 1], [1, 0, 9]],
            "shared by 3 pairs of classes (1× each)",
        ),
    ],
)
def test_equally_frequent_confusions_are_all_told(results, confusion, said):
    measurements.record_confusion(results, np.array(confusion), list("abc"))
    assert said in values(results)["top-confusion"]


def test_a_class_without_images_is_not_the_worst(results):
    confusion = np.diag([5, 0, 5])
    measurements.record_confusion(results, confusion, ["a", "b", "c"])
    found = values(results)
    assert found["top-confusion"] == "none"
    assert found["worst-class"] == "a"
