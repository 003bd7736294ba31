"""Train a parameter file's network with one change at a time.

Each change is trained over the same seeds with the notebook's own functions,
and its errors are counted on the same validation images; the test images are
not read. The counts are committed, so that the report can show them.
"""

import argparse
from pathlib import Path

import torch
from measure import changed, head, prepare, wrong

from mnist_report import datasets, measured
from mnist_report.ablation import Ablation, measure
from mnist_report.parameters import Parameters, read_file
from mnist_report.provenance import processor


def ablate(
    parameters: Parameters, data, command: str, workers: int = 0
) -> Ablation:
    """Return the errors of every variant and seed on validation images."""
    base = prepare(parameters, data)

    def count_wrong(recipe: Parameters, seed: int) -> int:
        training = prepare(recipe, data)
        fitted = training.report.fit(
            seed,
            training.make_network,
            recipe,
            training.train,
            training.validation,
            training.scale,
            training.augmentation,
        )
        return wrong(training, fitted["network"], *training.validation)

    return Ablation(
        command=command,
        commit=head(),
        data=data.title,
        parameters=changed(parameters),
        train_images=len(base.train[0]),
        validation_images=len(base.validation[0]),
        rows=measure(parameters, count_wrong, workers),
        processor=processor(),
        torch=torch.__version__,
    )


def main() -> None:
    """Train the variants of a parameter file and write their errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="a YAML file of parameters")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    parameters = Parameters.from_values(read_file(given.file))
    data = datasets.load(parameters.dataset, datasets.resolve_data_dir(""))
    command = f"python tests/{Path(__file__).name} {given.file}"
    found = ablate(parameters, data, command, given.workers)
    print(measured.save(found, given.file.stem))


if __name__ == "__main__":
    main()
