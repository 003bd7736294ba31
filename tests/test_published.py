"""The record of others' results: sources, sizes, order, words."""

import re
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from sklearn.datasets import load_digits

from mnist_report import figures, illustrations, published, tables

mpl.use("agg")
ROOT = Path(__file__).parents[1]
RESULTS = published.results()
# as verified in each source
ERRORS = {
    "an2020ensemble": "0.13 0.09",
    "belongie2002shape": "0.63",
    "byerly2021no": "0.17 0.13",
    "ciresan2010deep": "0.35",
    "ciresan2011committees": "0.27",
    "ciresan2011flexible": "0.35",
    "ciresan2012multi": "0.23",
    "decoste2002training": "0.68 0.56",
    "deotte2018mnist": "0.359 0.255",
    "hasanpour2016lets": "0.28 0.25",
    "hirata2023ensemble": "0.16",
    "kawrakow2025mnist": "2.58 0.61 0.38",
    "keysers2007deformation": "0.52",
    "lecun1994mnist": "0.83 0.54 0.53 0.39",
    "lecun1998gradient": "12.0 8.4 5.0 4.7 4.5 3.3 3.05 2.95 2.5 2.45 2.4 "
    "1.7 1.1 1.1 1.1 1.0 0.95 0.8 0.7",
    "lin2013nin": "0.47",
    "simard2003best": "1.6 1.1 0.7 0.6 0.4",
    "srivastava2014dropout": "1.06 0.95",
    "wan2013regularization": "0.21",
}


def connected(*widths):
    """Return the number of weights and biases of a fully connected net."""
    return sum((m + 1) * n for m, n in pairwise(widths))


def test_errors_are_those_of_their_sources():
    found = {}
    for row in RESULTS:
        found.setdefault(row.source, []).append(row.error)
    ordered = {
        source: " ".join(sorted(errors, key=float, reverse=True))
        for source, errors in found.items()
    }
    assert ordered == ERRORS


def test_sources_stand_in_the_bibliography():
    entries = re.findall(
        r"^@\w+{(\S+),", (ROOT / "references.bib").read_text(), re.MULTILINE
    )
    assert {row.source for row in RESULTS} <= set(entries)


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("linear", connected(784, 10)),
        ("800 units", connected(784, 800, 10)),
        # 156 + 12 + 1,516 + 32 + 48,120 + 10,164
        ("LeNet-5", 156 + 12 + 1516 + 32 + 48_120 + 10_164),
    ],
)
def test_small_networks_have_the_stated_parameters(method, parameters):
    stated = {row.parameters for row in RESULTS if row.method == method}
    assert f"{parameters:,}" in stated


def test_the_deep_network_has_the_stated_parameters():
    count = connected(784, 2500, 2000, 1500, 1000, 500, 10)
    [row] = [row for row in RESULTS if row.source == "ciresan2010deep"]
    assert row.parameters == f"{count / 1e6:.2f} M"


def test_results_are_ordered_by_family_and_year():
    keys = [
        (published.FAMILIES.index(row.family), row.year) for row in RESULTS
    ]
    assert keys == sorted(keys)
    assert {row.family for row in RESULTS} == set(published.FAMILIES)


def test_year_is_the_source_s_unless_it_lists_others_results():
    for row in RESULTS:
        if row.source != "lecun1994mnist":
            assert str(row.year) in row.source


def test_table_names_each_family_once_and_cites_each_row():
    table = tables.published(RESULTS)
    assert len(table.rows) == len(RESULTS) + len(published.FAMILIES)
    cited = [row[-1] for row in table.rows if row[-1]]
    assert cited == [f"@{row.source}" for row in RESULTS]


def test_figure_s_words_name_the_lowest_error_and_both_lines():
    alt = figures.published(RESULTS, 0.002, published.LABEL_DOUBT).alt
    for expected in ("0.09 % in 2020", "0.2%", "0.15%", "0.52 % (2007)"):
        assert expected in alt


def test_convolution_s_sum_is_the_framed_response():
    image = load_digits().images[4]
    alt = illustrations.convolution(image, row=3, column=2).alt
    patch = image[2:5, 1:4]
    total = (patch * illustrations.LEFT_EDGE).sum()
    assert total != 0
    assert f"add up to {total:g}" in alt


def test_rules_agree_with_scikit_learn():
    from sklearn.neighbors import KNeighborsClassifier

    x, y = illustrations._two_classes(15, 3)
    places = np.random.default_rng(0).normal(size=(200, 2))
    votes = illustrations._neighbours_vote(x, y, places)
    theirs = KNeighborsClassifier(illustrations.NEIGHBOURS).fit(x, y)
    assert (np.sign(votes) == theirs.predict(places)).all()
