"""The text of the open notebook, put right once its cells have run."""

from anywidget import AnyWidget
from traitlets import Dict

from mnist_report import markdown
from mnist_report.results import Results

from . import assets


class Text(AnyWidget):
    """What each link from the text to a result says after this run.

    texts: by the link's target, as val-test-error-mean.
    """

    _esm = assets.script("text.js")
    _css = assets.STYLE
    texts = Dict().tag(sync=True)


def texts(results: Results) -> dict[str, str]:
    """Return what links to parameters, values and findings say."""
    found = {
        f"par-{name}": each.text for name, each in results.parameters.items()
    }
    for name, each in results.values.items():
        found[f"val-{name}"] = each.text
        if each.interval_text:
            found[f"val-{name}-interval"] = each.interval_text
    for name, each in results.findings.items():
        found[f"find-{name}"] = markdown.plain(each.sentence)
    return found


def show(results: Results) -> None:
    """Let the text on the page follow the results."""
    assets.show(Text(texts=texts(results)), "The text above follows this run.")
