"""What commands share: parsers whose complaint is one line, and the data and numbers that arguments name."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from typing import TYPE_CHECKING, Any, NoReturn

from ..data.table import EMBEDDED, Table, load, read_csv

if TYPE_CHECKING:
    from collections.abc import Callable

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t"}


class Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def command(commands: Any, run: Callable[[Namespace], int], name: str, summary: str, examples: str) -> ArgumentParser:
    """A new command that `run` carries out; its help ends with examples."""
    added: ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"examples:\n{examples}",
        formatter_class=RawDescriptionHelpFormatter,
    )
    added.set_defaults(run=run)
    return added


def add_data(to: ArgumentParser, default: str | None) -> None:
    what = f'CSV file, "-" for standard input, a folder with MNIST, or {" or ".join(EMBEDDED)}'
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


def read(args: Namespace) -> Table:
    if args.data in EMBEDDED and not os.path.exists(args.data):
        return load(args.data)
    delimiter = DELIMITERS.get(args.delimiter, args.delimiter)
    source: Any = sys.stdin.buffer if args.data == "-" else args.data
    return read_csv(source, header=args.header, delimiter=delimiter, encoding=args.encoding)


def number_of(option: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{option} must be a whole number, got {text!r}") from None


def cut(text: str) -> str:
    """A list that is not too long for a line."""
    return text if len(text) <= 90 else text[:87] + "..."
