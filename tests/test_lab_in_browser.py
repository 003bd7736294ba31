"""The notebook in JupyterLab, as a reader's browser shows it."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from browsing import barriers, chromium  # noqa: F401
from notebook_cells import NOTEBOOK
from PIL import Image, ImageDraw

from mnist_report.markdown import plain
from mnist_report.parameters import Parameters
from mnist_report.run import results

QUICK = {
    "dataset": "digits",
    "num_epochs": 2,
    "num_seeds": 2,
    "methods": ["constant", "knn-pca", "rbf-svm"],
    "curve_sizes": [],
    "robustness_images": 0,
    "runtimes": [],
}
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false"},
}
MILLISECONDS = 240_000  # for a run, on a busy machine
# the last cell has shown what it has gathered, or another one an error
ENDED = """() => [...document.querySelectorAll('.jp-Notebook pre')].some(
    each => / values and \\d+ findings/.test(each.textContent))
    || document.querySelector('[data-mime-type$="jupyter.error"]') !== null"""
# each link from the text to a result: its target and its words
LINKS = """[...document.querySelectorAll(
    '.jp-MarkdownCell .jp-RenderedMarkdown a[href^="#"]')]
    .map(each => [each.hash.slice(1), each.textContent])
    .filter(([target]) => /^(val|par|find)-/.test(target))"""
# keeps each text that a bar has shown, however short
WATCH = """() => {
    window.bars = new Set();
    new MutationObserver(() => document.querySelectorAll('.jp-Notebook pre')
        .forEach(each => each.textContent.includes(' gone, ')
            && window.bars.add(each.textContent)))
        .observe(document.body, {childList: true, subtree: true});
}"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of the notebook, never run, with quick parameters."""
    path = tmp_path_factory.mktemp("lab") / "report.ipynb"
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if "parameters" in cell.metadata.get("tags", []):
            for name, value in QUICK.items():
                line = rf"^({name}: .+? = ).+?(  #)"
                text = rf"\g<1>{value!r}\g<2>"
                cell.source = re.sub(line, text, cell.source, flags=re.M)
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def address(copy, tmp_path_factory):
    """Return where a JupyterLab of its own serves the copy."""
    private = tmp_path_factory.mktemp("jupyter")
    for name, values in SETTINGS.items():
        path = private / f"settings/@jupyterlab/{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    environment = {
        "IPYTHONDIR": private / "ipython",
        "JUPYTER_CONFIG_DIR": private / "config",
        "JUPYTER_RUNTIME_DIR": private / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": private / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": private / "workspaces",
        "REPORT_DATA_DIR": private / "data",
    }
    options = ["--no-browser", "--allow-root", "--ServerApp.port=0"]
    with (private / "log").open("w") as log:
        server = subprocess.Popen(
            [Path(sys.executable).with_name("jupyter"), "lab", *options],
            cwd=copy.parent,
            env=os.environ | {k: str(v) for k, v in environment.items()},
            stdout=log,
            stderr=log,
        )
        try:
            about = _about(private / "runtime", server)
            query = f"?token={about['token']}"
            yield f"{about['url']}lab/tree/{copy.name}{query}"
        finally:
            server.terminate()
            server.wait(30)


def _about(runtime, server):
    """Return what the server notes of itself once it can be asked."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        for path in runtime.glob("jpserver-*.json"):
            if text := path.read_text():
                return json.loads(text)
        time.sleep(0.1)
    raise RuntimeError("JupyterLab did not start.")


@pytest.fixture(scope="module")
def page(chromium, address):  # noqa: F811
    """Return a page on which all cells were run."""
    page = chromium.new_page(viewport={"width": 1300, "height": 1000})
    page.goto(address)
    page.wait_for_selector(".jp-Notebook h1", timeout=MILLISECONDS)
    page.evaluate(WATCH)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    await_run(page)
    yield page
    page.close()


def await_run(page):
    """Wait until all cells have been asked to run, and have run."""
    page.wait_for_function(f"() => !({ENDED})()", timeout=MILLISECONDS)
    page.wait_for_function(ENDED, timeout=MILLISECONDS)


def saved(page, copy):
    """Return the notebook as JupyterLab saves it now."""
    page.get_by_role("menuitem", name="File", exact=True).click()
    with page.expect_response(_is_saving):
        page.get_by_text("Save Notebook", exact=True).click()
    return nbformat.read(copy, as_version=4)


def _is_saving(response):
    request = response.request
    return request.method == "PUT" and "/api/contents/" in request.url


def outputs(notebook, kind):
    """Return the outputs of a kind, the report's or the notebook's own."""
    return [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if kind
        in (
            output.output_type,
            output.get("metadata", {}).get("report", {}).get("kind"),
        )
    ]


def parameter(page, name):
    """Return the form's field for a parameter."""
    form = page.locator(".mnist-report-lab details")
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    return page.locator(f"[id^=report-parameter-][id$=-{name}]")


def test_all_cells_run_without_an_error(page, copy):
    notebook = saved(page, copy)
    assert [each.evalue for each in outputs(notebook, "error")] == []
    assert outputs(notebook, "stream") == []
    assert results(notebook)["parameters"]["num_epochs"]["value"] == 2


def test_figures_show(page, copy):
    wanted = len(outputs(saved(page, copy), "figure"))
    shown = page.locator(".jp-OutputArea-output :is(svg, img)")
    assert wanted > 10
    assert shown.count() >= wanted
    for index in range(wanted):
        assert shown.nth(index).bounding_box()["width"] > 100


def stale(page, found):
    """Return which links of the text do not say what the run found."""
    links = page.evaluate(LINKS)
    assert len(links) > 100
    return [
        (target, text, due)
        for target, text in links
        if text not in ((due := said(target, found)), due.removesuffix("."))
    ]


def said(target, found):
    """Return what the results say of a link's target."""
    kind, _, name = target.partition("-")
    if kind == "find":
        return plain(found["findings"][name]["sentence"])
    entries = found[{"val": "values", "par": "parameters"}[kind]]
    if name in entries:
        return entries[name]["text"]
    return entries[name.removesuffix("-interval")]["interval_text"]


def test_text_follows_the_run(page, copy):
    found = results(saved(page, copy))
    assert "digits" in found["values"]["data-title"]["text"]
    assert stale(page, found) == []


def test_training_shows_bars_which_leave_nothing_behind(page, copy):
    bars = page.evaluate("[...window.bars]")
    assert any("of 4 epochs" in bar for bar in bars), bars
    for output in outputs(saved(page, copy), "live"):
        assert "gone" not in output.data["text/plain"]


def test_form_refuses_a_bad_value_in_the_contract_s_words(page):
    field = parameter(page, "learning_rate")
    field.fill("11")
    field.press("Tab")
    [line] = Parameters.problems({"learning_rate": 11})
    status = page.locator(".mnist-report-lab .status").first
    status.get_by_text(line).wait_for()
    assert field.get_attribute("aria-invalid") == "true"
    page.get_by_role("button", name="Run the cells below").click()
    page.wait_for_timeout(500)
    assert page.evaluate(ENDED)  # nothing has begun anew
    field.fill("0.004")
    field.press("Tab")
    status.get_by_text(line).wait_for(state="detached")


def test_form_runs_the_cells_below_with_its_values(page, copy):
    parameter(page, "num_epochs").fill("1")
    page.get_by_role("button", name="Run the cells below").click()
    await_run(page)
    notebook = saved(page, copy)
    assert results(notebook)["parameters"]["num_epochs"]["value"] == 1
    assert stale(page, results(notebook)) == []
    assert outputs(notebook, "error") == []


def test_each_method_reads_what_is_drawn(page):
    paper = page.locator("canvas.paper")
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    page.mouse.move(box["x"] + 140, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 135, box["y"] + 230, steps=9)
    page.mouse.up()
    rows = page.locator("table.answers tbody tr")
    rows.first.wait_for()
    answers = [row.split("\t") for row in rows.all_inner_texts()]
    # one line for each method, the network and the ensemble
    assert len(answers) == len(QUICK["methods"]) + 2
    for _, answer, confidence in answers:
        assert answer in list("0123456789")
        assert confidence
    assert page.locator(".maps canvas").count() == 1 + 8 + 16


def test_a_picture_is_read_without_a_mouse(page, tmp_path):
    picture = Image.new("L", (300, 200), 90)
    ImageDraw.Draw(picture).line([(150, 30), (150, 170)], 230, 18)
    picture.save(tmp_path / "one.png")
    page.get_by_role("button", name="Clear").click()
    assert page.locator("table.answers").count() == 0
    page.locator(".pad input[type=file]").set_input_files(tmp_path / "one.png")
    page.locator("table.answers tbody tr").first.wait_for()


def test_form_and_pad_keep_nobody_out(page):
    parameter(page, "seed").wait_for()
    assert barriers(page, ".mnist-report-lab") == []
