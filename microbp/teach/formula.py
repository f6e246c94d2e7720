"""Formulas as trees, from which text, LaTeX and MathML are rendered.

A formula is written as one writes it, with + − · / and **, of symbols or of numbers:

>>> b = Symbol("b", "1", "", "outputs.1.0")
>>> b * (1 - b) == Node("times", (b, Node("minus", (Number(1.0), b))))
True
"""

from __future__ import annotations

from dataclasses import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Union

    Operand = Union["Expression", float]

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4  # how tightly a formula holds together
LEVELS = {"cases": 0, "plus": SUM, "minus": SUM, "negative": SUM, "times": PRODUCT, "fraction": PRODUCT, "power": POWER}
INSIDE = {  # how tightly the items of a node have to hold together
    "minus": (SUM, PRODUCT), "negative": (PRODUCT,), "fraction": (0, 0), "power": (ATOM, 0), "absolute": (0,),
    "sum": (0, PRODUCT), "ellipsis": (),
}  # fmt: skip
SHOWN = 6  # of a layer's neurons and of a sum's terms; the middle of more is left out


def operators(kind: str) -> list[Callable[[Any, Operand], Node]]:
    """The methods for a + b and for b + a."""
    return [lambda a, b: Node(kind, (a, lift(b))), lambda a, b: Node(kind, (lift(b), a))]


class Expression:
    """The operators of Number, Symbol and Node."""

    __add__, __radd__ = operators("plus")
    __sub__, __rsub__ = operators("minus")
    __mul__, __rmul__ = operators("times")
    __truediv__, __rtruediv__ = operators("fraction")
    __pow__ = operators("power")[0]

    def __neg__(self) -> Node:
        return Node("negative", (self,))

    def __abs__(self) -> Node:
        return Node("absolute", (self,))

    @property
    def level(self) -> int:
        """How tightly it holds together."""
        return ATOM


@dataclass(frozen=True)
class Number(Expression):
    """A number, and what it is: "outputs.1.0" is step.outputs[1][0], "" a constant."""

    value: float
    ref: str = ""

    @property
    def level(self) -> int:
        return SUM if self.value < 0 else ATOM


@dataclass(frozen=True)
class Symbol(Expression):
    """A symbol: base "w", subscript "11", superscript (the layer, in deep nets) "2", and what it is."""

    base: str
    sub: str = ""
    sup: str = ""
    ref: str = ""


@dataclass(frozen=True)
class Node(Expression):
    """A formula of formulas: plus, minus, negative, times, fraction, power, absolute, row; and

    call      the name of a function, its arguments
    sum       the index, what is summed over it
    cases     (a, b, ">" or "≤", c, d): a if b > c, else d
    ellipsis  what was left out
    """

    kind: str
    items: tuple[Any, ...] = ()

    def __mul__(self, other: Operand) -> Node:
        return Node("times", ((*self.items, lift(other)) if self.kind == "times" else (self, lift(other))))

    @property
    def level(self) -> int:
        return LEVELS.get(self.kind, ATOM)


ELLIPSIS = Node("ellipsis")
HALF = Node("fraction", (Number(1.0), Number(2.0)))


def lift(x: Operand) -> Expression:
    return x if isinstance(x, Expression) else Number(float(x))


def call(name: str, *arguments: Operand) -> Node:
    return Node("call", (name, *map(lift, arguments)))


def cases(first: Operand, left: Operand, relation: str, right: Operand, second: Operand) -> Node:
    return Node("cases", (lift(first), lift(left), relation, lift(right), lift(second)))


def plus(terms: Sequence[Expression]) -> Expression:
    return terms[0] if len(terms) == 1 else Node("plus", tuple(terms))


def shortened(formula: Any) -> Any:
    """The formula with the middle of long sums and rows left out."""
    if not isinstance(formula, Node):
        return formula
    items, half = formula.items, SHOWN // 2
    if formula.kind in ("plus", "row") and len(items) > SHOWN:
        items = (*items[:half], ELLIPSIS, *items[-half:])
    return replace(formula, items=tuple(map(shortened, items)))


def digits(x: float) -> str:
    """Ten significant digits."""
    return f"{x:.10g}"


class Renderer:
    """The walk over a tree. Of each kind of node a subclass has a template in `forms`, or a method with its items.

    `self(item, level)` renders an item, in parentheses where it holds together less than that.
    """

    forms: Mapping[str, str]
    plus_sign, comma = " + ", ", "
    times_signs = "·", "·"  # between symbols, and where a factor is a number
    before_symbol = " "  # between log and what needs no parentheses

    def __call__(self, formula: Any, level: int = 0) -> str:
        if isinstance(formula, str):
            return formula
        if isinstance(formula, Number):
            body = self.number(formula)
        elif isinstance(formula, Symbol):
            body = self.symbol(formula)
        elif formula.kind in self.forms:
            body = self.forms[formula.kind].format(*map(self, formula.items, INSIDE[formula.kind]))
        else:
            body = getattr(self, formula.kind)(*formula.items)
        return self.group(body) if formula.level < level else body

    def terms(self, items: Sequence[Any]) -> list[str]:
        """The terms; one that is a sum needs no parentheses."""
        return [self(item, SUM if i == 0 or getattr(item, "kind", "") == "plus" else PRODUCT)
                for i, item in enumerate(items)]  # fmt: skip

    def plus(self, *items: Expression) -> str:
        return self.plus_sign.join(self.terms(items))

    def times(self, *items: Expression) -> str:
        """A product; one behind the first factor keeps its parentheses."""
        sign = self.times_signs[any(isinstance(item, Number) for item in items)]
        return sign.join(self(item, POWER if i else PRODUCT) for i, item in enumerate(items))

    def row(self, *items: Expression) -> str:
        return self.group(self.comma.join(map(self, items)))

    def call(self, name: str, *arguments: Expression) -> str:
        if name == "log" and arguments[0].level == ATOM:
            return self.function(name) + self.before_symbol + self(arguments[0])
        return self.function(name) + self.row(*arguments)

    def number(self, number: Number) -> str:
        raise NotImplementedError

    def symbol(self, symbol: Symbol) -> str:
        raise NotImplementedError

    def group(self, body: str) -> str:
        raise NotImplementedError

    def function(self, name: str) -> str:
        raise NotImplementedError
