"""How much carbon dioxide a country's electricity carries."""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

# Our World in Data, from Ember's figures, as CodeCarbon 3.3.2 carries them
SOURCE = Path(__file__).with_name("grid.csv")


class Grid(NamedTuple):
    """One country's electricity in one year."""

    country: str
    grams: float
    """CO₂ equivalents of a kilowatt-hour, in grams."""
    year: int


@cache
def grids() -> dict[str, Grid]:
    """Return the grid of each country by its three letters in ISO 3166."""
    with SOURCE.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Grid(
                row["country"], float(row["grams"]), int(row["year"])
            )
            for row in csv.DictReader(file)
        }
