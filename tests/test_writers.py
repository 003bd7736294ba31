"""Writers: labels that are joined or refused, errors by writer."""

import gzip
import hashlib

import numpy as np
import pytest
import torch
from scipy import stats

from mnist_report import statistics, writers
from mnist_report.datasets import writers as source
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.writers import Writers
from mnist_report.errors import ReportError

TEST = source.FILES["test"]


def idx_bytes(rows):
    """Return rows of int32 in the idx format."""
    sizes = np.array(rows.shape, ">u4").tobytes()
    return bytes([0, 0, 12, 2]) + sizes + rows.astype(">i4").tobytes()


def label_rows(labels, more=2):
    """Return QMNIST's eight columns; more rows follow MNIST's images."""
    rows = np.zeros((len(labels) + more, 8), dtype=np.int32)
    rows[: len(labels), 0] = labels
    rows[:, 1] = [4, 0] * (len(rows) // 2)
    rows[:, 2] = 2100 + np.arange(len(rows)) // 2
    return rows


@pytest.fixture
def labels(tmp_path, monkeypatch):
    """Write a label file for six images, and take it for QMNIST's."""
    classes = np.array([7, 2, 1, 0, 4, 1])
    content = idx_bytes(label_rows(classes))
    (tmp_path / TEST).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    monkeypatch.setitem(source.SHA256, TEST, digest)
    return classes


def test_labels_are_joined_in_order(tmp_path, labels):
    found = source.read(tmp_path, "test", labels)
    assert found.writer.tolist() == [2100, 2100, 2101, 2101, 2102, 2102]
    assert found.student.tolist() == [True, False] * 3


def test_gzipped_labels_are_held_to_torchvision_s_md5(
    tmp_path, labels, monkeypatch
):
    packed = gzip.compress((tmp_path / TEST).read_bytes())
    (tmp_path / TEST).unlink()
    (tmp_path / f"{TEST}.gz").write_bytes(packed)
    with pytest.raises(ReportError, match="5b5b05890a5e13444e108efe57b788aa"):
        source.read(tmp_path, "test", labels)
    md5 = hashlib.md5(packed).hexdigest()
    monkeypatch.setattr(source, "_resource", lambda part: ("", md5))
    assert len(source.read(tmp_path, "test", labels).writer) == 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[:-5], "is truncated"),
        (lambda content: b"", "is truncated"),
        (lambda content: content[:15] + b"\1" + content[16:], "differ from"),
        (lambda content: content[:-1] + b"\1", "is damaged: its SHA-256"),
        (lambda content: idx_bytes(np.ones((3, 8))), "at least 6 rows"),
        (lambda content: idx_bytes(np.ones((8, 3))), "of 8 columns"),
    ],
)
def test_file_that_does_not_fit_is_refused(tmp_path, labels, change, message):
    path = tmp_path / TEST
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ReportError, match=message) as error:
        source.read(tmp_path, "test", labels)
    assert TEST in str(error.value)


def dataset(key):
    """Return two images of no writing."""
    images = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
    parts = (images, torch.tensor([0, 1])) * 2
    return Dataset(key, "toys", *parts, ("0", "1"), "", None, "", {})


def test_other_data_have_no_known_writers(tmp_path):
    with pytest.raises(ReportError, match="files of toys do not say who"):
        source.load(dataset("digits"), tmp_path, print)


def test_missing_labels_are_named(tmp_path, monkeypatch):
    def refuse(*rest):
        raise source.download.Unavailable("no network")

    monkeypatch.setattr(source.download, "fetch", refuse)
    with pytest.raises(ReportError, match=f"{TEST}.*no network"):
        source.load(dataset("mnist"), tmp_path, print)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # by hand: Σ|x - y| / (2 n² mean)
        ([1, 2, 3, 4], 20 / (2 * 16 * 2.5)),
        ([5, 5, 5], 0),
        ([0, 0, 0, 1], 3 / 4),
        ([0, 0, 0], 0),
    ],
)
def test_gini_of_hand_worked_values(values, expected):
    assert statistics.gini(values) == pytest.approx(expected)
    assert statistics.gini(values[::-1]) == pytest.approx(expected)
    assert statistics.gini([values] * 2) == pytest.approx([expected] * 2)


def test_gini_is_half_the_relative_mean_difference():
    values = np.random.default_rng(0).random(50)
    differences = np.abs(values[:, None] - values)
    expected = differences.mean() / (2 * values.mean())
    assert statistics.gini(values) == pytest.approx(expected)


def test_clustered_interval_is_that_of_scipy_over_clusters():
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.arange(60), rng.integers(5, 40, 60))
    chances = rng.beta(0.3, 6, 60)[cluster]
    wrong = rng.random(len(cluster)) < chances
    sizes = np.bincount(cluster)
    sums = np.bincount(cluster, wrong)
    library = stats.bootstrap(
        (sums, sizes),
        lambda s, n, axis: s.sum(axis) / n.sum(axis),
        paired=True,
        n_resamples=4_999,
        method="percentile",
        rng=1,
        vectorized=True,
    ).confidence_interval
    drawn = statistics.clustered_rates(wrong[None], cluster)[:, 0]
    found = statistics.percentile_interval(drawn)
    assert found == pytest.approx(tuple(library), abs=0.003)
    alone = statistics.clustered_rates(wrong[None], np.arange(len(cluster)))
    narrow = statistics.percentile_interval(alone[:, 0])
    assert found[1] - found[0] > 1.3 * (narrow[1] - narrow[0])


def test_clusters_are_drawn_whole():
    wrong = np.array([[1, 1, 0, 0], [0, 0, 1, 1]])
    drawn = statistics.clustered_rates(wrong, np.array([3, 3, 9, 9]))
    assert set(drawn.ravel()) == {0, 0.5, 1}
    # the same writers for both methods
    assert (drawn.sum(axis=1) == 1).all()
    shares = np.bincount((2 * drawn[:, 0]).astype(int)) / len(drawn)
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=0.03)


def two_groups():
    """Return 20 students of 10 images and 10 staff of 30."""
    writer = np.repeat(np.arange(30), [10] * 20 + [30] * 10)
    return Writers(writer, writer < 20)


def test_groups_and_concentration_by_hand():
    both = two_groups()
    wrong = np.zeros(500, dtype=bool)
    # one student misread throughout, two others once, one staff once
    wrong[[*range(10), 10, 20, 200]] = True
    found = writers.read({"one": wrong, "none": ~wrong & wrong}, both)
    one, none = found["one"], found["none"]
    students, staff = one.groups
    assert (students.writers, students.images, students.wrong) == (20, 200, 12)
    assert (staff.writers, staff.images, staff.wrong) == (10, 300, 1)
    assert one.difference == pytest.approx(12 / 200 - 1 / 300)
    assert one.interval[0] < one.difference < one.interval[1]
    assert one.adjusted == min(1, 2 * one.p_value)
    spread = one.concentration
    # three of thirty writers, in order: 10, 1 and 1 errors of 13
    assert spread.share == pytest.approx(12 / 13)
    assert spread.images == pytest.approx(30 / 500)
    assert spread.curve[:5] == pytest.approx(
        np.array([0, 10, 11, 12, 13]) / 13
    )
    assert len(spread.curve) == 31
    assert spread.p_value == 0.001
    assert spread.gini > spread.chance_gini
    assert writers.worst_writer(wrong, both.writer) == 0
    assert none.interval == (0, 0)
    assert none.p_value == 1
    assert (none.concentration.gini, none.concentration.p_value) == (0, 1)


def test_concentration_is_scipy_s_monte_carlo_test_of_the_same_draws():
    writer = two_groups().writer
    sizes = np.bincount(writer)
    wrong = np.random.default_rng(3).random(len(writer)) < 0.1
    errors = np.bincount(writer, wrong).astype(int)

    def share_of_the_worst_three(drawn, axis):
        rows = np.moveaxis(np.atleast_2d(drawn), axis, -1)
        worst = [
            sorted(zip(-row / sizes, -row, strict=True))[:3] for row in rows
        ]
        return -np.array(worst)[..., 1].sum(axis=1) / errors.sum()

    library = stats.monte_carlo_test(
        errors,
        lambda size: statistics.errors_by_chance(
            sizes, errors.sum(), draws=size[0], seed=7
        ),
        share_of_the_worst_three,
        n_resamples=999,
        alternative="greater",
    )
    found = writers.concentration(wrong, writer, seed=7)
    assert found.share == pytest.approx(library.statistic, abs=1e-9)
    assert found.p_value == pytest.approx(library.pvalue, abs=1e-9)
    assert 0.02 < found.p_value < 0.98


def test_errors_at_random_are_not_called_concentrated():
    both = two_groups()
    p_values = []
    for seed in range(40):
        wrong = np.random.default_rng(seed).random(500) < 0.1
        spread = writers.concentration(wrong, both.writer)
        p_values.append(spread.p_value)
    assert 0.3 < np.mean(p_values) < 0.7
    assert np.mean(np.array(p_values) < 0.05) <= 0.15


def test_classes_that_one_group_alone_wrote_are_left_out():
    both = two_groups()
    truth = np.where(both.student, 0, 1)
    truth[::2] = 2
    wrong = (truth == 2) & both.student
    [found] = writers.by_class(wrong, truth, ("0", "1", "2"), both)
    assert found.name == "2"
    assert [group.rate for group in found.groups] == [1, 0]
    assert found.adjusted == pytest.approx(2 / 5000)


def test_study_gives_readings_or_a_reason(tmp_path, monkeypatch):
    both = two_groups()
    none = writers.study(dataset("digits"), tmp_path, {}, print)
    assert not none.measured
    assert none.reason.startswith("The files of toys do not say who")
    assert writers.by_class(None, None, (), none.writers.get("test")) == []
    monkeypatch.setattr(
        writers.source, "load", lambda *rest: {"train": both, "test": both}
    )
    wrong = {name: np.arange(500) % 9 == 0 for name in ("constant", "cnn")}
    found = writers.study(dataset("mnist"), tmp_path, wrong, print)
    assert found.measured
    # a constant answer is a yardstick, not a method
    assert list(found.readings) == ["cnn"]
