"""Data in: CSV files as they occur, columns learnt, the hold-out, IDX files, the embedded sets."""

from __future__ import annotations

import gzip
import io
import json
import math
import os
import struct
import sys
from array import array
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from microbp.data import Columns, Table, hold_out, load, load_mnist, read_csv, read_idx
from microbp.data.idx import greys
from microbp.data.table import number

fuzz = settings(derandomize=True, deadline=None, max_examples=300)


def csv(text: str | bytes, **options) -> Table:
    return read_csv(io.BytesIO(text if isinstance(text, bytes) else text.encode()), **options)


def learn(text: str, *arguments, **options) -> Columns:
    return Columns.learn(csv(text), *arguments, **options)


# --- numbers


@pytest.mark.parametrize(
    ("cell", "value"),
    [("0", 0), ("-1.5", -1.5), ("+2.", 2), (".5", 0.5), ("1e-3", 0.001), ("1E+2", 100), ("007", 7)],
)
def test_numbers(cell, value):
    assert number(cell) == value


@pytest.mark.parametrize(
    "cell",
    [
        "",
        ".",
        "1_000",
        "nan",
        "inf",
        "-Infinity",
        "1e999",
        "0x10",
        "\uff11",
        "\u0661",
        "1 2",
        "1,5",
        "--1",
        "1e",
        "e1",
        "\u22121",
    ],
)
def test_not_numbers(cell):
    assert number(cell) is None


def test_decimal_comma():
    assert number("0,5", decimal_comma=True) == number("0.5", decimal_comma=True) == 0.5
    assert number("1.234,5", decimal_comma=True) is None
    assert number("1,234,5", decimal_comma=True) is None


# --- reading CSV

MELONS = "密度,好瓜\n0.697,是\n0.243,否\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_encodings(encoding):
    table = csv(MELONS.encode(encoding))
    assert table.names == ["密度", "好瓜"]
    assert table.rows == [["0.697", "是"], ["0.243", "否"]]
    assert table.lines == [2, 3]


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_both_byte_orders(mark, encoding):
    assert csv(mark + MELONS.encode(encoding)).names == ["密度", "好瓜"]


def test_given_encoding():
    assert csv("größe,y\n1,2\n".encode("latin-1"), encoding="latin-1").names == ["größe", "y"]
    with pytest.raises(ValueError, match="input: not text in the encoding 'utf-8'"):
        csv(b"\xff,1\n", encoding="utf-8")
    for unknown in ("klingon", "rot13", "a\0b"):
        with pytest.raises(ValueError, match=r"."):
            csv(MELONS, encoding=unknown)


def test_unknown_encoding_is_said():
    with pytest.raises(ValueError, match="wanted text in UTF-8, UTF-16 with byte order mark or GB18030, got"):
        csv("café,1\n".encode("latin-1"))


def test_sources(tmp_path):
    path = tmp_path / "melons.csv"
    path.write_text(MELONS, encoding="utf-8")
    with open(path, encoding="utf-8") as text, open(path, "rb") as binary:
        tables = [read_csv(source) for source in (path, str(path), os.fsencode(path), text, binary)]
    assert all(table.rows == tables[0].rows for table in tables)
    assert {table.source for table in tables} == {str(path)}
    assert read_csv(io.StringIO("\ufeff" + MELONS)).names == ["密度", "好瓜"]
    with pytest.raises(FileNotFoundError):
        read_csv(tmp_path / "none.csv")
    with pytest.raises(TypeError, match="source must be a path or an open file, got 7"):
        read_csv(7)


def test_text_file_that_cannot_be_decoded():
    file = io.TextIOWrapper(io.BytesIO(MELONS.encode("gbk")), encoding="utf-8")
    with pytest.raises(ValueError, match="open it in binary mode"):
        read_csv(file)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("x,y\n1,2\n3,4\n", [["1", "2"], ["3", "4"]]),
        ("x;y\n0,5;1,5\n2,5;3,5\n", [["0,5", "1,5"], ["2,5", "3,5"]]),
        ("0,5;1,5\n2,5;3,5\n", [["0,5", "1,5"], ["2,5", "3,5"]]),  # cut evenly by both
        ("x\ty\n1,5\ta b\n2\tc\n", [["1,5", "a b"], ["2", "c"]]),
        ('x,y\n"a;b;c",1\n"d;e;f",2\n', [["a;b;c", "1"], ["d;e;f", "2"]]),
        ('x;y\n"a;b";1\n"c,d";2\n', [["a;b", "1"], ["c,d", "2"]]),
        ("a;b,c;d\ne;f,g;h\n", [["a;b", "c;d"], ["e;f", "g;h"]]),  # a tie
        ("x\n1\n2\n", [["1"], ["2"]]),
        ('x, y\n 1 , "a, b"\n', [["1", "a, b"]]),
    ],
)
def test_delimiters(text, rows):
    header = not text.startswith(("0,5", "a;b"))
    assert csv(text, header=header).rows == rows


def test_decimal_commas_become_numbers():
    table = csv("x;y\n0,5;1\n1,5;2,25\n")
    assert table.decimal_comma
    assert Columns.learn(table, scale="none").encode_inputs(table) == [[0.5], [1.5]]
    assert csv("x\ty\n0,5\t1\n").number("0,5") == 0.5
    assert csv("x,y\n1,2\n").number("0,5") is None


def test_given_delimiter():
    assert csv("x|y\n1|2\n", delimiter="|").names == ["x", "y"]
    for wrong in ("", "ab", '"', "\n", " ", 5):
        with pytest.raises(ValueError, match="delimiter must be one character"):
            csv("x,y\n1,2\n", delimiter=wrong)


def test_quoted_line_ends_and_line_numbers():
    table = csv('x,y\r\n\r\n"one\r\ntwo",1\r\n  \r\n,\r\n"th""ree",2\r\n')
    assert table.rows == [["one\r\ntwo", "1"], ['th"ree', "2"]]
    assert table.lines == [3, 7]


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("a,b\n1,2\n", True),
        ("1,2\n3,4\n", False),
        ("a,1\nb,2\n", False),  # a number in the first row
        ("size,melon\n1,good\n2,bad\n", True),
        ("x,y\n?,y\n5,b\n", True),  # a missing cell leaves the column numeric
        ("色泽,好瓜\n青绿,是\n乌黑,否\n青绿,否\n", True),  # words, none of which occurs again
        ("青绿,是\n乌黑,否\n浅白,是\n", False),  # 是 does
        ("a,a\nb,c\n", False),  # equal words, and no numbers below
        ("a,NA\nb,c\n", False),
        ("2019,2020\n1,2\n", False),
    ],
)
def test_header_detection(text, header):
    table = csv(text)
    assert table.header is header
    assert table.names == (text.split("\n")[0].split(",") if header else ["1", "2"])
    assert table.lines[0] == 1 + header


def test_header_overridden():
    assert csv("1,2\n3,4\n", header=True).names == ["1", "2"]
    assert csv("1,2\n3,4\n", header=True).rows == [["3", "4"]]
    assert csv("a,b\n1,2\n", header=False).rows == [["a", "b"], ["1", "2"]]


def test_melons_without_numbers_have_a_header():
    text = "\n".join(",".join(row[:6] + row[8:]) for row in [load("watermelon").names, *load("watermelon").rows])
    assert csv(text).names[0] == "色泽"
    assert csv(text.split("\n", 1)[1]).names == list("1234567")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "input: no rows, the file is empty"),
        (" \n\n,,\n", "input: no rows, the file is empty"),
        ("a,b\n", "input: no rows below the header on line 1"),
        ("\n\na,b\n", "input: no rows below the header on line 3"),
        ("a,\n1,2\n", "input: the header has no name for column 2"),
        ("a,b,a\n1,2,3\n", "input: columns 1 and 3 are both named 'a'"),
        ("a,b\n1,2\n\n1,2,3\n4,5\n", "input, line 4: the row has 3 cells, wanted 2"),
        ("a,b\n1,2\n1\n", "input, line 3: the row has 1 cell, wanted 2"),
        ("a,b\n1,\0\n", "input, line 2: a NUL character"),
        ('a,b\n1,2\n1,"2\n3,4\n', "input, line 3: not a CSV record: unexpected end of data"),
        ('a,b\n"1"x,2\n', "input, line 2: not a CSV record: ',' expected after '\"'"),
        ("a,b\n1," + "9" * 200_000 + "\n", "input, line 2: not a CSV record: field larger than field limit"),
    ],
)
def test_what_is_no_table(text, message):
    with pytest.raises(ValueError, match=r".") as caught:
        csv(text)
    assert str(caught.value).startswith(message)


@fuzz
@given(st.binary(max_size=200))
@example(b"\xff\xfe")
@example(b"\xff\xfea")
@example(b"\xff\xfe\x00\xd8")
@example(b"\xef\xbb\xbf")
@example(b'"')
@example(b"a\rb\n\r1")
def test_any_bytes_give_a_table_or_a_value_error(data):
    read_or_refuse(data)


@fuzz
@given(st.text('ab01,;\t\n\r" .é是?-e', max_size=60), st.sampled_from(["utf-8", "utf-16", "gb18030"]))
def test_any_text_gives_a_table_or_a_value_error(text, encoding):
    read_or_refuse(text.encode(encoding))


def read_or_refuse(data: bytes) -> None:
    try:
        table = csv(data)
        columns = Columns.learn(table)
    except ValueError:
        return
    assert len(table.rows) == len(table.lines) > 0
    assert all(len(row) == len(table.names) for row in table.rows)
    X, Y = columns.encode(table)
    assert {len(x) for x in X} == {columns.width_in}
    assert {len(y) for y in Y} == {columns.width_out}
    assert all(math.isfinite(x) for row in X + Y for x in row)
    assert Columns.from_json(json.loads(json.dumps(columns.to_json()))) == columns


def test_table_by_hand():
    table = Table(["a", "b"], [[" 1 ", "x"], ["2", "y"]])
    assert table.take([1, 0]).rows == [["2", "y"], ["1", "x"]]
    assert table.take([1]).lines == [2]
    assert len(table) == 2
    for wrong in ([1, 2], [[1, 2]], 5):
        with pytest.raises(TypeError, match="rows must be lists of text"):
            Table(["a", "b"], wrong)
    with pytest.raises(ValueError, match="one line number for each of 1 rows, got 2"):
        Table(["a"], [["1"]], lines=[1, 2])


# --- learning columns


def test_watermelon():
    table = load("watermelon")
    columns = Columns.learn(table)
    assert (columns.task, columns.classes, columns.notes) == ("classification", ["否", "是"], [])
    assert (columns.width_in, columns.width_out) == (18, 1)
    assert columns.input_names[:3] == ["色泽=乌黑", "色泽=浅白", "色泽=青绿"]
    assert columns.input_names[-3:] == ["触感=软粘", "密度", "含糖率"]
    assert columns.output_names == ["好瓜=是"]
    X, Y = columns.encode(table)
    assert [y for (y,) in Y] == [1.0] * 8 + [0.0] * 9
    assert X[0][:3] == [0, 0, 1]
    assert X[0][15] == 0.0  # 硬滑
    assert X[0][16] == (0.697 - 0.243) / (0.774 - 0.243)
    assert columns.decode([0.75]) == [("是", 0.75)]
    assert columns.decode([0.25]) == [("否", 0.75)]


def test_iris():
    table = load("iris")
    columns = Columns.learn(table)
    assert columns.classes == ["setosa", "versicolor", "virginica"]
    X, Y = columns.encode(table)
    assert (len(X), Y[0], Y[149]) == (150, [1, 0, 0], [0, 0, 1])
    assert [min(x) for x in zip(*X)] == [0] * 4
    assert [max(x) for x in zip(*X)] == [1] * 4
    assert columns.decode([0.1, 0.6, 0.3]) == [("versicolor", 0.6 / (0.1 + 0.6 + 0.3))]
    assert columns.decode([0, 0, 0]) == [("setosa", 1 / 3)]
    assert columns.decode([-1, -0.5, 0.5]) == [("virginica", 1.0)]  # as tanh outputs may be


@pytest.mark.parametrize(
    ("cells", "task"),
    [
        ("a b a", "classification"),
        ("0 1 1", "classification"),
        ("3 7 7", "classification"),
        ("1.0 2.0 2 1", "classification"),
        ("1 2 3 1 2 3", "classification"),
        ("1 2 3 1 2", "regression"),
        ("0.5 1 1", "regression"),
        (" ".join(map(str, list(range(11)) * 9)), "regression"),
        (" ".join(map(str, list(range(10)) * 2)), "classification"),
    ],
)
def test_task_told_by_the_target(cells, task):
    text = "x,y\n" + "".join(f"{k / 7},{cell}\n" for k, cell in enumerate(cells.split()))
    assert learn(text).task == task


def test_task_overridden():
    text = "x,y\n0.5,3\n1.5,10\n2.5,3\n3.5,2.5\n"
    assert learn(text).task == "regression"
    columns = learn(text, task="classification")
    assert columns.classes == ["2.5", "3", "10"]
    assert columns.encode(csv(text.replace(",3\n", ",3.0\n")))[1][0] == [0, 1, 0]
    assert learn("x,y\n1,0\n2,1\n", task="regression").encode(csv("x,y\n1,0.5\n"))[1] == [[0.5]]
    with pytest.raises(ValueError, match="line 3, column 'y': 'a' is not a number, and the task is regression"):
        learn("x,y\n1,0\n2,a\n3,b\n", task="regression")
    with pytest.raises(ValueError, match=r"task must be one of .*, got 'clasification'; did you mean"):
        learn(text, task="clasification")


@pytest.mark.parametrize(
    ("first", "second", "classes"),
    [
        ("是", "否", ["否", "是"]),
        ("no", "Yes", ["no", "Yes"]),  # code points would have it the other way round
        ("阴性", "阳性", ["阴性", "阳性"]),
        ("TRUE", "FALSE", ["FALSE", "TRUE"]),
        ("1", "-1", ["-1", "1"]),
        ("zebra", "ape", ["ape", "zebra"]),
    ],
)
def test_the_positive_class_is_one(first, second, classes):
    assert learn(f"x,y\n1,{first}\n2,{second}\n").classes == classes
    assert learn(f"x,y\n1,{second}\n2,{first}\n").classes == classes


def test_scales():
    text = "x,c,y\n1,5,10\n2,5,20\n3,5,40\n"
    assert learn(text).encode(csv(text)) == ([[0, 0], [0.5, 0], [1, 0]], [[0], [1 / 3], [1]])
    columns = learn(text, scale="standard", target_scale="none")
    X, Y = columns.encode(csv(text))
    deviation = math.sqrt(2 / 3)
    assert [[-1 / deviation, 0], [0, 0], [1 / deviation, 0]] == X
    assert Y == [[10], [20], [40]]
    assert columns.decode([12.5]) == [12.5]
    assert learn(text, target_scale="standard").decode([0.0])[0] == 70 / 3
    with pytest.raises(ValueError, match="scale must be one of range, standard, none, got 'rang'"):
        learn(text, scale="rang")


def test_constant_numbers_of_no_exact_mean_are_zero():
    text = "x,c,y\n" + "".join(f"{k},0.1,{k / 3}\n" for k in range(7))
    assert {x[1] for x in learn(text, scale="standard").encode_inputs(csv(text))} == {0.0}


def test_negative_zero_is_zero():
    for scale in ("range", "none"):
        X = learn("x,y\n-0,a\n1,b\n-0.0,a\n", scale=scale).encode_inputs(csv("x\n-0\n0\n"))
        assert [math.copysign(1, x) for (x,) in X] == [1, 1]


def test_numbers_beyond_a_double():
    with pytest.raises(ValueError, match="column 'x': the numbers are too large to be scaled"):
        learn("x,y\n-1e308,a\n1e308,b\n")
    columns = learn("x,y\n0,a\n1e-300,b\n")
    with pytest.raises(ValueError, match="line 2, column 'x': '1e300' is too far from the values learnt"):
        columns.encode_inputs(csv("x\n1e300\n"))


def test_targets_by_name_and_number():
    text = "a,b,c\n1,2.5,u\n2,3.5,v\n4,7.5,u\n"
    for target in ("b", 2, "2", ["b"], [2]):
        assert [column.name for column in learn(text, target).targets] == ["b"]
    assert [column.name for column in learn(text).targets] == ["c"]
    assert [column.name for column in learn(text, ignore=["a"]).inputs] == ["b"]
    assert learn(text, ignore="1").notes == ["column 'a' is left out as asked"]
    with pytest.raises(ValueError, match=r"input: no target 'densty'; did you mean 'density'?"):
        learn("density,y\n1,2\n3,4\n", "densty")
    for wrong in (0, 4, -1, "0", "4", "²", True, 2.0, None):
        with pytest.raises(ValueError, match="target"):
            learn(text, [wrong])
    with pytest.raises(ValueError, match="no column to ignore 'zzz'; wanted one of"):
        learn(text, ignore=["zzz"])
    for targets, ignore in ((["b", 2], ()), (["b"], ["b"])):
        with pytest.raises(ValueError, match="'b' is a target, and also ignored or a target twice"):
            learn(text, targets, ignore=ignore)
    with pytest.raises(ValueError, match="targets must name at least one column"):
        learn(text, [])


def test_several_targets():
    text = "x,u,v,w\n1,0.5,10,a\n2,1.5,30,b\n4,2.5,20,c\n"
    numbers = learn(text, ["v", "u"], ignore=["w"])
    assert (numbers.task, numbers.classes, numbers.width_out) == ("regression", [], 2)
    assert numbers.encode(csv(text))[1] == [[0, 0], [1, 0.5], [0.5, 1]]
    assert numbers.decode([0.25, 0.5]) == [15, 1.5]
    text = "x,u,v,w\n1,no,a,1\n2,yes,b,2\n4,no,c,2\n"
    words = learn(text, ["u", "v", "w"])
    assert (words.task, words.classes, words.width_out) == ("classification", [], 5)
    assert words.output_names == ["u=yes", "v=a", "v=b", "v=c", "w=2"]
    assert words.encode(csv(text))[1][1] == [1, 0, 1, 0, 1]
    assert words.decode([1, 0, 0, 1, 0.25]) == [("yes", 1), ("c", 1), ("1", 0.75)]
    with pytest.raises(ValueError, match="all numbers or all classes, got numbers in 'x', words in 'v'"):
        learn("x,z,v\n1.5,1,no\n2,3,yes\n4,6,no\n", ["x", "v"])


def test_nothing_to_learn():
    for text in ("x,y\n1,a\n2,a\n", "x,y\n1,5.0\n2,5\n"):
        with pytest.raises(ValueError, match=r"target 'y': all are '.*', nothing to learn"):
            learn(text)
    with pytest.raises(ValueError, match="no input column is left"):
        learn("y\n1\n2\n")
    with pytest.raises(ValueError, match="no input column is left; column 'id' is left out: it numbers the rows"):
        learn("id,y\n1,a\n2,b\n")
    with pytest.raises(ValueError, match="no rows to learn from"):
        Columns.learn(Table(["x", "y"], []))


@pytest.mark.parametrize("name", ["id", "ID", "Index", "No.", "编号", "序号"])
def test_row_numbers_are_left_out(name):
    columns = learn(f"{name},x,y\n1,5,a\n2,7,b\n3,6,a\n")
    assert [column.name for column in columns.inputs] == ["x"]
    assert columns.notes == [f"column {name!r} is left out: it numbers the rows"]


def test_columns_that_only_resemble_row_numbers_stay():
    assert len(learn("t,x,y\n1,5,a\n2,7,b\n3,6,a\n").inputs) == 2
    assert len(learn("id,x,y\n1,5,a\n2,7,b\n2,6,a\n").inputs) == 2
    assert len(learn("index,x,y\n1.51,5,a\n1.52,7,b\n1.53,6,a\n").inputs) == 2
    counted = learn("".join(f"{k},{k * k % 7},{k % 2}\n" for k in range(1, 15)))
    assert counted.notes == ["column '1' counts the rows; ignore it if that is all it does"]
    assert len(counted.inputs) == 2


def test_words_that_serve_nothing_are_left_out():
    columns = learn("who,same,empty,x,y\nann,k,,1,a\nbob,k,NA,2,b\neve,k,?,3,a\n")
    assert [column.name for column in columns.inputs] == ["x"]
    assert columns.notes == [
        "column 'who' is left out: it names the rows, with 3 different words in 3",
        "column 'same' is left out: it has the same word in every row",
        "column 'empty' is left out: it is empty",
    ]
    almost = "who,x,y\n" + "".join(f"p{k % 19},{k},{k % 2}\n" for k in range(20))
    assert "with 19 different words in 20" in learn(almost).notes[0]


def test_a_slip_among_numbers_is_no_column_of_words():
    text = "x,y\n" + "".join(f"{k / 2},{k % 2}\n" for k in range(20)) + "4,2x,1\n".replace(",2", ".2", 1)
    with pytest.raises(ValueError, match=r".") as caught:
        learn(text)
    assert str(caught.value) == (
        "input, line 22, column 'x': '4.2x' is not a number, 20 of 21 cells of the column are; "
        "correct it or ignore the column"
    )
    few = learn("children,y\n0,a\n1,b\n2,a\n3+,b\n0,a\n")
    assert few.inputs[0].kind == "words"


def test_missing_cells_are_all_counted_and_the_first_named():
    text = "x,w,unused,y\n1,a,,0\nNA,b,,1\n\n3,?,,0\n4,a,,\n"
    with pytest.raises(ValueError, match=r".") as caught:
        learn(text)
    assert str(caught.value) == "input: 3 cells are missing: line 3, column 'x'; line 5, column 'w'; line 6, column 'y'"
    columns = learn("x,y\n1,a\n2,b\n")
    with pytest.raises(ValueError, match=r"12 cells are missing: line 2, column 'x'; .*line 6, column 'x'; and 7 more"):
        columns.encode_inputs(csv("x,z\n" + "nan,1\n" * 12))
    assert columns.encode_inputs(csv("x,y\n1,\n2,?\n")) == [[0], [1]]  # no matter in the target


# --- encoding other tables


def test_inputs_are_found_by_name():
    columns = learn("a,w,y\n0,u,p\n2,v,q\n4,u,p\n")
    assert columns.encode_inputs(csv("extra,w,a\n9,v,1\n8,u,3\n")) == [[0.25, 1], [0.75, 0]]
    with pytest.raises(ValueError, match="input: no column 'w'"):
        columns.encode_inputs(csv("a,y\n1,p\n"))
    with pytest.raises(ValueError, match="no column 'y'"):
        columns.encode(csv("a,w\n1,u\n2,v\n"))


def test_inputs_are_found_by_position_without_header():
    columns = Columns.learn(csv("0,10,7,1\n1,20,9,5\n0,40,8,9\n"), 2, ignore=[3])
    assert not columns.header
    whole = columns.encode_inputs(csv("0,20,7,5\n"))
    assert whole == columns.encode_inputs(csv("0,7,5\n")) == columns.encode_inputs(csv("0,5\n")) == [[0, 0.5]]
    assert columns.encode_inputs(csv("a,b\n0,5\n")) == [[0, 0.5]]  # names that were not learnt
    for wrong in ("5\n", "1,2,3,4,5\n"):
        with pytest.raises(ValueError, match="wanted 4 columns as learnt, got"):
            columns.encode_inputs(csv(wrong))
    with pytest.raises(ValueError, match="wanted 4 columns as learnt, got 3"):
        columns.encode(csv("0,7,5\n"))


def test_unknown_category():
    columns = learn("colour,y\nred,0\ngreen,1\nblue,0\nred,1\n")
    with pytest.raises(ValueError, match=r".") as caught:
        columns.encode_inputs(csv("colour,y\nred,1\ngren,0\n"))
    wanted = "input, line 3, column 'colour': unknown category 'gren', known: 'green', 'blue', 'red'"
    assert str(caught.value) == wanted
    many = "c,y\n" + "".join(f"w{k % 15},{k % 2}\n" for k in range(60))
    with pytest.raises(ValueError, match=r"known: .*'w14'.* and 5 more"):
        learn(many).encode_inputs(csv("c\nw144\n", header=True))


def test_a_word_where_a_number_was_learnt():
    with pytest.raises(ValueError, match="line 3, column 'x': wanted a number, got 'two'"):
        learn("x,y\n1,a\n2,b\n").encode_inputs(csv("x\n1\ntwo\n", header=True))


def test_decode_refuses():
    columns = Columns.learn(load("iris"))
    with pytest.raises(ValueError, match="wanted 3 outputs, got 2"):
        columns.decode([0, 1])
    with pytest.raises(ValueError, match="outputs must be finite numbers, got nan"):
        columns.decode([0, math.nan, 1])


# --- columns in a file


def everything() -> Columns:
    return learn("编号,w,c,x,y\n1,a,p,0.1,0.25\n2,b,q,1e-300,3.5\n3,c,p,7,1e17\n4,a,q,3,4\n", scale="standard")


@pytest.mark.parametrize("columns", [everything(), Columns.learn(load("watermelon")), Columns.learn(load("iris"))])
def test_json_round_trip(columns):
    again = Columns.from_json(json.loads(json.dumps(columns.to_json())))
    assert again == columns
    assert again.notes == columns.notes
    assert again != learn("x,y\n1,a\n2,b\n")


def change(path: str, value: object) -> dict:
    obj = json.loads(json.dumps(everything().to_json()))
    place = obj
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        place = place[step]
    place[last] = value
    return obj


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("task", "guess", "columns.task"),
        ("task", ["regression"], "columns.task"),
        ("task", "classification", "columns.targets[0].kind"),
        ("header", 1, "columns.header"),
        ("width", -1, "columns.width"),
        ("width", 2.0, "columns.width"),
        ("width", 2, "columns.inputs[1].position"),
        ("notes", "a", "columns.notes"),
        ("notes.0", 5, "columns.notes[0]"),
        ("inputs", [], "columns.inputs"),
        ("targets", {}, "columns.targets"),
        ("inputs.0", None, "columns.inputs[0]"),
        ("inputs.0.kind", "word", "columns.inputs[0].kind"),
        ("inputs.0.more", 1, "columns.inputs[0]"),
        ("inputs.0.name", "", "columns.inputs[0].name"),
        ("inputs.1.name", "w", "columns.inputs[1].name"),
        ("inputs.2.name", "y", "columns.targets[0].name"),
        ("inputs.0.position", True, "columns.inputs[0].position"),
        ("inputs.1.position", 1, "columns.inputs[1].position"),
        ("inputs.0.categories", ["a"], "columns.inputs[0].categories"),
        ("inputs.0.categories", "ab", "columns.inputs[0].categories"),
        ("inputs.0.categories.1", "a", "columns.inputs[0].categories"),
        ("inputs.0.categories.1", ["a"], "columns.inputs[0].categories[1]"),
        ("inputs.0.categories.2", "", "columns.inputs[0].categories[2]"),
        ("inputs.2.scale", "log", "columns.inputs[2].scale"),
        ("inputs.2.shift", math.nan, "columns.inputs[2].shift"),
        ("inputs.2.shift", 10**400, "columns.inputs[2].shift"),
        ("inputs.2.shift", "1", "columns.inputs[2].shift"),
        ("inputs.2.spread", -1.0, "columns.inputs[2].spread"),
        ("inputs.2.spread", math.inf, "columns.inputs[2].spread"),
        ("inputs.2.spread", False, "columns.inputs[2].spread"),
    ],
)
def test_from_json_names_the_place(path, value, where):
    with pytest.raises(ValueError, match=r".") as caught:
        Columns.from_json(change(path, value))
    assert str(caught.value).startswith(where + ": wanted ")
    with pytest.raises(ValueError, match=r"^model.columns"):
        Columns.from_json(change(path, value), "model.columns")


def test_from_json_of_deep_values():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    for obj in (deep, change("task", deep), change("inputs.0.categories.1", deep), change("notes.0", deep)):
        with pytest.raises(ValueError, match="wanted"):
            Columns.from_json(obj)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
PATHS = ["task", "header", "width", "inputs", "targets", "notes", "inputs.0", "inputs.2", "targets.0"]
PATHS += [f"inputs.0.{key}" for key in ("name", "position", "kind", "categories", "categories.1")]
PATHS += [f"targets.0.{key}" for key in ("name", "position", "kind", "scale", "shift", "spread")]


@fuzz
@given(values)
def test_any_json_value_is_refused(obj):
    with pytest.raises(ValueError, match=r"^columns: wanted"):
        Columns.from_json(obj)


@fuzz
@given(st.sampled_from(PATHS), values)
def test_any_change_gives_columns_or_a_value_error(path, value):
    try:
        columns = Columns.from_json(change(path, value))
    except ValueError as error:
        message = str(error)
        assert message.startswith("columns")
    else:
        assert columns == Columns.from_json(columns.to_json())
        columns.decode([0.5] * columns.width_out)


# --- hold-out


def test_hold_out_keeps_proportions():
    labels = ["a"] * 60 + ["b"] * 30 + ["c"] * 10
    train, test = hold_out(labels, 100, 0.3, seed=5)
    assert sorted(train + test) == list(range(100))
    assert train == sorted(train)
    assert test == sorted(test)
    assert Counter(labels[k] for k in test) == {"a": 18, "b": 9, "c": 3}
    assert hold_out(labels, 100, 0.3, seed=5) == (train, test) != hold_out(labels, 100, 0.3, seed=6)


def test_hold_out_is_the_same_everywhere():
    labels = [row[-1] for row in load("watermelon").rows]
    assert hold_out(labels, 17, 0.3, seed=0)[1] == [1, 2, 8, 12, 15]
    assert hold_out(None, 17, 0.3, seed=0)[1] == [5, 10, 11, 14, 16]


@fuzz
@given(st.lists(st.sampled_from("abcde"), min_size=1, max_size=40), st.floats(0, 0.99), st.integers(0, 2**64 - 1))
def test_hold_out_of_anything(labels, fraction, seed):
    n = len(labels)
    train, test = hold_out(labels, n, fraction, seed)
    assert sorted(train + test) == list(range(n))
    all_of, held = Counter(labels), Counter(labels[k] for k in test)
    assert {labels[k] for k in train} == set(labels)
    wanted = min(max(math.floor(n * fraction + 0.5), 1), n - len(all_of)) if fraction else 0
    assert len(test) == wanted
    if wanted >= 1 and all(all_of[c] * wanted / n <= all_of[c] - 1 for c in all_of):  # the one that stays takes nothing
        assert all(abs(held[c] - all_of[c] * wanted / n) < 1 for c in all_of)


def test_hold_out_refuses():
    assert hold_out(None, 5, 0, 1) == ([0, 1, 2, 3, 4], [])
    assert hold_out(None, 1, 0.5, 1) == ([0], [])
    for fraction in (1, -0.1, 1.5):
        with pytest.raises(ValueError, match=r"fraction must be a number in \[0, 1\), got"):
            hold_out(None, 5, fraction, 1)
    with pytest.raises(ValueError, match="labels must be one for each of 5 samples, got 2"):
        hold_out(["a", "b"], 5, 0.5, 1)
    with pytest.raises(ValueError, match="n must be a whole number >= 1, got 0"):
        hold_out(None, 0, 0.5, 1)
    with pytest.raises(TypeError, match="seed must be a whole number"):
        hold_out(None, 5, 0.5, 1.5)


# --- IDX files


def idx(code: int, shape: tuple[int, ...], data: bytes) -> bytes:
    return bytes((0, 0, code, len(shape))) + struct.pack(f">{len(shape)}I", *shape) + data


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("code", "form", "numbers"),
    [
        (0x08, "B", [0, 128, 255]),
        (0x09, "b", [0, -128, 127]),
        (0x0B, "h", [1, -2, 30000]),
        (0x0C, "i", [1, -2, 2**31 - 1]),
        (0x0D, "f", [1.5, -0.25, 1e10]),
        (0x0E, "d", [1.5, -0.1, 1e300]),
    ],
)
def test_idx_types(tmp_path, pack, code, form, numbers):
    path = tmp_path / "numbers"
    path.write_bytes(pack(idx(code, (3, 1), struct.pack(f">3{form}", *numbers))))
    shape, data = read_idx(path)
    assert shape == (3, 1)
    assert data == (bytes(numbers) if form == "B" else array(form, numbers))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "offset 0: the file ends, 4 bytes short"),
        (b"\0\0", "offset 2: the file ends, 2 bytes short"),
        (b"\x89PNG", "offset 0: wanted 00 00, a type code and a number of dimensions, got 89 50 4e 47"),
        (b"\0\0\x0a\x01\0\0\0\1a", "offset 0: wanted 00 00, a type code"),
        (b"\0\0\x08\x00", "offset 0: wanted 00 00, a type code"),
        (b"\0\0\x08\x02\0\0\0\1", "offset 8: the file ends, 4 bytes short"),
        (idx(8, (2, 3), b"12345"), "offset 17: the file ends, 1 bytes short"),
        (idx(8, (2, 3), b"1234567"), r"offset 18: more bytes than the shape \(2, 3\) announces"),
        (idx(14, (2**32 - 1,) * 255, b"1"), "the file ends"),
        (gzip.compress(idx(8, (9,), b"1")), "offset 9: the file ends, 8 bytes short"),
        (gzip.compress(idx(8, (1,), b"1"))[:-9], "damaged gzip"),
        (gzip.compress(idx(8, (1,), b"1")) + b"junk", "damaged gzip"),
        (b"\x1f\x8b" + b"\xff" * 20, "damaged gzip"),
    ],
)
def test_idx_files_that_lie(tmp_path, data, message):
    path = tmp_path / "liar"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


def test_a_lying_header_takes_no_memory(tmp_path):
    tracemalloc = pytest.importorskip("tracemalloc")  # PyPy has none
    bomb = tmp_path / "bomb.gz"
    with gzip.open(bomb, "wb") as file:
        file.write(idx(8, (10,), b""))
        for _ in range(256):
            file.write(bytes(1 << 20))
    boast = tmp_path / "boast"
    boast.write_bytes(idx(8, (2**31, 2**31), b"1234"))
    tracemalloc.start()
    for path in (bomb, boast):
        with pytest.raises(ValueError, match=r"."):
            read_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


@fuzz
@given(st.binary(max_size=40), st.booleans(), st.booleans())
def test_any_idx_bytes_give_numbers_or_a_value_error(tmp_path_factory, data, zipped, headed):
    data = (b"\0\0\x08\x01\0\0\0" if headed else b"") + data
    path = tmp_path_factory.getbasetemp() / "any.idx"
    path.write_bytes(gzip.compress(data) if zipped else data)
    try:
        shape, numbers = read_idx(path)
    except ValueError as error:
        message = str(error)
        assert "any.idx" in message
    else:
        assert math.prod(shape) == len(numbers)


def small_mnist(folder: Path, **changed: bytes) -> Path:
    files = {
        "train_images": idx(8, (3, 1, 2), bytes((0, 255, 51, 1, 2, 3))),
        "train_labels": idx(8, (3,), b"\0\x09\x02"),
    }
    files.update(t10k_images=idx(8, (1, 1, 2), b"\xff\0"), t10k_labels=idx(8, (1,), b"\1"))
    files.update(changed)
    for key, data in files.items():
        part, what = key.split("_")
        name = f"{part}-{what}-idx{3 if what == 'images' else 1}-ubyte"
        if part == "train":
            (folder / name).write_bytes(data)
        else:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data))
    return folder


def test_load_mnist(tmp_path):
    (X, Y), (X_test, Y_test) = load_mnist(small_mnist(tmp_path))
    assert (X.format, X.shape, Y.shape, X_test.shape, Y_test.shape) == ("f", (3, 2), (3, 10), (1, 2), (1, 10))
    assert X.tolist() == [array("f", row).tolist() for row in ([0, 1], [51 / 255, 1 / 255], [2 / 255, 3 / 255])]
    assert [row.index(1.0) for row in Y.tolist()] == [0, 9, 2]
    assert sum(map(sum, Y.tolist())) == 3
    assert X_test.tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"train_images": idx(8, (3, 2), b"123456")}, "wanted images of bytes in 3 dimensions, got shape"),
        ({"train_images": idx(11, (3, 1, 1), b"123456")}, "wanted unsigned bytes, got an array of 'h'"),
        ({"train_images": idx(8, (1 << 20, 1 << 10, 1), b"")}, "announces more than 16 bytes can hold"),
        ({"train_images": idx(8, (0, 1, 1), b"")}, "wanted images of bytes"),
        ({"train_labels": idx(8, (2,), b"\0\1")}, r"wanted a digit for each of 3 images, got shape \(2,\)"),
        ({"train_labels": idx(8, (3,), b"\0\1\x0a")}, "wanted a digit for each of 3 images"),
        (
            {"t10k_images": idx(8, (1, 1, 1), b"1")},
            r"training images are of shape \(3, 2\), test images of \(1, 1\)",
        ),
    ],
)
def test_load_mnist_refuses(tmp_path, changed, message):
    with pytest.raises(ValueError, match=message):
        load_mnist(small_mnist(tmp_path, **changed))


def test_greys_are_the_same_with_numpy_and_without(monkeypatch):
    pytest.importorskip("numpy")
    pixels = bytes(range(256)) * 300  # more than are laid down at once
    quick = greys(pixels, 100)
    monkeypatch.delitem(sys.modules, "numpy")
    plain = greys(pixels, 100)
    assert (quick.shape, quick.format) == (plain.shape, plain.format) == ((100, 768), "f")
    assert quick.tobytes() == plain.tobytes() == array("f", [p / 255 for p in pixels]).tobytes()


def test_load_mnist_without_files(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no train-images-idx3-ubyte or train-images-idx3-ubyte.gz in"):
        load_mnist(tmp_path)


def test_the_real_mnist():
    folder = Path(os.environ.get("MICROBP_MNIST", Path(__file__).parents[2] / "shared" / "data" / "mnist"))
    if not folder.is_dir():
        pytest.skip(f"MNIST is not at {folder}; MICROBP_MNIST names another folder")
    (X, Y), (X_test, Y_test) = load_mnist(folder)
    assert (X.shape, Y.shape, X_test.shape, Y_test.shape) == (
        (60000, 784),
        (60000, 10),
        (10000, 784),
        (10000, 10),
    )
    assert [Y[0, digit] for digit in (5, 0)] == [1, 0]  # the first digit is a 5, the first of the test a 7
    assert Y_test[0, 7] == 1
    used = sum(1 for x in X_test.cast("B").cast("f") if x)
    assert round(used / (10000 * 784), 2) == 0.19
    assert max(X_test.cast("B").cast("f")) == 1


# --- embedded sets


def test_embedded_sets_are_as_published():
    melons, iris = load("watermelon"), load("iris")
    assert " ".join(melons.names) == "色泽 根蒂 敲声 纹理 脐部 触感 密度 含糖率 好瓜"
    assert [",".join(melons.rows[k]) for k in (6, 14)] == [
        "乌黑,稍蜷,浊响,稍糊,稍凹,软粘,0.481,0.149,是",
        "乌黑,稍蜷,浊响,清晰,稍凹,软粘,0.360,0.370,否",
    ]
    # means of density and sugar content in the book's example of naive Bayes (section 7.3), good melons first
    for rows, wanted in ((melons.rows[:8], [0.574, 0.279]), (melons.rows[8:], [0.496, 0.154])):
        assert [round(sum(float(row[j]) for row in rows) / len(rows), 3) for j in (6, 7)] == wanted
    assert Counter(row[4] for row in iris.rows) == {"setosa": 50, "versicolor": 50, "virginica": 50}
    assert iris.rows[34][:4] == ["4.9", "3.1", "1.5", "0.2"]
    assert iris.rows[37][:4] == [
        "4.9",
        "3.6",
        "1.4",
        "0.1",
    ]
    # Fisher's own means (table II)
    means = {"setosa": [5.006, 3.428, 1.462, 0.246], "versicolor": [5.936, 2.770, 4.260, 1.326]}
    for species, wanted in {**means, "virginica": [6.588, 2.974, 5.552, 2.026]}.items():
        rows = [row for row in iris.rows if row[4] == species]
        assert [round(sum(float(row[j]) for row in rows) / 50, 3) for j in range(4)] == wanted


def test_iris_is_that_of_scikit_learn():
    datasets = pytest.importorskip("sklearn.datasets")
    data = datasets.load_iris()
    assert [[float(cell) for cell in row[:4]] for row in load("iris").rows] == data.data.tolist()
    assert [row[4] for row in load("iris").rows] == [data.target_names[k] for k in data.target]


def test_unknown_embedded_set():
    with pytest.raises(
        ValueError, match="must be one of watermelon, iris, got 'watermellon'; did you mean 'watermelon'"
    ):
        load("watermellon")


def test_the_unnamed_row_numbers_that_pandas_writes_are_left_out():
    table = read_csv(io.BytesIO(b",x,y\n0,1.5,a\n1,2.5,b\n2,1.0,a\n3,3.5,b\n"))
    assert table.names == ["index", "x", "y"]
    columns = Columns.learn(table)
    assert columns.input_names == ["x"]
    assert "index" in columns.notes[0]
