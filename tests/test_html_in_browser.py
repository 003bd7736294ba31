"""The HTML report as a reader's browser shows it.

It is that of build/report where there is one; else the committed one, whose
box to draw in then holds a network that was never trained.
"""

import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from browsing import SIZES, barriers, chromium  # noqa: F401
from notebook_cells import NOTEBOOK, load_implementation
from PIL import Image

from mnist_report import deployment, drawing
from mnist_report.datasets import digits
from mnist_report.rendering import HTMLExporter
from mnist_report.rendering.network import MODEL
from mnist_report.run import BUILD

RUN = BUILD / "report"
STROKES = json.loads((Path(__file__).parent / "strokes.json").read_text())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a folder with an executed report, its network and its HTML."""
    folder = tmp_path_factory.mktemp("run")
    trained = (RUN / MODEL).is_file()
    shutil.copy(RUN / NOTEBOOK.name if trained else NOTEBOOK, folder)
    if trained:
        shutil.copy(RUN / MODEL, folder)
    else:
        build = load_implementation().build_network
        untrained = build([8, 16], 128, 10, 0.2).eval()
        model = deployment.export(untrained, (0.13, 0.31), "0123456789")
        (folder / MODEL).write_bytes(model)
    page, _ = HTMLExporter().from_filename(str(folder / NOTEBOOK.name))
    (folder / "report.html").write_text(page, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def address(run):
    return (run / "report.html").as_uri()


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


# whether each frame is wider than its place, what it says of it, and the
# colours of that and of the ground it stands on
FRAMES = """
() => Array.from(document.querySelectorAll(".scroll")).map((frame) => {
  const hint = getComputedStyle(frame, "::before");
  const owner = [frame, document.body].find(
    (each) => getComputedStyle(each).backgroundColor !== "rgba(0, 0, 0, 0)");
  return [frame.scrollWidth > frame.clientWidth + 1, hint.content,
          hint.color, getComputedStyle(owner).backgroundColor];
})
"""


def luminance(colour):
    """Return the relative luminance of "rgb(…)", as WCAG defines it."""
    shares = (int(each) / 255 for each in re.findall(r"\d+", colour)[:3])
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in shares
    ]
    return np.dot(linear, [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_scrolls_sideways_says_so(opened, scheme):
    frames = opened("phone", color_scheme=scheme).evaluate(FRAMES)
    assert {wider for wider, *_ in frames} == {True, False}
    for wider, hint, ink, ground in frames:
        assert ("sideways" in hint) == wider
        if wider:
            dark, light = sorted((luminance(ink), luminance(ground)))
            assert (light + 0.05) / (dark + 0.05) >= 4.5


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


@pytest.mark.parametrize(
    ("size", "scheme"), [("wide", "light"), ("phone", "dark")]
)
def test_no_barriers(opened, size, scheme):
    page = opened(size, color_scheme=scheme)
    draw(page, STROKES["7"])
    assert barriers(page) == []


def test_report_is_small(run):
    assert (run / "report.html").stat().st_size <= 4e6


# The box to draw in


def draw(page, strokes):
    """Draw strokes on the paper with the mouse, as a hand would."""
    page.get_by_role("button", name="Clear").click()
    paper = page.locator("#pad-paper")
    paper.scroll_into_view_if_needed()
    place = paper.bounding_box()
    for stroke in strokes:
        (x, y), *others = [(place["x"] + x, place["y"] + y) for x, y in stroke]
        page.mouse.move(x, y)
        page.mouse.down()
        for x, y in others:
            page.mouse.move(x, y, steps=3)
        page.mouse.up()


def answer(page):
    """Return what the network is said to read, and the text of its bars."""
    said = page.get_by_role("status").inner_text()
    bars = page.locator("#pad-shares li").all_inner_texts()
    return said, dict(bar.split()[:2] for bar in bars if bar)


def seen(page):
    """Return the image that the network was shown."""
    pixels = page.evaluate(
        "[...document.getElementById('pad-seen').getContext('2d')"
        ".getImageData(0, 0, 28, 28).data]"
    )
    return 255 - np.reshape(pixels, (28, 28, 4))[..., 0]


def test_box_says_whose_network_answers(opened):
    page = opened()
    box = page.get_by_role("region", name="Draw, and the network reads")
    error = box.locator(".value[data-target=val-test-error]")
    assert error.inner_text() in box.inner_text()
    error.hover()
    page.locator("#about").wait_for(state="visible")
    about = page.locator("#about").inner_text()
    assert "network’s test error rate" in about
    assert "Draw one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9." in box.inner_text()


def test_stored_strokes_are_read(opened):
    if not (RUN / MODEL).is_file():
        pytest.skip("no trained network; make it: make report")
    page = opened()
    if "test images of MNIST." not in page.locator("#pad").inner_text():
        pytest.skip("the strokes are in the manner of MNIST")
    for digit, strokes in STROKES.items():
        draw(page, strokes)
        said, bars = answer(page)
        assert said.startswith(f"The network reads {digit} with "), digit
        assert float(bars[digit]) > 50


def test_bars_are_shares(opened):
    page = opened()
    draw(page, STROKES["2"])
    said, bars = answer(page)
    shares = {name: float(text) for name, text in bars.items()}
    assert [*shares] == [*"0123456789"]
    assert sum(shares.values()) == pytest.approx(100, abs=0.5)
    # several may round to the same share
    best = [name for name in shares if shares[name] == max(shares.values())]
    assert any(f"reads {name} with {bars[name]}" in said for name in best)
    page.get_by_role("button", name="Clear").click()
    assert "Draw one of" in page.get_by_role("status").inner_text()
    assert not page.locator("#pad-found").is_visible()


def test_page_answers_as_the_exported_model_does(opened, run):
    data = digits.load()
    images = torch.cat([data.test_images, data.train_images])[:1000]
    session = onnxruntime.InferenceSession(run / MODEL)
    [expected] = session.run(None, {"images": images.numpy()})
    answers = opened().evaluate(
        "(images) => images.map(network(JSON.parse(document"
        ".getElementById('pad-model').textContent))).map((x) => [...x])",
        images.flatten(1).tolist(),
    )
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-4)


def test_a_finger_draws(opened):
    page = opened("phone", has_touch=True)
    paper = page.locator("#pad-paper")
    paper.scroll_into_view_if_needed()
    paper.tap(position={"x": 90, "y": 120})
    assert "The network reads" in answer(page)[0]
    assert seen(page).max() == 255


@pytest.mark.parametrize("paper", [235, 40])
def test_the_keyboard_opens_a_picture(opened, paper, tmp_path):
    ink = np.full((70, 50), paper, np.uint8)
    ink[10:60, 22:30] = 255 - paper
    path = tmp_path / "one.png"
    Image.fromarray(ink).resize((500, 700)).save(path)
    page = opened()
    page.get_by_role("button", name="Clear").focus()
    page.keyboard.press("Tab")
    # there the browser opens its dialogue, by Enter or Space
    page.locator("#pad-picture:focus").set_input_files(path)
    page.locator("#pad-found").wait_for(state="visible")
    expected = drawing.prepare(drawing.ink_of(ink)).astype(int)
    assert np.abs(seen(page) - expected).mean() < 3


def test_what_is_no_picture_is_said_to_be_none(opened, tmp_path):
    page = opened()
    status = page.get_by_role("status")
    for name, content, message in (
        ("a.png", b"no picture", "no picture that this browser can open"),
        ("b.png", blank(), "Nothing stands out from the paper in b.png"),
    ):
        (tmp_path / name).write_bytes(content)
        page.locator("#pad-picture").set_input_files(tmp_path / name)
        status.filter(has_text=message).wait_for()


def blank():
    """Return a picture of nothing."""
    stream = io.BytesIO()
    Image.new("RGB", (90, 40), "beige").save(stream, "PNG")
    return stream.getvalue()


def test_without_scripts_the_box_says_so(opened):
    page = opened(java_script_enabled=False)
    assert page.get_by_text("Drawing needs scripts").is_visible()
    assert not page.locator("#pad-paper").is_visible()
    assert page.get_by_role("heading", name="Introduction").is_visible()
