"""No number is typed where a run's result should stand."""

import ast
import importlib.util
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from notebook_cells import NOTEBOOK

from mnist_report.errors import ReportError
from mnist_report.rendering import citations, content, numbers

ROOT = NOTEBOOK.parents[1]
PACKAGE = ROOT / "notebooks" / "mnist_report"
COMPARISON = NOTEBOOK.with_name("comparison.ipynb")
SHORT = Path(__file__).with_name("short.ipynb")
CORPUS = Path(__file__).with_name("numbers.tsv")
GOAL = 0.95
# modules that write what a reader reads
DRAWING = ["figures.py", "illustrations.py", "sweep/figures.py"]
WRITING = [
    *DRAWING,
    *("exhibits.py", "findings.py", "measurements.py", "published.py"),
    *("results.py", "served.py", "tables.py"),
    *(f"sweep/{name}.py" for name in ("comparison", "findings", "tables")),
    *(f"datasets/{name}.py" for name in ("digits", "mnist", "relatives")),
]
WORDS = re.compile(r"[A-Za-z]{2,}")


def corpus():
    """Return the passages, each with whether it is a leak."""
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(kind == "leak", text.replace("\\n", "\n")) for kind, text in rows]


def cells_of(path):
    """Return the Markdown cells of a notebook."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "markdown"]


# The rules


def test_corpus_is_large_and_has_both_kinds():
    kinds = [leaking for leaking, _ in corpus()]
    assert len(kinds) >= 120
    assert 0.4 < sum(kinds) / len(kinds) < 0.6
    assert len(set(corpus())) == len(kinds)


def test_precision_and_recall_on_the_corpus(capsys):
    found = [
        (leaking, bool(numbers.leaks(text))) for leaking, text in corpus()
    ]
    right = found.count((True, True))
    precision = right / (right + found.count((False, True)))
    recall = right / (right + found.count((True, False)))
    with capsys.disabled():
        print(
            f"\nnumbers in {len(found)} labelled passages: "
            f"precision {precision:.3f}, recall {recall:.3f}"
        )
    assert precision >= GOAL
    assert recall >= GOAL


def test_a_leak_is_named_with_its_place():
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Title"),
            new_code_cell("error = 0.0052"),
            new_markdown_cell(
                "## Testing\n\nAll is well.\n\nThe error is 0.52 %. It fell."
            ),
        ]
    )
    with pytest.raises(ReportError) as error:
        numbers.check(notebook)
    assert "cell 3 (under “Testing”): “0.52”" in str(error.value)
    assert "“The error is 0.52 %.”" in str(error.value)


def test_a_fact_counts_only_where_its_data_set_is_named():
    assert not numbers.leaks("MNIST has 60,000 training images.")
    assert numbers.leaks("There are 60,000 training images.")
    assert numbers.leaks("MNIST.\n\nThere are 60,000 training images.")
    assert numbers.leaks("MNIST has 60,001 training images.")
    assert numbers.leaks("On MNIST, 60,000 errors are made.")


@pytest.mark.parametrize("fact", numbers.facts(), ids=str)
def test_fact_has_a_source_and_is_used(fact):
    known = citations.keys(ROOT / "references.bib")
    if fact.source.startswith("mnist_report."):
        assert importlib.util.find_spec(fact.source)
    else:
        assert fact.source in known or fact.source.startswith("https://")
    texts = [cell.source for cell in cells_of(NOTEBOOK)]
    texts += [text for name in WRITING for text in strings(PACKAGE / name)]
    without = [each for each in numbers.facts() if each != fact]
    assert any(
        len(numbers.leaks(text, without)) > len(numbers.leaks(text))
        for text in texts
        if fact.about in text and fact.number in text
    )


# What authors type


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(cell, id=cell.id)
        for path in (NOTEBOOK, COMPARISON)
        for cell in cells_of(path)
    ],
)
def test_markdown_cell_types_no_result(cell):
    assert numbers.leaks(cell.source) == []


# What the code writes: values are formatted, never spelled out


def strings(path):
    """Return the prose that a module spells out, holes as bound values."""
    return list(spelled(path.read_text(encoding="utf-8")))


def spelled(source):
    """Yield each string of some words but docstrings and formats."""
    tree, parts = ast.parse(source), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            parts |= {
                id(e.value) for e in node.body if isinstance(e, ast.Expr)
            }
        if isinstance(node, ast.JoinedStr):
            inside = [v for v in node.values if isinstance(v, ast.Constant)]
            specs = [
                child
                for value in node.values
                if isinstance(value, ast.FormattedValue) and value.format_spec
                for child in ast.walk(value.format_spec)
            ]
            parts |= set(map(id, [*inside, *specs]))
    for node in ast.walk(tree):
        match node:
            case _ if id(node) in parts:
                continue
            case ast.Constant(value=str(text)):
                pass
            case ast.JoinedStr(values=values):
                text = "".join(
                    value.value
                    if isinstance(value, ast.Constant)
                    else numbers.BOUND
                    for value in values
                )
            case _:
                continue
        if " " in text and len(WORDS.findall(text)) > 2:
            yield text


@pytest.mark.parametrize("name", WRITING)
def test_strings_of_the_code_spell_out_no_result(name):
    texts = strings(PACKAGE / name)
    assert [leak for text in texts for leak in numbers.leaks(text)] == []


def test_a_result_spelled_out_in_code_is_found():
    source = 'show.figure(p, "fig-x", f"The error of {n} images is 0.52 %.")'
    [text] = spelled(source)
    assert [leak.text for leak in numbers.leaks(text)] == ["0.52"]


def test_code_cells_spell_out_no_result():
    for path in (NOTEBOOK, COMPARISON):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                for text in spelled(cell.source):
                    assert numbers.leaks(text) == [], cell.id


# What the committed runs show: the code's words with the run's values


def exhibits(path):
    """Return the label, caption and alternative text of each exhibit."""
    return [
        (about["label"], about["caption"], about.get("alt", ""))
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
        if (about := content.report(output)).get("label")
    ]


FRAGMENTS = {
    part.strip()
    for name in WRITING
    for text in strings(PACKAGE / name)
    for part in re.split(rf"{numbers.BOUND}|(?<=[.:;]) ", text)
    if len(WORDS.findall(part)) > 1
}


def spoken_by_the_code(sentence):
    """Say whether a sentence has words that the code spells."""
    return any(fragment in sentence for fragment in FRAGMENTS)


@pytest.mark.parametrize("path", [NOTEBOOK, SHORT], ids=lambda p: p.stem)
def test_sentences_with_numbers_under_exhibits_are_the_code_s(path):
    shown = exhibits(path)
    found = [
        (label, leak)
        for label, caption, alt in shown
        for leak in [*numbers.leaks(caption), *numbers.leaks(alt)]
    ]
    assert len(shown) > 20
    assert found
    for label, leak in found:
        assert spoken_by_the_code(leak.sentence), (label, leak)


def test_a_typed_caption_is_not_the_code_s():
    typed = "The accuracy of this run is 99.4 %, which is high."
    assert not spoken_by_the_code(typed)
