"""What the terminal shows while a run is going on."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import psutil

from mnist_report.progress import Events

TICK_SECONDS = 0.5
PLAIN_SECONDS = 15
SECONDS_UNKNOWN = 0.5


class Terminal:
    """One line that says where the run is and about how long is left."""

    def __init__(
        self,
        events: Path,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.events = events
        self._new_events = Events(events).new
        self.stream = stream or sys.stderr
        self.clock = clock
        self.started = clock()
        self.peak_memory = 0
        self.section = ""
        self.knows = False
        self._later = 0.0
        self._expected = 0.0
        self._cell_started = self.started
        self._stages: dict[str, tuple[int, int]] = {}
        self._stages_started = self.started
        self._unit = ""
        self._shown = ""
        self._shown_at = 0.0
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Terminal:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self.stream.isatty():
            self._write("\r\x1b[2K")

    def enter(self, section: str, expected: float, later: float) -> None:
        """Go on to the next cell, with the seconds it and the rest take."""
        with self._lock:
            self._read_events()
            if self._progress()[0]:
                self._stages = {}
            # what was announced and not begun belongs to this cell
            self._stages_started = self._cell_started = self.clock()
            self._expected, self._later = expected, later
            is_new = section != self.section
            self.section = section
            if is_new:
                self._show(force=True)

    def refresh(self) -> None:
        """Take in new events and show what is new."""
        with self._lock:
            self._read_events()
            self._show()

    def line(self) -> str:
        """Return the line that describes the present moment."""
        parts = [self.section]
        done, total = self._progress()
        if total:
            parts.append(f"{done} of {total} {self._unit}")
        if len(self._stages) > 1:
            finished = sum(
                done == total for done, total in self._stages.values()
            )
            kind = next(iter(self._stages)).split(" ")[0]
            parts.append(f"{finished} of {len(self._stages)} {kind}s")
        if self.knows:
            parts.append(about(self.seconds_left()))
        return " · ".join(parts)

    def seconds_left(self) -> float:
        """Return about how long the run still takes."""
        now = self.clock()
        done, total = self._progress()
        if done:
            rate = (now - self._stages_started) / done
            here = rate * (total - done)
        else:
            here = max(self._expected - (now - self._cell_started), 0)
        return here + self._later

    def _progress(self) -> tuple[int, int]:
        """Return how much is done in all stages, and of how much."""
        done = sum(done for done, _ in self._stages.values())
        return done, sum(total for _, total in self._stages.values())

    def _watch(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            self.refresh()
            self.peak_memory = max(self.peak_memory, memory_in_use())

    def _read_events(self) -> None:
        """Take in the progress events that have come since the last time."""
        for event in self._new_events():
            if "message" in event:
                self._say(event["message"])
                continue
            if not self._stages:
                self._stages_started = self.clock()
            self._stages[event["stage"]] = event["done"], event["total"]
            self._unit = event["unit"]
            # before the first measurement any guess would mislead
            self.knows = self.knows or event["done"] > 0

    def _show(self, force: bool = False) -> None:
        """Draw the line, or, in a log, print it now and then."""
        if not self.section:
            return
        line = self.line()
        if self.stream.isatty():
            width = shutil.get_terminal_size().columns
            self._write(f"\r\x1b[2K{line[: width - 1]}")
            return
        now = self.clock()
        due = now - self._shown_at >= PLAIN_SECONDS and line != self._shown
        if force or due:
            self._shown, self._shown_at = line, now
            self._write(f"{line}\n")

    def _say(self, message: str) -> None:
        """Leave a message above the line that changes."""
        start = "\r\x1b[2K" if self.stream.isatty() else ""
        self._write(f"{start}{message}\n")

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


def about(seconds: float) -> str:
    """Return a time still to go, as roughly as it is known."""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 95:
        return f"about {round(seconds, -1):.0f} s left"
    return f"about {seconds / 60:.0f} min left"


def duration(seconds: float) -> str:
    """Return a time that has passed."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def memory_in_use() -> int:
    """Return the bytes that this process and its descendants hold.

    Pages that processes share are counted once where the system can tell.
    """
    parent = psutil.Process(os.getpid())
    total = 0
    for process in [parent, *parent.children(recursive=True)]:
        try:
            memory = process.memory_full_info()
        except psutil.Error:
            continue
        total += getattr(memory, "pss", memory.rss)
    return total
