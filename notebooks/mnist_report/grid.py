"""How much carbon dioxide a country's electricity carries."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

# Our World in Data, from Ember's figures, as CodeCarbon carries them
SOURCE = "data/private_infra/global_energy_mix.json"


class Grid(NamedTuple):
    """One country's electricity in one year."""

    country: str
    grams: float
    """CO₂ equivalents of a kilowatt-hour, in grams."""
    year: int


@cache
def grids() -> dict[str, Grid]:
    """Return the grid of each country by its three letters in ISO 3166.

    A country whose electricity is said to carry none is left out.
    """
    # the package's folder; to import it would take longer
    folder = Path(find_spec("codecarbon").origin).parent
    mixes = json.loads((folder / SOURCE).read_text(encoding="utf-8"))
    return {
        code: Grid(mix["country_name"], mix["carbon_intensity"], mix["year"])
        for code, mix in mixes.items()
        if mix["carbon_intensity"] > 0
    }
