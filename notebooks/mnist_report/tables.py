"""One function per table: data in, header and rows of Markdown cells out."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from mnist_report.ablation import Row, differences
from mnist_report.corruptions import CORRUPTIONS, area_under_curve
from mnist_report.deployment import RUNTIMES, Deployment, texts
from mnist_report.energy import Cost, Lap, Range
from mnist_report.energy import total as energy_total
from mnist_report.hands import Hand
from mnist_report.labels import Effect
from mnist_report.measured import Runtime
from mnist_report.methods import Demand, Settings
from mnist_report.pairs import Pair
from mnist_report.parameters import Parameters, literal
from mnist_report.published import Published
from mnist_report.results import (
    NO_BREAK_SPACE,
    Finding,
    number,
    p_cell,
    p_text,
    span,
)
from mnist_report.scripts import Learned
from mnist_report.scripts import Reading as ScriptReading
from mnist_report.statistics import (
    class_scores,
    t_interval,
    wilson_interval,
)
from mnist_report.writers import ClassReading
from mnist_report.writers import Reading as WriterReading

# but for the pipe, which every cell is freed of
MARKUP = re.compile(r"[\\`*_\[\]<>$#~^@!-]")


class Table(NamedTuple):
    """A table's header, its rows, and l, r or c for each column."""

    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    align: str


def layers(rows: Sequence[tuple[str, tuple[int, ...], int, int]]) -> Table:
    """List name, output shape, parameters, multiply-accumulates a layer."""
    parameters = sum(row[2] for row in rows)
    macs = sum(row[3] for row in rows)
    return Table(
        ["Layer", "Output shape", "Parameters", "Multiply-accumulates"],
        [
            (name, "×".join(map(str, shape)), f"{count:,}", f"{cost:,}")
            for name, shape, count, cost in rows
        ]
        + [("**All**", "", f"**{parameters:,}**", f"**{macs:,}**")],
        "llrr",
    )


def seeds(
    seeds: Sequence[int],
    validation_errors: Sequence[float],
    test_wrong: Sequence[int],
    num_test: int,
) -> Table:
    """List each seed's errors, with intervals."""
    return Table(
        [
            "Seed",
            "Validation error",
            f"Errors of {num_test:,}",
            "Test error",
            "95 % interval",
        ],
        [
            (
                seed,
                number(validation, ".2%"),
                f"{wrong:,}",
                number(wrong / num_test, ".2%"),
                span(wilson_interval(wrong, num_test), ".2%"),
            )
            for seed, validation, wrong in zip(
                seeds, validation_errors, test_wrong, strict=True
            )
        ],
        "rrrrr",
    )


def deployment(
    deployed: Deployment, num_test: int, committed: Mapping[str, Runtime]
) -> Table:
    """List what each runtime needs; one that failed stays empty.

    committed: what was measured once, of runtimes that this run left out.
    """
    columns = {
        "file-size": "Model file",
        "peak-memory": "Peak memory",
        "latency": "One image, median",
        "latency-p95": "95th percentile",
        "difference": "Largest difference",
    }
    rows = []
    for runtime, title in RUNTIMES.items():
        cells, errors = dict.fromkeys(columns, ""), "failed"
        if measured := deployed.measured.get(runtime):
            cells = texts(measured.quantities())
            errors = f"{measured.wrong.sum():,}"
        elif once := committed.get(runtime):
            # its errors are another network's
            cells, errors = texts(once.quantities), ""
            title = f"{title}, measured once"
        elif runtime not in deployed.failures:
            continue
        rows.append((title, *(cells[name] for name in columns), errors))
    return Table(
        ["Runtime", *columns.values(), f"Errors of {num_test:,}"],
        rows,
        "lrrrrrr",
    )


# which of two errs less, by the verdict on the first
ERRS_LESS = {"yes": "first", "no": "second", "undecided": "undecided"}


def pairs(pairs: Sequence[Pair], labels: Mapping[str, str]) -> Table:
    """List every two methods with the test of their difference."""
    return Table(
        [
            "First",
            "Second",
            "Only the first errs",
            "Only the second errs",
            "Difference",
            "95 % interval",
            "p",
            "Adjusted p",
            "Errs less",
        ],
        [
            (
                labels[pair.first],
                labels[pair.second],
                f"{pair.first_only:,}",
                f"{pair.second_only:,}",
                number(pair.difference, ".2%"),
                span(pair.interval, ".2%"),
                p_cell(pair.p_value),
                p_cell(pair.adjusted),
                ERRS_LESS[pair.verdict],
            )
            for pair in pairs
        ]
        or [("no second technique", *8 * ("",))],
        "llrrrrrrl",
    )


def agreement(
    predicted: Mapping[str, np.ndarray], labels: Mapping[str, str]
) -> Table:
    """List how often two methods give the same answer, right or wrong.

    predicted: for each method its classes (N,).
    """
    methods = list(predicted)
    rows = [
        (
            labels[first],
            *(
                number(
                    float((predicted[first] == predicted[other]).mean()), ".2%"
                )
                if methods.index(other) < at
                else ""
                for other in methods[:-1]
            ),
        )
        for at, first in enumerate(methods)
        if at
    ] or [("no second technique",)]
    return Table(
        ["", *(labels[method] for method in methods[:-1])],
        rows,
        "l" + "r" * (len(methods) - 1),
    )


def per_class(confusion: np.ndarray, class_names: Sequence[str]) -> Table:
    """List precision, recall and F1 of each class, where they are defined.

    confusion: counts by actual and by predicted class.
    """
    return Table(
        ["Class", "Images", "Precision", "Recall", "F1"],
        [
            (
                _literally(name),
                f"{images:,}",
                *(
                    "not defined" if np.isnan(score) else f"{score:.4f}"
                    for score in scores
                ),
            )
            for name, images, *scores in zip(
                class_names,
                np.sum(confusion, axis=1),
                *class_scores(confusion),
                strict=True,
            )
        ],
        "lrrrr",
    )


def calibration(
    rows: Mapping[str, tuple[float, float, float]], labels: Mapping[str, str]
) -> Table:
    """List calibration errors before and after temperature scaling.

    rows: for each method the error before, the error after, and the
    temperature.
    """
    return Table(
        [
            "Method",
            "Calibration error",
            "After temperature scaling",
            "Temperature",
        ],
        [
            (
                labels[method],
                number(float(before), ".2%"),
                number(float(after), ".2%"),
                number(float(temperature), ".2f"),
            )
            for method, (before, after, temperature) in rows.items()
        ],
        "lrrr",
    )


def robustness(
    errors: Mapping[str, np.ndarray], labels: Mapping[str, str]
) -> Table:
    """List each method's mean error over the strengths of each corruption.

    errors: rates (corruptions, strengths) a method, from strength 0 on.
    """
    areas = {
        method: area_under_curve(rates) for method, rates in errors.items()
    }
    return Table(
        [
            "Method",
            *(corruption.label for corruption in CORRUPTIONS.values()),
            "Mean",
        ],
        [
            (
                labels[method],
                *(
                    "not measured" if np.isnan(area) else number(area, ".1%")
                    for area in (*each.tolist(), float(each.mean()))
                ),
            )
            for method, each in areas.items()
        ],
        "l" + "r" * (len(CORRUPTIONS) + 1),
    )


def ablation(changes: Sequence[Row], total: int) -> Table:
    """List each change's error rate and its difference, in points.

    changes: the first changes nothing; total: how many images each network
    was tried on.
    """
    base, rows = changes[0], []
    for row in changes:
        rate = number(float(np.mean(row.wrong)) / total, ".2%")
        points = 100 * np.array(differences(row, base, total))
        if row is base:
            rows.append((row.name, rate, "", ""))
            continue
        mean = number(float(points.mean()), ".2f")
        interval = t_interval(points.tolist())
        rows.append(
            (
                row.name,
                rate,
                ("+" if points.mean() > 0 else "") + mean,
                span(interval, ".2f") if interval else "not known",
            )
        )
    return Table(
        ["Network", "Validation error", "Difference", "95 % interval"],
        rows,
        "lrrr",
    )


def methods(
    wrong: Mapping[str, np.ndarray],
    settings: Mapping[str, Settings],
    labels: Mapping[str, str],
    seeds: np.ndarray,
) -> Table:
    """List how each method errs, and what validation chose for it.

    wrong: for each method, which test images it misses; seeds: the same for
    each seed's network, (seeds, images), whose mean has a row of its own.
    """
    rows, total = [], seeds.shape[1]
    for name, missed in wrong.items():
        count = int(missed.sum())
        rows.append(
            (
                labels[name],
                _settings(settings.get(name, {})),
                f"{count:,}",
                number(count / total, ".2%"),
                span(wilson_interval(count, total), ".2%"),
            )
        )
        if name == "cnn" and len(seeds) > 1:
            rates = seeds.mean(axis=1)
            interval = t_interval(rates, bounds=(0, 1))
            counts = seeds.sum(axis=1)
            rows.append(
                (
                    f"mean of {len(seeds)} seeds",
                    "",
                    f"{number(float(counts.mean()), '.1f')} "
                    f"(SD {number(float(counts.std(ddof=1)), '.1f')})",
                    number(float(rates.mean()), ".2%"),
                    span(interval, ".2%"),
                )
            )
    return Table(
        [
            "Method",
            "Chosen",
            f"Errors of {total:,}",
            "Test error",
            "95 % interval",
        ],
        rows,
        "llrrr",
    )


def method_costs(
    demands: Mapping[str, Demand], labels: Mapping[str, str]
) -> Table:
    """List what each method stores, computes and waits for."""
    return Table(
        [
            "Method",
            "Values kept",
            "Products",
            "File (MB)",
            "Peak (MB)",
            "Fitting (s)",
            "Single (ms)",
            "Batch (ms)",
        ],
        [
            (
                labels[name],
                _measured(each.stored_values, 1, ",d"),
                _measured(each.multiply_accumulates, 1, ",d"),
                _measured(each.disk_bytes, 1e-6),
                _measured(each.peak_bytes, 1e-6, ",.0f"),
                _measured(each.seconds, 1),
                _measured(each.times and each.times.single, 1e3),
                _measured(each.times and each.times.batch, 1e3),
            )
            for name, each in demands.items()
        ],
        "lrrrrrrr",
    )


def _settings(settings: Settings) -> str:
    """Return settings as prose shows them: C = 10, γ = 2."""
    signs = {"k": "k", "c": "C", "gamma": "γ"}
    return ", ".join(
        f"{sign} = {literal(settings[name])}"
        for name, sign in signs.items()
        if name in settings
    )


def _measured(value: float | None, factor: float, form: str = "") -> str:
    """Return a measurement to two digits, or as the form says."""
    if value is None:
        return "–"
    value *= factor
    if form:
        return number(value, form)
    digits = max(0, 1 - math.floor(math.log10(value))) if value > 0 else 0
    return number(float(value), f",.{min(digits, 4)}f")


def parameters(parameters: Parameters) -> Table:
    """List every parameter's value, default and meaning."""
    return Table(
        ["Parameter", "Value", "Default", "Meaning"],
        [
            (*map(_code, (row.name, row.value, row.default)), row.meaning)
            for row in parameters.table()
        ],
        "lrrl",
    )


def findings(
    found: Mapping[str, Finding], of_machine: bool | None = None
) -> Table:
    """List findings with what decided them.

    of_machine: those that times, memory or energy decided, or the others.
    """
    return Table(
        ["Question", "Answer", "Evidence"],
        [
            (finding.question, finding.verdict, finding.evidence)
            for finding in found.values()
            if of_machine in (None, finding.of_machine)
        ],
        "lll",
    )


def provenance(origin: Mapping[str, Any]) -> Table:
    """List where a run came from; checksums are cut to 16 digits."""
    return Table(
        ["What", "Value"],
        [
            ("Commit", f"`{origin['commit'][:12]}`, {origin['tree']}"),
            ("SHA-256 of the notebook", _cut(origin["notebook_sha256"])),
            ("SHA-256 of the lock", _cut(origin["lock_sha256"])),
            *(
                (f"SHA-256 of `{name}`", _cut(digest))
                for name, digest in origin["data_sha256"].items()
            ),
            *(
                (f"SHA-256 of the weights, seed {seed}", _cut(digest))
                for seed, digest in zip(
                    origin["seeds"], origin["weights_sha256"], strict=True
                )
            ),
            (
                "SHA-256 of `predictions.npz`",
                _cut(origin["predictions_sha256"]),
            ),
            ("Seeds", ", ".join(map(str, origin["seeds"]))),
            ("Started", origin["started"]),
            ("Seconds up to this table", f"{origin['seconds']:.0f}"),
            *(
                (what.capitalize(), origin[what])
                for what in ("device", "processor", "system", "python")
            ),
            *origin["packages"].items(),
        ],
        "ll",
    )


def _literally(word: str) -> str:
    """Return a word so that Markdown shows it as it is."""
    return MARKUP.sub(r"\\\g<0>", word)


def writers(
    readings: Mapping[str, WriterReading], labels: Mapping[str, str]
) -> Table:
    """List each method's errors by group of writers, and their spread."""
    return Table(
        [
            "Method",
            "Students",
            "Census staff",
            "Difference",
            "Worst tenth",
            "Gini",
        ],
        [
            (
                labels[method],
                *(_rate(each.rate, each.interval) for each in found.groups),
                f"{span(found.interval, '.2%')}, {p_text(found.adjusted)}",
                f"{number(found.concentration.share, '.0%')} "
                f"({number(found.concentration.chance_share, '.0%')})",
                f"{number(found.concentration.gini, '.2f')} "
                f"({number(found.concentration.chance_gini, '.2f')})",
            )
            for method, found in readings.items()
        ],
        "lrrrrr",
    )


def writers_by_class(classes: Sequence[ClassReading]) -> Table:
    """List one method's errors by class and group of writers."""
    return Table(
        ["Class", "Students", "Census staff", "Difference", "p"],
        [
            (
                each.name,
                *(
                    f"{group.wrong:,} of {group.images:,}: "
                    f"{number(group.rate, '.2%')}"
                    for group in each.groups
                ),
                span(each.interval, ".2%"),
                p_text(each.adjusted).removeprefix("p = ").removeprefix("p "),
            )
            for each in classes
        ],
        "lrrrr",
    )


def disputed_labels(
    effects: Mapping[str, Effect], labels: Mapping[str, str]
) -> Table:
    """List each method's error with and without the disputed labels."""
    return Table(
        ["Method", "Disputed read otherwise", "All images", "Without them"],
        [
            (
                labels[method],
                f"{effect.disputed_wrong} of {effect.disputed}",
                *(
                    _rate(wrong / total, wilson_interval(wrong, total))
                    for wrong, total in (
                        (effect.wrong, effect.images),
                        effect.without,
                    )
                ),
            )
            for method, effect in effects.items()
        ],
        "lrrr",
    )


def hands(
    hands: Mapping[str, Hand],
    missing: Mapping[str, str],
    test: tuple[int, int],
) -> Table:
    """List how the network reads its own test images and other hands."""
    rows = [("its own test images", "", test, "")]
    for hand in hands.values():
        digit, wrong, total = hand.worst
        counts = (int(hand.wrong.sum()), len(hand.truth))
        worst = f"{digit} ({number(wrong / total, '.0%')})"
        rows.append((hand.title, hand.origin, counts, worst))
    return Table(
        ["Collection", "Written by", "Errors", "Error rate", "Worst digit"],
        [
            (
                title,
                origin,
                f"{wrong:,} of {total:,}",
                _rate(wrong / total, wilson_interval(wrong, total)),
                worst,
            )
            for title, origin, (wrong, total), worst in rows
        ]
        + [
            (title, "", "", f"not measured: {reason}", "")
            for title, reason in missing.items()
        ],
        "llrrr",
    )


def scripts(
    readings: Sequence[ScriptReading],
    learned: Sequence[Learned],
    missing: Mapping[str, str],
) -> Table:
    """List how a network that never saw a script reads it, and others."""
    strange = {each.title: each for each in readings}
    rows = []
    for each in learned:
        seen = strange.get(each.title)
        cells = ["", ""]
        if seen is not None:
            wrong = int(seen.wrong.sum())
            total = len(seen.wrong)
            share = seen.sure_and_wrong / max(wrong, 1)
            cells = [
                _rate(wrong / total, wilson_interval(wrong, total), ".1%"),
                number(share, ".0%"),
            ]
        for row in (each.alone, each.known, each.together):
            wrong, total = int(row.sum()), len(row)
            interval = wilson_interval(wrong, total)
            cells.append(_rate(wrong / total, interval, ".1%"))
        rows.append((each.title, f"{each.train_images:,}", *cells))
    rows += [
        (name, "", f"not measured: {reason}", "", "", "", "")
        for name, reason in missing.items()
    ]
    return Table(
        [
            "Script",
            "Trained on",
            "Never seen",
            "of that sure",
            "Alone",
            "Together, told",
            "Together, untold",
        ],
        rows,
        "lrrrrrr",
    )


def energy(
    laps: Sequence[Lap], watts: tuple[float, float], grams: float
) -> Table:
    """List time, energy and carbon of each part of a run."""
    return Table(
        ["Part", "Time", "Core time", "Energy (Wh)", "CO₂e (g)"],
        [
            (
                lap.name,
                _seconds(lap.seconds),
                _seconds(lap.core_seconds),
                _amount(used),
                _amount(used.times(grams / 1000)),
            )
            for lap in (*laps, energy_total(laps, "**all**"))
            for used in (lap.watt_hours(watts),)
        ],
        "lrrrr",
    )


def answer_costs(
    costs: Mapping[str, Cost],
    labels: Mapping[str, str],
    grams: float,
    battery_wh: float,
) -> Table:
    """List what answers cost: a thousand, a million, and of a telephone."""
    return Table(
        [
            "Method",
            "Core time an image",
            "Energy of 1,000 (J)",
            "CO₂e of a million (g)",
            "Images for 1 % of a charge",
        ],
        [
            (
                labels[method],
                f"{number(1000 * cost.seconds, '.3g')}{NO_BREAK_SPACE}ms",
                _amount(cost.joules),
                _amount(cost.joules.times(1000 / 3.6e6 * grams)),
                _amount(cost.per_charge(battery_wh)),
            )
            for method, cost in costs.items()
        ],
        "lrrrr",
    )


def _rate(
    rate: float, interval: tuple[float, float], form: str = ".2%"
) -> str:
    return f"{number(rate, form)} ({span(interval, form)})"


def _amount(amount: Range) -> str:
    """Return an amount with its bounds, to two digits."""
    low, value, high = map(_two_digits, amount)
    return value if low == high else f"{value} ({low}–{high})"


def _two_digits(value: float) -> str:
    places = 1 - math.floor(math.log10(value)) if value > 0 else 0
    return f"{round(value, places):,.{max(places, 0)}f}"


def _seconds(seconds: float) -> str:
    form = ",.0f" if seconds >= 9.95 else ".1f"
    return f"{number(seconds, form)}{NO_BREAK_SPACE}s"


def published(results: Sequence[Published]) -> Table:
    """List published results with their sources, family by family."""
    rows, family = [], ""
    for row in results:
        if row.family != family:
            rows.append((f"**{row.family}**", *[""] * 5))
        rows.append(
            (
                row.method,
                row.year,
                row.error,
                row.parameters,
                row.treatment,
                f"@{row.source}",
            )
        )
        family = row.family
    return Table(
        ["Method", "Year", "Error (%)", "Parameters", "Images", "Source"],
        rows,
        "lrrrll",
    )


def _code(text: str) -> str:
    return f"`{text}`"


def _cut(digest: str) -> str:
    return _code(f"{digest[:16]}…")
