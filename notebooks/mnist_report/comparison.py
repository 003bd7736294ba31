"""The network and the methods beside it, on the same images."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from mnist_report import corruptions, methods
from mnist_report.methods import Failure, Fitted, Labelled, Method, Times
from mnist_report.pairs import Pair, pairwise
from mnist_report.parallel import run_jobs
from mnist_report.predictions import Predictions

NAMES = {
    "constant": "the constant answer",
    "knn": "the neighbour rule on pixels",
    "knn-pca": "the neighbour rule on components",
    "linear-svm": "the linear SVM",
    "rbf-svm": "the SVM with a Gaussian kernel",
    "cnn": "the network",
    "cnn-svm": "the SVM on the network's features",
    "ensemble": "the ensemble of the seeds",
}
NETWORK, ON_FEATURES, ENSEMBLE = "cnn", "cnn-svm", "ensemble"

Reader = Callable[[torch.Tensor], np.ndarray]
"""From uint8 images (N, 1, side, side) to float32 scores (N, classes)."""


class Needs(NamedTuple):
    """What a method takes; None where it is unknown or not defined."""

    values: int
    """Numbers that it keeps: parameters, or stored training data."""
    training_seconds: float
    peak_bytes: int | None
    """Growth of memory while it is trained."""
    disk_bytes: int
    multiply_accumulates: int | None
    """For one image."""
    times: Times


@dataclass
class Comparison:
    """Methods that were fitted, and what they answer.

    read: from a network (or its first layers) and images to its output;
    pixels, features: what the methods on images and on the first network's
    features were trained on.
    """

    networks: list[nn.Sequential]
    read: Callable[[nn.Sequential, torch.Tensor], torch.Tensor]
    catalogue: Mapping[str, Method]
    pixels: Labelled
    features: Labelled | None
    num_classes: int
    fits: dict[str, Fitted] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    answers: Predictions | None = None
    times: dict[str, Times] = field(default_factory=dict)

    def keep(self, fits: Sequence[Fitted | Failure]) -> None:
        """Keep what was fitted, and the failures of the others."""
        for each in fits:
            if isinstance(each, Failure):
                self.failures.append(each)
            else:
                self.fits[each.method] = each

    @property
    def names(self) -> list[str]:
        """Return the methods that can answer, in their usual order."""
        present = {*self.fits, NETWORK}
        if len(self.networks) > 1:
            present.add(ENSEMBLE)
        failed = {each.method for each in self.failures}
        return [name for name in NAMES if name in present - failed]

    def reader(self, name: str) -> Reader:
        """Return what reads images by the method of this name."""
        if name == NETWORK:
            return partial(self._logits, self.networks[0])
        if name == ENSEMBLE:
            return self._mean_softmax
        labelled = self.features if name == ON_FEATURES else self.pixels
        estimator = methods.ready(self.fits[name], self.catalogue, labelled)
        body = self.networks[0][:-1] if name == ON_FEATURES else None
        return partial(self._scores, estimator, body)

    def answer(
        self, images: torch.Tensor, truth: np.ndarray, among: Sequence[str]
    ) -> None:
        """Let each method among those named answer, and time it."""
        names = [name for name in self.names if name in among]
        ask = partial(_answers_and_times, comparison=self, images=images)
        answers = Predictions(truth)
        for name, answer in zip(
            names, run_jobs(ask, names, _workers(images)), strict=True
        ):
            if isinstance(answer, Failure):
                self.failures.append(answer)
            else:
                scores, self.times[name] = answer
                answers.add(name, scores)
        self.answers = answers

    @property
    def wrong(self) -> dict[str, np.ndarray]:
        """Return for each method on which test images it errs."""
        return self.answers.all_wrong()

    @property
    def pairs(self) -> list[Pair]:
        """Return the paired test of each two methods."""
        return pairwise(self.wrong)

    def needs(
        self, parameters: int, macs: int, fits: Sequence[Mapping]
    ) -> dict[str, Needs]:
        """Return what each method that answered takes.

        parameters, macs: of one network; fits: of each seed, with seconds.
        """
        seeds, size = len(self.networks), file_bytes(self.networks[0])
        seconds = float(np.median([fitted["seconds"] for fitted in fits]))
        found = {}
        for name in self.answers.methods:
            times = self.times[name]
            if name in self.fits:
                fitted = self.fits[name]
                found[name] = Needs(
                    fitted.stored_values,
                    fitted.seconds,
                    fitted.peak_bytes,
                    fitted.disk_bytes,
                    fitted.multiply_accumulates,
                    times,
                )
            else:
                count = seeds if name == ENSEMBLE else 1
                found[name] = Needs(
                    count * parameters,
                    count * seconds,
                    fits[0].get("peak_bytes"),
                    count * size,
                    count * macs,
                    times,
                )
        return found

    def under_corruption(
        self, images: torch.Tensor, truth: np.ndarray, seed: int
    ) -> np.ndarray:
        """Return who errs: (methods, corruptions, strengths, images).

        The methods are those that answered, in their order.
        """
        ask = partial(
            _wrong_under_corruption,
            comparison=self,
            images=images,
            truth=truth,
            seed=seed,
        )
        names = self.answers.methods
        return np.concatenate(run_jobs(ask, names, _workers(images)))

    def _logits(
        self, network: nn.Sequential, images: torch.Tensor
    ) -> np.ndarray:
        return self.read(network, images).cpu().numpy()

    def _mean_softmax(self, images: torch.Tensor) -> np.ndarray:
        logits = [self._logits(network, images) for network in self.networks]
        return methods.mean_softmax(logits)

    def _scores(
        self,
        estimator: object,
        body: nn.Sequential | None,
        images: torch.Tensor,
    ) -> np.ndarray:
        vectors = images.cpu().numpy()
        if body is not None:
            vectors = self._logits(body, images)
        return methods.scores(estimator, vectors, self.num_classes)


def _workers(images: torch.Tensor) -> int:
    """Return how many methods answer at once: a GPU takes one."""
    return 0 if images.device.type == "cpu" else 1


def _answers_and_times(
    name: str, comparison: Comparison, images: torch.Tensor
) -> tuple[np.ndarray, Times] | Failure:
    try:
        read = comparison.reader(name)
        return read(images), methods.time_per_image(read, images)
    except Exception as error:
        return methods.failure(name, error)


def _wrong_under_corruption(
    name: str,
    comparison: Comparison,
    images: torch.Tensor,
    truth: np.ndarray,
    seed: int,
) -> np.ndarray:
    read = comparison.reader(name)
    guess = {name: lambda seen: read(seen).argmax(axis=1)}
    return corruptions.errors_under_corruption(guess, images, truth, seed)


def file_bytes(network: nn.Module) -> int:
    """Return the size of a network's file as PyTorch writes it."""
    stream = io.BytesIO()
    torch.save(network.state_dict(), stream)
    return stream.tell()
