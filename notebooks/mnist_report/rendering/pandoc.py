"""Pandoc: from the document to Typst or HTML."""

import json
import re
import subprocess
from functools import cache
from pathlib import Path

from mnist_report.errors import ReportError

from . import content
from .document import Document

TEMPLATES = Path(__file__).parent / "templates"
# What JupyterLab shows as plain text, pandoc shall take as plain text too
READER = (
    "markdown+autolink_bare_uris+lists_without_preceding_blankline"
    "-blank_before_header-blank_before_blockquote-yaml_metadata_block"
    "-implicit_figures-implicit_header_references-auto_identifiers"
    "-fancy_lists-example_lists-definition_lists-line_blocks-raw_tex"
    "-subscript-superscript-simple_tables-multiline_tables-grid_tables"
    "-inline_notes-table_captions"
)
FORMULA = re.compile(
    r"Could not convert TeX math (.+?), rendering as TeX", re.S
)
UNEXPECTED = re.compile(r"unexpected .+")
# Chicago's rule for the references of many authors, of whom it names three
ABRIDGED = re.compile(r'(?<=<bibliography)( et-al-[\w-]+="\d+")+')
MESSAGE = re.compile(r"^(?:\[WARNING\]|report:|Error\b.*?:)\s*", re.M)


def convert(document: Document, to: str, *options: str) -> str:
    """Run pandoc on a document, in its folder."""
    metadata = document.folder / "metadata.json"
    metadata.write_text(json.dumps(document.metadata), encoding="utf-8")
    style = document.folder / "style.csl"
    style.write_text(ABRIDGED.sub("", default_style()), encoding="utf-8")
    command = [
        program(),
        f"--from={READER}",
        f"--to={to}",
        "--fail-if-warnings",
        f"--metadata-file={metadata.name}",
        "--citeproc",
        f"--csl={style.name}",
        f"--lua-filter={TEMPLATES / 'report.lua'}",
        *options,
    ]
    done = subprocess.run(
        command,
        input=document.body,
        capture_output=True,
        encoding="utf-8",
        cwd=document.folder,
    )
    if done.returncode:
        raise ReportError(explain(done.stderr, document.notebook))
    return done.stdout


def explain(stderr: str, notebook: dict) -> str:
    """Say in the notebook's terms what pandoc complains of."""
    formula = FORMULA.search(stderr)
    if formula:
        first = formula[1].strip().split("\n")[0]
        where = content.search(notebook, first) or "The report"
        unexpected = UNEXPECTED.search(stderr)
        why = f": {unexpected[0]}" if unexpected else ""
        return f"{where}: the formula “{first}” cannot be read{why}"
    lines = [
        MESSAGE.sub("", line).strip()
        for line in stderr.splitlines()
        if line.strip() and "Failing because" not in line
    ]
    return f"pandoc cannot read the report: {'; '.join(lines)}"


@cache
def default_style() -> str:
    """Return pandoc's own style of citations, Chicago's by author and date."""
    command = [program(), "--print-default-data-file=default.csl"]
    return subprocess.run(
        command, capture_output=True, check=True, encoding="utf-8"
    ).stdout


def program() -> str:
    """Find the pandoc that came with the package index."""
    try:
        import pypandoc

        return pypandoc.get_pandoc_path()
    except (ImportError, OSError) as error:
        raise ReportError("pandoc is missing; run `make setup`") from error
