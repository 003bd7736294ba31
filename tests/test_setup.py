"""What a fresh clone is set up from."""

import ast
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
# modules that bear another name than the package that brings them
PACKAGES = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "IPython": "ipython",
    "pydantic_core": "pydantic",
    "pypandoc": "pypandoc_binary",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
# what is run, not imported
TOOLS = {"codespell", "ipykernel", "jupyterlab", "nbval", "pytest-xdist"}
TOOLS |= {"ruff", "uv"}


def required():
    """Return the pinned packages that requirements.txt names."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = [line.split() for line in lines if line and line[0] != "#"]
    assert all(len(pin) > 2 and pin[1] == "#" for pin in pins), "no reason"
    return dict(pin[0].lower().split("==") for pin in pins)


def sources():
    """Return the source of each module and of the notebooks' code."""
    for folder in ("notebooks", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.read_text()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text())["cells"]:
            if cell["cell_type"] == "code":
                yield "".join(cell["source"])


def imported():
    """Return the packages whose modules are imported or found somewhere."""
    names = set()
    for source in sources():
        for node in ast.walk(ast.parse(source)):
            match node:
                case ast.Import():
                    names |= {alias.name for alias in node.names}
                case ast.ImportFrom(level=0):
                    names.add(node.module)
                case ast.Call(
                    func=ast.Name("find_spec"), args=[ast.Constant(name)]
                ):
                    names.add(name)
    local = {path.stem for path in (ROOT / "tests").glob("*.py")}
    tops = {name.split(".")[0] for name in names}
    tops -= set(sys.stdlib_module_names) | local | {"mnist_report"}
    return {PACKAGES.get(name, name) for name in tops}


def test_requirements_are_what_is_used():
    used = imported()
    assert used <= set(required())
    assert set(required()) <= used | TOOLS


def test_lock_holds_the_requirements_with_hashes():
    text = (ROOT / ".requirements.lock").read_text()
    entries = re.findall(r"^(\S+)==(\S+)(.*(?:\n    --hash.*)+)", text, re.M)
    locked = {name: version for name, version, _ in entries}
    assert len(entries) == len(re.findall(r"^\S+==", text, re.M))
    for name, version in required().items():
        assert locked[name.replace("_", "-")] == version


def test_lock_names_no_place():
    text = (ROOT / ".requirements.lock").read_text()
    assert not re.search(r"https?:|file:|index-url| @ |^-", text, re.M)
