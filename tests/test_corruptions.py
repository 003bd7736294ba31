"""Corruptions do what their names and units say, and are measured fairly."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from mnist_report import datasets, tables
from mnist_report.corruptions import (
    CORRUPTIONS,
    add_noise,
    area_under_curve,
    blur,
    corrupt,
    errors_under_corruption,
    fade,
    occlude,
    rotate,
)

NAMES = list(CORRUPTIONS)
DIGITS = datasets.load("digits", "data")
IMAGES = DIGITS.test_images[:60]


def generator():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("name", NAMES)
def test_strength_0_changes_nothing(name):
    assert torch.equal(corrupt(IMAGES, name, 0, seed=1), IMAGES)


@pytest.mark.parametrize("name", NAMES)
def test_any_strength_gives_images_and_leaves_the_originals(name):
    before = IMAGES.clone()
    for strength in CORRUPTIONS[name].strengths:
        changed = corrupt(IMAGES, name, strength, seed=1)
        assert changed.dtype == torch.uint8
        assert changed.shape == IMAGES.shape
        assert not torch.equal(changed, IMAGES)
    assert torch.equal(before, IMAGES)


@pytest.mark.parametrize("name", NAMES)
def test_images_move_further_away_with_each_strength(name):
    distances = [
        (corrupt(IMAGES, name, strength, seed=1).float() - IMAGES)
        .square()
        .mean()
        for strength in CORRUPTIONS[name].steps
    ]
    assert distances == sorted(distances)


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_images(name):
    strength = CORRUPTIONS[name].strengths[1]
    first, again = (corrupt(IMAGES, name, strength, seed=3) for _ in "ab")
    assert torch.equal(first, again)
    other = corrupt(IMAGES, name, strength, seed=4)
    drawn = name not in ("blur", "contrast")
    assert torch.equal(first, other) != drawn


def test_strengths_differ_by_nothing_but_strength():
    weak, strong = (corrupt(IMAGES, "noise", sd, seed=1) for sd in (20, 100))
    brighter = weak.int() > IMAGES
    assert (strong.int() >= weak.int())[brighter].all()
    dark = torch.full_like(IMAGES, 255)
    small, large = (corrupt(dark, "occlusion", n, seed=1) for n in (3, 15))
    assert (large[small == 0] == 0).all()


def test_draws_do_not_touch_the_global_generator():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    corrupt(IMAGES, "noise", 20, seed=1)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("name", NAMES)
def test_strengths_are_five_and_evenly_spaced(name):
    steps = CORRUPTIONS[name].steps
    assert len(CORRUPTIONS[name].strengths) == 5
    assert steps[0] == 0
    # only so is the area the mean over the strengths
    assert np.diff(steps) == pytest.approx(steps[1])


def test_a_quarter_turn_is_exact_and_goes_either_way():
    images = IMAGES.float()
    turned = rotate(images, 90, generator())
    ways = [torch.rot90(images, way, (2, 3)) for way in (1, -1)]
    close = torch.stack(
        [(turned - way).abs().amax((1, 2, 3)) < 0.1 for way in ways]
    )
    assert close.any(dim=0).all()
    assert close.any(dim=1).all()


@pytest.mark.parametrize("far", [1, 5])
def test_translation_moves_exactly(far):
    images = torch.randint(1, 256, (40, 1, 28, 28), dtype=torch.uint8)
    moved = corrupt(images, "translation", far, seed=0)
    padded = torch.nn.functional.pad(images, (far,) * 4)
    ways = set()
    for each, around in zip(moved[:, 0], padded[:, 0], strict=True):
        (way,) = (
            (down, right)
            for down, right in ((0, 1), (2, 1), (1, 0), (1, 2))
            if torch.equal(
                each,
                around[
                    down * far : down * far + 28,
                    right * far : right * far + 28,
                ],
            )
        )
        ways.add(way)
    assert len(ways) == 4


def test_noise_has_the_spread_it_is_named_for():
    grey = torch.full((20, 1, 28, 28), 128.0)
    noise = add_noise(grey, 20, generator()) - grey
    assert noise.std().item() == pytest.approx(20, rel=0.02)
    assert noise.mean().item() == pytest.approx(0, abs=0.5)
    # the same noise, only weaker
    weaker = add_noise(grey, 10, generator()) - grey
    assert torch.allclose(2 * weaker, noise, atol=1e-4)


def test_noise_does_not_wrap_round():
    dark = torch.full((4, 1, 28, 28), 255, dtype=torch.uint8)
    changed = corrupt(dark, "noise", 20, seed=0)
    assert changed.min() > 127
    assert (changed == 255).float().mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("sd", [1.0, 2.5])
def test_blur_spreads_a_dot_by_its_sd(sd):
    dot = torch.zeros(1, 1, 29, 29)
    dot[..., 14, 14] = 255
    image = blur(dot, sd, generator())[0, 0]
    assert image.sum().item() == pytest.approx(255, rel=1e-4)
    places = torch.arange(29) - 14.0
    for axis in (0, 1):
        ink = image.sum(axis) / 255
        assert (ink * places).sum().item() == pytest.approx(0, abs=1e-4)
        assert (ink * places**2).sum().sqrt().item() == pytest.approx(
            sd, rel=0.03
        )


def test_contrast_shrinks_the_spread_and_keeps_the_mean():
    images = IMAGES.float()
    faded = fade(images, 72, generator())
    axes = (1, 2, 3)
    assert torch.allclose(faded.mean(axes), images.mean(axes), atol=1e-3)
    assert torch.allclose(faded.std(axes), 0.28 * images.std(axes), atol=1e-3)


def test_occlusion_blanks_a_whole_square_inside_the_image():
    dark = torch.full((300, 1, 28, 28), 255.0)
    smaller = torch.zeros_like(dark, dtype=torch.bool)
    for side in CORRUPTIONS["occlusion"].strengths:
        hidden = occlude(dark, side, generator()) == 0
        # a square that reached beyond the border would be cut
        assert (hidden.sum((1, 2, 3)) == side**2).all()
        assert (hidden.any(2).sum(2) == side).all()
        assert (hidden.any(3).sum(2) == side).all()
        assert hidden[smaller].all()
        smaller = hidden
    # every corner can be hidden
    anywhere = hidden.any(0)[0]
    assert anywhere[[0, 0, -1, -1], [0, -1, 0, -1]].all()


def test_what_is_not_hidden_is_unchanged():
    changed = corrupt(IMAGES, "occlusion", 6, seed=0)
    assert ((changed == IMAGES) | (changed == 0)).all()
    assert ((changed != IMAGES).sum((1, 2, 3)) <= 36).all()


def test_all_methods_see_the_same_images():
    seen = {"a": [], "b": []}

    def looker(key, answer):
        def predict(images):
            seen[key].append(images.clone())
            return np.full(len(images), answer)

        return predict

    labels = DIGITS.test_labels[:60]
    wrong = errors_under_corruption(
        {"a": looker("a", 3), "b": looker("b", 4)}, IMAGES, labels, seed=5
    )
    assert wrong.shape == (2, len(NAMES), 6, 60)
    assert wrong.dtype == bool
    # unchanged images are looked at once, not once a corruption
    assert len(seen["a"]) == len(seen["b"]) == 1 + 5 * len(NAMES)
    assert all(map(torch.equal, seen["a"], seen["b"]))
    expected = np.stack([labels.numpy() != 3, labels.numpy() != 4])
    assert (wrong == expected[:, None, None]).all()


def test_errors_lie_where_their_strength_is():
    conditions = [
        (index, step) for index in range(len(NAMES)) for step in range(6)
    ]
    pictures = [
        corrupt(IMAGES, NAMES[index], CORRUPTIONS[NAMES[index]].steps[step], 0)
        for index, step in conditions
    ]
    bad = pictures[conditions.index((2, 4))]

    def predict(images):
        return np.full(len(images), int(torch.equal(images, bad)))

    wrong = errors_under_corruption(
        {"m": predict}, IMAGES, np.zeros(60, dtype=int), seed=0
    )
    assert np.argwhere(wrong.all(axis=-1)).tolist() == [[0, 2, 4]]
    assert wrong.sum() == 60


def test_a_classifier_errs_more_the_stronger_the_corruption():
    def flat(images):
        return images.flatten(1).numpy().astype(np.float32)

    knn = KNeighborsClassifier(3, algorithm="brute")
    knn.fit(flat(DIGITS.train_images), DIGITS.train_labels)
    wrong = errors_under_corruption(
        {"knn": lambda images: knn.predict(flat(images))},
        DIGITS.test_images,
        DIGITS.test_labels,
        seed=0,
    )
    rates = wrong[0].mean(axis=-1)
    steps = np.diff(rates, axis=1)
    # a point may fall by a few images of 450, a curve must not
    assert steps.min() > -0.02
    gain = dict(zip(NAMES, rates[:, -1] - rates[:, 0], strict=True))
    assert min(gain.values()) > 0.01, gain
    assert np.median(list(gain.values())) > 0.1, gain


def test_area_is_the_mean_over_the_strengths():
    assert area_under_curve([0.25] * 6) == pytest.approx(0.25)
    assert area_under_curve([0, 1]) == pytest.approx(0.5)
    assert area_under_curve([0, 0, 0, 0, 0, 1]) == pytest.approx(0.1)
    many = np.array([[0, 0.5, 1], [1, 1, 1]])
    assert area_under_curve(many) == pytest.approx([0.5, 1])


def test_table_lists_the_areas_and_their_mean():
    rates = np.tile([[0.0], [0.1], [0.2], [0.3], [0.4], [0.5]], 6)
    rates[0, -1] = 1
    table = tables.robustness(
        {"cnn": rates, "knn": np.full((6, 6), np.nan)},
        {"cnn": "CNN", "knn": "KNN"},
    )
    assert table.header == [
        "Method",
        "Rotation",
        "Translation",
        "Noise",
        "Blur",
        "Contrast",
        "Occlusion",
        "Mean",
    ]
    row = ("CNN", "10.0", "10.0", "20.0", "30.0", "40.0", "50.0", "26.7")
    cells = [
        cell.removesuffix("\N{NO-BREAK SPACE}%") for cell in table.rows[0]
    ]
    assert tuple(cells) == row
    assert table.rows[1] == ("KNN", *["not measured"] * 7)
    assert len(table.align) == len(table.header)
