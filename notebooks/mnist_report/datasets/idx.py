"""One idx file, plain or gzipped, read whole or refused."""

import gzip
import hashlib
import math
import zlib
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np
import torch
from torch import Tensor

from mnist_report.datasets.paths import shown
from mnist_report.errors import ReportError

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4"}
GZIP_MAGIC = b"\x1f\x8b"
REPLACE = (
    "Delete it and copy it again from its source "
    "(MNIST and its relatives are then downloaded afresh)."
)


class Idx(NamedTuple):
    """The content of one file and the digest of its plain bytes."""

    values: Tensor
    sha256: str


class Split(NamedTuple):
    """Images, labels and the digests of the files that held them."""

    images: Tensor  # uint8, (N, height, width)
    labels: Tensor  # int64, (N,)
    sha256: dict[str, str]


def sha256(content: bytes) -> str:
    """Return the digest that identifies the content."""
    return hashlib.sha256(content).hexdigest()


def digest(path: Path) -> str:
    """Return the digest of a file's plain bytes."""
    return sha256(_plain_bytes(path))


def locate(folder: Path, name: str) -> Path | None:
    """Return the file, plain or gzipped, where there is one."""
    candidates = (folder / name, folder / f"{name}.gz")
    return next((path for path in candidates if path.is_file()), None)


def read(path: Path, *dimensions: int) -> Idx:
    """Read an array that has one of the given numbers of dimensions."""
    content = _plain_bytes(path)
    magic = content[:4]
    if magic[:2] == GZIP_MAGIC:
        _refuse(path, "is gzip data without the ending .gz", "Rename it.")
    count = magic[3] if len(magic) == 4 else 0
    header = 4 + 4 * count
    if len(magic) < 4 or len(content) < header:
        _refuse(path, f"is truncated: {len(content)} bytes hold no idx header")
    known = magic[:2] == b"\0\0" and magic[2] in TYPES
    if not known or count not in dimensions:
        wanted = " or ".join(f"0x0000xx{n:02x}" for n in dimensions)
        _refuse(
            path,
            f"has the wrong magic number 0x{magic.hex()}; an idx file of "
            f"integers with {' or '.join(map(str, dimensions))} dimensions "
            f"starts with {wanted}",
        )
    shape = np.frombuffer(content, ">u4", count, offset=4).tolist()
    kind = np.dtype(TYPES[magic[2]])
    expected = header + math.prod(shape) * kind.itemsize
    if len(content) != expected:
        fault = (
            "is truncated"
            if len(content) < expected
            else "has bytes after its end"
        )
        size = "×".join(f"{n:,}" for n in shape)
        _refuse(
            path,
            f"{fault}: {len(content):,} bytes, but its header announces "
            f"{size} values, {expected:,} bytes",
        )
    if not math.prod(shape):
        _refuse(path, "is empty: its header announces no values")
    values = np.frombuffer(content, kind, offset=header).reshape(shape)
    return Idx(
        torch.from_numpy(values.astype(kind.newbyteorder("="))),
        sha256(content),
    )


def read_split(images_path: Path, labels_path: Path) -> Split:
    """Read images and their labels and match their numbers."""
    images, labels = read(images_path, 3), read(labels_path, 1, 2)
    if images.values.dtype != torch.uint8:
        _refuse(images_path, "does not hold bytes, one per pixel")
    if len(images.values) != len(labels.values):
        raise ReportError(
            f"{shown(images_path)} holds {len(images.values):,} images but "
            f"{shown(labels_path)} {len(labels.values):,} labels; expected "
            "one label for each image. Copy both files again from the same "
            "source."
        )
    # QMNIST keeps the class in the first of eight label columns.
    flat = labels.values if labels.values.ndim == 1 else labels.values[:, 0]
    digests = {
        path.name.removesuffix(".gz"): file.sha256
        for path, file in ((images_path, images), (labels_path, labels))
    }
    return Split(images.values, flat.long(), digests)


def _plain_bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except FileNotFoundError:
        _refuse(path, "is missing", "Put it there or choose another data set.")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        _refuse(path, f"is not a whole gzip file ({error})")
    except OSError as error:
        _refuse(path, f"cannot be read ({error.strerror})", "Mend its rights.")


def _refuse(path: Path, fault: str, advice: str = REPLACE) -> NoReturn:
    raise ReportError(f"{shown(path)} {fault}. {advice}") from None
