"""Predictions of all methods: counted, kept and read again."""

import numpy as np
import pytest

from mnist_report.errors import ReportError
from mnist_report.predictions import Predictions, Stored


@pytest.fixture
def predictions():
    random = np.random.default_rng(0)
    made = Predictions(random.integers(0, 3, 50))
    made.add("knn", random.random((50, 3), dtype=np.float32))
    made.add("cnn", random.normal(size=(50, 3)))
    return made


def test_highest_score_is_the_answer():
    made = Predictions(np.array([0, 1, 2, 0]))
    made.add(
        "knn",
        [[0.2, 0.5, 0.3], [0, 1, 0], [0.5, 0.1, 0.5], [-3, -np.inf, -4]],
    )
    assert made.predicted("knn").tolist() == [1, 1, 0, 0]
    assert made.wrong("knn").tolist() == [True, False, True, False]
    assert made.all_wrong()["knn"].sum() == 2
    assert made.scores["knn"].dtype == np.float32


def test_file_holds_answers_scores_and_error_counts(predictions, tmp_path):
    path = tmp_path / "predictions.npz"
    path.write_bytes(predictions.save_bytes())
    stored = Stored.load(path)
    assert stored.index.tolist() == list(range(50))
    assert stored.truth.tolist() == predictions.truth.tolist()
    assert list(stored.answers) == list(stored.certainty) == ["knn", "cnn"]
    for method, scores in predictions.scores.items():
        answers = stored.predicted(method)
        assert (answers == predictions.predicted(method)).all()
        assert stored.wrong(method).sum() == predictions.wrong(method).sum()
        given = scores[stored.index, answers]
        assert (stored.certainty[method] == given).all()


def test_file_is_read_without_the_report(predictions, tmp_path):
    path = tmp_path / "predictions.npz"
    path.write_bytes(predictions.save_bytes())
    with np.load(path, allow_pickle=False) as archive:
        wrong = archive["cnn-predicted"] != archive["true"]
        assert archive["cnn-score"].dtype == np.float32
    assert wrong.sum() == predictions.wrong("cnn").sum()


def test_same_predictions_make_the_same_file(predictions):
    again = Predictions(predictions.truth, dict(predictions.scores))
    assert again.save_bytes() == predictions.save_bytes()


def test_classes_beyond_those_of_the_test_set_are_kept():
    scores = np.zeros((2, 300), np.float32)
    scores[:, 299] = 1
    made = Predictions(np.array([0, 1]))
    made.add("knn", scores)
    assert (
        Stored.load(made.save_bytes()).predicted("knn").tolist() == [299] * 2
    )


@pytest.mark.parametrize(
    ("scores", "part"),
    [
        (np.zeros((4, 3)), r"shape \(4, 3\).* 50 images"),
        (np.zeros(50), "a row of classes"),
        (np.full((50, 3), np.nan), "not numbers"),
    ],
)
def test_scores_of_another_form_are_refused(predictions, scores, part):
    with pytest.raises(ReportError, match=part):
        predictions.add("ensemble", scores)


def test_method_is_added_once(predictions):
    with pytest.raises(ReportError, match="knn: its predictions are there"):
        predictions.add("knn", np.zeros((50, 3)))
