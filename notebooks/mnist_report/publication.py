"""A folder that appears under its name only when it is whole."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mnist_report.errors import ReportError

CONTENTS = {
    "report.ipynb",
    "report.pdf",
    "report.html",
    "results.json",
    "figures",
    "predictions.npz",
    "model.onnx",
    "model-int8.onnx",
    "model",
}
OUTPUT = ", or name another folder with --output"
RESERVED_BYTES = 32 * 2**20


class Occupied(ReportError):
    """Another run is writing the same folder."""


@contextmanager
def published(folder: Path) -> Iterator[Path]:
    """Give a hidden folder that takes the place of `folder` in the end.

    If anything fails, `folder` stays as it was. A second run into the same
    folder is refused while the first goes on; what a killed run left behind
    is cleared away.
    """
    folder = folder.resolve()
    part = folder.with_name(f".{folder.name}.part")
    with writing(folder):
        _check_replaceable(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = _locked(part)
    try:
        with writing(folder):
            _restore(folder)
            _empty(part)
            _reserve(part / "reserved")
        yield part
        with writing(folder):
            _swap(part, folder)
    finally:
        if part.exists():
            shutil.rmtree(part, ignore_errors=True)
        os.close(lock)


@contextmanager
def writing(path: Path, otherwise: str = OUTPUT) -> Iterator[None]:
    """Turn a failure to write into a message."""
    try:
        yield
    except OSError as error:
        raise ReportError(
            f"Cannot write {path}: {error.strerror}.\n"
            f"Make room or get leave to write there{otherwise}."
        ) from None


def release(part: Path) -> None:
    """Give back the space that was kept for what is written now."""
    (part / "reserved").unlink(missing_ok=True)


def _check_replaceable(folder: Path) -> None:
    """Raise if the folder holds what a report does not, or cannot be one."""
    present = next(path for path in (folder, *folder.parents) if path.exists())
    if not present.is_dir():
        raise ReportError(
            f"Cannot write the report to {folder}: {present} is not a folder."
            "\nName another folder with --output."
        )
    names = {path.name for path in present.iterdir()} - CONTENTS
    strange = {name for name in names if not name.startswith(".")}
    if present == folder and strange:
        raise ReportError(
            f"Will not replace {folder}: it holds {min(strange)}, which is "
            "no part of a report.\nName another folder with --output."
        )


def _locked(part: Path) -> int:
    """Make the hidden folder, lock it and return the lock."""
    while True:
        part.mkdir(exist_ok=True)
        try:
            lock = os.open(part, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            continue
        except BlockingIOError:
            raise Occupied(
                "Another run is writing the same report, in "
                f"{part.parent}.\nWait for it to end, or name another "
                "folder with --output."
            ) from None
        # the other run may have published it between opening and locking
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(lock), part.stat()):
                return lock
        os.close(lock)


def _empty(part: Path) -> None:
    """Clear away what a killed run left behind."""
    for path in part.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _reserve(path: Path) -> None:
    """Take the space that the report will need, to fail before the run."""
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, RESERVED_BYTES)
        elif shutil.disk_usage(path.parent).free < RESERVED_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _former(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def _restore(folder: Path) -> None:
    """Mend a swap that was cut off between its two steps."""
    former = _former(folder)
    if former.exists() and not folder.exists():
        former.rename(folder)
    elif former.exists():
        shutil.rmtree(former)


def _swap(part: Path, folder: Path) -> None:
    """Put the new folder in the place of the old one."""
    former = _former(folder)
    if folder.exists():
        folder.rename(former)
    try:
        part.rename(folder)
    finally:
        if folder.exists():
            shutil.rmtree(former, ignore_errors=True)
        elif former.exists():
            former.rename(folder)
