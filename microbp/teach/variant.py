"""One update of BP, right or wrong: the article's algorithm with a switch at each place where people go astray.

With no switch set this is standard BP, or for several samples accumulated BP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from math import isfinite
from typing import Any

from ..arithmetic import exp, sigmoid, tanh
from ..generator import Generator

Vector = list[float]
Matrix = list[Vector]
Switches = Mapping[str, Any]
Problem = dict[str, Any]

LETTERS = {"v": "v", "gamma": "γ", "w": "w", "theta": "θ"}
GROUPS = tuple(LETTERS)
# On these nets no two of the known mistakes give the same numbers; a transposed matrix fits some
SHAPES = ((2, 2, 1), (2, 2, 2), (2, 3, 1), (3, 4, 2), (4, 2, 3), (3, 3, 3))
DEEP_SHAPES = ((2, 3, 1), (3, 4, 2), (3, 3, 3), (2, 4, 3, 2), (3, 3, 3, 3))
SAMPLES = 3  # in a batch
ETAS = (0.7, 1.3, 0.45, 1.7, 0.8, 1.45)

F: dict[str, Callable[[float], float]] = {
    "sigmoid": sigmoid,
    "tanh": tanh,
    "linear": lambda z: z,
    "relu": lambda z: max(z, 0.0),
}

# For f'(z) = b (1 - b), from a neuron's output b, signal s, and z = s - threshold
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

# For w_hj g_j in (11), from w_hj, dw_hj, g_j, y - y_hat passed down, and b_h
TERMS: dict[str, Callable[[float, float, float, float, float], float]] = {
    "w g": lambda w, dw, g, r, b: w * g,
    "new w g": lambda w, dw, g, r, b: (w + dw) * g,
    "g": lambda w, dw, g, r, b: g,
    "dw": lambda w, dw, g, r, b: dw,
    "g b": lambda w, dw, g, r, b: g * b,
    "dw g": lambda w, dw, g, r, b: dw * g,
    "w dw": lambda w, dw, g, r, b: w * dw,
    "w": lambda w, dw, g, r, b: w,
    "w difference": lambda w, dw, g, r, b: w * r,
}


class Impossible(Exception):
    """A transposed matrix that does not fit."""


class Net:
    def __init__(self, weights: list[Matrix], thresholds: list[Vector]) -> None:
        self.weights = weights
        self.thresholds = thresholds

    def plus(self, change: Net, scale: float = 1.0) -> Net:
        return Net(
            [
                [[a + scale * b for a, b in zip(*rows)] for rows in zip(w, dw)]
                for w, dw in zip(self.weights, change.weights)
            ],
            [[a + scale * b for a, b in zip(*rows)] for rows in zip(self.thresholds, change.thresholds)],
        )

    def zeros(self) -> Net:
        return self.plus(self, -1.0)


def transposed(w: Matrix) -> Matrix:
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
    """
    new = turned(after(turned(net, "columns", switches), X, Y, eta, switches), "columns", switches)
    return turned(new.plus(net, -1.0) if "changes returned" in switches else new, "returned transposed", switches)


def turned(net: Net, what: str, o: Switches) -> Net:
    """w or v transposed, if that is the mistake; a row that comes back for a column is none."""
    weights = []
    for n, w in enumerate(net.weights):
        is_line = what == "returned transposed" and 1 in (len(w), len(w[0]))
        weights.append(transposed(w) if f"{what} {symbols(net, n)[1]}" in o and not is_line else w)
    return Net(weights, net.thresholds)


def after(net: Net, X: Matrix, Y: Matrix, eta: float, o: Switches) -> Net:
    samples, kind = list(zip(X, Y)), o.get("samples")
    if kind == "last":
        samples = samples[-1:]
    if kind == "one after another":
        for x, y in samples:
            net = net.plus(changes(net, x, y, eta, o))
        return net
    total, *others = [changes(net, x, y, eta, o) for x, y in samples]
    for change in others:
        total = total.plus(change)
    return net.plus(total, 1.0 if kind else 1.0 / len(samples))


def symbols(net: Net, n: int) -> tuple[str, str, str]:
    """Where layer n stands, and its weights and thresholds."""
    return ("output", "w", "theta") if n == len(net.weights) - 1 else ("hidden", "v", "gamma")


def changes(net: Net, x: Vector, y: Vector, eta: float, o: Switches) -> Net:
    if "forward again" not in o:
        return backward(net, x, y, eta, o)
    now = net
    for n in reversed(range(len(net.weights))):  # a new pass for each layer, those above updated
        change = backward(now, x, y, eta, o)
        only = net.zeros()
        only.weights[n], only.thresholds[n] = change.weights[n], change.thresholds[n]
        now = now.plus(only)
    return now.plus(net, -1.0)


def forward(net: Net, x: Vector, o: Switches) -> tuple[Matrix, Matrix, Matrix]:
    """(2)  Signals, z = signal - threshold, and outputs, x first."""
    signals, zs, outputs = [], [], [x]
    for n, (w, theta) in enumerate(zip(net.weights, net.thresholds)):
        place = symbols(net, n)[0]
        sign, f = o.get(f"threshold {place}", -1.0), o.get(f"f {place}", "sigmoid")
        if f"transposed {place}" in o:
            w = transposed(w)
        signal = [sum(b_h * w_hj for b_h, w_hj in zip(outputs[-1], column)) for column in zip(*w)]
        z = [s + sign * theta_j for s, theta_j in zip(signal, theta)]
        signals.append(signal)
        zs.append(z)
        outputs.append(softmax(z) if f == "softmax" else list(map(F[f], z)))
    return signals, zs, outputs


def softmax(z: Vector) -> Vector:
    powers = list(map(exp, z))
    return [power / sum(powers) for power in powers]


def backward(net: Net, x: Vector, y: Vector, eta: float, o: Switches) -> Net:
    signals, zs, outputs = forward(net, x, o)
    change = net.zeros()
    y_hat = outputs[-1]
    passed = [y_j - y_hat_j for y_j, y_hat_j in zip(y, y_hat)]
    rest = list(map(DIFFERENCES[o.get("difference", "y − ŷ")], y, y_hat))
    scale, place = o.get("sign g", 1.0) * o.get("factor g", 1.0) / (len(y) if "mean g" in o else 1), "output"
    for n in reversed(range(len(net.weights))):
        slope = map(SLOPES[o.get(f"slope {place}", "sigmoid")], outputs[n + 1], signals[n], zs[n])
        g = [scale * f_j * r_j for f_j, r_j in zip(slope, rest)]
        b, w = outputs[n], net.weights[n]
        change.weights[n], change.thresholds[n] = layer_change(net, n, b, signals[n - 1] if n else x, g, eta, o)
        if n:
            rest = hidden_sums(w, change.weights[n], g, passed, b, o.get("sum", "w g"))
            passed = [sum(w_hj * r_j for w_hj, r_j in zip(w_h, passed)) for w_h in w]
            scale, place = o.get("factor e", 1.0), "hidden"
    return change


def hidden_sums(w: Matrix, dw: Matrix, g: Vector, passed: Vector, b: Vector, kind: str) -> Vector:
    if kind == "transposed w g":
        w = transposed(w)
    term = TERMS.get(kind, TERMS["w g"])
    counted = {"first": slice(1), "last": slice(-1, None)}.get(kind, slice(None))
    rows = zip(w, dw, b)
    return [sum([term(*parts, b_h) for parts in zip(w_h, dw_h, g, passed)][counted]) for w_h, dw_h, b_h in rows]


def layer_change(
    net: Net, n: int, b: Vector, signal: Vector, g: Vector, eta: float, o: Switches
) -> tuple[Matrix, Vector]:
    """(7), (8) or (9), (10): eta g_j b_h and -eta g_j."""
    _, w, theta = symbols(net, n)
    taken = {"b": b, "signal": signal, "missing": [1.0] * len(b)}[o.get(f"input {w}", "b")]
    rate = {
        group: o.get(f"sign {group}", 1.0) * o.get(f"factor {group}", 1.0) * eta ** o.get(f"eta {group}", 1)
        for group in (w, theta)
    }
    dw = [[rate[w] * g_j * b_h for g_j in g] for b_h in taken]
    return transposed(dw) if f"transposed {w}" in o else dw, [-rate[theta] * g_j for g_j in g]


class Case:
    """A net, its samples, eta, and the net that is right after one update."""

    def __init__(self, widths: Sequence[int], samples: int, seed: int) -> None:
        self.generator = Generator(1000 + seed)
        self.widths = tuple(widths)
        self.name = "-".join(map(str, widths))
        shapes = list(zip(widths, widths[1:]))
        self.net = Net(
            [[self.row(n_out, 0.3, 1.3) for _ in range(n_in)] for n_in, n_out in shapes],
            [self.row(n_out, 0.2, 0.9) for _, n_out in shapes],
        )
        self.X = [self.row(widths[0], 0.3, 1.5) for _ in range(samples)]
        self.Y = [[abs(y) for y in self.row(widths[-1], 0.05, 0.95)] for _ in range(samples)]
        self.eta = ETAS[seed % len(ETAS)]
        self.right = update(self.net, self.X, self.Y, self.eta, {})
        self.made: dict[frozenset[str], Net | None] = {}  # what mistakes give

    def row(self, n: int, low: float, high: float) -> Vector:
        draw = self.generator.uniform
        return [draw(low, high) * (-1.0 if draw(0.0, 1.0) < 0.5 else 1.0) for _ in range(n)]

    def arguments(self, form: str, batch: bool) -> list[Any]:
        parts: list[Any] = [self.net.weights, self.net.thresholds]
        samples = [self.X, self.Y] if batch else [self.X[0], self.Y[0]]
        return [*(parts if form == "layers" else mixed(parts)), *samples, self.eta]


def mixed(parts: Sequence[Sequence[Any]]) -> list[Any]:
    """Layer by layer."""
    return [part for layer in zip(*parts) for part in layer]


def cases(form: str, layers: Sequence[int] | None, batch: bool) -> list[Case]:
    shapes = [layers] * 3 if layers else DEEP_SHAPES if form == "layers" else SHAPES
    return [Case(widths, SAMPLES if batch else 1, seed) for seed, widths in enumerate(shapes)]


def group(net: Net, name: str) -> Vector:
    """All numbers of v, gamma (of every hidden layer), w or theta (of the output layer)."""
    layers = slice(-1, None) if name in ("w", "theta") else slice(None, -1)
    return flattened((net.thresholds if name in ("gamma", "theta") else net.weights)[layers])


def places(case: Case, name: str) -> list[str]:
    """v_11, v_12, ..., or v²_11 where there are more layers."""
    net, last = case.net, len(case.net.weights) - 1
    found = []
    for n in [last] if name in ("w", "theta") else range(last):
        symbol = LETTERS[name] + ("" if last == 1 or n == last else "¹²³⁴⁵⁶⁷⁸⁹"[n])
        indices = [f"{j + 1}" for j in range(len(net.thresholds[n]))]
        if name in ("v", "w"):
            indices = [f"{i + 1}{j}" for i in range(len(net.weights[n])) for j in indices]
        found += [f"{symbol}_{index}" for index in indices]
    return found


class Reading:
    """A student's answer: the net that was returned, or the problem why there is none.

    `changed` names arguments that were changed in place and not returned so.
    """

    def __init__(self, case: Case, outcome: dict[str, Any], form: str, batch: bool) -> None:
        self.case = case
        self.net: Net | None = None
        self.problem: Problem | None = outcome.get("problem")
        self.changed: list[str] = []
        if self.problem is None:
            self.problem = self.read(form, case.arguments(form, batch), **outcome)

    def read(self, form: str, before: list[Any], arguments: list[Any], returned: Any, event: str) -> Problem | None:
        """Set the net, from what was returned or else from the arguments, or tell the problem."""
        names = ["weights", "thresholds"] if form == "layers" else list(GROUPS)
        count = len(names)
        parts = arguments[:count] if returned is None else returned
        there = [*parts, *[None] * count] if isinstance(parts, list) else [None] * count
        self.changed = [
            name
            for i, name in enumerate([*names, "x", "y"])
            if arguments[i] != before[i] and (i >= count or (returned is not None and arguments[i] != there[i]))
        ]
        wanted = f"({', '.join(names)})"
        if returned is None and parts == before[:count]:
            return {"kind": "nothing"}
        if not isinstance(parts, list) or len(parts) != count:
            got = len(parts) if isinstance(parts, list) else 1
            return {"kind": "count", "got": got, "wanted": wanted}
        net = self.case.net
        shapes = mixed([[(len(w), len(w[0])) for w in net.weights], [(len(theta),) for theta in net.thresholds]])
        if form == "layers":
            layers = len(net.weights)
            for name, part in zip(names, parts):
                if not isinstance(part, list) or len(part) != layers:
                    return {"kind": "layers", "name": name, "wanted": layers}
            parts, names = mixed(parts), [f"{name}[{n}]" for n in range(layers) for name in names]
        fitted: list[Any] = [fitting(part, shape) for part, shape in zip(parts, shapes)]
        if None in fitted:
            for order in permutations(range(count)) if form == "article" else ():
                if all(dimensions(part) == shapes[i] for part, i in zip(parts, order)):
                    return {"kind": "order", "got": ", ".join(names[i] for i in order), "wanted": wanted}
            i = fitted.index(None)
            return {"kind": "shape", "name": names[i], "got": dimensions(parts[i]), "wanted": shapes[i]}
        answer = Net(fitted[0::2], fitted[1::2])
        bad = [name for name in GROUPS if not all(map(isfinite, group(answer, name)))]
        if bad:
            return {"kind": "nan", "name": ", ".join(bad)}
        self.net = answer
        return None


def dimensions(value: Any) -> tuple[int, ...] | None:
    """The shape of nested lists; None if they are ragged.

    >>> dimensions([[1.0, 2.0]]), dimensions(0.5), dimensions([[1.0], [1.0, 2.0]])
    ((1, 2), (), None)
    """
    if not isinstance(value, list):
        return ()
    inner = {dimensions(item) for item in value}
    first = inner.pop() if len(inner) == 1 else None
    return None if first is None else (len(value), *first)


def fitting(value: Any, shape: tuple[int, ...]) -> Matrix | Vector | None:
    """The value in this shape, if at most dimensions of length 1 differ.

    >>> fitting([[1.0], [2.0]], (2,)), fitting([1.0, 2.0], (2, 1)), fitting([[1.0, 2.0]], (2, 2))
    ([1.0, 2.0], [[1.0], [2.0]], None)
    """
    got = dimensions(value)
    if got is None or [n for n in got if n != 1] != [n for n in shape if n != 1]:
        return None
    flat = flattened(value)
    if len(shape) == 1:
        return flat
    return [flat[start : start + shape[1]] for start in range(0, len(flat), shape[1])]


def flattened(value: Any) -> Vector:
    return [number for item in value for number in flattened(item)] if isinstance(value, list) else [value]
