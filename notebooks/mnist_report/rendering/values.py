"""What stands behind a bound number: for the reader who asks.

In the HTML each number tells it on focus or hover; in both formats the
section whose heading is marked `<!-- .values -->` lists all numbers of the
text.
"""

from typing import Any

from mnist_report import markdown

from . import content
from .links import BUNDLE, INTERVAL, Links, split, unlinked

CAPTION = (
    "**The numbers of the text,** in the order of their first mention. In "
    "full, shares are fractions, sizes bytes, and times seconds unless said."
)
PLACES = "Numbers are made in the section named, by the cell in brackets."
COLUMNS = {
    "Printed": "-:",
    "What it is": ":-",
    "In full": "-:",
    "95 % interval": "-:",
    "n": "-:",
    "Made in": ":-",
}


class Sources:
    """What is known of each number that a notebook's text gives."""

    def __init__(self, notebook: dict, links: Links) -> None:
        self.notebook = notebook
        self.links = links
        self.results = links.results or {}
        self.known = self.results.get("values", {})
        self._cells = _cells(notebook)

    def targets(self) -> list[str]:
        """Give the targets of all bound links in the order of reading."""
        found: dict[str, None] = {}
        for passage in content.passages(self.notebook):
            self._gather(passage.text, found)
        for notice in self.results.get("notices", []):
            self._gather(notice, found)
        return list(found)

    def about(self, target: str) -> list[tuple[str, str]]:
        """Say in pairs of a word and Markdown what stands behind a link."""
        prefix, name = split(target)
        if prefix == "par":
            entry = self.results["parameters"][name]
            return [
                ("Parameter", f"`{name}`, set before the run"),
                ("In full", markdown.escaped(full(entry["value"]))),
            ]
        if prefix == "find":
            entry = self.results["findings"][name]
            return _filled(
                {
                    "Finding": self._said(entry.get("question", "")),
                    "Verdict": entry["verdict"],
                    "Evidence": self._said(entry.get("evidence", "")),
                }
            )
        entry = self.known[self._name(name)]
        rows = {
            "Value": _escaped(entry, "meaning"),
            "In full": markdown.escaped(digits(entry["value"])),
            "95 % interval": _escaped(entry, "interval_text"),
            "n": counted(entry.get("n")),
            "Varies": _variation(entry),
            "Made in": self.place(entry),
        }
        return _filled(rows)

    def table(self) -> tuple[str, str]:
        """List the numbers that the text gives; return also the caption."""
        rows = []
        for name in self._named():
            entry = self.known[name]
            rows.append(
                (
                    _escaped(entry, "text"),
                    _escaped(entry, "meaning"),
                    markdown.escaped(digits(entry["value"])),
                    _escaped(entry, "interval_text"),
                    counted(entry.get("n")),
                    self.place(entry, short=True),
                )
            )
        columns = len(COLUMNS) - (not any(row[-1] for row in rows))
        lines = [tuple(COLUMNS), tuple(COLUMNS.values()), *rows]
        table = "\n".join(
            f"| {' | '.join(line[:columns])} |" for line in lines
        )
        placed = columns == len(COLUMNS)
        return table, f"{CAPTION} {PLACES}" if placed else CAPTION

    def place(self, entry: dict[str, Any], *, short: bool = False) -> str:
        """Name the section and the cell that recorded a value."""
        number = entry.get("cell")
        section = self.links.numbering.sections.get(self._cells.get(number))
        if section is None:
            return ""
        if short:
            return f"{section.number} [{number}]".strip().replace(
                " ", "\u00a0"
            )
        return f"{section.name or section.text}, cell [{number}]"

    def _named(self) -> list[str]:
        """Give the names of the numbers in the text, words left out."""
        names = {
            self._name(name): None
            for prefix, name in map(split, self.targets())
            if prefix == "val"
        }
        return [name for name in names if digits(self.known[name]["value"])]

    def _gather(self, text: str, found: dict[str, None]) -> None:
        """Add the targets of a text's links and of those that they say."""
        for link in markdown.links(text):
            prefix, name = split(link.target)
            if prefix not in BUNDLE or link.target in found:
                continue
            found[link.target] = None
            if prefix == "find":
                entry = self.results["findings"][name]
                self._gather(entry["sentence"], found)

    def _name(self, name: str) -> str:
        return name if name in self.known else name.removesuffix(INTERVAL)

    def _said(self, text: str) -> str:
        return unlinked(self.links.bound(text))


def full(value: Any) -> str:
    """Write a value with all digits that the run gave it."""
    if isinstance(value, list):
        return ", ".join(map(full, value))
    return repr(value) if isinstance(value, float) else str(value)


def digits(value: Any) -> str:
    """Write a number in full; words would only repeat what is printed."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return full(value) if number else ""


def _filled(rows: dict[str, str]) -> list[tuple[str, str]]:
    return [(word, text) for word, text in rows.items() if text]


def _escaped(entry: dict[str, Any], key: str) -> str:
    return markdown.escaped(entry.get(key) or "")


def counted(number: int | None) -> str:
    """Write how many stand behind a value."""
    return "" if number is None else f"{number:,}"


def _variation(entry: dict[str, Any]) -> str:
    """Say how another run of the same parameters may differ."""
    return {
        "exact": "not from run to run",
        "stochastic": "with processor and library, as between seeds",
        "machine": "with the machine and what else it does",
    }.get(entry.get("varies", ""), "")


def _cells(notebook: dict) -> dict[int, str]:
    """Give for each execution of a cell the anchor of its section."""
    found, section = {}, ""
    for _, cell in content.cells(notebook):
        if cell["cell_type"] == "markdown":
            for heading in markdown.headings(content.joined(cell["source"])):
                section = heading.slug
        elif cell.get("execution_count") is not None:
            found[cell["execution_count"]] = section
    return found
