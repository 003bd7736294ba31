"""Images of any size made 28×28."""

import torch
import torch.nn.functional as F
from torch import Tensor

SIDE = 28
BOX = 20  # a digit of MNIST fills such a square
INK = 32  # what is darker in a scan counts as paper
BLOCK = 4096  # bounds the memory that the float copies take


def fit(images: Tensor) -> Tensor:
    """Scale to 28×28 as (N, 1, 28, 28), aspect kept, padded with zeros."""
    height, width = images.shape[1:]
    if height == width == SIDE:
        return images[:, None]
    longer = max(height, width)
    size = [max(1, round(SIDE * n / longer)) for n in (height, width)]
    top, left = ((SIDE - n) // 2 for n in size)
    fitted = torch.zeros(len(images), 1, SIDE, SIDE, dtype=torch.uint8)
    inner = fitted[:, :, top : top + size[0], left : left + size[1]]
    for start in range(0, len(images), BLOCK):
        block = images[start : start + BLOCK, None].float()
        # Antialiasing acts only where an image is made smaller.
        block = F.interpolate(block, size, mode="bilinear", antialias=True)
        inner[start : start + BLOCK] = block.round().clamp(0, 255).byte()
    return fitted


def as_mnist(images: Tensor) -> Tensor:
    """Place the ink of images (N, H, W) as MNIST's makers did.

    The longer side of the ink's bounding box becomes 20 pixels; its centre
    of mass comes to the middle of 28×28 (LeCun et al., 1998).
    """
    placed = torch.zeros(len(images), SIDE, SIDE, dtype=torch.uint8)
    for image, target in zip(images, placed, strict=True):
        rows, columns = torch.nonzero(image > INK, as_tuple=True)
        if not len(rows):
            continue
        ink = image[
            rows.min() : rows.max() + 1, columns.min() : columns.max() + 1
        ].float()
        longer = max(ink.shape)
        size = [max(1, round(BOX * n / longer)) for n in ink.shape]
        ink = F.interpolate(
            ink[None, None], size, mode="bilinear", antialias=True
        )[0, 0]
        top = _place(ink.sum(dim=1), size[0])
        left = _place(ink.sum(dim=0), size[1])
        target[top : top + size[0], left : left + size[1]] = (
            ink.round().clamp(0, 255).byte()
        )
    return placed


def _place(weights: Tensor, size: int) -> int:
    """Return where the ink begins so that its centre lies in the middle."""
    centre = (weights * torch.arange(size)).sum() / weights.sum()
    return min(max(round(SIDE / 2 - centre.item()), 0), SIDE - size)
