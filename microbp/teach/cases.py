"""The nets on which a student's function is tried, what it is handed for them, and how its answer is read.

Widths differ so that a transposed matrix does not fit, and some are equal so that it does; weights, inputs, targets
and η are such that no two of the known mistakes give the same numbers.
"""

from __future__ import annotations

from itertools import permutations
from math import isfinite

from ..generator import Generator
from .variant import GROUPS, Net, update

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .variant import Matrix, Vector

    Problem = dict[str, Any]

LETTERS = {"v": "v", "gamma": "γ", "w": "w", "theta": "θ"}
SHAPES = ((2, 2, 1), (2, 2, 2), (2, 3, 1), (3, 4, 2), (4, 2, 3), (3, 3, 3))
DEEP_SHAPES = ((2, 3, 1), (3, 4, 2), (3, 3, 3), (2, 4, 3, 2), (3, 3, 3, 3))
SAMPLES = 3  # in a batch
ETAS = (0.7, 1.3, 0.45, 1.7, 0.8, 1.45)


class Case:
    """One update: a net, its samples, eta, and the net that is right after it."""

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

    def row(self, n: int, low: float, high: float) -> Vector:
        """n numbers of both signs, none of them near 0."""
        draw = self.generator.uniform
        return [draw(low, high) * (-1.0 if draw(0.0, 1.0) < 0.5 else 1.0) for _ in range(n)]

    def arguments(self, form: str, batch: bool) -> list[Any]:
        """What the function is handed."""
        parts: list[Any] = [self.net.weights, self.net.thresholds]
        samples = [self.X, self.Y] if batch else [self.X[0], self.Y[0]]
        return [*(parts if form == "layers" else mixed(parts)), *samples, self.eta]


def mixed(parts: Sequence[Sequence[Any]]) -> list[Any]:
    """weights, thresholds of the first layer, of the second, and so on."""
    return [part for layer in zip(*parts) for part in layer]


def cases(form: str, layers: Sequence[int] | None, batch: bool) -> list[Case]:
    """The nets to try: three of the widths that are asked for, or some of many shapes.

    >>> [case.name for case in cases("article", None, False)]
    ['2-2-1', '2-2-2', '2-3-1', '3-4-2', '4-2-3', '3-3-3']
    """
    shapes = [layers] * 3 if layers else DEEP_SHAPES if form == "layers" else SHAPES
    return [Case(widths, SAMPLES if batch else 1, seed) for seed, widths in enumerate(shapes)]


def group(net: Net, name: str) -> Vector:
    """All numbers of v, gamma (of every hidden layer), w or theta (of the output layer).

    >>> group(Net([[[1.0, 2.0]], [[3.0], [4.0]]], [[5.0, 6.0], [7.0]]), "v")
    [1.0, 2.0]
    """
    layers = slice(-1, None) if name in ("w", "theta") else slice(None, -1)
    return flattened((net.thresholds if name in ("gamma", "theta") else net.weights)[layers])


def places(case: Case, name: str) -> list[str]:
    """The article's symbol for each number of the group: v_11, v_12, ..., or v²_11 where there are more layers."""
    net, last = case.net, len(case.net.weights) - 1
    found = []
    for n in [last] if name in ("w", "theta") else range(last):
        symbol = LETTERS[name] + ("" if last == 1 or n == last else "¹²³⁴⁵⁶⁷⁸⁹"[n])
        indices = [f"{j + 1}" for j in range(len(net.thresholds[n]))]
        if name in ("v", "w"):
            indices = [f"{i + 1}{j}" for i in range(len(net.weights[n])) for j in indices]
        found += [f"{symbol}_{index}" for index in indices]
    return found


# What came back --------------------------------------------------------------------------------------------------


class Reading:
    """A student's answer for one case: the net that was returned, or the problem why there is none.

    `changed` names arguments that the function changed in place although it did not return them so.
    """

    def __init__(self, case: Case, outcome: dict[str, Any], form: str, batch: bool) -> None:
        self.case = case
        self.net: Net | None = None
        self.problem: Problem | None = outcome.get("problem")
        self.changed: list[str] = []
        if self.problem is None:
            self.problem = self.read(form, case.arguments(form, batch), **outcome)

    def read(self, form: str, before: list[Any], arguments: list[Any], returned: Any, event: str) -> Problem | None:
        """The net from what was returned, or from the arguments if nothing was; else the problem."""
        names = ["weights", "thresholds"] if form == "layers" else list(GROUPS)
        count = len(names)
        parts = arguments[:count] if returned is None else returned
        there = [*parts, *[None] * count] if isinstance(parts, list) else [None] * count
        self.changed = [
            name
            for i, name in enumerate([*names, "x", "y"])
            if arguments[i] != before[i] and (i >= count or (returned is not None and arguments[i] != there[i]))
        ]
        if returned is None and parts == before[:count]:
            return {"kind": "nothing"}
        if not isinstance(parts, list) or len(parts) != count:
            got = len(parts) if isinstance(parts, list) else 1
            return {"kind": "count", "got": got, "wanted": f"({', '.join(names)})"}
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
                    return {"kind": "order", "got": ", ".join(names[i] for i in order)}
            i = fitted.index(None)
            return {"kind": "shape", "name": names[i], "got": dimensions(parts[i]), "wanted": shapes[i]}
        answer = Net(fitted[0::2], fitted[1::2])
        bad = [name for name in GROUPS if not all(map(isfinite, group(answer, name)))]
        if bad:
            return {"kind": "nan", "name": ", ".join(bad)}
        self.net = answer
        return None


def dimensions(value: Any) -> tuple[int, ...] | None:
    """The shape of nested lists, or None if they are ragged.

    >>> dimensions([[1.0, 2.0]]), dimensions(0.5), dimensions([[1.0], [1.0, 2.0]])
    ((1, 2), (), None)
    """
    if not isinstance(value, list):
        return ()
    inner = {dimensions(item) for item in value}
    first = inner.pop() if len(inner) == 1 else None
    return None if first is None else (len(value), *first)


def fitting(value: Any, shape: tuple[int, ...]) -> Matrix | Vector | None:
    """The value in this shape, if they differ at most in dimensions of length 1; else None.

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
