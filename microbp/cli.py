"""The command line: microbp train, predict, explain, info."""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
from math import sqrt
from typing import TYPE_CHECKING, NoReturn

from . import __version__, metrics
from .data import Columns, Table, embedded, hold_out, load_mnist, read_csv
from .data.idx import find
from .engine import engines, load, missing
from .files import write
from .initial import INITIALISERS
from .net import Net
from .notation import ACTIVATIONS, LOSSES
from .optimizers import OPTIMIZERS, make
from .terminal import Bar, Progress, duration, reporter, table
from .training import DivergedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

ENOUGH = 50  # rows from which a part of them is held out by default
HIDDEN = ", ".join(name for name in ACTIVATIONS if name != "softmax")
VISITS = 100_000  # samples visited by default, as long as that makes 5 to 2000 epochs


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def parser() -> Parser:
    """The commands and their options."""
    top = Parser(
        prog="microbp",
        description="Train small neural networks by error back-propagation: the same bits everywhere, fast, clear.",
        epilog="example: microbp train iris.csv --target species --hidden 5 --out iris.json",
    )
    top.add_argument("--version", action="version", version=f"microbp {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser, required=True)

    def command(name: str, summary: str, examples: str) -> Parser:
        added: Parser = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"examples:\n{examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.set_defaults(run=globals()[name])
        return added

    add = command(
        "train",
        "train a net on a CSV file and show what it learned",
        "  microbp train                                    17 watermelons, embedded\n"
        "  microbp train iris --test 0.3 --out iris.json    150 flowers, embedded; keep the net\n"
        "  microbp train sales.csv --target price --hidden 20,10 --epochs 500\n"
        "  microbp train iris --activation relu --optimizer adam --batch 16 --validation 0.2 --patience 20\n"
        "  microbp train large.csv --stream --epochs 10 --checkpoint run.ckpt --resume\n"
        "  microbp train mnist/ --hidden 30 --epochs 3 --precision single",
    )
    add_data(add, "watermelon")
    data = add.add_argument_group("what is learnt")
    data.add_argument("--target", action="append", metavar="NAME", help="column to predict, by name or number (last)")
    data.add_argument("--ignore", action="append", metavar="NAME", default=[], help="column to leave out")
    data.add_argument("--task", choices=["classification", "regression"], help="default: told from the target")
    data.add_argument("--scale", choices=["range", "standard", "none"], default="range", help="of numbers (range)")
    data.add_argument("--test", type=float, metavar="FRACTION", help=f"rows held out (0.2 of {ENOUGH} rows or more)")
    data.add_argument("--stream", action="store_true", help="read the file in blocks: for one larger than memory")
    net = add.add_argument_group("the net")
    net.add_argument("--hidden", metavar="Q[,Q...]", help="hidden neurons by layer; 0: none (sqrt(d l), at least 5)")
    net.add_argument("--activation", default="sigmoid", metavar="F,..", help=f"hidden layers: {HIDDEN}")
    net.add_argument("--output", choices=ACTIVATIONS, metavar="F", help="of the output layer: one of these, or softmax")
    net.add_argument("--loss", choices=LOSSES, metavar="L", help=f"what training lowers: {', '.join(LOSSES)}.")
    net.add_argument(
        "--article",
        action="store_true",
        help="sigmoid outputs and squared error, as the article has them. Without it that is so for two classes; "
        "more classes take softmax with cross_entropy, and regression linear outputs with squared_error",
    )
    net.add_argument("--precision", choices=["double", "single"], default="double", help="(double)")
    words = ", ".join(INITIALISERS)
    net.add_argument("--init", metavar="WORD", help=f"{words}, a number, or LOW,HIGH (xavier; he for the relu family)")
    net.add_argument("--seed", type=int, default=0, help="of parameters, shuffles and hold-out (0)")
    net.add_argument("--engine", choices=["auto", "c", "python"], default="auto", help="all give the same bits (auto)")
    how = add.add_argument_group("how it learns")
    how.add_argument("--epochs", type=int, help=f"visits of every sample ({VISITS:,} visits in all, 5 to 2000 epochs)")
    how.add_argument("--batch", default="1", metavar="N", help="1: standard BP; all: accumulated BP; n: mini-batch (1)")
    how.add_argument("--eta", type=float, help="learning rate (bp 0.5, cross_entropy 0.1, regression 0.05; adam 0.001)")
    how.add_argument("--optimizer", choices=OPTIMIZERS, metavar="WORD", help=f"{', '.join(OPTIMIZERS)} (bp)")
    how.add_argument("--momentum", type=float, metavar="MU", help="how much of the last step stays (0.9)")
    how.add_argument("--weight-decay", type=float, metavar="D", help="pulls weights to 0, against overfitting (0)")
    how.add_argument("--clip", type=float, metavar="C", help="limit the length of the gradient, against divergence")
    how.add_argument("--schedule", metavar="S", help="of eta: step:30,0.5 exponential:0.99 cosine:5 plateau:10 bold")
    how.add_argument("--dropout", metavar="P[,P...]", help="rate of hidden neurons left out, against overfitting (0)")
    how.add_argument("--class-weight", choices=["balanced"], help="balanced: rare classes count as much as others")
    how.add_argument("--no-shuffle", action="store_true", help="visit the samples in their order")
    when = add.add_argument_group("when it stops, and what is watched")
    when.add_argument("--validation", type=float, metavar="FRACTION", help="training rows to watch; the best is kept")
    when.add_argument("--metrics", metavar="M[,M...]", help=f"shown for the best epoch: {', '.join(metrics.METRICS)}")
    when.add_argument("--patience", type=int, metavar="N", help="stop after N epochs without a lower error")
    when.add_argument("--min-improvement", type=float, default=0.0, metavar="E", help="that counts as lower (0)")
    when.add_argument("--stop", action="append", metavar="RULE", help="Prechelt's: GL:5, PQ:0.5 or UP:3")
    when.add_argument("--target-error", type=float, metavar="E", help="stop when the error is as low as this")
    when.add_argument("--max-seconds", type=float, metavar="S", help="stop after this time")
    keep = add.add_argument_group("files, and what is shown")
    keep.add_argument("--out", metavar="MODEL", help="write the trained net to this JSON file")
    keep.add_argument("--checkpoint", metavar="FILE", help="write the training to this file now and then")
    keep.add_argument("--checkpoint-every", default="10s", metavar="N", help="epochs, or seconds as in 10s (10s)")
    keep.add_argument("--resume", action="store_true", help="go on from the checkpoint, to the same bits")
    keep.add_argument("--quiet", action="store_true", help="no progress line")

    add = command(
        "predict",
        "predict the targets of a CSV file with a trained net",
        "  microbp predict iris.json new.csv > predicted.csv\n"
        "  microbp predict iris.json - --out predicted.csv < new.csv",
    )
    add.add_argument("model", help="file that train --out wrote")
    add_data(add, None)
    add.add_argument("--out", metavar="CSV", help="file to write (standard output)")

    add = command(
        "explain",
        "show one step of back-propagation as the article's equations with numbers",
        "  microbp explain                        XOR, all parameters 0.6\n"
        "  microbp explain iris.json iris --row 7",
    )
    add.add_argument("model", nargs="?", help="file that train --out wrote (without: XOR, every parameter 0.6)")
    add_data(add, "")
    add.add_argument("--row", type=int, default=1, help="which sample, from 1 (1)")
    add.add_argument("--eta", type=float, default=0.5, help="learning rate (0.5)")

    add = command(
        "info",
        "show the version, the engines, and what a model is",
        "  microbp info\n  microbp info iris.json",
    )
    add.add_argument("model", nargs="?", help="file that train --out wrote")
    return top


def add_data(to: argparse.ArgumentParser, default: str | None) -> None:
    """The argument that names the data, and how to read it."""
    what = f'CSV file, "-" for standard input, a folder with MNIST, or {" or ".join(embedded.NAMES)}'
    if default is None:
        to.add_argument("data", help=what)
    else:
        to.add_argument("data", nargs="?", default=default, help=what + (f" ({default})" if default else ""))
    reading = to.add_argument_group("reading the CSV (by default each is found out)")
    header = reading.add_mutually_exclusive_group()
    header.add_argument("--header", dest="header", action="store_true", default=None, help="the first row is names")
    header.add_argument("--no-header", dest="header", action="store_false", help="the first row is data")
    reading.add_argument("--delimiter", help="comma, semicolon, tab or another character")
    reading.add_argument("--encoding", help="utf-8, gbk, ...")


def read(args: argparse.Namespace) -> Table:
    """The table that the arguments name."""
    if args.data in embedded.NAMES and not os.path.exists(args.data):
        return embedded.load(args.data)
    words = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t"}
    delimiter = words.get(args.delimiter, args.delimiter)
    source: Any = sys.stdin.buffer if args.data == "-" else args.data
    return read_csv(source, header=args.header, delimiter=delimiter, encoding=args.encoding)


# train -----------------------------------------------------------------------------------------------------------


class Task:
    """What a net is trained on: samples (X, Y) to train with and to test with, and what the outputs mean."""

    def __init__(
        self, source: str, columns: Columns | None, classes: list[str], training: tuple[Any, Any], test: tuple[Any, Any]
    ) -> None:
        self.source = source
        self.columns = columns
        self.classes = classes  # empty for regression
        self.training = training
        self.test = test

    @property
    def is_regression(self) -> bool:
        return not (self.columns.task == "classification" if self.columns else self.classes)

    @property
    def is_stream(self) -> bool:
        return self.training[1] is None


def task_of(args: argparse.Namespace) -> Task:
    """The samples, from a folder of IDX files or from a table."""
    if args.stream:
        return streamed(args)
    if os.path.isdir(args.data):
        return Task(args.data, None, [str(digit) for digit in range(10)], *load_mnist(args.data))
    rows = read(args)
    columns = Columns.learn(rows, args.target, args.task, args.ignore, args.scale)
    X, Y = columns.encode(rows)
    fraction = args.test if args.test is not None else 0.2 if len(rows) >= ENOUGH else 0.0
    classes = columns.classes if columns.task == "classification" else []
    labels = metrics.classes(Y) if classes else None
    train, test = hold_out(labels, len(rows), fraction, args.seed)
    parts = [([X[k] for k in part], [Y[k] for k in part]) for part in (train, test)]
    return Task(rows.source, columns, classes, *parts)


def streamed(args: argparse.Namespace) -> Task:
    """The samples of a file that is read in blocks; none is held out."""
    from .sources import CsvSource, IdxSource

    if args.test:
        raise ValueError("--test needs all rows in memory: leave out --stream, or test on a file of its own")
    if os.path.isdir(args.data):
        names = [find(args.data, f"train-{part}-ubyte") for part in ("images-idx3", "labels-idx1")]
        source = IdxSource(names[0], names[1])
        return Task(args.data, None, [str(digit) for digit in range(10)], (source, None), ([], []))
    words = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t"}
    table = CsvSource(
        args.data,
        targets=args.target,
        task=args.task,
        ignore=args.ignore,
        scale=args.scale,
        header=args.header,
        delimiter=words.get(args.delimiter, args.delimiter),
        encoding=args.encoding,
    )
    columns = table.columns
    classes = columns.classes if columns.task == "classification" else []
    return Task(args.data, columns, classes, (table, None), ([], []))


def train(args: argparse.Namespace) -> int:
    """Read, train, save, report."""
    if args.out and not os.path.isdir(os.path.dirname(os.path.abspath(args.out))):
        raise ValueError(f"--out {args.out}: there is no such folder")
    optimizer = optimizer_of(args)
    batch = args.batch if args.batch == "all" else number_of("--batch", args.batch)
    task = task_of(args)
    X, Y = task.training
    d, l = (task.columns.width_in, task.columns.width_out) if task.columns else widths_of(task)
    output, loss = form(task, args)
    net = Net(
        d,
        *hidden_widths(args.hidden, d, l),
        l,
        activation=args.activation.split(",") if "," in args.activation else args.activation,
        output=output,
        loss=loss,
        precision=args.precision,
        init=None if args.init is None else initial(args.init),
        seed=args.seed,
        engine=args.engine,
    )
    net.columns = task.columns
    eta = args.eta
    if eta is None:
        slow = 0.05 if task.is_regression else 0.1 if loss == "cross_entropy" else optimizer.eta
        eta = slow if optimizer.name == "bp" else optimizer.eta
    epochs = args.epochs
    if epochs is None:
        epochs = 5 if task.is_stream else min(2000, max(5, VISITS // len(X)))
    print_lines(facts(task, net, args))
    progress = reporter(sys.stderr) if not args.quiet and sys.stderr.isatty() else Progress(sys.stderr, False)
    stopped = ""
    try:
        net.train(
            X,
            Y,
            eta,
            epochs,
            batch,
            not args.no_shuffle,
            optimizer=optimizer,
            schedule=args.schedule,
            class_weight=args.class_weight,
            dropout=None if args.dropout is None else fractions("--dropout", args.dropout),
            validation=args.validation,
            metrics=args.metrics.split(",") if args.metrics else (),
            stop=args.stop,
            patience=args.patience,
            min_improvement=args.min_improvement,
            target_error=args.target_error,
            max_seconds=args.max_seconds,
            progress=progress,
            checkpoint=args.checkpoint,
            checkpoint_every=int(args.checkpoint_every) if args.checkpoint_every.isdecimal() else args.checkpoint_every,
            resume=args.resume,
        )
    except KeyboardInterrupt:
        stopped = "stopped by Ctrl-C"
    except DivergedError as problem:
        progress.clear()
        if args.out and problem.epoch > 1:
            net.save(args.out)
            raise ValueError(f"{problem} (it is saved as {args.out})") from None
        raise
    progress.clear()
    if args.out:
        net.save(args.out)
    print_lines(results(task, net, progress, eta, args, stopped))
    if args.out:
        print(f"saved    {args.out}")
    return 0


def widths_of(task: Task) -> tuple[int, int]:
    """d and l of samples that no table gave: of their first row, or of the first block."""
    X, Y = task.training if not task.is_stream else next(iter(task.training[0]))
    return X.shape[1], Y.shape[1]


def form(task: Task, args: argparse.Namespace) -> tuple[str, str]:
    """The activation of the output and the loss: as asked for, otherwise what the task is best learnt with."""
    if args.article:
        output, loss = "sigmoid", "squared_error"
    elif len(task.classes) > 2 and args.output in (None, "softmax"):
        output, loss = "softmax", "cross_entropy"
    else:
        output, loss = "linear" if task.is_regression else "sigmoid", "squared_error"
        if args.output == "softmax":
            loss = "cross_entropy"
    if args.loss and args.loss != "cross_entropy" and output == "softmax" and args.output is None:
        output = "sigmoid"
    return args.output or output, args.loss or loss


def optimizer_of(args: argparse.Namespace) -> Any:
    """The optimizer with the numbers that were given."""
    name = args.optimizer or ("momentum" if args.momentum is not None else "bp")
    numbers = {"mu": args.momentum, "decay": args.weight_decay, "clip": args.clip}
    if args.momentum is not None and name not in ("momentum", "nesterov"):
        raise ValueError(f"--momentum goes with --optimizer momentum or nesterov, got {name}")
    return make(name, **{key: value for key, value in numbers.items() if value is not None})


def fractions(option: str, text: str) -> Any:
    """--dropout 0.5 or 0.5,0.2 as numbers."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"{option} must be numbers, as in 0.5 or 0.5,0.2, got {text!r}") from None
    return numbers if len(numbers) > 1 else numbers[0]


def hidden_widths(text: str | None, d: int, l: int) -> list[int]:
    """--hidden 20,10 as numbers; the default is the geometric mean of d and l, at least 5."""
    if text is None:
        return [max(5, round(sqrt(d * l)))]
    widths = [number_of("--hidden", part) for part in text.split(",")]
    return [] if widths == [0] else widths


def number_of(option: str, text: str) -> int:
    """A whole number given on the command line."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{option} must be a whole number, got {text!r}") from None


def initial(text: str) -> Any:
    """--init as Net takes it."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return text
    return numbers[0] if len(numbers) == 1 else numbers


def facts(task: Task, net: Net, args: argparse.Namespace) -> list[str]:
    """What is about to be trained on what."""
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


def cut(text: str) -> str:
    """A list that is not too long for a line."""
    return text if len(text) <= 90 else text[:87] + "..."


def results(
    task: Task, net: Net, progress: Bar | Progress, eta: float, args: argparse.Namespace, stopped: str
) -> list[str]:
    """What was learned."""
    lines, history = [], progress.history
    if history:
        kind = {"1": "standard BP", "all": "accumulated BP"}.get(args.batch, f"mini-batches of {args.batch}")
        name = optimizer_of(args).name
        kind += f" by {name}" if name != "bp" else ""
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
    """The quality on one part of the data."""
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


# predict, explain, info ------------------------------------------------------------------------------------------


def predict(args: argparse.Namespace) -> int:
    """The CSV with the predictions behind its columns."""
    net = Net.load(args.model)
    if net.columns is None:
        raise ValueError(f"{args.model}: the net was not trained on a CSV file, so that it cannot read one")
    columns: Columns = net.columns
    if not columns.header and args.header is None:
        args.header = False  # a single row of words would pass for a header
    rows = read(args)
    outputs = net.predict(columns.encode_inputs(rows))
    names = list(rows.names) if rows.header else [f"column {name}" for name in rows.names]
    for target in columns.targets:
        names.append(f"{target.name} predicted")
        if columns.task == "classification":
            names.append(f"{target.name} probability")
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow(names)
    for row, y_hat in zip(rows.rows, outputs):
        cells: list[str] = []
        for prediction in columns.decode(y_hat):
            if isinstance(prediction, tuple):
                cells += [prediction[0], f"{prediction[1]:.6f}"]
            else:
                cells.append(f"{prediction:.10g}")
        out.writerow([*row, *cells])
    if args.out:
        write(args.out, text.getvalue())
    else:
        sys.stdout.write(text.getvalue())
    return 0


def explain(args: argparse.Namespace) -> int:
    """One sample through the equations."""
    if args.model is None:
        net = Net(2, 2, 1, init=0.6)
        X, Y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1.0], [1.0], [0.0]]
    else:
        net = Net.load(args.model)
        if net.columns is None:
            raise ValueError(f"{args.model}: the net was not trained on a CSV file, so that it cannot read one")
        if not args.data:
            raise ValueError(f"the data is missing, as in: microbp explain {args.model} data.csv --row 1")
        X, Y = net.columns.encode(read(args))
    if not 1 <= args.row <= len(X):
        raise ValueError(f"--row must be a whole number from 1 to {len(X)}, got {args.row}")
    if net.columns is not None:
        names = net.columns.input_names
        print("\n".join(f"x_{i + 1}  {name}" for i, name in enumerate(names)))
        print("\n".join(f"y_{j + 1}  {name}" for j, name in enumerate(net.columns.output_names)))
    print(net.explain(X[args.row - 1], Y[args.row - 1], args.eta))
    return 0


def info(args: argparse.Namespace) -> int:
    """Version, engines, model."""
    print(f"microbp  {__version__} on Python {sys.version.split()[0]}")
    print(f"engines  {', '.join(engines())}")
    if "c" in engines():
        engine = load("c")
        print(f"         c runs with the instruction set {engine.isa}{f': {engine.why}' if engine.why else ''}")
    for reason in missing().values():
        print(f"         {reason}")
    if args.model:
        net = Net.load(args.model)
        weights = sum(shape.n_in * shape.n_out for shape in net.structure.layers)
        thresholds = sum(shape.n_out for shape in net.structure.layers)
        print(f"model    {args.model}")
        print(f"net      {'-'.join(map(str, net.widths))}: {weights:,} weights, {thresholds:,} thresholds")
        print(f"         {', '.join(net.structure.activations)}; {net.structure.loss}; {net.structure.precision}")
        if net.columns is not None:
            print(f"inputs   {cut(', '.join(net.columns.input_names))}")
            print(f"outputs  {cut(', '.join(net.columns.output_names))} ({net.columns.task})")
        print(f"digest   {net.digest()}")
    return 0


def print_lines(lines: list[str]) -> None:
    """Print at once, so that nobody waits for it behind a pipe."""
    print("\n".join(lines), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0, or 2 with one line on stderr for bad usage or bad input."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show θ shows ? and goes on
    args = parser().parse_args(arguments)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("microbp: stopped", file=sys.stderr)
        return 130
    except (ValueError, TypeError, DivergedError, ImportError, OSError, MemoryError) as problem:
        what = str(problem) or type(problem).__name__
        if isinstance(problem, OSError) and problem.filename:
            what = f"{problem.filename}: {problem.strerror}"
        print(f"microbp {args.command}: error: {what}", file=sys.stderr)
        return 2
