"""What the HTML report's scripts make of drawings, without a browser."""

import json
import shutil
import subprocess

import numpy as np
import pytest
import rendering_fixtures as fixtures
import torch
from notebook_cells import load_implementation
from PIL import Image, ImageDraw, ImageFilter
from test_deployment import SCALE
from torch import nn

from mnist_report import deployment, drawing
from mnist_report.datasets import digits
from mnist_report.deployment import measurement
from mnist_report.rendering import HTMLExporter, network
from mnist_report.rendering.pandoc import TEMPLATES

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(not NODE, reason="Node.js is not there")
NAMES = [*"0123456789"]


def run(expression, given):
    """Return what a JavaScript expression makes of what is given."""
    sources = [
        (TEMPLATES / name).read_text(encoding="utf-8")
        for name in ("network.js", "drawing.js")
    ]
    sources.append(
        'const given = JSON.parse(require("fs").readFileSync(0, "utf8"));'
        f"process.stdout.write(JSON.stringify({expression}));"
    )
    done = subprocess.run(
        [NODE, "--eval", "\n".join(sources)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def images():
    """Return 1,000 images of digits."""
    data = digits.load()
    return torch.cat([data.test_images, data.train_images])[:1000]


BUILD = load_implementation()


def classic(*channels, **options):
    return BUILD.build_network([*channels], 32, len(NAMES), 0.2, **options)


MODELS = {
    "as in the report": lambda: BUILD.build_network([8, 16], 128, 10, 0.2),
    "one block": lambda: classic(4),
    "three blocks": lambda: classic(3, 5, 7),
    "without normalisation": lambda: classic(4, 6, batch_norm=False),
    "compact": lambda: BUILD.build_compact(len(NAMES), 0.2),
    "nested, strided, grouped": lambda: nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1, bias=False), nn.Identity()),
        nn.Conv2d(4, 4, (3, 2), padding=2, dilation=2, groups=2),
        nn.ReLU(),
        nn.MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0)),
        nn.BatchNorm2d(4),
        nn.Flatten(),
        nn.LazyLinear(10, bias=False),
    ),
}


def settled(network, images):
    """Return a network whose logits lie as far apart as a trained one's."""
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.uniform_(norm.weight, -1, 2)
            norm.momentum = None
    with torch.no_grad():
        network.train()((images / 255 - SCALE[0]) / SCALE[1])
        network.eval()
        logits = measurement.logits_of(network, SCALE, images)
        network[-1].weight *= 20 / float(np.ptp(logits))
    return network


@pytest.mark.parametrize("name", MODELS)
def test_page_s_network_answers_as_pytorch_does(name, images, tmp_path):
    torch.manual_seed(0)
    trained = settled(MODELS[name](), images[:200])
    path = tmp_path / network.MODEL
    path.write_bytes(deployment.export(trained, SCALE, NAMES))
    model = network.read(path)
    assert model["classes"] == NAMES
    images = images if name == "as in the report" else images[:100]
    answers = run(
        "given.images.map(network(given.model)).map((each) => [...each])",
        {"model": model, "images": images.flatten(1).tolist()},
    )
    expected = measurement.logits_of(trained, SCALE, images)
    assert np.ptp(expected) > 10
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    "layers",
    [
        (nn.AvgPool2d(2), nn.Flatten(), nn.Linear(196, 10)),
        (nn.MaxPool2d(3, ceil_mode=True), nn.Flatten(), nn.Linear(100, 10)),
    ],
)
def test_a_network_that_no_page_can_run_is_left_out(layers, tmp_path):
    path = tmp_path / network.MODEL
    assert network.read(path) is None
    path.write_bytes(deployment.export(nn.Sequential(*layers), SCALE, NAMES))
    assert network.read(path) is None


@pytest.mark.parametrize("missing", ["model", "values"])
def test_page_without_model_or_its_error_has_no_box(missing, tmp_path):
    trained = settled(MODELS["one block"](), digits.load().test_images)
    sample = fixtures.sample(tmp_path)
    if missing == "values":
        model = deployment.export(trained, SCALE, NAMES)
        (tmp_path / network.MODEL).write_bytes(model)
    resources = {"metadata": {"path": str(tmp_path)}}
    page, _ = HTMLExporter().from_notebook_node(sample, resources)
    assert 'id="pad' not in page


# Drawings


def strokes(count, side=280):
    """Return drawings of so many random strokes, as a pen leaves them."""
    random = np.random.default_rng(0)
    for _ in range(count):
        paper = Image.new("L", (side, side))
        low, high = sorted(random.integers(20, side - 20, 2))
        points = random.integers(low, max(high, low + 5), (4, 2))
        ImageDraw.Draw(paper).line(
            [tuple(map(int, point)) for point in points],
            fill=int(random.integers(80, 256)),
            width=int(random.integers(1, 26)),
            joint="curve",
        )
        yield np.asarray(paper)


def test_page_prepares_drawings_as_the_package_does():
    drawings = [*strokes(20)]
    drawings[0] = drawings[0][:, 25:]  # no square
    given = [[ink.ravel().tolist(), ink.shape[1]] for ink in drawings]
    ours = run("given.map((each) => [...prepared(...each)])", given)
    theirs = [drawing.prepare(ink).ravel() for ink in drawings]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1)
    assert np.mean(np.not_equal(ours, theirs)) < 1e-3


def blurred(picture):
    """Return a picture whose ink fades at its edges."""
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.BoxBlur(3)))


def test_page_finds_the_same_ink_in_pictures():
    random = np.random.default_rng(0)
    pictures = [200 - ink // 2 for ink in strokes(5, 60)]
    pictures += [30 + ink // 2 for ink in strokes(5, 60)]
    pictures = [blurred(picture) for picture in pictures]
    pictures = [x + random.integers(0, 9, x.shape, np.uint8) for x in pictures]
    pictures += [np.full((60, 60), 90, np.uint8), pictures[0][:, 5:40]]
    given = [[each.ravel().tolist(), each.shape[1]] for each in pictures]
    ours = run("given.map((each) => [...inkOf(...each)])", given)
    for found, picture in zip(ours, pictures, strict=True):
        np.testing.assert_array_equal(found, drawing.ink_of(picture).ravel())


def test_an_empty_drawing_is_told_apart():
    assert run("prepared(given, 28)", [0] * 784) is None
