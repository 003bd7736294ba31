"""Classify images in a process that holds nothing but one runtime.

A script, run by file name in an isolated interpreter so that no other
package is imported: RUNTIME MODEL IMAGES LOGITS, and the images' shape as
JSON. It writes the logits of all images to LOGITS and prints what it
measured as JSON: the peak of its memory after the first image, in bytes,
and seconds.
"""

import json
import sys
import time
from collections.abc import Callable

WARM_UP = 20
REPETITIONS = 200
BATCH = 250

Runtime = tuple[Callable, Callable, Callable]


def load_pytorch(path: str) -> Runtime:
    """Return functions: bytes to images, images to logits, and to bytes."""
    import torch

    torch.set_num_threads(1)
    saved = torch.load(path, weights_only=False)
    network, (mean, sd) = saved["network"], saved["scale"]

    def read(pixels: bytes, shape: list[int]) -> torch.Tensor:
        flat = torch.frombuffer(bytearray(pixels), dtype=torch.uint8)
        return flat.view(shape)

    def classify(images: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            return network((images.float().div_(255) - mean) / sd)

    return read, classify, lambda logits: logits.numpy().tobytes()


def load_onnx(path: str) -> Runtime:
    """Return functions: bytes to images, images to logits, and to bytes."""
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    session = onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"]
    )

    def read(pixels: bytes, shape: list[int]) -> np.ndarray:
        return np.frombuffer(pixels, dtype=np.uint8).reshape(shape)

    def classify(images: np.ndarray) -> np.ndarray:
        return session.run(None, {"images": images})[0]

    return read, classify, lambda logits: logits.tobytes()


def peak_bytes() -> int:
    """Return the most memory that this process held at any time.

    Not ru_maxrss on Linux: there it starts at what the parent held.
    """
    if sys.platform == "linux":
        with open("/proc/self/status") as file:
            line = next(line for line in file if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(kind: str, model: str, images: str, logits: str, shape: str) -> None:
    """Measure one runtime."""
    load = {"pytorch": load_pytorch, "onnx": load_onnx}[kind]
    count, *one = json.loads(shape)
    size = one[0] * one[1] * one[2]
    with open(images, "rb") as file:
        first = file.read(size)
        read, classify, dump = load(model)
        classify(read(first, [1, *one]))
        peak = peak_bytes()
        pixels = first + file.read()
    latencies = []
    for repetition in range(WARM_UP + REPETITIONS):
        at = repetition % count * size
        image = read(pixels[at : at + size], [1, *one])
        started = time.perf_counter()
        classify(image)
        latencies.append(time.perf_counter() - started)
    batches = [
        read(
            pixels[at * size : (at + BATCH) * size],
            [min(BATCH, count - at), *one],
        )
        for at in range(0, count, BATCH)
    ]
    started = time.perf_counter()
    outputs = [classify(batch) for batch in batches]
    seconds = time.perf_counter() - started
    with open(logits, "wb") as file:
        file.writelines(map(dump, outputs))
    measured = {
        "peak_bytes": peak,
        "latencies": latencies[WARM_UP:],
        "seconds": seconds,
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
