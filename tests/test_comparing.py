"""Runs held against each other: what is read, and what it comes to."""

import json
import shutil

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats
from sweep_runs import (
    CORE_HOURS,
    GRID,
    NUM_TEST,
    error_of,
    plan_of,
    write_run,
    write_sweep,
)

from mnist_report import statistics
from mnist_report.errors import ReportError
from mnist_report.predictions import Predictions
from mnist_report.results import Results
from mnist_report.sweep import (
    comparing,
    comparison,
    figures,
    findings,
    finished,
    tables,
)
from mnist_report.sweep.report import _inputs


@pytest.fixture
def sweep(tmp_path):
    """Return what makes a finished sweep's folder."""

    def make(error=error_of, skip=(), **keys):
        plan = plan_of(tmp_path, **keys)
        skipped = [name for i, name in enumerate(plan.runs) if i in skip]
        return write_sweep(tmp_path / "mine", plan, error, skipped)

    return make


def collect(store):
    return finished.collect([store.folder])


def test_sweep_is_gathered_by_configuration(sweep):
    collection = collect(sweep())
    assert [len(group.runs) for group in collection.groups] == [3] * 4
    assert not collection.missing
    group = collection.groups[0]
    assert sorted(group.validation) == sorted(group.test) == [0, 1, 2]
    assert group.curves[0][-1] == group.validation[0]
    assert group.watt_hours == pytest.approx(8 * 9 / 3600)


def test_missing_run_is_named_with_its_cause(sweep):
    store = sweep(skip=[0])
    name = next(iter(json.loads(store.plan_file.read_text())["runs"]))
    state = {"state": "failed", "cause": "No room.\nMore."}
    store.state_file(name).write_text(json.dumps(state))
    collection = collect(store)
    assert collection.missing == [finished.Missing(name, "No room.")]
    assert not collection.groups[0].whole


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        (lambda run: (run / "results.json").write_text('{"par'), "changed"),
        (lambda run: (run / "results.json").unlink(), "deleted"),
        (shutil.rmtree, "deleted"),
    ],
)
def test_damaged_run_is_left_out(sweep, damage, cause):
    store = sweep()
    damage(next((store.folder / "runs").iterdir()))
    collection = collect(store)
    assert len(collection.missing) == 1
    assert cause in collection.missing[0].cause
    assert sum(len(group.runs) for group in collection.groups) == 11


def test_single_runs_are_gathered_by_what_differs(tmp_path):
    folders = [
        write_run(tmp_path / f"{size}-{seed}", {"batch_size": size} | seeds)
        for size in (32, 64)
        for seed, seeds in enumerate(
            [{"seed": 0, "num_seeds": 2}, {"seed": 2, "num_seeds": 1}]
        )
    ]
    collection = finished.collect(folders)
    labels = [group.label for group in collection.groups]
    assert labels == ["batch_size 32", "batch_size 64"]
    assert sorted(collection.groups[0].validation) == [0, 1, 2]


@pytest.mark.parametrize(
    ("damage", "part"),
    [
        (lambda path: path.write_text(path.read_text()[:99]), "cut short"),
        (lambda path: path.write_text("[]"), "not as its run wrote it"),
        (lambda path: path.write_text("{}"), "not as its run wrote it"),
        (lambda path: path.unlink(), "No such file"),
        (
            lambda path: path.write_text(
                path.read_text().replace("test-error-mean", "best-error")
            ),
            "it has no value test-error-mean",
        ),
        (
            lambda path: path.write_text(
                path.read_text().replace('"value": 64,', '"value": -1,')
            ),
            "batch_size: -1 is not allowed",
        ),
    ],
)
def test_damaged_single_run_is_refused(tmp_path, damage, part):
    one, two = (
        write_run(tmp_path / str(size), {"batch_size": size})
        for size in (32, 64)
    )
    damage(two / "results.json")
    with pytest.raises(ReportError) as caught:
        finished.collect([one, two])
    assert part in str(caught.value)
    assert str(two) in str(caught.value)


def test_one_run_is_too_few(tmp_path):
    run = write_run(tmp_path / "one", {})
    with pytest.raises(ReportError, match="two are the least"):
        finished.collect([run])


def test_choice_is_made_on_validation_alone(sweep):
    store = sweep()
    collection = collect(store)
    best = comparing.chosen(collection.groups)
    assert best.varied == {"learning_rate": 0.001, "batch_size": 32}
    for run in best.runs:
        run.test.update(dict.fromkeys(run.test, 0.9))
    assert comparing.chosen(collection.groups) is best


def test_configuration_with_a_missing_run_is_passed_over(sweep):
    collection = collect(sweep(skip=[0]))
    best = comparing.chosen(collection.groups)
    assert best is not collection.groups[0]


def test_reference_is_the_one_asked_for(sweep):
    points = {"as it is": {}, "large": {"batch_size": 128}}
    collection = collect(sweep(points=points, reference="large"))
    assert comparing.reference(collection).label == "large"
    collection = collect(sweep())
    chosen = comparing.chosen(collection.groups)
    assert comparing.reference(collection) is chosen


def test_differences_are_paired_and_corrected(sweep):
    collection = collect(sweep(seeds=5))
    against = comparing.chosen(collection.groups)
    found = comparing.differences(collection.groups, against)
    assert len(found) == 3
    for each in found:
        group = next(g for g in collection.groups if g.label == each.label)
        ours, theirs = (list(g.test.values()) for g in (group, against))
        expected = stats.ttest_rel(ours, theirs)
        assert each.over_seeds == pytest.approx(expected.pvalue)
        low, high = expected.confidence_interval()
        assert each.interval == pytest.approx((low, high))
        assert each.p_value == max(each.over_seeds, each.over_images)
        assert each.adjusted >= each.p_value


def test_p_values_stand_without_their_sign(sweep):
    collection = collect(sweep(error=lambda p: p.batch_size / 100))
    against = comparing.reference(collection)
    found = comparing.differences(collection.groups, against)
    rows = tables.differences(found, collection.groups).rows
    cells = [cell for row in rows for cell in row[3:6]]
    assert "<\N{NO-BREAK SPACE}0.001" in cells
    assert not any(cell.startswith("p") for cell in cells)


def test_difference_of_one_seed_is_not_tested(sweep):
    collection = collect(sweep(seeds=1))
    against = comparing.chosen(collection.groups)
    found = comparing.differences(collection.groups, against)
    assert {each.distinguishable for each in found} == {None}
    assert findings.some_differ(found, "it").verdict == "not measured"


def test_equal_errors_are_not_distinguishable(sweep):
    collection = collect(sweep(seeds=5))
    for group in collection.groups:
        for run in group.runs:
            run.test.update(dict.fromkeys(run.test, 0.1))
    against = comparing.chosen(collection.groups)
    found = comparing.differences(collection.groups, against)
    assert {each.distinguishable for each in found} == {False}


def test_paired_test_without_spread_stays_modest():
    assert statistics.paired_p_value([0.0, 0.0]) == 1.0
    assert statistics.paired_p_value([0.1, 0.1, 0.1]) == 0.25
    assert statistics.paired_p_value([0.1]) is None


def test_effects_are_those_of_a_textbook_analysis(sweep):
    collection = collect(sweep(seeds=4))
    errors = comparing.grid_errors(collection)
    assert errors.shape == (2, 2, 4)
    found = {each.names: each for each in comparing.effects(collection)}
    assert list(found) == [
        ("learning_rate",),
        ("batch_size",),
        ("learning_rate", "batch_size"),
    ]
    # with two levels, F is the square of the paired t over the seeds
    means = errors.mean(axis=1)
    high = means[1].mean() - means[0].mean()
    assert found["learning_rate",].spread == pytest.approx(high)
    cells = errors.reshape(4, 4)
    left = cells - cells.mean(axis=1, keepdims=True)
    left -= left.mean(axis=0)
    square = (left**2).sum() / 9
    expected = 4 * high**2 / square
    assert found["learning_rate",].f_value == pytest.approx(expected)


def test_interaction_is_found_where_there_is_one(sweep):
    def product(parameters):
        high = parameters.learning_rate > 0.002
        large = parameters.batch_size > 32
        return 0.05 + 0.02 * (high != large)

    for error, verdict in {product: "yes", error_of: "undecided"}.items():
        effects = comparing.effects(collect(sweep(error=error, seeds=4)))
        assert findings.parameters_interact(effects).verdict == verdict


def test_no_effects_without_a_whole_grid(sweep):
    assert comparing.effects(collect(sweep(skip=[0]))) == []
    assert comparing.effects(collect(sweep(seeds=1))) == []
    points = collect(sweep(grid={}, points={"a": {}, "b": {"dropout": 0.1}}))
    assert comparing.effects(points) == []
    assert findings.parameters_interact([]).verdict == "not measured"


def test_pareto_front():
    costs, errors = [1, 2, 3, 2, 1], [5, 3, 4, 3.5, 6]
    assert comparing.pareto(costs, errors) == [0, 1]
    assert comparing.pareto([1, 1], [1, 1]) == [0]


def test_flips_name_verdicts_and_configurations(sweep):
    collection = collect(sweep())
    found = comparing.flips(collection.groups)
    assert set(found) == {"toy"}
    assert found["toy"]["yes"] == [
        "learning_rate 0.005, batch_size 32",
        "learning_rate 0.005, batch_size 64",
    ]
    finding = findings.findings_flip(found, 1)
    assert finding.verdict == "yes"
    assert findings.findings_flip({}, 1).verdict == "no"
    run = collection.groups[0].runs[0]
    run.verdicts["toy"] = "yes"
    assert "by seed" in comparing.flips(collection.groups)["toy"]


def test_clear_choice_is_told_from_a_close_one(sweep):
    def apart(parameters):
        return 0.02 if parameters.learning_rate < 0.002 else 0.2

    points = {"a": {}, "b": {"learning_rate": 0.001}}
    groups = collect(sweep(error=apart, grid={}, points=points)).groups
    best = comparing.chosen(groups)
    assert findings.choice_is_clear(groups, best).verdict == "yes"
    groups = collect(sweep(error=lambda _: 0.1)).groups
    best = comparing.chosen(groups)
    assert findings.choice_is_clear(groups, best).verdict == "undecided"
    groups = collect(sweep(seeds=1)).groups
    best = comparing.chosen(groups)
    assert findings.choice_is_clear(groups, best).verdict == "not measured"


GRIDS = {
    "one": {"grid": {"learning_rate": [0.001, 0.002, 0.005]}},
    "words": {"grid": {"optimizer": ["adam", "sgd"]}},
    "two": {"grid": GRID},
    "three": {"grid": GRID | {"hidden_units": [64, 128]}},
    "points": {"grid": {}, "points": {"as it is": {}, "b": {"dropout": 0.1}}},
    "one seed": {"grid": GRID, "seeds": 1},
    "gap": {"grid": GRID, "skip": [0, 1, 2, 5]},
    "shared": {
        "grid": {"lr_schedule": ["one-cycle"], "lr_gamma": [0.5, 0.9]},
        "points": {"other": {"batch_size": 32}},
    },
}


@pytest.mark.parametrize("name", GRIDS)
def test_every_shape_of_sweep_is_drawn_and_told(sweep, name):
    collection = collect(sweep(**GRIDS[name]))
    groups = collection.distinct
    chosen = comparing.chosen(groups)
    reference = comparing.reference(collection)
    results = Results(comparison.Inputs.of(["build/a"]))
    comparison.record(results, collection, chosen, reference)
    pictures = [
        figures.configurations(groups, chosen),
        figures.curves(groups, chosen, reference),
        figures.pareto(groups, chosen),
    ]
    errors = comparing.grid_errors(collection)
    varied = {n: v for n, v in collection.grid.items() if len(v) > 1}
    if errors is not None and varied:
        pictures.append(figures.effects(errors, collection.grid))
    if errors is not None and len(varied) == 2:
        pictures.append(figures.heat_map(errors, varied))
    if errors is not None and len(varied) > 2:
        pictures.append(figures.parallel(groups, varied))
    plt.close("all")
    assert all(picture.alt for picture in pictures)
    assert not any("nan" in picture.alt.lower() for picture in pictures)
    effects = comparing.effects(collection)
    differences = comparing.differences(groups, reference)
    flips = comparing.flips(groups)
    comparison.conclude(
        *(results, collection, chosen, reference),
        *(differences, effects, flips),
    )
    results.bundle()
    for table in (
        tables.configurations(groups, chosen),
        tables.differences(differences, groups),
        tables.effects(effects),
        tables.swept(collection),
        tables.flips(flips, groups),
        tables.missing(collection.missing),
        tables.provenance(results.provenance),
    ):
        assert {len(row) for row in table.rows} <= {len(table.header)}
        assert len(table.align) == len(table.header)


def test_alt_text_names_the_best(sweep):
    collection = collect(sweep())
    chosen = comparing.chosen(collection.groups)
    alt = figures.configurations(collection.groups, chosen).alt
    assert "to" in alt
    assert "(learning_rate 0.001, batch_size 32)" in alt
    errors = comparing.grid_errors(collection)
    alt = figures.heat_map(errors, collection.grid).alt
    assert "at learning_rate 0.001 and batch_size 32" in alt


def test_old_runs_without_series_are_told(tmp_path):
    folders = []
    for size in (32, 64):
        folder = write_run(tmp_path / str(size), {"batch_size": size})
        path = folder / "results.json"
        bundle = json.loads(path.read_text())
        del bundle["series"]
        for value in bundle["values"].values():
            del value["samples"]
        path.write_text(json.dumps(bundle))
        (folder / "predictions.npz").unlink()
        folders.append(folder)
    collection = finished.collect(folders)
    chosen = comparing.chosen(collection.groups)
    picture = figures.curves(collection.groups, chosen, chosen)
    assert picture.alt == "These runs left no learning curves."
    (found,) = comparing.differences(collection.groups, chosen)
    assert found.over_images is None


def test_folders_of_the_comparison_are_checked():
    for wrong in (3, [], [1]):
        with pytest.raises(ReportError, match="no list of folders"):
            comparison.Inputs.of(wrong)


def test_comparison_is_renewed_only_where_something_is_new(sweep):
    store = sweep()
    before = _inputs(store)
    assert _inputs(store) == before
    name = next(iter(json.loads(store.plan_file.read_text())["runs"]))
    store.state_file(name).write_text('{"state": "done"}')
    assert _inputs(store) == before
    store.seal_file(name).unlink()
    assert _inputs(store) != before


def test_mean_effects_do_not_warn_of_gaps(sweep, recwarn):
    collection = collect(sweep(skip=[0, 1, 2, 3, 4, 5]))
    errors = comparing.grid_errors(collection)
    assert np.isnan(errors).any()
    figures.effects(errors, collection.grid)
    figures.heat_map(errors, collection.grid)
    assert not [w for w in recwarn if "Mean of empty" in str(w.message)]


def changed(folder, change):
    """Change a run's results; return its folder."""
    path = folder / "results.json"
    bundle = json.loads(path.read_text())
    change(bundle)
    path.write_text(json.dumps(bundle))
    return folder


def recorded(collection):
    """Return what the comparison records of a collection."""
    results = Results(comparison.Inputs.of(["build/a"]))
    chosen = comparing.chosen(collection.distinct)
    comparison.record(results, collection, chosen, chosen)
    return results


def test_energy_of_single_runs_is_their_own(tmp_path):
    one, two = (
        write_run(tmp_path / str(size), {"batch_size": size, **watts})
        for size, watts in ((32, {}), (64, {"core_watts": [5.0, 20.0]}))
    )
    first, second = finished.collect([one, two]).groups
    assert first.watt_hours == pytest.approx(8 * CORE_HOURS)
    assert second.watt_hours == pytest.approx(10 * CORE_HOURS)


def test_energy_that_one_run_does_not_tell_is_not_known(tmp_path):
    one, two = (
        write_run(tmp_path / str(size), {"batch_size": size})
        for size in (32, 64)
    )
    changed(two, lambda bundle: bundle["values"].pop("run-core-hours"))
    results = recorded(finished.collect([one, two]))
    assert results.text("energy") == "not known"


def test_values_of_a_configuration_that_failed_are_listed(sweep):
    points = {"a": {}, "b": {"num_epochs": 1}, "c": {"num_epochs": 1000}}
    collection = collect(sweep(grid={}, points=points, seeds=1, skip=[2]))
    rows = tables.swept(collection).rows
    assert rows == [("`num_epochs`", "varied", "`10`, `1`, `1000`", "`10`")]
    collection = collect(sweep(grid={"num_epochs": [1, 2]}, points={}))
    rows = tables.swept(collection).rows
    assert rows == [("`num_epochs`", "varied", "`1`, `2`", "`10`")]


def test_errors_on_different_data_are_not_tested(tmp_path):
    def other(bundle):
        bundle["values"]["data-title"]["value"] = "other images"

    one, two = (
        write_run(tmp_path / str(size), {"batch_size": size, "num_seeds": 3})
        for size in (32, 64)
    )
    collection = finished.collect([one, changed(two, other)])
    chosen = comparing.chosen(collection.groups)
    (found,) = comparing.differences(collection.groups, chosen)
    assert found.adjusted is None
    clear = findings.choice_is_clear(collection.groups, chosen)
    assert clear.verdict == "not measured"
    assert "different data" in collection.notices[0]


def test_highest_error_is_not_that_of_the_chosen(sweep):
    collection = collect(sweep(error=lambda _: 0.1, seeds=1))
    for group in collection.groups:
        for run in group.runs:
            run.validation.update(dict.fromkeys(run.validation, 0.1))
    results = recorded(collection)
    assert results.text("worst") != results.text("chosen")


def test_images_are_paired_over_all_seeds(tmp_path):
    folder = write_run(tmp_path / "a", {"num_seeds": 2, "seed": 5})
    answers = np.zeros((2, NUM_TEST), dtype=int)
    answers[1, :7] = 1
    predictions = Predictions(np.zeros(NUM_TEST, dtype=int))
    predictions.add("cnn", np.eye(2)[answers[0]])
    predictions.evidence["seeds"] = answers
    (folder / "predictions.npz").write_bytes(predictions.save_bytes())
    wrong = finished.read(folder).wrong()
    assert {seed: int(rows.sum()) for seed, rows in wrong.items()} == {
        5: 0,
        6: 7,
    }


def test_point_off_the_grid_is_no_part_of_it(sweep):
    grid = {"dropout": [0.0, 0.2]}
    points = {"wild": {"dropout": 0.4}}
    collection = collect(sweep(grid=grid, points=points))
    assert len(collection.distinct) == 3
    assert comparing.grid_errors(collection).shape == (2, 3)
    assert comparing.effects(collection)


@pytest.mark.parametrize("many", [True, False])
def test_same_run_twice_is_refused(tmp_path, many):
    one = write_run(tmp_path / "one", {})
    two = write_run(tmp_path / "two", {}) if many else one
    why = "same parameters and seeds" if many else "named twice"
    with pytest.raises(ReportError, match=why):
        finished.collect([one, two])


def test_error_rate_beyond_one_is_refused(tmp_path):
    one, two = (
        write_run(tmp_path / str(size), {"batch_size": size})
        for size in (32, 64)
    )

    def edit(bundle):
        bundle["values"]["test-error-mean"]["samples"][0] = 7.5

    with pytest.raises(ReportError, match=r"an error rate of 7\.5"):
        finished.collect([one, changed(two, edit)])


def test_plan_that_is_cut_short_is_told(sweep):
    store = sweep()
    text = store.plan_file.read_text()
    store.plan_file.write_text(text[: len(text) // 2])
    with pytest.raises(ReportError, match="not as its sweep wrote it"):
        collect(store)


def test_cause_that_is_announced_is_told(sweep):
    store = sweep(skip=[0])
    name = next(iter(json.loads(store.plan_file.read_text())["runs"]))
    cause = "Parameters that cannot be used:\nbatch_size: too large.\nMore."
    state = {"state": "failed", "cause": cause}
    store.state_file(name).write_text(json.dumps(state))
    (missing,) = collect(store).missing
    assert missing.cause == (
        "Parameters that cannot be used: batch_size: too large."
    )


def test_seeds_of_each_configuration_are_told(sweep):
    assert recorded(collect(sweep(skip=[0]))).text("seeds") == "2 to 3 seeds"
    assert recorded(collect(sweep())).text("seeds") == "3 seeds"
    assert recorded(collect(sweep(seeds=1))).text("seeds") == "1 seed"
