"""The peers: one module each, all with the same two classes, and the list of who is measured with how many threads.

    Trainer(task)     everything that need not be timed: data in the library's own form, compilation
        .start(layers)    put these parameters in
        .train(epochs)    the timed part: train over the samples in their order; finished when it returns
        .layers()         the parameters now
    Predictor(task)
        .predict(times)   the timed part: the outputs for all rows, `times` times over; returns the last ones
    version()         of the library

`layers` are pairs of weights [input][output] and thresholds, NumPy arrays. Libraries that add a bias get minus the
threshold. Every update is the one of microbp (`run.py` checks that): sigmoid in all layers, 1/2 sum (y_hat - y)**2,
averaged over a batch, w -= eta dE/dw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from workloads import Workload

Layers = list[tuple[Any, Any]]


@dataclass
class Task:
    """A workload with its data, for a form of a peer on so many threads."""

    workload: Workload
    X: Any
    Y: Any
    layers: Layers
    form: str
    threads: int

    @property
    def batches(self) -> tuple[Any, Any]:
        """X and Y as batch after batch; as they are if a batch is one sample."""
        if self.workload.batch == 1:
            return self.X, self.Y
        return tuple(values.reshape(-1, self.workload.batch, values.shape[1]) for values in (self.X, self.Y))


@dataclass(frozen=True)
class Peer:
    """A peer in the form in which it is measured, and the workloads that it can do at all."""

    key: str
    label: str
    module: str
    threads: tuple[int, ...]
    can: Callable[[Workload], bool] = lambda w: True
    form: str = ""


def trains(w: Workload) -> bool:
    return w.kind == "train"


PEERS = [
    Peer("microbp", "microbp", "with_microbp", (1, 2), form="c"),
    Peer("python", "microbp (Python)", "with_microbp", (1,), lambda w: len(w.widths) == 3, form="python"),
    Peer("jax", "JAX", "with_jax", (1, 2)),
    Peer("jax-hand", "JAX, gradients by hand", "with_jax", (1, 2), trains, form="hand"),
    Peer("torch", "PyTorch", "with_torch", (1, 2)),
    Peer("torch-hand", "PyTorch, gradients by hand", "with_torch", (1, 2), trains, form="hand"),
    Peer("sklearn", "scikit-learn", "with_sklearn", (1, 2)),
    Peer("fann", "FANN", "with_fann", (1,)),
    Peer("numba", "numba, by hand", "with_numba", (1, 2), lambda w: w.batch > 1 or len(w.widths) == 3),
    Peer(
        "micrograd",
        "micrograd",
        "with_micrograd",
        (1,),
        lambda w: trains(w) and w.batch == 1 and w.precision == "double" and w.data != "MNIST",
    ),
    Peer("peak", "peak", "with_peak", (1,), lambda w: trains(w) and w.batch > 1),
]
