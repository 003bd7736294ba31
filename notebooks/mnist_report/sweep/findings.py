"""Sentences on a comparison that its evidence makes true or undecided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mnist_report.findings import find
from mnist_report.results import Finding, Verdict, p_text
from mnist_report.statistics import ALPHA, paired_p_value
from mnist_report.sweep import comparing
from mnist_report.sweep.comparing import Difference, Effect
from mnist_report.sweep.finished import Group


def choice_is_clear(groups: Sequence[Group], chosen: Group) -> Finding:
    """Say whether the chosen configuration validates better than the next."""
    others = [group for group in groups if group is not chosen]
    runner_up = comparing.chosen(others) if others else chosen
    shared = comparing.shared_seeds(chosen, runner_up)
    gaps = [runner_up.validation[s] - chosen.validation[s] for s in shared]
    p_value = paired_p_value(gaps) if others else None
    verdict: Verdict = "not measured"
    evidence = "no seed that both have, or one only"
    if p_value is not None:
        clear = p_value < ALPHA and sum(gaps) > 0
        verdict = "yes" if clear else "undecided"
        evidence = f"paired t-test over {len(gaps)} seeds, {p_text(p_value)}"
    next_best = f"the next best one, {runner_up.label}"
    untested = (
        f"Whether the chosen configuration validates better than {next_best}, "
        "was not tested: the two share fewer than two seeds."
    )
    if not others:
        untested = "There is no other configuration to choose from."
    return find(
        verdict,
        "Does the chosen configuration validate better than the next best?",
        evidence,
        {
            "yes": "The chosen configuration validates better than "
            f"{next_best}.",
            "undecided": "The chosen configuration's validation error cannot "
            f"be told apart from that of {next_best}: these seeds do not "
            "decide between them.",
            "not measured": untested,
        },
    )


def some_differ(found: Sequence[Difference], reference: str) -> Finding:
    """Say whether any test error differs from the reference's."""
    tested = [each for each in found if each.adjusted is not None]
    differing = [each for each in tested if each.distinguishable]
    smallest = min((each.adjusted for each in tested), default=1.0)
    verdict: Verdict = "yes" if differing else "undecided"
    count = f"{len(differing)} of {len(tested)}"
    return find(
        verdict if tested else "not measured",
        "Does any configuration's test error differ from the reference's?",
        f"{count} paired tests after Holm's correction, smallest "
        f"{p_text(smallest)}"
        if tested
        else "fewer than two seeds in common",
        {
            "yes": f"Of {len(tested)} configurations, {len(differing)} can "
            f"be told apart from {reference} on the test set.",
            "undecided": f"No configuration can be told apart from "
            f"{reference} on the test set.",
            "not measured": "With fewer than two seeds in common, no "
            "difference on the test set could be tested.",
        },
    )


def parameters_interact(found: Sequence[Effect]) -> Finding:
    """Say whether the effect of one parameter depends on another."""
    pairs = [each for each in found if len(each.names) > 1]
    strongest = min(pairs, key=lambda each: each.adjusted, default=None)
    verdict: Verdict = "not measured"
    names = "two parameters"
    if strongest is not None:
        verdict = "yes" if strongest.adjusted < ALPHA else "undecided"
        names = " and ".join(f"`{name}`" for name in strongest.names)
    return find(
        verdict,
        "Does the effect of one parameter depend on another?",
        f"analysis of variance, {p_text(strongest.adjusted)}"
        if strongest
        else "no whole grid of two parameters with two seeds",
        {
            "yes": "How much one parameter changes the error depends on "
            f"another: {names} interact.",
            "undecided": "The parameters' effects add up as far as can be "
            "told: no interaction is shown.",
            "not measured": "Whether parameters interact was not measured: "
            "that takes a whole grid of two or more, with two seeds.",
        },
    )


def findings_flip(
    found: Mapping[str, Mapping[str, Sequence[str]]], total: int
) -> Finding:
    """Say whether what single reports conclude depends on their parameters."""
    return find(
        "yes" if found else "no",
        "Do findings of the single reports depend on the configuration?",
        f"{len(found)} of {total} findings have more than one verdict",
        {
            "yes": f"Of the {total} findings of the single reports, "
            f"{len(found)} {'reads' if len(found) == 1 else 'read'} otherwise "
            "in some configuration or seed.",
            "no": f"All {total} findings of the single reports read alike in "
            "every configuration and seed.",
        },
    )


def all_are_there(expected: int, there: int) -> Finding:
    """Say whether the comparison rests on all runs that were asked for."""
    gone = expected - there
    return find(
        "yes" if not gone else "no",
        "Are all runs there?",
        f"{there} of {expected} runs",
        {
            "yes": f"All {expected} runs are there.",
            "no": f"Of {expected} runs, {gone} "
            f"{'is' if gone == 1 else 'are'} missing; what follows rests on "
            "the others.",
        },
    )
