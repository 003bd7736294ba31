"""MNIST, its published digests, and what stands in for it."""

from collections.abc import Callable
from pathlib import Path

from mnist_report.datasets import digits, download, idx
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.paths import origin, shown
from mnist_report.datasets.scaling import fit
from mnist_report.errors import ReportError

FOLDER = Path("MNIST", "raw")
# Of the uncompressed files of http://yann.lecun.com/exdb/mnist/, whose
# gzip archives torchvision checks by MD5.
SHA256 = {
    "train-images-idx3-ubyte": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
    ),
    "train-labels-idx1-ubyte": (
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
    ),
    "t10k-images-idx3-ubyte": (
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
    ),
    "t10k-labels-idx1-ubyte": (
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
    ),
}


def load(data_dir: Path, say: Callable[[str], None]) -> Dataset:
    """Return MNIST, downloaded where it is missing, or stop."""
    missing = _missing(data_dir)
    if missing:
        try:
            _download(data_dir, say)
        except download.Unavailable as error:
            raise ReportError(
                f"MNIST is not in {shown(data_dir / FOLDER)} (missing: "
                f"{', '.join(missing)}) and cannot be downloaded: {error}. "
                "Connect to the network, copy the four files there, set "
                "data_dir to a folder that has them, or choose "
                "dataset = 'auto' or 'digits'."
            ) from None
    return _read(data_dir)


def load_or_stand_in(data_dir: Path, say: Callable[[str], None]) -> Dataset:
    """Return MNIST, or the embedded digits where it cannot be had."""
    missing = _missing(data_dir)
    if missing:
        try:
            _download(data_dir, say)
        except download.Unavailable as error:
            stand_in = digits.load(_notice(data_dir, missing, error))
            say(stand_in.notice.replace("**", "").replace("`", ""))
            return stand_in
    return _read(data_dir)


def _missing(data_dir: Path) -> list[str]:
    """Return the files to get, once those present have been checked."""
    found = {name: idx.locate(data_dir / FOLDER, name) for name in SHA256}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        for name, path in found.items():
            if path is not None:
                _check(path, name, idx.read(path, 1, 3).sha256)
    return missing


def _download(data_dir: Path, say: Callable[[str], None]) -> None:
    from torchvision.datasets import MNIST

    first = MNIST.resources[0][0]
    download.fetch(
        "MNIST",
        data_dir,
        [f"{mirror}{first}" for mirror in MNIST.mirrors],
        lambda folder: MNIST(folder, download=True),
        say,
    )


def _read(data_dir: Path) -> Dataset:
    folder = data_dir / FOLDER
    train, test = (
        idx.read_split(
            *(
                idx.locate(folder, f"{part}-{kind}")
                or folder / f"{part}-{kind}"
                for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")
            )
        )
        for part in ("train", "t10k")
    )
    sha256 = train.sha256 | test.sha256
    for name, digest in sha256.items():
        _check(idx.locate(folder, name), name, digest)
    return Dataset(
        key="mnist",
        title="MNIST",
        train_images=fit(train.images),
        train_labels=train.labels,
        test_images=fit(test.images),
        test_labels=test.labels,
        class_names=tuple(str(digit) for digit in range(10)),
        description=(
            "MNIST [@lecun1994mnist; @lecun1998gradient] is a collection of "
            f"{len(train.images) + len(test.images):,} digits from the "
            "forms that American census staff and high-school students "
            f"filled in for NIST, split into {len(train.images):,} training "
            f"and {len(test.images):,} test images. Each digit was scaled, "
            "aspect kept, to fit a box of 20×20 pixels and placed with its "
            f"centre of mass at the centre of {train.images.shape[1]}×"
            f"{train.images.shape[2]} pixels [@lecun1998gradient]; the scans "
            "were black and white, and the grey levels come from "
            "anti-aliasing. The training images are by 539 writers and the "
            "test images by 297 others, as the recovered NIST labels show; "
            "the same work found that rounding moved the digits by half a "
            "pixel [@yadav2019cold]. The collection was made in 1994 and "
            "mixes NIST's digits for training, by the staff, with those for "
            "testing, by the students, since the former are cleaner and "
            "easier to read [@lecun1994mnist]. Statements of its licence "
            "disagree: MIT on one copy [@hf_mnist], CC BY-SA 3.0 in "
            "[Keras's documentation](https://keras.io/api/datasets/mnist/)."
        ),
        citation="lecun1994mnist",
        source=origin(folder, data_dir),
        sha256=sha256,
    )


def _check(path: Path, name: str, digest: str) -> None:
    if digest != SHA256[name]:
        raise ReportError(
            f"{shown(path)} is not MNIST's {name}, or it is damaged: its "
            f"SHA-256 is {digest}, expected {SHA256[name]}. Delete it, so "
            "that it is downloaded afresh, or copy it again from its source."
        )


def _notice(data_dir: Path, missing: list[str], error: Exception) -> str:
    names = ", ".join(f"`{name}`" for name in missing)
    return (
        f"**MNIST was not available; scikit-learn's embedded digits stand "
        f"in for it.** Missing in `{shown(data_dir / FOLDER)}`: {names}; "
        f"the download failed as well: {error}. The images are fewer and "
        "coarser than MNIST's, so nothing that this run measured is a "
        "result on MNIST."
    )
