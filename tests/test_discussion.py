"""The findings of the discussion, driven to each of their verdicts."""

import numpy as np
import pytest

from mnist_report import findings, statistics

RIGHT = np.arange(1000) >= 20


def sure(of_mistakes, of_right):
    """Return confidences that spread about one mean each."""
    means = np.where(RIGHT, of_right, of_mistakes)
    return means + np.linspace(-0.01, 0.01, len(RIGHT))


@pytest.mark.parametrize(
    ("wrong", "is_mnist", "verdict", "said"),
    [
        (40, True, "yes", "errs less than LeNet-5"),
        (140, True, "no", "errs more than LeNet-5"),
        (75, True, "undecided", "cannot be told apart from LeNet-5"),
        (40, False, "not measured", "is not known"),
    ],
)
def test_network_is_held_against_lenet(wrong, is_mnist, verdict, said):
    finding = findings.better_than_lenet(wrong, 10_000, is_mnist)
    assert finding.verdict == verdict
    assert said in finding.sentence


@pytest.mark.parametrize(
    ("confidence", "right", "verdict", "said"),
    [
        (sure(0.6, 0.9), RIGHT, "yes", "of its 20 mistakes, 10 are among"),
        (sure(0.9, 0.6), RIGHT, "no", "surer where it errs"),
        (np.ones(1000), RIGHT, "undecided", "is not shown"),
        (np.ones(9), np.ones(9, dtype=bool), "not measured", "no mistake"),
        (np.ones(9), np.zeros(9, dtype=bool), "not measured", "never right"),
    ],
)
def test_doubt_is_held_against_mistakes(confidence, right, verdict, said):
    finding = findings.doubt_finds_mistakes(confidence, right, "the network")
    assert finding.verdict == verdict
    assert said in finding.sentence


def test_rank_test_counts_pairs_and_half_of_ties():
    share, p_value = statistics.rank_test([1, 2], [2, 3])
    assert share == pytest.approx(3.5 / 4)
    assert 0 < p_value < 1
    assert statistics.rank_test([5, 5], [5, 5])[0] == 0.5


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (1.04, ""),
        (7.83, " (7.8×)"),
        (9.97, " (10×)"),
        (67.2, " (67×)"),
        (1129, " (1,100×)"),
    ],
)
def test_ratios_above_one_are_told_without_powers_of_ten(ratio, said):
    assert findings._times(ratio) == said
