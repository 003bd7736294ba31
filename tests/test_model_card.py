"""The exported model: its card is true, and its example works."""

import copy
import json
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import nbformat
import numpy as np
import pytest
import torch
from torch import nn

from mnist_report import deployment, findings, markdown, model_card, run
from mnist_report.__main__ import main
from mnist_report.artefacts import MODELS
from mnist_report.errors import ReportError
from mnist_report.parameters import Parameters
from mnist_report.rendering.links import split
from mnist_report.results import Results

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "report.ipynb"
SECTIONS = [
    "Model details",
    "Intended use",
    "Factors",
    "Metrics",
    "Evaluation data",
    "Training data",
    "Quantitative analyses",
    "Ethical considerations",
    "Caveats and recommendations",
]
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
NUMBER = re.compile(r"\d[\d,.]*\d|\d")
# numbers that are names: of types, a shape, a claim, a level, a paper
NAMES = re.compile(
    r"u?int8|float32|128\s?MB|95(th|\s?%)|\(2019\)|<https:[^>]*>|`[^`]*`|N × 1"
)
SIDE, CLASSES = 8, ["zero", "one", "two"]


@pytest.fixture(scope="module")
def results():
    """Return the committed run's results, with a deployment among them."""
    bundle = run.results(nbformat.read(NOTEBOOK, as_version=4))
    more = Results(Parameters())
    measured = {
        runtime: deployment.Measured(
            file_bytes=413_407 + index,
            peak_bytes=[61_200_000, 63_400_000, 90_000_000],
            latencies=np.linspace(1e-5, 2e-4, 21),
            images_per_second=38_230.0 + index,
            wrong=np.arange(10_000) < 55 + index,
            difference=3.8e-6 + index,
        )
        for index, runtime in enumerate(deployment.RUNTIMES)
    }
    deployed = deployment.Deployment(measured=measured)
    deployment.record(more, deployed)
    more.conclude(fits_in_128_mb=findings.fits_in_128_mb(deployed.peaks))
    added = more.bundle()
    for group in ("values", "findings"):
        bundle[group] = {**bundle[group], **added[group]}
    return bundle


@pytest.fixture(scope="module")
def finished(tmp_path_factory, results):
    """Return the folder of a finished run."""
    folder = tmp_path_factory.mktemp("build") / "report"
    folder.mkdir()
    (folder / "results.json").write_text(json.dumps(results))
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, 3))
    model = deployment.export(network, (0.3, 0.4), CLASSES, SIDE)
    for name in MODELS:
        (folder / name).write_bytes(model)
    return folder


def without_code(text):
    """Return a card's prose."""
    return CODE.sub("", text)


def test_card_has_every_section_once_and_in_order(results):
    headings = [
        heading.text
        for heading in markdown.headings(model_card.card(results))
        if heading.level == 2
    ]
    assert headings == [*SECTIONS, "Parameters of the run"]


def test_every_number_is_from_the_results(results):
    text = NAMES.sub("", without_code(model_card.card(results)))
    text = text.split("## Parameters of the run")[0]
    known = json.dumps(results, ensure_ascii=False)
    numbers = NUMBER.findall(text)
    assert len(numbers) > 40
    assert [number for number in numbers if number not in known] == []


def test_no_number_of_the_template_survives(results):
    changed = copy.deepcopy(results)
    for value in changed["values"].values():
        value["text"] = "TEXT"
        if value["interval_text"]:
            value["interval_text"] = "INTERVAL"
    for finding in changed["findings"].values():
        finding["sentence"] = "SENTENCE."
    changed["provenance"] = dict.fromkeys(changed["provenance"], "x") | {
        "packages": {}
    }
    for parameter in changed["parameters"].values():
        parameter["text"] = "x"
    text = NAMES.sub("", without_code(model_card.card(changed)))
    assert NUMBER.findall(text) == []
    assert text.count("SENTENCE.") == 4


def test_card_holds_no_link_comment_or_citation(results):
    results = copy.deepcopy(results)
    results["notices"] = ["Digits **stood in** [@lecun1998gradient]."]
    text = model_card.card(results)
    assert "> Digits **stood in**." in text
    assert not re.search(r"\]\(#|<!--|\[@", text)


def test_card_names_what_the_results_lack(results):
    lacking = copy.deepcopy(results)
    del lacking["values"]["worst-class-error"]
    del lacking["findings"]["fits-in-128-mb"]
    with pytest.raises(ReportError) as caught:
        model_card.card(lacking)
    for name in ("val-worst-class-error", "find-fits-in-128-mb"):
        assert f"#{name}" in str(caught.value)
    assert "make report" in str(caught.value)


def test_template_links_only_to_results():
    text = model_card.TEMPLATE.read_text(encoding="utf-8")
    kinds = {split(link.target)[0] for link in markdown.links(text)}
    assert kinds == {"val", "find"}


def test_export_writes_models_and_card(finished, capsys):
    assert main(["export", str(finished)]) == 0
    folder = finished / "model"
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*MODELS, "README.md"]
    )
    for name in MODELS:
        assert (folder / name).read_bytes() == (finished / name).read_bytes()
    assert len(capsys.readouterr().out.splitlines()) == 3
    (folder / "README.md").write_text("old")
    (folder / "classify.py").write_text("mine")
    assert main(["export", str(finished)]) == 0
    assert (folder / "README.md").read_text().startswith("# Model card")
    assert (folder / "classify.py").read_text() == "mine"


def test_example_of_the_card_reads_an_image(finished):
    folder = model_card.export(finished)
    (code,) = CODE.findall((folder / "README.md").read_text())
    assert len(code.strip().splitlines()) <= 20
    (folder / "classify.py").write_text(code)
    image = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE), np.uint8)
    matplotlib.image.imsave(
        folder / "image.png", image, cmap="gray", vmin=0, vmax=255
    )
    done = subprocess.run(
        [sys.executable, "-I", "classify.py", "image.png"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, 3))
    x = (torch.from_numpy(image)[None, None].float() / 255 - 0.3) / 0.4
    shares = network(x)[0].softmax(dim=0)
    expected = f"{CLASSES[shares.argmax()]} {shares.max().item():.1%}"
    assert done.stdout.strip() == expected


@pytest.mark.parametrize(
    ("present", "message"),
    [
        (None, "There is no folder"),
        ([], "results.json is missing"),
        (["results.json"], "left no model.onnx"),
        (["results.json", "model.onnx"], "left no model-int8.onnx"),
    ],
)
def test_what_is_missing_is_named(
    finished, tmp_path, capsys, present, message
):
    folder = tmp_path / "run"
    if present is not None:
        folder.mkdir()
        for name in present:
            (folder / name).write_bytes((finished / name).read_bytes())
    assert main(["export", str(folder)]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Make it with: make report" in error
    assert not (folder / "model").exists()


def test_results_that_are_no_json_are_named(finished, tmp_path, capsys):
    for name in MODELS:
        (tmp_path / name).write_bytes((finished / name).read_bytes())
    (tmp_path / "results.json").write_text("{")
    assert main(["export", str(tmp_path)]) == 1
    assert "results.json cannot be read" in capsys.readouterr().err
