"""A sweep file and the runs that it stands for, checked before any starts."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mnist_report.errors import ReportError
from mnist_report.parameters import Parameters, literal, near, read_yaml
from mnist_report.sweep import data

KEYS = {
    "name": "the sweep's name, which its folder bears",
    "description": "what is asked, in one sentence",
    "base": "parameters that all runs share",
    "grid": "parameters with the list of values that each takes",
    "points": "further configurations: a name and its parameters",
    "reference": "the configuration that the others are held against",
    "seeds": "how many seeds, or a list of them",
    "threads": "cores that one run takes",
    "memory_mb": "memory that one run needs",
    "minutes": "longest time that one run may take",
    "reports": "whether each run is rendered as PDF and HTML",
}
OWN = ("seed", "num_seeds", "num_threads")
MOST_RUNS = 10_000
MOST_PROBLEMS = 5
LONGEST_NAME = 80
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
# an underscore within a word is none
MARKUP = re.compile(r"[\\`*\[\]<>$|@~^#]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
BOOLEANS = "yes, no, on, off, true and false"


@dataclass(frozen=True)
class Run:
    """One papermill process: a configuration's parameters and one seed."""

    name: str
    seed: int
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Configuration:
    """What the sweep varies, at one setting, with a run for each seed."""

    label: str
    varied: dict[str, Any]
    runs: list[str]
    same_as: str | None = None
    """An earlier configuration whose results this one cannot but share."""


@dataclass(frozen=True)
class Plan:
    """All that a sweep file stands for."""

    name: str
    description: str
    base: dict[str, Any]
    grid: dict[str, list[Any]]
    reference: str | None
    seeds: list[int]
    threads: int
    memory_mb: int
    minutes: int
    reports: bool
    configurations: list[Configuration]
    runs: dict[str, Run]

    def as_json(self) -> str:
        """Return the plan as text for the engine and the comparison."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Return the plan that as_json wrote."""
        values = json.loads(text)
        values["configurations"] = [
            Configuration(**each) for each in values["configurations"]
        ]
        values["runs"] = {
            name: Run(**each) for name, each in values["runs"].items()
        }
        return cls(**values)


def read(path: Path) -> Plan:
    """Return the plan of a sweep file, every combination checked."""
    values = read_yaml(path, "sweep file", "name: quick")
    problems = list(_problems(values))
    if problems:
        raise _wrong(path, problems)
    seeds = values.get("seeds", 3)
    seeds = list(range(seeds)) if isinstance(seeds, int) else seeds
    base, grid = values.get("base") or {}, values.get("grid") or {}
    settings = list(_settings(grid, values.get("points") or {}))
    if len(settings) * len(seeds) > MOST_RUNS:
        raise _wrong(
            path,
            [
                f"grid: {len(settings):,} configurations with {len(seeds)} "
                f"seeds are more than {MOST_RUNS:,} runs"
            ],
        )
    threads = values.get("threads", 1)
    configurations, runs = _expanded(path, base, settings, seeds, threads)
    reference = values.get("reference")
    labels = [each.label for each in configurations]
    if reference is not None and reference not in labels:
        hint = near(reference, labels)
        raise _wrong(
            path, [f"reference: there is no configuration {reference!r}{hint}"]
        )
    return Plan(
        values["name"],
        " ".join(values.get("description", "").split()),
        base,
        grid,
        reference,
        seeds,
        threads,
        values.get("memory_mb", 4000),
        values.get("minutes", 120),
        values.get("reports", True),
        configurations,
        runs,
    )


def canonical(parameters: Parameters) -> dict[str, Any]:
    """Return the parameters without what cannot change a run's results.

    What has no effect beside the others is set to its default.
    """
    values = parameters.model_dump()
    default = Parameters().model_dump()
    for names, idle in IDLE.items():
        if idle(parameters):
            values |= {name: default[name] for name in names}
    return values


def digest(parameters: dict[str, Any]) -> str:
    """Return a short checksum of parameters."""
    text = json.dumps(parameters, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


# parameters, and when they change nothing
IDLE: dict[tuple[str, ...], Callable[[Parameters], bool]] = {
    ("num_threads",): lambda _: True,
    ("lr_step_size", "lr_gamma"): lambda p: p.lr_schedule != "step",
    ("lr_warmup",): lambda p: p.lr_schedule != "one-cycle",
    ("conv_channels", "hidden_units"): lambda p: p.network != "classic",
    ("elastic_smoothness",): lambda p: not p.elastic_displacement,
    ("perspective_distortion", "perspective_probability"): lambda p: (
        not (p.perspective_distortion and p.perspective_probability)
    ),
    ("knn_neighbours",): lambda p: not {"knn", "knn-pca"} & set(p.switched_on),
    ("linear_svm_c", "svm_c", "svm_gamma"): lambda p: (
        not {"linear-svm", "rbf-svm", "cnn-svm"} & set(p.switched_on)
    ),
}


def _problems(values: dict[str, Any]) -> Iterator[str]:
    """Give what is wrong with a sweep file before it is expanded."""
    for key in values:
        if key not in KEYS:
            hint = near(key, KEYS) or f"; known are {', '.join(KEYS)}"
            if key in Parameters.model_fields:
                hint = "; it is a parameter: write it under base or grid"
            yield f"{key}: no such key{hint}"
    name = values.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        yield (
            f"name: {name!r} cannot name a folder; allowed: small letters, "
            "figures, full stops and hyphens, such as learning-rate"
        )
    for key in ("description", "reference"):
        text = values.get(key, "")
        if not isinstance(text, str):
            yield f"{key}: {text!r} is not text{_boolean(text)}"
        else:
            yield from _problems_in_signs(key, " ".join(text.split()))
    yield from _problems_in_numbers(values)
    yield from _problems_in_seeds(values.get("seeds", 3))
    yield from _problems_in_base(values.get("base") or {})
    grid = values.get("grid") or {}
    yield from _problems_in_grid(grid)
    points = values.get("points") or {}
    yield from _problems_in_points(points)
    if not grid and not points:
        yield (
            "grid: nothing is varied; give a parameter with a list of "
            "values, such as learning_rate: [0.001, 0.005]"
        )


def _problems_in_numbers(values: dict[str, Any]) -> Iterator[str]:
    for key, most in {
        "threads": 1024,
        "memory_mb": 10**7,
        "minutes": 10**5,
    }.items():
        value = values.get(key, 1)
        if type(value) is not int or not 1 <= value <= most:
            yield (
                f"{key}: {value!r} is not allowed; allowed: a whole number, "
                f"1 to {most}"
            )
    if type(values.get("reports", True)) is not bool:
        yield f"reports: {values['reports']!r} is not true or false"


def _problems_in_seeds(seeds: Any) -> Iterator[str]:
    if type(seeds) is int and 1 <= seeds <= 1000:
        return
    if not isinstance(seeds, list) or not seeds:
        yield (
            f"seeds: {seeds!r} is not allowed; allowed: how many, 1 to 1000, "
            "or a list of seeds, such as [0, 1, 2]"
        )
        return
    for seed in seeds:
        if type(seed) is not int or not 0 <= seed < 2**31:
            yield f"seeds: {seed!r} is not a seed; allowed: 0 to {2**31 - 1}"
    yield from _repeated("seeds", seeds)


def _problems_in_base(base: Any) -> Iterator[str]:
    if not isinstance(base, dict):
        yield f"base: {base!r} holds no names with values"
        return
    yield from _problems_in_setting("base", base)


def _problems_in_grid(grid: Any) -> Iterator[str]:
    if not isinstance(grid, dict):
        yield f"grid: {grid!r} holds no names with lists of values"
        return
    for name, choices in grid.items():
        if choices in (None, []):
            yield f"grid: {name}: the list is empty; give it a value"
        elif not isinstance(choices, list):
            yield (
                f"grid: {name}: {choices!r} is no list; write "
                f"{name}: [{literal(choices)}]"
            )
        else:
            yield from _repeated(f"grid: {name}", choices)
            for choice in choices:
                yield from _problems_in_setting("grid", {name: choice})
                for text in choice if isinstance(choice, list) else [choice]:
                    if isinstance(text, str):
                        yield from _problems_in_label(f"grid: {name}", text)


def _problems_in_points(points: Any) -> Iterator[str]:
    if not isinstance(points, dict):
        yield (
            "points: not names with parameters; write one a line, such as "
            "no rotation: {rotation_degrees: 0.0}"
        )
        return
    for label, setting in points.items():
        if not isinstance(label, str) or not label.strip():
            yield f"points: {label!r} is not a name{_boolean(label)}"
        elif label != label.strip():
            yield f"points: {label!r} begins or ends with a blank"
        elif not isinstance(setting or {}, dict):
            yield f"points: {label}: {setting!r} holds no names with values"
        else:
            yield from _problems_in_label("points", label)
            yield from _problems_in_setting(f"points: {label}", setting or {})


def _problems_in_label(where: str, text: str) -> Iterator[str]:
    """Give what would be more than words in the comparison's sentences."""
    if marks := list(dict.fromkeys(MARKUP.findall(text))):
        yield (
            f"{where}: {text!r} holds {' '.join(marks)}, which the report "
            "would take for markup; leave it out"
        )
    yield from _problems_in_signs(where, text)


def _problems_in_signs(where: str, text: str) -> Iterator[str]:
    """Give the signs that the comparison could not print."""
    if text.isascii() and text.isprintable():
        return
    # imported late: hardly a name needs a font asked
    import matplotlib
    from matplotlib.ft2font import FT2Font

    fonts = Path(matplotlib.get_data_path(), "fonts", "ttf")
    known = FT2Font(str(fonts / "DejaVuSans.ttf")).get_charmap()
    for sign in dict.fromkeys(text):
        if ord(sign) not in known or not sign.isprintable():
            yield (
                f"{where}: {text!r} holds U+{ord(sign):04X}, which no font "
                "of the report has; write it otherwise"
            )


def _problems_in_setting(where: str, setting: dict[str, Any]) -> Iterator[str]:
    """Give what is wrong with single values; of combinations, see below."""
    for name, value in setting.items():
        if name in OWN:
            own = "threads" if name == "num_threads" else "seeds"
            yield f"{where}: {name}: the sweep's key {own} says it"
            continue
        for problem in Parameters.problems({str(name): value}):
            yield f"{where}: {problem}{_boolean(value)}"


def _repeated(where: str, values: list[Any]) -> Iterator[str]:
    for index, value in enumerate(values):
        if value in values[:index]:
            yield f"{where}: {literal(value)} stands there twice"


def _boolean(value: Any) -> str:
    if type(value) is not bool:
        return ""
    return f"; YAML reads {BOOLEANS} so: put words into quotes"


def _settings(
    grid: dict[str, list[Any]], points: dict[str, dict[str, Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give label and varied parameters of each configuration."""
    for label, setting in points.items():
        yield label, setting or {}
    for combination in itertools.product(*grid.values()) if grid else ():
        setting = dict(zip(grid, combination, strict=True))
        yield label_of(setting), setting


def label_of(setting: dict[str, Any]) -> str:
    """Return what varies as the comparison prints it."""
    return ", ".join(f"{name} {literal(v)}" for name, v in setting.items())


def _expanded(
    path: Path,
    base: dict[str, Any],
    settings: list[tuple[str, dict[str, Any]]],
    seeds: list[int],
    threads: int,
) -> tuple[list[Configuration], dict[str, Run]]:
    """Return all configurations and runs; equal ones are run once."""
    configurations, runs, owners = [], {}, {}
    problems: dict[str, str] = {}
    for label, varied in settings:
        if any(label == each.label for each in configurations):
            raise _wrong(path, [f"two configurations are called {label!r}"])
        given = base | varied
        wrong = Parameters.problems(given) or data.problems(
            Parameters(**given)
        )
        for problem in wrong:
            problems.setdefault(problem, label)
        if problems:
            continue
        names, same_as = [], None
        for seed in seeds:
            own = {"seed": seed, "num_seeds": 1, "num_threads": threads}
            parameters = Parameters(**given, **own)
            checksum = digest(canonical(parameters))
            if checksum in owners:
                same_as = owners[checksum]
            else:
                owners[checksum] = label
                name = _run_name(label, seed, checksum)
                runs[checksum] = Run(name, seed, given | own)
            names.append(runs[checksum].name)
        configurations.append(Configuration(label, varied, names, same_as))
    if problems:
        lines = [f"{label}: {text}" for text, label in problems.items()]
        raise _wrong(path, lines)
    return configurations, {run.name: run for run in runs.values()}


def _run_name(label: str, seed: int, checksum: str) -> str:
    """Return what varies, readable, and a checksum of all parameters."""
    label = re.sub(r"[^\w.+-]+", "_", label).strip("._-")
    tail = f"-seed_{seed}-{checksum}"
    return label[: LONGEST_NAME - len(tail)] + tail


def _wrong(path: Path, problems: list[str]) -> ReportError:
    shown = problems[:MOST_PROBLEMS]
    if more := len(problems) - len(shown):
        shown.append(f"and {more} more")
    lines = "\n".join(f"  {problem}" for problem in shown)
    return ReportError(f"Sweep file {path} cannot be used:\n{lines}")
