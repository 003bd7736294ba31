"""A report stays true whatever the images and the labels."""

import string

import numpy as np
import pytest
from mutated import (
    DIGITS,
    faults,
    images_and_labels,
    report,
    turned,
    write_folder,
)

TRAINED, TESTED = 600, 240
# those of EMNIST's balanced set, in its order
BALANCED = (*string.digits, *string.ascii_uppercase, *"abdefghnqrt")
SIGNS = ("*", "_", "|", "$", "#", "<b>", "[x]", "`", "\\", "~")


def parts(images, labels):
    """Part a data set in training and test images."""
    chosen = slice(TRAINED), slice(-TESTED, None)
    return tuple((images[part], labels[part]) for part in chosen)


def shuffled():
    images, labels = images_and_labels()
    return *parts(images, np.random.default_rng(0).permutation(labels)), DIGITS


def trained_on_nonsense():
    train, test = parts(*images_and_labels())
    labels = np.random.default_rng(0).permutation(train[1])
    return (train[0], labels), test, DIGITS


def dominated():
    """Nine training images in ten are sevens; the test set is even."""
    images, labels = images_and_labels()
    train, test = parts(images, labels)
    rare = np.flatnonzero(train[1] != 7)[:60]
    often = np.resize(np.flatnonzero(labels[:-TESTED] == 7), 540)
    chosen = np.concatenate([rare, often])
    return (images[chosen], labels[chosen]), test, DIGITS


def dominated_throughout():
    """Test images are sevens but for a few, of some classes none."""
    images, labels = images_and_labels()
    train, test = parts(images, labels)
    few = np.flatnonzero(test[1] < 3)[:6]
    chosen = np.concatenate([few, np.flatnonzero(test[1] == 7)])
    return train, (test[0][chosen], test[1][chosen]), DIGITS


def letters():
    return *parts(*turned(26)), tuple(string.ascii_uppercase)


def balanced():
    return *parts(*turned(47)), BALANCED


def two_classes():
    images, labels = images_and_labels()
    return *parts(images, labels % 2), ("even", "odd")


def faultless():
    """Images that say plainly what they are."""
    _, labels = images_and_labels()
    plain = np.zeros((len(labels), 28, 28))
    for image, label in zip(plain, labels, strict=True):
        image[2 * label : 2 * label + 6] = 255
    return *parts(plain, labels), DIGITS


def signs():
    return *parts(*images_and_labels()), SIGNS


MUTATIONS = [
    *(shuffled, trained_on_nonsense, dominated, dominated_throughout),
    *(letters, balanced, two_classes, faultless, signs),
]
MORE = {faultless: {"num_epochs": 4, "max_train_examples": 0}}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.__name__)
def test_report_stays_true(mutation, tmp_path):
    train, test, names = mutation()
    folder = write_folder(tmp_path / "Samples", train, test, names)
    given = {"dataset": f"idx:{folder}", **MORE.get(mutation, {})}
    assert faults(report(tmp_path, given), names) == []
