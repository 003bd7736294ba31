"""Exhibits as outputs: what travels with them into the exporters."""

import base64

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from mnist_report import display
from mnist_report.display import Display, pipe_table
from mnist_report.figures import Picture
from mnist_report.parameters import Parameters
from mnist_report.results import MIME, Results
from mnist_report.tables import Table

mpl.use("agg")
TABLE = Table(["Layer", "n"], [("ReLU", 1)], "lr")


@pytest.fixture
def outputs(monkeypatch):
    """Collect what is displayed, as (data, metadata)."""
    shown = []

    def keep(data, *, raw, metadata):
        assert raw
        shown.append((data, metadata))

    monkeypatch.setattr(display, "display", keep)
    return shown


@pytest.fixture
def show(outputs):
    return Display(Results(Parameters()))


def picture(alt="A line that rises."):
    figure, ax = plt.subplots(figsize=(2, 1))
    ax.plot([0, 1])
    return Picture(figure, alt)


def captions(outputs):
    """Return the numbered captions, in their order."""
    return [
        data["text/markdown"]
        for data, metadata in outputs
        if metadata["report"]["kind"] == "caption"
    ]


def test_figure_carries_its_meaning(show, outputs):
    drawn = picture()
    show.figure(drawn, "fig-curves", "**Curves.** See [1](#eq-loss).")
    (data, metadata), (caption, of) = outputs
    assert data["image/svg+xml"].lstrip().startswith("<?xml")
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == "A line that rises."
    assert metadata["image/svg+xml"]["alt"] == "A line that rises."
    assert metadata["image/png"]["alt"] == "A line that rises."
    assert metadata["report"] == {
        "kind": "figure",
        "label": "fig-curves",
        "caption": "**Curves.** See [1](#eq-loss).",
        "alt": "A line that rises.",
    }
    assert of["report"] == {"kind": "caption", "of": "fig-curves"}
    assert caption["text/markdown"] == (
        "**Figure 1.** **Curves.** See [1](#eq-loss)."
    )
    assert not plt.fignum_exists(drawn.figure.number)


def test_alternative_text_keeps_a_number_with_its_percent_sign(show, outputs):
    show.figure(picture("At 5% and 7 %."), "fig-curves", "**Curves.**")
    assert outputs[0][1]["report"]["alt"] == "At 5\u00a0% and 7\u00a0%."


def test_link_has_the_number_that_the_exhibit_will_have(show, outputs):
    show.table(TABLE, "tbl-layers", "**Layers.**")
    assert show.link("tbl-seeds") == "[Table 2](#tbl-seeds)"
    assert show.link("fig-curves") == "[Figure 1](#fig-curves)"
    show.table(TABLE, "tbl-seeds", "**Seeds.**")
    assert captions(outputs)[1].startswith("**Table 2.**")
    assert show.link("tbl-layers") == "[Table 1](#tbl-layers)"


def test_table_carries_its_meaning_below_its_caption(show, outputs):
    show.table(TABLE, "tbl-layers", "**Layers.**")
    (_, of), (data, metadata) = outputs
    assert of["report"] == {"kind": "caption", "of": "tbl-layers"}
    assert metadata["report"] == {
        "kind": "table",
        "label": "tbl-layers",
        "caption": "**Layers.**",
    }
    assert data["text/markdown"] == (
        "| Layer | n |\n| :-- | --: |\n| ReLU | 1 |"
    )


def test_exhibits_are_numbered_in_the_order_of_their_showing(show, outputs):
    show.figure(picture(), "fig-b", "B.")
    show.table(TABLE, "tbl-t", "T.")
    show.figure(picture(), "fig-b", "B again.")
    show.figure(picture(), "fig-a", "A.")
    assert captions(outputs) == [
        "**Figure 1.** B.",
        "**Table 1.** T.",
        "**Figure 1.** B again.",
        "**Figure 2.** A.",
    ]


def test_remark_stands_only_where_the_data_do(show, outputs):
    show.remark = "Data: embedded digits."
    show.figure(picture(), "fig-a", "A.")
    show.figure(picture(), "fig-b", "B.", from_data=False)
    show.table(TABLE, "tbl-a", "A.")
    show.table(TABLE, "tbl-b", "B.", from_data=False)
    carried = {
        metadata["report"]["label"]: metadata["report"]["caption"]
        for _, metadata in outputs
        if "label" in metadata["report"]
    }
    with_remark = "A. Data: embedded digits."
    assert carried == {
        "fig-a": with_remark,
        "fig-b": "B.",
        "tbl-a": with_remark,
        "tbl-b": "B.",
    }
    assert captions(outputs)[0] == f"**Figure 1.** {with_remark}"


@pytest.mark.parametrize("label", ["curves", "tbl-curves"])
def test_label_says_what_it_labels(show, label):
    with pytest.raises(ValueError, match="must begin with fig-"):
        show.figure(picture(), label, "Curves.")


def test_cells_do_not_break_a_table():
    table = Table(["a|b", "c"], [("x\ny", "|z|")], "cl")
    assert pipe_table(table) == (
        "| a\\|b | c |\n| :-: | :-- |\n| x y | \\|z\\| |"
    )


def test_text_and_listing(show, outputs):
    show.text("On *MNIST*.")
    show.listing('{"a": "```"}', "json")
    (text, text_kind), (listing, listing_kind) = outputs
    assert text["text/markdown"] == "On *MNIST*."
    assert text_kind["report"] == {"kind": "text"}
    assert listing["text/plain"] == '{"a": "```"}'
    assert listing["text/markdown"] == '````json\n{"a": "```"}\n````'
    assert listing_kind["report"] == {"kind": "listing", "language": "json"}


def test_bundle_holds_all_results(show, outputs):
    show.results.record("error", 0.1, "error", interval=(0, 0.2))
    show.bundle()
    [(data, metadata)] = outputs
    assert metadata["report"] == {"kind": "results"}
    assert data[MIME]["values"]["error"]["interval"] == [0, 0.2]
    assert data["text/plain"] == "1 values and 0 findings"
