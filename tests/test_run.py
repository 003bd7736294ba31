"""One run, through the real command line, with a notebook that is a toy."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from toy import write_toy

from mnist_report import run
from mnist_report.__main__ import main
from mnist_report.parameters import Parameters

ROOT = Path(__file__).parents[1]
CONTENTS = ["figures", "predictions.npz", "report.html", "report.ipynb"]
CONTENTS += ["report.pdf", "results.json"]
WAITING = """\
import time
from pathlib import Path
Path(parameters.data_dir, "waiting").touch()
time.sleep(60)"""


def command(*arguments):
    """Return the command line that makes a report."""
    return [sys.executable, "-m", "mnist_report", "report", *arguments]


def environment():
    """Return an environment in which the package is found."""
    return os.environ | {"PYTHONPATH": str(ROOT / "notebooks")}


def report(*arguments, prefix=()):
    """Make a report in a process of its own."""
    return subprocess.run(
        [*prefix, *command(*map(str, arguments))],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def started(toy, folder, beside):
    """Start a run and return it once its kernel waits in a cell."""
    arguments = ["--notebook", toy, "--output", folder]
    process = subprocess.Popen(
        command(*map(str, arguments), "-p", "data_dir", str(beside)),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (beside / "waiting").exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def names(folder):
    """Return the names in a folder, hidden ones among them."""
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return the folder and the printed lines of a run that ended well."""
    folder = tmp_path_factory.mktemp("finished")
    toy = write_toy(folder / "{toy}.ipynb")
    file = folder / "mine.yaml"
    file.write_text("num_epochs: 2\nlearning_rate: 0.01\n")
    done = report(
        *("--notebook", toy, "--output", folder / "out"),
        *("--parameters", file, "-p", "learning_rate", "1e-3"),
    )
    assert done.returncode == 0, done.stderr
    return folder / "out", done


def test_finished_report_is_whole(finished):
    folder, _ = finished
    assert names(folder) == CONTENTS
    assert names(folder.parent) == ["mine.yaml", "out", "{toy}.ipynb"]
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")


def test_results_stand_beside_the_report(finished):
    folder, _ = finished
    text = (folder / "results.json").read_text()
    bundle = json.loads(text)
    assert bundle["parameters"]["num_epochs"]["value"] == 2
    assert bundle["parameters"]["learning_rate"]["value"] == 0.001
    assert text == json.dumps(bundle, indent=1, sort_keys=True) + "\n"


def test_figures_stand_beside_the_report(finished):
    folder, _ = finished
    assert names(folder / "figures") == ["fig-toy.svg"]
    assert "<svg" in (folder / "figures" / "fig-toy.svg").read_text()


def test_executed_notebook_is_bound_and_clean(finished):
    folder, _ = finished
    text = (folder / "report.ipynb").read_text()
    assert "[50 %](#val-error)" in text
    assert "papermill" not in text.replace("injected by papermill", "")
    assert str(folder.parent) not in text
    notebook = nbformat.reads(text, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in code]
    assert counts == list(range(1, len(code) + 1))


def test_last_lines_are_paths_headline_and_time(finished):
    folder, done = finished
    *_, pdf, html, notebook, results, headline, total = (
        done.stdout.splitlines()
    )
    assert pdf == str(folder / "report.pdf")
    assert html == str(folder / "report.html")
    assert notebook == str(folder / "report.ipynb")
    assert results == str(folder / "results.json")
    assert headline == "The toy errs on half of all images."
    assert total.startswith("Done in ")
    assert "These are toys, see Section 1." in done.stdout


def test_terminal_shows_the_sections(finished):
    _, done = finished
    shown = [line.split(" · ")[0] for line in done.stderr.splitlines()]
    assert shown == ["A toy", "Training", "Results", "Rendering"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["-p", "num_epohcs", "3"], "did you mean num_epochs?"),
        (["-p", "batch_size", "0"], "batch_size: 0 is not allowed"),
        (["-p", "num_epochs", "many"], "'many' is text, not a number"),
        (["--parameters", "none.yaml"], "none.yaml: No such file"),
        (["-p", "num_epochs"], "expected 2 arguments"),
    ],
)
def test_wrong_parameter_stops_before_the_kernel(tmp_path, arguments, part):
    done = report(*arguments, "--output", tmp_path / "out")
    assert done.returncode == 2
    assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout
    assert names(tmp_path) == []


def test_missing_notebook_is_named(tmp_path, capsys):
    status = main(["report", "--notebook", str(tmp_path / "none.ipynb")])
    assert status == 1
    assert capsys.readouterr().err.startswith("There is no notebook")


def test_a_kernel_that_only_another_machine_has_is_not_needed(tmp_path):
    toy = write_toy(tmp_path / "toy.ipynb")
    toy.write_text(toy.read_text().replace('"python3"', '"conda-mine"'))
    assert "conda-mine" in toy.read_text()
    arguments = ["--notebook", str(toy), "--output", str(tmp_path / "out")]
    assert main(["report", *arguments]) == 0


@pytest.mark.parametrize(
    ("training", "message"),
    [
        (
            "from mnist_report.errors import ReportError\n"
            "raise ReportError('Two lines\\nof advice.')",
            "Two lines\nof advice.\n",
        ),
        (
            "number = 1\nundefined",
            "NameError: name 'undefined' is not defined\n"
            "in code cell 4, under “Training”\n",
        ),
        (
            "import os\nos._exit(9)",
            "The kernel died, perhaps for want of memory,\n"
            "in code cell 4, under “Training”\n",
        ),
    ],
)
def test_failed_run_keeps_its_notebook_alone(
    tmp_path, capsys, training, message
):
    toy = write_toy(tmp_path / "toy.ipynb", training=training)
    out = tmp_path / "out"
    arguments = ["--notebook", str(toy), "--output", str(out)]
    assert main(["report", *arguments, "-p", "seed", "1"]) == 1
    kept = tmp_path / "out.failed.ipynb"
    errors = capsys.readouterr().err
    assert errors.endswith(f"{message}The notebook up to there: {kept}\n")
    assert "Traceback" not in errors
    assert names(tmp_path) == ["out.failed.ipynb", "toy.ipynb"]
    cells = nbformat.read(kept, as_version=4).cells
    assert [cell.cell_type for cell in cells] == (
        ["markdown"] + ["code"] * 3 + ["markdown", "code"] * 2
    )
    assert cells[3].execution_count == 3
    assert cells[-1].execution_count is None


def test_link_without_target_is_refused_before_the_run(tmp_path):
    toy = write_toy(tmp_path / "toy.ipynb", text="[9 %](#val-eror)")
    done = report("--notebook", toy, "--output", tmp_path / "out")
    assert done.returncode == 1
    assert "val-eror" in done.stderr
    assert "Traceback" not in done.stderr
    assert names(tmp_path) == ["toy.ipynb"]


def test_link_that_the_run_leaves_open_fails_it(tmp_path):
    # the word stands in the code, so that only the build can see
    toy = write_toy(tmp_path / "toy.ipynb", text="[9 %](#val-values)")
    done = report("--notebook", toy, "--output", tmp_path / "out")
    assert done.returncode == 1
    assert "val-values" in done.stderr
    assert "Traceback" not in done.stderr
    assert names(tmp_path) == ["out.failed.ipynb", "toy.ipynb"]


def test_stopped_run_leaves_the_former_report(tmp_path):
    toy = write_toy(tmp_path / "toy.ipynb", training=WAITING)
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.pdf").write_text("former")
    process = started(toy, out, tmp_path)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Stopped by SIGTERM in code cell 4, under “Training”" in errors
    assert "Traceback" not in errors
    assert names(out) == ["report.pdf"]
    assert names(tmp_path) == [
        *("out", "out.failed.ipynb", "toy.ipynb", "waiting")
    ]


def test_killed_run_blocks_nothing(tmp_path):
    toy = write_toy(tmp_path / "toy.ipynb", training=WAITING)
    out = tmp_path / "out"
    process = started(toy, out, tmp_path)
    second = report("--notebook", toy, "--output", out)
    assert second.returncode == 1
    assert second.stderr.startswith("Another run is writing the same report")
    process.kill()
    process.communicate(timeout=60)
    assert names(tmp_path) == [".out.part", "toy.ipynb", "waiting"]
    (tmp_path / "out.failed.ipynb").touch()
    third = report("--notebook", write_toy(toy), "--output", out)
    assert third.returncode == 0, third.stderr
    assert names(out) == CONTENTS
    assert names(tmp_path) == ["out", "toy.ipynb", "waiting"]


def test_folder_that_is_no_report_is_refused(tmp_path, capsys):
    toy = write_toy(tmp_path / "toy.ipynb")
    arguments = ["report", "--notebook", str(toy), "--output"]
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "out"):
        assert main([*arguments, str(folder)]) == 1
        assert f"{folder}: {file} is not a folder" in capsys.readouterr().err
    assert main([*arguments, str(tmp_path)]) == 1
    assert "it holds file, which is no part" in capsys.readouterr().err
    assert names(tmp_path) == ["file", "toy.ipynb"]


def test_full_disk_is_found_before_the_run(tmp_path):
    toy = write_toy(tmp_path / "toy.ipynb")
    limited = ["bash", "-c", 'ulimit -f 1000; exec "$@"', "limited"]
    done = report(
        "--notebook", toy, "--output", tmp_path / "out", prefix=limited
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert "Cannot write" in done.stderr
    assert "A toy" not in done.stderr
    assert names(tmp_path) == ["toy.ipynb"]


@pytest.mark.parametrize(
    ("values", "file", "stem", "name"),
    [
        ({}, {}, "", "report"),
        ({"num_epochs": 10}, {}, "", "report"),
        (
            {"num_epochs": 3, "learning_rate": 0.003},
            *({}, ""),
            "num_epochs-3-learning_rate-0.003",
        ),
        ({"seed": 1}, {"seed": 1}, "baseline", "baseline"),
        ({"seed": 2}, {"seed": 1}, "baseline", "baseline-seed-2"),
        ({"seed": 1}, {"seed": 1}, "report", "seed-1"),
        ({"dataset": "idx:a/b"}, {}, "", "dataset-idx_a_b"),
        ({"conv_channels": [4, 8]}, {}, "", "conv_channels-_4_8"),
    ],
)
def test_name_of_a_run(values, file, stem, name):
    base = Parameters(**file)
    assert run.run_name(Parameters(**values), base, stem) == name


def test_long_names_are_short_and_differ():
    long = [Parameters(data_dir="x" * 100 + end) for end in ("a", "b")]
    first, second = [run.run_name(each, Parameters(), "") for each in long]
    assert first != second
    assert len(first) == len(second) < 80
