"""The comparison's figures: what can be read in them, over any range."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from sweep_runs import GRID, plan_of, write_sweep

from mnist_report.sweep import figures, finished

mpl.use("agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def sweep(tmp_path):
    """Return what makes the collection of a finished sweep."""

    def make(error=lambda _: 0.1, **keys):
        plan = plan_of(tmp_path, **{"grid": GRID, "seeds": 2} | keys)
        folder = write_sweep(tmp_path / "mine", plan, error).folder
        return finished.collect([folder])

    return make


def numbers(axis):
    """Return the numbers that stand at an axis."""
    ticks = [
        (place, label.get_text())
        for minor in (False, True)
        for place, label in zip(
            axis.get_ticklocs(minor=minor),
            axis.get_ticklabels(minor=minor),
            strict=True,
        )
    ]
    shown = within(axis)
    return [text for place, text in ticks if text and shown(place)]


def places(figure):
    """Return the words that a figure shows, with their rectangles."""
    figure.canvas.draw()
    ticks = [
        tick
        for ax in figure.axes
        for axis in (ax.xaxis, ax.yaxis)
        for tick in axis.get_major_ticks()
        if not within(axis)(tick.get_loc())
    ]
    hidden = {label for tick in ticks for label in (tick.label1, tick.label2)}
    return {
        text.get_text(): text.get_window_extent()
        for text in figure.findobj(Text)
        if text.get_text() and text.get_visible() and text not in hidden
    }


def within(axis):
    """Return what says whether a place is within an axis's limits."""
    low, high = sorted(axis.get_view_interval())
    return lambda place: low <= place <= high


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.01, 0.011), (0.02, 0.09), (0.03, 0.036), (0.004, 0.4), (0.13, 0.13)],
)
def test_learning_curves_have_numbers_over_any_range(sweep, low, high):
    groups = sweep().groups
    for group in groups:
        for run in group.runs:
            run.curves.update({seed: [high, low] for seed in run.curves})
    picture = figures.curves(groups, groups[0], groups[0])
    picture.figure.canvas.draw()
    [ax] = picture.figure.axes
    assert 2 <= len(numbers(ax.yaxis)) <= 10
    assert ax.get_yscale() == "log"
    assert ax.get_ylabel() == "Validation error (%), logarithmic"


@pytest.mark.parametrize("most", [4, 7])
@pytest.mark.parametrize("low", [0.1, 0.35, 0.9])
@pytest.mark.parametrize("factor", [1.1, 3, 9, 25, 300, 1e5])
def test_logarithmic_axes_are_numbered(low, factor, most):
    figure, ax = plt.subplots()
    ax.set_yscale("log")
    ax.set_ylim(low, low * factor)
    figures._number_logs(ax.yaxis, ax.get_ylim(), most)
    ax.yaxis.set_major_formatter(figures.PERCENT)
    figure.canvas.draw()
    assert 2 <= len(numbers(ax.yaxis)) <= most


def test_costs_far_apart_are_numbered(sweep):
    grid = {"batch_size": [1, 64, 2000]}
    collection = sweep(grid=grid)
    picture = figures.pareto(collection.groups, collection.groups[0])
    picture.figure.canvas.draw()
    ax = picture.figure.axes[0]
    assert ax.get_xlabel() == "Training time (s),\nlogarithmic"
    assert len(numbers(ax.xaxis)) > 1


@pytest.mark.parametrize(
    "names",
    [
        ["learning_rate"],
        [
            *("learning_rate", "elastic_displacement", "elastic_smoothness"),
            *("rotation_degrees", "shear_degrees", "weight_decay", "lr_gamma"),
        ],
    ],
)
def test_heading_of_the_configurations_is_whole(sweep, names):
    grid = {name: [1.0] for name in names} | {"hidden_units": [64, 128]}
    collection = sweep(grid=grid)
    picture = figures.configurations(collection.groups, collection.groups[0])
    page = picture.figure.bbox
    shown = places(picture.figure)
    assert any(" ".join(text.split()) == ", ".join(grid) for text in shown)
    for text, place in shown.items():
        assert page.x0 <= place.x0 < place.x1 <= page.x1, text
        assert page.y0 <= place.y0 < place.y1 <= page.y1, text


def test_figure_says_how_many_configurations_it_leaves_out(sweep):
    grid = {"batch_size": list(range(16, 56))}
    collection = sweep(grid=grid, seeds=1)
    for count, words in ((40, ": the best 30 of 40"), (30, "")):
        groups = collection.groups[:count]
        picture = figures.configurations(groups, groups[0])
        [ax] = picture.figure.axes
        assert ax.get_xlabel() == f"Validation error (%){words}"
        assert len(ax.get_yticks()) == 30
        assert f"{words[2:] or count} configurations" in picture.alt


def test_lines_leave_the_values_legible(sweep):
    collection = sweep(grid=GRID | {"dropout": [0.0, 0.1, 0.2]})
    groups = collection.groups
    [ax] = figures.parallel(groups, collection.grid).figure.axes
    values = [text for text in ax.texts if text.get_text() in "32 0 0.001"]
    assert len(values) == 3
    for text in ax.texts:
        box = text.get_bbox_patch()
        assert to_rgb(box.get_facecolor()) == (1, 1, 1)
        assert text.get_zorder() > max(
            line.get_zorder() for line in ax.get_lines()
        )


def test_numbers_of_the_heat_map_stand_out():
    grid = {"learning_rate": [0.001], "batch_size": list(range(1, 41))}
    errors = np.linspace(0.01, 0.4, 40).reshape(1, 40, 1)
    figure = figures.heat_map(errors, grid).figure
    ax = figure.axes[0]
    [image] = ax.images
    for text, error in zip(ax.texts, errors.flat, strict=True):
        cell = luminance(image.to_rgba(100 * error))
        number = luminance(to_rgb(text.get_color()))
        dark, light = sorted((cell, number))
        # WCAG 2.2 for text of this size
        assert (light + 0.05) / (dark + 0.05) >= 4.5, error


def luminance(colour):
    """Return the relative luminance of WCAG 2.2."""
    light = np.array(colour[:3])
    light = np.where(
        light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4
    )
    return float(light @ [0.2126, 0.7152, 0.0722])


def test_heat_map_of_gaps_is_drawn():
    errors = np.array([[[0.1], [np.nan]], [[0.2], [0.3]]])
    figure = figures.heat_map(errors, GRID).figure
    figure.canvas.draw()
    gap = figure.axes[0].texts[1]
    assert (gap.get_text(), gap.get_color()) == ("–", "black")
