"""What of an executed notebook is rendered, and where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from mnist_report import markdown

RESULTS = "application/vnd.mnist-report.results+json"
NEVER = {"remove-cell", "injected-parameters"}


@dataclass
class Passage:
    """A piece of Markdown in the notebook that can be read and rewritten."""

    cell: int
    under: str
    holder: dict
    key: str

    @property
    def text(self) -> str:
        return joined(self.holder[self.key])

    @text.setter
    def text(self, text: str) -> None:
        self.holder[self.key] = text

    def place(self, offset: int = 0) -> str:
        """Name the cell and the heading nearest above an offset."""
        under = self.under
        for heading in markdown.headings(self.text):
            if heading.start <= offset:
                under = heading.text
        return place(self.cell, under)


def place(cell: int, under: str) -> str:
    """Name a cell in a message."""
    if not cell:
        return "the run's notices"
    return f"cell {cell} (under “{under}”)" if under else f"cell {cell}"


def joined(text: str | list[str]) -> str:
    """Give a notebook's multi-line string as one."""
    return text if isinstance(text, str) else "".join(text)


def tags(cell: dict) -> set[str]:
    """Give a cell's tags."""
    return set(cell.get("metadata", {}).get("tags", []))


def cells(notebook: dict) -> Iterator[tuple[int, dict]]:
    """Yield the rendered cells, each with its number in the notebook."""
    for number, cell in enumerate(notebook["cells"], 1):
        if cell["cell_type"] != "raw" and not NEVER & tags(cell):
            yield number, cell


def outputs(cell: dict) -> list[dict]:
    """Give a cell's rendered outputs."""
    if "remove-output" in tags(cell):
        return []
    return list(cell.get("outputs", []))


def report(output: dict) -> dict:
    """Give what the report's own displays say about an output."""
    return output.get("metadata", {}).get("report", {})


def kind(output: dict) -> str:
    """Give an output's kind; empty for one that the report did not make."""
    return report(output).get("kind", "")


def passages(notebook: dict) -> Iterator[Passage]:
    """Yield every rendered piece of Markdown in the order of reading."""
    under = ""
    for number, cell in cells(notebook):
        if cell["cell_type"] == "markdown":
            found = [Passage(number, under, cell, "source")]
        else:
            found = [
                passage
                for output in outputs(cell)
                for passage in output_passages(number, under, output)
            ]
        for passage in found:
            yield passage
            for heading in markdown.headings(passage.text):
                under = heading.text


def output_passages(
    number: int, under: str, output: dict
) -> Iterator[Passage]:
    """Yield the Markdown of one output: its caption, its text."""
    about = report(output)
    if about.get("caption"):
        yield Passage(number, under, about, "caption")
    if about.get("kind") != "listing" and "text/markdown" in output.get(
        "data", {}
    ):
        yield Passage(number, under, output["data"], "text/markdown")


def results(notebook: dict) -> dict | None:
    """Find the run's results; the last word counts."""
    found = None
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            found = output.get("data", {}).get(RESULTS, found)
    return found


def search(notebook: dict, text: str) -> str:
    """Name the place of the first cell that holds a text."""
    under = ""
    for number, cell in cells(notebook):
        held = [joined(cell["source"])]
        for output in outputs(cell):
            held += [joined(output.get("text", "")), *strings(output)]
        if cell["cell_type"] == "markdown":
            passage = Passage(number, under, cell, "source")
            if text in passage.text:
                return passage.place(passage.text.index(text))
            for heading in markdown.headings(passage.text):
                under = heading.text
        elif any(text in one for one in held):
            return place(number, under)
    return ""


def strings(output: dict) -> list[str]:
    """Give an output's texts and its caption."""
    data = output.get("data", {})
    texts = [
        joined(data[mime])
        for mime in ("text/markdown", "text/plain")
        if mime in data
    ]
    return [*texts, report(output).get("caption", "")]
