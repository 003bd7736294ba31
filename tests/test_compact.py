"""Drawings in fewer bytes show what they showed."""

import io
import re
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image
from typst import compile as typeset

from mnist_report import compact

mpl.use("agg")


@pytest.fixture(scope="module")
def figure():
    figure, (left, right) = plt.subplots(1, 2, figsize=(4, 2))
    across = np.linspace(0, 7, 300)
    for shift in range(4):
        left.plot(across, np.sin(across + shift), label=f"line {shift}")
    left.legend()
    left.set_xlabel("Angle")
    right.imshow(np.arange(784).reshape(28, 28), cmap="gray_r")
    right.set_title("28 × 28")
    yield figure
    plt.close(figure)


def written(figure, form, **options):
    stream = io.BytesIO()
    figure.savefig(stream, format=form, **options)
    return stream.getvalue()


def painted(drawing, folder):
    """Return a drawing's pixels at 200 dpi."""
    (folder / "drawing.svg").write_text(drawing)
    source = folder / "page.typ"
    source.write_text(
        "#set page(width: auto, height: auto, margin: 0pt)\n"
        '#image("drawing.svg")'
    )
    return pixels(typeset(source, format="png", ppi=200.0))


def pixels(painting):
    image = Image.open(io.BytesIO(painting)).convert("RGB")
    return np.asarray(image).astype(int)


def test_drawing_looks_as_before_in_fewer_bytes(figure, tmp_path):
    before = written(figure, "svg").decode()
    after = compact.svg(before)
    assert len(after) < 0.8 * len(before)
    difference = abs(painted(before, tmp_path) - painted(after, tmp_path))
    # a hundredth of a point moves no more than an edge's shade
    assert difference.max() <= 96
    assert difference.mean() < 0.05


def test_moved_line_does_not_look_as_before(figure, tmp_path):
    before = written(figure, "svg").decode()
    after = re.sub(r"translate\((\d)", r"translate(1\1", compact.svg(before))
    difference = abs(painted(before, tmp_path) - painted(after, tmp_path))
    assert difference.mean() > 0.05


def test_drawing_keeps_its_references_and_no_comments(figure):
    after = compact.svg(written(figure, "svg").decode())
    assert "<!--" not in after
    root = ElementTree.fromstring(after)
    names = {each.get("id") for each in root.iter()}
    assert set(re.findall(r"[\"(]#([\w.-]+)", after)) <= names


def test_drawing_made_smaller_twice_is_the_same(figure):
    once = compact.svg(written(figure, "svg").decode())
    assert compact.svg(once) == once


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (
            '<path d="M 1.23456 2 \nL -0.001 3.999 \nz\n" x="1"/>',
            '<path d="M1.23 2L0 4z" x="1"/>',
        ),
        (
            '<use x="1.2345" transform="translate(0.126 1e-05) '
            'scale(0.015625)"/>',
            '<use x="1.23" transform="translate(0.13 0) scale(0.015625)"/>',
        ),
        (
            '<g id="axes_1"><g id="empty"/><g clip-path="url(#p)">'
            '<path id="p"/></g></g>',
            '<g clip-path="url(#p)"><path id="p"/></g>',
        ),
        ('<g id="m"/><use href="#m"/>', '<g id="m"/><use href="#m"/>'),
    ],
)
def test_drawing_is_written_with_less(wide, narrow):
    assert compact.svg(wide) == narrow + "\n"


def test_painting_looks_as_before_in_fewer_bytes(figure):
    before = written(figure, "png", dpi=144)
    after = compact.png(before)
    assert len(after) < 0.7 * len(before)
    difference = abs(pixels(before) - pixels(after))
    assert np.percentile(difference, 99.9) <= 16
    assert compact.png(before) == after


def test_transparent_painting_is_left_alone(figure):
    painting = written(figure, "png", transparent=True)
    assert compact.png(painting) == painting
