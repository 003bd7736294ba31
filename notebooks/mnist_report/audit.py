"""A finished report held against itself, its data and its source.

What a run's results say is computed anew from its stored predictions; its
checksums are compared with those of the files that are at hand.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from mnist_report import datasets
from mnist_report.errors import ReportError
from mnist_report.parameters import Parameters
from mnist_report.predictions import Stored
from mnist_report.rendering import content, seal
from mnist_report.results import Results

ROOT = Path(__file__).parents[2]
RESULTS, PREDICTIONS = "results.json", "predictions.npz"
# of a value, what follows from counts of errors
FOLLOWS = ("value", "text", "n", "interval", "interval_text")
NUMBER = re.compile(r"\N{MINUS SIGN}?\d[\d,]*(\.\d+)?(e\N{MINUS SIGN}?\d+)?")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, and what was seen."""

    holds: bool | None
    """None: it could not be looked at."""
    what: str

    def __str__(self) -> str:
        word = {True: "holds", False: "FAILS", None: "not checked"}[self.holds]
        return f"{word:11}  {self.what}"


def of_folder(run: Path) -> tuple[dict[str, Any], list[Check]]:
    """Return a run's results, and what its files say of them."""
    bundle = _parsed(_read(run / RESULTS), run / RESULTS)
    executed = nbformat.reads(_read(run / "report.ipynb").decode(), 4)
    checks = [
        Check(
            content.results(executed) == bundle,
            f"{RESULTS} is what the executed notebook holds",
        )
    ]
    pdf = run / "report.pdf"
    if pdf.is_file():
        attached, found = _of_pdf(pdf.read_bytes())
        same = attached.get(RESULTS) == _read(run / RESULTS)
        checks += [*found, Check(same, f"the PDF carries this {RESULTS}")]
    answers = run / PREDICTIONS
    held = answers.read_bytes() if answers.is_file() else None
    return bundle, [*checks, *of_results(bundle, held)]


def of_pdf(path: Path) -> tuple[dict[str, Any], list[Check]]:
    """Return the results that a PDF carries, and what can be said of it."""
    attached, checks = _of_pdf(_read(path))
    if RESULTS not in attached:
        raise ReportError(f"{path} carries no {RESULTS}; it is no report.")
    bundle = _parsed(attached[RESULTS], path)
    held = attached.get(PREDICTIONS)
    return bundle, [*checks, *of_results(bundle, held)]


def recomputed(bundle: Mapping[str, Any], stored: Stored) -> list[str]:
    """Name the values that the stored predictions do not bear out."""
    values, again = bundle["values"], Results(Parameters())
    total = len(stored.truth)
    errors = {
        f"{name}-error": stored.wrong(name).sum() for name in stored.answers
    }
    errors["test-error"] = stored.wrong("cnn").sum()
    for name, wrong in errors.items():
        again.record_error_rate(name, wrong, total, "")
    for part in ("train", "validation", "test"):
        name, images = f"{part}-error-mean", values[f"{part}-images"]["value"]
        again.record_mean_error(name, values[name]["samples"], images, "")
    first = values["test-error-mean"]["samples"][0]
    due = again.bundle()["values"]
    faults = [
        name
        for name, value in due.items()
        if name not in values
        or any(values[name][key] != value[key] for key in FOLLOWS)
    ]
    if first != due["test-error"]["value"]:
        faults.append("test-error-mean, its first sample")
    if values["test-images"]["value"] != total:
        faults.append("test-images")
    return faults


def misprinted(bundle: Mapping[str, Any]) -> list[str]:
    """Name the values whose printed text is not of their number."""
    return [
        name
        for name, entry in bundle["values"].items()
        if isinstance(entry["value"], int | float)
        and not isinstance(entry["value"], bool)
        and not _prints(entry["text"], entry["value"])
    ]


def _of_pdf(pdf: bytes) -> tuple[dict[str, bytes], list[Check]]:
    whole = seal.is_whole(pdf)
    words = {
        True: "the PDF is as it was made, by the checksum in it",
        False: "the PDF was changed: its checksum does not fit",
        None: "the PDF is as it was made: it has no checksum",
    }
    checks = [Check(bool(whole), words[whole])]
    try:
        return seal.attachments(pdf), checks
    except ReportError as error:
        if whole:
            raise
        raise ReportError(f"{checks[0].what}. {error}") from None


def of_results(
    bundle: Mapping[str, Any], answers: bytes | None
) -> Iterator[Check]:
    """Hold results against the predictions, data and source at hand."""
    origin = bundle["provenance"]
    wrong = misprinted(bundle)
    yield Check(
        not wrong, _listing("each value's text prints its number", wrong)
    )
    yield from _of_answers(bundle, answers)
    yield from _of_data(bundle)
    for path, key in (
        ("notebooks/report.ipynb", "notebook_sha256"),
        (".requirements.lock", "lock_sha256"),
    ):
        yield _of_source(origin, path, origin[key])


def _of_answers(
    bundle: Mapping[str, Any], answers: bytes | None
) -> Iterator[Check]:
    if answers is None:
        yield Check(None, f"{PREDICTIONS}: it is not there")
        return
    due = bundle["provenance"].get("predictions_sha256")
    same = hashlib.sha256(answers).hexdigest() == due
    yield Check(same, f"{PREDICTIONS} has the checksum in the results")
    try:
        wrong = recomputed(bundle, Stored.load(answers))
    except Exception as error:  # of a damaged file, any
        yield Check(False, f"{PREDICTIONS} cannot be read: {error}")
        return
    # of the other seeds the predictions are not kept
    what = (
        "error rates and intervals, computed anew from the predictions; "
        "means over seeds, from each seed's rate"
    )
    yield Check(not wrong, _listing(what, wrong))


def _of_data(bundle: Mapping[str, Any]) -> Iterator[Check]:
    """Compare the checksums of the data with those of the files here."""
    due = bundle["provenance"]["data_sha256"]
    dataset, data_dir = (
        bundle["parameters"][name]["value"] for name in ("dataset", "data_dir")
    )
    home = datasets.resolve_data_dir(data_dir)
    present = datasets.checksums(dataset, home, due)
    for name, digest in due.items():
        found = present.get(name)
        what = f"data: {name}"
        if found is None:
            yield Check(None, f"{what} is not here")
        else:
            yield Check(found == digest, what)


def _of_source(origin: Mapping[str, Any], path: str, digest: str) -> Check:
    """Compare a file's checksum with that of the commit it is said to be."""
    commit = origin["commit"][:12]
    shown = subprocess.run(
        ["git", "show", f"{origin['commit']}:{path}"],
        cwd=ROOT,
        capture_output=True,
    )
    if shown.returncode:
        return Check(None, f"{path}: the commit {commit} is not here")
    if hashlib.sha256(shown.stdout).hexdigest() == digest:
        return Check(True, f"{path} is that of commit {commit}")
    if origin["tree"] != "clean":
        what = f"{path} is not that of commit {commit}, but {origin['tree']}"
        return Check(None, what)
    return Check(False, f"{path} is that of commit {commit}")


def _prints(text: str, value: float) -> bool:
    """Say whether a text's first number is the value's, rounded.

    Its unit may be a power of ten or of sixty times the value's.
    """
    found = NUMBER.search(text)
    if not found:
        return False
    shown = found[0].replace("\N{MINUS SIGN}", "-").replace(",", "")
    number = float(shown)
    digits_after = len((found[1] or ".")[1:])
    exponent = int(shown.partition("e")[2] or 0)
    near = 0.5000001 * 10.0 ** (exponent - digits_after)
    scales = (*(10.0**k for k in range(-9, 10)), 60, 1 / 60, 3600, 1 / 3600)
    return any(abs(number - value * scale) <= near for scale in scales)


def _listing(what: str, wrong: list[str]) -> str:
    return f"{what}; not {', '.join(wrong)}" if wrong else what


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReportError(
            f"Cannot read {path}: {error.strerror}. Make a report there "
            "with `make report`, or name another one."
        ) from None


def _parsed(text: bytes, path: Path) -> dict[str, Any]:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ReportError(
            f"{path}: the results are no JSON: {error}"
        ) from None
