"""Where a run came from: code, data, environment, device."""

import contextlib
import hashlib
import platform
import re
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).parents[2]
NOTEBOOK = "notebooks/report.ipynb"
# who may read and write is no part of the address
WEB = re.compile(r"(?:https://(?:[^/@]*@)?|git@)([^/:]+(?::\d+)?)[/:](.+)")
CELL = re.compile(r'^ {3}"id": "([^"]+)"')
PACKAGES = (
    "torch",
    "torchvision",
    "scikit-learn",
    "scipy",
    "numpy",
    "matplotlib",
    "pydantic",
    "papermill",
    "nbconvert",
    "onnx",
    "onnxruntime",
    "pypandoc_binary",
    "typst",
)
_STARTED = time.time()


def describe(
    data: dict[str, str],
    seeds: list[int],
    device: torch.device,
    networks: Sequence[torch.nn.Module],
    predictions: bytes,
) -> dict[str, Any]:
    """Return what another run needs to be the same, as plain data.

    data: file name to SHA-256; networks: one a seed; predictions: the file
    that keeps them. The time counts from this module's import.
    """
    started = datetime.fromtimestamp(_STARTED, UTC)
    commit = _git("rev-parse", "HEAD")
    remote = _git("remote", "get-url", "origin")
    held = _git("show", f"HEAD:{NOTEBOOK}")
    return {
        "commit": commit or "not known",
        "source": source(remote or "", commit or "", held or ""),
        "tree": _tree_state(),
        "notebook_sha256": _sha256(ROOT / NOTEBOOK),
        "lock_sha256": _sha256(ROOT / ".requirements.lock"),
        "data_sha256": data,
        "weights_sha256": [weights_sha256(each) for each in networks],
        "predictions_sha256": hashlib.sha256(predictions).hexdigest(),
        "seeds": seeds,
        "device": device_name(device),
        "processor": processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.time() - _STARTED, 1),
    }


def source(remote: str, commit: str, notebook: str) -> dict[str, Any]:
    """Return where on the web the commit's notebook and its cells are.

    remote: where the code comes from; where that is no web host, nothing is
    returned. notebook: its text, whose lines say where each cell's name is.
    """
    match = WEB.fullmatch(remote.rstrip("/").removesuffix(".git"))
    if not match or not commit:
        return {}
    lines = enumerate(notebook.splitlines(), 1)
    found = ((CELL.match(line), number) for number, line in lines)
    return {
        "page": f"https://{match[1]}/{match[2]}/blob/{commit}/{NOTEBOOK}",
        "lines": {cell[1]: number for cell, number in found if cell},
    }


def weights_sha256(network: torch.nn.Module) -> str:
    """Return the digest of a network's parameters and buffers."""
    digest = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def device_name(device: torch.device) -> str:
    """Return the device's name as its maker gives it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return {"mps": "Apple GPU"}.get(device.type, "CPU")


def processor() -> str:
    """Return the processor's name and the instructions that PyTorch uses."""
    name = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
    return f"{name}, {torch.backends.cpu.get_cpu_capability()}"


def _git(*arguments: str) -> str | None:
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=ROOT,
            capture_output=True,
            encoding="utf-8",  # whatever the locale
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def _tree_state() -> str:
    status = _git("status", "--porcelain")
    if status is None:
        return "not known"
    changed = len(status.splitlines())
    files = "1 file" if changed == 1 else f"{changed} files"
    return f"{files} changed since" if changed else "clean"


def _sha256(path: Path) -> str:
    if not path.exists():
        return "absent"
    return hashlib.sha256(path.read_bytes()).hexdigest()
