"""Energy: arithmetic by hand, counters that turn over or cannot be read."""

import ctypes
import json
import math

import pytest

from mnist_report import energy, grid
from mnist_report.energy import Lap


def test_assumed_power_keeps_its_bounds():
    assert energy.assumed((4, 16)) == (4, 8, 16)
    assert energy.assumed((16, 4)) == (4, 8, 16)


def test_energy_of_a_worked_example():
    # 65 W for 5 minutes are 5.417 Wh, in Britain in 2023 1.287 g
    lap = Lap("training", 300, 300, None, None)
    used = lap.watt_hours((65, 65))
    assert used == pytest.approx((5.4167,) * 3, abs=1e-4)
    grams = used.times(grid.grids()["GBR"].grams / 1000)
    assert grams.value == pytest.approx(1.287, abs=1e-3)


def test_counted_energy_replaces_the_assumed_power():
    lap = Lap("training", 10, 20, 7200.0, None)
    assert lap.watt_hours((4, 16)) == (2, 2, 2)
    with_gpu = Lap("training", 10, 20, None, 3600.0)
    assert with_gpu.watt_hours((4.5, 18)) == (1.025, 1.05, 1.1)


def test_parts_add_up():
    laps = [Lap("a", 1, 2, None, 5.0), Lap("b", 3, 5, 8.0, None)]
    assert energy.total(laps) == Lap("all", 4, 7, 8.0, 5.0)
    assert energy.total([]) == Lap("all", 0, 0, None, None)


def counters(tmp_path, **microjoules):
    """Write counters as the kernel shows them."""
    for zone, used in microjoules.items():
        folder = tmp_path / zone.replace("rapl", "intel-rapl:")
        folder.mkdir(exist_ok=True)
        kind = {"rapl0": "package-0", "rapl9": "core"}.get(zone, "dram")
        (folder / "name").write_text(f"{kind}\n")
        (folder / "max_energy_range_uj").write_text("1000000000\n")
        (folder / "energy_uj").write_text(f"{used}\n")


def test_counters_are_read_and_may_turn_over(tmp_path):
    counters(tmp_path, rapl0=999_000_000, rapl1=5_000_000, rapl9=7)
    meter = energy.Meter(folder=tmp_path)
    # 1 J to the turn and 2 J beyond; the cores are part of the package
    counters(tmp_path, rapl0=2_000_000, rapl1=6_500_000, rapl9=9_999)
    assert meter.lap("training").counted == pytest.approx(4.5)
    assert meter.lap("rest").counted == 0


def test_counter_that_every_die_shows_counts_once(tmp_path):
    counters(tmp_path, rapl0=50_000_000, rapl1=50_000_400, rapl2=90_000_000)
    meter = energy.Meter(folder=tmp_path)
    counters(tmp_path, rapl0=53_000_000, rapl1=53_000_400, rapl2=91_000_000)
    assert meter.lap("training").counted == pytest.approx(4)


def test_without_counters_the_cores_time_is_taken(tmp_path):
    meter = energy.Meter(folder=tmp_path)
    first = meter.lap("set-up")
    sum(range(3_000_000))
    second = meter.lap("work")
    assert first.counted is None
    assert first.accelerator is None
    # the first part began with the process
    assert first.seconds > second.seconds > 0
    assert first.core_seconds > second.core_seconds > 0
    assert [lap.name for lap in meter.laps] == ["set-up", "work"]


def test_counter_that_may_not_be_read_is_left_out(tmp_path):
    counters(tmp_path, rapl0=1)
    (tmp_path / "intel-rapl:0" / "energy_uj").unlink()
    assert energy.Meter(folder=tmp_path).lap("x").counted is None


class Driver:
    """NVIDIA's library, with a counter that goes up by 2 J a reading."""

    def __init__(self, fault=0):
        self.fault, self.used = fault, 0

    def nvmlInit_v2(self):
        return self.fault

    def nvmlDeviceGetHandleByIndex_v2(self, index, handle):
        return 0

    def nvmlDeviceGetTotalEnergyConsumption(self, handle, target):
        self.used += 2000
        pointer = ctypes.POINTER(ctypes.c_ulonglong)
        ctypes.cast(target, pointer).contents.value = self.used
        return 0


def test_graphics_processor_s_counter(tmp_path, monkeypatch):
    monkeypatch.setattr(energy.ctypes, "CDLL", lambda name: Driver())
    meter = energy.Meter(uses_gpu=True, folder=tmp_path)
    assert meter.lap("training").accelerator == 2.0
    monkeypatch.setattr(energy.ctypes, "CDLL", lambda name: Driver(fault=9))
    meter = energy.Meter(uses_gpu=True, folder=tmp_path)
    assert meter.lap("training").accelerator is None


def test_cost_of_a_thousand_answers_and_a_phone_s_charge():
    cost = energy.costs({"knn": 0.002, "none": 0.0}, (4, 16))
    assert list(cost) == ["knn"]
    # 2 s of 8 W
    assert cost["knn"].joules == pytest.approx((8, 16, 32))
    # 1 % of 15 Wh are 540 J
    images = cost["knn"].per_charge(15)
    assert images == pytest.approx((540_000 / 32, 33_750, 540_000 / 8))


def test_break_even():
    assert energy.break_even(90, 0.001, 0.01) == pytest.approx(10_000)
    assert energy.break_even(90, 0.01, 0.01) is None


def test_core_seconds_of_committed_results_are_summed(tmp_path):
    notes = {"seeds": [{"processor_seconds": 2.5}, {"processor_seconds": 3}]}
    (tmp_path / "compact.json").write_text(json.dumps(notes))
    (tmp_path / "none.json").write_text("[1, 2]")
    (tmp_path / "broken.json").write_text("{")
    assert energy.recorded(tmp_path) == {"compact": 5.5}


def test_grids_are_whole():
    grids = grid.grids()
    assert {len(code) for code in grids} == {3}
    assert all(0 < each.grams < 1400 for each in grids.values())
    assert grids["GBR"] == ("United Kingdom", 237.6, 2023)
    assert grids["LKA"] == ("Sri Lanka", 509.8, 2022)
    assert math.isclose(grids["NOR"].grams, 30.1)
