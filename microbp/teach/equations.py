"""The article's equations of one step as data: symbols, then numbers, then the result.

Each function gives the equation of neuron j of layer n or of the weight from neuron i before it, from 0; `phases` gives
the whole step. Numbers have a reference to what they are in `Step`: "signals.0.1" is step.signals[0][1], and so with
outputs (0: x), gradients, weights ("weights.n.i.j"), thresholds, dweights, dthresholds, new_weights, new_thresholds;
"y.j", "E", "eta".

>>> from microbp import Net
>>> step = Net(2, 2, 1, init=0.6).explain([0, 1], [1])
>>> equation = output(step, 1, 0)
>>> equation.number, equation.subject, equation.result
('(2)', 'outputs.2.0', Number(value=0.5, ref='outputs.2.0'))
>>> equation.sides[0].items[1].items
(Symbol(base='β', sub='1', sup='', ref='signals.1.0'), Symbol(base='θ', sub='1', sup='', ref='thresholds.1.0'))
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from .formula import HALF, SHOWN, Expression, Node, Number, Symbol, call, cases, plus, shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from ..step import Step

    Leaf = Callable[[str], Expression]  # the symbol or number of a reference

# Functions of symbols or numbers -------------------------------------------------------------------------------------

FUNCTIONS: dict[str, Callable[[Any], Any]] = {  # f(z)
    "sigmoid": lambda z: 1 / (1 + call("exp", -z)),
    "tanh": lambda z: call("tanh", z),
    "linear": lambda z: z,
    "relu": lambda z: call("max", 0, z),
    "leaky_relu": lambda z: cases(z, z, ">", 0, 0.01 * z),
    "elu": lambda z: cases(z, z, ">", 0, call("exp", z) - 1),
    "softplus": lambda z: call("log", 1 + call("exp", z)),
}
SLOPES: dict[str, Callable[[Any, Any], Any]] = {  # f' of a neuron with the output b, whose f sees z
    "sigmoid": lambda b, z: b * (1 - b),
    "tanh": lambda b, z: 1 - b * b,
    "linear": lambda b, z: Number(1.0),
    "relu": lambda b, z: cases(1, b, ">", 0, 0),
    "leaky_relu": lambda b, z: cases(1, b, ">", 0, 0.01),
    "elu": lambda b, z: call("min", 1, b + 1),
    "softplus": lambda b, z: call("sigmoid", z),
    "softmax": lambda b, z: Number(1.0),  # never shown: it cancels in the gradient
}
ERRORS: dict[str, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]] = {  # E of the sum over j; its term
    "squared_error": (lambda total: HALF * total, lambda y_hat, y: (y_hat - y) ** 2),
    "absolute": (lambda total: total, lambda y_hat, y: abs(y_hat - y)),
    "huber": (lambda total: total, lambda y_hat, y: call("H", y_hat - y)),
    "cross_entropy": (
        lambda total: -total,
        lambda y_hat, y: y * call("log", y_hat) + (1 - y) * call("log", 1 - y_hat),
    ),
    "softmax cross_entropy": (lambda total: -total, lambda y_hat, y: y * call("log", y_hat)),
}
GRADIENTS: dict[str, Callable[[Any, Any, Any], Any]] = {  # g of an output with this slope
    "squared_error": lambda y_hat, y, slope: slope * (y - y_hat),
    "absolute": lambda y_hat, y, slope: slope * call("sign", y - y_hat),
    "huber": lambda y_hat, y, slope: slope * call("clip", y - y_hat, -1, 1),
    "cross_entropy": lambda y_hat, y, slope: y - y_hat,
}
Z, R = Symbol("z"), Symbol("r")


@dataclass(frozen=True)
class Equation:
    """left = side = side = ... = result

    phase    "forward", "error", "backward" or "update"
    number   the article's: "(1)", "(2)", "(6)" to "(11)", or ""
    subject  the reference of what it computes, "" for a definition
    sides    in symbols, then in numbers; none for what is frozen
    where    definitions of f, H
    change   the parameter before and after
    """

    phase: str
    number: str
    subject: str
    left: Expression
    sides: tuple[Expression, ...] = ()
    result: Number | None = None
    where: tuple[Equation, ...] = ()
    change: tuple[Number, Number] | None = None

    @property
    def parts(self) -> list[Expression]:
        return [self.left, *self.sides, *([] if self.result is None else [self.result])]

    @property
    def is_frozen(self) -> bool:
        return self.change is not None and not self.sides


@dataclass(frozen=True)
class Phase:
    name: str
    given: tuple[Equation, ...]
    equations: tuple[Equation | None, ...]


# Symbols and numbers of references -------------------------------------------------------------------------------


def value(step: Step, ref: str) -> float:
    name, *indices = ref.split(".")
    quantity = getattr(step, name)
    for index in indices:
        quantity = quantity[int(index)]
    return float(quantity) + 0.0  # never -0.0


def number(step: Step, ref: str) -> Number:
    return Number(value(step, ref), ref)


BASES = {  # in the output layer, and in a hidden one
    "weights": ("w", "v"),
    "thresholds": ("θ", "γ"),
    "signals": ("β", "α"),
    "gradients": ("g", "e"),
    "outputs": ("ŷ", "b"),
    "dweights": ("Δw", "Δv"),
    "dthresholds": ("Δθ", "Δγ"),
}


def symbol(step: Step, ref: str) -> Symbol:
    """The symbol of a reference; each of several hidden layers has its number, from 1, above.

    >>> from microbp import Net
    >>> symbol(Net(2, 3, 3, 1).explain([0, 1], [1]), "weights.1.0.2")
    Symbol(base='v', sub='13', sup='2', ref='weights.1.0.2')
    """
    name, *indices = ref.split(".")
    if not indices:
        return Symbol("E" if name == "E" else "η", ref=ref)
    if name == "y":
        return Symbol("y", subscript(indices), "", ref)
    count, layer = len(step.gradients), int(indices.pop(0)) + (name != "outputs")
    if layer == 0:
        return Symbol("x", subscript(indices), "", ref)
    is_hidden = layer < count
    base = BASES[name.replace("new_", "")][is_hidden]
    return Symbol(base, subscript(indices), str(layer) if is_hidden and count > 2 else "", ref)


def subscript(indices: list[str]) -> str:
    numbers = [str(int(index) + 1) for index in indices]
    return ("" if all(len(number) == 1 for number in numbers) else ",").join(numbers)


def generic(step: Step, ref: str) -> Symbol:
    """Under a sum over j."""
    return replace(symbol(step, ref), sub="j", ref="")


def twice(step: Step, formula: Callable[[Leaf], Any]) -> tuple[Expression, Expression]:
    return formula(partial(symbol, step)), formula(partial(number, step))


# The equations ---------------------------------------------------------------------------------------------------


def signal(step: Step, n: int, j: int) -> Equation:
    """β_j = Σ_h w_hj b_h"""
    count = len(step.outputs[n])
    sides = twice(step, lambda q: plus([q(f"weights.{n}.{i}.{j}") * q(f"outputs.{n}.{i}") for i in range(count)]))
    return equation(step, "forward", "", f"signals.{n}.{j}", sides)


def output(step: Step, n: int, j: int) -> Equation:
    """(2)  ŷ_j = f(β_j − θ_j), and without a number that of a hidden neuron"""
    mark = "(2)" if n == len(step.gradients) - 1 else ""
    activation, subject = step.structure.activations[n], f"outputs.{n + 1}.{j}"
    if activation == "softmax":
        e = twice(step, lambda q: call("exp", seen(q, n, j)))
        below = Node("sum", ("j", call("exp", seen(partial(generic, step), n, j))))
        every = [call("exp", seen(partial(number, step), n, i)) for i in range(len(step.signals[n]))]
        return equation(step, "forward", mark, subject, (e[0] / below, e[1] / plus(every)))
    f = Equation("forward", "", "", call("f", Z), (FUNCTIONS[activation](Z),))
    return equation(step, "forward", mark, subject, twice(step, lambda q: call("f", seen(q, n, j))), (f,))


def seen(q: Leaf, n: int, j: int) -> Expression:
    """β_j − θ_j"""
    return q(f"signals.{n}.{j}") - q(f"thresholds.{n}.{j}")


def error(step: Step) -> Equation:
    """(1)  E = ½ Σ_j (ŷ_j − y_j)², or another loss."""
    loss, last = step.structure.loss, len(step.gradients)
    whole, term = ERRORS["softmax cross_entropy" if step.structure.activations[-1] == "softmax" else loss]
    y_hat, y = generic(step, f"outputs.{last}.0"), generic(step, "y.0")
    terms = [term(number(step, f"outputs.{last}.{j}"), number(step, f"y.{j}")) for j in range(len(step.y))]
    sides = whole(Node("sum", ("j", term(y_hat, y)))), whole(plus(terms))
    h = Equation("error", "", "", call("H", R), (cases(HALF * R**2, abs(R), "≤", 1, abs(R) - HALF),))
    return equation(step, "error", "(1)", "E", sides, (h,) if loss == "huber" else ())


def slope(step: Step, q: Leaf, n: int, j: int) -> Any:
    return SLOPES[step.structure.activations[n]](q(f"outputs.{n + 1}.{j}"), seen(q, n, j))


def gradient(step: Step, n: int, j: int) -> Equation:
    """(6)  g_j = ŷ_j (1 − ŷ_j)(y_j − ŷ_j), (11)  e_h = b_h (1 − b_h) Σ_j w_hj g_j"""
    if n == len(step.gradients) - 1:
        formula = GRADIENTS[step.structure.loss]
        sides = twice(step, lambda q: formula(q(f"outputs.{n + 1}.{j}"), q(f"y.{j}"), slope(step, q, n, j)))
        return equation(step, "backward", "(6)", f"gradients.{n}.{j}", sides)
    next_layer = [(f"weights.{n + 1}.{j}.{k}", f"gradients.{n + 1}.{k}") for k in range(len(step.gradients[n + 1]))]
    sides = twice(step, lambda q: slope(step, q, n, j) * plus([q(w) * q(g) for w, g in next_layer]))
    return equation(step, "backward", "(11)", f"gradients.{n}.{j}", sides)


def weight_change(step: Step, n: int, i: int, j: int) -> Equation:
    """(7)  Δw_hj = η g_j b_h, (9)  Δv_ih = η e_h x_i"""
    sides = twice(step, lambda q: q("eta") * q(f"gradients.{n}.{j}") * q(f"outputs.{n}.{i}"))
    mark = "(7)" if n == len(step.gradients) - 1 else "(9)"
    return update(step, mark, f"weights.{n}.{i}.{j}", sides, step.is_free(n, i, j))


def threshold_change(step: Step, n: int, j: int) -> Equation:
    """(8)  Δθ_j = −η g_j, (10)  Δγ_h = −η e_h"""
    sides = twice(step, lambda q: -(q("eta") * q(f"gradients.{n}.{j}")))
    mark = "(8)" if n == len(step.gradients) - 1 else "(10)"
    return update(step, mark, f"thresholds.{n}.{j}", sides, step.is_free(n, len(step.outputs[n]), j))


def update(step: Step, mark: str, ref: str, sides: tuple[Expression, ...], free: bool) -> Equation:
    change = number(step, ref), number(step, f"new_{ref}")
    return replace(equation(step, "update", mark, f"d{ref}", sides if free else ()), change=change)


def equation(
    step: Step, phase: str, mark: str, subject: str, sides: tuple[Expression, ...], where: tuple[Equation, ...] = ()
) -> Equation:
    return Equation(phase, mark, subject, symbol(step, subject), sides, number(step, subject), where)


# The whole step --------------------------------------------------------------------------------------------------


def phases(step: Step) -> list[Phase]:
    """Without the middle of wide layers and long sums."""
    layers = range(len(step.gradients))
    backwards = layers[::-1]
    every: dict[str, list[Equation | None]] = {
        "forward": [e for n in layers for e in (*definitions(step, n), *neurons(step, n, signal, output))],
        "error": [*error(step).where, error(step)],
        "backward": [e for n in backwards for e in neurons(step, n, gradient)],
        "update": [e for n in backwards for e in (*weights(step, n), *neurons(step, n, threshold_change))],
    }
    given = {
        "forward": (given_row(step, "forward", "x", "outputs.0", len(step.x)),),
        "error": (given_row(step, "error", "y", "y", len(step.y)),),
        "update": (Equation("update", "", "eta", symbol(step, "eta"), (), number(step, "eta")),),
    }
    return [Phase(name, given.get(name, ()), tuple(e and short(e) for e in every[name])) for name in every]


def shown(count: int) -> list[int | None]:
    """Indices, None for the middle of many."""
    half = SHOWN // 2
    return list(range(count)) if count <= SHOWN else [*range(half), None, *range(count - half, count)]


def neurons(step: Step, n: int, *equations: Callable[[Step, int, int], Equation]) -> Iterator[Equation | None]:
    for j in shown(len(step.gradients[n])):
        yield from [None] if j is None else [e(step, n, j) for e in equations]


def weights(step: Step, n: int) -> Iterator[Equation | None]:
    for i in shown(len(step.outputs[n])):
        for j in shown(len(step.gradients[n])) if i is not None else [None]:
            yield None if i is None or j is None else weight_change(step, n, i, j)


def definitions(step: Step, n: int) -> tuple[Equation, ...]:
    """Layer n's f, unless it is the layer before's."""
    where = output(step, n, 0).where
    return () if n and where == output(step, n - 1, 0).where else where


def given_row(step: Step, phase: str, name: str, refs: str, count: int) -> Equation:
    row = Node("row", tuple(number(step, f"{refs}.{i}") for i in range(count)))
    return Equation(phase, "", "", Symbol(name), (shortened(row),))


def short(e: Equation) -> Equation:
    return replace(e, sides=tuple(map(shortened, e.sides)))


def kind(e: Equation) -> str:
    """Quantity and layer, "signals.0": equations of one kind look alike."""
    return ".".join(e.subject.split(".")[:2])
