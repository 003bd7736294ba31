"""A sweep's folder: which runs are done, running or failed, and sealed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mnist_report.errors import ReportError
from mnist_report.publication import writing
from mnist_report.sweep.plan import Plan

PACKAGE = Path(__file__).parents[1]
# modules that drive, render or compare runs; results do not come from them
ELSEWHERE = ("sweep", "rendering")
DRIVERS = ("__main__.py", "execution.py", "publication.py", "run.py")
DRIVERS += ("terminal.py",)
FOLDERS = ("runs", "logs", "seals", "former", "states", "benchmarks")
CHANGED = "the notebook's cells or the package have changed"


class Store:
    """The folder in which a sweep's runs lie, one folder a run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plan_file = folder / "plan.json"
        self.owner_file = folder / ".file"
        self.comparison = folder / "comparison"

    @property
    def is_sweep(self) -> bool:
        """Say whether a sweep was made here."""
        return self.plan_file.is_file()

    def run(self, name: str) -> Path:
        """Return a run's folder."""
        return self.folder / "runs" / name

    def results(self, name: str) -> Path:
        """Return a run's results."""
        return self.run(name) / "results.json"

    def log(self, name: str) -> Path:
        """Return what a run printed."""
        return self.folder / "logs" / f"{name}.log"

    def seal_file(self, name: str) -> Path:
        """Return the file that says that a run is done."""
        return self.folder / "seals" / f"{name}.json"

    def former_file(self, name: str) -> Path:
        """Return the seal of a run that is to be made again."""
        return self.folder / "former" / f"{name}.json"

    def state_file(self, name: str) -> Path:
        """Return the file that says how a run is getting on."""
        return self.folder / "states" / f"{name}.json"

    def seal(self, name: str, about: dict[str, Any]) -> None:
        """Say that a run is done and what its results are."""
        digest = sha256(self.results(name))
        write(self.seal_file(name), about | {"results_sha256": digest})
        self.former_file(name).unlink(missing_ok=True)

    def set_aside(self, name: str) -> None:
        """Take a run's seal away, so that the engine makes it again."""
        with suppress(FileNotFoundError):
            os.replace(self.seal_file(name), self.former_file(name))

    def take_up(self, name: str) -> None:
        """Put a seal that was set aside back, where no other is there."""
        if self.sealed(name) is None:
            os.replace(self.former_file(name), self.seal_file(name))

    def sealed(self, name: str) -> dict[str, Any] | None:
        """Return a run's seal, if it was done."""
        return _read(self.seal_file(name))

    def state(self, name: str) -> dict[str, Any]:
        """Return how a run is getting on."""
        return _read(self.state_file(name)) or {"state": "waiting"}

    def fault(self, name: str, sources: str) -> str | None:
        """Say why a run has to be made; None if it is done.

        A seal that was set aside counts again where the change was undone
        before the run was made again.
        """
        seal = self.sealed(name)
        if seal is None and (former := _read(self.former_file(name))):
            return "not done" if self._fault(name, former, sources) else None
        return self._fault(name, seal, sources)

    def damage(self, name: str) -> str | None:
        """Say why a run has no results that count; None if it has."""
        return self._damage(name, self.sealed(name))

    def _fault(
        self, name: str, seal: dict[str, Any] | None, sources: str
    ) -> str | None:
        damage = self._damage(name, seal)
        if damage is None and seal.get("sources") != sources:
            return CHANGED
        return damage

    def _damage(self, name: str, seal: dict[str, Any] | None) -> str | None:
        if seal is None:
            return "not done"
        if not self.results(name).is_file():
            return "its folder was deleted"
        if sha256(self.results(name)) != seal.get("results_sha256"):
            return "its results.json was changed after the run"
        return None

    def check_owner(self, plan: Plan, file: Path) -> None:
        """Refuse the folder of another sweep file."""
        with suppress(FileNotFoundError, NotADirectoryError):
            other = Path(self.owner_file.read_text(encoding="utf-8"))
            if other != file.resolve() and other.is_file():
                raise ReportError(
                    f"Two sweeps are called {plan.name}: {other}\nand "
                    f"{file.resolve()}.\nGive one of them another name; "
                    f"{self.folder} holds the runs of the first."
                )

    def prepare(self, plan: Plan, file: Path) -> None:
        """Take the plan up; refuse another sweep's folder."""
        self.check_owner(plan, file)
        with writing(self.folder, ""):
            for name in FOLDERS:
                (self.folder / name).mkdir(parents=True, exist_ok=True)
            write_text(self.owner_file, str(file.resolve()))
            write_text(self.plan_file, plan.as_json())
            for path in (self.folder / "states").iterdir():
                path.unlink()

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Keep a second sweep out of the folder; the lock is inherited.

        It goes with the last process that holds it, so that a killed sweep
        leaves none behind.
        """
        with writing(self.folder, ""):
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / ".lock"
            lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise ReportError(
                f"The sweep in {self.folder} is going on in another process."
                "\nWait for it to end, or stop it."
            ) from None
        try:
            yield lock
        finally:
            os.close(lock)


def sources(notebook: Path) -> str:
    """Return a checksum of what a run's results come from.

    The notebook counts without its outputs, the package without what only
    drives, renders or compares.
    """
    # as JSON: to import nbformat takes longer than a plan
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    whole = hashlib.sha256()
    for cell in cells:
        source = "".join(cell["source"])
        whole.update(f"{cell['cell_type']}\n{source}\n".encode())
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).parts
        if parts[0] not in ELSEWHERE + DRIVERS:
            whole.update(path.read_bytes())
    return whole.hexdigest()


def write(path: Path, values: dict[str, Any]) -> None:
    """Write a JSON file that is whole as soon as it is there."""
    write_text(path, json.dumps(values, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file that is whole as soon as it is there."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def sha256(path: Path) -> str:
    """Return a file's checksum."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def brief(message: str) -> str:
    """Return a message's first line, with what a colon at its end names."""
    first, *others = message.splitlines() or [""]
    for line in others:
        if not first.endswith(":"):
            break
        first += f" {line.strip()}"
    return first


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
