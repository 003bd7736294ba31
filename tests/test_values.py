"""What stands behind a number, for the reader who asks."""

import re

import nbformat
import pypdf
import pytest
from rendering_fixtures import code, markdown, notebook, results
from test_rendering import Elements

from mnist_report.rendering import HTMLExporter, PDFExporter, preflight
from mnist_report.rendering.links import Links
from mnist_report.rendering.values import Sources, full

TEXT = """## Testing

The error is [1 %](#val-error), between [0](#val-error-interval), for
[MNIST](#val-name). It took [2 s](#val-seconds) at [0](#par-learning_rate).
[Is it?](#find-lower)
"""
LIST = "## Numbers <!-- .values -->\n\n[Table 1](#tbl-values) lists all."
BUNDLE = {
    "parameters": {"learning_rate": {"value": 0.003, "text": "0.003"}},
    "values": {
        "error": {
            "value": 0.005166666666666667,
            "text": "0.52 %",
            "meaning": "error of the *network*",
            "interval": [0.0044, 0.0059],
            "interval_text": "0.44–0.59 %",
            "n": 10000,
            "varies": "stochastic",
            "cell": 2,
        },
        "name": {
            "value": "MNIST",
            "text": "MNIST",
            "meaning": "the data set",
            "interval_text": None,
            "n": None,
            "varies": "exact",
        },
        "seconds": {
            "value": 142.57591394100018,
            "text": "143 s",
            "meaning": "time to train",
            "interval_text": None,
            "n": 3,
            "varies": "machine",
        },
        "unused": {"value": 1, "text": "1", "meaning": "in no sentence"},
    },
    "findings": {
        "lower": {
            "verdict": "yes",
            "question": "Is it lower?",
            "sentence": "It is lower, at [0](#val-error).",
            "evidence": "Wilson's interval, 0.44–0.59 %",
        }
    },
}


def report(bundle):
    """Make a notebook that holds the results."""
    cells = [markdown(TEXT), code("record()", results(bundle)), markdown(LIST)]
    cells[1].execution_count = 2
    return notebook(cells)


@pytest.fixture(scope="module")
def made():
    return report(BUNDLE)


@pytest.fixture(scope="module")
def sources(made):
    return Sources(made, Links.of(made))


@pytest.fixture(scope="module")
def html(made):
    return HTMLExporter().from_notebook_node(made)[0]


@pytest.fixture(scope="module")
def page(html):
    return Elements(html)


def test_a_value_tells_all_that_is_known_of_it(sources):
    assert dict(sources.about("val-error")) == {
        "Value": "error of the \\*network\\*",
        "In full": "0.005166666666666667",
        "95 % interval": "0.44–0.59 %",
        "n": "10,000",
        "Varies": "with processor and library, as between seeds",
        "Made in": "Section 1, cell [2]",
    }
    assert sources.about("val-error-interval") == sources.about("val-error")


def test_what_is_not_known_is_left_out(sources):
    assert [word for word, _ in sources.about("val-name")] == [
        "Value",
        "Varies",
    ]


def test_parameters_and_findings_tell_theirs(sources):
    assert ("In full", "0.003") in sources.about("par-learning_rate")
    assert dict(sources.about("find-lower")) == {
        "Finding": "Is it lower?",
        "Verdict": "yes",
        "Evidence": "Wilson's interval, 0.44–0.59 %",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1 + 0.2, "0.30000000000000004"), (7, "7"), ([1, 2.5], "1, 2.5")],
)
def test_values_are_written_in_full(value, text):
    assert full(value) == text


def test_each_value_can_be_reached_and_is_described(page, html):
    values = [a for a in page.named("span") if a.get("class") == "value"]
    assert len(values) == 7  # the finding's sentence holds one itself
    known = {a.get("id") for _, a in page.all}
    for value in values:
        assert value["tabindex"] == "0"
        assert value["aria-describedby"] == f"about-{value['data-target']}"
        assert value["aria-describedby"] in known
    text = re.sub(r"<[^>]+>", "", html)
    for told in ("0.005166666666666667.", "n: 10,000.", "Is it lower?\n"):
        assert told in text


def test_descriptions_are_written_once_and_hidden(page):
    names = [a["id"] for _, a in page.all if a.get("id", "")[:6] == "about-"]
    assert len(names) == len(set(names)) == 6
    [holder] = [a for _, a in page.all if a.get("id") == "abouts"]
    assert "hidden" in holder


def test_the_section_lists_each_number_once(sources):
    table, caption = sources.table()
    rows = [line.split(" | ") for line in table.split("\n")[2:]]
    assert [row[0] for row in rows] == ["| 0.52 %", "| 143 s"]
    assert rows[0][2:] == [
        "0.005166666666666667", "0.44–0.59 %", "10,000", "1\u00a0[2] |",
    ]  # fmt: skip
    assert "cell in brackets" in caption


def test_places_are_left_out_where_none_is_known():
    bundle = {**BUNDLE, "values": {**BUNDLE["values"]}}
    bundle["values"]["error"] = {**BUNDLE["values"]["error"], "cell": None}
    other = report(bundle)
    table, caption = Sources(other, Links.of(other)).table()
    assert "Made in" not in table
    assert "brackets" not in caption


def test_pdf_lists_the_numbers(made, tmp_path):
    data = PDFExporter().from_notebook_node(made)[0]
    (tmp_path / "report.pdf").write_bytes(data)
    reader = pypdf.PdfReader(tmp_path / "report.pdf")
    text = " ".join(page.extract_text() for page in reader.pages)
    assert "Table 1. The numbers of the text" in re.sub(r"\s+", " ", text)
    assert "0.005166666666666667" in text
    assert "142.57591394100018" in text


def test_a_link_to_the_list_is_answered_before_the_run(tmp_path):
    path = tmp_path / "report.ipynb"
    nbformat.write(notebook([markdown("# Title"), markdown(LIST)]), path)
    preflight.check(path)
