"""What a figure shows, in numbers and words: its series, labels and axes.

It travels beside the picture, so that two runs' figures can be compared by
their data, whatever the font, the size or the resolution.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.category import StrCategoryLocator
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FixedLocator

MIME = "application/vnd.mnist-report.figure+json"
# digits that a series keeps, counted from those of its largest number
DIGITS = 6
# as many points of a long line as tell it from another
MOST_POINTS = 60
# cells that an image keeps along each side
CELLS = 7
# where ticks are set rather than found for want of room
SET = FixedLocator, StrCategoryLocator
MISSING = "-"

Entry = dict[str, Any]


def contents(figure: Figure) -> Entry:
    """Return what a figure shows, as JSON holds it.

    Series are numbers with blanks between them, one line in a notebook.
    """
    return _filled(
        {
            "axes": [_axes(each) for each in figure.axes],
            "legends": [_legend(each) for each in figure.legends],
            "texts": [each.get_text() for each in figure.texts],
        }
    )


def _axes(axes: Axes) -> Entry:
    titles = (axes.get_title(loc=place) for place in ("left", "center"))
    legend = axes.get_legend()
    return _filled(
        {
            "titles": [title for title in titles if title],
            "x": _axis(axes.xaxis),
            "y": _axis(axes.yaxis),
            "lines": [_line(each) for each in axes.get_lines()],
            "areas": [_area(each) for each in axes.collections],
            "shapes": [_shape(each) for each in _shapes(axes.patches)],
            "images": [_image(each) for each in axes.get_images()],
            "texts": [_text(each, axes) for each in axes.texts],
            "legend": _legend(legend) if legend else [],
        }
    )


def _axis(axis: Axis) -> Entry:
    """Return an axis's label and scale, and its ticks where they were set."""
    about: Entry = {"label": axis.get_label_text()}
    if axis.get_scale() != "linear":
        about["scale"] = axis.get_scale()
    if isinstance(axis.get_major_locator(), SET):
        places = np.asarray(axis.get_majorticklocs(), dtype=float)
        ticks = axis.get_major_formatter().format_ticks(places)
        about |= {"ticks": [*ticks], "places": _series(places)}
    return _filled(about)


def _line(line: Line2D) -> Entry:
    return _drawn(line, line.get_xydata())


def _area(area: Collection) -> Entry:
    """Return the places of marks, or the corners of what is filled."""
    places = np.ma.filled(area.get_offsets(), np.nan)
    corners = [path.vertices for path in area.get_paths()]
    if area.get_offset_transform().contains_branch(area.axes.transData):
        return _drawn(area, places)
    return _drawn(area, np.concatenate(corners or [np.empty((0, 2))]))


def _shapes(patches: Sequence[Patch]) -> Iterator[Patch]:
    """Yield all but arrows, whose form follows from the page."""
    return (each for each in patches if not isinstance(each, FancyArrowPatch))


def _shape(patch: Patch) -> Entry:
    path = patch.get_patch_transform().transform_path(patch.get_path())
    return _drawn(patch, path.vertices)


def _image(image: AxesImage) -> Entry:
    """Return how dark an image is, per cent, in at most so many cells."""
    array = image.get_array()
    array = array.mean(axis=2) if array.ndim == 3 else image.norm(array)
    array = np.nan_to_num(np.ma.filled(array, 0.0).astype(float))
    rows, columns = (
        np.array_split(np.arange(side), min(side, CELLS))
        for side in array.shape
    )
    cells = [
        array[np.ix_(row, column)].mean() for row in rows for column in columns
    ]
    size = "×".join(map(str, array.shape))
    return {"size": size, "shades": " ".join(f"{100 * c:.0f}" for c in cells)}


def _text(text: Text, axes: Axes) -> Entry:
    """Return words, with their place where it is one of the data's."""
    about: Entry = {"text": text.get_text()}
    if isinstance(text, Annotation):
        if text.xycoords == "data":
            about["place"] = _series(text.xy)
    elif text.get_transform() == axes.transData:
        about["place"] = _series(text.get_position())
    return about


def _legend(legend: Legend) -> list[str]:
    return [each.get_text() for each in legend.get_texts()]


def _drawn(artist: Artist, points: np.ndarray) -> Entry:
    """Return the label of a line or a shape, and its points."""
    label = str(artist.get_label())
    points = np.asarray(points, dtype=float)
    step = -(-len(points) // MOST_POINTS) or 1
    return _filled(
        {
            "label": "" if label.startswith("_") else label,
            "points": len(points),
            "x": _series(points[::step, 0]),
            "y": _series(points[::step, 1]),
        }
    )


def _series(values: Sequence[float]) -> str:
    """Write numbers to so many digits of the largest."""
    values = np.asarray(values, dtype=float)
    largest = np.abs(values[np.isfinite(values)]).max(initial=0)
    decimals = DIGITS - 1 - int(np.floor(np.log10(largest or 1)))
    return " ".join(
        # adding 0 frees 0 of its sign
        f"{round(value, decimals) + 0:.10g}" if np.isfinite(value) else MISSING
        for value in values.tolist()
    )


def _filled(about: Entry) -> Entry:
    """Leave out what is empty."""
    return {key: value for key, value in about.items() if value}
