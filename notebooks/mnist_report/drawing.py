"""A reader's drawing as the data set's makers would have prepared it.

The HTML report does the same in templates/drawing.js, and a test compares the
two: what changes here changes there.
"""

import numpy as np
from PIL import Image

from mnist_report.errors import ReportError

SIDE = 28
BOX = 20  # a digit of MNIST fills such a square
WHITE = 255
FAINT = 16  # what stands out less from its paper is not ink
# of a picture's contrast: below the first all is paper, above both all ink
PAPER, RISE = 0.25, 0.5


def prepare(picture: np.ndarray, *, dark: bool = False) -> np.ndarray:
    """Place a drawing (H, W) as MNIST's makers did; both are uint8.

    The longer side of the ink's bounding box becomes 20 pixels; its centre
    of mass comes to the middle of 28×28 (LeCun et al., 1998). dark: whether
    the ink is dark on white paper, and not light on black.
    """
    ink = WHITE - picture if dark else picture
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        raise ReportError("Nothing is drawn.")
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (
        max(1, int(BOX * side / max(ink.shape) + 0.5)) for side in ink.shape
    )
    # antialiased where it becomes smaller
    scaled = Image.fromarray(ink.astype(np.float32)).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    ink = np.asarray(scaled)
    top, left = _start(ink.sum(axis=1)), _start(ink.sum(axis=0))
    placed = np.zeros((SIDE, SIDE), np.uint8)
    target = placed[top : top + height, left : left + width]
    target[:] = np.clip(ink + 0.5, 0, WHITE)
    return placed


def ink_of(picture: np.ndarray) -> np.ndarray:
    """Return the ink of a grey picture, 255 the strongest; both are uint8.

    Its paper is what most of its edge shows, light or dark. A photograph's
    shadows are weaker than its ink and are left out.
    """
    edge = (picture[0], picture[-1], picture[1:-1, 0], picture[1:-1, -1])
    edge = np.sort(np.concatenate(edge))
    paper = int(edge[len(edge) // 2])
    contrast = np.abs(picture.astype(int) - paper)
    strongest = contrast.max()
    if strongest < FAINT:
        return np.zeros_like(picture)
    ink = (contrast / strongest - PAPER) / RISE
    return (np.clip(ink, 0, 1) * WHITE + 0.5).astype(np.uint8)


def _start(weights: np.ndarray) -> int:
    """Return where ink begins so that its centre lies in the middle."""
    centre = weights @ np.arange(len(weights)) / weights.sum()
    start = int(np.ceil(SIDE / 2 - centre - 0.5))
    return min(max(start, 0), SIDE - len(weights))
