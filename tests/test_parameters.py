"""The contract: what a run may be told, and what it answers else."""

import ast
import io
import json
import re
import tokenize
from pathlib import Path

import pytest

from mnist_report import parameters as contract
from mnist_report.errors import ReportError
from mnist_report.parameters import Parameters

ROOT = Path(__file__).parents[1]
DEFAULTS = Parameters().model_dump()


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({"num_epohcs": 3}, ["num_epohcs", "did you mean num_epochs?"]),
        ({"Batch_Size": 3}, ["did you mean batch_size?"]),
        ({"xyz": 3}, ["xyz: no such parameter; known are dataset, "]),
        ({"batch_size": 0}, ["batch_size: 0", "allowed: 1 to 65536"]),
        ({"batch_size": True}, ["batch_size: True is not a whole number"]),
        ({"batch_size": 32.5}, ["batch_size: 32.5 is not a whole number"]),
        ({"batch_size": "32"}, ["'32' is text", "write 32;"]),
        ({"batch_size": None}, ["batch_size: None is not a whole number"]),
        ({"learning_rate": "1e-3"}, ["is text", "write 1.0e-3 or 0.001"]),
        ({"learning_rate": "5E2"}, ["write 5.0e+2 or 500"]),
        ({"learning_rate": "0.1"}, ["write 0.1 without quotes"]),
        ({"learning_rate": 0}, ["learning_rate: 0", "more than 0 to 10"]),
        ({"learning_rate": float("nan")}, ["learning_rate: NaN"]),
        ({"learning_rate": float("inf")}, ["learning_rate: Infinity"]),
        ({"learning_rate": False}, ["learning_rate: False is not a number"]),
        ({"dropout": 1.0}, ["dropout: 1 ", "0 to less than 1"]),
        ({"dropout": "x"}, ["dropout: 'x' is text, not a number; allowed"]),
        ({"optimizer": "adm"}, ["'adm'", "mean adam?", "adamw, adam, sgd"]),
        ({"dataset": "minst"}, ["'minst'", "did you mean mnist?"]),
        ({"dataset": "idx:"}, ["'idx:'", "idx:FOLDER"]),
        ({"dataset": 7}, ["dataset: 7 is not text"]),
        ({"data_dir": 7}, ["data_dir: 7 is not text"]),
        ({"conv_channels": []}, ["conv_channels: []", "1 to 4 whole"]),
        ({"conv_channels": [8, 0]}, ["conv_channels: 0", "each 1 to 512"]),
        ({"conv_channels": "8, 16"}, ["'8, 16' is not a list"]),
        ({"conv_channels": [1] * 5}, ["28×28 image below 1×1"]),
        ({"conv_channels": ["8"]}, ["'8' is text, not a number; write 8"]),
        ({"methods": ["knm"]}, ["no method 'knm'; did you mean knn?"]),
        ({"methods": ["SVM"]}, ["no method 'SVM'; did you mean", "-svm?"]),
        ({"methods": ["cnn"]}, ["no method 'cnn'"]),
        ({"methods": ["xyz"]}, ["'xyz';", "all, or any of constant, knn,"]),
        ({"methods": ["knn", "knn"]}, ["knn stands there twice"]),
        ({"methods": ["all", "knn"]}, ["all stands alone"]),
        ({"methods": "knn"}, ["methods: 'knn' is not a list of names"]),
        ({"methods": [7]}, ["methods: 7 is not text"]),
        ({"knn_neighbours": [0]}, ["knn_neighbours: 0", "each 1 to 10"]),
        ({"knn_neighbours": [-3]}, ["knn_neighbours: -3 is not allowed"]),
        ({"knn_neighbours": []}, ["knn_neighbours: []", "different whole"]),
        ({"knn_neighbours": [3, 3]}, ["3 stands there twice"]),
        ({"knn_neighbours": 3}, ["3 is not a list of whole numbers"]),
        ({"knn_neighbours": [1.5]}, ["1.5 is not a whole number"]),
        ({"pca_components": 0}, ["pca_components: 0", "1 to 784"]),
        ({"pca_components": 785}, ["pca_components: 785"]),
        ({"linear_svm_c": [0]}, ["linear_svm_c: 0", "more than 0"]),
        ({"svm_c": [10.0, -1.0]}, ["svm_c: -1 is not allowed"]),
        ({"svm_c": [float("inf")]}, ["svm_c: Infinity"]),
        ({"svm_c": 10.0}, ["svm_c: 10 is not a list of numbers"]),
        ({"svm_c": ["1e-3"]}, ["is text", "write 1.0e-3 or 0.001"]),
        ({"svm_gamma": []}, ["svm_gamma: []", "different numbers, each"]),
        ({"svm_gamma": [float("nan")]}, ["svm_gamma: NaN"]),
        ({"tuning_examples": -1}, ["tuning_examples: -1"]),
        ({"curve_sizes": [100, 0]}, ["curve_sizes: 0", "none or different"]),
        ({"curve_sizes": [-5]}, ["curve_sizes: -5"]),
        ({"curve_sizes": [100, 100]}, ["100 stands there twice"]),
        ({"robustness_images": -1}, ["robustness_images: -1"]),
        (
            {"scripts": ["a", "a"]},
            ["a stands there twice", "none or different"],
        ),
        ({"scripts": "a"}, ["scripts: 'a' is not a list of names"]),
        ({"scripts": [7]}, ["scripts: 7 is not text"]),
        ({"script_examples": -1}, ["script_examples: -1"]),
        ({"country": "GB"}, ["country: 'GB'", "did you mean GBR?", "ISO"]),
        ({"country": "sri lanka"}, ["did you mean LKA?"]),
        ({"country": "Atlantis 7"}, ["there is no such country; allowed"]),
        (
            {"core_watts": [5.0]},
            ["core_watts: [5.0]", "two different numbers"],
        ),
        ({"core_watts": [5.0, 5.0]}, ["5.0 stands there twice"]),
        ({"core_watts": [0.0, 5.0]}, ["core_watts: 0", "more than 0"]),
        ({"core_watts": [1.0, 2.0, 3.0]}, ["two different numbers"]),
        ({"battery_wh": 0.0}, ["battery_wh: 0", "more than 0"]),
        ({"batch_norm": 1}, ["batch_norm: 1 is not True or False"]),
        ({"batch_norm": "maybe"}, ["batch_norm: 'maybe'", "True, False"]),
        ({"runtimes": ["onyx"]}, ["runtimes", "'onyx'", "mean onnx"]),
        ({"runtimes": ["onnx-int8"]}, ["runtimes", "made from onnx"]),
        ({"runtimes": ["onnx", "onnx"]}, ["runtimes", "twice"]),
        (
            {"batch_size": 128, "max_train_examples": 100},
            ["batch_size: 128 is more than max_train_examples, 100"],
        ),
    ],
)
def test_wrong_value_is_refused(values, parts):
    with pytest.raises(ReportError) as caught:
        Parameters.from_values(values)
    for part in parts:
        assert part in str(caught.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ReportError) as caught:
        Parameters.from_values({"seed": -1, "devise": "cpu", "num_seeds": 0})
    for name in ("seed: -1", "devise", "num_seeds: 0"):
        assert name in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        {"weight_decay": 0},
        {"num_epochs": 0},
        {"conv_channels": [1, 1, 1, 1]},
        {"dataset": "idx:some/folder"},
        {"perspective_probability": 1.0},
        {"max_train_examples": 128},
        {"methods": []},
        {"methods": ["ensemble", "knn"]},
        {"knn_neighbours": [1]},
        {"svm_c": [10, 0.5]},
        {"curve_sizes": []},
        {"curve_sizes": [1]},
        {"robustness_images": 0},
        {"tuning_examples": 0},
        {"batch_norm": False},
        {"scripts": ["Semeion", "b"], "script_examples": 0},
        {"country": "LKA", "core_watts": [20, 3], "battery_wh": 4.5},
    ],
)
def test_edge_is_allowed(values):
    parameters = Parameters.from_values(values)
    for name, value in values.items():
        assert getattr(parameters, name) == value


def test_parameters_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Parameters().seed = 1


def namespace(**changes):
    """Return the globals of a notebook whose parameters cell has run."""
    ipython = {"In": ["", "x"], "Out": {}, "_i1": "x", "_": 3, "__name__": "m"}
    return ipython | {"json": json, "exit": print} | DEFAULTS | changes


def test_namespace_gives_parameters():
    assert Parameters.from_namespace(namespace(seed=7)).seed == 7


def test_unknown_name_in_namespace_is_refused():
    with pytest.raises(ReportError, match="mean num_epochs") as caught:
        Parameters.from_namespace(namespace(num_epohcs=3))
    assert "restart the kernel" in str(caught.value)


def test_missing_name_in_namespace_is_refused():
    names = namespace()
    del names["seed"]
    with pytest.raises(ReportError, match="seed: missing"):
        Parameters.from_namespace(names)


def test_notebook_runs_a_second_time():
    names = namespace()
    names["parameters"] = Parameters.from_namespace(names)
    names |= {"num_classes": 10, "history": [0.5], "seed": 3}
    assert Parameters.from_namespace(names).seed == 3


def test_held_out_images():
    assert Parameters().split(60_000) == (55_000, 5_000)
    assert Parameters().split(1_347) == (1_235, 112)
    given = Parameters(validation_size=100, max_train_examples=500)
    assert given.split(1_000) == (500, 100)
    assert given.split(550) == (450, 100)


@pytest.mark.parametrize(
    ("values", "images", "part"),
    [
        ({"validation_size": 1000}, 1000, "validation_size: 1000 leaves 0"),
        ({"validation_size": 9000}, 1000, "validation_size: 9000 leaves 0"),
        ({"validation_size": 995}, 1000, "leaves 5 images"),
        ({}, 8, "validation_size: 0 leaves 8"),
        ({"batch_size": 918}, 1000, "allowed: 1 to 917"),
        ({"knn_neighbours": [3, 918]}, 1000, "knn_neighbours: 918 is more"),
        ({"pca_components": 93, "batch_size": 9}, 100, "allowed: 1 to 92"),
        ({"curve_sizes": [300, 9]}, 1000, "9 is less than one image for"),
    ],
)
def test_contradiction_with_the_data_is_refused(values, images, part):
    parameters = Parameters(**values)
    with pytest.raises(ReportError, match=part):
        parameters.check_against(images, 10)


def test_data_that_suffice_are_accepted():
    Parameters(batch_size=917).check_against(1000, 10)
    few = {"validation_size": 999, "batch_size": 1}
    one = {"knn_neighbours": [1, 2], "pca_components": 2}
    Parameters(**few, **one).check_against(1001, 2)
    Parameters(knn_neighbours=[917]).check_against(1000, 10)
    Parameters(curve_sizes=[10]).check_against(1000, 10)


def test_method_that_is_left_out_asks_nothing_of_the_data():
    few = {"validation_size": 999, "batch_size": 1, "curve_sizes": []}
    Parameters(**few, methods=["linear-svm"]).check_against(1001, 2)


def test_methods_are_measured_in_one_order():
    assert Parameters().switched_on == contract.METHODS
    assert Parameters(methods=[]).switched_on == ()
    given = Parameters(methods=["ensemble", "knn", "constant"])
    assert given.switched_on == ("constant", "knn", "ensemble")


def test_seeds_follow_the_first():
    assert list(Parameters(seed=5, num_seeds=3).seeds) == [5, 6, 7]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("learning_rate", 1e-4, "0.0001"),
        ("learning_rate", 3e-3, "0.003"),
        ("rotation_degrees", 100.0, "100"),
        ("max_train_examples", 10_000, "10,000"),
        ("eval_batch_size", 1000, "1000"),
        ("seed", 12345, "12345"),
        ("conv_channels", [8, 16], "[8, 16]"),
        ("svm_c", [0.0001, 10.0], "[0.0001, 10]"),
        ("methods", ["knn", "ensemble"], "[knn, ensemble]"),
        ("methods", [], "[]"),
        ("batch_norm", False, "False"),
        ("optimizer", "sgd", "sgd"),
        ("data_dir", "", '""'),
    ],
)
def test_text_of_a_parameter(name, value, text):
    assert Parameters(**{name: value}).text(name) == text


def test_every_parameter_is_explained():
    for row in Parameters().table():
        assert row.meaning
        assert row.allowed


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks" / "parameters").glob("*.yaml"))
)
def test_parameter_file_is_valid(path):
    assert Parameters.from_values(contract.read_file(path)) != Parameters()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (
            "num_epochs: 3\nnum_epochs: 4\n",
            "line 2: num_epochs is given twice",
        ),
        ("num_epohcs: 3\n", "did you mean num_epochs?"),
        ("learning_rate: 1e-3\n", "write 1.0e-3 or 0.001"),
        ("num_epochs: yes\n", "num_epochs: True is not a whole number"),
        ("- 3\n", "no names with values"),
        ("num_epochs 3\n", "no names with values"),
        ("num_epochs: [3\n", "line 2"),
        ("7: 3\n", "7: no such parameter"),
        ("? [a, b]\n: 3\n", "line 1"),
        ("seed: &a [*a]\n", "is not a whole number"),
    ],
)
def test_wrong_file_is_refused(tmp_path, text, part):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ReportError) as caught:
        contract.read_file(path)
    assert part in str(caught.value)
    assert "mine.yaml" in str(caught.value)


def test_unreadable_file_is_named(tmp_path):
    with pytest.raises(ReportError, match=r"none\.yaml: No such file"):
        contract.read_file(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReportError, match=r"binary\.yaml"):
        contract.read_file(tmp_path / "binary.yaml")


def test_file_may_be_empty_or_completed_by_the_command_line(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("# nothing\n")
    assert contract.read_file(path) == {}
    path.write_text("max_train_examples: 100\n")
    values = contract.read_file(path) | {"batch_size": 10}
    assert Parameters.from_values(values).batch_size == 10


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("learning_rate", "1e-3", 0.001),
        ("learning_rate", "-1E-3", -0.001),
        ("learning_rate", "0.5", 0.5),
        ("num_epochs", "3", 3),
        ("conv_channels", "[4, 8]", [4, 8]),
        ("methods", "[knn, rbf-svm]", ["knn", "rbf-svm"]),
        ("svm_c", "[0.5, 10]", [0.5, 10]),
        ("batch_norm", "false", False),
        ("dataset", "digits", "digits"),
        ("data_dir", "2024", "2024"),
        ("num_epochs", "[", "["),
        ("unknown", "3", 3),
    ],
)
def test_command_line_value(name, text, value):
    parsed = contract.parse(name, text)
    assert parsed == value
    assert type(parsed) is type(value)


def test_readme_of_the_parameters_holds_the_table():
    text = (ROOT / "notebooks" / "parameters" / "README.md").read_text()
    found = re.search(r"<!-- parameters -->\n(.*?)<!-- /par", text, re.DOTALL)
    assert found[1].strip() == contract.markdown_table()


def parameters_cell():
    """Return the source of the notebook's cell tagged parameters."""
    path = ROOT / "notebooks" / "report.ipynb"
    if not path.exists():
        pytest.skip("there is no notebook")
    [source] = [
        cell["source"]
        for cell in json.loads(path.read_text())["cells"]
        if "parameters" in cell["metadata"].get("tags", [])
    ]
    return "".join(source)


def test_notebook_declares_the_contract():
    declared = [
        (node.target.id, ast.unparse(node.annotation), node.value)
        for node in ast.parse(parameters_cell()).body
    ]
    assert [name for name, _, _ in declared] == list(DEFAULTS)
    for name, annotation, value in declared:
        assert annotation == contract.type_name(name)
        assert ast.literal_eval(value) == DEFAULTS[name]
        assert type(ast.literal_eval(value)) is type(DEFAULTS[name])


def test_notebook_explains_the_contract():
    source = io.StringIO(parameters_cell()).readline
    comments = [
        token.string.removeprefix("# ")
        for token in tokenize.generate_tokens(source)
        if token.type == tokenize.COMMENT
    ]
    assert comments == [row.meaning for row in Parameters().table()]
