"""Methods compared two at a time, on the same images."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from mnist_report import statistics
from mnist_report.results import Verdict
from mnist_report.statistics import ALPHA, Interval

# a constant answer is a yardstick, not a technique to be compared
YARDSTICK = "constant"


class Pair(NamedTuple):
    """What a paired test says of two methods."""

    first: str
    second: str
    first_only: int
    """Images that only the first misses."""
    second_only: int
    """Images that only the second misses."""
    images: int
    p_value: float
    """McNemar's, exact."""
    adjusted: float
    """The same after Holm's correction over the family."""
    family: int
    """How many pairs were tested together."""

    @property
    def difference(self) -> float:
        """Return the first error rate less the second."""
        return (self.first_only - self.second_only) / self.images

    @property
    def interval(self) -> Interval:
        """Return the 95 % interval of the difference."""
        return statistics.paired_difference_interval(
            self.first_only, self.second_only, self.images
        )

    @property
    def verdict(self) -> Verdict:
        """Say whether the first is shown to err less than the second."""
        if self.adjusted >= ALPHA:
            return "undecided"
        return "yes" if self.first_only < self.second_only else "no"

    @property
    def better(self) -> str | None:
        """Return the method that is shown to err less."""
        return {"yes": self.first, "no": self.second}.get(self.verdict)

    def reversed(self) -> "Pair":
        """Return the same with the methods in the other order."""
        return self._replace(
            first=self.second,
            second=self.first,
            first_only=self.second_only,
            second_only=self.first_only,
        )


def compare(
    family: Iterable[tuple[tuple[str, np.ndarray], tuple[str, np.ndarray]]],
) -> list[Pair]:
    """Test pairs of (name, wrong) and correct for the number of pairs.

    wrong: (images,), true where the method errs.
    """
    family = list(family)
    counts = [statistics.discordant(one[1], two[1]) for one, two in family]
    p_values = [statistics.mcnemar_p_value(*count) for count in counts]
    return [
        Pair(*names, *count, images, p_value, adjusted, len(family))
        for names, images, count, p_value, adjusted in zip(
            [(one[0], two[0]) for one, two in family],
            [len(one[1]) for one, _ in family],
            counts,
            p_values,
            statistics.holm(p_values),
            strict=True,
        )
    ]


def pairwise(wrong: Mapping[str, np.ndarray]) -> list[Pair]:
    """Compare each two methods but the constant answer."""
    methods = [item for item in wrong.items() if item[0] != YARDSTICK]
    return compare(combinations(methods, 2))


def between(pairs: Sequence[Pair], first: str, second: str) -> Pair | None:
    """Return the pair of two methods in this order, if both were measured."""
    for pair in pairs:
        if (pair.first, pair.second) == (first, second):
            return pair
        if (pair.second, pair.first) == (first, second):
            return pair.reversed()
    return None
