"""Figures of several methods: ordinary and extreme data, and their words."""

import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from mnist_report import calibration, figures
from mnist_report.corruptions import CORRUPTIONS
from mnist_report.figures import METHOD_STYLES
from mnist_report.statistics import wilson_interval

mpl.use("agg")
ALL = list(METHOD_STYLES)
SIZES = [100, 300, 1000, 3000, 10_000, 55_000]
RATES = dict(
    zip(
        ALL,
        [0.89, 0.03, 0.025, 0.083, 0.0136, 0.0052, 0.005, 0.004],
        strict=True,
    )
)
NAN = np.nan


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def names(classes):
    return [f"c{index}" for index in range(classes)]


def confusion(classes, errors, right=900):
    """Return counts with each {(actual, predicted): n} and a diagonal."""
    counts = np.diag(np.full(classes, right))
    for place, count in dict(errors).items():
        counts[place] = count
    return counts


def scattered(classes, most, seed=0):
    """Return counts with errors up to `most` anywhere."""
    counts = np.random.default_rng(seed).integers(
        most + 1, size=(classes,) * 2
    )
    np.fill_diagonal(counts, 900)
    return counts


def falling(methods):
    """Return error rates that fall with the training-set size, intervals."""
    rates = {
        name: [
            min(0.9, RATES[name] * (55_000 / size) ** 0.45) for size in SIZES
        ]
        for name in methods
    }
    spans = {
        name: [wilson_interval(round(rate * 1000), 1000) for rate in row]
        for name, row in rates.items()
    }
    return SIZES, rates, spans


def rising(methods):
    """Return error rates (corruptions, strengths) that rise."""
    steps = np.linspace(0, 1, 6) ** np.arange(1, 7)[:, None]
    return {
        name: RATES[name] + (0.9 - RATES[name]) * steps for name in methods
    }


def examples():
    return np.random.default_rng(0).integers(
        256, size=(len(CORRUPTIONS), 6, 28, 28), dtype=np.uint8
    )


def bins(count=2000, spread=2.0, seed=0):
    """Return bins of answers that are too sure, and the data behind them."""
    random = np.random.default_rng(seed)
    truth = random.integers(10, size=count)
    scores = random.normal(size=(count, 10))
    scores[np.arange(count), truth] += 2
    probabilities = calibration.softmax(spread * scores)
    return calibration.reliability(probabilities, truth), probabilities, truth


def reliable(methods, after=True):
    before = {n: bins(seed=i)[0] for i, n in enumerate(methods)}
    scaled = {n: bins(spread=1.0, seed=i)[0] for i, n in enumerate(methods)}
    return before, (scaled if after else None)


def answers(methods, missed, count=40, prefix=""):
    """Return images, truth and answers with so many missed by all."""
    truth = np.array([f"{prefix}{index % 10}" for index in range(count)])
    guess = truth.copy()
    guess[:missed] = np.roll(truth, -1)[:missed]
    images = np.random.default_rng(0).random((count, 28, 28))
    return images, truth, dict.fromkeys(methods, guess)


def wrong(methods):
    return {name: round(10_000 * RATES[name]) for name in methods}


def seconds(methods):
    return {n: 1e-6 * 2**i for i, n in enumerate(methods)}


DRAWINGS = {
    **{
        f"{count} matrices of {classes}": lambda n=count, c=classes: (
            figures.confusion_matrices(
                {name: scattered(c, 30, i) for i, name in enumerate(ALL[:n])},
                names(c),
            )
        )
        for count, classes in [(1, 10), (2, 2), (3, 47), (4, 10), (8, 2)]
    },
    "matrices without errors": lambda: figures.confusion_matrices(
        {"cnn": confusion(10, {}), "knn": confusion(10, {})}, names(10)
    ),
    "matrices without room": lambda: figures.confusion_matrices(
        {name: scattered(15, 5000) for name in ALL[:2]}, names(15)
    ),
    "matrices of large counts": lambda: figures.confusion_matrices(
        {name: scattered(10, 1000) for name in ALL[:3]}, names(10)
    ),
    **{
        f"sizes, {count} methods": lambda n=count: figures.size_curves(
            *falling(ALL[-n:])
        )
        for count in (1, 8)
    },
    "sizes, no intervals": lambda: figures.size_curves(*falling(ALL)[:2]),
    "sizes, no errors": lambda: figures.size_curves(
        [10, 99], {"cnn": [0, 0], "knn": [0, 0]}
    ),
    "sizes, all errors": lambda: figures.size_curves(
        [10, 99], {"cnn": [1, 1], "knn": [1, 1]}
    ),
    "sizes, some missing": lambda: figures.size_curves(
        [10_000, 10_500, 99_000],
        {"cnn": [0.5, NAN, 0], "knn": [0.4, 0.2, NAN], "svm": [NAN] * 3},
        {"cnn": [(0.4, 0.6), (NAN, NAN), (0, 0.01)]},
    ),
    "sizes, one": lambda: figures.size_curves([500], {"cnn": [0.123]}),
    "sizes, nothing": lambda: figures.size_curves([500], {"cnn": [NAN]}),
    **{
        f"robustness, {count} methods": lambda n=count: (
            figures.robustness_curves(rising(ALL[-n:]), examples())
        )
        for count in (1, 8)
    },
    "robustness, no images": lambda: figures.robustness_curves(rising(ALL)),
    "robustness, no errors": lambda: figures.robustness_curves(
        {"cnn": np.zeros((6, 6))}, examples()
    ),
    "robustness, some missing": lambda: figures.robustness_curves(
        {"cnn": np.where(np.eye(6), NAN, 0.1), "knn": np.full((6, 6), NAN)}
    ),
    "robustness, nothing": lambda: figures.robustness_curves(
        {"cnn": np.full((6, 6), NAN)}
    ),
    **{
        f"reliability, {count} methods": lambda n=count: figures.reliability(
            *reliable(ALL[-n:])
        )
        for count in (1, 8)
    },
    "reliability, before": lambda: figures.reliability(
        *reliable(["cnn"], after=False)
    ),
    "reliability, one image": lambda: figures.reliability(
        {"cnn": bins(count=1)[0]}
    ),
    **{
        f"{missed} missed by {count}": lambda m=missed, n=count: (
            figures.missed_by_all(*answers(ALL[-n:], m))
        )
        for missed in (0, 3, 30)
        for count in (1, 8)
    },
    "missed, long names": lambda: figures.missed_by_all(
        *answers(ALL, 30, prefix="a long class name ")
    ),
    "errors, 8 methods": lambda: figures.method_errors(
        wrong(ALL), 10_000, {"cnn": [52, 49, 61]}
    ),
    "errors, 1 method": lambda: figures.method_errors({"cnn": 3}, 450),
    "errors, none": lambda: figures.method_errors(
        {"cnn": 0, "knn": 0}, 450, {"cnn": [0, 1]}
    ),
    "errors, all": lambda: figures.method_errors({"cnn": 9, "knn": 9}, 9),
    "errors, missing": lambda: figures.method_errors(
        {"cnn": 0, "knn": NAN, "mine": 4}, 450
    ),
    "errors, nothing": lambda: figures.method_errors({"cnn": NAN}, 450),
}


def written(figure):
    """Return what can be read, with the rectangle that it fills."""
    figure.canvas.draw()
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not (axes.axison and low <= tick.get_loc() <= high):
                    hidden |= {tick.label1, tick.label2}
    return [
        (text, text.get_window_extent())
        for text in figure.findobj(Text)
        if text.get_text() and text.get_visible() and text not in hidden
    ]


def overlapping(texts):
    """Return the pairs of words that lie on one another."""
    words = [text.get_text() for text, _ in texts]
    boxes = np.array([place.padded(-1.5).extents for _, place in texts])
    left, bottom, right, top = boxes.T[..., None]
    apart = (right <= left.T) | (top <= bottom.T)
    meeting = ~(apart | apart.T)
    return [
        (words[one], words[other])
        for one, other in np.argwhere(np.triu(meeting, 1))
    ]


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_figure_is_drawn_legibly_with_words_for_it(draw):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = draw()
        texts = written(picture.figure)
    assert picture.alt[0].isupper() or picture.alt[0].isdigit()
    assert picture.alt.endswith(".")
    assert "nan" not in picture.alt
    page = picture.figure.bbox.padded(1)
    assert picture.figure.get_figwidth() <= 6.3
    for text, place in texts:
        assert text.get_fontsize() >= 7, text
        assert page.x0 <= place.x0 < place.x1 <= page.x1, text
        assert page.y0 <= place.y0 < place.y1 <= page.y1, text
    assert not overlapping(texts)


def test_methods_differ_in_colour_line_and_marker():
    styles = METHOD_STYLES.values()
    for what in ("label", "colour", "line", "marker"):
        assert len({getattr(style, what) for style in styles}) == len(ALL)
    for style in styles:
        assert contrast_with_white(style.colour) >= 3, style


def contrast_with_white(colour):
    """Return the contrast ratio of WCAG 2.2."""
    light = np.array(to_rgb(colour))
    light = np.where(
        light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4
    )
    return 1.05 / (light @ [0.2126, 0.7152, 0.0722] + 0.05)


def test_a_method_looks_the_same_whoever_is_beside_it():
    def colour(figure):
        handles, labels = figure.axes[-1].get_legend_handles_labels()
        return handles[labels.index("CNN")].get_color()

    alone = figures.robustness_curves(rising(["cnn"])).figure
    beside = figures.robustness_curves(rising(ALL)).figure
    assert colour(alone) == colour(beside) == METHOD_STYLES["cnn"].colour


def test_methods_not_known_have_their_name_and_a_free_style():
    styles = figures._styles(["mine", "knn", "yours"])
    assert [s.label for s in styles.values()] == [
        "mine",
        "KNN (pixels)",
        "yours",
    ]
    assert len({style.colour for style in styles.values()}) == 3


def test_matrices_print_errors_and_share_a_scale():
    one = confusion(3, {(1, 2): 2})
    other = confusion(3, {(0, 1): 7, (2, 0): 31})
    picture = figures.confusion_matrices(
        {"knn": one, "cnn": other}, ["a", "b", "d"]
    )
    first, second, bar = picture.figure.axes
    assert [t.get_text() for t in first.texts] == ["2"]
    assert [t.get_text() for t in second.texts] == ["7", "31"]
    shaded, diagonal = (image.get_array() for image in second.images)
    assert np.argwhere(~shaded.mask).tolist() == [[0, 1], [2, 0]]
    assert np.array_equal(~diagonal.mask, np.eye(3))
    assert first.get_title(loc="left") == "KNN (pixels): 2 errors"
    scales = [ax.images[0].norm for ax in (first, second)]
    assert scales[0] is scales[1]
    assert scales[0].vmax == 31
    assert bar.get_xlabel() == "Errors"
    assert first.get_ylabel() == "Actual class"
    assert second.get_xlabel() == "Predicted class"
    assert (
        "Off the diagonal for KNN (pixels): 2 of 2,702 images. The "
        "largest entry off it is b taken for d, 2 images. Off the diagonal "
    ) in picture.alt


def test_matrices_of_many_classes_bear_no_counts_but_names_with_room():
    picture = DRAWINGS["3 matrices of 47"]()
    ax = picture.figure.axes[0]
    assert not ax.texts
    ticks = [tick.get_text() for tick in ax.get_yticklabels()]
    assert ticks[0] == "c0"
    assert 8 < len(ticks) < 47


def test_matrices_without_errors_have_no_colour_bar():
    picture = DRAWINGS["matrices without errors"]()
    assert len(picture.figure.axes) == 2
    assert picture.alt.count("There is no error.") == 2


def test_counts_that_have_no_room_are_left_out_or_given_more():
    three = DRAWINGS["matrices of large counts"]().figure
    # two beside one another leave room for three digits, three would not
    assert three.axes[2].get_position().y1 < three.axes[0].get_position().y0
    assert all(ax.texts for ax in three.axes[:3])


def test_sizes_show_rates_and_intervals():
    sizes, rates, spans = falling(["knn", "cnn"])
    ax = figures.size_curves(sizes, rates, spans).figure.axes[0]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert "(%)" in ax.get_ylabel()
    assert ax.get_xlabel() == "Training images"
    for container, name in zip(ax.containers, rates, strict=True):
        line, _, (bars,) = container
        assert line.get_xdata().tolist() == sizes
        assert line.get_ydata() == pytest.approx(rates[name])
        drawn = [segment[:, 1] for segment in bars.get_segments()]
        assert np.array(drawn) == pytest.approx(np.array(spans[name]))
    named = [text.get_text() for text in ax.texts]
    assert sorted(named) == ["CNN", "KNN (pixels)"]
    assert [t.get_text() for t in ax.get_xticklabels()][::-1] == [
        f"{size:,}" for size in sizes
    ]


def test_an_error_of_0_has_a_place_below_all_others():
    ax = figures.size_curves(
        [10, 99, 200], {"cnn": [0.1, 0.01, 0], "knn": [0.2, 0.1, 0.05]}
    ).figure.axes[0]
    ticks = {t.get_text(): t.get_position()[1] for t in ax.get_yticklabels()}
    values = ax.get_lines()[0].get_ydata()
    assert values[2] == ticks["0"] < 0.01 / 2
    assert values[1] == pytest.approx(0.01)
    assert ax.get_ylim()[0] < ticks["0"]
    picture = DRAWINGS["sizes, 8 methods"]()
    labels = [t.get_text() for t in picture.figure.axes[0].get_yticklabels()]
    assert "0" not in labels


def test_words_of_the_sizes_leave_out_what_was_not_measured():
    alt = DRAWINGS["sizes, some missing"]().alt
    assert "of 2 methods over 10,000 to 99,000 training images" in alt
    assert "CNN from 50.00% to 0.00%" in alt
    assert alt.endswith("KNN (pixels) from 40.00% to 20.00%.")


def test_robustness_has_a_panel_a_corruption():
    rates = rising(["knn", "cnn"])
    for row in rates.values():
        row[2] /= 3
    picture = figures.robustness_curves(rates, examples())
    panels = [ax for ax in picture.figure.axes if ax.get_lines()]
    strips = [ax for ax in picture.figure.axes if ax.images]
    assert len(panels) == len(strips) == 6
    for index, (panel, corruption) in enumerate(
        zip(panels, CORRUPTIONS.values(), strict=True)
    ):
        assert panel.get_xlabel().lower() == corruption.unit.lower()
        ticks = [float(t.get_text()) for t in panel.get_xticklabels()]
        assert ticks == list(corruption.steps)
        for line, name in zip(panel.get_lines(), rates, strict=True):
            assert line.get_ydata() == pytest.approx(rates[name][index])
        assert panel.get_ylim() == panels[0].get_ylim()
        strip = strips[index]
        assert strip.get_title(loc="left") == corruption.label
        drawn = [image.get_array() for image in strip.images]
        assert np.array_equal(drawn, examples()[index])
        # each image stands over its strength
        assert strip.get_xlim() == panel.get_xlim()
        left = strip.images[3].get_extent()
        assert (left[0] + left[1]) / 2 == pytest.approx(3)
    (legend,) = picture.figure.legends
    assert [t.get_text() for t in legend.get_texts()] == [
        "KNN (pixels)",
        "CNN",
    ]


def test_words_of_the_robustness_name_least_and_most():
    rates = rising(["knn", "cnn", "rbf-svm"])
    rates["cnn"][1, -1] = 0.99
    rates["rbf-svm"][1, -1] = 0.12345
    alt = figures.robustness_curves(rates).alt
    assert "error rate of 3 methods" in alt
    assert (
        "Translation (pixels: 5): RBF SVM (PCA) (12.3%) errs least, CNN "
        "(99.0%) most."
    ) in alt


def test_reliability_shows_bins_and_counts():
    before, probabilities, truth = bins()
    after = bins(spread=1.0)[0]
    picture = figures.reliability({"cnn": before}, {"cnn": after})
    upper, lower = picture.figure.axes
    diagonal, *curves = upper.get_lines()
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 1]
    for line, each in zip(curves, (before, after), strict=True):
        filled = [bin for bin in each if bin.count]
        assert line.get_xdata() == pytest.approx(
            [b.confidence for b in filled]
        )
        assert line.get_ydata() == pytest.approx([b.accuracy for b in filled])
    for stairs, each in zip(lower.patches, (before, after), strict=True):
        values, edges, _ = stairs.get_data()
        assert list(values) == [bin.count for bin in each]
        assert edges == pytest.approx(np.linspace(0, 1, len(each) + 1))
    expected = calibration.expected_calibration_error(probabilities, truth)
    assert f"CNN {expected:.2%} before and " in picture.alt
    assert picture.alt.endswith("after temperature scaling.")
    assert lower.get_ylabel() == "Images"
    assert "(%)" in upper.get_ylabel()


def test_images_that_all_miss_are_shown_with_each_answer():
    images = np.random.default_rng(0).random((5, 28, 28))
    truth = [*"12345"]
    given = {"knn": [*"92845"], "cnn": [*"92745"], "mine": [*"12645"]}
    picture = figures.missed_by_all(images, truth, given)
    page, *drawn = picture.figure.axes
    assert len(drawn) == 1
    assert np.array_equal(drawn[0].images[0].get_array(), images[2])
    written = [text.get_text() for text in page.texts]
    assert written == [
        "actual class",
        "3",
        "KNN (pixels)",
        "8",
        "CNN",
        "7",
        "mine",
        "6",
    ]
    assert picture.alt == (
        "All methods miss 1 of the 5 test images: 3 read as 8 or 7 or 6."
    )


def test_more_missed_images_than_have_room_are_counted():
    picture = DRAWINGS["30 missed by 8"]()
    assert len(picture.figure.axes) == 1 + 10
    assert "miss 30 of the 40 test images; the first 10: 0 read" in picture.alt
    assert picture.alt.count("read as") == 10
    fewer = DRAWINGS["missed, long names"]()
    shown = len(fewer.figure.axes) - 1
    assert 1 <= shown < 10
    assert fewer.alt.count("read as") == shown


def test_no_image_that_all_miss_is_said_in_words():
    alt = DRAWINGS["0 missed by 8"]().alt
    assert (
        alt == "There is no image of the 40 test images that all methods miss."
    )
    alt = DRAWINGS["0 missed by 1"]().alt
    assert alt.endswith("that ensemble misses.")


def test_errors_are_sorted_with_intervals_and_seeds():
    picture = figures.method_errors(
        {"cnn": 55, "knn": 295, "ensemble": 41}, 10_000, {"cnn": [52, 61]}
    )
    ax = picture.figure.axes[0]
    order = [t.get_text() for t in ax.get_yticklabels()]
    assert order == ["KNN (pixels)", "CNN", "ensemble"]
    assert ax.get_xscale() == "log"
    points = [c.lines[0].get_xdata()[0] for c in ax.containers]
    assert points == pytest.approx([0.0295, 0.0055, 0.0041])
    (segment,) = ax.containers[1].lines[2][0].get_segments()
    assert segment[:, 0] == pytest.approx(wilson_interval(55, 10_000))
    dots = [
        line
        for line in ax.get_lines()
        if line.get_marker() == "." and len(line.get_xdata()) == 1
    ]
    assert [d.get_xdata()[0] for d in dots] == pytest.approx([0.0052, 0.0061])
    assert all(0.5 < d.get_ydata()[0] < 1 for d in dots)
    printed = [text.get_text() for text in ax.texts]
    assert printed == [
        "2.95\N{NO-BREAK SPACE}%",
        "0.55\N{NO-BREAK SPACE}%",
        "0.41\N{NO-BREAK SPACE}%",
    ]
    assert (
        "the least first: ensemble 0.41% (0.30% to 0.56%), CNN" in picture.alt
    )


def test_a_method_without_a_result_is_named():
    alt = DRAWINGS["errors, missing"]().alt
    assert alt.endswith("There is no result of KNN (pixels).")
    assert "CNN 0.00% (0.00% to " in alt


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([0.1, 0.5, 0.9], [0.1, 0.5, 0.9]),
        ([0.5, 0.5], [0.45, 0.55]),
        ([0.0, 0.0, 0.9], [0.0, 0.1, 0.9]),
        ([0.98, 0.99, 1.0], [0.8, 0.9, 1.0]),
        # pushed together they move on as one
        ([0.5, 0.52, 0.61], [0.4433, 0.5433, 0.6433]),
    ],
)
def test_names_make_way_for_one_another(wanted, expected):
    places = figures._spread(np.array(wanted), 0.1, 0, 1)
    assert places == pytest.approx(expected, abs=1e-4)
