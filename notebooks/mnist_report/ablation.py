"""What one change at a time does to the network, over the same seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .parallel import run_jobs
from .parameters import Parameters

BASE = "as it is"
# the parameters that switch an augmentation off
AUGMENTATIONS = {
    "rotation": ("rotation_degrees",),
    "shear": ("shear_degrees",),
    "scaling": ("scaling",),
    "translation": ("translation",),
    "perspective": ("perspective_distortion", "perspective_probability"),
    "elastic shifts": ("elastic_displacement",),
}
# what is tried in place of nothing
DROPOUT, EMA_DECAY = 0.2, 0.999


class Variant(NamedTuple):
    """A change in words, and the parameters that it sets."""

    name: str
    changes: Mapping[str, Any]


def variants(parameters: Parameters) -> list[Variant]:
    """Return no change, and then each single change of these parameters."""
    return [Variant(BASE, {}), *_less(parameters), *_other(parameters)]


def _less(parameters: Parameters) -> Iterator[Variant]:
    """Yield the augmentations that are on, each switched off, then all."""
    used = {
        name: dict.fromkeys(parts, 0.0)
        for name, parts in AUGMENTATIONS.items()
        if all(getattr(parameters, part) for part in parts)
    }
    for name, changes in used.items():
        yield Variant(f"no {name}", changes)
    if len(used) > 1:
        together = {k: v for each in used.values() for k, v in each.items()}
        yield Variant("no augmentation", together)


def _other(parameters: Parameters) -> Iterator[Variant]:
    """Yield the other ingredients, each taken away or put in."""
    for part, amount, words in [
        ("dropout", DROPOUT, "dropout"),
        ("ema_decay", EMA_DECAY, "averaged weights"),
    ]:
        if getattr(parameters, part):
            yield Variant(f"no {words}", {part: 0.0})
        else:
            yield Variant(f"{words} of {amount:g}", {part: amount})
    if parameters.label_smoothing:
        yield Variant("no label smoothing", {"label_smoothing": 0.0})
    norm = parameters.batch_norm
    yield Variant(
        f"{'no ' if norm else ''}batch normalisation", {"batch_norm": not norm}
    )
    [schedule] = {"one-cycle", "step"} - {parameters.lr_schedule}
    yield Variant(f"{schedule} schedule", {"lr_schedule": schedule})


class Row(BaseModel):
    """One variant's wrong validation images, for each seed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    changes: dict[str, Any]
    wrong: list[int] = Field(min_length=1)


class Ablation(BaseModel):
    """All variants over the same seeds, on the same validation images."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    command: str
    commit: str = Field(pattern="^[0-9a-f]{40}$")
    data: str
    parameters: dict[str, Any]
    """Those of the network as it is that differ from the defaults."""
    train_images: int = Field(gt=0)
    validation_images: int = Field(gt=0)
    rows: list[Row] = Field(min_length=2)
    processor_seconds: float = Field(gt=0)
    """Time that cores worked for it, all runs together."""
    processor: str
    torch: str

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        base = Parameters.from_values(self.parameters)
        asked = [(name, dict(changes)) for name, changes in variants(base)]
        found = [(row.name, row.changes) for row in self.rows]
        if found != asked:
            raise ValueError("the rows are not the recipe's variants")
        for row in self.rows:
            if len(row.wrong) != base.num_seeds:
                raise ValueError(f"{row.name}: not {base.num_seeds} seeds")
            if not 0 <= min(row.wrong) <= max(row.wrong):
                raise ValueError(f"{row.name}: fewer than 0 are wrong")
            if max(row.wrong) > self.validation_images:
                raise ValueError(
                    f"{row.name}: {max(row.wrong)} of "
                    f"{self.validation_images} images cannot be wrong"
                )
        return self

    @property
    def recipe(self) -> Parameters:
        """Return all parameters of the network as it is."""
        return Parameters(**self.parameters)


def measure(
    parameters: Parameters,
    count_wrong: Callable[[Parameters, int], int],
    workers: int = 0,
) -> list[Row]:
    """Return each variant's wrong validation images over all seeds.

    count_wrong: trains one seed with the parameters and counts.
    """

    def one(job: tuple[Variant, int]) -> int:
        variant, seed = job
        return count_wrong(parameters.model_copy(update=variant.changes), seed)

    tried, seeds = variants(parameters), list(parameters.seeds)
    jobs = [(variant, seed) for variant in tried for seed in seeds]
    found = iter(run_jobs(one, jobs, workers))
    return [
        Row(
            name=variant.name,
            changes=dict(variant.changes),
            wrong=list(islice(found, len(seeds))),
        )
        for variant in tried
    ]


def differences(row: Row, base: Row, total: int) -> Sequence[float]:
    """Return by how much a change raises each seed's error rate."""
    pairs = zip(row.wrong, base.wrong, strict=True)
    return [(changed - plain) / total for changed, plain in pairs]
