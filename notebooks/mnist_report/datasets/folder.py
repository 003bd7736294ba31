"""Any folder of idx files as a data set."""

from pathlib import Path
from typing import NoReturn

import torch
from torch import Tensor

from mnist_report.datasets import idx
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.idx import Split
from mnist_report.datasets.paths import ROOT, origin, shown
from mnist_report.datasets.scaling import SIDE, fit
from mnist_report.errors import ReportError

PREFIX = "idx:"
CLASSES_FILE = "classes.txt"
MOST_CLASSES = 62  # digits, capital and small letters
TEST_SHARE = 5  # one image in five
SPLIT_SEED = 0
IMAGES, LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"


def load(name: str, data_dir: Path) -> Dataset:
    """Return the data set in the folder that the name gives."""
    folder = _find(name, data_dir)
    train, test, division = _splits(folder)
    values = _values(folder, train.labels, test.labels)
    codes = torch.tensor(values)
    class_names = _class_names(folder, values)
    return Dataset(
        key=name,
        title=folder.resolve().name,
        train_images=fit(train.images),
        train_labels=torch.searchsorted(codes, train.labels),
        test_images=fit(test.images),
        test_labels=torch.searchsorted(codes, test.labels),
        class_names=class_names,
        description=_description(folder, train, test, class_names, division),
        citation=None,
        source=origin(folder, data_dir),
        sha256=train.sha256 | test.sha256,
    )


def _find(name: str, data_dir: Path) -> Path:
    given = Path(name.removeprefix(PREFIX)).expanduser()
    if not name.removeprefix(PREFIX):
        raise ReportError(
            "dataset = 'idx:' names no folder; expected idx:<folder>, for "
            "instance idx:Semeion."
        )
    # An absolute folder swallows the one before it.
    candidates = list(dict.fromkeys((data_dir / given, ROOT / given)))
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise ReportError(
        f"There is no folder for dataset '{name}': looked for "
        f"{' and '.join(shown(folder) for folder in candidates)}. Put the "
        "idx files there or correct the name."
    )


def _splits(folder: Path) -> tuple[Split, Split, str]:
    """Return training part, test part and how they came about."""
    pairs = _pair(folder, "train"), _pair(folder, "t10k")
    whole = _pair(folder, "all")
    if all(pairs):
        train, test = (idx.read_split(*pair) for pair in pairs)
        sizes = [tuple(part.images.shape[1:]) for part in (train, test)]
        if sizes[0] != sizes[1]:
            raise ReportError(
                f"The images in {shown(folder)} differ in size: training "
                f"{sizes[0][0]}×{sizes[0][1]}, test {sizes[1][0]}×"
                f"{sizes[1][1]}; expected one size. Make both alike."
            )
        return train, test, "They came divided into these two parts."
    if whole and not any(pairs):
        return *_divide(idx.read_split(*whole), folder), (
            f"They came undivided: one image in {TEST_SHARE} of each class, "
            f"drawn with the fixed seed {SPLIT_SEED}, was set aside for "
            "testing."
        )
    return _refuse_names(folder)


def _pair(folder: Path, stem: str) -> tuple[Path, Path] | None:
    """Return the stem's images and labels; half a pair is refused."""
    names = [f"{stem}-{kind}" for kind in (IMAGES, LABELS)]
    paths = [idx.locate(folder, name) for name in names]
    if all(paths):
        return paths[0], paths[1]
    if any(paths):
        missing = next(n for n, p in zip(names, paths, strict=True) if not p)
        raise ReportError(
            f"{shown(folder / missing)} is missing, plain or with the ending "
            ".gz, though its counterpart is there. Put it there too."
        )
    return None


def _refuse_names(folder: Path) -> NoReturn:
    found = sorted(path.name for path in folder.iterdir())
    raise ReportError(
        f"{shown(folder)} holds no whole data set: expected train-{IMAGES}, "
        f"train-{LABELS}, t10k-{IMAGES} and t10k-{LABELS}, or all-{IMAGES} "
        f"and all-{LABELS}, plain or with the ending .gz; found "
        f"{', '.join(found[:8]) or 'nothing'}"
        f"{' …' if len(found) > 8 else ''}. Name the files so."
    )


def _divide(split: Split, folder: Path) -> tuple[Split, Split]:
    generator = torch.Generator().manual_seed(SPLIT_SEED)
    held_out = torch.zeros(len(split.labels), dtype=torch.bool)
    for value in split.labels.unique():
        members = (split.labels == value).nonzero().flatten()
        if len(members) < 2:
            raise ReportError(
                f"Label {value} has one image only in {shown(folder)}; "
                "expected at least two, one to train on and one to test on. "
                "Add images or leave the class out."
            )
        count = max(1, round(len(members) / TEST_SHARE))
        order = torch.randperm(len(members), generator=generator)
        held_out[members[order[:count]]] = True
    return tuple(
        Split(split.images[chosen], split.labels[chosen], split.sha256)
        for chosen in (~held_out, held_out)
    )


def _values(folder: Path, train: Tensor, test: Tensor) -> list[int]:
    """Return the label values that stand for classes."""
    values = train.unique().tolist()
    unseen = sorted(set(test.unique().tolist()) - set(values))
    if unseen:
        raise ReportError(
            f"The test labels in {shown(folder)} hold "
            f"{', '.join(map(str, unseen))}, which no training label has; "
            "expected every class in the training set. Add training images "
            "or leave the class out."
        )
    if not 2 <= len(values) <= MOST_CLASSES:
        raise ReportError(
            f"The labels in {shown(folder)} hold {len(values)} "
            f"class{'' if len(values) == 1 else 'es'}; expected 2 to "
            f"{MOST_CLASSES}. Check that they are class labels."
        )
    return values


def _class_names(folder: Path, values: list[int]) -> tuple[str, ...]:
    path = folder / CLASSES_FILE
    if not path.is_file():
        return tuple(map(str, values))
    try:
        names = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(
            f"{shown(path)} cannot be read ({error}); expected UTF-8 text, "
            "one class name per line."
        ) from None
    names = [name.strip() for name in names]
    while names and not names[-1]:
        names.pop()
    if len(names) != len(values) and 0 <= values[0] <= values[-1] < len(names):
        names = [names[value] for value in values]  # a line per label value
    if len(names) != len(values) or len(set(names) - {""}) != len(values):
        raise ReportError(
            f"{shown(path)} does not name the {len(values)} classes: it has "
            f"{len(names)} lines, {len(set(names) - {''})} of them different; "
            "expected one name for each label in ascending order, or one "
            f"for each value from 0 to {values[-1]}."
        )
    return tuple(names)


def _description(
    folder: Path,
    train: Split,
    test: Split,
    class_names: tuple[str, ...],
    division: str,
) -> str:
    height, width = train.images.shape[1:]
    sentences = [
        f"The data set `{folder.resolve().name}` is a folder of idx files "
        f"with {len(train.images) + len(test.images):,} images of "
        f"{height}×{width} pixels in {len(class_names)} classes, "
        f"{len(train.images):,} for training and {len(test.images):,} for "
        "testing.",
        division,
    ]
    if (height, width) != (SIDE, SIDE):
        padded = " and padded with black" if height != width else ""
        sentences.append(
            f"For this report they were scaled to {SIDE}×{SIDE} pixels by "
            f"bilinear interpolation, their aspect kept{padded}."
        )
    untested = len(class_names) - len(test.labels.unique())
    if untested:
        sentences.append(
            f"For {untested} of the classes there is no test image."
        )
    return " ".join(sentences)
