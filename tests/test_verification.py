"""Runs beside their reference, and reports beside what they were made of."""

import copy
import gzip
import hashlib
import json
import shutil
import statistics
import subprocess

import nbformat
import numpy as np
import pypdf
import pytest
import torch
from rendering_fixtures import (
    code,
    display,
    figure,
    markdown,
    notebook,
    results,
)
from torch import nn

from mnist_report import audit, datasets, provenance, references, verification
from mnist_report.parameters import Parameters
from mnist_report.predictions import Predictions
from mnist_report.rendering import HTMLExporter, PDFExporter, content, seal
from mnist_report.rendering.links import bind
from mnist_report.results import Finding, Results
from mnist_report.verification import Level

IMAGES = 200
CLASSES = 10
COMMIT = subprocess.run(
    ["git", "rev-parse", "HEAD"],
    cwd=audit.ROOT,
    capture_output=True,
    text=True,
).stdout.strip()


def answers(wrong):
    """Return answers of which the first few are wrong."""
    truth = np.arange(IMAGES) % CLASSES
    said = np.where(np.arange(IMAGES) < wrong, truth + 1, truth) % CLASSES
    predictions = Predictions(truth)
    predictions.add("cnn", np.eye(CLASSES)[said])
    return predictions.save_bytes()


def bundle_of(seed=0, wrong=20, verdict="yes", **given):
    """Return the results of a made-up run with these many errors."""
    made = Results(Parameters(dataset="digits", seed=seed, **given))
    made.record("data-title", "made up", "the data set")
    made.record("parameters", 103_066, "weights of the network", form=",d")
    made.record(
        "seconds", 3.0 + seed, "time", varies="machine", reason="its pace"
    )
    for part in ("train", "validation", "test"):
        made.record(f"{part}-images", IMAGES, f"{part} images")
        name = f"{part}-error-mean"
        made.record_mean_error(name, [wrong / IMAGES], IMAGES, part)
    for name in ("cnn-error", "test-error"):
        made.record_error_rate(name, wrong, IMAGES, "the network's")
    made.record_words("worst-class", "nine", "the class misread most")
    judged = {"question": "Q?", "sentence": "S.", "evidence": "E"}
    made.conclude(good=Finding(verdict=verdict, **judged))
    made.conclude_of_machine(fast=Finding(verdict=verdict, **judged))
    made.provenance = {
        "commit": COMMIT,
        "tree": "clean",
        "data_sha256": datasets.load("digits", "").sha256,
        "device": "CPU",
        "processor": "any",
        "packages": {"torch": "2"},
        "weights_sha256": [f"{seed:064d}"],
        "predictions_sha256": hashlib.sha256(answers(wrong)).hexdigest(),
        "notebook_sha256": committed("notebooks/report.ipynb"),
        "lock_sha256": committed(".requirements.lock"),
    }
    made.headline = "A made-up run."
    return made.bundle()


def committed(path):
    """Return the checksum of a file at the last commit."""
    shown = subprocess.run(
        ["git", "show", f"{COMMIT}:{path}"],
        cwd=audit.ROOT,
        capture_output=True,
    )
    return hashlib.sha256(shown.stdout).hexdigest()


# ten more seeds, which leave one of two verdicts open
COUNTS = [14, 16, 17, 18, 19, 21, 22, 23, 24, 26]
DEVIATION = statistics.stdev(count / IMAGES for count in COUNTS)


@pytest.fixture(scope="module")
def own():
    return bundle_of()


@pytest.fixture(scope="module")
def reference(own):
    """Return the reference that eleven runs set."""
    seeds = [bundle_of(at, wrong) for at, wrong in enumerate(COUNTS, 1)]
    return verification.make(own, seeds)


def judged(bundle, reference):
    """Return the verdict on a run."""
    return verification.compare(bundle, {"mine-cpu": reference})


def changed(bundle, name, by):
    """Return results with one value changed by so much."""
    bundle = copy.deepcopy(bundle)
    bundle["values"][name]["value"] += by
    return bundle


@pytest.mark.parametrize(
    ("name", "by", "level"),
    [
        ("test-error", 0, Level.IDENTICAL),
        ("test-error", 1e-7, Level.ROUNDING),
        ("test-error", DEVIATION, Level.SPREAD),
        ("test-error", -DEVIATION, Level.SPREAD),
        ("test-error", 5 * DEVIATION, Level.DRIFT),
        ("test-error", -5 * DEVIATION, Level.DRIFT),
        ("test-error-count", 1, Level.SPREAD),
        ("test-error-count", IMAGES, Level.DRIFT),
        ("parameters", 1, Level.DRIFT),
        ("seconds", 1e6, Level.IDENTICAL),
        ("worst-class", "teen", Level.DRIFT),
    ],
)
def test_a_difference_lands_in_its_level(own, reference, name, by, level):
    verdict = judged(changed(own, name, by), reference)
    assert verdict.level == level
    assert [each.name for each in verdict.differences] == [name] * bool(level)


def test_drift_names_old_and_new(own, reference):
    run = changed(own, "test-error", 0.4)
    run["values"]["test-error"]["text"] = "50.00 %"
    verdict = judged(run, reference)
    assert "`test-error` 10.00\u00a0% → 50.00 %" in verdict.reason
    del run["values"]["test-error"]
    assert "→ absent" in judged(run, reference).reason


def test_machine_is_left_out_and_that_is_said(own, reference):
    run = copy.deepcopy(own)
    run["findings"]["fast"]["verdict"] = "no"
    verdict = judged(run, reference)
    assert verdict.level == Level.IDENTICAL
    assert "Left out are 1 values and 1 findings" in verdict.reason


def test_other_weights_are_not_bit_identical(own, reference):
    run = copy.deepcopy(own)
    run["provenance"]["weights_sha256"] = ["f" * 64]
    verdict = judged(run, reference)
    assert verdict.level == Level.ROUNDING
    assert "but not the last bits of weights" in verdict.reason


def test_flipped_finding_is_drift_unless_seeds_flip_it(own, reference):
    flipped = bundle_of(verdict="no")
    assert judged(flipped, reference).level == Level.DRIFT
    seeds = [bundle_of(at) for at in range(1, 10)]
    seeds.append(bundle_of(10, verdict="no"))
    open_one = verification.make(own, seeds)
    assert judged(flipped, open_one).level == Level.SPREAD
    unsure = bundle_of(verdict="undecided")
    assert judged(unsure, open_one).level == Level.DRIFT


def test_few_seeds_leave_what_the_run_declares(own):
    few = verification.make(own, [bundle_of(at) for at in range(1, 9)])
    declared = own["values"]["test-error"]["tolerance"]
    assert few.values["test-error"].tolerance == declared
    assert "want of ten runs" in few.values["test-error"].reason
    assert judged(changed(own, "worst-class", "teen"), few).level == (
        Level.SPREAD
    )
    for verdict, level in {
        "undecided": Level.SPREAD,
        "no": Level.DRIFT,
    }.items():
        assert judged(bundle_of(verdict=verdict), few).level == level


@pytest.mark.parametrize(
    "path", ["notebooks/report.ipynb", "tests/short.ipynb"]
)
def test_committed_runs_are_those_of_the_references(path):
    executed = nbformat.read(audit.ROOT / path, as_version=4)
    bundle = content.results(executed)
    verdict = verification.compare(bundle, verification.load())
    assert verdict.level == Level.IDENTICAL, verdict.reason


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("parameters", "num_epochs", {"value": 3}), "`num_epochs` 10 inst"),
        (("provenance", "data_sha256", {"images": "0"}), "other data"),
        (
            ("provenance", "device", "Some GPU"),
            "the device cpu instead of cuda",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(own, reference, change, why):
    run = copy.deepcopy(own)
    kind, name, value = change
    run[kind][name] = value
    verdict = judged(run, reference)
    assert verdict.level == Level.NOT_COMPARABLE
    assert why in verdict.reason


def test_without_references_nothing_is_compared(own):
    assert verification.compare(own, {}).level == Level.NOT_COMPARABLE


def test_mean_over_more_networks_varies_less(own):
    run = copy.deepcopy(own)
    run["values"]["test-error-mean"]["samples"] = [0.1] * 4
    seeds = [bundle_of(at, wrong) for at, wrong in enumerate(COUNTS, 1)]
    made = verification.make(run, seeds).values["test-error-mean"]
    assert made.tolerance == pytest.approx(4 * DEVIATION / 2)


def test_renewal_keeps_tolerances_and_tells_what_changed(own, reference):
    renewed = verification.make(bundle_of(wrong=21), [], reference)
    tolerance = reference.values["test-error"].tolerance
    assert renewed.values["test-error"].tolerance == tolerance
    assert renewed.spread == list(range(1, 11))
    told = verification.changes(reference, renewed)
    assert "test-error: 10.00\u00a0% → 10.50\u00a0%" in told
    assert verification.changes(reference, reference) == []


def test_committed_references_are_of_ten_seeds_or_say_of_how_many():
    for name, each in verification.load().items():
        assert name.endswith(f"-{each.device}")
        for value in each.values.values():
            assert (value.reason is None) == (value.varies == "exact")
            if value.reason and "standard deviations" in value.reason:
                assert f"over {len(each.spread)} runs" in value.reason


# Reports


@pytest.fixture(scope="module")
def made(own, tmp_path_factory):
    """Return a finished run's folder."""
    folder = tmp_path_factory.mktemp("made")
    text = json.dumps(own, indent=1, sort_keys=True)
    (folder / "results.json").write_text(f"{text}\n", encoding="utf-8")
    (folder / "predictions.npz").write_bytes(answers(20))
    words = {"text/markdown": "Nothing yet.", "text/plain": "Nothing yet."}
    said = code("show.text(…)", display(words, kind="text"))
    said.id = "provenance"
    cells = [
        markdown("# A run", "title"),
        markdown("## Results\n\nThe error is [0 %](#val-test-error)."),
        said,
        code("show.bundle()", results(own), tags=("remove-input",)),
    ]
    executed = bind(notebook(cells))
    nbformat.write(executed, folder / "report.ipynb")
    (folder / "report.pdf").write_bytes(
        PDFExporter().from_notebook_node(
            executed, {"metadata": {"path": str(folder)}}
        )[0]
    )
    return folder


@pytest.fixture
def copied(made, tmp_path):
    """Return a copy of it, to be changed."""
    return shutil.copytree(made, tmp_path / "mine")


def failing(checks):
    """Return what was seen to fail."""
    return [check.what for check in checks if check.holds is False]


def flip(path, at):
    """Flip a bit of a file."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_whole_report_holds(made):
    for check in (audit.of_folder, audit.of_pdf):
        path = made if check is audit.of_folder else made / "report.pdf"
        bundle, checks = check(path)
        assert bundle["headline"] == "A made-up run."
        assert failing(checks) == []
        assert len(checks) > 7
        assert all(each.holds for each in checks)


def test_flipped_byte_of_the_pdf_is_seen(copied):
    pdf = copied / "report.pdf"
    whole = pdf.read_bytes()
    for at in range(20, len(whole), len(whole) // 50):
        flip(pdf, at)
        assert not seal.is_whole(pdf.read_bytes())
        pdf.write_bytes(whole)
    assert seal.is_whole(whole)


def test_changed_digit_in_the_text_of_the_pdf_is_seen(copied):
    pdf = copied / "report.pdf"
    writer = pypdf.PdfWriter(clone_from=pdf)
    page = writer.pages[0]
    before = page.extract_text()
    drawn = page.get_contents()
    letters = bytearray(drawn.get_data())
    # the last sign that is drawn: the page's number
    letters[letters.rindex(b")T") - 1] += 1
    drawn.set_data(bytes(letters))
    page.replace_contents(drawn)
    writer.write(pdf)
    assert pypdf.PdfReader(pdf).pages[0].extract_text() != before
    assert any("the PDF" in each for each in failing(audit.of_pdf(pdf)[1]))


def test_pdf_without_seal_fails(copied):
    pdf = copied / "report.pdf"
    content = pdf.read_bytes().replace(seal.LEAD.encode(), b"x" * 46)
    pdf.write_bytes(content)
    assert any("no checksum" in each for each in failing(audit.of_pdf(pdf)[1]))


def test_pdf_carries_no_predictions_of_another_run(own, copied):
    (copied / "predictions.npz").write_bytes(answers(21))
    executed = nbformat.read(copied / "report.ipynb", as_version=4)
    home = {"metadata": {"path": str(copied)}}
    pdf = PDFExporter().from_notebook_node(executed, home)[0]
    assert set(seal.attachments(pdf)) == {"results.json"}


def rewrite(folder, name, **entry):
    """Change a value in the results and in the notebook alike."""
    found = json.loads((folder / "results.json").read_text())
    found["values"][name].update(entry)
    text = json.dumps(found, indent=1, sort_keys=True)
    (folder / "results.json").write_text(f"{text}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "entry", "seen"),
    [
        ("test-error", {"value": 0.105}, "not test-error"),
        ("cnn-error", {"text": "10.50\u00a0%"}, "not cnn-error"),
        ("cnn-error-count", {"value": 21}, "not cnn-error-count"),
        ("test-error", {"interval": [0.1, 0.2]}, "not test-error"),
        ("test-error-mean", {"samples": [0.105]}, "its first sample"),
        ("parameters", {"text": "103,067"}, "not parameters"),
    ],
)
def test_changed_digit_in_the_results_is_seen(copied, name, entry, seen):
    rewrite(copied, name, **entry)
    found = failing(audit.of_folder(copied)[1])
    assert any("executed notebook" in each for each in found)
    assert any("the PDF carries this" in each for each in found)
    assert any(seen in each for each in found)


def test_other_predictions_are_seen(copied):
    path = copied / "predictions.npz"
    path.write_bytes(answers(21))
    found = failing(audit.of_folder(copied)[1])
    assert any("checksum" in each for each in found)
    assert any("not cnn-error, cnn-error-count" in each for each in found)
    flip(path, 200)
    assert any("cannot be read" in w for w in failing(checks_of(copied)))


def checks_of(folder):
    return audit.of_folder(folder)[1]


def test_flipped_byte_of_a_file_is_seen(tmp_path):
    home = tmp_path / "set"
    home.mkdir()
    names = ("train-images-idx3-ubyte", "t10k-images-idx3-ubyte")
    for name in names:
        (home / name).write_bytes(name.encode())
    with gzip.open(home / f"{names[1]}.gz", "wb") as packed:
        packed.write((home / names[1]).read_bytes())
    (home / names[1]).unlink()
    due = datasets.checksums("idx:set", tmp_path, names)
    assert set(due) == set(names)
    flip(home / names[0], 3)
    found = datasets.checksums("idx:set", tmp_path, [*names, "absent"])
    assert {name for name in found if found[name] != due[name]} == {names[0]}


def test_flipped_byte_of_data_fails_the_report(own):
    run = copy.deepcopy(own)
    digests = run["provenance"]["data_sha256"]
    digests["images"] = "0" + digests["images"][1:]
    checks = list(audit.of_results(run, None))
    assert failing(checks) == ["data: images"]


def test_source_that_is_not_the_commits_fails(own):
    run = copy.deepcopy(own)
    run["provenance"]["lock_sha256"] = "0" * 64
    [wrong] = failing(audit.of_results(run, None))
    assert ".requirements.lock" in wrong
    run["provenance"]["tree"] = "1 files changed since"
    assert failing(audit.of_results(run, None)) == []
    run["provenance"]["commit"] = "0" * 40
    told = [str(check) for check in audit.of_results(run, None)]
    assert sum("not checked" in each for each in told) == 3


def test_commands_say_and_return_what_they_saw(
    made, copied, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(verification, "FOLDER", tmp_path / "references")
    assert references.verify(copied) == 0
    assert "not comparable" in capsys.readouterr().out
    assert references.renew(copied, 0, {}) == 0
    assert "A new reference" in capsys.readouterr().out
    assert (tmp_path / "references" / "mine-cpu.json").is_file()
    assert references.verify(copied) == 0
    assert references.verify(copied / "report.pdf") == 0
    assert "bit-identical" in capsys.readouterr().out
    assert references.renew(copied, 0, {}) == 0
    assert "No value changed" in capsys.readouterr().out
    assert "**bit-identical**" in (copied / "report.ipynb").read_text()
    flip(copied / "report.pdf", 5000)
    assert references.verify(copied) == 1


def test_weights_have_a_checksum_of_their_own():
    network = nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1))
    first = provenance.weights_sha256(network)
    assert first == provenance.weights_sha256(copy.deepcopy(network))
    with torch.no_grad():
        network[0].weight[0, 0] += 1e-6
    assert first != provenance.weights_sha256(network)


# Where the code is


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("https://example.org/us/report.git", "example.org/us/report"),
        ("https://me:secret@example.org/us/report", "example.org/us/report"),
        ("https://example.org:8443/us/report/", "example.org:8443/us/report"),
        ("git@example.org:us/report.git", "example.org/us/report"),
        ("/srv/git/report", None),
        ("file:///srv/git/report", None),
        ("", None),
    ],
)
def test_cells_have_an_address_where_the_code_is_on_the_web(remote, page):
    text = '{\n "cells": [\n  {\n   "id": "drawing",\n'
    found = provenance.source(remote, "abc", text)
    assert found == (
        {
            "page": f"https://{page}/blob/abc/notebooks/report.ipynb",
            "lines": {"drawing": 4},
        }
        if page
        else {}
    )


def test_figures_link_the_cell_that_made_them(own):
    drawing = code("draw()", *figure("fig-drawn", "A curve.", "A curve."))
    drawing.id = "drawing"
    cells = [markdown("# A run", "title"), drawing]
    pages = {}
    for lines in ({"drawing": 4}, {}):
        run = copy.deepcopy(own)
        run["provenance"]["source"] = {"page": "https://h/p", "lines": lines}
        given = notebook([*cells, code("", results(run))])
        pages[len(lines)] = HTMLExporter().from_notebook_node(given)[0]
    assert 'href="https://h/p?plain=1#L4">Source</a>' in pages[1]
    assert "Source</a>" not in pages[0]
