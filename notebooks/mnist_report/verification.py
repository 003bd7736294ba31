"""A run beside its committed reference: what is the same, what drifted.

A reference is of one configuration and one class of device. Its tolerances
come from runs that differ in their seeds alone. Values and findings that
depend on the machine's pace are left out.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parents[2] / "tests" / "references"
# what a configuration leaves open: where data lie, and how they are computed
NEUTRAL = {"dataset", "data_dir", "device", "num_threads"}
ROUNDING = 1e-6
DEVIATIONS = 4
# runs with other seeds; from fewer no spread is taken
LEAST = 10
DECLARED = "as the run declares, for want of ten runs with other seeds"
LISTED = 8
ABSENT = "absent"

Scalar = bool | int | float | str | None


class Level(IntEnum):
    """How near a run is to its reference."""

    IDENTICAL = 0
    ROUNDING = 1
    SPREAD = 2
    DRIFT = 3
    NOT_COMPARABLE = 4

    def __str__(self) -> str:
        return {
            Level.IDENTICAL: "bit-identical",
            Level.ROUNDING: "within rounding",
            Level.SPREAD: "within seed spread",
            Level.DRIFT: "drift",
            Level.NOT_COMPARABLE: "not comparable",
        }[self]


class _Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True
    )


class Expected(_Frozen):
    value: Scalar
    text: str
    """The value as the report prints it."""
    varies: Literal["exact", "stochastic"]
    """How another run of the same parameters may differ."""
    tolerance: float | None = None
    """The largest difference that is no drift, where the value varies."""
    reason: str | None = None
    """Where the tolerance comes from."""
    unsettled: bool = False
    """Whether seeds alone change it, where it is words."""


class Judged(_Frozen):
    verdict: str
    seen: list[str]
    """The verdicts that runs with other seeds came to as well."""


class Reference(_Frozen):
    """What a run of this configuration is expected to find."""

    parameters: dict[str, Any]
    device: str
    data_sha256: dict[str, str]
    origin: dict[str, Any]
    """The run that it was made from: commit, tree, processor, PyTorch."""
    checksums: dict[str, Any]
    """Of the predictions and of each network's weights."""
    spread: list[int]
    """The first seeds of the runs that the tolerances come from."""
    values: dict[str, Expected]
    findings: dict[str, Judged]


@dataclass(frozen=True)
class Difference:
    """A value or a finding that is not as the reference has it."""

    name: str
    old: str
    new: str
    level: Level

    def __str__(self) -> str:
        return f"{self.name}: {self.old} → {self.new}"


@dataclass(frozen=True)
class Verdict:
    """What the comparison came to."""

    level: Level
    reason: str
    """The level's meaning for this run, in a sentence (Markdown)."""
    reference: str = ""
    differences: list[Difference] = field(default_factory=list)


def compare(
    bundle: Mapping[str, Any], references: Mapping[str, Reference]
) -> Verdict:
    """Compare a run's results with the reference of its configuration."""
    if not references:
        return _not_comparable("there is none")
    faults = {
        name: _not_alike(reference, bundle)
        for name, reference in references.items()
    }
    name = min(faults, key=lambda name: len(faults[name]))
    if faults[name]:
        told = "; ".join(faults[name][:LISTED])
        more = _more(faults[name])
        return _not_comparable(f"the nearest, `{name}`, has {told}{more}")
    return _judged(name, references[name], bundle)


def make(
    bundle: Mapping[str, Any],
    seeds: Sequence[Mapping[str, Any]],
    former: Reference | None = None,
) -> Reference:
    """Return the reference that a run sets.

    seeds: results of runs with other seeds, for the tolerances; without
    enough of them, those of the former reference stay.
    """
    seeds = seeds if len(seeds) >= LEAST else []
    values = {
        name: _expected(name, entry, seeds, former)
        for name, entry in bundle["values"].items()
        if entry["varies"] != "machine"
    }
    findings = {
        name: _expected_verdict(name, finding["verdict"], seeds, former)
        for name, finding in bundle["findings"].items()
        if not finding["of_machine"]
    }
    origin = bundle["provenance"]
    spread = [run["parameters"]["seed"]["value"] for run in seeds]
    return Reference(
        parameters=configuration(bundle),
        device=device_class(bundle),
        data_sha256=origin["data_sha256"],
        origin={
            "commit": origin["commit"],
            "tree": origin["tree"],
            "processor": origin["processor"],
            "torch": origin["packages"]["torch"],
        },
        checksums=checksums(bundle),
        spread=spread or (former.spread if former else []),
        values=values,
        findings=findings,
    )


def changes(old: Reference, new: Reference) -> list[str]:
    """Return a line for each value and finding that another run changed."""
    lines = []
    for kind in ("values", "findings"):
        before, after = getattr(old, kind), getattr(new, kind)
        for name in sorted({*before, *after}):
            told = [_told(each.get(name)) for each in (before, after)]
            if told[0] != told[1]:
                lines.append(f"{name}: {told[0]} → {told[1]}")
    return lines


def load(folder: Path | None = None) -> dict[str, Reference]:
    """Return the committed references by name."""
    return {
        path.stem: Reference.model_validate_json(path.read_bytes())
        for path in sorted((folder or FOLDER).glob("*.json"))
    }


def configuration(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that decide what a run finds."""
    return {
        name: entry["value"]
        for name, entry in bundle["parameters"].items()
        if name not in NEUTRAL
    }


def device_class(bundle: Mapping[str, Any]) -> str:
    """Return the class of the device: cpu, cuda or mps."""
    device = bundle["provenance"]["device"]
    return {"CPU": "cpu", "Apple GPU": "mps"}.get(device, "cuda")


def checksums(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """Return what tells apart runs whose values are all the same."""
    origin = bundle["provenance"]
    keys = ("predictions_sha256", "weights_sha256")
    return {key: origin[key] for key in keys if key in origin}


def _not_comparable(why: str) -> Verdict:
    return Verdict(
        Level.NOT_COMPARABLE,
        f"This run is **not comparable** with a committed reference: {why}.",
    )


def _not_alike(reference: Reference, bundle: Mapping[str, Any]) -> list[str]:
    """Say in what a run is of another configuration; at best in nothing."""
    given, device = configuration(bundle), device_class(bundle)
    faults = []
    if device != reference.device:
        faults.append(f"the device {reference.device} instead of {device}")
    if reference.data_sha256 != bundle["provenance"]["data_sha256"]:
        faults.append("other data")
    for name in sorted({*reference.parameters, *given}):
        theirs, ours = reference.parameters.get(name), given.get(name)
        if theirs != ours:
            faults.append(f"`{name}` {theirs} instead of {ours}")
    return faults


def _judged(
    name: str, reference: Reference, bundle: Mapping[str, Any]
) -> Verdict:
    """Compare a run with the reference of the same configuration."""
    entries, judged = bundle["values"], bundle["findings"]
    values = {k: e for k, e in entries.items() if e["varies"] != "machine"}
    findings = {k: f for k, f in judged.items() if not f["of_machine"]}
    differences = [
        *(
            Difference(
                each, _told(old), _shown(new), _level_of_value(old, new)
            )
            for each, old, new in _paired(reference.values, values)
        ),
        *(
            Difference(
                each,
                _told(old),
                new["verdict"] if new else ABSENT,
                _level_of_finding(old, new),
            )
            for each, old, new in _paired(reference.findings, findings)
        ),
    ]
    differences = [each for each in differences if each.level]
    level = max((each.level for each in differences), default=Level.IDENTICAL)
    if not level and reference.checksums != checksums(bundle):
        level = Level.ROUNDING
    machine = len(entries) - len(values), len(judged) - len(findings)
    reason = (
        f"Compared with the committed reference `{name}`, this run is "
        f"**{level}**: {_because(level, differences, reference, values)} "
        f"Left out are {machine[0]} values and {machine[1]} findings that "
        "depend on the machine's pace."
    ).replace("is **drift**", "shows **drift**")
    return Verdict(level, reason, name, differences)


def _because(
    level: Level,
    differences: Sequence[Difference],
    reference: Reference,
    values: Mapping[str, Any],
) -> str:
    """Say of a level what it rests on."""
    count = len(differences)
    many = f"{len(values)} values and {len(reference.findings)} findings"
    if level == Level.IDENTICAL:
        return f"{many} agree, as do weights and predictions, to the last bit."
    if level == Level.ROUNDING and not count:
        return (
            f"{many} agree, but not the last bits of weights or predictions."
        )
    if level == Level.ROUNDING:
        return f"of {many}, {count} differ, and by less than is printed."
    if level == Level.SPREAD:
        runs = len(reference.spread)
        source = (
            f"{DEVIATIONS} standard deviations over {runs} runs with other "
            "seeds"
            if runs
            else DECLARED
        )
        return f"of {many}, {count} differ, within tolerances ({source})."
    far = [each for each in differences if each.level == Level.DRIFT]
    told = "; ".join(
        f"`{each.name}` {each.old} → {each.new}" for each in far[:LISTED]
    )
    return f"{told}{_more(far)}."


def _paired(
    old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[tuple[str, Any, Any]]:
    return [
        (name, old.get(name), new.get(name)) for name in sorted({*old, *new})
    ]


def _level_of_value(
    expected: Expected | None, entry: Mapping[str, Any] | None
) -> Level:
    """Say how far a value is from the expected one."""
    if expected is None or entry is None:
        return Level.DRIFT
    old, new = expected.value, entry["value"]
    if type(old) is type(new) and old == new:
        return Level.IDENTICAL
    if not _numeric(old, new):
        return Level.SPREAD if expected.unsettled else Level.DRIFT
    near = math.isclose(old, new, rel_tol=ROUNDING, abs_tol=ROUNDING)
    if near and isinstance(new, float):
        return Level.ROUNDING
    if abs(new - old) <= (expected.tolerance or 0):
        return Level.SPREAD
    return Level.DRIFT


def _level_of_finding(
    expected: Judged | None, finding: Mapping[str, Any] | None
) -> Level:
    """Say whether a verdict is one that the same parameters may give."""
    if expected is None or finding is None:
        return Level.DRIFT
    if finding["verdict"] == expected.verdict:
        return Level.IDENTICAL
    seen = finding["verdict"] in expected.seen
    return Level.SPREAD if seen else Level.DRIFT


def _expected(
    name: str,
    entry: Mapping[str, Any],
    seeds: Sequence[Mapping[str, Any]],
    former: Reference | None,
) -> Expected:
    """Return what is expected of a value, and how near."""
    kept = {key: entry[key] for key in ("value", "text", "varies")}
    if entry["varies"] == "exact":
        return Expected(**kept)
    before = former.values.get(name) if former and not seeds else None
    if before and before.reason:
        keys = ("tolerance", "reason", "unsettled")
        return Expected(**kept, **{key: getattr(before, key) for key in keys})
    others = [r["values"][name] for r in seeds if name in r["values"]]
    texts = {entry["text"], *(each["text"] for each in others)}
    numbers = [each for each in others if _numeric(each["value"])]
    if not _numeric(entry["value"]) and len(others) < LEAST:
        return Expected(**kept, reason=DECLARED, unsettled=True)
    if not _numeric(entry["value"]):
        settled = "differ" if len(texts) > 1 else "are the same"
        reason = (
            f"the words {settled} over {len(others)} runs with other seeds"
        )
        return Expected(**kept, reason=reason, unsettled=len(texts) > 1)
    if len(numbers) < LEAST:
        return Expected(**kept, tolerance=entry["tolerance"], reason=DECLARED)
    spread = statistics.stdev(each["value"] for each in numbers)
    # a mean over more networks varies less
    theirs, ours = (len(e["samples"] or [0]) for e in (numbers[0], entry))
    return Expected(
        **kept,
        tolerance=DEVIATIONS * spread * math.sqrt(theirs / ours),
        reason=(
            f"{DEVIATIONS} standard deviations over {len(numbers)} runs with "
            "other seeds"
        ),
    )


def _expected_verdict(
    name: str,
    verdict: str,
    seeds: Sequence[Mapping[str, Any]],
    former: Reference | None,
) -> Judged:
    told = (run["findings"].get(name, {}).get("verdict") for run in seeds)
    # a run that measured less says nothing of the verdict
    seen = {each for each in told if each not in (None, "not measured")}
    if len(seeds) < LEAST and verdict != "not measured":
        near = {"yes", "no"} if verdict == "undecided" else {"undecided"}
        seen |= near
    if former and not seeds and name in former.findings:
        seen = set(former.findings[name].seen)
    return Judged(verdict=verdict, seen=sorted({verdict, *seen}))


def _numeric(*values: Any) -> bool:
    return all(
        isinstance(each, int | float) and not isinstance(each, bool)
        for each in values
    )


def _told(each: Expected | Judged | None) -> str:
    if each is None:
        return ABSENT
    return each.verdict if isinstance(each, Judged) else each.text


def _shown(entry: Mapping[str, Any] | None) -> str:
    return entry["text"] if entry else ABSENT


def _more(items: Sequence[Any]) -> str:
    extra = len(items) - LISTED
    return f"; and {extra} more" if extra > 0 else ""
