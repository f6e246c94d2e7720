"""Initial parameters: how large the random numbers are with which training begins."""

from __future__ import annotations

from math import isfinite, sqrt

from .checks import real, rounded, shown, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .generator import Generator
    from .notation import Numbers, Structure


def xavier(n_in: int, n_out: int) -> tuple[float, float]:
    """Uniform in +-sqrt(6 / (n_in + n_out)), for weights and thresholds.

    Source: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    """
    limit = sqrt(6.0 / (n_in + n_out))
    return -limit, limit


def book(n_in: int, n_out: int) -> tuple[float, float]:
    """Uniform in (0, 1), as the algorithm in Zhou Zhihua's Machine Learning, figure 5.8, begins."""
    return 0.0, 1.0


INITIALISERS = {"xavier": xavier, "book": book}


def limits(init: Any, n_in: int, n_out: int) -> tuple[float, float]:
    """The range (low, high) that `init` gives for a layer: a word of INITIALISERS, a number, or such a pair."""
    if isinstance(init, str):
        return INITIALISERS[word("init", init, INITIALISERS)](n_in, n_out)
    if isinstance(init, (tuple, list)):
        if len(init) != 2:
            raise ValueError(f"init must be a word, a number or a pair (low, high), got {shown(init)}")
        low, high = real("init[0]", init[0]), real("init[1]", init[1])
        if low > high:
            raise ValueError(f"init must be a pair with low <= high, got {shown(init)}")
        if not isfinite(high - low):
            raise ValueError(f"init must be a pair whose distance is a finite number, got {shown(init)}")
        return low, high
    number = real("init", init, f"one of {', '.join(INITIALISERS)}, a finite number or a pair (low, high)")
    return number, number


def initialise(structure: Structure, parameters: Numbers, init: Any, generator: Generator) -> None:
    """Draw every layer's weights, row by row, then its thresholds."""
    for shape in structure.layers:
        low, high = [rounded("init", limit, structure.typecode) for limit in limits(init, shape.n_in, shape.n_out)]
        for start in range(shape.offset, shape.end, shape.stride):
            for place in range(start, start + shape.n_out):
                parameters[place] = generator.uniform(low, high)
