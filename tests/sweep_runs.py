"""Finished runs without having run them: results of known errors."""

import json
import zlib
from pathlib import Path

import numpy as np
import yaml

from mnist_report.parameters import Parameters
from mnist_report.predictions import Predictions
from mnist_report.results import Results
from mnist_report.sweep.plan import Plan, read
from mnist_report.sweep.store import Store

NUM_TEST = 400
CORE_HOURS = 0.01
REASON = "a made-up run"
GRID = {"learning_rate": [0.001, 0.005], "batch_size": [32, 64]}


def plan_of(folder: Path, **keys) -> Plan:
    """Return the plan of a sweep file with these keys."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mine.yaml"
    given = {"name": "mine", "grid": GRID, "seeds": 3} | keys
    path.write_text(yaml.safe_dump(given, sort_keys=False))
    return read(path)


def error_of(parameters: Parameters) -> float:
    """Return a validation error that batch size and rate determine."""
    return 0.02 + parameters.learning_rate + 0.0002 * parameters.batch_size


def bundle_of(given: dict, error=error_of) -> dict:
    """Return the results of a run with these parameters."""
    parameters = Parameters(**given)
    results = Results(parameters)
    rng = np.random.default_rng(zlib.crc32(json.dumps(given).encode()))
    rates = [
        error(parameters) + 0.001 * rng.standard_normal()
        for _ in parameters.seeds
    ]
    results.record("data-title", "made-up images", "the data set")
    for part in ("train", "validation", "test"):
        results.record(f"{part}-images", NUM_TEST, f"{part} images")
    results.record("parameters", 100_000 + parameters.hidden_units, "size")
    for part in ("train", "validation", "test"):
        results.record_mean_error(f"{part}-error-mean", rates, NUM_TEST, part)
    results.record(
        "training-seconds",
        100 / parameters.batch_size,
        "time",
        varies="machine",
        reason=REASON,
    )
    results.record(
        "run-core-hours",
        CORE_HOURS,
        "hours that cores worked",
        varies="machine",
        reason=REASON,
    )
    curve = [[4 * rate, 2 * rate, rate] for rate in rates]
    results.series["fig-curves"] = {"validation_error": curve}
    verdict = "yes" if parameters.learning_rate > 0.002 else "undecided"
    bundle = results.bundle()
    bundle["findings"]["toy"] = {
        "verdict": verdict,
        "question": "Is the rate high?",
        "sentence": "It is.",
        "evidence": "the rate",
    }
    bundle["headline"] = "A made-up run."
    bundle["provenance"] = {
        "commit": "0" * 40,
        "device": "CPU",
        "processor": "made up",
        "packages": {"torch": "2"},
    }
    return bundle


def write_run(folder: Path, given: dict, error=error_of) -> Path:
    """Write a finished run's folder."""
    bundle = bundle_of(given, error)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(bundle))
    rate = bundle["values"]["test-error-mean"]["value"]
    truth = np.zeros(NUM_TEST, dtype=int)
    # the same images are hard for all networks
    hard = np.arange(NUM_TEST) < rate * NUM_TEST
    predictions = Predictions(truth)
    predictions.add("cnn", np.stack([~hard, hard], axis=1).astype(float))
    (folder / "predictions.npz").write_bytes(predictions.save_bytes())
    return folder


def write_sweep(folder: Path, plan: Plan, error=error_of, skip=()) -> Store:
    """Write a sweep's folder with all of its runs but some done."""
    store = Store(folder)
    file = folder.parent / "mine.yaml"
    store.prepare(plan, file)
    for name, run in plan.runs.items():
        if name in skip:
            continue
        write_run(store.run(name), run.parameters, error)
        about = {"sources": "toy", "parameters": run.parameters}
        store.seal(name, about | {"seconds": 10.0, "cpu_seconds": 9.0})
    return store
