"""Runs that went wrong in every way, and what their reports must still be.

A mutation is a set of parameters, or a folder of images made from the
embedded digits; the notebook runs unchanged.
"""

import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pypdfium2
import recompute
import yaml
from bs4 import BeautifulSoup
from notebook_cells import NOTEBOOK
from sklearn.datasets import load_digits
from test_datasets import write

from mnist_report.comparison import NAMES
from mnist_report.figures import METHOD_STYLES

DIGITS = tuple("0123456789")
WORDS = recompute.Words(
    NAMES, {name: style.label for name, style in METHOD_STYLES.items()}
)
# as little as a report can be made of
QUICK = {
    "dataset": "digits",
    "num_epochs": 1,
    "num_seeds": 2,
    "max_train_examples": 300,
    "batch_size": 32,
    "knn_neighbours": [1],
    "pca_components": 20,
    "linear_svm_c": [1.0],
    "svm_c": [10.0],
    "svm_gamma": [2.0],
    "curve_sizes": [],
    "robustness_images": 0,
    "runtimes": [],
    "num_threads": 1,
}
# what that leaves out for the sake of time
ALL_MEASURED = {"curve_sizes": [100], "robustness_images": 60}
# what a broken number or a dead link leaves in a text
BROKEN = {
    "not a number": r"(?<!\w)nan(?!\w)|(?<!\w)[-−]?inf(?!\w)|∞",
    "no value": r"\bNone\b(?! (?:of the|was) )|\bnull\b",
    "a link": r"\]\(#|\[@|\?\?\?|\{\.\w",
}
# what an empty list or a missing word leaves in a sentence that is computed
LOOSE = {
    "an empty word": r"\s[.,;:](?=\s|$)|\(\s*\)|“\s*”|,\s*,|\.\.|  ",
    "a loose end": r"\b(?:than|of|by|for|from|with|and|or|the|but|not)[.;,]",
    "a small beginning": r"^[a-z]|[a-z]\. [a-z]",
    "no end": r"[^.]$",
}


def images_and_labels() -> tuple[np.ndarray, np.ndarray]:
    """Return the embedded digits as 28×28 grey values, and their labels."""
    bunch = load_digits()
    large = np.kron(bunch.images, np.ones((3, 3))) * (255 / 16)
    return (
        np.pad(large, ((0, 0), (2, 2), (2, 2))).astype(np.uint8),
        bunch.target.astype(np.uint8),
    )


def turned(classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the digits in so many classes, told apart by how they lie."""
    images, digits = images_and_labels()
    turns = np.arange(len(digits)) % -(-classes // 10)
    labels = digits + 10 * turns
    images = np.stack(
        [
            np.rot90(each if turn < 4 else each.T, turn)
            for each, turn in zip(images, turns, strict=True)
        ]
    )
    there = labels < classes
    return images[there], labels[there]


def write_folder(
    folder: Path,
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    names: Sequence[str],
) -> Path:
    """Write a data set of idx files."""
    for stem, (images, labels) in {"train": train, "t10k": test}.items():
        write(folder / f"{stem}-images-idx3-ubyte", images.astype(np.uint8))
        write(folder / f"{stem}-labels-idx1-ubyte", labels.astype(np.uint8))
    write(folder / "classes.txt", "\n".join(names).encode())
    return folder


def report(folder: Path, parameters: Mapping[str, object]) -> Path:
    """Make a report of a run; return its folder."""
    file = folder / "mutation.yaml"
    file.write_text(yaml.safe_dump({**QUICK, **parameters}))
    command = [sys.executable, "-m", "mnist_report", "report"]
    command += ["--parameters", str(file), "--output", str(folder / "report")]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": str(NOTEBOOK.parent), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder / "report"


def faults(folder: Path, class_names: Sequence[str] = DIGITS) -> list[str]:
    """Return what is not true or not whole in a report, a line each."""
    return [
        *recompute.disagreements(folder, class_names, WORDS),
        *faults_of_page(folder),
        *faults_of_pdf(folder),
    ]


def faults_of_page(folder: Path) -> list[str]:
    """Return what the HTML page says that the results do not."""
    results = json.loads((folder / "results.json").read_text())
    page = _page(folder)
    return [
        *_unresolved(page),
        *_unbound(page, results),
        *_broken(page, results),
    ]


def _page(folder: Path) -> BeautifulSoup:
    html = (folder / "report.html").read_text(encoding="utf-8")
    return BeautifulSoup(html, "html.parser")


def _unbound(page: BeautifulSoup, results: Mapping) -> list[str]:
    """Tell each number of the page that is not the run's."""
    found = []
    for span in page.select("span.value[data-target]"):
        prefix, _, name = span["data-target"].partition("-")
        for citation in span.select(".citation"):
            citation.replace_with("")
        said = _squeezed(span.get_text()).replace(" .", ".")
        if prefix == "find":
            due = results["findings"][name]["sentence"]
        elif prefix == "par":
            due = results["parameters"][name]["text"]
        elif name in results["values"]:
            due = results["values"][name]["text"]
        else:
            name = name.removesuffix("-interval")
            due = results["values"][name]["interval_text"]
        due = _squeezed(_without_citations(due)).replace("'", "’")
        if said.removesuffix(".") != due.removesuffix("."):
            found.append(f"{span['data-target']}: {said!r}, not {due!r}")
    return found


def _unresolved(page: BeautifulSoup) -> list[str]:
    """Tell links without target, and pictures without words."""
    targets = {each["id"] for each in page.select("[id]")}
    links = {each["href"][1:] for each in page.select("a[href^='#']")}
    silent = [
        str(each)[:80]
        for each in page.select("img")
        if not each.get("alt", "").strip()
    ]
    return [f"no target #{each}" for each in links - targets] + silent


def _broken(page: BeautifulSoup, results: Mapping) -> list[str]:
    """Tell broken numbers of the page, and broken sentences of the run."""
    alts = [_squeezed(each["alt"]) for each in page.select("img")]
    for each in page.select("pre, script, style, code, math, svg"):
        each.replace_with("x")
    said = [each["sentence"] for each in results["findings"].values()]
    said += map(_without_citations, alts)
    texts = [_squeezed(page.get_text()), *alts]
    return _matching(BROKEN, texts) + _matching(LOOSE, said)


def _matching(patterns: Mapping[str, str], texts: Sequence[str]) -> list[str]:
    return [
        f"{what}: …{text[max(0, match.start() - 60) : match.end() + 30]}…"
        for what, pattern in patterns.items()
        for text in texts
        for match in re.finditer(pattern, text)
    ]


def faults_of_pdf(folder: Path) -> list[str]:
    """Return what the HTML page says of the run and the PDF does not."""
    pages = [
        # but for the running head and the page's number
        each.get_textpage().get_text_range().splitlines()[1:-1]
        for each in pypdfium2.PdfDocument(folder / "report.pdf")
    ]
    text = _letters("".join(line for lines in pages for line in lines))
    found = []
    for each in _page(folder).select("span.value[data-target]"):
        said = _letters(each.get_text())
        if said not in text and not parted(said, pages):
            found.append(f"not in the PDF: {each.get_text()}")
    return found


def parted(sentence: str, pages: list[list[str]]) -> bool:
    """Say whether a page ends within a sentence, and the next goes on.

    Both do at the end of a line; figures may stand below and above. The
    sentence is without blanks; a number alone is never parted.
    """
    if len(sentence) <= 40:
        return False
    for page, following in itertools.pairwise(pages):
        ends = [_letters("".join(page[:at])) for at in range(len(page) + 1)]
        goes_on = [
            _letters("".join(following[at:])) for at in range(len(following))
        ]
        for at in range(1, len(sentence)):
            if any(each.endswith(sentence[:at]) for each in ends) and any(
                each.startswith(sentence[at:]) for each in goes_on
            ):
                return True
    return False


def _letters(text: str) -> str:
    """Return a text without blanks and hyphens, which lines may end with."""
    # U+FFFE: a hyphen at the end of a line, as pdfium reads it
    return re.sub(r"[\s\u00ad\u2010\ufffe-]", "", text)


def _without_citations(text: str) -> str:
    return re.sub(r" ?\[@[^]]*\]", "", text)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
