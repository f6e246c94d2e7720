"""The Python engine: the article's equations (1) to (11), and the training that they make.

This file is the specification: the C engine does the same operations in the same order under the same names.
Numbers are held in rows (`rows.py`): w[h] is row h of a layer's weights, w_h1 .. w_hl. Each function serves every
layer; its names are those of the output layer. For the hidden layer of the article read v for w, gamma for theta, alpha
for beta, e for g, x for b, i for h and h for j. Sums run in the order of their index and start at 0.0; a term whose
input is exactly 0 adds nothing and is skipped.
"""

from __future__ import annotations

from array import array
from math import isfinite

from .arithmetic import sigmoid, tanh
from .generator import Generator
from .rows import DoubleRows, SingleRows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Union

    from .notation import Numbers, Row, Structure
    from .run import Run

    Scalar = Callable[[float], float]
    Rows = Union[type[DoubleRows], type[SingleRows]]

name = "python"
isa, why = "python", ""  # what runs, and why nothing better does
ROWS: dict[str, Rows] = {"double": DoubleRows, "single": SingleRows}


# The equations ---------------------------------------------------------------------------------------------------


def error(rows: Rows, y_hat: Row, y: Row) -> float:
    """(1)  E_k = 1/2 sum_j (y_hat_j - y_j)**2

    >>> error(DoubleRows, [0.75, 0.5], [1.0, 0.0])
    0.15625
    """
    total = 0.0
    for y_hat_j, y_j in zip(rows.numbers(y_hat), y):
        total = total + (y_hat_j - y_j) * (y_hat_j - y_j)
    return float(0.5 * total)


def signal(rows: Rows, w: list[Row], b: Row) -> Row:
    """beta_j = sum_h w_hj b_h, for every j.

    >>> signal(DoubleRows, [[1.0, 2.0], [3.0, 4.0]], [0.5, 0.25])
    [1.25, 2.0]
    """
    return rows.sum_down(w, b)


def output(rows: Rows, f: Scalar, beta: Row, theta: Row) -> Row:
    """(2)  y_hat_j = f(beta_j - theta_j)

    >>> output(DoubleRows, sigmoid, [1.25, 2.0], [1.25, 2.0])
    [0.5, 0.5]
    """
    return rows.row([f(float(beta_j - theta_j)) for beta_j, theta_j in zip(rows.numbers(beta), theta)])


def sigmoid_slope(f: float) -> float:
    """(3), (4)  f' = f (1 - f), the slope of the sigmoid in terms of its value.

    >>> sigmoid_slope(0.75)
    0.1875
    """
    return f * (1.0 - f)


def tanh_slope(f: float) -> float:
    """f' = 1 - f f, the slope of tanh in terms of its value."""
    return 1.0 - f * f


def output_gradient(rows: Rows, slope: Scalar, y_hat: Row, y: Row) -> Row:
    """(6)  g_j = y_hat_j (1 - y_hat_j) (y_j - y_hat_j)

    >>> output_gradient(DoubleRows, sigmoid_slope, [0.75, 0.5], [1.0, 0.0])
    [0.046875, -0.125]
    """
    return rows.row([slope(y_hat_j) * (y_j - y_hat_j) for y_hat_j, y_j in zip(rows.numbers(y_hat), y)])


def hidden_gradient(rows: Rows, slope: Scalar, b: Row, w: list[Row], g: Row) -> Row:
    """(11)  e_h = b_h (1 - b_h) sum_j w_hj g_j, for every h.

    >>> hidden_gradient(DoubleRows, sigmoid_slope, [0.5, 0.75], [[1.0, 2.0], [3.0, 4.0]], [0.5, 0.25])
    [0.25, 0.46875]
    """
    total = rows.sum_across(w, g)
    return rows.row([slope(b_h) * total_h for b_h, total_h in zip(rows.numbers(b), total)])


def update(rows: Rows, eta: float, layer: UnpackedLayer, b: Row, g: Row) -> None:
    """(7), (9)  Delta w_hj = eta g_j b_h;  (8), (10)  Delta theta_j = -eta g_j

    >>> layer = UnpackedLayer([[1.0, 2.0], [3.0, 4.0]], [0.0, 1.0], sigmoid, sigmoid_slope)
    >>> update(DoubleRows, 0.5, layer, [1.0, 2.0], [0.5, -0.25])
    >>> layer.w, layer.theta
    ([[1.25, 1.875], [3.5, 3.75]], [-0.25, 1.125])
    """
    rows.add_outer(layer.w, eta, g, b)
    rows.add_product(layer.theta, g, -eta)


# One net, unpacked from its buffer into rows ---------------------------------------------------------------------

ACTIVATIONS: dict[str, tuple[Scalar, Scalar]] = {
    "sigmoid": (sigmoid, sigmoid_slope),
    "tanh": (tanh, tanh_slope),
    "linear": (lambda x: x, lambda f: 1.0),
}


class UnpackedLayer:
    """A layer's rows of weights w, its thresholds theta, its activation f, and the slope of f in terms of f."""

    __slots__ = ("f", "slope", "theta", "w")

    def __init__(self, w: list[Row], theta: Row, f: Scalar, slope: Scalar) -> None:
        self.w = w
        self.theta = theta
        self.f, self.slope = f, slope

    def copy(self) -> UnpackedLayer:
        """A layer of its own with the same numbers."""
        return UnpackedLayer([row[:] for row in self.w], self.theta[:], self.f, self.slope)

    def zeros(self, rows: Rows) -> UnpackedLayer:
        """A layer of the same shape, all zero."""
        zero = rows.row([0.0] * len(self.theta))
        return UnpackedLayer([zero[:] for _ in self.w], zero, self.f, self.slope)

    def is_finite(self) -> bool:
        """Whether every parameter is a finite number."""
        return all(isfinite(number) for row in (*self.w, self.theta) for number in row)


def unpack(structure: Structure, parameters: Numbers) -> list[UnpackedLayer]:
    """The layers' rows, read from the buffer."""
    rows = ROWS[structure.precision]
    layers = []
    for shape, activation in zip(structure.layers, structure.activations):
        starts = range(shape.offset, shape.end, shape.stride)
        *w, theta = [rows.row(parameters[start : start + shape.n_out].tolist()) for start in starts]
        layers.append(UnpackedLayer(w, theta, *ACTIVATIONS[activation]))
    return layers


def pack(structure: Structure, parameters: Numbers, layers: list[UnpackedLayer]) -> None:
    """Write the layers' rows back into the buffer, in one move that no Ctrl-C can part."""
    packed: array[float] = array(structure.typecode, bytes(parameters.nbytes))
    for shape, layer in zip(structure.layers, layers):
        starts = range(shape.offset, shape.end, shape.stride)
        for start, row in zip(starts, [*layer.w, layer.theta]):
            packed[start : start + shape.n_out] = array(structure.typecode, row)
    parameters[:] = packed


def forward(rows: Rows, layers: list[UnpackedLayer], x: Row) -> tuple[list[Row], list[Row]]:
    """The signals (alpha, ..., beta) into each layer, and the outputs x, b, ..., y_hat."""
    signals, outputs = [], [x]
    for layer in layers:
        beta = signal(rows, layer.w, outputs[-1])
        signals.append(beta)
        outputs.append(output(rows, layer.f, beta, layer.theta))
    return signals, outputs


def backward(rows: Rows, layers: list[UnpackedLayer], outputs: list[Row], y: Row) -> list[Row]:
    """The gradients e, ..., g of each layer, all with the weights as they are, that is, from before the update."""
    gradients = [output_gradient(rows, layers[-1].slope, outputs[-1], y)]
    for i in range(len(layers) - 1, 0, -1):
        gradients.insert(0, hidden_gradient(rows, layers[i - 1].slope, outputs[i], layers[i].w, gradients[0]))
    return gradients


# Training --------------------------------------------------------------------------------------------------------


def standard(rows: Rows, layers: list[UnpackedLayer], run: Run, order: Sequence[int]) -> float:
    """One epoch of standard BP: an update after every sample. Returns the sum of E_k, in the order of the visits."""
    eta, total = rows.row([run.eta])[0], 0.0
    for k in order:
        x, y = run.sample(k)
        outputs = forward(rows, layers, x)[1]
        total += error(rows, outputs[-1], y)
        for layer, b, g in zip(layers, outputs, backward(rows, layers, outputs, y)):
            update(rows, eta, layer, b, g)
    return total


def batches(rows: Rows, layers: list[UnpackedLayer], run: Run, order: Sequence[int]) -> float:
    """One epoch of mini-batch or accumulated BP, each update on a batch's error E = 1/m sum_k E_k.

    Its m samples all meet the same parameters. Their updates for eta = 1 are summed in the order of the visits; then
    w_hj += eta / m * sum_k g_j b_h and theta_j -= eta / m * sum_k g_j. Returns the sum of E_k over the epoch.
    """
    total = 0.0
    for start in range(0, len(order), run.batch):
        batch = order[start : start + run.batch]
        sums = [layer.zeros(rows) for layer in layers]
        for k in batch:
            x, y = run.sample(k)
            outputs = forward(rows, layers, x)[1]
            total += error(rows, outputs[-1], y)
            for layer, b, g in zip(sums, outputs, backward(rows, layers, outputs, y)):
                update(rows, 1.0, layer, b, g)
        rate = rows.row([run.eta / len(batch)])[0]
        for layer, layer_sum in zip(layers, sums):
            for row, sum_row in zip([*layer.w, layer.theta], [*layer_sum.w, layer_sum.theta]):
                rows.add_product(row, sum_row, rate)
    return total


# The engine: the functions that every engine has -----------------------------------------------------------------


def train(structure: Structure, parameters: Numbers, run: Run, epochs: int) -> bool:
    """Train for `epochs` epochs. False if one of them left the finite numbers.

    Writes the parameters, appends each epoch's mean error to run.errors and moves run.generator on. When an epoch
    diverges or is interrupted, all of them are as they were before it.
    """
    rows = ROWS[structure.precision]
    epoch = standard if run.batch == 1 else batches
    layers = unpack(structure, parameters)
    try:
        for _ in range(epochs):
            trial = [layer.copy() for layer in layers]
            generator = Generator(run.generator.state)
            order = generator.shuffled(run.m) if run.shuffle else range(run.m)
            mean = epoch(rows, trial, run, order) / run.m
            if not (isfinite(mean) and all(layer.is_finite() for layer in trial)):
                return False
            layers, run.generator.state = trial, generator.state
            run.errors.append(mean)
    finally:
        pack(structure, parameters, layers)
    return True


def step(
    structure: Structure, parameters: Numbers, x: Row, y: Row, eta: float
) -> tuple[list[Row], list[Row], list[Row], float]:
    """One update of standard BP. The signals, outputs (x first) and gradients of every layer, and E_k."""
    rows = ROWS[structure.precision]
    layers = unpack(structure, parameters)
    signals, outputs = forward(rows, layers, x)
    gradients = backward(rows, layers, outputs, y)
    rate = rows.row([eta])[0]
    for layer, b, g in zip(layers, outputs, gradients):
        update(rows, rate, layer, b, g)
    pack(structure, parameters, layers)
    return signals, outputs, gradients, error(rows, outputs[-1], y)


def predict(
    structure: Structure, parameters: Numbers, X: Numbers, Y_hat: Numbers, threads: int | None = None
) -> None:
    """The outputs y_hat for each row of X, written into Y_hat (both flat, one row after the other)."""
    rows = ROWS[structure.precision]
    layers = unpack(structure, parameters)
    d, l = structure.widths[0], structure.widths[-1]
    for k in range(len(X) // d):
        y_hat = forward(rows, layers, X[k * d : (k + 1) * d].tolist())[1][-1]
        Y_hat[k * l : (k + 1) * l] = array(structure.typecode, y_hat)


def row(structure: Structure, parameters: Numbers, x: object) -> None:
    """The outputs for one NumPy row where an engine has a way that is quicker than `predict`; this one has none."""


def mean_error(structure: Structure, Y_hat: Numbers, Y: Numbers) -> float:
    """E = 1/m sum_k E_k, from the outputs and the targets of m samples (both flat), summed in binary64."""
    rows = ROWS[structure.precision]
    l, total = structure.widths[-1], 0.0
    for k in range(0, len(Y), l):
        total += error(rows, Y_hat[k : k + l].tolist(), Y[k : k + l].tolist())
    return total / (len(Y) // l)


def all_finite(numbers: Numbers) -> bool:
    """Whether every number is finite."""
    return all(map(isfinite, numbers))
