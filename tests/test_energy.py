"""Energy: arithmetic by hand, counters that turn over or cannot be read."""

import json
import math
import threading
import time
from types import SimpleNamespace

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


@pytest.fixture
def powercap(tmp_path):
    """Return a folder that is to hold counters, as the kernel has it."""
    return tmp_path / "intel-rapl"


def write_counters(powercap, **microjoules):
    """Write counters as the kernel shows them."""
    for at, (kind, used) in enumerate(microjoules.items()):
        folder = powercap / f"intel-rapl:{at}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "name").write_text(kind.replace("_", "-") + "\n")
        (folder / "max_energy_range_uj").write_text("1000000000\n")
        (folder / "energy_uj").write_text(f"{used}\n")


def test_counters_are_read_and_may_turn_over(powercap, capfd):
    write_counters(powercap, package_0=999_000_000, dram=5_000_000, core=7)
    meter = energy.Meter(powercap=powercap)
    # 1 J to the turn and 2 J beyond; the cores are part of the package
    write_counters(
        powercap, package_0=2_000_000, dram=6_500_000, core=9_999_999
    )
    assert meter.lap("training").counted == pytest.approx(4.5, rel=1e-5)
    assert meter.lap("rest").counted == 0
    assert capfd.readouterr() == ("", "")


def test_counter_is_read_between_laps_too_while_it_is_held(monkeypatch):
    monkeypatch.setattr(energy, "SAMPLE_SECONDS", 0.01)
    readings = threading.Semaphore(0)

    def joules(seconds):
        assert seconds > 0
        readings.release()
        return 2.0

    others = set(threading.enumerate())
    total = energy.Total(joules)
    (reader,) = set(threading.enumerate()) - others
    assert all(readings.acquire(timeout=60) for _ in range(3))
    assert total() >= 8
    del total
    reader.join(timeout=60)
    assert not reader.is_alive()


def test_two_processors_are_added(powercap):
    write_counters(powercap, package_0=50_000_000, package_1=10_000_000)
    meter = energy.Meter(powercap=powercap)
    write_counters(powercap, package_0=53_000_000, package_1=12_000_000)
    assert meter.lap("training").counted == pytest.approx(5, rel=1e-5)


def test_counter_that_every_die_shows_counts_once(powercap, capfd):
    write_counters(powercap, package_0=50_000_000, package_1=50_000_400)
    meter = energy.Meter(powercap=powercap)
    write_counters(powercap, package_0=53_000_000, package_1=53_000_400)
    assert meter.lap("training").counted == pytest.approx(3, rel=1e-5)
    assert capfd.readouterr() == ("", "")


def test_without_counters_the_cores_time_is_taken(powercap):
    meter = energy.Meter(powercap=powercap)
    first = meter.lap("set-up")
    sum(range(3_000_000))
    second = meter.lap("work")
    assert first.counted is None
    assert first.accelerator is None
    # the first part began with the process
    assert first.seconds > second.seconds > 0
    assert first.core_seconds > second.core_seconds > 0
    assert [lap.name for lap in meter.laps] == ["set-up", "work"]


def test_counter_that_may_not_be_read_is_left_out(powercap, capfd):
    write_counters(powercap, package_0=1)
    (powercap / "intel-rapl:0" / "energy_uj").unlink()
    assert energy.Meter(powercap=powercap).lap("x").counted is None
    assert capfd.readouterr() == ("", "")


class Driver:
    """NVIDIA's library for two processors, of which one counts.

    Its counter goes up by 2 J whenever it is read.
    """

    class NVMLError(Exception):
        """What the library raises."""

    NVMLError_NotSupported = NVMLError

    def __init__(self):
        self.millijoules = 0
        self.counts = True

    def nvmlInit(self):
        """Be ready."""

    def nvmlDeviceGetCount(self):
        return 2

    def nvmlDeviceGetHandleByIndex(self, index):
        return index

    def nvmlDeviceGetUUID(self, handle):
        return f"GPU-{handle}{handle}{handle}"

    def nvmlDeviceGetName(self, handle):
        return "H100"

    def nvmlDeviceGetEnforcedPowerLimit(self, handle):
        return 700_000

    def nvmlDeviceGetPowerUsage(self, handle):
        return 100_000

    def nvmlDeviceGetMemoryInfo(self, handle):
        return SimpleNamespace(total=80_000_000_000)

    def nvmlDeviceGetTotalEnergyConsumption(self, handle):
        if handle == 0 or not self.counts:
            raise self.NVMLError
        self.millijoules += 2000
        return self.millijoules


@pytest.fixture
def driver(monkeypatch):
    """Let CodeCarbon find NVIDIA's library on this machine."""
    found = Driver()
    nvidia, gpu = map(energy.codecarbon, ("gpu_nvidia", "gpu"))
    monkeypatch.setattr(nvidia, "pynvml", found)
    monkeypatch.setattr(gpu, "PYNVML_AVAILABLE", True)
    return found


@pytest.mark.parametrize(
    ("identifier", "joules"),
    [
        pytest.param("111", 2.0, id="counts"),
        pytest.param("000", None, id="counts nothing"),
        pytest.param("222", None, id="not there"),
        pytest.param("", None, id="none used"),
    ],
)
def test_graphics_processor_s_counter(
    driver, powercap, identifier, joules, capfd
):
    meter = energy.Meter("cuda", identifier, powercap)
    used = meter.lap("training").accelerator
    assert used == (joules and pytest.approx(joules, rel=1e-5))
    assert capfd.readouterr() == ("", "")


def test_counter_that_stops_is_replaced_by_power_and_time(driver, powercap):
    begun = time.perf_counter()
    meter = energy.Meter("cuda", "111", powercap)
    driver.counts = False
    ready = time.perf_counter()
    time.sleep(0.02)
    stopped = time.perf_counter()
    joules = meter.lap("training").accelerator
    # 100 W
    assert stopped - ready <= joules / 100 <= time.perf_counter() - begun


def test_graphics_processor_without_its_driver(powercap):
    assert energy.Meter("cuda", "111", powercap).lap("x").accelerator is None


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
    assert grids["GBR"] == ("United Kingdom", 237.589, 2023)
    assert grids["LKA"] == ("Sri Lanka", 509.781, 2022)
    assert math.isclose(grids["NOR"].grams, 30.08)
