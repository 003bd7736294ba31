"""Independent jobs on the cores that are free."""

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ProcessPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

import psutil
from threadpoolctl import threadpool_limits

from mnist_report.errors import ReportError

Job = TypeVar("Job")
Result = TypeVar("Result")

SAMPLE_SECONDS = 0.5
RECHECK_SECONDS = 5
PR_SET_PDEATHSIG = 1


def allowed_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def idle_cores() -> int:
    """Return how many of the allowed cores are free now.

    A core that waits, or that works for niced processes, which give way, is
    free.
    """
    cores = psutil.cpu_count() or 1
    times = psutil.cpu_times_percent(interval=SAMPLE_SECONDS)
    shares = (getattr(times, kind, 0) for kind in ("idle", "iowait", "nice"))
    return min(allowed_cores(), round(sum(shares) / 100 * cores))


def run_jobs(
    function: Callable[[Job], Result], jobs: Iterable[Job], workers: int = 0
) -> list[Result]:
    """Return the function's result for each job, in the jobs' order.

    workers: how many run at once; 0: as many as cores are idle, which is
    looked up every few seconds. Each worker is a fork of this process with
    one thread: it shares what is in memory and imports nothing anew. Where
    forking is not safe, and with one worker, the jobs run here, one after
    the other, with the same results.
    """
    jobs = list(jobs)
    most = min(workers or allowed_cores(), len(jobs))
    if sys.platform != "linux" or most < 2:
        return _in_turn(function, jobs)
    # what the collector would mark is copied into each fork
    gc.collect()
    gc.freeze()
    ctypes.CDLL(None).malloc_trim(0)  # what was freed goes back
    pool = ProcessPoolExecutor(
        most,
        mp_context=multiprocessing.get_context("fork"),
        initializer=_start_worker,
        initargs=(function, jobs),
    )
    futures, leave = [], _Leave(most, ask=workers == 0)
    try:
        with pool:
            for index in range(len(jobs)):
                _await_turn(futures, leave)
                for future in filter(Future.done, futures):
                    future.result()  # raises what a job raised
                futures.append(pool.submit(_work, index))
            return [future.result() for future in futures]
    except BrokenProcessPool:
        raise ReportError(
            "A training process was ended from outside, perhaps for want of "
            "memory; free some, or train fewer seeds at once (num_threads)."
        ) from None
    finally:
        gc.unfreeze()


def _in_turn(
    function: Callable[[Job], Result], jobs: list[Job]
) -> list[Result]:
    try:
        with threadpool_limits(1):
            return [function(job) for job in jobs]
    except RuntimeError as error:
        # by its name: without PyTorch there is no such error
        if type(error).__name__ != "OutOfMemoryError":
            raise
        raise ReportError(
            "device: the GPU's memory was used up; free some, lower "
            "batch_size and eval_batch_size, or set device to cpu."
        ) from None


class _Leave:
    """How many jobs may run at once, asked for anew every few seconds."""

    def __init__(self, most: int, ask: bool) -> None:
        self.most = most
        self.ask = ask
        self.jobs = most
        self.asked = -RECHECK_SECONDS

    def for_another(self, running: int) -> bool:
        """Say whether one more job may run beside so many."""
        now = time.monotonic()
        if self.ask and now - self.asked >= RECHECK_SECONDS:
            self.jobs = min(self.most, running + idle_cores())
            self.asked = now
        return running < self.jobs


def _await_turn(futures: list[Future], leave: _Leave) -> None:
    """Wait until one more job may run beside those that are running."""
    while running := [future for future in futures if not future.done()]:
        if leave.for_another(len(running)):
            return
        wait(running, RECHECK_SECONDS, return_when=FIRST_COMPLETED)


def _start_worker(function: Callable[[Job], Result], jobs: list[Job]) -> None:
    # a fork inherits function and jobs with all that they hold; sent to it,
    # their tensors would move to /dev/shm (64 MB in a container), away from
    # under the arrays that share their memory here
    global _function, _jobs
    _function, _jobs = function, jobs
    # a fork that waits for its parent's threads, which it lacks, never ends
    threadpool_limits(1)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _work(index: int) -> Result:
    return _function(_jobs[index])
