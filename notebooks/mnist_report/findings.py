"""Sentences about a run that its evidence makes true, false or undecided.

One function per finding: evidence in, verdict and sentence out.
"""

from collections.abc import Sequence

import numpy as np

from mnist_report import statistics
from mnist_report.results import Finding, Verdict, number, p_text, span
from mnist_report.statistics import Interval

ALPHA = 0.05
# LeCun et al. (1995), section 4: an estimate, without a protocol
HUMAN_ERROR = 0.002


def above(interval: Interval, threshold: float) -> Verdict:
    """Say whether a whole interval lies above a threshold."""
    low, high = interval
    if low > threshold:
        return "yes"
    return "no" if high < threshold else "undecided"


def below(interval: Interval, threshold: float) -> Verdict:
    """Say whether a whole interval lies below a threshold."""
    low, high = interval
    return above((-high, -low), -threshold)


def significant(p_value: float) -> Verdict:
    """Say whether a difference is shown; a test never shows its absence."""
    return "yes" if p_value < ALPHA else "undecided"


def find(
    verdict: Verdict,
    question: str,
    evidence: str,
    sentences: dict[Verdict, str],
) -> Finding:
    """Return the finding with the sentence that the verdict picks."""
    return Finding(
        verdict=verdict,
        question=question,
        sentence=sentences[verdict],
        evidence=evidence,
    )


def generalisation_gap(
    train_errors: Sequence[float],
    num_train: int,
    validation_errors: Sequence[float],
    num_validation: int,
) -> Finding:
    """Say whether training images are fitted better than validation images.

    Error rates are one a seed. With several seeds the interval is Student's,
    of the difference over the seeds; with one, Newcombe's over the images.
    """
    differences = np.subtract(validation_errors, train_errors)
    interval = statistics.t_interval(differences)
    if interval is None:
        interval = statistics.difference_interval(
            (
                round(validation_errors[0] * num_validation),
                round(train_errors[0] * num_train),
            ),
            (num_validation, num_train),
        )
    return find(
        above(interval, 0),
        "Is the error higher on validation than on training images?",
        f"difference of the error rates, {span(interval, '.2%')}",
        {
            "yes": "The error is higher on images that were not trained on: "
            "the network fits its training images better than others.",
            "no": "The error is lower on the validation images than on "
            "those that were trained on.",
            "undecided": "The errors on images that were trained on and on "
            "images that were not cannot be told apart.",
        },
    )


def seeds_differ(wrong: np.ndarray) -> Finding:
    """Say whether networks of different seeds differ in error.

    wrong: (seeds, images), true where a network errs.
    """
    seeds = len(wrong)
    p_value = statistics.cochran_p_value(wrong.T)
    return find(
        significant(p_value) if seeds > 1 else "not measured",
        "Do the networks of different seeds differ in their test error?",
        f"Cochran's Q on the same images, {p_text(p_value)}"
        if seeds > 1
        else "one seed only",
        {
            "yes": f"The networks of the {seeds} seeds differ in their "
            "number of errors on the same test images: the seed matters.",
            "undecided": f"The networks of the {seeds} seeds cannot be told "
            "apart by their number of errors on the same test images.",
            "not measured": "Whether the seed matters cannot be said from "
            "one seed.",
        },
    )


def better_than_constant(
    wrong: int, total: int, largest_class: int
) -> Finding:
    """Say whether the network errs less than the best constant answer."""
    interval = statistics.wilson_interval(wrong, total)
    constant = 1 - largest_class / total
    rate = number(constant, ".1%")
    return find(
        below(interval, constant),
        "Is the test error below that of a constant answer?",
        f"Wilson's interval {span(interval, '.2%')} against {rate}",
        {
            "yes": "It errs less than the constant answer of the most "
            f"frequent class, which is wrong on {rate} of the test images.",
            "no": "It errs more than the constant answer of the most "
            f"frequent class, which is wrong on {rate} of the test images: "
            "it has learned nothing of use.",
            "undecided": "It cannot be told apart from the constant answer "
            f"of the most frequent class, which is wrong on {rate} of the "
            "test images.",
        },
    )


def test_harder(
    test_wrong: int,
    num_test: int,
    validation_error: float,
    num_validation: int,
) -> Finding:
    """Say whether test images are harder than validation images."""
    interval = statistics.difference_interval(
        (test_wrong, round(validation_error * num_validation)),
        (num_test, num_validation),
    )
    return find(
        above(interval, 0),
        "Is the test error above the validation error?",
        f"Newcombe's interval of the difference {span(interval, '.2%')}",
        {
            "yes": "It errs more on the test images than on the validation "
            "images.",
            "no": "It errs less on the test images than on the validation "
            "images.",
            "undecided": "Its error rates on test and validation images "
            "cannot be told apart.",
        },
    )


def human_estimate(wrong: int, total: int, is_mnist: bool) -> Finding:
    """Say whether the error is above the one estimated for people."""
    interval = statistics.wilson_interval(wrong, total)
    people = number(HUMAN_ERROR, ".1%")
    source = f"the {people} once estimated for people [@lecun1995comparison]"
    return find(
        above(interval, HUMAN_ERROR) if is_mnist else "not measured",
        f"Is the test error above the {people} estimated for people?",
        f"Wilson's interval {span(interval, '.2%')}"
        if is_mnist
        else "no estimate for these images",
        {
            "yes": f"The error lies above {source}.",
            "no": f"The error lies below {source}.",
            "undecided": f"The error cannot be told apart from {source}.",
            "not measured": "How well people read these images is not known.",
        },
    )


def classes_differ(wrong: Sequence[int], totals: Sequence[int]) -> Finding:
    """Say whether the error rate differs between classes."""
    p_value = statistics.homogeneity_p_value(wrong, totals)
    return find(
        significant(p_value),
        "Does the error rate differ between classes?",
        f"permutation test of homogeneity, {p_text(p_value)}",
        {
            "yes": "The error is not shared equally: its rate differs "
            "between the classes.",
            "undecided": "The error rates of the classes cannot be told "
            "apart from equal ones.",
        },
    )
