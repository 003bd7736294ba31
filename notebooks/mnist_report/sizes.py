"""The error of each method over the number of training images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from mnist_report import progress
from mnist_report.methods import (
    Failure,
    Images,
    Labelled,
    Method,
    Settings,
    failure,
    fit,
    scores,
    stratified_order,
)
from mnist_report.parallel import run_jobs

NETWORK = "cnn"
# images that make an epoch long enough; most epochs of a small set
EPOCH_IMAGES, MOST_EPOCHS = 6_000, 1_000

Job = tuple[str, int]
"""A method and the number of images that it is trained on."""
FitNetwork = Callable[[Images, np.ndarray], np.ndarray]
"""Train on images and labels; return scores (N, classes) of test images."""


@dataclass
class Curves:
    """On which test images methods err that were trained on fewer images."""

    sizes: list[int]
    """Numbers of training images, ascending."""
    wrong: dict[str, dict[int, np.ndarray]]
    """For each method and each size: bool (N,)."""
    failures: list[Failure] = field(default_factory=list)

    def add_full(self, size: int, wrong: Mapping[str, np.ndarray]) -> None:
        """Add the main results, of the whole training set, as last point."""
        self.sizes = [*self.sizes, size]
        for method, by_size in self.wrong.items():
            if method in wrong:
                by_size[size] = wrong[method]

    def array(self) -> tuple[list[str], np.ndarray]:
        """Return methods, and bool (method, size, image) for paired tests.

        Methods that lack a size, since they failed there, are left out.
        """
        whole = [
            method
            for method, by_size in self.wrong.items()
            if all(size in by_size for size in self.sizes)
        ]
        rows = [
            [self.wrong[method][size] for size in self.sizes]
            for method in whole
        ]
        return whole, np.array(rows, dtype=bool)

    def evidence(self) -> dict[str, np.ndarray]:
        """Return for each method and size which images are misread."""
        return {
            f"{method}-wrong-of-{size}": rows
            for method, by_size in self.wrong.items()
            for size, rows in by_size.items()
        }

    def counts(self, method: str) -> list[int | None]:
        """Return the method's errors at each size, None where it failed."""
        by_size = self.wrong[method]
        return [
            int(by_size[size].sum()) if size in by_size else None
            for size in self.sizes
        ]

    def rates(self, method: str) -> list[float]:
        """Return the method's error rates, NaN where it failed."""
        by_size = self.wrong[method]
        return [
            float(by_size[size].mean()) if size in by_size else float("nan")
            for size in self.sizes
        ]


def nested_subsets(
    labels: np.ndarray, sizes: Sequence[int], seed: int
) -> dict[int, np.ndarray]:
    """Return stratified subsets, each one a part of the next.

    Sizes that reach the whole training set are skipped.
    """
    order = stratified_order(labels, seed)
    return {
        size: np.sort(order[:size])
        for size in sorted(sizes)
        if size < len(labels)
    }


def epochs_for(size: int, num_epochs: int, full_size: int = 0) -> int:
    """Return how many epochs a network is trained for on so few images.

    Few images make few steps an epoch, and few steps learn little: as many
    images are seen as in the same epochs of 6,000 ones, and never more than
    the whole training set (of full_size) has seen. Chosen on validation
    images of MNIST, where half of that cost a tenth to a fifth more errors.
    """
    least = min(EPOCH_IMAGES, full_size or EPOCH_IMAGES) * num_epochs
    most = MOST_EPOCHS * bool(num_epochs)
    return max(num_epochs, min(-(-least // size), most))


def learning_curves(
    settings: Mapping[str, Settings],
    methods: Mapping[str, Method],
    train: Labelled,
    test: Labelled,
    sizes: Sequence[int],
    num_classes: int,
    fit_network: FitNetwork | None = None,
    seed: int = 0,
    workers: int = 0,
) -> Curves:
    """Return on which test images each method errs at each smaller size.

    settings: what validation chose for each of the methods; there are never
    more neighbours or components than images. All see the same subsets.
    """
    subsets = nested_subsets(train[1], sizes, seed)
    names = [*settings, *([NETWORK] if fit_network else [])]
    # the network's, which take longest, are not waited for at the end
    jobs = [(name, size) for name in names[::-1] for size in reversed(subsets)]
    for job in jobs:
        _update(job, 0)
    answers = run_jobs(
        partial(
            _wrong_at,
            settings=settings,
            methods=methods,
            train=train,
            test=test,
            subsets=subsets,
            num_classes=num_classes,
            fit_network=fit_network,
        ),
        jobs,
        workers,
    )
    curves = Curves(list(subsets), {name: {} for name in names})
    for (name, size), answer in zip(jobs, answers, strict=True):
        if isinstance(answer, Failure):
            curves.failures.append(answer)
        else:
            curves.wrong[name][size] = answer
    return curves


def _wrong_at(
    job: Job,
    settings: Mapping[str, Settings],
    methods: Mapping[str, Method],
    train: Labelled,
    test: Labelled,
    subsets: Mapping[int, np.ndarray],
    num_classes: int,
    fit_network: FitNetwork | None,
) -> np.ndarray | Failure:
    """Return on which test images a method errs, trained on a subset."""
    name, size = job
    images, labels = (each[subsets[size]] for each in train)
    try:
        if name == NETWORK:
            found = fit_network(images, labels)
        else:
            estimator = methods[name].estimator(settings[name], size)
            fit(estimator, (images, labels))
            with threadpool_limits(1):
                found = scores(estimator, test[0], num_classes)
    except Exception as error:
        return failure(f"{name} on {size:,} training images", error)
    finally:
        _update(job, 1)
    return np.asarray(found).argmax(axis=1) != test[1]


def _update(job: Job, done: int) -> None:
    name, size = job
    progress.update(f"fit {name} {size}", done, 1, "fits")
