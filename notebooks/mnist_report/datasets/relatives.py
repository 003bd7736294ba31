"""MNIST's relatives, as torchvision downloads and stores them."""

import string
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from mnist_report.datasets import download, idx
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.idx import Split
from mnist_report.datasets.paths import origin, shown
from mnist_report.datasets.scaling import SIDE, fit
from mnist_report.errors import ReportError

PARTS = ("train", "test")
DIGITS = tuple(string.digits)
LETTERS = tuple(string.ascii_uppercase)
# In the order of EMNIST's labels: a small letter stands alone only where
# its shape differs enough from the capital's.
BALANCED = (*DIGITS, *LETTERS, *"abdefghnqrt")
KUZUSHIJI = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)


@dataclass(frozen=True)
class Relative:
    """One set: torchvision's class, its files, what is known of it."""

    title: str
    class_name: str  # in torchvision.datasets
    files: tuple[str, ...]  # training images, labels; test images, labels
    class_names: tuple[str, ...]
    text: str  # description, to be filled with the counts
    citation: str | None = None
    folder: str = ""
    options: dict[str, str] = field(default_factory=dict)
    first_label: int = 0
    transposed: bool = False


def _mnist_like(class_name: str, **facts) -> Relative:
    files = tuple(
        f"{part}-{kind}"
        for part in ("train", "t10k")
        for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")
    )
    return Relative(
        class_name=class_name, folder=f"{class_name}/raw", files=files, **facts
    )


def _emnist(split: str, **facts) -> Relative:
    files = tuple(
        f"emnist-{split}-{part}-{kind}"
        for part in PARTS
        for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")
    )
    facts["text"] += (
        " The images come from the same collection of NIST forms as "
        "MNIST's but were prepared differently. They are stored transposed "
        "and were set upright for this report."
    )
    return Relative(
        title=f"EMNIST {split.title()}",
        class_name="EMNIST",
        folder="EMNIST/raw",
        files=files,
        options={"split": split},
        citation="cohen2017emnist",
        transposed=True,
        **facts,
    )


RELATIVES = {
    "emnist-digits": _emnist(
        "digits",
        class_names=DIGITS,
        text="EMNIST Digits [@cohen2017emnist] holds {all:,} handwritten "
        "digits, {train:,} for training and {test:,} for testing.",
    ),
    "emnist-letters": _emnist(
        "letters",
        class_names=LETTERS,
        first_label=1,
        text="EMNIST Letters [@cohen2017emnist] holds {all:,} handwritten "
        "letters, {train:,} for training and {test:,} for testing, in "
        "{classes} classes: capital and small form of a letter count as "
        "one class, named here by the capital.",
    ),
    "emnist-balanced": _emnist(
        "balanced",
        class_names=BALANCED,
        text="EMNIST Balanced [@cohen2017emnist] holds {all:,} handwritten "
        "digits and letters, {train:,} for training and {test:,} for "
        "testing, in {classes} classes. A small letter whose shape is much "
        "like the capital's shares the capital's class.",
    ),
    "kmnist": _mnist_like(
        "KMNIST",
        title="Kuzushiji-MNIST",
        class_names=KUZUSHIJI,
        citation="clanuwat2018deep",
        text="Kuzushiji-MNIST [@clanuwat2018deep] holds {all:,} images of "
        "{classes} characters in cursive Japanese script, {train:,} for "
        "training and {test:,} for testing. It shares MNIST's format but "
        "holds no digits; its classes are named by their sounds.",
    ),
    "qmnist": Relative(
        title="QMNIST",
        class_name="QMNIST",
        folder="QMNIST/raw",
        files=tuple(
            f"qmnist-{part}-{kind}"
            for part in PARTS
            for kind in ("images-idx3-ubyte", "labels-idx2-int")
        ),
        class_names=DIGITS,
        citation="yadav2019cold",
        text="QMNIST [@yadav2019cold] rebuilds MNIST from the NIST forms: "
        "{train:,} training images that correspond to MNIST's and {test:,} "
        "test images, of which the first 10,000 correspond to MNIST's test "
        "set and the others had been lost.",
    ),
    "fashion-mnist": _mnist_like(
        "FashionMNIST",
        title="Fashion-MNIST",
        class_names=CLOTHES,
        text="[Fashion-MNIST](https://arxiv.org/abs/1708.07747) holds "
        "{all:,} grey images of Zalando's articles of clothing in "
        "{classes} classes, {train:,} for training and {test:,} for "
        "testing. It shares MNIST's format but holds no handwriting.",
    ),
    "usps": Relative(
        title="USPS",
        class_name="USPS",
        files=("usps.bz2", "usps.t.bz2"),
        class_names=DIGITS,
        text="[USPS](https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/"
        "datasets/multiclass.html#usps) holds {all:,} handwritten digits "
        "gathered for the United States Postal Service, {train:,} for "
        "training and {test:,} for testing. Its images have "
        "{height}×{width} pixels and were scaled for this report to "
        f"{SIDE}×{SIDE} by bilinear interpolation.",
    ),
}
NAMES = tuple(RELATIVES)


def load(name: str, data_dir: Path, say: Callable[[str], None]) -> Dataset:
    """Return the named set, downloaded where it is missing."""
    relative = RELATIVES[name]
    folder = data_dir / relative.folder
    _complete(relative, folder, data_dir, say)
    if relative.class_name == "USPS":
        splits = [_usps(folder, part) for part in PARTS]
    else:
        images_labels = [idx.locate(folder, file) for file in relative.files]
        splits = [
            idx.read_split(*images_labels[:2]),
            idx.read_split(*images_labels[2:]),
        ]
    (train_images, train_labels), (test_images, test_labels) = (
        _prepare(relative, folder, split) for split in splits
    )
    height, width = splits[0].images.shape[1:]
    return Dataset(
        key=name,
        title=relative.title,
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        class_names=relative.class_names,
        description=relative.text.format(
            all=len(train_images) + len(test_images),
            train=len(train_images),
            test=len(test_images),
            classes=len(relative.class_names),
            height=height,
            width=width,
        ),
        citation=relative.citation,
        source=origin(folder, data_dir),
        sha256=splits[0].sha256 | splits[1].sha256,
    )


def _prepare(
    relative: Relative, folder: Path, split: Split
) -> tuple[Tensor, Tensor]:
    labels = split.labels - relative.first_label
    classes = len(relative.class_names)
    if labels.min() < 0 or labels.max() >= classes:
        raise ReportError(
            f"The labels {', '.join(split.sha256)} in {shown(folder)} run "
            f"from {split.labels.min()} to {split.labels.max()}; expected "
            f"{relative.first_label} to {relative.first_label + classes - 1}. "
            f"Delete the files, so that {relative.title} is downloaded afresh."
        )
    images = split.images
    if relative.transposed:
        images = images.transpose(1, 2).contiguous()
    return fit(images), labels


def _complete(
    relative: Relative,
    folder: Path,
    data_dir: Path,
    say: Callable[[str], None],
) -> None:
    """Download what is missing, or say what is."""
    if not _missing(relative, folder):
        return
    import torchvision.datasets

    torchvision_class = getattr(torchvision.datasets, relative.class_name)

    def build(aside: str) -> None:
        for train in (True, False):
            torchvision_class(
                aside, train=train, download=True, **relative.options
            )

    reason = "the download did not hold them"
    try:
        download.fetch(
            relative.title, data_dir, _urls(torchvision_class), build, say
        )
    except download.Unavailable as error:
        reason = f"it cannot be downloaded: {error}"
    missing = _missing(relative, folder)
    if missing:
        raise ReportError(
            f"{relative.title} is not whole in {shown(folder)} (missing: "
            f"{', '.join(missing)}), and {reason}. Connect to the network, "
            "copy the missing files there, or choose another dataset."
        )


def _missing(relative: Relative, folder: Path) -> list[str]:
    return [f for f in relative.files if idx.locate(folder, f) is None]


def _urls(torchvision_class) -> list[str]:
    name = torchvision_class.__name__
    if name == "EMNIST":
        return [torchvision_class.url]
    if name == "QMNIST":
        return [torchvision_class.resources["train"][0][0]]
    if name == "USPS":
        return [torchvision_class.split_list["train"][0]]
    first = torchvision_class.resources[0][0]
    return [f"{mirror}{first}" for mirror in torchvision_class.mirrors]


def _usps(folder: Path, part: str) -> Split:
    from torchvision.datasets import USPS
    from torchvision.datasets.utils import check_integrity

    _, file, md5 = USPS.split_list[part]
    path = folder / file
    if not check_integrity(path, md5):
        raise ReportError(
            f"{shown(path)} is damaged: its MD5 is not the published {md5}. "
            "Delete it, so that it is downloaded afresh."
        )
    usps = USPS(folder, train=part == "train")
    return Split(
        torch.from_numpy(usps.data),
        torch.tensor(usps.targets),
        {file: idx.sha256(path.read_bytes())},
    )
