"""Aligned tables, and progress."""

from __future__ import annotations

from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, TextIO
from unicodedata import east_asian_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .training import History


def width(text: str) -> int:
    """Columns: two for a Chinese character."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def table(rows: Sequence[Sequence[str]], right: bool = True) -> list[str]:
    """Rows as aligned lines: the first column to the left, others to the right (or left).

    >>> table([["", "a", "b"], ["melon", "10", "2"]])
    ['        a  b', 'melon  10  2']
    """
    widths = [max(width(row[j]) for row in rows) for j in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = []
        for j, cell in enumerate(row):
            space = " " * (widths[j] - width(cell))
            cells.append(space + cell if right and j else cell + space)
        lines.append("  ".join(cells).rstrip())
    return lines


def duration(seconds: float) -> str:
    """A time as people read it.

    >>> duration(0.25), duration(42), duration(3725)
    ('0.25 s', '42.0 s', '1:02:05')
    """
    if seconds < 60:
        return f"{seconds:.3g} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def reporter(stream: TextIO | None = None) -> Bar | Progress:
    import sys

    stream = sys.stderr if stream is None else stream
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        return Progress(stream)
    return Bar(stream, tqdm)


class Bar:
    """Of tqdm, on a terminal or in a notebook."""

    def __init__(self, stream: TextIO, tqdm: Any) -> None:
        self.stream = stream
        self.tqdm = tqdm
        self.history: History | None = None
        self.bar: Any = None

    def __call__(self, history: History) -> None:
        self.history = history
        if self.bar is None:
            size = {}
            if self.stream.isatty():  # where the terminal does not say its size, it is 80 x 24
                size["ncols"], size["nrows"] = get_terminal_size()
            self.bar = self.tqdm(total=history.planned, unit="epoch", file=self.stream, **size)
        self.bar.update(history.epochs - self.bar.n)
        self.bar.set_postfix_str(told(history), refresh=True)

    def clear(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None


def told(history: History) -> str:
    validation = f"   validation {history.validation_error[-1]:.6f}" if history.validation_error else ""
    return f"error {history.error[-1]:.6f}{validation}"


class Progress:
    """On a terminal one line, written over again and again; in a log a line for each tenth of the epochs, at most one a
    second and at least one in ten, and the last.
    """

    def __init__(self, stream: TextIO, wanted: bool = True) -> None:
        self.stream = stream
        self.wanted = wanted
        self.is_terminal = stream.isatty()
        self.history: History | None = None
        self.epochs, self.seconds = 0, 0.0  # of the last line that stays

    def __call__(self, history: History) -> None:
        self.history = history
        if self.wanted and self.is_terminal:
            self.stream.write(f"\r{self.line(history)}\x1b[K")
            self.stream.flush()
        elif self.wanted and self.is_due(history):
            self.epochs, self.seconds = history.epochs, history.seconds
            print(self.line(history), file=self.stream, flush=True)

    def line(self, history: History) -> str:
        left = history.seconds / history.epochs * (history.planned - history.epochs)
        speed = f"{history.samples_per_second:,.0f} samples/s"
        return f"epoch {history.epochs}/{history.planned}   {told(history)}   {speed}   {duration(left)} left"

    def is_due(self, history: History) -> bool:
        seconds, epochs = history.seconds - self.seconds, history.epochs - self.epochs
        return history.epochs == history.planned or seconds >= 10 or (seconds >= 1 and 10 * epochs >= history.planned)

    def clear(self) -> None:
        """Wipe the line of a terminal; in a log write where the training stopped."""
        if self.wanted and self.is_terminal:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
        elif self.wanted and self.history is not None and self.history.epochs != self.epochs:
            self.epochs = self.history.epochs
            print(self.line(self.history), file=self.stream, flush=True)
