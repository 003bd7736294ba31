"""Calibration against hand counts, definitions and known temperatures."""

import math

import numpy as np
import pytest
from sklearn.metrics import log_loss

from mnist_report import calibration, statistics


def answers(confidences):
    """Return probabilities whose first class has each confidence."""
    sure = np.array(confidences, dtype=float)
    return np.column_stack([sure, 1 - sure])


def sample(temperature, images=20_000, classes=10, seed=0):
    """Return logits and labels drawn from them at a temperature."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=4, size=(images, classes))
    chances = calibration.softmax(logits, temperature)
    drawn = (chances.cumsum(axis=1) < rng.random((images, 1))).sum(axis=1)
    return logits, drawn


def test_softmax_at_a_temperature():
    scores = np.array([[0.0, math.log(3)], [1000.0, 1000.0]], dtype="float32")
    found = calibration.softmax(scores)
    assert found == pytest.approx(np.array([[0.25, 0.75], [0.5, 0.5]]))
    halved = calibration.softmax(scores, temperature=0.5)
    assert halved[0] == pytest.approx([0.1, 0.9])


def test_expected_calibration_error_by_hand():
    # two bins of four answers: 0.6 against 1/2 and 0.95 against 3/4
    probabilities = answers([0.55, 0.65, 0.55, 0.65, 0.9, 1, 0.9, 1])
    truth = np.array([0, 1, 0, 1, 0, 0, 0, 1])
    found = calibration.expected_calibration_error(probabilities, truth, 4)
    assert found == pytest.approx((0.1 + 0.2) / 2)


def test_expected_calibration_error_follows_its_definition():
    logits, labels = sample(temperature=2.0, images=3000)
    probabilities = calibration.softmax(logits)
    sure = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    expected = 0.0
    for index in range(15):
        inside = (sure > index / 15) & (sure <= (index + 1) / 15)
        if inside.any():
            gap = abs(right[inside].mean() - sure[inside].mean())
            expected += inside.mean() * gap
    found = calibration.expected_calibration_error(probabilities, labels)
    assert found == pytest.approx(expected, abs=1e-9)
    assert found > 0.1


def test_honest_probabilities_are_calibrated():
    logits, labels = sample(temperature=1.0)
    honest = calibration.softmax(logits)
    assert calibration.expected_calibration_error(honest, labels) < 0.01
    bold = calibration.softmax(logits, 0.4)
    assert calibration.expected_calibration_error(bold, labels) > 0.05


def test_bins_hold_their_upper_bounds():
    probabilities = answers([0.5, 0.75, 0.7500001, 1.0])
    bins = calibration.reliability(probabilities, np.zeros(4, int), bins=4)
    assert [each.count for each in bins] == [0, 1, 1, 2]
    assert [(each.low, each.high) for each in bins][1:3] == [
        (0.25, 0.5),
        (0.5, 0.75),
    ]


def test_bins_say_how_sure_and_how_right():
    probabilities = answers([0.8, 0.9, 0.9, 1.0])
    truth = np.array([0, 1, 0, 0])
    empty, full = calibration.reliability(probabilities, truth, bins=2)
    assert empty.count == 0
    assert math.isnan(empty.confidence)
    assert math.isnan(empty.accuracy)
    assert empty.interval == (0, 1)
    assert full.count == 4
    assert full.confidence == pytest.approx(0.9)
    assert full.accuracy == 0.75
    assert full.interval == statistics.wilson_interval(3, 4)


def test_probabilities_beyond_one_fall_into_the_last_bin():
    probabilities = np.array([[1 + 1e-7, 0.0]])
    bins = calibration.reliability(probabilities, np.array([0]))
    assert [each.count for each in bins] == [0] * 14 + [1]


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_known_temperature_is_found(temperature):
    logits, labels = sample(temperature)
    found = calibration.fit_temperature(logits, labels)
    assert found == pytest.approx(temperature, rel=0.03)


def test_temperature_is_the_likeliest_of_all():
    logits, labels = sample(temperature=1.7, images=500)
    found = calibration.fit_temperature(logits.astype("float32"), labels)
    best = calibration.negative_log_likelihood(logits, labels, found)
    for other in (*np.geomspace(0.05, 20, 50), found * 1.001, found / 1.001):
        likelihood = calibration.negative_log_likelihood(logits, labels, other)
        assert best <= likelihood + 1e-9


def test_temperature_changes_no_answer():
    logits, labels = sample(temperature=3.0, images=500)
    temperature = calibration.fit_temperature(logits, labels)
    cooled = calibration.softmax(logits, temperature)
    assert (cooled.argmax(axis=1) == logits.argmax(axis=1)).all()


def test_temperature_where_every_answer_is_right():
    logits = np.eye(10)[np.arange(50) % 10] * 8
    assert calibration.fit_temperature(logits, np.arange(50) % 10) == 1.0


def test_temperature_is_bounded():
    # answers that are always wrong are best not believed at all
    logits = np.eye(10)[np.arange(50) % 10] * 8
    hot = calibration.fit_temperature(logits, (np.arange(50) + 1) % 10)
    assert hot == pytest.approx(calibration.HOTTEST, rel=1e-3)
    # a single doubtful mistake among certainties that are too faint
    faint = np.eye(10)[np.arange(50) % 10] * 1e-3
    faint[0, 1] = 1.00001e-3
    cold = calibration.fit_temperature(faint, np.arange(50) % 10)
    assert cold == pytest.approx(calibration.COLDEST, rel=1e-3)


def test_scores_agree_with_scikit_learn():
    logits, labels = sample(temperature=1.5, images=400)
    probabilities = calibration.softmax(logits, 0.7)
    found = calibration.negative_log_likelihood(logits, labels, 0.7)
    assert found == pytest.approx(log_loss(labels, probabilities), abs=1e-9)


def test_confidence_is_the_answer_s_probability():
    probabilities = answers([0.9, 0.2])
    assert calibration.confidence(probabilities) == pytest.approx([0.9, 0.8])
