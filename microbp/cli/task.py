"""What a net is trained on: samples from a table, from a folder of images, or streamed from a file."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import Any, NamedTuple

from .. import metrics
from ..data import Columns, hold_out, load_mnist
from ..data.idx import find
from .parser import DELIMITERS, read

ENOUGH = 50  # rows from which a part of them is held out by default


class Task(NamedTuple):
    source: str
    columns: Columns | None
    classes: list[str]  # empty for regression
    training: tuple[Any, Any]
    test: tuple[Any, Any]

    @property
    def is_regression(self) -> bool:
        return not (self.columns.task == "classification" if self.columns else self.classes)

    @property
    def is_stream(self) -> bool:
        return self.training[1] is None


def task_of(args: Namespace) -> Task:
    if args.stream:
        return streamed(args)
    if os.path.isdir(args.data):
        return Task(args.data, None, [str(digit) for digit in range(10)], *load_mnist(args.data))
    rows = read(args)
    columns = Columns.learn(rows, args.target, args.task, args.ignore, args.scale)
    X, Y = columns.encode(rows)
    fraction = args.test if args.test is not None else 0.2 if len(rows) >= ENOUGH else 0.0
    classes = columns.classes
    labels = metrics.classes(Y) if classes else None
    train, test = hold_out(labels, len(rows), fraction, args.seed)
    parts = [([X[k] for k in part], [Y[k] for k in part]) for part in (train, test)]
    return Task(rows.source, columns, classes, *parts)


def streamed(args: Namespace) -> Task:
    """The samples of a file that is read in blocks; none is held out."""
    from ..sources import CsvSource, IdxSource

    if args.test:
        raise ValueError("--test needs all rows in memory: leave out --stream, or test on a file of its own")
    if os.path.isdir(args.data):
        images, labels = (find(args.data, f"train-{part}-ubyte") for part in ("images-idx3", "labels-idx1"))
        source = IdxSource(images, labels)
        return Task(args.data, None, [str(digit) for digit in range(10)], (source, None), ([], []))

    table = CsvSource(
        args.data,
        targets=args.target,
        task=args.task,
        ignore=args.ignore,
        scale=args.scale,
        header=args.header,
        delimiter=DELIMITERS.get(args.delimiter, args.delimiter),
        encoding=args.encoding,
    )
    return Task(args.data, table.columns, table.columns.classes, (table, None), ([], []))


def widths_of(task: Task) -> tuple[int, int]:
    """d and l of samples that no table gave: of their first row, or of the first block."""
    X, Y = task.training if not task.is_stream else next(iter(task.training[0]))
    return X.shape[1], Y.shape[1]
