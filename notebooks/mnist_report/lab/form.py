"""A form for the parameters, made from the contract and checked by it."""

from __future__ import annotations

from functools import cache
from typing import Any

from anywidget import AnyWidget
from traitlets import Dict, List, observe

from mnist_report.parameters import (
    DATASETS,
    Parameters,
    choices,
    literal,
    parse,
)

from . import assets


class Form(AnyWidget):
    """Parameters as text, to be edited, checked, and run with.

    texts: each value as one would type it on the command line; problems:
    what the contract says to them, line by line.
    """

    _esm = assets.script("form.js")
    _css = assets.STYLE
    fields = List().tag(sync=True)
    texts = Dict().tag(sync=True)
    problems = List().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(fields=fields())
        self.namespace: dict[str, Any] = {}
        self.on_msg(self._run)

    def fill(self, namespace: dict[str, Any]) -> None:
        """Show a namespace's values; a run with others will set them there."""
        self.namespace = namespace
        self.texts = {
            field["name"]: typed(namespace[field["name"]])
            if field["name"] in namespace
            else field["default"]
            for field in self.fields
        }

    def values(self) -> dict[str, Any]:
        """Return the values that the texts stand for, unchecked."""
        return {name: parse(name, text) for name, text in self.texts.items()}

    @observe("texts")
    def _check(self, _: Any) -> None:
        self.problems = Parameters.problems(self.values())

    def _run(self, _: Any, texts: dict[str, str], __: Any) -> None:
        """Set the values and let the front end run the cells, if it may."""
        self.texts = texts
        if not self.problems:
            parameters = Parameters.from_values(self.values())
            self.namespace.update(parameters.model_dump())
            self.send("run")


def fields() -> list[dict[str, Any]]:
    """Return what a form must know of each parameter."""
    return [
        {
            "name": row.name,
            "default": "" if row.default == '""' else row.default,
            "allowed": row.allowed,
            "unit": row.unit,
            "meaning": row.meaning,
            "choices": choices(row.name),
            "suggestions": DATASETS if row.name == "dataset" else (),
        }
        for row in Parameters().table()
    ]


def typed(value: Any) -> str:
    """Return a value as one would type it on the command line."""
    return value if isinstance(value, str) else literal(value)


def show(namespace: dict[str, Any]) -> None:
    """Show the kernel's one form, which keeps its place when run again."""
    form = _form()
    form.fill(namespace)
    assets.show(form, "A form for the parameters.")


@cache
def _form() -> Form:
    return Form()
