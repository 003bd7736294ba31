"""What has to be seen in Markdown: headings, links, images, labels."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

OPAQUE = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[^\n]*\n"
    r".*?(?:^[ \t]*(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)"
    r"|<!--.*?-->"
    r"|\\.",
    re.MULTILINE | re.DOTALL,
)
HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*$", re.MULTILINE)
COMMENT = re.compile(r"<!--\s*(.*?)\s*-->")
LINK_END = re.compile(r"\]\(#([^()\s]+)(?:\s+\"[^\"]*\")?\)")
IMAGE = re.compile(r"!\[([^\]]*)\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
LABEL = re.compile(r"\\label\s*\{(eq-[^}]*)\}")
CITATION = re.compile(
    r"(?<![\w@.])@(?:\{([^}]+)\}|(\w(?:[\w:.#$%&+?<>~/-]*[\w])?))"
)
SPECIAL = re.compile(r"([\\`*_\[\]<>$|@~^#])")


@dataclass(frozen=True)
class Heading:
    """A heading's line: where it stands, its level, text and marks."""

    start: int
    end: int
    level: int
    text: str
    marks: frozenset[str]

    @property
    def slug(self) -> str:
        return slug(self.text)


@dataclass(frozen=True)
class Link:
    """A link into the report: `[text](#target)`."""

    start: int
    end: int
    text: str
    target: str


def masked(text: str) -> str:
    """Blank code, comments and escapes; every offset stays what it was."""

    def blank(match: re.Match) -> str:
        return re.sub(r"[^\n]", "\0", match[0])

    return OPAQUE.sub(blank, text)


def unescaped_mask(text: str) -> str:
    """Blank code and comments, but leave escapes (TeX needs them)."""

    def blank(match: re.Match) -> str:
        if match[0].startswith("\\"):
            return match[0]
        return re.sub(r"[^\n]", "\0", match[0])

    return OPAQUE.sub(blank, text)


def headings(text: str) -> Iterator[Heading]:
    """Yield the ATX headings outside code."""
    visible = masked(text)
    for match in HEADING.finditer(visible):
        line = text[match.start(2) : match.end()].rstrip()
        marks = frozenset(
            word.removeprefix(".")
            for comment in COMMENT.findall(line)
            for word in comment.split()
            if word.startswith(".")
        )
        title = COMMENT.sub("", line).rstrip().rstrip("#").rstrip()
        yield Heading(match.start(), match.end(), len(match[1]), title, marks)


def links(text: str) -> Iterator[Link]:
    """Yield the links to targets within the report."""
    visible = masked(text)
    for match in LINK_END.finditer(visible):
        start = opening(visible, match.start())
        if start is None or visible[max(start - 1, 0)] == "!":
            continue
        inside = text[start + 1 : match.start()]
        yield Link(start, match.end(), inside, unquote(match[1]))


def opening(visible: str, closing: int) -> int | None:
    """Find the bracket that the one at `closing` closes."""
    depth = 0
    for position in range(closing, -1, -1):
        depth += {"]": 1, "[": -1}.get(visible[position], 0)
        if not depth:
            return position
    return None


def labels(text: str) -> Iterator[tuple[int, str]]:
    """Yield the offset and name of each equation's label."""
    for match in LABEL.finditer(unescaped_mask(text)):
        yield match.start(), match[1].strip()


def images(text: str) -> Iterator[re.Match]:
    """Yield a match for each image: group 1 is its alt text, 2 its path."""
    yield from IMAGE.finditer(masked(text))


def citations(text: str) -> Iterator[tuple[int, str]]:
    """Yield the offset and key of each citation."""
    for match in CITATION.finditer(masked(text)):
        yield match.start(), match[1] or match[2]


def slug(title: str) -> str:
    """Name a heading's anchor as GitHub does."""
    words = re.sub(r"[^\w\- ]", "", plain(title).lower())
    return words.strip().replace(" ", "-")


def plain(text: str) -> str:
    """Drop the marks of links, code and emphasis."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(?<![\w\\])([*_]{1,3})(\S(?:.*?\S)?)\1(?!\w)", r"\2", text)
    text = re.sub(r"(?<!\\)`", "", text)
    return re.sub(r"\\([^\w\s])", r"\1", text)


def escaped(text: str) -> str:
    """Write plain text so that Markdown shows it unchanged."""
    return SPECIAL.sub(r"\\\1", text)


def fence(text: str, attributes: str) -> str:
    """Wrap text as a code block that no run of backticks in it can end."""
    runs = re.findall(r"`{3,}", text)
    ticks = "`" * max([3, *(len(run) + 1 for run in runs)])
    return f"{ticks}{attributes}\n{text}\n{ticks}"
