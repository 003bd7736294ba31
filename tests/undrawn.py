"""Write an executed notebook without its pictures: nbval's reference.

    python tests/undrawn.py EXECUTED REFERENCE

Of a drawing its words are left, which nbval compares; paintings it leaves
out of account, and so does the reference.
"""

import re
import sys

import nbformat

WORDS = re.compile(r"<!-- .*? -->", re.DOTALL)
HEAD = re.compile(r"<svg\b[^>]*>")


def undrawn(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook, its drawings reduced to their words."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/svg+xml" in data:
                data["image/svg+xml"] = _words(data["image/svg+xml"])
                data.pop("image/png", None)
    return notebook


def _words(drawing: str) -> str:
    words = WORDS.findall(drawing)
    return "\n".join([HEAD.search(drawing)[0], *words, "</svg>\n"])


if __name__ == "__main__":
    source, target = sys.argv[1:]
    nbformat.write(undrawn(nbformat.read(source, as_version=4)), target)
