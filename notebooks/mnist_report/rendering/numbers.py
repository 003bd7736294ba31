"""Numbers that an author typed where a run's result should stand.

A numeral in Markdown passes if a link to the run's results gives it, if its
sentence cites the work that it comes from, if it is a declared fact about a
data set, or if it is no quantity at all: a year, a page, a version, a size, a
class. Every other numeral is a leak. Number words are leaks only where they
count or measure what a run would: “three mistakes”, “half of the errors”.
"""

import html
import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mnist_report import markdown
from mnist_report.errors import ReportError

from . import content
from .links import BUNDLE, NUMBER, split

FACTS = Path(__file__).with_name("facts.toml")
# stand for what was taken out: nothing, a bound value, a citation
GONE, BOUND, CITED = "\0", "\ue000", "\ue001"
GAP = rf"[\s{GONE}]*"

COUNTED = (
    r"(?:errors?|mistakes?|misreadings?|confusions?|failures?"
    r"|(?:milli|micro)?seconds?|minutes?|hours?|epochs?|seeds?|runs?|steps?"
    r"|megabytes?|kilobytes?|bytes?|watts?|watt-hours?|points?|images?"
    r"|digits?|characters?|examples?|parameters?|weights?|writers?|people"
    r"|labels?|answers?|methods?|operations?|neighbours?|components?|units?"
    r"|vectors?|misclassifications?)\b"
)
MEASURED = (
    r"(?:errors?|mistakes?|misreadings?|confusions?|failures?"
    r"|(?:milli|micro)?seconds?|minutes?|hours?|epochs?|seeds?"
    r"|megabytes?|kilobytes?|watts?|watt-hours?|misclassifications?)\b"
)
UNIT = (
    rf"(?:{GAP}(?:%|‰|×|°|per{GAP}cent|in\s+(?:a\s+)?\d)"
    rf"|{GAP}(?:[mµ]?s|min|h|k?Wh|k?W|k?J|k?g|[kMG]i?B|[kM])\b"
    rf"|\s+(?:\w+\s+)?{COUNTED}|\s+(?:times|of\s+(?:the|them|all|its))\b"
    r"|-fold)"
)
MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October"
    "|November|December)"
)
NAMED = (
    r"(?:Python|PyTorch|NumPy|SciPy|scikit-learn|torchvision|CUDA|Unicode"
    r"|WCAG|CLDR|BY|BY-SA|CC0|Ubuntu|Debian|RFC|ISO|IEEE|PEP|HTML|Typst|pandoc|Runtime"
    r"|[Vv]ersions?|Database|[Cc]hapters?|[Ss]ections?|[Ff]igures?"
    r"|[Tt]ables?|[Ee]quations?|Appendix|Algorithm|Theorem|[Ee]dition)"
)
PRECEDING = (
    "(?i:in|by|of|to|and|since|until|from|between|before|after|year|about)"
)
LIST = r"(?:,\s|\s(?:and|or|to)\s|–)"
# numerals that are no quantities, one form a line
NAMES = [
    r"https?://[^\s<>]+|\b10\.\d{4,9}/[^\s<>]+|\barXiv:\s?[\w./-]+",
    r"\bISBN(?::|\sis)?\s[\d-]+",
    rf"\b\d{{1,2}}\s{MONTH}(?:\s\d{{4}})?|\b{MONTH}\s(?:1[6-9]|20)\d\d\b",
    r"\b\d{4}-\d\d-\d\d\b",
    rf"\bp(?:p\.|\.|ages?)\s\d+(?:–\d+)?(?:{LIST}(?:p\.\s)?\d+)*",
    r"\b\d+,\spp\.\s\d+(?:–\d+)?|\b\d{1,2}:\d\d\b",
    r"\b0\sto\s9\b|\b(?:numbered|counted)\sfrom\s\d+\sto\s\d+\b",
    r"\bvol(?:\.|ume)\s\d+(?:,\s(?:number|no\.|issue)\s\d+)?",
    r"\b\d+\(\d+\)(?:,|:\d+(?:[–-]\d+)?)",
    rf"\b(?:\d+|{BOUND}+)"
    rf"(?:\s?[×x]\s?(?:\d+\b(?![⁻⁺⁰-⁹])|{BOUND}+))+",
    r"\bv?\d+\.\d+\.\d+[\w.]*\b",
    r"(?<![\w.])[A-Za-z][A-Za-z_]*(?:[-/][A-Za-z]+)*[-/]?\d\w*(?:-\w+)*",
    r"\b\d+-(?:bits?|bytes?|dimensional|D)\b",
    rf"\b{NAMED}\s\d+(?:[.:-]\d+)*\b(?!{GAP}%)",
    r"\b[Ss]teps?\s\d\b",
    r"\b(?:1[6-9]|20)\d0s\b",
    rf"(?:\b{PRECEDING}\s|,\s|\()(?:1[6-9]|20)\d\d"
    rf"(?:[–-](?:1[6-9]|20)?\d\d)?\b(?![,.]\d|{UNIT})",
    r"\b\d+[A-Z]{2,}\d\w*\b|\b95\sof\s100\s(?:repetitions|samples)\b",
    rf"(?:level\sof\s)95{GAP}%|\b95{GAP}%(?=[\s-](?:\w+\s)?"
    r"(?:intervals?|level|confidence|bounds?)\b)",
    rf"\b(?:digits?|class(?:es)?|labels?|numerals?)\s\d\b(?:{LIST}\d\b)*"
    rf"(?![.,]\d|{UNIT})",
    rf"\b(?:[Aa]n?|[Nn]o)\s\d\b(?![.,]\d|{UNIT})",
    r"(?<!\bin\s)(?<!\btook\s)(?<!\btakes\s)\b\ds\b",
    rf"(?<![=<>≈~.·:]\s)(?<![=<>≈~.,·:±−-])\b[01]\b(?![.,·:/]\d|{UNIT})",
]
NAME = re.compile("|".join(f"(?:{each})" for each in NAMES))
NUMERAL = re.compile(
    r"(?:[−-](?=[\d.]))?(?:\d[\d,]*(?:[.·]\d+)?|(?<!\w)\.\d+)"
    r"(?:e[-+−]?\d+|\s?[·×]\s?10[⁻⁺⁰-⁹]+)?[½⅓⅔¼¾]?|[½⅓⅔¼¾]"
)

SMALL = "two three four five six seven eight nine"
LARGE = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred "
    "thousand million dozen"
)


def _any(words: str) -> str:
    return "(?:" + "|".join(words.split()) + ")"


WORD = (
    rf"\b{_any(f'zero one {SMALL} {LARGE}')}"
    rf"(?:(?:-|\s|\sand\s){_any(f'one {SMALL} {LARGE}')})*\b"
)
PART = _any(
    "half thirds? quarters? fifths? sixths? sevenths? eighths? ninths? "
    "tenths? twentieths? hundredths? thousandths?"
)
MORE = (
    r"(?:as|more|fewer|less|better|worse|faster|slower|smaller|larger|higher"
    r"|lower|cheaper|the|its)\b"
)
# number words that count or measure what a run would, one dress a line
WORDS = [
    rf"{WORD}\s(?:per\s?cent|percentage\spoints?|points?)\b",
    rf"{WORD}\s(?:\w+\s)?(?:in|out\sof)\s(?:a\s|every\s)?"
    rf"(?:{_any(SMALL)}\s)?{_any(LARGE)}\b",
    rf"{WORD}\s(?:in|out\sof)\s(?:every\s)?{_any(SMALL)}\b",
    rf"{WORD}\stimes\s{MORE}|\b(?:twice|thrice)\s{MORE}",
    rf"\b{_any(f'{SMALL} {LARGE}')}fold\b",
    rf"\b(?!one\b){WORD}\s(?:\w+\s)?{MEASURED}",
    rf"\b{_any(LARGE)}(?:[-\s]{_any(f'one {SMALL}')})?\s(?:\w+\s)?{COUNTED}",
    rf"\b(?!one\b){WORD}\sof\s(?:the|all|its)\s(?:{WORD}\s)?{COUNTED}",
    rf"\bthe\s{_any(LARGE)}\sclasses\b",
    rf"\b(?:a|one|{_any(SMALL)})[-\s]{PART}\s(?:of\s(?:the|its|an?)|fewer|less|more)\b",
    rf"\bevery\s\w+(?:th|st|nd|rd)\s{COUNTED}",
    rf"\bhalf\s(?:of\s)?(?:the|its|all)\s(?:\w+\s)?{COUNTED}",
    rf"\bby\s(?:a\s|one\s|{_any(SMALL)}\s)?{PART}\b",
    r"\b(?:halv(?:e[sd]?\s(?:the|its|it|that|by)|ed|ing)|doubl(?:es|ed|ing)|tripl(?:es?|ed|ing)"
    r"|trebl(?:es?|ed|ing)|quadrupl(?:es?|ed|ing))\b",
    rf"\b(?:dozens|hundreds|thousands|millions)\sof\s(?:\w+\s)?{COUNTED}",
]
IN_WORDS = re.compile("|".join(f"(?:{each})" for each in WORDS), re.I)

# a formula or code that says no more than a number would in the text
IN_MATHS = re.compile(r"\d\.\d|\\%|(?:=|<|>|\\(?:approx|le|ge|sim)\b)\s*\d{2}")
IN_CODE = re.compile(r"`+\s*[−-]?[\d.,–\s]*\d\s*(?:%|\w{1,3})?\s*`+")
ENTITY = re.compile(r"&(?:#\d+|\w+);")
MATHS = re.compile(r"\$\$.*?\$\$|\$(?=\S)[^$\n]*(?<=\S)\$", re.DOTALL)
CITATION = re.compile(r"\[[^\[\]]*@[^\[\]]*\]|(?<![\w@.])@\w[\w:.-]*\w")
LINK = re.compile(
    r"\]\((?!#)[^()\s]*(?:\([^()]*\)[^()\s]*)*(?:\s+\"[^\"]*\")?\)"
)
REFERENCE = re.compile(rf"(?:\w+[ \u00a0])?{NUMBER.pattern}")
SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\bal\.)(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bcf\.)"
    rf"[{GONE}”\")]*\s+(?=[“(]*[A-Z{GONE}{BOUND}{CITED}])"
    r"|\n[ \t]*\n|\n(?=[ \t]*(?:[-*+>|#]|\d+\.)\s?)"
)
CLAUSE = re.compile(
    r"[;:—–]\s|,\s|\s(?:where|whereas|while|but|than|and)\s", re.IGNORECASE
)
OURS = re.compile(r"\b(?:our|ours|we|this run|the run|here)\b", re.IGNORECASE)


class Fact(NamedTuple):
    """A number about a data set that no run can change."""

    number: str
    """The number as the text has it."""
    of: tuple[str, ...]
    """What it counts, in the words that may follow it."""
    about: str
    """The data set, which the paragraph has to name."""
    source: str
    """A key of the bibliography, an address, or the module that sets it."""

    def pattern(self) -> re.Pattern:
        """Match the number together with what it counts."""
        of = "|".join(map(re.escape, self.of))
        return re.compile(
            rf"(?<![\d.,]){re.escape(self.number)}"
            rf"(?=\s(?:\w+\s){{0,2}}(?:{of})\b)"
            if self.of
            else rf"(?<![\d.,]){re.escape(self.number)}(?![.,]?\d|{UNIT})"
        )


class Leak(NamedTuple):
    """A typed number: where it starts, what it says, and in which words."""

    start: int
    text: str
    sentence: str


@cache
def facts(path: Path = FACTS) -> tuple[Fact, ...]:
    """Read the declared facts about data sets."""
    declared = tomllib.loads(path.read_text(encoding="utf-8"))["fact"]
    return tuple(
        Fact(**{**each, "of": tuple(each["of"])}) for each in declared
    )


def leaks(text: str, known: Sequence[Fact] | None = None) -> list[Leak]:
    """Find the typed results in a piece of Markdown."""
    prose = visible = stripped(text)
    for fact in facts() if known is None else known:
        visible = _without(fact, visible)
    visible = NAME.sub(_blank, visible)
    found = []
    for start, end in _pieces(prose, SENTENCE):
        sentence = visible[start:end]
        for number in _numbers(sentence):
            if not _cited(sentence, number.start()):
                excerpt = text[start:end]
                found.append(
                    Leak(
                        start + number.start(),
                        text[start + number.start() : start + number.end()],
                        " ".join(excerpt.split()),
                    )
                )
    return found


def check(notebook: dict) -> None:
    """Stop at typed results in Markdown cells, all in one message."""
    problems = []
    for number, cell in content.cells(notebook):
        if cell["cell_type"] != "markdown":
            continue
        passage = content.Passage(number, "", cell, "source")
        problems += [
            f"  {passage.place(leak.start)}: “{leak.text}” in “"
            f"{leak.sentence}”"
            for leak in leaks(passage.text)
        ]
    if problems:
        raise ReportError(
            "Numbers that are typed, but that a run should give; link each "
            "to its value, cite its source in the same sentence, or declare "
            f"it in {FACTS.name}:\n" + "\n".join(problems)
        )


def stripped(text: str) -> str:
    """Blank what is not prose; every offset stays what it was.

    Links to results and citations leave marks, since they decide what the
    numbers beside them are.
    """
    text = re.sub(r"<!--.*?-->", _blank, text, flags=re.DOTALL)
    text = ENTITY.sub(_character, text)
    text = markdown.OPAQUE.sub(_code, text)
    text = MATHS.sub(_formula, text)
    for link in markdown.links(text):
        prefix, _ = split(link.target)
        inside = link.text
        if prefix in BUNDLE:
            mark = BOUND * (link.end - link.start)
        elif REFERENCE.fullmatch(inside):
            mark = GONE * (link.end - link.start)
        else:
            rest = link.end - link.start - 1 - len(inside)
            mark = GONE + inside + GONE * rest
        text = text[: link.start] + mark + text[link.end :]
    text = LINK.sub(_blank, text)
    text = CITATION.sub(lambda match: CITED * len(match[0]), text)
    text = re.sub(r"</?[A-Za-z][^<>]*>", _blank, text)
    return re.sub(r"[*_~!\[\]\\]", GONE, text)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence, row or heading starts and ends."""
    return _pieces(stripped(text), SENTENCE)


def _blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", GONE, match[0])


def _character(match: re.Match) -> str:
    return html.unescape(match[0])[:1].ljust(len(match[0]))


def _code(match: re.Match) -> str:
    if IN_CODE.fullmatch(match[0]):
        return match[0].replace("`", GONE)
    return match[0] if match[0].startswith("\\") else _blank(match)


def _formula(match: re.Match) -> str:
    if not IN_MATHS.search(match[0]):
        return _blank(match)
    return re.sub(r"[^\d.,]", GONE, match[0])


def _without(fact: Fact, text: str) -> str:
    """Blank a fact in each paragraph that names its data set."""
    return "".join(
        fact.pattern().sub(_blank, paragraph)
        if fact.about in paragraph
        else paragraph
        for paragraph in re.split(r"(\n[ \t]*\n)", text)
    )


def _numbers(sentence: str) -> Iterator[re.Match]:
    yield from NUMERAL.finditer(sentence)
    yield from IN_WORDS.finditer(sentence)


def _pieces(text: str, boundary: re.Pattern) -> Iterator[tuple[int, int]]:
    start = 0
    for match in boundary.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _cited(sentence: str, where: int) -> bool:
    """Say whether a number in a sentence is another work's.

    A sentence that also speaks of this run is read clause by clause.
    """
    if CITED not in sentence:
        return False
    if BOUND not in sentence and not OURS.search(sentence):
        return True
    for start, end in _pieces(sentence, CLAUSE):
        if start <= where < end:
            clause = sentence[start:end]
            return CITED in clause and not OURS.search(clause)
    return False
