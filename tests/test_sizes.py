"""Errors over the number of training images."""

import warnings

import numpy as np
import pytest
from test_methods import CATALOGUE, KEYS, TEST, TRAIN

from mnist_report import methods, sizes
from mnist_report.methods import Failure, Method

SETTINGS = {name: CATALOGUE[name].candidates[-1] for name in KEYS}


def curves(train=TRAIN, test=TEST, over=(10, 30, 100), **more):
    """Return the learning curves of all small methods."""
    more = {"settings": SETTINGS, "methods": CATALOGUE, "workers": 1} | more
    return sizes.learning_curves(
        train=train, test=test, sizes=over, num_classes=10, **more
    )


def nearest_mean(images, labels):
    """Return scores of a network's stand-in: closeness to a class's mean."""
    means = np.stack([images[labels == c].mean(axis=0) for c in range(10)])
    gaps = TEST[0][:, None].astype(float) - means[None]
    return -(gaps**2).sum(axis=(2, 3, 4))


def test_subsets_are_nested_stratified_and_smaller_than_all():
    labels = TRAIN[1]
    subsets = sizes.nested_subsets(labels, [100, 10, 300, 30, 1000], seed=0)
    assert list(subsets) == [10, 30, 100]
    for size, rows in subsets.items():
        assert len(set(rows)) == size
        assert np.ptp(np.bincount(labels[rows], minlength=10)) <= 2
    assert set(subsets[10]) < set(subsets[30]) < set(subsets[100])
    other = sizes.nested_subsets(labels, [30], seed=1)
    assert set(other[30]) != set(subsets[30])


def test_errors_agree_with_a_fit_by_hand():
    found = curves(fit_network=nearest_mean)
    assert found.sizes == [10, 30, 100]
    assert list(found.wrong) == [*KEYS, "cnn"]
    rows = sizes.nested_subsets(TRAIN[1], [30], seed=0)[30]
    for name in KEYS:
        estimator = CATALOGUE[name].estimator(SETTINGS[name], 30)
        estimator.fit(TRAIN[0][rows], TRAIN[1][rows])
        scores = methods.scores(estimator, TEST[0], 10)
        wrong = scores.argmax(axis=1) != TEST[1]
        assert (found.wrong[name][30] == wrong).all()
    scores = nearest_mean(TRAIN[0][rows], TRAIN[1][rows])
    assert (found.wrong["cnn"][30] == (scores.argmax(axis=1) != TEST[1])).all()


def test_more_images_make_fewer_errors():
    found = curves()
    for name in ("knn", "rbf-svm"):
        counts = found.counts(name)
        assert counts == sorted(counts, reverse=True)
        assert counts[0] > counts[-1]


def test_neighbours_and_components_are_limited_by_the_size():
    tried = {"knn-pca": {"k": 5, "components": 20}}
    found = curves(over=(3, 10), settings=tried)
    assert found.failures == []
    assert found.counts("knn-pca")[0] > found.counts("knn-pca")[1]


def test_whole_training_set_is_the_last_point():
    found = curves(settings={"knn": SETTINGS["knn"]}, over=(10, 300))
    full = np.arange(len(TEST[1])) < 7
    found.add_full(300, {"knn": full, "ensemble": full})
    assert found.sizes == [10, 300]
    assert found.counts("knn")[-1] == 7
    assert found.rates("knn")[-1] == 7 / len(TEST[1])
    names, wrong = found.array()
    assert names == ["knn"]
    assert wrong.shape == (1, 2, len(TEST[1]))
    assert (wrong[0, 1] == full).all()


def test_failure_is_named_and_leaves_the_others():
    broken = CATALOGUE | {"knn": Method(lambda k: 1 / 0, k=[1])}
    pair = {"knn": {"k": 1}, "constant": {}}
    found = curves(methods=broken, settings=pair, over=(10, 30))
    assert [type(each) for each in found.failures] == [Failure] * 2
    assert found.failures[0].method == "knn on 30 training images"
    assert "division by zero" in found.failures[0].message
    assert found.counts("knn") == [None, None]
    assert np.isnan(found.rates("knn")).all()
    names, wrong = found.array()
    assert names == ["constant"]
    assert wrong.shape[:2] == (1, 2)


def test_no_sizes_no_curves():
    found = curves(over=())
    assert found.sizes == []
    assert curves(over=(300, 1000)).sizes == []
    assert found.rates("knn") == []


def test_curves_do_not_depend_on_how_many_run_at_once():
    together, alone = (
        curves(over=(10, 30), workers=count, fit_network=nearest_mean)
        for count in (2, 1)
    )
    for name, by_size in alone.wrong.items():
        for size, wrong in by_size.items():
            assert (together.wrong[name][size] == wrong).all()


@pytest.mark.parametrize("case", ["two classes", "many classes", "rare class"])
def test_other_numbers_of_classes(case):
    random = np.random.default_rng(0)
    classes = 47 if case == "many classes" else 2
    labels = np.arange(400) % classes
    if case == "rare class":
        labels = (np.arange(400) == 0).astype(int)
    prototypes = random.integers(0, 200, (classes, 1, 8, 8))
    images = prototypes[labels] + random.integers(0, 50, (400, 1, 8, 8))
    data = images.astype(np.uint8), labels
    with warnings.catch_warnings():
        # a warning would stand in the report
        warnings.simplefilter("error")
        found = sizes.learning_curves(
            SETTINGS, CATALOGUE, data, data, [47, 100], classes, workers=1
        )
    assert found.failures == []
    # five neighbours are too many where a class has two images
    for name in ("linear-svm", "rbf-svm"):
        assert found.rates(name)[-1] < 0.05


def test_few_images_are_seen_more_often():
    epochs = [sizes.epochs_for(n, 10) for n in (1, 100, 1000, 10**4, 10**5)]
    assert epochs == [sizes.MOST_EPOCHS, 600, 60, 10, 10]
    assert sizes.epochs_for(1000, 0) == 0
    assert sizes.epochs_for(1000, 2) == 12
    assert sizes.epochs_for(1000, 2000) == 2000


def test_few_images_are_not_seen_more_often_than_all():
    assert sizes.epochs_for(100, 10, full_size=1235) == 124
    assert sizes.epochs_for(100, 10, full_size=55_000) == 600
