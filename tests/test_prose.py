"""The report's prose: its length, its words, its references' form."""

import io
import re
import statistics
import warnings

import nbformat
import pypdf
import pytest
from notebook_cells import NOTEBOOK

from mnist_report.rendering import PDFExporter

ROOT = NOTEBOOK.parents[1]
CELLS = nbformat.read(NOTEBOOK, as_version=4).cells
MARKDOWN = "\n\n".join(c.source for c in CELLS if c.cell_type == "markdown")
GLOSSARY = next(c.source for c in CELLS if c.id == "glossary")
REFERENCES = (ROOT / "references.bib").read_text(encoding="utf-8")
# abbreviations that every reader knows, or that are names
NAMES = {
    *("API", "CLDR", "EMNIST", "GPU", "HTML", "MB", "MNIST", "NIST", "NN"),
    *("PDF", "QMNIST", "USA", "ONNX", "RAM", "USPS"),
}
AMERICAN = re.compile(
    r"\b(?:\w*(?:ization|izing|ized|izes|ize|yzed|yze)|colors?|gray|behavior"
    r"|centers?|centered|neighbors?|labeled|labeling|modeling|catalog"
    r"|license[ds]?|program(?!me)s?|favor\w*|meters?|fulfill)\b",
    re.IGNORECASE,
)
CORRECT = {"size", "sizes", "sized", "seized", "prize", "prizes", "resized"}
HYPE = re.compile(
    r"\b(?:obviously|simply|clearly|very|remarkabl[ey]|amazing|novel"
    r"|cutting-edge|groundbreaking|revolution\w*|let's|state-of-the-art)\b",
    re.IGNORECASE,
)
REQUIRED = {
    "article": {"journal"},
    "inproceedings": {"booktitle"},
    "misc": set(),
    "techreport": {"institution"},
    "incollection": {"booktitle"},
}
DOI = re.compile(r"10\.\d{4,9}/\S+")


def without_marks(text):
    """Return what is read: no maths, code, tables, links' ends, citations."""
    text = re.sub(r"\$\$.*?\$\$", " ", text, flags=re.DOTALL)
    text = re.sub(r"^```.*?^```", " ", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^(?:\||#|>).*$", " ", text, flags=re.MULTILINE)
    text = re.sub(r"<!--.*?-->|\[@[^\]]*\]", " ", text)
    text = re.sub(r"@\w+", "they", text)
    text = re.sub(r"\[([^\[\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\$[^$]*\$", "x", text)
    return re.sub(r"[*`]", "", text)


PROSE = without_marks(MARKDOWN)


def sentences():
    """Return the sentences, a list of words each."""
    parts = [
        part
        for paragraph in PROSE.split("\n\n")
        for part in re.split(r"(?<=[.?!:;])\s+(?=[A-Z])", paragraph)
    ]
    found = [re.findall(r"[A-Za-zÀ-ÿ'’-]+", part) for part in parts]
    return [words for words in found if len(words) > 2]


def syllables(word):
    """Count a word's syllables, roughly: groups of vowels."""
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = word.lower().endswith("e") and not word.lower().endswith("le")
    return max(groups - silent, 1)


def entries():
    """Return kind and fields of each reference by its key."""
    found = {}
    for kind, key, body in re.findall(
        r"^@(\w+){(\S+?),\n(.*?)^}", REFERENCES, re.DOTALL | re.MULTILINE
    ):
        fields = re.findall(r"^  (\w+) = {?(.*?)}?,?$", body, re.MULTILINE)
        found[key] = (kind, dict(fields))
    return found


ENTRIES = entries()


def test_running_text_is_neither_thin_nor_long():
    words = len(PROSE.split())
    assert 5500 <= words <= 8500


def test_main_text_keeps_to_its_pages_figures_and_tables():
    made, _ = PDFExporter().from_filename(str(NOTEBOOK))
    pdf = pypdf.PdfReader(io.BytesIO(made))
    references = next(
        entry
        for entry in pdf.outline
        if not isinstance(entry, list) and entry.title == "References"
    )
    assert pdf.get_destination_page_number(references) <= 24
    main = CELLS[: [cell.id for cell in CELLS].index("references")]
    kinds = [
        output.metadata.get("report", {}).get("kind")
        for cell in main
        for output in cell.get("outputs", [])
        if "metadata" in output
    ]
    assert 10 < kinds.count("figure") <= 16
    assert 4 < kinds.count("table") <= 9


def test_reading_ease_is_reported():
    lengths = [len(words) for words in sentences()]
    words = [word for words in sentences() for word in words]
    mean = statistics.mean(lengths)
    ease = (
        206.835 - 1.015 * mean - 84.6 * statistics.mean(map(syllables, words))
    )
    longest = max(sentences(), key=len)
    if mean > 22 or ease < 40 or len(longest) > 60:
        warnings.warn(
            f"The prose has {mean:.1f} words a sentence (at most 22), a "
            f"reading ease of {ease:.0f} (at least 40) and a longest "
            f"sentence of {len(longest)} words (at most 60): "
            f"{' '.join(longest[:12])} …",
            stacklevel=1,
        )


def test_spelling_is_british():
    found = {m[0].lower() for m in AMERICAN.finditer(PROSE)} - CORRECT
    assert found == set()


def test_prose_does_not_praise_itself():
    assert sorted({m[0].lower() for m in HYPE.finditer(PROSE)}) == []


def test_abbreviations_are_spelled_out_where_they_first_appear():
    body = without_marks(MARKDOWN.split("## Introduction", 1)[1])
    for short in sorted(set(re.findall(r"\b[A-Z]{2,5}\b", body)) - NAMES):
        first = re.search(rf"\b{short}\b", body).start()
        assert body[first - 1] == "(", f"{short} is not introduced"


def glossary_terms():
    """Return the glossary's terms."""
    rows = re.findall(r"^\| ([a-z][^|$]+?) \|", GLOSSARY, re.MULTILINE)
    return [row for row in rows if "--" not in row]


@pytest.mark.parametrize("term", glossary_terms())
def test_glossary_explains_what_the_text_uses(term):
    rest = PROSE.replace(without_marks(GLOSSARY), "").lower()
    stem = term.lower().rstrip("e").replace("-", "[- ]")
    assert re.search(stem, rest), term


def test_enough_works_are_cited_in_the_text():
    cited = set(re.findall(r"(?<!\w)@(\w+)", MARKDOWN)) & set(ENTRIES)
    assert len(cited) >= 35


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_reference_is_complete(key):
    kind, fields = ENTRIES[key]
    assert {"author", "title", "year"} <= set(fields)
    assert REQUIRED[kind] <= set(fields), REQUIRED[kind] - set(fields)
    assert re.fullmatch(r"[12]\d{3}", fields["year"])
    assert "verification" not in fields
    if "doi" in fields:
        assert DOI.fullmatch(fields["doi"])
    if "pages" in fields:
        assert re.fullmatch(r"\d+(?:--\d+)?", fields["pages"])
    for name in ("url", "eprint"):
        assert " " not in fields.get(name, "")
    if kind == "article":
        assert {"volume", "doi"} & set(fields)
    assert {"doi", "url", "eprint"} & set(fields)


def test_references_are_in_the_order_of_their_keys():
    assert list(ENTRIES) == sorted(ENTRIES)
    assert len(ENTRIES) == REFERENCES.count("\n@") + 1


def test_abstract_is_of_the_length_that_journals_ask_for():
    abstract = next(c.source for c in CELLS if c.id == "abstract")
    text = without_marks(abstract.split("**", 1)[0])
    assert 150 <= len(text.split()) <= 200


def test_abstract_is_followed_by_three_key_points():
    abstract = next(c.source for c in CELLS if c.id == "abstract")
    points = re.findall(r"^\*\*.+?\*\* .+$", abstract, re.MULTILINE)
    assert len(points) == 3
    assert all("](#find-" in point for point in points)
