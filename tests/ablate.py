"""Commit what the ablation sweep reached, so that the report can show it.

make sweep SWEEP=notebooks/sweeps/ablation.yaml
python tests/ablate.py

The counts are those of the validation images.
"""

import json
from pathlib import Path

from measure import changed

from mnist_report import measured
from mnist_report.ablation import Ablation, Row
from mnist_report.errors import ReportError
from mnist_report.parameters import Parameters
from mnist_report.sweep import driver
from mnist_report.sweep.plan import Plan, read
from mnist_report.sweep.store import Store

ROOT = Path(__file__).parents[1]
FILE = Path("notebooks", "sweeps", "ablation.yaml")
COMMAND = f"make sweep SWEEP={FILE}"


def gather(plan: Plan, sweeps: Path = driver.SWEEPS) -> Ablation:
    """Return the rows of a finished sweep, one for each configuration."""
    store = Store(sweeps / plan.name)
    for name in plan.runs:
        if fault := store.damage(name):
            raise ReportError(f"{name}: {fault}. Go on with: {COMMAND}")
    bundles = {
        name: json.loads(store.results(name).read_text()) for name in plan.runs
    }
    first = next(iter(bundles.values()))
    values = first["values"]
    validated = values["validation-images"]["value"]

    recipe = plan.base | {"num_seeds": len(plan.seeds)}

    def wrong(name: str) -> int:
        rate = bundles[name]["values"]["validation-error-mean"]["value"]
        return round(rate * validated)

    hours = sum(
        bundle["values"]["run-core-hours"]["value"]
        for bundle in bundles.values()
    )
    return Ablation(
        command=COMMAND,
        commit=first["provenance"]["commit"],
        data=values["data-title"]["value"],
        parameters=changed(Parameters(**recipe)),
        train_images=values["train-images"]["value"],
        validation_images=validated,
        rows=[
            Row(
                name=each.label,
                changes=each.varied,
                wrong=[wrong(name) for name in each.runs],
            )
            for each in plan.configurations
        ],
        processor_seconds=round(3600 * hours, 1),
        processor=first["provenance"]["processor"],
        torch=first["provenance"]["packages"]["torch"],
    )


if __name__ == "__main__":
    print(measured.save(gather(read(ROOT / FILE)), "ablation"))
