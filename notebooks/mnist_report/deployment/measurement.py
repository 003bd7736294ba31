"""What each runtime needs to read images, measured in fresh processes."""

import copy
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_report import progress
from mnist_report.artefacts import MODELS
from mnist_report.deployment.classify import BATCH
from mnist_report.deployment.graph import WHITE, export
from mnist_report.errors import ReportError
from mnist_report.results import NO_BREAK_SPACE, Results, number

RUNTIMES = {
    "pytorch": "PyTorch",
    "onnx": "ONNX Runtime, float32",
    "onnx-int8": "ONNX Runtime, int8",
}
FILES = dict(zip(("onnx", "onnx-int8"), MODELS, strict=True))
SCRIPTS = Path(__file__).parent
# an exported network answers as the trained one does
TOLERANCE = 1e-4
PROCESSES = 3
MOST_SECONDS = 120
MACHINE = "measured on this machine, beside other processes"
# what is recorded of each runtime beside its errors: meaning, form, unit,
# and what the value is multiplied by in print
QUANTITIES = {
    "file-size": ("size of the model's file", ".0f", "kB", 1e-3),
    "peak-memory": (
        "peak memory of a fresh process that reads one image",
        ".0f",
        "MB",
        1e-6,
    ),
    "latency": ("time for one image, median", ",.0f", "µs", 1e6),
    "latency-p95": ("time for one image, 95th percentile", ",.0f", "µs", 1e6),
    "throughput": ("images a second in batches", ",.0f", "", 1),
    "difference": ("largest difference of a logit", ".6f", "", 1),
}


@dataclass(frozen=True)
class Measured:
    """How one runtime reads the test images with one thread."""

    file_bytes: int
    """The model's size on disk."""
    peak_bytes: list[int]
    """The most memory of each fresh process that reads one image."""
    latencies: np.ndarray
    """Seconds for one image, repeated in each process."""
    images_per_second: float
    """Images a second in batches, median over the processes."""
    wrong: np.ndarray
    """(N,), true where the answer is wrong."""
    difference: float
    """The largest difference of a logit from the trained network's."""

    def quantities(self) -> dict[str, float]:
        """Return one number for each of QUANTITIES."""
        return {
            "file-size": self.file_bytes,
            "peak-memory": float(np.median(self.peak_bytes)),
            "latency": float(np.median(self.latencies)),
            "latency-p95": float(np.quantile(self.latencies, 0.95)),
            "throughput": self.images_per_second,
            "difference": self.difference,
        }


@dataclass(frozen=True)
class Deployment:
    """A network outside this project."""

    models: dict[str, bytes] = field(default_factory=dict)
    """The exported models by file name."""
    measured: dict[str, Measured] = field(default_factory=dict)
    """What each runtime needs, in the order of RUNTIMES."""
    failures: dict[str, str] = field(default_factory=dict)
    """Why a runtime is not among them."""

    @property
    def peaks(self) -> dict[str, list[int]]:
        """Return the peak memory of each process, by the runtime's title."""
        return {
            RUNTIMES[runtime]: measured.peak_bytes
            for runtime, measured in self.measured.items()
        }


def texts(quantities: Mapping[str, float]) -> dict[str, str]:
    """Return QUANTITIES as a table prints them, with their units."""
    return {
        quantity: number(quantities[quantity] * factor, form)
        + (NO_BREAK_SPACE + unit if unit else "")
        for quantity, (_, form, unit, factor) in QUANTITIES.items()
    }


def measure(
    network: nn.Sequential,
    scale: tuple[float, float],
    class_names: Sequence[str],
    calibration_images: torch.Tensor,
    test_images: torch.Tensor,
    test_labels: torch.Tensor,
    runtimes: Sequence[str] = tuple(RUNTIMES),
) -> Deployment:
    """Export a trained network and measure runtimes that take it.

    scale: mean and standard deviation of the training pixels in 0..1.
    Images are uint8 (N, 1, H, W); those for calibration, from the training
    set, fix the ranges of int8. A runtime that fails leaves the others.
    """
    network = copy.deepcopy(network).cpu().eval()
    reference = logits_of(network, scale, test_images)
    truth = test_labels.cpu().numpy()
    # eight bits are made from the float32 model, so they come after it
    runs = {runtime: [] for runtime in RUNTIMES if runtime in runtimes}
    found = Deployment()
    # in turn, so that a busy moment does not fall on one alone
    order = PROCESSES * [*runs]
    with tempfile.TemporaryDirectory(prefix="mnist-report-") as name:
        bench = _Bench(Path(name), calibration_images, test_images)
        for done, runtime in enumerate(order):
            progress.update("deployment", done, len(order), "processes")
            if runtime in found.failures:
                continue
            try:
                if not runs[runtime]:
                    bench.save(runtime, network, scale, class_names)
                runs[runtime].append(bench.run(runtime, reference))
            except ReportError as error:
                found.failures[runtime] = str(error)
        progress.update("deployment", len(order), len(order), "processes")
        for runtime in runs:
            if runtime in found.failures:
                continue
            content = bench.model(runtime).read_bytes()
            if runtime in FILES:
                found.models[FILES[runtime]] = content
            found.measured[runtime] = _summary(
                runs[runtime], len(content), reference, truth
            )
    return found


def record(results: Results, deployment: Deployment) -> None:
    """Record what was measured of each runtime, or that nothing was."""
    for runtime, title in RUNTIMES.items():
        measured = deployment.measured.get(runtime)
        if measured is None:
            for quantity in (*QUANTITIES, "error", "error-count"):
                results.record(
                    f"deployment-{runtime}-{quantity}",
                    "not measured",
                    f"{title}: not asked for, or failed",
                )
            continue
        values = measured.quantities()
        for quantity, (meaning, form, unit, factor) in QUANTITIES.items():
            results.record(
                f"deployment-{runtime}-{quantity}",
                values[quantity],
                f"{title}: {meaning}",
                form=form,
                unit=unit,
                factor=factor,
                varies="machine",
                reason=MACHINE,
            )
        results.record_error_rate(
            f"deployment-{runtime}-error",
            measured.wrong.sum(),
            len(measured.wrong),
            f"{title}: test error rate",
        )


def logits_of(
    network: nn.Sequential, scale: tuple[float, float], images: torch.Tensor
) -> np.ndarray:
    """Return the trained network's logits (N, classes), for comparison."""
    mean, sd = scale
    with torch.inference_mode():
        parts = [
            network((part.float().div_(WHITE) - mean) / sd)
            for part in images.cpu().split(BATCH)
        ]
    return torch.cat(parts).numpy()


def check_equal(title: str, logits: np.ndarray, reference: np.ndarray) -> None:
    """Raise if a model's logits are not the trained network's."""
    difference = np.abs(logits - reference).max()
    if np.isnan(difference):
        raise ReportError(f"{title}: some logits are not numbers.")
    if difference > TOLERANCE:
        raise ReportError(
            f"{title}: the logits differ from the trained network's by up to "
            f"{difference:.2g}, which is more than {TOLERANCE:g}."
        )


class _Bench:
    """A folder with models and images, and the processes that read them."""

    def __init__(
        self,
        folder: Path,
        calibration_images: torch.Tensor,
        test_images: torch.Tensor,
    ) -> None:
        self.folder = folder
        self.calibration = self._images("calibration", calibration_images)
        self.test = self._images("test", test_images)

    def _images(self, name: str, images: torch.Tensor) -> tuple[str, str]:
        """Write images; return the file's name and their shape as JSON."""
        (self.folder / name).write_bytes(images.cpu().numpy().tobytes())
        return name, json.dumps([*images.shape])

    def model(self, runtime: str) -> Path:
        """Return where a runtime's model lies."""
        return self.folder / runtime

    def save(
        self,
        runtime: str,
        network: nn.Sequential,
        scale: tuple[float, float],
        class_names: Sequence[str],
    ) -> None:
        """Write a runtime's model."""
        path = self.model(runtime)
        if runtime == "pytorch":
            torch.save({"network": network, "scale": scale}, path)
        elif runtime == "onnx":
            side = json.loads(self.test[1])[-1]
            path.write_bytes(export(network, scale, class_names, side))
        elif not self.model("onnx").exists():
            raise ReportError(
                f"{RUNTIMES[runtime]}: it is made from the float32 model, "
                "which is not there or not sound."
            )
        else:
            images, shape = self.calibration
            self._run(runtime, "quantise.py", "onnx", images, runtime, shape)

    def run(self, runtime: str, reference: np.ndarray) -> dict[str, Any]:
        """Return what one fresh process measures, and its logits."""
        kind = runtime.removesuffix("-int8")
        images, shape = self.test
        arguments = (kind, runtime, images, "logits", shape)
        run = json.loads(self._run(runtime, "classify.py", *arguments))
        logits = np.fromfile(self.folder / "logits", dtype=np.float32)
        run["logits"] = logits.reshape(reference.shape)
        if runtime == kind:
            try:
                check_equal(RUNTIMES[runtime], run["logits"], reference)
            except ReportError:
                # nothing is made from it
                self.model(runtime).unlink()
                raise
        return run

    def _run(self, runtime: str, script: str, *arguments: str) -> str:
        """Run a script in an isolated interpreter; return what it prints."""
        what = f"{RUNTIMES[runtime]}: {script}"
        try:
            done = subprocess.run(
                [sys.executable, "-I", SCRIPTS / script, *arguments],
                cwd=self.folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=MOST_SECONDS,
                check=True,
            )
        except subprocess.TimeoutExpired:
            raise ReportError(
                f"{what} took more than {MOST_SECONDS} s and was stopped."
            ) from None
        except subprocess.CalledProcessError as error:
            raise ReportError(f"{what} {_ending(error)}") from None
        except OSError as error:
            raise ReportError(
                f"{what} could not be started: {error.strerror}."
            ) from None
        return done.stdout


def _environment() -> dict[str, str]:
    """Return what a user's process would have, with one thread."""
    removed = ("MALLOC_ARENA_MAX", "LD_PRELOAD")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in removed
    }
    one = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    one["OPENBLAS_NUM_THREADS"] = "1"
    return {**kept, **one, "CUDA_VISIBLE_DEVICES": ""}


def _ending(error: subprocess.CalledProcessError) -> str:
    """Return how a process ended, in words."""
    if error.returncode < 0:
        name = signal.Signals(-error.returncode).name
        return f"was ended by {name}, perhaps for want of memory."
    lines = error.stderr.strip().splitlines() or ["it gave no reason"]
    return f"failed: {lines[-1]}"


def _summary(
    runs: list[dict[str, Any]],
    file_bytes: int,
    reference: np.ndarray,
    truth: np.ndarray,
) -> Measured:
    """Put together what the processes of one runtime measured."""
    logits = runs[0]["logits"]
    seconds = np.median([run["seconds"] for run in runs])
    return Measured(
        file_bytes=file_bytes,
        peak_bytes=[run["peak_bytes"] for run in runs],
        latencies=np.concatenate([run["latencies"] for run in runs]),
        images_per_second=float(len(truth) / seconds),
        wrong=logits.argmax(axis=1) != truth,
        difference=float(np.abs(logits - reference).max()),
    )
