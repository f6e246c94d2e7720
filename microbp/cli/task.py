"""What `microbp train` trains on: a table, a folder of images, a streamed file; and what it says before and after."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import metrics
from ..data import Columns, hold_out, load_mnist
from ..data.idx import find
from ..terminal import duration, table
from .parser import DELIMITERS, cut, read

if TYPE_CHECKING:
    from ..net import Net
    from ..optimizers import Optimizer
    from ..terminal import Bar, Progress

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
    from ..sources import CsvSource, IdxSource

    if args.test:
        raise ValueError("--test needs all rows in memory: leave out --stream, or test on a file of its own")
    if os.path.isdir(args.data):
        images, labels = (find(args.data, f"train-{part}-ubyte") for part in ("images-idx3", "labels-idx1"))
        samples = IdxSource(images, labels)
        return Task(args.data, None, [str(digit) for digit in range(10)], (samples, None), ([], []))

    source = CsvSource(
        args.data,
        targets=args.target,
        task=args.task,
        ignore=args.ignore,
        scale=args.scale,
        header=args.header,
        delimiter=DELIMITERS.get(args.delimiter, args.delimiter),
        encoding=args.encoding,
    )
    return Task(args.data, source.columns, source.columns.classes, (source, None), ([], []))


def widths_of(task: Task) -> tuple[int, int]:
    """d and l of samples, or of their first block."""
    X, Y = task.training if not task.is_stream else next(iter(task.training[0]))
    return X.shape[1], Y.shape[1]


def facts(task: Task, net: Net, args: Namespace) -> list[str]:
    rows = "read in blocks"
    if not task.is_stream:
        m, held = len(task.training[0]), len(task.test[0])
        rows = f"{m + held} rows, {f'{held} of them held out' if held else 'all of them to train on'}"
    lines = [f"data     {task.source}: {rows}"]
    if task.columns:
        inputs = ", ".join(column.name for column in task.columns.inputs)
        targets = ", ".join(column.name for column in task.columns.targets)
        classes = f": {', '.join(task.classes)}" if task.classes else ""
        lines += [f"inputs   {cut(inputs)}", f"target   {cut(targets)} ({task.columns.task}{cut(classes)})"]
        lines += [f"note     {note}" for note in task.columns.notes]
    loss = "" if net.structure.loss == "squared_error" else f"{net.structure.loss}, "
    hidden = f"{', '.join(net.structure.activations)}, {loss}{net.structure.precision} precision, seed {args.seed}"
    return [*lines, f"net      {'-'.join(map(str, net.widths))}, {hidden}"]


def results(
    task: Task,
    net: Net,
    progress: Bar | Progress,
    eta: float,
    optimizer: Optimizer,
    args: Namespace,
    stopped: str,
) -> list[str]:
    lines, history = [], progress.history
    if history:
        kind = {"1": "standard BP", "all": "accumulated BP"}.get(args.batch, f"mini-batches of {args.batch}")
        kind += f" by {optimizer.name}" if optimizer.name != "bp" else ""
        speed = f"{history.samples_per_second:,.0f} samples/s, engine {net.engine}"
        time = duration(history.seconds)
        lines.append(f"trained  {history.epochs} epochs of {kind}, eta {eta:g}, in {time}: {speed}")
        lines.append(f"error    {history.error[0]:.6f} in the first epoch, {history.error[-1]:.6f} in the last")
        if history.validation_error:
            best = history.best_epoch
            lowest = f"lowest after epoch {best}, whose net is kept: {history.validation_error[best - 1]:.6f}"
            lines.append(f"watched  {lowest if not stopped else f'{history.validation_error[-1]:.6f}'}")
        shown = history.best_epoch if history.validation_error and not stopped else history.epochs
        lines += [f"metric   {name} {values[shown - 1]:.6g}" for name, values in history.metrics.items()]
        if not stopped and history.epochs < history.planned:
            lines.append(f"note     stopped early: {history.stopped}")
    if stopped:
        lines.append(f"note     {stopped} after {history.epochs if history else 0} epochs")
    for name, (X, Y) in (("training", task.training), ("hold-out", task.test)):
        if Y is not None and len(X):
            lines += ["", *score(task, name, net.predict(X), Y if isinstance(Y, list) else Y.tolist())]
    return [*lines, "", f"digest   {net.digest()}"]


def score(task: Task, name: str, Y_hat: list[list[float]], Y: list[list[float]]) -> list[str]:
    if not task.classes:  # regression, or classes of several targets
        return [f"{name} R² {metrics.r2(Y, Y_hat):.4f}"]
    true, predicted = metrics.classes(Y), metrics.classes(Y_hat)
    matrix = metrics.confusion(true, predicted, len(task.classes))
    right = sum(matrix[i][i] for i in range(len(matrix)))
    lines = [f"{name} accuracy {right / len(true):.1%} ({right} of {len(true)})"]
    if len(task.classes) > 20:
        return lines
    rows = [["true \\ predicted", *task.classes]]
    rows += [[name, *map(str, row)] for name, row in zip(task.classes, matrix)]
    return lines + [f"  {line}" for line in table(rows)]


def print_lines(lines: list[str]) -> None:
    print("\n".join(lines), flush=True)  # nobody waits behind a pipe
