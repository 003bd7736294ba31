"""What form and pad have in common: scripts, style, and how they show."""

from pathlib import Path

from anywidget import AnyWidget
from IPython.display import display

from . import LIVE

HERE = Path(__file__).parent
STYLE = (HERE / "lab.css").read_text(encoding="utf-8")


def script(name: str) -> str:
    """Return a widget's script, with what builds its elements before it."""
    return "\n".join(
        (HERE / each).read_text(encoding="utf-8")
        for each in ("elements.js", name)
    )


def show(widget: AnyWidget, text: str) -> None:
    """Show a widget below the cell; where none can be shown, the text."""
    data, metadata = widget._repr_mimebundle_()
    data["text/plain"] = text
    display(data, raw=True, metadata=metadata | LIVE)
