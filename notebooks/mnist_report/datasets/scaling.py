"""Images of any size made 28×28."""

import torch
import torch.nn.functional as F
from torch import Tensor

SIDE = 28
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
