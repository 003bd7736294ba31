"""The report's own implementation, taken from its notebook."""

import ast
import linecache
import sys
from pathlib import Path
from types import ModuleType

import nbformat

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "report.ipynb"
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def tagged_sources(tag: str, path: Path = NOTEBOOK) -> list[str]:
    """Return the sources of the notebook's cells with the tag."""
    notebook = nbformat.read(path, as_version=4)
    return [
        cell.source
        for cell in notebook.cells
        if tag in cell.metadata.get("tags", [])
    ]


def load_implementation(path: Path = NOTEBOOK) -> ModuleType:
    """Return the notebook's imports and definitions as a module.

    Cells tagged `imports` run whole; of those tagged `implementation` only
    the definitions do, since what else they hold belongs to a run.
    """
    module = ModuleType("report_implementation", f"Cells of {path.name}.")
    sys.modules[module.__name__] = module
    for source in tagged_sources("imports", path):
        _execute(module, ast.parse(source), source, f"<{path.name}: imports>")
    for number, source in enumerate(tagged_sources("implementation", path)):
        tree = ast.parse(source)
        tree.body = [n for n in tree.body if isinstance(n, DEFINITIONS)]
        name = f"<{path.name}: implementation {number}>"
        _execute(module, tree, source, name)
    return module


def _execute(
    module: ModuleType, tree: ast.Module, source: str, name: str
) -> None:
    lines = source.splitlines(keepends=True)
    # so that a traceback shows the cell's lines
    linecache.cache[name] = (len(source), None, lines, name)
    exec(compile(tree, name, "exec"), module.__dict__)
