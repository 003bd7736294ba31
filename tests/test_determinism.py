"""The same parameters give the same report, wherever and whenever.

Two short runs of the whole report differ in locale, time zone, hash seed,
working folder and number of cores. Times, memory and energy may differ, and
what is concluded from them; nothing else may, to the last byte.
"""

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from notebook_cells import NOTEBOOK

from mnist_report import rendering
from mnist_report.rendering import content

QUICK = """\
dataset: digits
num_epochs: 1
num_seeds: 2
max_train_examples: 300
robustness_images: 50
curve_sizes: [100]
runtimes: [onnx]
num_threads: 1
"""
PLAIN = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
ODD = {
    "PYTHONHASHSEED": "4711",
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "POSIX",
    # files without a stated encoding are read as ASCII
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "utf-8",
}
# of where a run comes from, what cannot depend on the time of day
ORIGIN = (
    *("data_sha256", "device", "lock_sha256", "packages", "processor"),
    *("predictions_sha256", "python", "seeds", "system", "weights_sha256"),
)
OF_MACHINE = "nbval-ignore-output"


def start(folder, environment, cores):
    """Start a short run in a folder of its own."""
    folder.mkdir()
    (folder / "quick.yaml").write_text(QUICK)
    command = [sys.executable, "-m", "mnist_report", "report"]
    command += ["--parameters", "quick.yaml", "--output", "report"]
    return subprocess.Popen(
        command,
        cwd=folder,
        env={
            **os.environ,
            **environment,
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONPATH": str(NOTEBOOK.parent),
        },
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return the folders of two runs in different surroundings."""
    home = tmp_path_factory.mktemp("runs")
    cores = os.sched_getaffinity(0)
    running = {
        home / "plain": (PLAIN, cores),
        home / "with a blank": (ODD, {min(cores)}),
    }
    started = {
        folder: start(folder, *surroundings)
        for folder, surroundings in running.items()
    }
    for run in started.values():
        told = run.communicate(timeout=600)[0].decode(errors="replace")
        assert run.returncode == 0, told[-2000:]
    return [folder / "report" for folder in started]


def bundle(folder):
    """Return the results that a run wrote."""
    text = (folder / "results.json").read_text(encoding="utf-8")
    return json.loads(text)


def without_machine(found):
    """Return results without what depends on the machine's pace."""
    found = copy.deepcopy(found)
    found["values"] = {
        name: None if value["varies"] == "machine" else value
        for name, value in found["values"].items()
    }
    found["findings"] = {
        name: None if finding["of_machine"] else finding
        for name, finding in found["findings"].items()
    }
    origin = found["provenance"]
    found["provenance"] = {name: origin[name] for name in ORIGIN}
    return found


def of_machine(cell):
    """Say whether a cell shows what depends on the machine's pace."""
    return OF_MACHINE in cell.metadata.get("tags", [])


def grafted(notebook, donor):
    """Return a notebook with another's measurements of the machine."""
    notebook = copy.deepcopy(notebook)
    for cell, other in zip(notebook.cells, donor.cells, strict=True):
        if of_machine(cell):
            cell.outputs = other.outputs
    return notebook


def test_results_agree(runs):
    plain, odd = map(bundle, runs)
    assert without_machine(plain) == without_machine(odd)
    assert len(plain["values"]) > 60


def test_a_changed_result_is_seen_and_a_changed_time_is_not(runs):
    first = bundle(runs[0])
    changed = copy.deepcopy(first)
    changed["values"]["training-seconds"]["value"] += 1
    changed["provenance"]["seconds"] += 1
    assert without_machine(first) == without_machine(changed)
    changed["values"]["test-error-mean"]["value"] += 1e-12
    assert without_machine(first) != without_machine(changed)


def test_outputs_agree(runs):
    plain, odd = (
        nbformat.read(folder / "report.ipynb", as_version=4) for folder in runs
    )
    assert plain.metadata == odd.metadata
    for cell, other in zip(plain.cells, odd.cells, strict=True):
        assert cell.metadata == other.metadata
        if cell.cell_type == "code" and not of_machine(cell):
            assert cell.source == other.source
            assert cell.outputs == other.outputs, cell.id


@pytest.mark.parametrize("pattern", ["figures/*.svg", "*.npz", "*.onnx"])
def test_files_beside_the_report_are_the_same_bytes(runs, pattern):
    plain, odd = (sorted(folder.glob(pattern)) for folder in runs)
    assert plain
    assert [path.name for path in plain] == [path.name for path in odd]
    for path, other in zip(plain, odd, strict=True):
        assert path.read_bytes() == other.read_bytes(), path.name


def test_pdf_and_html_are_the_same_bytes_but_for_times(runs, tmp_path):
    plain, odd = (
        nbformat.read(folder / "report.ipynb", as_version=4) for folder in runs
    )
    assert content.results(plain) != content.results(odd)
    # what PDF and page carry lies beside the notebook
    for path in (*runs[0].glob("*.npz"), *runs[0].glob("*.onnx")):
        shutil.copy(path, tmp_path)
    rendering.render(grafted(odd, plain), tmp_path)
    for name in ("report.pdf", "report.html"):
        ours, theirs = (tmp_path / name), (runs[0] / name)
        assert ours.read_bytes() == theirs.read_bytes(), name


def test_rendering_elsewhere_gives_the_same_bytes(runs, tmp_path):
    code = (
        "from mnist_report.rendering import render;"
        f"render({str(runs[0] / 'report.ipynb')!r}, {str(tmp_path)!r})"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, **ODD, "PYTHONPATH": str(NOTEBOOK.parent)},
        check=True,
    )
    for name in ("report.pdf", "report.html"):
        there = Path(tmp_path, name).read_bytes()
        assert there == (runs[0] / name).read_bytes(), name
