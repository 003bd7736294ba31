"""Data sets: what loads, what is refused, what stands in."""

import bz2
import functools
import gzip
import hashlib
import http.server
import os
import re
import socket
import threading
import time
import zipfile
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
import torchvision.datasets as tv

from mnist_report.datasets import (
    NAMES,
    digits,
    download,
    load,
    mnist,
    paths,
    relatives,
    resolve_data_dir,
)
from mnist_report.datasets.scaling import fit
from mnist_report.errors import ReportError

TYPE_CODES = {"uint8": 8, "int32": 12, "float32": 13}
IMAGES, LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"
MNIST_FILES = tuple(mnist.SHA256)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Refuse every name but this machine's own."""
    look_up = socket.getaddrinfo

    def only_here(host, *rest, **options):
        if host != "127.0.0.1":
            raise socket.gaierror(-2, "no network in tests")
        return look_up(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", only_here)
    monkeypatch.setenv("no_proxy", "*")


def idx_bytes(array):
    """Return an array in the idx format."""
    array = np.asarray(array)
    header = bytes([0, 0, TYPE_CODES[array.dtype.name], array.ndim])
    sizes = np.array(array.shape, ">u4").tobytes()
    kind = array.dtype.newbyteorder(">")
    return header + sizes + array.astype(kind).tobytes()


def write(path, content):
    """Write bytes, or an array as idx, gzipped where the name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content if isinstance(content, bytes) else idx_bytes(content)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def draw(count, side=28, width=None, seed=0):
    """Return noise images."""
    shape = count, side, width or side
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, shape, dtype=np.uint8)


def cycle(count, *values):
    """Return labels that go round the values."""
    return np.resize(np.array(values, np.uint8), count)


def fill(folder, train=20, test=10, labels=(0, 1), suffix="", **size):
    """Write a small divided data set of idx files."""
    for seed, (stem, count) in enumerate(
        {"train": train, "t10k": test}.items()
    ):
        images = draw(count, seed=seed, **size)
        write(folder / f"{stem}-{IMAGES}{suffix}", images)
        write(folder / f"{stem}-{LABELS}{suffix}", cycle(count, *labels))
    return folder


@pytest.fixture
def small_mnist(tmp_path, monkeypatch):
    """Return a data folder with a small MNIST and its own digests."""
    folder = fill(tmp_path / "data" / mnist.FOLDER, labels=range(10))
    sums = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in MNIST_FILES
    }
    monkeypatch.setattr(mnist, "SHA256", sums)
    return tmp_path / "data"


@pytest.fixture
def serve(tmp_path):
    """Return a function that serves a folder and gives its address."""
    servers = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    def start(folder):
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Handler, directory=folder)
        )
        threading.Thread(
            target=server.serve_forever, args=(0.01,), daemon=True
        ).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def archives(source, target, names):
    """Gzip files for serving; return torchvision's list of them."""
    resources = []
    for name in names:
        packed = target / f"{name}.gz"
        write(packed, (source / name).read_bytes())
        md5 = hashlib.md5(packed.read_bytes()).hexdigest()
        resources.append((packed.name, md5))
    return resources


@pytest.fixture
def mnist_server(small_mnist, tmp_path, monkeypatch, serve):
    """Serve the small MNIST's archives; return their folder."""
    shop = tmp_path / "shop"
    names = archives(small_mnist / mnist.FOLDER, shop, MNIST_FILES)
    monkeypatch.setattr(tv.MNIST, "resources", names)
    monkeypatch.setattr(tv.MNIST, "mirrors", [serve(shop)])
    return shop


def files_in(folder):
    """Return the names of all files below a folder."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def refusal(name, data_dir):
    """Return the message with which loading stops."""
    with pytest.raises(ReportError) as caught:
        load(name, data_dir)
    return str(caught.value)


# The data folder


def test_data_dir_is_taken_from_the_project_root():
    assert resolve_data_dir("somewhere") == paths.ROOT / "somewhere"
    assert resolve_data_dir("/else/where") == Path("/else/where")


def test_empty_data_dir_means_environment_then_data(monkeypatch):
    monkeypatch.setenv("REPORT_DATA_DIR", "given")
    assert resolve_data_dir("") == paths.ROOT / "given"
    assert resolve_data_dir("named") == paths.ROOT / "named"
    monkeypatch.delenv("REPORT_DATA_DIR")
    assert resolve_data_dir("") == paths.ROOT / "data"


def test_unknown_name_is_met_with_the_nearest(tmp_path):
    message = refusal("fashon-mnist", tmp_path)
    assert "Did you mean 'fashion-mnist'?" in message
    assert all(name in message for name in NAMES)


# One idx file


def cut(content):
    return content[:-1]


def header_only_in_part(content):
    return content[:6]


def add_a_byte(content):
    return content + b"\0"


def labels_magic(content):
    return b"\0\0\x08\x01" + content[4:]


def other_magic(content):
    return b"\x89PNG" + content[4:]


def floats(content):
    return b"\0\0\x0d\x03" + content[4:]


def no_images(content):
    return content[:4] + bytes(4) + content[8:16]


def gzipped(content):
    return gzip.compress(content)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (cut, "is truncated: 15,695 bytes, but .* 20×28×28 .* 15,696 bytes"),
        (header_only_in_part, "is truncated: 6 bytes hold no idx header"),
        (add_a_byte, "has bytes after its end: 15,697 bytes, .* 15,696"),
        (labels_magic, "wrong magic number 0x00000801; .* 0x0000xx03"),
        (other_magic, "wrong magic number 0x89504e47"),
        (floats, "wrong magic number 0x00000d03"),
        (no_images, "is empty"),
        (gzipped, "is gzip data without the ending .gz. Rename it"),
    ],
)
def test_damaged_images_are_refused_by_name(tmp_path, damage, complaint):
    path = fill(tmp_path / "set") / f"train-{IMAGES}"
    path.write_bytes(damage(path.read_bytes()))
    message = refusal("idx:set", tmp_path)
    assert message.startswith(str(path))
    assert re.search(complaint, message)


@pytest.mark.parametrize(
    "damage",
    [
        cut,  # the stream ends early
        lambda data: b"plain" + data,  # another format
        lambda data: data[:10] + b"\xff" + data[11:],  # no deflate block
        lambda data: data[:-8] + bytes(8),  # another checksum
    ],
)
def test_damaged_gzip_is_refused_by_name(tmp_path, damage):
    path = fill(tmp_path / "set", suffix=".gz") / f"train-{IMAGES}.gz"
    path.write_bytes(damage(path.read_bytes()))
    message = refusal("idx:set", tmp_path)
    assert message.startswith(f"{path} is not a whole gzip file")
    assert "copy it again" in message


def test_unreadable_file_is_refused_by_name(tmp_path, monkeypatch):
    path = fill(tmp_path / "set") / f"train-{IMAGES}"

    def deny(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", deny)
    message = refusal("idx:set", tmp_path)
    assert message.startswith(f"{path} cannot be read (Permission denied)")


def test_images_and_labels_must_match_in_number(tmp_path):
    folder = fill(tmp_path / "set")
    write(folder / f"train-{LABELS}", cycle(19, 0, 1))
    message = refusal("idx:set", tmp_path)
    assert f"train-{IMAGES} holds 20 images" in message
    assert f"train-{LABELS} 19 labels" in message


def test_wide_images_are_refused(tmp_path):
    folder = fill(tmp_path / "set")
    write(folder / f"train-{IMAGES}", draw(20).astype(np.int32))
    assert "does not hold bytes" in refusal("idx:set", tmp_path)


# MNIST


@pytest.mark.parametrize("name", ["mnist", "auto"])
def test_mnist_is_read_from_the_data_folder(small_mnist, name):
    data = load(name, small_mnist)
    assert (data.key, data.title, data.is_mnist) == ("mnist", "MNIST", True)
    assert data.train_images.shape == (20, 1, 28, 28)
    assert data.train_images.dtype == torch.uint8
    assert data.train_labels.dtype == torch.int64
    assert torch.equal(
        data.test_images[:, 0], torch.from_numpy(draw(10, seed=1))
    )
    assert data.test_labels.tolist() == list(range(10))
    assert data.class_names == tuple("0123456789")
    assert data.sha256 == mnist.SHA256
    assert data.source == "MNIST/raw in the data folder"
    assert data.notice is None
    assert "20 training and 10 test images" in data.description


def test_gzipped_mnist_is_the_same_mnist(small_mnist):
    plain = load("mnist", small_mnist)
    for path in list((small_mnist / mnist.FOLDER).iterdir()):
        write(path.with_name(f"{path.name}.gz"), path.read_bytes())
        path.unlink()
    packed = load("mnist", small_mnist)
    assert torch.equal(plain.train_images, packed.train_images)
    assert plain.sha256 == packed.sha256


@pytest.mark.parametrize("name", ["mnist", "auto"])
@pytest.mark.parametrize("file", MNIST_FILES)
def test_altered_mnist_is_an_error_not_a_fallback(small_mnist, name, file):
    path = small_mnist / mnist.FOLDER / file
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    message = refusal(name, small_mnist)
    assert f"{path} is not MNIST's {file}, or it is damaged" in message
    assert mnist.SHA256[file] in message
    assert "Delete it" in message


def test_truncated_mnist_is_an_error_under_auto(small_mnist):
    path = small_mnist / mnist.FOLDER / MNIST_FILES[0]
    path.write_bytes(cut(path.read_bytes()))
    assert f"{path} is truncated" in refusal("auto", small_mnist)


@pytest.mark.parametrize(
    ("damage", "complaint"), [(cut, "is truncated"), (None, "SHA-256")]
)
def test_damage_counts_even_where_files_are_missing(
    small_mnist, damage, complaint
):
    folder = small_mnist / mnist.FOLDER
    (folder / MNIST_FILES[0]).unlink()
    path = folder / MNIST_FILES[1]
    if damage:
        path.write_bytes(damage(path.read_bytes()))
    else:
        write(path, cycle(20, 3, 4))
    message = refusal("auto", small_mnist)
    assert str(path) in message
    assert complaint in message


def test_mnist_never_falls_back(tmp_path):
    message = refusal("mnist", tmp_path)
    assert str(tmp_path / "MNIST/raw") in message
    assert all(file in message for file in MNIST_FILES)
    assert "could not be reached (" in message
    assert "no network in tests" in message
    assert "dataset = 'auto'" in message


def test_auto_falls_back_and_says_so(tmp_path):
    said = []
    data = load("auto", tmp_path, say=said.append)
    assert data.key == "digits"
    assert not data.is_mnist
    assert f"`{tmp_path / 'MNIST/raw'}`" in data.notice
    assert all(f"`{file}`" in data.notice for file in MNIST_FILES)
    assert "could not be reached" in data.notice
    assert said == [data.notice.replace("*", "").replace("`", "")]
    assert files_in(tmp_path) == []


def test_auto_names_only_the_missing_files(small_mnist):
    (small_mnist / mnist.FOLDER / MNIST_FILES[3]).unlink()
    notice = load("auto", small_mnist).notice
    assert MNIST_FILES[3] in notice
    assert MNIST_FILES[0] not in notice


# Downloads


def test_download_brings_the_four_files_and_nothing_else(
    mnist_server, tmp_path, capfd
):
    said = []
    fresh = tmp_path / "fresh"
    data = load("auto", fresh, say=said.append)
    assert data.is_mnist
    assert data.sha256 == mnist.SHA256
    assert files_in(fresh) == sorted(MNIST_FILES)
    assert [path.name for path in fresh.iterdir()] == ["MNIST"]
    assert said == [f"Downloading MNIST into {fresh}"]
    output = capfd.readouterr()
    assert output.out + output.err == ""


def test_download_keeps_the_files_already_there(mnist_server, small_mnist):
    folder = small_mnist / mnist.FOLDER
    (folder / MNIST_FILES[0]).unlink()
    before = (folder / MNIST_FILES[1]).stat().st_ino
    assert load("mnist", small_mnist).is_mnist
    assert (folder / MNIST_FILES[1]).stat().st_ino == before


def test_half_a_download_leaves_nothing(mnist_server, tmp_path):
    packed = mnist_server / f"{MNIST_FILES[2]}.gz"
    packed.write_bytes(packed.read_bytes()[:-20])
    fresh = tmp_path / "fresh"
    data = load("auto", fresh)
    assert data.key == "digits"
    assert "the download broke off" in data.notice
    assert list(fresh.iterdir()) == []
    assert "the download broke off" in refusal("mnist", fresh)


def test_interrupted_download_leaves_nothing(mnist_server, tmp_path):
    fresh = tmp_path / "fresh"

    def stop(aside):
        write(Path(aside) / mnist.FOLDER / MNIST_FILES[0], b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download.fetch("MNIST", fresh, tv.MNIST.mirrors, stop, print)
    assert list(fresh.iterdir()) == []


@pytest.mark.parametrize(
    "error",
    [
        URLError("down"),
        TimeoutError("too slow"),
        RuntimeError("corrupted"),
        OSError(28, "No space left on device"),
        zipfile.BadZipFile("no zip"),
        EOFError("short"),
    ],
)
def test_every_broken_download_falls_back(mnist_server, tmp_path, error):
    def fail(folder, **options):
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tv, "MNIST", fail)
        patch.setattr(fail, "resources", [("", "")], raising=False)
        patch.setattr(fail, "mirrors", tv.KMNIST.mirrors, raising=False)
        patch.setattr(download, "await_answer", lambda urls: None)
        notice = load("auto", tmp_path / "fresh").notice
    assert "the download broke off" in notice
    assert str(error) in notice


def test_silent_server_costs_seconds_only(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "PATIENCE", 0.3)
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    monkeypatch.setattr(tv.MNIST, "mirrors", [address] * 2)
    start = time.monotonic()
    notice = load("auto", tmp_path).notice
    listener.close()
    assert "could not be reached" in notice
    assert time.monotonic() - start < 3


def test_name_look_up_that_hangs_costs_seconds_only(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "PATIENCE", 0.3)
    released = threading.Event()

    def hang(*request):
        released.wait(9)
        raise socket.gaierror(-2, "too late")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with pytest.raises(download.Unavailable, match="no answer within"):
        download.await_answer(["http://slow.example/"])
    released.set()


def test_default_patience_is_at_most_ten_seconds():
    assert download.PATIENCE <= 10


def test_socket_timeout_is_put_back(mnist_server, tmp_path):
    socket.setdefaulttimeout(77)
    try:
        seen = []
        download.fetch(
            "MNIST",
            tmp_path,
            tv.MNIST.mirrors,
            lambda aside: seen.append(socket.getdefaulttimeout()),
            print,
        )
        assert seen == [download.STALL]
        assert socket.getdefaulttimeout() == 77
    finally:
        socket.setdefaulttimeout(None)


def test_read_only_data_folder_is_named(mnist_server, tmp_path, monkeypatch):
    def refuse(**options):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(download.tempfile, "TemporaryDirectory", refuse)
    fresh = tmp_path / "fresh"
    message = refusal("mnist", fresh)
    assert f"the data folder {fresh} cannot be written" in message
    assert "Read-only file system" in message
    assert "cannot be written" in load("auto", fresh).notice


def test_data_folder_that_is_a_file_is_named(mnist_server, tmp_path):
    path = tmp_path / "fresh"
    path.write_text("")
    message = refusal("mnist", path)
    assert f"the data folder {path} cannot be written" in message


# The embedded digits


def test_digits_are_stretched_and_scaled():
    from sklearn.datasets import load_digits

    bunch = load_digits()
    data = load("digits", Path("nowhere"))
    count = len(bunch.images)
    assert data.train_images.shape == (count - 450, 1, 28, 28)
    assert data.test_labels.tolist() == bunch.target[-450:].tolist()
    assert int(data.train_images.max()) == 255
    means = data.test_images.float().mean((1, 2, 3)) / 255
    cells = torch.from_numpy(bunch.images[-450:].mean((1, 2)) / 16).float()
    assert torch.allclose(means, cells, atol=0.03)
    assert data.notice is None
    assert data.source == "scikit-learn"
    assert f"{count:,} handwritten" in data.description


def test_digits_digest_is_of_the_cells():
    # Pinned: other digests mean that scikit-learn changed the images.
    assert {
        name: digest[:16] for name, digest in digits.load().sha256.items()
    } == {"images": "8f26b2bd9d135c25", "labels": "8ba4f891220f5e4c"}


# Scaling


def test_images_of_the_right_size_stay_as_they_are():
    images = torch.from_numpy(draw(3))
    assert torch.equal(fit(images)[:, 0], images)


@pytest.mark.parametrize(
    ("height", "width", "box"),
    [
        (16, 16, (0, 28, 0, 28)),
        (56, 56, (0, 28, 0, 28)),
        (40, 20, (0, 28, 7, 21)),
        (10, 20, (7, 21, 0, 28)),
        (1, 100, (13, 14, 0, 28)),
    ],
)
def test_scaling_keeps_the_aspect_and_pads(height, width, box):
    fitted = fit(torch.full((2, height, width), 200, dtype=torch.uint8))
    top, bottom, left, right = box
    expected = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
    expected[:, :, top:bottom, left:right] = 200
    assert torch.equal(fitted, expected)


def test_scaling_keeps_the_place_of_the_ink():
    images = torch.zeros(1, 14, 14, dtype=torch.uint8)
    images[0, 3, 10] = 255
    peak = int(fit(images).flatten().argmax())
    assert divmod(peak, 28)[0] in (6, 7)
    assert divmod(peak, 28)[1] in (20, 21)


def test_scaling_by_blocks_is_scaling(monkeypatch):
    images = torch.from_numpy(draw(10, side=16))
    whole = fit(images)
    monkeypatch.setattr("mnist_report.datasets.scaling.BLOCK", 3)
    assert torch.equal(fit(images), whole)


# MNIST's relatives


def fill_emnist(folder, split, labels):
    """Write a small EMNIST split, transposed as the real one is stored."""
    upright = draw(len(labels))
    for part in ("train", "test"):
        prefix = f"emnist-{split}-{part}"
        write(folder / f"{prefix}-{IMAGES}", upright.transpose(0, 2, 1))
        write(folder / f"{prefix}-{LABELS}", np.array(labels, np.uint8))
    return upright


@pytest.mark.parametrize(
    ("split", "first", "names"),
    [
        ("digits", 0, tv.EMNIST.classes_split_dict["digits"]),
        ("balanced", 0, tv.EMNIST.classes_split_dict["balanced"]),
        (
            "letters",
            1,
            [n.upper() for n in tv.EMNIST.classes_split_dict["letters"][1:]],
        ),
    ],
)
def test_emnist_is_set_upright_and_counted_from_zero(
    tmp_path, split, first, names
):
    labels = range(first, first + len(names))
    upright = fill_emnist(tmp_path / "EMNIST/raw", split, labels)
    data = load(f"emnist-{split}", tmp_path)
    assert data.class_names == tuple(names)
    assert data.train_labels.tolist() == list(range(len(names)))
    assert torch.equal(data.test_images[:, 0], torch.from_numpy(upright))
    assert data.test_images.is_contiguous()
    assert data.title == f"EMNIST {split.title()}"
    assert f"{len(names)} for training" in data.description
    assert len(data.sha256) == 4


@pytest.mark.parametrize(
    ("labels", "run"), [(range(26), "0 to 25"), (range(2, 28), "2 to 27")]
)
def test_labels_outside_the_classes_are_refused(tmp_path, labels, run):
    fill_emnist(tmp_path / "EMNIST/raw", "letters", labels)
    message = refusal("emnist-letters", tmp_path)
    assert f"run from {run}; expected 1 to 26" in message
    assert "emnist-letters-train-labels-idx1-ubyte" in message


def test_qmnist_takes_the_class_from_the_first_column(tmp_path):
    columns = np.zeros((5, 8), np.int32)
    columns[:, 0] = [3, 1, 4, 1, 5]
    columns[:, 2] = 2100
    for part in ("train", "test"):
        prefix = tmp_path / f"QMNIST/raw/qmnist-{part}"
        write(prefix.with_name(f"{prefix.name}-{IMAGES}"), draw(5))
        write(prefix.with_name(f"{prefix.name}-labels-idx2-int"), columns)
    data = load("qmnist", tmp_path)
    assert data.train_labels.tolist() == [3, 1, 4, 1, 5]
    theirs = tv.QMNIST(tmp_path, train=False)
    assert torch.equal(data.test_images[:, 0], theirs.data)
    assert data.test_labels.tolist() == theirs.targets[:, 0].tolist()


@pytest.mark.parametrize(
    ("name", "theirs"),
    [("kmnist", tv.KMNIST), ("fashion-mnist", tv.FashionMNIST)],
)
def test_sets_in_mnist_layout_agree_with_torchvision(tmp_path, name, theirs):
    fill(tmp_path / theirs.__name__ / "raw", labels=range(10))
    data = load(name, tmp_path)
    assert data.class_names == tuple(theirs.classes)
    assert torch.equal(
        data.train_images[:, 0], theirs(tmp_path, train=True).data
    )
    assert torch.equal(data.test_labels, theirs(tmp_path, train=False).targets)
    assert "20 for training and 10 for testing" in data.description


def fill_usps(folder, monkeypatch):
    """Write a small USPS with its own checksums."""
    folder.mkdir(parents=True, exist_ok=True)
    grey = draw(10, side=16)
    lines = (
        f"{label} "
        + " ".join(
            f"{i}:{2 * v / 255 - 1:.6f}"
            for i, v in enumerate(row.flatten().tolist(), 1)
        )
        for label, row in enumerate(grey, 1)
    )
    packed = bz2.compress("\n".join(lines).encode())
    md5 = hashlib.md5(packed).hexdigest()
    for file in ("usps.bz2", "usps.t.bz2"):
        (folder / file).write_bytes(packed)
    parts = {"train": ["", "usps.bz2", md5], "test": ["", "usps.t.bz2", md5]}
    monkeypatch.setattr(tv.USPS, "split_list", parts)
    return grey


def test_usps_is_scaled_and_counted_from_zero(tmp_path, monkeypatch):
    grey = fill_usps(tmp_path, monkeypatch)
    data = load("usps", tmp_path)
    assert data.train_labels.tolist() == list(range(10))
    difference = data.train_images.int() - fit(torch.from_numpy(grey)).int()
    assert difference.abs().max() <= 2  # torchvision rounds down
    assert data.source == "the data folder"
    assert set(data.sha256) == {"usps.bz2", "usps.t.bz2"}
    assert "16×16 pixels" in data.description
    assert "28×28 by bilinear" in data.description


def test_damaged_usps_is_refused_by_name(tmp_path, monkeypatch):
    fill_usps(tmp_path, monkeypatch)
    path = tmp_path / "usps.t.bz2"
    path.write_bytes(cut(path.read_bytes()))
    assert refusal("usps", tmp_path).startswith(f"{path} is damaged")


@pytest.mark.parametrize("name", relatives.NAMES)
def test_relative_that_cannot_be_had_is_refused(tmp_path, name):
    relative = relatives.RELATIVES[name]
    message = refusal(name, tmp_path)
    assert f"{relative.title} is not whole in" in message
    assert all(file in message for file in relative.files)
    assert "could not be reached" in message
    assert "copy the missing files there" in message


def test_half_a_set_is_refused_with_what_it_lacks(tmp_path):
    folder = fill(tmp_path / "KMNIST/raw", labels=range(10))
    (folder / f"train-{IMAGES}").unlink()
    (folder / f"train-{LABELS}").unlink()
    message = refusal("kmnist", tmp_path)
    assert f"(missing: train-{IMAGES}, train-{LABELS})" in message


def test_emnist_archive_is_downloaded_and_unpacked(
    tmp_path, monkeypatch, serve
):
    source = tmp_path / "source"
    fill_emnist(source, "digits", range(10))
    shop = tmp_path / "shop"
    shop.mkdir()
    with zipfile.ZipFile(shop / "gzip.zip", "w") as archive:
        for path in source.iterdir():
            packed = gzip.compress(path.read_bytes())
            archive.writestr(f"gzip/{path.name}.gz", packed)
    md5 = hashlib.md5((shop / "gzip.zip").read_bytes()).hexdigest()
    monkeypatch.setattr(tv.EMNIST, "md5", md5)
    monkeypatch.setattr(tv.EMNIST, "url", serve(shop) + "gzip.zip")
    fresh = tmp_path / "fresh"
    assert load("emnist-digits", fresh).key == "emnist-digits"
    assert files_in(fresh) == files_in(source)
    message = refusal("emnist-letters", fresh)
    assert "EMNIST Letters is not whole" in message


def test_both_parts_of_qmnist_are_downloaded(tmp_path, monkeypatch, serve):
    source, shop = tmp_path / "source", tmp_path / "shop"
    address, resources = serve(shop), {}
    for part in ("train", "test"):
        names = f"qmnist-{part}-{IMAGES}", f"qmnist-{part}-labels-idx2-int"
        write(source / names[0], draw(10))
        write(source / names[1], np.zeros((10, 8), np.int32))
        resources[part] = [
            (address + file, md5)
            for file, md5 in archives(source, shop, names)
        ]
    monkeypatch.setattr(tv.QMNIST, "resources", resources)
    assert len(load("qmnist", tmp_path / "fresh").sha256) == 4


def test_every_citation_is_in_the_bibliography(small_mnist):
    entries = re.findall(
        r"@\w+{(\S+),", (paths.ROOT / "references.bib").read_text()
    )
    known = relatives.RELATIVES.values()
    mnist_data = load("mnist", small_mnist)
    texts = [mnist_data.description, *(relative.text for relative in known)]
    cited = set(re.findall(r"@(\w+)", " ".join(texts)))
    named = {mnist_data.citation, *(relative.citation for relative in known)}
    assert cited >= named - {None}
    assert cited <= set(entries)


# Folders of idx files


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_folder_is_read_plain_or_gzipped(tmp_path, suffix):
    fill(tmp_path / "mine", labels=(0, 1, 2), suffix=suffix)
    data = load("idx:mine", tmp_path)
    assert (data.key, data.title) == ("idx:mine", "mine")
    assert torch.equal(data.train_images[:, 0], torch.from_numpy(draw(20)))
    assert data.class_names == ("0", "1", "2")
    assert data.source == "mine in the data folder"
    assert sorted(data.sha256) == sorted(MNIST_FILES)
    assert not data.is_mnist
    assert data.notice is None
    assert "30 images of 28×28 pixels in 3 classes" in data.description
    assert "scaled" not in data.description


def test_folder_is_sought_in_data_then_project(tmp_path, monkeypatch):
    monkeypatch.setattr("mnist_report.datasets.folder.ROOT", tmp_path / "root")
    data_dir = tmp_path / "data"
    fill(tmp_path / "root/mine", labels=(0, 1, 2))
    assert len(load("idx:mine", data_dir).class_names) == 3
    fill(data_dir / "mine", labels=(0, 1))
    assert len(load("idx:mine", data_dir).class_names) == 2
    absolute = tmp_path / "root/mine"
    assert len(load(f"idx:{absolute}", data_dir).class_names) == 3


def test_missing_folder_is_refused_with_the_places(tmp_path):
    message = refusal("idx:nowhere", tmp_path)
    assert str(tmp_path / "nowhere") in message
    assert " and nowhere" in message
    assert "expected idx:<folder>" in refusal("idx:", tmp_path)


def test_foreign_files_are_refused_with_the_names_expected(tmp_path):
    write(tmp_path / "mine/pictures.zip", b"")
    message = refusal("idx:mine", tmp_path)
    assert f"train-{IMAGES}" in message
    assert f"all-{IMAGES}" in message
    assert "found pictures.zip" in message


@pytest.mark.parametrize("missing", MNIST_FILES)
def test_missing_file_is_named(tmp_path, missing):
    (fill(tmp_path / "mine") / missing).unlink()
    message = refusal("idx:mine", tmp_path)
    assert message.startswith(f"{tmp_path / 'mine' / missing} is missing")


def test_training_part_alone_is_refused(tmp_path):
    folder = fill(tmp_path / "mine")
    (folder / f"t10k-{IMAGES}").unlink()
    (folder / f"t10k-{LABELS}").unlink()
    assert "holds no whole data set" in refusal("idx:mine", tmp_path)


def fill_undivided(folder, labels):
    """Write a data set without a split, its images all different."""
    write(folder / f"all-{IMAGES}", draw(len(labels)))
    write(folder / f"all-{LABELS}", np.array(labels, np.uint8))


def test_undivided_set_is_split_by_class_and_the_same_each_time(tmp_path):
    labels = [0] * 50 + [1] * 20 + [2] * 2
    fill_undivided(tmp_path / "mine", labels)
    data = load("idx:mine", tmp_path)
    assert data.test_labels.bincount().tolist() == [10, 4, 1]
    assert data.train_labels.bincount().tolist() == [40, 16, 1]
    together = torch.cat([data.train_images, data.test_images])
    assert len(together.unique(dim=0)) == len(labels)
    again = load("idx:mine", tmp_path)
    assert torch.equal(data.test_images, again.test_images)
    assert not torch.equal(
        data.test_images[:10, 0], torch.from_numpy(draw(72)[:10])
    )
    assert "one image in 5 of each class" in data.description
    assert "fixed seed 0" in data.description


def test_split_keeps_images_with_their_labels(tmp_path):
    labels = cycle(40, 0, 1, 2)
    fill_undivided(tmp_path / "mine", labels)
    data = load("idx:mine", tmp_path)
    images = torch.from_numpy(draw(40))
    for image, label in zip(data.test_images, data.test_labels, strict=True):
        place = (images == image[0]).all((1, 2)).nonzero().item()
        assert labels[place] == label


def test_class_of_one_image_cannot_be_split(tmp_path):
    fill_undivided(tmp_path / "mine", [0] * 5 + [7])
    assert "Label 7 has one image only" in refusal("idx:mine", tmp_path)


def test_labels_with_gaps_are_closed_up(tmp_path):
    fill(tmp_path / "mine", labels=(3, 40, 200))
    data = load("idx:mine", tmp_path)
    assert data.train_labels[:3].tolist() == [0, 1, 2]
    assert data.test_labels[:3].tolist() == [0, 1, 2]
    assert data.class_names == ("3", "40", "200")


@pytest.mark.parametrize(
    ("labels", "lines", "names"),
    [
        ((0, 1), "nought\none\n\n", ("nought", "one")),
        ((5, 9), " five\r\nnine\n\n", ("five", "nine")),
        ((0, 1), "\ufeffক\nখ\n", ("ক", "খ")),
        ((1, 2), "none\nখ\nগ\n", ("খ", "গ")),
        ((0, 2), "a\nb\nc", ("a", "c")),
    ],
)
def test_class_names_come_from_the_folder(tmp_path, labels, lines, names):
    folder = fill(tmp_path / "mine", labels=labels)
    (folder / "classes.txt").write_bytes(lines.encode())
    assert load("idx:mine", tmp_path).class_names == names


@pytest.mark.parametrize(
    "lines", ["one", "same\nsame", "a\n\nb", "", "a\nb\nc"]
)
def test_class_names_that_do_not_fit_are_refused(tmp_path, lines):
    folder = fill(tmp_path / "mine", labels=(4, 5))
    (folder / "classes.txt").write_text(lines)
    message = refusal("idx:mine", tmp_path)
    assert message.startswith(f"{folder / 'classes.txt'} does not name the 2")


def test_class_names_in_another_encoding_are_refused(tmp_path):
    folder = fill(tmp_path / "mine")
    (folder / "classes.txt").write_bytes("nära\nfjärran".encode("latin-1"))
    assert "expected UTF-8" in refusal("idx:mine", tmp_path)


def test_single_class_is_refused(tmp_path):
    fill(tmp_path / "mine", labels=(7,))
    assert "hold 1 class; expected 2 to 62" in refusal("idx:mine", tmp_path)


def test_sixty_two_classes_pass_and_sixty_three_do_not(tmp_path):
    fill(tmp_path / "most", train=62, test=62, labels=range(62))
    assert load("idx:most", tmp_path).num_classes == 62
    fill(tmp_path / "over", train=63, test=63, labels=range(63))
    assert "hold 63 classes; expected 2 to 62" in refusal("idx:over", tmp_path)


def test_class_without_training_images_is_refused(tmp_path):
    folder = fill(tmp_path / "mine")
    write(folder / f"t10k-{LABELS}", cycle(10, 0, 1, 5))
    message = refusal("idx:mine", tmp_path)
    assert "hold 5, which no training label has" in message


def test_class_without_test_images_is_mentioned(tmp_path):
    folder = fill(tmp_path / "mine", labels=(0, 1, 2))
    write(folder / f"t10k-{LABELS}", cycle(10, 0, 2))
    data = load("idx:mine", tmp_path)
    assert "For 1 of the classes there is no test image" in data.description
    assert data.num_classes == 3


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        ({"side": 16}, "scaled to 28×28 pixels by bilinear .* kept."),
        ({"side": 40, "width": 20}, "kept and padded with black."),
    ],
)
def test_scaling_is_said(tmp_path, size, sentence):
    fill(tmp_path / "mine", **size)
    data = load("idx:mine", tmp_path)
    assert data.train_images.shape == (20, 1, 28, 28)
    assert re.search(sentence, data.description)


def test_parts_of_different_size_are_refused(tmp_path):
    folder = fill(tmp_path / "mine")
    write(folder / f"t10k-{IMAGES}", draw(10, side=16))
    message = refusal("idx:mine", tmp_path)
    assert "training 28×28, test 16×16" in message


# The real MNIST

REAL = Path(os.environ.get("REPORT_DATA_DIR") or "nowhere")


@pytest.mark.skipif(
    not (paths.ROOT / REAL / mnist.FOLDER).is_dir(),
    reason="REPORT_DATA_DIR names no folder with MNIST",
)
def test_real_mnist_is_what_the_literature_describes():
    data = load("mnist", resolve_data_dir(str(REAL)))
    assert data.train_images.shape == (60_000, 1, 28, 28)
    assert data.test_images.shape == (10_000, 1, 28, 28)
    assert data.train_labels.bincount()[:2].tolist() == [5923, 6742]
    assert data.test_labels[:5].tolist() == [7, 2, 1, 0, 4]
    pixels = data.train_images.float() / 255
    assert pixels.mean().item() == pytest.approx(0.1307, abs=5e-5)
    assert pixels.std().item() == pytest.approx(0.3081, abs=5e-5)
    assert "70,000 digits" in data.description


def test_reordered_images_keep_their_labels():
    data = load("digits", Path())
    order = torch.arange(len(data.train_labels)).flip(0)
    turned = data.reordered(order)
    assert torch.equal(turned.train_images.flip(0), data.train_images)
    assert torch.equal(turned.train_labels.flip(0), data.train_labels)
    assert turned.test_images is data.test_images
    # what is known of the file's images is joined in the file's order
    half = torch.arange(len(order)).roll(5)
    twice = turned.reordered(half)
    assert not torch.equal(twice.train_labels, data.train_labels)
    assert torch.equal(twice.filed_train_labels, data.train_labels)
