"""Who wrote each of MNIST's images, as QMNIST's labels record it."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np

from mnist_report.datasets import download, idx
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.paths import shown
from mnist_report.errors import ReportError

FOLDER = Path("QMNIST", "raw")
FILES = {
    "train": "qmnist-train-labels-idx2-int",
    "test": "qmnist-test-labels-idx2-int",
}
# Of the uncompressed files, whose gzip archives torchvision checks by MD5.
SHA256 = {
    FILES["train"]: (
        "bb1b6e1ec7b04fd5696f1ed50b5f58f8ef195118edd5c93c81783df9740b8ac5"
    ),
    FILES["test"]: (
        "92d0ccb8c25f9c6534270fb4be7e1d24a1c6d315edfc8a638bfbd31c70f362dd"
    ),
}
# of the eight columns these are used
CLASS, SERIES, WRITER, COLUMNS = 0, 1, 2, 8
# the NIST series that high-school students filled in
STUDENT_SERIES = 4


class Writers(NamedTuple):
    """Who wrote the images of one part, in their order."""

    writer: np.ndarray  # NIST's number of each image's writer
    student: np.ndarray  # true: a high-school student; false: Census staff


def load(
    data: Dataset, data_dir: Path, say: Callable[[str], None]
) -> dict[str, Writers]:
    """Return the writers of "train" and "test", or say why there are none."""
    if not data.is_mnist:
        raise ReportError(
            f"The files of {data.title} do not say who wrote which image."
        )
    data_dir = Path(data_dir)
    _complete(data_dir, say)
    return {
        part: read(data_dir / FOLDER, part, labels.numpy())
        for part, labels in (
            ("train", data.filed_train_labels),
            ("test", data.test_labels),
        )
    }


def read(folder: Path, part: str, labels: np.ndarray) -> Writers:
    """Read one part's file and match it with MNIST's labels.

    The test file goes on after MNIST's images; what follows is left out.
    """
    name = FILES[part]
    path = idx.locate(folder, name) or folder / name
    if path.suffix == ".gz":
        _check_md5(path, part)
    values, digest = idx.read(path, 2)
    rows = values.numpy()
    if rows.shape[1] != COLUMNS or len(rows) < len(labels):
        _refuse(
            path,
            f"holds {len(rows):,} rows of {rows.shape[1]} columns; expected "
            f"at least {len(labels):,} rows, one for each of MNIST's {part} "
            f"images, of {COLUMNS} columns",
        )
    rows = rows[: len(labels)]
    differ = int((rows[:, CLASS] != labels).sum())
    if differ:
        _refuse(
            path,
            f"does not belong to MNIST's {part} images: {differ:,} of its "
            f"first {len(labels):,} classes differ from MNIST's labels; "
            "expected none",
        )
    if digest != SHA256[name]:
        _refuse(
            path,
            f"is not QMNIST's {name}, or it is damaged: its SHA-256 is "
            f"{digest}, expected {SHA256[name]}",
        )
    return Writers(rows[:, WRITER], rows[:, SERIES] == STUDENT_SERIES)


def _complete(data_dir: Path, say: Callable[[str], None]) -> None:
    """Download the label files that are missing, and no image."""
    folder = data_dir / FOLDER
    missing = [n for n in FILES.values() if idx.locate(folder, n) is None]
    if not missing:
        return
    resources = [_resource(part) for part in FILES]

    def build(aside: str) -> None:
        from torchvision.datasets.utils import download_and_extract_archive

        for url, md5 in resources:
            download_and_extract_archive(url, Path(aside, FOLDER), md5=md5)

    try:
        download.fetch(
            "QMNIST's labels", data_dir, [resources[0][0]], build, say
        )
    except download.Unavailable as error:
        raise ReportError(
            f"QMNIST's labels are not in {shown(folder)} (missing: "
            f"{', '.join(missing)}) and cannot be downloaded: {error}. "
            "Connect to the network or copy the files there."
        ) from None


def _resource(part: str) -> tuple[str, str]:
    """Return where torchvision finds a label file, and its MD5."""
    from torchvision.datasets import QMNIST

    return next(
        (url, md5)
        for url, md5 in QMNIST.resources[part]
        if url.endswith(f"{FILES[part]}.gz")
    )


def _check_md5(path: Path, part: str) -> None:
    _, expected = _resource(part)
    found = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    if found != expected:
        _refuse(
            path,
            f"is damaged: its MD5 is {found}, not the published {expected}",
        )


def _refuse(path: Path, fault: str) -> NoReturn:
    raise ReportError(
        f"{shown(path)} {fault}. Delete it, so that it is downloaded afresh."
    )
