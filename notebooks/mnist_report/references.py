"""The committed references: compared with, and renewed from, finished runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat

from mnist_report import audit, rendering, run, verification
from mnist_report.errors import ReportError
from mnist_report.rendering import content
from mnist_report.verification import Level, Reference

SEEDS = run.BUILD / "seeds"
CELL = "provenance"


def verify(target: Path) -> int:
    """Check a run's folder or a PDF and print what was seen.

    Return 1 if something fails or drifts. A run of a configuration without
    reference is told of, and is no failure.
    """
    check = audit.of_pdf if target.is_file() else audit.of_folder
    bundle, checks = check(target)
    print(*checks, sep="\n")
    verdict = verification.compare(bundle, verification.load())
    for difference in verdict.differences:
        print(f"{difference.level!s:18}  {difference}")
    print(run.plain(verdict.reason))
    fails = any(check.holds is False for check in checks)
    return int(fails or verdict.level == Level.DRIFT)


def renew(folder: Path, count: int, overrides: dict[str, Any]) -> int:
    """Make a run the reference of its configuration; print what changed.

    count: how many runs with other seeds give the tolerances; without any,
    those of the former reference stay. overrides: what these runs leave out.
    """
    bundle = _results(folder)
    name = f"{folder.resolve().name}-{verification.device_class(bundle)}"
    former = verification.load().get(name)
    seeds = _runs_of_other_seeds(bundle, SEEDS / name, count, overrides)
    reference = verification.make(bundle, seeds, former)
    path = verification.FOLDER / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(
        reference.model_dump(mode="json"), indent=1, sort_keys=True
    )
    path.write_text(f"{text}\n", encoding="utf-8")
    _tell(former, reference)
    print(run.shown(path))
    if (folder / "report.ipynb").is_file():
        _restate(folder, bundle)
    return 0


def _restate(folder: Path, bundle: dict[str, Any]) -> None:
    """Let the report say what it is beside the renewed reference."""
    path = folder / "report.ipynb"
    executed = nbformat.read(path, as_version=4)
    said = verification.compare(bundle, verification.load()).reason
    for cell in executed.cells:
        for output in cell.get("outputs", []):
            if cell.id == CELL and content.kind(output) == "text":
                output.data = {"text/markdown": said, "text/plain": said}
    nbformat.write(executed, path)
    if (folder / "report.pdf").is_file():
        rendering.render(path, folder)


def _tell(former: Reference | None, reference: Reference) -> None:
    if former is None:
        print("A new reference.")
        return
    changed = verification.changes(former, reference)
    print(*changed or ["No value changed."], sep="\n")


def _runs_of_other_seeds(
    bundle: dict[str, Any], home: Path, count: int, overrides: dict[str, Any]
) -> list[dict[str, Any]]:
    """Make runs that differ in their seeds; those that are there are kept."""
    given = {
        name: entry["value"] for name, entry in bundle["parameters"].items()
    }
    first = given["seed"] + given["num_seeds"]
    given |= overrides
    found = []
    for number in range(count):
        seed = first + number * given["num_seeds"]
        folder = home / str(seed)
        wanted = {**given, "seed": seed}
        if not (folder / audit.RESULTS).is_file():
            run.report(wanted, run.NOTEBOOK, folder, rendered=False)
        found.append(_results(folder))
        _check_alike(folder, found[-1], wanted)
    return found


def _check_alike(
    folder: Path, found: dict[str, Any], wanted: dict[str, Any]
) -> None:
    """Refuse a run that is there with other parameters."""
    for name, value in verification.configuration(found).items():
        if wanted.get(name, value) != value:
            raise ReportError(
                f"{run.shown(folder)} was made with {name} = {value}, not "
                f"{wanted[name]}. Remove it, so that it is made anew."
            )


def _results(folder: Path) -> dict[str, Any]:
    try:
        text = (folder / audit.RESULTS).read_text(encoding="utf-8")
    except OSError as error:
        raise ReportError(
            f"Cannot read {folder / audit.RESULTS}: {error.strerror}. "
            "Name a finished run."
        ) from None
    return json.loads(text)
