"""Test images made harder, step by step, and who still reads them.

In the spirit of MNIST-C (Mu and Gilmer, 2019), at strengths with units.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn import functional as F

WHITE = 255
# a Gaussian beyond this many standard deviations adds nothing visible
REACH = 3

Predict = Callable[[Tensor], Tensor | np.ndarray]
Run = Callable[[Callable, Sequence], Iterable]


@dataclass(frozen=True)
class Corruption:
    """One way to make images harder, at evenly spaced strengths."""

    label: str
    """What is done, for axes and tables."""
    unit: str
    """What the strengths count."""
    strengths: tuple[float, ...]
    """From weak to strong; an unchanged image, strength 0, comes before."""
    apply: Callable[[Tensor, float, Generator], Tensor]
    """Change float32 images (N, 1, H, W) of 0 to 255 with a strength."""

    @property
    def steps(self) -> tuple[float, ...]:
        """Return the strengths with 0 before them."""
        return (0.0, *self.strengths)


def rotate(images: Tensor, degrees: float, generator: Generator) -> Tensor:
    """Turn each image about its centre, by the angle either way."""
    either_way = 2 * torch.randint(2, (len(images),), generator=generator) - 1
    angle = torch.deg2rad(degrees * either_way.float())
    cos, sin, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
    rows = torch.stack([cos, -sin, zero, sin, cos, zero], dim=1)
    grid = F.affine_grid(
        rows.view(-1, 2, 3), list(images.shape), align_corners=False
    )
    return F.grid_sample(images, grid, align_corners=False)


def translate(images: Tensor, pixels: float, generator: Generator) -> Tensor:
    """Move each image by whole pixels left, right, up or down."""
    way = torch.randint(4, (len(images),), generator=generator)
    moved, far = torch.zeros_like(images), int(pixels)
    for direction, (dim, forwards) in enumerate(
        [(2, True), (2, False), (3, True), (3, False)]
    ):
        chosen = way == direction
        kept = images.shape[dim] - far
        source, target = (0, far) if forwards else (far, 0)
        part = torch.zeros_like(images[chosen])
        part.narrow(dim, target, kept).copy_(
            images[chosen].narrow(dim, source, kept)
        )
        moved[chosen] = part
    return moved


def add_noise(images: Tensor, sd: float, generator: Generator) -> Tensor:
    """Add Gaussian noise to each pixel."""
    return images + sd * torch.randn(images.shape, generator=generator)


def blur(images: Tensor, sd: float, generator: Generator) -> Tensor:
    """Smooth with a Gaussian; outside an image there is no ink."""
    reach = int(np.ceil(REACH * sd))
    places = torch.arange(-reach, reach + 1, dtype=torch.float32)
    weights = torch.exp(-((places / sd) ** 2) / 2)
    weights /= weights.sum()
    across = F.conv2d(images, weights.view(1, 1, 1, -1), padding=(0, reach))
    return F.conv2d(across, weights.view(1, 1, -1, 1), padding=(reach, 0))


def fade(images: Tensor, percent: float, generator: Generator) -> Tensor:
    """Draw each pixel towards its image's mean."""
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return mean + (1 - percent / 100) * (images - mean)


def occlude(images: Tensor, pixels: float, generator: Generator) -> Tensor:
    """Blank a square of each image; a larger one holds a smaller one."""
    count, _, height, width = images.shape
    top, left = torch.rand((2, count, 1), generator=generator)
    top = (top * (height - pixels + 1)).floor()
    left = (left * (width - pixels + 1)).floor()
    down, across = torch.arange(height), torch.arange(width)
    rows = (down >= top) & (down < top + pixels)
    columns = (across >= left) & (across < left + pixels)
    hidden = rows[:, :, None] & columns[:, None, :]
    return images.masked_fill(hidden[:, None], 0)


CORRUPTIONS: dict[str, Corruption] = {
    "rotation": Corruption(
        "Rotation", "degrees", (10, 20, 30, 40, 50), rotate
    ),
    "translation": Corruption(
        "Translation", "pixels", (1, 2, 3, 4, 5), translate
    ),
    "noise": Corruption(
        "Noise", "SD in grey levels", (20, 40, 60, 80, 100), add_noise
    ),
    "blur": Corruption("Blur", "SD in pixels", (0.5, 1, 1.5, 2, 2.5), blur),
    "contrast": Corruption(
        "Contrast", "% taken away", (18, 36, 54, 72, 90), fade
    ),
    "occlusion": Corruption(
        "Occlusion", "side in pixels", (3, 6, 9, 12, 15), occlude
    ),
}


def corrupt(images: Tensor, name: str, strength: float, seed: int) -> Tensor:
    """Return uint8 images (N, 1, H, W) corrupted at a strength.

    The same seed draws the same directions, places and noise at every
    strength, so that strengths differ by nothing else; 0 changes nothing.
    """
    if strength == 0:
        return images.clone()
    # each corruption has draws of its own
    generator = Generator().manual_seed(zlib.crc32(f"{name} {seed}".encode()))
    changed = CORRUPTIONS[name].apply(images.float(), strength, generator)
    return changed.round_().clamp_(0, WHITE).to(torch.uint8)


def errors_under_corruption(
    predict: Mapping[str, Predict],
    images: Tensor,
    labels: Tensor | np.ndarray,
    seed: int,
    run: Run = map,
) -> np.ndarray:
    """Return who is wrong: (methods, corruptions, strengths, images) bools.

    predict: for each method, from uint8 images (N, 1, H, W) to labels (N,);
    run: applies a function to jobs, like map, and may do so in parallel.
    All methods see the same corrupted images; the first strength is 0.
    """
    truth = np.asarray(labels)

    def wrong(job: tuple[str, str, float]) -> np.ndarray:
        method, name, strength = job
        seen = corrupt(images, name, strength, seed)
        return np.asarray(predict[method](seen)) != truth

    names = list(CORRUPTIONS)
    # unchanged images are the same for each corruption
    steps = [(names[0], 0.0)] + [
        (name, strength)
        for name in names
        for strength in CORRUPTIONS[name].strengths
    ]
    jobs = [(method, *step) for method in predict for step in steps]
    found = np.array(list(run(wrong, jobs)))
    found = found.reshape(len(predict), len(steps), len(truth))
    changed = found[:, 1:].reshape(len(predict), len(names), -1, len(truth))
    unchanged = np.repeat(found[:, None, :1], len(names), axis=1)
    return np.concatenate([unchanged, changed], axis=2)


def area_under_curve(error_rates: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return the mean error over evenly spaced strengths (trapezoids).

    error_rates: (…, strengths), from strength 0 on. A method that errs at
    one rate throughout has that rate as its area.
    """
    rates = np.asarray(error_rates, dtype=float)
    return np.trapezoid(rates, axis=-1) / (rates.shape[-1] - 1)
