"""microbp explain: one sample through the equations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..net import Net
from .parser import command
from .reading import add_data, read

if TYPE_CHECKING:
    import argparse
    from typing import Any


def add(commands: Any) -> None:
    """The command and its options."""
    add = command(
        commands,
        run,
        "explain",
        "show one step of back-propagation as the article's equations with numbers",
        "  microbp explain                        XOR, all parameters 0.6\n  microbp explain iris.json iris --row 7",
    )
    add.add_argument("model", nargs="?", help="file that train --out wrote (without: XOR, every parameter 0.6)")
    add_data(add, "")
    add.add_argument("--row", type=int, default=1, help="which sample, from 1 (1)")
    add.add_argument("--eta", type=float, default=0.5, help="learning rate (0.5)")


def run(args: argparse.Namespace) -> int:
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
