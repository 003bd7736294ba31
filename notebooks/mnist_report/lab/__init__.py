"""What a reader in JupyterLab has beside the report: form, bars, pad, text.

A run without a reader shows none of it and imports nothing for it.
"""

import sys
from collections.abc import Sequence
from typing import Any

# what is not for the report made from a notebook saved by hand
LIVE = {"report": {"kind": "live"}}


def is_live() -> bool:
    """Say whether a reader's front end asked for the cell that runs.

    JupyterLab and its relatives name the cell in their request; papermill,
    nbconvert and nbval send its source alone.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    request = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return "cellId" in request.get("metadata", {})


def follow_progress() -> None:
    """Show bars with the time left below each cell that reports progress."""
    if is_live():
        from .bars import follow

        follow()


def parameters_form(namespace: dict[str, Any]) -> None:
    """Show a form that sets the parameters of a notebook's namespace."""
    if is_live():
        from .form import show

        show(namespace)


def drawing_pad(compared: Any, class_names: Sequence[str]) -> None:
    """Show a pad to draw on, read by each method of the comparison."""
    if is_live():
        from .pad import show

        show(compared, class_names)


def follow_results(results: Any) -> None:
    """Let the numbers of the text on the page follow the results."""
    if is_live():
        from .text import show

        show(results)
