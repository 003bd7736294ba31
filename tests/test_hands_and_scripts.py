"""Disputed labels, other hands and other scripts."""

import unicodedata

import numpy as np
import pytest
import torch

from mnist_report import hands, labels, scripts
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.scaling import as_mnist
from mnist_report.scripts import Script


def missed(indices, images=10_000):
    """Return which images are missed."""
    row = np.zeros(images, dtype=bool)
    row[list(indices)] = True
    return row


def test_disputed_labels_are_counted_apart():
    effect = labels.effects({"cnn": missed([0, 947, 9729])})["cnn"]
    assert (effect.wrong, effect.images) == (3, 10_000)
    assert (effect.disputed_wrong, effect.disputed) == (2, 15)
    assert effect.without == (1, 9_985)


def test_comparison_that_disputed_labels_decide_is_named():
    # 15 against 3 images missed by one alone; without them 0 against 3
    wrong = {
        "cnn": missed([1, 2, 3]),
        "knn": missed(labels.DISPUTED),
        "constant": missed(range(9_000)),
    }
    tested, changed = labels.decided_otherwise(wrong)
    assert len(tested) == 1
    assert [(pair.first, pair.second) for pair in changed] == [("cnn", "knn")]
    wrong["knn"] = missed([*range(100), *labels.DISPUTED])
    assert labels.decided_otherwise(wrong)[1] == []


def test_ink_is_placed_as_in_mnist():
    image = torch.zeros(1, 16, 16, dtype=torch.uint8)
    image[0, 3:13, 5:9] = 200  # 10 by 4
    [placed] = as_mnist(image)
    rows, columns = torch.nonzero(placed, as_tuple=True)
    assert (rows.min(), rows.max()) == (4, 23)
    assert (columns.min(), columns.max()) == (10, 17)
    assert as_mnist(torch.zeros_like(image)).sum() == 0


def test_mnist_itself_hardly_moves():
    yy, xx = torch.meshgrid(torch.arange(28), torch.arange(28), indexing="ij")
    ring = ((yy - 13.5) ** 2 + (xx - 13.5) ** 2).sqrt()
    image = (((ring < 10) & (ring > 6)) * 255).byte()[None]
    assert (as_mnist(image) != image).float().mean() < 0.05


def dataset(title, classes=10, per_class=4, key="idx:x"):
    """Return images whose top left pixel is their class."""
    y = torch.arange(classes).repeat(per_class)
    x = torch.zeros(len(y), 1, 28, 28, dtype=torch.uint8)
    x[:, 0, 0, 0] = y.byte()
    names = tuple(map(str, range(classes)))
    return Dataset(key, title, x, y, x, y, names, "", None, "", {})


def say(value, share=0.95):
    """Return what always gives this answer, with this confidence."""

    def predict(images):
        logits = torch.zeros(len(images), 10)
        logits[:, value] = np.log(share / (1 - share) * 9)
        return logits

    return predict


def test_hands_that_are_not_there_are_said_to_be_missing(tmp_path):
    found, missing = hands.read(
        say(1), dataset("MNIST", key="mnist"), tmp_path
    )
    assert found == {}
    assert missing["Semeion"] == "the data folder has no folder Semeion"
    assert missing["USPS"] == "usps.bz2 is not in the data folder"
    _, missing = hands.read(say(1), dataset("toys"), tmp_path)
    assert missing["USPS"] == "read by networks trained on MNIST, not toys"


def test_worst_digit_of_a_hand():
    hand = hands.Hand("", "", np.array([1, 1, 7, 7, 7]), np.array([1] * 5))
    assert hand.worst == (7, 3, 3)
    assert hands.errors({"x": hand}) == {"x": (3, 5)}


def test_scripts_are_loaded_or_named(tmp_path, monkeypatch):
    def load(name, data_dir):
        return dataset(name.removeprefix("idx:"), 9 if "odd" in name else 10)

    monkeypatch.setattr(scripts.folder, "load", load)
    found, missing = scripts.load(
        ["A-B-c", "A-B-d", "odd"], tmp_path, dataset("MNIST")
    )
    assert [script.title for script in found] == ["c", "d"]
    assert "'odd' has 9 classes; expected 10" in missing["odd"]
    monkeypatch.undo()
    found, missing = scripts.load(["absent"], tmp_path, dataset("MNIST"))
    assert not found
    assert "There is no folder" in missing["absent"]
    found, missing = scripts.load(["absent"], tmp_path, dataset("toys", 9))
    assert not found
    assert missing["absent"] == "the network has not learned digits, but toys"


def test_what_a_network_says_of_a_script():
    [found] = scripts.read(say(3), [Script("x", dataset("x"))])
    assert found.wrong.sum() == 36
    assert found.sure_and_wrong == 36
    assert found.confidence == pytest.approx(0.95, abs=1e-6)
    assert found.said_of(7) == (3, 1.0)
    assert found.examples[:, 0, 0].tolist() == list(range(10))
    [found] = scripts.read(say(3, 0.5), [Script("x", dataset("x"))])
    assert found.sure_and_wrong == 0


def test_typical_image_is_nearest_to_the_mean():
    images = np.zeros((3, 2, 2), dtype=np.uint8)
    images[:, 0, 0] = [0, 90, 100]
    chosen = scripts.typical(images, np.array([0, 0, 0]))
    assert chosen[0, 0, 0] == 90
    assert chosen.shape == (10, 2, 2)


def fit(images, labels, num_classes):
    """Return a network that reads the top left pixel, and no script."""
    seen.append((len(images), num_classes, sorted(set(labels.tolist()))))
    others = num_classes // 10

    def predict(images):
        value = images[:, 0, 0, 0].long()
        logits = torch.zeros(len(images), num_classes)
        for at in range(others):
            logits[range(len(images)), value + 10 * at] = float(others - at)
        return logits

    return predict


seen = []


def test_one_network_a_script_and_one_for_all():
    seen.clear()
    both = [Script("a", dataset("a")), Script("b", dataset("b"))]
    first, second = scripts.learn(fit, both, 30, seed=0, workers=1)
    assert [(size, classes) for size, classes, _ in seen] == [
        (60, 20),
        (30, 10),
        (30, 10),
    ]
    # the classes of the second script follow those of the first
    assert max(seen[0][2]) > 9
    assert max(seen[1][2]) < 10
    assert first.train_images == 30
    assert not first.alone.any()
    assert not second.alone.any()
    # it takes the second script's digits for the first one's
    assert not first.together.any()
    assert second.together.all()
    assert not first.known.any()
    assert not second.known.any()


def test_unicode_s_digit_sets_are_counted():
    sets = scripts.digit_sets()
    decimal = sum(
        unicodedata.category(chr(p)) == "Nd" for p in range(0x110000)
    )
    assert len(sets) == decimal / 10
    assert sets["DIGIT ZERO"] == "0123456789"
    assert sets["BENGALI DIGIT ZERO"] == "০১২৩৪৫৬৭৮৯"
    assert scripts.western("MATHEMATICAL BOLD DIGIT ZERO")
    assert not scripts.western("TELUGU DIGIT ZERO")
    for digits in sets.values():
        assert [unicodedata.decimal(sign) for sign in digits] == [*range(10)]
