"""A CSV file in blocks of rows, and its columns learnt in passes over them, so that no file is too large.

>>> import os, tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     path = os.path.join(folder, "melons.csv")
...     with open(path, "w", encoding="utf-8") as file:
...         _ = file.write("size,melon\\n1,bad\\n3,good\\n2,bad\\n")
...     blocks = CsvBlocks(path, rows=2)
...     [table.rows for table in blocks.tables()], learnt(blocks)
([[['1', 'bad'], ['3', 'good']], [['2', 'bad']]], <Columns: classification, 1 input -> 1 number, 1 target -> 1 output>)
"""

from __future__ import annotations

import codecs
import csv
import io
import os
from itertools import islice

from .columns import Columns
from .table import Table, read_csv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

HEAD = 1 << 16  # bytes from which header and delimiter are found
KEPT = 1000  # so many different words of a column are kept; a column with more names its rows
BLOCK = 1 << 20


class CsvBlocks:
    """The file, and how it is to be read; `tables()` reads it from the start, `rows` rows at a time."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        header: bool | None = None,
        delimiter: str | None = None,
        encoding: str | None = None,
        rows: int = 1024,
    ) -> None:
        self.path = path
        self.name = os.fspath(path)
        self.rows = rows
        self.encoding = encoding or _encoding(path)
        with open(path, encoding=self.encoding, newline="") as file:
            head = file.read(HEAD)
            if file.read(1):  # the last record may be cut
                head = head[: head.rfind("\n") + 1] or head
        head = head[1:] if head.startswith("\ufeff") else head
        if delimiter is None:
            from .table import _find_delimiter

            delimiter = _find_delimiter(head)
        stream = io.StringIO(head, newline="")
        stream.name = self.name  # type: ignore[attr-defined,unused-ignore]
        found = read_csv(stream, header=header, delimiter=delimiter)
        self.delimiter = delimiter
        self.header = found.header
        self.names = found.names
        self.decimal_comma = found.decimal_comma

    def tables(self) -> Iterator[Table]:
        """The blocks, from the first to the last."""
        with open(self.path, encoding=self.encoding, newline="") as file:
            if file.read(1) != "\ufeff":
                file.seek(0)
            reader = csv.reader(file, delimiter=self.delimiter, skipinitialspace=True, strict=True)
            records = self._records(reader)
            if self.header:
                next(records, None)
            while True:
                block = list(islice(records, self.rows))
                if not block:
                    return
                lines, rows = zip(*block)
                yield Table(self.names, rows, lines, self.name, self.header, self.decimal_comma)

    def _records(self, reader: Any) -> Iterator[tuple[int, list[str]]]:
        line = 1
        try:
            for record in reader:
                if any(map(str.strip, record)):
                    yield line, record
                line = reader.line_num + 1
        except csv.Error as error:
            raise ValueError(f"{self.name}, line {line}: not a CSV record: {error}") from None
        except UnicodeError as error:
            raise ValueError(f"{self.name}, line {line}: {error}; name the encoding if it is another one") from None


def _encoding(path: str | os.PathLike[str]) -> str:
    """UTF-16 with its byte order mark, UTF-8 if all of the file is, else GB18030."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open(path, "rb") as file:
        if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
        file.seek(0)
        try:
            for block in iter(lambda: file.read(BLOCK), b""):
                decoder.decode(block)
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8"


def learnt(
    blocks: CsvBlocks,
    targets: Any = None,
    task: str | None = None,
    ignore: Any = (),
    scale: str = "range",
    target_scale: str = "range",
) -> Columns:
    """The columns of the file, learnt in one pass over it; scale "standard" takes a second one."""

    class Passes:
        def __iter__(self) -> Iterator[Table]:
            return blocks.tables()

    return Columns.learn_blocks(Passes(), targets, task, ignore, scale, target_scale, KEPT)
