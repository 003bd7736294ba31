"""Measure what PyTorch needs to read images, and commit it.

A fresh process that imports PyTorch takes as much memory as a whole report,
so that the report runs the exported network alone. The network is the
default one, of the first seed.
"""

from pathlib import Path

import torch
from measure import head, prepare

from mnist_report import datasets, deployment, measured
from mnist_report.parameters import Parameters
from mnist_report.provenance import processor

PYTORCH = "pytorch"


def main() -> None:
    """Train the default network, measure it and write what it needs."""
    parameters = Parameters()
    data = datasets.load("mnist", datasets.resolve_data_dir(""))
    training = prepare(parameters, data)
    fitted = training.fit(parameters.seed)
    found = deployment.measure(
        fitted["network"],
        training.scale,
        data.class_names,
        training.train[0][:1000],
        data.test_images,
        data.test_labels,
        [PYTORCH],
    )
    one = found.measured[PYTORCH]
    runtime = measured.Runtime(
        command=f"python tests/{Path(__file__).name}",
        commit=head(),
        data=data.title,
        quantities=one.quantities(),
        peak_bytes=one.peak_bytes,
        test_wrong=int(one.wrong.sum()),
        test_images=len(one.wrong),
        processor=processor(),
        torch=torch.__version__,
    )
    print(measured.save(runtime, PYTORCH))


if __name__ == "__main__":
    main()
