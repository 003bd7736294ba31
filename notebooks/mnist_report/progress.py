"""Progress events on their way from the kernel to the terminal."""

import json
import os
from pathlib import Path
from typing import Any

VARIABLE = "REPORT_PROGRESS"


def update(stage: str, done: int, total: int, unit: str = "epochs") -> None:
    """Report that a stage, such as "seed 0", has done so much of its total.

    Announce every stage with nothing done before the first one starts, so
    that the time left is reckoned over all of them. Worker processes may
    call it too. Without a terminal that listens it does nothing.
    """
    _send({"stage": stage, "done": done, "total": total, "unit": unit})


def say(message: str) -> None:
    """Tell the terminal something that its reader should know at once."""
    _send({"message": message})


class Events:
    """The events in a file, read as they come."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0

    def new(self) -> list[dict[str, Any]]:
        """Return the events that have come since the last time."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                new = file.read()
        except FileNotFoundError:
            return []
        # half an event waits for its end
        whole = new[: new.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [json.loads(line) for line in whole.splitlines()]


def _send(event: dict[str, Any]) -> None:
    path = os.environ.get(VARIABLE)
    if not path:
        return
    line = json.dumps(event) + "\n"
    # one short write in append mode: lines of several processes never mix
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
