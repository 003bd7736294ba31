"""Results too long to make in every report, committed with their command."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from .errors import ReportError
from .parameters import Parameters

FOLDER = Path(__file__).parents[1] / "measured"
Kind = TypeVar("Kind", bound=BaseModel)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Seed(_Frozen):
    """What the network of one seed reached after its last epoch."""

    seed: int = Field(ge=0)
    validation_wrong: int = Field(ge=0)
    test_wrong: int = Field(ge=0)
    seconds: float = Field(gt=0)
    """Time from its first epoch to its last, waits left out."""
    processor_seconds: float = Field(gt=0)
    """Time that a core spent on it."""


class Measured(_Frozen):
    """The networks of several seeds, trained with one recipe."""

    command: str
    commit: str = Field(pattern="^[0-9a-f]{40}$")
    """The code that trained them."""
    data: str
    parameters: dict[str, Any]
    """Those that differ from the defaults."""
    num_parameters: int = Field(gt=0)
    macs: int = Field(gt=0)
    """Multiply-accumulates for one image."""
    train_images: int = Field(gt=0)
    validation_images: int = Field(gt=0)
    test_images: int = Field(gt=0)
    seeds: list[Seed] = Field(min_length=1)
    processor: str
    torch: str

    @field_validator("parameters")
    @classmethod
    def _allowed(cls, values: dict[str, Any]) -> dict[str, Any]:
        Parameters.from_values(values)
        return values

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        found = [each.seed for each in self.seeds]
        asked = list(Parameters(**self.parameters).seeds)
        if found != asked:
            raise ValueError(f"seeds: {found} are there, not {asked}")
        for each in self.seeds:
            for part in ("validation", "test"):
                wrong = getattr(each, f"{part}_wrong")
                total = getattr(self, f"{part}_images")
                if wrong > total:
                    raise ValueError(
                        f"seed {each.seed}: {wrong} of {total} {part} images "
                        "cannot be wrong"
                    )
        return self

    @property
    def recipe(self) -> Parameters:
        """Return all parameters of the training."""
        return Parameters(**self.parameters)

    @property
    def test_errors(self) -> list[float]:
        """Return each seed's error rate on the test images."""
        return [each.test_wrong / self.test_images for each in self.seeds]

    @property
    def validation_errors(self) -> list[float]:
        """Return each seed's error rate on the validation images."""
        total = self.validation_images
        return [each.validation_wrong / total for each in self.seeds]


class Runtime(_Frozen):
    """What one runtime needs to read images with a trained network."""

    command: str
    commit: str = Field(pattern="^[0-9a-f]{40}$")
    data: str
    quantities: dict[str, float]
    """By the names of deployment.QUANTITIES."""
    peak_bytes: list[int] = Field(min_length=2)
    """The most memory of each fresh process that reads one image."""
    test_wrong: int = Field(ge=0)
    test_images: int = Field(gt=0)
    processor: str
    torch: str


class View(_Frozen):
    """A width and a colour scheme in which a page was looked at."""

    size: str
    scheme: str
    violations: list[str]
    """The rules of axe-core that the page breaks."""


class Barriers(_Frozen):
    """What keeps readers out of a rendered report."""

    command: str
    commit: str = Field(pattern="^[0-9a-f]{40}$")
    axe: str
    """The version of axe-core."""
    rules: int = Field(gt=0)
    """How many of its rules the page is subject to."""
    views: list[View] = Field(min_length=1)
    language: str
    """That which the PDF names as its own."""
    figures: int = Field(ge=0)
    """Those that the PDF's structure holds."""
    described: int = Field(ge=0)
    """Those of them with an alternative text."""


def load(
    name: str, kind: type[Kind] = Measured, folder: Path = FOLDER
) -> Kind:
    """Return the committed results of this name, checked."""
    path = folder / f"{name}.json"
    try:
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ReportError(
            f"Cannot read the measured results {path}: {error.strerror}."
        ) from None
    except (ValidationError, ReportError) as error:
        raise ReportError(
            f"The measured results {path} cannot be used:\n{error}\n"
            "Make them again with the command that the README gives."
        ) from None


def save(found: BaseModel, name: str, folder: Path = FOLDER) -> Path:
    """Write results under this name; return the file."""
    path = folder / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(found.model_dump_json(indent=2) + "\n", "utf-8")
    return path
