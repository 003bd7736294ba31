"""Snakemake, installed on first use into an environment of its own."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from mnist_report.errors import ReportError
from mnist_report.parameters import read_yaml

HERE = Path(__file__).parent
PROFILES = HERE / "profiles"
LOCKS = HERE / "engines"
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
PYPI = "https://pypi.org/simple"


def profile(name: str) -> Path:
    """Return the folder of a profile: one of ours, or the user's own."""
    for folder in (PROFILES / name, Path(name)):
        if (folder / "config.yaml").is_file():
            return folder.resolve()
    ours = ", ".join(sorted(path.name for path in PROFILES.iterdir()))
    raise ReportError(
        f"There is no profile {name}: neither {ours} nor a folder with a "
        "config.yaml."
    )


def executor(folder: Path) -> str:
    """Return where a profile sends the runs: local, slurm, …"""
    values = read_yaml(folder / "config.yaml", "profile", "executor: slurm")
    return values.get("executor", "local")


def snakemake(name: str) -> Path:
    """Return Snakemake with what an executor needs, installed if need be."""
    lock = LOCKS / f"{name}.lock"
    if not lock.is_file():
        known = ", ".join(sorted(path.stem for path in LOCKS.glob("*.lock")))
        raise ReportError(
            f"No Snakemake for the executor {name} is provided; known are "
            f"{known}.\nInstall its plugin beside Snakemake and name that "
            "Snakemake: export SWEEP_SNAKEMAKE=/path/to/snakemake"
        )
    if given := os.environ.get("SWEEP_SNAKEMAKE"):
        return Path(given)
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    folder = Path(sys.prefix) / "engines" / f"{name}-{digest}"
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / ".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (folder / ".ready").exists():
            _install(folder, lock)
    return folder / "bin" / "snakemake"


def _install(folder: Path, lock: Path) -> None:
    """Make an environment from a lock; it counts once its stamp is there."""
    print("Setting up Snakemake; only the first sweep waits.", flush=True)
    given = [os.environ.get(name) for name in INDEX_VARIABLES]
    index = next(filter(None, given), PYPI)
    shutil.rmtree(folder, ignore_errors=True)
    sync = ("pip", "sync", "--require-hashes", "--compile-bytecode")
    where = ("--default-index", index, "--python", folder / "bin" / "python")
    _uv("venv", "--python", sys.executable, folder)
    _uv(*sync, *where, lock)
    (folder / ".ready").touch()


def _uv(*arguments: str | Path) -> None:
    uv = Path(sys.prefix) / "bin" / "uv"
    command = [uv, "--quiet", "--no-python-downloads", *arguments]
    # what the caller's environment names is not the one to be filled
    environment = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    if subprocess.call(list(map(str, command)), env=environment):
        raise ReportError(
            "Snakemake could not be installed; mend the cause and run the "
            "same command again."
        )
