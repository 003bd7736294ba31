"""Train the networks of a parameter file and commit what they reached.

The notebook's own functions train each seed, as its `fit` does, on one
thread. The seeds advance together, an epoch at a time, and every epoch ends
with a checkpoint in build/measured: a run that was cut off goes on where it
was. The test images are read once, when the last seed has had its last epoch.
"""

import argparse
import fcntl
import os
import subprocess
import time
from dataclasses import dataclass
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import torch
from notebook_cells import load_implementation

from mnist_report import datasets, measured
from mnist_report.parallel import run_jobs
from mnist_report.parameters import Parameters, read_file
from mnist_report.provenance import processor

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "measured"


@dataclass
class Training:
    """What all seeds share, and the folder of their checkpoints."""

    report: Any
    parameters: Parameters
    make_network: Any
    train: tuple[torch.Tensor, torch.Tensor]
    validation: tuple[torch.Tensor, torch.Tensor]
    scale: tuple[float, float]
    folder: Path | None

    @property
    def augmentation(self) -> dict[str, float]:
        """Return the arguments of `augment` that the parameters give."""
        return {
            name: getattr(self.parameters, name)
            for name in signature(self.report.augment).parameters
            if name != "images"
        }

    def fit(self, seed: int) -> dict:
        """Train a seed as the notebook does; return what its `fit` returns."""
        return self.report.fit(
            seed,
            self.make_network,
            self.parameters,
            self.train,
            self.validation,
            self.scale,
            self.augmentation,
        )

    def checkpoint(self, seed: int) -> Path:
        """Return where a seed's state after its last epoch is kept."""
        return self.folder / f"seed-{seed}.pt"

    def load(self, seed: int) -> dict:
        """Return what the seed has reached; nothing if it has not begun."""
        path = self.checkpoint(seed)
        return torch.load(path, weights_only=True) if path.exists() else {}

    def begin(self, seed: int, saved: dict) -> tuple:
        """Return network, average, optimiser and schedule of a seed."""
        torch.set_num_threads(1)
        torch.manual_seed(seed)
        report, parameters = self.report, self.parameters
        network = self.make_network()
        optimiser = report.make_optimiser(network, parameters)
        schedule = report.make_schedule(
            optimiser, parameters, len(self.train[0])
        )
        trained = report.averaged(
            network, optimiser, parameters.ema_decay, schedule_steps(saved)
        )
        parts = network, trained, optimiser, schedule
        if saved:
            for part, state in zip(parts, saved["parts"], strict=True):
                part.load_state_dict(state)
            torch.set_rng_state(saved["random"])
        return parts

    def advance(self, seed: int) -> None:
        """Train a seed for one more epoch, unless it has had its last."""
        with (self.folder / f"seed-{seed}.lock").open("w") as lock:
            # its epoch before may still be running beside this one
            fcntl.flock(lock, fcntl.LOCK_EX)
            saved = self.load(seed)
            history = saved.get("history", [])
            if len(history) == self.parameters.num_epochs:
                return
            wall, cpu = time.perf_counter(), time.process_time()
            parts = self.begin(seed, saved)
            history.append(self.epoch(*parts))
            state = {
                "parts": [part.state_dict() for part in parts],
                "random": torch.get_rng_state(),
                "history": history,
                "seconds": saved.get("seconds", 0)
                + (time.perf_counter() - wall),
                "processor_seconds": saved.get("processor_seconds", 0)
                + (time.process_time() - cpu),
            }
            scratch = self.folder / f"seed-{seed}.part"
            torch.save(state, scratch)
            os.replace(scratch, self.checkpoint(seed))
        row = " ".join(f"{k} {v:.5f}" for k, v in history[-1].items())
        print(f"seed {seed} epoch {len(history)}: {row}", flush=True)

    def epoch(self, network, trained, optimiser, schedule) -> dict:
        """Train for an epoch; return its row of the history."""
        report, parameters = self.report, self.parameters
        batches = report.training_batches(
            *self.train, parameters.batch_size, self.scale, self.augmentation
        )
        row = report.train_one_epoch(
            network, optimiser, schedule, batches, parameters.label_smoothing
        )
        row["validation_loss"], row["validation_error"] = report.evaluate(
            trained, *self.validation, self.scale, parameters.eval_batch_size
        )
        return row

    def finished(self, seed: int) -> torch.nn.Module:
        """Return the seed's network after its last epoch."""
        saved = self.load(seed)
        assert len(saved["history"]) == self.parameters.num_epochs
        return self.begin(seed, saved)[1]


def schedule_steps(saved: dict) -> int:
    """Return how many steps were made, by the saved schedule's count."""
    return saved["parts"][3]["last_epoch"] if saved else 0


def prepare(
    parameters: Parameters, data, folder: Path | None = None
) -> Training:
    """Return a training on the notebook's split of the data."""
    report = load_implementation()
    _, num_validation = parameters.split(len(data.train_images))
    held_out = report.stratified_sample(
        data.train_labels, num_validation, parameters.seed
    )
    is_validation = torch.zeros(len(data.train_labels), dtype=torch.bool)
    is_validation[held_out] = True
    parts = [
        (data.train_images[rows], data.train_labels[rows])
        for rows in (~is_validation, is_validation)
    ]
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    return Training(
        report,
        parameters,
        report.network_maker(parameters, len(data.class_names)),
        *parts,
        report.mean_and_sd(data.train_images),
        folder,
    )


def wrong(training: Training, network, images, labels) -> int:
    """Return how many of the images the network misclassifies."""
    batch_size = training.parameters.eval_batch_size
    logits = training.report.predict(
        network, images, training.scale, batch_size
    )
    return int((logits.argmax(dim=1) != labels).sum())


def result(
    training: Training, data, command: str, commit: str
) -> measured.Measured:
    """Return what all seeds reached; the test images are read here."""
    parameters, seeds = training.parameters, []
    for seed in parameters.seeds:
        network, saved = training.finished(seed), training.load(seed)
        count = partial(wrong, training, network)
        seeds.append(
            measured.Seed(
                seed=seed,
                validation_wrong=count(*training.validation),
                test_wrong=count(data.test_images, data.test_labels),
                seconds=round(saved["seconds"], 1),
                processor_seconds=round(saved["processor_seconds"], 1),
            )
        )
    rows = training.report.trace(training.make_network())
    return measured.Measured(
        command=command,
        commit=commit,
        data=data.title,
        parameters=changed(parameters),
        num_parameters=sum(row[2] for row in rows),
        macs=sum(row[3] for row in rows),
        train_images=len(training.train[0]),
        validation_images=len(training.validation[0]),
        test_images=len(data.test_images),
        seeds=seeds,
        processor=processor(),
        torch=torch.__version__,
    )


def changed(parameters: Parameters) -> dict[str, Any]:
    """Return the parameters that differ from their defaults."""
    defaults = Parameters().model_dump()
    given = parameters.model_dump()
    return {k: v for k, v in given.items() if v != defaults[k]}


def head() -> str:
    """Return the commit that is checked out."""
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    return subprocess.check_output(command, text=True).strip()


def commit_of(folder: Path) -> str:
    """Return the commit that the folder's training was begun with."""
    path = folder / "commit"
    if not path.exists():
        path.write_text(head())
    return path.read_text().strip()


def main() -> None:
    """Train what a parameter file asks for and write its results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="a YAML file of parameters")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    name = given.file.stem
    parameters = Parameters.from_values(read_file(given.file))
    data = datasets.load(parameters.dataset, datasets.resolve_data_dir(""))
    training = prepare(parameters, data, BUILD / name)
    commit = commit_of(training.folder)
    turns = list(parameters.seeds) * parameters.num_epochs
    run_jobs(training.advance, turns, given.workers)
    command = f"python tests/{Path(__file__).name} {given.file}"
    found = result(training, data, command, commit)
    print(measured.save(found, name))


if __name__ == "__main__":
    main()
