"""Whether a configuration's data suffice, as far as it is known by now."""

from __future__ import annotations

from functools import cache

from mnist_report.errors import ReportError
from mnist_report.parameters import Parameters

# images to train on, and classes; to ask the sets themselves would download
# them. auto is MNIST or fewer: what is too much for MNIST is for both
KNOWN = dict.fromkeys(("auto", "mnist"), (60_000, 10)) | {
    "digits": (1347, 10),
    "emnist-digits": (240_000, 10),
    "emnist-letters": (124_800, 26),
    "emnist-balanced": (112_800, 47),
    "kmnist": (60_000, 10),
    "qmnist": (60_000, 10),
    "fashion-mnist": (60_000, 10),
    "usps": (7291, 10),
}


def problems(parameters: Parameters) -> list[str]:
    """Return what these parameters ask of their data in vain."""
    counts = _counts(parameters.dataset, parameters.data_dir)
    if isinstance(counts, str):
        return [f"dataset: {counts}"]
    try:
        parameters.check_against(*counts)
    except ReportError as error:
        # the first line announces the others
        return [line.strip() for line in str(error).splitlines()[1:]]
    return []


@cache
def _counts(dataset: str, data_dir: str) -> tuple[int, int] | str:
    """Return how many images and classes there are, or why it is unknown."""
    if dataset in KNOWN:
        return KNOWN[dataset]
    # imported late: PyTorch takes longer than a plan
    from mnist_report import datasets

    try:
        data = datasets.load(dataset, datasets.resolve_data_dir(data_dir))
    except ReportError as error:
        return str(error)
    return len(data.train_images), len(data.class_names)
