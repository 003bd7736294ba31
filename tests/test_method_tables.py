"""The tables of methods: errors, costs, candidates."""

import numpy as np
import pytest
from test_methods import CATALOGUE, TRAIN, VALIDATION

from mnist_report import methods, tables
from mnist_report.methods import Demand, Times
from mnist_report.statistics import t_interval, wilson_interval

LABELS = {"knn": "KNN", "rbf-svm": "the RBF SVM", "cnn": "CNN"}


def missed(count, total=1000):
    """Return which images are missed, the first ones."""
    return np.arange(total) < count


def test_errors_of_each_method_and_of_the_seeds():
    wrong = {"knn": missed(25), "cnn": missed(6)}
    seeds = np.stack([missed(6), missed(9)])
    table = tables.methods(wrong, {"knn": {"k": 3}}, LABELS, seeds)
    assert table.header[2] == "Errors of 1,000"
    knn, cnn, mean = table.rows
    low, high = (f"{100 * bound:.2f}" for bound in wilson_interval(25, 1000))
    assert knn == ("KNN", "k = 3", "25", "2.50\u00a0%", f"{low}–{high}\u00a0%")
    assert cnn[:4] == ("CNN", "", "6", "0.60\u00a0%")
    low, high = t_interval([0.006, 0.009], bounds=(0, 1))
    assert mean == (
        "mean of 2 seeds",
        "",
        "7.5 (SD 2.1)",
        "0.75\u00a0%",
        f"{100 * low:.2f}–{100 * high:.2f}\u00a0%",
    )


def test_one_seed_has_no_mean():
    table = tables.methods(
        {"cnn": missed(6)}, {}, LABELS, missed(6)[np.newaxis]
    )
    assert len(table.rows) == 1


def test_costs_to_two_digits():
    times = Times(0.0947, 0.00000123, 250, 5)
    demands = {
        "knn": Demand(43_175_000, 43_120_000, 172_920_000, 180e6, 0.2, times),
        "rbf-svm": Demand(812_281, None, 7_340_000, None, 22.46, None),
    }
    neighbours, machine = tables.method_costs(demands, LABELS).rows
    assert neighbours == (
        *("KNN", "43,175,000", "43,120,000", "173", "180", "0.20"),
        *("95", "0.0012"),
    )
    assert machine == (
        *("the RBF SVM", "812,281", "–", "7.3", "–", "22", "–", "–"),
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0, "0"),
        (1234.5, "1,234"),
        (10.4, "10"),
        (9.96, "10.0"),
        (0.000001, "0.0000"),
    ],
)
def test_measured_number(value, text):
    assert tables._measured(value, 1) == text


def test_fitted_method_s_costs_are_its_own():
    fitted = methods.fit_method("knn", CATALOGUE, TRAIN, VALIDATION, 10)
    demand = Demand.of(fitted, None)
    assert demand.stored_values == fitted.stored_values == 300 * 65
    assert demand.multiply_accumulates == 300 * 64
    assert demand.disk_bytes == fitted.disk_bytes
    assert demand.peak_bytes == fitted.peak_bytes
    assert demand.seconds == fitted.seconds


def test_agreement_counts_equal_answers_right_or_wrong():
    predicted = {
        "knn": np.array([0, 1, 2, 2]),
        "rbf-svm": np.array([0, 1, 2, 3]),
        "cnn": np.array([1, 1, 3, 3]),
    }
    table = tables.agreement(predicted, LABELS)
    assert table.header == ["", "KNN", "the RBF SVM"]
    assert [
        [cell.replace("\u00a0", "") for cell in r] for r in table.rows
    ] == [
        ["the RBF SVM", "75.00%", ""],
        ["CNN", "25.00%", "50.00%"],
    ]


def test_one_technique_alone_has_no_pairs_and_says_so():
    [pair] = tables.pairs([], LABELS).rows
    [alone] = tables.agreement({"cnn": np.array([0, 1])}, LABELS).rows
    assert pair[0] == alone[0] == "no second technique"
