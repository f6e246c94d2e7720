"""Training: what `Net.train` hands to the engine, and what it hands back."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable
    from typing import Any

    from .engine import Engine
    from .notation import Numbers, Structure
    from .run import Run

REPORT_SECONDS = 0.1  # how often `progress` is called, about


class DivergedError(ArithmeticError):
    """Training left the finite numbers in `epoch` (the first is 1); the net is as it was before that epoch."""

    def __init__(self, epoch: int, eta: float) -> None:
        super().__init__(
            f"training left the finite numbers in epoch {epoch}; the net is as it was before that epoch; "
            f"try a smaller eta (now {eta:g}), or scale the inputs and targets to about 1"
        )
        self.epoch = epoch
        self.eta = eta

    def __reduce__(self) -> tuple[Any, ...]:
        return DivergedError, (self.epoch, self.eta)


class History:
    """What a training was like: `error`, the mean E_k of each epoch as its samples were met, and `seconds` in all.

    >>> from microbp import Net
    >>> net = Net(2, 2, 1, seed=7)
    >>> history = net.train([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], epochs=100)
    >>> history.epochs, len(history.error)
    (100, 100)
    """

    __slots__ = ("_errors", "planned", "samples", "seconds")

    def __init__(self, errors: array[float], planned: int, samples: int) -> None:
        self._errors = errors
        self.planned = planned
        self.samples = samples
        self.seconds = 0.0

    @property
    def epochs(self) -> int:
        """How many epochs are done, of the `planned` ones."""
        return len(self._errors)

    @property
    def error(self) -> list[float]:
        """The mean E_k of each epoch."""
        return self._errors.tolist()

    @property
    def samples_per_second(self) -> float:
        """Samples visited in a second, updates included."""
        return self.epochs * self.samples / self.seconds if self.seconds else 0.0

    def __repr__(self) -> str:
        errors = f", error {self._errors[0]:.6g} to {self._errors[-1]:.6g}" if self._errors else ""
        return f"<History: {self.epochs} epochs of {self.samples} samples{errors}, {self.seconds:.3g} s>"


def train(
    engine: Engine,
    structure: Structure,
    parameters: Numbers,
    run: Run,
    epochs: int,
    progress: Callable[[History], object] | None,
) -> History:
    """Let the engine train, in one call, or in one for each report to `progress`."""
    from time import perf_counter

    begin = perf_counter()
    history = History(run.errors, epochs, run.m)
    chunk = 1 if progress else epochs
    while history.epochs < epochs:
        begun = perf_counter()
        finite = engine.train(structure, parameters, run, min(chunk, epochs - history.epochs))
        ended = perf_counter()
        history.seconds = ended - begin
        if not finite:
            raise DivergedError(history.epochs + 1, run.eta)
        if progress:
            progress(history)
            per_epoch = (ended - begun) / chunk
            chunk = max(1, min(2 * chunk, int(REPORT_SECONDS / per_epoch) if per_epoch > 0 else chunk))
    return history
