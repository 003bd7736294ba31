"""What a run measures, recorded under the names that the text links to."""

import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np

from mnist_report import calibration, energy, findings, scripts, statistics
from mnist_report.comparison import NAMES, Comparison
from mnist_report.energy import Lap
from mnist_report.grid import Grid
from mnist_report.measured import Measured
from mnist_report.results import SEED_SPREAD, Results, span
from mnist_report.writers import Study

MACHINE = "time on this machine, beside other processes"
NOT_MEASURED = "not measured"


def record_data(
    results: Results,
    title: str,
    sizes: Mapping[str, int],
    pixels: tuple[float, float],
    available: int,
) -> None:
    """Record the data set, its parts' sizes and its pixels' mean and SD.

    available: images that could have been trained on.
    """
    results.record("data-title", title, "the data set")
    if (trained := sizes["train"]) < available:
        results.notices.append(
            f"**Trained on a part.** Of {available:,} images to train on, "
            f"this run took {trained:,} (`max_train_examples`). What it "
            "finds holds for so many."
        )
    for part, count in sizes.items():
        name = findings.PARTS.get(part, part)
        results.record(f"{part}-images", count, f"{name} images", form=",d")
    mean, sd = pixels
    whose = "of all training pixels"
    results.record("pixel-mean", mean, f"mean {whose}", form=".4f")
    results.record("pixel-sd", sd, f"SD {whose}", form=".4f")


def record_network(
    results: Results, layers: Sequence[tuple[str, tuple[int, ...], int, int]]
) -> None:
    """Record the network's size and the share of its linear layers."""
    total = sum(layer[2] for layer in layers)
    linear = sum(layer[2] for layer in layers if layer[0] == "Linear")
    macs = sum(layer[3] for layer in layers)
    results.record("parameters", total, "parameters", form=",d")
    results.record("macs", macs, "multiply-accumulates", form=",d")
    share = linear / total
    results.record("linear-share", share, "linear layers' share", form=".1%")


def record_training(
    results: Results,
    train: tuple[Sequence[float], int],
    validation: tuple[Sequence[float], int],
    seconds: Sequence[float],
) -> None:
    """Record how well the networks fit, and how long they took.

    train, validation: error rates, one a seed, and the number of images.
    """
    for part, (rates, total) in {
        "train": train,
        "validation": validation,
    }.items():
        results.record_mean_error(
            f"{part}-error-mean",
            rates,
            total,
            f"error rate on {findings.PARTS.get(part, part)} images",
        )
    results.record(
        "training-seconds",
        float(np.median(seconds)),
        "time to train one network, median over the seeds",
        form=".0f" if np.median(seconds) >= 9.95 else ".1f",
        unit="s",
        varies="machine",
        reason=MACHINE,
    )
    results.conclude(
        generalisation_gap=findings.generalisation_gap(*train, *validation)
    )


def record_confusion(
    results: Results, confusion: np.ndarray, class_names: Sequence[str]
) -> None:
    """Record the most frequent confusion and the worst class.

    confusion: (classes, classes) counts, a row for each actual class.
    """
    sizes = confusion.sum(axis=1)
    errors = confusion - np.diag(np.diag(confusion))
    results.record_words(
        "top-confusion",
        _most_frequent(errors, class_names),
        "the most frequent confusion",
    )
    wrong = errors.sum(axis=1)
    rates = wrong / np.where(sizes, sizes, np.inf)
    worst = int(np.where(sizes, rates, -1).argmax())
    results.record_words("worst-class", class_names[worst], "the worst class")
    results.record_error_rate(
        "worst-class-error",
        wrong[worst],
        sizes[worst],
        "the worst class's error rate",
    )
    results.conclude(classes_differ=findings.classes_differ(wrong, sizes))


def _most_frequent(errors: np.ndarray, class_names: Sequence[str]) -> str:
    """Return the most frequent error, or how many are equally frequent."""
    count = int(errors.max())
    kinds = [
        f"{class_names[actual]} taken for {class_names[answer]}"
        for actual, answer in np.argwhere(errors == count)
    ]
    if not count:
        return "none"
    if len(kinds) > 2:
        return f"shared by {len(kinds)} pairs of classes ({count:,}× each)"
    if len(kinds) == 2:
        return f"shared by {' and '.join(kinds)} ({count:,}× each)"
    return f"{kinds[0]} ({count:,}×)"


def record_writers(results: Results, study: Study, method: str) -> None:
    """Record who wrote the images, and whom one method misreads."""
    for part in ("train", "test"):
        who = study.writers.get(part)
        for group, chosen in (
            ("writers", slice(None)),
            ("students", who and who.student),
            ("staff", who and ~who.student),
        ):
            results.record(
                f"{part}-{group}",
                len(np.unique(who.writer[chosen])) if who else NOT_MEASURED,
                f"people who wrote the {findings.PARTS.get(part, part)} "
                f"images: {group}",
            )
    reading = study.readings.get(method)
    for at, group in enumerate(("students", "staff")):
        each = reading and reading.groups[at]
        _record_varying(
            results,
            f"{group}-error",
            each and each.rate,
            f"error rate on digits by {group}",
            ".2%",
            each and (each.interval[1] - each.interval[0]) / 2,
            each and each.interval,
        )
    spread = reading and reading.concentration
    for name, meaning, form in (
        ("gini", "Gini's coefficient of the writers' error rates", ".2f"),
        ("share", "share of errors of the worst-read tenth", ".0%"),
    ):
        _record_varying(
            results,
            f"writers-{name}",
            spread and getattr(spread, name),
            meaning,
            form,
            spread and getattr(spread, f"{name}_spread"),
        )


def record_digit_sets(results: Results) -> None:
    """Record how many sets of decimal digits Unicode knows."""
    sets = scripts.digit_sets()
    western = sum(map(scripts.western, sets))
    for name, value, meaning in (
        ("digit-sets", len(sets), "sets of ten decimal digits"),
        ("digit-sets-western", western, "of these, styles of 0 to 9"),
        ("digit-sets-other", len(sets) - western, "of these, others"),
        ("unicode", unicodedata.unidata_version, "version of Unicode"),
    ):
        results.record(
            name,
            value,
            meaning,
            varies="machine",
            reason="follows the Unicode version that this Python knows",
        )


def record_energy(
    results: Results,
    run: Lap,
    watts: tuple[float, float],
    grid: Grid,
    committed: Mapping[str, float],
) -> None:
    """Record a run's energy and carbon, and those of the committed results.

    committed: core seconds of each; bounds take an interval's place.
    """
    results.record("grid-country", grid.country, "country of the grid")
    results.record("grid-year", str(grid.year), "year of the grid's carbon")
    results.record(
        "grid-carbon",
        grid.grams,
        "CO₂ equivalents of 1 kWh",
        form=".0f",
        unit="g",
    )
    results.record(
        "committed-runs",
        len(committed),
        "committed results whose core time was noted",
    )
    before = energy.Lap("", 0, sum(committed.values()), None, None)
    on_this_machine = {"varies": "machine", "reason": MACHINE}
    for name, whose, lap, varies in (
        ("run", "this run", run, on_this_machine),
        ("committed", "the committed results", before, {}),
    ):
        used = lap.watt_hours(watts)
        carbon = used.times(grid.grams / 1000)
        assumed = used.low < used.high or None
        for what, kind, amount, unit in (
            ("energy", "energy", used, "Wh"),
            ("carbon", "CO₂ equivalents", carbon, "g"),
        ):
            results.record(
                f"{name}-{what}",
                amount.value,
                f"{kind} of {whose}",
                form=".2f",
                unit=unit,
                interval=assumed and (amount.low, amount.high),
                **varies,
            )
            results.record(
                f"{name}-{what}-range",
                span((amount.low, amount.high), ".2f", unit)
                if assumed
                else "by the counters",
                f"{kind} of {whose}, at the bounds of the power assumed",
                **varies,
            )
        results.record(
            f"{name}-core-hours",
            lap.core_seconds / 3600,
            f"hours that cores worked for {whose}",
            form=".2f",
            **varies,
        )


def _record_varying(
    results: Results,
    name: str,
    value: float | None,
    meaning: str,
    form: str,
    tolerance: float | None,
    interval: tuple[float, float] | None = None,
) -> None:
    """Record what follows the trained network, or that it is missing."""
    if value is None:
        results.record(name, NOT_MEASURED, meaning)
        return
    results.record(
        name,
        value,
        meaning,
        form=form,
        interval=interval,
        varies="stochastic",
        tolerance=tolerance,
        reason=SEED_SPREAD,
    )


def record_test(
    results: Results,
    wrong: np.ndarray,
    truth: np.ndarray,
    validation: tuple[Sequence[float], int],
    is_mnist: bool,
) -> None:
    """Record the networks' test errors.

    wrong: (seeds, images), true where a network errs; truth: the classes;
    validation: error rates, one a seed, and the number of images.
    """
    total = wrong.shape[1]
    results.record_mean_error(
        "test-error-mean", wrong.mean(axis=1), total, "test error rate"
    )
    first = (int(wrong[0].sum()), total)
    results.record_error_rate(
        "test-error", *first, "the first network's test error rate"
    )
    rates, count = validation
    results.conclude(
        better_than_constant=findings.better_than_constant(
            *first, int(np.bincount(truth).max())
        ),
        seeds_differ=findings.seeds_differ(wrong),
        test_harder=findings.test_harder(*first, rates[0], count),
        human_estimate=findings.human_estimate(*first, is_mnist),
        better_than_lenet=findings.better_than_lenet(*first, is_mnist),
    )


def record_methods(results: Results, compared: Comparison) -> None:
    """Record each method's test error and what the paired tests say.

    A method that was switched off or failed is recorded as not measured.
    """
    wrong, pairs = compared.wrong, compared.pairs
    for name, label in NAMES.items():
        if name in wrong:
            results.record_error_rate(
                f"{name}-error",
                wrong[name].sum(),
                len(wrong[name]),
                f"test error rate of {label}",
            )
        else:
            results.record_words(f"{name}-error", NOT_MEASURED, label)
    results.record("num-methods", len(wrong), "methods measured", form="d")
    results.record("num-pairs", len(pairs), "pairs of methods", form="d")
    results.conclude(
        network_best=findings.network_best(pairs, NAMES),
        svm_beats_neighbours=findings.svm_beats_neighbours(pairs, NAMES),
        pca_costs=findings.pca_costs(pairs, NAMES),
        features_help=findings.features_help(pairs, NAMES),
        svm_on_features_better=findings.svm_on_features_better(pairs, NAMES),
        ensemble_better=findings.ensemble_better(pairs, NAMES),
        missed_by_all=findings.missed_by_all(wrong),
    )


def record_confidence(
    results: Results,
    before: np.ndarray,
    after: np.ndarray,
    truth: np.ndarray,
    temperature: float,
) -> None:
    """Conclude whether the network's confidence can be relied upon.

    before, after: probabilities without and with temperature scaling.
    """
    right = before.argmax(axis=1) == truth
    sure, scaled = map(calibration.confidence, (before, after))
    name = NAMES["cnn"]
    results.conclude(
        overconfident=findings.overconfident(sure, right, name),
        overconfident_scaled=findings.overconfident(
            scaled, right, name, temperature
        ),
        doubt_finds_mistakes=findings.doubt_finds_mistakes(sure, right, name),
    )


def record_compact(
    results: Results, found: Measured, own: Sequence[float], comparable: bool
) -> None:
    """Record the committed results of the compact network.

    own: this run's test error rates, one a seed; comparable: whether on the
    same test images.
    """
    rates = np.asarray(found.test_errors)
    interval = statistics.t_interval(rates, bounds=(0, 1))
    seconds = [each.processor_seconds for each in found.seeds]
    for name, value, meaning, form, unit in (
        ("parameters", found.num_parameters, "parameters", ",d", ""),
        ("macs", found.macs, "multiply-accumulates", ",d", ""),
        ("seeds", len(rates), "seeds", "d", ""),
        ("epochs", found.recipe.num_epochs, "epochs", "d", ""),
        ("images", found.train_images, "training images", ",d", ""),
        (
            "minutes",
            np.mean(seconds) / 60,
            "minutes of a core a seed",
            ".0f",
            "min",
        ),
        ("command", found.command, "command", "", ""),
    ):
        results.record(
            f"compact-{name}",
            value,
            f"compact network, committed: {meaning}",
            form=form,
            unit=unit,
        )
    results.record(
        "compact-error-sd",
        float(rates.std(ddof=1)),
        "compact network, committed: SD of the test error rate over seeds",
        form=".3f",
        unit="percentage points",
        factor=100,
    )
    results.record(
        "compact-error-mean",
        float(rates.mean()),
        "compact network, committed: test error rate, mean over the seeds",
        form=".2%",
        n=len(rates),
        interval=interval,
    )
    results.conclude(
        compact_better=findings.compact_better(rates, own, comparable)
    )
