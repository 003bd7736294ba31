"""One function per figure: data in, a picture with alternative text out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
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

from mnist_report.statistics import wilson_interval

plt.style.use(Path(__file__).with_name("report.mplstyle"))

# the architecture diagram's pile of channels (inches, sheets)
SHEET, MOST_SHEETS = 0.04, 6
BLUE, VERMILION, GREY, INK = "#0072B2", "#D55E00", "#6b6b6b", "#222222"
# a confusion matrix stays legible down to this many classes
ANNOTATED_CLASSES = 15


@dataclass(frozen=True)
class Picture:
    """A figure and what it shows in words, computed from the same data."""

    figure: Figure
    alt: str


def image_grid(images: np.ndarray, labels: Sequence[str]) -> Picture:
    """Draw images (N, height, width) with their labels, five in a row."""
    figure, axes = _grid(len(images))
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
    error = _column(histories, "validation_error").mean(axis=0)
    best = int(error.argmin())
    alt = (
        "Three line charts over the epochs: loss and error rate on training "
        "and validation images, and the learning rate. The mean validation "
        f"error is {error[0]:.2%} after epoch 1 and {error[-1]:.2%} after "
        f"epoch {len(error)}; it is lowest, {error[best]:.2%}, after epoch "
        f"{best + 1}."
    )
    return Picture(figure, alt)


def confusion_matrix(
    counts: np.ndarray, class_names: Sequence[str]
) -> Picture:
    """Draw counts (actual, predicted); only errors are shaded."""
    classes = len(class_names)
    side = 4.2 if classes <= ANNOTATED_CLASSES else 6.0
    figure, ax = plt.subplots(figsize=(side + 0.6, side))
    errors = counts - np.diag(np.diag(counts))
    shaded = np.ma.masked_equal(errors, 0)
    picture = ax.imshow(shaded, cmap="Blues", vmin=0)
    _draw_diagonal(ax, classes)
    if classes <= ANNOTATED_CLASSES:
        dark = errors.max() * 0.6
        for (row, column), count in np.ndenumerate(counts):
            if count:
                ax.text(
                    column,
                    row,
                    f"{count:,}",
                    ha="center",
                    va="center",
                    fontsize=7,
                    color="white" if errors[row, column] > dark > 0 else INK,
                )
    ticks = range(classes)
    size = 7.5 if classes <= ANNOTATED_CLASSES else 5.5
    ax.set_xticks(ticks, class_names, fontsize=size)
    ax.set_yticks(ticks, class_names, fontsize=size)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("Predicted class")
    ax.set_ylabel("Actual class")
    if errors.any():
        bar = figure.colorbar(picture, ax=ax, shrink=0.6, label="Errors")
        bar.locator = MaxNLocator(integer=True)
        bar.outline.set_visible(False)
    total, wrong = int(counts.sum()), int(errors.sum())
    alt = (
        f"Confusion matrix of {classes} classes, actual in rows, predicted "
        f"in columns: {total - wrong:,} of {total:,} images lie on the "
        f"diagonal, {wrong:,} off it. {_worst(errors, class_names)}"
    )
    return Picture(figure, alt)


def prediction_grid(
    images: np.ndarray, actual: Sequence[str], predicted: Sequence[str]
) -> Picture:
    """Draw images with predicted and actual class.

    A wrong one has a heavy frame and both classes in its title.
    """
    figure, axes = _grid(len(images))
    wrong = 0
    for ax, image, truth, guess in zip(
        axes, images, actual, predicted, strict=True
    ):
        _draw_image(ax, image)
        if truth == guess:
            ax.set_title(guess, loc="center", pad=2)
        else:
            wrong += 1
            ax.set_title(f"{guess} (is {truth}) ✗", loc="center", pad=2)
            _frame(ax)
    alt = (
        f"Grid of {len(images)} test images with the network's answers; "
        f"{len(images) - wrong} are right, {wrong} wrong and framed."
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
    figure, axes = _grid(len(images), row_height=1.2)
    titles = []
    for ax, image, truth, guess, share in zip(
        axes, images, actual, predicted, confidence, strict=True
    ):
        _draw_image(ax, image)
        ax.set_title(f"{guess} (is {truth})\n{share:.1%}", loc="center", pad=2)
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
    return Picture(figure, alt)


def _column(
    histories: Sequence[Sequence[Mapping[str, float]]], name: str
) -> np.ndarray:
    return np.array([[row[name] for row in history] for history in histories])


def _words(sentence: str) -> Picture:
    figure, ax = plt.subplots(figsize=(6.3, 0.6))
    ax.set_axis_off()
    ax.text(0.5, 0.5, sentence, ha="center", va="center")
    return Picture(figure, sentence)


def _grid(count: int, row_height: float = 1.05) -> tuple[Figure, list[Axes]]:
    rows = -(-count // 5)
    figure, axes = plt.subplots(
        rows, 5, figsize=(5.2, row_height * rows), squeeze=False
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
    row, column = np.unravel_index(errors.argmax(), errors.shape)
    count = int(errors[row, column])
    images = "image" if count == 1 else "images"
    return (
        f"The largest entry off it is {class_names[row]} taken for "
        f"{class_names[column]}, {count:,} {images}."
    )


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + " and " + words[-1]
