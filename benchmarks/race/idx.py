"""MNIST as the peers read it: gzip and NumPy."""

from __future__ import annotations

import gzip
import os
from typing import Any

import numpy


def pixels(folder: str, part: str) -> Any:
    """Images as m x 784 numbers from 0 to 1 in binary32."""
    with gzip.open(os.path.join(folder, f"{part}-images-idx3-ubyte.gz")) as file:
        data = numpy.frombuffer(file.read(), numpy.uint8, offset=16)
    return data.reshape(-1, 784).astype(numpy.float32) / numpy.float32(255)


def labels(folder: str, part: str) -> Any:
    """The digit on each image."""
    with gzip.open(os.path.join(folder, f"{part}-labels-idx1-ubyte.gz")) as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=8).astype(numpy.int64)
