"""The command line: microbp train, predict, explain, check, info, verify."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from .. import __version__
from ..training import DivergedError
from . import check, explain, info, predict, train
from .parser import Parser

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (train, predict, explain, check, info)


def parser() -> Parser:
    top = Parser(
        prog="microbp",
        description="Train small neural networks by error back-propagation: the same bits everywhere, fast, clear.",
        epilog="example: microbp train iris.csv --target species --hidden 5 --out iris.json",
    )
    top.add_argument("--version", action="version", version=f"microbp {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser, required=True)
    for module in COMMANDS:
        module.add(commands)
    return top


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
