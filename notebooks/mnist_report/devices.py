"""Which device can be used, and how it is to compute."""

import os
import warnings
from collections.abc import Callable

import torch

KINDS = ("cuda", "mps", "cpu")
ABSENT = "PyTorch finds no such device on this machine"
# less is taken up by CUDA itself before the first image is there
FREE_BYTES = 10**9


def first_usable(say: Callable[[str], None]) -> str:
    """Return the best kind of device, and say why a better one is left."""
    for kind in KINDS:
        reason = fault(kind)
        if not reason:
            break
        if reason != ABSENT:
            say(f"The device {kind} is left unused: {reason}.")
    return kind


def fault(kind: str) -> str:
    """Return why PyTorch cannot use a kind of device here; empty: it can.

    The sentence goes on after a colon or "but".
    """
    if kind == "cuda":
        return _fault_of_gpu()
    if kind == "mps" and not torch.backends.mps.is_available():
        return ABSENT
    return ""


def gpu_identifier(device: torch.device) -> str:
    """Return what NVIDIA's driver calls a device; empty if not of its."""
    if device.type != "cuda":
        return ""
    return str(torch.cuda.get_device_properties(device).uuid)


def compute_repeatably() -> None:
    """Let the same numbers come out each time, on a GPU as well.

    What has no such algorithm on a GPU is computed all the same, with a
    warning, which the report shows.
    """
    # read when CUDA starts
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # the same as use_deterministic_algorithms, which loads a compiler for it
    torch.set_deterministic_debug_mode("warn")
    # every value is written before it is read: to write them twice takes time
    # and touches memory that is never used
    torch.utils.deterministic.fill_uninitialized_memory = False


def _fault_of_gpu() -> str:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = torch.cuda.is_available()
    if not found:
        # of a driver that is too old, PyTorch only warns
        reasons = [_first_sentence(each.message) for each in said]
        return f"PyTorch cannot use it: {reasons[0]}" if reasons else ABSENT
    try:
        free, _ = torch.cuda.mem_get_info()
        torch.zeros(1, device="cuda")
    except RuntimeError as error:
        return f"PyTorch cannot use it: {_first_sentence(error)}"
    if free < FREE_BYTES:
        return (
            f"only {free / 1e9:.1f} GB of the GPU's memory are free, of "
            f"{FREE_BYTES / 1e9:.1f} GB needed"
        )
    return ""


def _first_sentence(message: object) -> str:
    """Return what comes before advice on how to debug and update."""
    first = str(message).strip().splitlines()[0]
    return first.split(". ")[0].rstrip(".")
