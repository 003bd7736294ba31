"""What a figure shows, told in numbers and words."""

import json

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from test_comparison_figures import DRAWINGS as COMPARED
from test_figures import DRAWINGS

from mnist_report import figures, plotted

ALL = DRAWINGS | COMPARED


def told(name):
    """Return what one of the report's figures shows."""
    picture = ALL[name]()
    found = plotted.contents(picture.figure)
    plt.close("all")
    return found


@pytest.mark.parametrize("name", ALL)
def test_every_figure_tells_something_that_json_holds(name):
    found = told(name)
    text = json.dumps(found, allow_nan=False)
    assert found["axes"]
    assert len(text) < 20_000


@pytest.mark.parametrize(
    "name", ["curves", "3 matrices of 47", "classes, ordinary"]
)
def test_font_and_resolution_change_nothing(name):
    usual = told(name)
    with mpl.rc_context({"font.family": "serif", "figure.dpi": 72}):
        assert told(name) == usual
    with mpl.rc_context({"font.size": 12, "xtick.labelsize": 12}):
        assert told(name) == usual


def test_labels_and_rates_are_told():
    counts = np.diag([9, 8, 7])
    counts[1, 2] = 2
    found = plotted.contents(figures.class_errors(counts, "abc").figure)
    [axes] = found["axes"]
    assert axes["x"]["ticks"] == ["a", "b", "c"]
    assert axes["y"]["label"] == "Error rate (%)"
    assert axes["lines"][0]["y"] == "0 0.2 0"
    swapped = plotted.contents(figures.class_errors(counts, "acb").figure)
    assert swapped != found


def test_names_of_bars_are_told():
    figure, ax = plt.subplots()
    ax.bar(["4", "9"], [1, 2])
    [axes] = plotted.contents(figure)["axes"]
    assert axes["x"] == {"ticks": ["4", "9"], "places": "0 1"}


def test_lines_legends_and_areas_are_told():
    figure, ax = plt.subplots()
    ax.plot([1, 2], [0.5, np.nan], label="one")
    ax.fill_between([1, 2], [0, 1], [2, 3])
    ax.scatter([1], [7])
    ax.bar([0], [4])
    ax.set_yscale("log")
    ax.text(1, 2, "here")
    ax.annotate("there", (3, 4), (5, 6))
    ax.legend(title="which")
    [axes] = plotted.contents(figure)["axes"]
    assert axes["lines"] == [
        {"label": "one", "points": 2, "x": "1 2", "y": "0.5 -"}
    ]
    assert axes["areas"][1]["y"] == "7"
    assert "4" in axes["shapes"][0]["y"]
    assert axes["y"]["scale"] == "log"
    assert axes["texts"] == [
        {"text": "here", "place": "1 2"},
        {"text": "there", "place": "3 4"},
    ]
    assert axes["legend"] == ["one"]


def test_images_are_told_coarsely():
    image = np.zeros((28, 28))
    image[:4, :4] = 1
    grid = plotted.contents(figures.image_grid(image[None], ["7"]).figure)
    [axes] = [each for each in grid["axes"] if "images" in each]
    assert axes["titles"] == ["7"]
    assert axes["images"][0]["size"] == "28×28"
    assert axes["images"][0]["shades"].split() == ["100", *48 * ["0"]]


def test_long_lines_are_thinned():
    figure, ax = plt.subplots()
    ax.plot(np.arange(10_000))
    [axes] = plotted.contents(figure)["axes"]
    assert axes["lines"][0]["points"] == 10_000
    assert len(axes["lines"][0]["x"].split()) <= plotted.MOST_POINTS
