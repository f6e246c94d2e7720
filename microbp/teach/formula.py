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
    from collections.abc import Callable, Sequence
    from typing import Any, Union

    Operand = Union["Expression", float]

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4  # how tightly a formula holds together
LEVELS = {"cases": 0, "plus": SUM, "minus": SUM, "negative": SUM, "times": PRODUCT, "fraction": PRODUCT, "power": POWER}
SHOWN = 6  # of a layer's neurons and of a sum's terms; the middle of more is left out


class Expression:
    """What Number, Symbol and Node have in common: operators that build trees."""

    def __add__(self, other: Operand) -> Node:
        return Node("plus", (self, lift(other)))

    def __sub__(self, other: Operand) -> Node:
        return Node("minus", (self, lift(other)))

    def __rsub__(self, other: Operand) -> Node:
        return Node("minus", (lift(other), self))

    def __radd__(self, other: Operand) -> Node:
        return Node("plus", (lift(other), self))

    def __mul__(self, other: Operand) -> Node:
        factors = self.items if isinstance(self, Node) and self.kind == "times" else (self,)
        return Node("times", (*factors, lift(other)))

    def __rmul__(self, other: Operand) -> Node:
        return Node("times", (lift(other), self))

    def __truediv__(self, other: Operand) -> Node:
        return Node("fraction", (self, lift(other)))

    def __rtruediv__(self, other: Operand) -> Node:
        return Node("fraction", (lift(other), self))

    def __pow__(self, other: Operand) -> Node:
        return Node("power", (self, lift(other)))

    def __neg__(self) -> Node:
        return Node("negative", (self,))

    def __abs__(self) -> Node:
        return Node("absolute", (self,))

    @property
    def level(self) -> int:
        """How tightly it holds together: what is looser than its place asks for stands in parentheses."""
        return ATOM


@dataclass(frozen=True)
class Number(Expression):
    """A number, and the reference of the quantity it is: "outputs.1.0" is step.outputs[1][0], "" a constant."""

    value: float
    ref: str = ""

    @property
    def level(self) -> int:
        return SUM if self.value < 0 else ATOM


@dataclass(frozen=True)
class Symbol(Expression):
    """A symbol of the article: base "w", subscript "11", superscript (the layer, in deep nets) "2", and what it is."""

    base: str
    sub: str = ""
    sup: str = ""
    ref: str = ""


@dataclass(frozen=True)
class Node(Expression):
    """A formula of formulas.

    plus, times     of all items             row         (a, b, c)
    minus, power    of two                   call        f(a, b): the name, then the arguments
    fraction        a over b                 sum         the index, then what is summed over it
    negative        of one                   cases       a if b > c, else d: (a, b, ">" or "≤", c, d)
    absolute        of one                   ellipsis    what was left out
    """

    kind: str
    items: tuple[Any, ...] = ()

    @property
    def level(self) -> int:
        return LEVELS.get(self.kind, ATOM)


ELLIPSIS = Node("ellipsis")
HALF = Node("fraction", (Number(1.0), Number(2.0)))


def lift(x: Operand) -> Expression:
    """A plain number as a constant."""
    return x if isinstance(x, Expression) else Number(float(x))


def call(name: str, *arguments: Operand) -> Node:
    """name(a, b, ...)"""
    return Node("call", (name, *map(lift, arguments)))


def cases(first: Operand, left: Operand, relation: str, right: Operand, second: Operand) -> Node:
    """The first where left > right (or ≤, as the relation says), else the second."""
    return Node("cases", (lift(first), lift(left), relation, lift(right), lift(second)))


def plus(terms: Sequence[Expression]) -> Expression:
    """term + term + ..., or the one term."""
    return terms[0] if len(terms) == 1 else Node("plus", tuple(terms))


def has_number(factors: Sequence[Expression]) -> bool:
    """Whether one of the factors is a number, so that a product needs a sign."""
    return any(isinstance(factor, Number) for factor in factors)


def middle_out(items: Sequence[Any]) -> list[Any]:
    """The items, or the first and last of them around an ELLIPSIS."""
    half = SHOWN // 2
    return list(items) if len(items) <= SHOWN else [*items[:half], ELLIPSIS, *items[-half:]]


def shortened(formula: Any) -> Any:
    """The formula with the middle of long sums and rows left out.

    >>> shortened(Node("row", tuple(map(Number, range(9))))).items[2:5]
    (Number(value=2, ref=''), Node(kind='ellipsis', items=()), Number(value=6, ref=''))
    """
    if not isinstance(formula, Node):
        return formula
    items = middle_out(formula.items) if formula.kind in ("plus", "row") else formula.items
    return replace(formula, items=tuple(map(shortened, items)))


def digits(x: float) -> str:
    """A number as every rendering shows it: ten significant digits."""
    return f"{x:.10g}"


class Renderer:
    """The walk over a tree: a subclass has one method for each kind of node, and `number`, `symbol`, `group`.

    A method takes the node's items, and calls `self(item, level)` for an item that has to stand in parentheses where
    it holds together less than that.
    """

    def __call__(self, formula: Any, level: int = 0) -> str:
        if isinstance(formula, Number):
            body = self.number(formula)
        elif isinstance(formula, Symbol):
            body = self.symbol(formula)
        else:
            render: Callable[..., str] = getattr(self, formula.kind)
            body = render(*formula.items)
        return self.group(body) if formula.level < level else body

    def terms(self, items: Sequence[Any]) -> list[str]:
        """The terms of a sum; one that is a sum itself needs no parentheses."""
        return [self(item, SUM if i == 0 or getattr(item, "kind", "") == "plus" else PRODUCT)
                for i, item in enumerate(items)]  # fmt: skip

    def factors(self, items: Sequence[Any]) -> list[str]:
        """The factors of a product; a product behind the first keeps its parentheses."""
        return [self(item, PRODUCT if i == 0 else POWER) for i, item in enumerate(items)]

    def number(self, number: Number) -> str:
        raise NotImplementedError

    def symbol(self, symbol: Symbol) -> str:
        raise NotImplementedError

    def group(self, body: str) -> str:
        raise NotImplementedError
