"""Intervals and tests that carry the report's judgements (SciPy)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import optimize, stats

LEVEL = 0.95
# the largest p-value that shows a difference
ALPHA = 0.05

Interval = tuple[float, float]


def wilson_interval(errors: int, total: int, level: float = LEVEL) -> Interval:
    """Return Wilson's score interval of a proportion (Wilson, 1927).

    errors: 0..total; total: at least 1; both bounds lie in 0..1.
    """
    result = stats.binomtest(int(errors), int(total))
    low, high = result.proportion_ci(level, method="wilson")
    return float(low), float(high)


def welch_interval(
    first: Sequence[float], second: Sequence[float], level: float = LEVEL
) -> Interval | None:
    """Return Welch's interval of a difference of means.

    None where either has fewer than two values.
    """
    if min(len(first), len(second)) < 2:
        return None
    if np.ptp(first) == np.ptp(second) == 0:
        difference = float(first[0] - second[0])
        return difference, difference
    result = stats.ttest_ind(first, second, equal_var=False)
    low, high = result.confidence_interval(level)
    return float(low), float(high)


def half_width(errors: int, total: int) -> float:
    """Return half the width of Wilson's interval, as a proportion."""
    low, high = wilson_interval(errors, total)
    return (high - low) / 2


def t_interval(
    values: Sequence[float],
    bounds: Interval = (-np.inf, np.inf),
    level: float = LEVEL,
) -> Interval | None:
    """Return Student's interval of the mean; None for fewer than two values.

    It speaks of other seeds on the same images, not of other images, and is
    cut at the bounds beyond which no mean can lie.
    """
    if len(values) < 2:
        return None
    mean = float(np.mean(values))
    error = float(stats.sem(values))
    half = float(stats.t.ppf((1 + level) / 2, len(values) - 1)) * error
    return max(mean - half, bounds[0]), min(mean + half, bounds[1])


def paired_p_value(differences: Sequence[float]) -> float | None:
    """Return the p-value of Student's paired t-test; None below two pairs.

    1.0 where nothing differs. Where all differ by the same, as few images may,
    it is that of the sign test, since they show no spread to judge by.
    """
    differences = np.asarray(differences, dtype=float)
    if len(differences) < 2:
        return None
    # equal numbers summed in another order may differ by rounding
    if np.abs(differences).max() < 1e-12:
        return 1.0
    if np.ptp(differences) < 1e-12:
        return 2.0 ** (1 - len(differences))
    return float(stats.ttest_1samp(differences, 0).pvalue)


def difference_interval(
    errors: tuple[int, int], totals: tuple[int, int], level: float = LEVEL
) -> Interval:
    """Return Newcombe's interval of a difference of two proportions.

    The proportions come from different images (Newcombe, 1998, method 10).
    """
    first, second = (e / t for e, t in zip(errors, totals, strict=True))
    low_1, high_1 = wilson_interval(errors[0], totals[0], level)
    low_2, high_2 = wilson_interval(errors[1], totals[1], level)
    difference = first - second
    return (
        difference - np.hypot(first - low_1, high_2 - second).item(),
        difference + np.hypot(high_1 - first, second - low_2).item(),
    )


def homogeneity_p_value(
    errors: Sequence[int], totals: Sequence[int], seed: int = 0
) -> float:
    """Return the p-value of equal error rates in all groups.

    Chi-squared statistic with its permutation distribution (9,999 draws of
    the multivariate hypergeometric), since error counts per class are too
    small for the asymptotic one. 1.0 where there is no error or no success;
    a group without images says nothing and is left out.
    """
    errors, totals = np.asarray(errors), np.asarray(totals)
    errors, totals = errors[totals > 0], totals[totals > 0]
    wrong, total = int(errors.sum()), int(totals.sum())
    if wrong in (0, total) or len(totals) < 2:
        return 1.0
    expected = totals * wrong / total

    def statistic(counts: np.ndarray) -> np.ndarray:
        return ((counts - expected) ** 2 / expected).sum(axis=-1)

    draws = np.random.default_rng(seed).multivariate_hypergeometric(
        totals, wrong, size=9_999
    )
    # counts that tie in exact arithmetic must tie here as well
    as_extreme = statistic(draws) >= statistic(errors) - 1e-9
    return float((1 + as_extreme.sum()) / (1 + len(draws)))


def cochran_p_value(wrong: np.ndarray, seed: int = 0) -> float:
    """Return the p-value of equal error rates of methods on the same images.

    wrong: (images, methods) of 0 and 1. Cochran's Q (1950) with its
    permutation distribution (99,999 draws), since few images may be missed
    by some methods and not by others: as many methods miss an image as did,
    and each is as likely to be among them. 1.0 where all err on the same
    images.
    """
    wrong = np.asarray(wrong, dtype=np.int64)
    methods = wrong.shape[1]
    draws = np.random.default_rng(seed)
    # images by the number of methods, of those still to come, that miss them
    left = np.bincount(wrong.sum(axis=1), minlength=methods + 1)
    left = np.tile(left, (99_999, 1))
    squares = np.zeros(len(left), dtype=np.int64)
    for to_come in range(methods, 0, -1):
        chance = np.minimum(np.arange(methods + 1) / to_come, 1)
        missed = draws.binomial(left, chance)
        squares += missed.sum(axis=1) ** 2
        left -= missed
        left[:, :-1] += missed[:, 1:]
    # Q rises with the sum of squares, and with nothing else that is drawn
    as_extreme = squares >= (wrong.sum(axis=0) ** 2).sum()
    return float((1 + as_extreme.sum()) / (1 + len(left)))


def discordant(
    first_wrong: np.ndarray, second_wrong: np.ndarray
) -> tuple[int, int]:
    """Count the images that only the first, and only the second, misses."""
    first = np.asarray(first_wrong, dtype=bool)
    second = np.asarray(second_wrong, dtype=bool)
    return int((first & ~second).sum()), int((second & ~first).sum())


def agreement(first: np.ndarray, second: np.ndarray) -> float:
    """Return the share of images that two methods give the same answer."""
    return float(np.mean(np.asarray(first) == np.asarray(second)))


def mcnemar_p_value(first_only: int, second_only: int) -> float:
    """Return the exact two-sided p-value of McNemar's test (1947).

    Of the images that one method alone misses, either method should miss
    half where both err equally often. 1.0 without such images.
    """
    fewer, either = min(first_only, second_only), first_only + second_only
    return min(1.0, 2 * float(stats.binom.cdf(fewer, either, 0.5)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number (Holm, 1979), in their order.

    That any of those below α belongs to a true hypothesis has a probability
    of at most α.
    """
    p_values = np.asarray(p_values, dtype=float)
    order = p_values.argsort(kind="stable")
    left = np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.maximum.accumulate(p_values[order] * left)
    return np.minimum(adjusted, 1).tolist()


def paired_difference_interval(
    first_only: int, second_only: int, total: int, level: float = LEVEL
) -> Interval:
    """Return Tango's score interval of a paired difference of error rates.

    The first rate less the second, on the same images (Tango, 1998): all
    differences that a score test does not reject. That of no difference is
    McNemar's, so that the interval holds 0 where that test finds nothing.
    """
    first_only, second_only = int(first_only), int(second_only)
    z = float(stats.norm.isf((1 - level) / 2))
    net = first_only - second_only

    def excess(difference: float, sign: int) -> float:
        """Return how far the counts lie above z standard errors."""
        # the likeliest share that the second alone misses
        b = -first_only - second_only + (2 * total - net) * difference
        c = -second_only * difference * (1 - difference)
        share = (np.sqrt(max(b * b - 8 * total * c, 0)) - b) / (4 * total)
        variance = 2 * share + difference * (1 - difference)
        error = np.sqrt(total * max(variance, 0))
        return net - total * difference - sign * z * error

    # at the estimate itself the error may vanish, and with it the sign
    estimate, step = net / total, 1e-12
    return (
        optimize.brentq(excess, -1, estimate - step, (1,), xtol=1e-15),
        optimize.brentq(excess, estimate + step, 1, (-1,), xtol=1e-15),
    )


def bootstrap_means(
    values: np.ndarray, draws: int = 4_999, seed: int = 0
) -> np.ndarray:
    """Return the means over images drawn with replacement: (draws, methods).

    values: (methods, images). Each draw takes the same images for all
    methods, so that differences of the means stay paired.
    """
    values = np.asarray(values, dtype=float)
    total = values.shape[1]
    rng = np.random.default_rng(seed)
    means = np.empty((draws, len(values)))
    for row in means:
        times = np.bincount(rng.integers(total, size=total), minlength=total)
        row[:] = values @ times / total
    return means


def bootstrap_p_value(differences: np.ndarray) -> float:
    """Return the two-sided p-value of no difference from drawn differences.

    Twice the share on the rarer side of 0; the data count as one more draw.
    """
    differences = np.asarray(differences)
    # means of the same numbers in another order may differ by rounding
    rarer = min((differences <= 1e-12).sum(), (differences >= -1e-12).sum())
    return min(1.0, 2 * float(1 + rarer) / (1 + len(differences)))


def clustered_rates(
    values: np.ndarray,
    cluster: np.ndarray,
    draws: int = 4_999,
    seed: int = 0,
) -> np.ndarray:
    """Return the means over clusters drawn with replacement: (draws, methods).

    values: (methods, images); cluster: (images,), such as who wrote each. A
    draw takes all images of a cluster or none, the same for all methods.
    """
    _, place = np.unique(cluster, return_inverse=True)
    sizes = np.bincount(place)
    sums = np.stack([np.bincount(place, row) for row in np.asarray(values)])
    rng = np.random.default_rng(seed)
    chances = np.full(len(sizes), 1 / len(sizes))
    times = rng.multinomial(len(sizes), chances, size=draws)
    return (times @ sums.T) / (times @ sizes)[:, None]


def percentile_interval(draws: np.ndarray, level: float = LEVEL) -> Interval:
    """Return the interval between the draws' outer percentiles."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def gini(values: np.ndarray) -> np.ndarray:
    """Return Gini's coefficient along the last axis; 0 without any error.

    Half the mean difference between two values, each with each and itself,
    over their mean: 0 where all are equal, 1 - 1/n where one has all.
    """
    rising = np.sort(np.asarray(values, dtype=float), axis=-1)
    count, total = rising.shape[-1], rising.sum(axis=-1)
    ranks = 2 * np.arange(1, count + 1) - count - 1
    spread = (ranks * rising).sum(axis=-1)
    return np.divide(
        spread, count * total, out=np.zeros_like(total), where=total > 0
    )


def errors_by_chance(
    sizes: np.ndarray, errors: int, draws: int = 999, seed: int = 0
) -> np.ndarray:
    """Return the errors of each group (draws, groups) were all images alike.

    sizes: images of each group. So many errors fall on images at random.
    """
    return np.random.default_rng(seed).multivariate_hypergeometric(
        sizes, int(errors), size=draws
    )


class ClassScores(NamedTuple):
    """Precision, recall and F1 of each class; NaN where not defined."""

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray


def rank_test(low: np.ndarray, high: np.ndarray) -> tuple[float, float]:
    """Return how often the first are below the second, and its p-value.

    Of all pairs, ties counting half; the test is Mann and Whitney's.
    """
    test = stats.mannwhitneyu(high, low, method="asymptotic")
    return float(test.statistic / (len(low) * len(high))), float(test.pvalue)


def class_scores(confusion: np.ndarray) -> ClassScores:
    """Return the scores of each class from counts (actual, predicted).

    Precision is not defined for a class that is never predicted, recall not
    for one without images, F1 not for one that is neither.
    """
    confusion = np.asarray(confusion)
    right = np.diag(confusion)
    predicted, actual = confusion.sum(axis=0), confusion.sum(axis=1)

    def share(counts: np.ndarray, totals: np.ndarray) -> np.ndarray:
        undefined = np.full(len(counts), np.nan)
        return np.divide(counts, totals, out=undefined, where=totals > 0)

    return ClassScores(
        share(right, predicted),
        share(right, actual),
        share(2 * right, predicted + actual),
    )
