"""Turn an ONNX model of float32 into one of int8.

A script, run in a process of its own, which ends with all the memory that
quantisation takes: MODEL IMAGES OUTPUT, and the images' shape as JSON.
"""

import json
import logging
import sys

import numpy as np
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

BATCH = 100


class Batches(CalibrationDataReader):
    """The images from which the ranges of all activations are taken."""

    def __init__(self, images: np.ndarray) -> None:
        self.batches = iter(np.array_split(images, -(-len(images) // BATCH)))

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Return the next batch, or nothing after the last."""
        batch = next(self.batches, None)
        return None if batch is None else {"images": batch}


def main(model: str, images: str, output: str, shape: str) -> None:
    """Write the quantised model."""
    logging.disable()  # it advises a preparation that the export has done
    pixels = np.fromfile(images, dtype=np.uint8).reshape(json.loads(shape))
    quantize_static(
        model,
        output,
        Batches(pixels),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QInt8,
        weight_type=QuantType.QInt8,
        # 7 bits: products of 8 overflow on processors without VNNI
        reduce_range=True,
        calibrate_method=CalibrationMethod.MinMax,
        # logits stay float32: rounded ones would tie
        extra_options={"OpTypesToExcludeOutputQuantization": ["Gemm"]},
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
