"""What a report says is computed anew, and what was tampered with is seen."""

import json
import shutil

import nbformat
import numpy as np
import pytest
import recompute
from mutated import (
    ALL_MEASURED,
    DIGITS,
    WORDS,
    faults,
    faults_of_page,
    faults_of_pdf,
    parted,
    report,
)

from mnist_report import statistics

COUNTS = [(0, 0), (1, 0), (0, 7), (5, 3), (12, 40), (40, 12), (30, 30)]


SENTENCE = "thenetworkispaidbackafterabout36,000answers."


@pytest.mark.parametrize(
    ("first", "second", "seen"),
    [
        ("the network is paid back after about 36,", "000 answers.", True),
        ("the network is paid back after about 35,", "000 answers.", False),
        ("the network is paid back after about 36,", "001 answers.", False),
        ("the network is paid back after about 36, or", "000 answers.", False),
        ("the network is paid back after about 36,", "or 000 answers.", False),
    ],
)
def test_a_page_may_end_within_a_sentence(first, second, seen):
    pages = [["Above.", first, "A figure."], ["A table.", second, "Below."]]
    assert parted(SENTENCE, pages) == seen
    assert not parted(SENTENCE, [["A cover."], *reversed(pages)])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the folder of a report of one seed."""
    parameters = {"num_seeds": 1} | ALL_MEASURED
    return report(tmp_path_factory.mktemp("made"), parameters)


@pytest.fixture
def copied(made, tmp_path):
    """Return a copy of it, to be changed."""
    return shutil.copytree(made, tmp_path / "report")


def in_predictions(change):
    """Return what changes a report's predictions."""

    def changed(folder):
        path = folder / "predictions.npz"
        with np.load(path) as stored:
            arrays = dict(stored)
        change(arrays)
        np.savez(path, **arrays)

    return changed


@in_predictions
def swap_predictions(arrays):
    first, second = "knn-predicted", "cnn-predicted"
    arrays[first], arrays[second] = arrays[second], arrays[first]


def without_errors(name):
    """Return what lets a method err nowhere."""

    @in_predictions
    def change(arrays):
        assert arrays[name].any()
        arrays[name] = np.zeros_like(arrays[name])

    return change


@in_predictions
def change_a_seed_s_answer(arrays):
    arrays["seeds"][0, 0] ^= 1


@in_predictions
def change_confidence(arrays):
    arrays["cnn-confidence"] = arrays["cnn-confidence"][::-1] / 2


def in_results(change):
    """Return what changes a report's results."""

    def changed(folder):
        path = folder / "results.json"
        results = json.loads(path.read_text())
        change(results)
        path.write_text(json.dumps(results))

    return changed


def set_entry(kind, name, key, value):
    """Return what sets one entry of the results."""

    @in_results
    def change(results):
        assert results[kind][name][key] != value
        results[kind][name][key] = value

    return change


def in_text(name, old, new):
    """Return what changes a word of a file."""

    def change(folder):
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")

    return change


def in_exhibit(label, old, new):
    """Return what changes a table's cell, or a figure's words."""

    def change(folder):
        path = folder / "report.ipynb"
        notebook = nbformat.read(path, as_version=4)
        outputs = (o for c in notebook.cells for o in c.get("outputs", []))
        for output in outputs:
            about = output.get("metadata", {}).get("report", {})
            if about.get("label") == label:
                text = output.data["text/plain"]
                assert old in text
                output.data["text/plain"] = text.replace(old, new, 1)
        nbformat.write(notebook, path)

    return change


TAMPERED = {
    "predictions of two methods": (swap_predictions, "knn-error"),
    "a seed's answer": (change_a_seed_s_answer, "test-error-mean, samples"),
    "confidence": (change_confidence, "overconfident"),
    "the answers of methods that saw few images": (
        without_errors("cnn-wrong-of-100"),
        "cnn-needs-more-data",
    ),
    "the answers to distorted images": (
        without_errors("cnn-wrong-distorted"),
        "most-robust",
    ),
    "a value": (set_entry("values", "cnn-error", "value", 0.1), "cnn-error"),
    "a value's text": (
        set_entry("values", "test-error", "text", "0.10\u00a0%"),
        "test-error, text",
    ),
    "an interval": (
        set_entry("values", "knn-error", "interval", [0.0, 0.5]),
        "knn-error, interval",
    ),
    "a count": (set_entry("values", "num-pairs", "value", 3), "num-pairs"),
    "a verdict": (
        set_entry("findings", "network-best", "verdict", "yes"),
        "network-best, verdict",
    ),
    "a sentence": (
        set_entry("findings", "missed-by-all", "sentence", "None."),
        "missed-by-all, sentence",
    ),
    "evidence": (
        set_entry("findings", "pca-costs", "evidence", "p = 1.000"),
        "pca-costs, evidence",
    ),
    "a method's row": (
        in_exhibit("tbl-methods", "KNN (pixels)", "KNN (PCA)"),
        "tbl-methods",
    ),
    "a p-value": (
        in_exhibit("tbl-pairs", "<\N{NO-BREAK SPACE}0.001", "0.100"),
        "tbl-pairs",
    ),
    "a class's score": (
        in_exhibit("tbl-per-class", "1.0000", "0.9999"),
        "tbl-per-class",
    ),
    "an agreement": (
        in_exhibit("tbl-agreement", "99.33", "99.34"),
        "tbl-agreement",
    ),
    "a figure's words": (
        in_exhibit("fig-methods", "KNN (PCA)", "KNN (PCB)"),
        "fig-methods",
    ),
    "a number of the page": (
        in_text("report.html", ">450</span>", ">451</span>"),
        "'451'",
    ),
    "a target": (in_text("report.html", 'id="fig-sizes"', ""), "fig-sizes"),
    "a picture's words": (
        in_text("report.html", 'alt="Dot plot', 'alt="" title="Dot plot'),
        "<img",
    ),
    "a broken number": (
        in_text("report.html", "Testing and evaluation</h2>", "nan %</h2>"),
        "not a number",
    ),
}


def test_report_of_one_seed_stays_true(made):
    assert faults(made) == []


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_seen(copied, name):
    change, seen = TAMPERED[name]
    change(copied)
    found = recompute.disagreements(copied, DIGITS, WORDS)
    found += faults_of_page(copied)
    assert any(seen in fault for fault in found), found


def test_pdf_that_says_something_else_is_seen(copied):
    in_text("report.html", ">450</span>", ">450,451,452</span>")(copied)
    assert faults_of_pdf(copied)


@pytest.mark.parametrize("wrong", [0, 1, 37, 100])
def test_intervals_agree_with_the_packages(wrong):
    own = recompute.wilson(wrong, 100)
    assert own == pytest.approx(statistics.wilson_interval(wrong, 100))
    both = (wrong, 7), (100, 50)
    apart = recompute.newcombe((wrong, 100), (7, 50))
    assert apart == pytest.approx(statistics.difference_interval(*both))
    samples = [wrong / 100, 0.2, 0.25]
    mean = recompute.student(samples, (0, 1))
    assert mean == pytest.approx(statistics.t_interval(samples, (0, 1)))


@pytest.mark.parametrize("counts", COUNTS, ids=str)
def test_paired_tests_agree_with_the_packages(counts):
    p_value = recompute.mcnemar(*counts)
    assert p_value == pytest.approx(statistics.mcnemar_p_value(*counts))
    own = recompute.paired(*counts, 100)
    due = statistics.paired_difference_interval(*counts, 100)
    assert own == pytest.approx(due, abs=1e-5)


def test_corrections_agree_with_the_packages():
    p_values = [0.01, 0.04, 0.03, 0.005, 0.9, 0.04]
    own = recompute.holm(p_values)
    assert own == pytest.approx(statistics.holm(p_values))
