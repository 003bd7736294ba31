"""What the comparison with a committed run sees, and what it passes over."""

import copy
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from notebook_cells import NOTEBOOK

from mnist_report import plotted
from mnist_report.provenance import processor
from mnist_report.rendering.content import RESULTS

HERE = Path(__file__).parent
CELLS = {
    "data": "print('3 classes, mean 0.130660')",
    "fit-all": "trained = True",
    "test-error": (
        "from IPython.display import Markdown, display\n"
        "display(Markdown('The error is 0.5512 %.'))"
    ),
    "picture": (
        "import io\n"
        "import matplotlib.pyplot as plt\n"
        "from mnist_report import plotted\n"
        "plt.switch_backend('agg')\n"
        "plt.rcParams.update({'font.size': 8, 'figure.dpi': 100})\n"
        "rates = {'4': 0.0051, '9': 0.0159}\n"
        "figure, ax = plt.subplots()\n"
        "ax.bar(list(rates), list(rates.values()))\n"
        "figure.savefig(stream := io.StringIO(), format='svg')\n"
        "display({'image/svg+xml': stream.getvalue(), 'text/plain': "
        "'The error is highest for 9 (1.59%).', "
        "plotted.MIME: plotted.contents(figure)}, raw=True)"
    ),
    "warned": "import sys\nprint('Few images.', file=sys.stderr)",
    "machine": (
        "import os, time\n"
        "print(time.strftime('%Y-%m-%d %H:%M'), os.getcwd(), time.monotonic())"
    ),
    "bundle": (
        f"display({{{RESULTS!r}: {{'provenance': {{'processor': "
        f"{processor()!r}}}}}}}, raw=True)"
    ),
}
OF_MACHINE = ("machine", "bundle")


@pytest.fixture(scope="module")
def reference():
    """Return a small notebook, executed top to bottom."""
    cells = []
    for name, source in CELLS.items():
        tags = ["nbval-ignore-output"] if name in OF_MACHINE else []
        cells.append(new_code_cell(source, id=name, metadata={"tags": tags}))
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    NotebookClient(notebook, kernel_name="python3").execute()
    return notebook


def outputs(notebook, name):
    """Return the outputs of a cell."""
    [cell] = [cell for cell in notebook.cells if cell.id == name]
    return cell.outputs


def says(name, old, new):
    """Return what rewrites a stored output."""

    def change(notebook):
        [output] = outputs(notebook, name)
        texts = output.get("data", output)
        for key, text in texts.items():
            if isinstance(text, str) and key != "output_type":
                texts[key] = re.sub(old, new, text)

    return change


def redrawn(old, new):
    """Return what draws the figure otherwise than the reference's."""

    def change(notebook):
        [cell] = [cell for cell in notebook.cells if cell.id == "picture"]
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return change


def untold(notebook):
    """Take away what a figure shows, as of old."""
    [output] = outputs(notebook, "picture")
    del output.data[plotted.MIME]


def gone(name):
    """Return what removes a cell's stored outputs."""
    return lambda notebook: outputs(notebook, name).clear()


# what was changed in the reference, and the cell that must then fail
CHANGES = {
    "nothing": (lambda notebook: None, None),
    "a number before training, by a trifle": (
        says("data", "0.130660", "0.130661"),
        "data",
    ),
    "an accuracy": (says("test-error", "0.5512", "0.5612"), "test-error"),
    "a word": (says("test-error", "error", "accuracy"), "test-error"),
    "a class in a figure's words": (
        says("picture", "9 \\(", "4 ("),
        "picture",
    ),
    "classes' labels in a figure": (
        redrawn("'4': 0.0051, '9': 0.0159", "'9': 0.0051, '4': 0.0159"),
        "picture",
    ),
    "a rate in a figure": (redrawn("0.0159", "0.0158"), "picture"),
    "a figure that does not tell what it shows": (untold, "picture"),
    "a warning that no longer comes": (gone("warned"), "warned"),
    "a warning's text": (says("warned", "Few", "Many"), "warned"),
    "an output that is removed": (gone("test-error"), "test-error"),
    "a figure that is removed": (gone("picture"), "picture"),
    "rounding after training": (says("test-error", "12", "1201"), None),
    "a font": (redrawn("'font.size': 8", "'font.family': 'serif'"), None),
    "a resolution": (redrawn("dpi': 100", "dpi': 72"), None),
    "rounding in a figure": (redrawn("0.0159", "0.015900001"), None),
    "a date": (says("machine", r"\d{4}-\d\d-\d\d", "1999-12-31"), None),
    "a path": (says("machine", r"/\S*", "/elsewhere"), None),
    "a duration": (says("machine", r"\d+\.\d+$", "1.5"), None),
}


def compare(folder, *names, **environment):
    """Compare notebooks with fresh runs of them; return what pytest says."""
    command = [sys.executable, "-m", "pytest", "--nbval", "-rfs", "-q"]
    command += ["--nbval-current-env", "-p", "conftest", "--tb=no"]
    command += ["-p", "no:cacheprovider", "--rootdir", str(folder)]
    path = os.pathsep.join([str(HERE), str(NOTEBOOK.parent)])
    return subprocess.run(
        [*command, *names],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def failed(reference, tmp_path_factory):
    """Return for each change the numbers of the cells that failed."""
    folder = tmp_path_factory.mktemp("changed")
    for number, (change, _) in enumerate(CHANGES.values()):
        changed = copy.deepcopy(reference)
        change(changed)
        nbformat.write(changed, folder / f"n{number}.ipynb")
    names = [f"n{number}.ipynb" for number in range(len(CHANGES))]
    told = compare(folder, *names).stdout
    assert re.search(r"\d+ passed", told), told
    found = re.findall(r"^FAILED n(\d+)\.ipynb::Cell (\d+)", told, re.M)
    return {
        name: [list(CELLS)[int(cell)] for n, cell in found if int(n) == number]
        for number, name in enumerate(CHANGES)
    }


@pytest.mark.parametrize("name", CHANGES)
def test_change_of_the_reference_is_seen(failed, name):
    _, cell = CHANGES[name]
    assert failed[name] == ([cell] if cell else [])


def test_changes_change_something(reference):
    for name, (change, _) in CHANGES.items():
        changed = copy.deepcopy(reference)
        change(changed)
        assert (changed == reference) == (name == "nothing"), name


def test_reference_whose_data_are_missing_is_skipped(reference, tmp_path):
    mnist = copy.deepcopy(reference)
    bundle = mnist.cells[-1].outputs[0].data[RESULTS]
    bundle["provenance"]["data_sha256"] = {"t10k-labels-idx1-ubyte": "0"}
    nbformat.write(mnist, tmp_path / "mnist.ipynb")
    done = compare(tmp_path, "mnist.ipynb", REPORT_DATA_DIR=str(tmp_path))
    assert "t10k-labels-idx1-ubyte is not at hand" in done.stdout
    assert f"{len(CELLS)} skipped" in done.stdout
    assert not done.returncode


def test_half_executed_reference_fails_at_once(reference, tmp_path):
    half = copy.deepcopy(reference)
    for cell in half.cells[3:]:
        cell.execution_count, cell.outputs = None, []
    nbformat.write(half, tmp_path / "half.ipynb")
    done = compare(tmp_path, "half.ipynb")
    assert done.returncode
    assert "the reference was never run" in done.stdout + done.stderr
