"""Files that a run leaves beside its report, such as the exported model."""

import os
from contextlib import suppress
from pathlib import Path

from mnist_report.errors import ReportError

VARIABLE = "REPORT_ARTEFACTS"
MODELS = ("model.onnx", "model-int8.onnx")


def folder() -> Path | None:
    """Return where the files of this run go; None if nobody asked for any."""
    path = os.environ.get(VARIABLE)
    return Path(path) if path else None


def save(name: str, content: bytes) -> None:
    """Leave a file of this name, whole or not at all.

    The run that publishes the report sets the folder; in plain papermill or
    JupyterLab nothing is written.
    """
    if not name or Path(name).name != name or name.startswith("."):
        raise ValueError(f"an artefact needs a plain file name, not {name!r}")
    target = folder()
    if target is None:
        return
    part = target / f".{name}.{os.getpid()}"
    try:
        target.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(target / name)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise ReportError(
            f"Cannot write {target / name}: {error.strerror}."
        ) from None
