"""A run of training: what an engine needs beside the net, and what it hands back."""

from __future__ import annotations

from array import array

from .optimizers import BP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Union

    from .generator import Generator
    from .notation import Numbers, Row, Structure
    from .optimizers import Optimizer

    Samples = Union[list[tuple[Row, Row]], "Run"]  # (x, y) of each sample, by its number


class State:
    """What an optimizer remembers from one update to the next.

    `buffers` are laid out like the parameters, `optimizer.state_rows` of them, 0 at first; t counts the updates; p1, p2
    are beta1**t and beta2**t (Adam). The engine writes in place; plain BP leaves it alone.
    """

    def __init__(self, structure: Structure, optimizer: Optimizer) -> None:
        self.buffers = [structure.buffer() for _ in range(optimizer.state_rows)]
        self.t = 0
        self.p1 = self.p2 = 1.0


FEW = 65536  # numbers made into objects at once, with four times the memory


class Run:
    """The m samples (X and Y flat), how to visit them, and what came of it.

    `errors` are the mean E_k of the epochs done; `generator` is where the next shuffle begins.

    eta, etas       the learning rate of every epoch; or of each, by the number of epochs before it
    optimizer       the article's BP if None
    state           what it remembers; None will do for BP
    sample_weights  s_k for each sample, in the net's precision, or None: all 1
    mask            1 for each free parameter and 0 for each frozen one, laid out like the parameters; None: all free
    dropout         the rate of each hidden layer, in [0, 1), or None
    carried, total  where the sum of E_k over an epoch begins, and where it ended: an epoch in blocks is one call of the
                    engine a block, and the sum goes on from one to the next
    sums            where a batch in blocks keeps what its samples add up to, laid out like the parameters; None: every
                    batch is whole
    earlier, more   how many of its samples came in earlier blocks; whether more follow, so no update yet
    """

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
        *,
        etas: Sequence[float] | None = None,
        optimizer: Optimizer | None = None,
        state: State | None = None,
        sample_weights: Numbers | None = None,
        mask: Numbers | None = None,
        dropout: tuple[float, ...] | None = None,
        sums: Numbers | None = None,
    ) -> None:
        self.X = X
        self.Y = Y
        self.d = d
        self.l = l
        self.m = len(X) // d
        self.eta = eta
        self.etas = etas
        self.batch = batch
        self.shuffle = shuffle
        self.generator = generator
        self.threads = threads
        self.optimizer = BP() if optimizer is None else optimizer
        self.state = state
        self.sample_weights = sample_weights
        self.mask = mask
        self.dropout = dropout
        self.sums = sums
        self.earlier, self.more = 0, False
        self.errors = array("d")
        self.carried = self.total = 0.0

    def samples(self) -> Samples:
        """The samples by number: rows at once where they are few, else each when it is asked for."""
        return [self[k] for k in range(self.m)] if self.m * (self.d + self.l) <= FEW else self

    def __getitem__(self, k: int) -> tuple[Row, Row]:
        x, y = k * self.d, k * self.l
        return self.X[x : x + self.d].tolist(), self.Y[y : y + self.l].tolist()

    def coming_eta(self) -> float:
        return self.eta if self.etas is None else self.etas[len(self.errors)]
