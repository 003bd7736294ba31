"""Links in Markdown: their visible text comes from the run."""

import copy
import difflib
import re

from mnist_report import markdown
from mnist_report.errors import ReportError

from . import content
from .numbering import WORDS, Numbering

DEPTH = 2
INTERVAL = "-interval"
CAPTION = re.compile(r"^(\**)(Figure|Table) \d+\.")
NUMBER = re.compile(r"\(?(?:\d+|[A-Z]\b)(?:\.\d+)*\)?")
NAMED = re.compile(r"^(\w+) (?=(?:\d+|[A-Z])(?:\.\d+)*$)")
STALE = re.compile(r"\d|^(?:Figure|Table|Equation)$")
BUNDLE = {"val": "values", "par": "parameters", "find": "findings"}
NOUNS = {
    "val": "value",
    "par": "parameter",
    "find": "finding",
    "fig": "figure",
    "tbl": "table",
    "eq": "equation",
    "": "section",
}


class MissingTarget(Exception):
    """A link's target does not exist; the text says so."""


def bind(notebook: dict) -> dict:
    """Return a copy in which every link says what this run found."""
    bound = copy.deepcopy(notebook)
    links = Links.of(bound)
    links.check(bound)
    for passage in content.passages(bound):
        passage.text = links.bound(passage.text)
    for _, cell in content.cells(bound):
        for output in content.outputs(cell):
            links.renumber(output)
    return bound


class Links:
    """The targets of a notebook's links and what each link says."""

    def __init__(self, numbering: Numbering, results: dict | None) -> None:
        self.numbering = numbering
        self.results = results

    @classmethod
    def of(cls, notebook: dict) -> "Links":
        """Take the targets from a notebook."""
        return cls(Numbering.of(notebook), content.results(notebook))

    def check(self, notebook: dict) -> None:
        """Stop at links without target, all of them in one message."""
        problems = list(self.numbering.problems)
        for passage in [*content.passages(notebook), *self._notices()]:
            for link in markdown.links(passage.text):
                try:
                    self.text(link)
                except MissingTarget as missing:
                    where = passage.place(link.start)
                    problems.append(f"{where}: {missing}")
        if problems:
            raise ReportError(
                "The report cannot be rendered:\n"
                + "\n".join(f"  {problem}" for problem in problems)
            )

    def _notices(self) -> list[content.Passage]:
        notices = (self.results or {}).get("notices", [])
        return [
            content.Passage(0, "", {"text": notice}, "text")
            for notice in notices
        ]

    def bound(self, text: str) -> str:
        """Put the visible text of every link right."""

        def bind_one(link: markdown.Link, after: str) -> str:
            words = unlinked(self.text(link, after))
            return f"[{words}](#{link.target})"

        return self._replace(text, bind_one)

    def rendered(self, text: str) -> str:
        """Write links for pandoc: values as spans, the rest as links."""

        def render_one(link: markdown.Link, after: str) -> str:
            words = self.text(link, after)
            prefix, _ = split(link.target)
            if prefix not in BUNDLE:
                words = NAMED.sub("\\1\u00a0", words)
                return f"[{words}](#{self.anchor(link.target)}){{.reference}}"
            words = self.rendered(words)
            return f'[{words}]{{.value data-target="{link.target}"}}'

        return self._replace(text, render_one)

    def _replace(self, text: str, replacement) -> str:
        parts, last = [], 0
        for link in markdown.links(text):
            parts += [
                text[last : link.start],
                replacement(link, text[link.end : link.end + 1]),
            ]
            last = link.end
        return "".join([*parts, text[last:]])

    def text(self, link: markdown.Link, after: str = "") -> str:
        """Give what a link says, as Markdown."""
        prefix, name = split(link.target)
        if prefix in BUNDLE:
            return self._measured(prefix, name, link.target, after)
        if prefix in WORDS:
            return self._reference(prefix, link)
        return self._section(link)

    def anchor(self, target: str) -> str:
        """Give the anchor of a target; JupyterLab keeps capitals."""
        if target in self.numbering.labels:
            return target
        return target.lower()

    def _measured(self, prefix, name, target, after) -> str:
        if self.results is None:
            raise MissingTarget(
                f"#{target} needs the run's results, and the notebook "
                "holds none; run it to the end first"
            )
        entries = self.results.get(BUNDLE[prefix], {})
        key = "text"
        if prefix == "val" and name not in entries:
            key = "interval_text"
            name = name.removesuffix(INTERVAL)
            if name == target.removeprefix("val-"):
                raise self._missing(target, self._bundle_targets(prefix))
        if name not in entries:
            raise self._missing(target, self._bundle_targets(prefix))
        if prefix == "find":
            return self._sentence(entries[name]["sentence"], after)
        text = entries[name].get(key)
        if text is None:
            raise MissingTarget(f"#{target}: the value {name} has no interval")
        return markdown.escaped(text)

    def _sentence(self, sentence: str, after: str, depth: int = 1) -> str:
        if after and after in ".,;:":
            sentence = sentence.removesuffix(".")
        for link in markdown.links(sentence):
            prefix, name = split(link.target)
            if prefix == "find" and depth >= DEPTH:
                raise MissingTarget(
                    f"#{link.target}: findings quote each other more than "
                    f"{DEPTH} deep"
                )
            if prefix == "find":
                inner = self.results["findings"].get(name)
                if inner:
                    self._sentence(inner["sentence"], "", depth + 1)
        return self.bound(sentence)

    def _reference(self, prefix: str, link: markdown.Link) -> str:
        labels = self.numbering.labels
        if link.target not in labels:
            raise self._missing(
                link.target,
                [label for label in labels if label.startswith(prefix)],
            )
        number = labels[link.target]
        if link.text and not STALE.search(link.text):
            return link.text
        if NUMBER.fullmatch(link.text):
            return f"({number})" if link.text.startswith("(") else number
        return f"{WORDS[prefix]} {number}"

    def _section(self, link: markdown.Link) -> str:
        sections = self.numbering.sections
        section = sections.get(link.target.lower())
        if section is None:
            raise self._missing(link.target, list(sections))
        if NUMBER.fullmatch(link.text):
            return section.number or section.text
        if not re.match(r"(Section|Appendix)\b", link.text):
            return link.text
        if not section.number:
            raise MissingTarget(
                f"#{link.target}: the section “{section.text}” has no "
                "number; link it by its name"
            )
        return section.name

    def _bundle_targets(self, prefix: str) -> list[str]:
        entries = self.results.get(BUNDLE[prefix], {})
        names = [f"{prefix}-{name}" for name in entries]
        if prefix == "val":
            names += [
                f"val-{name}{INTERVAL}"
                for name, entry in entries.items()
                if entry.get("interval_text")
            ]
        return names

    def _missing(self, target: str, near: list[str]) -> MissingTarget:
        noun = NOUNS[split(target)[0]]
        best = difflib.get_close_matches(target, near, n=1, cutoff=0.5)
        if not best:
            results = self.results or {}
            names = [*self.numbering.labels, *self.numbering.sections]
            names += [
                f"{prefix}-{name}"
                for prefix, group in BUNDLE.items()
                for name in results.get(group, {})
            ]
            best = difflib.get_close_matches(target, names, n=1, cutoff=0.5)
        hint = f"; did you mean #{best[0]}?" if best else ""
        return MissingTarget(f"#{target}: there is no such {noun}{hint}")

    def renumber(self, output: dict) -> None:
        """Set the number of a caption that was made for JupyterLab."""
        number = self.numbering.labels.get(content.report(output).get("of"))
        if content.kind(output) != "caption" or number is None:
            return
        data = output["data"]
        for mime in ("text/markdown", "text/plain"):
            if mime in data:
                data[mime] = CAPTION.sub(
                    rf"\g<1>\g<2> {number}.", content.joined(data[mime])
                )


def split(target: str) -> tuple[str, str]:
    """Part a target in its kind and its name; a section has no kind."""
    prefix, dash, name = target.partition("-")
    if dash and (prefix in BUNDLE or prefix in WORDS):
        return prefix, name
    return "", target


def unlinked(text: str) -> str:
    """Replace the links in a text by what they say."""
    parts, last = [], 0
    for link in markdown.links(text):
        parts += [text[last : link.start], link.text]
        last = link.end
    return "".join([*parts, text[last:]])
