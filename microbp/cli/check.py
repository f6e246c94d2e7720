"""microbp check: what is wrong with a student's BP?"""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from .parser import command

EXAMPLES = """\
  microbp check student.py                           the function my_step of a file
  microbp check student.py --function update --lang zh
  microbp check xor.py --layers 2,2,1                it was written for one shape
  microbp check student.py --json > student.json     for a grader

The function makes one update of standard BP:
  def my_step(v, gamma, w, theta, x, y, eta): ... return v, gamma, w, theta
or, for any number of layers, with lists of them:
  def my_step(weights, thresholds, x, y, eta): ... return weights, thresholds

exit code: 0 all right; 1 mistakes, a crash or an endless loop; 2 there is nothing to check"""


def add(commands: Any) -> None:
    add = command(commands, run, "check", "say what is wrong with a student's BP, equation by equation", EXAMPLES)
    add.add_argument("file", metavar="student.py", help="the student's file, which is run in a process of its own")
    add.add_argument("--function", metavar="NAME", help="of the update (my_step, or the only one that fits)")
    add.add_argument("--layers", metavar="D,Q,..,L", help="widths of the nets to try it on (several shapes)")
    add.add_argument("--batch", action="store_true", help="it takes lists of samples X, Y, for accumulated BP")
    kind = add.add_mutually_exclusive_group()
    kind.add_argument("--numpy", action="store_true", help="hand it NumPy arrays (lists first, then arrays)")
    kind.add_argument("--lists", action="store_true", help="hand it lists only")
    add.add_argument("--seconds", type=float, default=10.0, help="the time it may take (10)")
    add.add_argument("--lang", choices=["en", "zh"], default="en", help="of the report (en)")
    add.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: Namespace) -> int:
    from ..teach.check import check

    result = check(
        args.file,
        args.function,
        layers=None if args.layers is None else widths(args.layers),
        batch=args.batch,
        arrays=True if args.numpy else False if args.lists else None,
        seconds=args.seconds,
        lang=args.lang,
    )
    print(json.dumps(result.as_dict(), ensure_ascii=False, indent=2) if args.json else result)
    return 0 if result.ok else 1


def widths(text: str) -> list[int]:
    try:
        return [int(part) for part in text.replace("-", ",").split(",")]
    except ValueError:
        raise ValueError(f"--layers must be widths as in 2,3,1, got {text!r}") from None
