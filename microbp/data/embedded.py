"""The data sets that come with the package.

watermelon  Watermelon 3.0: 17 melons with 8 attributes, and whether they are good (好瓜).
            Z.-H. Zhou (周志华), 机器学习 (Machine Learning), 2016, table 4.3, without its row numbers (编号).
iris        150 flowers with 4 measures in cm, and their species. R. A. Fisher, "The use of multiple
            measurements in taxonomic problems", Annals of Eugenics 7, 1936, table I. Rows 35 and 38 are as
            Fisher has them: the copy in the UCI repository has errors in both.
"""

from __future__ import annotations

import io

from ..checks import word
from .table import Table, read_csv

NAMES = ("watermelon", "iris")


def load(name: str) -> Table:
    """The table of an embedded data set, "watermelon" or "iris".

    >>> load("watermelon").rows[0]
    ['青绿', '蜷缩', '浊响', '清晰', '凹陷', '硬滑', '0.697', '0.460', '是']
    >>> load("iris")
    <Table: 150 rows, 5 columns, from iris>
    """
    from importlib.resources import files  # slow to import

    word("name of an embedded data set", name, NAMES)
    content = files(__package__).joinpath(f"{name}.csv").read_bytes()
    table = read_csv(io.BytesIO(content), header=True, delimiter=",", encoding="utf-8")
    table.source = name
    return table
