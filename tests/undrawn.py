"""Write an executed notebook without its pictures: nbval's reference.

    python tests/undrawn.py EXECUTED REFERENCE

What a figure shows stays, in numbers and words; nbval compares these, and
leaves the pictures out of account.
"""

import sys

import nbformat

PICTURES = ("image/svg+xml", "image/png")


def undrawn(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook without its pictures."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for kind in PICTURES:
                output.get("data", {}).pop(kind, None)
    return notebook


if __name__ == "__main__":
    source, target = sys.argv[1:]
    nbformat.write(undrawn(nbformat.read(source, as_version=4)), target)
