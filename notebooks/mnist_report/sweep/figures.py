"""The comparison's figures: data in, a picture with alternative text out."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import (
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullLocator,
    StrMethodFormatter,
)

from mnist_report.figures import BLUE, GREY, INK, LINE, VERMILION, Picture
from mnist_report.parameters import literal
from mnist_report.results import number
from mnist_report.sweep import comparing
from mnist_report.sweep.finished import Group
from mnist_report.sweep.tables import by_error

MOST_DOTS = 30
LONGEST_LABEL = 44
# beside a place, over the lines that begin there
BESIDE = {
    "xytext": (3, 0),
    "textcoords": "offset points",
    "va": "center",
    "fontsize": 7,
    "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    "zorder": 3,
}
PERCENT = FuncFormatter(lambda share, _: f"{100 * share:g}")
# numbers of a decade, from few to many
STEPS = (1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 8)
# what fits into a line of a figure as wide as the page
LONGEST_LINE = 88
AXIS = "Validation error (%)"


def configurations(groups: Sequence[Group], chosen: Group) -> Picture:
    """Draw each configuration's validation error, seeds and interval."""
    ordered = by_error(groups)[:MOST_DOTS]
    heading, labels = comparing.short_labels(groups)
    if heading == "Configuration":
        heading = ""
    lines = textwrap.wrap(heading, LONGEST_LINE)
    height = 0.7 + 0.22 * len(ordered) + LINE * len(lines)
    figure, ax = plt.subplots(figsize=(6.3, height))
    for row, group in enumerate(ordered):
        errors = group.validation
        colour = VERMILION if group is chosen else BLUE
        values = list(errors.values())
        ax.plot(values, [row] * len(values), "|", color=GREY, markersize=6)
        if bounds := comparing.interval(errors):
            ax.plot(bounds, [row, row], "-", color=colour, linewidth=1)
        marker = "D" if group is chosen else "o"
        middle = comparing.mean(errors)
        ax.plot(middle, row, marker, color=colour, markersize=4)
    names = [_short(labels[group.label]) for group in ordered]
    ax.set_yticks(range(len(ordered)), names)
    if lines:
        # over the labels: beside few of them it would be cut off
        figure.suptitle("\n".join(lines), x=0.01, ha="left", fontsize=8)
    ax.set_ylim(len(ordered) - 0.5, -0.5)
    ax.xaxis.set_major_formatter(PERCENT)
    few = f"the best {len(ordered)} of {len(groups)}"
    ax.set_xlabel(AXIS if len(ordered) == len(groups) else f"{AXIS}: {few}")
    ax.grid(axis="x")
    best, worst = ordered[0], ordered[-1]
    count = len(groups) if len(ordered) == len(groups) else few
    alt = (
        f"Dot plot of the validation errors of {count} "
        "configurations, best first: from "
        f"{_mean(best)} ({best.label}) to {_mean(worst)} ({worst.label})."
    )
    return Picture(figure, alt)


def effects(errors: np.ndarray, grid: Mapping[str, Sequence[Any]]) -> Picture:
    """Draw the mean error over the values of each swept parameter.

    errors: a level an axis, seeds last. Bands are Student's intervals of the
    mean over the seeds, all other parameters averaged over.
    """
    varied = [name for name, values in grid.items() if len(values) > 1]
    figure, axes = plt.subplots(
        1,
        max(1, len(varied)),
        figsize=(6.3, 2.2),
        sharey=True,
        squeeze=False,
    )
    words = []
    for ax, name in zip(axes[0], varied, strict=True):
        axis = list(grid).index(name)
        others = tuple(a for a in range(errors.ndim - 1) if a != axis)
        by_seed = _known_mean(errors, others)
        middle = _known_mean(by_seed, (1,))
        places, labels = _places(ax, grid[name])
        bands = [comparing.interval(_numbered(row)) for row in by_seed]
        ax.plot(places, middle, "o-", color=BLUE, markersize=3)
        if all(bands):
            ax.fill_between(
                places, *np.transpose(bands), color=BLUE, alpha=0.2, lw=0
            )
        ax.set_xlabel(name)
        best, worst = int(np.nanargmin(middle)), int(np.nanargmax(middle))
        words.append(
            f"{name}: lowest, {_rate(middle[best])}, at {labels[best]}; "
            f"highest, {_rate(middle[worst])}, at {labels[worst]}"
        )
        ax.grid(axis="y")
    axes[0, 0].set_ylabel(AXIS)
    axes[0, 0].yaxis.set_major_formatter(PERCENT)
    alt = (
        "Mean validation error over the values of each swept parameter. "
        f"{'. '.join(words)}."
    )
    return Picture(figure, alt)


def heat_map(errors: np.ndarray, grid: Mapping[str, Sequence[Any]]) -> Picture:
    """Draw the mean error of each combination of two parameters."""
    (down, rows), (across, columns) = grid.items()
    means = _known_mean(errors, (2,))
    figure, ax = plt.subplots(
        figsize=(
            min(6.3, 1.8 + 0.75 * len(columns)),
            0.9 + 0.4 * len(rows),
        )
    )
    shown = ax.imshow(100 * means, cmap="cividis_r", aspect="auto")
    figure.colorbar(shown, ax=ax, label=AXIS)
    for (row, column), value in np.ndenumerate(means):
        ax.text(
            column,
            row,
            "–" if np.isnan(value) else f"{100 * value:.2f}",
            ha="center",
            va="center",
            color=_legible_on(shown.to_rgba(100 * value)),
        )
    ax.set_xticks(range(len(columns)), list(map(literal, columns)))
    ax.set_yticks(range(len(rows)), list(map(literal, rows)))
    ax.set_xlabel(across)
    ax.set_ylabel(down)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    best = np.unravel_index(np.nanargmin(means), means.shape)
    alt = (
        f"Heat map of the mean validation error over {down} (rows) and "
        f"{across} (columns). It is lowest, {_rate(means[best])}, at {down} "
        f"{literal(rows[best[0]])} and {across} {literal(columns[best[1]])}."
    )
    return Picture(figure, alt)


def parallel(groups: Sequence[Group], grid: Mapping[str, list]) -> Picture:
    """Draw each configuration as a line over all swept parameters."""
    names = list(grid)
    fitting = [g for g in groups if g.varied.keys() == grid.keys()]
    errors = np.array([comparing.mean(g.validation) for g in fitting])
    low, high = errors.min(), errors.max()
    figure, ax = plt.subplots(figsize=(6.3, 2.8))
    colours = plt.get_cmap("cividis")
    span = high - low or 1.0
    # the best last, so that they lie on top
    for index in np.argsort(-errors):
        places = [
            _height(grid[name].index(fitting[index].varied[name]), grid[name])
            for name in names
        ]
        share = (errors[index] - low) / span
        ax.plot(
            range(len(names) + 1),
            [*places, share],
            "-",
            color=colours(share),
            linewidth=1.6 if share < 0.1 else 0.7,
        )
    for axis, name in enumerate(names):
        for index, value in enumerate(grid[name]):
            ax.annotate(
                literal(value),
                (axis, _height(index, grid[name])),
                **BESIDE,
            )
    for share in (0, 1):
        ax.annotate(
            f"{100 * (low + share * span):.2f}",
            (len(names), share),
            **BESIDE,
        )
    ax.set_xticks(range(len(names) + 1), [*names, AXIS])
    ax.set_yticks([])
    ax.grid(axis="x")
    ax.spines[:].set_visible(False)
    best = fitting[int(errors.argmin())]
    alt = (
        f"Parallel coordinates of {len(fitting)} configurations over "
        f"{', '.join(names)} and the validation error. The lowest error, "
        f"{_rate(low)}, belongs to {best.label}."
    )
    return Picture(figure, alt)


def curves(
    groups: Sequence[Group], chosen: Group, reference: Group
) -> Picture:
    """Draw all configurations' validation error over the epochs."""
    known = [group for group in groups if group.curves]
    if not known:
        figure, ax = plt.subplots(figsize=(6.3, 0.5))
        ax.set_axis_off()
        words = "These runs left no learning curves."
        ax.text(0, 0.5, words, va="center")
        return Picture(figure, words)
    figure, ax = plt.subplots(figsize=(6.3, 2.8))
    worst = by_error(known)[-1]
    named = {
        id(worst): ("highest in the end", INK, ":"),
        id(reference): ("reference", BLUE, "--"),
        id(chosen): ("chosen", VERMILION, "-"),
    }
    lines = []
    for group in known:
        rows = list(group.curves.values())
        length = min(map(len, rows))
        if not length:
            continue
        line = np.mean([row[:length] for row in rows], axis=0)
        lines.append((group, line))
    for group, line in lines:
        name, colour, style = named.get(id(group), ("", "#bbbbbb", "-"))
        ax.plot(
            range(1, len(line) + 1),
            line,
            style,
            color=colour,
            linewidth=1.6 if name else 0.7,
            zorder=3 if name else 1,
            marker="." if len(line) < 2 else "",
            label=f"{_short(group.label)} ({name})" if name else None,
        )
    ax.set_ylabel(AXIS)
    if any(line.max() > 0 for _, line in lines):
        ax.set_yscale("log")
        ax.set_ylabel(f"{AXIS}, logarithmic")
        _number_logs(ax.yaxis, ax.get_ylim())
    ax.yaxis.set_major_formatter(PERCENT)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set_xlabel("Epoch")
    ax.grid(axis="y")
    ax.legend()
    last = {id(group): line[-1] for group, line in lines}
    end = last.get(id(chosen))
    alt = (
        f"Validation error over the epochs, a line for each of {len(lines)} "
        "configurations, averaged over the seeds. "
        + (f"The chosen one ends at {_rate(end)}. " if end is not None else "")
        + f"The highest in the end is {worst.label}."
    )
    return Picture(figure, alt)


def pareto(groups: Sequence[Group], chosen: Group) -> Picture:
    """Draw error against time, parameters and energy, with each's front."""
    costs = {
        "Training time (s)": [g.training_seconds for g in groups],
        "Parameters": [g.weights for g in groups],
    }
    energy = [group.watt_hours for group in groups]
    if None not in energy:
        costs["Energy of a run (Wh)"] = energy
    errors = [comparing.mean(group.validation) for group in groups]
    figure, axes = plt.subplots(
        1, len(costs), figsize=(6.3, 2.3), sharey=True, squeeze=False
    )
    words = []
    for ax, (name, cost) in zip(axes[0], costs.items(), strict=True):
        front = comparing.pareto(cost, errors)
        ax.plot(cost, errors, "o", color="#bbbbbb", markersize=3)
        ax.plot(
            [cost[i] for i in front],
            [errors[i] for i in front],
            "o-",
            color=BLUE,
            markersize=4,
            drawstyle="steps-post",
        )
        index = next(i for i, g in enumerate(groups) if g is chosen)
        ax.plot(cost[index], errors[index], "D", color=VERMILION, markersize=5)
        ax.set_xlabel(name)
        if max(cost) > 20 * max(min(cost), 1e-9):
            ax.set_xscale("log")
            ax.set_xlabel(f"{name},\nlogarithmic")
            _number_logs(ax.xaxis, ax.get_xlim(), most=4)
            ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
        else:
            ax.xaxis.set_major_locator(MaxNLocator(3))
            # in full: an offset beside the axis is easily missed
            ax.ticklabel_format(axis="x", useOffset=False, style="plain")
        ax.grid(axis="y")
        on_front = "; ".join(_short(groups[i].label) for i in front[:4])
        more = f" and {len(front) - 4} more" if len(front) > 4 else ""
        words.append(f"{name}: {on_front}{more}")
    axes[0, 0].set_ylabel(AXIS)
    axes[0, 0].yaxis.set_major_formatter(PERCENT)
    alt = (
        "Validation error against each cost; a stepped line joins the "
        f"configurations that no other beats in both. {'. '.join(words)}."
    )
    return Picture(figure, alt)


def _places(ax: Axes, values: Sequence[Any]) -> tuple[list, list[str]]:
    """Return where values lie on an axis, and their names."""
    labels = list(map(literal, values))
    if not all(type(value) in (int, float) for value in values):
        places = list(range(len(values)))
        ax.set_xticks(places, labels)
        return places, labels
    places = list(values)
    if min(places) > 0 and max(places) >= 8 * min(places):
        ax.set_xscale("log")
        ax.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    turn = 45 if len(places) > 3 else 0
    ax.set_xticks(places, labels, rotation=turn)
    ax.xaxis.set_minor_locator(plt.NullLocator())
    return places, labels


def _number_logs(axis: Axis, view: tuple[float, float], most: int = 7) -> None:
    """Put several numbers, but not too many, on a logarithmic axis."""
    low, high = view
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.log10(high) + 1)
    fitting = {}
    for steps in STEPS:
        places = np.outer(decades, steps)
        count = int(np.sum((low <= places) & (places <= high)))
        if 1 < count <= most:
            fitting[count] = LogLocator(subs=steps)
    # else a small part of a decade, or more decades than numbers
    narrow = MaxNLocator(most - 2)
    other = narrow if high < 10 * low else LogLocator(numticks=most)
    axis.set_major_locator(fitting[max(fitting)] if fitting else other)
    axis.set_minor_locator(NullLocator())


def _legible_on(colour: Sequence[float]) -> str:
    """Return black or white, whichever stands out more from a colour."""
    *light, opaque = colour
    if not opaque:
        return "black"
    light = np.array(light)
    light = np.where(
        light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4
    )
    luminance = float(light @ [0.2126, 0.7152, 0.0722])
    # WCAG 2.2: the contrasts with black and with white are equal there
    return "black" if luminance > 0.179 else "white"


def _known_mean(errors: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Return the mean of what was measured; NaN where nothing was."""
    known = np.ma.masked_invalid(errors).mean(axis=axes)
    return np.ma.filled(known, np.nan)


def _height(index: int, values: Sequence[Any]) -> float:
    return index / (len(values) - 1) if len(values) > 1 else 0.5


def _numbered(row: np.ndarray) -> dict[int, float]:
    return dict(enumerate(row[~np.isnan(row)]))


def _short(label: str) -> str:
    if len(label) <= LONGEST_LABEL:
        return label
    return f"{label[: LONGEST_LABEL - 1]}…"


def _rate(value: float) -> str:
    return number(float(value), ".2%")


def _mean(group: Group) -> str:
    return _rate(comparing.mean(group.validation))
