"""The comparison's tables: one function each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mnist_report.parameters import Parameters, literal
from mnist_report.results import number, p_cell, span
from mnist_report.statistics import Interval
from mnist_report.sweep import comparing
from mnist_report.sweep.comparing import Difference, Effect
from mnist_report.sweep.finished import Collection, Group, Missing
from mnist_report.tables import Table

NONE = "–"
# what fits onto a page; results.json holds all
MOST_ROWS = 24


def configurations(groups: Sequence[Group], chosen: Group) -> Table:
    """List each configuration's errors and time; the chosen one is bold."""
    seeds = {len(group.validation) for group in groups}
    heading, labels = comparing.short_labels(groups)
    columns = {
        heading: lambda group: labels[group.label],
        "Seeds": lambda group: len(group.validation),
        "Validation error": lambda group: number(
            comparing.mean(group.validation), ".2%"
        ),
        "SD, points": lambda group: _points(
            comparing.deviation(group.validation)
        ),
        "95 % interval": lambda group: _span(
            comparing.interval(group.validation)
        ),
        "Test error": lambda group: number(comparing.mean(group.test), ".2%"),
        "Parameters": lambda group: f"{group.weights:,}",
        "Time, s": lambda group: f"{group.training_seconds:.1f}",
    }
    if len(seeds) == 1:
        del columns["Seeds"]
    rows = []
    for group in by_error(groups)[:MOST_ROWS]:
        cells = [column(group) for column in columns.values()]
        if group is chosen:
            cells = [f"**{cell}**" for cell in cells]
        rows.append(cells)
    more = len(groups) - len(rows)
    if more > 0:
        rows.append([f"and {more:,} more", *[""] * (len(columns) - 1)])
    return Table(list(columns), rows, ("ll", *"r" * (len(columns) - 1)))


def by_error(groups: Sequence[Group]) -> list[Group]:
    """Return the configurations by their mean validation error."""
    return sorted(groups, key=lambda each: comparing.mean(each.validation))


def differences(found: Sequence[Difference], groups: Sequence[Group]) -> Table:
    """List the differences from the reference and what decides on them."""
    heading, labels = comparing.short_labels(groups)
    ordered = sorted(found, key=lambda each: each.difference)
    words = {None: "not tested", True: "yes", False: "no"}
    rows = [
        (
            labels[each.label],
            _signed(each.difference),
            _span_of_points(each.interval),
            _p(each.over_seeds),
            _p(each.over_images),
            _p(each.adjusted),
            words[each.distinguishable],
        )
        for each in ordered[:MOST_ROWS]
    ]
    if more := len(found) - len(rows):
        rows.append((f"and {more:,} more", *[""] * 6))
    return Table(
        [
            heading,
            "Difference, points",
            "95 % interval",
            "p, seeds",
            "p, images",
            "p, corrected",
            "Told apart",
        ],
        rows,
        ("ll", *"rrrrrl"),
    )


def effects(found: Sequence[Effect]) -> Table:
    """List main effects and interactions of the swept parameters."""
    return Table(
        ["Parameter", "Spread, points", "F", "p", "p, corrected"],
        [
            (
                " × ".join(f"`{name}`" for name in each.names),
                number(100 * each.spread, ".2f"),
                number(each.f_value, ".1f"),
                _p(each.p_value),
                _p(each.adjusted),
            )
            for each in found
        ],
        "lrrrr",
    )


def swept(collection: Collection) -> Table:
    """List what was varied, and what was fixed off its default."""
    rows = []
    default = Parameters()
    for name, values in collection.varied.items():
        kept = getattr(default, name)
        text = ", ".join(f"`{literal(value)}`" for value in values)
        rows.append((f"`{name}`", "varied", text, f"`{literal(kept)}`"))
    for name, value in collection.fixed.items():
        kept = f"`{literal(getattr(default, name))}`"
        rows.append((f"`{name}`", "fixed", f"`{literal(value)}`", kept))
    return Table(["Parameter", "", "Values", "Default"], rows, "llll")


def flips(
    found: Mapping[str, Mapping[str, Sequence[str]]], groups: Sequence[Group]
) -> Table:
    """List the findings that read otherwise in other configurations."""
    rows = []
    for name, verdicts in found.items():
        for verdict, labels in verdicts.items():
            rows.append(
                (comparing.question(groups, name), verdict, _few(labels))
            )
    return Table(["Question", "Answer", "Configurations"], rows, "lll")


def missing(runs: Sequence[Missing]) -> Table:
    """List the runs that have no results, and why."""
    rows = [(f"`{run.name}`", run.cause) for run in runs[:MOST_ROWS]]
    if more := len(runs) - len(rows):
        rows.append((f"and {more} more", ""))
    return Table(["Run", "Why it has no results"], rows, "ll")


def provenance(origin: Mapping[str, Any]) -> Table:
    """List where the runs came from."""
    return Table(
        ["What", "Value"],
        [(name, ", ".join(map(str, told))) for name, told in origin.items()],
        "ll",
    )


def _few(labels: Sequence[str], most: int = 6) -> str:
    shown = "; ".join(labels[:most])
    more = len(labels) - most
    return f"{shown}; and {more} more" if more > 0 else shown


def _signed(difference: float) -> str:
    text = number(100 * difference, ".2f")
    return f"+{text}" if difference > 0 and float(text) else text


def _points(value: float | None) -> str:
    return NONE if value is None else number(100 * value, ".3f")


def _span(interval: Interval | None) -> str:
    return NONE if interval is None else span(interval, ".2%")


def _span_of_points(interval: Interval | None) -> str:
    if interval is None:
        return NONE
    return span((100 * interval[0], 100 * interval[1]), ".2f")


def _p(value: float | None) -> str:
    if value is None:
        return NONE
    return p_cell(value)
