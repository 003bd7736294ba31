"""What every method answered to every test image, kept for recomputing.

Beside each method's answers and scores the file holds what other judgements
rest on: `seeds`, the classes that each seed's network answered;
`METHOD-confidence`, the probabilities of its answers before and after
scaling; `METHOD-wrong-of-SIZE`, what it misses when it is trained on fewer
images; `METHOD-wrong-distorted`, by distortion, strength and image.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from mnist_report.errors import ReportError

ANSWER, SCORE, SEEDS = "-predicted", "-score", "seeds"


@dataclass(frozen=True)
class Stored:
    """Predictions as a file holds them: one answer and score an image."""

    index: np.ndarray
    """The images' places in the test set."""
    truth: np.ndarray
    answers: dict[str, np.ndarray]
    """Each method's predicted classes (N,)."""
    certainty: dict[str, np.ndarray]
    """Each method's scores of the classes that it predicted (N,)."""
    seeds: np.ndarray | None = None
    """The classes that each seed's network predicted (seeds, N)."""

    @classmethod
    def load(cls, file: Path | str | bytes) -> Self:
        """Return what a predictions.npz holds, given as a path or bytes."""
        source = io.BytesIO(file) if isinstance(file, bytes) else file
        with np.load(source, allow_pickle=False) as archive:
            arrays = dict(archive)
        return cls(
            arrays["index"],
            arrays["true"],
            _ending(arrays, ANSWER),
            _ending(arrays, SCORE),
            arrays.get(SEEDS),
        )

    def predicted(self, method: str) -> np.ndarray:
        """Return the method's classes (N,)."""
        return self.answers[method]

    def wrong(self, method: str) -> np.ndarray:
        """Say of each image whether the method errs on it."""
        return self.answers[method] != self.truth


@dataclass(frozen=True)
class Predictions:
    """Each method's scores (N, classes) for the images of a test set."""

    truth: np.ndarray
    scores: dict[str, np.ndarray] = field(default_factory=dict)
    evidence: dict[str, np.ndarray] = field(default_factory=dict)
    """What else judgements rest on, by the names it has in the file."""

    def add(self, method: str, scores: np.ndarray) -> None:
        """Keep a method's scores; the highest one is its answer."""
        scores = np.asarray(scores, np.float32)
        if method in self.scores:
            raise ReportError(f"{method}: its predictions are there already")
        if scores.ndim != 2 or len(scores) != len(self.truth):
            raise ReportError(
                f"{method}: scores of shape {scores.shape}; needed is a row "
                f"of classes for each of {len(self.truth):,} images"
            )
        if np.isnan(scores).any():
            raise ReportError(f"{method}: some scores are not numbers")
        self.scores[method] = scores

    @property
    def methods(self) -> list[str]:
        """Return the methods in the order in which they were added."""
        return list(self.scores)

    def predicted(self, method: str) -> np.ndarray:
        """Return the method's classes (N,); of equal scores the first."""
        return self.scores[method].argmax(axis=1)

    def wrong(self, method: str) -> np.ndarray:
        """Say of each image whether the method errs on it."""
        return self.predicted(method) != self.truth

    def all_wrong(self) -> dict[str, np.ndarray]:
        """Return for each method on which images it errs."""
        return {method: self.wrong(method) for method in self.scores}

    def save_bytes(self) -> bytes:
        """Return a compressed npz; the same predictions, the same bytes."""
        columns = [each.shape[1] - 1 for each in self.scores.values()]
        small = np.min_scalar_type(max(self.truth.max(initial=0), *columns, 0))
        arrays = {
            "index": np.arange(len(self.truth), dtype=np.uint32),
            "true": self.truth.astype(small),
        }
        for method, scores in self.scores.items():
            arrays[method + ANSWER] = self.predicted(method).astype(small)
            arrays[method + SCORE] = scores.max(axis=1, initial=-np.inf)
        for name, array in self.evidence.items():
            classes = np.issubdtype(array.dtype, np.integer)
            arrays[name] = array.astype(small) if classes else array
        stream = io.BytesIO()
        np.savez_compressed(stream, **arrays)
        return stream.getvalue()


def _ending(
    arrays: Mapping[str, np.ndarray], ending: str
) -> dict[str, np.ndarray]:
    """Return the arrays with this ending of their names, by what is before."""
    return {
        name.removesuffix(ending): array
        for name, array in arrays.items()
        if name.endswith(ending)
    }
