"""A bound notebook as one pandoc document: Markdown, metadata, pictures."""

import base64
import datetime
import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from nbconvert.filters import strip_ansi

from mnist_report import markdown
from mnist_report.errors import ReportError

from . import content, values
from .links import Links, MissingTarget
from .numbering import VALUES

NOTEBOOKS = Path(__file__).parents[2]
PICTURES = {
    "image/svg+xml": "svg",
    "image/png": "png",
    "image/jpeg": "jpg",
}
LONGEST_OUTPUT = 40
SVG_WIDTH = re.compile(r"<svg\b[^>]*?\bwidth=\"([\d.]+)(pt|px|)\"", re.S)
POINTS = {"pt": 1.0, "px": 0.75, "": 0.75}


class Document:
    """The pandoc source of a report in a folder of its own."""

    def __init__(self, notebook: dict, home: Path, folder: Path) -> None:
        self.notebook = notebook
        self.home = home
        self.folder = folder
        self.links = Links.of(notebook)
        self.results = content.results(notebook)
        self.sources = values.Sources(notebook, self.links)
        self._sections = iter(self.links.numbering.sections.values())
        self._pictures = 0
        self._floating = "true"
        self._cell = ""
        (folder / "media").mkdir()
        self.body = self._body()
        self.metadata = self._metadata()

    @property
    def timestamp(self) -> int:
        """Give the seconds of the notebook's date; without one, 0."""
        try:
            day = datetime.date.fromisoformat(self._of("date"))
        except ValueError:
            return 0
        return (day - datetime.date(1970, 1, 1)).days * 86400

    def _of(self, name: str, default=""):
        return self.notebook["metadata"].get(name, default)

    def _body(self) -> str:
        blocks: list[str] = []
        self.abstract = ""
        for number, cell in content.cells(self.notebook):
            tags = content.tags(cell)
            if "title" in tags:
                continue
            if cell["cell_type"] == "markdown":
                passage = content.Passage(number, "", cell, "source")
                if "abstract" in tags:
                    text = self._pictured(passage)
                    text = re.sub(r"\A\s*#+ .*\n", "", text)
                    self.abstract = self.links.rendered(text).strip()
                else:
                    text = self._headed(self._pictured(passage))
                    blocks.append(self.links.rendered(text))
                    blocks.append(self._values(passage))
            else:
                self._cell = cell.get("id", "")
                blocks += self._code(cell, tags)
                blocks += map(self._output, content.outputs(cell))
        return "\n\n".join(filter(None, blocks)) + "\n"

    def _values(self, passage: content.Passage) -> str:
        """List the values of the text where a heading asks for it."""
        headings = markdown.headings(passage.text)
        if not any(VALUES in heading.marks for heading in headings):
            return ""
        about = {"kind": "table", "label": f"tbl-{VALUES}"}
        return self._numbered(about, *self.sources.table())

    def _headed(self, text: str) -> str:
        """Give each heading its anchor, number and marks."""
        parts, last = [], 0
        for heading in markdown.headings(text):
            section = next(self._sections)
            self._floating = str(not section.appendix).lower()
            marks = " ".join(f".{mark}" for mark in sorted(heading.marks))
            number = f'number="{section.number}"' if section.number else ""
            line = (
                f"{'#' * section.level} {section.text} "
                f"{{#{section.anchor} {marks} {number}}}"
            )
            if section.text == "References":
                line += "\n\n::: {#refs}\n:::"
            parts += [text[last : heading.start], line]
            last = heading.end
        return "".join([*parts, text[last:]])

    def _pictured(self, passage: content.Passage) -> str:
        """Put the pictures that a Markdown cell shows beside the document."""
        text, parts, last = passage.text, [], 0
        for match in markdown.images(text):
            where = passage.place(match.start())
            alt, path = match[1].strip(), match[2]
            if not alt:
                raise ReportError(
                    f"{where}: the image {path} has no alternative text; "
                    "write it between the brackets of ![…]"
                )
            name = self._local(path, passage.holder, where)
            parts += [text[last : match.start()], f"![{alt}]({name})"]
            last = match.end()
        return "".join([*parts, text[last:]])

    def _local(self, path: str, cell: dict, where: str) -> str:
        if path.startswith("attachment:"):
            bundle = cell["attachments"][path.removeprefix("attachment:")]
            mime = next(iter(bundle))
            return self._picture(mime, bundle[mime])
        for folder in (self.home, NOTEBOOKS):
            source = folder / path
            if source.is_file():
                self._pictures += 1
                name = f"media/{self._pictures}{source.suffix.lower()}"
                shutil.copyfile(source, self.folder / name)
                return name
        raise ReportError(
            f"{where}: there is no image {path} beside the notebook"
        )

    def _picture(self, mime: str, data: str) -> str:
        self._pictures += 1
        name = f"media/{self._pictures}.{PICTURES[mime]}"
        data = content.joined(data)
        raw = data.encode() if mime == "image/svg+xml" else b""
        (self.folder / name).write_bytes(raw or base64.b64decode(data))
        return name

    def _code(self, cell: dict, tags: set[str]) -> list[str]:
        source = content.joined(cell["source"]).strip("\n")
        if not source or "remove-input" in tags:
            return []
        info = self._of("language_info", {})
        language = info.get("name", "python")
        hidden = " .hidden" if "hide-input" in tags else ""
        return [markdown.fence(source, f"{{.{language} .cell{hidden}}}")]

    def _output(self, output: dict) -> str:
        kind = content.kind(output)
        if kind in {"caption", "live", "results"}:
            return ""
        if output["output_type"] == "stream":
            name = "warning" if output["name"] == "stderr" else "output"
            return block(name, content.joined(output["text"]))
        data, about = output["data"], content.report(output)
        if content.RESULTS in data:
            return ""
        if kind == "listing":
            return block(
                "listing",
                content.joined(data["text/plain"]),
                about.get("language", "text"),
            )
        mime = next((mime for mime in PICTURES if mime in data), None)
        if mime:
            return self._figure(about, mime, data)
        if kind == "table":
            text = content.joined(data["text/markdown"])
            return self._numbered(about, text, about.get("caption", ""))
        if "text/markdown" in data:
            text = self._headed(content.joined(data["text/markdown"]))
            return self.links.rendered(text)
        return block("output", content.joined(data.get("text/plain", "")))

    def _figure(self, about: dict, mime: str, data: dict) -> str:
        alt = about.get("alt") or content.joined(data.get("text/plain", ""))
        name = self._picture(mime, data[mime])
        size = SVG_WIDTH.search(content.joined(data[mime])[:2000])
        width = ""
        if mime == "image/svg+xml" and size:
            width = f" width={float(size[1]) * POINTS[size[2]]:.2f}pt"
        alt = json.dumps(alt.replace("\n", " "), ensure_ascii=False)
        image = f"![]({name}){{alt={alt}{width}}}"
        if "label" not in about:
            return image
        caption = f"{about.get('caption', '')} {self._source()}"
        return self._numbered(about, image, caption)

    def _source(self) -> str:
        """Link the cell under way, as its commit has it on the web."""
        origin = (self.results or {}).get("provenance", {})
        source = origin.get("source") or {"lines": {}}
        line = source["lines"].get(self._cell)
        return f"[Source]({source['page']}?plain=1#L{line})" if line else ""

    def _numbered(self, about: dict, inside: str, caption: str) -> str:
        """Write a figure or a table: what it shows, then its caption."""
        label = about["label"]
        number = self.links.numbering.labels[label]
        inside = self.links.rendered(inside).strip()
        caption = self.links.rendered(caption).replace("\n", " ").strip()
        return (
            f'::::: {{#{label} .{about["kind"]} number="{number}" '
            f'floating="{self._floating}"}}\n'
            f"{inside}\n\n::: caption\n{caption}\n:::\n:::::"
        )

    def _metadata(self) -> dict:
        authors = [
            author if isinstance(author, dict) else {"name": author}
            for author in self._of("authors", [])
        ]
        notices = (self.results or {}).get("notices", [])
        metadata = {
            "title": self._of("title"),
            "subtitle": self._of("subtitle"),
            "author": [dict(author) for author in authors],
            "date": self._of("date"),
            "day": day(self._of("date")),
            "details": [
                {"name": name, "value": value}
                for name, value in self._of("details", [])
            ],
            "keywords": list(self._of("keywords", [])),
            "lang": self._of("lang", "en-GB"),
            # a last line break makes paragraphs of it
            "abstract": self.abstract + "\n",
            "abouts": self._abouts(self.sources.targets()),
            "notices": [self.links.rendered(notice) for notice in notices],
            "bibliography": str(self.bibliography or ""),
            "link-citations": True,
            "link-bibliography": True,
        }
        if not metadata["title"]:
            raise ReportError(
                "The notebook's metadata has no “title”; the report needs one"
            )
        return {key: value for key, value in metadata.items() if value}

    def _abouts(self, targets: Iterable[str]) -> list[dict]:
        """Tell what stands behind each bound link."""
        return [
            {
                "target": target,
                "rows": [
                    {"word": word, "text": text, "open": text[-1] != "?"}
                    for word, text in self.sources.about(target)
                ],
            }
            for target in targets
        ]

    def mention(self, name: str, text: str) -> bool:
        """Add a text to the metadata; say whether the run knows its values."""
        try:
            self.metadata[name] = self.links.rendered(text)
        except MissingTarget:
            return False
        abouts = self.metadata.setdefault("abouts", [])
        told = {about["target"] for about in abouts}
        targets = {link.target for link in markdown.links(text)}
        abouts += self._abouts(sorted(targets - told))
        return True

    @property
    def bibliography(self) -> Path | None:
        return find_bibliography(self._of("bibliography"), self.home)


def find_bibliography(name: str | None, home: Path) -> Path | None:
    """Find the bibliography beside the notebook or its source."""
    if not name:
        return None
    found = [home / name, NOTEBOOKS / name]
    return next((path for path in found if path.is_file()), found[0])


def block(kind: str, text: str, language: str = "text") -> str:
    """Write printed text as a block: what a terminal would show of it."""
    text = strip_ansi(text).rstrip("\n").expandtabs(8)
    lines = [line.rsplit("\r", 1)[-1] for line in text.split("\n")]
    if kind != "listing" and len(lines) > LONGEST_OUTPUT:
        head, tail = LONGEST_OUTPUT * 2 // 3, LONGEST_OUTPUT // 3
        cut = len(lines) - head - tail
        lines[head:-tail] = [f"⋮  ({cut} lines not shown)"]
    if not any(lines):
        return ""
    inside = markdown.fence("\n".join(lines), f"{{.{language}}}")
    return f":::: {kind}\n{inside}\n::::"


def day(date: str) -> str:
    """Write an ISO date as a reader expects it."""
    try:
        value = datetime.date.fromisoformat(date)
    except ValueError:
        return date
    return f"{value.day} {value:%B %Y}"
