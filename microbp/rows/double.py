"""Lists of floats, with plain loops: faster than comprehensions on small nets."""

from __future__ import annotations

from math import sqrt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..notation import Row

row = list
number = float
root = sqrt


def numbers(row: Row) -> Sequence[float]:
    return row


def add_product(a: Row, b: Row, x: float) -> None:
    j = 0
    for b_j in b:
        a[j] += b_j * x
        j += 1


def add_outer(w: list[Row], eta: float, g: Row, b: Row) -> None:
    for w_h, b_h in zip(w, b):
        if b_h:
            j = 0
            for g_j in g:
                w_h[j] += eta * (g_j * b_h)
                j += 1


def sum_down(w: list[Row], b: Row) -> Row:
    total = [0.0] * len(w[0])
    for w_h, b_h in zip(w, b):
        if b_h:
            j = 0
            for w_hj in w_h:
                total[j] += w_hj * b_h
                j += 1
    return total


def sum_across(w: list[Row], g: Row) -> Row:
    totals = []
    for w_h in w:
        total, j = 0.0, 0
        for g_j in g:
            total += w_h[j] * g_j
            j += 1
        totals.append(total)
    return totals
