"""Bars with the time left, below the cells that report progress."""

from __future__ import annotations

import atexit
import os
import tempfile
import threading
import time
from contextvars import copy_context
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from IPython import get_ipython
from IPython.display import display, update_display
from tqdm import tqdm

from mnist_report import progress

from . import LIVE

TICK_SECONDS = 0.3
FORMAT = (
    "{desc} {percentage:4.0f} % |{bar:30}| {n_fmt} of {total_fmt} {unit}, "
    "{elapsed} gone, {remaining} left"
)


class Bars:
    """What progress events say, drawn below the cell that is running.

    It is taken away at the cell's end: a saved notebook keeps none of it.
    """

    def __init__(self, events: progress.Events) -> None:
        self.events = events
        self._messages: list[str] = []
        self._stages: dict[str, tuple[int, int]] = {}
        self._unit = ""
        self._started = 0.0
        self._display = ""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, *_: Any) -> None:
        """Watch for what the next cell reports."""
        self.take_in()
        self._messages = []
        if any(done for done, _ in self._stages.values()):
            # else they were announced a cell before they begin
            self._stages = {}
        self._started = time.monotonic()
        self._stop.clear()
        # the copy knows below which cell to display
        run = copy_context().run
        self._thread = threading.Thread(
            target=run, args=(self._watch,), daemon=True
        )
        self._thread.start()

    def stop(self, *_: Any) -> None:
        """Take away what was shown."""
        if self._thread:
            self._stop.set()
            self._thread.join()
            self._thread = None
        if self._display:
            self._show("")
            self._display = ""

    def take_in(self) -> bool:
        """Read new events; say whether there were any."""
        new = self.events.new()
        for event in new:
            if "message" in event:
                self._messages.append(event["message"])
            else:
                stage = event["done"], event["total"]
                self._stages[event["stage"]] = stage
                self._unit = event["unit"]
        return bool(new)

    def text(self, elapsed: float) -> str:
        """Return messages and bar, so many seconds after the cell began."""
        lines = list(self._messages)
        total = sum(total for _, total in self._stages.values())
        if total:
            first, *others = self._stages
            kind = first.split(" ")[0]
            count = f"{len(self._stages)} {kind}s" if others else first
            done = sum(done for done, _ in self._stages.values())
            how = {"prefix": count, "unit": self._unit, "bar_format": FORMAT}
            lines.append(tqdm.format_meter(done, total, elapsed, **how))
        return "\n".join(lines)

    def _watch(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            if self.take_in() or self._display:
                self._show(self.text(time.monotonic() - self._started))

    def _show(self, text: str) -> None:
        data = {"text/plain": text}
        how = {"raw": True, "metadata": LIVE}
        if self._display:
            update_display(data, display_id=self._display, **how)
        elif text:
            self._display = uuid4().hex
            display(data, display_id=self._display, **how)


@cache
def follow() -> None:
    """Draw what this kernel and its workers report, from the next cell on."""
    handle, name = tempfile.mkstemp(prefix="mnist-report-progress-")
    os.close(handle)
    path = Path(name)
    atexit.register(path.unlink, missing_ok=True)
    os.environ[progress.VARIABLE] = name
    bars = Bars(progress.Events(path))
    hooks = get_ipython().events
    hooks.register("pre_run_cell", bars.start)
    hooks.register("post_run_cell", bars.stop)
