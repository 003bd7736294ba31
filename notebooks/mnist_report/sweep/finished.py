"""Finished runs, read back and gathered by their configuration."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mnist_report import energy
from mnist_report.errors import ReportError
from mnist_report.parameters import Parameters
from mnist_report.sweep import estimate
from mnist_report.sweep.plan import OWN, Plan, canonical, label_of
from mnist_report.sweep.store import Store, brief

NEEDED = ("validation-error-mean", "test-error-mean", "training-seconds")
NEEDED += ("parameters",)
NETWORK = "cnn"


@dataclass(frozen=True)
class Finished:
    """What one run found."""

    folder: Path
    parameters: dict[str, Any]
    validation: dict[int, float]
    """Each seed's validation error."""
    test: dict[int, float]
    """Each seed's test error."""
    num_test: int
    weights: int
    """The network's parameters."""
    training_seconds: float
    watt_hours: float | None
    """The whole run's energy, as far as it is assumed."""
    curves: dict[int, list[float]]
    """Each seed's validation error after each epoch."""
    verdicts: dict[str, str]
    questions: dict[str, str]
    data: str
    provenance: dict[str, Any]

    @property
    def watts_per_core(self) -> float:
        """Return what a busy core is assumed to draw."""
        return energy.assumed(tuple(self.parameters["core_watts"])).value

    def wrong(self) -> dict[int, np.ndarray]:
        """Return for each seed which test images its network misses.

        Of older runs the first seed's answers alone were kept.
        """
        path = self.folder / "predictions.npz"
        if not path.is_file():
            return {}
        # imported here: most comparisons of many runs do not come this far
        from mnist_report.predictions import Stored

        stored = Stored.load(path)
        if stored.seeds is not None:
            return dict(
                zip(self.test, stored.seeds != stored.truth, strict=True)
            )
        if NETWORK not in stored.answers:
            return {}
        return {self.parameters["seed"]: stored.wrong(NETWORK)}


@dataclass(frozen=True)
class Group:
    """The finished runs of one configuration."""

    label: str
    varied: dict[str, Any]
    runs: list[Finished]
    expected: int = 0
    """How many runs it should have."""
    same_as: str | None = None

    @property
    def validation(self) -> dict[int, float]:
        """Return each seed's validation error."""
        return {s: e for run in self.runs for s, e in run.validation.items()}

    @property
    def test(self) -> dict[int, float]:
        """Return each seed's test error."""
        return {s: e for run in self.runs for s, e in run.test.items()}

    @property
    def curves(self) -> dict[int, list[float]]:
        """Return each seed's validation error after each epoch."""
        return {s: c for run in self.runs for s, c in run.curves.items()}

    @property
    def weights(self) -> int:
        """Return the number of the network's parameters."""
        return self.runs[0].weights

    @property
    def training_seconds(self) -> float:
        """Return the time to train one network, the median over the runs."""
        return float(np.median([run.training_seconds for run in self.runs]))

    @property
    def watt_hours(self) -> float | None:
        """Return the energy of one run, as far as it is known."""
        known = [run.watt_hours for run in self.runs]
        if any(each is None for each in known):
            return None
        return float(np.mean(known))

    @property
    def data(self) -> str:
        """Return what the runs were made on."""
        return self.runs[0].data

    @property
    def whole(self) -> bool:
        """Say whether no run is missing."""
        return len(self.runs) >= self.expected

    def wrong(self) -> dict[int, np.ndarray]:
        """Return for each seed which test images its network misses."""
        return {s: w for run in self.runs for s, w in run.wrong().items()}


@dataclass(frozen=True)
class Missing:
    """A run that should be there and is not, and why."""

    name: str
    cause: str


@dataclass(frozen=True)
class Collection:
    """All that a comparison is made of."""

    title: str
    question: str
    groups: list[Group]
    """Configurations with at least one finished run."""
    missing: list[Missing]
    grid: dict[str, list[Any]]
    reference: str | None
    fixed: dict[str, Any]
    varied: dict[str, list[Any]] = field(default_factory=dict)
    """All values of what differs, those of missing runs too."""
    notices: list[str] = field(default_factory=list)

    @property
    def distinct(self) -> list[Group]:
        """Return the configurations without those that repeat another."""
        return [group for group in self.groups if group.same_as is None]

    @property
    def on_grid(self) -> list[Group]:
        """Return the configurations of the grid, without the points."""
        return [
            group
            for group in self.groups
            if group.varied.keys() == self.grid.keys()
            and all(v in self.grid[n] for n, v in group.varied.items())
        ]


def collect(folders: Iterable[Path]) -> Collection:
    """Return what a sweep's folder, or several runs' folders, hold."""
    folders = list(folders)
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise ReportError(
            f"{', '.join(map(str, folders))}: a folder is named twice; two "
            "runs are the least."
        )
    if len(folders) == 1 and (folders[0] / "plan.json").is_file():
        collection = _of_sweep(Store(folders[0]))
    else:
        collection = _of_runs(folders)
    finished = {id(run) for each in collection.groups for run in each.runs}
    if len(finished) < 2:
        raise ReportError(
            f"There is nothing to compare: {len(finished)} finished run in "
            f"{', '.join(map(str, folders))}; two are the least."
        )
    return collection


def read(folder: Path, seal: dict[str, Any] | None = None) -> Finished:
    """Return what one run's folder holds."""
    path = folder / "results.json"
    try:
        bundle = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text in UTF-8"
        raise ReportError(
            f"Cannot read {path}: {reason}.\nName the folder of a finished "
            "run, or make the run again."
        ) from None
    except ValueError as error:
        raise _broken(path, f"it is cut short or no JSON ({error})") from None
    try:
        return _finished(folder, bundle, seal)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _broken(path, f"{type(error).__name__} {error}") from None


def _finished(
    folder: Path, bundle: dict[str, Any], seal: dict[str, Any] | None
) -> Finished:
    values, found = bundle["values"], bundle["findings"]
    for name in NEEDED:
        if name not in values:
            raise _broken(folder / "results.json", f"it has no value {name}")
    given = {n: each["value"] for n, each in bundle["parameters"].items()}
    parameters = Parameters.from_values(
        {n: v for n, v in given.items() if n in Parameters.model_fields},
        f" in {folder / 'results.json'}",
    )
    seeds = list(parameters.seeds)
    curves = bundle.get("series", {}).get("fig-curves", {})
    cores = seal and seal.get("cpu_seconds")
    if not cores and "run-core-hours" in values:
        cores = 3600 * values["run-core-hours"]["value"]
    watts = energy.assumed(tuple(parameters.core_watts)).value
    return Finished(
        folder,
        parameters.model_dump(),
        _by_seed(seeds, values["validation-error-mean"]),
        _by_seed(seeds, values["test-error-mean"]),
        int(values["test-images"]["value"]) if "test-images" in values else 0,
        int(values["parameters"]["value"]),
        float(values["training-seconds"]["value"]),
        estimate.watt_hours(cores, watts) if cores else None,
        dict(zip(seeds, curves.get("validation_error", []), strict=False)),
        {name: each["verdict"] for name, each in found.items()},
        {name: each["question"] for name, each in found.items()},
        str(values.get("data-title", {}).get("value", "")),
        bundle["provenance"],
    )


def _by_seed(seeds: list[int], value: dict[str, Any]) -> dict[int, float]:
    """Return each seed's own value; of older runs only the mean is known."""
    samples = value.get("samples") or [value["value"]]
    if not all(0 <= rate <= 1 for rate in samples):
        raise ValueError(f"an error rate of {max(samples, key=abs)}")
    return dict(zip(seeds, map(float, samples), strict=False))


def _of_sweep(store: Store) -> Collection:
    """Return the runs of a sweep that are done, and say which are not."""
    try:
        plan = Plan.from_json(store.plan_file.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReportError(
            f"{store.plan_file} is not as its sweep wrote it: {error}.\nStart "
            "the sweep again: it keeps the runs that are done."
        ) from None
    groups, missing, origins = [], {}, set()
    done: dict[str, Finished] = {}
    for each in plan.configurations:
        runs = []
        for name in each.runs:
            cause = _cause(store, name)
            if cause is None:
                seal = store.sealed(name)
                origins.add(seal["sources"])
                if name not in done:
                    done[name] = read(store.run(name), seal)
                runs.append(done[name])
            else:
                missing[name] = Missing(name, cause)
        if runs:
            groups.append(
                Group(
                    each.label, each.varied, runs, len(each.runs), each.same_as
                )
            )
    given = [each.varied for each in plan.configurations]
    varied = _values(given, Parameters().model_dump() | plan.base)
    fixed = {n: v for n, v in plan.base.items() if n not in varied}
    notices = _of_data(done.values())
    if len(origins) > 1:
        notices.append(
            "The runs were not all made from the same cells and modules; "
            "make the sweep again to have them alike."
        )
    return Collection(
        plan.name,
        plan.description,
        groups,
        list(missing.values()),
        plan.grid,
        plan.reference,
        fixed,
        varied,
        notices,
    )


def _cause(store: Store, name: str) -> str | None:
    """Say why a run of a sweep cannot be taken in; None if it can."""
    if store.sealed(name) is None:
        state = store.state(name)
        return brief(state.get("cause") or "not made yet")
    return store.damage(name)


def _of_runs(folders: list[Path]) -> Collection:
    """Return single runs, gathered by what differs between them."""
    runs = [read(folder) for folder in folders]
    settings = [_setting(run) for run in runs]
    differing = [
        name
        for name in Parameters.model_fields
        if any(each[name] != settings[0][name] for each in settings)
    ]
    gathered: dict[str, list[Finished]] = {}
    varied: dict[str, dict[str, Any]] = {}
    for run, setting in zip(runs, settings, strict=True):
        differs = {name: setting[name] for name in differing}
        label = label_of(differs) or "as it is"
        gathered.setdefault(label, []).append(run)
        varied[label] = differs
    groups = [
        Group(label, varied[label], each, len(each))
        for label, each in gathered.items()
    ]
    default = Parameters().model_dump()
    fixed = {
        name: value
        for name, value in settings[0].items()
        if name not in differing and name not in OWN and value != default[name]
    }
    for group in groups:
        if len(group.validation) < sum(len(r.validation) for r in group.runs):
            raise ReportError(
                f"{' and '.join(str(run.folder) for run in group.runs)} are "
                "runs of the same parameters and seeds; there is nothing to "
                "compare."
            )
    values = _values(list(varied.values()), {})
    notices = _of_data(runs)
    return Collection("runs", "", groups, [], {}, None, fixed, values, notices)


def _values(
    given: list[dict[str, Any]], default: dict[str, Any]
) -> dict[str, list[Any]]:
    """Return each parameter's values; the default where one lacks it."""
    found: dict[str, list[Any]] = {}
    for name in dict.fromkeys(name for each in given for name in each):
        for each in given:
            value = each.get(name, default.get(name))
            if value not in found.setdefault(name, []):
                found[name].append(value)
    return found


def _of_data(runs: Iterable[Finished]) -> list[str]:
    """Return a notice where runs were made on different data."""
    if len({run.data for run in runs}) < 2:
        return []
    return [
        "The runs were made on **different data**: their errors are those of "
        "different tasks, and are not tested against each other."
    ]


def _setting(run: Finished) -> dict[str, Any]:
    """Return a run's parameters without its seeds."""
    default = Parameters().model_dump()
    values = canonical(Parameters(**run.parameters))
    return values | {name: default[name] for name in OWN}


def _broken(path: Path, what: str) -> ReportError:
    return ReportError(
        f"{path} is not as its run wrote it: {what}.\nMake the run again, or "
        "leave it out."
    )
