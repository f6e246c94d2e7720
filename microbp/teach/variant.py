"""One update of BP, right or wrong: the article's algorithm with a switch at each place where people go astray.

With no switch set this is standard BP, or for several samples accumulated BP. It is compared with a student's numbers
by a tolerance, so that it needs no engine and keeps no order of operations.
"""

from __future__ import annotations

from ..arithmetic import exp, sigmoid, tanh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Vector = list[float]
    Matrix = list[Vector]
    Switches = Mapping[str, Any]

RIGHT: dict[str, Any] = {
    # forward: the sign of the threshold in b = f(alpha - gamma), and f
    "threshold hidden": -1.0,
    "threshold output": -1.0,
    "f hidden": "sigmoid",
    "f output": "sigmoid",
    "transposed hidden": False,
    "transposed output": False,
    # (6)
    "difference": "y − ŷ",
    "slope output": "sigmoid",
    "sign g": 1.0,
    "factor g": 1.0,
    "mean g": False,
    # (11)
    "sum": "w g",
    "slope hidden": "sigmoid",
    "sign e": 1.0,
    "factor e": 1.0,
    # (7) to (10), for each group
    **{f"sign {group}": 1.0 for group in ("w", "theta", "v", "gamma")},
    **{f"factor {group}": 1.0 for group in ("w", "theta", "v", "gamma")},
    **{f"eta {group}": 1 for group in ("w", "theta", "v", "gamma")},  # how often eta is a factor
    "input w": "b",
    "input v": "b",
    "transposed w": False,
    "transposed v": False,
    # how the matrices are read, the order of it all, and what is handed back
    "layout w": "as is",
    "layout v": "as is",
    "forward again": False,
    "samples": "mean",
    "returned": "new",
    "returned w": "as is",
    "returned v": "as is",
}

F: dict[str, Callable[[float], float]] = {
    "sigmoid": sigmoid,
    "tanh": tanh,
    "linear": lambda z: z,
    "relu": lambda z: max(z, 0.0),
}

# The factor that should be f'(z) = b (1 - b): from the output b of a neuron, its signal s, and z, which f sees
SLOPES: dict[str, Callable[[float, float, float], float]] = {
    "sigmoid": lambda b, s, z: b * (1.0 - b),
    "missing": lambda b, s, z: 1.0,
    "signal": lambda b, s, z: s * (1.0 - s),
    "z": lambda b, s, z: z * (1.0 - z),
    "f of output": lambda b, s, z: sigmoid(b) * (1.0 - sigmoid(b)),
    "tanh": lambda b, s, z: 1.0 - b * b,
    "relu": lambda b, s, z: 1.0 if z > 0.0 else 0.0,
}

DIFFERENCES: dict[str, Callable[[float, float], float]] = {
    "y − ŷ": lambda y, y_hat: y - y_hat,
    "cross entropy": lambda y, y_hat: y / y_hat - (1.0 - y) / (1.0 - y_hat),
    "half cross entropy": lambda y, y_hat: y / y_hat,
}

# sum_j w_hj g_j of (11): from rows w_h, dw_h, g, the differences y - y_hat that were passed down, and b_h
SUMS: dict[str, Callable[[Vector, Vector, Vector, Vector, float], float]] = {
    "w g": lambda w, dw, g, r, b: sum(w_j * g_j for w_j, g_j in zip(w, g)),
    "new w g": lambda w, dw, g, r, b: sum((w_j + dw_j) * g_j for w_j, dw_j, g_j in zip(w, dw, g)),
    "g": lambda w, dw, g, r, b: sum(g),
    "dw": lambda w, dw, g, r, b: sum(dw),
    "g b": lambda w, dw, g, r, b: sum(g_j * b for g_j in g),
    "dw g": lambda w, dw, g, r, b: sum(dw_j * g_j for dw_j, g_j in zip(dw, g)),
    "w dw": lambda w, dw, g, r, b: sum(w_j * dw_j for w_j, dw_j in zip(w, dw)),
    "w": lambda w, dw, g, r, b: sum(w),
    "w difference": lambda w, dw, g, r, b: sum(w_j * r_j for w_j, r_j in zip(w, r)),
    "first": lambda w, dw, g, r, b: w[0] * g[0],
    "last": lambda w, dw, g, r, b: w[-1] * g[-1],
}


class Impossible(Exception):
    """A transposed matrix that does not fit: the student's program would have stopped here."""


class Net:
    """Weights and thresholds of each layer, the first hidden one first."""

    __slots__ = ("thresholds", "weights")

    def __init__(self, weights: list[Matrix], thresholds: list[Vector]) -> None:
        self.weights = weights
        self.thresholds = thresholds

    def plus(self, change: Net, scale: float = 1.0) -> Net:
        """A net of its own: this one and `scale` times the change."""
        return Net(
            [
                [[a + scale * b for a, b in zip(*rows)] for rows in zip(w, dw)]
                for w, dw in zip(self.weights, change.weights)
            ],
            [[a + scale * b for a, b in zip(*rows)] for rows in zip(self.thresholds, change.thresholds)],
        )

    def zeros(self) -> Net:
        """A net of the same shape, all zero."""
        return self.plus(self, -1.0)


def transposed(w: Matrix) -> Matrix:
    """w_jh for w_hj, where it fits in its place."""
    if len(w) != len(w[0]):
        raise Impossible
    return [list(column) for column in zip(*w)]


def update(net: Net, X: Matrix, Y: Matrix, eta: float, switches: Switches) -> Net:
    """The net after one update on the samples X, Y, or what a program with these mistakes returns for it.

    >>> xor = Net([[[0.6, 0.6], [0.6, 0.6]], [[0.6], [0.6]]], [[0.6, 0.6], [0.6]])
    >>> update(xor, [[0.0, 1.0]], [[1.0]], 0.1, {}).thresholds[-1]
    [0.5875]
    >>> update(xor, [[0.0, 1.0]], [[1.0]], 0.1, {"factor theta": 0.0}).thresholds[-1]
    [0.6]

    Raises Impossible where a mistake needs a square matrix and this is none.
    """
    o = {**RIGHT, **switches}
    taken = turned(net, "layout", o)
    new = turned(after(taken, X, Y, eta, o), "layout", o)
    if o["returned"] == "changes":
        new = new.plus(net, -1.0)
    return turned(new, "returned", o)


def turned(net: Net, what: str, o: Switches) -> Net:
    """The net with w or v transposed, if that is the mistake; one row that comes back for a column is the same."""
    weights = []
    for n, w in enumerate(net.weights):
        is_line = what == "returned" and 1 in (len(w), len(w[0]))
        weights.append(transposed(w) if o[f"{what} {symbols(net, n)[1]}"] == "transposed" and not is_line else w)
    return Net(weights, net.thresholds)


def after(net: Net, X: Matrix, Y: Matrix, eta: float, o: Switches) -> Net:
    """The net after one update on all the samples."""
    samples = list(zip(X, Y))
    if o["samples"] == "last":
        samples = samples[-1:]
    if o["samples"] == "one after another":
        for x, y in samples:
            net = net.plus(changes(net, x, y, eta, o))
        return net
    total, *others = [changes(net, x, y, eta, o) for x, y in samples]
    for change in others:
        total = total.plus(change)
    return net.plus(total, 1.0 / len(samples) if o["samples"] == "mean" else 1.0)


def symbols(net: Net, n: int) -> tuple[str, str, str]:
    """Where layer n stands, and what its weights and thresholds are called."""
    return ("output", "w", "theta") if n == len(net.weights) - 1 else ("hidden", "v", "gamma")


def changes(net: Net, x: Vector, y: Vector, eta: float, o: Switches) -> Net:
    """(7) to (10)  The change of every weight and threshold, from one sample."""
    if not o["forward again"]:
        return backward(net, x, y, eta, o)
    now = net
    for n in reversed(range(len(net.weights))):  # a whole new pass for each layer, with the layers above updated
        change = backward(now, x, y, eta, o)
        only = net.zeros()
        only.weights[n], only.thresholds[n] = change.weights[n], change.thresholds[n]
        now = now.plus(only)
    return now.plus(net, -1.0)


def forward(net: Net, x: Vector, o: Switches) -> tuple[Matrix, Matrix, Matrix]:
    """Signals, z = signal - threshold, and outputs (x first) of every layer."""
    signals, zs, outputs = [], [], [x]
    for n, (w, theta) in enumerate(zip(net.weights, net.thresholds)):
        place = symbols(net, n)[0]
        sign, f = o[f"threshold {place}"], o[f"f {place}"]
        if o[f"transposed {place}"]:
            w = transposed(w)
        signal = [sum(b_h * w_hj for b_h, w_hj in zip(outputs[-1], column)) for column in zip(*w)]
        z = [s + sign * theta_j for s, theta_j in zip(signal, theta)]
        signals.append(signal)
        zs.append(z)
        outputs.append(softmax(z) if f == "softmax" else list(map(F[f], z)))
    return signals, zs, outputs


def softmax(z: Vector) -> Vector:
    """exp z_j / sum_j exp z_j"""
    powers = list(map(exp, z))
    total = sum(powers)
    return [power / total for power in powers]


def backward(net: Net, x: Vector, y: Vector, eta: float, o: Switches) -> Net:
    """(6), (11) and the changes that follow, from the output layer down."""
    signals, zs, outputs = forward(net, x, o)
    change = net.zeros()
    y_hat = outputs[-1]
    difference = list(map(DIFFERENCES[o["difference"]], y, y_hat))
    passed = [y_j - y_hat_j for y_j, y_hat_j in zip(y, y_hat)]
    scale = o["sign g"] * o["factor g"] / (len(y) if o["mean g"] else 1)
    slope = map(SLOPES[o["slope output"]], y_hat, signals[-1], zs[-1])
    g = [scale * f_j * r_j for f_j, r_j in zip(slope, difference)]
    for n in reversed(range(len(net.weights))):
        b, w = outputs[n], net.weights[n]
        change.weights[n], change.thresholds[n] = layer_change(net, n, b, signals[n - 1] if n else x, g, eta, o)
        if n:
            sums = hidden_sums(w, change.weights[n], g, passed, b, o)
            passed = [SUMS["w difference"](w_h, w_h, g, passed, 0.0) for w_h in w]
            slope = map(SLOPES[o["slope hidden"]], b, signals[n - 1], zs[n - 1])
            g = [o["sign e"] * o["factor e"] * f_h * s_h for f_h, s_h in zip(slope, sums)]
    return change


def hidden_sums(w: Matrix, dw: Matrix, g: Vector, passed: Vector, b: Vector, o: Switches) -> Vector:
    """sum_j w_hj g_j of (11), for every h."""
    if o["sum"] == "transposed w g":
        w, total = transposed(w), SUMS["w g"]
    else:
        total = SUMS[o["sum"]]
    return [total(w_h, dw_h, g, passed, b_h) for w_h, dw_h, b_h in zip(w, dw, b)]


def layer_change(
    net: Net, n: int, b: Vector, signal: Vector, g: Vector, eta: float, o: Switches
) -> tuple[Matrix, Vector]:
    """(7), (8) of the output layer, (9), (10) of a hidden one: eta g_j b_h and -eta g_j."""
    _, w, theta = symbols(net, n)
    taken = {"b": b, "signal": signal, "missing": [1.0] * len(b)}[o[f"input {w}"]]
    rate = {group: o[f"sign {group}"] * o[f"factor {group}"] * eta ** o[f"eta {group}"] for group in (w, theta)}
    dw = [[rate[w] * g_j * b_h for g_j in g] for b_h in taken]
    return transposed(dw) if o[f"transposed {w}"] else dw, [-rate[theta] * g_j for g_j in g]
