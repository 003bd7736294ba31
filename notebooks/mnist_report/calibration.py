"""How far a method's confidence can be taken at its word."""

from typing import NamedTuple

import numpy as np
from scipy import optimize, special

from mnist_report.statistics import Interval, wilson_interval

BINS = 15
# beyond these a temperature changes no probability worth printing
COLDEST, HOTTEST = 0.05, 20.0


class Bin(NamedTuple):
    """Answers of like confidence, between two bounds."""

    low: float
    high: float
    count: int
    confidence: float
    """The mean confidence; NaN in an empty bin."""
    accuracy: float
    """The share that is right; NaN in an empty bin."""
    interval: Interval
    """Wilson's interval of the accuracy; 0 to 1 in an empty bin."""


def softmax(scores: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return probabilities (images, classes) of scores at a temperature."""
    scaled = np.asarray(scores, dtype=float) / temperature
    return special.softmax(scaled, axis=1)


def confidence(probabilities: np.ndarray) -> np.ndarray:
    """Return the probability of each image's answer, as it is stored."""
    return np.asarray(probabilities).max(axis=1).astype(np.float32)


def reliability(
    probabilities: np.ndarray, truth: np.ndarray, bins: int = BINS
) -> list[Bin]:
    """Sort answers into bins of equal width by their confidence.

    A bin holds its upper bound, not its lower one (Guo et al., 2017).
    """
    sure = confidence(probabilities)
    right = np.argmax(probabilities, axis=1) == np.asarray(truth)
    bounds = np.linspace(0, 1, bins + 1)
    # float32 probabilities may add up to a little more than 1
    places = np.clip(np.searchsorted(bounds, sure) - 1, 0, bins - 1)
    counts = np.bincount(places, minlength=bins)
    hits = np.bincount(places, right, minlength=bins)
    sums = np.bincount(places, sure, minlength=bins)
    return [
        Bin(
            float(low),
            float(high),
            int(count),
            float(total / count) if count else np.nan,
            float(hit / count) if count else np.nan,
            wilson_interval(hit, count) if count else (0.0, 1.0),
        )
        for low, high, count, hit, total in zip(
            bounds[:-1], bounds[1:], counts, hits, sums, strict=True
        )
    ]


def expected_calibration_error(
    probabilities: np.ndarray, truth: np.ndarray, bins: int = BINS
) -> float:
    """Return the mean gap between confidence and accuracy over the bins.

    Bins weigh by their number of images (Guo et al., 2017, equation 3).
    """
    gaps = [
        each.count * abs(each.confidence - each.accuracy)
        for each in reliability(probabilities, truth, bins)
        if each.count
    ]
    return sum(gaps) / len(truth)


def negative_log_likelihood(
    scores: np.ndarray, truth: np.ndarray, temperature: float = 1.0
) -> float:
    """Return the mean −log probability of the actual class."""
    scaled = np.asarray(scores, dtype=float) / temperature
    log_probabilities = special.log_softmax(scaled, axis=1)
    return -float(log_probabilities[np.arange(len(truth)), truth].mean())


def fit_temperature(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature that makes validation labels likeliest.

    scores: (images, classes), logits of images that were not trained on.
    Where every answer is right, certainty itself would be likeliest; nothing
    can be learned from such images, and the temperature is left at 1.
    """
    scores, labels = np.asarray(scores), np.asarray(labels)
    if (scores.argmax(axis=1) == labels).all():
        return 1.0
    found = optimize.minimize_scalar(
        lambda log: negative_log_likelihood(scores, labels, np.exp(log)),
        bounds=(np.log(COLDEST), np.log(HOTTEST)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(found.x))
