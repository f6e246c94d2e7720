"""Rows of numbers in double or single precision: the vocabulary of the Python engine.

Each operation of `SingleRows` is rounded to binary32, by storing it into `array('f')`: the binary64 result of an
operation on two binary32 numbers, rounded to binary32, is the binary32 result (53 >= 2 * 24 + 2; S. A. Figueroa,
"When is double rounding innocuous?", SIGNUM Newsletter 30, 1995). Both classes have the same functions.
"""

from __future__ import annotations

from array import array
from math import sqrt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Union

    from .notation import Row


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


class DoubleRows:
    """Rows are lists of floats. Plain loops: measured against comprehensions, faster on small nets, as fast on wide."""

    row = list  # a new row of the given numbers, each rounded to the precision: row(map(sub, a, b)) is a_j - b_j
    number = float  # a number rounded to the precision, whose +, -, *, / are rounded to it
    root = sqrt  # the square root of such a number

    @staticmethod
    def numbers(row: Row) -> Sequence[float]:
        """The row's numbers, as ones whose +, -, *, / are rounded to the precision."""
        return row

    @staticmethod
    def add_product(a: Row, b: Row, x: float) -> None:
        """a_j += b_j x"""
        j = 0
        for b_j in b:
            a[j] += b_j * x
            j += 1

    @staticmethod
    def add_outer(w: list[Row], eta: float, g: Row, b: Row) -> None:
        """w_hj += eta (g_j b_h); nothing for a b_h that is 0."""
        for w_h, b_h in zip(w, b):
            if b_h:
                j = 0
                for g_j in g:
                    w_h[j] += eta * (g_j * b_h)
                    j += 1

    @staticmethod
    def sum_down(w: list[Row], b: Row) -> Row:
        """sum_h w_hj b_h for every j, in the order of h, without the terms in which b_h is 0."""
        total = [0.0] * len(w[0])
        for w_h, b_h in zip(w, b):
            if b_h:
                j = 0
                for w_hj in w_h:
                    total[j] += w_hj * b_h
                    j += 1
        return total

    @staticmethod
    def sum_across(w: list[Row], g: Row) -> Row:
        """sum_j w_hj g_j for every h, in the order of j."""
        totals = []
        for w_h in w:
            total = 0.0
            for w_hj, g_j in zip(w_h, g):
                total += w_hj * g_j
            totals.append(total)
        return totals


class SingleRows:
    """Rows are arrays of binary32; whole rows are rounded at once."""

    number = Binary32

    @staticmethod
    def row(numbers: Iterable[float]) -> Row:
        return array("f", numbers)

    @staticmethod
    def numbers(row: Row) -> Sequence[float]:
        return [Binary32(number) for number in row]

    @staticmethod
    def root(x: float) -> float:
        return Binary32(sqrt(x))

    @staticmethod
    def add_product(a: Row, b: Row, x: float) -> None:
        products = array("f", [b_j * x for b_j in b])
        a[:] = array("f", [a_j + product for a_j, product in zip(a, products)])

    @staticmethod
    def add_outer(w: list[Row], eta: float, g: Row, b: Row) -> None:
        for w_h, b_h in zip(w, b):
            if b_h:
                SingleRows.add_product(w_h, array("f", [g_j * b_h for g_j in g]), eta)

    @staticmethod
    def sum_down(w: list[Row], b: Row) -> Row:
        total = array("f", bytes(4 * len(w[0])))
        for w_h, b_h in zip(w, b):
            if b_h:
                SingleRows.add_product(total, w_h, b_h)
        return total

    @staticmethod
    def sum_across(w: list[Row], g: Row) -> Row:
        columns: list[Row] = [array("f", column) for column in zip(*w)]
        return SingleRows.sum_down(columns, g)


if TYPE_CHECKING:
    Rows = Union[type[DoubleRows], type[SingleRows]]
