"""Intervals and tests that carry the report's judgements (SciPy)."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

LEVEL = 0.95

Interval = tuple[float, float]


def wilson_interval(errors: int, total: int, level: float = LEVEL) -> Interval:
    """Return Wilson's score interval of a proportion (Wilson, 1927).

    errors: 0..total; total: at least 1; both bounds lie in 0..1.
    """
    result = stats.binomtest(int(errors), int(total))
    low, high = result.proportion_ci(level, method="wilson")
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


def cochran_p_value(wrong: np.ndarray) -> float:
    """Return the p-value of equal error rates of methods on the same images.

    wrong: (images, methods) of 0 and 1 (Cochran, 1950). 1.0 where the
    methods err on the same images.
    """
    wrong = np.asarray(wrong, dtype=np.int64)
    methods = wrong.shape[1]
    by_method, by_image = wrong.sum(axis=0), wrong.sum(axis=1)
    spread = methods * by_image.sum() - (by_image**2).sum()
    if methods < 2 or spread == 0:
        return 1.0
    deviation = ((by_method - by_method.mean()) ** 2).sum()
    q = methods * (methods - 1) * deviation / spread
    return float(stats.chi2.sf(q, methods - 1))
