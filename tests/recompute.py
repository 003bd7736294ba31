"""What a report says of its methods, computed anew from their answers.

Written from the definitions, with NumPy and SciPy alone: nothing of the
package takes part. `disagreements` reads a report's folder and tells each
number, table and finding that its predictions.npz does not bear out.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import numpy as np
from scipy import optimize, stats

YARDSTICK = "constant"
RIVALS = ("knn", "knn-pca", "linear-svm", "rbf-svm")
NETWORK = "cnn"
# findings that ask whether one method errs less than another
DUELS = {
    "svm-beats-neighbours": ("rbf-svm", "knn-pca"),
    "pca-costs": ("knn", "knn-pca"),
    "features-help": ("cnn-svm", "rbf-svm"),
    "ensemble-better": ("ensemble", "cnn"),
    "svm-on-features-better": ("cnn-svm", "cnn"),
}
# whose confusions are drawn
CONFUSED = ("knn-pca", "rbf-svm", "cnn")
NEAR = 1e-6
# printed to a hundredth of a per cent; roots are found to less than that
PRINTED = 1.01e-4
DRAWS = 4_000
Z = float(stats.norm.ppf(0.975))

Claim = tuple[str, Any, Any]
"""What is claimed, as the report says it, and as it should be."""


class Words(NamedTuple):
    """What methods are called: in sentences, and in tables."""

    said: Mapping[str, str]
    listed: Mapping[str, str]

    @property
    def titles(self) -> dict[str, str]:
        """Return what stands in a table's first column."""
        return {
            name: label[:1].upper() + label[1:]
            for name, label in self.listed.items()
        }


class Pair(NamedTuple):
    """Two methods on the same images."""

    first: str
    second: str
    first_only: int
    second_only: int
    total: int
    p_value: float
    adjusted: float

    @property
    def less(self) -> str | None:
        """Name the one that errs less, if that is shown."""
        if self.adjusted >= 0.05:
            return None
        return min(
            (self.first_only, self.first), (self.second_only, self.second)
        )[1]


class Run:
    """A report's folder: its results, answers and tables."""

    def __init__(self, folder: Path, class_names: Sequence[str]) -> None:
        text = (folder / "results.json").read_text(encoding="utf-8")
        bundle = json.loads(text)
        self.values = bundle["values"]
        self.findings = bundle["findings"]
        self.class_names = class_names
        with np.load(folder / "predictions.npz") as stored:
            arrays = dict(stored)
        self.truth = arrays["true"].astype(int)
        self.answers = {
            name: answers.astype(int)
            for name, answers in _ending(arrays, "-predicted").items()
        }
        self.seeds_wrong = arrays["seeds"] != self.truth
        self.confidence = _ending(arrays, "-confidence")
        self.distorted = _ending(arrays, "-wrong-distorted")
        self.sizes: dict[str, dict[int, np.ndarray]] = {}
        for name, rows in arrays.items():
            if found := re.fullmatch(r"(.+)-wrong-of-(\d+)", name):
                self.sizes.setdefault(found[1], {})[int(found[2])] = rows
        self.tables, self.alts = _exhibits(folder / "report.ipynb")
        self.wrong = {m: a != self.truth for m, a in self.answers.items()}
        self.total = len(self.truth)
        self.pairs = _pairs(self.wrong)
        classes = len(class_names)
        self.confusion = np.array(
            [
                [
                    np.sum((self.truth == row) & (self.answers[NETWORK] == at))
                    for at in range(classes)
                ]
                for row in range(classes)
            ]
        )

    def pair(self, first: str, second: str) -> Pair | None:
        """Return the test of two methods, in this order."""
        for each in self.pairs:
            if (each.first, each.second) == (first, second):
                return each
            if (each.second, each.first) == (first, second):
                return each._replace(
                    first=first,
                    second=second,
                    first_only=each.second_only,
                    second_only=each.first_only,
                )
        return None


def disagreements(
    folder: Path, class_names: Sequence[str], words: Words
) -> list[str]:
    """Return a line for each claim that the predictions do not bear out."""
    run = Run(folder, class_names)
    return [
        f"{what}: the report says {said!r}, it should be {due!r}"
        for what, said, due in claims(run, words)
        if not _agree(said, due)
    ]


def claims(run: Run, words: Words) -> Iterator[Claim]:
    """Yield all that can be computed anew."""
    yield from _error_rates(run)
    yield from _means(run)
    yield from _confusions(run)
    yield from _method_tables(run, words)
    yield from _class_table(run)
    yield from _seed_table(run)
    yield from _words_of_figures(run, words)
    yield from _findings_of_intervals(run)
    yield from _findings_of_pairs(run, words)
    yield from _missed_by_all(run)
    yield from _classes_differ(run)
    yield from _seeds(run)
    yield from _confidence(run, words)
    yield from _sizes(run, words)
    yield from _distortions(run, words)


# Values


def _error_rates(run: Run) -> Iterator[Claim]:
    rates = {f"{name}-error": rows for name, rows in run.wrong.items()}
    rates["test-error"] = run.wrong[NETWORK]
    for name, rows in rates.items():
        yield from _rate(run, name, int(rows.sum()), run.total)
    for name in set(words_of_methods(run)) - set(run.wrong):
        yield name, run.values[f"{name}-error"]["text"], "not measured"
    yield "num-methods", run.values["num-methods"]["value"], len(run.wrong)
    yield "num-pairs", run.values["num-pairs"]["value"], len(run.pairs)
    yield "test-images", run.values["test-images"]["text"], f"{run.total:,}"


def words_of_methods(run: Run) -> list[str]:
    """Return the methods that the report has an error for, or none."""
    methods = (*RIVALS, NETWORK, "cnn-svm", "ensemble", YARDSTICK)
    return [name for name in methods if f"{name}-error" in run.values]


def _rate(run: Run, name: str, wrong: int, total: int) -> Iterator[Claim]:
    entry = run.values[name]
    interval = wilson(wrong, total)
    yield name, entry["value"], wrong / total
    yield f"{name}, n", entry["n"], total
    yield f"{name}, text", entry["text"], percent(wrong / total)
    yield f"{name}, interval", entry["interval"], interval
    yield f"{name}, interval's text", entry["interval_text"], span(interval)
    yield f"{name}-count", run.values[f"{name}-count"]["text"], f"{wrong:,}"


def _means(run: Run) -> Iterator[Claim]:
    for part in ("train", "validation", "test"):
        name = f"{part}-error-mean"
        entry, spread = run.values[name], run.values[f"{name}-spread"]
        samples = entry["samples"]
        mean, interval = sum(samples) / len(samples), student(samples, (0, 1))
        yield name, entry["value"], mean
        yield f"{name}, text", entry["text"], percent(mean)
        yield f"{name}, interval", entry["interval"], interval
        said = "a single seed, which says nothing of the spread over seeds"
        if interval and len(set(samples)) == 1:
            said = f"{len(samples)} seeds, all of the same error rate"
        elif interval:
            points = 100 * math.sqrt(
                sum((x - mean) ** 2 for x in samples) / (len(samples) - 1)
            )
            said = (
                f"{len(samples)} seeds with a standard deviation of "
                f"{points:.3f} percentage points and a 95\u00a0% interval for "
                f"the mean of {span(interval)}"
            )
        yield f"{name}-spread", spread["text"], said


def _confusions(run: Run) -> Iterator[Claim]:
    errors = run.confusion - np.diag(run.confusion.diagonal())
    said = run.values["top-confusion"]["text"]
    most = int(errors.max())
    kinds = [
        f"{run.class_names[row]} taken for {run.class_names[at]} ({most:,}×)"
        for row, at in np.argwhere(errors == most)
    ]
    alike = f"({most:,}× each)"
    due = f"shared by {len(kinds)} pairs of classes {alike}"
    if len(kinds) == 2:
        due = f"shared by {kinds[0].rpartition(' ')[0]} and "
        due += f"{kinds[1].rpartition(' ')[0]} {alike}"
    if len(kinds) == 1:
        due = kinds[0]
    yield "top-confusion", said, due if most else "none"
    sizes, wrong = run.confusion.sum(axis=1), errors.sum(axis=1)
    worst = max(
        (at for at in range(len(sizes)) if sizes[at]),
        key=lambda at: (Fraction(int(wrong[at]), int(sizes[at])), -at),
    )
    name = run.class_names[worst]
    yield "worst-class", run.values["worst-class"]["text"], name
    counts = int(wrong[worst]), int(sizes[worst])
    yield from _rate(run, "worst-class-error", *counts)


# Tables


def _method_tables(run: Run, words: Words) -> Iterator[Claim]:
    listed = words.titles
    rows = [row for row in run.tables["tbl-methods"] if "seeds" not in row[0]]
    due = [
        [
            listed[name],
            f"{missed.sum():,}",
            percent(missed.mean()),
            span(wilson(int(missed.sum()), run.total)),
        ]
        for name, missed in run.wrong.items()
    ]
    yield "tbl-methods", [[row[0], *row[2:]] for row in rows], due
    yield from _pair_table(run, words)
    names = list(run.answers)
    due = [
        [
            words.titles[first],
            *(
                percent(np.mean(run.answers[first] == run.answers[other]))
                for other in names[:at]
            ),
        ]
        for at, first in enumerate(names)
        if at
    ]
    said = [[cell for cell in row if cell] for row in run.tables[_AGREE]]
    yield _AGREE, said, due or [["no second technique"]]


_AGREE = "tbl-agreement"


def _pair_table(run: Run, words: Words) -> Iterator[Claim]:
    rows = run.tables["tbl-pairs"]
    yield "tbl-pairs, rows", len(rows), max(1, len(run.pairs))
    for row, pair in zip(rows, run.pairs, strict=False):
        what = f"tbl-pairs, {pair.first} and {pair.second}"
        difference = (pair.first_only - pair.second_only) / pair.total
        yield (
            what,
            [*row[:5], *row[6:]],
            [
                words.titles[pair.first],
                words.titles[pair.second],
                f"{pair.first_only:,}",
                f"{pair.second_only:,}",
                percent(difference),
                p_cell(pair.p_value),
                p_cell(pair.adjusted),
                {pair.first: "first", pair.second: "second"}.get(
                    pair.less, "undecided"
                ),
            ],
        )
        said = _numbers(row[5])
        due = paired(pair.first_only, pair.second_only, pair.total)
        near = max(abs(a - b) for a, b in zip(said, due, strict=True))
        yield f"{what}, interval", near < PRINTED, True


def _class_table(run: Run) -> Iterator[Claim]:
    due = []
    for at, name in enumerate(run.class_names):
        right = int(run.confusion[at, at])
        said = int(run.confusion[:, at].sum())
        there = int(run.confusion[at].sum())
        scores = [(right, said), (right, there), (2 * right, said + there)]
        due.append(
            [
                name,
                f"{there:,}",
                *(f"{a / b:.4f}" if b else "not defined" for a, b in scores),
            ]
        )
    yield "tbl-per-class", run.tables["tbl-per-class"], due


def _seed_table(run: Run) -> Iterator[Claim]:
    held_out = run.values["validation-error-mean"]["samples"]
    due = [
        [
            percent(validated),
            f"{wrong:,}",
            percent(wrong / run.total),
            span(wilson(int(wrong), run.total)),
        ]
        for validated, wrong in zip(
            held_out, run.seeds_wrong.sum(axis=1), strict=True
        )
    ]
    yield "tbl-seeds", [row[1:] for row in run.tables["tbl-seeds"]], due


# Figures


def _words_of_figures(run: Run, words: Words) -> Iterator[Claim]:
    """Claim what the figures' alternative texts must hold."""
    due = {"fig-methods": [], "fig-confusion": [], "fig-classes": []}
    for name, missed in run.wrong.items():
        count, label = int(missed.sum()), words.listed[name]
        low, high = map(percent, wilson(count, run.total))
        rate = f"{label} {percent(count / run.total)} ({low} to {high})"
        due["fig-methods"].append(rate)
        if name in CONFUSED:
            of_all = f"{count:,} of {run.total:,} image"
            due["fig-confusion"].append(f"{label}: {of_all}")
    due["fig-classes"].append(percent(run.wrong[NETWORK].mean()))
    for label, parts in due.items():
        missing = [part for part in parts if part not in run.alts[label]]
        yield f"{label}, “{run.alts[label]}”", missing, []


# Findings


def _findings_of_intervals(run: Run) -> Iterator[Claim]:
    wrong = int(run.wrong[NETWORK].sum())
    own = wilson(wrong, run.total)
    most = max(np.sum(run.truth == each) for each in set(run.truth))
    constant = 1 - most / run.total
    yield from _told(
        run,
        "better-than-constant",
        decided(constant - own[1], constant - own[0]),
        sentence=[percent(constant)],
        evidence=[span(own), percent(constant)],
    )
    rates = {
        part: run.values[f"{part}-error-mean"]["samples"]
        for part in ("train", "validation")
    }
    sizes = {p: run.values[f"{p}-images"]["value"] for p in rates}
    held_out = round(rates["validation"][0] * sizes["validation"])
    harder = newcombe((wrong, run.total), (held_out, sizes["validation"]))
    yield from _told(run, "test-harder", decided(*harder), [], [span(harder)])
    gap = student(np.subtract(rates["validation"], rates["train"]))
    if gap is None or len(set(np.subtract(*rates.values()))) == 1:
        fitted = round(rates["train"][0] * sizes["train"])
        gap = newcombe(
            (held_out, sizes["validation"]), (fitted, sizes["train"])
        )
    verdict = decided(*gap)
    yield from _told(run, "generalisation-gap", verdict, [], [span(gap)])


def _findings_of_pairs(run: Run, words: Words) -> Iterator[Claim]:
    family = len(run.pairs)
    corrected = (
        "exact McNemar test"
        if family == 1
        else f"Holm's correction over {family} pairs"
    )
    for name, (first, second) in DUELS.items():
        pair = run.pair(first, second)
        if pair is None:
            yield from _told(run, name, "not measured")
            continue
        difference = paired(pair.first_only, pair.second_only, pair.total)
        yield from _told(
            run,
            name,
            {first: "yes", second: "no"}.get(pair.less, "undecided"),
            [words.said[first], words.said[second]],
            [
                f"{pair.first_only:,} against {pair.second_only:,} images",
                span(difference),
                corrected,
                p_words(pair.adjusted),
            ],
        )
    rivals = {
        name: pair for name in RIVALS if (pair := run.pair(NETWORK, name))
    }
    behind, ahead, level = (
        [name for name, pair in rivals.items() if pair.less == which]
        if which != "rival"
        else [name for name, pair in rivals.items() if pair.less == name]
        for which in (NETWORK, "rival", None)
    )
    verdict = "no" if ahead else "undecided" if level else "yes"
    told = {"yes": behind, "no": ahead, "undecided": [*behind, *level]}
    verdict = verdict if rivals else "not measured"
    about = [p_words(pair.adjusted) for pair in rivals.values()]
    yield from _told(run, "network-best", verdict, [], about)
    sentence = run.findings["network-best"]["sentence"].lower()
    named = [name for name in RIVALS if words.said[name].lower() in sentence]
    yield "network-best, named", named, sorted_as(told.get(verdict, []))


def sorted_as(names: Sequence[str]) -> list[str]:
    """Return rivals in their usual order."""
    return [name for name in RIVALS if name in names]


def _missed_by_all(run: Run) -> Iterator[Claim]:
    rows = [rows for name, rows in run.wrong.items() if name != YARDSTICK]
    if len(rows) < 2:
        yield from _told(run, "missed-by-all", "not measured")
        return
    count = int(np.all(rows, axis=0).sum())
    fewest = min(int(each.sum()) for each in rows)
    yield from _told(
        run,
        "missed-by-all",
        "yes" if count else "no",
        [f"{run.total:,}", f"{count:,}" if count else "None"],
        [f"{count:,} of {run.total:,}", f"{fewest:,}"],
    )


def _classes_differ(run: Run) -> Iterator[Claim]:
    """Deal the errors to the images anew, and compare the p-values."""
    printed = _printed_p(run, "classes-differ")
    verdict = "yes" if printed < 0.05 else "undecided"
    yield from _told(run, "classes-differ", verdict)
    wrong = run.wrong[NETWORK]
    sizes = np.bincount(run.truth)
    expected = sizes[sizes > 0] * wrong.mean()
    larger = DRAWS
    if 0 < wrong.sum() < run.total:
        rng = np.random.default_rng(1)

        def unevenness(which: np.ndarray) -> float:
            counts = np.bincount(run.truth, which)[sizes > 0]
            return float(((counts - expected) ** 2 / expected).sum())

        seen = unevenness(wrong) - 1e-9
        larger = sum(
            unevenness(rng.permutation(wrong)) >= seen for _ in range(DRAWS)
        )
    yield from _dealt("classes-differ", printed, larger)


def _printed_p(run: Run, name: str) -> float:
    """Return the p-value that a finding's evidence names."""
    evidence = run.findings[name]["evidence"]
    said = re.search(r"p ([<=]) (\d\.\d+)", evidence)
    return 0.0 if said[1] == "<" else float(said[2])


def _dealt(name: str, printed: float, larger: int) -> Iterator[Claim]:
    """Claim that a printed p-value is what deals at random give, nearly."""
    due = (1 + larger) / (1 + DRAWS)
    error = math.sqrt(max(due * (1 - due), 1e-3) / DRAWS)
    near = abs(printed - due) < 5 * error
    yield f"{name}, {printed} and {due:.3f}", near, True


def _seeds(run: Run) -> Iterator[Claim]:
    """Claim what the answers of each seed's network say."""
    wrong = run.seeds_wrong
    rates = tuple(map(float, wrong.mean(axis=1)))
    said = run.values["test-error-mean"]["samples"]
    yield "test-error-mean, samples", (len(said), *said), (len(rates), *rates)
    first = np.array_equal(wrong[0], run.wrong[NETWORK])
    yield "the first seed's answers", first, True
    if len(wrong) == 1:
        yield from _told(run, "seeds-differ", "not measured")
        return
    printed = _printed_p(run, "seeds-differ")
    verdict = "yes" if printed < 0.05 else "undecided"
    seeds = f"{len(wrong)} seeds"
    yield from _told(run, "seeds-differ", verdict, [seeds])
    # images that all miss, or none, are missed by all in every deal
    some = wrong[:, wrong.any(axis=0) & ~wrong.all(axis=0)]
    seen = np.square(some.sum(axis=1)).sum()
    rng = np.random.default_rng(1)
    larger = sum(
        np.square(rng.permuted(some, axis=0).sum(axis=1)).sum() >= seen
        for _ in range(DRAWS)
    )
    yield from _dealt("seeds-differ", printed, larger)


def _confidence(run: Run, words: Words) -> Iterator[Claim]:
    """Claim what the probabilities of the answers say."""
    said = [row[:3] for row in run.tables["tbl-calibration"]]
    due = [
        [
            words.titles[name],
            *(
                percent(miscalibration(sure, ~run.wrong[name]))
                for sure in both
            ),
        ]
        for name, both in run.confidence.items()
    ]
    yield "tbl-calibration", said, due
    right = ~run.wrong[NETWORK]
    correct = wilson(int(right.sum()), run.total)
    before, after = run.confidence[NETWORK].astype(float)
    for name, sure in (("", before), ("-scaled", after)):
        mean = sure.mean()
        yield from _told(
            run,
            f"overconfident{name}",
            decided(mean - correct[1], mean - correct[0]),
            [percent(mean), percent(right.mean())],
            [percent(mean), span(correct)],
        )
    name = "doubt-finds-mistakes"
    if right.all() or not right.any():
        yield from _told(run, name, "not measured")
        return
    pairs = before[~right][:, None] - before[right][None]
    sooner = float(np.mean((pairs < 0) + (pairs == 0) / 2))
    p_value = rank_sum(before[~right], before[right])
    verdict = "yes" if sooner > 0.5 else "no"
    verdict = verdict if p_value < 0.05 else "undecided"
    asked = max(1, round(run.total / 100))
    doubted = sorted(range(run.total), key=lambda at: (before[at], at))[:asked]
    found = int((~right)[doubted].sum())
    numbers = [f"{int((~right).sum()):,}", f"{found:,}", f"{asked:,}"]
    yield from _told(
        run,
        name,
        verdict,
        numbers if verdict == "yes" else [],
        [percent(sooner, 1), p_words(p_value)],
    )


def _sizes(run: Run, words: Words) -> Iterator[Claim]:
    """Claim what methods miss that were trained on fewer images."""
    steps = {
        method: [by_size[size] for size in sorted(by_size)[-2:]]
        for method, by_size in run.sizes.items()
        if method != YARDSTICK and len(by_size) > 1
    }
    found = _family([(most, fewer) for fewer, most in steps.values()])
    verdicts = [verdict for verdict, _ in found]
    verdict = "not measured"
    if found:
        verdict = "undecided" if "undecided" in verdicts else "yes"
        verdict = "no" if "no" in verdicts else verdict
    about = [p_words(p_value) for _, p_value in found]
    yield from _told(run, "more-data-helps", verdict, [], about)
    own = run.sizes.get(NETWORK, {})
    cases = [
        (rival, size)
        for rival in RIVALS
        for size in sorted(own)
        if size in run.sizes.get(rival, {})
    ]
    found = _family(
        [(own[size], run.sizes[rival][size]) for rival, size in cases]
    )
    verdicts = [verdict for verdict, _ in found]
    verdict = "not measured"
    if found:
        verdict = "undecided" if "undecided" in verdicts else "no"
        verdict = "yes" if "no" in verdicts else verdict
    told = {"yes": "no", "undecided": "undecided", "no": "yes"}.get(verdict)
    named = {
        words.said[rival]
        for (rival, _), each in zip(cases, verdicts, strict=True)
        if each == told
    }
    counts = [
        f"{verdicts.count('yes')} decided for",
        f"{verdicts.count('no')} against",
    ]
    yield from _told(
        run,
        "cnn-needs-more-data",
        verdict,
        sorted(named),
        counts if found else [],
    )


def _distortions(run: Run, words: Words) -> Iterator[Claim]:
    """Claim what methods miss of distorted images."""
    wrong = {m: rows for m, rows in run.distorted.items() if m != YARDSTICK}
    measured = [rows for rows in wrong.values() if rows.shape[-1]]
    if len(measured) < 2:
        yield from _told(run, "most-robust", "not measured")
        return
    # a trapezium has half its width at each end
    steps = measured[0].shape[1] - 1
    weights = np.array([0.5, *[1.0] * (steps - 1), 0.5]) / steps
    shares = {
        method: np.einsum("csn,s->n", rows, weights) / len(rows)
        for method, rows in wrong.items()
    }
    best = min(shares, key=lambda method: shares[method].mean())
    others = [method for method in wrong if method != best]
    cases = [
        (kind, other) for kind in range(len(DISTORTIONS)) for other in others
    ]
    found = _family(
        [
            (wrong[best][kind, -1], wrong[other][kind, -1])
            for kind, other in cases
        ]
    )
    lost = [
        case
        for case, (verdict, _) in zip(cases, found, strict=True)
        if verdict == "no"
    ]
    finding = run.findings["most-robust"]
    said = finding["sentence"].partition("; at the strongest ")[2]
    named = [kind for kind in DISTORTIONS if kind in said]
    kinds = sorted({kind for kind, _ in lost})
    yield "most-robust, others", named, [DISTORTIONS[kind] for kind in kinds]
    own = []
    if best != NETWORK and NETWORK in shares:
        own = [f"network is {percent(shares[NETWORK].mean())}"]
    verdict = finding["verdict"]
    yield "most-robust", verdict in ("yes", "undecided"), True
    yield from _told(
        run,
        "most-robust",
        verdict,
        [words.said[best], percent(shares[best].mean()), *own],
        [f"{len(lost)} decided against {words.said[best]}"],
    )
    rows = []
    for method, missed in wrong.items():
        areas = np.einsum("csn,s->cn", missed, weights).mean(axis=1)
        cells = [percent(area, 1) for area in (*areas, areas.mean())]
        rows.append([words.titles[method], *cells])
    yield "tbl-robustness", run.tables["tbl-robustness"], rows
    yield from _drawn_anew(run, shares, best)


DISTORTIONS = (
    *("rotation", "translation", "noise", "blur", "loss of contrast"),
    "occlusion",
)


def _drawn_anew(
    run: Run, shares: Mapping[str, np.ndarray], best: str
) -> Iterator[Claim]:
    """Draw the images anew, and compare the verdict where it is clear."""
    names = list(shares)
    values = np.array([shares[name] for name in names])
    rng = np.random.default_rng(1)
    total = values.shape[1]
    times = rng.multinomial(total, np.full(total, 1 / total), size=DRAWS)
    means = times @ values.T / total
    pairs = [(a, b) for b in range(len(names)) for a in range(b)]
    p_values = []
    for one, two in pairs:
        apart = means[:, one] - means[:, two]
        rarer = min(np.sum(apart <= 1e-9), np.sum(apart >= -1e-9))
        p_values.append(min(1.0, 2 * (1 + rarer) / (1 + DRAWS)))
    adjusted = [
        p_value
        for pair, p_value in zip(pairs, holm(p_values), strict=True)
        if names.index(best) in pair
    ]
    if all(not 0.03 < p_value < 0.08 for p_value in adjusted):
        verdict = "yes" if max(adjusted) < 0.05 else "undecided"
        yield (
            "most-robust, drawn",
            run.findings["most-robust"]["verdict"],
            verdict,
        )


def _family(
    cases: Sequence[tuple[np.ndarray, np.ndarray]],
) -> list[tuple[str, float]]:
    """Test whether the first of each two errs less, all together."""
    counts = [
        (int(np.sum(one & ~two)), int(np.sum(two & ~one)))
        for one, two in cases
    ]
    adjusted = holm([mcnemar(*count) for count in counts])
    return [
        (
            "undecided"
            if p_value >= 0.05
            else "yes"
            if count[0] < count[1]
            else "no",
            p_value,
        )
        for count, p_value in zip(counts, adjusted, strict=True)
    ]


def _told(
    run: Run,
    name: str,
    verdict: str,
    sentence: Sequence[str] = (),
    evidence: Sequence[str] = (),
) -> Iterator[Claim]:
    """Claim a verdict, and what its sentence and its evidence must hold."""
    finding = run.findings[name]
    yield f"{name}, verdict", finding["verdict"], verdict
    for key, parts in (("sentence", sentence), ("evidence", evidence)):
        text = finding[key].lower()
        missing = [part for part in parts if part.lower() not in text]
        yield f"{name}, {key} “{finding[key]}”", missing, []


def decided(low: float, high: float) -> str:
    """Say what an interval of a difference decides."""
    return "yes" if low > 0 else "no" if high < 0 else "undecided"


# Definitions


def wilson(wrong: int, total: int) -> tuple[float, float]:
    """Return the shares p with |p̂ - p| = z √(p (1 - p) / n)."""
    share = wrong / total
    square = Z * Z / total
    roots = np.roots([1 + square, -2 * share - square, share * share])
    low, high = sorted(roots.real)
    return max(0.0, float(low)), min(1.0, float(high))


def newcombe(
    first: tuple[int, int], second: tuple[int, int]
) -> tuple[float, float]:
    """Return Newcombe's interval of the first share less the second."""
    a, b = first[0] / first[1], second[0] / second[1]
    (a_low, a_high), (b_low, b_high) = wilson(*first), wilson(*second)
    return (
        a - b - math.sqrt((a - a_low) ** 2 + (b_high - b) ** 2),
        a - b + math.sqrt((a_high - a) ** 2 + (b - b_low) ** 2),
    )


def student(
    samples: Sequence[float], bounds: tuple[float, float] = (-np.inf, np.inf)
) -> tuple[float, float] | None:
    """Return the interval of a mean by Student's t, within bounds."""
    count = len(samples)
    if count < 2:
        return None
    mean = sum(samples) / count
    square = sum((each - mean) ** 2 for each in samples) / (count - 1)
    half = float(stats.t.isf(0.025, count - 1)) * math.sqrt(square / count)
    return max(mean - half, bounds[0]), min(mean + half, bounds[1])


def mcnemar(first_only: int, second_only: int) -> float:
    """Return how rarely a fair coin falls as unevenly, either way."""
    tosses = first_only + second_only
    fewer = range(min(first_only, second_only) + 1)
    ways = sum(math.comb(tosses, heads) for heads in fewer)
    return float(min(Fraction(1), Fraction(2 * ways, 2**tosses)))


def rank_sum(first: np.ndarray, second: np.ndarray) -> float:
    """Return how rarely ranks dealt at random are as unevenly shared.

    By the normal distribution, with ties and half a step allowed for.
    """
    ranks = stats.rankdata([*first, *second])
    few, count = len(first), len(ranks)
    apart = abs(ranks[:few].sum() - few * (count + 1) / 2) - 0.5
    variance = few * (count - few) / (count - 1) * ranks.var()
    if not variance:
        return 1.0
    return float(min(1.0, 2 * stats.norm.sf(apart / math.sqrt(variance))))


def miscalibration(
    sure: np.ndarray, right: np.ndarray, bins: int = 15
) -> float:
    """Return the mean gap between confidence and accuracy in equal bins."""
    places = np.clip(np.ceil(sure.astype(float) * bins), 1, bins)
    return sum(
        abs(
            np.sum(sure[places == at].astype(float))
            - np.sum(right[places == at])
        )
        for at in range(1, bins + 1)
    ) / len(sure)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values, the least times their number, the next less one."""
    count, largest = len(p_values), 0.0
    adjusted = [0.0] * count
    for rank, at in enumerate(sorted(range(count), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (count - rank) * p_values[at]))
        adjusted[at] = largest
    return adjusted


def paired(
    first_only: int, second_only: int, total: int
) -> tuple[float, float]:
    """Return Tango's interval: differences that a score test lets pass.

    The likeliest share that the second alone misses, given a difference, is
    searched for rather than solved for.
    """
    neither = total - first_only - second_only

    def likeliest(difference: float) -> float:
        low, high = max(0.0, -difference), (1 - difference) / 2

        def unlikely(share: float) -> float:
            return -sum(
                count * math.log(max(chance, 1e-300))
                for count, chance in (
                    (first_only, share + difference),
                    (second_only, share),
                    (neither, 1 - difference - 2 * share),
                )
            )

        found = optimize.minimize_scalar(
            unlikely, bounds=(low, high), options={"xatol": 1e-12}
        )
        return min((low, high, found.x), key=unlikely)

    def score(difference: float) -> float:
        share = likeliest(difference)
        variance = 2 * share + difference - difference**2
        net = first_only - second_only - total * difference
        return net * abs(net) - Z * Z * total * max(variance, 0.0) * (
            1 if net > 0 else -1
        )

    middle, edge = (first_only - second_only) / total, 1e-9
    return (
        optimize.brentq(score, -1 + edge, middle - edge),
        optimize.brentq(score, middle + edge, 1 - edge),
    )


def _pairs(wrong: Mapping[str, np.ndarray]) -> list[Pair]:
    names = [name for name in wrong if name != YARDSTICK]
    counts = [
        (
            first,
            second,
            int(np.sum(wrong[first] & ~wrong[second])),
            int(np.sum(wrong[second] & ~wrong[first])),
        )
        for at, first in enumerate(names)
        for second in names[at + 1 :]
    ]
    p_values = [mcnemar(*count[2:]) for count in counts]
    return [
        Pair(*count, len(wrong[count[0]]), p_value, adjusted)
        for count, p_value, adjusted in zip(
            counts, p_values, holm(p_values), strict=True
        )
    ]


# What is printed


def percent(share: float, digits: int = 2) -> str:
    """Write a share per cent."""
    text = f"{100 * float(share):.{digits}f}"
    if not float(text):
        text = text.removeprefix("-")
    return text.replace("-", "−") + "\N{NO-BREAK SPACE}%"


def span(interval: Sequence[float]) -> str:
    """Write an interval of shares per cent."""
    low, high = map(percent, interval)
    low = low.removesuffix("\N{NO-BREAK SPACE}%")
    if high.startswith("−"):
        return f"{low} to {high}"
    return f"{low} to {high}" if low.startswith("−") else f"{low}–{high}"


def p_words(p_value: float) -> str:
    """Write a p-value."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def p_cell(p_value: float) -> str:
    """Write a p-value in a table."""
    return "<\N{NO-BREAK SPACE}0.001" if p_value < 0.001 else f"{p_value:.3f}"


def _ending(arrays: Mapping[str, Any], ending: str) -> dict[str, Any]:
    """Return the arrays with this ending, by what stands before it."""
    return {
        name.removesuffix(ending): array
        for name, array in arrays.items()
        if name.endswith(ending)
    }


def _numbers(text: str) -> list[float]:
    """Read the shares of a printed interval."""
    found = re.findall(r"−?\d+\.\d+", text)
    return [float(each.replace("−", "-")) / 100 for each in found]


def _exhibits(path: Path) -> tuple[dict[str, list[list[str]]], dict[str, str]]:
    """Return the rows of a notebook's tables, and its figures' words."""
    tables, alts = {}, {}
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            about = output.get("metadata", {}).get("report", {})
            if about.get("kind") == "table":
                lines = output["data"]["text/plain"].splitlines()[2:]
                tables[about["label"]] = [
                    [cell.strip() for cell in _cells(line)] for line in lines
                ]
            elif about.get("kind") == "figure":
                alts[about["label"]] = output["data"]["text/plain"]
    return tables, alts


def _cells(line: str) -> list[str]:
    """Part a line of a pipe table; a backslash frees a sign of its sense."""
    inner = line.removeprefix("|").removesuffix("|")
    cells = re.split(r"(?<!\\)\|", inner)
    return [re.sub(r"\\([^\sa-z0-9])", r"\1", cell) for cell in cells]


def _agree(said: Any, due: Any) -> bool:
    if isinstance(due, float):
        return said is not None and math.isclose(
            said, due, rel_tol=NEAR, abs_tol=1e-12
        )
    if isinstance(due, tuple) and said is not None:
        return all(map(_agree, said, due))
    return said == due
