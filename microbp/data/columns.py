"""Which columns of a table are inputs and which targets, and how their cells become numbers."""

from __future__ import annotations

import math
from itertools import accumulate
from reprlib import repr as short  # of values that may be nested too deep for repr()

from ..checks import nearest, shown, word
from .table import MISSING, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, Union

    Name = Union[str, int]  # of a column: its name, or its number from 1
    Column = Union["NumberColumn", "WordsColumn"]
    Prediction = Union[tuple[str, float], float]

TASKS = ("classification", "regression")
SCALES = ("range", "standard", "none")
FEW = 10  # different numbers that may be classes
SHOWN = 5  # missing cells that a message names
ROW_NUMBERS = frozenset(("id", "index", "no", "nr", "#", "编号", "序号", "unnamed: 0"))
NEGATIVE_POSITIVE = (
    ("no", "yes"),
    ("n", "y"),
    ("false", "true"),
    ("f", "t"),
    ("negative", "positive"),
    ("neg", "pos"),
    ("bad", "good"),
    ("否", "是"),
    ("假", "真"),
    ("负", "正"),
    ("阴性", "阳性"),
    ("坏", "好"),
)


class NumberColumn:
    """x = (value - shift) / spread, or 0 where all values were the same (spread 0).

    Scale "range": shift is the smallest value, spread the largest minus it. "standard": the mean, and the standard
    deviation of the population. "none": x is the value.
    """

    fields = ("name", "position", "kind", "scale", "shift", "spread")
    kind = "number"
    width = 1

    def __init__(self, name: str, position: int, scale: str, shift: float, spread: float) -> None:
        self.name = name
        self.position = position
        self.scale = scale
        self.shift = shift
        self.spread = spread

    @property
    def labels(self) -> list[str]:
        return [self.name]

    def encode(self, cell: str, table: Table, line: int) -> list[float]:
        value, place = table.number(cell), _place(table.source, self.name, line)
        if value is None:
            raise ValueError(f"{place}: wanted a number, got {shown(cell)}")
        x = (value - self.shift) / self.spread + 0.0 if self.spread else 0.0  # never -0.0
        if not math.isfinite(x):
            raise ValueError(f"{place}: {shown(cell)} is too far from the values learnt")
        return [x]

    def decode(self, outputs: Sequence[float]) -> float:
        return self.shift + outputs[0] * self.spread


class WordsColumn:
    """Words as one number, 0 or 1, for two categories; as k for k > 2, one of which is 1."""

    fields = ("name", "position", "kind", "categories")
    kind = "words"

    def __init__(self, name: str, position: int, categories: list[str]) -> None:
        self.name = name
        self.position = position
        self.categories = categories
        self.width = 1 if len(categories) == 2 else len(categories)

    @property
    def labels(self) -> list[str]:
        return [f"{self.name}={category}" for category in self.categories[-self.width :]]

    def encode(self, cell: str, table: Table, line: int) -> list[float]:
        value = None if cell in self.categories else table.number(cell)  # 1.0 is the category 1
        category = cell if value is None else _plain(value)
        if category not in self.categories:
            raise ValueError(f"{_place(table.source, self.name, line)}: {self._unknown(cell)}")
        k = self.categories.index(category)
        return [float(k)] if self.width == 1 else [float(j == k) for j in range(self.width)]

    def _unknown(self, cell: str) -> str:
        import difflib

        close = difflib.get_close_matches(cell, self.categories, FEW)
        known = (close + [category for category in self.categories if category not in close])[:FEW]
        more = f" and {len(self.categories) - FEW} more" if len(self.categories) > FEW else ""
        return f"unknown category {shown(cell)}, known: {', '.join(map(shown, known))}{more}"

    def decode(self, outputs: Sequence[float]) -> tuple[str, float]:
        """The likeliest category and its probability: y or 1 - y, or y_k / sum(y)."""
        y = [min(max(output, 0.0), 1.0) for output in outputs]
        if self.width == 1:
            y = [1.0 - y[0], y[0]]
            k = 1 if y[1] >= 0.5 else 0
            return self.categories[k], y[k]
        k, total = y.index(max(y)), 0.0
        for output in y:  # in order: sum() gives other last bits since Python 3.12
            total += output
        return self.categories[k], y[k] / total if total else 1.0 / self.width


class Columns:
    """What was learnt about a table: it encodes tables to X and Y, and decodes a net's outputs.

    >>> rows = [["1", "no", "bad"], ["3", "yes", "good"], ["2", "no", "bad"]]
    >>> table = Table(["size", "sweet", "melon"], rows)
    >>> columns = Columns.learn(table)
    >>> columns
    <Columns: classification, 2 inputs -> 2 numbers, 1 target -> 1 output>
    >>> columns.encode(table)
    ([[0.0, 0.0], [1.0, 1.0], [0.5, 0.0]], [[0.0], [1.0], [0.0]])
    >>> columns.decode([0.25])
    [('bad', 0.75)]

    `inputs` and `targets` are the columns, `notes` says why others were left out; `width` is the number of columns in
    the table, `header` whether it named them.
    """

    fields = ("task", "header", "width", "inputs", "targets", "notes")

    def __init__(
        self,
        task: str,
        inputs: list[Column],
        targets: list[Column],
        header: bool = True,
        width: int | None = None,
        notes: Iterable[str] = (),
    ) -> None:
        self.task = task
        self.inputs = inputs
        self.targets = targets
        self.header = header
        self.width = len(inputs) + len(targets) if width is None else width
        self.notes = list(notes)

    @classmethod
    def learn(
        cls,
        table: Table,
        targets: Name | Sequence[Name] | None = None,
        task: str | None = None,
        ignore: Sequence[Name] = (),
        scale: str = "range",
        target_scale: str = "range",
    ) -> Columns:
        """Learn the columns of a table: `targets` (by default the last), and as inputs all but `ignore`.

        >>> table = Table(["a", "b", "y"], [["0", "5", "0.1"], ["1", "5", "0.7"], ["1", "5", "1.3"]])
        >>> Columns.learn(table, "y").task, Columns.learn(table, [1], ignore=["b"]).task
        ('regression', 'classification')

        Targets are names, or numbers from 1, all of one task: classification if they are words, or whole numbers of
        which there are two, or at most ten that occur twice on average; else regression. `scale` (of inputs) and
        `target_scale` are "range", "standard" or "none", see NumberColumn.

        Inputs that number or name the rows are left out: different whole numbers under a name such as id or 编号;
        words that differ in every row, or are more than ten and more than half as many as rows.
        """
        return cls.learn_blocks([table], targets, task, ignore, scale, target_scale)

    @classmethod
    def learn_blocks(
        cls,
        blocks: Iterable[Table],
        targets: Name | Sequence[Name] | None = None,
        task: str | None = None,
        ignore: Sequence[Name] = (),
        scale: str = "range",
        target_scale: str = "range",
        most: int | None = None,
    ) -> Columns:
        """The same of a table in blocks, in one pass; scale "standard" takes two.

        A column of more than `most` different words names its rows.
        """
        if task is not None:
            word("task", task, TASKS)
        word("scale", scale, SCALES)
        word("target_scale", target_scale, SCALES)
        contents: list[_Content] = []
        table = Table([], [])
        for table in blocks:
            contents = contents or [_Content(name, j, table.source, most) for j, name in enumerate(table.names)]
            for content in contents:
                content.add(table)
        if not contents or not contents[0].rows:
            raise ValueError(f"{table.source}: no rows to learn from")
        names = [len(table.names)] if targets is None else _listed(targets)
        wanted = [_position(table, name, "target") for name in names]
        left_out = {_position(table, name, "column to ignore") for name in _listed(ignore)}
        for j in wanted:
            if j in left_out or wanted.count(j) > 1:
                raise ValueError(f"column {shown(table.names[j])} is a target, and also ignored or a target twice")
        if not wanted:
            raise ValueError("targets must name at least one column, got none")

        notes = [f"column {shown(table.names[j])} is left out as asked" for j in sorted(left_out)]
        inputs = []
        for j in sorted(set(range(len(table.names))) - left_out - set(wanted)):
            column = contents[j].settled()
            reason = column.useless()
            if reason:
                notes.append(f"column {shown(column.name)} is left out: {reason}")
            else:
                inputs.append(column)
            if not reason and column.counts_rows():
                notes.append(f"column {shown(column.name)} counts the rows; ignore it if that is all it does")
        if not inputs:
            raise ValueError("; ".join([f"{table.source}: no input column is left", *notes]))
        outputs = [contents[j].settled() for j in wanted]
        places = sorted((line, column.position) for column in inputs + outputs for line in column.holes)
        _refuse(table, places, sum(column.missing for column in inputs + outputs))
        for column in outputs:
            if column.different == 1:
                value = shown(column.first)
                raise ValueError(f"{table.source}, target {shown(column.name)}: all are {value}, nothing to learn")
        task = task or _task(outputs)
        squared = inputs * (scale == "standard") + outputs * (target_scale == "standard")
        squared = [column for column in squared if column.is_number]
        for table in blocks if squared else ():
            for column in squared:
                column.add_squares(table)
        return cls(
            task,
            [column.learn(scale, column.is_number) for column in inputs],
            [column.learn(target_scale, task == "regression") for column in outputs],
            table.header,
            len(table.names),
            notes,
        )

    @property
    def classes(self) -> list[str]:
        """Those of the only target; otherwise []."""
        target = self.targets[0]
        return list(target.categories) if isinstance(target, WordsColumn) and len(self.targets) == 1 else []

    @property
    def width_in(self) -> int:
        """The inputs of the net."""
        return sum(column.width for column in self.inputs)

    @property
    def width_out(self) -> int:
        """The outputs of the net."""
        return sum(column.width for column in self.targets)

    @property
    def input_names(self) -> list[str]:
        """Of the net: 密度, 色泽=青绿, ..."""
        return [label for column in self.inputs for label in column.labels]

    @property
    def output_names(self) -> list[str]:
        return [label for column in self.targets for label in column.labels]

    def encode(self, table: Table) -> tuple[list[list[float]], list[list[float]]]:
        return self.encode_inputs(table), self._encode(table, self.targets, False)

    def encode_inputs(self, table: Table) -> list[list[float]]:
        """X of a table that has the inputs; it may lack the targets.

        >>> columns = Columns.learn(Table(["x", "z", "y"], [["0", "2", "a"], ["4", "3", "b"]]))
        >>> columns.encode_inputs(Table(["z", "x"], [["2", "1"]]))
        [[0.25, 0.0]]

        Columns are found by name, or, where this table or that learnt from has no header, by position: in a table of
        the same width, one without the targets, or one of the inputs alone.
        """
        return self._encode(table, self.inputs, True)

    def _encode(self, table: Table, columns: list[Column], inputs: bool) -> list[list[float]]:
        positions = self._positions(table, columns, inputs)
        lines = list(zip(table.rows, table.lines))
        missing = [(line, j) for row, line in lines for j in positions if row[j] in MISSING]
        _refuse(table, missing, len(missing))
        pairs = list(zip(columns, positions))
        return [[x for column, j in pairs for x in column.encode(row[j], table, line)] for row, line in lines]

    def _positions(self, table: Table, columns: list[Column], inputs: bool) -> list[int]:
        if self.header and table.header:
            for column in columns:
                if column.name not in table.names:
                    hint = nearest(column.name, table.names)
                    raise ValueError(f"{table.source}: no column {shown(column.name)}{hint}")
            return [table.names.index(column.name) for column in columns]
        width = len(table.names)
        positions = [column.position for column in columns]
        if width == self.width:
            return positions
        if inputs and width == self.width - len(self.targets):
            return [j - sum(target.position < j for target in self.targets) for j in positions]
        if inputs and width == len(self.inputs):
            return sorted(range(width), key=lambda k: positions[k])
        raise ValueError(f"{table.source}: wanted {self.width} columns as learnt, got {width}")

    def decode(self, outputs: Sequence[float]) -> list[Prediction]:
        """Outputs as values of the targets: (class, probability) each, or a number each.

        >>> columns = Columns.learn(Table(["x", "y"], [["0", "10"], ["1", "15.5"], ["2", "20"]]))
        >>> columns.decode([0.25])
        [12.5]
        """
        if len(outputs) != self.width_out:
            raise ValueError(f"wanted {self.width_out} outputs, got {len(outputs)}")
        for output in outputs:
            if not math.isfinite(output):
                raise ValueError(f"outputs must be finite numbers, got {output!r}")
        ends = list(accumulate(column.width for column in self.targets))
        return [column.decode(outputs[end - column.width : end]) for column, end in zip(self.targets, ends)]

    def to_json(self) -> dict[str, Any]:
        """For JSON.

        >>> columns = Columns.learn(Table(["x", "y"], [["0", "a"], ["1", "b"]]))
        >>> columns.to_json()["targets"]
        [{'name': 'y', 'position': 1, 'kind': 'words', 'categories': ['a', 'b']}]
        >>> Columns.from_json(columns.to_json()) == columns
        True
        """
        inputs, targets = ([_json(column) for column in columns] for columns in (self.inputs, self.targets))
        return _json(self) | {"inputs": inputs, "targets": targets, "notes": list(self.notes)}

    @classmethod
    def from_json(cls, obj: object, where: str = "columns") -> Columns:
        """Those of `to_json`; ValueError, with the place, for anything else.

        >>> Columns.from_json({"task": "guess"})
        Traceback (most recent call last):
        ValueError: columns: wanted the keys task, header, width, inputs, targets, notes, got ['task']
        """
        task, header, width, inputs, targets, notes = _fields(obj, where, cls.fields)
        _want_word(task, f"{where}.task", TASKS)
        _want(isinstance(header, bool), f"{where}.header", "true or false", header)
        _want(_is_whole(width), f"{where}.width", "a whole number >= 0", width)
        _want(isinstance(notes, list), f"{where}.notes", "a list", notes)
        for k, note in enumerate(notes):
            _want(isinstance(note, str), f"{where}.notes[{k}]", "text", note)
        names: set[str] = set()
        positions: set[int] = set()
        columns = []
        for key, values in (("inputs", inputs), ("targets", targets)):
            _want(isinstance(values, list) and values != [], f"{where}.{key}", "a list that is not empty", values)
            for k, value in enumerate(values):
                place = f"{where}.{key}[{k}]"
                column = _column_from_json(value, place)
                _want(column.name not in names, f"{place}.name", "a name that no other column has", column.name)
                free = column.position not in positions and column.position < width
                _want(free, f"{place}.position", "a free place below the width", column.position)
                kind = "words" if task == "classification" else "number"
                _want(key == "inputs" or column.kind == kind, f"{place}.kind", f"{kind} for {task}", column.kind)
                names.add(column.name)
                positions.add(column.position)
                columns.append(column)
        return cls(task, columns[: len(inputs)], columns[len(inputs) :], header, width, notes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Columns) and self.to_json() == other.to_json()

    def __repr__(self) -> str:
        counts = {"input": len(self.inputs), "number": self.width_in}
        counts |= {"target": len(self.targets), "output": self.width_out}
        ins, numbers, targets, outs = (f"{n} {word}{'s' * (n != 1)}" for word, n in counts.items())
        return f"<Columns: {self.task}, {ins} -> {numbers}, {targets} -> {outs}>"


def _place(source: str, name: str, line: int | None = None) -> str:
    return f"{source}{'' if line is None else f', line {line}'}, column {shown(name)}"


def _listed(names: Name | Sequence[Name]) -> list[Name]:
    return [names] if isinstance(names, (str, int)) else list(names)


def _position(table: Table, name: Name, role: str) -> int:
    """From 0, by name or by number from 1."""
    if name in table.names:
        return table.names.index(str(name))
    digits = str(name)
    if digits.isascii() and digits.isdigit() and len(digits) < 10 and 1 <= int(digits) <= len(table.names):
        return int(digits) - 1
    if not isinstance(name, str):
        raise ValueError(f"{role} must be a name or a number from 1 to {len(table.names)}, got {shown(name)}")
    known = nearest(name, table.names) or f"; wanted one of {shown(table.names)} or a number from 1"
    raise ValueError(f"{table.source}: no {role} {shown(name)}{known}")


class _Content:
    """Counts and ranges of a column, not its cells."""

    def __init__(self, name: str, position: int, source: str, most: int | None) -> None:
        self.name = name
        self.position = position
        self.source = source
        self.most = most
        self.rows = self.numbers = self.missing = 0
        self.holes: list[int] = []  # the lines of the first missing cells
        self.values: set[float] = set()
        self.words: set[str] = set()
        self.first = ""
        self.first_word: tuple[str, int] | None = None
        self.whole = self.from_0 = self.from_1 = True
        self.low = self.high = self.total = self.squares = 0.0

    def add(self, table: Table) -> None:
        j, most = self.position, self.most
        for row, line in zip(table.rows, table.lines):
            cell = row[j]
            value = table.number(cell)
            if self.rows == 0:
                self.first = cell
            self.rows += 1
            if most is None or len(self.words) <= most:
                self.words.add(cell)
            if value is not None:
                if self.numbers == 0:
                    self.low = self.high = value
                self.low, self.high = min(self.low, value), max(self.high, value)
                self.total += value
                self.whole = self.whole and value.is_integer()
                self.from_0 = self.from_0 and value == self.numbers
                self.from_1 = self.from_1 and value == self.numbers + 1
                self.numbers += 1
                if most is None or len(self.values) <= most:
                    self.values.add(value)
            elif cell in MISSING:
                self.missing += 1
                if len(self.holes) < SHOWN:
                    self.holes.append(line)
            elif self.first_word is None:
                self.first_word = (cell, line)

    def settled(self) -> _Content:
        filled = self.rows - self.missing
        self.is_number = 0 < self.numbers == filled
        self.whole = self.is_number and self.whole
        kept = len(self.values if self.is_number else self.words)
        self.different = kept if self.most is None or kept <= self.most else self.rows
        if self.numbers < filled < 2 * self.numbers and len(self.values) > FEW:  # a slip among many numbers
            count = f"{self.numbers} of {filled}"
            self.refuse_word(f"not a number, {count} cells of the column are; correct it or ignore the column")
        return self

    def add_squares(self, table: Table) -> None:
        """A block of the second pass."""
        mean = self.total / self.numbers
        for row in table.rows:
            value = table.number(row[self.position])
            if value is not None:
                self.squares += (value - mean) * (value - mean)

    def refuse_word(self, reason: str) -> None:
        if self.first_word is not None:
            cell, line = self.first_word
            raise ValueError(f"{_place(self.source, self.name, line)}: {shown(cell)} is {reason}")

    def has_classes(self) -> bool:
        few = self.different <= 2 or (self.different <= FEW and self.numbers >= 2 * self.different)
        return not self.is_number or (self.whole and few)

    def useless(self) -> str:
        """Why it is no input, if it is none; missing cells are refused later."""
        rows = self.rows
        if self.missing:
            return "it is empty" if self.missing == rows else ""
        if self.is_number:
            named_so = self.name.casefold().rstrip(".") in ROW_NUMBERS
            return "it numbers the rows" if named_so and self.whole and self.different == rows > 1 else ""
        if self.different == 1:
            return "it has the same word in every row"
        if self.different == rows or (self.different > FEW and 2 * self.different > rows):
            return f"it names the rows, with {self.different} different words in {rows}"
        return ""

    def counts_rows(self) -> bool:
        """1, 2, 3, ... or 0, 1, 2, ..."""
        return self.numbers > FEW and (self.from_0 or self.from_1)

    def learn(self, scale: str, as_number: bool) -> Column:
        if as_number:
            self.refuse_word("not a number, and the task is regression")
            return NumberColumn(self.name, self.position, scale, *self.scaled(scale))
        if self.most is not None and self.different > self.most:
            wanted = f"at most {self.most} classes in a file that is read in blocks"
            raise ValueError(f"{_place(self.source, self.name)}: wanted {wanted}, got more")
        categories = map(_plain, sorted(self.values)) if self.is_number else _ordered(self.words)
        return WordsColumn(self.name, self.position, list(categories))

    def scaled(self, scale: str) -> tuple[float, float]:
        if scale == "range":
            shift, spread = self.low, self.high - self.low
        elif scale == "standard":
            shift = self.total / self.numbers
            spread = math.sqrt(self.squares / self.numbers) if self.low != self.high else 0.0
        else:
            shift, spread = 0.0, 1.0
        if not (math.isfinite(shift) and math.isfinite(spread)):
            raise ValueError(f"{_place(self.source, self.name)}: the numbers are too large to be scaled")
        return shift + 0.0, spread


def _task(targets: list[_Content]) -> str:
    if all(column.has_classes() for column in targets):
        return "classification"
    if all(column.is_number for column in targets):
        return "regression"
    numbers = next(column.name for column in targets if not column.has_classes())
    words = next(column.name for column in targets if not column.is_number)
    got = f"numbers in {shown(numbers)}, words in {shown(words)}"
    raise ValueError(f"targets must be all numbers or all classes, got {got}")


def _plain(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _ordered(words: set[str]) -> list[str]:
    """By code point; of a well-known pair the positive word last, as 1."""
    ordered = sorted(words)
    if len(ordered) == 2 and (ordered[1].casefold(), ordered[0].casefold()) in NEGATIVE_POSITIVE:
        ordered.reverse()
    return ordered


def _refuse(table: Table, places: list[tuple[int, int]], count: int) -> None:
    """Refuse missing cells."""
    if count:
        named = "; ".join(f"line {line}, column {shown(table.names[j])}" for line, j in places[:SHOWN])
        more = "" if count <= SHOWN else f"; and {count - SHOWN} more"
        cells = "1 cell is" if count == 1 else f"{count} cells are"
        raise ValueError(f"{table.source}: {cells} missing: {named}{more}")


def _column_from_json(obj: object, where: str) -> Column:
    kind = obj.get("kind") if isinstance(obj, dict) else None
    if kind == "words":
        name, position, _, categories = _fields(obj, where, WordsColumn.fields)
        _check_name_and_position(name, position, where)
        where += ".categories"
        _want(isinstance(categories, list) and len(categories) > 1, where, "two or more", categories)
        for k, category in enumerate(categories):
            _want(isinstance(category, str) and category != "", f"{where}[{k}]", "a word", category)
        _want(len(set(categories)) == len(categories), where, "different words", categories)
        return WordsColumn(name, position, list(categories))
    _want(kind == "number" or not isinstance(obj, dict), f"{where}.kind", "words or number", kind)
    name, position, _, scale, shift, spread = _fields(obj, where, NumberColumn.fields)
    _check_name_and_position(name, position, where)
    _want_word(scale, f"{where}.scale", SCALES)
    _want(_is_finite(shift), f"{where}.shift", "a finite number", shift)
    _want(_is_finite(spread) and spread >= 0, f"{where}.spread", "a finite number >= 0", spread)
    return NumberColumn(name, position, scale, float(shift), float(spread))


def _check_name_and_position(name: object, position: object, where: str) -> None:
    _want(isinstance(name, str) and name != "", f"{where}.name", "a name", name)
    _want(_is_whole(position), f"{where}.position", "a whole number >= 0", position)


def _json(holder: Columns | Column) -> dict[str, Any]:
    return {field: getattr(holder, field) for field in holder.fields}


def _fields(obj: object, where: str, keys: tuple[str, ...]) -> list[Any]:
    _want(isinstance(obj, dict), where, "an object", obj)
    assert isinstance(obj, dict)
    _want(set(obj) == set(keys), where, "the keys " + ", ".join(keys), list(obj))
    return [obj[key] for key in keys]


def _want(condition: bool, where: str, wanted: str, value: object) -> None:
    if not condition:
        raise ValueError(f"{where}: wanted {wanted}, got {short(value)}")


def _want_word(value: object, where: str, known: tuple[str, ...]) -> None:
    _want(isinstance(value, str) and value in known, where, f"one of {', '.join(known)}", value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_finite(value: object) -> bool:
    try:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False
