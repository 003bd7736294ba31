"""Independent jobs on the cores that are free."""

import ctypes
import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

import psutil

from mnist_report.errors import ReportError

Job = TypeVar("Job")
Result = TypeVar("Result")

PR_SET_PDEATHSIG = 1


def allowed_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_cores() -> int:
    """Return how many of the allowed cores are idle now; at least one."""
    busy = psutil.cpu_percent(interval=0.5) / 100 * psutil.cpu_count()
    return max(1, min(allowed_cores(), round(psutil.cpu_count() - busy)))


def run_jobs(
    function: Callable[[Job], Result], jobs: Iterable[Job], workers: int
) -> list[Result]:
    """Return the function's result for each job, in the jobs' order.

    Each worker is a fork of this process: it shares what is in memory and
    imports nothing anew. Where forking is not safe, and with one worker,
    the jobs run here, one after the other, with the same results.
    """
    jobs = list(jobs)
    if sys.platform != "linux" or min(workers, len(jobs)) < 2:
        return [function(job) for job in jobs]
    # any optimiser imports it (150 MB, seconds): once here, not in each fork
    importlib.import_module("torch._dynamo")
    pool = ProcessPoolExecutor(
        min(workers, len(jobs)),
        mp_context=multiprocessing.get_context("fork"),
        initializer=_start_worker,
        initargs=(function,),
    )
    try:
        with pool:
            return list(pool.map(_work, jobs))
    except BrokenProcessPool:
        raise ReportError(
            "A training process was ended from outside, perhaps for want of "
            "memory; free some, or train fewer seeds at once (num_threads)."
        ) from None


def _start_worker(function: Callable[[Job], Result]) -> None:
    # a fork inherits the function with all that it holds; sent to it as a
    # job, its tensors would need as much of /dev/shm, 64 MB in a container
    global _function
    _function = function
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _work(job: Job) -> Result:
    return _function(job)
