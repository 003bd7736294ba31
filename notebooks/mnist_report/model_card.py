"""The model of a finished run, with a card that says what it is good for.

The card is a Markdown file whose links name results, as in the notebook.
"""

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mnist_report import markdown
from mnist_report.artefacts import MODELS
from mnist_report.errors import ReportError
from mnist_report.publication import writing
from mnist_report.rendering.links import Links, MissingTarget, unlinked
from mnist_report.rendering.numbering import Numbering

TEMPLATE = Path(__file__).with_suffix(".md")
FOLDER, CARD = "model", "README.md"
CITATIONS = re.compile(r"\s*\[@[^\]]*\]")
ORIGIN = ("commit", "tree", "started", "device", "processor", "system")
MAKE_IT = "Make it with: make report"


def export(run: Path) -> Path:
    """Write a finished run's models and their card; return the folder."""
    for name in ("results.json", *MODELS):
        if not (run / name).is_file():
            raise ReportError(_missing(run, name))
    text = card(_read(run / "results.json"))
    folder = run / FOLDER
    part = run / f".{FOLDER}.part"
    with writing(folder):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        try:
            for name in MODELS:
                shutil.copyfile(run / name, part / name)
            (part / CARD).write_text(text, encoding="utf-8")
            folder.mkdir(exist_ok=True)
            for path in part.iterdir():
                path.replace(folder / path.name)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return folder


def card(results: dict[str, Any]) -> str:
    """Return the card's Markdown, every number taken from the results."""
    text = TEMPLATE.read_text(encoding="utf-8")
    links = Links(Numbering(), results)
    problems = []
    for link in markdown.links(text):
        try:
            links.text(link)
        except MissingTarget as missing:
            problems.append(f"  {missing}")
    if problems:
        raise ReportError(
            "The model card cannot be filled from results.json:\n"
            + "\n".join(problems)
            + f"\nThe run may be of an older version. {MAKE_IT}"
        )
    text = unlinked(links.bound(text))
    origin = results["provenance"]
    blocks = {
        "notices": "\n\n".join(f"> {notice}" for notice in results["notices"]),
        "provenance": _table(
            ["Origin", "Value"],
            [
                *((name.capitalize(), origin[name]) for name in ORIGIN),
                *sorted(origin["packages"].items()),
            ],
        ),
        "parameters": _table(
            ["Parameter", "Value"],
            [
                (f"`{name}`", f"`{parameter['text']}`")
                for name, parameter in results["parameters"].items()
            ],
        ),
    }
    for name, block in blocks.items():
        text = text.replace(f"<!-- {name} -->", CITATIONS.sub("", block))
    return re.sub(r"\n{3,}", "\n\n", CITATIONS.sub("", text))


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ReportError(
            f"{path} cannot be read: {error}.\n{MAKE_IT}"
        ) from None


def _missing(run: Path, name: str) -> str:
    """Say what a folder lacks, and how to make it."""
    if not run.is_dir():
        return f"There is no folder {run}.\n{MAKE_IT}"
    if name in MODELS and (run / "results.json").is_file():
        return (
            f"The run in {run} left no {name}: it was made without "
            "an ONNX runtime, or that failed, as its report then says.\n"
            f'{MAKE_IT} ARGS="-p runtimes [onnx,onnx-int8]"'
        )
    return f"{run} holds no finished run: {name} is missing.\n{MAKE_IT}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown pipe table of words."""
    lines = [header, [":--"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
