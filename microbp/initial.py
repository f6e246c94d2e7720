"""Initial parameters."""

from __future__ import annotations

from array import array
from math import isfinite, sqrt

from .arithmetic import exp, log
from .checks import real, rounded, shown, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .generator import Generator
    from .notation import LayerShape, Numbers, Structure

    Limits = tuple[float, float, float, float]  # (low, high) of the weights, (low, high) of the thresholds


def xavier(n_in: int, n_out: int) -> Limits:
    """Uniform in +-sqrt(6 / (n_in + n_out)), for weights and thresholds.

    Source: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    """
    limit = sqrt(6.0 / (n_in + n_out))
    return -limit, limit, -limit, limit


def he(n_in: int, n_out: int) -> Limits:
    """Weights uniform in +-sqrt(6 / n_in), thresholds 0.

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", 2015.
    """
    limit = sqrt(6.0 / n_in)
    return -limit, limit, 0.0, 0.0


def lecun(n_in: int, n_out: int) -> Limits:
    """Uniform in +-sqrt(3 / n_in), a standard deviation of 1 / sqrt(n_in), for weights and thresholds.

    Source: Y. LeCun, L. Bottou, G. B. Orr, K.-R. Mueller, "Efficient backprop", 1998, section 4.6.
    """
    limit = sqrt(3.0 / n_in)
    return -limit, limit, -limit, limit


def nguyen_widrow(n_in: int, n_out: int) -> Limits:
    """Uniform in (-1, 1); then each hidden neuron's weights get the length r = 0.7 n_out**(1 / n_in), and its threshold
    is uniform in (-r, r). The output layer is uniform in (-0.5, 0.5). For inputs in [-1, 1].

    Source: D. Nguyen, B. Widrow, "Improving the learning speed of 2-layer neural networks by choosing initial values of
    the adaptive weights", 1990.
    """
    r = length(n_in, n_out)
    return -1.0, 1.0, -r, r


def book(n_in: int, n_out: int) -> Limits:
    """Uniform in (0, 1), as the algorithm in Zhou Zhihua's Machine Learning, figure 5.8, begins."""
    return 0.0, 1.0, 0.0, 1.0


def zeros(n_in: int, n_out: int) -> Limits:
    """All 0: for a net without hidden layers, or to be set by hand; equal hidden neurons stay equal."""
    return 0.0, 0.0, 0.0, 0.0


INITIALISERS: dict[str, Callable[[int, int], Limits]] = {
    "xavier": xavier,
    "he": he,
    "lecun": lecun,
    "nguyen_widrow": nguyen_widrow,
    "book": book,
    "zeros": zeros,
}
DEFAULTS = {"relu": "he", "leaky_relu": "he"}  # the others: xavier


def limits(init: Any, n_in: int, n_out: int) -> Limits:
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
        return low, high, low, high
    number = real("init", init, f"one of {', '.join(INITIALISERS)}, a finite number or a pair (low, high)")
    return number, number, number, number


def by_layer(init: Any, activations: tuple[str, ...]) -> list[Any]:
    """What each layer is drawn by: `init` for all; its own, where `init` lists one for each; its activation's.

    >>> by_layer(None, ("relu", "softmax")), by_layer(["he", 0.5], ("relu", "softmax"))
    (['he', 'xavier'], ['he', 0.5])

    Two numbers are one pair (low, high).
    """
    defaults = [DEFAULTS.get(activation, "xavier") for activation in activations]
    if not isinstance(init, (list, tuple)) or all(isinstance(one, (int, float)) for one in init):
        return defaults if init is None else [init] * len(activations)
    if len(init) != len(activations):
        raise ValueError(f"init must list one for each of {len(activations)} layers, got {len(init)}: {shown(init)}")
    return [default if one is None else one for one, default in zip(init, defaults)]


def initialise(structure: Structure, parameters: Numbers, init: Any, generator: Generator) -> None:
    """Every layer's weights, row by row, then its thresholds."""
    for shape, chosen in zip(structure.layers, by_layer(init, structure.activations)):
        is_hidden = shape is not structure.layers[-1]
        ranges = limits(chosen, shape.n_in, shape.n_out)
        if chosen == "nguyen_widrow" and not is_hidden:
            ranges = (-0.5, 0.5, -0.5, 0.5)
        low, high, low_theta, high_theta = [rounded("init", limit, structure.typecode) for limit in ranges]
        for h, row in enumerate(shape.rows(parameters)):
            if h == shape.n_in:
                low, high = low_theta, high_theta
            row[:] = array(structure.typecode, generator.uniforms(shape.n_out, low, high))
        if chosen == "nguyen_widrow" and is_hidden:
            stretch(parameters, shape)


def length(n_in: int, n_out: int) -> float:
    """r, by microbp's own exp and log."""
    return 0.7 * exp(log(float(n_out)) / n_in)


def stretch(parameters: Numbers, shape: LayerShape) -> None:
    """w = (r w) / sqrt(sum w**2) for each neuron, in binary64 and rounded once."""
    r = length(shape.n_in, shape.n_out)
    for j in range(shape.n_out):
        total = 0.0
        for place in range(shape.offset + j, shape.thresholds, shape.stride):
            total = total + parameters[place] * parameters[place]
        for place in range(shape.offset + j, shape.thresholds, shape.stride):
            parameters[place] = (r * parameters[place]) / sqrt(total) + 0.0 if total else 0.0
