"""microbp info: version, engines, model; and microbp verify: published worked examples, run here."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

from .. import __version__
from ..engine import engines, load, missing
from ..net import Net
from .parser import command, cut


def add(commands: Any) -> None:
    add = command(
        commands,
        run,
        "info",
        "show the version, the engines, and what a model is",
        "  microbp info\n  microbp info iris.json",
    )
    add.add_argument("model", nargs="?", help="file that train --out wrote")
    add = command(
        commands,
        verify,
        "verify",
        "run published worked examples on this machine and compare every digit",
        "  microbp verify\n  microbp verify --engine python",
    )
    add.add_argument("--engine", choices=["c", "python"], help="only this one (all that work here)")


def run(args: Namespace) -> int:
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


def verify(args: Namespace) -> int:
    """0 if every quantity is as expected, otherwise 1."""
    from ..teach.verify import verify

    result = verify(args.engine)
    print(result)
    return 0 if result.ok else 1
