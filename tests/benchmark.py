"""One epoch of the first draft's pipeline beside the report's.

All train the same network with the first draft's recipe on the same images:
the draft on all cores, the report one seed on one core, and the report's
seeds side by side, one a core, as it trains them; there the time is divided
by the number of epochs that were finished. What deterministic algorithms cost
is told by an epoch without them, on one core and, where there is one, on the
GPU. Each is measured in a process of its own, one after the other, so that
none sees another's threads or memory.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import torch
from notebook_cells import load_implementation
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms
from torchvision.transforms import functional

from mnist_report import datasets, devices
from mnist_report.parallel import allowed_cores, run_jobs
from mnist_report.parameters import Parameters, read_file

ROOT = Path(__file__).parents[1]
BASELINE = ROOT / "notebooks" / "parameters" / "baseline.yaml"
PIPELINES = {
    "draft": "the first draft's, on all cores",
    "report": "this one, a seed on one core",
    "free": "the same with algorithms that need not be deterministic",
    "seeds": "this one, a seed on each core",
}
ON_GPU = {
    "gpu": "this one, a seed on the GPU",
    "gpu-free": "the same with algorithms that need not be deterministic",
}
WARM_UP = 20


class PilImages(Dataset):
    """Images that become PIL images one by one, as torchvision's do."""

    def __init__(self, images, labels, transform):
        self.images, self.labels = images, labels
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = functional.to_pil_image(self.images[index])
        return self.transform(image), int(self.labels[index])


def draft_epoch(parameters, report, images, labels, scale):
    """Train for one epoch as the first draft did; return its seconds."""
    network = report.build_network(
        parameters.conv_channels,
        parameters.hidden_units,
        int(labels.max()) + 1,
        parameters.dropout,
    ).to(memory_format=torch.contiguous_format)
    mean, sd = scale
    steps = [
        transforms.RandomRotation(parameters.rotation_degrees),
        transforms.RandomPerspective(
            parameters.perspective_distortion,
            parameters.perspective_probability,
        ),
        transforms.ToTensor(),
        transforms.Normalize((mean,), (sd,)),
    ]
    batches = DataLoader(
        PilImages(images, labels, transforms.Compose(steps)),
        batch_size=parameters.batch_size,
        shuffle=True,
    )
    optimiser = torch.optim.Adam(network.parameters(), 1e-4)
    criterion = nn.CrossEntropyLoss()
    network.train()
    loss_sum = correct = 0
    started = time.perf_counter()
    for batch, truth in batches:
        optimiser.zero_grad()
        logits = network(batch)
        loss = criterion(logits, truth)
        loss.backward()
        optimiser.step()
        loss_sum += loss.item() * len(truth)
        correct += (logits.argmax(1) == truth).sum().item()
    return time.perf_counter() - started


def report_epoch(
    parameters, report, images, labels, scale, device="cpu", repeatable=True
):
    """Train for one epoch as the report does; return its seconds."""
    torch.set_num_threads(1)
    if repeatable:
        devices.compute_repeatably()
    images, labels = images.to(device), labels.to(device)
    network = report.build_network(
        parameters.conv_channels,
        parameters.hidden_units,
        int(labels.max()) + 1,
        parameters.dropout,
    ).to(device)
    optimiser = report.make_optimiser(network, parameters)
    schedule = report.make_schedule(optimiser, parameters, len(labels))
    augmentation = {
        name: getattr(parameters, name)
        for name in report.augment.__annotations__
        if name in Parameters.model_fields
    }

    def train(count):
        batches = report.training_batches(
            images[:count],
            labels[:count],
            parameters.batch_size,
            scale,
            augmentation,
        )
        # ends with numbers on the processor, for which a GPU must be done
        report.train_one_epoch(
            network, optimiser, schedule, batches, parameters.label_smoothing
        )

    if device != "cpu":
        # a GPU's libraries are loaded at the first steps
        train(WARM_UP * parameters.batch_size)
    started = time.perf_counter()
    train(len(labels))
    return time.perf_counter() - started


def report_seeds(parameters, report, images, labels, scale):
    """Train for one epoch on each core; return the seconds an epoch."""
    cores = allowed_cores()

    def one_seed(seed):
        torch.manual_seed(seed)
        return report_epoch(parameters, report, images, labels, scale)

    started = time.perf_counter()
    run_jobs(one_seed, range(cores), cores)
    return (time.perf_counter() - started) / cores


def measure_here(pipeline: str, batch_size: int, num_images: int) -> dict:
    """Return the seconds of one epoch in this process."""
    parameters = Parameters.from_values(
        read_file(BASELINE) | {"batch_size": batch_size}
    )
    dataset = datasets.load("auto", datasets.resolve_data_dir(""))
    images = dataset.train_images[: num_images or None]
    labels = dataset.train_labels[: num_images or None]
    report = load_implementation()
    scale = report.mean_and_sd(images)
    torch.manual_seed(0)
    epoch = {
        "draft": draft_epoch,
        "report": report_epoch,
        "free": partial(report_epoch, repeatable=False),
        "seeds": report_seeds,
        "gpu": partial(report_epoch, device="cuda"),
        "gpu-free": partial(report_epoch, device="cuda", repeatable=False),
    }[pipeline]
    seconds = epoch(parameters, report, images, labels, scale)
    threads = torch.get_num_threads() if pipeline != "seeds" else 1
    return {
        "data": f"{len(labels):,} images, {dataset.title}",
        "seconds": seconds,
        "threads": threads,
    }


def measure(pipeline: str, batch_size: int, num_images: int) -> dict:
    """Return what `measure_here` does, from a process of its own."""
    arguments = ["--only", pipeline, "--batch-size", str(batch_size)]
    answer = subprocess.run(
        [sys.executable, __file__, *arguments, "--images", str(num_images)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(answer.stdout.splitlines()[-1])


def compare(batch_sizes: list[int], repeats: int, num_images: int) -> None:
    """Print each pipeline's best epoch at each batch size."""
    pipelines = PIPELINES if devices.fault("cuda") else PIPELINES | ON_GPU
    print(f"{'batch':>5}  {'pipeline':<8}  {'threads':>7}", end="")
    print(f"  {'s/epoch':>7}  {'ratio':>5}")
    for batch_size in batch_sizes:
        runs = {name: [] for name in pipelines}
        for _ in range(repeats):
            for name in pipelines:
                runs[name].append(measure(name, batch_size, num_images))
        best = {
            name: min(several, key=lambda run: run["seconds"])
            for name, several in runs.items()
        }
        for name, run in best.items():
            ratio = best["draft"]["seconds"] / run["seconds"]
            print(
                f"{batch_size:>5}  {name:<8}  {run['threads']:>7}"
                f"  {run['seconds']:>7.1f}  {ratio:>5.1f}",
                flush=True,
            )
    for name, meaning in pipelines.items():
        print(f"{name}: {meaning}")
    print(f"{run['data']}; {os.cpu_count()} cores. Busy cores slow all:")
    print("compare the rows of one run only, on an idle machine.")


def main() -> None:
    """Read the command line and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, action="append")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--images", type=int, default=0, help="0: all")
    parser.add_argument(
        "--only", choices=PIPELINES | ON_GPU, help="one, as JSON"
    )
    given = parser.parse_args()
    batch_sizes = given.batch_size or [32, 128]
    if given.only:
        run = measure_here(given.only, batch_sizes[0], given.images)
        print(json.dumps(run))
    else:
        compare(batch_sizes, given.repeats, given.images)


if __name__ == "__main__":
    main()
