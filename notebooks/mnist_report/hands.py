"""The digits of MNIST as people elsewhere write them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mnist_report.datasets import folder, idx, relatives
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.paths import shown
from mnist_report.datasets.scaling import as_mnist
from mnist_report.errors import ReportError

SEMEION, USPS = "Semeion", "USPS"
ORIGINS = {
    SEMEION: "about 80 people in Italy",
    USPS: "envelopes of the United States Postal Service",
}


@dataclass(frozen=True)
class Hand:
    """How the network reads one collection."""

    title: str
    origin: str
    """Whose digits they are."""
    truth: np.ndarray
    answers: np.ndarray

    @property
    def wrong(self) -> np.ndarray:
        """Return true for each image that is misread."""
        return self.truth != self.answers

    @property
    def worst(self) -> tuple[int, int, int]:
        """Return the digit with the highest error rate, errors, images."""
        totals = np.bincount(self.truth)
        wrong = np.bincount(self.truth, self.wrong)
        rates = np.divide(
            wrong, totals, out=np.zeros(len(totals)), where=totals > 0
        )
        worst = int(rates.argmax())
        return worst, int(wrong[worst]), int(totals[worst])


def read(
    predict: Callable[[Tensor], Tensor], data: Dataset, data_dir: Path
) -> tuple[dict[str, Hand], dict[str, str]]:
    """Return what a network makes of other hands, and what is missing.

    predict: from uint8 images (N, 1, 28, 28) to logits. Collections are
    taken from the data folder alone; why one is not there is said.
    """
    loaders = {SEMEION: _semeion, USPS: _usps}
    found, missing = {}, {}
    for title, load in loaders.items():
        if not data.is_mnist:
            missing[title] = (
                f"read by networks trained on MNIST, not {data.title}"
            )
            continue
        try:
            images, labels = load(Path(data_dir))
        except ReportError as error:
            missing[title] = str(error)
            continue
        answers = torch.as_tensor(predict(images)).argmax(dim=1)
        found[title] = Hand(
            title, ORIGINS[title], labels.numpy(), answers.cpu().numpy()
        )
    return found, missing


def errors(hands: Mapping[str, Hand]) -> dict[str, tuple[int, int]]:
    """Return errors and images of each collection."""
    return {
        title: (int(hand.wrong.sum()), len(hand.truth))
        for title, hand in hands.items()
    }


def _semeion(data_dir: Path) -> tuple[Tensor, Tensor]:
    """Return all its images: none of them was trained on."""
    if not (data_dir / SEMEION).is_dir():
        raise ReportError(f"the data folder has no folder {SEMEION}")
    whole = folder.load(f"{folder.PREFIX}{SEMEION}", data_dir)
    if whole.class_names != relatives.DIGITS:
        raise ReportError(
            f"The labels in {shown(data_dir / SEMEION)} stand for "
            f"{', '.join(whole.class_names)}; expected the digits 0 to 9."
        )
    images = torch.cat([whole.train_images, whole.test_images])
    return images, torch.cat([whole.train_labels, whole.test_labels])


def _usps(data_dir: Path) -> tuple[Tensor, Tensor]:
    """Return its test images, brought into MNIST's frame."""
    for name in relatives.RELATIVES["usps"].files:
        if idx.locate(data_dir, name) is None:
            raise ReportError(f"{name} is not in the data folder")
    usps = relatives.load("usps", data_dir, lambda message: None)
    return as_mnist(usps.test_images[:, 0])[:, None], usps.test_labels
