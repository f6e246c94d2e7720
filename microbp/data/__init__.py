"""Data in: tables from CSV files, their columns as a net's numbers, the hold-out, MNIST, two embedded sets.

>>> table = load("watermelon")
>>> columns = Columns.learn(table)
>>> X, Y = columns.encode(table)
>>> train, test = hold_out([row[-1] for row in table.rows], len(table), 0.3, seed=1)
>>> columns.classes, len(X[0]), len(train), len(test)
(['否', '是'], 18, 12, 5)
"""

from __future__ import annotations

from .columns import Columns, NumberColumn, WordsColumn
from .holdout import hold_out
from .idx import load_mnist, read_idx
from .table import Table, load, read_csv

__all__ = [
    "Columns",
    "NumberColumn",
    "Table",
    "WordsColumn",
    "hold_out",
    "load",
    "load_mnist",
    "read_csv",
    "read_idx",
]
