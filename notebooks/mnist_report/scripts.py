"""Digits of other scripts: what MNIST's network says, and its like learn."""

import string
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mnist_report.calibration import softmax
from mnist_report.datasets import folder
from mnist_report.datasets.dataset import Dataset
from mnist_report.errors import ReportError
from mnist_report.parallel import run_jobs

DIGITS = 10
DIGITS_0_TO_9 = tuple(string.digits)
# from here on an answer counts as sure
SURE = 0.9
# styles of the digits 0 to 9, not scripts of their own
WESTERN = ("DIGIT", "FULLWIDTH", "MATHEMATICAL", "SEGMENTED", "OUTLINED")

Predict = Callable[[Tensor], Tensor]
Fit = Callable[[Tensor, Tensor, int], Predict]


class Script(NamedTuple):
    """One script's digits; class k is the digit of value k."""

    title: str
    data: Dataset


@dataclass(frozen=True)
class Reading:
    """What a network that never saw a script says of its digits."""

    title: str
    truth: np.ndarray
    answers: np.ndarray
    confidence: np.ndarray
    examples: np.ndarray
    """(10, 28, 28): the most typical test image of each value."""

    @property
    def wrong(self) -> np.ndarray:
        """Return true for each image that is misread."""
        return self.truth != self.answers

    @property
    def sure_and_wrong(self) -> int:
        """Return how many images are misread with much confidence."""
        return int((self.wrong & (self.confidence >= SURE)).sum())

    def said_of(self, value: int) -> tuple[int, float]:
        """Return the most frequent answer to a value, and its share."""
        answers = np.bincount(self.answers[self.truth == value])
        most = int(answers.argmax())
        return most, float(answers[most] / answers.sum())


@dataclass(frozen=True)
class Learned:
    """How networks trained on a script read it: true where one errs."""

    title: str
    train_images: int
    alone: np.ndarray
    """The network of this script alone."""
    together: np.ndarray
    """One network for all scripts that must tell script and digit."""
    known: np.ndarray
    """The same, told the script."""


def load(
    names: Sequence[str], data_dir: Path, trained_on: Dataset
) -> tuple[list[Script], dict[str, str]]:
    """Return the scripts in the folders named, and what is not usable.

    trained_on: what the network that is asked about them has learned.
    """
    found, missing = {}, {}
    for name in names:
        try:
            if trained_on.class_names != DIGITS_0_TO_9:
                raise ReportError(
                    "the network has not learned digits, but "
                    f"{trained_on.title}"
                )
            data = folder.load(f"{folder.PREFIX}{name}", Path(data_dir))
            if len(data.class_names) != DIGITS:
                raise ReportError(
                    f"The folder of scripts '{name}' has "
                    f"{len(data.class_names)} classes; expected {DIGITS}, "
                    "class k for the digit of value k."
                )
            found[data.title] = data
        except ReportError as error:
            missing[name] = str(error)
    titles = dict(zip(found, _shortened(list(found)), strict=True))
    return [Script(titles[name], each) for name, each in found.items()], (
        missing
    )


def read(predict: Predict, scripts: Iterable[Script]) -> list[Reading]:
    """Return what a network says of scripts that it never saw.

    predict: from uint8 images (N, 1, 28, 28) to logits of ten digits.
    """
    found = []
    for title, data in scripts:
        shares = softmax(_array(predict(data.test_images)))
        truth = data.test_labels.numpy()
        found.append(
            Reading(
                title,
                truth,
                shares.argmax(axis=1),
                shares.max(axis=1),
                typical(data.test_images[:, 0].numpy(), truth),
            )
        )
    return found


def learn(
    fit: Fit, scripts: Sequence[Script], most: int, seed: int, workers: int
) -> list[Learned]:
    """Return how a network a script compares with one for all of them.

    fit: from images, labels and their number of classes to what predicts.
    most: training images taken of each script; 0: all. Each network sees
    the same images of a script, alone or with those of the others.
    """
    parts = [_sample(script.data, most, seed) for script in scripts]
    tests = [script.data.test_images for script in scripts]

    def logits(job: int) -> list[np.ndarray]:
        """Train on one script, or, after the last, on all of them."""
        if job < len(parts):
            predict = fit(*parts[job], DIGITS)
            return [_array(predict(tests[job]))]
        labels = [y + DIGITS * at for at, (_, y) in enumerate(parts)]
        images = torch.cat([x for x, _ in parts])
        predict = fit(images, torch.cat(labels), DIGITS * len(parts))
        return [_array(predict(each)) for each in tests]

    # the longest first
    jobs = [len(parts), *range(len(parts))]
    together, *alone = run_jobs(logits, jobs, workers)
    found = []
    for at, (script, [own]) in enumerate(zip(scripts, alone, strict=True)):
        truth = script.data.test_labels.numpy()
        all_of_it = together[at]
        told = all_of_it[:, DIGITS * at : DIGITS * (at + 1)]
        found.append(
            Learned(
                script.title,
                len(parts[at][1]),
                alone=own.argmax(axis=1) != truth,
                together=all_of_it.argmax(axis=1) != truth + DIGITS * at,
                known=told.argmax(axis=1) != truth,
            )
        )
    return found


def typical(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the image of each digit that is nearest to their mean."""
    chosen = []
    for value in range(DIGITS):
        own = images[labels == value].astype(float)
        if not len(own):
            chosen.append(np.zeros_like(images[0]))
            continue
        far = ((own - own.mean(axis=0)) ** 2).sum(axis=(1, 2))
        chosen.append(own[far.argmin()].astype(images.dtype))
    return np.stack(chosen)


def digit_sets() -> dict[str, str]:
    """Return Unicode's sets of ten decimal digits by the name of their 0."""
    points = [chr(point) for point in range(0x110000)]
    zeros = [
        sign
        for sign in points
        if unicodedata.category(sign) == "Nd"
        and unicodedata.decimal(sign) == 0
    ]
    return {
        unicodedata.name(zero): "".join(
            chr(ord(zero) + value) for value in range(DIGITS)
        )
        for zero in zeros
    }


def western(name: str) -> bool:
    """Tell whether a set is one more style of the digits 0 to 9."""
    return name.startswith(WESTERN)


def _sample(data: Dataset, most: int, seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(data.train_labels), generator=generator)
    kept = order[: most or len(order)]
    return data.train_images[kept], data.train_labels[kept]


def _array(logits: Tensor | np.ndarray) -> np.ndarray:
    return np.asarray(torch.as_tensor(logits).cpu())


def _shortened(names: list[str]) -> list[str]:
    """Return names without the words with which all of them begin."""
    if len(names) < 2:
        return names
    words = [name.split("-") for name in names]
    same = 0
    while all(len(w) > same + 1 for w in words) and (
        len({w[same] for w in words}) == 1
    ):
        same += 1
    return ["-".join(each[same:]) for each in words]
