"""Look for what keeps readers out of a report, and commit what was found.

usage, after `make test-browser`: python tests/barriers.py build/report
"""

import sys
from itertools import product
from pathlib import Path

from browsing import SIZES, judged, launched
from measure import head
from pypdf import PdfReader

from mnist_report import measured


def main(folder: Path) -> None:
    """Write what axe-core says of the page, and what the PDF tells."""
    pdf = PdfReader(folder / "report.pdf")
    described = list(figures(pdf))
    found = measured.Barriers(
        command=f"python tests/{Path(__file__).name} {folder}",
        commit=head(),
        **page(folder / "report.html"),
        language=pdf.trailer["/Root"]["/Lang"],
        figures=len(described),
        described=sum(described),
    )
    print(measured.save(found, "barriers"))


def page(path: Path) -> dict:
    """Return axe-core's version, rules and violations in all views."""
    views, rules = [], set()
    with launched() as browser:
        for size, scheme in product(SIZES, ("light", "dark")):
            opened = browser.new_page(
                viewport=SIZES[size], color_scheme=scheme
            )
            opened.goto(path.resolve().as_uri())
            said = judged(opened)
            against = {each["id"] for each in said["violations"]}
            rules |= against | {each["id"] for each in said["passes"]}
            view = {"size": size, "scheme": scheme}
            views.append(view | {"violations": sorted(against)})
    return {
        "axe": said["testEngine"]["version"],
        "rules": len(rules),
        "views": views,
    }


def figures(pdf: PdfReader):
    """Yield for each figure of a tagged PDF whether it is put into words."""
    waiting = [pdf.trailer["/Root"]["/StructTreeRoot"]["/K"]]
    while waiting:
        node = waiting.pop()
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            if node.get("/S") == "/Figure":
                yield bool(node.get("/Alt"))
            waiting.append(node.get("/K", []))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
