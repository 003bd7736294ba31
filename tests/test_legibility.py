"""What tells a figure's series apart where its colours are not seen."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mnist_report import legibility
from mnist_report.legibility import Look


@pytest.fixture
def axes():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def close(axes):
    """Return the pairs that neither mark nor line tells apart."""
    return [p for p in legibility.pairs(axes.figure) if not p.by_form]


# values of the standard: http://www.brucelindbloom.com, D65
@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ("#ffffff", (100, 0, 0)),
        ("#000000", (0, 0, 0)),
        ("#ff0000", (53.2408, 80.0925, 67.2032)),
        ("#00ff00", (87.7347, -86.1827, 83.1793)),
        ("#0000ff", (32.2970, 79.1875, -107.8602)),
    ],
)
def test_lab_is_that_of_the_standard(colour, expected):
    found = legibility.lab(legibility.linear(colour))
    assert found == pytest.approx(expected, abs=0.02)


def test_a_deuteranope_sees_grey_as_it_is():
    seen = legibility.DEUTERANOPIA @ legibility.linear("#808080")
    assert seen == pytest.approx(legibility.linear("#808080"), abs=1e-5)


def test_red_and_green_of_one_lightness_are_confused():
    pair = legibility.compare(Look("#b2432c", "o"), Look("#5b7a21", "o"))
    plain = [
        legibility.lab(legibility.linear(each))
        for each in ("#b2432c", "#5b7a21")
    ]
    assert np.linalg.norm(plain[0] - plain[1]) > 60
    assert pair.deuteranopia < 20
    assert pair.grey < 5
    assert not pair.by_form


def test_blue_and_orange_stay_apart_for_a_deuteranope():
    pair = legibility.compare(Look("#0072B2", "o"), Look("#D55E00", "o"))
    assert pair.deuteranopia > 50


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"linestyle": "-"}, {"linestyle": "--"}),
        ({"marker": "o"}, {"marker": "s"}),
    ],
)
def test_lines_and_marks_tell_apart(axes, one, other):
    axes.plot([0, 1], [0, 1], color="red", **one)
    axes.plot([0, 1], [1, 0], color="green", **other)
    assert len(legibility.pairs(axes.figure)) == 1
    assert close(axes) == []


def test_colour_alone_is_noticed(axes):
    axes.plot([0, 1], [0, 1], "-", color="#b2432c")
    axes.plot([0, 1], [1, 0], "-", color="#5b7a21")
    assert len(close(axes)) == 1


def test_one_series_is_compared_with_nothing(axes):
    for row in ([0, 1], [1, 0]):
        axes.plot(row, "-", color="red")
    axes.errorbar([0, 1], [0, 1], [1, 1], color="red", linestyle="-")
    assert legibility.pairs(axes.figure) == []


def test_series_in_different_axes_do_not_meet():
    figure, (left, right) = plt.subplots(1, 2)
    left.plot([0, 1], color="red")
    right.plot([0, 1], color="green")
    assert legibility.pairs(figure) == []
    plt.close(figure)


def test_scattered_marks_are_told_by_shape_and_filling(axes):
    axes.scatter([0], [0], marker="o", color="red")
    axes.scatter([0], [0], marker="s", color="green")
    axes.scatter([0], [0], marker="o", facecolor="white", edgecolor="blue")
    assert len(legibility.pairs(axes.figure)) == 3
    assert close(axes) == []
    axes.scatter([1], [1], marker="s", color="blue")
    assert len(close(axes)) == 1


def test_steps_are_told_by_their_line(axes):
    axes.stairs([1, 2], color="red", linestyle="--")
    axes.stairs([2, 1], color="green", linestyle="-")
    assert close(axes) == []
    axes.stairs([3, 1], color="blue", linestyle="-")
    assert len(close(axes)) == 1
