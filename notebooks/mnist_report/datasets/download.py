"""Downloads through torchvision that leave whole files or none."""

import contextlib
import io
import os
import queue
import socket
import tempfile
import threading
import time
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

from mnist_report.datasets.paths import shown
from mnist_report.errors import ReportError

PATIENCE = 8.0  # seconds until a silent network counts as none
STALL = 10.0  # seconds that a started transfer may pause
ARCHIVES = {".gz", ".zip"}  # torchvision keeps them beside their content


class Unavailable(ReportError):
    """A download that could not be had."""


def fetch(
    title: str,
    data_dir: Path,
    urls: Iterable[str],
    build: Callable[[str], object],
    say: Callable[[str], None],
) -> None:
    """Let torchvision build the data set aside, then move it in."""
    await_answer(urls)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        staging = tempfile.TemporaryDirectory(
            prefix=".download-", dir=data_dir
        )
    except OSError as error:
        raise Unavailable(
            f"the data folder {shown(data_dir)} cannot be written "
            f"({error.strerror})"
        ) from None
    say(f"Downloading {title} into {shown(data_dir)}")
    with staging as aside:
        try:
            with _stall_limit(), _silence():
                build(aside)
            _move_in(Path(aside), data_dir)
        except (
            OSError,
            RuntimeError,
            HTTPException,
            EOFError,
            zlib.error,
            zipfile.BadZipFile,
        ) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise Unavailable(f"the download broke off ({reason})") from None


def await_answer(urls: Iterable[str]) -> None:
    """Return as soon as one server answers; refuse after some seconds."""
    answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    urls = list(urls)
    # A thread each, since name look-up knows no timeout.
    for url in urls:
        threading.Thread(target=_ask, args=(url, answers), daemon=True).start()
    deadline = time.monotonic() + PATIENCE
    reason = f"no answer within {PATIENCE:.0f} s"
    for _ in urls:
        try:
            fault = answers.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            break
        if fault is None:
            return
        reason = fault
    hosts = " and ".join(dict.fromkeys(urlsplit(url).netloc for url in urls))
    raise Unavailable(f"{hosts} could not be reached ({reason})")


def _ask(url: str, answers: "queue.SimpleQueue[str | None]") -> None:
    request = urllib.request.Request(url, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE):
            answers.put(None)
    except HTTPError:
        answers.put(None)  # a server is there; torchvision judges its answer
    except (OSError, HTTPException, ValueError) as error:
        answers.put(str(getattr(error, "reason", error)))


def _move_in(aside: Path, data_dir: Path) -> None:
    for path in sorted(aside.rglob("*")):
        target = data_dir / path.relative_to(aside)
        if path.is_dir() or path.suffix in ARCHIVES or target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)


@contextlib.contextmanager
def _stall_limit() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(STALL)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    # torchvision's progress bars would end up in the report.
    bin_ = io.StringIO()
    with contextlib.redirect_stderr(bin_), contextlib.redirect_stdout(bin_):
        yield
