"""One change at a time, over the same seeds."""

import json
from types import SimpleNamespace

import ablate
import measure
import pytest
import torch

from mnist_report import ablation, measured, tables
from mnist_report.ablation import Ablation
from mnist_report.errors import ReportError
from mnist_report.parameters import Parameters

BASE = Parameters(num_seeds=2, num_epochs=1, batch_size=24, validation_size=30)


def noise():
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(
        256, (94, 1, 28, 28), dtype=torch.uint8, generator=generator
    )
    return SimpleNamespace(
        title="Noise",
        train_images=images,
        train_labels=torch.arange(94) % 2,
        class_names=["0", "1"],
    )


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
        processor="one",
        torch="2",
    )


def test_table_shows_rates_and_differences():
    table = tables.ablation(found())
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
    table = tables.ablation(Ablation(**content))
    assert table.rows[1][3] == "not known"


def test_networks_are_trained_as_their_variant_says(monkeypatch):
    few = [
        ablation.Variant("as it is", {}),
        ablation.Variant("no epoch", {"num_epochs": 0}),
    ]
    monkeypatch.setattr(ablation, "variants", lambda _: few)
    result = ablate.ablate(BASE, noise(), "a command", workers=1)
    assert [row.name for row in result.rows] == ["as it is", "no epoch"]
    training = measure.prepare(BASE, noise())
    fitted = training.report.fit(
        1,
        training.make_network,
        BASE,
        training.train,
        training.validation,
        training.scale,
        training.augmentation,
    )
    error = fitted["history"][-1]["validation_error"]
    assert result.rows[0].wrong[1] == round(30 * error)
    assert result.validation_images == 30


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
    assert committed.command.endswith("notebooks/parameters/ablation.yaml")
