"""microbp explain: one sample through the equations."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import Any

from .. import checks
from ..net import Net
from .parser import add_data, command, read

STEPS = 200  # of a page, where --steps does not say


def add(commands: Any) -> None:
    add = command(
        commands,
        run,
        "explain",
        "show one step of back-propagation as the article's equations with numbers",
        "  microbp explain                        XOR, all parameters 0.6\n"
        "  microbp explain iris.json iris --row 7 --lang zh\n"
        "  microbp explain --latex > xor.tex\n"
        "  microbp explain --seed 7 --eta 4 --steps 1600 --html xor.html    a page that replays the training",
    )
    add.add_argument("model", nargs="?", help="file that train --out wrote (without: XOR, see --seed)")
    add_data(add, "")
    add.add_argument("--row", type=int, default=1, help="which sample, from 1 (1)")
    add.add_argument("--eta", type=float, default=0.5, help="learning rate (0.5)")
    add.add_argument("--lang", choices=["en", "zh"], default="en", help="of the words in it: en or zh (en)")
    add.add_argument("--latex", action="store_true", help="write LaTeX, to be pasted into a document")
    add.add_argument("--seed", type=int, help="of the parameters for XOR (without: every parameter 0.6)")
    add.add_argument("--html", metavar="PAGE", help="write a page that replays steps of training in a browser")
    add.add_argument("--steps", type=int, help=f"of the page, over the samples in their order ({STEPS})")


def run(args: Namespace) -> int:
    if args.model is None:
        net = Net(2, 2, 1, init=0.6) if args.seed is None else Net(2, 2, 1, seed=args.seed)
        X, Y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1.0], [1.0], [0.0]]
    else:
        if args.seed is not None:
            raise ValueError("--seed is for XOR; a model has its parameters")
        net = Net.load(args.model)
        if net.columns is None:
            raise ValueError(f"{args.model}: the net was not trained on a CSV file, so that it cannot read one")
        if not args.data:
            raise ValueError(f"the data is missing, as in: microbp explain {args.model} data.csv --row 1")
        X, Y = net.columns.encode(read(args))
    if not 1 <= args.row <= len(X):
        raise ValueError(f"--row must be a whole number from 1 to {len(X)}, got {args.row}")
    if args.html:
        return replay(net, X, Y, args)
    if args.steps is not None:
        raise ValueError("--steps goes with --html")
    step = net.explain(X[args.row - 1], Y[args.row - 1], args.eta)
    mark = "% " if args.latex else ""
    columns = net.columns
    for symbol, names in [] if columns is None else [("x", columns.input_names), ("y", columns.output_names)]:
        for i, name in enumerate(names):
            print(f"{mark}{symbol}_{i + 1}  {' '.join(name.splitlines())}")
    print(step.to_latex(args.lang) if args.latex else step.to_text(args.lang))
    return 0


def replay(net: Net, X: Any, Y: Any, args: Namespace) -> int:
    """The page of a run that begins with the row."""
    from ..teach.trace import Trace

    if args.latex:
        raise ValueError("--html and --latex do not go together")
    trace = Trace(net, X, Y, args.eta)
    trace.run(STEPS if args.steps is None else checks.integer("--steps", args.steps, 1), first=args.row - 1)
    trace.to_html(args.html, args.lang)
    print(f"saved    {args.html}: {len(trace)} steps, {os.path.getsize(args.html) / 1e6:.1f} MB; open it in a browser")
    return 0
