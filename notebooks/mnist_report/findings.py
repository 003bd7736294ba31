"""Sentences about a run that its evidence makes true, false or undecided.

One function per finding: evidence in, verdict and sentence out.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations, product

import numpy as np

from mnist_report import energy, statistics
from mnist_report.ablation import Row, differences
from mnist_report.corruptions import CORRUPTIONS
from mnist_report.energy import Cost, Lap
from mnist_report.labels import Effect
from mnist_report.legibility import Pair as Looks
from mnist_report.measured import Barriers
from mnist_report.pairs import YARDSTICK, Pair, between, compare
from mnist_report.results import (
    NO_BREAK_SPACE,
    Finding,
    Verdict,
    number,
    p_text,
    span,
)
from mnist_report.scripts import SURE, Learned, Reading
from mnist_report.statistics import ALPHA, Interval
from mnist_report.writers import ClassReading, Study

# LeCun et al. (1995), section 4: an estimate, without a protocol
HUMAN_ERROR = 0.002
# LeNet-5, trained on distorted images: errors on MNIST's test images, and
# their number (LeCun et al. 1998, figure 9)
LENET = (80, 10_000)
# share of the images that a recogniser could leave to a person
LEFT_TO_PEOPLE = 0.01
# what the network is compared with, if it was measured
TECHNIQUES = ("knn", "knn-pca", "linear-svm", "rbf-svm")
# what the report's first draft said that classification needs, in bytes
MEMORY_CLAIM = 128_000_000
# times less than so many times apart count as equal
MARGIN = 1.5
NO_SCRIPT = "no folder of another script was named"
NO_DISPUTE = "no label of these data is known to be disputed"
# a distortion that is named after what it takes away
LOSSES = {"contrast": "loss of contrast"}
# what a part of the data is called in a sentence, if not by its name
PARTS = {"train": "training"}

# how far apart, in CIELAB, two colours must be that alone tell series apart
APART = 20.0
SIMULATED = "[@machado2009physiologically]"

# a singular noun phrase with its article for each method
Labels = Mapping[str, str]


def above(interval: Interval, threshold: float) -> Verdict:
    """Say whether a whole interval lies above a threshold."""
    low, high = interval
    if low > threshold:
        return "yes"
    return "no" if high < threshold else "undecided"


def below(interval: Interval, threshold: float) -> Verdict:
    """Say whether a whole interval lies below a threshold."""
    low, high = interval
    return above((-high, -low), -threshold)


def significant(p_value: float) -> Verdict:
    """Say whether a difference is shown; a test never shows its absence."""
    return "yes" if p_value < ALPHA else "undecided"


def find(
    verdict: Verdict,
    question: str,
    evidence: str,
    sentences: dict[Verdict, str],
) -> Finding:
    """Return the finding with the sentence that the verdict picks."""
    return Finding(
        verdict=verdict,
        question=question,
        sentence=sentences[verdict],
        evidence=evidence,
    )


def generalisation_gap(
    train_errors: Sequence[float],
    num_train: int,
    validation_errors: Sequence[float],
    num_validation: int,
) -> Finding:
    """Say whether training images are fitted better than validation images.

    Error rates are one a seed. With several seeds the interval is Student's,
    of the difference over the seeds; where these do not differ, or there is
    but one, Newcombe's over the images.
    """
    differences = np.subtract(validation_errors, train_errors)
    whose, interval = "Student's", statistics.t_interval(differences)
    if np.ptp(differences) == 0:
        whose = "Newcombe's"
        interval = statistics.difference_interval(
            (
                round(validation_errors[0] * num_validation),
                round(train_errors[0] * num_train),
            ),
            (num_validation, num_train),
        )
    return find(
        above(interval, 0),
        "Is the error higher on validation than on training images?",
        f"{whose} interval of the difference {span(interval, '.2%')}",
        {
            "yes": "The error is higher on images that were not trained on: "
            "the network fits its training images better than others.",
            "no": "The error is lower on the validation images than on "
            "those that were trained on.",
            "undecided": "The errors on images that were trained on and on "
            "images that were not cannot be told apart.",
        },
    )


def seeds_differ(wrong: np.ndarray) -> Finding:
    """Say whether networks of different seeds differ in error.

    wrong: (seeds, images), true where a network errs.
    """
    seeds = len(wrong)
    p_value = statistics.cochran_p_value(wrong.T)
    return find(
        significant(p_value) if seeds > 1 else "not measured",
        "Do the networks of different seeds differ in their test error?",
        "permutation test of Cochran's Q on the same images, "
        f"{p_text(p_value)}"
        if seeds > 1
        else "one seed only",
        {
            "yes": f"The networks of the {seeds} seeds differ in their "
            "number of errors on the same test images: the seed matters.",
            "undecided": f"The networks of the {seeds} seeds cannot be told "
            "apart by their number of errors on the same test images.",
            "not measured": "Whether the seed matters cannot be said from "
            "one seed.",
        },
    )


def better_than_constant(
    wrong: int, total: int, largest_class: int
) -> Finding:
    """Say whether the network errs less than the best constant answer."""
    interval = statistics.wilson_interval(wrong, total)
    constant = 1 - largest_class / total
    rate = number(constant, ".2%")
    wrong_on = f"wrong on {rate} of the test images"
    best = f"the best constant answer, which is {wrong_on}"
    return find(
        below(interval, constant),
        "Is the test error below that of a constant answer?",
        f"Wilson's interval {span(interval, '.2%')} against {rate}",
        {
            "yes": "It errs less than any constant answer: the best is "
            f"{wrong_on}.",
            "no": f"It errs more than {best}.",
            "undecided": f"It cannot be told apart from {best}.",
        },
    )


def test_harder(
    test_wrong: int,
    num_test: int,
    validation_error: float,
    num_validation: int,
) -> Finding:
    """Say whether test images are harder than validation images."""
    interval = statistics.difference_interval(
        (test_wrong, round(validation_error * num_validation)),
        (num_test, num_validation),
    )
    return find(
        above(interval, 0),
        "Is the test error above the validation error?",
        f"Newcombe's interval of the difference {span(interval, '.2%')}",
        {
            "yes": "The network errs more on the test images than on the "
            "validation images.",
            "no": "The network errs less on the test images than on the "
            "validation images.",
            "undecided": "The network's error rates on test and validation "
            "images cannot be told apart.",
        },
    )


def human_estimate(wrong: int, total: int, is_mnist: bool) -> Finding:
    """Say whether the error is above the one estimated for people."""
    interval = statistics.wilson_interval(wrong, total)
    people = number(HUMAN_ERROR, ".1%")
    source = f"the {people} once estimated for people [@lecun1995comparison]"
    return find(
        above(interval, HUMAN_ERROR) if is_mnist else "not measured",
        f"Is the test error above the {people} estimated for people?",
        f"Wilson's interval {span(interval, '.2%')}"
        if is_mnist
        else "no estimate for these images",
        {
            "yes": f"The error lies above {source}.",
            "no": f"The error lies below {source}.",
            "undecided": f"The error cannot be told apart from {source}.",
            "not measured": "How well people read these images is not known.",
        },
    )


def better_than_lenet(wrong: int, total: int, is_mnist: bool) -> Finding:
    """Say whether the network errs less than LeNet-5 did."""
    interval = statistics.difference_interval(
        (wrong, LENET[0]), (total, LENET[1])
    )
    rate = number(LENET[0] / LENET[1], ".1%")
    rival = f"LeNet-5, which erred on {rate} [@lecun1998gradient]"
    return find(
        below(interval, 0) if is_mnist else "not measured",
        f"Does the network err less than LeNet-5, {rate}?",
        f"Newcombe's interval of the difference {span(interval, '.2%')}"
        if is_mnist
        else "no result of LeNet-5 for these images",
        {
            "yes": f"The network of this run errs less than {rival}.",
            "no": f"The network of this run errs more than {rival}.",
            "undecided": "The network of this run cannot be told apart from "
            f"{rival}.",
            "not measured": "How LeNet-5 would read the images of this run "
            "is not known.",
        },
    )


def doubt_finds_mistakes(
    confidence: np.ndarray, right: np.ndarray, name: str
) -> Finding:
    """Say whether a method is less sure where it errs.

    confidence: the probability of each answer; right: true where it was
    right.
    """
    confidence, right = np.asarray(confidence), np.asarray(right, dtype=bool)
    question = f"Is {name} less sure of its mistakes than of right answers?"
    if right.all() or not right.any():
        what = "made no mistake" if right.all() else "was never right"
        return _not_measured(question, f"{name} {what}")
    sooner, p_value = statistics.rank_test(
        confidence[~right], confidence[right]
    )
    left = max(1, round(LEFT_TO_PEOPLE * len(right)))
    doubted = np.argsort(confidence, kind="stable")[:left]
    found, mistakes = int((~right[doubted]).sum()), int((~right).sum())
    verdict = significant(p_value)
    if verdict == "yes" and sooner < 0.5:
        verdict = "no"
    return find(
        verdict,
        question,
        "a mistake is given the lower probability in "
        f"{number(sooner, '.1%')} of its pairs with right answers; "
        f"Mann and Whitney's test, {p_text(p_value)}",
        {
            "yes": f"{_start(name)} is less sure where it errs: of its "
            f"{_counted(mistakes, 'mistake')}, {found:,} "
            f"{'is' if found == 1 else 'are'} among the {left:,} "
            f"{'answer' if left == 1 else 'answers'} of which it is least "
            "sure.",
            "no": f"{_start(name)} is surer where it errs than where it is "
            "right.",
            "undecided": f"That {name} is less sure where it errs is not "
            "shown.",
        },
    )


def classes_differ(wrong: Sequence[int], totals: Sequence[int]) -> Finding:
    """Say whether the error rate differs between classes."""
    p_value = statistics.homogeneity_p_value(wrong, totals)
    return find(
        significant(p_value),
        "Does the error rate differ between classes?",
        f"permutation test of homogeneity, {p_text(p_value)}",
        {
            "yes": "The error is not shared equally: its rate differs "
            "between the classes.",
            "undecided": "The error rates of the classes cannot be told "
            "apart from equal ones.",
        },
    )


def network_best(
    pairs: Sequence[Pair], labels: Labels, network: str = "cnn"
) -> Finding:
    """Say whether the network errs less than each other technique.

    pairs: from pairs.pairwise; what was not measured is left out.
    """
    rivals = [
        pair
        for technique in TECHNIQUES
        if (pair := between(pairs, network, technique))
    ]
    name = labels[network]
    behind, ahead, level = (
        [labels[pair.second] for pair in rivals if pair.verdict == verdict]
        for verdict in ("yes", "no", "undecided")
    )
    but = f"errs less than {_each(behind)}, but " if behind else ""
    return find(
        _overall(rivals, no=ahead, undecided=level),
        f"Does {name} err less than each technique not built on it?",
        _evidence(rivals, [labels[pair.second] for pair in rivals])
        or "no other technique was measured",
        {
            "yes": f"{_start(name)} errs less than {_each(behind)}.",
            "no": f"{_start(_listed(ahead))} "
            f"{'errs' if len(ahead) == 1 else 'err'} less than {name}.",
            "undecided": f"{_start(name)} {but}is not distinguishable from "
            f"{_listed(level, 'or')} at {_n(rivals)}.",
            "not measured": f"No other technique was measured beside {name}.",
        },
    )


def compact_better(
    compact: Sequence[float], own: Sequence[float], comparable: bool
) -> Finding:
    """Say whether the compact network's seeds err less than this run's.

    compact, own: test error rates, one a seed; comparable: whether both were
    measured on the same test images.
    """
    interval = statistics.welch_interval(compact, own) if comparable else None
    name = "The compact network"
    return find(
        below(interval, 0) if interval else "not measured",
        "Does the compact network err less than this run's, over the seeds?",
        f"Welch's interval of the difference {span(interval, '.2%')}"
        if interval
        else "one seed only"
        if comparable
        else "the compact network's images are MNIST's",
        {
            "yes": f"{name} errs less than the one of this run.",
            "no": f"{name} errs more than the one of this run.",
            "undecided": f"{name} and the one of this run cannot be told "
            "apart by their seeds.",
            "not measured": f"{name} was measured on MNIST with several "
            "seeds; this run has no such network to set beside it.",
        },
    )


def recipe_parts(
    rows: Sequence[Row], total: int, num_epochs: int, data: str
) -> Finding:
    """Say which single changes to the recipe have a shown effect.

    rows: wrong images of the total, the first of the recipe as it is; data:
    what they are of.
    """
    base, *changes = rows
    question = "Does any single change to the recipe change the error?"
    tried = (
        f"the {len(changes)} changes to the recipe, each tried alone for "
        f"{_counted(num_epochs, 'epoch')} on {data}"
    )
    seeds = len(base.wrong)
    if seeds < 2:
        return _not_measured(
            question,
            "one seed only",
            f"What each of {tried}, does to the error cannot be said from "
            "one seed.",
        )
    raised = [differences(row, base, total) for row in changes]
    adjusted = statistics.holm(list(map(statistics.paired_p_value, raised)))
    shown = []
    for row, by, p_value in zip(changes, raised, adjusted, strict=True):
        if p_value < ALPHA:
            points = 100 * float(np.mean(by))
            sign = "+" * (points > 0)
            shown.append(
                f"“{row.name}” ({sign}{number(points, '.2f')} points)"
            )
    have = "have shown effects" if len(shown) > 1 else "has a shown effect"
    return find(
        "yes" if shown else "undecided",
        question,
        f"paired t-tests over {seeds} seeds on {data}, Holm's correction "
        f"over {_counted(len(changes), 'change')}: {p_text(min(adjusted))} "
        "at the least",
        {
            "yes": f"Of {tried}, only {_listed(shown)} {have}.",
            "undecided": f"Of {tried}, none {have} over {seeds} seeds.",
        },
    )


def svm_beats_neighbours(pairs: Sequence[Pair], labels: Labels) -> Finding:
    """Say whether the kernel SVM errs less than nearest neighbours."""
    return _compared(pairs, labels, "rbf-svm", "knn-pca")


def ensemble_better(pairs: Sequence[Pair], labels: Labels) -> Finding:
    """Say whether the mean of the seeds errs less than the first of them."""
    return _compared(
        pairs,
        labels,
        "ensemble",
        "cnn",
        yes=": averaging over seeds pays",
        no=": averaging over seeds does harm",
    )


def features_help(pairs: Sequence[Pair], labels: Labels) -> Finding:
    """Say whether learned features serve an SVM better than components."""
    return _compared(
        pairs,
        labels,
        "cnn-svm",
        "rbf-svm",
        yes=": learned features serve it better than principal components",
        no=": principal components serve it better than learned features",
    )


def svm_on_features_better(pairs: Sequence[Pair], labels: Labels) -> Finding:
    """Say whether an SVM makes more of the features than the network."""
    return _compared(pairs, labels, "cnn-svm", "cnn")


def pca_costs(pairs: Sequence[Pair], labels: Labels) -> Finding:
    """Say whether principal components cost nearest neighbours accuracy."""
    return _compared(
        pairs,
        labels,
        "knn",
        "knn-pca",
        yes=": the reduction to principal components costs accuracy",
        no=": the reduction to principal components costs no accuracy",
    )


def missed_by_all(wrong: Mapping[str, np.ndarray]) -> Finding:
    """Say whether there are images that every method misses."""
    methods = [rows for key, rows in wrong.items() if key != YARDSTICK]
    if len(methods) < 2:
        return find(
            "not measured",
            "Are there test images that every method misses?",
            "fewer than two methods were measured",
            {
                "not measured": "Which images every method misses cannot be "
                "said from fewer than two methods."
            },
        )
    count = int(np.logical_and.reduce(methods).sum())
    images = f"{len(methods[0]):,}"
    fewest = min(int(rows.sum()) for rows in methods)
    every = "both" if len(methods) == 2 else f"all {len(methods)}"
    return find(
        "yes" if count else "no",
        "Are there test images that every method misses?",
        f"{count:,} of {images}; the best method misses {fewest:,}",
        {
            "yes": f"Of the {images} test images, {count:,} "
            f"{'is' if count == 1 else 'are'} missed by {every} methods.",
            "no": f"None of the {images} test images is missed by {every} "
            "methods.",
        },
    )


def overconfident(
    confidence: np.ndarray,
    right: np.ndarray,
    name: str,
    temperature: float | None = None,
) -> Finding:
    """Say whether a method is surer of its answers than it is right.

    confidence: the probability of each answer; right: true where it was
    right; temperature: by which the probabilities were scaled, if at all.
    """
    interval = statistics.wilson_interval(int(np.sum(right)), len(right))
    mean = float(np.mean(confidence, dtype=float))
    sure, correct = (
        number(share, ".2%") for share in (mean, float(np.mean(right)))
    )
    scaling, at = "", ""
    if temperature is not None:
        scaling = "after temperature scaling, "
        at = f", temperature {number(float(temperature), '.2f')}"
    start = _start(f"{scaling}{name}")
    return find(
        below(interval, mean),
        _start(f"{scaling}is {name} surer than it is right?"),
        f"mean confidence {sure} against Wilson's interval of the accuracy "
        f"{span(interval, '.2%')}{at}",
        {
            "yes": f"{start} is overconfident: its mean confidence is {sure}, "
            f"its accuracy {correct}.",
            "no": f"{start} is less sure than it is right: its mean "
            f"confidence is {sure}, its accuracy {correct}.",
            "undecided": _start(f"{scaling}the mean confidence of {name}, ")
            + f"{sure}, cannot be told apart from its accuracy, {correct}.",
        },
    )


def more_data_helps(
    wrong: Mapping[str, Mapping[int, np.ndarray]], labels: Labels
) -> Finding:
    """Say whether errors still fall at the largest training size.

    wrong: for each method and training size, which test images it misses.
    """
    steps = {
        method: tuple(sorted(by_size)[-2:])
        for method, by_size in wrong.items()
        if method != YARDSTICK and len(by_size) > 1
    }
    found = compare(
        ((method, wrong[method][most]), (method, wrong[method][fewer]))
        for method, (fewer, most) in steps.items()
    )
    falls, rises, level = (
        [labels[pair.first] for pair in found if pair.verdict == verdict]
        for verdict in ("yes", "no", "undecided")
    )
    step = "From the last training size but one to the last"
    if len(set(steps.values())) == 1:
        fewer, most = next(iter(steps.values()))
        step = f"From {fewer:,} to {most:,} training images"
    some = _some(falls, len(found))
    fall = f"the error of {some} falls; " if falls else ""
    return find(
        _overall(found, no=rises, undecided=level),
        "Does the error of every method still fall at the largest training "
        "size?",
        _evidence(found, [labels[pair.first] for pair in found], "for")
        or "fewer than two training sizes were measured",
        {
            "yes": f"{step} the error of {some} still falls.",
            "no": f"{step} the error of {_listed(rises)} rises.",
            "undecided": f"{step} {fall}no change is shown for "
            f"{_listed(level, 'or')} at {_n(found)}.",
            "not measured": "Whether more training images would lower the "
            "error was not measured.",
        },
    )


def cnn_needs_more_data(
    wrong: Mapping[str, Mapping[int, np.ndarray]],
    labels: Labels,
    network: str = "cnn",
) -> Finding:
    """Say whether another technique errs less at some training size.

    wrong: for each method and training size, which test images it misses.
    """
    own, name = wrong.get(network, {}), labels[network]
    cases = [
        (size, rival)
        for rival in TECHNIQUES
        for size in sorted(own)
        if size in wrong.get(rival, {})
    ]
    found = compare(
        ((network, own[size]), (rival, wrong[rival][size]))
        for size, rival in cases
    )
    ahead, level = (
        [
            (labels[rival], size)
            for (size, rival), pair in zip(cases, found, strict=True)
            if pair.verdict == verdict
        ]
        for verdict in ("no", "undecided")
    )
    rivals = dict.fromkeys(labels[rival] for _, rival in cases)
    answers = {"yes": "no", "no": "yes"}
    verdict = _overall(found, no=ahead, undecided=level)
    return find(
        answers.get(verdict, verdict),
        "Is there a training size at which another technique errs less than "
        f"{name}?",
        f"{_family(found)}, {sum(p.verdict == 'yes' for p in found)} decided "
        f"for {name}, {len(ahead)} against it"
        if found
        else "no training size was measured for both",
        {
            "yes": f"{_start(name)} does not err least at every training "
            f"size: {_at_sizes(ahead, ('errs less ', 'err less '))}.",
            "no": f"At each training size measured, {name} errs less than "
            f"{_each(list(rivals))}.",
            "undecided": "No other technique is shown to err less than "
            f"{name} at any training size; at {_n(found)} it is not "
            "distinguishable from "
            f"{_at_sizes(level, last='or', between=', nor from ')}.",
            "not measured": f"Whether {name} needs more training images than "
            "other techniques was not measured.",
        },
    )


def most_robust(
    wrong: np.ndarray,
    methods: Sequence[str],
    labels: Labels,
    network: str = "cnn",
    seed: int = 0,
) -> Finding:
    """Say whether one method errs least over all corruptions and strengths.

    wrong: (methods, corruptions, strengths, images), true where a method
    errs, at evenly spaced strengths. Areas under the curves, the mean errors
    over them, are compared by drawing images anew, the same for all methods.
    """
    kept = [at for at, key in enumerate(methods) if key != YARDSTICK]
    names = [labels[methods[at]] for at in kept]
    question = "Is one method more robust to distortions than all others?"
    if len(names) < 2 or not wrong.shape[-1]:
        return find(
            "not measured",
            question,
            "fewer than two methods were measured"
            if wrong.shape[-1]
            else "no image was distorted",
            {
                "not measured": "Which method is the most robust to "
                "distortions was not measured."
            },
        )
    # an area is the mean of what each image adds to it
    rates = np.asarray(wrong)[kept].mean(axis=1)
    shares = np.trapezoid(rates, axis=1) / (rates.shape[1] - 1)
    areas = shares.mean(axis=1)
    best, *others = map(int, np.argsort(areas, kind="stable"))
    means = statistics.bootstrap_means(shares, seed=seed)
    family = list(combinations(range(len(names)), 2))
    p_values = dict(
        zip(
            map(frozenset, family),
            statistics.holm(
                [
                    statistics.bootstrap_p_value(means[:, one] - means[:, two])
                    for one, two in family
                ]
            ),
            strict=True,
        )
    )
    but, told = _at_the_strongest(np.asarray(wrong)[kept, :, -1], names, best)
    against = {other: p_values[frozenset((best, other))] for other in others}
    level = [names[other] for other, p in against.items() if p >= ALPHA]
    area = number(float(areas[best]), ".2%")
    that = ""
    if network in methods and methods[kept[best]] != network:
        own = number(float(areas[names.index(labels[network])]), ".2%")
        that = f" The mean error of {labels[network]} is {own}."
    return find(
        "undecided" if level else "yes",
        question,
        "paired bootstrap of the areas under the curves, Holm's correction "
        f"over {_counted(len(family), 'pair')}: "
        + _by_p_value(
            list(against.values()), [names[other] for other in others]
        )
        + told,
        {
            "yes": f"Over all distortions {names[best]} has the lowest mean "
            f"error, {area}{but}.{that}",
            "undecided": f"Over all distortions {names[best]} has the lowest "
            f"mean error, {area}, but is not distinguishable from "
            f"{_listed(level, 'or')} at n = {rates.shape[-1]:,}{but}.{that}",
        },
    )


def fits_in_128_mb(
    peaks: Mapping[str, Sequence[int]], committed: Collection[str] = ()
) -> Finding:
    """Say with which runtime classification fits into 128 MB.

    peaks: for each runtime the peak resident memory, in bytes, of fresh
    processes; it fits, or does not, where at least two processes agree.
    committed: the runtimes that were measured once, not in this run.
    """
    peaks = {name: peak for name, peak in peaks.items() if len(peak)}
    decided = {
        name: len(peak) > 1 and {each <= MEMORY_CLAIM for each in peak}
        for name, peak in peaks.items()
    }
    fits = [name for name, answer in decided.items() if answer == {True}]
    not_with = [name for name, answer in decided.items() if answer == {False}]
    open_for = [name for name in peaks if name not in (*fits, *not_with)]
    claim = f"{MEMORY_CLAIM // 10**6}{NO_BREAK_SPACE}MB"
    once = dict.fromkeys(committed, ", as committed")
    least, most = (
        [
            f"{one} ({word} {_megabytes(of(peaks[one]))}{once.get(one, '')})"
            for one in names
        ]
        for names, word, of in ((not_with, "from", min), (fits, "up to", max))
    )
    short = [
        f"not with {_listed(least, 'or')}" if least else "",
        f"undecided for {_listed(open_for)}" if open_for else "",
    ]
    rest = "".join(f", {part}" for part in short if part)
    verdict: Verdict = "undecided" if open_for else "no"
    return find(
        ("yes" if fits else verdict) if peaks else "not measured",
        f"Does the classification of an image fit into {claim} of memory?",
        "; ".join(
            f"{name}: {span((min(peak) / 1e6, max(peak) / 1e6), '.1f', 'MB')} "
            f"in {_counted(len(peak), 'process', 'processes')}"
            f"{once.get(name, '')}"
            for name, peak in peaks.items()
        )
        or "peak memory was not measured",
        {
            "yes": f"Classification fits into {claim} with {_listed(most)}"
            f"{rest}.",
            "no": f"Classification does not fit into {claim} with "
            f"{_listed(least, 'or')}.",
            "undecided": f"Whether classification fits into {claim} is "
            f"undecided for {_listed(open_for)}"
            + (f"; not with {_listed(least, 'or')}" if least else "")
            + ".",
            "not measured": f"Whether classification fits into {claim} was "
            "not measured.",
        },
    )


def series_apart(looks: Mapping[str, Sequence[Looks]]) -> Finding:
    """Say whether series stay apart in grey and for a deuteranope.

    looks: for each figure, each two of its series that meet.
    """
    figures = [pairs for pairs in looks.values() if pairs]
    alike = [[pair for pair in pairs if not pair.by_form] for pairs in figures]
    confused = sum(
        any(min(pair.deuteranopia, pair.grey) < APART for pair in pairs)
        for pairs in alike
    )
    total, same = sum(map(len, figures)), sum(map(len, alike))
    counted = _counted(len(figures), "figure")
    verdict: Verdict = "no" if confused else "yes"
    return find(
        verdict if figures else "not measured",
        "Do series stay apart in grey and under simulated deuteranopia?",
        f"{_counted(total, 'pair')} of series in {counted}, {same:,} of them "
        "alike in mark and line"
        if figures
        else "no figure with two series",
        {
            "yes": "Series that meet in a figure differ in mark, line or "
            "lightness, and stay apart under simulated deuteranopia "
            f"{SIMULATED}.",
            "no": f"In {confused} of {counted} with several series, two look "
            f"alike in grey or under simulated deuteranopia {SIMULATED}.",
            "not measured": "No figure of this run shows several series.",
        },
    )


def no_barriers(found: Barriers) -> Finding:
    """Say whether a rendered report keeps a reader out."""
    against = sorted({name for v in found.views for name in v.violations})
    silent = found.figures - found.described
    faults = [*against, *(["figures without words"] if silent else [])]
    looked = (
        f"axe-core {found.axe}, {found.rules} rules, {len(found.views)} views"
    )
    told = f"{found.described} of {found.figures} figures in words"
    return find(
        "no" if faults else "yes",
        "Are the default report's page and PDF open to all readers?",
        f"as committed: {looked}; PDF in {found.language}, {told}",
        {
            "yes": f"Against {found.rules} rules axe-core finds nothing on "
            "the default report's page, and all figures of its PDF have "
            "words.",
            "no": "The default report keeps readers out: axe-core and the "
            f"PDF's structure show {_listed(faults)}.",
        },
    )


def writers_known(study: Study) -> Finding:
    """Say who wrote the images, if that is known."""
    question = "Is it known who wrote the images?"
    if not study.measured:
        return _not_measured(question, study.reason)
    people = {
        part: {
            group: set(each.writer[chosen].tolist())
            for group, chosen in (
                ("all", slice(None)),
                ("students", each.student),
            )
        }
        for part, each in study.writers.items()
    }
    said = [
        f"{_counted(len(groups['all']), 'person', 'people')} wrote the "
        f"{PARTS.get(part, part)} images, {len(groups['students']):,} of "
        "them students"
        for part, groups in people.items()
    ]
    both = set.intersection(*(groups["all"] for groups in people.values()))
    shared = f"{_counted(len(both), 'person', 'people')} wrote"
    return find(
        "yes",
        question,
        "QMNIST's labels, matched with the images' classes",
        {
            "yes": _start(
                f"{', and '.join(said)}; "
                f"{shared if both else 'nobody wrote'} for both."
            )
        },
    )


def writers_differ(study: Study, method: str, labels: Labels) -> Finding:
    """Say whether a method reads students worse than Census staff."""
    question = (
        f"Does {labels[method]} misread students more often than Census staff?"
    )
    if method not in study.readings:
        return _not_measured(
            question,
            study.reason,
            "Who wrote which image is not known in this run, so that no "
            "groups of writers can be compared.",
        )
    found = study.readings[method]
    students, staff = (number(each.rate, ".2%") for each in found.groups)
    many, few = (f"{each.writers:,}" for each in found.groups)
    name = labels[method]
    return find(
        above(found.interval, 0),
        question,
        f"difference {span(found.interval, '.2%')}, bootstrap over {many} "
        f"students and {few} staff",
        {
            "yes": f"{_start(name)} misreads {students} of the digits by "
            f"high-school students and {staff} of those by Census Bureau "
            "staff: it reads students worse.",
            "no": f"{_start(name)} misreads {staff} of the digits by Census "
            f"Bureau staff and {students} of those by high-school students: "
            "it reads staff worse.",
            "undecided": f"{_start(name)} misreads {students} of the digits "
            f"by high-school students and {staff} of those by Census Bureau "
            "staff; with so few writers the two cannot be told apart.",
        },
    )


def writers_differ_for_all(study: Study, labels: Labels) -> Finding:
    """Say whether every method reads one of the two groups worse."""
    question = "Does every method misread students more often than staff?"
    found = {m: r for m, r in study.readings.items() if m != YARDSTICK}
    if not found:
        return _not_measured(
            question,
            study.reason,
            "The same holds for the other methods.",
        )
    students, staff, level = (
        [labels[method] for method, each in found.items() if group(each)]
        for group in (
            lambda each: each.adjusted < ALPHA and each.difference > 0,
            lambda each: each.adjusted < ALPHA and each.difference < 0,
            lambda each: each.adjusted >= ALPHA,
        )
    )
    some = (
        f"Students are read worse by {_listed(students)}, but "
        if students
        else ""
    )
    return find(
        "no" if staff else "undecided" if level else "yes",
        question,
        "bootstrap over writers, Holm's correction over "
        f"{_counted(len(found), 'method')}: "
        + _by_p_value(
            [each.adjusted for each in found.values()],
            [labels[method] for method in found],
            "for",
        ),
        {
            "yes": f"{_start(_every(students))} read"
            f"{'s' if len(students) == 1 else ''} students worse than staff.",
            "no": f"Staff are read worse by {_listed(staff)}.",
            "undecided": _start(
                f"{some}no difference is shown for {_listed(level, 'or')}."
            ),
        },
    )


def writers_unequal(study: Study, method: str, labels: Labels) -> Finding:
    """Say whether errors fall on few writers, more than by chance."""
    question = (
        f"Do the errors of {labels[method]} fall on few writers, more than "
        "by chance?"
    )
    if method not in study.readings:
        return _not_measured(
            question,
            study.reason,
            "Nor can it be said whether errors fall on few writers.",
        )
    found = study.readings[method].concentration
    share, chance, images = (
        number(each, ".0%")
        for each in (found.share, found.chance_share, found.images)
    )
    tenth = (
        f"The tenth of the writers that {labels[method]} reads worst wrote "
        f"{images} of the images and account for {share} of its errors"
    )
    return find(
        significant(found.p_value),
        question,
        "share of the worst-read tenth, permutation test, "
        f"{p_text(found.p_value)}; Gini's coefficient "
        f"{number(found.gini, '.2f')}, by chance "
        f"{number(found.chance_gini, '.2f')}",
        {
            "yes": f"{tenth}; were errors spread over images at random, that "
            f"share would be {chance}.",
            "undecided": f"{tenth}, which is no more than chance explains "
            f"({chance}).",
        },
    )


def writers_by_class(
    study: Study, classes: Sequence[ClassReading], name: str
) -> Finding:
    """Say in which classes the two groups of writers are read unequally."""
    question = "Does the error differ between the groups in any class?"
    if not classes:
        return _not_measured(
            question,
            study.reason,
            "Single classes are not compared by writers either.",
        )
    decided = [each for each in classes if each.adjusted < ALPHA]
    worse = [
        [each.name for each in decided if sign * _gap(each) > 0]
        for sign in (1, -1)
    ]
    said = [
        f"{group} worse in {_listed(names)}"
        for group, names in zip(("students", "staff"), worse, strict=True)
        if names
    ]
    return find(
        "yes" if decided else "undecided",
        question,
        "bootstrap over writers, Holm's correction over "
        f"{_counted(len(classes), 'class', 'classes')}",
        {
            "yes": f"Class by class, {name} reads {', and '.join(said)}.",
            "undecided": "In no single class is a difference between the "
            f"groups shown for {name}.",
        },
    )


def disputed_labels(
    tested: Sequence[Pair],
    changed: Sequence[Pair],
    effect: Effect | None,
    labels: Labels,
    method: str = "cnn",
) -> Finding:
    """Say whether the disputed labels decide a comparison of methods.

    effect: on the method's errors; None where no label is known to be
    disputed.
    """
    question = "Do the disputed labels decide how methods compare?"
    if effect is None:
        return _not_measured(question, NO_DISPUTE)
    before = number(effect.wrong / effect.images, ".2%")
    after = number(effect.without[0] / effect.without[1], ".2%")
    moves = (
        f"Without the {effect.disputed} disputed images the error of "
        f"{labels[method]} is {after} instead of {before}"
    )
    pairs = [
        f"{labels[pair.first]} and {labels[pair.second]}" for pair in changed
    ]
    return find(
        "yes" if changed else "no" if tested else "not measured",
        question,
        f"{len(changed)} of {_counted(len(tested), 'comparison')} decided "
        "otherwise without them",
        {
            "yes": f"{moves}, and the comparison of {_listed(pairs)} is "
            "decided otherwise.",
            "no": f"{moves}; no comparison of two methods is decided "
            "otherwise.",
            "not measured": f"{moves}.",
        },
    )


def other_hands(
    hands: Mapping[str, tuple[int, int]],
    missing: Mapping[str, str],
    test: tuple[int, int],
    name: str,
) -> Finding:
    """Say whether digits written elsewhere are misread more often.

    hands: errors and images of each collection; test: those of the test set.
    """
    question = f"Does {name} misread digits written elsewhere more often?"
    if not hands:
        return _not_measured(question, _reasons(missing))
    intervals = {
        title: statistics.difference_interval(
            (wrong, test[0]), (total, test[1])
        )
        for title, (wrong, total) in hands.items()
    }
    verdicts = {title: above(each, 0) for title, each in intervals.items()}
    rates = _listed(
        [
            f"{number(wrong / total, '.1%')} of {title}"
            for title, (wrong, total) in hands.items()
        ]
    )
    own = number(test[0] / test[1], ".2%")
    verdict: Verdict = "undecided"
    if len(set(verdicts.values())) == 1:
        verdict = next(iter(verdicts.values()))
    absent = f" Not measured: {_reasons(missing)}." if missing else ""
    tail = f"{rates}, against {own} of its own test images"
    return find(
        verdict,
        question,
        "Newcombe's interval of the difference: "
        + ", ".join(
            f"{span(each, '.1%')} for {title}"
            for title, each in intervals.items()
        ),
        {
            "yes": f"{_start(name)} misreads {tail}.{absent}",
            "no": f"{_start(name)} misreads fewer elsewhere: {tail}.{absent}",
            "undecided": f"{_start(name)} misreads {tail}; not all of these "
            f"differ.{absent}",
        },
    )


def sure_of_other_scripts(
    readings: Sequence[Reading], missing: Mapping[str, str], name: str
) -> Finding:
    """Say whether wrong answers to other scripts mostly come with certainty.

    Most: more than half of them, at a confidence of at least scripts.SURE.
    """
    question = f"Is {name} sure when it misreads digits of other scripts?"
    if not readings:
        return _not_measured(question, _reasons(missing) or NO_SCRIPT)
    wrong = sum(int(each.wrong.sum()) for each in readings)
    sure = sum(each.sure_and_wrong for each in readings)
    rates = _listed(
        [
            f"{number(float(each.wrong.mean()), '.0%')} of {each.title}"
            for each in readings
        ]
    )
    if not wrong:
        return find(
            "no",
            question,
            "no digit is misread",
            {"no": f"{_start(name)} misreads no digit of another script."},
        )
    interval = statistics.wilson_interval(sure, wrong)
    share, limit = number(sure / wrong, ".0%"), number(SURE, ".0%")
    facts = (
        f"{_start(name)} misreads {rates}, and {share} of these answers come "
        f"with a confidence of {limit} or more"
    )
    return find(
        above(interval, 0.5),
        question,
        f"share of wrong answers at {limit} or more, Wilson's interval "
        f"{span(interval, '.1%')}",
        {
            "yes": f"{facts}: mostly it is wrong and sure.",
            "no": f"{facts}: a threshold on the confidence would stop most "
            "of them, not all.",
            "undecided": f"{facts}.",
        },
    )


def one_network_for_all(
    learned: Sequence[Learned], missing: Mapping[str, str]
) -> Finding:
    """Say whether one network for all scripts errs more than one a script.

    Both see the same images of a script; the one for all is told the script.
    """
    question = "Does one network for all scripts err more than one a script?"
    if not learned:
        return _not_measured(
            question,
            NO_SCRIPT,
            "No network was trained on other scripts in this run.",
        )
    found = compare(
        (("alone", each.alone), ("together", each.known)) for each in learned
    )
    alone, together, level = (
        [
            each.title
            for each, pair in zip(learned, found, strict=True)
            if pair.verdict == verdict
        ]
        for verdict in ("yes", "no", "undecided")
    )
    gain = f"it errs less on {_listed(together)}" if together else ""
    loss = f"it errs more on {_listed(alone)}" if alone else ""
    rest = f"no difference is shown on {_listed(level)}" if level else ""
    said = "; ".join(part for part in (loss, gain, rest) if part)
    verdict: Verdict = "no" if together and not level else "undecided"
    return find(
        "yes" if alone else verdict,
        question,
        _evidence(found, [each.title for each in learned], "on"),
        dict.fromkeys(
            ("yes", "no", "undecided"),
            "Compared with a network of its own for each script, one network "
            f"for all that is told the script fares so: {said}.",
        ),
    )


def script_must_be_known(
    learned: Sequence[Learned], missing: Mapping[str, str]
) -> Finding:
    """Say whether a network that must tell the script errs more for it."""
    question = "Does the network for all scripts need to be told the script?"
    if not learned:
        return _not_measured(
            question, NO_SCRIPT, "Nor was one trained on all of them."
        )
    told = np.concatenate([each.known for each in learned])
    untold = np.concatenate([each.together for each in learned])
    [pair] = compare([(("told", told), ("untold", untold))])
    rates = [number(float(each.mean()), ".1%") for each in (untold, told)]
    return find(
        pair.verdict,
        question,
        f"{_family([pair])}: {p_text(pair.adjusted)}",
        {
            "yes": "Where it must tell the script as well, it errs on "
            f"{rates[0]} of all digits instead of {rates[1]}, since scripts "
            "share shapes: which script a digit belongs to has to be known "
            "from elsewhere.",
            "no": f"Told the script it errs on {rates[1]} of all digits, "
            f"more than the {rates[0]} of telling it itself.",
            "undecided": f"It errs on {rates[0]} of all digits where it must "
            f"tell the script as well, and on {rates[1]} where it is told: "
            "no difference is shown.",
        },
    )


def energy_counted(run: Lap, watts: Interval, device: str = "cpu") -> Finding:
    """Say whether the energy was counted or follows from assumed power.

    device: where the networks were trained.
    """
    bounds = span(tuple(watts), "g", "W")
    hours = number(run.core_seconds / 3600, ".2f")
    beside = evidence = ""
    if run.accelerator is not None:
        beside = " That of the graphics processor was read from its counter."
        evidence = "; the graphics processor's counter"
    elif device != "cpu":
        beside = " That of the graphics processor is not known and left out."
        evidence = "; none of the graphics processor"
    return find(
        "no" if run.counted is None else "yes",
        "Was the energy of this run's processor counted?",
        (
            "no readable counter"
            if run.counted is None
            else "counters of the processor, read by CodeCarbon"
        )
        + evidence,
        {
            "yes": "The energy of the processor was read from its own "
            "counters, which see all that runs on it [@codecarbon]." + beside,
            "no": "No energy counter of the processor could be read on this "
            "machine. Its energy is therefore the time that cores worked, "
            f"{hours} core hours, times an assumed power of {bounds} a core, "
            f"and no more exact than that.{beside}",
        },
    )


def cheapest_answer(
    costs: Mapping[str, Cost], labels: Labels, method: str = "cnn"
) -> Finding:
    """Say whether a method's answer takes less energy than all others'.

    Times were taken beside other processes: what is less than MARGIN apart
    counts as equal.
    """
    name = labels[method]
    question = f"Does an answer of {name} take less energy than any other's?"
    rivals = {
        each: cost
        for each, cost in costs.items()
        if each in TECHNIQUES and each != method
    }
    if method not in costs or not rivals:
        return _not_measured(question, "no times of several methods are known")
    own = costs[method].seconds
    ratios = {each: cost.seconds / own for each, cost in rivals.items()}
    dearer, cheaper, level = (
        [
            f"{labels[each]}{_times(max(ratio, 1 / ratio))}"
            for each, ratio in ratios.items()
            if test(ratio)
        ]
        for test in (
            lambda ratio: ratio > MARGIN,
            lambda ratio: ratio < 1 / MARGIN,
            lambda ratio: 1 / MARGIN <= ratio <= MARGIN,
        )
    )
    said = [
        (amount, like, _listed(names))
        for amount, like, names in (
            ("less", "than", dearer),
            ("more", "than", cheaper),
            ("about as much", "as", level),
        )
        if names
    ]
    *first, last = [
        f"{amount}{'' if at else ' energy'} {like} one by {names}"
        for at, (amount, like, names) in enumerate(said)
    ]
    taken = ", ".join([*first, f"and {last}"]) if first else last
    verdict: Verdict = "no" if cheaper else "undecided" if level else "yes"
    return find(
        verdict,
        question,
        f"time of one core for an image; less than {MARGIN:g}-fold counts "
        "as equal",
        dict.fromkeys(
            ("yes", "no", "undecided"), f"An answer by {name} takes {taken}."
        ),
    )


def training_repaid(
    training_seconds: float | None,
    costs: Mapping[str, Cost],
    labels: Labels,
) -> Finding:
    """Say after how many answers a network's training is paid back.

    Against nearest neighbours, which need none, on pixels if they were
    measured. training_seconds: of one core; None where a GPU trained.
    """
    question = "Is the energy of training paid back by cheaper answers?"
    if training_seconds is None:
        return _not_measured(
            question,
            "the network was trained on a graphics processor, and its "
            "answers were timed on one core",
        )
    rival = next((k for k in ("knn", "knn-pca") if k in costs), None)
    if rival is None or "cnn" not in costs:
        return _not_measured(question, "no time of nearest neighbours")
    own, other = costs["cnn"].seconds, costs[rival].seconds
    answers = energy.break_even(training_seconds, own, other)
    evidence = (
        f"{number(float(f'{training_seconds:.2g}'), ',g')}{NO_BREAK_SPACE}s "
        "of a core for "
        f"training, {number(1000 * own, '.2g')}{NO_BREAK_SPACE}ms against "
        f"{number(1000 * other, '.2g')}{NO_BREAK_SPACE}ms an image"
    )
    paid = "" if answers is None else f"{float(f'{answers:.2g}'):,.0f}"
    return find(
        "yes" if answers is not None else "no",
        question,
        evidence,
        {
            "yes": f"Against {labels[rival]}, which needs no training, that "
            f"of one network is paid back after about {paid} answers.",
            "no": f"Against {labels[rival]}, which needs no training, that "
            "of one network is never paid back.",
        },
    )


def _compared(
    pairs: Sequence[Pair],
    labels: Labels,
    first: str,
    second: str,
    yes: str = "",
    no: str = "",
) -> Finding:
    """Say whether the first errs less; yes, no: what that means."""
    pair = between(pairs, first, second)
    one, two = labels[first], labels[second]
    question = f"Does {one} err less than {two}?"
    if pair is None:
        return find(
            "not measured",
            question,
            "not both were measured",
            {
                "not measured": f"{_start(one)} and {two} were not both "
                "measured."
            },
        )
    return find(
        pair.verdict,
        question,
        f"{pair.first_only:,} against {pair.second_only:,} images missed by "
        f"one alone, difference {span(pair.interval, '.2%')}; "
        f"{_family([pair])}: {p_text(pair.adjusted)}",
        {
            "yes": f"{_start(one)} errs less than {two}{yes}.",
            "no": f"{_start(two)} errs less than {one}{no}.",
            "undecided": f"{_start(one)} and {two} are not distinguishable "
            f"at {_n([pair])}.",
        },
    )


def _at_the_strongest(
    wrong: np.ndarray, names: Sequence[str], best: int
) -> tuple[str, str]:
    """Say where others err less than the best over all, and by what tests.

    wrong: (methods, corruptions, images), at the greatest strengths.
    """
    others = [at for at in range(len(names)) if at != best]
    cases = list(product(range(wrong.shape[1]), others))
    found = compare(
        ((names[best], wrong[best, at]), (names[other], wrong[other, at]))
        for at, other in cases
    )
    lost = [
        (at, names[other])
        for (at, other), pair in zip(cases, found, strict=True)
        if pair.verdict == "no"
    ]
    kinds = [LOSSES.get(kind, kind) for kind in CORRUPTIONS]
    where = _listed([kinds[at] for at in sorted({at for at, _ in lost})])
    who = {name for _, name in lost}
    err = "others err" if len(who) > 1 else f"{''.join(who)} errs"
    return (
        f"; at the strongest {where} {err} less" if lost else "",
        f"; at the strongest, {_family(found)}: {len(lost)} decided against "
        f"{names[best]}",
    )


def _overall(found: Sequence[Pair], no: list, undecided: list) -> Verdict:
    """Return yes where nothing that was found speaks against it."""
    if not found:
        return "not measured"
    return "no" if no else "undecided" if undecided else "yes"


def _evidence(
    found: Sequence[Pair], about: Sequence[str], word: str = "against"
) -> str:
    """Return the tests and what each says, about what; empty without any."""
    if not found:
        return ""
    p_values = [pair.adjusted for pair in found]
    return f"{_family(found)}: {_by_p_value(p_values, about, word)}"


def _by_p_value(
    p_values: Sequence[float], about: Sequence[str], word: str = "against"
) -> str:
    """Return each p-value once, with all that it is about."""
    same: dict[str, list[str]] = {}
    for p_value, what in zip(p_values, about, strict=True):
        same.setdefault(p_text(p_value), []).append(what)
    return "; ".join(f"{p} {word} {_listed(what)}" for p, what in same.items())


def _family(found: Sequence[Pair]) -> str:
    if found[0].family == 1:
        return "exact McNemar test"
    return (
        "exact McNemar tests, Holm's correction over "
        f"{_counted(found[0].family, 'pair')}"
    )


def _n(found: Sequence[Pair]) -> str:
    return f"n = {found[0].images:,}" if found else ""


def _at_sizes(
    cases: Sequence[tuple[str, int]],
    verbs: tuple[str, str] = ("", ""),
    last: str = "and",
    between: str = "; ",
) -> str:
    """Return who at which training sizes; verbs: of one, and of several."""
    sizes: dict[str, list[str]] = {}
    for label, size in cases:
        sizes.setdefault(label, []).append(f"{size:,}")
    alike: dict[str, list[str]] = {}
    for label, at in sizes.items():
        alike.setdefault(_listed(at), []).append(label)
    return between.join(
        f"{_listed(who, last)} {verbs[len(who) > 1]}with {at} training images"
        for at, who in alike.items()
    )


def _some(names: Sequence[str], total: int) -> str:
    """Return a few names, or how many of all methods they are."""
    if len(names) < 3:
        return _listed(names)
    share = "all" if len(names) == total else f"{len(names)} of"
    return f"{share} {total} methods"


def _not_measured(question: str, reason: str, said: str = "") -> Finding:
    """Return a finding that says why there is none, or something shorter."""
    reason = _clause(reason) or "nothing to measure"
    return find(
        "not measured",
        question,
        reason,
        {"not measured": said or f"Not measured in this run: {reason}."},
    )


def _reasons(missing: Mapping[str, str]) -> str:
    """Return what is missing, each reason once."""
    alike: dict[str, list[str]] = {}
    for name, reason in missing.items():
        alike.setdefault(_clause(reason), []).append(name)
    return _listed(
        [f"{_listed(names)} ({why})" for why, names in alike.items()]
    )


def _clause(sentence: str) -> str:
    """Return a sentence as a part of another; what has no full stop is one."""
    if sentence.endswith(".") and sentence[1:2].islower():
        sentence = sentence[0].lower() + sentence[1:]
    return sentence.rstrip(".")


def _every(names: Sequence[str]) -> str:
    """Return the names, or how many they are beyond two."""
    if len(names) < 3:
        return _listed(names)
    return f"all {len(names)} methods"


def _gap(each: ClassReading) -> float:
    students, staff = each.groups
    return students.rate - staff.rate


def _times(ratio: float) -> str:
    """Return two digits of a ratio in brackets; nothing if they say 1."""
    text = number(float(f"{ratio:.2g}"), ",.0f" if ratio >= 9.95 else ".1f")
    return "" if text == "1.0" else f" ({text}×)"


def _megabytes(size: int) -> str:
    return f"{number(size / 1e6, '.0f')}{NO_BREAK_SPACE}MB"


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _start(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _listed(words: Sequence[str], last: str = "and") -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _each(words: Sequence[str]) -> str:
    return ("each of " if len(words) > 1 else "") + _listed(words)
