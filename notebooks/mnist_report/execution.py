"""A notebook executed headless by papermill, cell by cell."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import nbformat
import papermill
import psutil
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import remove_error_markers
from traitlets.config import Config

from mnist_report import artefacts, progress
from mnist_report.errors import ReportError
from mnist_report.terminal import SECONDS_UNKNOWN, Terminal

HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*(?:<!--.*)?$")
RENDERING_SECONDS = 5.0
# of some fifty configurations
CELLS_REMEMBERED = 3_000
# the environment's own, whatever kernel the notebook was last saved with
KERNEL = "python3"
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class FailedRun(ReportError):
    """A run that stopped; it holds the notebook as far as it came."""

    def __init__(self, message: str, notebook: NotebookNode) -> None:
        super().__init__(message)
        self.notebook = notebook


class Stopped(KeyboardInterrupt):
    """A signal asked the run to end."""


class Execution:
    """The state that one execution's hooks share."""

    def __init__(
        self,
        terminal: Terminal,
        seconds: dict[str, float],
        parameters: dict[str, Any],
    ) -> None:
        self.terminal = terminal
        self.seconds = seconds
        # with others a cell takes another time
        self.configuration = json.dumps(parameters, sort_keys=True)
        self.notebook: NotebookNode | None = None
        self.headings: list[str] = []
        self.index = 0
        self.cell_started = 0.0

    def start(self, notebook: NotebookNode) -> None:
        """Take up the notebook with the injected parameters."""
        self.notebook = notebook
        self.headings = headings(notebook)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        known = sum(self._digest(cell) in self.seconds for cell in code)
        self.terminal.knows = known > len(code) / 2

    def on_cell_start(self, cell: NotebookNode, cell_index: int) -> None:
        """Tell the terminal which cell is next."""
        self.index = cell_index
        self.cell_started = time.monotonic()
        later = self.notebook.cells[cell_index + 1 :]
        self.terminal.enter(
            self.headings[cell_index],
            self._expected(cell),
            sum(map(self._expected, later)) + RENDERING_SECONDS,
        )

    def on_cell_executed(self, cell: NotebookNode, **_: Any) -> None:
        """Remember how long the cell took."""
        # the latest comes last, so that the oldest can be forgotten
        self.seconds.pop(self._digest(cell), None)
        self.seconds[self._digest(cell)] = time.monotonic() - self.cell_started

    def place(self) -> str:
        """Return which cell is being executed, for a message."""
        cells = self.notebook.cells[: self.index + 1]
        number = sum(cell.cell_type == "code" for cell in cells)
        return f"in code cell {number}, under “{self.headings[self.index]}”"

    def _expected(self, cell: NotebookNode) -> float:
        if cell.cell_type != "code":
            return 0.0
        return self.seconds.get(self._digest(cell), SECONDS_UNKNOWN)

    def _digest(self, cell: NotebookNode) -> str:
        text = cell.source + self.configuration
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class Engine(NBClientEngine):
    """A papermill engine that reports and keeps its kernel off the network.

    Over TCP, kernels that start together can take each other's ports; here
    they talk over Unix sockets in a private folder.
    """

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        execution: Execution,
        sockets: Path,
        **options: Any,
    ) -> Any:
        """Execute the notebook and call the execution's hooks."""
        execution.start(nb_man.nb)
        transport = {"transport": "ipc", "ip": str(sockets / "k")}
        return super().execute_managed_notebook(
            nb_man,
            kernel_name,
            config=Config(KernelManager=transport),
            on_cell_start=execution.on_cell_start,
            on_cell_executed=execution.on_cell_executed,
            coalesce_streams=True,
            # it leaves nothing to clean up, and takes a second to leave
            shutdown_kernel="immediate",
            # an interrupt at its end is no error
            extra_arguments=["--log-level=50"],
            **options,
        )


papermill_engines.register("mnist-report", Engine)


def execute(
    notebook: Path,
    parameters: dict[str, Any],
    folder: Path,
    terminal: Terminal,
    seconds: dict[str, float],
    private: Path,
) -> NotebookNode:
    """Return the notebook executed in a folder with these parameters.

    `seconds` holds what each cell took the last time and is brought up to
    date; `private` is an empty folder with a short path, for sockets.
    """
    logging.getLogger("papermill").setLevel(logging.CRITICAL + 1)
    execution = Execution(terminal, seconds, parameters)
    # as a node: papermill would fill in braces in a path
    source = nbformat.read(notebook, as_version=4)
    for cell in source.cells:
        if cell.cell_type == "code":
            # another run's, and megabytes
            cell.outputs = []
    try:
        with _environment(private, terminal.events):
            papermill.execute_notebook(
                source,
                None,
                parameters,
                engine_name="mnist-report",
                kernel_name=KERNEL,
                cwd=folder,
                progress_bar=False,
                request_save_on_cell_execute=False,
                start_timeout=300,
                execution=execution,
                sockets=private,
            )
    except PapermillExecutionError as error:
        execution.index = error.cell_index
        remove_error_markers(execution.notebook)
        message = error.evalue
        if error.ename != "ReportError":
            message = f"{error.ename}: {error.evalue}\n{execution.place()}"
        raise FailedRun(message, execution.notebook) from None
    except DeadKernelError:
        raise FailedRun(
            "The kernel died, perhaps for want of memory,\n"
            f"{execution.place()}",
            execution.notebook,
        ) from None
    except Stopped as error:
        if execution.notebook is None:
            raise
        raise FailedRun(
            f"{error} {execution.place()}", execution.notebook
        ) from None
    return execution.notebook


def artefacts_of(private: Path) -> Path:
    """Return the folder for files that the notebook leaves beside itself."""
    return private / "artefacts"


@contextmanager
def signals_raise() -> Iterator[None]:
    """Let SIGINT and SIGTERM end the kernel and its workers, and raise.

    They do so once, so that the clean-up is not cut off.
    """

    def stop(number: int, _: object) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                process.kill()
        raise Stopped(f"Stopped by {signal.Signals(number).name}")

    former = {each: signal.signal(each, stop) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in former.items():
            signal.signal(each, handler)


def clean(notebook: NotebookNode) -> NotebookNode:
    """Return a copy without papermill's times and machine paths."""
    notebook = nbformat.from_dict(notebook)
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
    return notebook


def headings(notebook: NotebookNode) -> list[str]:
    """Return the heading that each cell stands under."""
    current, result = "Start", []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for line in cell.source.splitlines():
                if match := HEADING.match(line):
                    current = match[1]
        result.append(current)
    return result


def read_seconds(path: Path) -> dict[str, float]:
    """Return what each cell took in earlier runs, if that is known."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def write_seconds(path: Path, seconds: dict[str, float]) -> None:
    """Keep what each cell took, for the next run's estimate."""
    with suppress(OSError):
        kept = dict(islice(reversed(seconds.items()), CELLS_REMEMBERED))
        path.write_text(json.dumps(dict(reversed(kept.items())), indent=1))


@contextmanager
def _environment(private: Path, events: Path) -> Iterator[None]:
    """Give the kernel an environment that is the same for everybody."""
    added = {
        progress.VARIABLE: str(events),
        artefacts.VARIABLE: str(artefacts_of(private)),
        "IPYTHONDIR": str(private / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(private / "runtime"),
        "IPYKERNEL_CELL_NAME": "<cell>",
        "PYTHONHASHSEED": "0",
        "TQDM_DISABLE": "1",
        # one heap for all threads: fragments of many are never given back
        "MALLOC_ARENA_MAX": "1",
    }
    if data := os.environ.get("REPORT_DATA_DIR"):
        added["REPORT_DATA_DIR"] = str(Path(data).absolute())
    artefacts_of(private).mkdir(exist_ok=True)
    former = dict(os.environ)
    os.environ.update(added)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(former)
