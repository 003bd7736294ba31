"""One function per figure: data in, a picture with alternative text out."""

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import ListedColormap, PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import (
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    PercentFormatter,
    StrMethodFormatter,
)
from scipy.optimize import isotonic_regression

from mnist_report.calibration import Bin
from mnist_report.corruptions import CORRUPTIONS, WHITE, Corruption
from mnist_report.published import Published
from mnist_report.scripts import Reading as ScriptReading
from mnist_report.statistics import Interval, wilson_interval
from mnist_report.writers import Reading as WriterReading

plt.style.use(Path(__file__).with_name("report.mplstyle"))

# the architecture diagram's pile of channels (inches, sheets)
SHEET, MOST_SHEETS = 0.04, 6
BLUE, VERMILION, GREY, INK = "#0072B2", "#D55E00", "#6b6b6b", "#222222"
# a confusion matrix stays legible down to this many classes
ANNOTATED_CLASSES = 15
# inches: a line of text at 7.5 points, a character, a digit at 7 points
LINE, CHARACTER, DIGIT = 0.13, 0.066, 0.062


@dataclass(frozen=True)
class Style:
    """How a method looks in every figure: colour, line and marker differ."""

    label: str
    colour: str
    line: str | tuple[int, tuple[float, ...]]
    marker: str


METHOD_STYLES: dict[str, Style] = {
    "constant": Style("majority class", GREY, ":", "X"),
    "knn": Style("KNN (pixels)", "#1F9D74", "-.", "v"),
    "knn-pca": Style("KNN (PCA)", "#00513B", (0, (5, 1)), "^"),
    "linear-svm": Style("linear SVM", "#7A3800", (0, (1, 1)), "s"),
    "rbf-svm": Style("RBF SVM (PCA)", VERMILION, "--", "P"),
    "cnn": Style("CNN", BLUE, "-", "o"),
    "cnn-svm": Style("SVM on the CNN", "#B9559B", (0, (3, 1, 1, 1)), "*"),
    "ensemble": Style("ensemble", INK, (0, (8, 2)), "D"),
}


# as a table's first column has them
TITLES = {
    name: style.label[:1].upper() + style.label[1:]
    for name, style in METHOD_STYLES.items()
}


@dataclass(frozen=True)
class Picture:
    """A figure and what it shows in words, computed from the same data."""

    figure: Figure
    alt: str
    data: Mapping[str, list] | None = None
    """The numbers drawn, where other reports want them."""


def image_grid(images: np.ndarray, labels: Sequence[str]) -> Picture:
    """Draw images (N, height, width) with their labels, ten in a row."""
    figure, axes = _grid(len(images), row_height=0.8)
    for ax, image, label in zip(axes, images, labels, strict=True):
        _draw_image(ax, image)
        ax.set_title(label, loc="center", pad=2)
    alt = (
        f"Grid of {len(images)} handwritten characters as the network sees "
        f"them in training, labelled, row by row, {_listed(labels)}."
    )
    return Picture(figure, alt)


def augmentation_steps(
    originals: np.ndarray, variants: Mapping[str, np.ndarray]
) -> Picture:
    """Draw images (N, height, width) and, below, each augmented variant."""
    rows = {"original": originals, **variants}
    figure, axes = plt.subplots(
        len(rows),
        len(originals),
        figsize=(6.3, 0.66 * len(rows)),
        squeeze=False,
    )
    for row, (name, images) in zip(axes, rows.items(), strict=True):
        for ax, image in zip(row, images, strict=True):
            _draw_image(ax, image)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    alt = (
        f"{len(originals)} images, unchanged in the first row, and below "
        f"after each augmentation alone: {_listed(list(variants))}."
        if variants
        else f"{len(originals)} images; no augmentation is switched on."
    )
    return Picture(figure, alt)


def architecture(
    layers: Sequence[tuple[str, tuple[int, ...], int, int]], side: int = 28
) -> Picture:
    """Draw the network from left to right.

    layers: name, output shape (channels, height, width) or (units,), number
    of parameters and of multiply-accumulates, in order.
    """
    stages = _stages(layers, side)
    # data units are inches, so that squares are square
    width, height = 6.3, 1.8
    figure = plt.figure(figsize=(width, height))
    figure.set_layout_engine("none")
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(-0.9, 0.9))
    ax.set_axis_off()
    sizes = [_stage_size(shape, side) for _, shape, _ in stages]
    margin = 0.15
    spare = width - 2 * margin - sum(across for across, _ in sizes)
    gap = spare / (len(stages) - 1)
    left = margin
    for (made_by, shape, name), (across, _) in zip(stages, sizes, strict=True):
        if made_by:
            _draw_step(ax, left - gap, left, made_by)
        _draw_stage(ax, left, shape, side)
        ax.text(left + across / 2, -0.64, name, ha="center", va="top")
        left += across + gap
    steps = "; ".join(
        f"{made_by} gives {name}" for made_by, _, name in stages[1:]
    )
    alt = (
        f"Diagram of the network from the input of 1×{side}×{side} to the "
        f"output: {steps}."
    )
    return Picture(figure, alt)


def learning_curves(
    histories: Sequence[Sequence[Mapping[str, float]]],
) -> Picture:
    """Draw loss, error rate and learning rate over the epochs.

    histories: one a seed, of one row an epoch, each with train_loss,
    validation_loss, train_error, validation_error (fractions) and
    learning_rate. Lines are means over the seeds, bands reach from the
    lowest to the highest seed.
    """
    if not histories[0]:
        return _words("No epoch was trained, so there is no curve to show.")
    figure, axes = plt.subplots(1, 3, figsize=(6.3, 2.2))
    epochs = np.arange(1, len(histories[0]) + 1)
    styles = {
        "training": ("train", VERMILION, "--"),
        "validation": ("validation", BLUE, "-"),
    }
    for ax, quantity in zip(axes, ["loss", "error"], strict=False):
        for name, (key, colour, style) in styles.items():
            values = _column(histories, f"{key}_{quantity}")
            _draw_band(ax, epochs, values, name, colour, style)
        # without an error there is nothing that a log scale could show
        if any(line.get_ydata().max() > 0 for line in ax.get_lines()):
            ax.set_yscale("log")
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            ax.yaxis.set_minor_formatter(NullFormatter())
        ax.legend()
    axes[0].set_ylabel("Cross-entropy loss")
    axes[1].set_ylabel("Error rate (%)")
    axes[1].yaxis.set_major_formatter(
        FuncFormatter(lambda share, _: f"{100 * share:g}")
    )
    rates = _column(histories, "learning_rate")[0]
    marker = _marker(epochs)
    axes[2].plot(epochs, rates, color=INK, marker=marker, markersize=4)
    axes[2].set_ylabel("Learning rate")
    axes[2].ticklabel_format(axis="y", scilimits=(-2, 3))
    for ax in axes:
        ax.set_xlabel("Epoch")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.grid(axis="y")
    data = {name: _column(histories, name) for name in histories[0][0]}
    alt = (
        "Three line charts over the epochs: loss and error rate on training "
        "and validation images, and the learning rate. The mean validation "
        f"error is {_course(data['validation_error'].mean(axis=0))}."
    )
    lost = np.isnan(data["train_loss"]).any(axis=0)
    if lost.any():
        alt += (
            " The loss on training images is no number in epoch "
            f"{lost.argmax() + 1} and is not drawn there."
        )
    return Picture(figure, alt, {n: _numbers(row) for n, row in data.items()})


def prediction_grid(
    images: np.ndarray, actual: Sequence[str], predicted: Sequence[str]
) -> Picture:
    """Draw images with predicted and actual class.

    A wrong one has a heavy frame and both classes in its title.
    """
    figure, axes = _grid(len(images), row_height=0.9)
    wrong = 0
    for ax, image, truth, guess in zip(
        axes, images, actual, predicted, strict=True
    ):
        _draw_image(ax, image)
        if truth == guess:
            ax.set_title(guess, loc="center", pad=2)
        else:
            wrong += 1
            ax.set_title(f"{guess} ✗\n(is {truth})", loc="center", pad=2)
            _frame(ax)
    alt = (
        f"Grid of {len(images)} test images with the network's answers: "
        f"{len(images) - wrong} right, {wrong} wrong and framed."
    )
    return Picture(figure, alt)


def mistakes_grid(
    images: np.ndarray,
    actual: Sequence[str],
    predicted: Sequence[str],
    confidence: Sequence[float],
) -> Picture:
    """Draw misclassified images, the most confident first."""
    if len(images) == 0:
        return _words("No test image is misclassified.")
    figure, axes = _grid(len(images), row_height=1)
    titles = []
    for ax, image, truth, guess, share in zip(
        axes, images, actual, predicted, confidence, strict=True
    ):
        _draw_image(ax, image)
        title = f"{guess} (is {truth})\n{_percent(share, 1)}"
        ax.set_title(title, loc="center", pad=2)
        titles.append(f"{truth} taken for {guess} with {share:.1%}")
    alt = (
        f"The {len(images)} most confident mistakes on the test images: "
        f"{_listed(titles)}."
    )
    return Picture(figure, alt)


def class_errors(counts: np.ndarray, class_names: Sequence[str]) -> Picture:
    """Draw each class's error rate with its interval, and the overall one.

    counts: (actual, predicted); classes without an image are left out.
    """
    present = np.flatnonzero(counts.sum(axis=1))
    totals = counts.sum(axis=1)[present]
    wrong = totals - np.diag(counts)[present]
    intervals = [
        wilson_interval(*pair) for pair in zip(wrong, totals, strict=True)
    ]
    overall = wrong.sum() / totals.sum()
    class_names = [class_names[index] for index in present]
    figure, ax = plt.subplots(figsize=(6.3, 2.2))
    rates = wrong / totals
    low, high = np.asarray(intervals).T
    positions = np.arange(len(class_names))
    ax.errorbar(
        positions,
        rates,
        yerr=[rates - low, high - rates],
        fmt="o",
        markersize=4,
        capsize=2.5,
        linewidth=1,
        color=BLUE,
    )
    ax.axhline(overall, color=GREY, linestyle="--", linewidth=1)
    ax.annotate(
        "all classes",
        (1, overall),
        xycoords=("axes fraction", "data"),
        xytext=(2, 0),
        textcoords="offset points",
        va="center",
        color=GREY,
        annotation_clip=False,
        fontsize=7,
    )
    ax.set_xticks(
        positions,
        class_names,
        fontsize=7.5 if len(positions) <= ANNOTATED_CLASSES else 6,
    )
    ax.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
    ax.set_ylim(bottom=0)
    ax.set_xlabel("Class")
    ax.set_ylabel("Error rate (%)")
    ax.grid(axis="y")
    worst, best = int(rates.argmax()), int(rates.argmin())
    alt = (
        "Error rate of each class with its 95 % interval. It is highest for "
        f"{class_names[worst]} ({rates[worst]:.2%}) and lowest for "
        f"{class_names[best]} ({rates[best]:.2%}); over all classes it is "
        f"{overall:.2%}."
    )
    if rates[worst] == rates[best]:
        alt = (
            "Error rate of each class with its 95 % interval: "
            f"{overall:.2%} for every class."
        )
    return Picture(figure, alt)


def confusion_matrices(
    confusions: Mapping[str, np.ndarray], class_names: Sequence[str]
) -> Picture:
    """Draw each method's counts (actual, predicted) side by side.

    Errors are shaded on one scale; the diagonal is grey and bears no number.
    """
    styles = _styles(confusions)
    errors = {
        name: counts - np.diag(np.diag(counts))
        for name, counts in confusions.items()
    }
    classes, most = len(class_names), max(e.max() for e in errors.values())
    columns = _matrix_columns(len(errors), classes, int(most))
    rows = -(-len(errors) // columns)
    side = min(6.3 / columns, 3.6)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(6.3, rows * (side + 0.15) + 0.5 * bool(most)),
        squeeze=False,
    )
    # squares keep their shape; the room beside them is not wasted
    figure.set_layout_engine("compressed", w_pad=0.1)
    scale = PowerNorm(0.5, vmin=0, vmax=max(most, 1))
    # what is left beside names and labels
    cell = (side - 0.6) / classes
    for ax in axes.flat:
        ax.set_axis_off()
    words = []
    for ax, (name, wrong) in zip(axes.flat, errors.items(), strict=False):
        ax.set_axis_on()
        shaded = np.ma.masked_equal(wrong, 0)
        picture = ax.imshow(shaded, cmap="Blues", norm=scale)
        _draw_diagonal(ax, classes)
        if classes <= ANNOTATED_CLASSES:
            _annotate(ax, wrong, cell, dark=scale.inverse(0.6))
        _name_classes(ax, class_names, cell)
        total = int(confusions[name].sum())
        ax.set_title(
            f"{styles[name].label}: {_counted(int(wrong.sum()), 'error')}"
        )
        words.append(
            f"Off the diagonal for {styles[name].label}: "
            f"{int(wrong.sum()):,} of {_counted(total, 'image')}. "
            f"{_worst(wrong, class_names)}"
        )
    for ax in axes[:, 0]:
        ax.set_ylabel("Actual class")
    for index in range(len(errors)):
        # the lowest panel of each column
        if index + columns >= len(errors):
            axes.flat[index].set_xlabel("Predicted class")
    if most:
        bar = figure.colorbar(
            picture,
            ax=axes,
            location="bottom",
            shrink=0.4,
            aspect=30,
            label="Errors",
        )
        bar.locator = MaxNLocator(4, integer=True)
        bar.outline.set_visible(False)
    alt = (
        f"Confusion matrices of {_counted(len(errors), 'method')} for "
        f"{classes} classes, actual in rows, predicted in columns, on one "
        f"scale. {' '.join(words)}"
    )
    return Picture(figure, alt)


def size_curves(
    sizes: Sequence[int],
    errors: Mapping[str, Sequence[float]],
    intervals: Mapping[str, Sequence[Interval]] | None = None,
) -> Picture:
    """Draw each method's error rate over the number of training images.

    errors: one rate a size, NaN where none was measured; intervals alike.
    Both axes are logarithmic; an error of 0 has a place of its own below.
    """
    styles = _styles(errors)
    rates = {name: np.asarray(row, float) for name, row in errors.items()}
    rates = {n: row for n, row in rates.items() if np.isfinite(row).any()}
    if not rates:
        return _words("No error over the training-set size was measured.")
    bounds = {
        name: np.asarray((intervals or {}).get(name, _pair(row)), float)
        for name, row in rates.items()
    }
    figure, ax = plt.subplots(figsize=(6.3, 3.0))
    ax.set_xscale("log")
    ax.set_yscale("log")
    floor = _scale_errors(
        ax.yaxis, [*rates.values(), *bounds.values()], length=2.4
    )
    sizes = np.asarray(sizes)
    ends = {}
    for name, row in rates.items():
        there = np.isfinite(row)
        low, high = bounds[name][there].T
        row = np.maximum(row[there], floor)
        style = styles[name]
        ax.errorbar(
            sizes[there],
            row,
            yerr=_bars(row, low, high, floor),
            color=style.colour,
            linestyle=style.line,
            marker=style.marker,
            markersize=4,
            linewidth=1.2,
            elinewidth=0.8,
            capsize=2,
            label=style.label,
        )
        ends[style.label] = (sizes[there][-1], row[-1], style)
    _label_sizes(ax, sizes)
    ax.set_xlabel("Training images")
    ax.set_ylabel("Test error (%)")
    ax.grid(axis="y")
    _label_ends(ax, ends, length=2.4)
    words = [
        f"{styles[name].label} from {_first(row):.2%} to {_last(row):.2%}"
        if len(sizes) > 1
        else f"{styles[name].label} {_last(row):.2%}"
        for name, row in rates.items()
    ]
    alt = (
        f"Line chart of the test error of {_counted(len(rates), 'method')} "
        f"over {sizes[0]:,} to {sizes[-1]:,} training images, both axes "
        f"logarithmic: {_listed(words)}."
        if len(sizes) > 1
        else f"Test error of {_counted(len(rates), 'method')} with "
        f"{sizes[0]:,} training images: {_listed(words)}."
    )
    return Picture(figure, alt)


def robustness_curves(
    errors: Mapping[str, np.ndarray],
    examples: np.ndarray | None = None,
    corruptions: Sequence[Corruption] = tuple(CORRUPTIONS.values()),
) -> Picture:
    """Draw each method's error rate over the strength of each corruption.

    errors: (corruptions, strengths) a method, from strength 0 on, NaN where
    none was measured. examples: (corruptions, strengths, height, width), an
    image over each strength.
    """
    styles = _styles(errors)
    errors = {n: e for n, e in errors.items() if np.isfinite(e).any()}
    if not errors:
        return _words("No error under corruption was measured.")
    rows, high = -(-len(corruptions) // 3), 1.95 if examples is None else 2.25
    figure = plt.figure(figsize=(6.3, rows * high + 0.4))
    grid = figure.add_gridspec(2 * rows, 3, height_ratios=[0.3, 1.3] * rows)
    top = max(np.nanmax(rates, initial=0) for rates in errors.values())
    for index, corruption in enumerate(corruptions):
        row, column = divmod(index, 3)
        place = grid[2 * row + 1, column]
        if examples is None:
            place = grid[2 * row : 2 * row + 2, column]
        title = panel = figure.add_subplot(place)
        if examples is not None:
            title = figure.add_subplot(grid[2 * row, column])
            _draw_strip(title, examples[index])
        title.set_title(corruption.label)
        places = np.arange(len(corruption.steps))
        for name, rates in errors.items():
            style = styles[name]
            panel.plot(
                places,
                rates[index],
                color=style.colour,
                linestyle=style.line,
                marker=style.marker,
                markersize=3.5,
                linewidth=1.1,
                label=style.label,
                clip_on=False,
            )
        panel.set_xlim(-0.5, places[-1] + 0.5)
        panel.set_xticks(places, [f"{each:g}" for each in corruption.steps])
        panel.set_ylim(0, max(1.05 * top, 0.01))
        panel.yaxis.set_major_formatter(
            FuncFormatter(lambda share, _: f"{100 * share:g}")
        )
        panel.yaxis.set_major_locator(MaxNLocator(5))
        panel.set_xlabel(corruption.unit[0].upper() + corruption.unit[1:])
        panel.grid(axis="y")
        if column == 0:
            panel.set_ylabel("Error rate (%)")
        else:
            panel.tick_params(labelleft=False)
    figure.legend(
        *panel.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=4,
        handlelength=3.2,
    )
    alt = (
        f"{len(corruptions)} line charts, one a corruption, of the error "
        f"rate of {_counted(len(errors), 'method')} over its strength. "
        + " ".join(
            _extremes(
                corruption,
                {styles[n].label: rates[index] for n, rates in errors.items()},
            )
            for index, corruption in enumerate(corruptions)
        )
    )
    return Picture(figure, alt)


def reliability(
    before: Mapping[str, Sequence[Bin]],
    after: Mapping[str, Sequence[Bin]] | None = None,
) -> Picture:
    """Draw accuracy over confidence, and how often each confidence occurs.

    before, after: each method's bins without and with temperature scaling.
    """
    styles = _styles(before)
    columns = min(len(before), 4)
    rows = -(-len(before) // columns)
    wide = 6.3 / max(columns, 2)
    figure = plt.figure(
        figsize=(max(columns * wide, 4.2), rows * (0.75 * wide + 0.75) + 0.3)
    )
    grid = figure.add_gridspec(2 * rows, columns, height_ratios=[2, 1] * rows)
    first = "before" if after else "as it is"
    series = {first: (before, (VERMILION, "s", "--"))}
    if after:
        series["after temperature scaling"] = (after, (BLUE, "o", "-"))
    words = []
    for index, name in enumerate(before):
        row, column = divmod(index, columns)
        upper = figure.add_subplot(grid[2 * row, column])
        lower = figure.add_subplot(grid[2 * row + 1, column], sharex=upper)
        upper.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":")
        gaps = []
        for label, (bins, style) in series.items():
            if name in bins:
                _draw_bins(upper, lower, bins[name], label, style)
                gaps.append(f"{_calibration_error(bins[name]):.2%} {label}")
        words.append(f"{styles[name].label} {_listed(gaps)}")
        upper.set_title(styles[name].label)
        upper.set_ylim(0, 1)
        upper.set_xlim(0, 1)
        upper.tick_params(labelbottom=False)
        lower.set_yscale("log")
        lower.set_ylim(bottom=0.7)
        lower.set_xlabel("Confidence (%)")
        for axis in (upper.yaxis, lower.xaxis):
            axis.set_major_locator(MaxNLocator(4))
            axis.set_major_formatter(PercentFormatter(1, symbol=""))
        lower.yaxis.set_major_locator(LogLocator(numticks=4))
        lower.yaxis.set_minor_formatter(NullFormatter())
        lower.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        if column == 0:
            upper.set_ylabel("Accuracy (%)")
            lower.set_ylabel("Images")
    figure.legend(
        *upper.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=len(series),
    )
    alt = (
        "Reliability diagram: accuracy over confidence, with the number of "
        "images below. The mean gap between the two (expected calibration "
        f"error) is: {'; '.join(words)}."
    )
    return Picture(figure, alt)


def missed_by_all(
    images: np.ndarray,
    truth: Sequence[str],
    answers: Mapping[str, Sequence[str]],
    most: int = 10,
) -> Picture:
    """Draw the first images that every method misses, and the answers.

    images: (N, height, width); truth and each method's answers: N classes.
    """
    labels = [style.label for style in _styles(answers).values()]
    given = np.array(
        [np.asarray(each, dtype=str) for each in answers.values()]
    )
    truth = np.asarray(truth, dtype=str)
    missed = np.flatnonzero((given != truth).all(axis=0))
    who = f"{labels[0]} misses" if len(labels) == 1 else "all methods miss"
    of_all = f"of the {len(truth):,} test images"
    if len(missed) == 0:
        return _words(f"There is no image {of_all} that {who}.")
    columns = {"actual class": truth[missed]}
    columns |= dict(zip(labels, given[:, missed], strict=True))
    figure, shown = _answer_sheet(images[missed[:most]], columns)
    words = [
        f"{actual} read as {' or '.join(dict.fromkeys(read))}"
        for actual, *read in zip(*columns.values(), strict=True)
    ][:shown]
    rest = "" if shown == len(missed) else f"; the first {shown}"
    alt = (
        f"{who[0].upper()}{who[1:]} {len(missed):,} {of_all}{rest}: "
        f"{'; '.join(words)}."
    )
    return Picture(figure, alt)


def method_errors(
    wrong: Mapping[str, float],
    total: int,
    seeds: Mapping[str, Sequence[int]] | None = None,
) -> Picture:
    """Draw each method's test error with its interval, the least on top.

    wrong: errors of total, NaN for a method without a result; seeds: errors
    of each seed's network, drawn as small dots below the method's.
    """
    styles = _styles(wrong)
    counts = {n: round(w) for n, w in wrong.items() if np.isfinite(w)}
    if not counts:
        return _words("No method has a test error.")
    order = sorted(counts, key=lambda name: -counts[name])
    spans = {n: wilson_interval(counts[n], total) for n in order}
    seeds = {n: np.asarray(s) / total for n, s in (seeds or {}).items()}
    height = 0.6 + 0.24 * len(order)
    figure, ax = plt.subplots(figsize=(6.3, height))
    ax.set_xscale("log")
    rates = np.array([counts[name] / total for name in order])
    bounds = np.array([spans[name] for name in order])
    floor = _scale_errors(
        ax.xaxis, [rates, bounds, *seeds.values()], length=4.2
    )
    for place, name in enumerate(order):
        style, rate = styles[name], max(rates[place], floor)
        ax.errorbar(
            rate,
            place,
            xerr=_bars(rate, *bounds[place], floor),
            color=style.colour,
            marker=style.marker,
            markersize=5,
            capsize=2.5,
            linewidth=1,
        )
        for each in seeds.get(name, []):
            ax.plot(
                max(each, floor),
                place - 0.3,
                marker=".",
                markersize=3,
                color=style.colour,
            )
        ax.annotate(
            _percent(rates[place], 2),
            (1, place),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
        )
    ax.set_yticks(range(len(order)), [styles[name].label for name in order])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.6, len(order) - 0.4)
    ax.set_xlabel("Test error (%)")
    ax.grid(axis="x")
    words = [
        f"{styles[name].label} {rate:.2%} ({low:.2%} to {high:.2%})"
        for name, rate, (low, high) in zip(order, rates, bounds, strict=True)
    ][::-1]
    missing = [styles[name].label for name in wrong if name not in counts]
    alt = (
        f"Dot plot of the test error on {total:,} images with its 95 % "
        f"interval, the least first: {_listed(words)}."
        + (f" There is no result of {_listed(missing)}." if missing else "")
    )
    return Picture(figure, alt)


def writers(
    readings: Mapping[str, WriterReading], method: str, reason: str = ""
) -> Picture:
    """Draw each method's error by group, and whom one method's errors hit.

    The curve gives the share of the errors of the worst-read writers, beside
    the band in which it lies when errors fall on images at random.
    """
    if method not in readings:
        return _words(f"The writers are not known. {reason}".strip())
    styles = _styles(readings)
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(6.3, 0.9 + 0.3 * max(len(readings), 5))
    )
    left.set_xscale("log")
    rates = np.array([[g.rate for g in r.groups] for r in readings.values()])
    bounds = np.array(
        [[g.interval for g in r.groups] for r in readings.values()]
    )
    floor = _scale_errors(left.xaxis, [rates, bounds], length=1.8)
    marks = {"students": (VERMILION, "s", 0.13), "staff": (BLUE, "o", -0.13)}
    for group, (label, (colour, marker, off)) in enumerate(marks.items()):
        shown = np.maximum(rates[:, group], floor)
        low, high = bounds[:, group].T
        left.errorbar(
            shown,
            np.arange(len(shown))[::-1] + off,
            xerr=_bars(shown, low, high, floor),
            fmt=marker,
            color=colour,
            markersize=4,
            capsize=2,
            linewidth=1,
            label=label,
        )
    left.set_yticks(
        np.arange(len(styles))[::-1],
        [style.label for style in styles.values()],
    )
    left.tick_params(axis="y", length=0)
    left.set_ylim(-0.6, len(styles) - 0.4)
    left.set_xlabel("Error rate (%)")
    left.grid(axis="x")
    spread = readings[method].concentration
    shares = np.linspace(0, 1, len(spread.curve))
    right.fill_between(
        shares,
        *spread.chance_curve,
        color=GREY,
        alpha=0.3,
        linewidth=0,
        label="at random",
    )
    right.plot(shares, spread.curve, color=INK, label=styles[method].label)
    for axis in (right.xaxis, right.yaxis):
        axis.set_major_formatter(PercentFormatter(1, symbol=""))
    right.set(xlim=(0, 1), ylim=(0, 1.02))
    right.set_xlabel("Writers, the worst-read first (%)")
    right.set_ylabel("Their share of the errors (%)")
    right.grid()
    left.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    right.legend(loc="lower right")
    words = [
        f"{styles[name].label} {students:.2%} and {staff:.2%}"
        for name, (students, staff) in zip(readings, rates, strict=True)
    ]
    alt = (
        "Left, a dot plot of the error on digits by students and by Census "
        f"staff, with 95 % intervals: {_listed(words)}. Right, the share of "
        f"the errors of {styles[method].label} over the share of writers: "
        f"the worst-read tenth account for {spread.share:.0%}, at random for "
        f"{spread.chance_share:.0%}."
    )
    return Picture(figure, alt)


def disputed_labels(
    images: np.ndarray,
    truth: Sequence[str],
    answers: Mapping[str, Sequence[str]],
) -> Picture:
    """Draw all images whose label is disputed, and each method's answer."""
    if len(images) == 0:
        return _words("No label of these data is known to be disputed.")
    lines = {"label": np.asarray(truth, dtype=str)}
    for name, style in _styles(answers).items():
        lines[style.label] = np.asarray(answers[name], dtype=str)
    figure, shown = _answer_sheet(images, lines, bands=len(images))
    words = [
        f"labelled {label}, read as {' or '.join(dict.fromkeys(read))}"
        for label, *read in zip(*lines.values(), strict=True)
    ][:shown]
    alt = (
        f"The {len(images)} test images whose label is disputed, with each "
        f"method's answer: {'; '.join(words)}."
    )
    return Picture(figure, alt)


def script_digits(readings: Sequence[ScriptReading]) -> Picture:
    """Draw a typical digit of each value and script, and what was said.

    Below each stands the most frequent answer to that script's digits of
    that value, and its share; what is wrong is printed bold.
    """
    if not readings:
        return _words("No other script was named in this run.")
    values = len(readings[0].examples)
    figure, axes = plt.subplots(
        len(readings),
        values,
        figsize=(6.3, 0.82 * len(readings) + 0.15),
        squeeze=False,
    )
    words = []
    for row, reading in zip(axes, readings, strict=True):
        right = 0
        for value, (ax, image) in enumerate(
            zip(row, reading.examples, strict=True)
        ):
            _draw_image(ax, image)
            answer, share = reading.said_of(value)
            right += answer == value
            ax.set_xlabel(
                f"{answer}  {_percent(share, 0)}",
                fontsize=7,
                labelpad=2,
                weight="normal" if answer == value else "bold",
            )
        row[0].set_ylabel(
            reading.title, rotation=0, ha="right", va="center", fontsize=7.5
        )
        words.append(
            f"of {reading.title}, {right} of {values} values are mostly read "
            "as what they are"
        )
    for value, ax in enumerate(axes[0]):
        ax.set_title(str(value), loc="center", pad=3, weight="bold")
    alt = (
        "Grid of handwritten digits: a row for each script, a column for "
        "each value, and below each the answer that the network most often "
        f"gives to it: {_listed(words)}."
    )
    return Picture(figure, alt)


def published(
    results: Sequence[Published], human: float, doubt: float
) -> Picture:
    """Draw published error rates over the years, a marker a family.

    human, doubt: shares of images, drawn as lines across.
    """
    figure, ax = plt.subplots(figsize=(6.3, 2.9))
    families = list(dict.fromkeys(row.family for row in results))
    colours = [GREY, "#00513B", VERMILION, "#B9559B", BLUE, INK]
    looks = zip(families, colours, "Xv^soD", strict=True)
    for family, colour, marker in looks:
        for distorted in (False, True):
            rows = [
                row
                for row in results
                if (row.family, row.distorted) == (family, distorted)
            ]
            ax.scatter(
                [row.year for row in rows],
                [float(row.error) for row in rows],
                s=22,
                marker=marker,
                facecolors=colour if distorted else "white",
                edgecolors=colour,
                linewidths=0.9,
                zorder=3,
            )
        ax.scatter([], [], s=22, marker=marker, color=colour, label=family)
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    for share, words, place in [
        (human, "human estimate", 2),
        (doubt, "labels in doubt", -2),
    ]:
        ax.axhline(100 * share, color=GREY, linestyle="--", linewidth=0.9)
        ax.annotate(
            f"{words}, {100 * share:g} %",
            (0, 100 * share),
            xycoords=("axes fraction", "data"),
            xytext=(3, place),
            textcoords="offset points",
            va="bottom" if place > 0 else "top",
            color=GREY,
            fontsize=7,
        )
    ax.set_xlabel("Year")
    ax.set_ylabel("Error on the test images (%)")
    ax.grid(axis="y")
    figure.legend(loc="outside upper center", ncols=3, handletextpad=0.2)
    best = min(results, key=lambda row: float(row.error))
    alt = (
        f"Scatter chart of {len(results)} published error rates on a "
        f"logarithmic scale from {min(row.year for row in results)} to "
        f"{max(row.year for row in results)}, a marker a family, filled "
        "where distorted copies of images were used. The best of each "
        f"family: {_listed(_best_of(results))}. Lines stand at the human "
        f"estimate of {human:.1%} and at {doubt:.2%}, the share of labels in "
        f"doubt; the lowest error is {best.error} % in {best.year}."
    )
    return Picture(figure, alt)


def _best_of(results: Sequence[Published]) -> list[str]:
    best = {}
    for row in sorted(results, key=lambda row: -float(row.error)):
        best[row.family] = f"{row.family.lower()} {row.error} % ({row.year})"
    return list(best.values())


def _column(
    histories: Sequence[Sequence[Mapping[str, float]]], name: str
) -> np.ndarray:
    return np.array([[row[name] for row in history] for history in histories])


def _course(error: np.ndarray) -> str:
    """Say how an error rate went from epoch to epoch."""
    if len(error) == 1:
        return f"{error[0]:.2%} after the only epoch"
    best = int(error.argmin())
    return (
        f"{error[0]:.2%} after epoch 1 and {error[-1]:.2%} after epoch "
        f"{len(error)}; it is lowest, {error[best]:.2%}, after epoch "
        f"{best + 1}"
    )


def _numbers(rows: np.ndarray) -> list[list[float | None]]:
    """Return rows as JSON can hold them: what is no number is None."""
    return np.where(np.isfinite(rows), rows, None).tolist()


def _percent(share: float, places: int) -> str:
    return f"{share:.{places}%}".replace("%", "\N{NO-BREAK SPACE}%")


def _words(sentence: str) -> Picture:
    figure, ax = plt.subplots(figsize=(6.3, 0.6))
    ax.set_axis_off()
    lines = textwrap.fill(sentence, 95)
    ax.text(0.5, 0.5, lines, ha="center", va="center")
    return Picture(figure, sentence)


def _grid(
    count: int, row_height: float, columns: int = 10
) -> tuple[Figure, list[Axes]]:
    rows = -(-count // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(6.3, row_height * rows), squeeze=False
    )
    for ax in axes.flat:
        ax.set_axis_off()
    return figure, list(axes.flat[:count])


def _draw_image(ax: Axes, image: np.ndarray) -> None:
    ax.set_axis_on()
    ax.imshow(image, cmap="gray_r")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set(visible=True, linewidth=0.4, color="#bbbbbb")


def _frame(ax: Axes) -> None:
    ax.spines[:].set(linewidth=2.2, color=VERMILION)


def _draw_band(
    ax: Axes,
    epochs: np.ndarray,
    values: np.ndarray,
    name: str,
    colour: str,
    style: str,
) -> None:
    mean = values.mean(axis=0)
    ax.plot(
        epochs,
        mean,
        color=colour,
        linestyle=style,
        label=name,
        marker=_marker(epochs),
        markersize=4,
    )
    ax.fill_between(
        epochs,
        values.min(axis=0),
        values.max(axis=0),
        color=colour,
        alpha=0.15,
        linewidth=0,
    )


def _marker(epochs: np.ndarray) -> str | None:
    """Return the marker without which a line of one point is not seen."""
    return "o" if len(epochs) == 1 else None


def _draw_diagonal(ax: Axes, classes: int) -> None:
    diagonal = np.ma.masked_equal(np.eye(classes), 0)
    ax.imshow(diagonal, cmap=ListedColormap(["#ececec"]))


def _stage_size(shape: tuple[int, ...], side: int) -> tuple[float, float]:
    if len(shape) == 1:
        return 0.1, 0.3 + 0.1 * np.log2(shape[0])
    channels, rows, _ = shape
    edge = max(0.15, 0.95 * rows / side)
    return edge + SHEET * (min(channels, MOST_SHEETS) - 1), edge


def _draw_stage(
    ax: Axes, left: float, shape: tuple[int, ...], side: int
) -> None:
    """Draw a vector as a bar and an image as a pile of square sheets."""
    across, edge = _stage_size(shape, side)
    style = {"edgecolor": INK, "linewidth": 0.6}
    if len(shape) == 1:
        bar = (left, -edge / 2), across, edge
        ax.add_patch(Rectangle(*bar, facecolor="#f3d9c9", **style))
        return
    sheets = min(shape[0], MOST_SHEETS)
    lowest = -(edge + SHEET * (sheets - 1)) / 2
    for sheet in reversed(range(sheets)):
        corner = (left + SHEET * sheet, lowest + SHEET * sheet)
        ax.add_patch(
            Rectangle(corner, edge, edge, facecolor="#d7e6f2", **style)
        )


def _draw_step(ax: Axes, start: float, end: float, made_by: str) -> None:
    """Draw an arrow between two stages, its layers' names above it."""
    ax.annotate(
        "",
        (end - 0.06, 0),
        (start + 0.06, 0),
        arrowprops={"arrowstyle": "-|>", "color": GREY, "linewidth": 0.8},
    )
    words = made_by.replace(", ", "\n")
    centre = (start + end) / 2
    ax.text(
        centre,
        0.05,
        words,
        ha="center",
        va="bottom",
        fontsize=min(6.5, 9 * (end - start)),
    )


def _stages(
    layers: Sequence[tuple[str, tuple[int, ...], int, int]], side: int
) -> list[tuple[str, tuple[int, ...], str]]:
    """Gather layers up to each change of size, with what follows it."""
    words = {
        "BatchNorm2d": "batch norm",
        "MaxPool2d": "2×2 max",
        "ReLU": "ReLU",
    }
    before = (1, side, side)
    stages = [("", before, f"input\n1×{side}×{side}")]
    gathered, made_by = [], []
    for name, shape, _, macs in [*layers, ("", (), 0, 0)]:
        if gathered and _starts_stage(name, gathered):
            size = "×".join(map(str, before))
            stages.append((", ".join(made_by), before, size))
            gathered, made_by = [], []
        word = words.get(name, name.lower())
        if name == "Conv2d":
            kernel = math.isqrt(macs // (before[0] * math.prod(shape)))
            word = f"{kernel}×{kernel} conv"
        gathered.append(name)
        made_by.append(word)
        before = shape
    return stages


def _starts_stage(name: str, gathered: Sequence[str]) -> bool:
    if name in ("", "Flatten"):
        return True
    if "MaxPool2d" in gathered:
        return name in ("Conv2d", "MaxPool2d", "Dropout", "Linear")
    return gathered[-1] == "Dropout" and "Linear" in gathered


def _worst(errors: np.ndarray, class_names: Sequence[str]) -> str:
    if not errors.any():
        return "There is no error."
    count = int(errors.max())
    largest = [
        f"{class_names[row]} taken for {class_names[column]}"
        for row, column in np.argwhere(errors == count)
    ]
    images = _counted(count, "image")
    if len(largest) == 1:
        return f"The largest entry off it is {largest[0]}, {images}."
    if len(largest) > 3:
        return f"Its {len(largest)} largest entries off it are of {images}."
    return f"The largest entries off it are {_listed(largest)}, {images} each."


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + " and " + words[-1]


def _styles(names: Iterable[str]) -> dict[str, Style]:
    """Return a style for each method.

    A method not known takes its name as its label and a style that is free.
    """
    names = list(names)
    free = [key for key in METHOD_STYLES if key not in names]
    spare = cycle(free or METHOD_STYLES)
    return {
        name: METHOD_STYLES.get(name)
        or replace(METHOD_STYLES[next(spare)], label=name)
        for name in names
    }


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def _matrix_columns(matrices: int, classes: int, most: int) -> int:
    """Return how many matrices stand side by side, as many as are legible."""
    if matrices < 3 or matrices == 4:
        return min(matrices, 2)
    legible = (6.3 / 3 - 0.6) / classes > DIGIT * len(f"{most:,}")
    return 3 if legible or classes > ANNOTATED_CLASSES else 2


def _annotate(ax: Axes, counts: np.ndarray, cell: float, dark: float) -> None:
    """Print the counts where the cells have room for the longest of them."""
    if cell < DIGIT * len(f"{counts.max():,}"):
        return
    for (row, column), count in np.ndenumerate(counts):
        if count:
            ax.text(
                column,
                row,
                f"{count:,}",
                ha="center",
                va="center",
                fontsize=7,
                color="white" if count > dark else INK,
            )


def _name_classes(ax: Axes, class_names: Sequence[str], cell: float) -> None:
    """Name as many classes as the axes have room for, evenly spaced."""
    longest = max(map(len, class_names))
    for axis, room in [
        (ax.xaxis, CHARACTER * longest + 0.03),
        (ax.yaxis, LINE),
    ]:
        ticks = range(0, len(class_names), int(np.ceil(room / cell)))
        axis.set_ticks(ticks, [class_names[tick] for tick in ticks], size=7)
    ax.tick_params(length=0, pad=2)
    ax.spines[:].set_visible(False)


def _pair(row: np.ndarray) -> np.ndarray:
    return np.column_stack([row, row])


def _bars(
    rate: np.ndarray | float,
    low: np.ndarray | float,
    high: np.ndarray | float,
    floor: float,
) -> np.ndarray:
    """Return an interval's distances from a rate, both at least the floor."""
    down = rate - np.maximum(low, floor)
    up = np.maximum(high, floor) - rate
    return np.maximum(np.vstack([down, up]), 0)


def _scale_errors(
    axis: Axis, rates: Sequence[np.ndarray], length: float
) -> float:
    """Scale a logarithmic axis of error rates; return the place of 0.

    rates: all that the axis must show; length: the axis's, in inches.
    """
    shown = np.concatenate([np.ravel(each) for each in rates])
    positive = shown[shown > 0]
    low, high = (
        (positive.min(), positive.max()) if positive.size else (0.001, 0.01)
    )
    if high < 1.2 * low:
        low, high = low / 1.5, min(1, high * 1.5)
    floor = low / 1.15
    ticks, labels = _ticks(low / 1.15, high * 1.15, length)
    if (shown == 0).any():
        # a place clearly below the least error
        floor = low / max(2.5, (high / low) ** 0.12)
        ticks, labels = [floor, *ticks], ["0", *labels]
    axis.axes.set(
        **{f"{axis.axis_name}lim": (floor / 1.15, high * 1.15)},
    )
    axis.set_ticks(ticks, labels)
    axis.set_ticks([], minor=True)
    return floor


def _ticks(
    low: float, high: float, length: float
) -> tuple[list[float], list[str]]:
    """Return round places between two rates, at most one every 0.3 inches."""
    decades = range(int(np.floor(np.log10(low))), 1)
    choices = [
        [step * 10.0**decade for decade in decades for step in steps]
        for steps in ((1, 2, 5), (1, 3), (1,))
    ]
    if high < 5 * low:
        choices.insert(0, MaxNLocator(6).tick_values(low, high).tolist())
    for places in choices:
        places = [place for place in places if low <= place <= high]
        apart = np.diff(np.log(places)).min(initial=np.inf) * length
        if apart >= 0.3 * np.log(high / low):
            break
    return places, [f"{100 * place:g}" for place in places]


def _label_sizes(ax: Axes, sizes: np.ndarray) -> None:
    """Mark the sizes on a logarithmic axis, from the largest, with room."""
    ax.set_xlim(sizes.min() / 1.25, sizes.max() * 1.25)
    wide = np.log(1.5625 * sizes.max() / sizes.min())
    kept: list[int] = []
    for size in sorted(set(sizes.tolist()), reverse=True):
        room = CHARACTER * len(f"{size:,}") + 0.12
        if not kept or np.log(kept[-1] / size) / wide * 4.6 > room:
            kept.append(size)
    ax.set_xticks(kept, [f"{size:,}" for size in kept])
    ax.set_xticks([], minor=True)


def _label_ends(
    ax: Axes, ends: Mapping[str, tuple[float, float, Style]], length: float
) -> None:
    """Name each line beside its end; names make way for one another."""
    low, high = np.log(ax.get_ylim())
    order = sorted(ends, key=lambda label: ends[label][1])
    wanted = (np.log([ends[n][1] for n in order]) - low) / (high - low)
    places = _spread(wanted, LINE / length, 0.0, 1.0)
    for label, place in zip(order, places, strict=True):
        x, y, style = ends[label]
        ax.annotate(
            label,
            (x, y),
            xycoords="data",
            xytext=(1.03, place),
            textcoords="axes fraction",
            va="center",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": style.colour,
                "linewidth": 0.6,
                "relpos": (0, 0.5),
                "shrinkA": 0,
                "shrinkB": 3,
            },
        )


def _spread(
    places: np.ndarray, gap: float, low: float, high: float
) -> np.ndarray:
    """Return places a gap apart, between bounds, nearest to those given.

    places: rising. Less a gap each, they need only rise, which is isotonic
    regression.
    """
    steps = gap * np.arange(len(places))
    nearest = isotonic_regression(np.asarray(places) - steps).x
    return np.clip(nearest, low, max(low, high - steps[-1])) + steps


def _draw_strip(ax: Axes, images: np.ndarray) -> None:
    """Draw images in a row, one over each strength of the panel below."""
    for place, image in enumerate(images):
        ax.imshow(
            image,
            vmin=0,
            vmax=WHITE,
            extent=(place - 0.46, place + 0.46, 0, 0.92),
        )
    ax.set(xlim=(-0.5, len(images) - 0.5), ylim=(0, 0.92), anchor="S")
    ax.set_axis_off()


def _extremes(corruption: Corruption, rates: Mapping[str, np.ndarray]) -> str:
    """Say who errs least and most at a corruption's greatest strength."""
    last = {n: row[-1] for n, row in rates.items() if np.isfinite(row[-1])}
    if not last:
        return f"{corruption.label}: not measured."
    order = sorted(last, key=last.__getitem__)
    least, most = (
        f"{name} ({last[name]:.1%})" for name in (order[0], order[-1])
    )
    where = f"{corruption.label} ({corruption.unit}: {corruption.steps[-1]:g})"
    if len(last) == 1:
        return f"{where}: {least}."
    return f"{where}: {least} errs least, {most} most."


def _first(row: np.ndarray) -> float:
    return float(row[np.isfinite(row)][0])


def _last(row: np.ndarray) -> float:
    return float(row[np.isfinite(row)][-1])


def _answer_sheet(
    images: np.ndarray, lines: Mapping[str, Sequence[str]], bands: int = 1
) -> tuple[Figure, int]:
    """Draw images, and below each its word of every line, the first bold.

    They fill at most so many bands. Return the figure, and how many of the
    images it had room for.
    """
    margin = 0.15 + CHARACTER * max(map(len, lines))
    words = [word for line in lines.values() for word in line[: len(images)]]
    across = max(0.5, CHARACTER * max(map(len, words)) + 0.1)
    room = int((6.3 - margin) / across)
    bands = min(bands, -(-len(images) // room))
    shown = min(len(images), room * bands)
    # as many in each band
    columns = -(-shown // bands)
    if bands > 1:
        across = (6.3 - margin) / columns
    edge, step = 0.5, 1.25 * LINE
    band = edge + step * (len(lines) + 0.5)
    height = band * bands
    figure = plt.figure(figsize=(6.3, height))
    figure.set_layout_engine("none")
    # data units are inches
    page = figure.add_axes((0, 0, 1, 1), xlim=(0, 6.3), ylim=(0, height))
    page.set_axis_off()
    scale = 6.3, height, 6.3, height
    for at in range(shown):
        down, right = divmod(at, columns)
        top = height - down * band
        centre = margin + across * (right + 0.5)
        box = centre - edge / 2, top - edge, edge - 0.05, edge - 0.05
        _draw_image(figure.add_axes(np.divide(box, scale)), images[at])
        for row, (label, line) in enumerate(lines.items(), start=1):
            y, weight = top - edge - row * step, "bold" if row == 1 else None
            style = {"va": "center", "size": 7.5}
            if right == 0:
                page.text(margin - 0.05, y, label, ha="right", **style)
            page.text(centre, y, line[at], ha="center", weight=weight, **style)
    return figure, shown


def _draw_bins(
    upper: Axes,
    lower: Axes,
    bins: Sequence[Bin],
    label: str,
    style: tuple[str, str, str],
) -> None:
    colour, marker, line = style
    filled = [each for each in bins if each.count]
    sure = np.array([each.confidence for each in filled])
    right = np.array([each.accuracy for each in filled])
    low, high = np.array([each.interval for each in filled]).T
    upper.errorbar(
        sure,
        right,
        yerr=_bars(right, low, high, 0),
        color=colour,
        marker=marker,
        linestyle=line,
        markersize=3.5,
        linewidth=0.8,
        elinewidth=0.6,
        label=label,
        clip_on=False,
    )
    edges = [bins[0].low, *(each.high for each in bins)]
    lower.stairs(
        [each.count for each in bins],
        edges,
        color=colour,
        linestyle=line,
        linewidth=1,
    )


def _calibration_error(bins: Sequence[Bin]) -> float:
    filled = [each for each in bins if each.count]
    gaps = [abs(each.confidence - each.accuracy) for each in filled]
    return float(np.average(gaps, weights=[each.count for each in filled]))
