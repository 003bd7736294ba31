"""The digits that scikit-learn carries, for want of MNIST."""

import numpy as np
import torch

from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.idx import sha256
from mnist_report.datasets.scaling import SIDE, fit

TEST_COUNT = 450
FULL_CELL = 16  # dark pixels in a cell of 4×4


def load(notice: str | None = None) -> Dataset:
    """Return the embedded digits, the last of them as the test set."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    cells = bunch.images.astype(np.uint8)
    grey = np.rint(bunch.images * (255 / FULL_CELL)).astype(np.uint8)
    images = fit(torch.from_numpy(grey))
    labels = torch.from_numpy(bunch.target.astype(np.int64))
    train = len(images) - TEST_COUNT
    return Dataset(
        key="digits",
        title="the scikit-learn digits",
        train_images=images[:train],
        train_labels=labels[:train],
        test_images=images[train:],
        test_labels=labels[train:],
        class_names=tuple(str(name) for name in bunch.target_names),
        description=(
            f"The scikit-learn digits are {len(images):,} handwritten "
            f"digits of {len(bunch.target_names)} classes by 13 people, the "
            "test part of the UCI repository's *Optical Recognition of "
            "Handwritten Digits* as [scikit-learn carries it]"
            "(https://scikit-learn.org/stable/datasets/toy_dataset.html). "
            f"An image has {cells.shape[1]}×{cells.shape[2]} cells; each "
            "counts the ink pixels in a block of 4×4 of the scanned bitmap, "
            f"0 to {FULL_CELL}. For this report the counts were stretched "
            f"to grey values from 0 to 255 and the images to {SIDE}×{SIDE} "
            f"pixels by bilinear interpolation. The last {TEST_COUNT} "
            f"images, in the set's own order, are the test set, the first "
            f"{train:,} the training set; who wrote which is not recorded, "
            "so that a writer may occur in both parts."
        ),
        citation=None,
        source="scikit-learn",
        sha256={
            name: sha256(array.tobytes())
            for name, array in (
                ("images", cells),
                ("labels", bunch.target.astype(np.uint8)),
            )
        },
        notice=notice,
    )
