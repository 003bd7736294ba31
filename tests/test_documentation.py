"""The model card and the datasheet in the report's appendices."""

import dataclasses

import nbformat
import pytest
import torch
from notebook_cells import NOTEBOOK

from mnist_report import documentation, markdown, run
from mnist_report.datasets import digits
from mnist_report.parameters import Parameters
from mnist_report.rendering.links import split
from mnist_report.results import Bundle, Results

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


@pytest.fixture(scope="module")
def results():
    """Return the committed run's results."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return Bundle(**run.results(notebook))


def shown(results):
    """Return a display that has the results but for what is recorded."""
    show = Shown()
    show.results.values = {
        name: value
        for name, value in results.values.items()
        if name != "copied-images"
    }
    show.results.findings = results.findings
    return show


@pytest.mark.parametrize("key", ["mnist", "digits"])
def test_datasheet_is_the_data_sets_own(key, results):
    show = shown(results)
    data = dataclasses.replace(DATA, key=key, title="THESE")
    documentation.datasheet(show, data)
    text = "\n".join(show.texts)
    assert show.results.values["copied-images"].n == len(data.test_images)
    assert "THESE" in text
    # of other data it must not be said who wrote them
    assert ("Census Bureau" in text) == (key == "mnist")
    assert "**Composition.** Grey" in text
    assert "##" not in text


def test_links_say_what_the_run_found(results):
    text = (
        "[1](#val-test-error), [2](#val-test-error-interval). [No.](#find-x)"
    )
    value = results.values["test-error"]
    x = results.findings["classes-differ"]
    found = results.model_copy(update={"findings": {"x": x}})
    assert documentation.filled(text, found) == (
        f"[{value.text}](#val-test-error), "
        f"[{value.interval_text}](#val-test-error-interval). "
        f"[{x.sentence}](#find-x)"
    )


@pytest.mark.parametrize("name", ["\\", "[x]", "]", "`", "*"])
def test_class_names_that_are_markdown_break_no_link(name, results):
    value = results.values["worst-class"].model_copy(update={"text": name})
    values = {**results.values, "worst-class": value}
    found = results.model_copy(update={"values": values})
    text = documentation.filled("Worst: [9](#val-worst-class).", found)
    (link,) = markdown.links(text)
    assert markdown.plain(link.text) == name


def test_model_card_keeps_its_sections_and_bound_numbers(results):
    show = shown(results)
    documentation.model_card(show)
    text = "\n".join(show.texts)
    for section in ("Intended use", "Factors", "Caveats and recommendations"):
        assert f"**{section}.**" in text
    targets = [link.target for link in markdown.links(text)]
    assert {split(target)[0] for target in targets} == {"val", "find"}
    assert len(targets) > 30
    assert "##" not in text
    assert "<!--" not in text
