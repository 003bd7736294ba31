"""Judgements on several methods, driven to each verdict; their tables."""

import numpy as np
import pytest

from mnist_report import findings, statistics, tables
from mnist_report.ablation import Row
from mnist_report.corruptions import CORRUPTIONS
from mnist_report.pairs import pairwise

LABELS = {
    "constant": "the constant answer",
    "knn": "the neighbour rule on pixels",
    "knn-pca": "the neighbour rule",
    "linear-svm": "the linear SVM",
    "rbf-svm": "the SVM",
    "cnn": "the network",
    "cnn-svm": "the SVM on features",
    "ensemble": "the ensemble",
}
IMAGES = 2000
BLANK = "\u00a0"


def misses(count, start=0, images=IMAGES):
    """Return which images are wrong: a stretch of them."""
    row = np.zeros(images, dtype=bool)
    row[start : start + count] = True
    return row


def compared(**counts):
    """Return all pairs of methods that miss the first images each."""
    return pairwise(
        {
            name.replace("_", "-"): misses(count)
            for name, count in counts.items()
        }
    )


def sizes(**curves):
    """Return for each method the misses at 100, 300 and 1,000 images."""
    return {
        name.replace("_", "-"): dict(
            zip((100, 300, 1000), map(misses, counts), strict=False)
        )
        for name, counts in curves.items()
    }


def distorted(*rates, images=400, strengths=6):
    """Return two corruptions; methods err at rates that grow evenly."""
    rng = np.random.default_rng(0)
    luck = rng.random((2, strengths, images))
    return np.stack(
        [
            luck + rng.normal(scale=0.02, size=luck.shape)
            < rate * np.linspace(0, 2, strengths)[:, None]
            for rate in rates
        ]
    )


PAIRED = [
    (
        "network_best",
        {"knn": 90, "rbf_svm": 60, "cnn": 10, "ensemble": 1},
        "yes",
        "The network errs less than each of the neighbour rule on pixels and "
        "the SVM.",
    ),
    (
        "network_best",
        {"cnn": 10, "knn": 90},
        "yes",
        "The network errs less than the neighbour rule on pixels.",
    ),
    (
        "network_best",
        {"knn": 90, "linear_svm": 30, "rbf_svm": 20, "cnn": 60},
        "no",
        "The linear SVM and the SVM err less than the network.",
    ),
    (
        "network_best",
        {"knn": 10, "rbf_svm": 62, "cnn": 60},
        "no",
        "The neighbour rule on pixels errs less than the network.",
    ),
    (
        "network_best",
        {"knn": 90, "knn_pca": 12, "rbf_svm": 9, "cnn": 10},
        "undecided",
        "The network errs less than the neighbour rule on pixels, but is not "
        "distinguishable from the neighbour rule or the SVM at n = 2,000.",
    ),
    (
        "network_best",
        {"rbf_svm": 9, "cnn": 10},
        "undecided",
        "The network is not distinguishable from the SVM at n = 2,000.",
    ),
    (
        "network_best",
        {"cnn": 10, "cnn_svm": 10, "ensemble": 9},
        "not measured",
        "No other technique was measured beside the network.",
    ),
    (
        "svm_beats_neighbours",
        {"knn_pca": 60, "rbf_svm": 20},
        "yes",
        "The SVM errs less than the neighbour rule.",
    ),
    (
        "svm_beats_neighbours",
        {"knn_pca": 20, "rbf_svm": 60},
        "no",
        "The neighbour rule errs less than the SVM.",
    ),
    (
        "svm_beats_neighbours",
        {"knn_pca": 20, "rbf_svm": 21},
        "undecided",
        "The SVM and the neighbour rule are not distinguishable at n = 2,000.",
    ),
    (
        "svm_beats_neighbours",
        {"knn": 60, "rbf_svm": 20},
        "not measured",
        "The SVM and the neighbour rule were not both measured.",
    ),
    (
        "ensemble_better",
        {"cnn": 40, "ensemble": 20},
        "yes",
        "The ensemble errs less than the network: averaging over seeds pays.",
    ),
    (
        "ensemble_better",
        {"cnn": 20, "ensemble": 40},
        "no",
        "The network errs less than the ensemble: averaging over seeds does "
        "harm.",
    ),
    (
        "ensemble_better",
        {"cnn": 20, "ensemble": 20},
        "undecided",
        "The ensemble and the network are not distinguishable at n = 2,000.",
    ),
    (
        "ensemble_better",
        {"cnn": 20},
        "not measured",
        "The ensemble and the network were not both measured.",
    ),
    (
        "features_help",
        {"rbf_svm": 60, "cnn_svm": 20},
        "yes",
        "The SVM on features errs less than the SVM: learned features serve "
        "it better than principal components.",
    ),
    (
        "features_help",
        {"rbf_svm": 20, "cnn_svm": 60},
        "no",
        "The SVM errs less than the SVM on features: principal components "
        "serve it better than learned features.",
    ),
    (
        "features_help",
        {"rbf_svm": 20, "cnn_svm": 20},
        "undecided",
        "The SVM on features and the SVM are not distinguishable at "
        "n = 2,000.",
    ),
    ("features_help", {"cnn_svm": 20}, "not measured", "not both measured."),
    (
        "svm_on_features_better",
        {"cnn": 60, "cnn_svm": 20},
        "yes",
        "The SVM on features errs less than the network.",
    ),
    (
        "svm_on_features_better",
        {"cnn": 20, "cnn_svm": 60},
        "no",
        "The network errs less than the SVM on features.",
    ),
    (
        "svm_on_features_better",
        {"cnn": 20, "cnn_svm": 20},
        "undecided",
        "The SVM on features and the network are not distinguishable",
    ),
    ("svm_on_features_better", {"cnn": 20}, "not measured", "not both"),
    (
        "pca_costs",
        {"knn": 20, "knn_pca": 60},
        "yes",
        "The neighbour rule on pixels errs less than the neighbour rule: the "
        "reduction to principal components costs accuracy.",
    ),
    (
        "pca_costs",
        {"knn": 60, "knn_pca": 20},
        "no",
        "The neighbour rule errs less than the neighbour rule on pixels: the "
        "reduction to principal components costs no accuracy.",
    ),
    (
        "pca_costs",
        {"knn": 20, "knn_pca": 20},
        "undecided",
        "The neighbour rule on pixels and the neighbour rule are not "
        "distinguishable",
    ),
    ("pca_costs", {"knn": 20}, "not measured", "not both measured."),
]


@pytest.mark.parametrize(("name", "counts", "verdict", "part"), PAIRED)
def test_pairs_force_the_verdict(name, counts, verdict, part):
    finding = getattr(findings, name)(compared(**counts), LABELS)
    check(finding, verdict, part)


def check(finding, verdict, part):
    assert finding.verdict == verdict
    assert part in finding.sentence
    assert finding.sentence[0].isupper()
    assert finding.sentence.endswith(".")
    assert ".." not in finding.sentence
    assert "  " not in finding.sentence
    assert finding.question.endswith("?")
    assert finding.question[0].isupper()
    assert finding.evidence
    assert not finding.evidence.endswith(".")


def test_evidence_of_a_pair():
    # 0 against 40: the interval is Tango's, the p-value 2 / 2⁴⁰
    finding = findings.svm_beats_neighbours(
        compared(knn_pca=60, rbf_svm=20), LABELS
    )
    low, high = statistics.paired_difference_interval(0, 40, IMAGES)
    assert (round(low, 4), round(high, 4)) == (-0.0271, -0.0147)
    assert finding.evidence == (
        "0 against 40 images missed by one alone, difference \u22122.71 to "
        f"\u22121.47{BLANK}%; exact McNemar test: p < 0.001"
    )


def test_evidence_of_several_pairs():
    # each sixth p-value is multiplied by at most 6; 2 against 0 is p = 0.5
    finding = findings.network_best(
        compared(knn=90, linear_svm=80, rbf_svm=8, cnn=10), LABELS
    )
    assert finding.evidence == (
        "exact McNemar tests, Holm's correction over 6 pairs: p < 0.001 "
        "against the neighbour rule on pixels and the linear SVM; p = 0.500 "
        "against the SVM"
    )


def test_correction_decides_over_all_pairs():
    # 0 against 6 is p = 0.031 alone, and three times that among three
    alone = compared(knn_pca=12, rbf_svm=6)
    among = compared(knn_pca=12, rbf_svm=6, cnn=9)
    assert findings.svm_beats_neighbours(alone, LABELS).verdict == "yes"
    found = findings.svm_beats_neighbours(among, LABELS)
    assert found.verdict == "undecided"


@pytest.mark.parametrize(
    ("wrong", "verdict", "part"),
    [
        (
            {
                "constant": misses(0),
                "knn": misses(20),
                "rbf-svm": misses(20, 5),
                "cnn": misses(3, 10),
            },
            "yes",
            "Of the 2,000 test images, 3 are missed by all 3 methods.",
        ),
        (
            {"knn": misses(20), "cnn": misses(1, 19)},
            "yes",
            "Of the 2,000 test images, 1 is missed by both methods.",
        ),
        (
            {"knn": misses(20), "cnn": misses(5, 20)},
            "no",
            "None of the 2,000 test images is missed by both methods.",
        ),
        (
            {"constant": misses(9), "cnn": misses(5)},
            "not measured",
            "fewer than two methods.",
        ),
    ],
)
def test_images_that_all_methods_miss(wrong, verdict, part):
    check(findings.missed_by_all(wrong), verdict, part)


def test_evidence_of_images_that_all_methods_miss():
    wrong = {"knn": misses(20), "cnn": misses(5, 18)}
    finding = findings.missed_by_all(wrong)
    assert finding.evidence == "2 of 2,000; the best method misses 5"


@pytest.mark.parametrize(
    ("sure", "temperature", "verdict", "sentence"),
    [
        (
            0.999,
            None,
            "yes",
            "The network is overconfident: its mean confidence is "
            f"99.90{BLANK}%, its accuracy 99.00{BLANK}%.",
        ),
        (
            0.97,
            None,
            "no",
            "The network is less sure than it is right: its mean confidence "
            f"is 97.00{BLANK}%, its accuracy 99.00{BLANK}%.",
        ),
        (
            0.991,
            None,
            "undecided",
            f"The mean confidence of the network, 99.10{BLANK}%, cannot be "
            f"told apart from its accuracy, 99.00{BLANK}%.",
        ),
        (
            0.999,
            2.0,
            "yes",
            "After temperature scaling, the network is overconfident: its",
        ),
        (
            0.97,
            2.0,
            "no",
            "After temperature scaling, the network is less sure than it is",
        ),
        (
            0.991,
            2.0,
            "undecided",
            "After temperature scaling, the mean confidence of the network, ",
        ),
    ],
)
def test_confidence_above_accuracy(sure, temperature, verdict, sentence):
    finding = findings.overconfident(
        np.full(IMAGES, sure), ~misses(20), "the network", temperature
    )
    check(finding, verdict, sentence)


def test_evidence_of_overconfidence():
    finding = findings.overconfident(
        np.full(263, 0.9), misses(81, images=263), "the network", 1.5
    )
    assert finding.question == (
        "After temperature scaling, is the network surer than it is right?"
    )
    assert finding.evidence == (
        f"mean confidence 90.00{BLANK}% against Wilson's interval of the "
        f"accuracy 25.53–36.62{BLANK}%, temperature 1.50"
    )


@pytest.mark.parametrize(
    ("curves", "verdict", "sentence"),
    [
        (
            {"knn": (400, 200, 100), "cnn": (300, 100, 20)},
            "yes",
            "From 300 to 1,000 training images the error of the neighbour "
            "rule on pixels and the network still falls.",
        ),
        (
            {
                "knn": (400, 200, 100),
                "rbf_svm": (400, 200, 100),
                "cnn": (300, 100, 20),
            },
            "yes",
            "the error of all 3 methods still falls.",
        ),
        (
            {"knn": (400, 200, 250), "cnn": (300, 100, 20)},
            "no",
            "From 300 to 1,000 training images the error of the neighbour "
            "rule on pixels rises.",
        ),
        (
            {"knn": (400, 200, 200), "cnn": (300, 100, 20)},
            "undecided",
            "From 300 to 1,000 training images the error of the network "
            "falls; no change is shown for the neighbour rule on pixels at "
            "n = 2,000.",
        ),
        (
            {
                "knn": (400, 200, 100),
                "knn_pca": (400, 200, 100),
                "rbf_svm": (400, 200, 100),
                "cnn": (300, 100, 98),
            },
            "undecided",
            "the error of 3 of 4 methods falls; no change is shown for the "
            "network at n = 2,000.",
        ),
        (
            {"knn": (200, 200), "cnn": (100, 100)},
            "undecided",
            "From 100 to 300 training images no change is shown for the "
            "neighbour rule on pixels or the network at n = 2,000.",
        ),
        (
            {"knn": (200, 100), "cnn": (300, 100, 20)},
            "yes",
            "From the last training size but one to the last the error of "
            "the neighbour rule on pixels and the network still falls.",
        ),
        (
            {"constant": (200, 100), "cnn": (300,)},
            "not measured",
            "Whether more training images would lower the error was not "
            "measured.",
        ),
    ],
)
def test_more_data(curves, verdict, sentence):
    check(findings.more_data_helps(sizes(**curves), LABELS), verdict, sentence)


def test_evidence_of_more_data():
    curves = sizes(knn=(400, 200, 200), cnn=(300, 100, 20))
    assert findings.more_data_helps(curves, LABELS).evidence == (
        "exact McNemar tests, Holm's correction over 2 pairs: p = 1.000 for "
        "the neighbour rule on pixels; p < 0.001 for the network"
    )


@pytest.mark.parametrize(
    ("curves", "verdict", "sentence"),
    [
        (
            {
                "knn": (200, 100, 90),
                "rbf_svm": (200, 100, 80),
                "linear_svm": (250, 240, 230),
                "cnn": (400, 240, 20),
            },
            "yes",
            "The network does not err least at every training size: the "
            "neighbour rule on pixels and the SVM err less with 100 and 300 "
            "training images; the linear SVM errs less with 100 training "
            "images.",
        ),
        (
            {"knn": (200, 100, 90), "cnn": (40, 20, 10)},
            "no",
            "At each training size measured, the network errs less than the "
            "neighbour rule on pixels.",
        ),
        (
            {
                "knn": (200, 100, 90),
                "rbf_svm": (200, 100, 12),
                "cnn": (40, 20, 10),
                "ensemble": (2, 2, 2),
            },
            "undecided",
            "No other technique is shown to err less than the network at any "
            "training size; at n = 2,000 it is not distinguishable from the "
            "SVM with 1,000 training images.",
        ),
        (
            {"knn": (200, 100, 90), "ensemble": (40, 20, 10)},
            "not measured",
            "Whether the network needs more training images than other "
            "techniques was not measured.",
        ),
        ({"cnn": (4, 3, 2), "ensemble": (2, 2, 2)}, "not measured", "Whether"),
    ],
)
def test_training_sizes_at_which_others_err_less(curves, verdict, sentence):
    found = findings.cnn_needs_more_data(sizes(**curves), LABELS)
    check(found, verdict, sentence)


def test_evidence_of_training_sizes():
    curves = sizes(knn=(40, 100, 12), cnn=(400, 20, 10))
    assert findings.cnn_needs_more_data(curves, LABELS).evidence == (
        "exact McNemar tests, Holm's correction over 3 pairs, 1 decided for "
        "the network, 1 against it"
    )


def test_most_robust_method():
    wrong = distorted(0.1, 0.3, 0.2)
    found = findings.most_robust(wrong, ["cnn", "knn", "rbf-svm"], LABELS)
    area = np.trapezoid(wrong[0].mean(axis=(0, 2))) / 5
    check(
        found,
        "yes",
        "Over all distortions the network has the lowest mean error, "
        f"{100 * area:.2f}{BLANK}%.",
    )
    # 4,999 draws: p is at least 2 / 5,000, and three times that for three
    assert found.evidence == (
        "paired bootstrap of the areas under the curves, Holm's correction "
        "over 3 pairs: p = 0.001 against the SVM and the neighbour rule on "
        "pixels; at the strongest, exact McNemar tests, Holm's correction "
        "over 4 pairs: 0 decided against the network"
    )


def test_the_most_robust_is_not_the_best_at_each_distortion():
    # few errors but at the strongest of the second, where all are errors
    wrong = distorted(0.1, 0.4, 0.4)
    wrong[0, 1, -1] = True
    methods = ["cnn", "knn", "rbf-svm"]
    found = findings.most_robust(wrong, methods, LABELS)
    second = list(CORRUPTIONS)[1]
    check(found, "yes", f"; at the strongest {second} others err less.")
    assert found.evidence.endswith("2 decided against the network")
    wrong[2, 1, -1] = True
    found = findings.most_robust(wrong, methods, LABELS)
    rule = LABELS["knn"]
    check(found, "yes", f"; at the strongest {second} {rule} errs less.")


def test_methods_of_like_robustness():
    wrong = distorted(0.2, 0.4, 0.2, 0.01)
    methods = ["cnn", "knn", "ensemble", "constant"]
    found = findings.most_robust(wrong, methods, LABELS)
    assert found.verdict == "undecided"
    areas = np.trapezoid(wrong[:3].mean(axis=(1, 3))) / 5
    first, second = np.argsort(areas)[:2]
    best, other = LABELS[methods[first]], LABELS[methods[second]]
    check(found, "undecided", f"Over all distortions {best} has the lowest")
    # what the network makes of them is told in any case
    assert best == LABELS["ensemble"]
    assert found.sentence.endswith(
        f"is not distinguishable from {other} at n = 400. The mean error of "
        f"the network is {100 * areas[0]:.2f}{BLANK}%."
    )


@pytest.mark.parametrize(
    ("wrong", "methods"),
    [
        (distorted(0.1, 0.9), ["cnn", "constant"]),
        (distorted(0.1), ["cnn"]),
        (distorted(0.1, 0.3, images=0), ["cnn", "knn"]),
        (np.zeros((0, 2, 6, 10), dtype=bool), []),
    ],
)
def test_robustness_of_fewer_than_two_methods(wrong, methods):
    found = findings.most_robust(wrong, methods, LABELS)
    check(found, "not measured", "was not measured.")


def test_equal_methods_are_seldom_called_unequally_robust():
    rng = np.random.default_rng(0)
    called = 0
    for _ in range(60):
        hard = rng.random((1, 2, 3, 200)) < 0.2
        wrong = hard | (rng.random((3, 2, 3, 200)) < 0.1)
        found = findings.most_robust(wrong, ["cnn", "knn", "rbf-svm"], LABELS)
        called += found.verdict == "yes"
    assert called <= 6


MB = 1_000_000


@pytest.mark.parametrize(
    ("peaks", "verdict", "sentence"),
    [
        (
            {"PyTorch": [310 * MB, 312 * MB], "ONNX": [58 * MB, 59 * MB]},
            "yes",
            f"Classification fits into 128{BLANK}MB with ONNX (up to "
            f"59{BLANK}MB), not with PyTorch (from 310{BLANK}MB).",
        ),
        (
            {
                "PyTorch": [127 * MB, 129 * MB],
                "ONNX": [58 * MB, 128 * MB],
                "int8": [50 * MB, 50 * MB],
            },
            "yes",
            f"Classification fits into 128{BLANK}MB with ONNX (up to "
            f"128{BLANK}MB) and int8 (up to 50{BLANK}MB), undecided for "
            "PyTorch.",
        ),
        (
            {"PyTorch": [310 * MB, 312 * MB], "ONNX": [128 * MB + 1] * 2},
            "no",
            f"Classification does not fit into 128{BLANK}MB with PyTorch "
            f"(from 310{BLANK}MB) or ONNX (from 128{BLANK}MB).",
        ),
        (
            {"PyTorch": [310 * MB, 312 * MB], "ONNX": [127 * MB, 129 * MB]},
            "undecided",
            f"Whether classification fits into 128{BLANK}MB is undecided for "
            f"ONNX; not with PyTorch (from 310{BLANK}MB).",
        ),
        (
            # one process says nothing of the next
            {"ONNX": [50 * MB]},
            "undecided",
            f"Whether classification fits into 128{BLANK}MB is undecided for "
            "ONNX.",
        ),
        (
            {"ONNX": []},
            "not measured",
            f"Whether classification fits into 128{BLANK}MB was not measured.",
        ),
    ],
)
def test_memory(peaks, verdict, sentence):
    check(findings.fits_in_128_mb(peaks), verdict, sentence)


def test_memory_that_was_measured_once_is_told():
    peaks = {"PyTorch": [310 * MB] * 2, "ONNX": [58 * MB] * 2}
    found = findings.fits_in_128_mb(peaks, committed=["PyTorch"])
    assert f"(from 310{BLANK}MB, as committed)" in found.sentence


def test_evidence_of_memory():
    peaks = {"PyTorch": [310 * MB, 312_400_000], "ONNX": [58 * MB]}
    assert findings.fits_in_128_mb(peaks).evidence == (
        f"PyTorch: 310.0–312.4{BLANK}MB in 2 processes; ONNX: 58.0–58.0"
        f"{BLANK}MB in 1 process"
    )


def test_table_of_pairs():
    # 9 against 0 is p = 2 / 2⁹, and three times that
    table = tables.pairs(compared(knn=27, rbf_svm=18, cnn=20), LABELS)
    assert len(table.header) == len(table.align) == 9
    assert table.rows[0] == (
        "the neighbour rule on pixels",
        "the SVM",
        "9",
        "0",
        f"0.45{BLANK}%",
        f"0.24–0.85{BLANK}%",
        "0.004",
        "0.012",
        "second",
    )
    assert table.rows[2] == (
        "the SVM",
        "the network",
        "0",
        "2",
        f"\u22120.10{BLANK}%",
        f"\u22120.36 to 0.09{BLANK}%",
        "0.500",
        "0.500",
        "undecided",
    )


def test_table_of_classes():
    confusion = np.array([[1500, 500, 0], [0, 0, 0], [3, 0, 0]])
    table = tables.per_class(confusion, ["a", "b", "c"])
    assert len(table.header) == len(table.align) == 5
    assert table.rows == [
        ("a", "2,000", "0.9980", "0.7500", "0.8564"),
        ("b", "0", "0.0000", "not defined", "0.0000"),
        ("c", "3", "not defined", "0.0000", "0.0000"),
    ]


def test_names_of_classes_are_no_markup():
    table = tables.per_class(np.eye(3, dtype=int), ["<b>", "|", "a1"])
    assert [row[0] for row in table.rows] == [r"\<b\>", "|", "a1"]


def test_table_of_calibration():
    rows = {"cnn": (0.0312, 0.0041, 0.6543), "rbf-svm": (0.5, 0.02, 0.25)}
    table = tables.calibration(rows, LABELS)
    assert len(table.header) == len(table.align) == 4
    assert table.rows == [
        ("the network", f"3.12{BLANK}%", f"0.41{BLANK}%", "0.65"),
        ("the SVM", f"50.00{BLANK}%", f"2.00{BLANK}%", "0.25"),
    ]


def tried(*wrong):
    return [
        Row(name=f"change {at}", changes={}, wrong=list(row))
        for at, row in enumerate(wrong)
    ]


@pytest.mark.parametrize(
    ("wrong", "verdict", "sentence"),
    [
        (
            [(10, 20, 30), (20, 30, 41), (9, 21, 30)],
            "yes",
            "Of the 2 changes to the recipe, each tried alone for 5 epochs on "
            "MNIST, only “change 1” (+1.03 points) has a shown effect.",
        ),
        (
            [(20, 30, 40), (30, 40, 51), (10, 20, 31)],
            "yes",
            "only “change 1” (+1.03 points) and “change 2” "
            "(\u22120.97 points) "
            "have shown effects.",
        ),
        (
            [(10, 20, 30), (20, 10, 30), (9, 21, 30)],
            "undecided",
            "none has a shown effect over 3 seeds.",
        ),
        (
            [(10,), (20,), (9,)],
            "not measured",
            "does to the error cannot be said from one seed.",
        ),
    ],
)
def test_changes_to_the_recipe(wrong, verdict, sentence):
    found = findings.recipe_parts(tried(*wrong), 1000, 5, "MNIST")
    check(found, verdict, sentence)


def test_evidence_of_changes_to_the_recipe():
    rows = tried((10, 20, 30), (20, 30, 41), (9, 21, 30))
    assert findings.recipe_parts(rows, 1000, 5, "MNIST").evidence == (
        "paired t-tests over 3 seeds on MNIST, Holm's correction over 2 "
        "changes: p = 0.002 at the least"
    )


@pytest.mark.parametrize(
    ("compact", "own", "comparable", "verdict"),
    [
        ([0.003, 0.0035], [0.005, 0.0055, 0.005], True, "yes"),
        ([0.005, 0.0055, 0.005], [0.003, 0.0035], True, "no"),
        ([0.003, 0.006], [0.004, 0.005], True, "undecided"),
        ([0.003, 0.0035], [0.005, 0.0055], False, "not measured"),
        ([0.003, 0.0035], [0.005], True, "not measured"),
    ],
)
def test_compact_network_is_judged_by_its_seeds(
    compact, own, comparable, verdict
):
    finding = findings.compact_better(compact, own, comparable)
    assert finding.verdict == verdict
