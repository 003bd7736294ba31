"""Progress events on their way from the kernel to the terminal."""

import json
import os

VARIABLE = "REPORT_PROGRESS"


def update(stage: str, done: int, total: int, unit: str = "epochs") -> None:
    """Report that a stage, such as "seed 0", has done so much of its total.

    Announce every stage with nothing done before the first one starts, so
    that the time left is reckoned over all of them. Worker processes may
    call it too. Without a terminal that listens it does nothing.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return
    event = {"stage": stage, "done": done, "total": total, "unit": unit}
    line = json.dumps(event) + "\n"
    # one short write in append mode: lines of several processes never mix
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
