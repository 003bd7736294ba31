"""Methods side by side: who answers, what it costs, and who fails."""

import numpy as np
import pytest
import torch
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC
from torch import nn

from mnist_report import corruptions, measurements, methods
from mnist_report.comparison import Comparison, reading_pixels, with_peak
from mnist_report.methods import Failure, Method
from mnist_report.parameters import Parameters
from mnist_report.results import Results

CLASSES = 3


def flat(images):
    return images.reshape(len(images), -1).astype(np.float32)


def neighbours(k):
    return make_pipeline(FunctionTransformer(flat), KNeighborsClassifier(k))


def constant():
    return make_pipeline(DummyClassifier(strategy="most_frequent"))


def raising():
    raise ValueError("no such machine")


def read(network, images):
    with torch.inference_mode():
        return network(images.float())


def network(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(784, CLASSES))


@pytest.fixture(scope="module")
def data():
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(60) % CLASSES
    images = torch.randint(0, 40, (60, 1, 28, 28), generator=generator)
    images[torch.arange(60), 0, labels * 8 + 4] = 200  # a line tells them
    return images.to(torch.uint8), labels.numpy()


@pytest.fixture(scope="module")
def compared(data):
    images, labels = data
    pixels = images.numpy(), labels
    catalogue = {
        "constant": Method(constant),
        "knn": Method(neighbours, k=[1]),
        "rbf-svm": Method(raising),
    }
    networks = [network(seed) for seed in (0, 1)]
    found = Comparison(networks, read, catalogue, pixels, CLASSES)
    found.keep(
        [
            methods.fit_method(name, catalogue, pixels, pixels, CLASSES)
            for name in catalogue
        ]
    )
    found.answer(images, labels, ["constant", "knn", "cnn", "ensemble"])
    return found


def test_methods_answer_in_their_usual_order(compared):
    assert compared.answers.methods == ["constant", "knn", "cnn", "ensemble"]
    assert list(compared.times) == compared.answers.methods


def test_a_method_that_fails_is_named_and_leaves_the_others(compared):
    [failure] = compared.failures
    assert failure == Failure("rbf-svm", "ValueError: no such machine")
    assert "rbf-svm" not in compared.names
    assert not compared.wrong["knn"].any()  # they were its own examples


def test_a_method_that_fails_to_answer_is_named(compared, data):
    images, labels = data
    broken = Comparison(compared.networks, read, {}, compared.pixels, CLASSES)
    broken.keep([compared.fits["knn"]])  # of no known build
    broken.answer(images, labels, ["knn", "cnn"])
    assert [failure.method for failure in broken.failures] == ["knn"]
    assert broken.answers.methods == ["cnn"]


class OnGpu:
    """Images that say they are on a GPU until they are fetched from it."""

    device = torch.device("cuda")

    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def __getitem__(self, rows):
        return OnGpu(self.images[rows])

    def cpu(self):
        return self.images


def test_answers_are_timed_on_one_core_wherever_networks_are(compared, data):
    images, labels = data
    seen = []

    def read_here_or_there(network, images):
        seen.append((type(images), network))
        return read(network, images.cpu())

    on_gpu = Comparison(
        compared.networks, read_here_or_there, {}, compared.pixels, CLASSES
    )
    on_gpu.answer(OnGpu(images), labels, ["cnn"])
    answered = [network for kind, network in seen if kind is OnGpu]
    timed = [network for kind, network in seen if kind is torch.Tensor]
    assert answered == compared.networks[:1]
    assert timed
    assert compared.networks[0] not in timed  # they would leave the GPU
    assert on_gpu.times["cnn"].batch > 0
    assert (on_gpu.wrong["cnn"] == compared.wrong["cnn"]).all()


def test_methods_that_are_switched_off_do_not_answer(compared, data):
    images, labels = data
    single = Comparison(
        compared.networks[:1], read, {}, compared.pixels, CLASSES
    )
    single.answer(images, labels, ["cnn", "ensemble"])
    assert single.answers.methods == ["cnn"]  # one seed is no ensemble


def test_the_network_answers_by_its_first_seed(compared, data):
    images, _ = data
    expected = read(compared.networks[0], images).numpy()
    np.testing.assert_array_equal(compared.answers.scores["cnn"], expected)


def test_the_ensemble_is_the_mean_of_the_probabilities(compared, data):
    images, _ = data
    each = [read(n, images).softmax(dim=1) for n in compared.networks]
    mean = torch.stack(each).mean(dim=0).numpy()
    scores = compared.answers.scores["ensemble"]
    np.testing.assert_allclose(scores, mean, atol=1e-6)
    logs = compared.log_scores("ensemble", scores)
    again = np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(again, mean, atol=1e-6)


def test_features_are_read_by_the_network_s_first_layers(compared, data):
    images, labels = data
    features = flat(images.numpy()), labels
    catalogue = {"cnn-svm": Method(svm)}
    found = Comparison(
        compared.networks, read, catalogue, (None, None), CLASSES
    )
    found.keep(
        [methods.fit_method("cnn-svm", catalogue, features, features, CLASSES)]
    )
    assert not found.failures
    guesses = found.reader("cnn-svm")(images).argmax(axis=1)
    np.testing.assert_array_equal(guesses, labels)


def svm():
    return make_pipeline(SVC())


def test_corruption_spares_nobody_and_starts_from_the_answers(compared, data):
    images, labels = data
    wrong = compared.under_corruption(images[:20], labels[:20], seed=0)
    steps = 1 + len(corruptions.CORRUPTIONS["rotation"].strengths)
    assert wrong.shape == (4, len(corruptions.CORRUPTIONS), steps, 20)
    for row, name in zip(wrong, compared.answers.methods, strict=True):
        for corruption in row:
            np.testing.assert_array_equal(
                corruption[0], compared.wrong[name][:20]
            )
    assert compared.under_corruption(images[:0], labels[:0], 0).shape[3] == 0


def test_the_ensemble_costs_as_much_as_its_networks(compared):
    fits = [{"seconds": s, "peak_bytes": 7} for s in (2.0, 4.0)]
    demands = compared.demands(100, 50, fits)
    one, both = demands["cnn"], demands["ensemble"]
    assert (one.stored_values, one.multiply_accumulates) == (100, 50)
    assert (both.stored_values, both.seconds) == (200, 6.0)
    assert both.disk_bytes == 2 * one.disk_bytes > 4 * 784 * CLASSES
    assert demands["knn"].stored_values >= 60 * 784


def test_what_a_job_returns_gains_its_peak():
    assert with_peak(lambda: {"seconds": 1}).keys() == {
        "seconds",
        "peak_bytes",
    }


def test_methods_that_need_no_network_are_told_apart():
    names = ["knn", "cnn-svm", "rbf-svm", "ensemble"]
    assert reading_pixels(names) == ["knn", "rbf-svm"]


def test_what_did_not_answer_is_recorded_as_not_measured(compared):
    results = Results(Parameters())
    measurements.record_methods(results, compared)
    assert results.values["linear-svm-error"].value == "not measured"
    assert results.values["knn-error"].value == 0
    assert results.values["num-pairs"].value == 3  # without the constant
    assert results.findings["svm-beats-neighbours"].verdict == "not measured"
    assert results.findings["network-best"].verdict == "no"
