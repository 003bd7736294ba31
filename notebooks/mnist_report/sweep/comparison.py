"""What the comparison's notebook is told, and what it records."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mnist_report import statistics
from mnist_report.errors import ReportError
from mnist_report.results import Results
from mnist_report.statistics import half_width
from mnist_report.sweep import comparing, findings
from mnist_report.sweep.comparing import Difference, Effect
from mnist_report.sweep.finished import Collection, Finished, Group

ROOT = Path(__file__).parents[3]
MACHINE = "time on this machine, beside other processes"
SEEDS = "other seeds, processors and libraries end elsewhere"


class Inputs(BaseModel):
    """What a comparison is told: where the runs are."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    folders: list[str] = Field(min_length=1)

    @classmethod
    def of(cls, folders: Any) -> Inputs:
        """Return the inputs that the notebook's parameters give."""
        try:
            return cls(folders=folders)
        except ValidationError:
            raise ReportError(
                f"folders: {folders!r} is no list of folders; name a sweep's "
                "folder, or those of two runs or more."
            ) from None

    @property
    def paths(self) -> list[Path]:
        """Return the folders; what is not absolute counts from the root."""
        return [ROOT / folder for folder in self.folders]

    def text(self, name: str) -> str:
        """Return a parameter as prose shows it."""
        return ", ".join(getattr(self, name))


def record(
    results: Results,
    collection: Collection,
    chosen: Group,
    reference: Group,
) -> None:
    """Record what was compared, and the choice."""
    runs = _runs(collection)
    there, gone = len(runs), len(collection.missing)
    results.record("sweep", collection.title, "the sweep's name")
    results.record(
        "question", collection.question or "What differs?", "what was asked"
    )
    results.record("runs", there, "runs compared", form=",d")
    results.record("missing-runs", gone, "runs without results", form=",d")
    results.record(
        "configurations",
        len(collection.distinct),
        "configurations compared",
        form=",d",
    )
    data = dict.fromkeys(run.data for run in runs if run.data)
    results.record("data", ", ".join(data) or "not known", "the data")
    results.record_words("chosen", chosen.label, "the chosen configuration")
    results.record("reference", reference.label, "the reference", **_spread(1))
    for part, errors in {
        "validation": chosen.validation,
        "test": chosen.test,
    }.items():
        _record_error(results, part, errors, chosen.runs[0].num_test)
    results.record_words("seeds", _seeds(collection), "seeds of each")
    # of equal ones the last, as the chosen one is the first
    worst = max(
        reversed(collection.distinct),
        key=lambda each: comparing.mean(each.validation),
    )
    results.record_words("worst", worst.label, "the highest validation error")
    results.record(
        "worst-validation-error",
        comparing.mean(worst.validation),
        "its validation error, mean over the seeds",
        form=".2%",
        **_spread(0.01),
    )
    results.record(
        "training-seconds",
        chosen.training_seconds,
        "time to train one network of the chosen configuration",
        form=".1f",
        unit="s",
        varies="machine",
        reason=MACHINE,
    )
    used = [run.watt_hours for run in runs]
    known = None not in used
    results.record(
        "energy",
        sum(used) if known else "not known",
        "energy of all runs, as far as it is known",
        form=".2g" if known else "",
        unit="Wh" if known else "",
        varies="machine",
        reason=MACHINE,
    )
    results.record(
        "watts-per-core",
        chosen.runs[0].watts_per_core,
        "power assumed for a busy core",
        form="g",
        unit="W",
    )
    results.conclude(all_are_there=findings.all_are_there(there + gone, there))
    results.notices += collection.notices
    if gone:
        results.notices.append(
            f"**{gone} of {there + gone} runs "
            f"{'is' if gone == 1 else 'are'} missing**; see "
            "[Section 1](#runs-without-results)."
        )
    results.provenance = provenance(runs)
    count = len(collection.distinct)
    results.headline = (
        f"{collection.title}: {chosen.label} is chosen of {count} "
        f"configuration{'s' * (count != 1)}, mean validation error "
        f"{results.text('validation-error')}"
    )


def conclude(
    results: Results,
    collection: Collection,
    chosen: Group,
    reference: Group,
    differences: list[Difference],
    effects: list[Effect],
    flips: dict[str, dict[str, list[str]]],
) -> None:
    """Record what the comparison says."""
    groups = collection.distinct
    names = {n for g in groups for run in g.runs for n in run.verdicts}
    results.record(
        "distinguishable",
        sum(each.distinguishable or False for each in differences),
        "configurations that differ from the reference",
        **_spread(len(differences) or 1),
    )
    results.series |= _series(groups, differences)
    results.conclude(
        choice_is_clear=findings.choice_is_clear(groups, chosen),
        some_differ=findings.some_differ(differences, reference.label),
        parameters_interact=findings.parameters_interact(effects),
        findings_flip=findings.findings_flip(flips, len(names)),
    )


def _series(
    groups: Sequence[Group], differences: Sequence[Difference]
) -> dict[str, dict[str, list[Any]]]:
    """Return what the tables and figures show, for all configurations."""
    return {
        "tbl-configurations": {
            "label": [group.label for group in groups],
            "validation_errors": [[*g.validation.values()] for g in groups],
            "test_errors": [[*group.test.values()] for group in groups],
            "parameters": [group.weights for group in groups],
            "training_seconds": [group.training_seconds for group in groups],
            "watt_hours": [group.watt_hours for group in groups],
        },
        "tbl-differences": {
            name: [getattr(each, name) for each in differences]
            for name in Difference._fields
        },
    }


def provenance(runs: list[Finished]) -> dict[str, list[str]]:
    """Return what the runs came from; where they differ, all of it."""
    told: dict[str, dict[str, None]] = {}
    for run in runs:
        for key in ("commit", "tree", "device", "processor", "python"):
            if value := run.provenance.get(key):
                told.setdefault(key, {})[str(value)] = None
    told["compared with Python"] = {platform.python_version(): None}
    return {key: list(values) for key, values in told.items()}


def _record_error(
    results: Results, part: str, errors: dict[int, float], num_test: int
) -> None:
    rates = list(errors.values())
    rate = comparing.mean(errors)
    images = num_test or 10_000
    results.record(
        f"{part}-error",
        rate,
        f"{part} error of the chosen configuration, mean over the seeds",
        form=".2%",
        n=len(rates),
        interval=statistics.t_interval(rates, bounds=(0, 1)),
        **_spread(half_width(round(rate * images), images)),
    )


def _seeds(collection: Collection) -> str:
    """Return how many seeds each configuration has."""
    counts = [len(group.validation) for group in collection.distinct]
    fewest, most = min(counts), max(counts)
    number = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"
    return f"{number} seed{'s' * (most != 1)}"


def _spread(tolerance: float) -> dict[str, Any]:
    return {"varies": "stochastic", "tolerance": tolerance, "reason": SEEDS}


def _runs(collection: Collection) -> list[Finished]:
    """Return each run once, though several configurations may share it."""
    runs = [run for group in collection.groups for run in group.runs]
    return list({id(run): run for run in runs}.values())
