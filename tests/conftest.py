"""nbval with tolerances, and without its silent successes.

Up to the training cell the stored and the fresh outputs must agree exactly.
After it, numbers may differ by rounding on the processor that made the
reference; on another one training ends elsewhere within the spread between
seeds, and only the words around the numbers are compared.
"""

import math
import re

import nbformat
import numpy as np
import pytest
from nbval import plugin as nbval

from mnist_report import datasets
from mnist_report.plotted import MISSING
from mnist_report.provenance import processor
from mnist_report.run import results

TRAINING = "fit-all"
ROUNDING = 1e-3
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
# a picture differs with fonts; what is compared is what it shows, in numbers
# and words, and its alternative text
PICTURES = ("image/png", "image/svg+xml")
SERIES = ("x", "y", "place", "places", "shades")
# what is too little to differ by: a share of a series' largest number, and
# of an image's cells two per cent
LEAST, SHADE = 2e-5, 2.0


class Tolerant(str):
    """A text that equals another one up to rounding of its numbers."""

    __hash__ = str.__hash__
    same_processor = True

    def __eq__(self, other: object) -> bool:
        if str.__eq__(self, other):
            return True
        if NUMBER.sub("#", self) != NUMBER.sub("#", str(other)):
            return False
        return not self.same_processor or all(
            math.isclose(ours, theirs, rel_tol=ROUNDING)
            for ours, theirs in zip(
                _numbers(self), _numbers(str(other)), strict=True
            )
        )

    def __ne__(self, other: object) -> bool:
        return not self == other


class Shown(dict):
    """What a figure shows; it equals what differs from it by rounding.

    On another processor other answers have other marks: of a figure that
    follows training its axes and legends alone are compared.
    """

    same_processor = True

    def __eq__(self, other: object) -> bool:
        if not self.same_processor:
            return _frames(self) == _frames(other)
        return _alike(dict(self), other)

    def __ne__(self, other: object) -> bool:
        return not self == other


def _alike(ours: object, theirs: object, key: str = "") -> bool:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(
            _alike(ours[name], theirs[name], name) for name in ours
        )
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(
            _alike(one, other, key)
            for one, other in zip(ours, theirs, strict=True)
        )
    if not isinstance(ours, str):
        return ours == theirs
    if key not in SERIES:
        return Tolerant(ours) == theirs
    ours, theirs = _series(ours), _series(theirs)
    least = SHADE if key == "shades" else LEAST * _largest(ours)
    return ours.shape == theirs.shape and np.allclose(
        theirs, ours, rtol=ROUNDING, atol=least, equal_nan=True
    )


def _series(text: str) -> np.ndarray:
    numbers = (np.nan if x == MISSING else float(x) for x in text.split())
    return np.array([*numbers])


def _largest(series: np.ndarray) -> float:
    return np.abs(series[np.isfinite(series)]).max(initial=0)


def _frames(shown: dict) -> set[tuple]:
    """Return what axes and legends there are, whatever they hold."""
    return {
        (
            *(
                axes.get(way, {}).get(key)
                for way in "xy"
                for key in ("label", "scale")
            ),
            *axes.get("legend", ()),
        )
        for axes in shown["axes"]
    }


def _numbers(text: str) -> list[float]:
    return [float(x.replace(",", "")) for x in NUMBER.findall(text)]


def _sanitize(cell: nbval.IPyNbCell, output: object) -> object:
    """Return an output as it is to be compared."""
    if isinstance(output, dict) and "axes" in output:
        tolerant = Shown(output)
    elif isinstance(output, str) and _follows_training(cell):
        tolerant = Tolerant(output)
    else:
        return output
    if _follows_training(cell):
        reference = results(cell.parent.nb)["provenance"]["processor"]
        tolerant.same_processor = reference == processor()
    return tolerant


def _follows_training(cell: nbval.IPyNbCell) -> bool:
    ids = [each.get("id") for each in cell.parent.nb.cells]
    return ids.index(cell.cell["id"]) >= ids.index(TRAINING)


nbval.IPyNbCell.sanitize = _sanitize


def pytest_collectstart(collector: pytest.Collector) -> None:
    if isinstance(collector, nbval.IPyNbFile):
        collector.skip_compare += PICTURES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    cells = [item for item in items if isinstance(item, nbval.IPyNbCell)]
    for item in cells:
        if item.cell.execution_count is None and item.cell.source.strip():
            pytest.exit(
                f"{item.nodeid}: the reference was never run, so that nbval "
                "would compare nothing; renew it with `make notebooks`",
                returncode=1,
            )
    for item in cells:
        if missing := _missing(item.parent):
            item.add_marker(
                pytest.mark.skip(f"not run again: {missing} is not at hand")
            )


def _missing(notebook: nbval.IPyNbFile) -> str:
    """Name a file of the reference's data that is not, or not so, here."""
    if not hasattr(notebook, "missing_data"):
        made = nbformat.read(notebook.path, as_version=4)
        asked = results(made)["provenance"].get("data_sha256", {})
        data_dir = datasets.resolve_data_dir("")
        there = datasets.checksums("auto", data_dir, asked) if asked else {}
        lacking = [name for name in asked if there.get(name) != asked[name]]
        notebook.missing_data = next(iter(lacking), "")
    return notebook.missing_data
