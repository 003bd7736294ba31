"""A pad to draw on, read by each method that the run has fitted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from anywidget import AnyWidget
from torch import nn
from traitlets import Bytes, Dict

from mnist_report import drawing
from mnist_report.calibration import softmax
from mnist_report.comparison import (
    ENSEMBLE,
    NAMES,
    NETWORK,
    Comparison,
    Reader,
)
from mnist_report.errors import ReportError
from mnist_report.pairs import YARDSTICK

from . import assets

VOTING = ("knn", "knn-pca")
STAGES_SHOWN = 2


class Pad(AnyWidget):
    """Paper whose drawing each method reads.

    reading: what the methods answer, and what maps `pixels` holds, one after
    the other; number: counts the readings, that like ones are told apart.
    """

    _esm = assets.script("pad.js")
    _css = assets.STYLE
    reading = Dict().tag(sync=True)
    pixels = Bytes().tag(sync=True)

    def __init__(self, compared: Comparison, names: Sequence[str]) -> None:
        super().__init__()
        self.compared = compared
        self.names = names
        self.number = 0
        self.on_msg(self._take)

    @cached_property
    def readers(self) -> dict[str, Reader]:
        """Return what reads images, made once there is something to read."""
        return self.compared.readers(self.compared.names)

    def read(self, ink: np.ndarray) -> None:
        """Show what each method makes of the ink (height, width), uint8."""
        image = drawing.prepare(ink)
        network = self.compared.networks[0]
        images = torch.from_numpy(image)[None, None]
        images = images.to(next(network.parameters()).device)
        maps = [Maps("What the methods see", image[None])]
        maps += feature_maps(self.compared, images)
        with self.hold_sync():
            self.pixels = b"".join(each.values.tobytes() for each in maps)
            self.reading = {
                "number": self.number,
                "answers": [
                    self._answer(name, read(images))
                    for name, read in self.readers.items()
                ],
                "maps": [each.about() for each in maps],
            }

    def _answer(self, name: str, scores: np.ndarray) -> dict[str, Any]:
        """Return a method's answer and how sure of it the method is."""
        best, second = scores[0].argsort()[::-1][:2]
        share = None
        if name in (NETWORK, ENSEMBLE):
            share = softmax(self.compared.log_scores(name, scores))[0, best]
            confidence = f"{share:.1%}"
        elif name in VOTING:
            share = scores[0, best]
            confidence = f"{share:.0%} of the votes"
        elif name == YARDSTICK:
            confidence = "whatever is drawn"
        else:
            lead = scores[0, best] - scores[0, second]
            confidence = f"scored {lead:.2f} above {self.names[second]}"
        return {
            "method": NAMES[name],
            "answer": str(self.names[best]),
            "share": None if share is None else float(share),
            "confidence": confidence.replace("%", " %"),
        }

    def _take(self, _: Any, area: dict, buffers: list) -> None:
        self.number += 1
        levels = np.frombuffer(buffers[0], np.uint8)
        levels = levels.reshape(area["height"], area["width"])
        try:
            self.read(
                drawing.ink_of(levels)
                if area["uploaded"]
                else drawing.WHITE - levels
            )
        except ReportError as error:
            self.reading = {"number": self.number, "message": str(error)}


class Maps(NamedTuple):
    """Square maps (count, side, side), uint8, 255 the strongest."""

    title: str
    values: np.ndarray

    def about(self) -> dict[str, Any]:
        """Return what is needed to draw them from bytes."""
        count, side, _ = self.values.shape
        return {"title": self.title, "count": count, "side": side}


def feature_maps(compared: Comparison, images: torch.Tensor) -> Iterator[Maps]:
    """Yield how the network's first convolutions respond to an image."""
    network, shown, channels = compared.networks[0], 0, 0
    for index, layer in enumerate(network):
        channels = getattr(layer, "out_channels", channels)
        if isinstance(layer, nn.Flatten) or shown == STAGES_SHOWN:
            return
        if isinstance(layer, nn.ReLU):
            shown += 1
            # reading gives rows of numbers
            body = nn.Sequential(*network[: index + 1], nn.Flatten()).eval()
            found = compared.read(body, images)[0].cpu().numpy()
            side = math.isqrt(len(found) // channels)
            shades = 255 * found / max(found.max(), 1e-9)
            title = f"What convolution {shown} responds to"
            yield Maps(
                title, shades.astype(np.uint8).reshape(channels, side, side)
            )


def show(compared: Comparison, names: Sequence[str]) -> None:
    """Show a new pad for methods that were fitted."""
    assets.show(Pad(compared, names), "A pad to draw on.")
