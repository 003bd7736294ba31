"""The comparison report of a sweep, or of any finished runs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from mnist_report import run
from mnist_report.errors import ReportError
from mnist_report.sweep.store import PACKAGE, Store, sha256

NOTEBOOK = run.ROOT / "notebooks" / "comparison.ipynb"
RECORDERS = (PACKAGE / "sweep" / "comparison.py",)
RESULTS = "results.json"


def compare_runs(folders: Sequence[Path], output: Path | None) -> None:
    """Compare finished runs, or a sweep, in a folder named after them."""
    for folder in folders:
        if not (folder / RESULTS).exists() and not Store(folder).is_sweep:
            raise ReportError(
                f"{folder} is neither a finished run (it has no {RESULTS}) "
                "nor a sweep's folder."
            )
    sweeps = [each for each in folders if Store(each).is_sweep]
    if sweeps and len(folders) > 1:
        raise ReportError(
            f"{sweeps[0]} is a sweep; compare it alone, or name the runs in "
            f"{sweeps[0] / 'runs'}."
        )
    name = "-".join(folder.resolve().name for folder in folders)
    if len(name) > run.LONGEST_NAME:
        name = hashlib.sha256(name.encode()).hexdigest()[:8]
    compare(folders, output or run.BUILD / f"comparison-{name}")


def compare(folders: Sequence[Path], output: Path) -> None:
    """Make the comparison report of these folders."""
    given = [_from_root(folder) for folder in folders]
    run.report({"folders": given}, NOTEBOOK, output, recorders=RECORDERS)


def compare_sweep(store: Store) -> None:
    """Make a sweep's comparison, unless it is there and nothing is new."""
    stamp = store.folder / ".compared"
    inputs = _inputs(store)
    former = stamp.read_text() if stamp.is_file() else ""
    if former == inputs and (store.comparison / "report.pdf").is_file():
        print(f"The comparison is up to date: {store.comparison}")
        return
    compare([store.folder], store.comparison)
    stamp.write_text(inputs)


def _inputs(store: Store) -> str:
    """Return a checksum of all that a sweep's comparison is made of."""
    files = [store.plan_file, NOTEBOOK, *sorted(PACKAGE.rglob("*.py"))]
    for folder in ("seals", "states"):
        files += sorted((store.folder / folder).iterdir())
    # states tell of failures; of runs that are done, the time of day
    kept = [path for path in files if not _is_done(store, path)]
    whole = "\n".join(f"{path.name} {sha256(path)}" for path in kept)
    return hashlib.sha256(whole.encode()).hexdigest()


def _is_done(store: Store, path: Path) -> bool:
    return path.parent.name == "states" and bool(store.sealed(path.stem))


def _from_root(folder: Path) -> str:
    folder = folder.resolve()
    if folder.is_relative_to(run.ROOT):
        return str(folder.relative_to(run.ROOT))
    return str(folder)
