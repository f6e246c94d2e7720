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
from .engine import engines, load, missing
from .files import write
from .net import Net
from .notation import ACTIVATIONS
from .terminal import Progress, duration, table
from .training import DivergedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .training import History

ENOUGH = 50  # rows from which a part of them is held out by default
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
        "  microbp train mnist/ --hidden 30 --epochs 3 --precision single",
    )
    add_data(add, "watermelon")
    data = add.add_argument_group("what is learnt")
    data.add_argument("--target", action="append", metavar="NAME", help="column to predict, by name or number (last)")
    data.add_argument("--ignore", action="append", metavar="NAME", default=[], help="column to leave out")
    data.add_argument("--task", choices=["classification", "regression"], help="default: told from the target")
    data.add_argument("--scale", choices=["range", "standard", "none"], default="range", help="of numbers (range)")
    data.add_argument("--test", type=float, metavar="FRACTION", help=f"rows held out (0.2 of {ENOUGH} rows or more)")
    net = add.add_argument_group("the net")
    net.add_argument("--hidden", metavar="Q[,Q...]", help="hidden neurons by layer; 0: none (sqrt(d l), at least 5)")
    net.add_argument("--activation", choices=ACTIVATIONS, default="sigmoid", help="of the hidden layers (sigmoid)")
    net.add_argument("--output", choices=ACTIVATIONS, help="activation of the output (sigmoid; regression: linear)")
    net.add_argument("--precision", choices=["double", "single"], default="double", help="(double)")
    net.add_argument("--init", default="xavier", metavar="WORD", help="xavier, book, a number, or LOW,HIGH (xavier)")
    net.add_argument("--seed", type=int, default=0, help="of parameters, shuffles and hold-out (0)")
    net.add_argument("--engine", choices=["auto", "c", "python"], default="auto", help="all give the same bits (auto)")
    how = add.add_argument_group("training")
    how.add_argument("--eta", type=float, help="learning rate (0.5; regression: 0.05)")
    how.add_argument("--epochs", type=int, help=f"visits of every sample ({VISITS:,} visits in all, 5 to 2000 epochs)")
    how.add_argument("--batch", default="1", metavar="N", help="1: standard BP; all: accumulated BP; n: mini-batch (1)")
    how.add_argument("--no-shuffle", action="store_true", help="visit the samples in their order")
    how.add_argument("--out", metavar="MODEL", help="write the trained net to this JSON file")
    how.add_argument("--quiet", action="store_true", help="no progress line")

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
        return not self.classes


def task_of(args: argparse.Namespace) -> Task:
    """The samples, from a folder of IDX files or from a table."""
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


def train(args: argparse.Namespace) -> int:
    """Read, train, save, report."""
    if args.out and not os.path.isdir(os.path.dirname(os.path.abspath(args.out))):
        raise ValueError(f"--out {args.out}: there is no such folder")
    task = task_of(args)
    (X, Y), m = task.training, len(task.training[0])
    d, l = (task.columns.width_in, task.columns.width_out) if task.columns else (X.shape[1], Y.shape[1])
    net = Net(
        d,
        *hidden_widths(args.hidden, d, l),
        l,
        activation=args.activation,
        output=args.output or ("linear" if task.is_regression else "sigmoid"),
        precision=args.precision,
        init=initial(args.init),
        seed=args.seed,
        engine=args.engine,
    )
    net.columns = task.columns
    eta = args.eta if args.eta is not None else 0.05 if task.is_regression else 0.5
    epochs = args.epochs if args.epochs is not None else min(2000, max(5, VISITS // m))
    batch = args.batch if args.batch == "all" else number_of("--batch", args.batch)
    print_lines(facts(task, net, args))
    progress = Progress(sys.stderr, not args.quiet)
    stopped = ""
    try:
        net.train(X, Y, eta, epochs, batch, not args.no_shuffle, progress)
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
    print_lines(results(task, net, progress.history, eta, args.batch, stopped))
    if args.out:
        print(f"saved    {args.out}")
    return 0


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
    m, held = len(task.training[0]), len(task.test[0])
    rows = f"{m + held} rows, {f'{held} of them held out' if held else 'all of them to train on'}"
    lines = [f"data     {task.source}: {rows}"]
    if task.columns:
        inputs = ", ".join(column.name for column in task.columns.inputs)
        targets = ", ".join(column.name for column in task.columns.targets)
        classes = f": {', '.join(task.classes)}" if task.classes else ""
        lines += [f"inputs   {cut(inputs)}", f"target   {cut(targets)} ({task.columns.task}{cut(classes)})"]
        lines += [f"note     {note}" for note in task.columns.notes]
    hidden = f"{', '.join(net.structure.activations)}, {net.structure.precision} precision, seed {args.seed}"
    return [*lines, f"net      {'-'.join(map(str, net.widths))}, {hidden}"]


def cut(text: str) -> str:
    """A list that is not too long for a line."""
    return text if len(text) <= 90 else text[:87] + "..."


def results(task: Task, net: Net, history: History | None, eta: float, batch: str, stopped: str) -> list[str]:
    """What was learned."""
    lines = []
    if history:
        kind = {"1": "standard BP", "all": "accumulated BP"}.get(batch, f"mini-batches of {batch}")
        speed = f"{history.samples_per_second:,.0f} samples/s, engine {net.engine}"
        time = duration(history.seconds)
        lines.append(f"trained  {history.epochs} epochs of {kind}, eta {eta:g}, in {time}: {speed}")
        lines.append(f"error    {history.error[0]:.6f} in the first epoch, {history.error[-1]:.6f} in the last")
    if stopped:
        lines.append(f"note     {stopped} after {history.epochs if history else 0} epochs")
    for name, (X, Y) in (("training", task.training), ("hold-out", task.test)):
        if len(X):
            lines += ["", *score(task, name, net.predict(X), Y if isinstance(Y, list) else Y.tolist())]
    return [*lines, "", f"digest   {net.digest()}"]


def score(task: Task, name: str, Y_hat: list[list[float]], Y: list[list[float]]) -> list[str]:
    """The quality on one part of the data."""
    if not task.classes:
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
    for name, reason in missing().items():
        print(f"         {name} is missing: {reason}")
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
