"""microbp verify: published worked examples, run here."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from .parser import command


def add(commands: Any) -> None:
    add = command(
        commands,
        run,
        "verify",
        "run published worked examples on this machine and compare every digit",
        "  microbp verify\n  microbp verify --engine python",
    )
    add.add_argument("--engine", choices=["c", "python"], help="only this one (all that work here)")


def run(args: Namespace) -> int:
    """0 if every quantity is as expected, otherwise 1."""
    from ..teach.verify import verify

    result = verify(args.engine)
    print(result)
    return 0 if result.ok else 1
