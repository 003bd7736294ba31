"""Progress events on their way from the kernel to the terminal."""

import json
import os
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
