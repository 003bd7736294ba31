"""What the report shows of whom it serves, and at what cost.

One function per passage of the text: measurements in, exhibits out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mnist_report import (
    energy,
    figures,
    findings,
    hands,
    labels,
    measurements,
    scripts,
    tables,
    writers,
)
from mnist_report.comparison import NAMES, NETWORK, Comparison
from mnist_report.datasets.dataset import Dataset
from mnist_report.display import Display
from mnist_report.energy import Meter
from mnist_report.figures import TITLES
from mnist_report.grid import Grid
from mnist_report.hands import Hand
from mnist_report.labels import Effect
from mnist_report.pairs import YARDSTICK
from mnist_report.parameters import Parameters
from mnist_report.results import number
from mnist_report.scripts import Fit, Predict, Script
from mnist_report.writers import ClassReading, Study

# as many digits of one hand as a figure shows
MOST = 25


@dataclass
class Details:
    """What the main text leaves to an appendix."""

    study: Study = field(default_factory=Study)
    classes: Sequence[ClassReading] = ()
    effects: Mapping[str, Effect] = field(default_factory=dict)
    hands: Mapping[str, Hand] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)


def people(
    show: Display,
    compared: Comparison,
    data: Dataset,
    data_dir: Path,
    say: Callable[[str], None],
) -> Details:
    """Show whose digits are misread, where the writers are known."""
    results, wrong, name = show.results, compared.wrong, NAMES[NETWORK]
    study = writers.study(data, data_dir, wrong, say)
    classes = writers.by_class(
        wrong[NETWORK],
        compared.answers.truth,
        data.class_names,
        study.writers.get("test"),
    )
    measurements.record_writers(results, study, NETWORK)
    results.conclude(
        writers_known=findings.writers_known(study),
        writers_differ=findings.writers_differ(study, NETWORK, NAMES),
        writers_differ_for_all=findings.writers_differ_for_all(study, NAMES),
        writers_unequal=findings.writers_unequal(study, NETWORK, NAMES),
        writers_by_class=findings.writers_by_class(study, classes, name),
    )
    caption = "**Whose digits are misread.** Not measured in this run."
    if study.measured:
        caption = (
            "**Whose digits are misread.** Left: error rate on the test "
            "images by high-school students and by Census staff, with "
            "intervals from a bootstrap over writers. Right: the share of "
            "the network's errors that its worst-read writers account for; "
            "the band holds 95 % of what errors that fall on images at "
            "random would give."
        )
    show.figure(
        figures.writers(study.readings, NETWORK, study.reason),
        "fig-writers",
        caption,
    )
    return Details(study, classes)


def disputed(
    show: Display, compared: Comparison, data: Dataset, details: Details
) -> None:
    """Show the images whose label people dispute, and what they decide."""
    tested, changed, chosen = [], [], []
    if data.is_mnist:
        chosen = list(labels.DISPUTED)
        tested, changed = labels.decided_otherwise(compared.wrong)
        details.effects = labels.effects(compared.wrong)
    show.results.conclude(
        disputed_labels=findings.disputed_labels(
            tested, changed, details.effects.get(NETWORK), NAMES
        )
    )
    answers, names = compared.answers, np.array(data.class_names)
    show.figure(
        figures.disputed_labels(
            data.test_images[chosen, 0].numpy(),
            names[answers.truth[chosen]] if chosen else [],
            {
                method: names[answers.predicted(method)[chosen]]
                for method in answers.methods
                if method != YARDSTICK and chosen
            },
        ),
        "fig-disputed",
        "**Test images whose label is disputed,** with the label (bold) and "
        "each technique's answer."
        if chosen
        else "**Test images whose label is disputed.** No such label is "
        "known in these data.",
    )


def elsewhere(
    show: Display,
    ask: Predict,
    compared: Comparison,
    data: Dataset,
    data_dir: Path,
    details: Details,
) -> None:
    """Conclude what the network makes of the same digits from elsewhere.

    ask: from uint8 images (N, 1, 28, 28) to the network's logits.
    """
    details.hands, details.absent = hands.read(ask, data, data_dir)
    missed = compared.wrong[NETWORK]
    show.results.conclude(
        other_hands=findings.other_hands(
            hands.errors(details.hands),
            details.absent,
            (int(missed.sum()), len(missed)),
            NAMES[NETWORK],
        )
    )


def other_scripts(
    show: Display,
    ask: Predict,
    fit: Fit,
    data: Dataset,
    data_dir: Path,
    parameters: Parameters,
    workers: int,
) -> None:
    """Show what networks make of the digits of other scripts.

    fit: from images, labels and the number of classes to what predicts;
    workers: how many networks are trained at once.
    """
    found, missing = scripts.load(parameters.scripts, data_dir, data)
    every = [Script(data.title, data), *found] if found else []
    readings = scripts.read(ask, every)
    strange, learned = readings[1:], []
    if found:
        sample = parameters.script_examples, parameters.seed
        learned = scripts.learn(fit, every, *sample, workers)
    measurements.record_digit_sets(show.results)
    show.results.conclude(
        sure_of_other_scripts=findings.sure_of_other_scripts(
            strange, missing, NAMES[NETWORK]
        ),
        one_network_for_all=findings.one_network_for_all(learned, missing),
        script_must_be_known=findings.script_must_be_known(learned, missing),
    )
    if not (learned or missing):
        return
    show.figure(
        figures.script_digits(readings),
        "fig-scripts",
        "**Digits of several scripts by their value,** the most typical test "
        "image of each. Below it, the answer that the network trained on "
        "the first row most often gives to such digits, and how often; bold "
        "where it is wrong.",
    )
    show.table(
        tables.scripts(strange, learned, missing),
        "tbl-scripts",
        "**One network a script, and one for all.** Error rates with "
        "Wilson's intervals: of the network that never saw the script, with "
        "the share of its wrong answers given with a confidence of "
        f"{number(scripts.SURE, '.0%')} or more; of one trained on the script "
        "alone; and of one trained on all together, told the script or left "
        "to tell it. Each took the same images of the script.",
    )


def cost(
    show: Display,
    meter: Meter,
    seconds: Mapping[str, float],
    training_seconds: float,
    assumed: tuple[Sequence[float], Grid, float],
    committed: Mapping[str, float],
) -> None:
    """Show what the run cost, and what answers cost afterwards.

    seconds: of a core for an image, by method; training_seconds: of what
    trained the network; assumed: the bounds of a
    core's power, the grid, a battery's charge in Wh; committed: the core
    seconds of committed results.
    """
    watts, grid, battery_wh = assumed
    methods = {m: each for m, each in seconds.items() if m != YARDSTICK}
    run, costs = energy.total(meter.laps), energy.costs(methods, watts)
    by_core = meter.device == "cpu"
    measurements.record_energy(show.results, run, watts, grid, committed)
    show.results.conclude_of_machine(
        energy_counted=findings.energy_counted(run, watts, meter.device),
        cheapest_answer=findings.cheapest_answer(costs, NAMES),
        training_repaid=findings.training_repaid(
            training_seconds if by_core else None, costs, NAMES
        ),
    )
    show.table(
        tables.energy(meter.laps, watts, grid.grams),
        "tbl-energy",
        "**What this run cost,** part by part, up to this table. Bounds in "
        "brackets, where there are any, come from the power that is assumed.",
    )
    show.table(
        tables.answer_costs(costs, TITLES, grid.grams, battery_wh),
        "tbl-answers",
        "**What an answer costs:** the time of one core for an image among "
        "many, and what follows from it for a thousand and a million of them.",
    )


def appendix(
    show: Display, compared: Comparison, data: Dataset, details: Details
) -> None:
    """Show in full what the main text said of writers and labels."""
    study, missed = details.study, compared.wrong[NETWORK]
    show.text(_what_follows(show, details))
    if study.measured:
        show.table(
            tables.writers(study.readings, TITLES),
            "tbl-writers",
            "**Errors by group of writers.** Intervals and p-values from a "
            "bootstrap over writers, the latter corrected by Holm over the "
            "techniques; the worst-read tenth's share of all errors and "
            "Gini's coefficient of the writers' error rates, in brackets "
            "what errors at random would give.",
        )
        show.table(
            tables.writers_by_class(details.classes),
            "tbl-writers-classes",
            "**Errors by class and group of writers,** first seed's network. "
            "Intervals and p-values from a bootstrap over writers, the latter "
            "corrected by Holm over the classes.",
        )
        _worst_writer(show, compared, data, study)
    if details.effects:
        show.table(
            tables.disputed_labels(details.effects, TITLES),
            "tbl-disputed",
            "**Errors with and without the disputed labels,** with Wilson's "
            "intervals.",
        )
    if details.hands:
        show.table(
            tables.hands(
                details.hands, details.absent, (int(missed.sum()), len(missed))
            ),
            "tbl-hands",
            "**Digits written elsewhere,** read by the first seed's network, "
            "with Wilson's intervals.",
        )


def _what_follows(show: Display, details: Details) -> str:
    """Return what introduces the tables of the appendix."""
    said = []
    if details.study.measured:
        said.append(
            f"{show.link('tbl-writers')} and "
            f"{show.link('tbl-writers-classes')} compare the groups of "
            "writers, in all and class by class; "
            f"{show.link('fig-worst-writer')} shows the hand that the network "
            "reads worst."
        )
    if details.effects:
        said.append(
            f"{show.link('tbl-disputed')} counts errors with and without the "
            "disputed labels."
        )
    if details.hands:
        said.append(
            f"{show.link('tbl-hands')} is on digits that were written "
            "elsewhere."
        )
    return " ".join(said)


def _worst_writer(
    show: Display, compared: Comparison, data: Dataset, study: Study
) -> None:
    answers, names = compared.answers, np.array(data.class_names)
    missed, hand = compared.wrong[NETWORK], study.writers["test"].writer
    worst = writers.worst_writer(missed, hand)
    own = np.flatnonzero(hand == worst)
    own = own[np.argsort(~missed[own], kind="stable")][:MOST]
    show.figure(
        figures.prediction_grid(
            data.test_images[own, 0].numpy(),
            names[answers.truth[own]],
            names[answers.predicted(NETWORK)[own]],
        ),
        "fig-worst-writer",
        f"**The hand that the network reads worst:** NIST's writer {worst}; "
        "the misread digits come first, with a heavy frame.",
    )
