"""Numbers of sections, figures, tables and equations."""

from collections import Counter
from dataclasses import dataclass, field

from mnist_report import markdown

from . import content

WORDS = {"fig": "Figure", "tbl": "Table", "eq": "Equation"}
KINDS = {"figure": "fig", "table": "tbl"}
# marks the section that lists the values of the text
VALUES = "values"
UNNUMBERED_CELLS = {"title", "abstract"}


@dataclass(frozen=True)
class Section:
    """A heading with its anchor and number; no number if unnumbered."""

    text: str
    level: int
    anchor: str
    number: str
    appendix: bool

    @property
    def name(self) -> str:
        word = "Appendix" if self.appendix else "Section"
        return f"{word} {self.number}" if self.number else ""


@dataclass
class Numbering:
    """The numbers of a notebook, in its order, and what is wrong in it."""

    labels: dict[str, str] = field(default_factory=dict)
    sections: dict[str, Section] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _places: dict[str, str] = field(default_factory=dict)
    _count: Counter = field(default_factory=Counter)
    _trail: list[int] = field(default_factory=list)
    _appendix: bool = False

    @classmethod
    def of(cls, notebook: dict) -> "Numbering":
        """Read a notebook once, from top to bottom."""
        numbering, under = cls(), ""
        for number, cell in content.cells(notebook):
            if cell["cell_type"] == "markdown":
                passage = content.Passage(number, under, cell, "source")
                if not UNNUMBERED_CELLS & content.tags(cell):
                    under = numbering._read(passage)
                continue
            for output in content.outputs(cell):
                place = content.place(number, under)
                numbering._read_output(output, place)
                for passage in content.output_passages(number, under, output):
                    if content.kind(output) != "caption":
                        under = numbering._read(passage)
        return numbering

    def _read(self, passage: content.Passage) -> str:
        for offset, label in markdown.labels(passage.text):
            self._label("eq", label, passage.place(offset))
        under = passage.under
        for heading in markdown.headings(passage.text):
            self._section(heading, passage.place(heading.start))
            if VALUES in heading.marks:
                self._label("tbl", f"tbl-{VALUES}", passage.place())
            under = heading.text
        return under

    def _read_output(self, output: dict, place: str) -> None:
        if output["output_type"] == "error":
            error = f"{output.get('ename')}: {output.get('evalue')}"
            self.problems.append(
                f"{place}: the run failed there ({error}); a failed run is "
                "not rendered"
            )
        about = content.report(output)
        prefix = KINDS.get(content.kind(output))
        if not prefix:
            return
        label = about.get("label", "")
        if not label.startswith(f"{prefix}-"):
            self.problems.append(
                f"{place}: the {about['kind']}'s label {label!r} must begin "
                f"with {prefix}-"
            )
        self._label(prefix, label, place)
        if prefix == "fig" and not about.get("alt", "").strip():
            self.problems.append(
                f"{place}: the figure {label} has no alternative text; say "
                "in alt= what it shows"
            )

    def _label(self, prefix: str, label: str, place: str) -> None:
        if label in self.labels:
            self.problems.append(
                f"{place}: the label {label} is used already in "
                f"{self._places[label]}; give one of them another name"
            )
            return
        self._count[prefix] += 1
        self.labels[label] = str(self._count[prefix])
        self._places[label] = place

    def _section(self, heading: markdown.Heading, place: str) -> None:
        depth = heading.level - 1
        if not depth:
            self.problems.append(
                f"{place}: the heading “{heading.text}” has one #; only the "
                "title has, sections begin with ##"
            )
            return
        if depth > len(self._trail) + 1:
            self.problems.append(
                f"{place}: the heading “{heading.text}” skips a level; give "
                f"it {'#' * (len(self._trail) + 2)}"
            )
        if "appendix" in heading.marks and not self._appendix:
            self._appendix, self._trail = True, []
        number = ""
        if "unnumbered" not in heading.marks:
            trail = [*self._trail, *[0] * depth][:depth]
            trail[-1] += 1
            self._trail = trail
            number = ".".join(map(str, trail))
            if self._appendix:
                number = chr(64 + trail[0]) + number[len(str(trail[0])) :]
        anchor, again = heading.slug or "section", 0
        while anchor in self.sections:
            again += 1
            anchor = f"{heading.slug}-{again}"
        self.sections[anchor] = Section(
            heading.text, heading.level, anchor, number, self._appendix
        )
