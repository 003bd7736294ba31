"""The classical methods: chosen, fitted, scored, measured, or excused."""

import pickle
from functools import partial

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from mnist_report import methods
from mnist_report.methods import Failure, Method, UnitSpread
from mnist_report.parallel import run_jobs

KEYS = ("constant", "knn", "knn-pca", "linear-svm", "rbf-svm")


def as_vectors(images):
    """Return images as vectors in 0..1."""
    return images.reshape(len(images), -1).astype(np.float32) / 255


def on_pixels(*steps):
    """Return a pipeline that takes images."""
    return make_pipeline(FunctionTransformer(as_vectors), *steps)


def reduced(components):
    """Return the projection on principal components."""
    return PCA(components, svd_solver="covariance_eigh")


def constant():
    """Return the most frequent class."""
    return make_pipeline(DummyClassifier(strategy="most_frequent"))


def neighbours(k, components=0):
    """Return the nearest neighbours."""
    steps = [reduced(components)] if components else []
    return on_pixels(*steps, KNeighborsClassifier(k, algorithm="brute"))


def linear(c, num_images):
    """Return a linear SVM."""
    alpha = 1 / (c * num_images)
    return on_pixels(SGDClassifier(alpha=alpha, average=True, random_state=0))


def gaussian(c, gamma, components):
    """Return a Gaussian SVM, one pipeline inside the other."""
    inner = make_pipeline(UnitSpread(), SVC(C=c, gamma=gamma))
    return on_pixels(reduced(components), inner)


CATALOGUE = {
    "constant": Method(constant),
    "knn": Method(neighbours, k=[1, 3, 5]),
    "knn-pca": Method(neighbours, k=[1, 3, 5], components=[20]),
    "linear-svm": Method(linear, c=[0.1, 10.0]),
    "rbf-svm": Method(gaussian, c=[0.1, 10.0], gamma=[1.0], components=[20]),
}


def digits(classes=10):
    """Return uint8 images (N, 1, 8, 8) and labels, three parts."""
    images, labels = load_digits(return_X_y=True)
    few = labels < classes
    images = (images[few] * 15.9).astype(np.uint8).reshape(-1, 1, 8, 8)
    labels = labels[few]
    ends = [300, 400] if classes == 10 else [100, 150]
    parts = np.split(np.arange(len(labels)), ends)
    return [(images[rows], labels[rows]) for rows in parts]


TRAIN, VALIDATION, TEST = digits()


def fit(name, train=TRAIN, validation=VALIDATION, classes=10, **settings):
    """Return what fit_method makes of one method."""
    return methods.fit_method(
        name, CATALOGUE, train, validation, classes, **settings
    )


def score(fitted, images=TEST[0], classes=10, train=TRAIN):
    """Return what one method makes of images."""
    estimator = methods.ready(fitted, CATALOGUE, train)
    return methods.scores(estimator, images, classes)


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("classes", [2, 10])
def test_scores_agree_with_the_estimator(name, classes):
    train, validation, test = digits(classes)
    fitted = fit(name, train, validation, classes)
    found = score(fitted, test[0], classes, train)
    assert found.shape == (len(test[1]), classes)
    assert found.dtype == np.float32
    estimator = methods.ready(fitted, CATALOGUE, train)
    agree = found.argmax(axis=1) == estimator.predict(test[0])
    # votes of pairs and their sum may differ for a few
    assert agree.mean() > (0.99 if name == "rbf-svm" else 0.9999)
    wrong = (found.argmax(axis=1) != test[1]).mean()
    assert wrong > 0.4 if name == "constant" else wrong < 0.2


def test_shares_of_votes():
    fitted = fit("knn")
    found = score(fitted)
    k = fitted.choice.settings["k"]
    assert np.allclose(found.sum(axis=1), 1)
    assert np.allclose(found * k, (found * k).round(), atol=1e-5)


@pytest.mark.parametrize("name", ["knn", "knn-pca", "rbf-svm"])
def test_choice_has_fewest_errors_on_validation_images(name):
    choice = fit(name).choice
    errors = []
    for settings, wrong in choice.tried:
        estimator = CATALOGUE[name].estimator(settings, 300).fit(*TRAIN)
        found = methods.scores(estimator, VALIDATION[0], 10).argmax(axis=1)
        assert wrong == (found != VALIDATION[1]).sum()
        errors.append(wrong)
    assert choice.settings == choice.tried[int(np.argmin(errors))][0]
    assert (choice.trained, choice.validated) == (300, 100)
    assert len(set(errors)) > 1


def test_choice_uses_few_images_and_the_fit_all():
    fitted = fit("rbf-svm", tuning_examples=50)
    assert fitted.choice.trained == 50
    # at most as many components as images
    few = Method(gaussian, c=[1.0, 2.0], gamma=[1.0], components=[64])
    some = methods.stratified_order(TRAIN[1], 0)[:30]
    choice = methods.choose(few, TRAIN, VALIDATION, some, 10)
    assert choice.trained == 30
    assert fitted.estimator[-1][-1].shape_fit_[0] == 300


def test_equal_candidates_give_the_first():
    twice = Method(neighbours, k=[3, 3])
    choice = methods.choose(twice, TRAIN, VALIDATION, np.arange(300), 10)
    assert choice.settings == {"k": 3}
    assert choice.tried[0] == choice.tried[1]


def test_single_candidate_is_not_tried():
    choice = fit("constant").choice
    assert choice.settings == {}
    assert choice.tried == []


def test_candidates_are_all_combinations():
    method = Method(gaussian, c=[1, 2], gamma=[3], components=[4, 5])
    assert method.candidates == [
        {"c": 1, "gamma": 3, "components": 4},
        {"c": 1, "gamma": 3, "components": 5},
        {"c": 2, "gamma": 3, "components": 4},
        {"c": 2, "gamma": 3, "components": 5},
    ]


def test_neighbours_and_components_are_at_most_the_images():
    estimator = CATALOGUE["knn-pca"].estimator({"k": 5, "components": 20}, 3)
    assert estimator[-1].n_neighbors == 3
    assert estimator[1].n_components == 3


def test_unit_spread_makes_gamma_a_multiple_of_scale():
    vectors = as_vectors(TRAIN[0])
    vectors -= vectors.mean(axis=0)
    ours = make_pipeline(UnitSpread(), SVC(gamma=1.0)).fit(vectors, TRAIN[1])
    usual = SVC(gamma="scale").fit(vectors, TRAIN[1])
    again = as_vectors(TEST[0]) - as_vectors(TRAIN[0]).mean(axis=0)
    assert np.allclose(
        ours.decision_function(again),
        usual.decision_function(again),
        atol=1e-3,
    )
    assert UnitSpread().fit_transform(vectors).dtype == np.float32


def test_vectors_that_are_all_alike_stay_as_they_are():
    alike = np.full((5, 3), 2, np.float32)
    assert (UnitSpread().fit_transform(alike) == alike).all()


@pytest.mark.parametrize(
    ("name", "values", "macs"),
    [
        ("constant", 1, None),
        ("knn", 300 * 65, 300 * 64),
        ("knn-pca", 300 * 21 + 21 * 64, 300 * 20 + 20 * 64),
        ("linear-svm", 10 * 65, 10 * 64),
    ],
)
def test_stored_values_and_products(name, values, macs):
    fitted = fit(name)
    assert fitted.stored_values == values
    assert fitted.multiply_accumulates == macs


def test_stored_values_of_support_vectors():
    fitted = fit("rbf-svm")
    svm = fitted.estimator[-1][-1]
    vectors = len(svm.support_)
    # vectors and their weights in each pair, projection, thresholds, spread
    products = vectors * (20 + 9) + 20 * 64
    assert fitted.multiply_accumulates == products
    assert fitted.stored_values == products + 64 + 45 + 1


def test_file_s_size_and_times_are_measured():
    fitted = fit("linear-svm")
    assert fitted.disk_bytes > 8 * fitted.stored_values
    assert fitted.seconds > 0
    assert fitted.choosing_seconds > 0


def test_times_are_medians_without_the_first_call(monkeypatch):
    seen = []
    # how long each call takes: three images, then three batches
    calls = [9, 1, 3, 70, 20, 40]
    clock = iter(np.cumsum([moment for took in calls for moment in (0, took)]))
    monkeypatch.setattr(methods.time, "perf_counter", lambda: next(clock))
    times = methods.time_per_image(
        seen.append, TEST[0], batch_size=10, runs=2, singles=2
    )
    assert times == (2, 3, 10, 2)
    assert [len(images) for images in seen] == [1] * 3 + [10] * 3
    assert (seen[1] == TEST[0][1:2]).all()


def test_peak_memory_counts_what_was_freed_again():
    with methods.peak_memory() as growth:
        np.ones(20_000_000, np.float32).sum()
    if "bytes" not in growth:
        pytest.skip("this system does not tell a process's peak memory")
    assert 75_000_000 < growth["bytes"] < 120_000_000
    with methods.peak_memory() as growth:
        np.ones(2_000_000, np.float32).sum()
    assert growth["bytes"] < 40_000_000


def test_unknown_peak_is_none(monkeypatch, tmp_path):
    monkeypatch.setattr(methods, "PEAK", tmp_path / "none" / "clear_refs")
    assert fit("constant").peak_bytes is None


def test_failure_is_named_and_leaves_the_others():
    catalogue = CATALOGUE | {
        "rbf-svm": Method(gaussian, c=[-1.0], gamma=[1.0], components=[5])
    }
    job = partial(
        methods.fit_method,
        methods=catalogue,
        train=TRAIN,
        validation=VALIDATION,
        num_classes=10,
    )
    failed, *others = run_jobs(job, ["rbf-svm", "knn", "constant"], 2)
    assert failed.method == "rbf-svm"
    assert "'C' parameter" in failed.message
    assert [each.method for each in others] == ["knn", "constant"]
    assert not any(isinstance(each, Failure) for each in others)


def test_results_do_not_depend_on_how_many_run_at_once():
    job = partial(
        methods.fit_method,
        methods=CATALOGUE,
        train=TRAIN,
        validation=VALIDATION,
        num_classes=10,
        tuning_examples=200,
    )
    together, alone = (run_jobs(job, KEYS, workers) for workers in (2, 1))
    for one, other in zip(together, alone, strict=True):
        assert one.choice == other.choice
        assert (score(one) == score(other)).all()


def test_training_images_are_not_handed_over():
    fitted = fit("knn")
    assert fitted.estimator is None
    assert len(pickle.dumps(fitted)) < 2000


def test_class_without_training_images_is_never_predicted():
    rows = TRAIN[1] != 4
    train = TRAIN[0][rows], TRAIN[1][rows]
    for name in KEYS:
        found = score(fit(name, train), train=train)
        assert found.shape[1] == 10
        assert not (found.argmax(axis=1) == 4).any()
        assert (found[:, 4] <= found.min(axis=1)).all()


def test_class_with_a_single_training_image():
    rows = np.flatnonzero(TRAIN[1] != 4)
    rows = np.append(rows, np.flatnonzero(TRAIN[1] == 4)[0])
    train = TRAIN[0][rows], TRAIN[1][rows]
    for name in KEYS:
        fitted = fit(name, train, tuning_examples=40)
        assert not isinstance(fitted, Failure), fitted
        assert np.isfinite(score(fitted, train=train)).all()


def test_network_s_features_are_taken_as_they_are():
    random = np.random.default_rng(0)
    labels = np.arange(120) % 3
    features = random.normal(size=(120, 8)) + 3 * labels[:, None]
    data = features.astype(np.float32), labels
    build = partial(make_pipeline, UnitSpread())
    svm = Method(lambda c: build(SVC(C=c)), c=[1.0, 10.0])
    fitted = methods.fit_method("cnn-svm", {"cnn-svm": svm}, data, data, 3)
    found = methods.scores(fitted.estimator, data[0], 3)
    assert (found.argmax(axis=1) == labels).mean() > 0.9


def test_mean_of_the_networks_probabilities():
    logits = np.log([[[0.2, 0.8]], [[0.6, 0.4]]])
    found = methods.mean_softmax(logits + np.array([[[1e3]], [[-7.0]]]))
    assert np.allclose(found, [[0.4, 0.6]])
    assert found.dtype == np.float32


def test_first_images_keep_the_classes_shares():
    labels = np.repeat([0, 1, 2, 3], [500, 300, 199, 1])
    order = methods.stratified_order(labels, seed=0)
    assert sorted(order) == list(range(1000))
    assert set(labels[order[:4]]) == {0, 1, 2, 3}
    assert abs(np.bincount(labels[order[:100]]) - [50, 30, 20, 1]).max() <= 2
    again = methods.stratified_order(labels, seed=0)
    assert (order == again).all()
    assert (order != methods.stratified_order(labels, seed=1)).any()
