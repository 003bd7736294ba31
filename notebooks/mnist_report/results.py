"""The named values that a run measured: the only way into the report."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from IPython import get_ipython
from pydantic import BaseModel, ConfigDict

from mnist_report import statistics
from mnist_report.errors import ReportError
from mnist_report.parameters import Parameters

MIME = "application/vnd.mnist-report.results+json"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
EN_DASH = "\N{EN DASH}"

Scalar = bool | int | float | str | None
Verdict = Literal["yes", "no", "undecided", "not measured"]

SEED_SPREAD = (
    "another processor or library rounds differently, and training amplifies "
    "that to the spread between seeds"
)


class _Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True
    )


class Parameter(_Frozen):
    value: Scalar | list[int] | list[float] | list[str]
    """What the run was given."""
    text: str
    """The value as the report prints it."""


class Value(_Frozen):
    value: Scalar
    """Full precision; fractions, not per cent; seconds; bytes."""
    text: str
    """The value as the report prints it, with its unit."""
    meaning: str
    """What was measured, in a few words."""
    unit: str = ""
    """The printed unit; empty for counts and words."""
    n: int | None = None
    """How many images, seeds or repetitions stand behind the value."""
    interval: tuple[float, float] | None = None
    """The 95 % interval, in the value's own scale."""
    interval_text: str | None = None
    """The interval as the report prints it."""
    varies: Literal["exact", "stochastic", "machine"] = "exact"
    """How another run of the same parameters may differ."""
    tolerance: float | None = None
    """The largest difference to be expected where the value varies."""
    reason: str | None = None
    """Why it may differ by so much."""
    samples: list[float] | None = None
    """Each seed's own value, where the value is their mean."""
    cell: int | None = None
    """The execution of the notebook's cell that recorded it: 7 for In [7]."""


class Finding(_Frozen):
    verdict: Verdict
    """What the evidence says of the question."""
    question: str
    """What was asked."""
    sentence: str
    """The answer as the report prints it."""
    evidence: str
    """The interval or test that decided, in a few words."""
    of_machine: bool = False
    """Whether times, memory or energy of this machine decided."""


class Bundle(_Frozen):
    """All that a run found: the schema of results.json."""

    parameters: dict[str, Parameter]
    """Every hyperparameter of the run."""
    values: dict[str, Value]
    """Every measured value by its name."""
    findings: dict[str, Finding]
    """Every judgement by its name."""
    notices: list[str]
    """What a reader must know before anything else (Markdown)."""
    series: dict[str, dict[str, Any]] = {}
    """The numbers behind figures, by the figures' labels."""
    headline: str
    """The main result in one plain sentence."""
    provenance: dict[str, Any]
    """Where the run came from: code, data, environment, device."""


def number(value: Scalar, form: str) -> str:
    """Format a value by a format specification, in British typography."""
    # z: what rounds to zero has no sign
    text = format(value, f"z{form}" if isinstance(value, float) else form)
    if isinstance(value, str):
        return text
    if text.endswith("%"):
        text = text[:-1] + NO_BREAK_SPACE + "%"
    return text.replace("-", MINUS)


def span(interval: tuple[float, float], form: str, unit: str = "") -> str:
    """Format an interval with its unit once: 0.24–0.55 %."""
    low, high = (number(bound, form) for bound in interval)
    percent = NO_BREAK_SPACE + "%"
    dash = f" to {MINUS}" if high.startswith(MINUS) else EN_DASH
    if low.startswith(MINUS) and not high.startswith(MINUS):
        dash = " to "
    text = low.removesuffix(percent) + dash + high.removeprefix(MINUS)
    return text + (NO_BREAK_SPACE + unit if unit else "")


def p_text(p_value: float) -> str:
    """Format a p-value: p = 0.032, or p < 0.001."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def p_cell(p_value: float) -> str:
    """Format a p-value under its heading: 0.032, or < 0.001."""
    text = p_text(p_value).removeprefix("p ").removeprefix("= ")
    return text.replace(" ", NO_BREAK_SPACE)


class Results:
    """Collect what a run measures and concludes."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = {
            name: Parameter(value=value, text=parameters.text(name))
            for name, value in parameters.model_dump().items()
        }
        self.values: dict[str, Value] = {}
        self.findings: dict[str, Finding] = {}
        self.notices: list[str] = []
        self.series: dict[str, dict[str, Any]] = {}
        self.headline = ""
        self.provenance: dict[str, Any] = {}

    def record(
        self,
        name: str,
        value: Scalar,
        meaning: str,
        *,
        form: str = "",
        unit: str = "",
        factor: float = 1,
        n: int | None = None,
        interval: tuple[float, float] | None = None,
        varies: Literal["exact", "stochastic", "machine"] = "exact",
        tolerance: float | None = None,
        reason: str | None = None,
        samples: Sequence[float] | None = None,
    ) -> None:
        """Record one measured value.

        form: a format specification (".2%" prints a fraction per cent).
        factor: what the value is multiplied by in print (bytes in MB: 1e-6).
        A value that varies states by how much, and why.
        """
        if name in self.values:
            raise ReportError(f"the value {name!r} is recorded twice")
        if (varies == "stochastic") != (tolerance is not None):
            raise ReportError(
                f"the value {name!r}: a tolerance is needed where, and only "
                "where, a value is stochastic"
            )
        if (varies == "exact") != (reason is None):
            raise ReportError(
                f"the value {name!r}: a reason is needed where, and only "
                "where, a value varies"
            )
        printed = value if factor == 1 else value * factor
        text = number(printed, form)
        bounds = interval and tuple(bound * factor for bound in interval)
        self.values[name] = Value(
            value=value,
            text=text + (NO_BREAK_SPACE + unit if unit else ""),
            meaning=meaning,
            unit="%" if form.endswith("%") else unit,
            n=n,
            interval=interval,
            interval_text=bounds and span(bounds, form, unit),
            varies=varies,
            tolerance=tolerance,
            reason=reason,
            samples=samples,
            cell=_executing(),
        )

    def record_words(self, name: str, words: str, meaning: str) -> None:
        """Record what a trained network's results say in words."""
        self.record(
            name,
            str(words),
            meaning,
            varies="stochastic",
            tolerance=0,
            reason=SEED_SPREAD,
        )

    def record_error_rate(
        self, name: str, wrong: int, total: int, meaning: str
    ) -> None:
        """Record an error rate of a trained network, and the count.

        The count is recorded as NAME-count; the interval is Wilson's.
        """
        wrong, total = int(wrong), int(total)
        tolerance = statistics.half_width(wrong, total)
        self.record(
            name,
            wrong / total,
            meaning,
            form=".2%",
            n=total,
            interval=statistics.wilson_interval(wrong, total),
            varies="stochastic",
            tolerance=tolerance,
            reason=SEED_SPREAD,
        )
        self.record(
            f"{name}-count",
            wrong,
            f"{meaning}, as a number of images",
            form=",d",
            n=total,
            varies="stochastic",
            tolerance=tolerance * total,
            reason=SEED_SPREAD,
        )

    def record_mean_error(
        self, name: str, rates: Sequence[float], total: int, meaning: str
    ) -> None:
        """Record the mean error rate over seeds, with Student's interval.

        What the seeds say of its spread is recorded in words as NAME-spread.
        """
        rates = np.asarray(rates)
        interval = statistics.t_interval(rates, bounds=(0, 1))
        variation = {
            "n": len(rates),
            "varies": "stochastic",
            "tolerance": statistics.half_width(
                round(rates.mean() * total), total
            ),
            "reason": SEED_SPREAD,
        }
        self.record(
            name,
            float(rates.mean()),
            f"{meaning}, mean over the seeds",
            form=".2%",
            interval=interval,
            samples=rates.tolist(),
            **variation,
        )
        spread = "a single seed, which says nothing of the spread over seeds"
        if len(rates) > 1 and np.ptp(rates) == 0:
            # an interval without width would pass for certainty
            spread = f"{len(rates)} seeds, all of the same error rate"
        elif interval:
            points = number(100 * float(rates.std(ddof=1)), ".3f")
            spread = (
                f"{len(rates)} seeds with a standard deviation of {points} "
                f"percentage points and a 95\N{NO-BREAK SPACE}% interval for "
                f"the mean of {span(interval, '.2%')}"
            )
        self.record(
            f"{name}-spread",
            spread,
            f"{meaning}, what the seeds say of its spread",
            **variation,
        )

    def conclude(self, **findings: Finding) -> None:
        """Record findings; underscores in names become hyphens."""
        for name, finding in findings.items():
            self.findings[name.replace("_", "-")] = finding

    def conclude_of_machine(self, **findings: Finding) -> None:
        """Record findings that times, memory or energy decided."""
        self.conclude(
            **{
                name: finding.model_copy(update={"of_machine": True})
                for name, finding in findings.items()
            }
        )

    def text(self, name: str) -> str:
        """Return the printed text of a recorded value."""
        return self.values[name].text

    def bundle(self) -> dict[str, Any]:
        """Return everything as plain data, checked against the schema."""
        return Bundle(
            parameters=self.parameters,
            values=self.values,
            findings=self.findings,
            notices=self.notices,
            series=self.series,
            headline=self.headline,
            provenance=self.provenance,
        ).model_dump(mode="json")


def _executing() -> int | None:
    """Return the number of the notebook's execution that is under way."""
    shell = get_ipython()
    return shell.displayhook.prompt_count if shell else None


def schema() -> dict[str, Any]:
    """Return the JSON schema of results.json."""
    return Bundle.model_json_schema()
