"""Where the images come from, checked before anything trains on them."""

import difflib
from collections.abc import Callable, Collection
from pathlib import Path

from mnist_report.datasets import digits, folder, idx, mnist, relatives
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.paths import resolve_data_dir
from mnist_report.errors import ReportError

__all__ = ["NAMES", "Dataset", "checksums", "load", "resolve_data_dir"]

NAMES = ("auto", "mnist", "digits", *relatives.NAMES)


def load(
    name: str, data_dir: Path, *, say: Callable[[str], None] | None = None
) -> Dataset:
    """Return the named data set, from the data folder or a download."""
    data_dir = Path(data_dir)
    say = say or (lambda message: None)
    if name.startswith(folder.PREFIX):
        return folder.load(name, data_dir)
    if name in relatives.NAMES:
        return relatives.load(name, data_dir, say)
    if name == "digits":
        return digits.load()
    if name == "mnist":
        return mnist.load(data_dir, say)
    if name == "auto":
        return mnist.load_or_stand_in(data_dir, say)
    near = difflib.get_close_matches(name, NAMES, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise ReportError(
        f"There is no data set '{name}'.{hint} Known are "
        f"{', '.join(NAMES)} and idx:<folder>."
    )


def checksums(
    name: str, data_dir: Path, files: Collection[str]
) -> dict[str, str]:
    """Return the SHA-256 of those of a set's files that are at hand."""
    embedded = digits.load().sha256
    if set(files) == set(embedded):
        return embedded
    home = Path(data_dir, mnist.FOLDER)
    if name in relatives.NAMES:
        home = Path(data_dir, relatives.RELATIVES[name].folder)
    elif name.startswith(folder.PREFIX):
        home = Path(data_dir, name.removeprefix(folder.PREFIX))
    found = {file: idx.locate(home, file) for file in files}
    return {file: idx.digest(path) for file, path in found.items() if path}
