"""What the report shows of its comparisons: recorded, concluded, displayed.

One function per passage of the text: measurements in, exhibits out.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from mnist_report import (
    ablation,
    artefacts,
    calibration,
    deployment,
    figures,
    findings,
    measurements,
    served,
    tables,
)
from mnist_report.ablation import Ablation
from mnist_report.calibration import Bin
from mnist_report.comparison import NAMES, Comparison
from mnist_report.display import Display
from mnist_report.energy import Meter, recorded
from mnist_report.figures import TITLES
from mnist_report.grid import grids
from mnist_report.measured import FOLDER, Barriers, Runtime, load
from mnist_report.methods import Demand
from mnist_report.pairs import YARDSTICK
from mnist_report.parameters import Parameters
from mnist_report.sizes import Curves
from mnist_report.statistics import wilson_interval

SIDE_BY_SIDE = ("knn-pca", "rbf-svm", "cnn")
CALIBRATED = ("cnn", "ensemble")
PYTORCH = "pytorch"


def augmented(
    show: Display,
    augment: Callable[..., torch.Tensor],
    settings: Mapping[str, float],
    images: torch.Tensor,
    labels: np.ndarray,
    seed: int,
) -> None:
    """Show a batch as the network sees it, and each augmentation alone."""
    torch.manual_seed(seed)
    chosen = torch.randperm(len(images))[:20]
    show.figure(
        figures.image_grid(
            augment(images[chosen], **settings)[:, 0].numpy(), labels[chosen]
        ),
        "fig-batch",
        "**From a batch in training.** Augmented images and their labels.",
    )
    few, alone = images[chosen[:8]], {}
    for kind, strengths in _one_at_a_time(settings).items():
        torch.manual_seed(seed)
        alone[kind] = augment(few, **strengths)[:, 0].numpy()
    show.figure(
        figures.augmentation_steps(few[:, 0].numpy() / 255, alone),
        "fig-augmentation",
        "**Each augmentation alone,** at the strength used in training.",
    )


def network(show: Display, layers: Sequence[tuple]) -> None:
    """Show the network's layers: name, shape, parameters, products."""
    measurements.record_network(show.results, layers)
    show.table(
        tables.layers(layers),
        "tbl-layers",
        "**The network, layer by layer,** for one image. Shapes are channels "
        "× height × width.",
        from_data=False,
    )
    show.figure(
        figures.architecture(layers),
        "fig-architecture",
        "**The network, drawn from the model itself.** Sheets stand for "
        "channels, bars for vectors; the words over an arrow name its layers.",
        from_data=False,
    )


def training(
    show: Display,
    fits: Sequence[Mapping],
    train: tuple[Sequence[float], int],
    validation: tuple[Sequence[float], int],
) -> None:
    """Show how training went.

    train, validation: error rates, one a seed, and the number of images.
    """
    seconds = [fitted["seconds"] for fitted in fits]
    measurements.record_training(show.results, train, validation, seconds)
    if lost := sum(not _finite(fitted["network"]) for fitted in fits):
        show.results.notices.append(
            f"**Training diverged.** Of {len(fits)} networks, {lost} have "
            "weights that are no longer numbers. What such a network answers "
            "is not defined; here its outputs count as 0, so that it gives "
            "the first class to every image."
        )
    show.figure(
        figures.learning_curves([fitted["history"] for fitted in fits]),
        "fig-curves",
        "**Learning curves.** Loss and error rate on training images (dashed; "
        "with augmentation, dropout and smoothed labels as trained) and on "
        "validation images (solid), and the learning rate at each epoch's "
        "end. Lines are means over the seeds; bands span them.",
    )


def seeds(
    show: Display,
    names: Sequence[int],
    wrong: np.ndarray,
    truth: np.ndarray,
    validation: tuple[Sequence[float], int],
    is_mnist: bool,
) -> None:
    """Show each seed's errors; wrong: (seeds, images)."""
    measurements.record_test(show.results, wrong, truth, validation, is_mnist)
    measurements.record_compact(
        show.results, load("compact"), wrong.mean(axis=1), is_mnist
    )
    show.table(
        tables.seeds(names, validation[0], wrong.sum(axis=1), len(truth)),
        "tbl-seeds",
        "**Each seed's network.** Error rates on validation and test images, "
        "and Wilson's interval of the latter.",
    )


def predictions(
    show: Display,
    compared: Comparison,
    images: np.ndarray,
    class_names: np.ndarray,
    seed: int,
) -> None:
    """Show some answers of the network, the first mistakes among them."""
    mistakes = np.flatnonzero(compared.answers.wrong("cnn"))
    at_random = np.random.default_rng(seed).permutation(len(images))[:20]
    chosen = np.concatenate([at_random, mistakes[:10]])
    show.figure(
        figures.prediction_grid(
            images[chosen],
            class_names[compared.answers.truth[chosen]],
            class_names[compared.answers.predicted("cnn")[chosen]],
        ),
        "fig-predictions",
        "**Test images and the network's answers.** Twenty drawn at random, "
        "then the first mistakes; a mistake has a heavy frame, a cross and "
        "the actual class in brackets.",
    )


def mistakes(
    show: Display,
    compared: Comparison,
    images: np.ndarray,
    class_names: np.ndarray,
) -> None:
    """Show the mistakes of which the network is surest."""
    answers = compared.answers
    sure = calibration.softmax(answers.scores["cnn"]).max(axis=1)
    wrong = np.flatnonzero(answers.wrong("cnn"))
    boldest = wrong[np.argsort(-sure[wrong], kind="stable")][:10]
    show.figure(
        figures.mistakes_grid(
            images[boldest],
            class_names[answers.truth[boldest]],
            class_names[answers.predicted("cnn")[boldest]],
            sure[boldest],
        ),
        "fig-mistakes",
        "**The most confident mistakes,** with the probability of the answer.",
    )


def class_errors(
    show: Display, confusion: np.ndarray, class_names: Sequence[str]
) -> None:
    """Show the error rate of each class."""
    show.figure(
        figures.class_errors(confusion, class_names),
        "fig-classes",
        "**Error rate of each class,** with Wilson's intervals; the dashed "
        "line is the rate over all classes. Test images, first seed's "
        "network.",
    )


def methods(
    show: Display,
    compared: Comparison,
    seeds: np.ndarray,
) -> None:
    """Show how every method errs; seeds: where each seed's network does."""
    measurements.record_methods(show.results, compared)
    wrong = compared.wrong
    show.table(
        tables.methods(wrong, compared.settings(), TITLES, seeds),
        "tbl-methods",
        "**The techniques on the same test images,** what the validation "
        "images chose, and Wilson's intervals; Student's for the mean.",
    )
    show.figure(
        figures.method_errors(
            {name: int(missed.sum()) for name, missed in wrong.items()},
            seeds.shape[1],
            {"cnn": seeds.sum(axis=1)},
        ),
        "fig-methods",
        "**Test errors of the techniques,** with Wilson's intervals; small "
        "dots are the networks of the single seeds.",
    )
    for each in compared.failures:
        name = NAMES.get(each.method, each.method)
        show.text(f"Not measured, since it failed: {name} ({each.message}).")


def confusions(
    show: Display, compared: Comparison, class_names: Sequence[str]
) -> np.ndarray:
    """Show who confuses what; return the network's counts."""
    truth, counts = compared.answers.truth, {}
    for name in compared.answers.methods:
        table = np.zeros((len(class_names),) * 2, dtype=int)
        np.add.at(table, (truth, compared.answers.predicted(name)), 1)
        counts[name] = table
    show.figure(
        figures.confusion_matrices(
            {name: counts[name] for name in SIDE_BY_SIDE if name in counts},
            class_names,
        ),
        "fig-confusion",
        "**Confusion matrices.** Test images; errors are shaded by their "
        "number, on one scale, and the diagonal is grey.",
    )
    measurements.record_confusion(show.results, counts["cnn"], class_names)
    return counts["cnn"]


def missed(
    show: Display,
    compared: Comparison,
    images: np.ndarray,
    class_names: np.ndarray,
) -> None:
    """Show test images (N, height, width) that every method misses."""
    names = [n for n in compared.answers.methods if n != YARDSTICK]
    show.figure(
        figures.missed_by_all(
            images,
            class_names[compared.answers.truth],
            {n: class_names[compared.answers.predicted(n)] for n in names},
        ),
        "fig-missed",
        "**Test images that every technique misses,** at most ten: the "
        "actual class, and each technique's answer.",
    )


def training_sizes(
    show: Display, curves: Curves, compared: Comparison
) -> None:
    """Show errors over the number of training images."""
    curves.add_full(len(compared.pixels[1]), compared.wrong)
    compared.answers.evidence.update(curves.evidence())
    shown = [name for name in curves.wrong if name != YARDSTICK]
    total = len(compared.answers.truth)
    show.results.conclude(
        more_data_helps=findings.more_data_helps(curves.wrong, NAMES),
        cnn_needs_more_data=findings.cnn_needs_more_data(curves.wrong, NAMES),
    )
    show.figure(
        figures.size_curves(
            curves.sizes,
            {name: curves.rates(name) for name in shown},
            {
                name: [
                    wilson_interval(count, total)
                    if count is not None
                    else (np.nan, np.nan)
                    for count in curves.counts(name)
                ]
                for name in shown
            },
        ),
        "fig-sizes",
        "**Test error over the number of training images,** both axes "
        "logarithmic, with Wilson's intervals; every smaller set is part of "
        "the next, and the settings are those chosen on the whole set.",
    )


def robustness(
    show: Display, compared: Comparison, wrong: np.ndarray
) -> dict[str, np.ndarray]:
    """Show errors under corruption, and return their rates.

    wrong: from under_corruption.
    """
    names = compared.answers.methods
    compared.answers.evidence.update(
        (f"{name}-wrong-distorted", rows)
        for name, rows in zip(names, wrong, strict=True)
    )
    show.results.conclude(
        most_robust=findings.most_robust(wrong, names, NAMES)
    )
    rates = np.full(wrong.shape[:-1], np.nan)
    if wrong.shape[-1]:
        rates = wrong.mean(axis=-1)
    by_name = dict(zip(names, rates, strict=True))
    by_name.pop(YARDSTICK, None)
    caption = "**Error under six corruptions of growing strength.**"
    if count := wrong.shape[-1]:
        images = f"{count:,} test image{'s' * (count != 1)}"
        caption += f" Every technique sees the same {images}."
    show.figure(figures.robustness_curves(by_name), "fig-robustness", caption)
    return by_name


def mean_distorted(show: Display, by_name: Mapping[str, np.ndarray]) -> None:
    """Show mean errors over all strengths; by_name: from robustness."""
    show.table(
        tables.robustness(by_name, TITLES),
        "tbl-robustness",
        "**Mean error under distortion,** from the undistorted images to the "
        f"strongest distortion (the areas under {show.link('fig-robustness')}"
        ").",
    )


def calibrated(
    show: Display,
    compared: Comparison,
    images: torch.Tensor,
    labels: np.ndarray,
) -> None:
    """Show how far confidence can be taken at its word.

    images, labels: for validation, which fit the temperatures.
    """
    truth, rows = compared.answers.truth, {}
    before: dict[str, list[Bin]] = {}
    after: dict[str, list[Bin]] = {}
    for name in (n for n in CALIBRATED if n in compared.answers.methods):
        scores = compared.log_scores(name, compared.answers.scores[name])
        held_out = compared.log_scores(name, compared.reader(name)(images))
        temperature = calibration.fit_temperature(held_out, labels)
        found = [
            calibration.softmax(scores, each) for each in (1, temperature)
        ]
        before[name], after[name] = (
            calibration.reliability(each, truth) for each in found
        )
        errors = (
            calibration.expected_calibration_error(each, truth)
            for each in found
        )
        compared.answers.evidence[f"{name}-confidence"] = np.stack(
            [calibration.confidence(each) for each in found]
        )
        rows[name] = (*errors, temperature)
        if name == "cnn":
            measurements.record_confidence(
                show.results, *found, truth, temperature
            )
    show.figure(
        figures.reliability(before, after),
        "fig-calibration",
        "**Reliability.** Above, the share of right answers over their "
        "confidence, with Wilson's intervals; below, how often it occurs.",
    )
    show.table(
        tables.calibration(rows, TITLES),
        "tbl-calibration",
        "**Expected calibration error** on the test images, before and after "
        "temperature scaling fitted on the validation images.",
    )


def by_class(
    show: Display, confusion: np.ndarray, class_names: Sequence[str]
) -> None:
    """Show precision, recall and F1 of each class."""
    show.table(
        tables.per_class(confusion, class_names),
        "tbl-per-class",
        "**Precision, recall and F1 of each class.** Test images, first "
        "seed's network.",
    )


def paired_tests(show: Display, compared: Comparison) -> None:
    """Show the test of every two methods."""
    show.table(
        tables.pairs(compared.pairs, TITLES),
        "tbl-pairs",
        "**Every two techniques on the same test images:** exact McNemar "
        "tests, with Holm's correction for their number in the adjusted p; "
        "Tango's intervals of the difference are not corrected.",
    )
    answers = compared.answers
    show.table(
        tables.agreement(
            {name: answers.predicted(name) for name in answers.methods}, TITLES
        ),
        "tbl-agreement",
        "**Agreement:** the share of test images to which two techniques give "
        "the same answer, be it right or wrong.",
    )


def deployed(
    show: Display,
    model: tuple,
    tested: tuple[torch.Tensor, torch.Tensor],
    runtimes: Sequence[str],
) -> None:
    """Show what each runtime needs to classify with the exported network.

    model: network, scale, class names and images for calibration; tested:
    test images and labels. The models are left beside the report. PyTorch's
    process takes as much memory as the report's own: where it is left out,
    what was measured of it once stands in its place.
    """
    found, committed = deployment.Deployment(), {}
    if runtimes:
        found = deployment.measure(*model, *tested, runtimes)
        if PYTORCH not in runtimes:
            committed[PYTORCH] = load(PYTORCH, Runtime)
    for name, content in found.models.items():
        artefacts.save(name, content)
    deployment.record(show.results, found)
    once = {
        deployment.RUNTIMES[name]: each.peak_bytes
        for name, each in committed.items()
    }
    show.results.conclude_of_machine(
        fits_in_128_mb=findings.fits_in_128_mb(once | found.peaks, once)
    )
    if not runtimes:
        show.text("The exported network was not measured in this run.")
        return
    earlier = "".join(
        f" {name}'s row was measured once, on another run." for name in once
    )
    show.text(f"{show.link('tbl-deployment')} gives what each runtime needs.")
    show.table(
        tables.deployment(found, len(tested[1]), committed),
        "tbl-deployment",
        "**The exported network in its runtimes,** each in fresh processes "
        "on one thread of this machine; the report's own process took other "
        f"times ({show.link('tbl-costs')}).{earlier} The largest difference "
        "is of a logit from the trained network's.",
    )
    for name, each in committed.items():
        show.text(
            f"{deployment.RUNTIMES[name]} was measured once, with the default "
            f"network on {each.data}, by `{each.command}`."
        )
    for message in found.failures.values():
        show.text(f"Not measured: {message}")


def energy(
    show: Display,
    meter: Meter,
    demands: Mapping[str, Demand],
    parameters: Parameters,
) -> None:
    """Show what the methods, the run and each answer cost."""
    show.table(
        tables.method_costs(demands, TITLES),
        "tbl-costs",
        "**What the techniques cost** on this machine, on one thread"
        f"{_but_for_training(meter.device)}: values kept after training, "
        "products summed for an image, the file, the growth of memory while "
        "fitting, and medians of repeated times; for the SVM on the CNN, "
        "values, products, file and fitting without the network that it "
        "builds on.",
        from_data=False,
    )
    served.cost(
        show,
        meter,
        {name: each.times.batch for name, each in demands.items()},
        demands["cnn"].seconds,
        (
            parameters.core_watts,
            grids()[parameters.country],
            parameters.battery_wh,
        ),
        recorded(FOLDER),
    )


def _but_for_training(device: str) -> str:
    """Say where networks were trained if that was not on one thread."""
    if device == "cpu":
        return ""
    return " but for the training of networks, on a graphics processor"


def ablated(
    show: Display,
    parameters: Parameters,
    count_wrong: Callable[[Parameters, int], int],
    num_images: int,
    workers: int,
) -> None:
    """Show what changing one thing at a time does.

    count_wrong: trains a seed's network with the parameters, and returns how
    many of the validation images, num_images, it misses.
    """
    if seeds := parameters.ablation_seeds:
        base = parameters.model_copy(update={"num_seeds": seeds})
        rows = ablation.measure(base, count_wrong, workers)
        recipe, made = base, "Made in this run"
        data = show.results.text("data-title")
    else:
        found = load("ablation", Ablation)
        rows, num_images = found.rows, found.validation_images
        recipe, data = found.recipe, found.data
        made = (
            f"Made once, on {found.data}, with the default parameters "
            f"otherwise, by `{found.command}`"
        )
    count, epochs = len(rows[0].wrong), recipe.num_epochs
    show.results.conclude(
        recipe_parts=findings.recipe_parts(rows, num_images, epochs, data)
    )
    show.table(
        tables.ablation(rows, num_images),
        "tbl-ablation",
        "**One change at a time:** error on validation images, and its "
        "difference from the network as it is, in percentage points, with "
        f"Student's interval, not corrected for their number. {made}, with "
        f"{count} seed{'s' * (count != 1)} and {epochs} "
        f"epoch{'s' * (epochs != 1)} for each.",
        from_data=bool(seeds),
    )


def findings_of_data(show: Display) -> None:
    """Show every judgement but those of the machine."""
    show.results.conclude(
        series_apart=findings.series_apart(show.looks),
        no_barriers=findings.no_barriers(load("barriers", Barriers)),
    )
    show.table(
        tables.findings(show.results.findings, of_machine=False),
        "tbl-findings",
        "**Findings.** Intervals and tests are at the 95 % level.",
    )


def provenance(show: Display) -> None:
    """Show what this machine decided, and where the run comes from."""
    show.table(
        tables.findings(show.results.findings, of_machine=True),
        "tbl-findings-machine",
        "**Findings about this machine:** its times, memory and energy.",
        from_data=False,
    )
    show.table(
        tables.provenance(show.results.provenance),
        "tbl-provenance",
        "**Where this run comes from.** Checksums are cut to 16 digits; in "
        "full they stand in the results attached to the PDF.",
        from_data=False,
    )


def _finite(network: torch.nn.Module) -> bool:
    """Say whether all that a network holds are numbers."""
    return all(each.isfinite().all() for each in network.state_dict().values())


def _one_at_a_time(
    settings: Mapping[str, float],
) -> dict[str, dict[str, float]]:
    """Return the settings of each augmentation that is switched on."""
    kinds: dict[str, dict[str, float]] = {}
    for name, value in settings.items():
        kind = name.split("_")[0]
        kinds.setdefault(kind, {})[name] = value
    on = {k: each for k, each in kinds.items() if all(each.values())}
    if "perspective" in on:  # on every image, to be seen
        on["perspective"]["perspective_probability"] = 1.0
    return on
