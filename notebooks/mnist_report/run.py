"""One run: parameters, the notebook's execution, results, PDF and HTML."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from mnist_report import execution, rendering
from mnist_report.errors import ReportError
from mnist_report.execution import FailedRun, Stopped
from mnist_report.parameters import Parameters, literal
from mnist_report.publication import published, release, writing
from mnist_report.rendering import content, preflight
from mnist_report.rendering.links import bind
from mnist_report.terminal import Terminal, duration

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "report.ipynb"
# named, not imported: its SciPy would cost the driver 60 MB
RECORDERS = tuple(
    Path(__file__).parent / name
    for name in (
        "measurements.py",
        "exhibits.py",
        "served.py",
        "deployment/measurement.py",
    )
)
BUILD = ROOT / "build"
LONGEST_NAME = 60
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def report(
    overrides: dict[str, Any],
    notebook: Path,
    folder: Path,
    *,
    rendered: bool = True,
    recorders: Sequence[Path] = RECORDERS,
) -> None:
    """Make one report in a folder and print where it is.

    rendered: whether as PDF and HTML, too; recorders: modules that record
    values on the notebook's behalf.
    """
    notebook, folder = notebook.resolve(), folder.resolve()
    if not notebook.is_file():
        raise ReportError(f"There is no notebook {notebook}.")
    preflight.check(notebook, *recorders)
    started = time.monotonic()
    failed = folder.with_name(f"{folder.name}.failed.ipynb")
    with (
        execution.signals_raise(),
        published(folder) as part,
        _private_folder(folder) as private,
        Terminal(private / "progress") as terminal,
    ):
        try:
            executed = _execute(notebook, overrides, private, terminal)
            bundle = _finish(executed, execution.artefacts_of(private), part)
            if rendered:
                terminal.enter("Rendering", execution.RENDERING_SECONDS, 0)
                _render(part, executed)
        except FailedRun as error:
            message = f"{error}\n{_keep(error.notebook, failed)}"
            raise ReportError(message) from None
    failed.unlink(missing_ok=True)
    for notice in bundle.get("notices", []):
        print(plain(notice))
    for name in ("report.pdf", "report.html", "report.ipynb", "results.json"):
        if (folder / name).exists():
            print(shown(folder / name))
    print(plain(bundle["headline"]))
    print(
        f"Done in {duration(time.monotonic() - started)}, "
        f"peak memory {terminal.peak_memory / 1e9:.2f} GB."
    )


def run_name(parameters: Parameters, base: Parameters, stem: str) -> str:
    """Return the name of a run's folder: its file's and what differs."""
    if stem == "report":  # the name that the defaults have
        stem, base = "", Parameters()
    differing = [
        f"{name}-{literal(value)}"
        for name, value in parameters.model_dump().items()
        if value != getattr(base, name)
    ]
    name = "-".join([stem, *differing] if stem else differing)
    name = re.sub(r"[^\w.+-]+", "_", name).strip("._") or "report"
    if len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[:LONGEST_NAME]}-{digest}"


def results(notebook: NotebookNode) -> dict[str, Any]:
    """Return the results that an executed notebook holds."""
    bundle = content.results(notebook)
    if bundle is None:
        raise ReportError(
            "The notebook holds no results; its last cell must store them."
        )
    return bundle


def save_figures(notebook: NotebookNode, folder: Path) -> None:
    """Write each figure as an SVG file named by its label."""
    folder.mkdir()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            about = output.get("metadata", {}).get("report", {})
            picture = output.get("data", {}).get("image/svg+xml")
            if about.get("kind") == "figure" and picture:
                path = folder / f"{about['label']}.svg"
                path.write_text(picture, encoding="utf-8")


def plain(markdown: str) -> str:
    """Return one line of Markdown as the terminal shows it."""
    return LINK.sub(r"\1", markdown).replace("**", "").replace("`", "")


def shown(path: Path) -> str:
    """Return a path as short as it can be typed."""
    if path.is_relative_to(Path.cwd()):
        return str(path.relative_to(Path.cwd()))
    return str(path)


@contextmanager
def _private_folder(folder: Path) -> Iterator[Path]:
    """Give a folder with a short path, as sockets need.

    Its name follows from the report's folder, so that a run clears away what
    a killed one left.
    """
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
    private = Path(tempfile.gettempdir(), f"mnist-report-{digest}")
    with writing(private):
        if private.exists():
            shutil.rmtree(private)
        private.mkdir(mode=0o700)
    try:
        yield private
    finally:
        shutil.rmtree(private, ignore_errors=True)


def _execute(
    notebook: Path,
    overrides: dict[str, Any],
    private: Path,
    terminal: Terminal,
) -> NotebookNode:
    """Return the executed notebook; keep in mind how long each cell took."""
    timings = BUILD / ".seconds.json"
    seconds = execution.read_seconds(timings)
    executed = execution.execute(
        notebook, overrides, ROOT / "notebooks", terminal, seconds, private
    )
    execution.write_seconds(timings, seconds)
    return executed


def _finish(
    executed: NotebookNode, artefacts: Path, part: Path
) -> dict[str, Any]:
    """Write a report's folder but for PDF and HTML; return the results."""
    try:
        bundle = results(executed)
        bound = bind(execution.clean(executed))
        with writing(part):
            release(part)
            nbformat.write(bound, part / "report.ipynb")
            text = json.dumps(bundle, indent=1, sort_keys=True)
            (part / "results.json").write_text(f"{text}\n", encoding="utf-8")
            save_figures(bound, part / "figures")
            shutil.copytree(artefacts, part, dirs_exist_ok=True)
    except (ReportError, Stopped) as error:
        raise FailedRun(str(error), executed) from None
    return bundle


def _render(part: Path, executed: NotebookNode) -> None:
    """Write PDF and HTML of the notebook in a report's folder."""
    try:
        with writing(part):
            rendering.render(part / "report.ipynb", part)
    except (ReportError, Stopped) as error:
        raise FailedRun(str(error), executed) from None


def _keep(notebook: NotebookNode, path: Path) -> str:
    """Save the notebook of a failed run; return a sentence that names it."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        nbformat.write(execution.clean(notebook), part)
        part.rename(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        return f"The notebook up to there could not be kept: {error.strerror}."
    return f"The notebook up to there: {shown(path)}"
