"""The report's cells, and the functions that they define."""

import ast
from pathlib import Path
from typing import Any

import nbformat

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "report.ipynb"
DEFINITIONS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.ClassDef,
)


def load_cells() -> list[nbformat.NotebookNode]:
    """Return the report's cells."""
    return nbformat.read(NOTEBOOK, as_version=4).cells


def tags(cell: nbformat.NotebookNode) -> set[str]:
    """Return a cell's tags."""
    return set(cell.metadata.get("tags", []))


def load_implementation() -> dict[str, Any]:
    """Return a fresh namespace with the report's imports and functions.

    What else stands in their cells is left out: it needs a run's parameters.
    """
    namespace = {"__name__": "implementation"}
    for cell in load_cells():
        if tags(cell) & {"imports", "implementation"}:
            module = ast.parse(cell.source)
            module.body = [
                node for node in module.body if isinstance(node, DEFINITIONS)
            ]
            exec(compile(module, f"cell {cell.id}", "exec"), namespace)
    return namespace
