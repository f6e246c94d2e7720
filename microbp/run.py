"""A training run: all that an engine needs beside the net, and what it hands back."""

from __future__ import annotations

from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .generator import Generator
    from .notation import Numbers, Row


class Run:
    """The m samples (X and Y flat, one row after the other), how to visit them, and what came of it.

    `errors` holds the mean E_k of each epoch that is done; `generator` is where the next epoch's shuffle begins.
    """

    __slots__ = ("X", "Y", "batch", "d", "errors", "eta", "generator", "l", "m", "shuffle", "threads")

    def __init__(
        self,
        X: Numbers,
        Y: Numbers,
        d: int,
        l: int,
        eta: float,
        batch: int,
        shuffle: bool,
        generator: Generator,
        threads: int | None = None,
    ) -> None:
        self.X = X
        self.Y = Y
        self.d = d
        self.l = l
        self.m = len(X) // d
        self.eta = eta
        self.batch = batch
        self.shuffle = shuffle
        self.generator = generator
        self.threads = threads
        self.errors = array("d")

    def sample(self, k: int) -> tuple[Row, Row]:
        """The inputs x and the targets y of sample k."""
        x, y = k * self.d, k * self.l
        return self.X[x : x + self.d].tolist(), self.Y[y : y + self.l].tolist()
