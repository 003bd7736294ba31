"""Findings, tables, figures and records of who is served, at what cost."""

import nbformat
import numpy as np
import pytest

from mnist_report import (
    energy,
    figures,
    findings,
    grid,
    hands,
    labels,
    measurements,
    scripts,
    tables,
    writers,
)
from mnist_report.datasets.writers import Writers
from mnist_report.energy import Lap
from mnist_report.parameters import Parameters
from mnist_report.rendering import content
from mnist_report.results import NO_BREAK_SPACE, Results
from mnist_report.run import NOTEBOOK
from mnist_report.writers import Study

NAMES = {"cnn": "the CNN", "knn-pca": "nearest neighbours"}
NAMES["rbf-svm"] = "the SVM"
ABSENT = Study(reason="The files are not there.")


def who():
    """Return 20 students of 20 images each and 10 staff of 40."""
    writer = np.repeat(np.arange(30), [20] * 20 + [40] * 10)
    return Writers(writer, writer < 20)


def study(**wrong):
    """Return what is known when methods err on these images."""
    people = who()
    rows = {}
    for method, places in wrong.items():
        row = np.zeros(len(people.writer), dtype=bool)
        row[list(places)] = True
        rows[method.replace("_", "-")] = row
    both = {"train": people, "test": people}
    return Study(writers=both, readings=writers.read(rows, people))


@pytest.mark.parametrize(
    ("places", "verdict", "said"),
    [
        (range(0, 400, 10), "yes", "reads students worse"),
        (range(400, 800, 10), "no", "reads staff worse"),
        ([0, 100, 500, 700], "undecided", "cannot be told apart"),
        ([], "undecided", "cannot be told apart"),
    ],
)
def test_groups_of_writers(places, verdict, said):
    found = findings.writers_differ(study(cnn=places), "cnn", NAMES)
    assert found.verdict == verdict
    assert said in found.sentence
    assert found.sentence.startswith("The CNN")
    assert "20 students and 10 staff" in found.evidence


def test_groups_for_all_methods():
    students, staff = range(0, 400, 10), range(400, 800, 10)
    every = study(cnn=students, knn_pca=students)
    assert findings.writers_differ_for_all(every, NAMES).verdict == "yes"
    mixed = findings.writers_differ_for_all(
        study(cnn=students, knn_pca=[0, 500]), NAMES
    )
    assert mixed.verdict == "undecided"
    assert mixed.sentence == (
        "Students are read worse by the CNN, but no difference is shown for "
        "nearest neighbours."
    )
    against = study(cnn=students, knn_pca=staff)
    found = findings.writers_differ_for_all(against, NAMES)
    assert (found.verdict, found.sentence) == (
        "no",
        "Staff are read worse by nearest neighbours.",
    )


def test_errors_on_few_writers():
    few = findings.writers_unequal(study(cnn=range(19)), "cnn", NAMES)
    assert few.verdict == "yes"
    assert f"account for 100{NO_BREAK_SPACE}% of its errors" in few.sentence
    spread = findings.writers_unequal(
        study(cnn=range(0, 800, 20)), "cnn", NAMES
    )
    assert spread.verdict == "undecided"


def test_classes_by_group():
    people = who()
    truth = np.tile([0, 1], 400)
    wrong = (truth == 1) & people.student
    classes = writers.by_class(wrong, truth, ("zero", "one"), people)
    found = findings.writers_by_class(study(cnn=[]), classes, "the CNN")
    assert found.verdict == "yes"
    assert found.sentence == (
        "Class by class, the CNN reads students worse in one."
    )
    level = writers.by_class(truth == 2, truth, ("zero", "one"), people)
    found = findings.writers_by_class(study(cnn=[]), level, "the CNN")
    assert found.verdict == "undecided"
    assert len(tables.writers_by_class(classes).rows) == 2


@pytest.mark.parametrize(
    "found",
    [
        findings.writers_differ(ABSENT, "cnn", NAMES),
        findings.writers_differ_for_all(ABSENT, NAMES),
        findings.writers_unequal(ABSENT, "cnn", NAMES),
        findings.writers_by_class(ABSENT, [], "the CNN"),
        findings.disputed_labels([], [], None, NAMES),
        findings.other_hands({}, {"USPS": "no file."}, (5, 100), "the CNN"),
        findings.sure_of_other_scripts([], {}, "the CNN"),
        findings.one_network_for_all([], {"b": "no folder"}),
        findings.script_must_be_known([], {}),
        findings.cheapest_answer({}, NAMES),
    ],
)
def test_what_is_missing_is_said_with_its_reason(found):
    assert found.verdict == "not measured"
    assert found.evidence
    assert not found.evidence.endswith(".")
    assert found.sentence.endswith(".")
    assert not found.sentence.endswith("..")


def test_reasons_are_parts_of_a_sentence_and_given_once():
    missing = {"Semeion": "The network was trained on others."}
    missing |= {"USPS": missing["Semeion"], "ARDIS": "No file."}
    found = findings.other_hands({}, missing, (5, 100), "the CNN")
    assert found.sentence == (
        "Not measured in this run: Semeion and USPS (the network was trained "
        "on others) and ARDIS (no file)."
    )


def test_disputed_labels_and_what_they_decide():
    wrong = {
        "cnn": np.isin(np.arange(10_000), [1, 2, 3]),
        "knn-pca": np.isin(np.arange(10_000), labels.DISPUTED),
    }
    tested, changed = labels.decided_otherwise(wrong)
    effects = labels.effects(wrong)
    found = findings.disputed_labels(tested, changed, effects["cnn"], NAMES)
    assert found.verdict == "yes"
    assert "of the CNN and nearest neighbours is decided" in found.sentence
    calm = findings.disputed_labels(tested, [], effects["cnn"], NAMES)
    assert calm.verdict == "no"
    alone = findings.disputed_labels([], [], effects["cnn"], NAMES)
    assert alone.verdict == "not measured"
    assert "15 disputed images" in alone.sentence
    rows = tables.disputed_labels(effects, NAMES).rows
    assert rows[1][:2] == ("nearest neighbours", "15 of 15")


@pytest.mark.parametrize(
    ("errors", "verdict"),
    [
        ({"Semeion": (150, 1000)}, "yes"),
        ({"Semeion": (0, 1000), "USPS": (1, 2000)}, "no"),
        ({"Semeion": (12, 1000)}, "undecided"),
        ({"Semeion": (150, 1000), "USPS": (12, 1000)}, "undecided"),
    ],
)
def test_other_hands(errors, verdict):
    found = findings.other_hands(errors, {}, (100, 10_000), "the CNN")
    assert found.verdict == verdict
    partly = findings.other_hands(
        errors, {"X": "no file."}, (100, 10_000), "the CNN"
    )
    assert partly.sentence.endswith("Not measured: X (no file).")


def reading(right, sure):
    """Return 100 digits of a script, so many right, all with a confidence."""
    truth = np.tile(np.arange(10), 10)
    answers = np.where(np.arange(100) < right, truth, (truth + 1) % 10)
    images = np.zeros((10, 28, 28), dtype=np.uint8)
    return scripts.Reading("x", truth, answers, np.full(100, sure), images)


@pytest.mark.parametrize(
    ("right", "sure", "verdict"),
    [(20, 0.99, "yes"), (20, 0.5, "no"), (100, 0.99, "no")],
)
def test_certainty_about_other_scripts(right, sure, verdict):
    found = findings.sure_of_other_scripts(
        [reading(right, sure)], {}, "the CNN"
    )
    assert found.verdict == verdict


def test_certainty_about_few_digits_stays_open():
    mixed = reading(96, 0.99)
    mixed.confidence[98:] = 0.2
    found = findings.sure_of_other_scripts([mixed], {}, "the CNN")
    assert found.verdict == "undecided"


def learned(alone, known, together=0):
    """Return 1,000 test images of which so many are missed."""
    rows = [np.arange(1000) < count for count in (alone, together, known)]
    return scripts.Learned("x", 500, *rows)


@pytest.mark.parametrize(
    ("cases", "verdict", "said"),
    [
        ([learned(5, 50)], "yes", "it errs more on x"),
        ([learned(50, 5)], "no", "it errs less on x"),
        ([learned(5, 6)], "undecided", "no difference is shown on x"),
        ([learned(50, 5), learned(5, 50)], "yes", "it errs more"),
        ([learned(50, 5), learned(5, 5)], "undecided", "it errs less"),
    ],
)
def test_one_network_for_all_scripts(cases, verdict, said):
    found = findings.one_network_for_all(cases, {})
    assert found.verdict == verdict
    assert said in found.sentence


@pytest.mark.parametrize(
    ("known", "together", "verdict"),
    [(10, 100, "yes"), (100, 10, "no"), (10, 10, "undecided")],
)
def test_whether_the_script_must_be_known(known, together, verdict):
    found = findings.script_must_be_known([learned(0, known, together)], {})
    assert found.verdict == verdict


def test_energy_counted_or_assumed():
    assumed = findings.energy_counted(Lap("", 9, 3600, None, None), [4, 16])
    assert assumed.verdict == "no"
    assert "1.00 core hours" in assumed.sentence
    assert f"4–16{NO_BREAK_SPACE}W" in assumed.sentence
    counted = findings.energy_counted(Lap("", 9, 3600, 5.0, None), [4, 16])
    assert counted.verdict == "yes"
    assert "W" not in counted.sentence


@pytest.mark.parametrize("counted", [None, 5.0])
@pytest.mark.parametrize(
    ("accelerator", "device", "said"),
    [
        (None, "cpu", None),
        (7.0, "cuda", "graphics processor was read from its counter."),
        (None, "mps", "graphics processor is not known and left out."),
    ],
)
def test_energy_of_a_graphics_processor(counted, accelerator, device, said):
    run = Lap("", 9, 3600, counted, accelerator)
    found = findings.energy_counted(run, [4, 16], device)
    assert found.verdict == ("no" if counted is None else "yes")
    assert ("graphics" in found.sentence) == bool(said)
    assert ("graphics" in found.evidence) == bool(said)
    assert found.sentence.endswith(said or ".")


@pytest.mark.parametrize(
    ("seconds", "verdict", "said"),
    [
        (
            {"cnn": 1, "knn-pca": 2},
            "yes",
            "takes less energy than one by nearest neighbours (2.0×).",
        ),
        (
            {"cnn": 2, "knn-pca": 1},
            "no",
            "takes more energy than one by nearest neighbours (2.0×).",
        ),
        (
            {"cnn": 1, "knn-pca": 1.2, "rbf-svm": 9},
            "undecided",
            "(9.0×), and about as much as one by nearest neighbours (1.2×).",
        ),
        ({"cnn": 1}, "not measured", "no times"),
    ],
)
def test_cheapest_answer(seconds, verdict, said):
    costs = energy.costs(seconds, (4, 16))
    found = findings.cheapest_answer(costs, NAMES)
    assert found.verdict == verdict
    assert said in found.sentence


@pytest.mark.parametrize(
    ("seconds", "verdict", "said"),
    [
        ({"cnn": 0.001, "knn-pca": 0.011}, "yes", "after about 2,500 answers"),
        ({"cnn": 0.011, "knn-pca": 0.001}, "no", "is never paid back"),
        ({"cnn": 0.011}, "not measured", "no time of nearest neighbours"),
    ],
)
def test_training_is_paid_back(seconds, verdict, said):
    costs = energy.costs(seconds, (4, 16))
    found = findings.training_repaid(25.0, costs, NAMES)
    assert found.verdict == verdict
    assert said in found.sentence


def test_training_on_a_graphics_processor_is_not_held_against_cores():
    costs = energy.costs({"cnn": 0.001, "knn": 0.01}, (4, 16))
    found = findings.training_repaid(None, costs, NAMES)
    assert found.verdict == "not measured"
    assert "graphics processor" in found.sentence


def test_writers_are_counted():
    found = findings.writers_known(study(cnn=[]))
    assert found.sentence == (
        "30 people wrote the training images, 20 of them students, and 30 "
        "people wrote the test images, 20 of them students; 30 people wrote "
        "for both."
    )
    assert findings.writers_known(ABSENT).verdict == "not measured"


def test_tables_hold_what_was_measured():
    found = study(cnn=range(0, 400, 10), knn_pca=[])
    rows = tables.writers(found.readings, NAMES).rows
    assert rows[0][0] == "the CNN"
    assert rows[0][1].startswith(f"10.00{NO_BREAK_SPACE}% (")
    # no error, yet an interval: Wilson's
    assert f"(0.00–0.95{NO_BREAK_SPACE}%)" in rows[1][1]
    hand = hands.Hand("S", "people", np.array([1, 7]), np.array([1, 1]))
    rows = tables.hands({"S": hand}, {"U": "no file"}, (5, 100)).rows
    assert [row[0] for row in rows] == ["its own test images", "S", "U"]
    assert rows[1][-1] == f"7 (100{NO_BREAK_SPACE}%)"
    rows = tables.scripts([reading(20, 0.99)], [learned(5, 6, 7)], {"b": "c"})
    assert rows.rows[0][2].startswith(f"80.0{NO_BREAK_SPACE}%")
    assert rows.rows[0][3] == f"100{NO_BREAK_SPACE}%"
    assert rows.rows[1][2] == "not measured: c"


def test_energy_tables_add_up_and_keep_bounds():
    laps = [Lap("a", 10, 900, None, None), Lap("b", 5, 900, None, None)]
    rows = tables.energy(laps, (4, 16), 500).rows
    assert rows[-1][0] == "**all**"
    # half a core hour at 4 to 16 W, then at 500 g/kWh
    assert rows[-1][3:] == ("4.0 (2.0–8.0)", "2.0 (1.0–4.0)")
    costs = energy.costs({"cnn": 0.001}, (4, 16))
    [row] = tables.answer_costs(costs, NAMES, 500, 15).rows
    assert row[1:3] == (f"1{NO_BREAK_SPACE}ms", "8.0 (4.0–16)")
    # 8 MJ a milliard, 2.2 Wh a million
    assert row[3] == "1.1 (0.56–2.2)"
    assert row[4] == "68,000 (34,000–140,000)"


def test_figures_say_what_they_show():
    found = study(cnn=range(0, 400, 10), knn_pca=[])
    alt = figures.writers(found.readings, "cnn").alt
    assert "CNN 10.00% and 0.00%" in alt
    assert "the worst-read tenth account for" in alt
    assert figures.writers({}, "cnn", "No file.").alt == (
        "The writers are not known. No file."
    )
    images = np.zeros((15, 28, 28), dtype=np.uint8)
    answers = {"cnn": ["1"] * 15, "knn-pca": ["2"] * 15}
    alt = figures.disputed_labels(images, ["7"] * 15, answers).alt
    assert alt.count("labelled 7, read as 1 or 2") == 15
    nothing = figures.disputed_labels(images[:0], [], {"cnn": []})
    assert "No label" in nothing.alt
    alt = figures.script_digits([reading(20, 0.99)] * 4).alt
    assert "of x, 0 of 10 values are mostly read as what they are" in alt
    assert "No other script" in figures.script_digits([]).alt


@pytest.mark.parametrize("present", [True, False])
def test_records_answer_every_link(present):
    results = Results(Parameters())
    found = study(cnn=range(0, 400, 10)) if present else ABSENT
    measurements.record_writers(results, found, "cnn")
    expected = "20" if present else "not measured"
    assert results.text("test-students") == expected
    rate = f"10.00{NO_BREAK_SPACE}%" if present else "not measured"
    assert results.text("students-error") == rate
    assert "writers-gini" in results.values
    results.bundle()


def test_records_of_energy_and_digit_sets():
    results = Results(Parameters())
    lap = Lap("all", 9, 3600, None, None)
    sri_lanka = grid.grids()["LKA"]
    committed = {"compact": 7200.0}
    measurements.record_energy(results, lap, (4, 16), sri_lanka, committed)
    assert results.text("run-energy") == f"8.00{NO_BREAK_SPACE}Wh"
    assert results.text("run-carbon") == f"4.08{NO_BREAK_SPACE}g"
    assert results.text("run-energy-range") == f"4.00–16.00{NO_BREAK_SPACE}Wh"
    bounds = results.values["run-carbon"].interval
    assert bounds == pytest.approx((2.04, 8.16), abs=0.01)
    assert results.text("committed-energy") == f"16.00{NO_BREAK_SPACE}Wh"
    assert results.text("committed-core-hours") == "2.00"
    assert results.text("grid-year") == "2022"
    measurements.record_digit_sets(results)
    sets = results.values
    assert sets["digit-sets"].value == (
        sets["digit-sets-western"].value + sets["digit-sets-other"].value
    )
    results.bundle()


def test_energy_that_was_counted_has_no_bounds():
    results = Results(Parameters())
    lap = Lap("all", 9, 3600, 7200.0, None)
    measurements.record_energy(results, lap, (4, 16), grid.grids()["GBR"], {})
    assert results.text("run-energy") == f"2.00{NO_BREAK_SPACE}Wh"
    assert results.values["run-energy"].interval is None
    assert results.text("run-carbon-range") == "by the counters"


def test_committed_run_knows_who_wrote_its_digits():
    # the labels are matched by order: a reordered set would lose them all
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    found = content.results(notebook)["findings"]["writers-known"]
    assert found["verdict"] != "not measured", found["sentence"]
