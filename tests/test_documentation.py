"""The model card and the datasheet in the report's appendices."""

import dataclasses

import pytest
import torch

from mnist_report import documentation
from mnist_report.datasets import digits
from mnist_report.parameters import Parameters
from mnist_report.rendering import markdown
from mnist_report.rendering.links import split
from mnist_report.results import Results

DATA = digits.load()


class Shown:
    """What would have been shown."""

    def __init__(self):
        self.results = Results(Parameters())
        self.texts = []

    def text(self, markdown):
        self.texts.append(markdown)


def test_copies_are_counted_pixel_by_pixel():
    images = torch.arange(12, dtype=torch.uint8).view(3, 1, 2, 2)
    others = torch.cat([images[1:2], images[1:2], images[2:] + 1])
    assert documentation.copied(images, others) == 1
    assert documentation.copied(others, images) == 2


def test_headings_lead_their_paragraphs():
    text = "## A\n\nOne.\n\n## B\n\n- two\n- three\n\n## C\n\n| x |\n"
    assert documentation.led(text) == (
        "**A.** One.\n\n**B.**\n\n- two\n- three\n\n**C.**\n\n| x |\n"
    )


@pytest.mark.parametrize("key", ["mnist", "digits"])
def test_datasheet_is_the_data_sets_own(key):
    show = Shown()
    data = dataclasses.replace(DATA, key=key, title="THESE")
    documentation.datasheet(show, data)
    text = "\n".join(show.texts)
    assert show.results.values["copied-images"].n == len(data.test_images)
    assert "THESE" in text
    # of other data it must not be said who wrote them
    assert ("Census Bureau" in text) == (key == "mnist")
    assert "**Composition.** Grey" in text
    assert "##" not in text


def test_model_card_keeps_its_sections_and_bound_numbers():
    show = Shown()
    documentation.model_card(show)
    text = "\n".join(show.texts)
    for section in ("Intended use", "Factors", "Caveats and recommendations"):
        assert f"**{section}.**" in text
    targets = [link.target for link in markdown.links(text)]
    assert {split(target)[0] for target in targets} == {"val", "find"}
    assert len(targets) > 30
    assert "##" not in text
    assert "<!--" not in text
