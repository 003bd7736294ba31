"""A sweep from its file to its comparison: python -m mnist_report sweep."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from mnist_report import energy
from mnist_report.errors import ReportError
from mnist_report.parallel import allowed_cores
from mnist_report.parameters import Parameters
from mnist_report.publication import writing
from mnist_report.sweep import engine, estimate
from mnist_report.sweep.plan import Plan, read
from mnist_report.sweep.store import CHANGED, Store, brief, sources
from mnist_report.terminal import about, duration

ROOT = Path(__file__).parents[3]
NOTEBOOK = ROOT / "notebooks" / "report.ipynb"
SWEEPS = ROOT / "build" / "sweeps"
SNAKEFILE = Path(__file__).with_name("Snakefile")
JOB = "mnist_report.sweep.job"
PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 0.5
PLAIN_SECONDS = 15
MOST_LINES = 12
LONGEST_LIST = 20
# not a path or a name that holds the word
TROUBLE = re.compile(r"error:|exception:|\w(Error|Exception)\b")


def show_plan(file: Path, sweeps: Path = SWEEPS) -> None:
    """Print how many runs a sweep has and what they will take."""
    plan = read(file)
    print(f"{plan.name}: {plan.description}".rstrip(": "))
    varied = plan.grid or {"points": [c.label for c in plan.configurations]}
    for name, values in varied.items():
        print(f"  {name}: {', '.join(map(str, values))}")
    equal = [each for each in plan.configurations if each.same_as]
    for each in equal[:LONGEST_LIST]:
        print(f"  {each.label}: the same runs as {each.same_as}")
    print(
        f"{_count(len(plan.configurations), 'configuration')}, "
        f"{_count(len(plan.seeds), 'seed')}: {_count(len(plan.runs), 'run')}"
    )
    store = Store(sweeps / plan.name)
    store.check_owner(plan, file)
    todo = _to_be_made(store, plan, sources(NOTEBOOK))
    if done := len(plan.runs) - len(todo):
        print(f"Done already: {done}.")
    print(_forecast(plan, todo, sweeps))


def sweep(
    file: Path,
    profile: str = "local",
    notebook: Path = NOTEBOOK,
    sweeps: Path = SWEEPS,
    compare: Callable[[Store], None] | None = None,
) -> int:
    """Make all runs of a sweep that are not done; return 1 if one failed."""
    plan = read(file)
    place = engine.profile(profile)
    store = Store(sweeps / plan.name)
    with store.locked() as lock:
        store.prepare(plan, file)
        todo = _to_be_made(store, plan, sources(notebook))
        _unseal(store, plan, todo)
        print(_forecast(plan, todo, sweeps), flush=True)
        if todo:
            snakemake = engine.snakemake(engine.executor(place))
            _run(store, plan, todo, snakemake, place, notebook, lock)
        failed = [n for n in plan.runs if store.damage(n)]
        if failed:
            print(_failures(store, plan, failed), file=sys.stderr)
        else:
            number = len(plan.runs)
            whole = "The run is" if number == 1 else f"All {number:,} runs are"
            print(f"{whole} done.")
        if compare and len(plan.runs) - len(failed) > 1:
            compare(store)
        elif compare:
            print("There is nothing to compare: two runs are the least.")
    return 1 if failed else 0


def _to_be_made(store: Store, plan: Plan, origin: str) -> list[str]:
    """Return the runs to be made; say why those are that were made before."""
    todo, reasons = [], Counter()
    for name in plan.runs:
        fault = store.fault(name, origin)
        if fault is None:
            continue
        todo.append(name)
        if store.sealed(name):
            reasons[fault] += 1
            if fault != CHANGED:
                print(f"{name}: {fault}; it is made again.")
    if reasons[CHANGED]:
        print(f"{_count(reasons[CHANGED], 'run')} made again: {CHANGED}.")
    present = {path.name for path in (store.folder / "runs").glob("*")}
    former = {n for n in present if n[0] != "." and not n.endswith(".ipynb")}
    if others := former - plan.runs.keys():
        print(
            f"{_count(len(others), 'run')} of an earlier form of this sweep "
            "kept and left out."
        )
    return todo


def _unseal(store: Store, plan: Plan, todo: list[str]) -> None:
    """Leave those runs sealed that the engine need not make."""
    with writing(store.folder, ""):
        for name in todo:
            store.set_aside(name)
        for name in plan.runs.keys() - set(todo):
            store.take_up(name)


def _run(
    store: Store,
    plan: Plan,
    todo: list[str],
    snakemake: Path,
    place: Path,
    notebook: Path,
    lock: int,
) -> None:
    """Let Snakemake make what is not sealed; raise if it cannot."""
    memory = psutil.virtual_memory().available // 2**20
    command = [snakemake, "--snakefile", SNAKEFILE]
    command += ["--directory", store.folder, "--workflow-profile", place]
    command += ["--config", f"python={sys.executable}", f"notebook={notebook}"]
    if engine.executor(place) == "local":
        command += ["--resources", f"mem_mb={max(memory, plan.memory_mb)}"]
    paths = [str(ROOT / "notebooks"), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, paths))
    }
    output = store.folder / "snakemake.log"
    with output.open("wb") as stream:
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=environment,
            pass_fds=[lock],
            preexec_fn=_die_with_parent,
        )
    try:
        with _Progress(store, plan, todo) as progress:
            while process.poll() is None:
                progress.show()
                time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        _stop(process)
        done = sum(store.sealed(name) is not None for name in plan.runs)
        raise KeyboardInterrupt(
            f"Stopped; {done} of {len(plan.runs)} runs are done. The same "
            "command goes on."
        ) from None
    begun = any(store.state(name)["state"] != "waiting" for name in todo)
    if process.returncode and not begun:
        told = _trouble(output.read_text(errors="replace").splitlines())
        lines = "\n".join(f"  {line}" for line in told)
        raise ReportError(
            f"Snakemake could not start the runs; {output} says\n{lines}"
        )


def _trouble(lines: list[str]) -> list[str]:
    """Return what a log says from its first error on, else its end."""
    for index, line in enumerate(lines):
        if TROUBLE.search(line):
            return lines[index:][:MOST_LINES]
    return lines[-MOST_LINES:]


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _stop(process: subprocess.Popen) -> None:
    """End Snakemake and its runs in good order."""
    with suppress(psutil.Error):
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        # it would wait for the runs that are going on
        for child in children:
            with suppress(psutil.Error):
                if JOB in child.cmdline():
                    child.terminate()
    try:
        process.wait(30)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


class _Progress:
    """One line: runs done, running and failed, and the time left."""

    def __init__(self, store: Store, plan: Plan, todo: list[str]) -> None:
        self.store, self.plan, self.todo = store, plan, todo
        self.stream = sys.stderr
        self.started = time.monotonic()
        self.shown, self.shown_at = "", -PLAIN_SECONDS

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.stream.isatty():
            self.stream.write("\r\x1b[2K")

    def line(self) -> str:
        """Return the line that describes the present moment."""
        states = {name: self.store.state(name) for name in self.todo}
        count = Counter(state["state"] for state in states.values())
        earlier = len(self.plan.runs) - len(self.todo)
        done = earlier + count["done"]
        parts = [f"{done} of {len(self.plan.runs)} runs done"]
        parts.append(f"{count['running']} running")
        if count["failed"]:
            parts.append(f"{count['failed']} failed")
        if count["done"]:
            passed = time.monotonic() - self.started
            left = len(self.todo) - count["done"] - count["failed"]
            # those that are running count as half done
            left -= count["running"] / 2
            parts.append(about(passed / count["done"] * left))
        return " · ".join(parts)

    def show(self) -> None:
        """Draw the line, or, in a log, print it when it has changed."""
        line, now = self.line(), time.monotonic()
        if self.stream.isatty():
            self.stream.write(f"\r\x1b[2K{line}")
        elif line != self.shown and now - self.shown_at >= PLAIN_SECONDS:
            self.stream.write(f"{line}\n")
            self.shown, self.shown_at = line, now
        self.stream.flush()


def _failures(store: Store, plan: Plan, failed: list[str]) -> str:
    """Return a message that names each failed run, its cause and its log."""
    lines = [f"{len(failed)} of {len(plan.runs)} runs are not done:"]
    for name in failed[:LONGEST_LIST]:
        state = store.state(name)
        cause = state.get("cause") or {
            "waiting": "it was not started",
            "running": "it was ended from outside",
        }.get(state["state"], store.damage(name) or "")
        lines.append(f"  {name}: {brief(cause)}")
        lines.append(f"    {store.log(name)}")
    if (more := len(failed) - LONGEST_LIST) > 0:
        lines.append(f"  and {more} more, see {store.folder / 'logs'}")
    lines.append("The same command makes them again.")
    return "\n".join(lines)


def _forecast(plan: Plan, todo: list[str], sweeps: Path) -> str:
    """Return how long the runs to be made will take, and the energy."""
    if not todo:
        return "Nothing is left to be made."
    runs = [plan.runs[name].parameters for name in todo]
    reckoned = estimate.of_runs(runs, sweeps)
    at_once = min(len(todo), max(1, allowed_cores() // plan.threads))
    seconds = reckoned.duration(at_once)
    cores = min(plan.threads, allowed_cores())
    watts = energy.assumed(Parameters(**plan.base).core_watts).value
    drawn = estimate.watt_hours(reckoned.seconds * cores, watts)
    source = (
        f"going by {_count(reckoned.known, 'finished run')}"
        if reckoned.known
        else "going by another machine"
    )
    return (
        f"{_count(len(todo), 'run')} to be made, {at_once} at once here: "
        f"about {_long(seconds)} ({source}) and {_rounded(drawn)} Wh "
        f"(at {watts:g} W for each core)."
    )


def _long(seconds: float) -> str:
    """Return a time in hours, where minutes would be many."""
    hours = seconds / 3600
    return duration(seconds) if hours < 2 else f"{hours:,.1f} hours"


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
