"""Where the images come from, checked before anything trains on them."""

import difflib
from collections.abc import Callable
from pathlib import Path

from mnist_report.datasets import digits, folder, mnist, relatives
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.paths import resolve_data_dir
from mnist_report.errors import ReportError

__all__ = ["NAMES", "Dataset", "load", "resolve_data_dir"]

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
