"""The network and the methods beside it, on the same images."""

import io
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
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
# images that a method answers in one job; a job without a part takes times
PART, ALL = 5_000, None

Reader = Callable[[torch.Tensor], np.ndarray]
"""From uint8 images (N, 1, side, side) to float32 scores (N, classes)."""


@dataclass
class Comparison:
    """Methods that were fitted, and what they answer.

    read: from a network (or its first layers) and images to its output;
    pixels: what the methods on images were trained on.
    """

    networks: list[nn.Sequential]
    read: Callable[[nn.Sequential, torch.Tensor], torch.Tensor]
    catalogue: Mapping[str, Method]
    pixels: Labelled
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
        fitted = self.fits[name]
        estimator = methods.ready(fitted, self.catalogue, self.pixels)
        body = self.networks[0][:-1] if name == ON_FEATURES else None
        return partial(self._scores, estimator, body)

    def readers(self, names: Sequence[str]) -> dict[str, Reader]:
        """Return what reads images by each method; failures are kept."""
        found = {}
        for name in names:
            try:
                found[name] = self.reader(name)
            except Exception as error:
                self.failures.append(methods.failure(name, error))
        return found

    def answer(
        self, images: torch.Tensor, truth: np.ndarray, among: Sequence[str]
    ) -> None:
        """Let each method among those named answer, and time it.

        All are timed on one core, whatever trained the networks.
        """
        # before the jobs, which share what was fitted
        readers = self.readers([name for name in self.names if name in among])
        timed = readers
        if images.device.type != "cpu":
            timed = self._on_processor().readers(list(readers))
        jobs = [
            (name, part) for name in readers for part in [*_parts(images), ALL]
        ]
        ask = partial(
            _answer_or_time, readers=readers, timed=timed, images=images
        )
        found: dict[str, list] = {name: [] for name in readers}
        for (name, _), each in zip(
            jobs, run_jobs(ask, jobs, _workers(images)), strict=True
        ):
            found[name].append(each)
        answers = Predictions(truth)
        for name, each in found.items():
            failures = [one for one in each if isinstance(one, Failure)]
            if failures:
                self.failures.append(failures[0])
                continue
            *scores, self.times[name] = each
            answers.add(name, np.concatenate(scores))
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
            name: self.fits[name].choice.settings
            for name in NAMES
            if name in self.fits and name in among
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
        names = self.answers.methods
        if not len(images):
            strengths = max(len(c.strengths) for c in CORRUPTIONS.values())
            return np.zeros(
                (len(names), len(CORRUPTIONS), strengths + 1, 0), bool
            )
        predict = {
            name: partial(_classes, read=self.reader(name)) for name in names
        }
        run = partial(run_jobs, workers=_workers(images))
        return corruptions.errors_under_corruption(
            predict, images, truth, seed, run
        )

    def _on_processor(self) -> "Comparison":
        """Return the same methods, with the networks off the GPU."""
        networks = [deepcopy(network).cpu() for network in self.networks]
        return replace(self, networks=networks)

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


def _parts(images: torch.Tensor) -> list[slice]:
    """Return parts of the images for which methods answer side by side."""
    return [
        slice(start, start + PART) for start in range(0, len(images), PART)
    ]


def _answer_or_time(
    job: tuple[str, slice | None],
    readers: Mapping[str, Reader],
    timed: Mapping[str, Reader],
    images: torch.Tensor,
) -> np.ndarray | Times | Failure:
    """Return a method's scores for a part, or for ALL its times."""
    name, part = job
    try:
        if part is ALL:
            return methods.time_per_image(timed[name], images.cpu())
        return readers[name](images[part])
    except Exception as error:
        return methods.failure(name, error)


def _classes(images: torch.Tensor, read: Reader) -> np.ndarray:
    return read(images).argmax(axis=1)


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
