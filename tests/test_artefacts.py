"""Files that a run leaves: whole, and only where they were asked for."""

import errno
import os
from pathlib import Path

import pytest

from mnist_report import artefacts
from mnist_report.errors import ReportError


def names(folder):
    """Return the names in a folder, hidden ones among them."""
    return sorted(path.name for path in folder.iterdir())


def test_nothing_is_written_unasked(monkeypatch, tmp_path):
    monkeypatch.delenv(artefacts.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    artefacts.save("model.onnx", b"model")
    assert artefacts.folder() is None
    assert names(tmp_path) == []


def test_file_takes_the_place_of_an_older_one(monkeypatch, tmp_path):
    folder = tmp_path / "deep" / "artefacts"
    monkeypatch.setenv(artefacts.VARIABLE, str(folder))
    artefacts.save("model.onnx", b"first and longer")
    artefacts.save("model.onnx", b"second")
    assert artefacts.folder() == folder
    assert (folder / "model.onnx").read_bytes() == b"second"
    assert names(folder) == ["model.onnx"]


def test_file_that_cannot_be_whole_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv(artefacts.VARIABLE, str(tmp_path))
    (tmp_path / "model.onnx").write_bytes(b"former")
    write = Path.write_bytes

    def write_half(path, content):
        write(path, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", write_half)
    with pytest.raises(ReportError, match=r"model\.onnx: No space left"):
        artefacts.save("model.onnx", b"new")
    assert (tmp_path / "model.onnx").read_bytes() == b"former"
    assert names(tmp_path) == ["model.onnx"]


@pytest.mark.parametrize("name", ["../model.onnx", "a/b", "", ".hidden"])
def test_name_that_leads_elsewhere_is_refused(monkeypatch, tmp_path, name):
    monkeypatch.setenv(artefacts.VARIABLE, str(tmp_path))
    with pytest.raises(ValueError, match="plain file name"):
        artefacts.save(name, b"")
    assert names(tmp_path) == []
