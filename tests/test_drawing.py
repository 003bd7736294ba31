"""A reader's drawing prepared as the data set's images are."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_report import drawing
from mnist_report.datasets import load, mnist, paths, resolve_data_dir
from mnist_report.errors import ReportError

MNIST = Path(os.environ.get("REPORT_DATA_DIR") or "nowhere")


@pytest.fixture(scope="module")
def digits():
    """Return the embedded digits in the frame of MNIST."""
    images = load("digits", Path()).test_images[:100, 0].numpy()
    return np.stack([drawing.prepare(image) for image in images])


def enlarged(image, factor, at):
    """Return an image in a corner of a paper ten times as wide."""
    side = factor * len(image)
    paper = np.zeros((280, 280), np.uint8)
    top, left = at
    paper[top : top + side, left : left + side] = Image.fromarray(
        image
    ).resize((side, side), Image.Resampling.BILINEAR)
    return paper


@pytest.mark.skipif(
    not (paths.ROOT / MNIST / mnist.FOLDER).is_dir(),
    reason="REPORT_DATA_DIR names no folder with MNIST",
)
def test_mnist_itself_stays_as_it_is():
    images = load("mnist", resolve_data_dir(str(MNIST))).test_images[:500, 0]
    for image in images.numpy():
        np.testing.assert_array_equal(drawing.prepare(image), image)


def test_what_is_prepared_stays_as_it_is(digits):
    moved = [(drawing.prepare(image) != image).any() for image in digits]
    assert np.mean(moved) < 0.05  # where rounding shifts the centre


def test_ink_fills_the_box_about_its_centre_of_mass(digits):
    for image in digits:
        rows, columns = np.nonzero(image)
        assert max(np.ptp(rows), np.ptp(columns)) == drawing.BOX - 1
        for axis in (0, 1):
            weights = image.sum(axis=axis, dtype=float)
            centre = weights @ np.arange(drawing.SIDE) / weights.sum()
            assert abs(centre - drawing.SIDE / 2) < 0.52


@pytest.mark.parametrize(("factor", "at"), [(4, (0, 150)), (9, (20, 3))])
def test_a_digit_comes_back_from_any_place_and_size(digits, factor, at):
    for image in digits:
        back = drawing.prepare(enlarged(image, factor, at))
        ours, theirs = (each.ravel().astype(float) for each in (back, image))
        assert np.corrcoef(ours, theirs)[0, 1] > 0.85


def test_dark_ink_is_turned_light():
    picture = np.full((90, 60), 255, np.uint8)
    picture[10:80, 20:30] = 0  # 70 by 10
    image = drawing.prepare(picture, dark=True)
    assert (image[4:24] > 0).any(axis=1).all()
    assert image.max() == 255


@pytest.mark.parametrize("paper", [20, 120, 215])
def test_ink_of_a_photograph_stands_out_on_any_paper(paper):
    ink = 235 - paper if paper != 120 else 20
    picture = np.full((50, 40), paper, np.uint8)
    picture[:, :20] += 12  # a shadow's edge
    picture[20:30, 15:25] = ink
    found = drawing.ink_of(picture)
    assert found[20:30, 15:25].min() == 255
    assert found.astype(bool).sum() == 100


@pytest.mark.parametrize("grey", [0, 255])
def test_an_empty_drawing_is_a_message(grey):
    paper = np.full((28, 28), grey, np.uint8)
    with pytest.raises(ReportError, match="Nothing is drawn"):
        drawing.prepare(paper, dark=grey == 255)
    with pytest.raises(ReportError, match="Nothing is drawn"):
        drawing.prepare(drawing.ink_of(paper))
