"""Write an executed notebook as the one to be committed.

    python tests/as_master.py EXECUTED MASTER

A run's notebook has a cell with the parameters that it was given. The master
has none: it is executed with its own, so they must be the same.
"""

import ast
import sys

import nbformat

INJECTED = "injected-parameters"


def as_master(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook without what the run added to its cells."""
    [own] = [c for c in notebook.cells if "parameters" in _tags(c)]
    given = [c for c in notebook.cells if INJECTED in _tags(c)]
    for cell in given:
        own_values = _values(own.source)
        for name, value in _values(cell.source).items():
            if own_values.get(name) != value:
                raise SystemExit(f"The run was given another {name}: {value}")
    notebook.cells = [c for c in notebook.cells if c not in given]
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        if cell.metadata.get("tags") == []:
            del cell.metadata["tags"]
    return notebook


def _tags(cell: nbformat.NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def _values(source: str) -> dict[str, object]:
    return {
        ast.unparse(target): ast.literal_eval(line.value)
        for line in ast.parse(source).body
        for target in (getattr(line, "targets", None) or [line.target])
    }


if __name__ == "__main__":
    source, target = sys.argv[1:]
    nbformat.write(as_master(nbformat.read(source, as_version=4)), target)
