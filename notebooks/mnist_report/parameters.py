"""The contract: every parameter's type, bounds, unit and meaning."""

from __future__ import annotations

import difflib
import re
import reprlib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self, get_args

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from .errors import ReportError
from .grid import grids

IMAGE_SIDE = 28
VALIDATION_SHARE = 12
DATASETS = (
    "auto",
    "mnist",
    "digits",
    "emnist-digits",
    "emnist-letters",
    "emnist-balanced",
    "kmnist",
    "qmnist",
    "fashion-mnist",
    "usps",
)
# what a run can leave out; the network itself it cannot
METHODS = (
    "constant",
    "knn",
    "knn-pca",
    "linear-svm",
    "rbf-svm",
    "cnn-svm",
    "ensemble",
)
ALL_METHODS = ["all"]
RUNTIMES = ("pytorch", "onnx", "onnx-int8")
# types of errors that say in their message what is wrong
OWN_CHECKS = (
    "pooling",
    "repeated",
    "alone",
    "method",
    "runtime",
    "runtimes",
    "country",
)
PLAIN = (bool, int, float, str, list, tuple, dict, type(None))
IPYTHON_NAMES = {"In", "Out", "exit", "quit", "open", "get_ipython"}
SCIENTIFIC = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+")


def _known_dataset(name: str) -> str:
    """Return the name of a data set, if there is such a one."""
    if name in DATASETS or name.removeprefix("idx:") not in ("", name):
        return name
    raise PydanticCustomError("choice", "unknown data set")


def _halved_to_nothing(channels: list[int]) -> list[int]:
    """Return the channels, if pooling leaves an image after each stage."""
    if IMAGE_SIDE >> len(channels):
        return channels
    raise PydanticCustomError(
        "pooling",
        "{stages} stages would pool a {side}×{side} image below 1×1",
        {"stages": len(channels), "side": IMAGE_SIDE},
    )


def _unrepeated(values: list[Any]) -> list[Any]:
    """Return the values, if each stands in the list once."""
    for index, value in enumerate(values):
        if value in values[:index]:
            raise PydanticCustomError(
                "repeated", "{value} stands there twice", {"value": value}
            )
    return values


def _known_methods(names: list[str]) -> list[str]:
    """Return the names of methods, if there are such ones."""
    if names == ALL_METHODS:
        return names
    for name in names:
        if name in ALL_METHODS:
            raise PydanticCustomError("alone", "all stands alone")
        if name not in METHODS:
            hint = near(name, METHODS)
            raise PydanticCustomError(
                "method",
                "there is no method {name}{near}",
                {"name": repr(name), "near": hint},
            )
    return _unrepeated(names)


def _known_runtimes(names: list[str]) -> list[str]:
    """Return the names of runtimes, if there are such ones."""
    for name in names:
        if name not in RUNTIMES:
            raise PydanticCustomError(
                "runtime",
                "there is no runtime {name}{near}",
                {"name": repr(name), "near": near(name, RUNTIMES)},
            )
    if "onnx-int8" in names and "onnx" not in names:
        raise PydanticCustomError(
            "runtimes", "onnx-int8 is made from onnx, which is not there"
        )
    return _unrepeated(names)


def _known_country(code: str) -> str:
    """Return the code, if the carbon of its electricity is known."""
    known = grids()
    if code in known:
        return code
    names = {grid.country.lower(): each for each, grid in known.items()}
    close = difflib.get_close_matches(code.lower(), names, 1, cutoff=0.7)
    begun = [each for each in known if code and each.startswith(code.upper())]
    found = [*begun, *(names[name] for name in close)]
    hint = f"; did you mean {found[0]}?" if found else ""
    raise PydanticCustomError(
        "country", "there is no such country{hint}", {"hint": hint}
    )


def _field(default: Any, unit: str, meaning: str, **bounds: Any) -> Any:
    """Return a field with its unit, its meaning and its bounds."""
    return Field(
        default,
        description=meaning,
        json_schema_extra={"unit": unit},
        **bounds,
    )


Channels = Annotated[int, Field(ge=1, le=512)]
Count = Annotated[int, Field(ge=1, le=10**7)]
Factor = Annotated[float, Field(gt=0, le=10**6)]
Counts = Annotated[list[Count], AfterValidator(_unrepeated)]
Factors = Annotated[list[Factor], AfterValidator(_unrepeated)]
Watts = Annotated[float, Field(gt=0, le=1000)]


class Row(NamedTuple):
    """One parameter as the report's table shows it."""

    name: str
    value: str
    default: str
    allowed: str
    unit: str
    meaning: str


class Parameters(BaseModel):
    """All that a run can be told; everything else follows from it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    dataset: Annotated[str, AfterValidator(_known_dataset)] = _field(
        "auto", "", "data set; auto: MNIST, else the embedded digits"
    )
    data_dir: str = _field(
        "", "", "data folder; empty: $REPORT_DATA_DIR, else data"
    )
    seed: int = _field(
        0, "", "first of the seeds seed, seed + 1, …", ge=0, le=2**31 - 1
    )
    num_seeds: int = _field(
        3, "", "networks trained, each from its own seed", ge=1, le=100
    )
    num_epochs: int = _field(
        10, "epochs", "passes over the training set", ge=0, le=1000
    )
    batch_size: int = _field(
        64, "images", "images per training step", ge=1, le=65536
    )
    eval_batch_size: int = _field(
        250, "images", "images per evaluation step", ge=1, le=65536
    )
    optimizer: Literal["adamw", "adam", "sgd"] = _field(
        "adamw", "", "optimiser"
    )
    learning_rate: float = _field(
        0.005, "", "learning rate; one-cycle: its peak", gt=0, le=10
    )
    weight_decay: float = _field(0.05, "", "weight decay", ge=0, le=1)
    lr_schedule: Literal["one-cycle", "step"] = _field(
        "one-cycle", "", "how the learning rate changes"
    )
    lr_warmup: float = _field(
        0.3, "", "one-cycle: share of the steps in which it rises", gt=0, lt=1
    )
    lr_step_size: int = _field(
        2, "epochs", "step schedule: epochs between steps", ge=1, le=1000
    )
    lr_gamma: float = _field(
        0.9, "", "step schedule: factor of each step", gt=0, le=1
    )
    label_smoothing: float = _field(
        0.05, "", "share of a label spread over all classes", ge=0, lt=1
    )
    ema_decay: float = _field(
        0.0, "", "running mean of the weights: decay; 0: none", ge=0, lt=1
    )
    dropout: float = _field(
        0.0, "", "probability that a hidden unit is dropped", ge=0, lt=1
    )
    network: Literal["classic", "compact"] = _field(
        "classic", "", "which network is trained"
    )
    batch_norm: bool = _field(
        True, "", "normalise responses over the minibatch"
    )
    conv_channels: Annotated[
        list[Channels], AfterValidator(_halved_to_nothing)
    ] = _field(
        [8, 16], "", "classic: channels of each convolution", min_length=1
    )
    hidden_units: int = _field(
        128, "units", "classic: width of the hidden layer", ge=1, le=8192
    )
    rotation_degrees: float = _field(
        10.0, "degrees", "largest rotation either way", ge=0, le=180
    )
    perspective_distortion: float = _field(
        0.0, "", "strength of the perspective change", ge=0, le=0.5
    )
    perspective_probability: float = _field(
        0.0, "", "share of images changed in perspective", ge=0, le=1
    )
    translation: float = _field(
        0.07, "image sides", "largest shift along each axis", ge=0, le=0.5
    )
    scaling: float = _field(
        0.1, "", "largest change of size: 0.1 is 0.9 to 1.1", ge=0, le=0.9
    )
    shear_degrees: float = _field(
        5.0, "degrees", "largest shear either way", ge=0, le=60
    )
    elastic_displacement: float = _field(
        0.0, "pixels", "elastic shift along each axis, RMS", ge=0, le=10
    )
    elastic_smoothness: float = _field(
        4.0, "pixels", "elastic shift: SD of its blur", ge=0.5, le=28
    )
    validation_size: int = _field(
        0,
        "images",
        "training images held out; 0: one in twelve",
        ge=0,
        le=10**7,
    )
    max_train_examples: int = _field(
        0, "images", "most images trained on; 0: all", ge=0, le=10**7
    )
    methods: Annotated[list[str], AfterValidator(_known_methods)] = _field(
        ALL_METHODS, "", "methods beside the network: all, or their names"
    )
    knn_neighbours: Counts = _field(
        [1, 3, 5], "images", "numbers of neighbours tried", min_length=1
    )
    pca_components: int = _field(
        50, "", "principal components kept", ge=1, le=IMAGE_SIDE**2
    )
    linear_svm_c: Factors = _field(
        [1.0, 10.0, 100.0], "", "linear SVM: values of C tried", min_length=1
    )
    svm_c: Factors = _field(
        [1.0, 10.0], "", "RBF SVM: values of C tried", min_length=1
    )
    svm_gamma: Factors = _field(
        [1.0, 2.0, 4.0],
        "1 / (features · variance)",
        "RBF SVM: values of gamma tried",
        min_length=1,
    )
    tuning_examples: int = _field(
        5000, "images", "images SVMs are tried on; 0: all", ge=0, le=10**7
    )
    curve_sizes: Counts = _field(
        [100, 300, 1000, 3000, 10_000],
        "images",
        "training-set sizes",
    )
    robustness_images: int = _field(
        1000, "images", "test images per corruption; 0: none", ge=0, le=10**7
    )
    ablation_seeds: int = _field(
        0, "seeds", "seeds a change of the recipe is tried with", ge=0, le=100
    )
    runtimes: Annotated[list[str], AfterValidator(_known_runtimes)] = _field(
        ["onnx", "onnx-int8"], "", "runtimes the export is tried in"
    )
    scripts: Annotated[list[str], AfterValidator(_unrepeated)] = _field(
        [], "", "folders of digits of other scripts"
    )
    script_examples: int = _field(
        2500, "images", "training images a script; 0: all", ge=0, le=10**7
    )
    country: Annotated[str, AfterValidator(_known_country)] = _field(
        "GBR", "", "whose electricity the run uses"
    )
    core_watts: Annotated[list[Watts], AfterValidator(_unrepeated)] = _field(
        [4.0, 16.0],
        "W",
        "bounds of a core's assumed power",
        min_length=2,
        max_length=2,
    )
    battery_wh: float = _field(
        15.0, "Wh", "charge of a telephone's battery", gt=0, le=1000
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = _field(
        "auto", "", "where the network is trained"
    )
    num_threads: int = _field(
        0, "", "seeds trained at once; 0: one per free core", ge=0, le=1024
    )

    @model_validator(mode="after")
    def _batch_within_limit(self) -> Self:
        limit = self.max_train_examples
        if limit and self.batch_size > limit:
            raise PydanticCustomError(
                "contradiction",
                "batch_size: {batch_size} is more than max_train_examples, "
                "{limit}; lower the one or raise the other",
                {"batch_size": self.batch_size, "limit": limit},
            )
        return self

    @classmethod
    def from_values(cls, values: dict[str, Any], where: str = "") -> Self:
        """Return the defaults with these values in their places."""
        try:
            return cls(**values)
        except ValidationError as error:
            raise ReportError(_message(_problems(error), where)) from None

    @classmethod
    def problems(cls, values: dict[str, Any]) -> list[str]:
        """Return a line for each thing that is wrong with these values."""
        try:
            cls(**values)
        except ValidationError as error:
            return _problems(error)
        return []

    @classmethod
    def from_namespace(cls, namespace: dict[str, Any]) -> Self:
        """Return the parameters that a notebook's globals hold.

        Every plain value counts as a parameter, so that a misspelt one is
        found. Names bound after an earlier call's result are the notebook's
        own: they are there when its cells are run a second time.
        """
        values = {}
        for name, value in namespace.items():
            if isinstance(value, cls):
                break
            hidden = name.startswith("_") or name in IPYTHON_NAMES
            if isinstance(value, PLAIN) and not hidden:
                values[name] = value
        problems = []
        for name in cls.model_fields:
            if name in namespace:
                values[name] = namespace[name]
            else:
                problems.append(
                    f"{name}: missing; the parameters cell must give it a "
                    "value"
                )
        try:
            parameters = cls(**values)
        except ValidationError as error:
            problems += _problems(error)
        if problems:
            message = _message(problems)
            if not values.keys() <= cls.model_fields.keys():
                message += "\nOnce a name is mended, restart the kernel."
            raise ReportError(message) from None
        return parameters

    @property
    def switched_on(self) -> tuple[str, ...]:
        """Return the methods measured beside the network, in their order."""
        if self.methods == ALL_METHODS:
            return METHODS
        return tuple(name for name in METHODS if name in self.methods)

    @property
    def seeds(self) -> range:
        """Return the seeds, one for each network."""
        return range(self.seed, self.seed + self.num_seeds)

    def split(self, num_train_images: int) -> tuple[int, int]:
        """Return how many images are trained on and how many are held out."""
        held_out = self.validation_size or num_train_images // VALIDATION_SHARE
        left = num_train_images - held_out
        return min(left, self.max_train_examples or left), held_out

    def check_against(self, num_train_images: int, num_classes: int) -> None:
        """Raise if these data are too few for these parameters."""
        trained, held_out = self.split(num_train_images)
        problems = []
        if trained < num_classes or held_out < 1:
            problems.append(
                f"validation_size: {self.validation_size} leaves "
                f"{max(trained, 0)} images to train on and {held_out} to "
                f"validate with, of {num_train_images} in all; at least one "
                f"for each of {num_classes} classes and 1 are needed"
            )
        elif self.batch_size > trained:
            problems.append(
                f"batch_size: {self.batch_size} is more than the {trained} "
                f"images trained on; allowed: 1 to {trained}"
            )
        else:
            problems += self._too_large_for(trained, num_classes)
        if problems:
            raise ReportError(_message(problems))

    def _too_large_for(self, trained: int, num_classes: int) -> list[str]:
        """Return what so few training images rule out."""
        problems = []
        most_neighbours = max(self.knn_neighbours)
        if most_neighbours > trained and self._uses("knn", "knn-pca"):
            problems.append(
                f"knn_neighbours: {most_neighbours} is more than the "
                f"{trained} images trained on; allowed: 1 to {trained}"
            )
        if self.pca_components > trained and self._uses("knn-pca", "rbf-svm"):
            problems.append(
                f"pca_components: {self.pca_components} is more than the "
                f"{trained} images trained on; allowed: 1 to {trained}"
            )
        smallest = min(self.curve_sizes, default=num_classes)
        if smallest < num_classes:
            problems.append(
                f"curve_sizes: {smallest} is less than one image for each of "
                f"{num_classes} classes; allowed: {num_classes} or more"
            )
        return problems

    def _uses(self, *names: str) -> bool:
        return not set(names).isdisjoint(self.switched_on)

    def text(self, name: str) -> str:
        """Return a parameter as prose shows it."""
        value = getattr(self, name)
        if type(value) is int and value >= 10_000 and name != "seed":
            return f"{value:,}"
        return literal(value)

    def table(self) -> list[Row]:
        """Return a row for each parameter."""
        return [
            Row(
                name,
                literal(getattr(self, name)),
                literal(field.default),
                allowed(name),
                field.json_schema_extra["unit"],
                field.description,
            )
            for name, field in type(self).model_fields.items()
        ]


def literal(value: Any) -> str:
    """Return a value as one would type it, no number with an exponent."""
    if isinstance(value, float):
        return format(Decimal(repr(value)).normalize(), "f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    return str(value) if value != "" else '""'


def type_name(name: str) -> str:
    """Return a parameter's type as the notebook's cell annotates it."""
    field = _field_of(name)
    if isinstance(field.default, list):
        [item] = get_args(field.annotation)
        plain, *_ = get_args(item) or (item,)
        return f"list[{plain.__name__}]"
    return type(field.default).__name__


def choices(name: str) -> list[str]:
    """Return a parameter's values as one types them, if they are a few."""
    if type_name(name) == "bool":
        return ["True", "False"]
    return [c for c in get_args(_field_of(name).annotation) if type(c) is str]


def allowed(name: str) -> str:
    """Return a parameter's allowed values in words."""
    field = _field_of(name)
    if name == "dataset":
        return ", ".join((*DATASETS, "idx:FOLDER"))
    if choices(name):
        return ", ".join(choices(name))
    if name == "conv_channels":
        most = IMAGE_SIDE.bit_length() - 1
        return f"1 to {most} whole numbers, each {_range(Channels)}"
    if name == "data_dir":
        return "any folder"
    if name == "methods":
        return f"all, or any of {', '.join(METHODS)}"
    if name == "runtimes":
        return f"none, or any of {', '.join(RUNTIMES)}"
    if name == "scripts":
        return "none or different folders of idx files"
    if name == "country":
        return "three letters of ISO 3166, such as GBR"
    if name == "core_watts":
        return f"two different numbers, each {_range(Watts)}"
    if type_name(name) in ("list[int]", "list[float]"):
        return _list_of(field)
    return _range(field)


def markdown_table() -> str:
    """Return the table of parameters and their defaults for the README."""
    rows = [
        (f"`{name}`", f"`{default}`", allowed, unit, meaning)
        for name, _, default, allowed, unit, meaning in Parameters().table()
    ]
    head = ("Parameter", "Default", "Allowed", "Unit", "Meaning")
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def read_yaml(path: Path | str, kind: str, example: str) -> dict[str, Any]:
    """Return the names and values of a YAML file, each given once.

    kind: what the file is, for messages; example: one line of such a file.
    """
    advice = f"Write one name with its value a line, such as: {example}"
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text in UTF-8"
        raise ReportError(
            f"Cannot read the {kind} {path}: {reason}."
        ) from None
    try:
        values = yaml.load(text, _UniqueKeyLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise ReportError(
            f"{kind.capitalize()} {path}{line}: {problem}.\n{advice}"
        ) from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ReportError(
            f"{kind.capitalize()} {path} holds no names with values.\n{advice}"
        )
    return values


def read_file(path: Path | str) -> dict[str, Any]:
    """Return the parameters that a YAML file sets, each one checked."""
    values = read_yaml(path, "parameter file", "num_epochs: 3")
    values = {str(name): value for name, value in values.items()}
    try:
        Parameters(**values)
    except ValidationError as error:
        # a contradiction may be resolved by the command line
        if problems := _problems(error, contradictions=False):
            where = f" in {path}"
            raise ReportError(_message(problems, where)) from None
    return values


def parse(name: str, text: str) -> Any:
    """Return the value that a command line gives as text."""
    if name in Parameters.model_fields and type_name(name) == "str":
        return text
    if SCIENTIFIC.fullmatch(text):
        return float(text)
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML in which a name is given once."""

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict:
        seen = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"{name} is given twice",
                    problem_mark=key.start_mark,
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


def _field_of(name: str) -> FieldInfo:
    return Parameters.model_fields[name]


def _range(field: Any) -> str:
    """Return a field's bounds in words."""
    metadata = getattr(field, "metadata", None) or field.__metadata__
    if metadata and isinstance(metadata[0], FieldInfo):
        metadata = metadata[0].metadata
    bounds = {
        bound: literal(getattr(item, bound))
        for item in metadata
        for bound in ("ge", "gt", "le", "lt")
        if getattr(item, bound, None) is not None
    }
    low = bounds.get("ge") or f"more than {bounds['gt']}"
    high = bounds.get("le") or f"less than {bounds['lt']}"
    return f"{low} to {high}"


def _list_of(field: FieldInfo) -> str:
    """Return the bounds of a list of different numbers in words."""
    [item] = get_args(field.annotation)
    few = (
        ""
        if any(hasattr(m, "min_length") for m in field.metadata)
        else ("none or ")
    )
    kind = "whole numbers" if get_args(item)[0] is int else "numbers"
    return f"{few}different {kind}, each {_range(item)}"


def _problems(
    error: ValidationError, contradictions: bool = True
) -> list[str]:
    """Return one line for each thing that is wrong."""
    problems = {}
    for item in error.errors():
        if item["loc"]:
            name = str(item["loc"][0])
            problems.setdefault(name, _problem(name, item))
        elif contradictions:
            problems[""] = item["msg"]
    return list(problems.values())


def _problem(name: str, item: dict[str, Any]) -> str:
    """Return what is wrong with one parameter and what is allowed."""
    if item["type"] == "extra_forbidden":
        return f"{name}: no such parameter{_nearest(name)}"
    value, kind = item["input"], type_name(name)
    if len(item["loc"]) > 1:
        kind = kind.removeprefix("list[").removesuffix("]")
    if isinstance(value, int | float):
        shown = literal(value)
    else:
        shown = repr(value) if type(value) is str else reprlib.repr(value)
    needed = f"allowed: {allowed(name)}"
    if item["type"] in OWN_CHECKS:
        return f"{name}: {shown}: {item['msg']}; {needed}"
    if isinstance(value, str) and kind in ("int", "float"):
        hint = _as_number(value, kind)
        return f"{name}: {shown} is text, not a number{hint}; {needed}"
    if not item["type"].endswith(("_type", "_from_float")):
        hint = near(value, allowed(name).split(", ")) if kind == "str" else ""
        return f"{name}: {shown} is not allowed{hint}; {needed}"
    what = {
        "int": "a whole number",
        "float": "a number",
        "str": "text",
        "bool": "True or False",
        "list[int]": "a list of whole numbers",
        "list[float]": "a list of numbers",
        "list[str]": "a list of names",
    }[kind]
    return f"{name}: {shown} is not {what}; {needed}"


def _as_number(text: str, kind: str) -> str:
    """Return how to write a number that YAML took for text."""
    try:
        number = float(text)
    except ValueError:
        return ""
    if kind == "int":
        return f"; write {number:.0f}" if number.is_integer() else ""
    mantissa, exponent, power = text.strip().lower().partition("e")
    if not exponent:
        return f"; write {text.strip()} without quotes"
    dotted = mantissa if "." in mantissa else f"{mantissa}.0"
    sign = "" if power[0] in "+-" else "+"
    return f"; write {dotted}e{sign}{power} or {literal(number)}"


def _nearest(name: str) -> str:
    """Return the parameter that was meant, or else all there are."""
    known = list(Parameters.model_fields)
    return near(name, known) or f"; known are {', '.join(known)}"


def near(word: Any, known: Iterable[str]) -> str:
    """Return a suggestion: the known word that is most like this one."""
    found = difflib.get_close_matches(str(word).lower(), known, 1, cutoff=0.5)
    return f"; did you mean {found[0]}?" if found else ""


def _message(problems: Iterable[str], where: str = "") -> str:
    """Return one message for all problems."""
    lines = "\n".join(f"  {problem}" for problem in problems)
    return f"Parameters that cannot be used{where}:\n{lines}"
