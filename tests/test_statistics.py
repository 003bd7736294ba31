"""Intervals and tests against published examples and other formulas."""

import math
from itertools import combinations, product
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from mnist_report import statistics


@pytest.mark.parametrize(
    ("errors", "total", "interval"),
    [
        # Newcombe (1998), Statistics in Medicine 17:857-872, table I
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson_interval_of_published_examples(errors, total, interval):
    found = statistics.wilson_interval(errors, total)
    assert found == pytest.approx(interval, abs=5e-5)


@pytest.mark.parametrize("errors", [0, 1, 58, 5000, 9999, 10_000])
def test_wilson_interval_follows_the_report_s_equation(errors):
    n, z = 10_000, stats.norm.ppf(0.975)
    rate = errors / n
    spread = z * math.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    bounds = [
        (rate + z**2 / (2 * n) + sign * spread) / (1 + z**2 / n)
        for sign in (-1, 1)
    ]
    low, high = statistics.wilson_interval(errors, n)
    assert (low, high) == pytest.approx(bounds, abs=1e-12)
    assert 0 <= low <= rate <= high <= 1
    assert statistics.half_width(errors, n) == pytest.approx((high - low) / 2)


def test_level_of_an_interval():
    z = stats.norm.ppf(0.995)
    low, high = statistics.wilson_interval(0, 20, level=0.99)
    assert (low, high) == pytest.approx((0, z**2 / (20 + z**2)))


def test_t_interval_agrees_with_scipy():
    values = [0.0058, 0.0063, 0.0059, 0.0071]
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert statistics.t_interval(values) == pytest.approx(tuple(expected))


def test_t_interval_is_cut_at_its_bounds():
    rates = [0.001, 0.999]
    assert statistics.t_interval(rates, bounds=(0, 1)) == (0, 1)


def test_t_interval_needs_two_values():
    assert statistics.t_interval([0.006]) is None
    assert statistics.t_interval([0.5, 0.5]) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("errors", "totals", "interval"),
    [
        # Newcombe (1998), Statistics in Medicine 17:873-890, table II
        ((56, 48), (70, 80), (0.0524, 0.3339)),
        ((9, 3), (10, 10), (0.1705, 0.8090)),
        ((5, 0), (56, 29), (-0.0381, 0.1926)),
        ((0, 0), (10, 20), (-0.1611, 0.2775)),
        ((10, 0), (10, 20), (0.6791, 1.0)),
    ],
)
def test_difference_interval_of_published_examples(errors, totals, interval):
    found = statistics.difference_interval(errors, totals)
    assert found == pytest.approx(interval, abs=5e-5)


def test_cochran_of_every_deal():
    # Cochran's own example (1950), four media and 69 specimens: five of the
    # specimens are missed by three media, one by two
    patterns = {"1111": 4, "1101": 2, "0111": 3, "0101": 1, "0000": 59}
    wrong = np.array(
        [list(map(int, row)) for row, n in patterns.items() for _ in range(n)]
    )
    threes, pairs = (
        [sum(np.eye(4, dtype=int)[list(m)]) for m in combinations(range(4), k)]
        for k in (3, 2)
    )
    squares = [
        np.square(sum(deal) + 4).sum()
        for deal in product(threes, threes, threes, threes, threes, pairs)
    ]
    due = np.mean(squares >= np.square(wrong.sum(axis=0)).sum())
    assert 0.03 < due < 0.06
    p_value = statistics.cochran_p_value(wrong)
    assert p_value == pytest.approx(due, abs=3e-3)


def test_cochran_of_two_methods_is_mcnemar():
    rng = np.random.default_rng(0)
    wrong = rng.random((500, 2)) < [0.17, 0.2]
    expected = statistics.mcnemar_p_value(*statistics.discordant(*wrong.T))
    assert 0.005 < expected < 0.2
    p_value = statistics.cochran_p_value(wrong)
    assert p_value == pytest.approx(expected, abs=4e-3)


def test_cochran_of_many_agrees_with_the_limit():
    rng = np.random.default_rng(1)
    wrong = rng.random((4000, 5)) < [0.2, 0.2, 0.21, 0.22, 0.22]
    by_method, by_image = wrong.sum(axis=0), wrong.sum(axis=1)
    spread = 5 * by_image.sum() - np.square(by_image).sum()
    q = 20 * np.square(by_method - by_method.mean()).sum() / spread
    p_value = statistics.cochran_p_value(wrong)
    assert p_value == pytest.approx(stats.chi2.sf(q, 4), abs=5e-3)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((10, 3)),
        np.ones((10, 3)),
        np.tile([[1], [0]], (5, 3)),
        np.tile([[1], [0]], (5, 1)),
    ],
)
def test_methods_that_err_together_do_not_differ(wrong):
    assert statistics.cochran_p_value(wrong) == 1.0


def test_homogeneity_p_values_are_uniform_where_rates_are_equal():
    rng = np.random.default_rng(0)
    totals = np.array([200, 250, 300, 350])
    p_values = [
        statistics.homogeneity_p_value(rng.binomial(totals, 0.1), totals, seed)
        for seed in range(200)
    ]
    assert stats.kstest(p_values, "uniform").pvalue > 0.05
    assert 0.02 < np.mean(np.array(p_values) < 0.05) < 0.09


@pytest.mark.parametrize("errors", [[95, 250, 440], [125, 250, 360]])
def test_homogeneity_agrees_with_chi_squared_for_large_counts(errors):
    errors, totals = np.array(errors), np.array([2000, 5000, 8000])
    expected = stats.chi2_contingency([errors, totals - errors]).pvalue
    found = statistics.homogeneity_p_value(errors, totals)
    assert found == pytest.approx(expected, abs=0.015)


def test_homogeneity_is_scipy_s_monte_carlo_test_of_the_same_draws():
    errors, totals = np.array([9, 21, 44]), np.array([200, 400, 900])
    library = stats.monte_carlo_test(
        errors,
        lambda size: np.random.default_rng(5).multivariate_hypergeometric(
            totals, errors.sum(), size=size[0]
        ),
        lambda counts, axis: (
            stats.chisquare(
                counts, totals * errors.sum() / totals.sum(), axis=axis
            ).statistic
        ),
        alternative="greater",
    )
    found = statistics.homogeneity_p_value(errors, totals, seed=5)
    assert found == pytest.approx(library.pvalue, abs=1e-9)
    assert 0.05 < found < 0.95


@pytest.mark.parametrize("middle", [0.0, 0.3, -1.6, 5.0])
def test_bootstrap_is_judged_as_scipy_does_with_the_same_draws(middle):
    draws = np.random.default_rng(0).normal(middle, 1, 4_999)
    library = stats.monte_carlo_test(
        [0.0],
        lambda size: draws.reshape(size),
        lambda values, axis: np.squeeze(values, axis),
        n_resamples=len(draws),
    )
    p_value = statistics.bootstrap_p_value(draws)
    assert p_value == pytest.approx(library.pvalue, abs=1e-9)
    interval = stats.bootstrap(
        ([0.0, 1.0],),
        np.mean,
        n_resamples=0,
        method="percentile",
        bootstrap_result=SimpleNamespace(bootstrap_distribution=draws),
    ).confidence_interval
    found = statistics.percentile_interval(draws)
    assert found == pytest.approx(tuple(interval), abs=1e-9)


def test_homogeneity_finds_a_difference():
    assert statistics.homogeneity_p_value([2, 3, 30], [1000] * 3) < 0.001


def test_homogeneity_counts_ties_as_extreme():
    # one error among two equal groups can only be in the one or the other
    assert statistics.homogeneity_p_value([1, 0], [7, 7]) == 1.0


@pytest.mark.parametrize(
    ("errors", "totals"),
    [([0, 0], [5, 9]), ([5, 9], [5, 9]), ([3], [9]), ([3, 0], [9, 0])],
)
def test_homogeneity_of_degenerate_groups(errors, totals):
    assert statistics.homogeneity_p_value(errors, totals) == 1.0


def test_groups_without_images_change_nothing():
    full = statistics.homogeneity_p_value([1, 4], [90, 110])
    assert statistics.homogeneity_p_value([1, 0, 4], [90, 0, 110]) == full


def test_welch_s_interval_is_the_published_formula_s():
    first, second = [0.36, 0.37, 0.34, 0.33, 0.35], [0.55, 0.49, 0.51]
    low, high = statistics.welch_interval(first, second)
    a, b = (np.var(x, ddof=1) / len(x) for x in (first, second))
    freedom = (a + b) ** 2 / (a**2 / 4 + b**2 / 2)
    half = stats.t.ppf(0.975, freedom) * np.sqrt(a + b)
    middle = np.mean(first) - np.mean(second)
    assert (low, high) == pytest.approx((middle - half, middle + half))
    assert statistics.welch_interval([0.1], second) is None
    assert statistics.welch_interval([0.1] * 2, [0.3] * 3) == (
        pytest.approx((-0.2, -0.2))
    )
