"""Sentences about a run that its evidence makes true, false or undecided."""

from typing import Literal

from mnist_report.results import Finding, Results
from mnist_report.statistics import Interval

Verdict = Literal["yes", "no", "undecided", "not measured"]

ALPHA = 0.05


def above(interval: Interval | None, threshold: float) -> Verdict:
    """Say whether a whole interval lies above a threshold."""
    if interval is None:
        return "not measured"
    low, high = interval
    if low > threshold:
        return "yes"
    return "no" if high < threshold else "undecided"


def below(interval: Interval | None, threshold: float) -> Verdict:
    """Say whether a whole interval lies below a threshold."""
    opposite = {"yes": "no", "no": "yes"}
    verdict = above(interval, threshold)
    return opposite.get(verdict, verdict)


def significant(p_value: float) -> Verdict:
    """Say whether a difference is shown; a test never shows its absence."""
    return "yes" if p_value < ALPHA else "undecided"


def find(
    results: Results,
    name: str,
    verdict: Verdict,
    *,
    question: str,
    evidence: str,
    yes: str,
    undecided: str,
    no: str = "",
    not_measured: str = "",
) -> Finding:
    """Record the sentence that the verdict picks, and return the finding.

    Every sentence that can be picked must be given.
    """
    sentences = {
        "yes": yes,
        "no": no,
        "undecided": undecided,
        "not measured": not_measured,
    }
    if not sentences[verdict]:
        raise ValueError(f"the finding {name!r} has no sentence: {verdict}")
    if name in results.findings:
        raise ValueError(f"the finding {name!r} is made twice")
    finding = Finding(
        verdict=verdict,
        question=question,
        sentence=sentences[verdict],
        evidence=evidence,
    )
    results.findings[name] = finding
    return finding
