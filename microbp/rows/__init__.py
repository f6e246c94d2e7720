"""Rows of numbers in double or single precision: two modules whose every operation is rounded to the precision.

Modules because Python finds a module's function sooner than a class's, and on the smallest nets calls are a third of
the time.
"""

from __future__ import annotations

from . import double, single

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Protocol

    from ..notation import Row

    class Rows(Protocol):
        def row(self, numbers: Iterable[float], /) -> Row:
            """A new row, each number rounded: row(map(sub, a, b)) is a_j - b_j."""

        def number(self, x: float, /) -> float:
            """A number whose +, -, *, / are rounded to the precision."""

        def root(self, x: float, /) -> float:
            """The square root."""

        def numbers(self, row: Row) -> Sequence[float]:
            """The row's, each as by `number`."""

        def add_product(self, a: Row, b: Row, x: float) -> None:
            """a_j += b_j x"""

        def add_outer(self, w: list[Row], eta: float, g: Row, b: Row) -> None:
            """w_hj += eta (g_j b_h); nothing for a b_h that is 0."""

        def sum_down(self, w: list[Row], b: Row) -> Row:
            """sum_h w_hj b_h for every j, in the order of h, without terms whose b_h is 0."""

        def sum_across(self, w: list[Row], g: Row) -> Row:
            """sum_j w_hj g_j for every h, in the order of j."""


ROWS: dict[str, Rows] = {"double": double, "single": single}
