"""The values a run measured: typography, refusals, schema."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from mnist_report import results as module
from mnist_report.errors import ReportError
from mnist_report.parameters import Parameters
from mnist_report.results import Finding, Results

SCHEMA = Path(module.__file__).with_name("results.schema.json")
FINDING = Finding(verdict="yes", question="Q?", sentence="S.", evidence="E")


@pytest.fixture
def results():
    return Results(Parameters())


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (0.00583, ".2%", "0.58\u00a0%"),
        (1, ".1%", "100.0\u00a0%"),
        (-0.01234, ".2%", "\u22121.23\u00a0%"),
        (103066, ",d", "103,066"),
        (1e-05, "", "1e\u221205"),
        ("one-cycle", "", "one-cycle"),
        (None, "", "None"),
    ],
)
def test_typography_of_a_number(value, form, text):
    assert module.number(value, form) == text


@pytest.mark.parametrize(
    ("interval", "form", "unit", "text"),
    [
        ((0.0024, 0.0055), ".2%", "", "0.24\u20130.55\u00a0%"),
        ((-0.01, 0.02), ".0%", "", "\u22121 to 2\u00a0%"),
        ((-0.02, -0.01), ".0%", "", "\u22122 to \u22121\u00a0%"),
        ((1200, 3400), ",d", "", "1,200\u20133,400"),
        ((1.25, 2.5), ".1f", "s", "1.2\u20132.5\u00a0s"),
    ],
)
def test_typography_of_an_interval(interval, form, unit, text):
    assert module.span(interval, form, unit) == text


@pytest.mark.parametrize(
    ("p_value", "text"),
    [(0.0321, "p = 0.032"), (0.001, "p = 0.001"), (0.0009, "p < 0.001")],
)
def test_typography_of_a_p_value(p_value, text):
    assert module.p_text(p_value) == text


def test_recorded_value_is_printed_with_unit_and_interval(results):
    results.record(
        "time",
        12.345,
        "time",
        form=".1f",
        unit="s",
        n=3,
        interval=(11, 13.5),
        varies="machine",
        reason="another machine",
    )
    value = results.bundle()["values"]["time"]
    assert results.text("time") == value["text"] == "12.3\u00a0s"
    assert value["interval_text"] == "11.0\u201313.5\u00a0s"
    assert value["interval"] == [11, 13.5]
    assert value["value"] == 12.345


def test_per_cent_is_the_unit_of_a_share(results):
    results.record("share", 0.5, "share", form=".1%")
    assert results.values["share"].unit == "%"


@pytest.mark.parametrize(
    "details",
    [
        {"varies": "stochastic", "reason": "seeds"},
        {"tolerance": 0.1},
        {"varies": "machine", "tolerance": 0.1, "reason": "speed"},
        {"varies": "stochastic", "tolerance": 0.1},
        {"varies": "machine"},
        {"reason": "seeds"},
    ],
)
def test_variation_is_told_whole_or_not_at_all(results, details):
    with pytest.raises(ReportError, match=r"'error'.* is needed where"):
        results.record("error", 0.1, "error", **details)
    assert not results.values


def test_name_is_recorded_once(results):
    results.record("error", 0.1, "error")
    with pytest.raises(ReportError, match="'error' is recorded twice"):
        results.record("error", 0.2, "error")
    assert results.values["error"].value == 0.1


def test_error_rate_has_wilson_s_interval_and_a_count(results):
    results.record_error_rate("error", np.int64(15), np.int64(148), "error")
    rate, count = results.values["error"], results.values["error-count"]
    assert rate.value == 15 / 148
    assert rate.interval == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert rate.text == "10.14\u00a0%"
    assert (count.value, count.text) == (15, "15")
    assert rate.n == count.n == 148
    assert rate.tolerance == pytest.approx((0.1605 - 0.0624) / 2, abs=1e-4)
    assert count.tolerance == pytest.approx(rate.tolerance * 148)


def test_mean_error_speaks_of_its_seeds(results):
    results.record_mean_error("error", [0.01, 0.02, 0.03], 1000, "error")
    value = results.values["error"]
    assert value.value == pytest.approx(0.02)
    # Student: 0.02 ± 4.303 × 0.01 / √3, cut at 0
    assert value.interval == pytest.approx((0, 0.04484), abs=1e-5)
    assert value.n == 3
    assert results.text("error-spread") == (
        "3 seeds with a standard deviation of 1.000 percentage points and a "
        "95\u00a0% interval for the mean of 0.00\u20134.48\u00a0%"
    )


def test_mean_error_of_one_seed_has_no_interval(results):
    results.record_mean_error("error", [0.01], 1000, "error")
    assert results.values["error"].interval is None
    assert results.values["error"].interval_text is None
    assert results.text("error-spread").startswith("a single seed")


def test_equal_seeds_are_not_given_an_interval_in_words(results):
    results.record_mean_error("error", [0.9, 0.9], 1000, "error")
    said = "2 seeds, all of the same error rate"
    assert results.text("error-spread") == said


def full(results):
    """Return the bundle of results of every kind."""
    results.record("title", "MNIST", "data set")
    results.record_words("worst", np.str_("8"), "worst class")
    results.record_error_rate("error", 58, 10_000, "error")
    results.record_mean_error("mean", [0.01, 0.02], 1000, "mean")
    results.conclude(seeds_differ=FINDING)
    results.notices.append("Digits stood in.")
    results.provenance = {"commit": "0" * 40, "seeds": [0, 1]}
    return results.bundle()


def test_bundle_passes_its_schema(results):
    bundle = json.loads(json.dumps(full(results), allow_nan=False))
    jsonschema.validate(bundle, json.loads(SCHEMA.read_text()))
    assert bundle["parameters"]["num_seeds"] == {"value": 3, "text": "3"}
    assert list(bundle["findings"]) == ["seeds-differ"]
    assert bundle["values"]["worst"]["value"] == "8"


@pytest.mark.parametrize(
    "damage",
    [
        lambda bundle: bundle.pop("headline"),
        lambda bundle: bundle.update(more=1),
        lambda bundle: bundle["values"]["error"].update(interval=[0.1]),
        lambda bundle: bundle["values"]["error"].update(varies="perhaps"),
        lambda bundle: bundle["findings"]["seeds-differ"].pop("sentence"),
    ],
)
def test_schema_refuses_another_form(results, damage):
    bundle = full(results)
    damage(bundle)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(bundle, json.loads(SCHEMA.read_text()))


def test_committed_schema_is_that_of_the_code():
    text = json.dumps(module.schema(), indent=2, ensure_ascii=False) + "\n"
    jsonschema.Draft202012Validator.check_schema(json.loads(text))
    assert SCHEMA.read_text(encoding="utf-8") == text, (
        f"write results.schema() to {SCHEMA.name} again, indented by 2"
    )
