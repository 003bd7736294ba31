"""Paired tests, their correction and interval; scores of each class."""

import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from mnist_report import pairs, statistics


def wrong(missed, images=100):
    """Return which images are missed."""
    row = np.zeros(images, dtype=bool)
    row[list(missed)] = True
    return row


@pytest.mark.parametrize(
    ("first_only", "second_only", "p_value"),
    [
        # Fagerland, Lydersen and Laake (2014), tables II and III
        (1, 7, 0.0703),
        (6, 16, 0.0525),
        # binomial by hand: 2 (1 + 10 + 45) / 2¹⁰
        (8, 2, 112 / 1024),
        (0, 6, 2 / 64),
        (5, 5, 1.0),
        (0, 0, 1.0),
        (0, 1, 1.0),
    ],
)
def test_mcnemar_of_published_and_hand_counts(
    first_only, second_only, p_value
):
    found = statistics.mcnemar_p_value(first_only, second_only)
    assert found == pytest.approx(p_value, abs=5e-5)


@pytest.mark.parametrize("second_only", [0, 1, 30, 60, 61, 140, 900])
def test_mcnemar_agrees_with_scipy_s_exact_test(second_only):
    expected = stats.binomtest(60, 60 + second_only).pvalue
    found = statistics.mcnemar_p_value(60, second_only)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert found == statistics.mcnemar_p_value(second_only, 60)


def test_holm_of_a_worked_example():
    # 4 · 0.005, 3 · 0.01, 2 · 0.03, and 0.04 raised to the one before it
    found = statistics.holm([0.01, 0.04, 0.03, 0.005])
    assert found == pytest.approx([0.03, 0.06, 0.06, 0.02], abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_holm_is_the_closed_test_of_bonferroni(seed):
    rng = np.random.default_rng(seed)
    p_values = np.round(rng.random(6) ** 3, 2)  # some tie
    families = [
        family
        for size in range(1, 7)
        for family in combinations(range(6), size)
    ]
    expected = [
        max(
            min(1, len(family) * p_values[list(family)].min())
            for family in families
            if index in family
        )
        for index in range(6)
    ]
    assert statistics.holm(p_values) == pytest.approx(expected, abs=1e-9)


def test_holm_keeps_the_order_and_the_bounds():
    p_values = [0.9, 0.001, 0.8, 0.02]
    adjusted = np.array(statistics.holm(p_values))
    assert (adjusted >= p_values).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p_values)]) >= 0).all()
    assert statistics.holm([]) == []
    assert statistics.holm([0.03]) == [0.03]


@pytest.mark.parametrize(
    ("first_only", "second_only", "total", "interval"),
    [
        # Fagerland, Lydersen and Laake (2014), table V
        (1, 7, 21, (-0.517, -0.026)),
        # Fagerland, Lydersen and Laake (2017), chapter 8
        (6, 16, 161, (-0.1240, -0.0054)),
    ],
)
def test_interval_of_published_examples(
    first_only, second_only, total, interval
):
    found = statistics.paired_difference_interval(
        first_only, second_only, total
    )
    digits = 5e-5 if total == 161 else 5e-4
    assert found == pytest.approx(interval, abs=digits)


def score(first_only, second_only, total, difference):
    """Return the score statistic, its likelihood maximised by a search."""
    both_right = total - first_only - second_only
    low, high = max(0, -difference), (1 - difference) / 2
    for _ in range(200):
        share = (low + high) / 2
        slope = (
            first_only / (share + difference)
            + second_only / share
            - 2 * both_right / (1 - 2 * share - difference)
        )
        low, high = (share, high) if slope > 0 else (low, share)
    variance = 2 * share + difference * (1 - difference)
    net = first_only - second_only - total * difference
    return net / math.sqrt(total * variance)


@pytest.mark.parametrize(
    "counts",
    [(1, 7, 21), (40, 20, 160), (30, 5, 10_000), (300, 260, 10_000)],
)
def test_interval_ends_where_the_score_test_rejects(counts):
    z = stats.norm.ppf(0.975)
    low, high = statistics.paired_difference_interval(*counts)
    assert score(*counts, low) == pytest.approx(z, abs=1e-6)
    assert score(*counts, high) == pytest.approx(-z, abs=1e-6)


@pytest.mark.parametrize("total", [1, 20, 10_000])
def test_interval_without_discordant_images(total):
    # the score interval of a share of 0 is Wilson's
    bound = statistics.wilson_interval(0, total)[1]
    found = statistics.paired_difference_interval(0, 0, total)
    assert found == pytest.approx((-bound, bound), abs=1e-9)


@pytest.mark.parametrize("total", [1, 20])
def test_interval_of_methods_that_never_agree(total):
    low, high = statistics.paired_difference_interval(0, total, total)
    assert low == -1
    assert -1 < high < 1
    mirrored = statistics.paired_difference_interval(total, 0, total)
    assert mirrored == pytest.approx((-high, 1), abs=1e-9)


@pytest.mark.parametrize("counts", [(9, 3, 50), (0, 8, 90), (20, 20, 99)])
def test_interval_turns_with_the_pair(counts):
    first_only, second_only, total = counts
    low, high = statistics.paired_difference_interval(*counts)
    turned = statistics.paired_difference_interval(
        second_only, first_only, total
    )
    assert turned == pytest.approx((-high, -low), abs=1e-9)
    assert low <= (first_only - second_only) / total <= high


@pytest.mark.parametrize("second_only", range(0, 80, 4))
def test_interval_holds_no_difference_where_mcnemar_s_score_does(second_only):
    low, high = statistics.paired_difference_interval(30, second_only, 5000)
    statistic = (30 - second_only) / math.sqrt(30 + second_only)
    assert (low <= 0 <= high) == (abs(statistic) <= stats.norm.ppf(0.975))


def test_interval_narrows_with_its_level():
    wide = statistics.paired_difference_interval(9, 3, 50, level=0.99)
    narrow = statistics.paired_difference_interval(9, 3, 50, level=0.9)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_interval_covers_the_true_difference():
    rng = np.random.default_rng(0)
    shares = [0.006, 0.003, 0.991]
    drawn = rng.multinomial(10_000, shares, size=500)
    covered = [
        low <= 0.003 <= high
        for low, high in (
            statistics.paired_difference_interval(first, second, 10_000)
            for first, second, _ in drawn
        )
    ]
    assert 0.93 < np.mean(covered) < 0.98


def test_discordant_images_and_agreement():
    first, second = wrong([0, 1, 2, 3]), wrong([3, 4])
    assert statistics.discordant(first, second) == (3, 1)
    assert statistics.agreement(first, second) == 0.96
    assert statistics.agreement([1, 2, 3, 4], [1, 2, 4, 4]) == 0.75


# of MNIST's 10,000 test images, one alone of two SVMs that differ in C misses
# 0.4 %, one alone of an SVM and of nearest neighbours on components 2 %
ALIKE, UNLIKE = 0.004, 0.02
IMAGES = 10_000


def share_called_different(first_only, second_only):
    """Return how many of 1,000 simulated pairs the test tells apart."""
    shares = [first_only, second_only, 1 - first_only - second_only]
    drawn = np.random.default_rng(0).multinomial(IMAGES, shares, size=1000)
    p_values = [
        statistics.mcnemar_p_value(first, second) for first, second, _ in drawn
    ]
    return np.mean(np.array(p_values) < statistics.ALPHA)


def test_equal_methods_are_seldom_called_different():
    assert 0.01 < share_called_different(ALIKE / 2, ALIKE / 2) <= 0.05


@pytest.mark.parametrize("discordant", [ALIKE, UNLIKE])
def test_level_holds_without_the_luck_of_a_simulation(discordant):
    # how few the one alone may miss to be called better grows with how many
    # either alone misses
    level, few = 0.0, -1
    for either in range(int(stats.binom.isf(1e-9, IMAGES, discordant))):
        while statistics.mcnemar_p_value(few + 1, either - few - 1) < 0.05:
            few += 1
        called = 2 * stats.binom.cdf(few, either, 0.5)
        level += stats.binom.pmf(either, IMAGES, discordant) * called
    assert 0.03 < level <= 0.05


def test_a_true_difference_of_three_in_a_thousand_is_found():
    # 0.6 % missed by the one alone, 0.3 % by the other: between the two above
    assert share_called_different(0.006, 0.003) >= 0.8


def test_none_of_many_equal_methods_is_called_different():
    # five methods with errors of their own and errors that all share
    rng = np.random.default_rng(0)
    called = 0
    for _ in range(1000):
        hard = rng.random(1000) < 0.01
        own = rng.random((5, 1000)) < 0.02
        found = pairs.pairwise(dict(zip("abcde", hard | own, strict=True)))
        called += any(pair.better for pair in found)
    assert called <= 50


def test_pairs_hold_counts_of_each_two_methods():
    found = pairs.pairwise(
        {
            "constant": wrong(range(90)),
            "knn": wrong(range(20)),
            "rbf-svm": wrong([0, 1, 50]),
            "cnn": wrong([0]),
        }
    )
    assert [(pair.first, pair.second) for pair in found] == [
        ("knn", "rbf-svm"),
        ("knn", "cnn"),
        ("rbf-svm", "cnn"),
    ]
    assert [(pair.first_only, pair.second_only) for pair in found] == [
        (18, 1),
        (19, 0),
        (2, 0),
    ]
    assert [pair.better for pair in found] == ["rbf-svm", "cnn", None]
    assert [pair.family for pair in found] == [3, 3, 3]
    assert found[0].difference == pytest.approx(0.17)
    assert found[0].interval == statistics.paired_difference_interval(
        18, 1, 100
    )
    p_values = [pair.p_value for pair in found]
    assert [pair.adjusted for pair in found] == statistics.holm(p_values)


def test_pair_is_found_in_either_order():
    found = pairs.pairwise({"knn": wrong(range(9)), "cnn": wrong([8, 9])})
    assert pairs.between(found, "knn", "cnn") == found[0]
    turned = pairs.between(found, "cnn", "knn")
    assert (turned.first_only, turned.second_only) == (1, 8)
    assert turned.difference == -found[0].difference
    assert turned.adjusted == found[0].adjusted
    assert pairs.between(found, "cnn", "rbf-svm") is None


def test_correction_can_take_a_finding_away():
    # 1 against 8: p = 0.039, three times that is not significant
    methods = {"a": wrong(range(9)), "b": wrong([8, 9]), "c": wrong([8, 10])}
    alone = pairs.pairwise({"a": methods["a"], "b": methods["b"]})[0]
    among = pairs.between(pairs.pairwise(methods), "a", "b")
    assert alone.better == "b"
    assert among.better is None
    assert among.p_value == alone.p_value < 0.05 < among.adjusted


def test_bootstrap_agrees_with_a_paired_t_test():
    rng = np.random.default_rng(1)
    first, second = rng.random((2, 800))
    second = 0.6 * first + 0.4 * second + 0.008
    means = statistics.bootstrap_means(np.array([first, second]))
    drawn = means[:, 0] - means[:, 1]
    test = stats.ttest_rel(first, second)
    low, high = test.confidence_interval(0.95)
    assert np.quantile(drawn, [0.025, 0.975]) == pytest.approx(
        [low, high], abs=1e-3
    )
    found = statistics.bootstrap_p_value(drawn)
    assert found == pytest.approx(test.pvalue, abs=0.02)


def test_bootstrap_draws_the_same_images_for_all_methods():
    values = np.random.default_rng(0).random(50)
    means = statistics.bootstrap_means(np.array([values, values + 0.25]))
    assert np.ptp(means[:, 0]) > 0.01
    assert means[:, 1] - means[:, 0] == pytest.approx(0.25)
    again = statistics.bootstrap_means(np.array([values, values + 0.25]))
    assert (means == again).all()


def test_bootstrap_p_values_of_extremes():
    assert statistics.bootstrap_p_value(np.zeros(99)) == 1.0
    assert statistics.bootstrap_p_value(np.ones(99)) == 0.02
    assert statistics.bootstrap_p_value(-np.ones(99)) == 0.02
    assert statistics.bootstrap_p_value([-1] * 10 + [1] * 89) == 0.22


def test_class_scores_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    actual = rng.integers(10, size=2000)
    answered = np.where(rng.random(2000) < 0.8, actual, rng.integers(10))
    scores = statistics.class_scores(confusion_matrix(actual, answered))
    expected = precision_recall_fscore_support(actual, answered)
    for found, theirs in zip(scores, expected[:3], strict=True):
        assert found == pytest.approx(theirs, abs=1e-9)


def test_class_scores_that_are_not_defined_are_not_zero():
    # class 1 has no images, class 2 is never predicted, class 3 neither
    confusion = np.array(
        [[8, 2, 0, 0], [0, 0, 0, 0], [3, 0, 0, 0], [0, 0, 0, 0]]
    )
    precision, recall, f1 = statistics.class_scores(confusion)
    nan = math.nan
    expected = [8 / 11, 0, nan, nan]
    assert precision == pytest.approx(expected, nan_ok=True)
    assert recall == pytest.approx([0.8, nan, 0, nan], nan_ok=True)
    assert f1 == pytest.approx([16 / 21, 0, 0, nan], nan_ok=True)
