"""Committed results, and the training that made them."""

import json
from types import SimpleNamespace

import measure
import pytest
import torch

from mnist_report import measured
from mnist_report.errors import ReportError
from mnist_report.parallel import run_jobs
from mnist_report.parameters import Parameters

PARAMETERS = Parameters(
    num_seeds=2,
    num_epochs=3,
    batch_size=24,
    network="compact",
    dropout=0.1,
    ema_decay=0.9,
    elastic_displacement=0.5,
    validation_size=30,
)


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(
        256, (120, 1, 28, 28), dtype=torch.uint8, generator=generator
    )
    labels = torch.arange(120) % 2
    return SimpleNamespace(
        title="Noise",
        train_images=images[:94],
        train_labels=labels[:94],
        test_images=images[94:],
        test_labels=labels[94:],
        class_names=["0", "1"],
    )


def bits(network):
    return {k: v.numpy().tobytes() for k, v in network.state_dict().items()}


@pytest.mark.parametrize("decay", [0.9, 0])
def test_epochs_from_checkpoints_are_those_of_fit(decay, data, tmp_path):
    parameters = PARAMETERS.model_copy(update={"ema_decay": decay})
    training = measure.prepare(parameters, data, tmp_path)
    fitted = training.fit(1)
    for _ in range(5):  # two more turns than epochs
        torch.rand(3)  # the state of the generator outside must not matter
        training.advance(1)
    assert training.load(1)["history"] == fitted["history"]
    assert bits(training.finished(1)) == bits(fitted["network"])


def test_result_counts_what_the_networks_miss(data, tmp_path):
    training = measure.prepare(PARAMETERS, data, tmp_path / "checkpoints")
    run_jobs(training.advance, [0, 1] * 3, 2)
    found = measure.result(training, data, "a command", "0" * 40)
    assert found.recipe == PARAMETERS
    for each in found.seeds:
        network = training.finished(each.seed)
        _, error = training.report.evaluate(
            network, data.test_images, data.test_labels, training.scale, 7
        )
        assert each.test_wrong == round(error * 26)
    [first, _] = training.parameters.seeds
    last = training.load(first)["history"][-1]
    assert found.validation_errors[0] == last["validation_error"]
    measured.save(found, "noise", tmp_path)
    assert measured.load("noise", folder=tmp_path) == found


def broken(change, tmp_path):
    """Return what is said of the committed results after a change."""
    path = measured.FOLDER / "compact.json"
    content = json.loads(path.read_text("utf-8"))
    change(content)
    (tmp_path / "compact.json").write_text(json.dumps(content), "utf-8")
    with pytest.raises(ReportError) as error:
        measured.load("compact", folder=tmp_path)
    return str(error.value)


def test_committed_results_can_be_used():
    found = measured.load("compact")
    assert [each.seed for each in found.seeds] == list(range(5))
    assert found.num_parameters <= 103_066
    assert found.recipe.network == "compact"
    assert (found.validation_images, found.test_images) == (1_000, 10_000)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["seeds"].pop(2), "[0, 1, 3, 4]"),
        (lambda c: c["seeds"].pop(), "[0, 1, 2, 3]"),
        (lambda c: c["seeds"][1].update(test_wrong=10_001), "seed 1: 10001"),
        (lambda c: c["seeds"][1].update(validation_wrong=-1), "-1"),
        (lambda c: c["parameters"].update(networks="compact"), "networks"),
        (lambda c: c["parameters"].update(num_seeds=6), "4, 5]"),
        (lambda c: c.update(commit="unknown"), "commit"),
        (lambda c: c.pop("command"), "command"),
    ],
)
def test_results_that_do_not_hold_together_are_refused(change, said, tmp_path):
    assert said in broken(change, tmp_path)


def test_missing_results_are_named(tmp_path):
    with pytest.raises(ReportError, match=r"absent\.json"):
        measured.load("absent", folder=tmp_path)
