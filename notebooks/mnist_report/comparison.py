"""The network and the methods beside it, on the same images."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from torch import nn

from mnist_report import corruptions, methods
from mnist_report.corruptions import CORRUPTIONS
from mnist_report.methods import (
    Demand,
    Failure,
    Fitted,
    Labelled,
    Method,
    Times,
)
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
ON_PIXELS = ("constant", "knn", "knn-pca", "linear-svm", "rbf-svm")
NETWORK, ON_FEATURES, ENSEMBLE = "cnn", "cnn-svm", "ensemble"

Reader = Callable[[torch.Tensor], np.ndarray]
"""From uint8 images (N, 1, side, side) to float32 scores (N, classes)."""


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
    features: Labelled
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

    def log_scores(self, name: str, scores: np.ndarray) -> np.ndarray:
        """Return scores whose softmax is the method's probabilities."""
        if name == ENSEMBLE:
            return np.log(np.maximum(scores, np.finfo(np.float32).tiny))
        return scores

    def settings(
        self, among: Sequence[str] = tuple(NAMES)
    ) -> dict[str, methods.Settings]:
        """Return what validation chose for each method that was fitted."""
        return {
            name: fitted.choice.settings
            for name, fitted in self.fits.items()
            if name in among
        }

    def demands(
        self, parameters: int, macs: int, fits: Sequence[Mapping]
    ) -> dict[str, Demand]:
        """Return what each method that answered costs.

        parameters, macs: of one network; fits: each seed's, with its seconds.
        """
        one = Demand(
            parameters,
            macs,
            file_bytes(self.networks[0]),
            fits[0]["peak_bytes"],
            float(np.median([fitted["seconds"] for fitted in fits])),
            self.times.get(NETWORK),
        )
        seeds, found = len(self.networks), {}
        for name in self.answers.methods:
            times = self.times[name]
            if name in self.fits:
                found[name] = Demand.of(self.fits[name], times)
            elif name == ENSEMBLE:
                found[name] = Demand(
                    seeds * parameters,
                    seeds * macs,
                    seeds * one.disk_bytes,
                    None,
                    seeds * one.seconds,
                    times,
                )
            else:
                found[name] = one
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
        if not len(images):
            strengths = max(len(c.strengths) for c in CORRUPTIONS.values())
            return np.zeros(
                (len(names), len(CORRUPTIONS), strengths + 1, 0), bool
            )
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


def reading_pixels(names: Sequence[str]) -> list[str]:
    """Return those of the methods that need no trained network."""
    return [name for name in names if name in ON_PIXELS]


def with_peak(job: Callable[[], dict]) -> dict:
    """Return what a job returns, and by how much memory grew meanwhile."""
    with methods.peak_memory() as growth:
        result = job()
    return result | {"peak_bytes": growth.get("bytes")}


def file_bytes(network: nn.Module) -> int:
    """Return the size of a network's file as PyTorch writes it."""
    stream = io.BytesIO()
    torch.save(network.state_dict(), stream)
    return stream.tell()
