"""The model card and the datasheet, as the report's appendices show them.

Both are Markdown whose links name results; the model card is the one that
`make export` lays beside the model.
"""

import re
from hashlib import blake2b
from pathlib import Path

from torch import Tensor

from mnist_report import markdown
from mnist_report.datasets import Dataset
from mnist_report.display import Display
from mnist_report.results import Results

FOLDER = Path(__file__).parent
# of the card, what the report does not say elsewhere
FIRST, LAST = "## Intended use", "## Parameters of the run"
HEADING = re.compile(r"^## (.+)\n\n(?=(.))", re.MULTILINE)
LINK = re.compile(r"\[[^\[\]]*\]\((#(val|find)-([\w-]+?)(-interval)?)\)")


def model_card(show: Display) -> None:
    """Show what the network is made for, and what is to be minded."""
    card = _read("model_card.md")
    show.text(
        "**Model card,** in the sections of its authors "
        "[@mitchell2019model]. `make export` writes it whole, beside the "
        "model and a program that uses it."
    )
    card = card[card.index(FIRST) : card.index(LAST)]
    show.text(filled(led(card), show.results))


def datasheet(show: Display, data: Dataset) -> None:
    """Show what is known of the data, after Gebru et al. (2021)."""
    show.results.record(
        "copied-images",
        copied(data.test_images, data.train_images),
        "test images that are training images too",
        form=",d",
        n=len(data.test_images),
    )
    show.text(
        f"**Datasheet** of {data.title}, in the sections of its authors "
        "[@gebru2021datasheets]."
    )
    sheet = _read("datasheet_mnist.md" if data.is_mnist else "datasheet.md")
    show.text(filled(led(sheet), show.results))


def filled(text: str, results: Results) -> str:
    """Return Markdown whose links say what this run found.

    The build binds them once more; a reader in JupyterLab has no build.
    """

    def said(link: re.Match) -> str:
        target, kind, name, interval = link.groups()
        if kind == "find":
            return f"[{results.findings[name].sentence}]({target})"
        value = results.values[name]
        words = value.interval_text if interval else value.text
        return f"[{markdown.escaped(words)}]({target})"

    return LINK.sub(said, text)


def led(text: str) -> str:
    """Return Markdown with its headings as the first words of paragraphs."""
    return HEADING.sub(
        lambda heading: (
            f"**{heading[1]}.**" + ("\n\n" if heading[2] in "-|" else " ")
        ),
        text,
    )


def copied(images: Tensor, others: Tensor) -> int:
    """Return how many of the images (N, …) are among the others."""
    known = set(map(_digest, others))
    return sum(_digest(image) in known for image in images)


def _digest(image: Tensor) -> bytes:
    # in place of the pixels, of which there would be a second copy
    return blake2b(image.numpy().tobytes(), digest_size=16).digest()


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8").strip()
