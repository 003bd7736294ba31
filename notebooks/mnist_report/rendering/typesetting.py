"""Typst: from pandoc's output to an archival, accessible PDF."""

import importlib.util
import json
import os
import re
import shutil
from pathlib import Path

import typst

from mnist_report.errors import ReportError

from . import content
from .document import Document
from .pandoc import TEMPLATES

STANDARDS = ["a-3a", "ua-1"]
GLYPH = re.compile(r"the text `\"(.+?)\"` could not be displayed")


def compile_pdf(source: str, document: Document) -> bytes:
    """Typeset a report with its results attached."""
    folder = document.folder
    (folder / "report.typ").write_text(source, encoding="utf-8")
    shutil.copy(TEMPLATES / "style.typ", folder)
    results = json.dumps(document.results or {}, indent=1, sort_keys=True)
    (folder / "results.json").write_text(f"{results}\n", encoding="utf-8")
    stamp = os.environ.get("SOURCE_DATE_EPOCH") or document.timestamp
    try:
        return typst.compile(
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
