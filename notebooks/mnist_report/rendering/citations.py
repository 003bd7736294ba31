"""Citation keys, checked against the bibliography before anything runs."""

import difflib
import re
from pathlib import Path

from mnist_report import markdown
from mnist_report.errors import ReportError

from . import content

ENTRY = re.compile(
    r"^\s*@(?!comment|string|preamble)\w+\s*\{\s*([^,\s]+)",
    re.MULTILINE | re.IGNORECASE,
)


def keys(bibliography: Path) -> list[str]:
    """Give the keys of a BibTeX file in its order."""
    return ENTRY.findall(bibliography.read_text(encoding="utf-8"))


def cited(notebook: dict) -> list[tuple[str, str]]:
    """Give each citation's key and its place, in the order of reading."""
    return [
        (key, passage.place(offset))
        for passage in content.passages(notebook)
        for offset, key in markdown.citations(passage.text)
    ]


def check(notebook: dict, bibliography: Path | None) -> None:
    """Stop at keys that the bibliography lacks, all in one message."""
    if bibliography is None:
        if cited(notebook):
            key, place = cited(notebook)[0]
            raise ReportError(
                f"{place}: @{key} is cited, but the notebook's metadata "
                "names no bibliography"
            )
        return
    if not bibliography.is_file():
        raise ReportError(
            f"The bibliography {bibliography} does not exist; the notebook's "
            "metadata names it under “bibliography”"
        )
    known, problems = keys(bibliography), []
    for key, place in cited(notebook):
        if key not in known:
            best = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"; did you mean @{best[0]}?" if best else ""
            problems.append(f"  {place}: @{key} is not there{hint}")
    if problems:
        raise ReportError(
            f"Citations that {bibliography.name} lacks:\n"
            + "\n".join(problems)
        )
