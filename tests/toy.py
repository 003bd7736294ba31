"""A notebook with the report's conventions that runs in a second."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from mnist_report.parameters import Parameters

PARAMETERS = "\n".join(
    f"{name} = {value!r}" for name, value in Parameters().model_dump().items()
)
CONTRACT = """\
from mnist_report.parameters import Parameters
parameters = Parameters.from_namespace(globals())"""
TRAINING = """\
from mnist_report.progress import update
for seed in parameters.seeds:
    update(f"seed {seed}", 0, parameters.num_epochs)
for seed in parameters.seeds:
    for epoch in range(parameters.num_epochs):
        update(f"seed {seed}", epoch + 1, parameters.num_epochs)"""
FIGURE = """\
from IPython.display import display
drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt"/>'
about = {"kind": "figure", "label": "fig-toy", "caption": "A", "alt": "B"}
display(
    {"image/svg+xml": drawing, "text/plain": "B"},
    raw=True,
    metadata={"report": about},
)"""
RESULTS = """\
from mnist_report import artefacts
artefacts.save("predictions.npz", b"PK")
bundle = {
    "parameters": {
        name: {"value": value, "text": parameters.text(name)}
        for name, value in parameters.model_dump().items()
    },
    "values": {"error": {"value": 0.5, "text": "50 %"}},
    "findings": {},
    "notices": ["These are **toys**, see [Section 1](#training)."],
    "provenance": {},
    "headline": "The toy errs on half of all images.",
}
display(
    {"application/vnd.mnist-report.results+json": bundle, "text/plain": ""},
    raw=True,
    metadata={"report": {"kind": "results"}},
)"""


def write_toy(
    path: Path, training: str = TRAINING, text: str = "[9 %](#val-error)"
) -> Path:
    """Write a toy notebook and return its path."""
    parameters = new_code_cell(PARAMETERS)
    parameters.metadata["tags"] = ["parameters"]
    title = new_markdown_cell("# A toy")
    title.metadata["tags"] = ["title"]
    notebook = new_notebook(
        cells=[
            title,
            parameters,
            new_code_cell(CONTRACT),
            new_markdown_cell("## Training <!-- a comment -->"),
            new_code_cell(training),
            new_markdown_cell(f"## Results\n\n{text}"),
            new_code_cell(f"{FIGURE}\n{RESULTS}"),
        ],
        metadata={
            "kernelspec": {
                "name": "python3",
                "display_name": "Python 3",
                "language": "python",
            },
            "language_info": {"name": "python"},
            "title": "A toy",
            "authors": [{"name": "A. Toy"}],
            "lang": "en-GB",
        },
    )
    nbformat.write(notebook, path)
    return path
