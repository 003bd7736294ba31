"""The classical methods: chosen, fitted, measured; scikit-learn inside."""

import ctypes
import itertools
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple, Self

import joblib
import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

Images = np.ndarray
"""uint8 (N, 1, side, side), or a network's features, float32 (N, D)."""
Labelled = tuple[Images, np.ndarray]
Settings = dict[str, float]

# images scored at once: bounds the memory that scores need
BLOCK = 1000
PEAK = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")


class UnitSpread(TransformerMixin, BaseEstimator):
    """Scale vectors so that the variances of their components sum to one.

    A kernel's gamma then means the same for pixels, components and features.
    """

    def fit(self, vectors: np.ndarray, labels: Any = None) -> Self:
        spread = float(np.sqrt(vectors.var(axis=0, dtype=np.float64).sum()))
        # images that are all alike stay as they are
        self.spread_ = spread or 1.0
        return self

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        check_is_fitted(self)
        return vectors / np.asarray(self.spread_, vectors.dtype)


class Method:
    """What builds an estimator, and the settings to choose among."""

    def __init__(
        self, build: Callable[..., Pipeline], **tried: Sequence[float]
    ) -> None:
        self.build = build
        self.tried = tried

    @property
    def candidates(self) -> list[Settings]:
        """Return every combination of the settings, the first ones first."""
        return [
            dict(zip(self.tried, values, strict=True))
            for values in itertools.product(*self.tried.values())
        ]

    def estimator(self, settings: Settings, num_images: int) -> Pipeline:
        """Return an estimator to be fitted to so many images.

        Neither neighbours nor components can be more than the images.
        """
        settings = {
            name: min(value, num_images)
            if name in ("k", "components")
            else value
            for name, value in settings.items()
        }
        if "num_images" in signature(self.build).parameters:
            settings["num_images"] = num_images
        return self.build(**settings)


class Choice(NamedTuple):
    """What validation chose among a method's candidates."""

    settings: Settings
    tried: list[tuple[Settings, int]]
    """Each candidate and its errors on the validation images."""
    trained: int
    """How many images each candidate was fitted to."""
    validated: int


class Times(NamedTuple):
    """Seconds for one image, median over so many runs."""

    single: float
    """Images given one at a time."""
    batch: float
    """Images given many at once."""
    batch_size: int
    runs: int


@dataclass(frozen=True)
class Fitted:
    """One method, ready for use, and what it took."""

    method: str
    choice: Choice
    estimator: Pipeline | None
    """None where fitting anew is cheaper than handing it over."""
    seconds: float
    """For fitting the chosen candidate."""
    choosing_seconds: float
    stored_values: int
    multiply_accumulates: int | None
    disk_bytes: int
    peak_bytes: int | None
    """How much memory grew while fitting and scoring; None: unknown."""


class Demand(NamedTuple):
    """What a method costs; None where it is unknown or not defined."""

    stored_values: int | None
    multiply_accumulates: int | None
    disk_bytes: int | None
    peak_bytes: int | None
    seconds: float | None
    """For fitting."""
    times: Times | None

    @classmethod
    def of(cls, fitted: Fitted, times: Times | None) -> Self:
        """Return what a fitted method costs."""
        return cls(
            fitted.stored_values,
            fitted.multiply_accumulates,
            fitted.disk_bytes,
            fitted.peak_bytes,
            fitted.seconds,
            times,
        )


class Failure(NamedTuple):
    """A method that could not be measured, and why."""

    method: str
    message: str


def failure(name: str, error: Exception) -> Failure:
    """Return an error as a method's failure."""
    return Failure(name, f"{type(error).__name__}: {error}".rstrip(": "))


def fit_method(
    name: str,
    methods: Mapping[str, Method],
    train: Labelled,
    validation: Labelled,
    num_classes: int,
    tuning_examples: int = 0,
    seed: int = 0,
) -> Fitted | Failure:
    """Choose a method's settings, fit it and take its measures.

    It is one job for run_jobs. What goes wrong is returned, not raised: the
    other methods go on.
    """
    try:
        with threadpool_limits(1):
            method = methods[name]
            some = stratified_order(train[1], seed)[: tuning_examples or None]
            started = time.perf_counter()
            choice = choose(method, train, validation, some, num_classes)
            seconds = time.perf_counter() - started
            fitted = _fit(name, method, choice, train, validation[0])
    except Exception as error:
        return failure(name, error)
    return replace(fitted, choosing_seconds=seconds)


def fit(estimator: Pipeline, train: Labelled) -> Pipeline:
    """Return the estimator, fitted on one thread."""
    with threadpool_limits(1), warnings.catch_warnings():
        # few images of many classes are no sign of a regression
        warnings.filterwarnings("ignore", "The number of unique classes")
        return estimator.fit(*train)


def ready(
    fitted: Fitted, methods: Mapping[str, Method], train: Labelled
) -> Pipeline:
    """Return the fitted estimator, fitting anew one that was not kept."""
    if fitted.estimator is not None:
        return fitted.estimator
    method, settings = methods[fitted.method], fitted.choice.settings
    return fit(method.estimator(settings, len(train[1])), train)


def choose(
    method: Method,
    train: Labelled,
    validation: Labelled,
    some: np.ndarray,
    num_classes: int,
) -> Choice:
    """Return the candidate with the fewest errors on the validation images.

    some: the training images that candidates are fitted to; neighbours are
    looked up among all of them, once for every k. Of candidates that err
    equally often the first is taken; a single one is not tried.
    """
    candidates = method.candidates
    if len(candidates) == 1:
        return Choice(candidates[0], [], 0, 0)
    if _is_lazy(method.estimator(candidates[0], len(train[1]))):
        # the validation images' neighbours serve every k
        errors = _neighbour_errors(method, train, validation, num_classes)
        trained = len(train[1])
    else:
        few = train[0][some], train[1][some]
        errors, trained = [], len(some)
        for settings in candidates:
            estimator = fit(method.estimator(settings, trained), few)
            errors.append(_errors(estimator, validation, num_classes))
    tried = list(zip(candidates, errors, strict=True))
    best = candidates[int(np.argmin(errors))]
    return Choice(best, tried, trained, len(validation[1]))


def scores(
    estimator: Pipeline, images: Images, num_classes: int
) -> np.ndarray:
    """Return float32 (N, classes), highest for the predicted class.

    Shares of votes where the method votes, else its decision function. A
    class that was not in training has the lowest score of all.
    """
    votes = isinstance(
        _last(estimator), KNeighborsClassifier | DummyClassifier
    )
    lowest = 0 if votes else -np.inf
    table = np.full((len(images), num_classes), lowest, np.float32)
    for start in range(0, len(images), BLOCK):
        part = images[start : start + BLOCK]
        if votes:
            found = estimator.predict_proba(part)
        else:
            found = estimator.decision_function(part)
            if found.ndim == 1:
                found = np.column_stack([-found, found])
        table[start : start + BLOCK, estimator.classes_] = found
    return table


def mean_softmax(logits: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean of the networks' class probabilities, float32."""
    shares = [softmax(np.asarray(each, float), axis=1) for each in logits]
    return np.mean(shares, axis=0).astype(np.float32)


def stratified_order(labels: np.ndarray, seed: int) -> np.ndarray:
    """Return all indices so that any first ones keep the classes' shares.

    The first images show every class once, be it as rare as it may.
    """
    labels = np.asarray(labels)
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        rows = shuffled[labels[shuffled] == label]
        place[rows] = np.arange(len(rows)) / len(rows)
    return shuffled[np.argsort(place[shuffled], kind="stable")]


def stored_values(estimator: Pipeline) -> int:
    """Return how many numbers a fitted estimator needs to predict."""
    return sum(array.size for array in _arrays(estimator))


def multiply_accumulates(estimator: Pipeline) -> int | None:
    """Return the products summed for one image; None if it computes none.

    For a neighbour they are those of its distances, for a kernel those of
    its distances and of the weighted sums.
    """
    total = 0
    for step in _steps(estimator):
        if isinstance(step, PCA):
            total += step.components_.size
        elif isinstance(step, KNeighborsClassifier):
            total += step._fit_X.size
        elif isinstance(step, SVC):
            total += step.support_vectors_.size + step.dual_coef_.size
        elif isinstance(step, SGDClassifier):
            total += step.coef_.size
    return total or None


def disk_bytes(estimator: Pipeline) -> int:
    """Return the size of the estimator's file as joblib writes it."""
    with tempfile.TemporaryFile() as file:
        joblib.dump(estimator, file)
        return file.tell()


def time_per_image(
    score: Callable[[Images], Any],
    images: Images,
    batch_size: int = 250,
    runs: int = 5,
    singles: int = 20,
) -> Times:
    """Return the median seconds that scoring takes for an image.

    The first call of each kind is not counted.
    """
    batch = images[:batch_size]
    with threadpool_limits(1):
        one_by_one = [
            _seconds(score, images[index % len(images), None])
            for index in range(singles + 1)
        ]
        together = [_seconds(score, batch) for _ in range(runs + 1)]
    return Times(
        statistics.median(one_by_one[1:]),
        statistics.median(together[1:]) / len(batch),
        len(batch),
        runs,
    )


def _fit(
    name: str,
    method: Method,
    choice: Choice,
    train: Labelled,
    images: Images,
) -> Fitted:
    """Return the chosen candidate, fitted and measured but for choosing."""
    estimator = method.estimator(choice.settings, len(train[1]))
    with peak_memory() as growth:
        started = time.perf_counter()
        fit(estimator, train)
        seconds = time.perf_counter() - started
        scores(estimator, images[:BLOCK], int(train[1].max()) + 1)
    return Fitted(
        name,
        choice,
        None if _is_lazy(estimator) else estimator,
        seconds,
        0.0,
        stored_values(estimator),
        multiply_accumulates(estimator),
        disk_bytes(estimator),
        growth.get("bytes"),
    )


def _errors(estimator: Pipeline, labelled: Labelled, num_classes: int) -> int:
    guesses = scores(estimator, labelled[0], num_classes).argmax(axis=1)
    return int((guesses != labelled[1]).sum())


def _neighbour_errors(
    method: Method, train: Labelled, validation: Labelled, num_classes: int
) -> list[int]:
    """Return each candidate's errors from one search for all of them."""
    candidates = method.candidates
    most = max(int(settings["k"]) for settings in candidates)
    nearest: dict[tuple, np.ndarray] = {}
    errors = []
    for settings in candidates:
        others = tuple(
            value for name, value in settings.items() if name != "k"
        )
        if others not in nearest:
            nearest[others] = _nearest_labels(
                method.estimator(settings | {"k": most}, len(train[1])),
                train,
                validation[0],
            )
        classes = nearest[others][:, : int(settings["k"])]
        # a class at a time: all at once would need much memory for a large k
        votes = [(classes == c).sum(axis=1) for c in range(num_classes)]
        guesses = np.argmax(votes, axis=0)
        errors.append(int((guesses != validation[1]).sum()))
    return errors


def _nearest_labels(
    estimator: Pipeline, train: Labelled, images: Images
) -> np.ndarray:
    """Return the labels (N, k) of the nearest training images, in order."""
    fit(estimator, train)
    vectors = estimator[:-1].transform(images)
    rows = estimator[-1].kneighbors(vectors, return_distance=False)
    return np.asarray(train[1])[rows]


def _steps(estimator: Pipeline) -> Iterator[BaseEstimator]:
    """Yield the steps, those of pipelines inside as well."""
    for _, step in estimator.steps:
        if isinstance(step, Pipeline):
            yield from _steps(step)
        else:
            yield step


def _last(estimator: Pipeline) -> BaseEstimator:
    *_, last = _steps(estimator)
    return last


def _is_lazy(estimator: Pipeline) -> bool:
    """Say whether fitting does little but keep the training images."""
    return isinstance(_last(estimator), KNeighborsClassifier)


def _arrays(estimator: Pipeline) -> Iterator[np.ndarray]:
    """Yield what a fitted estimator needs to predict."""
    for step in _steps(estimator):
        if isinstance(step, PCA):
            yield from (step.mean_, step.components_)
        elif isinstance(step, UnitSpread):
            yield np.asarray(step.spread_)
        elif isinstance(step, KNeighborsClassifier):
            yield from (step._fit_X, step._y)
        elif isinstance(step, SVC):
            yield from (step.support_vectors_, step.dual_coef_)
            yield step.intercept_
        elif isinstance(step, SGDClassifier):
            yield from (step.coef_, step.intercept_)
        elif isinstance(step, DummyClassifier):
            yield np.asarray(0)  # the one class that it names


def _seconds(score: Callable[[Images], Any], images: Images) -> float:
    started = time.perf_counter()
    score(images)
    return time.perf_counter() - started


@contextmanager
def peak_memory() -> Iterator[dict[str, int]]:
    """Take by how many bytes this process grew at most, on Linux."""
    growth: dict[str, int] = {}
    try:
        # what was freed is given back, lest it be used again uncounted
        ctypes.CDLL(None).malloc_trim(0)
        PEAK.write_text("5")
        before = _status("VmRSS")
    except (OSError, AttributeError):
        yield growth
        return
    yield growth
    growth["bytes"] = max(0, _status("VmHWM") - before)


def _status(field: str) -> int:
    for line in STATUS.read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"{STATUS} has no {field}")
