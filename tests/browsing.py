"""A real browser for tests, where there is one: `make test-browser`."""

import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

# where tests/browser.sh puts what only these tests need
sys.path.append(str(Path(sys.prefix) / "browser"))
NAMES = ("chromium", "chromium-browser", "google-chrome")
NEEDED = "`make test-browser` brings it"
SIZES = {
    "wide": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}
# root's Chromium has no sandbox; nothing is to be fetched or reported
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-component-update")


# each file that imports it has one of its own, and they must not overlap
@pytest.fixture(scope="module")
def chromium():
    """Return a browser that Playwright drives, or skip."""
    with launched() as browser:
        yield browser


@contextmanager
def launched():
    """Start a browser; skip what needs one where there is none."""
    reason = f"Playwright is not there; {NEEDED}"
    driver = pytest.importorskip("playwright.sync_api", reason=reason)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip(f"Chromium is not there; {NEEDED}")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=OPTIONS
        )
        yield browser
        browser.close()


def judged(page, within=None):
    """Return all that axe-core says of a page, or of a part of it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    return axe.Axe().run(page, within).response


def barriers(page, within=None):
    """Return what axe-core finds that keeps readers out.

    within: a selector; without one the whole page is looked at.
    """
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in judged(page, within)["violations"]
        for node in each["nodes"]
    ]
