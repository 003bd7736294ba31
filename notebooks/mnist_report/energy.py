"""What a run draws from the grid: counted where a counter can be read.

Otherwise each second that a core worked counts with a power that is assumed,
and the bounds of that power are carried through to every result.
"""

import ctypes
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psutil

JOULES_PER_WH = 3600
POWERCAP = Path("/sys/class/powercap")
# counts as near as this, read one after the other, are of one counter
MIRRORED_UJ = 1_000_000
# of a phone's full charge
PERCENT = 100
CALLS = 1000


class Range(NamedTuple):
    """An amount with its bounds; all three are equal where it was counted."""

    low: float
    value: float
    high: float

    def times(self, factor: float) -> "Range":
        """Return the amount and its bounds multiplied."""
        return Range(*(factor * each for each in self))


def assumed(watts: tuple[float, float]) -> Range:
    """Return a power between two bounds: their geometric mean."""
    low, high = sorted(watts)
    return Range(low, (low * high) ** 0.5, high)


@dataclass(frozen=True)
class Lap:
    """What one part of a run used."""

    name: str
    seconds: float
    core_seconds: float
    """Time that cores worked, over all of them."""
    counted: float | None
    """Joules of the processor and its memory, of all that ran on them."""
    accelerator: float | None
    """Joules of the graphics processor."""

    def watt_hours(self, watts: tuple[float, float]) -> Range:
        """Return the energy, with the power of a core that is assumed."""
        joules = assumed(watts).times(self.core_seconds)
        if self.counted is not None:
            joules = Range(*(self.counted,) * 3)
        extra = self.accelerator or 0
        return Range(*(joule + extra for joule in joules)).times(
            1 / JOULES_PER_WH
        )


class Meter:
    """Take time and energy at the end of each part of a run.

    The first part begins with the process itself.
    """

    def __init__(
        self, uses_gpu: bool = False, folder: Path = POWERCAP
    ) -> None:
        self.laps: list[Lap] = []
        self._counters = _powercap(folder)
        self._gpu = _gpu_counter() if uses_gpu else None
        self._before = self._read()
        started = psutil.Process().create_time()
        self._before["seconds"] -= time.time() - started
        self._before["core_seconds"] = 0.0

    def lap(self, name: str) -> Lap:
        """End a part of the run and give it a name."""
        now, before = self._read(), self._before
        joules = None
        if self._counters:
            joules = sum(
                counter.since(before["counters"][at], now["counters"][at])
                for at, counter in enumerate(self._counters)
            )
        gpu = None
        if self._gpu:
            gpu = now["gpu"] - before["gpu"]
        lap = Lap(
            name,
            now["seconds"] - before["seconds"],
            now["core_seconds"] - before["core_seconds"],
            joules,
            gpu,
        )
        self.laps.append(lap)
        self._before = now
        return lap

    def _read(self) -> dict[str, Any]:
        times = os.times()
        return {
            "seconds": time.perf_counter(),
            # of processes that have ended, too
            "core_seconds": sum(times[:4]),
            "counters": [counter.read() for counter in self._counters],
            "gpu": self._gpu() if self._gpu else 0.0,
        }


def total(laps: list[Lap], name: str = "all") -> Lap:
    """Return the sum of the parts."""

    def add(amounts: list[float | None]) -> float | None:
        known = [each for each in amounts if each is not None]
        return sum(known) if known else None

    return Lap(
        name,
        sum(lap.seconds for lap in laps),
        sum(lap.core_seconds for lap in laps),
        add([lap.counted for lap in laps]),
        add([lap.accelerator for lap in laps]),
    )


@dataclass(frozen=True)
class Cost:
    """What a thousand answers of a method cost."""

    method: str
    seconds: float
    """Of one core for one image."""
    joules: Range
    """For a thousand images."""

    def per_charge(self, battery_wh: float) -> Range:
        """Return the images for which one per cent of a charge is enough."""
        share = battery_wh * JOULES_PER_WH / PERCENT
        low, value, high = (CALLS * share / each for each in self.joules)
        return Range(high, value, low)


def costs(
    seconds: Mapping[str, float], watts: tuple[float, float]
) -> dict[str, Cost]:
    """Return the cost of each method by its time for one image."""
    return {
        method: Cost(method, each, assumed(watts).times(CALLS * each))
        for method, each in seconds.items()
        if each > 0
    }


def break_even(
    training_seconds: float, network: float, other: float
) -> float | None:
    """Return after how many images a network's training is paid back.

    All are seconds of one core, for training and for one image by the
    network and by the other method; None where it never is.
    """
    saved = other - network
    return training_seconds / saved if saved > 0 else None


def recorded(folder: Path) -> dict[str, float]:
    """Return the core seconds that committed results needed, by file.

    They are summed wherever a results file notes `processor_seconds`.
    """
    found = {}
    for path in sorted(folder.glob("**/*.json")):
        with suppress(OSError, ValueError):
            content = json.loads(path.read_text(encoding="utf-8"))
            seconds = sum(_noted(content))
            if seconds:
                found[path.stem] = seconds
    return found


def _noted(content: Any) -> Iterator[float]:
    if isinstance(content, dict):
        for name, value in content.items():
            if name == "processor_seconds" and isinstance(value, int | float):
                yield float(value)
            else:
                yield from _noted(value)
    elif isinstance(content, list):
        for value in content:
            yield from _noted(value)


class _Counter(NamedTuple):
    """One of the processor's energy counters, in microjoules."""

    path: Path
    turnover: int

    def read(self) -> int:
        return int(self.path.read_text())

    def since(self, before: int, now: int) -> float:
        """Return joules; a counter starts anew once it is full."""
        used = now - before
        return (used + self.turnover if used < 0 else used) / 1e6


def _powercap(folder: Path) -> list[_Counter]:
    """Return the counters of processors and memory that can be read.

    A processor of several dies may show its one counter once for each die.
    """
    found = {}
    for zone in sorted(folder.glob("intel-rapl:*")):
        try:
            kind = (zone / "name").read_text().strip()
            if kind.startswith("package") or kind == "dram":
                counter = _Counter(
                    zone / "energy_uj",
                    int((zone / "max_energy_range_uj").read_text()),
                )
                now = counter.read()
                others = found.values()
                if all(abs(now - each) > MIRRORED_UJ for each in others):
                    found[counter] = now
        except (OSError, ValueError):
            continue
    return list(found)


def _gpu_counter() -> Callable[[], float] | None:
    """Return what reads the first NVIDIA GPU's joules, if it counts them."""
    try:
        library = ctypes.CDLL("libnvidia-ml.so.1")
        device = ctypes.c_void_p()
        if library.nvmlInit_v2() or library.nvmlDeviceGetHandleByIndex_v2(
            0, ctypes.byref(device)
        ):
            return None
    except (OSError, AttributeError):
        return None

    def read() -> float:
        millijoules = ctypes.c_ulonglong()
        fault = library.nvmlDeviceGetTotalEnergyConsumption(
            device, ctypes.byref(millijoules)
        )
        return float("nan") if fault else millijoules.value / 1000

    return None if math.isnan(read()) else read
