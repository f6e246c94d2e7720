"""Arrays of binary32.

Each operation is rounded by storing it into `array('f')`: the binary64 result of an operation on two
binary32 numbers, rounded to binary32, is the binary32 result (53 >= 2 * 24 + 2; S. A. Figueroa, "When is double
rounding innocuous?", SIGNUM Newsletter 30, 1995).
"""

from __future__ import annotations

from array import array
from math import sqrt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..notation import Row


class Binary32(float):
    """A number whose +, -, *, / with any number is rounded to binary32.

    >>> 1.0 + 2.0**-30 == 1.0, Binary32(1.0) + 2.0**-30 == 1.0
    (False, True)
    """

    __slots__ = ()

    def __new__(cls, x: float) -> Binary32:
        return float.__new__(cls, array("f", (x,))[0])

    def __add__(self, other: float) -> Binary32:
        return Binary32(float.__add__(self, other))

    def __sub__(self, other: float) -> Binary32:
        return Binary32(float.__sub__(self, other))

    def __rsub__(self, other: float) -> Binary32:
        return Binary32(float.__rsub__(self, other))

    def __mul__(self, other: float) -> Binary32:
        return Binary32(float.__mul__(self, other))

    def __truediv__(self, other: float) -> Binary32:
        return Binary32(float.__truediv__(self, other))

    def __abs__(self) -> Binary32:
        return Binary32(float.__abs__(self))

    __radd__ = __add__
    __rmul__ = __mul__


number = Binary32


def row(numbers: Iterable[float]) -> Row:
    return array("f", numbers)


def root(x: float) -> float:
    return Binary32(sqrt(x))


def numbers(row: Row) -> Sequence[float]:
    return [Binary32(number) for number in row]


def add_product(a: Row, b: Row, x: float) -> None:
    products = array("f", [b_j * x for b_j in b])
    a[:] = array("f", [a_j + product for a_j, product in zip(a, products)])


def add_outer(w: list[Row], eta: float, g: Row, b: Row) -> None:
    for w_h, b_h in zip(w, b):
        if b_h:
            add_product(w_h, array("f", [g_j * b_h for g_j in g]), eta)


def sum_down(w: list[Row], b: Row) -> Row:
    total = array("f", bytes(4 * len(w[0])))
    for w_h, b_h in zip(w, b):
        if b_h:
            add_product(total, w_h, b_h)
    return total


def sum_across(w: list[Row], g: Row) -> Row:
    columns: list[Row] = [array("f", column) for column in zip(*w)]
    return sum_down(columns, g)
