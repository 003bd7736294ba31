"""Test labels that people dispute, and what they do to the results."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mnist_report import pairs
from mnist_report.pairs import Pair

# MNIST's test images whose label five people did not confirm (Northcutt,
# Athalye and Mueller, 2021)
DISPUTED = (
    *(947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558),
    *(5937, 6651, 6783, 8527, 9679, 9729),
)


@dataclass(frozen=True)
class Effect:
    """One method's errors with and without the disputed labels."""

    wrong: int
    images: int
    disputed_wrong: int
    disputed: int

    @property
    def without(self) -> tuple[int, int]:
        """Return errors and images once the disputed ones are left out."""
        return self.wrong - self.disputed_wrong, self.images - self.disputed


def effects(wrong: Mapping[str, np.ndarray]) -> dict[str, Effect]:
    """Return for each method what the disputed labels do to its errors."""
    return {
        method: Effect(
            wrong=int(row.sum()),
            images=len(row),
            disputed_wrong=int(row[list(DISPUTED)].sum()),
            disputed=len(DISPUTED),
        )
        for method, row in wrong.items()
    }


def without(wrong: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the same with the disputed images left out."""
    return {m: np.delete(row, DISPUTED) for m, row in wrong.items()}


def decided_otherwise(
    wrong: Mapping[str, np.ndarray],
) -> tuple[list[Pair], list[Pair]]:
    """Return all pairs of methods, and those that the labels decide."""
    before = pairs.pairwise(wrong)
    after = pairs.pairwise(without(wrong))
    changed = [
        pair
        for pair, other in zip(before, after, strict=True)
        if pair.verdict != other.verdict
    ]
    return before, changed
