"""From an executed notebook to PDF and HTML."""

import io
import json
import re
import time
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pypdf
import pytest
import rendering_fixtures as fixtures
from nbformat.v4 import new_output
from rendering_fixtures import code, figure, markdown, notebook, stream

from mnist_report.errors import ReportError
from mnist_report.rendering import (
    HTMLExporter,
    MarkdownExporter,
    PDFExporter,
    render,
)

VOID = {"meta", "img", "br", "hr", "link", "input", "col", "wbr"}


class Elements(HTMLParser):
    """Every element of a page with its attributes and what holds it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.all.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.all.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def named(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.all if name == tag]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rendered")
    began = time.perf_counter()
    render(fixtures.sample(folder), folder)
    (folder / "seconds").write_text(str(time.perf_counter() - began))
    return folder


@pytest.fixture(scope="module")
def pdf(folder):
    return pypdf.PdfReader(folder / "report.pdf")


@pytest.fixture(scope="module")
def pages(pdf):
    text = "\n".join(page.extract_text() for page in pdf.pages)
    return re.sub(r"\s+", " ", text)


@pytest.fixture(scope="module")
def html(folder):
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def elements(html):
    return Elements(html)


def structure(node) -> list[pypdf.generic.DictionaryObject]:
    """List the elements of a PDF's structure tree."""
    node = node.get_object()
    if isinstance(node, list):
        return [found for one in node for found in structure(one)]
    if not isinstance(node, dict) or "/S" not in node:
        return []
    return [node, *(structure(node["/K"]) if "/K" in node else [])]


def rendered(*cells, **metadata) -> str:
    """Render cells as HTML."""
    return HTMLExporter().from_notebook_node(notebook(cells, **metadata))[0]


def typeset(*cells, **metadata) -> bytes:
    """Render cells as PDF."""
    return PDFExporter().from_notebook_node(notebook(cells, **metadata))[0]


# PDF


def test_pdf_says_that_it_is_archival_and_accessible(pdf):
    xmp = pdf.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp


def test_pdf_has_language_title_and_outline(pdf):
    assert pdf.trailer["/Root"]["/Lang"] == "en-GB"
    assert pdf.metadata.title == "Reading handwritten digits"
    assert pdf.metadata.author == "Ada Example"
    titles = [entry.title for entry in flat(pdf.outline)]
    assert "Introduction" in " ".join(titles)
    assert any("Container" in title for title in titles)


def flat(outline: list) -> list:
    """List the entries of an outline, nested ones too."""
    return [
        entry
        for one in outline
        for entry in (flat(one) if isinstance(one, list) else [one])
    ]


def test_pdf_is_tagged(pdf):
    tree = structure(pdf.trailer["/Root"]["/StructTreeRoot"]["/K"])
    tags = [node["/S"] for node in tree]
    for tag in ("/Title", "/H1", "/H2", "/P", "/TOC", "/L", "/Code"):
        assert tag in tags
    assert tags.count("/Figure") == 2
    assert tags.count("/Table") == 3
    assert tags.count("/Caption") == 4
    assert "/TH" in tags


def test_pdf_describes_each_figure_and_formula(pdf):
    tree = structure(pdf.trailer["/Root"]["/StructTreeRoot"]["/K"])
    described = {
        tag: [node.get("/Alt") for node in tree if node["/S"] == tag]
        for tag in ("/Figure", "/Formula")
    }
    assert described["/Figure"] == [
        'A line that falls from 0.9 to 0.03, "steeply" at first.',
        "A falling curve again.",
    ]
    assert all(described["/Formula"])
    assert "1.1\\times 10^{5}" in described["/Formula"]


def test_pdf_embeds_every_font(pdf):
    fonts = {
        font["/BaseFont"]: font["/DescendantFonts"][0].get_object()
        for page in pdf.pages
        for font in (
            entry.get_object()
            for entry in page["/Resources"].get("/Font", {}).values()
        )
    }
    assert len(fonts) >= 4
    for name, font in fonts.items():
        embedded = {"/FontFile", "/FontFile2", "/FontFile3"}
        assert embedded & set(font["/FontDescriptor"].get_object()), name


def test_pdf_carries_the_results(pdf):
    attached = pdf.attachments["results.json"][0]
    assert json.loads(attached) == fixtures.BUNDLE


def test_pdf_figures_are_vectors(pdf):
    kinds = [
        entry.get_object()["/Subtype"]
        for page in pdf.pages
        for entry in page["/Resources"].get("/XObject", {}).values()
    ]
    assert "/Image" not in kinds


def test_pdf_shows_title_block_notice_and_sections(pages):
    for text in (
        "Ada Example, Institute of Samples 15 January 2026",
        "Module: 6COSC020C Applied AI",
        "Embedded digits stood in for MNIST.",
        "Abstract. We train",
        "Keywords: MNIST, convolutional networks",
        "1 Introduction",
        "2.2 Training",
        "A Environment of the run",
        "A.1 Container",
        "1 / 6",
    ):
        assert text in pages


def test_pdf_numbers_agree_with_the_links(pages):
    assert "Figure 1. Training loss" in pages
    assert "Figure 2. Mistakes." in pages
    assert "Table 1. Test errors" in pages
    assert "Table 2. Loss and accuracy by epoch." in pages
    assert "(Section 3), listed in Table 1 and drawn in Figure 1" in pages
    assert "reaches 99.41 % (95 % interval 99.24 % to 99.55 %)" in pages
    assert (
        "support vector machine, which errs on 1.36 % (Table 1). Of" in pages
    )


def test_pdf_lists_the_references_with_their_dois(pdf, pages):
    assert "(LeCun et al. 1998)" in pages
    links = {
        note.get_object().get("/A", {}).get("/URI")
        for page in pdf.pages
        for note in page.get("/Annots", [])
    }
    assert "https://doi.org/10.1109/5.726791" in links


def test_pdf_shows_what_it_should_of_cells_and_outputs(pages):
    assert "def step(model" in pages
    assert "import numpy as np" not in pages
    assert "learning_rate = 0.003" not in pages
    assert "figures.curves(history)" not in pages
    assert "figures.errors()" in pages
    assert "lines not shown" in pages
    assert "start" not in pages
    assert "red: a warning" in pages


def test_code_never_runs_off_the_page(folder):
    ends = []

    def visit(text, matrix, text_matrix, font, size):
        if font and "Mono" in font["/BaseFont"]:
            start = text_matrix[4] * matrix[0] + matrix[4]
            longest = max(map(len, text.rstrip().split("\n")), default=0)
            ends.append(start + longest * 0.602 * abs(size * matrix[0]))

    reader = pypdf.PdfReader(folder / "report.pdf")
    for page in reader.pages:
        page.extract_text(visitor_text=visit)
    margin = 2.5 / 2.54 * 72
    assert 300 < max(ends) < float(reader.pages[0].mediabox.width) - margin


def test_a_wide_table_gives_width_to_the_column_that_needs_it():
    short = " | ".join(["a heading of words"] * 6)
    rows = f"""| Runtime | {short} |
|---|{6 * "--:|"}
| runtime measured once | {" | ".join(["192 µs"] * 6)} |
"""
    made = io.BytesIO(typeset(markdown(f"## T\n\n{rows}")))
    text = pypdf.PdfReader(made).pages[0].extract_text()
    assert "runtime measured" in text


def test_spaces_in_formulas_keep_their_width():
    def x_of_b(formula):
        seen = []

        def visit(text, matrix, text_matrix, font, size):
            if "𝑏" in text:
                seen.append(text_matrix[4] + matrix[4])

        made = typeset(markdown(f"## A\n\n${formula}$"))
        pages = pypdf.PdfReader(io.BytesIO(made)).pages
        pages[0].extract_text(visitor_text=visit)
        return seen[0]

    plain = x_of_b("a b")
    assert 2 < x_of_b(r"a \; b") - plain < 4
    assert -3 < x_of_b(r"a \! b") - plain < -1


def test_pdf_takes_its_date_from_the_environment(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    made = typeset(markdown("## A\n\nText."))
    assert b"D:19700102" in made


def test_no_line_parts_a_number_from_its_percent_sign():
    page = rendered(markdown("## A\n\nAt 95 %, and 5\n%. A % alone."))
    assert "95\u00a0%" in page
    assert "5\u00a0%." in page
    assert "A % alone" in page


def test_link_in_a_caption_is_a_link_once():
    rows = "| A |\n|---|\n| 1 |"
    shown = fixtures.table("tbl-a", "**A**, see [Table 1](#tbl-a).", rows)
    page = rendered(markdown("## A"), code("1", *shown))
    assert "{.reference}" not in page
    assert 'class="reference">Table\u00a01</a>.' in page


# HTML


def test_html_needs_nothing_else(html, elements):
    assert not elements.named("link")
    assert not re.search(r"@import|url\(", html)
    for _, attributes in elements.all:
        assert not attributes.get("src", "data:").startswith("http")
        assert "srcset" not in attributes


def test_html_is_well_formed(elements):
    assert not elements.open
    ids = [a["id"] for _, a in elements.all if "id" in a]
    assert len(ids) == len(set(ids))


def test_html_links_have_targets(elements):
    ids = {a["id"] for _, a in elements.all if "id" in a}
    for link in elements.named("a"):
        if link["href"].startswith("#"):
            assert link["href"][1:] in ids


def test_html_landmarks_and_language(elements):
    assert elements.named("html") == [{"lang": "en-GB"}]
    assert len(elements.named("main")) == 1
    assert elements.named("nav")[0]["aria-label"] == "Contents"
    assert elements.named("a")[0] == {"class": "skip", "href": "#text"}
    assert len(elements.named("h1")) == 1


def test_html_describes_each_picture(elements):
    pictures = elements.named("img")
    assert len(pictures) == 2
    assert pictures[0]["alt"].endswith('"steeply" at first.')
    assert all(p["src"].startswith("data:image/svg+xml") for p in pictures)


def test_html_has_mathml_with_numbered_equations(html, elements):
    assert len(elements.named("math")) == 9
    assert "\\label" not in html
    equations = [
        a for a in elements.named("span") if "equation" in a.get("class", "")
    ]
    assert [a["id"] for a in equations] == ["eq-softmax", "eq-loss"]


def test_html_code_folds(elements):
    cells = [a for a in elements.named("details") if a.get("class") == "code"]
    assert len(cells) == 6
    assert [("open" in cell) for cell in cells] == [
        True, True, True, True, False, True,
    ]  # fmt: skip
    assert elements.named("button")[0]["id"] == "fold"


def test_html_values_are_no_links(elements, html):
    values = [a for a in elements.named("span") if a.get("class") == "value"]
    assert "val-cnn-accuracy" in [value["data-target"] for value in values]
    assert "#val-" not in html.replace("(#val-code)", "").replace(
        "(#val-nothing)", ""
    )


def test_html_shows_notices_details_and_numbers(html):
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", unescape(html)))
    for expected in (
        "Module: 6COSC020C Applied AI",
        "Embedded digits stood in for MNIST.",
        "Figure 2. Mistakes.",
        "Table 2. Loss and accuracy by epoch.",
        "A.1 Container",
        "listed in Table 1 and drawn in Figure 1",
    ):
        assert expected in text


def test_html_cells_of_many_words_keep_their_width(html):
    assert '<td class="long" style="text-align: left;">the mean' in html


# Both


def test_rendering_twice_gives_the_same_bytes(folder, tmp_path):
    render(fixtures.sample(folder), tmp_path)
    for name in ("report.pdf", "report.html"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_rendering_takes_a_path(folder, tmp_path):
    nbformat.write(fixtures.sample(folder), tmp_path / "report.ipynb")
    render(tmp_path / "report.ipynb", tmp_path)
    assert (tmp_path / "report.pdf").stat().st_size > 10_000


def test_a_failed_rendering_leaves_nothing(tmp_path):
    executed = notebook([markdown("## A\n\n[1](#fig-none)")])
    with pytest.raises(ReportError):
        render(executed, tmp_path)
    assert not list(tmp_path.iterdir())


def test_numeric_columns_are_flush_right_unless_told():
    rows = "| A | B | C |\n|---|---|:--|\n| x | −1.5 % | 3 |\n| y | 2 | 4 |"
    page = rendered(markdown(f"## T\n\n{rows}"))
    assert re.findall(r"<td[^>]*: (\w+);", page)[:3] == [
        "left",
        "right",
        "left",
    ]


def test_markdown_means_what_jupyterlab_shows():
    page = rendered(markdown("## A\n\nText:\n- one\n- two\n\n~5 s ~6 s [B]"))
    assert page.count("<li>") >= 2
    assert "~5 s ~6 s [B]" in page


def test_images_beside_the_notebook_are_taken_in(tmp_path):
    (tmp_path / "a.svg").write_text(fixtures.curve())
    executed = notebook([markdown("## A\n\n![A curve](a.svg)")])
    where = {"metadata": {"path": str(tmp_path)}}
    page, _ = HTMLExporter().from_notebook_node(executed, where)
    assert 'alt="A curve"' in page
    made, _ = PDFExporter().from_notebook_node(executed, where)
    assert made.startswith(b"%PDF-")


def test_markdown_exporter_binds(tmp_path):
    text, resources = MarkdownExporter().from_notebook_node(
        fixtures.sample(tmp_path)
    )
    assert '[99.41 %]{.value data-target="val-cnn-accuracy"}' in text
    assert resources["output_extension"] == ".md"


def test_the_real_bibliography_is_readable():
    path = Path(__file__).parents[1] / "references.bib"
    keys = re.findall(r"^@\w+\{([^,]+),", path.read_text("utf-8"), re.M)
    text = "; ".join(f"@{key}" for key in keys)
    page = rendered(
        markdown(f"## A\n\n[{text}]\n\n## References <!-- .unnumbered -->"),
        bibliography=str(path),
    )
    assert page.count('class="csl-entry"') == len(keys)
    # all its authors, however many
    assert "Dosovitskiy, Alexey" in page
    assert "and Neil Houlsby" in page


# Bad input: one clear message each

ERROR = new_output(
    "error", ename="ValueError", evalue="no data", traceback=["…"]
)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            markdown("Text [@Nobody2000]."),
            "cell 2 (under “A”): @Nobody2000 is cited, but",
        ),
        (
            code("f()", *figure("fig-x", "Caption.", " ")),
            "cell 2 (under “A”): the figure fig-x has no alternative text",
        ),
        (
            code("f()", *figure("figure", "Caption.", "Alt.")),
            "label 'figure' must begin with fig-",
        ),
        (markdown("![](a.svg)"), "the image a.svg has no alternative text"),
        (markdown("![Alt](a.svg)"), "there is no image a.svg"),
        (code("f()", ERROR), "the run failed there (ValueError: no data)"),
        (markdown("# Second title"), "only the title has"),
        (markdown("#### Deep"), "skips a level; give it ###"),
        (
            markdown(r"### B" "\n\n" r"A $\nonsense{x}$."),
            "cell 2 (under “B”): the formula “\\nonsense{x}” cannot be read",
        ),
    ],
)
@pytest.mark.parametrize("exporter", [PDFExporter, HTMLExporter])
def test_bad_input_gives_one_message(exporter, cell, message):
    with pytest.raises(ReportError) as caught:
        exporter().from_notebook_node(notebook([markdown("## A"), cell]))
    assert message in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    "cell",
    [
        markdown("The numeral 一."),
        markdown("$一$"),
        code("one = '一'"),
        code("print(one)", stream("一\n")),
        code("f()", *figure("fig-x", "One is 一.", "Alt.")),
    ],
)
def test_missing_glyph_names_the_character_and_the_cell(cell):
    with pytest.raises(ReportError) as caught:
        typeset(markdown("## A"), cell)
    assert "cell 2 (under “A”): no font of the PDF has “一” (U+4E00)" in str(
        caught.value
    )


def test_missing_citation_key_names_the_nearest(tmp_path):
    path = tmp_path / "a.bib"
    path.write_text(fixtures.BIBLIOGRAPHY, encoding="utf-8")
    with pytest.raises(ReportError) as caught:
        rendered(
            markdown("## A\n\n[@LeCun1989gradient]"), bibliography=str(path)
        )
    assert (
        "cell 1 (under “A”): @LeCun1989gradient is not there; did you "
        "mean @LeCun1998gradient?" in str(caught.value)
    )


def test_missing_bibliography_is_named(tmp_path):
    with pytest.raises(ReportError, match=r"none\.bib does not exist"):
        rendered(markdown("## A"), bibliography=str(tmp_path / "none.bib"))


def test_paragraphs_of_the_abstract_stay_paragraphs():
    abstract = markdown("## Abstract\n\nOne.\n\nTwo.", "abstract")
    page = rendered(abstract, markdown("## A"))
    assert "<p>One.</p>" in page
    assert "<p>Two.</p>" in page


def test_title_and_details_are_taken_as_they_are():
    made = typeset(
        markdown("## A\n\nText."),
        title='A "title" of #1 *C* \\',
        details=[["Code_name", "$5 & [x]"]],
    )
    reader = pypdf.PdfReader(io.BytesIO(made))
    assert reader.metadata.title == 'A "title" of #1 *C* \\'
    assert "Code_name: $5 & [x]" in reader.pages[0].extract_text()


def test_missing_title_is_named():
    with pytest.raises(ReportError, match="has no “title”"):
        rendered(markdown("## A"), title="")


def test_long_names_part_after_an_underscore():
    page = rendered(markdown("`perspective_distortion` and `a < b`"))
    assert "<code>perspective_<wbr>distortion</code>" in page
    assert "<code>a &lt; b</code>" in page
