"""Errors on MNIST's test images that others have published.

published.csv holds one result a line, with the key of its source in
references.bib. MNIST's own page stands for publications that were not at
hand. An error is per cent as printed; distorted says whether changed copies
of the images were used as well; parameters may be values kept, and stay
empty where the source does not state them.
"""

import csv
from pathlib import Path
from typing import NamedTuple

FAMILIES = (
    "Linear and quadratic",
    "Nearest neighbours",
    "Support vectors",
    "Fully connected",
    "Convolutional",
    "Ensembles",
)
# share of the test labels that five people did not confirm
LABEL_DOUBT = 0.0015


class Published(NamedTuple):
    """One method's published error on the 10,000 test images."""

    family: str
    year: int
    method: str
    error: str
    distorted: bool
    treatment: str
    parameters: str
    source: str


def results() -> list[Published]:
    """Return all published results by family and year, best last."""
    path = Path(__file__).with_suffix(".csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            Published(
                **row
                | {
                    "year": int(row["year"]),
                    "distorted": row["distorted"] == "yes",
                }
            )
            for row in csv.DictReader(file, delimiter=";")
        ]
    return sorted(
        rows,
        key=lambda row: (
            FAMILIES.index(row.family),
            row.year,
            -float(row.error),
        ),
    )
