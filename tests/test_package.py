"""The package's README: a line for each module, in the module's own words."""

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "notebooks" / "mnist_report"
ROW = re.compile(r"^\| `([\w/.]+)` \| (.+) \|$", re.MULTILINE)


def first_line(path: Path) -> str:
    """Return the first line of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    return docstring.splitlines()[0]


def test_readme_names_each_module_in_its_own_words():
    rows = dict(ROW.findall((PACKAGE / "README.md").read_text("utf-8")))
    modules = {
        path.name: first_line(path)
        for path in PACKAGE.glob("*.py")
        if path.name != "__init__.py"
    }
    folders = {
        f"{path.parent.name}/": first_line(path)
        for path in PACKAGE.glob("*/__init__.py")
    }
    assert rows == modules | folders
