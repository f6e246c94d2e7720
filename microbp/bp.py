"""The Python engine: the article's equations (1) to (11), and the training that they make.

This file is the specification: the C engine does the same operations in the same order under the same names.
Numbers are held in rows (`rows/`): w[h] is row h of a layer's weights, w_h1 .. w_hl. Each function serves every
layer; its names are those of the output layer. For the hidden layer of the article read v for w, gamma for theta, alpha
for beta, e for g, x for b, i for h and h for j. Sums run in the order of their index and start at 0.0; a term whose
input is exactly 0 adds nothing and is skipped.
"""

from __future__ import annotations

from array import array
from itertools import repeat  # as operator in C, and loaded by json: they cost nothing
from math import inf, isfinite, sqrt
from operator import mul, sub

from .arithmetic import exp, log, sigmoid, tanh
from .generator import Generator
from .rows import ROWS as ROWS
from .run import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .notation import Numbers, Row, Structure
    from .optimizers import Optimizer
    from .rows import Rows
    from .run import Run, Samples

    Scalar = Callable[[float], float]
    Output = Callable[[Rows, Row], Row]  # (rows, z) -> f(z)
    Slope = Callable[[float, float], float]  # (f(z), z) -> f'(z)
    Error = Callable[[Rows, Row, Row, Row], float]  # (rows, y_hat, y, z) -> E_k
    Difference = Callable[[float, float], float]  # (y_j, y_hat_j) -> -dE_k/dy_hat_j
    Loss = tuple[Error, Difference, bool]
    Kept = Any  # for each layer a row of factors or None, or NOTHING

name = "python"
isa, why = "python", ""  # what runs, and why nothing better does
NOTHING: Kept = repeat(None)  # no dropout: None for every layer


# The equations ---------------------------------------------------------------------------------------------------


def error(rows: Rows, y_hat: Row, y: Row, z: Row | None = None) -> float:
    """(1)  E_k = 1/2 sum_j (y_hat_j - y_j)**2; other losses may need z, what f sees.

    >>> error(ROWS["double"], [0.75, 0.5], [1.0, 0.0])
    0.15625
    """
    total = 0.0
    for y_hat_j, y_j in zip(rows.numbers(y_hat), y):
        total = total + (y_hat_j - y_j) * (y_hat_j - y_j)
    return float(0.5 * total)


def signal(rows: Rows, w: list[Row], b: Row) -> Row:
    """beta_j = sum_h w_hj b_h, for every j.

    >>> signal(ROWS["double"], [[1.0, 2.0], [3.0, 4.0]], [0.5, 0.25])
    [1.25, 2.0]
    """
    return rows.sum_down(w, b)


def each(f: Scalar) -> Output:
    """(2)  y_hat_j = f(z_j), z_j = beta_j - theta_j: an f of one neuron for a row of them, in binary64, rounded once.

    >>> each(sigmoid)(ROWS["double"], [0.0, 2.0])
    [0.5, 0.8807970779778825]
    """
    return lambda rows, z: rows.row(map(f, z))


def sigmoid_slope(f: float, z: float = 0.0) -> float:
    """(3), (4)  f' = f (1 - f), the slope of the sigmoid in terms of its value; other slopes may need z.

    >>> sigmoid_slope(0.75)
    0.1875
    """
    return f * (1.0 - f)


def output_gradient(rows: Rows, slope: Slope, y_hat: Row, z: Row, difference: Row) -> Row:
    """(6)  g_j = f'_j (y_j - y_hat_j), with f'_j = y_hat_j (1 - y_hat_j) for the sigmoid.

    >>> output_gradient(ROWS["double"], sigmoid_slope, [0.75, 0.5], [1.1, 0.0], [0.25, -0.5])
    [0.046875, -0.125]
    """
    return rows.row(map(mul, map(slope, rows.numbers(y_hat), z), difference))


def hidden_gradient(rows: Rows, slope: Slope, b: Row, z: Row, w: list[Row], g: Row) -> Row:
    """(11)  e_h = f'_h sum_j w_hj g_j for every h, with f'_h = b_h (1 - b_h) for the sigmoid.

    >>> hidden_gradient(ROWS["double"], sigmoid_slope, [0.5, 0.75], [0.0, 1.1], [[1.0, 2.0], [3.0, 4.0]], [0.5, 0.25])
    [0.25, 0.46875]
    """
    return rows.row(map(mul, map(slope, rows.numbers(b), z), rows.sum_across(w, g)))


def update(rows: Rows, eta: float, layer: UnpackedLayer, b: Row, g: Row) -> None:
    """(7), (9)  Delta w_hj = eta g_j b_h;  (8), (10)  Delta theta_j = -eta g_j

    >>> layer = UnpackedLayer([[1.0, 2.0], [3.0, 4.0]], [0.0, 1.0], each(sigmoid), sigmoid_slope)
    >>> update(ROWS["double"], 0.5, layer, [1.0, 2.0], [0.5, -0.25])
    >>> layer.w, layer.theta
    ([[1.25, 1.875], [3.5, 3.75]], [-0.25, 1.125])
    """
    rows.add_outer(layer.w, eta, g, b)
    rows.add_product(layer.theta, g, -eta)


# Activations -----------------------------------------------------------------------------------------------------


def tanh_slope(f: float, z: float = 0.0) -> float:
    """f' = 1 - f f, the slope of tanh in terms of its value."""
    return 1.0 - f * f


def relu(z: float) -> float:
    """f = z for z > 0, else 0."""
    return z if z > 0.0 else 0.0


def relu_slope(f: float, z: float = 0.0) -> float:
    """f' = 1 for f > 0, else 0."""
    return 1.0 if f > 0.0 else 0.0


LEAK = 0.01  # rounded to the net's precision


def leaky_relu(rows: Rows, z: Row) -> Row:
    """f = z for z > 0, else leak z (A. L. Maas, A. Y. Hannun, A. Y. Ng, 2013)."""
    leak = rows.number(LEAK)
    return rows.row([z_j if z_j > 0.0 else leak * z_j for z_j in z])


def leaky_relu_slope(f: float, z: float = 0.0) -> float:
    """f' = 1 for f > 0, else leak."""
    return 1.0 if f > 0.0 else type(f)(LEAK)


def elu(z: float) -> float:
    """f = z for z > 0, else exp(z) - 1 (D.-A. Clevert, T. Unterthiner, S. Hochreiter, 2016)."""
    return z if z > 0.0 else exp(z) - 1.0


def elu_slope(f: float, z: float = 0.0) -> float:
    """f' = 1 for f > 0, else f + 1."""
    return 1.0 if f > 0.0 else f + 1.0


def softplus(z: float) -> float:
    """f = log(1 + exp(z)) = max(z, 0) + log(1 + exp(-|z|))"""
    return (z if z > 0.0 else 0.0) + log(1.0 + exp(-abs(z)))


def softplus_slope(f: float, z: float) -> float:
    """f' = sigmoid(z), computed in binary64 and rounded once."""
    return type(f)(sigmoid(z))


def linear_slope(f: float, z: float = 0.0) -> float:
    """f' = 1"""
    return 1.0


def exponentials(z: Row) -> tuple[float, list[float], float]:
    """max z, e_j = exp(z_j - max z), and s = sum_j e_j, all in binary64."""
    largest = -inf
    for z_j in z:
        largest = z_j if z_j > largest else largest
    e, s = [exp(z_j - largest) for z_j in z], 0.0
    for e_j in e:
        s = s + e_j
    return largest, e, s


def softmax(rows: Rows, z: Row) -> Row:
    """y_hat_j = e_j / s

    >>> softmax(ROWS["double"], [1000.0, 1000.0])
    [0.5, 0.5]
    """
    _, e, s = exponentials(z)
    return rows.row([e_j / s for e_j in e])


ACTIVATIONS: dict[str, tuple[Output, Slope]] = {
    "sigmoid": (each(sigmoid), sigmoid_slope),
    "tanh": (each(tanh), tanh_slope),
    "linear": (each(float), linear_slope),
    "relu": (each(relu), relu_slope),
    "leaky_relu": (leaky_relu, leaky_relu_slope),
    "elu": (each(elu), elu_slope),
    "softplus": (each(softplus), softplus_slope),
    "softmax": (softmax, linear_slope),  # its slope cancels in the gradient of the cross-entropy: never used
}


# Losses ----------------------------------------------------------------------------------------------------------


def absolute(rows: Rows, y_hat: Row, y: Row, z: Row) -> float:
    """E_k = sum_j |y_hat_j - y_j|"""
    total = 0.0
    for y_hat_j, y_j in zip(rows.numbers(y_hat), y):
        total = total + abs(y_hat_j - y_j)
    return float(total)


def absolute_difference(y: float, y_hat: float) -> float:
    """-dE_k/dy_hat_j = the sign of y_j - y_hat_j, 0 where they are equal."""
    return 1.0 if y > y_hat else -1.0 if y < y_hat else 0.0


def huber(rows: Rows, y_hat: Row, y: Row, z: Row) -> float:
    """E_k = sum_j 1/2 r r for |r| <= 1, else |r| - 1/2, with r = y_hat_j - y_j (P. J. Huber, 1964, delta 1)."""
    total = 0.0
    for y_hat_j, y_j in zip(rows.numbers(y_hat), y):
        r = y_hat_j - y_j
        total = total + ((0.5 * r) * r if abs(r) <= 1.0 else abs(r) - 0.5)
    return float(total)


def huber_difference(y: float, y_hat: float) -> float:
    """-dE_k/dy_hat_j = y_j - y_hat_j, at least -1 and at most 1."""
    r = y - y_hat
    return 1.0 if r > 1.0 else -1.0 if r < -1.0 else r


def cross_entropy(rows: Rows, y_hat: Row, y: Row, z: Row) -> float:
    """E_k = -sum_j y_j log y_hat_j + (1 - y_j) log(1 - y_hat_j) = sum_j max(z, 0) - z y + log(1 + exp(-|z|))

    for sigmoid outputs, in binary64 and rounded once.
    """
    total = 0.0
    for z_j, y_j in zip(z, y):
        total = total + (((z_j if z_j > 0.0 else 0.0) - z_j * y_j) + log(1.0 + exp(-abs(z_j))))
    return float(rows.number(total))


def softmax_cross_entropy(rows: Rows, y_hat: Row, y: Row, z: Row) -> float:
    """E_k = -sum_j y_j log y_hat_j = sum_j y_j (log s - (z_j - max z)), without the terms in which y_j is 0

    for softmax outputs, in binary64 and rounded once.
    """
    largest, _, s = exponentials(z)
    total, log_s = 0.0, log(s)
    for z_j, y_j in zip(z, y):
        if y_j:
            total = total + y_j * (log_s - (z_j - largest))
    return float(rows.number(total))


# E_k, -dE_k/dy_hat_j from y_j and y_hat_j, and whether that is g_j already, because the slope of the output cancels
LOSSES: dict[str, Loss] = {
    "squared_error": (error, sub, False),
    "cross_entropy": (cross_entropy, sub, True),
    "softmax cross_entropy": (softmax_cross_entropy, sub, True),
    "absolute": (absolute, absolute_difference, False),
    "huber": (huber, huber_difference, False),
}


def loss_of(structure: Structure) -> Loss:
    return LOSSES["softmax cross_entropy" if structure.activations[-1] == "softmax" else structure.loss]


# One net, unpacked from its buffer into rows ---------------------------------------------------------------------


class UnpackedLayer:
    """Rows of weights and thresholds, the activation and its slope."""

    __slots__ = ("f", "slope", "theta", "w")

    def __init__(self, w: list[Row], theta: Row, f: Output, slope: Slope) -> None:
        self.w = w
        self.theta = theta
        self.f, self.slope = f, slope

    def zeros(self, rows: Rows) -> UnpackedLayer:
        zero = rows.row([0.0] * len(self.theta))
        return UnpackedLayer([zero[:] for _ in self.w], zero, self.f, self.slope)


def unpack(structure: Structure, parameters: Numbers) -> list[UnpackedLayer]:
    rows = ROWS[structure.precision]
    layers = []
    for shape, activation in zip(structure.layers, structure.activations):
        *w, theta = [rows.row(row.tolist()) for row in shape.rows(parameters)]
        layers.append(UnpackedLayer(w, theta, *ACTIVATIONS[activation]))
    return layers


def all_rows(layers: list[UnpackedLayer]) -> list[Row]:
    """Every row of every layer, in the order in which they lie in the buffer."""
    return [row for layer in layers for row in (*layer.w, layer.theta)]


def pack(structure: Structure, parameters: Numbers, layers: list[UnpackedLayer]) -> None:
    """Back into the buffer, in one move that no Ctrl-C can part."""
    packed: array[float] = array(structure.typecode, bytes(parameters.nbytes))
    for shape, layer in zip(structure.layers, layers):
        for start, row in zip(range(shape.offset, shape.end, shape.stride), [*layer.w, layer.theta]):
            packed[start : start + shape.n_out] = array(structure.typecode, row)
    parameters[:] = packed


def forward(rows: Rows, layers: list[UnpackedLayer], x: Row, kept: Kept = NOTHING) -> tuple[list[Row], list[Row]]:
    """z = signal - threshold of each layer, and x, b, ..., y_hat, with dropout times `kept`."""
    zs, outputs, b = [], [x], x
    for layer, kept_h in zip(layers, kept):
        z = rows.row(map(sub, signal(rows, layer.w, b), layer.theta))
        b = layer.f(rows, z)
        if kept_h:
            b = rows.row(map(mul, b, kept_h))
        zs.append(z)
        outputs.append(b)
    return zs, outputs


def backward(
    rows: Rows, layers: list[UnpackedLayer], zs: list[Row], outputs: list[Row], g: Row, kept: Kept = NOTHING
) -> list[Row]:
    """The gradients e, ..., g, all with the weights from before the update."""
    gradients = [g]
    for i in range(len(layers) - 1, 0, -1):
        below, z = layers[i - 1], zs[i - 1]
        if kept is NOTHING:
            g = hidden_gradient(rows, below.slope, outputs[i], z, layers[i].w, g)
        else:
            slope = [below.slope(b_h, z_h) for b_h, z_h in zip(rows.numbers(below.f(rows, z)), z)]
            factor = rows.row(map(mul, slope, kept[i - 1]))
            g = rows.row(map(mul, factor, rows.sum_across(layers[i].w, g)))
        gradients.insert(0, g)
    return gradients


def learn(
    rows: Rows, layers: list[UnpackedLayer], loss: Loss, x: Row, y: Row, s: float = 1.0, kept: Kept = NOTHING
) -> tuple[list[Row], list[Row], float]:
    """Outputs (x first) and gradients of every layer, and E_k, of a sample of weight s."""
    error_of, difference_of, is_gradient = loss
    zs, outputs = forward(rows, layers, x, kept)
    y_hat, z = outputs[-1], zs[-1]
    g = rows.row(map(difference_of, y, y_hat))
    if not is_gradient:
        g = output_gradient(rows, layers[-1].slope, y_hat, z, g)
    E = error_of(rows, y_hat, y, z)
    if s != 1.0:
        g, E = rows.row([s * g_j for g_j in g]), float(rows.number(s * E))
    return outputs, backward(rows, layers, zs, outputs, g, kept), E


# Training --------------------------------------------------------------------------------------------------------


def standard(
    rows: Rows,
    layers: list[UnpackedLayer],
    loss: Loss,
    run: Run,
    samples: Samples,
    order: Sequence[int],
    generator: Generator,
) -> float:
    """One epoch of standard BP, an update after every sample. Returns the sum of E_k in the order of the visits."""
    eta, total, kept = rows.row([run.coming_eta()])[0], run.carried, NOTHING
    weights, dropout = run.sample_weights, run.dropout
    for k in order:
        x, y = samples[k]
        if dropout:
            kept = keep(rows, layers, dropout, generator)
        outputs, gradients, E = learn(rows, layers, loss, x, y, weights[k] if weights else 1.0, kept)
        total += E
        for layer, b, g in zip(layers, outputs, gradients):
            update(rows, eta, layer, b, g)
    return total


def batches(
    structure: Structure,
    nets: list[list[UnpackedLayer]],
    run: Run,
    samples: Samples,
    order: Sequence[int],
    generator: Generator,
    state: State,
    free: list[Row] | None,
) -> float:
    """One epoch of mini-batch or accumulated BP, each update on a batch's error E = 1/m sum_k E_k.

    The updates of its m samples for eta = 1 are summed in the order of the visits, and one update is made of the sums.
    `nets` holds the layers and, in layers of their own, what the optimizer remembers. Where the batch comes in blocks,
    the update is made after the last one. Returns the sum of E_k.
    """
    rows, loss = ROWS[structure.precision], loss_of(structure)
    total, weights, kept, layers, eta = run.carried, run.sample_weights, NOTHING, nets[0], run.coming_eta()
    w, *memory = map(all_rows, nets)
    is_weights = [row is not layer.theta for layer in layers for row in (*layer.w, layer.theta)]
    for start in range(0, len(order), run.batch):
        batch = order[start : start + run.batch]
        sums = unpack(structure, run.sums) if run.sums and run.earlier else [layer.zeros(rows) for layer in layers]
        for k in batch:
            x, y = samples[k]
            if run.dropout:
                kept = keep(rows, layers, run.dropout, generator)
            outputs, gradients, E = learn(rows, layers, loss, x, y, weights[k] if weights else 1.0, kept)
            total += E
            for layer, b, g in zip(sums, outputs, gradients):
                update(rows, 1.0, layer, b, g)
        m = run.earlier + len(batch)
        if run.sums and run.more:
            pack(structure, run.sums, sums)
        elif run.optimizer.is_plain and free is None:
            accumulated(rows, w, all_rows(sums), m, eta)
        else:
            optimised(rows, w, all_rows(sums), m, eta, run.optimizer, state, memory, is_weights, free)
    return total


def keep(rows: Rows, layers: list[UnpackedLayer], dropout: Sequence[float], generator: Generator) -> list[Row | None]:
    """Dropout: for each neuron of each hidden layer 0 with probability `rate`, else 1 / (1 - rate).

    One draw a neuron, layer by layer; none where the rate is 0. The output layer keeps all.
    Source: N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, "Dropout", 2014.
    """
    kept: list[Row | None] = []
    for layer, rate in zip(layers, dropout):
        scale, draw = 1.0 / (1.0 - rate), generator.uniform
        kept.append(rows.row([0.0 if rate and draw(0.0, 1.0) < rate else scale for _ in layer.theta]))
    return [*kept, None]


def accumulated(rows: Rows, w: list[Row], sums: list[Row], m: int, eta: float) -> None:
    """The update of plain BP: w_hj += eta / m * sum_k g_j b_h and theta_j -= eta / m * sum_k g_j."""
    rate = rows.row([eta / m])[0]
    for row, sum_row in zip(w, sums):
        rows.add_product(row, sum_row, rate)


def optimised(
    rows: Rows,
    w: list[Row],
    sums: list[Row],
    m: int,
    eta: float,
    optimizer: Optimizer,
    state: State,
    memory: list[list[Row]],
    is_weights: list[bool],
    free: list[Row] | None,
) -> None:
    """The update of an optimizer: D = total / m, then clip, decay (weights only), and the formula.

    Plain BP takes rate = eta / m for eta and the total for D. A frozen parameter does not count in the length that clip
    limits, and neither it nor what is remembered of it changes.
    """
    if optimizer.is_plain:
        eta = eta / m
    else:
        divisor = rows.number(m)
        sums = [rows.row([total / divisor for total in row]) for row in sums]
    if optimizer.clip is not None:
        length = 0.0
        for i, row in enumerate(sums):
            for j, D in enumerate(row):
                if free is None or free[i][j]:
                    length = length + D * D
        length = sqrt(length)
        if length > optimizer.clip:
            scale = rows.number(optimizer.clip / length)
            sums = [rows.row([D * scale for D in row]) for row in sums]
    step = optimizer.formula(rows, eta, state)
    decay = rows.number(optimizer.decay)
    shrink = rows.number(eta) * decay
    for i, together in enumerate(zip(w, sums, *memory)):
        has_decay = is_weights[i] and decay
        for j, (w_j, D, *remembered) in enumerate(zip(*map(rows.numbers, together))):
            if free is None or free[i][j]:
                if has_decay:
                    w_j, D = (w_j - shrink * w_j, D) if optimizer.decoupled else (w_j, D - decay * w_j)
                w[i][j], *remembered = step(w_j, D, *remembered)
                for buffer, number in zip(memory, remembered):
                    buffer[i][j] = number
    state.t += 1


# The engine: the functions that every engine has -----------------------------------------------------------------


def train(structure: Structure, parameters: Numbers, run: Run, epochs: int) -> bool:
    """Train for `epochs` epochs. False if one of them left the finite numbers.

    Appends each epoch's mean error to run.errors; parameters, run.state and run.generator move on. When an epoch
    diverges or is interrupted, all of them are as before it.
    """
    rows, loss, samples = ROWS[structure.precision], loss_of(structure), run.samples()
    state = run.state or State(structure, run.optimizer)
    free = None if run.mask is None else all_rows(unpack(structure, run.mask))
    is_standard = run.batch == 1 and run.optimizer.is_plain and free is None and run.sums is None
    buffers = [parameters, *state.buffers]
    nets = [unpack(structure, buffer) for buffer in buffers]  # the net, and what is remembered of each parameter
    w, every = all_rows(nets[0]), [row for layers in nets for row in all_rows(layers)]
    done = [row[:] for row in every], (state.t, state.p1, state.p2)  # after the last whole epoch
    try:
        for _ in range(epochs):
            generator = Generator(run.generator.state)
            order = generator.shuffled(run.m) if run.shuffle else range(run.m)
            if is_standard:
                total = standard(rows, nets[0], loss, run, samples, order, generator)
            else:
                total = batches(structure, nets, run, samples, order, generator, state, free)
            mean = total / run.m
            if not (isfinite(mean) and all(all(map(isfinite, row)) for row in w)):
                return False
            done = [row[:] for row in every], (state.t, state.p1, state.p2)
            run.generator.state = generator.state
            run.errors.append(mean)
            run.total = total
    finally:
        for row, kept in zip(every, done[0]):
            row[:] = kept  # type: ignore[assignment]
        for buffer, layers in zip(buffers, nets):
            pack(structure, buffer, layers)
        state.t, state.p1, state.p2 = done[1]
    return True


def step(
    structure: Structure, parameters: Numbers, x: Row, y: Row, eta: float
) -> tuple[list[Row], list[Row], list[Row], float]:
    """One update of standard BP. Signals, outputs (x first) and gradients of every layer, and E_k."""
    rows = ROWS[structure.precision]
    layers = unpack(structure, parameters)
    outputs, gradients, E = learn(rows, layers, loss_of(structure), x, y)
    signals = [signal(rows, layer.w, b) for layer, b in zip(layers, outputs)]
    rate = rows.row([eta])[0]
    for layer, b, g in zip(layers, outputs, gradients):
        update(rows, rate, layer, b, g)
    pack(structure, parameters, layers)
    return signals, outputs, gradients, E


def predict(structure: Structure, parameters: Numbers, X: Numbers, Y_hat: Numbers, threads: int | None = None) -> bool:
    """y_hat for each row of X, written into Y_hat (both flat).

    False, with Y_hat half written, if an input is not finite.
    """
    rows = ROWS[structure.precision]
    layers = unpack(structure, parameters)
    d, l = structure.widths[0], structure.widths[-1]
    for k in range(len(X) // d):
        x = X[k * d : (k + 1) * d].tolist()
        if not all(map(isfinite, x)):
            return False
        Y_hat[k * l : (k + 1) * l] = array(structure.typecode, forward(rows, layers, x)[1][-1])
    return True


def row(structure: Structure, parameters: Numbers, x: object) -> None:
    """y_hat for a NumPy row, where an engine is quicker at it than `predict`; this one is not."""


def error_sum(
    structure: Structure,
    parameters: Numbers,
    X: Numbers,
    Y: Numbers,
    sample_weights: Numbers | None = None,
    carried: float = 0.0,
) -> float:
    """carried + sum_k s_k E_k (X and Y flat), one after the other in binary64, without dropout."""
    rows, error_of = ROWS[structure.precision], loss_of(structure)[0]
    layers = unpack(structure, parameters)
    d, l, total = structure.widths[0], structure.widths[-1], carried
    for k in range(len(Y) // l):
        zs, outputs = forward(rows, layers, X[k * d : (k + 1) * d].tolist())
        E = error_of(rows, outputs[-1], Y[k * l : (k + 1) * l].tolist(), zs[-1])
        total += E if sample_weights is None else float(rows.number(sample_weights[k] * E))
    return total


def mean_error(structure: Structure, parameters: Numbers, X: Numbers, Y: Numbers) -> float:
    """E = 1/m sum_k E_k (X and Y flat), summed in binary64."""
    return error_sum(structure, parameters, X, Y) / (len(Y) // structure.widths[-1])


def all_finite(numbers: Numbers) -> bool:
    """Whether every number is finite."""
    return all(map(isfinite, numbers))
