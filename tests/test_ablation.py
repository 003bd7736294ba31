"""One change at a time, over the same seeds."""

import json

import ablate
import measure
import numpy as np
import pytest
import sweep_runs

from mnist_report import ablation, exhibits, measured, tables
from mnist_report.ablation import Ablation
from mnist_report.errors import ReportError
from mnist_report.parameters import Parameters
from mnist_report.results import Results
from mnist_report.sweep.plan import read

BASE = Parameters(num_seeds=2, num_epochs=1, batch_size=24, validation_size=30)


def wrong(parameters, seed):
    """Return more for a network that is not turned, and for later seeds."""
    return 10 + seed + (4 if parameters.rotation_degrees == 0 else 0)


def by_name(parameters):
    return dict(ablation.variants(parameters))


def test_first_variant_changes_nothing():
    first, *others = ablation.variants(BASE)
    assert first.changes == {}
    assert all(variant.changes for variant in others)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {
            "perspective_distortion": 0.2,
            "perspective_probability": 0.5,
            "elastic_displacement": 1.0,
            "dropout": 0.3,
            "ema_decay": 0.99,
            "batch_norm": False,
            "lr_schedule": "step",
            "label_smoothing": 0.0,
        },
        dict.fromkeys(
            [
                "rotation_degrees",
                "shear_degrees",
                "scaling",
                "translation",
            ],
            0.0,
        ),
    ],
)
def test_each_variant_differs_in_what_it_names(settings):
    base = Parameters(**settings)
    found = by_name(base)
    assert len(found) == len(ablation.variants(base))
    plain = base.model_dump()
    for name, changes in found.items():
        for part, value in changes.items():
            assert plain[part] != value, name
        Parameters(**plain | changes)  # every one may be trained
        parts = {
            kind
            for kind, members in ablation.AUGMENTATIONS.items()
            if set(members) & set(changes)
        }
        if name == "no augmentation":
            assert len(parts) > 1
        else:
            assert len(parts or changes) <= 1


def test_variants_are_named_for_what_is_on():
    names = list(by_name(Parameters()))
    assert names[1:6] == [
        "no rotation",
        "no shear",
        "no scaling",
        "no translation",
        "no augmentation",
    ]
    assert "dropout of 0.2" in names
    assert "step schedule" in names
    assert "no batch normalisation" in names
    other = by_name(Parameters(dropout=0.2, lr_schedule="step"))
    assert other["no dropout"] == {"dropout": 0.0}
    assert other["one-cycle schedule"] == {"lr_schedule": "one-cycle"}
    assert "no perspective" not in other
    # a strength without a share changes nothing
    assert "no perspective" not in by_name(
        Parameters(perspective_distortion=0.3)
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_rows_hold_each_seed_in_order(workers):
    rows = ablation.measure(BASE, wrong, workers)
    assert [row.name for row in rows] == list(by_name(BASE))
    for row in rows:
        turned = row.changes.get("rotation_degrees") != 0
        assert row.wrong == ([10, 11] if turned else [14, 15])


def test_differences_are_taken_seed_by_seed():
    base, changed = ablation.measure(BASE, wrong, 1)[:2]
    assert ablation.differences(changed, base, 50) == [0.08, 0.08]


def found(rows=None):
    return Ablation(
        command="a command",
        commit="0" * 40,
        data="Noise",
        parameters=measure.changed(BASE),
        train_images=64,
        validation_images=30,
        rows=rows or ablation.measure(BASE, wrong, 1),
        processor_seconds=90.0,
        processor="one",
        torch="2",
    )


def test_table_shows_rates_and_differences():
    table = tables.ablation(found().rows, 30)
    assert table.rows[0] == ("as it is", "35.00\xa0%", "", "")
    assert table.rows[1][:3] == ("no rotation", "48.33\xa0%", "+13.33")
    assert table.rows[1][3] == "13.33–13.33"
    assert [row[0] for row in table.rows] == list(by_name(BASE))


def test_a_single_seed_has_no_interval():
    alone = BASE.model_copy(update={"num_seeds": 1})
    content = found().model_dump()
    content["parameters"] = measure.changed(alone)
    content["rows"] = [
        row.model_dump() for row in ablation.measure(alone, wrong, 1)
    ]
    table = tables.ablation(Ablation(**content).rows, 30)
    assert table.rows[1][3] == "not known"


def test_sweep_makes_the_variants_of_the_default_recipe():
    plan = read(ablate.ROOT / ablate.FILE)
    tried = {each.label: each.varied for each in plan.configurations}
    assert tried == by_name(Parameters())


def test_rows_are_gathered_from_the_sweeps_runs(tmp_path):
    def error(parameters):
        return 0.02 if parameters.rotation_degrees else 0.04

    plan = read(ablate.ROOT / ablate.FILE)
    sweeps = tmp_path / "sweeps"
    sweep_runs.write_sweep(sweeps / plan.name, plan, error)
    with pytest.raises(ReportError, match=r"as_it_is-seed_0.*not done"):
        ablate.gather(plan, tmp_path)
    gathered = ablate.gather(plan, sweeps)
    rows, hours = gathered.rows, gathered.processor_seconds / 3600
    assert hours == pytest.approx(
        len(plan.runs) * sweep_runs.CORE_HOURS, abs=1e-4
    )
    assert [row.name for row in rows] == list(by_name(Parameters()))
    plain, unturned = (np.mean(row.wrong) for row in rows[:2])
    assert plain == pytest.approx(0.02 * sweep_runs.NUM_TEST, abs=1)
    assert unturned == pytest.approx(0.04 * sweep_runs.NUM_TEST, abs=1)


class Shown:
    """Take a table and its caption in place of a display."""

    def __init__(self):
        self.results = Results(BASE)
        self.results.record("data-title", "toys", "the data set")

    def table(self, table, label, caption, *, from_data):
        self.rows, self.caption = table.rows, caption


@pytest.mark.parametrize("seeds", [1, 2])
def test_changes_are_tried_in_a_run_that_asks_for_it(seeds):
    show, base = Shown(), BASE.model_copy(update={"ablation_seeds": seeds})
    exhibits.ablated(show, base, wrong, 50, 1)
    assert [row[0] for row in show.rows] == list(by_name(BASE))
    assert show.rows[1][2] == "+8.00"
    assert show.caption.endswith(
        f"Made in this run, with {seeds} seed{'s' * (seeds > 1)} and 1 epoch "
        "for each."
    )
    found = show.results.findings["recipe-parts"]
    # two equal differences show no spread to judge by
    assert found.verdict == ("undecided" if seeds > 1 else "not measured")


def test_committed_changes_are_shown_where_none_are_asked_for():
    show = Shown()
    exhibits.ablated(show, BASE, None, 50, 1)
    committed = measured.load("ablation", Ablation)
    assert show.rows == tables.ablation(committed.rows, 5_000).rows
    assert show.caption.count("Made once, on MNIST, with the default") == 1
    assert f"by `{committed.command}`" in show.caption
    epochs = committed.recipe.num_epochs
    assert f"{epochs} epochs for each" in show.caption
    said = show.results.findings["recipe-parts"].sentence
    assert f"for {epochs} epochs on MNIST" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["rows"].pop(3), "not the recipe's variants"),
        (lambda c: c["rows"][2]["wrong"].pop(), "not 2 seeds"),
        (lambda c: c["rows"][2].update(wrong=[1, 5001]), "5001 of"),
        (lambda c: c["rows"][2].update(wrong=[-1, 3]), "fewer than 0"),
        (lambda c: c["rows"][2].update(changes={}), "variants"),
        (lambda c: c.update(validation_images=0), "validation_images"),
    ],
)
def test_rows_that_do_not_hold_together_are_refused(change, said, tmp_path):
    content = found().model_dump()
    change(content)
    (tmp_path / "broken.json").write_text(json.dumps(content), "utf-8")
    with pytest.raises(ReportError) as error:
        measured.load("broken", Ablation, tmp_path)
    assert said in str(error.value)


def test_measured_rows_can_be_read_again(tmp_path):
    measured.save(found(), "noise", tmp_path)
    assert measured.load("noise", Ablation, tmp_path) == found()


def test_committed_rows_can_be_used():
    committed = measured.load("ablation", Ablation)
    assert committed.validation_images == 5_000
    assert committed.recipe.network == "classic"
    assert committed.command.endswith("ablation.yaml")
