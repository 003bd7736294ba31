"""The quick sweep beside its runs one after the other, and what else waits.

Everything is made in a temporary folder; the engine's own environment is set
up before the first clock starts.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from sweep_runs import plan_of, write_sweep

from mnist_report.sweep import driver, engine, report
from mnist_report.sweep.plan import read
from mnist_report.sweep.store import Store

ROOT = Path(__file__).parents[1]
QUICK = ROOT / "notebooks" / "sweeps" / "quick.yaml"
HUNDREDTHS = [round(0.001 * step, 3) for step in range(1, 11)]
THOUSAND = {
    "learning_rate": HUNDREDTHS,
    "weight_decay": HUNDREDTHS,
    "batch_size": list(range(20, 30)),
}


def seconds(call, *arguments, **keywords) -> float:
    """Return how long a call takes."""
    started = time.perf_counter()
    call(*arguments, **keywords)
    return time.perf_counter() - started


def quietly(module: str, *arguments: object) -> None:
    """Run a module of the project in a process of its own."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    silent = subprocess.DEVNULL
    subprocess.run(command, check=True, stdout=silent, stderr=silent)


def one_after_the_other(folder: Path, file: Path) -> float:
    """Return how long a sweep's runs take without an engine."""
    plan, store = read(file), Store(folder / read(file).name)
    store.prepare(plan, file)
    started = time.perf_counter()
    for name in plan.runs:
        quietly(driver.JOB, store.folder, name, driver.NOTEBOOK)
    return time.perf_counter() - started


def engine_share(folder: Path) -> float:
    """Return what a sweep of one run takes beside the run."""
    file = folder / "one.yaml"
    given = yaml.safe_load(QUICK.read_text()) | {"name": "one", "seeds": 1}
    given["grid"] = {"learning_rate": [0.001]}
    file.write_text(yaml.safe_dump(given))
    whole = seconds(driver.sweep, file, sweeps=folder)
    store = Store(folder / "one")
    [run] = read(file).runs
    return whole - store.sealed(run)["seconds"]


def main() -> None:
    """Print each figure, with what it is to be compared with."""
    engine.snakemake("local")
    with tempfile.TemporaryDirectory(prefix="mnist-report-") as name:
        folder = Path(name)
        plan = plan_of(folder / "thousand", grid=THOUSAND, seeds=1)
        file = folder / "thousand" / "mine.yaml"
        taken = seconds(quietly, "mnist_report", "sweep-plan", file)
        print(f"plan of {len(plan.runs):,} runs: {taken:.1f} s")

        grid = {"learning_rate": HUNDREDTHS, "batch_size": [32, 64]}
        plan = plan_of(folder / "compared", grid=grid, seeds=10)
        store = write_sweep(folder / "sweeps", plan)
        taken = seconds(report.compare_sweep, store)
        print(f"comparison of {len(plan.runs)} runs: {taken:.1f} s")

        print(f"engine's share: {engine_share(folder):.1f} s", flush=True)

        alone = one_after_the_other(folder / "alone", QUICK)
        together = seconds(driver.sweep, QUICK, sweeps=folder / "together")
        runs = len(read(QUICK).runs)
        print(f"{runs} runs one after the other: {alone:.1f} s")
        print(f"the same as a sweep: {together:.1f} s")
        print(f"ratio: {alone / together:.2f}")


if __name__ == "__main__":
    main()
