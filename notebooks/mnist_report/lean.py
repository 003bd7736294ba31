"""PyTorch with less memory: without what nothing here uses."""

import ctypes
import importlib
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

COMPILER = "torch._dynamo"
SMAPS = Path("/proc/self/smaps")
# first and last address, permissions and file of a mapped library
LIBRARY = re.compile(r"(\w+)-(\w+) ([r-]-[x-]p) .* (/\S*\.so\S*)$")
MADV_DONTNEED = 4


def spare_compiler() -> None:
    """Let optimisers do without the compiler, unless it is there already.

    Every optimiser's step imports torch._dynamo, to tell it of a graph break:
    150 MB and seconds in each process, though nothing is compiled.
    """
    if COMPILER not in sys.modules:
        torch._dynamo = sys.modules[COMPILER] = _Compiler(COMPILER)


def release_libraries() -> None:
    """Give back the pages of libraries that only loading them needed.

    Loading PyTorch runs through its libraries, those of CUDA among them,
    which leaves 190 MB of their files in memory. Pages that are as in the
    file are dropped; what is used is read again. On Linux alone.
    """
    if not sys.platform.startswith("linux"):
        return
    madvise = ctypes.CDLL(None).madvise
    for first, last in list(_unchanged_libraries()):
        length = ctypes.c_size_t(last - first)
        madvise(ctypes.c_void_p(first), length, MADV_DONTNEED)


class _Compiler(ModuleType):
    """Stand for the compiler until something else of it is asked for."""

    def graph_break(self) -> None:
        """Do nothing: there is no graph."""

    def disable(self, function: Callable, *_: Any, **__: Any) -> Callable:
        """Return the function, which is not compiled anyhow."""
        return function

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(COMPILER) is self:
            del sys.modules[COMPILER]
            del torch._dynamo
        return getattr(importlib.import_module(COMPILER), name)


def _unchanged_libraries() -> Iterator[tuple[int, int]]:
    """Yield where libraries are mapped read-only with no page of our own."""
    place = None
    for line in SMAPS.read_text().splitlines():
        if found := LIBRARY.match(line):
            place = int(found[1], 16), int(found[2], 16)
        elif line.startswith("VmFlags:"):
            place = None
        elif place and line.split() == ["Anonymous:", "0", "kB"]:
            yield place
