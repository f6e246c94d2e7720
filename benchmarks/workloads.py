"""What is measured: the workloads, their data, and the figures to reach."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
MNIST = os.environ.get("MICROBP_MNIST") or os.path.join(HERE, "..", "..", "shared", "data", "mnist")

XOR, STANDARD, BATCH, DEEP = (2, 2, 1), (784, 30, 10), (784, 128, 10), (784, 512, 512, 10)


@dataclass(frozen=True)
class Workload:
    """`units` updates (kind "train"), rows ("predict") or calls ("call") of a net of `widths`, in each round.

    samples  how many there are; a run goes over them again until it has done its units
    calls    how many times a round repeats the run, where one is too short to be timed
    peers    the keys of the only peers that run it; everybody if empty
    """

    name: str
    widths: tuple[int, ...]
    precision: str
    units: int
    samples: int
    data: str = "dense"
    batch: int = 1
    eta: float = 0.0625  # the same in binary32 and binary64
    kind: str = "train"
    calls: int = 1
    peers: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        return {"train": "a step" if self.batch > 1 else "a sample", "predict": "a row"}.get(self.kind, "a call")

    @property
    def products(self) -> int:
        """Multiply-adds of one update: forward, the gradients of the weights, and back through all layers but one."""
        layers = [n_in * n_out for n_in, n_out in zip(self.widths, self.widths[1:])]
        return self.batch * (3 * sum(layers) - layers[0])


def both(name: str, **options: Any) -> list[Workload]:
    return [Workload(f"{name}, {precision}", precision=precision, **options) for precision in ("single", "double")]


def workloads(quick: bool = False) -> list[Workload]:
    """All of them; `quick` ones are small enough to try out the script."""
    found = [
        Workload("XOR, double", XOR, "double", 1_000_000, 4, "xor", eta=0.5),
        *both("784-30-10, dense", widths=STANDARD, units=100_000, samples=10_000),
        *both("784-30-10, MNIST", widths=STANDARD, units=120_000, samples=20_000, data="MNIST", eta=0.5),
        Workload(
            "784-30-10, MNIST to 95 %", STANDARD, "single", 1, 60_000, "MNIST", 1, 0.5, "accuracy", peers=("microbp",)
        ),
        *both("784-128-10 by 32, dense", widths=BATCH, units=2_100, samples=9_600, batch=32, eta=0.5),
        *both("784-128-10 by 32, MNIST", widths=BATCH, units=3_750, samples=20_000, data="MNIST", batch=32, eta=0.5),
        *both("784-512-512-10 by 128, dense", widths=DEEP, units=150, samples=9_600, batch=128, eta=0.5),
        *both("predict 784-128-10", widths=BATCH, units=200_000, samples=10_000, kind="predict"),
        *both("one row 784-30-10", widths=STANDARD, units=20_000, samples=1, kind="call"),
    ]
    if not os.path.isdir(MNIST):
        found = [w for w in found if w.data != "MNIST"]
    if quick:
        found = [
            replace(w, units=min(w.units, 2000 if w.data == "xor" else 8), samples=min(w.samples, 64 * w.batch))
            if w.kind != "accuracy"
            else w
            for w in found
        ]
    return found + linear(quick)


def linear(quick: bool = False) -> list[Workload]:
    """Cost against samples, epochs and weights, over three decades each; microbp alone, on one thread."""
    found = []
    for size in (1, 10, 100) if quick else (1, 10, 100, 1000):
        calls = max(1, 300 // size)
        for axis, samples, epochs in (("samples", 1000 * size, 1), ("epochs", 1000, size)):
            name = f"linear in {axis}, {1000 * size if axis == 'samples' else size}"
            found.append(Workload(name, (32, 32, 10), "single", samples * epochs, samples, calls=calls))
        q = round((1000 * size) ** 0.5)
        name = f"linear in weights, {q * q + 10 * q}"
        found.append(Workload(name, (q, q, 10), "single", 30 if size == 1000 else 300, 9_600, batch=32, calls=calls))
    return [replace(w, peers=("microbp",)) for w in found]


@lru_cache(maxsize=1)
def mnist() -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """(X, Y) to train on and (X, Y) to test on, as NumPy arrays."""
    from microbp.data import load_mnist

    (X, Y), (X_test, Y_test) = load_mnist(MNIST)
    return (numpy.asarray(X), numpy.asarray(Y)), (numpy.asarray(X_test), numpy.asarray(Y_test))


def samples(w: Workload, m: int) -> tuple[Any, Any]:
    """The first m samples, in the precision of the workload, in memory of their own."""
    if w.data == "MNIST":
        (X, Y), _ = mnist()
        X, Y = X[:m], Y[:m]
    elif w.data == "xor":
        X, Y = numpy.array([[0, 0], [0, 1], [1, 0], [1, 1]])[:m], numpy.array([[0], [1], [1], [0]])[:m]
    else:
        random = numpy.random.default_rng(1)
        X = random.random((m, w.widths[0]), numpy.float32)
        Y = numpy.eye(w.widths[-1])[random.integers(0, w.widths[-1], m)]
    return X.astype(w.precision), Y.astype(w.precision)


@dataclass(frozen=True)
class Figure:
    """microbp is to be `at_least` times as fast as the best of `peers`, or to take at most `seconds`."""

    workload: str
    text: str
    peers: tuple[str, ...]
    at_least: float
    threads: int | None = None  # of microbp; the best if None
    peer_threads: int | None = None
    seconds: float | None = None


EVERY = ("jax", "jax-hand", "torch", "torch-hand", "sklearn", "fann", "numba", "micrograd")

FIGURES = [
    Figure("XOR, double", "JAX", ("jax",), 1.25),
    Figure("XOR, double", "numba", ("numba",), 1.2),
    Figure("784-30-10, dense, single", "JAX", ("jax",), 4),
    Figure("784-30-10, dense, single", "FANN", ("fann",), 15),
    Figure("784-30-10, dense, single", "PyTorch", ("torch",), 150),
    Figure("784-30-10, MNIST, single", "JAX", ("jax",), 10),
    Figure("784-30-10, MNIST to 95 %", "half a second", (), 1, seconds=0.5),
    Figure("784-128-10 by 32, dense, single", "JAX, both on one thread", ("jax",), 1.1, 1, 1),
    Figure("784-128-10 by 32, dense, single", "multiply-add peak of a core, one thread", ("peak",), 0.7, 1),
    Figure("784-128-10 by 32, dense, single", "JAX, two threads", ("jax",), 1.9, 2),
    Figure("784-128-10 by 32, dense, single", "PyTorch, two threads", ("torch",), 4, 2),
    Figure("784-128-10 by 32, MNIST, single", "JAX", ("jax",), 3),
    Figure("784-512-512-10 by 128, dense, single", "JAX, two threads", ("jax",), 1.3, 2),
    Figure("784-512-512-10 by 128, dense, single", "PyTorch, two threads", ("torch",), 1.7, 2),
    *(
        Figure(f"{name}, double", "every peer", EVERY, 1)
        for name in (
            "XOR",
            "784-30-10, dense",
            "784-30-10, MNIST",
            "784-128-10 by 32, dense",
            "784-128-10 by 32, MNIST",
            "784-512-512-10 by 128, dense",
        )
    ),
    Figure("predict 784-128-10, single", "JAX", ("jax",), 1),
    Figure("predict 784-128-10, single", "PyTorch", ("torch",), 1),
    Figure("one row 784-30-10, single", "PyTorch", ("torch",), 5),
    Figure("one row 784-30-10, single", "JAX", ("jax",), 2),
    Figure("784-30-10, dense, single", "the Python engine", ("python",), 1000),
    Figure("784-30-10, dense, double", "the Python engine", ("python",), 1000),
]
