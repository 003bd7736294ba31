"""One function per table: data in, header and rows of Markdown cells out."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mnist_report.deployment import RUNTIMES, Deployment
from mnist_report.parameters import Parameters
from mnist_report.results import Finding, number, span
from mnist_report.statistics import wilson_interval


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


def deployment(deployed: Deployment, num_test: int) -> Table:
    """List what each runtime needs; one that failed stays empty."""
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
            cells, errors = measured.texts(), f"{measured.wrong.sum():,}"
        rows.append((title, *(cells[name] for name in columns), errors))
    return Table(
        ["Runtime", *columns.values(), f"Errors of {num_test:,}"],
        rows,
        "lrrrrrr",
    )


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


def findings(found: Mapping[str, Finding]) -> Table:
    """List every finding with what decided it."""
    return Table(
        ["Question", "Answer", "Evidence"],
        [
            (finding.question, finding.verdict, finding.evidence)
            for finding in found.values()
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
            ("Seeds", ", ".join(map(str, origin["seeds"]))),
            *(
                (what.capitalize(), origin[what])
                for what in ("device", "processor", "system", "python")
            ),
            *origin["packages"].items(),
        ],
        "ll",
    )


def _code(text: str) -> str:
    return f"`{text}`"


def _cut(digest: str) -> str:
    return _code(f"{digest[:16]}…")
