"""What a run measures, recorded under the names that the text links to."""

from collections.abc import Mapping, Sequence

import numpy as np

from mnist_report import findings
from mnist_report.results import Results

MACHINE = "time on this machine, beside other processes"


def record_data(
    results: Results,
    title: str,
    sizes: Mapping[str, int],
    pixels: tuple[float, float],
) -> None:
    """Record the data set, its parts' sizes and its pixels' mean and SD."""
    results.record("data-title", title, "the data set")
    for part, count in sizes.items():
        results.record(f"{part}-images", count, f"{part} images", form=",d")
    mean, sd = pixels
    results.record("pixel-mean", mean, "mean pixel", form=".4f")
    results.record("pixel-sd", sd, "SD of the pixels", form=".4f")


def record_network(
    results: Results, layers: Sequence[tuple[str, tuple[int, ...], int, int]]
) -> None:
    """Record the network's size and the share of its linear layers."""
    total = sum(layer[2] for layer in layers)
    linear = sum(layer[2] for layer in layers if layer[0] == "Linear")
    macs = sum(layer[3] for layer in layers)
    results.record("parameters", total, "parameters", form=",d")
    results.record("macs", macs, "multiply-accumulates", form=",d")
    share = linear / total
    results.record("linear-share", share, "linear layers' share", form=".1%")


def record_training(
    results: Results,
    train: tuple[Sequence[float], int],
    validation: tuple[Sequence[float], int],
    seconds: Sequence[float],
) -> None:
    """Record how well the networks fit, and how long they took.

    train, validation: error rates, one a seed, and the number of images.
    """
    for part, (rates, total) in {
        "train": train,
        "validation": validation,
    }.items():
        results.record_mean_error(
            f"{part}-error-mean", rates, total, f"error rate on {part} images"
        )
    results.record(
        "training-seconds",
        float(np.median(seconds)),
        "time to train one network, median over the seeds",
        form=".0f",
        unit="s",
        varies="machine",
        reason=MACHINE,
    )
    results.conclude(
        generalisation_gap=findings.generalisation_gap(*train, *validation)
    )


def record_confusion(
    results: Results, confusion: np.ndarray, class_names: Sequence[str]
) -> None:
    """Record the most frequent confusion and the worst class.

    confusion: (classes, classes) counts, a row for each actual class.
    """
    sizes = confusion.sum(axis=1)
    errors = confusion - np.diag(np.diag(confusion))
    actual, answer = np.unravel_index(errors.argmax(), errors.shape)
    count = int(errors.max())
    results.record_words(
        "top-confusion",
        f"{class_names[actual]} taken for {class_names[answer]} ({count:,}×)"
        if count
        else "none",
        "the most frequent confusion",
    )
    wrong = errors.sum(axis=1)
    rates = wrong / np.where(sizes, sizes, np.inf)
    worst = int(np.where(sizes, rates, -1).argmax())
    results.record_words("worst-class", class_names[worst], "the worst class")
    results.record_error_rate(
        "worst-class-error",
        wrong[worst],
        sizes[worst],
        "the worst class's error rate",
    )
    results.conclude(classes_differ=findings.classes_differ(wrong, sizes))
