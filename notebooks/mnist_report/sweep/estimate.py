"""What a sweep will take, reckoned from runs that are done."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from mnist_report import energy
from mnist_report.parameters import Parameters

# before any run is done: a run's start and end, and one image of training,
# as measured on one core of an AMD EPYC
SECONDS_FIXED = 30.0
SECONDS_PER_IMAGE = 1.6e-4
# images trained on where the data set is not asked before the run
TRAINING_IMAGES = {"digits": 1320, "usps": 6700, "emnist-letters": 114_400}
TRAINING_IMAGES |= {"emnist-digits": 220_000, "emnist-balanced": 103_400}
MOST_IMAGES = 55_000
# an assumption, since few machines tell: what one busy core draws, in the
# middle of the bounds that the reports assume
WATTS_PER_CORE = energy.assumed(Parameters().core_watts).value


class Estimate(NamedTuple):
    """Seconds of all runs together, and how many runs they come from."""

    seconds: float
    known: int

    def duration(self, at_once: int) -> float:
        """Return the seconds until the last of the runs has ended."""
        return self.seconds / max(1, at_once)


def watt_hours(core_seconds: float, watts: float = WATTS_PER_CORE) -> float:
    """Return the energy that busy cores draw, as far as it is assumed."""
    return core_seconds * watts / 3600


def expected(parameters: dict[str, Any]) -> float:
    """Return about how many seconds a run takes, going by its size."""
    values = Parameters(**parameters)
    images = TRAINING_IMAGES.get(values.dataset, MOST_IMAGES)
    images = min(images, values.max_train_examples or images)
    passes = values.num_epochs * values.num_seeds
    return SECONDS_FIXED + SECONDS_PER_IMAGE * images * passes


def of_runs(runs: list[dict[str, Any]], sweeps: Path) -> Estimate:
    """Return what runs with these parameters will take on this machine.

    sweeps: the folder of all sweeps, whose finished runs set the measure.
    """
    ratios = [
        seal["seconds"] / expected(seal["parameters"])
        for path in sweeps.glob("*/seals/*.json")
        if (seal := _read(path)) and "parameters" in seal
    ]
    measure = median(ratios) if ratios else 1.0
    return Estimate(measure * sum(map(expected, runs)), len(ratios))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
