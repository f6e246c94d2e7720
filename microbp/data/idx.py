"""IDX files, the format of MNIST: arrays of numbers, gzipped or not.

Layout: two zero bytes, a type code, the number of dimensions; each dimension in 32 bits; the numbers, the last
dimension running fastest; all big-endian. Source: http://yann.lecun.com/exdb/mnist.
"""

from __future__ import annotations

import gzip
import os
import struct
import sys
import zlib
from array import array
from contextlib import contextmanager
from math import prod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO, Any

    Samples = tuple[memoryview[float], memoryview[float]]
    Block = tuple[tuple[int, ...], bytearray]  # the shape of a file, and some of its bytes

TYPECODES = {0x08: "B", 0x09: "b", 0x0B: "h", 0x0C: "i", 0x0D: "f", 0x0E: "d"}  # as `array` names them
BLOCK = 1 << 20
CACHED = 1 << 16
CLASSES = 10
MOST_ZIPPED = 1032  # bytes that one byte of gzip can stand for (https://zlib.net/zlib_tech.html)


def read_idx(path: str | os.PathLike[str]) -> tuple[tuple[int, ...], bytes | array[int] | array[float]]:
    r"""The shape and the numbers, flat, of an IDX file: unsigned bytes as bytes, other types as an array.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "made.idx")
    ...     with open(path, "wb") as file:
    ...         _ = file.write(b"\0\0\x0b\x02" + b"\0\0\0\x01" + b"\0\0\0\x02" + b"\0\x07\xff\xff")
    ...     read_idx(path)
    ((1, 2), array('h', [7, -1]))

    A file that holds more or less than its header announces raises ValueError; it is not read further.
    """
    with _opened(path) as (file, name, shape, numbers):
        start, size = 4 + 4 * len(shape), numbers.itemsize * prod(shape)
        data = _read(file, size, start, name)
        _end(file, start + size, shape, name)
    if numbers.typecode == "B":
        return shape, bytes(data)
    numbers.frombytes(data)
    if sys.byteorder == "little":
        numbers.byteswap()
    return shape, numbers


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[tuple[IO[bytes], str, tuple[int, ...], array[Any]]]:
    """The unzipped file, behind its header; its name, its shape, and an empty array of its type."""
    name = os.fspath(path)
    with open(path, "rb") as plain:
        zipped = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        file: IO[bytes] = gzip.GzipFile(fileobj=plain) if zipped else plain  # type: ignore[assignment]
        magic = _read(file, 4, 0, name)
        if magic[:2] != b"\0\0" or magic[2] not in TYPECODES or magic[3] == 0:
            wanted = "00 00, a type code and a number of dimensions"
            raise ValueError(f"{name}, offset 0: wanted {wanted}, got {magic.hex(' ')}")
        shape = struct.unpack(f">{magic[3]}I", _read(file, 4 * magic[3], 4, name))
        yield file, name, shape, array(TYPECODES[magic[2]])


def idx_blocks(path: str | os.PathLike[str], rows: int) -> Iterator[Block]:
    """The shape of an IDX file of bytes, with `rows` entries of its first dimension at a time."""
    with _opened(path) as (file, name, shape, numbers):
        if numbers.typecode != "B":
            raise ValueError(f"{name}: wanted unsigned bytes, got an array of {numbers.typecode!r}")
        size, place, length = prod(shape[1:]), 4 + 4 * len(shape), os.path.getsize(path)
        if size * shape[0] > MOST_ZIPPED * length:
            raise ValueError(f"{name}, offset 4: the shape {shape} announces more than {length} bytes can hold")
        for start in range(0, shape[0], rows):
            data = _read(file, size * min(rows, shape[0] - start), place, name)
            place += len(data)
            yield shape, data
        _end(file, place, shape, name)


def _end(file: IO[bytes], offset: int, shape: tuple[int, ...], name: str) -> None:
    if _read_at_most(file, 1, offset, name):
        raise ValueError(f"{name}, offset {offset}: more bytes than the shape {shape} announces")


def _read(file: IO[bytes], size: int, offset: int, name: str) -> bytearray:
    data = _read_at_most(file, size, offset, name)
    if len(data) < size:
        raise ValueError(f"{name}, offset {offset + len(data)}: the file ends, {size - len(data)} bytes short")
    return data


def _read_at_most(file: IO[bytes], size: int, offset: int, name: str) -> bytearray:
    """`size` bytes or what is there; in blocks, as a header may announce what no memory holds."""
    data = bytearray()
    try:
        while len(data) < size:
            block = file.read(min(BLOCK, size - len(data)))
            if not block:
                break
            data += block
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{name}, offset {offset + len(data)} of the content: damaged gzip: {error}") from None
    return data


def load_mnist(folder: str | os.PathLike[str]) -> tuple[Samples, Samples]:
    """(X, Y) to train on and (X, Y) to test on, from the four files of MNIST or a set in its form.

    >>> load_mnist("no/such/folder")
    Traceback (most recent call last):
    FileNotFoundError: no train-images-idx3-ubyte or train-images-idx3-ubyte.gz in no/such/folder

    X is m x 784, pixels from 0 to 1; Y is m x 10, one-hot. Both are memoryviews of two dimensions over binary32:
    X[k, i] is a number, X[:100] the first rows, numpy.asarray(X) shares the memory.
    """
    train, test = (_samples(folder, part) for part in ("train", "t10k"))
    shape, other = train[0].shape or (), test[0].shape or ()
    if shape[1:] != other[1:]:
        raise ValueError(f"{os.fspath(folder)}: training images are of shape {shape}, test images of {other}")
    return train, test


def _samples(folder: str | os.PathLike[str], part: str) -> Samples:
    images_path = find(folder, f"{part}-images-idx3-ubyte")
    labels_path = find(folder, f"{part}-labels-idx1-ubyte")
    labels_shape, labels = read_idx(labels_path)
    shape: tuple[int, ...] = (0,)
    X, place = _numbers(0), 0
    for shape, pixels in _ahead(idx_blocks(images_path, 1024)):
        if len(shape) != 3 or 0 in shape:
            break
        if place == 0:
            X = _numbers(prod(shape))
        _grey(pixels, X[place : place + len(pixels)])
        place += len(pixels)
    if len(shape) != 3 or 0 in shape:
        raise ValueError(f"{images_path}: wanted images of bytes in 3 dimensions, got shape {shape}")
    if not isinstance(labels, bytes) or labels_shape != shape[:1] or max(labels) >= CLASSES:
        raise ValueError(f"{labels_path}: wanted a digit for each of {shape[0]} images, got shape {labels_shape}")
    return X.cast("B").cast("f", (shape[0], shape[1] * shape[2])), one_hot(labels, CLASSES)


def _ahead(blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks, each unzipped by another thread while the one before is in use."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = pool.submit(next, blocks, None)
            yield block


def greys(pixels: bytes | bytearray, m: int) -> memoryview[float]:
    """p / 255 in binary32 for each pixel p, one of m images a row."""
    X = _numbers(len(pixels))
    _grey(pixels, X)
    return X.cast("B").cast("f", (m, len(pixels) // m))


def _numbers(n: int) -> memoryview[float]:
    """Room for n numbers in binary32; NumPy saves the time to clear it."""
    if "numpy" in sys.modules:
        import numpy

        numbers: Any = numpy.empty(n, numpy.float32)
        return memoryview(numbers)
    return memoryview(bytearray(4 * n)).cast("f")


def _grey(pixels: bytes | bytearray, X: memoryview[float]) -> None:
    if "numpy" in sys.modules:  # ten times as fast, which importing it would use up
        import numpy

        numpy.divide(numpy.frombuffer(pixels, numpy.uint8), numpy.float32(255), out=numpy.asarray(X), dtype="f")
        return
    # byte k of every p / 255 is looked up and laid down, in parts that a near cache holds
    grey, raw = array("f", [p / 255 for p in range(256)]).tobytes(), X.cast("B")
    for start in range(0, len(pixels), CACHED):
        part = pixels[start : start + CACHED]
        for k in range(4):
            raw[4 * start + k : 4 * (start + len(part)) : 4] = part.translate(grey[k::4])


def one_hot(labels: bytes | bytearray, classes: int) -> memoryview[float]:
    Y = memoryview(bytearray(4 * classes * len(labels))).cast("f")
    for k, label in enumerate(labels):
        Y[k * classes + label] = 1.0
    return Y.cast("B").cast("f", (len(labels), classes))


def find(folder: str | os.PathLike[str], name: str) -> str:
    for candidate in (name, f"{name}.gz"):
        path = os.path.join(folder, candidate)
        if os.path.exists(path):
            return path
    raise FileNotFoundError(f"no {name} or {name}.gz in {os.fspath(folder)}")
