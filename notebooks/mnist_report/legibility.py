"""Whether series stay apart for those who do not see a figure's colours."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

# linear RGB as a deuteranope sees it (Machado, Oliveira and Fernandes 2009)
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
# linear RGB to XYZ, in units of the white point (IEC 61966-2-1, D65)
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
# the ends of intervals are no marks of a series
CAPS = {"|", "_", "None", "none", " ", ""}


class Look(NamedTuple):
    """How a series looks: its colour, and the form of its marks and line."""

    colour: str | tuple[float, ...]
    form: Any


class Pair(NamedTuple):
    """Two looks in one system of axes."""

    by_form: bool
    """Whether their marks or lines differ."""
    deuteranopia: float
    """Their colours' distance in CIELAB, as a deuteranope sees them."""
    grey: float
    """The difference of their lightness."""


def lab(linear: np.ndarray) -> np.ndarray:
    """Return the CIELAB coordinates (3,) of linear RGB (3,) in 0..1."""
    x, y, z = XYZ @ np.clip(linear, 0, 1) / XYZ.sum(axis=1)
    f = [
        np.cbrt(each) if each > 216 / 24389 else each * 841 / 108 + 4 / 29
        for each in (x, y, z)
    ]
    return np.array(
        [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
    )


def linear(colour: str | tuple[float, ...]) -> np.ndarray:
    """Return the light (3,) that a colour of sRGB stands for."""
    coded = np.array(to_rgb(colour))
    low, high = coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4
    return np.where(coded <= 0.04045, low, high)


def compare(one: Look, other: Look) -> Pair:
    """Say what tells two looks apart where colours are not seen."""
    seen = [linear(each.colour) for each in (one, other)]
    simulated = [lab(DEUTERANOPIA @ each) for each in seen]
    plain = [lab(each) for each in seen]
    return Pair(
        one.form != other.form,
        float(np.linalg.norm(simulated[0] - simulated[1])),
        float(abs(plain[0][0] - plain[1][0])),
    )


def pairs(figure: Figure) -> list[Pair]:
    """Return each two looks that meet in one system of axes."""
    return [
        compare(*two)
        for axes in figure.axes
        for two in combinations(dict.fromkeys(_looks(axes)), 2)
    ]


def _looks(axes: Axes) -> Iterator[Look]:
    for line in axes.get_lines():
        # a pattern of dashes has no public name
        dashes = line.get_linestyle() not in CAPS and str(
            line._unscaled_dash_pattern[1]
        )
        mark = line.get_marker() not in CAPS and str(line.get_marker())
        if dashes or mark:
            yield Look(to_rgba(line.get_color()), (mark, dashes))
    for marks in axes.collections:
        edges, paths = marks.get_edgecolor(), marks.get_paths()
        if isinstance(marks, PathCollection) and len(edges) and paths:
            filled = np.array_equal(marks.get_facecolor(), edges)
            form = paths[0].vertices.round(3).tobytes()
            yield Look(tuple(edges[0]), (form, filled))
    for patch in axes.patches:
        if isinstance(patch, StepPatch):
            yield Look(patch.get_edgecolor(), str(patch.get_linestyle()))
