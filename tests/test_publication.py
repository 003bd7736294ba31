"""A folder that appears whole or not at all."""

import pytest

from mnist_report.errors import ReportError
from mnist_report.publication import published, release


def write(folder, text, error=None):
    """Publish a folder with one file, or fail before it is whole."""
    with published(folder) as part:
        release(part)
        (part / "report.pdf").write_text(text)
        if error:
            raise error


def names(folder):
    """Return the names in a folder, hidden ones among them."""
    return sorted(path.name for path in folder.iterdir())


def test_new_folder_takes_the_place_of_the_old(tmp_path):
    folder = tmp_path / "deep" / "out"
    write(folder, "first")
    write(folder, "second")
    assert (folder / "report.pdf").read_text() == "second"
    assert names(folder) == ["report.pdf"]
    assert names(folder.parent) == ["out"]


def test_nothing_is_seen_before_the_end(tmp_path):
    with published(tmp_path / "out") as part:
        (part / "report.pdf").touch()
        assert not (tmp_path / "out").exists()


def test_failure_leaves_the_old_folder(tmp_path):
    folder = tmp_path / "out"
    write(folder, "first")
    with pytest.raises(KeyboardInterrupt):
        write(folder, "second", KeyboardInterrupt())
    assert (folder / "report.pdf").read_text() == "first"
    assert names(tmp_path) == ["out"]


def test_second_run_is_refused(tmp_path):
    with (
        published(tmp_path / "out"),
        pytest.raises(ReportError, match="Another run"),
        published(tmp_path / "out"),
    ):
        pass


def test_leftovers_of_a_killed_run_are_cleared(tmp_path):
    part = tmp_path / ".out.part"
    (part / "figures").mkdir(parents=True)
    (part / "figures" / "half.svg").touch()
    (part / "half.pdf").touch()
    write(tmp_path / "out", "whole")
    assert names(tmp_path / "out") == ["report.pdf"]
    assert names(tmp_path) == ["out"]


def test_swap_that_was_cut_off_is_mended(tmp_path):
    folder = tmp_path / "out"
    write(folder, "first")
    folder.rename(tmp_path / ".out.old")
    with pytest.raises(KeyboardInterrupt):
        write(folder, "second", KeyboardInterrupt())
    assert (folder / "report.pdf").read_text() == "first"
    assert names(tmp_path) == ["out"]


def test_swap_that_fails_is_taken_back(tmp_path, monkeypatch):
    folder = tmp_path / "out"
    write(folder, "first")
    rename = type(folder).rename

    def fail(path, target):
        if path.name == ".out.part":
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(type(folder), "rename", fail)
    with pytest.raises(ReportError, match="No space left on device"):
        write(folder, "second")
    assert (folder / "report.pdf").read_text() == "first"
    assert names(tmp_path) == ["out"]


def test_foreign_files_are_not_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").touch()
    (tmp_path / "out" / ".ipynb_checkpoints").mkdir()
    with pytest.raises(ReportError, match=r"it holds thesis\.tex"):
        write(tmp_path / "out", "")
    assert (tmp_path / "out" / "thesis.tex").exists()
