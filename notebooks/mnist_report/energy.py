"""What a run draws from the grid: counted where a counter can be read.

CodeCarbon reads the counters. Its tracker is left alone: what it cannot count
it models. Here each second that a core worked then counts with a power that
is assumed, and the bounds of that power are carried to every result.
"""

import json
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import psutil

JOULES_PER_WH = 3600
JOULES_PER_KWH = 1000 * JOULES_PER_WH
POWERCAP = Path("/sys/class/powercap/intel-rapl")
SAMPLE_SECONDS = 60
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
    """Joules of the processor, of all that ran on it."""
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

    The first part begins with the process itself. device: where networks are
    trained; gpu: the driver's identifier of the device, if it has one.
    """

    def __init__(
        self, device: str = "cpu", gpu: str = "", powercap: Path = POWERCAP
    ) -> None:
        self.device = device
        self.laps: list[Lap] = []
        self._processor = _processor_counter(powercap)
        self._gpu = _gpu_counter(gpu) if gpu else None
        self._before = self._read()
        started = psutil.Process().create_time()
        self._before["seconds"] -= time.time() - started
        self._before["core_seconds"] = 0.0

    def lap(self, name: str) -> Lap:
        """End a part of the run and give it a name."""
        now, before = self._read(), self._before
        used = {
            part: None if amount is None else amount - before[part]
            for part, amount in now.items()
        }
        self.laps.append(Lap(name, **used))
        self._before = now
        return self.laps[-1]

    def _read(self) -> dict[str, Any]:
        return {
            "seconds": time.perf_counter(),
            # of processes that have ended, too
            "core_seconds": sum(os.times()[:4]),
            "counted": self._processor() if self._processor else None,
            "accelerator": self._gpu() if self._gpu else None,
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


class Total:
    """The sum of what a counter has given since each time it was read.

    It is read every minute in any case: a processor's counter may be full,
    and start anew, within some.
    """

    def __init__(self, joules: Callable[[float], float]) -> None:
        """Begin; joules: since it was last asked, these seconds ago."""
        self._since_last = joules
        self._joules = 0.0
        self._read = time.perf_counter()
        self._lock = threading.Lock()
        threading.Thread(
            target=_keep_reading, args=(weakref.ref(self),), daemon=True
        ).start()

    def __call__(self) -> float:
        """Return the joules since the beginning."""
        with self._lock:
            before, self._read = self._read, time.perf_counter()
            self._joules += self._since_last(self._read - before)
            return self._joules


def _keep_reading(reference: "weakref.ref[Total]") -> None:
    """Read a counter every minute for as long as somebody holds it."""
    while True:
        time.sleep(SAMPLE_SECONDS)
        total = reference()
        if total is None:
            return
        total()
        del total


def _processor_counter(folder: Path) -> Total | None:
    """Return the processor's counters, if any can be read."""
    if not folder.is_dir():
        return None  # what reads it need not be imported
    cpu, units = codecarbon("cpu"), codecarbon("units")
    if not cpu.is_rapl_available(str(folder)):
        return None
    counters = cpu.IntelRAPL(str(folder), rapl_include_dram=True)
    counters.start()

    def joules(seconds: float) -> float:
        used = counters.get_cpu_details(units.Time(seconds))
        return JOULES_PER_KWH * sum(
            amount for name, amount in used.items() if "Power" not in name
        )

    return Total(joules)


def _gpu_counter(identifier: str) -> Total | None:
    """Return the counter of a graphics processor, if its driver has one."""
    gpu, units = codecarbon("gpu"), codecarbon("units")
    if not gpu.is_gpu_details_available():
        return None
    for device in gpu.AllGPUDevices().devices:
        named = device.get_static_details()["uuid"].endswith(identifier)
        if named and device.last_energy is not None:
            device.start()

            def joules(seconds: float, device: Any = device) -> float:
                device.delta(units.Time(seconds))
                return JOULES_PER_KWH * device.energy_delta.kWh

            return Total(joules)
    return None


def codecarbon(module: str) -> ModuleType:
    """Return a module of CodeCarbon, which is to print nothing."""
    os.environ.setdefault("CODECARBON_LOG_LEVEL", "critical")
    return import_module(f"codecarbon.core.{module}")
