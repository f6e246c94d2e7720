"""Tables of text, read from CSV files as spreadsheets write them, at once or in blocks; and those of the package.

watermelon  Watermelon 3.0: 17 melons with 8 attributes, and whether they are good (好瓜).
            Z.-H. Zhou (周志华), 机器学习 (Machine Learning), 2016, table 4.3, without its row numbers (编号).
iris        150 flowers with 4 measures in cm, and their species. R. A. Fisher, "The use of multiple
            measurements in taxonomic problems", Annals of Eugenics 7, 1936, table I. Rows 35 and 38 are as
            Fisher has them: the copy in the UCI repository has errors in both.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from itertools import islice

from ..checks import shown, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import IO, Any, Union

    Source = Union[str, bytes, os.PathLike[str], os.PathLike[bytes], IO[bytes], IO[str]]

EMBEDDED = ("watermelon", "iris")
DELIMITERS = ",;\t"
HEAD = 1 << 16  # bytes of a file in which header and delimiter are found
BLOCK = 1 << 20
SAMPLE = 50  # records that are looked at to find the delimiter
MISSING = frozenset(("", "?", "NA", "N/A", "n/a", "#N/A", "nan", "NaN", "NAN", "null", "NULL"))
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


class Table:
    """Rows of cells under column names.

    >>> table = Table(["x", "y"], [["0.5", "a"], ["1", "b"]])
    >>> table.column(1), table.number("0.5"), table.number("nan")
    (['a', 'b'], 0.5, None)
    >>> table
    <Table: 2 rows, 2 columns, from table>

    `lines[k]` is the line of the source, from 1, on which row k begins. `header`: the names came with the data, they
    are not "1", "2", ... `decimal_comma`: 0,5 is a number, like 0.5.
    """

    def __init__(
        self,
        names: Sequence[str],
        rows: Iterable[Sequence[str]],
        lines: Sequence[int] | None = None,
        source: str = "table",
        header: bool = True,
        decimal_comma: bool = False,
    ) -> None:
        self.names = list(names)
        try:
            self.rows = [[cell.strip() for cell in row] for row in rows]
        except (AttributeError, TypeError):
            raise TypeError(f"{source}: rows must be lists of text") from None
        self.lines = list(range(1, len(self.rows) + 1)) if lines is None else list(lines)
        self.source = source
        self.header = header
        self.decimal_comma = decimal_comma
        if len(self.lines) != len(self.rows):
            wanted = f"one line number for each of {len(self.rows)} rows"
            raise ValueError(f"{source}: wanted {wanted}, got {len(self.lines)}")
        for line, row in zip(self.lines, self.rows):
            if len(row) != len(self.names):
                cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
                raise ValueError(f"{source}, line {line}: the row has {cells}, wanted {len(self.names)}")
        seen: dict[str, int] = {}
        for j, name in enumerate(self.names):
            if not name:
                raise ValueError(f"{source}: the header has no name for column {j + 1}")
            if seen.setdefault(name, j) != j:
                raise ValueError(f"{source}: columns {seen[name] + 1} and {j + 1} are both named {shown(name)}")

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"<Table: {len(self.rows)} rows, {len(self.names)} columns, from {self.source}>"

    def column(self, j: int) -> list[str]:
        return [row[j] for row in self.rows]

    def number(self, cell: str) -> float | None:
        """The number in a cell of this table, or None."""
        return number(cell, self.decimal_comma)

    def take(self, indices: Iterable[int]) -> Table:
        chosen = list(indices)
        rows, lines = [self.rows[k] for k in chosen], [self.lines[k] for k in chosen]
        return Table(self.names, rows, lines, self.source, self.header, self.decimal_comma)


def number(cell: str, decimal_comma: bool = False) -> float | None:
    """The finite number written in a cell with ASCII digits, or None.

    >>> number("-1.5e3"), number("0,5"), number("0,5", decimal_comma=True)
    (-1500.0, None, 0.5)
    >>> number("inf"), number("1_000"), number("1e999")
    (None, None, None)
    """
    if decimal_comma:
        cell = cell.replace(",", ".")
    if not NUMBER.fullmatch(cell):
        return None
    value = float(cell)
    return value if abs(value) != float("inf") else None


def read_csv(
    source: Source, *, header: bool | None = None, delimiter: str | None = None, encoding: str | None = None
) -> Table:
    r"""The table in a path or an open file; header, delimiter and encoding are found out unless given.

    >>> table = read_csv(io.BytesIO("密度;好瓜\n0,697;是\n0,774;是\n".encode("gbk")))
    >>> table.names, table.rows, table.number("0,697")
    (['密度', '好瓜'], [['0,697', '是'], ['0,774', '是']], 0.697)

    Encodings: UTF-8, UTF-16 with a byte order mark, GB18030 (and so GBK). Delimiters: comma, semicolon, tab; with the
    last two, 0,5 is a number. Blank rows are skipped. Without a header the names are "1", "2", ... Whatever is no table
    raises ValueError.
    """
    data: object
    if isinstance(source, (str, bytes, os.PathLike)):
        name = os.fsdecode(source)
        with open(source, "rb") as file:
            data = file.read()
    elif hasattr(source, "read"):
        name = str(getattr(source, "name", "")) or "input"
        try:
            data = source.read()
        except UnicodeError as error:
            raise ValueError(f"{name}: {error}; open it in binary mode to have its encoding found") from None
    else:
        raise TypeError(f"source must be a path or an open file, got {shown(source)}")
    text = data if isinstance(data, str) else _decode(data, encoding, name)
    return _parsed(text, name, header, delimiter)[0]


def _parsed(text: str, name: str, header: bool | None, delimiter: str | None) -> tuple[Table, str]:
    """The table that the text is, and the delimiter."""
    text = text[1:] if text.startswith("\ufeff") else text
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ValueError(f"{name}, line {line}: a NUL character; wanted text (UTF-16 needs a byte order mark)")
    if delimiter is None:
        delimiter = _find_delimiter(text)
    elif not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n ':
        raise ValueError(f"delimiter must be one character, not a quote, space or line end, got {shown(delimiter)}")
    found = list(_records(_reader(io.StringIO(text, newline=""), delimiter, True), name))
    if not found:
        raise ValueError(f"{name}: no rows, the file is empty")
    lines, rows = zip(*found)
    return _table(rows, lines, name, header, delimiter != ","), delimiter


def _reader(file: IO[str], delimiter: str, strict: bool) -> Any:
    return csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=strict)


def _decode(data: object, encoding: str | None, name: str) -> str:
    if not isinstance(data, (bytes, bytearray)):
        raise ValueError(f"{name}: read() must give bytes or text, got {shown(data)}")
    if encoding is not None:
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeError) as error:
            raise ValueError(f"{name}: not text in the encoding {shown(encoding)}: {error}") from None
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for candidate in ("utf-16",) if utf16 else ("utf-8", "gb18030"):
        try:
            return data.decode(candidate)
        except UnicodeError as error:
            reason = error
    wanted = "UTF-16, as its byte order mark says" if utf16 else "UTF-8, UTF-16 with byte order mark or GB18030"
    raise ValueError(f"{name}: wanted text in {wanted}, got {reason}; name the encoding if it is another one")


def _find_delimiter(text: str) -> str:
    """What cuts the first records most evenly, then into most numbers; comma if they tie."""
    best, best_score = ",", (0.0, 0.0)
    for delimiter in DELIMITERS:
        rows = []
        try:
            reader = _reader(io.StringIO(text, newline=""), delimiter, False)
            rows = [row for row in islice(reader, SAMPLE) if any(map(str.strip, row))]
        except csv.Error:
            pass
        cells = [cell.strip() for row in rows for cell in row]
        width, even = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
        if width > 1:
            numbers = sum(number(cell, delimiter != ",") is not None for cell in cells)
            score = (even / len(rows), numbers / len(cells))
            if score > best_score:
                best, best_score = delimiter, score
    return best


def _records(reader: Any, name: str) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank, with the line on which each begins."""
    line = 1
    try:
        for record in reader:
            if any(map(str.strip, record)):
                yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"{name}, line {line}: not a CSV record: {error}") from None
    except UnicodeError as error:
        raise ValueError(f"{name}, line {line}: {error}; name the encoding if it is another one") from None


def _table(
    rows: Sequence[list[str]], lines: Sequence[int], name: str, header: bool | None, decimal_comma: bool
) -> Table:
    table = Table([str(j + 1) for j in range(len(rows[0]))], rows, lines, name, False, decimal_comma)
    if header is None:
        header = _is_header(table)
    if not header:
        return table
    if len(rows) == 1:
        raise ValueError(f"{name}: no rows below the header on line {lines[0]}")
    names = table.rows[0]
    if not names[0] and "index" not in names:
        names[0] = "index"  # the column of row numbers that pandas writes has no name
    return Table(names, table.rows[1:], lines[1:], name, True, decimal_comma)


def _is_header(table: Table) -> bool:
    """Whether the first row names the columns.

    It does not if it holds a number. It does if a word in it stands over numbers only; or, where all is words, if its
    words are different and none occurs again in its column.
    """
    first, rows = table.rows[0], table.rows[1:]
    if any(table.number(cell) is not None for cell in first):
        return False
    columns = [[row[j] for row in rows if row[j] not in MISSING] for j in range(len(first))]
    for name, column in zip(first, columns):
        if name not in MISSING and column and all(table.number(cell) is not None for cell in column):
            return True
    distinct = len(set(first)) == len(first) and not MISSING.intersection(first)
    return distinct and not any(name in column for name, column in zip(first, columns))


def load(name: str) -> Table:
    """The table of an embedded data set, "watermelon" or "iris".

    >>> load("watermelon").rows[0]
    ['青绿', '蜷缩', '浊响', '清晰', '凹陷', '硬滑', '0.697', '0.460', '是']
    >>> load("iris")
    <Table: 150 rows, 5 columns, from iris>
    """
    from importlib.resources import files  # slow to import

    word("name of an embedded data set", name, EMBEDDED)
    content = files(__package__).joinpath(f"{name}.csv").read_bytes()
    table = read_csv(io.BytesIO(content), header=True, delimiter=",", encoding="utf-8")
    table.source = name
    return table


class CsvBlocks:
    """A CSV file as tables of `rows` rows; each iteration reads it from the start."""

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
        found, self.delimiter = _parsed(head, self.name, header, delimiter)
        self.header = found.header
        self.names = found.names
        self.decimal_comma = found.decimal_comma

    def __iter__(self) -> Iterator[Table]:
        with open(self.path, encoding=self.encoding, newline="") as file:
            if file.read(1) != "\ufeff":
                file.seek(0)
            records = _records(_reader(file, self.delimiter, True), self.name)
            if self.header:
                next(records, None)
            while block := list(islice(records, self.rows)):
                lines, rows = zip(*block)
                yield Table(self.names, rows, lines, self.name, self.header, self.decimal_comma)


def _encoding(path: str | os.PathLike[str]) -> str:
    """UTF-16 with its byte order mark, UTF-8 if all of the file is, else GB18030."""
    with open(path, "rb") as file:
        if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
    with open(path, encoding="utf-8", newline="") as text:
        try:
            while text.read(BLOCK):
                pass
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8"
