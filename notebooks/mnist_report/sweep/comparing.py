"""What runs of several configurations say when held against each other."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from mnist_report import statistics
from mnist_report.errors import ReportError
from mnist_report.parameters import literal
from mnist_report.statistics import ALPHA, Interval
from mnist_report.sweep.finished import Collection, Group
from mnist_report.sweep.plan import label_of

# more levels than this are read off an axis, not from a name
MOST_PAIRS = 200


def mean(errors: dict[int, float]) -> float:
    """Return the mean over the seeds."""
    return float(np.mean(list(errors.values())))


def deviation(errors: dict[int, float]) -> float | None:
    """Return the SD over the seeds; None for a single one."""
    if len(errors) < 2:
        return None
    return float(np.std(list(errors.values()), ddof=1))


def interval(errors: dict[int, float]) -> Interval | None:
    """Return Student's interval of the mean over the seeds."""
    return statistics.t_interval(list(errors.values()), bounds=(0, 1))


def chosen(groups: Sequence[Group]) -> Group:
    """Return the configuration with the lowest mean validation error.

    Those with missing runs are passed over while there are others; of equal
    ones the smaller network counts, then the one that was named first.
    """
    candidates = [each for each in groups if each.whole] or list(groups)
    return min(
        candidates, key=lambda each: (mean(each.validation), each.weights)
    )


def reference(collection: Collection) -> Group:
    """Return what the others are held against: as asked, else the chosen."""
    for group in collection.distinct:
        if group.label == collection.reference:
            return group
    return chosen(collection.distinct)


def shared_seeds(one: Group, other: Group) -> list[int]:
    """Return the seeds that pair two configurations: none on other data."""
    if one.data != other.data:
        return []
    return [seed for seed in one.test if seed in other.test]


def short_labels(groups: Sequence[Group]) -> tuple[str, dict[str, str]]:
    """Return a heading, and a label below it for each configuration.

    Where all vary the same parameters, the heading names these.
    """
    names = list(groups[0].varied)
    alike = all(
        list(group.varied) == names and group.label == label_of(group.varied)
        for group in groups
    )
    if not alike or not names:
        return "Configuration", {group.label: group.label for group in groups}
    return ", ".join(names), {
        group.label: ", ".join(map(literal, group.varied.values()))
        for group in groups
    }


class Difference(NamedTuple):
    """The test error of a configuration less that of the reference."""

    label: str
    seeds: int
    """How many seeds both have."""
    difference: float
    """Mean over these seeds."""
    interval: Interval | None
    """Student's interval over the seeds."""
    over_seeds: float | None
    """p-value of the paired t-test over the seeds."""
    over_images: float | None
    """p-value of the paired test over the test images."""
    p_value: float | None
    """The larger of the two: either alone would forget a source of chance."""
    adjusted: float | None
    """The same after Holm's correction over all configurations."""

    @property
    def distinguishable(self) -> bool | None:
        """Say whether it can be told from no difference; None: not tested."""
        return None if self.adjusted is None else self.adjusted < ALPHA


def differences(groups: Sequence[Group], against: Group) -> list[Difference]:
    """Hold every configuration's test error against the reference's."""
    others = [group for group in groups if group is not against]
    wrong = against.wrong() if len(others) <= MOST_PAIRS else {}
    found = [_difference(group, against, wrong) for group in others]
    tested = [each for each in found if each.p_value is not None]
    adjusted = statistics.holm([each.p_value for each in tested])
    by_label = dict(
        zip([each.label for each in tested], adjusted, strict=True)
    )
    return [each._replace(adjusted=by_label.get(each.label)) for each in found]


def _difference(
    group: Group, against: Group, wrong: dict[int, np.ndarray]
) -> Difference:
    ours, theirs = group.test, against.test
    shared = shared_seeds(group, against)
    if not shared:
        gap = mean(ours) - mean(theirs)
        return Difference(group.label, 0, gap, *(None,) * 5)
    by_seed = np.array([ours[seed] - theirs[seed] for seed in shared])
    over_seeds = statistics.paired_p_value(by_seed)
    over_images = _over_images(group.wrong() if wrong else {}, wrong)
    p_value = over_seeds
    if over_seeds is not None and over_images is not None:
        p_value = max(over_seeds, over_images)
    return Difference(
        group.label,
        len(shared),
        float(by_seed.mean()),
        statistics.t_interval(by_seed),
        over_seeds,
        over_images,
        p_value,
        None,
    )


def _over_images(
    ours: dict[int, np.ndarray], theirs: dict[int, np.ndarray]
) -> float | None:
    """Return the p-value over images of the seeds that both have.

    Each image counts with the share of seeds that miss it.
    """
    shared = [seed for seed in ours if seed in theirs]
    if not shared:
        return None
    first, second = (
        np.mean([wrong[seed] for seed in shared], axis=0)
        for wrong in (ours, theirs)
    )
    if first.shape != second.shape:
        return None
    return statistics.paired_p_value(first - second)


class Effect(NamedTuple):
    """What a parameter, or two together, do to the validation error."""

    names: tuple[str, ...]
    spread: float
    """Highest less lowest mean (of one), largest departure (of two)."""
    f_value: float
    p_value: float
    adjusted: float


def effects(collection: Collection) -> list[Effect]:
    """Return main effects and interactions of a whole grid.

    Analysis of variance of the validation errors, with seeds as blocks; an
    empty list where a run is missing or there is only one seed.
    """
    errors = grid_errors(collection)
    if errors is None or errors.shape[-1] < 2 or np.isnan(errors).any():
        return []
    if len({group.data for group in collection.groups}) > 1:
        return []
    names = [name for name, v in collection.grid.items() if len(v) > 1]
    errors = errors.reshape(
        [len(collection.grid[name]) for name in names] + [errors.shape[-1]]
    )
    residual, freedom = _residual(errors)
    found = []
    for size in (1, 2):
        for axes in itertools.combinations(range(len(names)), size):
            part, degrees = _part(errors, axes)
            count = errors.size / part.size
            square = count * (part**2).sum() / degrees
            f_value = float(square / residual) if residual > 0 else np.inf
            if square < 1e-20:
                f_value = 0.0
            spread = np.ptp(part) if size == 1 else np.abs(part).max()
            p_value = float(stats.f.sf(f_value, degrees, freedom))
            varied = tuple(names[axis] for axis in axes)
            found.append((varied, float(spread), f_value, p_value))
    adjusted = statistics.holm([each[3] for each in found])
    return [
        Effect(*each, corrected)
        for each, corrected in zip(found, adjusted, strict=True)
    ]


def grid_errors(collection: Collection) -> np.ndarray | None:
    """Return the validation errors of the grid: a level an axis, then seeds.

    NaN where a run is missing; None without a grid.
    """
    grid = collection.grid
    cells = {
        _place(grid, group.varied): group.validation
        for group in collection.on_grid
    }
    if not grid or not cells:
        return None
    seeds = sorted({seed for errors in cells.values() for seed in errors})
    shape = [len(values) for values in grid.values()]
    array = np.full([*shape, len(seeds)], np.nan)
    for place, errors in cells.items():
        array[place] = [errors.get(seed, np.nan) for seed in seeds]
    return array


def _place(
    grid: dict[str, list[Any]], varied: dict[str, Any]
) -> tuple[int, ...]:
    return tuple(values.index(varied[name]) for name, values in grid.items())


def _residual(errors: np.ndarray) -> tuple[float, int]:
    """Return mean square and degrees of freedom that cell and seed leave."""
    cells = errors.reshape(-1, errors.shape[-1])
    left = cells - cells.mean(axis=1, keepdims=True)
    left = left - left.mean(axis=0)
    freedom = (cells.shape[0] - 1) * (cells.shape[1] - 1)
    return float((left**2).sum() / freedom) if freedom else 0.0, freedom


def _part(errors: np.ndarray, axes: tuple[int, ...]) -> tuple[np.ndarray, int]:
    """Return what these axes alone add to the mean, and its freedom."""
    grand = errors.mean()
    means = _mean_over_others(errors, axes)
    if len(axes) == 1:
        return means - grand, means.size - 1
    first, second = (_mean_over_others(errors, (axis,)) for axis in axes)
    part = means - first[:, None] - second[None, :] + grand
    return part, (len(first) - 1) * (len(second) - 1)


def _mean_over_others(errors: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    others = tuple(a for a in range(errors.ndim) if a not in axes)
    return errors.mean(axis=others)


def pareto(costs: Sequence[float], errors: Sequence[float]) -> list[int]:
    """Return the places that no other beats in both cost and error."""
    order = sorted(range(len(costs)), key=lambda i: (costs[i], errors[i]))
    front, best = [], np.inf
    for index in order:
        if errors[index] < best:
            front.append(index)
            best = errors[index]
    return front


def flips(groups: Sequence[Group]) -> dict[str, dict[str, list[str]]]:
    """Return the findings whose verdict differs between configurations.

    For each its verdicts, and for each of these the configurations. A
    configuration counts where all its seeds agree; else as "by seed".
    """
    found = {}
    names = [n for g in groups for run in g.runs for n in run.verdicts]
    for name in dict.fromkeys(names):
        verdicts: dict[str, list[str]] = {}
        for group in groups:
            told = {
                run.verdicts.get(name, "not measured") for run in group.runs
            }
            verdict = told.pop() if len(told) == 1 else "by seed"
            verdicts.setdefault(verdict, []).append(group.label)
        if len(verdicts) > 1:
            found[name] = verdicts
    return found


def question(groups: Sequence[Group], name: str) -> str:
    """Return what a finding asks."""
    for group in groups:
        for run in group.runs:
            if name in run.questions:
                return run.questions[name]
    raise ReportError(f"There is no finding {name}.")
