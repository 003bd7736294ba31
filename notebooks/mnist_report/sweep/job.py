"""One run of a sweep: what the engine starts, here or on a cluster's node.

python -m mnist_report.sweep.job FOLDER RUN
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil

from mnist_report import run
from mnist_report.errors import ReportError
from mnist_report.publication import Occupied
from mnist_report.sweep.plan import Plan
from mnist_report.sweep.store import Store, sources, write

PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 1.0
REFUSED = "Parameters that cannot be used"


def main(folder: str, name: str, notebook: str) -> int:
    """Make one run; return 0, or 1 with the cause in the run's state."""
    die_with_parent()
    store = Store(Path(folder).resolve())
    plan = Plan.from_json(store.plan_file.read_text(encoding="utf-8"))
    former = store.state(name)
    if former.get("final"):
        # the engine's second attempt would fare no better
        print(former["cause"], file=sys.stderr)
        return 1
    about = {"pid": os.getpid(), "host": os.uname().nodename}
    # from the process's beginning, its imports included
    about["started"] = started = psutil.Process().create_time()
    write(store.state_file(name), about | {"state": "running"})
    path = Path(notebook)
    origin = sources(path)
    expired = _limit(plan.minutes)
    try:
        _make(store, plan, name, path)
    except (ReportError, KeyboardInterrupt) as error:
        cause = str(error) or "Stopped"
        if expired.is_set():
            cause = f"It took longer than {plan.minutes} minutes.\n{cause}"
        print(cause, file=sys.stderr)
        about |= {"state": "failed", "cause": cause}
        about["final"] = expired.is_set() or cause.startswith(REFUSED)
        write(store.state_file(name), about)
        return 1
    seconds = time.time() - started
    store.seal(
        name,
        {
            "parameters": plan.runs[name].parameters,
            "sources": origin,
            "seconds": round(seconds, 1),
            "cpu_seconds": round(_cpu_seconds(), 1),
            "host": about["host"],
            "started": started,
        },
    )
    write(
        store.state_file(name), about | {"state": "done", "seconds": seconds}
    )
    return 0


def die_with_parent() -> None:
    """End in good order as soon as the engine is gone (Linux)."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("The sweep has ended.")


def _make(store: Store, plan: Plan, name: str, notebook: Path) -> None:
    """Make the run's report once nobody else writes it."""
    while True:
        try:
            run.report(
                plan.runs[name].parameters,
                notebook,
                store.run(name),
                rendered=plan.reports,
            )
            return
        except Occupied:
            # an earlier attempt, on its way out or on another node
            time.sleep(LOOK_SECONDS)


def _limit(minutes: int) -> threading.Event:
    """Stop the run when its time is over."""
    expired = threading.Event()

    def stop() -> None:
        expired.set()
        os.kill(os.getpid(), signal.SIGTERM)

    timer = threading.Timer(60 * minutes, stop)
    timer.daemon = True
    timer.start()
    return expired


def _cpu_seconds() -> float:
    """Return the processor time of this process and its descendants."""
    times = psutil.Process().cpu_times()
    return (
        times.user + times.system + times.children_user + times.children_system
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
