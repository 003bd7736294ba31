"""A sample of an executed notebook that holds every convention."""

import copy
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

RESULTS = "application/vnd.mnist-report.results+json"

BIBLIOGRAPHY = r"""
@article{LeCun1998gradient,
  author = {LeCun, Yann and Bottou, L{\'e}on and Bengio, Yoshua and
            Haffner, Patrick},
  title = {Gradient-Based Learning Applied to Document Recognition},
  journal = {Proceedings of the IEEE},
  year = {1998}, volume = {86}, number = {11}, pages = {2278--2324},
  doi = {10.1109/5.726791}
}
@inproceedings{Ciresan2012multicolumn,
  author = {Cire{\c{s}}an, Dan and Meier, Ueli and Schmidhuber, J{\"u}rgen},
  title = {Multi-column Deep Neural Networks for Image Classification},
  booktitle = {IEEE Conference on Computer Vision and Pattern Recognition},
  year = {2012}, pages = {3642--3649}, doi = {10.1109/CVPR.2012.6248110}
}
@article{Wilson1927probable,
  author = {Wilson, Edwin B.},
  title = {Probable Inference, the Law of Succession, and Statistical
           Inference},
  journal = {Journal of the American Statistical Association},
  year = {1927}, volume = {22}, number = {158}, pages = {209--212},
  doi = {10.1080/01621459.1927.10502953}
}
@book{Goodfellow2016deep,
  author = {Goodfellow, Ian and Bengio, Yoshua and Courville, Aaron},
  title = {Deep Learning},
  publisher = {MIT Press}, year = {2016},
  url = {https://www.deeplearningbook.org}
}
"""

BUNDLE = {
    "parameters": {
        "learning_rate": {"value": 0.003, "text": "0.003"},
        "lr_schedule": {"value": "one_cycle", "text": "one_cycle"},
    },
    "values": {
        "cnn-accuracy": {
            "value": 0.9941,
            "text": "99.41 %",
            "interval": [0.9924, 0.9955],
            "interval_text": "99.24 % to 99.55 %",
            "n": 10000,
        },
        "svm-error": {
            "value": 0.0136,
            "text": "1.36 %",
            "interval": None,
            "interval_text": None,
            "n": 10000,
        },
    },
    "findings": {
        "cnn-better": {
            "verdict": "yes",
            "sentence": "The network errs less than the support vector "
            "machine, which errs on [0 %](#val-svm-error) "
            "([Table 9](#tbl-methods)).",
        },
        "summary": {
            "verdict": "yes",
            "sentence": "In short: [so](#find-cnn-better).",
        },
    },
    "notices": [
        "**Embedded digits stood in for MNIST.** It could not be downloaded; "
        "the accuracy of [0 %](#val-cnn-accuracy) is that on scikit-learn's "
        "1,797 digits.",
    ],
    "provenance": {"python": "3.11.7"},
}


def curve(width: int = 440, height: int = 170) -> str:
    """Draw a falling curve with axes by hand."""
    points = " ".join(
        f"{50 + 9 * i},{20 + 110 * (1 - 0.9**i):.1f}" for i in range(41)
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt"
 viewBox="0 0 {width} {height}">
<g id="axes"><path d="M50 10V140H420" fill="none" stroke="#333"/></g>
<polyline points="{points}" fill="none" stroke="#1f4e79" stroke-width="1.6"/>
<text x="210" y="162" font-size="9" font-family="DejaVu Sans">epoch</text>
<text x="10" y="80" font-size="9" font-family="DejaVu Sans">loss</text>
</svg>"""


def markdown(source: str, *tags: str):
    """Make a Markdown cell."""
    return new_markdown_cell(source, metadata={"tags": list(tags)})


def code(source: str, *outputs, tags: tuple[str, ...] = ()):
    """Make a code cell that was executed."""
    return new_code_cell(
        source,
        outputs=list(outputs),
        execution_count=1,
        metadata={"tags": list(tags)},
    )


def display(data: dict, **report):
    """Make an output as the report's displays do."""
    return new_output("display_data", data=data, metadata={"report": report})


def figure(label: str, caption: str, alt: str, svg: str = ""):
    """Make a figure's two outputs: picture and caption for JupyterLab."""
    picture = {"image/svg+xml": svg or curve(), "text/plain": alt}
    return (
        display(picture, kind="figure", label=label, caption=caption, alt=alt),
        display(
            {
                "text/markdown": f"**Figure 99.** {caption}",
                "text/plain": f"Figure 99. {caption}",
            },
            kind="caption",
            of=label,
        ),
    )


def table(label: str, caption: str, rows: str):
    """Make a table's two outputs: caption for JupyterLab and table."""
    return (
        display(
            {"text/markdown": f"**Table 99.** {caption}"},
            kind="caption",
            of=label,
        ),
        display(
            {"text/markdown": rows, "text/plain": rows},
            kind="table",
            label=label,
            caption=caption,
        ),
    )


def results(bundle: dict | None = None):
    """Make the output that holds the results."""
    bundle = copy.deepcopy(BUNDLE if bundle is None else bundle)
    return display({RESULTS: bundle, "text/plain": "results"}, kind="results")


def stream(text: str, name: str = "stdout"):
    """Make a printed output."""
    return new_output("stream", name=name, text=text)


def notebook(cells: Iterable, **metadata):
    """Make a notebook from cells."""
    about = {
        "title": "Reading handwritten digits",
        "authors": [{"name": "Ada Example"}],
        "date": "2026-01-15",
        "lang": "en-GB",
        "language_info": {"name": "python"},
        **metadata,
    }
    return nbformat.v4.new_notebook(cells=list(cells), metadata=about)


INTRODUCTION = r"""## Introduction

Convolutional networks became the standard tool for reading digits with
LeNet-5 [@LeCun1998gradient]. Committees of deeper networks later brought the
error down to 0.23 %, as @Ciresan2012multicolumn showed; see also
[@Goodfellow2016deep, chap. 9]. The network of this report reaches
[0 %](#val-cnn-accuracy) (95 % interval [0](#val-cnn-accuracy-interval)) with
a learning rate of [0](#par-learning_rate) and the schedule
[x](#par-lr_schedule). [It does](#find-cnn-better). Of course — “typography” is
part of it: the names Dan Cireşan and Jürgen Schmidhuber test the accents.
What this adds:
1. a network of about $1.1\times 10^{5}$ weights;
2. intervals for *every* accuracy, following @Wilson1927probable;
3. an analysis of the errors ([Section 9](#results)), listed in
   [Table 9](#tbl-methods) and drawn in [Figure 9](#fig-curves); the run's
   surroundings are in [Appendix Z](#environment-of-the-run).

> **Note.** Arrows (→, ⇒), comparisons (≤, ≥, ≈) and `inline_code(x)` are set
> with the fonts at hand; `[0](#val-code)` in code stays as it is.
"""

MODEL = r"""## Model and `loss`

Let $x \in [0,1]^{28\times 28}$ be an image and $z = f_\theta(x)$ the logits
of the network. The class probabilities are given by the softmax

$$
p_k(x) = \frac{\exp z_k}{\sum_{j=0}^{9} \exp z_j}, \qquad k = 0, \dots, 9,
\label{eq-softmax}
$$

and we minimise the smoothed cross entropy

$$
\begin{aligned}
\mathcal{L}(\theta) &= -\frac{1}{N} \sum_{i=1}^{N} \sum_{k=0}^{9}
q_{ik} \log p_k(x_i), \\
q_{ik} &= (1-\varepsilon)\,\mathbf{1}\{y_i = k\} + \frac{\varepsilon}{10}.
\end{aligned}
\label{eq-loss}
$$

Equations [9](#eq-softmax) and [9](#eq-loss) are all there is to it.

### Layers

| Layer | Output | Parameters |
|---|---|---|
| Conv 3×3, 8 | $8\times28\times28$ | 80 |
| Linear | $128$ | 100,480 |

### Training

The following cell holds one training step, with lines that are too long for
the page on purpose.

```python
# a fence in Markdown: [0](#val-nothing), not a heading
def wilson(k: int, n: int) -> float: ...
```
"""

STEP = '''def step(model, optimiser, images, labels, *, temperature: float = 1.0, smoothing: float = 0.05, clip: float | None = 1.0):
    """Take one step of stochastic gradient descent."""
    logits = model(images) / temperature  # z_k / T
    targets = (1 - smoothing) * np.eye(10)[labels] + smoothing / 10

    if clip is not None and any(abs(g).max() > clip for g in optimiser.gradients(targets, logits)):
        warnings.warn(f"gradient clipped at {clip!r}: → Cireşan, aVeryLongWordThatNoLineCouldEverHoldBecauseItGoesOnAndOnAndOnWithoutAnyBlankInItUntilTheEndOfTime")
    return float(-(targets * logits).sum(axis=1).mean())'''  # noqa: E501

METHODS = """| Method | Error (%) | Misses | Remark |
|---|---|---|---|
| [Network](#fig-curves) | 0.59 | 59 | the mean of three seeds, each \
trained for ten epochs on 55,000 augmented images, with the rest kept for \
validation |
| Support vector machine | 1.36 | 136 | after PCA, $C = 10$ |
| Nearest neighbours | 2.49 | 249 | [@LeCun1998gradient] |"""

LONG = "| Epoch | Loss | Accuracy (%) |\n|---|---|---|\n" + "\n".join(
    f"| {i} | {0.9**i:.4f} | {99.5 - 8 * 0.8**i:.2f} |" for i in range(1, 61)
)


def sample(folder: Path | None = None):
    """Give the sample; with a folder, its bibliography is put there."""
    about = {
        "subtitle": "A reproducible report",
        "authors": [
            {"name": "Ada Example", "affiliation": "Institute of Samples"}
        ],
        "keywords": ["MNIST", "convolutional networks", "reproducibility"],
        "details": [
            ["Module", "6COSC020C Applied AI"],
            ["Domain", "Speech & Text Recognition"],
        ],
    }
    if folder:
        path = Path(folder) / "sample.bib"
        path.write_text(BIBLIOGRAPHY, encoding="utf-8")
        about["bibliography"] = str(path)
    log = "\n".join(
        f"epoch {i:3d}/80  loss {0.9**i:7.4f}  error {0.08 * 0.8**i:.4f}"
        for i in range(1, 81)
    )
    return notebook(
        [
            markdown("# Reading handwritten digits\n\nAda Example", "title"),
            markdown(
                "## Abstract\n\nWe train a small convolutional network on "
                "MNIST [@LeCun1998gradient] and reach a test accuracy of "
                "[0 %](#val-cnn-accuracy). Every number in this report was "
                "measured by the run that made it; nothing is typed by "
                "hand. We report Wilson intervals and study where the "
                "network still fails.",
                "abstract",
            ),
            code("learning_rate = 0.001", tags=("parameters",)),
            code("learning_rate = 0.003", tags=("injected-parameters",)),
            code("import numpy as np", tags=("remove-cell",)),
            markdown(INTRODUCTION),
            markdown(MODEL),
            code(STEP),
            code(
                "model",
                new_output(
                    "execute_result",
                    data={"text/plain": "Sequential(\n  (0): Linear()\n)"},
                    execution_count=1,
                ),
            ),
            code(
                "train(model)",
                stream("start\rstop\n"),
                stream(log + "\n"),
                stream("\x1b[31mred\x1b[0m: a warning → here\n", "stderr"),
            ),
            code(
                "figures.curves(history)",
                *figure(
                    "fig-curves",
                    "Training loss with its Wilson interval "
                    "[@Wilson1927probable], $n = 10\\,000$; the last "
                    "accuracy is [0](#val-cnn-accuracy).",
                    'A line that falls from 0.9 to 0.03, "steeply" at first.',
                ),
                tags=("hide-input",),
            ),
            markdown(
                "## Results\n\n[Table 9](#tbl-methods) compares the "
                "methods. [Summary](#find-summary)\n\n### Errors\n\nSee "
                "[Figure 9](#fig-errors) and [Table 9](#tbl-epochs), the "
                "[MNIST page](http://yann.lecun.com/exdb/mnist/), and "
                "<https://example.org/a/very/long/path/that/does/not/fit/on/"
                "one/line/because/it/is/so/long/index.html>."
            ),
            code(
                "compare()",
                *table("tbl-methods", "Test errors of the methods.", METHODS),
                tags=("remove-input",),
            ),
            code(
                "figures.errors()",
                *figure("fig-errors", "Mistakes.", "A falling curve again."),
                display(
                    {"text/markdown": "The error is [0](#val-svm-error)."},
                    kind="text",
                ),
                display(
                    {
                        "text/markdown": BUNDLE["findings"]["cnn-better"][
                            "sentence"
                        ]
                    },
                    kind="finding",
                    name="cnn-better",
                    verdict="yes",
                ),
            ),
            markdown("## References <!-- .unnumbered -->"),
            markdown(
                "## Environment of the run <!-- .appendix -->\n\n"
                "### Container\n\nThe definition follows."
            ),
            code(
                "show('devcontainer.json')",
                display(
                    {
                        "text/plain": '{\n  "image": "python:3.11",\n'
                        '  "features": ["a", "b"]\n}',
                        "text/markdown": '```json\n{"image": ""}\n```',
                    },
                    kind="listing",
                    language="json",
                ),
                tags=("remove-input",),
            ),
            markdown("## Every epoch\n\nAll of them are in [1](#tbl-epochs)."),
            code(
                "epochs",
                *table("tbl-epochs", "Loss and accuracy by epoch.", LONG),
                results(),
                tags=("remove-input",),
            ),
        ],
        **about,
    )
