"""Mistakes in a notebook's text, found before it is run.

What a cell records or labels is known for certain only afterwards. Before, a
name counts as given if the code spells it out, an f-string's holes standing
for anything; the build checks every link again.
"""

import ast
import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat

from mnist_report import markdown
from mnist_report.errors import ReportError

from . import citations, content, numbers
from .document import find_bibliography
from .links import NOUNS, split
from .numbering import Numbering

# names that recording one value gives to others
DERIVED = re.compile(r"-(?:interval|count|spread)$")


def check(path: Path, *modules: Path) -> None:
    """Stop at citations, links and numbers that nothing answers for.

    modules: Python files that record values on the notebook's behalf.
    """
    notebook = nbformat.read(path, as_version=4)
    name = notebook.metadata.get("bibliography")
    citations.check(notebook, find_bibliography(name, path.parent))
    numbers.check(notebook)
    numbering = Numbering.of(notebook)
    sources = [module.read_text(encoding="utf-8") for module in modules]
    names = list(_names([*_code(notebook), *sources]))
    problems = []
    for number, cell in content.cells(notebook):
        if cell["cell_type"] != "markdown":
            continue
        passage = content.Passage(number, "", cell, "source")
        for link in markdown.links(passage.text):
            if not _answered(link.target, names, numbering):
                hint = _hint(link.target, names, numbering)
                problems.append(
                    f"  {passage.place(link.start)}: #{link.target}: there "
                    f"is no such {NOUNS[split(link.target)[0]]}{hint}"
                )
    if problems:
        raise ReportError(
            "Links to what the notebook does not have:\n" + "\n".join(problems)
        )


def _answered(target: str, names: list[str], numbering: Numbering) -> bool:
    prefix, name = split(target)
    if prefix in ("", "eq"):
        known = {*numbering.sections, *numbering.labels}
        return target.lower() in known or target in known
    if prefix in ("fig", "tbl"):
        if target in numbering.labels:
            return True
        name = target
    candidates = {name, DERIVED.sub("", name)}
    return any(
        re.fullmatch(pattern, candidate)
        for pattern in names
        for candidate in candidates
    )


def _hint(target: str, names: list[str], numbering: Numbering) -> str:
    prefix, _ = split(target)
    if prefix in ("", "eq"):
        known = [*numbering.sections, *numbering.labels]
    elif prefix in ("fig", "tbl"):
        known = [_plain(each) for each in names if each.startswith(prefix)]
    else:
        known = [f"{prefix}-{_plain(each)}" for each in names]
    near = difflib.get_close_matches(target, known, 1, 0.7)
    return f"; did you mean #{near[0]}?" if near else ""


def _plain(pattern: str) -> str:
    return pattern.replace("\\-", "-")


def _code(notebook: dict) -> Iterator[str]:
    """Give the source of each code cell."""
    for _, cell in content.cells(notebook):
        if cell["cell_type"] == "code":
            yield content.joined(cell["source"])


def _names(sources: Iterable[str]) -> Iterator[str]:
    """Give patterns of all names that the code spells out."""
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            match node:
                case ast.Constant(value=str(text)):
                    yield re.escape(text)
                case ast.JoinedStr(values=parts):
                    yield "".join(map(_pattern, parts))
                case ast.keyword(arg=str(name)):
                    yield re.escape(name.replace("_", "-"))
                case ast.AnnAssign(target=ast.Name(id=name)):
                    yield name


def _pattern(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return re.escape(part.value)
    return "[a-z0-9-]+"
