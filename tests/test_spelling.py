"""The spelling of the report, its modules and its tests, by codespell."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_prose import MARKDOWN, PROSE, ROOT

codespell = pytest.importorskip("codespell_lib")
COMMAND = [sys.executable, "-m", "codespell_lib"]
COMMAND += ["--config", str(ROOT / ".codespellrc")]


def american():
    """Return spellings that codespell gives for British ones."""
    folder = Path(codespell.__file__).parent / "data"
    path = folder / "dictionary_en-GB_to_en-US.txt"
    pairs = [
        line.strip().rstrip(",").split("->")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "->" in line
    ]
    found = {word.strip() for _, words in pairs for word in words.split(",")}
    return found - {british for british, _ in pairs}


def misspelt(*paths):
    """Return what codespell finds in files and folders."""
    done = subprocess.run(
        [*COMMAND, *map(str, paths)], capture_output=True, text=True
    )
    return done.stdout


def test_spelling_is_british_by_the_dictionary():
    words = set(re.findall(r"[a-z]+", PROSE.lower()))
    assert words & american() == set()


def test_american_spellings_are_known():
    assert {"color", "gray", "labeled", "analyze"} <= american()


def test_words_are_spelt_right(tmp_path):
    text = tmp_path / "report.md"
    text.write_text(MARKDOWN, encoding="utf-8")
    modules = ROOT / "notebooks" / "mnist_report"
    tests = sorted((ROOT / "tests").glob("*.py"))
    assert misspelt(text, modules, ROOT / "README.md", *tests) == ""


def test_mistakes_are_found(tmp_path):
    text = tmp_path / "wrong.md"
    text.write_text("t" + "eh", encoding="utf-8")
    assert misspelt(text)
