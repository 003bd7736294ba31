"""The report's notebook as data: its order, its limits, its links' ends."""

import ast
import builtins
import itertools
import re
import statistics
import symtable

import nbformat
import pytest
from notebook_cells import NOTEBOOK

import mnist_report

CELLS = nbformat.read(NOTEBOOK, as_version=4).cells
CODE = [cell for cell in CELLS if cell.cell_type == "code"]
PROSE = [cell for cell in CELLS if cell.cell_type == "markdown"]
ROOT = NOTEBOOK.parents[1]


def tags(cell):
    """Return a cell's tags."""
    return set(cell.metadata.get("tags", []))


def tagged(*names):
    """Return the code cells that have one of the tags."""
    return [cell for cell in CODE if tags(cell) & set(names)]


def headings():
    """Return level and text of each heading, in order."""
    prose = "\n\n".join(cell.source for cell in PROSE)
    prose = re.sub(r"^(```+).*?^\1", "", prose, flags=re.DOTALL | re.MULTILINE)
    found = re.findall(r"^(#+) +(.+)$", prose, flags=re.MULTILINE)
    return [(len(marks), text) for marks, text in found]


def test_one_title_and_no_level_skipped():
    levels = [level for level, _ in headings()]
    assert levels.count(1) == 1
    assert levels[0] == 1
    for before, after in itertools.pairwise(levels):
        assert after <= before + 1


def test_headings_are_not_numbered_by_hand():
    assert [text for _, text in headings() if re.search(r"\d", text)] == []


def test_code_cells_are_few_and_short():
    # these two have a line for each parameter and each import
    lists = tagged("parameters", "imports")
    others = [cell for cell in CODE if cell not in lists]
    lengths = [len(cell.source.splitlines()) for cell in others]
    assert len(CODE) <= 60
    assert max(lengths) <= 30
    assert statistics.median(lengths) <= 8


@pytest.mark.parametrize("cell", CODE, ids=lambda cell: cell.id)
def test_code_cell_is_plain_python_within_a_page_s_width(cell):
    ast.parse(cell.source)  # neither magics nor shell escapes
    assert max(map(len, cell.source.splitlines())) <= 79
    assert "get_ipython" not in cell.source


def test_imports_stand_in_the_first_code_cell():
    importing = [
        cell.id
        for cell in CODE
        if any(
            isinstance(node, ast.Import | ast.ImportFrom)
            for node in ast.walk(ast.parse(cell.source))
        )
    ]
    assert importing == [CODE[0].id]
    assert "imports" in tags(CODE[0])


def test_one_cell_of_parameters_and_nothing_but_literals():
    [cell] = tagged("parameters")
    for node in ast.parse(cell.source).body:
        assert isinstance(node, ast.AnnAssign)
        ast.literal_eval(node.value)
    lines = cell.source.splitlines()
    assert all(re.search(r"  # \S", line) for line in lines)


def test_definitions_stand_in_cells_tagged_implementation():
    for cell in CODE:
        defines = any(
            isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda)
            for node in ast.walk(ast.parse(cell.source))
        )
        assert defines == ("implementation" in tags(cell)), cell.id


# The test set


def reads_of_the_test_set(source):
    """Return where test images are named but for counting them."""
    tree = ast.parse(source)
    counted = {
        id(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "len"
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("test_images", "test_labels")
        and id(node) not in counted
    ]


def called(source):
    """Return the names of the functions that are called."""
    return {
        node.func.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def test_nothing_is_chosen_once_test_images_have_been_seen():
    reading = [cell for cell in CODE if reads_of_the_test_set(cell.source)]
    assert reading
    assert reading == tagged("test-set")
    for cell in CODE[CODE.index(reading[0]) :]:
        chosen = called(cell.source) & {"evaluate", "fit", "choose"}
        assert not chosen, cell.id


# Functions


def functions(table):
    """Yield every function of a symbol table, those inside others too."""
    for child in table.get_children():
        if child.get_type() == "function":
            yield child
        yield from functions(child)


def test_functions_read_no_global_of_the_notebook():
    [imports] = tagged("imports")
    known = {*dir(builtins)}
    for node in ast.walk(ast.parse(imports.source)):
        if isinstance(node, ast.alias):
            known.add(node.asname or node.name)
    implementation = tagged("implementation")
    for cell in implementation:
        for node in ast.parse(cell.source).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                known.add(node.name)
    for cell in implementation:
        table = symtable.symtable(cell.source, cell.id, "exec")
        for function in functions(table):
            free = {
                symbol.get_name()
                for symbol in function.get_symbols()
                if symbol.is_global()
            }
            assert free <= known, f"{cell.id}: {function.get_name()}"


# Citations


def test_citations_and_bibliography_agree():
    entries = set(
        re.findall(
            r"^@\w+{(\S+),",
            (ROOT / "references.bib").read_text(encoding="utf-8"),
            flags=re.MULTILINE,
        )
    )
    prose = "\n".join(cell.source for cell in PROSE)
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in mnist_report.__path__
        for path in ROOT.joinpath(folder).rglob("*.py")
    )
    in_brackets = re.findall(r"\[@[^\]{}]+\]", code)
    cited = set(re.findall(r"(?<!\w)@(\w+)", prose))
    cited |= set(re.findall(r"@(\w+)", " ".join(in_brackets)))
    by_name = {key for key in entries if f'"{key}"' in code}
    assert cited - entries == set(), "cited, but not in references.bib"
    assert entries - cited - by_name == set(), "in references.bib, not cited"
