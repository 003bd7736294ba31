"""The sweep file's contract: what it stands for, and what it refuses."""

import struct
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from mnist_report.__main__ import main
from mnist_report.datasets import digits
from mnist_report.datasets.relatives import RELATIVES
from mnist_report.errors import ReportError
from mnist_report.parameters import DATASETS, Parameters
from mnist_report.sweep import data, driver
from mnist_report.sweep.plan import Plan, canonical, read

SWEEPS = Path(__file__).parents[1] / "notebooks" / "sweeps"
GRID = {"learning_rate": [0.001, 0.005], "batch_size": [32, 64, 128]}


@pytest.fixture
def plan(tmp_path):
    """Return what makes a plan of keys, or of a file's text."""

    def make(text=None, **keys):
        path = tmp_path / "mine.yaml"
        given = {"name": "mine", "grid": GRID} | keys
        path.write_text(
            yaml.safe_dump(given, sort_keys=False) if text is None else text
        )
        return read(path)

    return make


def test_grid_is_cartesian(plan):
    made = plan(seeds=[3, 5])
    assert len(made.configurations) == 6
    assert len(made.runs) == 12
    first = made.configurations[0]
    assert first.label == "learning_rate 0.001, batch_size 32"
    assert first.varied == {"learning_rate": 0.001, "batch_size": 32}
    assert [made.runs[name].seed for name in first.runs] == [3, 5]


def test_run_is_given_all_it_needs(plan):
    made = plan(base={"num_epochs": 3}, seeds=[7], threads=2)
    run = made.runs[made.configurations[-1].runs[0]]
    assert run.parameters == {
        "num_epochs": 3,
        "learning_rate": 0.005,
        "batch_size": 128,
        "seed": 7,
        "num_seeds": 1,
        "num_threads": 2,
    }


def test_points_stand_beside_the_grid(plan):
    points = {"as it is": None, "no rotation": {"rotation_degrees": 0.0}}
    made = plan(points=points)
    labels = [each.label for each in made.configurations]
    assert labels[:2] == ["as it is", "no rotation"]
    assert len(labels) == 8


def test_names_tell_what_varies_and_differ(plan):
    made = plan(base={"num_epochs": 3})
    other = plan(base={"num_epochs": 4})
    assert not made.runs.keys() & other.runs.keys()
    for name in made.runs:
        assert name.startswith("learning_rate_0.00")
        assert "batch_size" in name
        assert len(name) <= 80
    long = plan(grid={"data_dir": ["x" * 200, "y" * 200]}, seeds=1)
    assert all(len(name) <= 80 for name in long.runs)


def test_threads_do_not_change_the_name(plan):
    assert plan(threads=1).runs.keys() == plan(threads=2).runs.keys()


def test_equal_runs_are_made_once(plan):
    grid = {"lr_schedule": ["one-cycle", "step"], "lr_gamma": [0.5, 0.9]}
    made = plan(grid=grid, seeds=2)
    assert len(made.configurations) == 4
    assert len(made.runs) == 6
    first, second = made.configurations[:2]
    assert second.same_as == first.label
    assert second.runs == first.runs


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"num_threads": 1}, {"num_threads": 2}, True),
        ({"lr_gamma": 0.5}, {"lr_gamma": 0.6}, True),
        (
            {"lr_schedule": "step", "lr_gamma": 0.5},
            {"lr_schedule": "step", "lr_gamma": 0.6},
            False,
        ),
        (
            {"network": "compact", "hidden_units": 9},
            {"network": "compact"},
            True,
        ),
        ({"hidden_units": 9}, {}, False),
        ({"lr_warmup": 0.2}, {}, False),
        ({"elastic_smoothness": 5.0}, {}, True),
        (
            {"elastic_smoothness": 5.0, "elastic_displacement": 1.0},
            {"elastic_displacement": 1.0},
            False,
        ),
        ({"perspective_distortion": 0.1}, {}, True),
        (
            {"perspective_distortion": 0.1, "perspective_probability": 0.5},
            {},
            False,
        ),
        (
            {"methods": ["constant"], "svm_c": [1.0]},
            {"methods": ["constant"]},
            True,
        ),
        ({"svm_c": [1.0]}, {}, False),
        ({"seed": 1}, {}, False),
        ({"batch_size": 32}, {}, False),
    ],
)
def test_idle_parameters_count_as_equal(one, other, same):
    first, second = (canonical(Parameters(**each)) for each in (one, other))
    assert (first == second) is same


def test_plan_survives_its_file(plan):
    made = plan(points={"a": {"dropout": 0.1}}, reference="a")
    assert Plan.from_json(made.as_json()) == made


@pytest.mark.parametrize(
    ("keys", "part"),
    [
        ({"gird": {}}, "gird: no such key; did you mean grid?"),
        ({"dropout": 0.1}, "it is a parameter: write it under base or grid"),
        ({"name": "a/b"}, "name: 'a/b' cannot name a folder"),
        ({"name": None}, "name: None cannot name a folder"),
        ({"grid": {}}, "grid: nothing is varied"),
        ({"grid": None}, "grid: nothing is varied"),
        ({"grid": {"dropout": []}}, "dropout: the list is empty"),
        ({"grid": {"dropout": None}}, "dropout: the list is empty"),
        ({"grid": {"dropout": 0.1}}, "write dropout: [0.1]"),
        ({"grid": [1]}, "grid: [1] holds no names"),
        ({"grid": {"dropout": [0.1, 0.1]}}, "0.1 stands there twice"),
        ({"grid": {"dropuot": [0.1]}}, "did you mean dropout?"),
        ({"grid": {"dropout": [2.0]}}, "dropout: 2 is not allowed"),
        ({"grid": {"seed": [1, 2]}}, "seed: the sweep's key seeds says it"),
        ({"base": {"num_threads": 2}}, "the sweep's key threads says it"),
        ({"base": 3}, "base: 3 holds no names with values"),
        (
            {"base": {"batch_size": 64, "max_train_examples": 32}},
            "base: batch_size: 64 is more than max_train_examples",
        ),
        (
            {"base": {"max_train_examples": 100}},
            "batch_size 128: batch_size: 128",
        ),
        ({"points": {"a": 3}}, "points: a: 3 holds no names"),
        ({"points": {"a": {"dropout": 2.0}}}, "points: a: dropout: 2"),
        ({"points": [1]}, "points: not names with parameters"),
        ({"reference": "none"}, "there is no configuration 'none'"),
        ({"seeds": 0}, "seeds: 0 is not allowed"),
        ({"seeds": []}, "seeds: [] is not allowed"),
        ({"seeds": [1, 1]}, "seeds: 1 stands there twice"),
        ({"seeds": [1.5]}, "seeds: 1.5 is not a seed"),
        ({"seeds": True}, "seeds: True is not allowed"),
        (
            {"seeds": 1000, "grid": {"batch_size": list(range(1, 20))}},
            "are more than 10,000 runs",
        ),
        ({"threads": 0}, "threads: 0 is not allowed"),
        ({"minutes": "1h"}, "minutes: '1h' is not allowed"),
        ({"reports": "yes"}, "reports: 'yes' is not true or false"),
    ],
)
def test_wrong_sweep_is_refused(plan, keys, part):
    with pytest.raises(ReportError) as caught:
        plan(**keys)
    assert part in str(caught.value)
    assert "mine.yaml" in str(caught.value)


@pytest.mark.parametrize(
    "mark", ["`", "*", "[", "]", "<", ">", "$", "|", "@", "~", "^", "#", "\\"]
)
def test_names_that_are_markup_are_refused(plan, mark):
    for keys in (
        {"points": {f"one {mark}two": {}}},
        {"grid": {"data_dir": [f"a{mark}b", "c"]}},
    ):
        with pytest.raises(ReportError) as caught:
            plan(**keys)
        assert f"holds {mark}, which the report would" in str(caught.value)


def test_names_of_words_are_taken(plan):
    names = ["no_rotation", "p = 0.2 (é – β₂)", "a & b; c", 'as "it" is!']
    made = plan(grid={}, points={name: {} for name in names})
    assert [each.label for each in made.configurations] == names
    for name in ("_stressed_", "a &lt; b", " a ", "数", "a\tb"):
        with pytest.raises(ReportError, match=r"holds|begins or ends"):
            plan(grid={}, points={name: {}})


def test_description_is_one_line_of_known_signs(plan):
    made = plan(description="Is `a` > b\nor $x$?\n")
    assert made.description == "Is `a` > b or $x$?"
    with pytest.raises(ReportError, match=r"description: .* holds U\+6570"):
        plan(description="数")


def test_configurations_must_fit_their_data(plan):
    grid = {"dataset": ["digits", "mnist"], "batch_size": [64, 5000]}
    with pytest.raises(ReportError) as caught:
        plan(grid=grid)
    assert str(caught.value).splitlines()[1:] == [
        "  dataset digits, batch_size 5000: batch_size: 5000 is more than the "
        "1235 images trained on; allowed: 1 to 1235"
    ]
    grid = {"dataset": ["auto", "emnist-letters"], "batch_size": [64, 5000]}
    assert len(plan(grid=grid).configurations) == 4
    with pytest.raises(ReportError, match="no folder for dataset 'idx:/now"):
        plan(grid={"dataset": ["digits", "idx:/nowhere"]})


def test_folders_of_data_are_counted(plan, tmp_path):
    write_idx(tmp_path / "mine" / "all-images-idx3-ubyte", (150, 28, 28))
    write_idx(tmp_path / "mine" / "all-labels-idx1-ubyte", (150,))
    base = {"dataset": "idx:mine", "data_dir": str(tmp_path)}
    base |= {"pca_components": 10}
    plan(base=base, grid={"batch_size": [32, 64]})
    with pytest.raises(ReportError, match="300 is more than the 110 images"):
        plan(base=base, grid={"batch_size": [32, 300]})


def write_idx(path, shape):
    """Write an idx file of bytes that count up to nine."""
    path.parent.mkdir(exist_ok=True)
    header = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)
    values = np.arange(np.prod(shape)).reshape(shape) % 10
    path.write_bytes(header + values.astype(np.uint8).tobytes())


def test_known_numbers_are_those_of_the_sets():
    embedded = digits.load()
    assert data.KNOWN["digits"] == (len(embedded.train_images), 10)
    assert data.KNOWN.keys() == set(DATASETS)
    for name, relative in RELATIVES.items():
        assert data.KNOWN[name][1] == len(relative.class_names)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("learning_rate: [1e-3]", "'1e-3' is text, not a number; write 1.0e-"),
        ("optimizer: [no]", "YAML reads yes, no, on, off, true and false so"),
        ("dropout: [0.1\n", "expected ',' or ']'"),
        ("dropout: [0.1]\n  dropout: [0.2]", "dropout is given twice"),
    ],
)
def test_yaml_traps_are_explained(plan, line, part):
    with pytest.raises(ReportError) as caught:
        plan(text=f"name: mine\ngrid:\n  {line}\n")
    assert part in str(caught.value)


@pytest.mark.parametrize(
    "path", sorted(SWEEPS.glob("*.yaml")), ids=lambda p: p.stem
)
def test_ready_sweeps_fit_the_contract(path, capsys, tmp_path):
    made = read(path)
    assert made.name == path.stem
    assert made.description
    assert main(["sweep-plan", str(path)]) == 0
    capsys.readouterr()
    # where none of its runs is done: of others nothing is estimated
    driver.show_plan(path, tmp_path)
    shown = capsys.readouterr().out
    assert f": {len(made.runs)} runs" in shown
    assert "Wh" in shown


def test_width_and_depth_share_the_number_of_parameters():
    def weights(channels, hidden_units, side=28, classes=10):
        total = before = 0
        for width in channels:
            before = before or 1
            total += 9 * before * width + 3 * width
            before, side = width, side // 2
        flat = before * side**2
        return total + (flat + 1 + classes) * hidden_units + classes

    made = read(SWEEPS / "width-depth.yaml")
    sizes = {
        weights(each.varied["conv_channels"], each.varied["hidden_units"])
        for each in made.configurations
    }
    assert max(sizes) - min(sizes) < 0.02 * 103_066


def test_thousand_combinations_are_checked_in_a_second(plan):
    grid = {
        "learning_rate": [0.001 * n for n in range(1, 11)],
        "batch_size": list(range(1, 11)),
        "dropout": [0.05 * n for n in range(10)],
    }
    started = time.process_time()
    made = plan(grid=grid, seeds=1)
    assert len(made.runs) == 1000
    assert time.process_time() - started < 1
