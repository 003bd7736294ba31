"""The HTML report as a reader's browser shows it."""

import pytest
from browsing import barriers, chromium  # noqa: F401
from notebook_cells import NOTEBOOK

from mnist_report.rendering import HTMLExporter

SIZES = {
    "wide": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
}


@pytest.fixture(scope="module")
def address(chromium, tmp_path_factory):  # noqa: F811
    """Return where the report lies that is committed, as HTML."""
    page = tmp_path_factory.mktemp("page") / "report.html"
    text, _ = HTMLExporter().from_filename(str(NOTEBOOK))
    page.write_text(text, encoding="utf-8")
    return page.as_uri()


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    return request.param


@pytest.fixture
def opened(chromium, address):  # noqa: F811
    """Return a function that opens the report and notes what goes amiss."""
    contexts, problems = [], []

    def open_page(size="wide", **options):
        context = chromium.new_context(viewport=SIZES[size], **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: asked(request.url))
        page.goto(address)
        return page

    def asked(url):
        if url.partition("#")[0] != address and not url.startswith("data:"):
            problems.append(f"a request to {url}")

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def test_contents_lead_to_each_section(opened):
    page = opened()
    links = page.locator("#contents a")
    for href in links.evaluate_all("all => all.map(a => a.hash)"):
        assert page.locator(f"main {href}").count() == 1, href
    page.get_by_role("link", name="References").click()
    heading = page.locator("main").get_by_role("heading", name="References")
    assert heading.bounding_box()["y"] < SIZES["wide"]["height"]


def test_contents_are_folded_where_room_is_scarce(opened):
    assert opened().locator("#contents li").first.is_visible()
    page = opened("phone")
    assert not page.locator("#contents li").first.is_visible()
    page.get_by_text("Contents", exact=True).click()
    assert page.locator("#contents li").first.is_visible()


def test_code_folds_one_by_one_and_all_at_once(opened):
    page = opened()
    cells = page.locator("details.code")
    button = page.locator("#fold")
    assert cells.locator("pre:visible").count() > 0
    button.click()
    assert cells.locator("pre:visible").count() == 0
    cells.first.locator("summary").press("Enter")
    assert cells.locator("pre:visible").count() == 1
    button.click()
    button.click()
    assert cells.locator("pre:visible").count() == cells.count()


def test_dark_is_dark_and_light_is_light(opened):
    for scheme, darker in (("light", "ink"), ("dark", "paper")):
        page = opened(color_scheme=scheme)
        shades = page.evaluate(
            "[getComputedStyle(document.body).color,"
            " getComputedStyle(document.body).backgroundColor].map(c =>"
            " c.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0))"
        )
        assert (shades[0] < shades[1]) == (darker == "ink")


def test_nothing_scrolls_sideways_on_a_phone(opened):
    page = opened("phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate(
        "document.querySelectorAll('details').forEach("
        "each => { each.open = true; })"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("how", ["hover", "focus"])
def test_a_number_tells_what_stands_behind_it(opened, how):
    page = opened()
    number = page.locator(".value[data-target=val-test-error-mean]").first
    getattr(number, how)()
    box = page.locator("#about")
    box.wait_for(state="visible")
    assert "test error rate, mean over the seeds" in box.inner_text()
    place = box.bounding_box()
    assert place["x"] >= 0
    assert place["x"] + place["width"] <= SIZES["wide"]["width"]
    page.keyboard.press("Escape")
    assert not box.is_visible()


def test_numbers_are_reached_by_the_keyboard_alone(opened):
    page = opened()
    page.locator("main h1").click()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "value":
            break
    assert page.locator("#about").is_visible()


def test_no_barriers(opened, scheme):
    for size in SIZES:
        assert barriers(opened(size, color_scheme=scheme)) == []
