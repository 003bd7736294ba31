"""Links say what the run found, or the report stops."""

import copy

import pytest
import rendering_fixtures as sample
from rendering_fixtures import code, figure, markdown, notebook, results, table

from mnist_report.errors import ReportError
from mnist_report.markdown import citations, slug
from mnist_report.rendering import bind


def bound(text: str, *more) -> str:
    """Bind a text below a heading and above some exhibits."""
    cells = [
        markdown("## First"),
        markdown(text),
        code("curves()", *figure("fig-curves", "Loss.", "A curve.")),
        code("compare()", *table("tbl-methods", "Errors.", "| A |\n|---|")),
        markdown(r"$$ x \label{eq-a} $$ $$ y \label{eq-loss} $$"),
        *more,
        code("bundle()", results()),
    ]
    return bind(notebook(cells)).cells[1].source


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[old](#val-cnn-accuracy)", "99.41 %"),
        ("[](#val-cnn-accuracy)", "99.41 %"),
        ("[1 to 2](#val-cnn-accuracy-interval)", "99.24 % to 99.55 %"),
        ("[0.1](#par-learning_rate)", "0.003"),
        ("[one](#par-lr_schedule)", r"one\_cycle"),
        ("[Figure 7](#fig-curves)", "Figure 1"),
        ("[7](#fig-curves)", "1"),
        ("[the curves](#fig-curves)", "the curves"),
        ("[Table](#tbl-methods)", "Table 1"),
        ("[7](#eq-loss)", "2"),
        ("[(7)](#eq-loss)", "(2)"),
        ("[Equation 7](#eq-loss)", "Equation 2"),
        ("[Section 7](#first)", "Section 1"),
        ("[Section 7](#First)", "Section 1"),
        ("[the beginning](#first)", "the beginning"),
    ],
)
def test_link_says_what_the_run_found(link, expected):
    assert bound(f"See {link}!").startswith(f"See [{expected}](#")


def test_sections_and_appendices_are_numbered():
    links = "[Section 0](#results) [Section 0](#errors) "
    links += "[Section 0](#extra) [Appendix 0](#more) [0](#more)"
    text = bound(
        links,
        markdown("## Results\n\n### Errors\n\n## References"),
        markdown("## Extra <!-- .appendix -->\n\n### More"),
    )
    for expected in (
        "[Section 2](#results)",
        "[Section 2.1](#errors)",
        "[Appendix A](#extra)",
        "[Appendix A.1](#more)",
        "[A.1](#more)",
    ):
        assert expected in text


def test_unnumbered_sections_do_not_count():
    text = bound(
        "[Section 0](#after)",
        markdown("## Thanks <!-- .unnumbered -->\n\n## After"),
    )
    assert text == "[Section 2](#after)"


def test_link_to_an_unnumbered_section_by_number_is_refused():
    with pytest.raises(ReportError, match="has no number"):
        bound(
            "[Section 1](#thanks)", markdown("## Thanks <!-- .unnumbered -->")
        )


def test_repeated_headings_get_anchors_as_on_github():
    text = bound("[Section 0](#first-1)", markdown("## First"))
    assert text == "[Section 2](#first-1)"


def test_finding_keeps_one_full_stop():
    assert ".." not in bound("[x](#find-cnn-better).")
    assert bound("[x](#find-cnn-better)").endswith(".](#find-cnn-better)")


def test_links_in_a_finding_are_resolved():
    text = bound("[x](#find-summary)")
    assert "1.36 % (Table 1)" in text
    assert text.count("](#") == 1


def test_findings_that_quote_each_other_in_a_circle_are_refused():
    bundle = copy.deepcopy(sample.BUNDLE)
    bundle["findings"]["cnn-better"]["sentence"] = "So [x](#find-summary)."
    cells = [markdown("## A\n\n[x](#find-summary)"), code("", results(bundle))]
    with pytest.raises(ReportError, match="quote each other"):
        bind(notebook(cells))


@pytest.mark.parametrize(
    "text",
    [
        "`[0](#val-nothing)`",
        "``a ` [0](#val-nothing)``",
        "```\n[0](#val-nothing)\n## Not a heading\n```",
        "~~~\n[0](#val-nothing)\n~~~",
        "<!-- [0](#val-nothing) -->",
        r"\[0](#val-nothing)",
        "[0](https://example.org/#val-nothing)",
    ],
)
def test_code_comments_and_other_links_stay(text):
    assert bound(text) == text


@pytest.mark.parametrize(
    ("link", "hint"),
    [
        ("#val-cnn-acuracy", "did you mean #val-cnn-accuracy?"),
        ("#par-learning-rate", "did you mean #par-learning_rate?"),
        ("#find-cnn-beter", "did you mean #find-cnn-better?"),
        ("#fig-curve", "did you mean #fig-curves?"),
        ("#tbl-method", "did you mean #tbl-methods?"),
        ("#eq-los", "did you mean #eq-loss?"),
        ("#frist", "did you mean #first?"),
        ("#val-learning_rate", "did you mean #par-learning_rate?"),
    ],
)
def test_missing_target_names_cell_heading_and_nearest(link, hint):
    with pytest.raises(ReportError) as caught:
        bound(f"[0]({link})")
    assert f"cell 2 (under “First”): {link}" in str(caught.value)
    assert hint in str(caught.value)


def test_all_problems_are_told_at_once():
    with pytest.raises(ReportError) as caught:
        bound("[a](#fig-none) [b](#nowhere) [c](#val-svm-error-interval)")
    message = str(caught.value)
    assert "#fig-none: there is no such figure" in message
    assert "#nowhere: there is no such section" in message
    assert "the value svm-error has no interval" in message


def test_links_to_removed_figures_have_no_target():
    cells = [
        markdown("## A\n\n[Figure 1](#fig-a)"),
        code("f()", *figure("fig-a", "A.", "A."), tags=("remove-output",)),
    ]
    with pytest.raises(ReportError, match="#fig-a: there is no such figure"):
        bind(notebook(cells))


def test_values_need_results():
    cells = [markdown("## A\n\n[0](#val-cnn-accuracy)")]
    with pytest.raises(ReportError, match="needs the run's results"):
        bind(notebook(cells))


def test_results_are_found_in_a_removed_cell():
    cells = [
        markdown("[0](#val-svm-error)"),
        code("bundle()", results(), tags=("remove-cell",)),
    ]
    assert "1.36" in bind(notebook(cells)).cells[0].source


def test_duplicate_labels_are_refused():
    twice = figure("fig-a", "A.", "A.")
    cells = [markdown("## A"), code("f()", *twice), code("g()", *twice)]
    with pytest.raises(ReportError, match="label fig-a is used already in"):
        bind(notebook(cells))


def test_caption_outputs_get_the_number_of_their_exhibit():
    executed = notebook(
        [
            code("f()", *figure("fig-a", "See [0](#fig-b).", "A.")),
            code("g()", *figure("fig-b", "B.", "B.")),
        ]
    )
    captions = [cell.outputs[1].data for cell in bind(executed).cells]
    assert captions[0]["text/markdown"] == "**Figure 1.** See [2](#fig-b)."
    assert captions[1]["text/plain"].startswith("Figure 2.")


def test_captions_and_markdown_outputs_are_bound(tmp_path):
    whole = bind(sample.sample(tmp_path))
    for cell in whole.cells:
        for output in cell.get("outputs", []):
            about = output.get("metadata", {}).get("report", {})
            assert "[0](#val" not in about.get("caption", "")
            if about.get("kind") in {"text", "caption", "finding"}:
                assert "[0" not in output["data"]["text/markdown"]


def test_binding_twice_changes_nothing(tmp_path):
    once = bind(sample.sample(tmp_path))
    assert bind(once) == once


def test_the_notebook_given_stays_as_it_is(tmp_path):
    given = sample.sample(tmp_path)
    before = copy.deepcopy(given)
    bind(given)
    assert given == before


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Equity, diversity & inclusion", "equity-diversity--inclusion"),
        ("Model and `loss`", "model-and-loss"),
        ("The *best* of [all](#x)", "the-best-of-all"),
        ("Table of layer_names", "table-of-layer_names"),
    ],
)
def test_slugs_are_those_of_github(title, expected):
    assert slug(title) == expected


def test_citations_are_told_from_addresses():
    text = "a@b.org [@Key2000a; @Key2001b, p. 3] @Key2002c. `@no` @{odd key}"
    assert [key for _, key in citations(text)] == [
        "Key2000a",
        "Key2001b",
        "Key2002c",
        "odd key",
    ]
