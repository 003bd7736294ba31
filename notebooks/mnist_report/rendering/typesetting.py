"""Typst: from pandoc's output to an archival, accessible PDF."""

import hashlib
import importlib.util
import json
import os
import re
import shutil
from pathlib import Path

import typst

from mnist_report.errors import ReportError

from . import content, seal
from .document import Document
from .pandoc import TEMPLATES

STANDARDS = ["a-3a", "ua-1"]
PREDICTIONS = "predictions.npz"
GLYPH = re.compile(r"the text `\"(.+?)\"` could not be displayed")


def compile_pdf(source: str, document: Document) -> bytes:
    """Typeset a report with its results attached."""
    folder = document.folder
    (folder / "report.typ").write_text(source, encoding="utf-8")
    shutil.copy(TEMPLATES / "style.typ", folder)
    attach(document)
    stamp = os.environ.get("SOURCE_DATE_EPOCH") or document.timestamp
    try:
        pdf = typst.compile(
            str(folder / "report.typ"),
            root=str(folder),
            font_paths=[str(path) for path in font_folders()],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=STANDARDS,
            timestamp=int(stamp),
        )
    except typst.TypstError as error:
        raise ReportError(explain(error.message, document)) from None
    return seal.sealed(pdf)


def attach(document: Document) -> None:
    """Put the files that the PDF carries beside its source, and list them.

    The answers to the test images are carried where those of this very run
    lie beside its notebook.
    """
    folder, results = document.folder, document.results or {}
    text = json.dumps(results, indent=1, sort_keys=True)
    (folder / "results.json").write_text(f"{text}\n", encoding="utf-8")
    files = [
        {
            "name": "results.json",
            "type": "application/json",
            "about": "Parameters, values, findings and provenance of this "
            f"run; {seal.LEAD}{seal.BLANK}",
        }
    ]
    answers = document.home / PREDICTIONS
    expected = results.get("provenance", {}).get("predictions_sha256")
    if expected and answers.is_file():
        held = answers.read_bytes()
        if hashlib.sha256(held).hexdigest() == expected:
            (folder / PREDICTIONS).write_bytes(held)
            files.append(
                {
                    "name": PREDICTIONS,
                    "type": "application/zip",
                    "about": "Each technique's answer to each test image",
                }
            )
    (folder / "attached.json").write_text(json.dumps(files))


def font_folders() -> list[Path]:
    """Find matplotlib's fonts without importing it."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        return []
    package = Path(next(iter(spec.submodule_search_locations)))
    return [package / "mpl-data" / "fonts" / "ttf"]


def explain(message: str, document: Document) -> str:
    """Say in the notebook's terms why the PDF could not be typeset."""
    glyph = GLYPH.search(message)
    if not glyph:
        return f"The PDF cannot be typeset: {message}"
    text = glyph[1]
    where = content.search(document.notebook, text)
    points = " ".join(f"U+{ord(sign):04X}" for sign in text)
    return (
        f"{where or 'The report'}: no font of the PDF has “{text}” "
        f"({points}); write it otherwise or draw it in a figure"
    )
