"""Whose handwriting a method misreads, with writers as the unit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mnist_report import statistics
from mnist_report.datasets import writers as source
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.writers import Writers
from mnist_report.errors import ReportError
from mnist_report.pairs import YARDSTICK
from mnist_report.statistics import Interval

GROUPS = ("high-school students", "Census Bureau staff")
# the share of writers that are called worst served
DECILE = 10


@dataclass(frozen=True)
class Group:
    """How one group of writers is read."""

    writers: int
    images: int
    wrong: int
    interval: Interval
    """Of the error rate, with writers drawn with replacement."""

    @property
    def rate(self) -> float:
        """Return the error rate."""
        return self.wrong / self.images


@dataclass(frozen=True)
class Concentration:
    """How a method's errors are spread over writers."""

    gini: float
    """Gini's coefficient of the writers' error rates."""
    share: float
    """The worst-served decile's share of all errors."""
    images: float
    """The same writers' share of all images."""
    curve: np.ndarray
    """Share of the errors of the k worst-served writers, from k = 0."""
    chance_gini: float
    chance_share: float
    """Means, were the errors spread over all images at random."""
    chance_curve: np.ndarray
    """(2, writers + 1): bounds of the curve in 95 % of such spreads."""
    gini_spread: float
    share_spread: float
    """Two standard deviations of both in such spreads."""
    p_value: float
    """How often the decile's share is then as high."""


@dataclass(frozen=True)
class Reading:
    """How one method reads the writers of the test images."""

    groups: tuple[Group, Group]
    """Students, staff."""
    interval: Interval
    """Of the students' error rate less the staff's."""
    p_value: float
    adjusted: float
    """The same after Holm's correction over all methods."""
    concentration: Concentration

    @property
    def difference(self) -> float:
        """Return the students' error rate less the staff's."""
        return self.groups[0].rate - self.groups[1].rate


@dataclass(frozen=True)
class ClassReading:
    """How one method reads one class by both groups."""

    name: str
    groups: tuple[Group, Group]
    interval: Interval
    adjusted: float
    """The p-value after Holm's correction over all classes."""


@dataclass(frozen=True)
class Study:
    """What is known of the writers; nothing but a reason where unknown."""

    reason: str = ""
    writers: dict[str, Writers] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)

    @property
    def measured(self) -> bool:
        """Tell whether anything is known."""
        return not self.reason


def study(
    data: Dataset,
    data_dir: Path,
    wrong: Mapping[str, np.ndarray],
    say: Callable[[str], None],
    seed: int = 0,
) -> Study:
    """Return how each method reads the writers, or why that is not known.

    wrong: for each method, true for the test images that it misses.
    """
    try:
        writers = source.load(data, data_dir, say)
    except ReportError as error:
        return Study(reason=str(error))
    methods = {m: row for m, row in wrong.items() if m != YARDSTICK}
    return Study("", writers, read(methods, writers["test"], seed))


def read(
    wrong: Mapping[str, np.ndarray], writers: Writers, seed: int = 0
) -> dict[str, Reading]:
    """Return how each method reads both groups and all writers.

    wrong: for each method, true for the test images that it misses.
    """
    rows = np.array(list(wrong.values()), dtype=float)
    drawn = _drawn(rows, writers, seed)
    differences = drawn[0] - drawn[1]
    p_values = [statistics.bootstrap_p_value(each) for each in differences.T]
    adjusted = statistics.holm(p_values)
    return {
        method: Reading(
            groups=_groups(rows[at], writers, [g[:, at] for g in drawn]),
            interval=statistics.percentile_interval(differences[:, at]),
            p_value=p_values[at],
            adjusted=adjusted[at],
            concentration=concentration(rows[at], writers.writer, seed),
        )
        for at, method in enumerate(wrong)
    }


def by_class(
    wrong: np.ndarray,
    truth: np.ndarray,
    class_names: tuple[str, ...],
    writers: Writers | None,
    seed: int = 0,
) -> list[ClassReading]:
    """Return how one method reads each class by both groups.

    None, too, where the writers are not known, or one group alone wrote it.
    """
    found = []
    if writers is None:
        return found
    for label, name in enumerate(class_names):
        own = np.asarray(truth) == label
        both = Writers(*(column[own] for column in writers))
        if both.student.all() or not both.student.any():
            continue
        row = np.asarray(wrong, dtype=float)[own]
        drawn = [each[:, 0] for each in _drawn(row[None], both, seed)]
        found.append((name, _groups(row, both, drawn), drawn[0] - drawn[1]))
    adjusted = statistics.holm(
        [statistics.bootstrap_p_value(each) for *_, each in found]
    )
    return [
        ClassReading(
            name, groups, statistics.percentile_interval(draws), p_value
        )
        for (name, groups, draws), p_value in zip(found, adjusted, strict=True)
    ]


def concentration(
    wrong: np.ndarray, writer: np.ndarray, seed: int = 0
) -> Concentration:
    """Return how errors are spread over writers, beside chance."""
    _, sizes, errors = _by_writer(wrong, writer)
    total = int(errors.sum())
    chance = statistics.errors_by_chance(sizes, total, seed=seed)
    drawn = np.vstack([errors, chance])
    ginis = statistics.gini(drawn / sizes)
    curves = _curves(drawn, sizes)
    tenth = -(-len(sizes) // DECILE)
    worst = _worst_first(errors, sizes)[:tenth]
    return Concentration(
        gini=float(ginis[0]),
        share=float(curves[0, tenth]),
        images=float(sizes[worst].sum() / sizes.sum()),
        curve=curves[0],
        chance_gini=float(ginis[1:].mean()),
        chance_share=float(curves[1:, tenth].mean()),
        chance_curve=np.quantile(curves[1:], [0.025, 0.975], axis=0),
        gini_spread=2 * float(ginis[1:].std()),
        share_spread=2 * float(curves[1:, tenth].std()),
        # the data count as one more draw
        p_value=float((curves[:, tenth] >= curves[0, tenth] - 1e-12).mean()),
    )


def worst_writer(wrong: np.ndarray, writer: np.ndarray) -> int:
    """Return the number of the writer with the highest error rate."""
    writers, sizes, errors = _by_writer(wrong, writer)
    return int(writers[_worst_first(errors, sizes)[0]])


def _drawn(
    rows: np.ndarray, writers: Writers, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return both groups' drawn error rates (draws, methods)."""
    return tuple(
        statistics.clustered_rates(
            rows[:, own], writers.writer[own], seed=seed + at
        )
        for at, own in enumerate((writers.student, ~writers.student))
    )


def _groups(
    row: np.ndarray, writers: Writers, drawn: list[np.ndarray]
) -> tuple[Group, Group]:
    return tuple(
        Group(
            writers=len(np.unique(writers.writer[own])),
            images=int(own.sum()),
            wrong=int(row[own].sum()),
            interval=_interval(int(row[own].sum()), int(own.sum()), rates),
        )
        for own, rates in zip(
            (writers.student, ~writers.student), drawn, strict=True
        )
    )


def _interval(wrong: int, images: int, drawn: np.ndarray) -> Interval:
    """Return the draws' interval, or Wilson's where all draws are alike."""
    if wrong in (0, images):
        return statistics.wilson_interval(wrong, images)
    return statistics.percentile_interval(drawn)


def _by_writer(
    wrong: np.ndarray, writer: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the writers, their images and their errors."""
    writers, place = np.unique(writer, return_inverse=True)
    errors = np.bincount(place, np.asarray(wrong, dtype=float))
    return writers, np.bincount(place), errors.astype(int)


def _worst_first(errors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Order writers by error rate; of equal ones, more errors come first."""
    return np.lexsort((-errors, -errors / sizes), axis=-1)


def _curves(errors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the share of errors of the k worst writers, a row a draw."""
    total = max(int(errors[0].sum()), 1)
    ordered = np.take_along_axis(errors, _worst_first(errors, sizes), axis=1)
    shares = np.cumsum(ordered, axis=1) / total
    return np.hstack([np.zeros((len(errors), 1)), shares])
