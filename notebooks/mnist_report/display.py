"""Figures, tables and text as notebook outputs that carry their meaning.

Each shows well in JupyterLab; label, caption and alternative text travel in
the output's metadata, where the exporters find them.
"""

import base64
import io
import json
import re
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from IPython.display import display

from mnist_report import compact, legibility, plotted
from mnist_report.errors import ReportError
from mnist_report.figures import Picture
from mnist_report.results import MIME, NO_BREAK_SPACE, Results
from mnist_report.tables import Table

WORDS = {"fig": "Figure", "tbl": "Table"}
PER_CENT = re.compile(r"(?<=\d)\s?%")


class Display:
    """Show a run's exhibits, numbered in the order of their first showing.

    remark: added to the captions of exhibits made from the run's data.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        self.remark = ""
        self.looks: dict[str, list[legibility.Pair]] = {}
        """Of each figure, the series that its reader must tell apart."""
        self._labels: dict[str, list[str]] = {"fig": [], "tbl": []}

    def figure(
        self,
        picture: Picture,
        label: str,
        caption: str,
        *,
        from_data: bool = True,
    ) -> None:
        """Show a figure with its caption (Markdown) and alternative text."""
        caption = self._caption(caption, from_data)
        alt = PER_CENT.sub(f"{NO_BREAK_SPACE}%", picture.alt.strip())
        if not alt:
            raise ReportError(
                f"The figure {label} has no alternative text; its function "
                "in figures.py must say in words what it shows."
            )
        _show(
            {
                "image/svg+xml": _svg(picture.figure, label),
                "image/png": _png(picture.figure),
                "text/plain": alt,
                plotted.MIME: plotted.contents(picture.figure),
            },
            {
                "image/svg+xml": {"alt": alt},
                "image/png": {"alt": alt},
                "report": {
                    "kind": "figure",
                    "label": label,
                    "caption": caption,
                    "alt": alt,
                },
            },
        )
        self.looks[label] = legibility.pairs(picture.figure)
        plt.close(picture.figure)
        if picture.data:
            self.results.series[label] = dict(picture.data)
        self._show_caption("Figure", label, caption)

    def table(
        self,
        table: Table,
        label: str,
        caption: str,
        *,
        from_data: bool = True,
    ) -> None:
        """Show a table with its caption (Markdown) above it."""
        caption = self._caption(caption, from_data)
        text = pipe_table(table)
        self._show_caption("Table", label, caption)
        _show(
            {"text/markdown": text, "text/plain": text},
            {"report": {"kind": "table", "label": label, "caption": caption}},
        )

    def link(self, label: str) -> str:
        """Return a link to an exhibit that is shown, or is next to be."""
        return f"[{WORDS[label[:3]]} {self._number(label)}](#{label})"

    def text(self, markdown: str) -> None:
        """Show a paragraph of computed prose."""
        _show(
            {"text/markdown": markdown, "text/plain": markdown},
            {"report": {"kind": "text"}},
        )

    def listing(self, text: str, language: str = "text") -> None:
        """Show a file or another listing."""
        _show(
            {
                "text/markdown": f"````{language}\n{text}\n````",
                "text/plain": text,
            },
            {"report": {"kind": "listing", "language": language}},
        )

    def bundle(self) -> None:
        """Store all results in the notebook, where the build finds them."""
        bundle = self.results.bundle()
        values, findings = len(bundle["values"]), len(bundle["findings"])
        _show(
            {
                MIME: json.loads(json.dumps(bundle)),
                "text/plain": f"{values} values and {findings} findings",
            },
            {"report": {"kind": "results"}},
        )

    def _caption(self, caption: str, from_data: bool) -> str:
        return f"{caption} {self.remark}".strip() if from_data else caption

    def _show_caption(self, word: str, label: str, caption: str) -> None:
        kind = {name: key for key, name in WORDS.items()}[word]
        if not label.startswith(kind + "-"):
            raise ValueError(f"the label {label!r} must begin with {kind}-")
        text = f"**{word} {self._number(label)}.** {caption}"
        _show(
            {"text/markdown": text, "text/plain": text},
            {"report": {"kind": "caption", "of": label}},
        )

    def _number(self, label: str) -> int:
        labels = self._labels[label[:3]]
        if label not in labels:
            labels.append(label)
        return labels.index(label) + 1


def pipe_table(table: Table) -> str:
    """Return a Markdown pipe table.

    Where the table fills the page, a column whose letter is doubled, as in
    ("ll", "r"), is twice as wide as one whose letter is not.
    """
    rule = [_rule(column) for column in table.align]
    return "\n".join(
        "| " + " | ".join(map(_cell, line)) + " |"
        for line in (table.header, rule, *table.rows)
    )


def _rule(column: str) -> str:
    dashes = "-" * (3 * len(column) - 2)
    return {
        "l": f":-{dashes}",
        "r": f"{dashes}-:",
        "c": f":{dashes}:",
    }[column[0]]


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _show(data: dict[str, Any], metadata: dict[str, Any]) -> None:
    display(data, raw=True, metadata=metadata)


def _svg(figure: plt.Figure, label: str) -> str:
    # the label salts the identifiers: two figures in one HTML page must not
    # share them, and the same figure must have the same ones in each run
    stream = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": label}):
        figure.savefig(
            stream, format="svg", metadata={"Date": None, "Creator": None}
        )
    return compact.svg(stream.getvalue())


def _png(figure: plt.Figure) -> str:
    # laid out once, when it was drawn
    figure.set_layout_engine("none")
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=144, metadata={"Software": None})
    return base64.b64encode(compact.png(stream.getvalue())).decode()
