"""How devices compute, and what keeps a GPU unused, which is simulated."""

import os
import warnings

import pytest
import torch

from mnist_report import devices


@pytest.fixture
def gpu(monkeypatch):
    """Return what simulates a GPU with so many free bytes."""

    def simulate(free=40 * 10**9, zeros=None):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (free, free))
        monkeypatch.setattr(torch, "zeros", zeros or (lambda *_, **__: None))

    return simulate


def test_a_gpu_with_room_has_no_fault(gpu):
    gpu()
    assert devices.fault("cuda") == ""


def test_a_full_gpu_is_told_of(gpu):
    gpu(free=2 * 10**8)
    assert "only 0.2 GB" in devices.fault("cuda")


def test_a_gpu_that_fails_is_told_of(gpu):
    def fail(*_, **__):
        raise RuntimeError("CUDA error: no kernel image. Compile with X.\nY")

    gpu(zeros=fail)
    assert devices.fault("cuda") == (
        "PyTorch cannot use it: CUDA error: no kernel image"
    )


def test_an_old_driver_is_told_of(monkeypatch):
    def unavailable():
        warnings.warn(
            "CUDA initialization: The NVIDIA driver on your system is too old "
            "(found version 11040). Please update your GPU driver.",
            stacklevel=1,
        )
        return False

    monkeypatch.setattr(torch.cuda, "is_available", unavailable)
    assert "driver on your system is too old" in devices.fault("cuda")


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_no_such_device(monkeypatch, kind):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert devices.fault(kind) == devices.ABSENT
    assert devices.fault("cpu") == ""
    said = []
    assert devices.first_usable(said.append) == "cpu"
    assert said == []


def test_a_full_gpu_is_left_for_the_processor(gpu):
    gpu(free=0)
    said = []
    assert devices.first_usable(said.append) == "cpu"
    assert said[0].startswith("The device cuda is left unused: only 0.0 GB")


def test_a_gpu_is_preferred(gpu):
    gpu()
    assert devices.first_usable(print) == "cuda"


def test_computing_is_repeatable_and_goes_on_where_it_cannot_be(monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    try:
        devices.compute_repeatably()
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        assert not torch.utils.deterministic.fill_uninitialized_memory
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    finally:
        torch.use_deterministic_algorithms(False)
        os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)
