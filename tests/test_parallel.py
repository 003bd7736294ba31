"""Jobs in workers: the same results, and an end that is told."""

import operator
import os
import signal
import subprocess
import sys
import time
from functools import partial
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
import torch

from mnist_report import parallel
from mnist_report.errors import ReportError
from mnist_report.parallel import allowed_cores, idle_cores, run_jobs

linux = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux")


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_order_whatever_the_workers(workers):
    weights = torch.arange(4.0)

    def draw(seed):
        torch.manual_seed(seed)
        if seed == 0:
            time.sleep(0.2)  # the first job is the last to end
        return torch.rand(4) + weights

    found = run_jobs(draw, [0, 1, 2], workers)
    assert torch.equal(torch.stack(found), torch.stack([*map(draw, range(3))]))


@linux
@pytest.mark.parametrize(("workers", "processes"), [(1, 0), (2, 2)])
def test_workers_are_other_processes(workers, processes):
    def process(_):
        time.sleep(0.2)
        return os.getpid()

    found = set(run_jobs(process, range(2), workers)) - {os.getpid()}
    assert len(found) == processes


def test_no_jobs_no_results():
    assert run_jobs(str, [], 2) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_a_job_s_own_error_is_passed_on(workers):
    def fail(_):
        raise ReportError("too few images")

    with pytest.raises(ReportError, match="too few images"):
        run_jobs(fail, [0, 1], workers)


@linux
def test_worker_that_is_killed_is_reported():
    def killed(job):
        if job:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(ReportError, match="ended from outside"):
        run_jobs(killed, [0, 1], 2)


@linux
def test_workers_end_with_their_parent():
    code = (
        "import os, time; from mnist_report.parallel import run_jobs\n"
        "def job(_):\n"
        "    os.write(1, f'{os.getpid()}\\n'.encode()); time.sleep(60)\n"
        "run_jobs(job, range(2), 2)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    )
    workers = [psutil.Process(int(parent.stdout.readline())) for _ in range(2)]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _, alive = psutil.wait_procs(workers, timeout=5)
    for worker in alive:
        worker.kill()
    assert not alive


@linux
def test_workers_wait_for_no_threads_of_their_parent():
    code = (
        "import torch; from mnist_report.parallel import run_jobs\n"
        "from sklearn.neighbors import KNeighborsClassifier\n"
        "images = torch.rand(3000, 100)\n"
        "knn = KNeighborsClassifier(3, algorithm='brute')\n"
        "knn.fit(images.numpy(), range(3000))\n"
        "def job(_):\n"
        "    return knn.predict(images.numpy()), (images @ images.T).sum()\n"
        "job(0); run_jobs(job, range(2), 2); print('all')"
    )
    threads = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | threads,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.stdout == "all\n", ended.stderr


@linux
def test_leave_is_asked_for_now_and_then(monkeypatch):
    asked = []
    monkeypatch.setattr(parallel, "allowed_cores", lambda: 2)
    monkeypatch.setattr(
        parallel, "idle_cores", lambda: asked.append(1) or len(asked) > 1
    )
    monkeypatch.setattr(parallel, "RECHECK_SECONDS", 0.2)
    run_jobs(time.sleep, [0.1] * 8)
    assert 2 <= len(asked) <= 6


def test_idle_cores_are_some_of_the_allowed():
    assert 0 <= idle_cores() <= allowed_cores() <= os.cpu_count()


@pytest.mark.parametrize(
    ("shares", "free"),
    [
        ({"idle": 100}, 4),
        ({"idle": 76, "user": 24}, 3),
        ({"idle": 50, "user": 40, "system": 10}, 2),
        ({"idle": 10, "user": 90}, 0),
        ({"idle": 0, "user": 50, "nice": 50}, 2),
        ({"idle": 20, "iowait": 30, "user": 50}, 2),
    ],
)
def test_idle_cores_follow_what_the_processor_does(monkeypatch, shares, free):
    times = SimpleNamespace(**shares)
    monkeypatch.setattr(psutil, "cpu_times_percent", lambda interval: times)
    monkeypatch.setattr(psutil, "cpu_count", lambda: 4)
    monkeypatch.setattr(parallel, "allowed_cores", lambda: 4)
    assert idle_cores() == free


@linux
@pytest.mark.parametrize(("idle", "most"), [(0, 1), (1, 2)])
def test_a_job_starts_when_a_core_is_idle(monkeypatch, tmp_path, idle, most):
    monkeypatch.setattr(parallel, "allowed_cores", lambda: 2)
    monkeypatch.setattr(parallel, "idle_cores", lambda: idle)

    def count_running(job):
        (tmp_path / str(job)).touch()
        time.sleep(0.5)
        running = len([*tmp_path.iterdir()])
        (tmp_path / str(job)).unlink()
        return running

    assert max(run_jobs(count_running, range(3))) == most


@linux
def test_a_failed_job_keeps_others_from_starting(monkeypatch, tmp_path):
    monkeypatch.setattr(parallel, "allowed_cores", lambda: 2)
    monkeypatch.setattr(parallel, "idle_cores", lambda: 0)

    def fail(job):
        (tmp_path / str(job)).touch()
        raise ReportError("too few images")

    with pytest.raises(ReportError, match="too few images"):
        run_jobs(fail, range(3))
    assert [path.name for path in tmp_path.iterdir()] == ["0"]


@linux
def test_jobs_leave_the_memory_that_they_hold_where_it_is():
    tensor = torch.arange(1000)
    array = tensor.numpy()
    kept = array.copy()
    jobs = [partial(torch.sum, tensor), partial(torch.amax, tensor)]
    results = run_jobs(operator.call, jobs, workers=2)
    assert results == [tensor.sum(), 999]
    assert not tensor.is_shared()
    np.testing.assert_array_equal(array, kept)


def test_a_gpu_s_full_memory_is_told_with_a_way_on():
    def fill(_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to …")

    with pytest.raises(ReportError, match="set device to cpu"):
        run_jobs(fill, [0], 1)
