"""The data folder, and how a path is shown."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = "REPORT_DATA_DIR"


def resolve_data_dir(data_dir: str) -> Path:
    """Return the data folder that the parameter names."""
    chosen = data_dir or os.environ.get(ENVIRONMENT) or "data"
    return ROOT / Path(chosen).expanduser()


def shown(path: Path) -> str:
    """Return the path from the project's root where it lies inside."""
    path = Path(os.path.abspath(path))
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def origin(folder: Path, data_dir: Path) -> str:
    """Say where a folder lies without naming the machine's own paths."""
    folder, data_dir = (Path(os.path.abspath(p)) for p in (folder, data_dir))
    if folder == data_dir:
        return "the data folder"
    if folder.is_relative_to(data_dir):
        return f"{folder.relative_to(data_dir)} in the data folder"
    return shown(folder)
