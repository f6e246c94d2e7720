"""microbp train: read, train, save, report."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from math import sqrt
from typing import Any

from .. import metrics
from ..initial import INITIALISERS
from ..net import Net
from ..notation import ACTIVATIONS, LOSSES
from ..optimizers import OPTIMIZERS, make
from ..terminal import Progress, reporter
from ..training import DivergedError
from .parser import add_data, command, number_of
from .task import ENOUGH, Task, facts, print_lines, results, task_of, widths_of

HIDDEN = ", ".join(name for name in ACTIVATIONS if name != "softmax")
PASSED = (  # to Net.train as they are
    "schedule", "class_weight", "validation", "stop", "patience", "min_improvement", "target_error", "max_seconds",
    "checkpoint", "resume",
)  # fmt: skip
VISITS = 100_000  # samples visited by default, as long as that makes 5 to 2000 epochs


def add(commands: Any) -> None:
    add = command(
        commands,
        run,
        "train",
        "train a net on a CSV file and show what it learned",
        "  microbp train                                    17 watermelons, embedded\n"
        "  microbp train iris --test 0.3 --out iris.json    150 flowers, embedded; keep the net\n"
        "  microbp train sales.csv --target price --hidden 20,10 --epochs 500\n"
        "  microbp train iris --activation relu --optimizer adam --batch 16 --validation 0.2 --patience 20\n"
        "  microbp train large.csv --stream --epochs 10 --checkpoint run.ckpt --resume\n"
        "  microbp train mnist/ --hidden 30 --epochs 3 --precision single",
    )
    add.usage = "%(prog)s [options] [data]"
    add.description = (
        f"{add.description} The file alone will do for a first try: what you do not\n"
        "say is found out from the data, or is what stands in parentheses. docs/training.md tells when to want what."
    )
    add_data(add, "watermelon")
    data = add.add_argument_group("what is learnt")
    data.add_argument("--target", action="append", metavar="NAME", help="column to predict, by name or number (last)")
    data.add_argument("--ignore", action="append", metavar="NAME", default=[], help="column to leave out")
    data.add_argument(
        "--task",
        choices=["classification", "regression"],
        help="which class, or how much? (told from the target: words are classes)",
    )
    data.add_argument(
        "--scale",
        choices=["range", "standard", "none"],
        default="range",
        help="input numbers: to 0..1, to mean 0 and deviation 1, or as they are (range)",
    )
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
    net.add_argument("--precision", choices=["double", "single"], default="double", help="64 or 32 bits (double)")
    words = ", ".join(INITIALISERS)
    net.add_argument(
        "--init",
        metavar="WORD[,..]",
        help=f"{words}, a number, LOW,HIGH, or one of these words for each layer (xavier; he for relu)",
    )
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
    how.add_argument("--class-weight", choices=["balanced"], help="let rare classes count as much as others")
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
    keep.add_argument("--plot", metavar="PICTURE", help="draw the errors, and what two inputs lead to (.png, .svg, ..)")
    keep.add_argument("--checkpoint", metavar="FILE", help="write the training to this file now and then")
    keep.add_argument("--checkpoint-every", default="10s", metavar="N", help="epochs, or seconds as in 10s (10s)")
    keep.add_argument("--resume", action="store_true", help="go on from the checkpoint, to the same bits")
    keep.add_argument("--quiet", action="store_true", help="no progress line")


def run(args: Namespace) -> int:
    if args.out and not os.path.isdir(os.path.dirname(os.path.abspath(args.out))):
        raise ValueError(f"--out {args.out}: there is no such folder")
    if args.plot:
        from ..teach.plot import ending

        ending(args.plot)
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
            dropout=None if args.dropout is None else fractions("--dropout", args.dropout),
            metrics=args.metrics.split(",") if args.metrics else (),
            progress=progress,
            checkpoint_every=int(args.checkpoint_every) if args.checkpoint_every.isdecimal() else args.checkpoint_every,
            **{name: getattr(args, name) for name in PASSED},
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
    print_lines(results(task, net, progress, eta, optimizer, args, stopped))
    if args.out:
        print(f"saved    {args.out}")
    if args.plot and progress.history:
        from ..teach.plot import plot_training

        plot_training(progress.history, net, X, Y, args.plot)
        print(f"drawn    {args.plot}")
    return 0


def form(task: Task, args: Namespace) -> tuple[str, str]:
    """The activation of the output and the loss: as asked for, or what suits the task."""
    output = args.output
    if output is None and not args.article and len(task.classes) > 2 and args.loss in (None, "cross_entropy"):
        output = "softmax"
    elif output is None:
        output = "linear" if task.is_regression and not args.article else "sigmoid"
    is_entropy = output == "softmax" and not args.article
    return output, args.loss or ("cross_entropy" if is_entropy else "squared_error")


def optimizer_of(args: Namespace) -> Any:
    name = args.optimizer or ("momentum" if args.momentum is not None else "bp")
    numbers = {"mu": args.momentum, "decay": args.weight_decay, "clip": args.clip}
    if args.momentum is not None and name not in ("momentum", "nesterov"):
        raise ValueError(f"--momentum goes with --optimizer momentum or nesterov, got {name}")
    return make(name, **{key: value for key, value in numbers.items() if value is not None})


def fractions(option: str, text: str) -> Any:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"{option} must be numbers, as in 0.5 or 0.5,0.2, got {text!r}") from None
    return numbers if len(numbers) > 1 else numbers[0]


def hidden_widths(text: str | None, d: int, l: int) -> list[int]:
    if text is None:
        return [max(5, round(sqrt(d * l)))]
    widths = [number_of("--hidden", part) for part in text.split(",")]
    return [] if widths == [0] else widths


def initial(text: str) -> Any:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return text.split(",") if "," in text else text
    return numbers[0] if len(numbers) == 1 else numbers
