"""Streams: samples in blocks, from files larger than memory or from any iterable of (X, Y).

The blocks have a fixed number of rows, a multiple of the batch, so that the bits are those of the same samples in
memory. With shuffle, each block is shuffled in itself.
"""

from __future__ import annotations

import os
from array import array

from . import checks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from .data import Columns, Table
    from .net import Net
    from .notation import Numbers

KEPT = 1000  # different words of a column; one with more names its rows


class Stream:
    """Blocks of `rows` rows, flat and in the net's precision.

    `passes` says why it is read more than once, if it is; `class_weight` takes a pass of its own.
    """

    def __init__(self, net: Net, source: Any, rows: int, passes: str = "", class_weight: Any = None) -> None:
        if isinstance(source, (str, bytes)) or not hasattr(source, "__iter__") or checks.is_array(source):
            raise TypeError(f"X without Y must be an iterable of batches (X, Y), got {checks.shown(source)}")
        if passes and iter(source) is source:
            how = "give a list, or an object whose __iter__ begins anew"
            raise ValueError(f"X can be read only once, and {passes}: {how}")
        self.net = net
        self.source = source
        self.rows = rows
        self.of_class: dict[float, float] | None = None
        if class_weight is not None:
            from .weights import class_weights, count

            counts: dict[float, int] = {}
            for _, targets, _ in self.batches():
                count(counts, targets, net.widths[-1])
            self.of_class = class_weights(class_weight, counts, net.widths[-1])

    def batches(self) -> Iterator[tuple[Numbers, Numbers, Numbers]]:
        """Checked and flat: inputs, targets, and s_k, no numbers where all are 1."""
        net, seen = self.net, False
        l, typecode = net.widths[-1], net.structure.typecode
        for number, batch in enumerate(self.source):
            if not isinstance(batch, (list, tuple)) or len(batch) not in (2, 3):
                wanted = "a pair (X, Y), or (X, Y, sample_weight)"
                raise TypeError(f"batch {number} of the stream must be {wanted}, got {checks.shown(batch)}")
            told = batch[2] if len(batch) > 2 else None
            weights: Numbers = memoryview(array(typecode))
            try:
                inputs = net._inputs(batch[0])
                targets = net._targets(batch[1], len(inputs) // net.widths[0])
                if told is not None or self.of_class is not None:
                    from .weights import multiplied

                    weights = multiplied(told, self.of_class, targets, l, typecode)
            except (TypeError, ValueError) as problem:
                raise type(problem)(f"batch {number} of the stream: {problem}") from None
            seen = True
            yield inputs, targets, weights
        if not seen:
            raise ValueError("the stream has no samples")

    def blocks(self) -> Iterator[tuple[Numbers, Numbers, Numbers | None, bool]]:
        """Inputs, targets, weights (None where all are 1), and whether more blocks follow."""
        d, l, typecode, size = self.net.widths[0], self.net.widths[-1], self.net.structure.typecode, self.rows
        one: array[float] = array(typecode, (1.0,))
        X, Y, s = one[:0], one[:0], one[:0]
        for inputs, targets, weights in self.batches():
            start, m = 0, len(inputs) // d
            while start < m:  # what the block lacks, or the batch has left
                if len(X) == size * d:
                    yield memoryview(X), memoryview(Y), memoryview(s) if s else None, True
                    X, Y, s = one[:0], one[:0], one[:0]
                before = len(X) // d
                end = min(m, start + size - before)
                X.frombytes(inputs[start * d : end * d].cast("B"))
                Y.frombytes(targets[start * l : end * l].cast("B"))
                if s or weights:  # those before had 1, if they had none
                    s += one * (before - len(s))
                    s += array(typecode, weights[start:end]) if weights else one * (end - start)
                start = end
        yield memoryview(X), memoryview(Y), memoryview(s) if s else None, False

    def identity(self) -> Any:
        """Of the source, or None."""
        identity = getattr(self.source, "identity", None)
        return identity() if callable(identity) else None


def file_identity(path: str | os.PathLike[str]) -> str:
    from hashlib import sha256

    found = sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            found.update(block)
    return found.hexdigest()


class IdxSource:
    """Images and labels in IDX files, such as MNIST's, to the numbers of `load_mnist`."""

    def __init__(
        self, images: str | os.PathLike[str], labels: str | os.PathLike[str], classes: int = 10, rows: int = 1024
    ) -> None:
        self.images = images
        self.labels = labels
        self.classes = checks.integer("classes", classes, 2)
        self.rows = checks.integer("rows", rows, 1)

    def __iter__(self) -> Iterator[tuple[Numbers, Numbers]]:
        from .data.idx import greys, idx_blocks, one_hot

        names = os.fspath(self.images), os.fspath(self.labels)
        images, labels = idx_blocks(self.images, self.rows), idx_blocks(self.labels, self.rows)
        for shape, pixels in images:
            marked, marks = next(labels, ((0,), b""))
            if len(shape) != 3 or 0 in shape or marked != shape[:1]:
                raise ValueError(f"{names[1]}: wanted a label for each image of {names[0]}, got {marked} for {shape}")
            if max(marks) >= self.classes:
                raise ValueError(f"{names[1]}: wanted labels below {self.classes}, got {max(marks)}")
            yield greys(pixels, len(marks)), one_hot(marks, self.classes)

    def identity(self) -> list[str]:
        return [file_identity(self.images), file_identity(self.labels)]


class CsvSource:
    """A CSV file read in blocks of rows.

    columns    as `Columns.learn` found them in a part of the file, or in another; None: learnt in a pass over this one,
               or in two with scale "standard"
    delimiter  found out, like encoding and header, unless given
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        columns: Columns | None = None,
        *,
        targets: Any = None,
        task: str | None = None,
        ignore: Any = (),
        scale: str = "range",
        target_scale: str = "range",
        header: bool | None = None,
        delimiter: str | None = None,
        encoding: str | None = None,
        rows: int = 1024,
    ) -> None:
        from .data import Columns
        from .data.table import CsvBlocks

        self.path = path
        self.reader = CsvBlocks(path, header, delimiter, encoding, checks.integer("rows", rows, 1))
        if columns is None:
            columns = Columns.learn_blocks(self.reader, targets, task, ignore, scale, target_scale, KEPT)
        self.columns = columns

    def tables(self) -> Iterable[Table]:
        return self.reader

    def __iter__(self) -> Iterator[tuple[list[list[float]], list[list[float]]]]:
        return (self.columns.encode(table) for table in self.reader)

    def identity(self) -> Any:
        return [file_identity(self.path), self.columns.to_json()]
