"""Figures drawn from ordinary and extreme data, and their words."""

import io
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from mnist_report import figures
from mnist_report.display import _svg

mpl.use("agg")
RNG = np.random.default_rng(0)
LAYERS = [
    ("Conv2d", (8, 28, 28), 80, 56448),
    ("ReLU", (8, 28, 28), 0, 0),
    ("MaxPool2d", (8, 14, 14), 0, 0),
    ("Flatten", (1568,), 0, 0),
    ("Linear", (10,), 15690, 15680),
]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def images(count):
    return RNG.random((count, 28, 28))


def names(classes):
    return [f"c{index}" for index in range(classes)]


def history(epochs, error=0.02, slope=0.9):
    """Return one seed's history, its rates falling by a factor an epoch."""
    return [
        {
            "train_loss": 0.5 * slope**epoch,
            "validation_loss": 0.4 * slope**epoch,
            "train_error": 2 * error * slope**epoch,
            "validation_error": error * slope**epoch,
            "learning_rate": 0.005 * slope**epoch,
        }
        for epoch in range(epochs)
    ]


def confusion(classes, right, wrong=()):
    """Return counts with `right` on the diagonal and {(row, column): n}."""
    counts = np.diag(np.broadcast_to(right, classes))
    for place, count in dict(wrong).items():
        counts[place] = count
    return counts


COUNTS = {
    "ordinary": confusion(10, 95, {(4, 9): 7, (8, 3): 2}),
    "no errors": confusion(10, 100),
    "all errors": confusion(10, 0, {(i, (i + 1) % 10): 9 for i in range(10)}),
    "2 classes": confusion(2, 50, {(0, 1): 3}),
    "62 classes": confusion(62, 40, {(60, 2): 25}),
    "1 image": confusion(10, [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    "missing classes": confusion(4, [9, 0, 0, 8], {(3, 1): 1}),
}
ONE, MANY = ["7"], [*"0123456789", "10"]
DRAWINGS = {
    "batch": lambda: figures.image_grid(images(11), MANY),
    "batch of one": lambda: figures.image_grid(images(1), ONE),
    "augmentation": lambda: figures.augmentation_steps(
        images(8), {"shear": images(8), "rotation": images(8)}
    ),
    "no augmentation": lambda: figures.augmentation_steps(images(1), {}),
    "architecture": lambda: figures.architecture(LAYERS),
    "deep architecture": lambda: figures.architecture(
        [("MaxPool2d", (512, side, side), 0, 0) for side in (14, 7, 3, 1)]
        + [("Dropout", (1,), 0, 0), ("Linear", (62,), 0, 0)]
    ),
    "curves": lambda: figures.learning_curves([history(9), history(9, 0.03)]),
    "curves of 1 epoch": lambda: figures.learning_curves([history(1)]),
    "curves of 0 epochs": lambda: figures.learning_curves([[], []]),
    "curves without error": lambda: figures.learning_curves([history(3, 0)]),
    "curves of all errors": lambda: figures.learning_curves(
        [history(3, 1.0, 1.0)]
    ),
    "predictions": lambda: figures.prediction_grid(
        images(11), MANY, MANY[::-1]
    ),
    "prediction": lambda: figures.prediction_grid(images(1), ONE, ONE),
    "mistakes": lambda: figures.mistakes_grid(
        images(1), ONE, ["1"], [0.91234]
    ),
    "no mistakes": lambda: figures.mistakes_grid(images(0), [], [], []),
    **{
        f"confusion, {kind}": lambda c=counts: figures.confusion_matrices(
            {"cnn": c}, names(len(c))
        )
        for kind, counts in COUNTS.items()
    },
    **{
        f"classes, {kind}": lambda c=counts: figures.class_errors(
            c, names(len(c))
        )
        for kind, counts in COUNTS.items()
    },
}


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_figure_is_drawn_with_words_for_it(draw):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = draw()
        picture.figure.canvas.draw()
    assert picture.alt[0].isupper() or picture.alt[0].isdigit()
    assert picture.alt.endswith(".")
    assert "nan" not in picture.alt


@pytest.mark.parametrize("name", ["curves", "confusion, ordinary", "batch"])
def test_same_data_give_the_same_bytes(name):
    first, second = (_svg_anew(DRAWINGS[name]) for _ in range(2))
    assert first == second
    assert "<dc:date>" not in first


def _svg_anew(draw):
    global RNG
    RNG = np.random.default_rng(0)
    return _svg(draw().figure, "fig-same")


def test_labels_of_two_figures_keep_their_identifiers_apart():
    figure = DRAWINGS["curves"]().figure
    assert _svg(figure, "fig-a") != _svg(figure, "fig-b")


@pytest.mark.parametrize(
    "name",
    [
        "curves",
        "curves of 1 epoch",
        "confusion, ordinary",
        "classes, ordinary",
    ],
)
def test_axes_are_labelled(name):
    for ax in DRAWINGS[name]().figure.axes:
        assert ax.get_xlabel()
        assert ax.get_ylabel() or ax.get_label() == "<colorbar>"


def test_rates_are_labelled_in_per_cent():
    for name, index in [("curves", 1), ("classes, ordinary", 0)]:
        ax = DRAWINGS[name]().figure.axes[index]
        assert "(%)" in ax.get_ylabel()
        assert ax.yaxis.get_major_formatter()(0.05) in ("5", "5.0")


def test_series_differ_by_more_than_colour():
    for ax in DRAWINGS["curves"]().figure.axes[:2]:
        first, second = ax.get_lines()
        assert first.get_color() != second.get_color()
        assert first.get_linestyle() != second.get_linestyle()
        labels = [text.get_text() for text in ax.get_legend().get_texts()]
        assert labels == ["training", "validation"]


def test_curves_draw_the_mean_and_the_range_of_the_seeds():
    histories = [history(3, 0.02), history(3, 0.04)]
    ax = figures.learning_curves(histories).figure.axes[1]
    line = ax.get_lines()[1]
    assert line.get_xdata().tolist() == [1, 2, 3]
    assert line.get_ydata() == pytest.approx([0.03, 0.027, 0.0243])
    band = ax.collections[1].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((0.0162, 0.04))


def test_one_epoch_is_seen_as_a_point():
    for ax in DRAWINGS["curves of 1 epoch"]().figure.axes:
        assert {line.get_marker() for line in ax.get_lines()} == {"o"}


def test_words_of_the_curves_name_first_last_and_lowest_error():
    rows = history(3)
    for row, error in zip(rows, [0.03, 0.0101, 0.02], strict=True):
        row["validation_error"] = error
    alt = figures.learning_curves([rows]).alt
    assert "is 3.00% after epoch 1 and 2.00% after epoch 3" in alt
    assert "lowest, 1.01%, after epoch 2." in alt


def test_words_of_the_curves_say_what_is_no_number():
    rows = history(2)
    rows[1]["train_loss"] = float("nan")
    picture = figures.learning_curves([rows])
    assert "is no number in epoch 2" in picture.alt
    assert picture.data["train_loss"] == [[rows[0]["train_loss"], None]]
    assert "after the only epoch." in DRAWINGS["curves of 1 epoch"]().alt


def test_words_of_equal_classes_name_none():
    alt = figures.class_errors(np.eye(3, dtype=int), names(3)).alt
    assert alt.endswith("0.00% for every class.")


def test_words_of_one_size_do_not_repeat_an_error():
    picture = figures.size_curves([500], {"cnn": [0.123]})
    assert picture.alt.endswith("images: CNN 12.30%.")


def test_a_class_may_be_called_anything():
    signs = ["$", "$x^$", "\\"]
    picture = figures.confusion_matrices({"cnn": np.ones((3, 3), int)}, signs)
    picture.figure.savefig(io.BytesIO())
    assert not any(t.get_parse_math() for t in picture.figure.axes[0].texts)


def test_words_of_the_confusion_matrix_count():
    counts = np.array([[900, 7, 0], [2, 800, 0], [0, 31, 260]])
    alt = figures.confusion_matrices({"cnn": counts}, ["a", "b", "c"]).alt
    assert "3 classes" in alt
    assert "40 of 2,000 images" in alt
    assert alt.endswith("is c taken for b, 31 images.")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (
            {(0, 1): 2, (2, 0): 2},
            "entries off it are c0 taken for c1 and c2 taken for c0, "
            "2 images each.",
        ),
        (
            {(0, 1): 1, (1, 2): 1, (2, 0): 1, (3, 0): 1},
            "Its 4 largest entries off it are of 1 image.",
        ),
    ],
)
def test_words_of_equal_errors_prefer_none(cells, words):
    counts = confusion(4, 9, cells)
    alt = figures.confusion_matrices({"cnn": counts}, names(4)).alt
    assert alt.endswith(words)


def test_words_of_a_matrix_without_errors():
    picture = DRAWINGS["confusion, no errors"]()
    assert "0 of 1,000 images" in picture.alt
    assert picture.alt.endswith("There is no error.")
    assert len(picture.figure.axes) == 1  # no colour bar of nothing


@pytest.mark.parametrize(("classes", "annotated"), [(10, True), (62, False)])
def test_counts_are_printed_where_there_is_room(classes, annotated):
    counts = confusion(classes, 1234, {(1, 0): 5})
    picture = figures.confusion_matrices({"cnn": counts}, names(classes))
    texts = [text.get_text() for text in picture.figure.axes[0].texts]
    assert texts == (["5"] if annotated else [])


def test_words_of_the_class_errors_name_worst_and_best():
    counts = confusion(4, [90, 0, 40, 80], {(0, 2): 10, (2, 0): 10})
    alt = figures.class_errors(counts, names(4)).alt
    assert "highest for c2 (20.00%) and lowest for c3 (0.00%)" in alt
    # 20 of 230; the class without an image counts for nothing
    assert alt.endswith("over all classes it is 8.70%.")


def test_classes_without_an_image_have_no_place_on_the_axis():
    ax = DRAWINGS["classes, missing classes"]().figure.axes[0]
    ticks = [tick.get_text() for tick in ax.get_xticklabels()]
    assert ticks == ["c0", "c3"]


def test_wrong_answers_are_told_by_more_than_colour():
    picture = figures.prediction_grid(images(3), [*"123"], [*"173"])
    titles = [ax.get_title() for ax in picture.figure.axes[:3]]
    widths = [
        ax.spines["top"].get_linewidth() for ax in picture.figure.axes[:3]
    ]
    assert titles == ["1", "7 ✗\n(is 2)", "3"]
    assert widths[1] > 2 * widths[0] == 2 * widths[2]
    assert "3 test images" in picture.alt
    assert "2 right, 1 wrong" in picture.alt


def test_words_of_the_mistakes_list_each():
    alt = figures.mistakes_grid(
        images(2), [*"49"], [*"94"], [0.999, 0.5004]
    ).alt
    assert "2 most confident" in alt
    assert alt.endswith(
        "4 taken for 9 with 99.9% and 9 taken for 4 with 50.0%."
    )


def test_words_of_the_grids():
    alt = figures.image_grid(images(3), [*"504"]).alt
    assert "Grid of 3" in alt
    assert alt.endswith("5, 0 and 4.")
    alt = DRAWINGS["augmentation"]().alt
    assert alt.startswith("8 images")
    assert alt.endswith("shear and rotation.")


def test_words_of_the_architecture_follow_the_layers():
    alt = DRAWINGS["architecture"]().alt
    assert "1×28×28" in alt
    assert "2×2 max gives 8×14×14" in alt
    assert alt.endswith("linear gives 10.")


def test_words_of_the_compact_architecture():
    layers = [
        ("Conv2d", (16, 24, 24), 400, 16 * 24 * 24 * 25),
        ("MaxPool2d", (16, 12, 12), 0, 0),
        ("BatchNorm2d", (16, 12, 12), 32, 0),
        ("ReLU", (16, 12, 12), 0, 0),
        ("Conv2d", (48, 12, 12), 6912, 48 * 12 * 12 * 16 * 9),
        ("ReLU", (48, 12, 12), 0, 0),
        ("Flatten", (6912,), 0, 0),
        ("Dropout", (6912,), 0, 0),
        ("Linear", (10,), 69130, 69120),
    ]
    alt = figures.architecture(layers).alt
    first, second, last = alt.rpartition(": ")[2].split("; ")
    assert first == "5×5 conv, 2×2 max, batch norm, ReLU gives 16×12×12"
    assert second == "3×3 conv, ReLU gives 48×12×12"
    assert last == "flatten, dropout, linear gives 10."


def test_labels_and_images_must_match():
    with pytest.raises(ValueError, match="zip"):
        figures.image_grid(images(2), ONE)
