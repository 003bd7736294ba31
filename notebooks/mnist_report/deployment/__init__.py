"""The network outside this project: exported, quantised and measured."""

from mnist_report.deployment.graph import export
from mnist_report.deployment.measurement import (
    FILES,
    RUNTIMES,
    Deployment,
    Measured,
    measure,
    record,
    texts,
)

__all__ = [
    "FILES",
    "RUNTIMES",
    "Deployment",
    "Measured",
    "export",
    "measure",
    "record",
    "texts",
]
