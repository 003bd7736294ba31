"""Every judgement, driven to each of its verdicts by data that force it."""

import numpy as np
import pytest

from mnist_report import findings, measured
from mnist_report.legibility import Pair as Looks

SURE, UNSURE = 10_000, 20


def wrong_rows(*counts, images=1000):
    """Return one row a seed, wrong on disjoint stretches of images."""
    rows, start = np.zeros((len(counts), images), dtype=bool), 0
    for row, count in zip(rows, counts, strict=True):
        row[start : start + count] = True
        start += count
    return rows


def barriers(violations=(), figures=2, described=2):
    """Return what a look at a report found."""
    view = {"size": "wide", "scheme": "dark", "violations": list(violations)}
    return measured.Barriers(
        command="look",
        commit="0" * 40,
        axe="4.0",
        rules=50,
        views=[measured.View(**view)],
        language="en-GB",
        figures=figures,
        described=described,
    )


CASES = [
    # function, arguments, verdict, what its sentence says
    ("generalisation_gap", ([0.01], SURE, [0.05], SURE), "yes", "higher on"),
    ("generalisation_gap", ([0.05], SURE, [0.01], SURE), "no", "lower on"),
    (
        "generalisation_gap",
        ([0.05], SURE, [0.10], UNSURE),
        "undecided",
        "cannot be told apart",
    ),
    (
        "generalisation_gap",
        ([0.010, 0.011], SURE, [0.050, 0.051], UNSURE),
        "yes",
        "higher on images that were not trained on",
    ),
    (
        "generalisation_gap",
        ([0.050, 0.051], SURE, [0.010, 0.011], UNSURE),
        "no",
        "lower on the validation images",
    ),
    (
        "generalisation_gap",
        ([0.01, 0.05], SURE, [0.05, 0.02], SURE),
        "undecided",
        "cannot be told apart",
    ),
    (
        # that seeds agree to the last image says nothing of other images
        "generalisation_gap",
        ([0.90, 0.90], UNSURE, [0.89, 0.89], UNSURE),
        "undecided",
        "cannot be told apart",
    ),
    ("seeds_differ", (wrong_rows(10, 90),), "yes", "2 seeds differ"),
    (
        "seeds_differ",
        (wrong_rows(10, 11, 9),),
        "undecided",
        "3 seeds cannot be told apart",
    ),
    ("seeds_differ", (wrong_rows(10),), "not measured", "from one seed"),
    (
        "better_than_constant",
        (58, SURE, 1130),
        "yes",
        "errs less than any constant answer: the best is wrong on "
        "88.70\u00a0% of the test images",
    ),
    (
        "better_than_constant",
        (9500, SURE, 2500),
        "no",
        "errs more than the best constant answer, which is wrong on "
        "75.00\u00a0% of the test images",
    ),
    (
        "better_than_constant",
        (10, UNSURE, 10),
        "undecided",
        "cannot be told apart from the best constant answer, which is wrong "
        "on 50.00\u00a0%",
    ),
    ("test_harder", (300, SURE, 0.01, SURE), "yes", "errs more on the test"),
    ("test_harder", (100, SURE, 0.03, SURE), "no", "errs less on the test"),
    ("test_harder", (1, UNSURE, 0.1, UNSURE), "undecided", "cannot be told"),
    ("human_estimate", (58, SURE, True), "yes", "lies above the 0.2\u00a0%"),
    ("human_estimate", (2, SURE, True), "no", "lies below the 0.2\u00a0%"),
    ("human_estimate", (0, UNSURE, True), "undecided", "told apart from the"),
    ("human_estimate", (58, SURE, False), "not measured", "is not known"),
    ("classes_differ", ([1, 1, 60], [900] * 3), "yes", "not shared equally"),
    ("classes_differ", ([6, 5, 4], [900] * 3), "undecided", "from equal ones"),
    ("classes_differ", ([1, 0, 1], [9, 0, 9]), "undecided", "told apart"),
    ("classes_differ", ([0, 0], [9, 9]), "undecided", "told apart"),
    ("series_apart", ({"fig": []},), "not measured", "No figure of this run"),
    (
        "series_apart",
        ({"fig": [Looks(True, 0, 0), Looks(False, 21, 21)]},),
        "yes",
        "differ in mark, line or lightness",
    ),
    (
        "series_apart",
        ({"a": [Looks(False, 19, 90)], "b": [Looks(True, 0, 0)], "c": []},),
        "no",
        "In 1 of 2 figures with several series, two look alike",
    ),
    (
        "series_apart",
        ({"a": [Looks(False, 90, 19)]},),
        "no",
        "In 1 of 1 figure with several series",
    ),
    ("no_barriers", (barriers(),), "yes", "Against 50 rules axe-core finds"),
    (
        "no_barriers",
        (barriers(["color-contrast", "label"]),),
        "no",
        "show color-contrast and label.",
    ),
    (
        "no_barriers",
        (barriers(described=1),),
        "no",
        "show figures without words.",
    ),
]


@pytest.mark.parametrize(("name", "arguments", "verdict", "part"), CASES)
def test_data_force_the_verdict(name, arguments, verdict, part):
    finding = getattr(findings, name)(*arguments)
    assert finding.verdict == verdict
    assert part in finding.sentence
    assert finding.sentence.endswith(".")
    assert finding.question.endswith("?")
    assert not finding.evidence.endswith(".")


@pytest.mark.parametrize(
    ("finding", "evidence"),
    [
        (
            findings.generalisation_gap([0.8], 70, [0.6], 80),
            "Newcombe's interval of the difference "
            "\u221233.39 to \u22125.24\u00a0%",
        ),
        (
            # Student: 0.02 ± 12.706 × 0.01 / √2
            findings.generalisation_gap([0.01, 0.01], 9, [0.02, 0.04], 9),
            "Student's interval of the difference \u221210.71 to 14.71\u00a0%",
        ),
        (
            findings.test_harder(56, 70, 0.6, 80),
            "Newcombe's interval of the difference 5.24\u201333.39\u00a0%",
        ),
        (
            findings.better_than_constant(81, 263, 200),
            "Wilson's interval 25.53\u201336.62\u00a0% against 23.95\u00a0%",
        ),
        (
            findings.human_estimate(81, 263, True),
            "Wilson's interval 25.53\u201336.62\u00a0%",
        ),
        (
            findings.human_estimate(81, 263, False),
            "no estimate for these images",
        ),
        (
            # of two seeds McNemar's exact test, whose p-value is 0.0022
            findings.seeds_differ(wrong_rows(10, 30)),
            "permutation test of Cochran's Q on the same images, p = 0.002",
        ),
        (findings.seeds_differ(wrong_rows(10)), "one seed only"),
        (
            findings.classes_differ([1, 0], [7, 7]),
            "permutation test of homogeneity, p = 1.000",
        ),
    ],
)
def test_evidence_names_what_decided(finding, evidence):
    assert finding.evidence == evidence


@pytest.mark.parametrize(
    ("interval", "is_above", "is_below"),
    [
        ((0.1, 0.2), "yes", "no"),
        ((-0.2, -0.1), "no", "yes"),
        ((-0.1, 0.1), "undecided", "undecided"),
        ((0.0, 0.1), "undecided", "undecided"),
        ((-0.1, 0.0), "undecided", "undecided"),
    ],
)
def test_bound_on_the_threshold_decides_nothing(interval, is_above, is_below):
    assert findings.above(interval, 0) == is_above
    assert findings.below(interval, 0) == is_below
