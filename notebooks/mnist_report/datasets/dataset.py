"""The images, their labels, and what the report may say of them."""

from dataclasses import dataclass, replace
from typing import Self

from torch import Tensor


# Tensors have no truth value, so data sets are compared by identity.
@dataclass(frozen=True, eq=False)
class Dataset:
    """Training and test images with their labels and their origin."""

    key: str  # the resolved name: "mnist", "digits", "idx:Semeion"
    title: str  # the name in a sentence
    train_images: Tensor  # uint8, (N, 1, 28, 28)
    train_labels: Tensor  # int64, (N,), 0 to classes - 1
    test_images: Tensor
    test_labels: Tensor
    class_names: tuple[str, ...]
    description: str  # Markdown, with citations
    citation: str | None  # a key of references.bib
    source: str  # where the files lie
    sha256: dict[str, str]  # per file, of its uncompressed content
    notice: str | None = None  # Markdown, when digits stand in for MNIST
    order: Tensor | None = None  # of the training images, if not the file's

    @property
    def is_mnist(self) -> bool:
        """Tell whether facts known of MNIST hold."""
        return self.key == "mnist"

    @property
    def num_classes(self) -> int:
        """Return the number of classes."""
        return len(self.class_names)

    def reordered(self, order: Tensor) -> Self:
        """Return the data set with its training images in this order."""
        return replace(
            self,
            train_images=self.train_images[order],
            train_labels=self.train_labels[order],
            order=order if self.order is None else self.order[order],
        )

    @property
    def filed_train_labels(self) -> Tensor:
        """Return the training labels in the order of their file."""
        if self.order is None:
            return self.train_labels
        return self.train_labels[self.order.argsort()]
