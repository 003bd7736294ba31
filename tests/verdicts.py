"""A pytest plugin that notes which verdicts the tests drive findings to.

What was seen is written to the file that $VERDICTS names: for each finding's
function the verdicts that it has a sentence for, those that were picked, and
the evidence given for each.
"""

import json
import os
import sys
from pathlib import Path

from mnist_report import findings
from mnist_report.sweep import findings as of_sweeps

MODULES = (findings, of_sweeps)
seen: dict[str, dict[str, list[str]]] = {}


def _noting(find):
    def noted(verdict, question, evidence, sentences):
        entry = seen.setdefault(_asked(), {"sentences": [], "evidence": []})
        entry["sentences"] += list(sentences)
        entry["evidence"].append((verdict, evidence))
        return find(verdict, question, evidence, sentences)

    return noted


def _asked() -> str:
    """Name the public function whose finding is being made."""
    frame = sys._getframe(2)
    inside = [module.__name__ for module in MODULES]
    name = ""
    while frame and frame.f_globals.get("__name__") in inside:
        name = f"{frame.f_globals['__name__']}.{frame.f_code.co_name}"
        frame = frame.f_back
    return name


def pytest_configure() -> None:
    for module in MODULES:
        module.find = _noting(module.find)


def pytest_unconfigure() -> None:
    if os.environ.get("VERDICTS"):
        Path(os.environ["VERDICTS"]).write_text(json.dumps(seen))
