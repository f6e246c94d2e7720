"""Model files: what is saved comes back bit for bit, what is no model is a ValueError, and a failure loses nothing."""

import json
import math
import os
import stat
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microbp import Net
from microbp.data import Columns, load
from microbp.files import to_dict

REPOSITORY = Path(__file__).resolve().parent.parent
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")


def valid(**keywords):
    """The JSON values of a small model."""
    return to_dict(Net(2, 3, 1, engine="python", **keywords))


def watermelon():
    """The JSON values of a small model that knows columns."""
    columns = Columns.learn(load("watermelon"))
    net = Net(columns.width_in, 2, columns.width_out, engine="python")
    net.columns = columns
    return to_dict(net)


def write(path, model):
    path.write_text(json.dumps(model), encoding="utf-8")
    return path


# Round trip -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("widths", [(1, 1), (2, 3, 1), (3, 17, 9, 2)])
def test_what_is_saved_is_loaded_bit_for_bit(engine, tmp_path, precision, widths):
    net = Net(*widths, activation="tanh", output="linear", precision=precision, seed=2**64 - 1, engine=engine)
    X, Y = [[0.1 * i for i in range(widths[0])]] * 3, [[0.7] * widths[-1]] * 3
    net.train(X, Y, eta=0.05, epochs=3)
    net.save(tmp_path / "model.json")
    again = Net.load(tmp_path / "model.json", engine=engine)
    assert bytes(again.parameters) == bytes(net.parameters)
    assert (again.digest(), again.generator.state) == (net.digest(), net.generator.state)
    assert (again.widths, repr(again), again.engine) == (net.widths, repr(net), engine)
    assert again.train(X, Y, eta=0.05, epochs=3).error == net.train(X, Y, eta=0.05, epochs=3).error
    assert again.digest() == net.digest()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2))
def test_every_double_comes_back(folder, numbers):
    net = Net(1, 1, engine="python")
    net.layers[0].weights, net.layers[0].thresholds = [numbers[:1]], numbers[1:]
    net.save(folder / "double.json")
    again = Net.load(folder / "double.json", engine="python")
    assert bytes(again.parameters) == bytes(net.parameters)
    assert [again.layers[0].weights[0][0], again.layers[0].thresholds[0]] == numbers


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=2, max_size=2))
def test_every_single_comes_back(folder, numbers):
    net = Net(1, 1, precision="single", engine="python")
    net.layers[0].weights, net.layers[0].thresholds = [numbers[:1]], numbers[1:]
    net.save(folder / "single.json")
    again = Net.load(folder / "single.json", engine="python")
    assert bytes(again.parameters) == bytes(net.parameters)
    assert [again.layers[0].weights[0][0], again.layers[0].thresholds[0]] == numbers


def test_file_is_json_that_says_what_it_is(engine, tmp_path):
    net = Net(2, 2, 1, init=0.6, engine=engine)
    net.save(tmp_path / "model.json")
    model = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    assert (model["microbp"], model["widths"], model["precision"]) == (1, [2, 2, 1], "double")
    assert model["layers"][0] == {"weights": [[0.6, 0.6], [0.6, 0.6]], "thresholds": [0.6, 0.6]}
    assert model["layers"][1] == {"weights": [[0.6], [0.6]], "thresholds": [0.6]}


def test_equal_nets_make_equal_files(engine, tmp_path):
    for name in ("a.json", "b.json"):
        Net(2, 2, 1, seed=3, engine=engine).save(tmp_path / name)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_path_may_be_text(engine, tmp_path):
    net = Net(2, 1, engine=engine)
    net.save(str(tmp_path / "模型.json"))
    assert Net.load(str(tmp_path / "模型.json"), engine=engine).digest() == net.digest()


def test_name_without_a_folder_is_in_the_current_one(engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Net(2, 1, engine=engine).save("model.json")
    assert os.listdir(tmp_path) == ["model.json"]


def test_columns_come_back(tmp_path):
    model = watermelon()
    net = Net.load(write(tmp_path / "model.json", model), engine="python")
    net.save(tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text(encoding="utf-8")) == json.loads(json.dumps(model))


def test_negative_zero_is_loaded_as_zero(tmp_path):
    model = valid()
    model["layers"][0]["weights"][1][2] = -0.0
    net = Net.load(write(tmp_path / "model.json", model), engine="python")
    assert math.copysign(1, net.layers[0].weights[1][2]) == 1.0


# Whole or not at all ----------------------------------------------------------------------------------------------


@pytest.fixture
def model_file(tmp_path):
    """A model that is there already, in a folder of its own."""
    path = tmp_path / "model.json"
    Net(2, 1, seed=1, engine="python").save(path)
    return path


@pytest.mark.parametrize("name", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("problem", [OSError("no space left"), KeyboardInterrupt()])
def test_failed_save_leaves_the_old_file_and_nothing_else(model_file, monkeypatch, name, problem):
    before = model_file.read_bytes()

    def fail(*arguments, **keywords):
        raise problem

    with monkeypatch.context() as patch:
        patch.setattr(os, name, fail)
        with pytest.raises(type(problem)):
            Net(3, 2, engine="python").save(model_file)
    assert model_file.read_bytes() == before
    assert os.listdir(model_file.parent) == ["model.json"]
    Net(3, 2, engine="python").save(model_file)
    assert model_file.read_bytes() != before


FULL_DISK = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from microbp import Net
net = Net(50, 40, 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
try:
    net.save(sys.argv[2])
except OSError as problem:
    print(type(problem).__name__)
"""


@posix
def test_full_disk_leaves_the_old_file_and_nothing_else(model_file):
    before = model_file.read_bytes()
    command = [sys.executable, "-B", "-c", FULL_DISK, str(REPOSITORY), str(model_file)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (answer.returncode, answer.stdout) == (0, "OSError\n"), answer.stderr
    assert model_file.read_bytes() == before
    assert os.listdir(model_file.parent) == ["model.json"]


def test_missing_folder_is_an_os_error(engine, tmp_path):
    with pytest.raises(OSError, match="missing"):
        Net(2, 1, engine=engine).save(tmp_path / "missing" / "model.json")
    assert os.listdir(tmp_path) == []


def test_folder_is_no_file(engine, tmp_path):
    with pytest.raises(OSError, match=r"directory|denied"):
        Net(2, 1, engine=engine).save(tmp_path)
    assert os.listdir(tmp_path) == []


@posix
def test_new_file_has_the_usual_mode(engine, tmp_path):
    mask = os.umask(0o027)
    try:
        Net(2, 1, engine=engine).save(tmp_path / "model.json")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(mask)
    assert stat.S_IMODE(os.stat(tmp_path / "model.json").st_mode) == 0o640


@posix
def test_replaced_file_keeps_its_mode(engine, model_file):
    for mode in (0o600, 0o664):
        os.chmod(model_file, mode)
        Net(2, 1, engine=engine).save(model_file)
        assert stat.S_IMODE(os.stat(model_file).st_mode) == mode


@posix
def test_symbolic_link_is_followed(engine, model_file, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = folder / "link.json"
    link.symlink_to(model_file)
    net = Net(4, 2, engine=engine)
    net.save(link)
    assert link.is_symlink()
    assert Net.load(model_file, engine=engine).digest() == net.digest()
    assert os.listdir(folder) == ["link.json"]


@posix
def test_pipe_is_written_to(engine):
    read, write = os.pipe()
    try:
        net = Net(2, 1, engine=engine)
        net.save(f"/dev/fd/{write}")
        assert json.loads(os.read(read, 10000)) == json.loads(json.dumps(to_dict(net)))
    finally:
        os.close(read)
        os.close(write)


# Refusals ---------------------------------------------------------------------------------------------------------


def refusal(path):
    """What `load` says, which begins with the file's name."""
    with pytest.raises(ValueError, match="model") as caught:
        Net.load(path, engine="python")
    start = f"{path}: "
    assert str(caught.value).startswith(start)
    return str(caught.value)[len(start) :]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no JSON"),
        (b"not json", "no JSON"),
        (b'{"microbp": 1', "no JSON"),
        (b'{"microbp": 1} {}', "no JSON"),
        (b"\xff\xfe", "no UTF-8 at byte 0"),
        (b'{"microbp": "\xe9"}', "no UTF-8 at byte 13"),
        (b"\x89PNG\r\n\x1a\n", "no UTF-8 at byte 0"),
        (b"[1, 2]", 'the key "microbp"'),
        (b"null", 'the key "microbp"'),
        (b'"microbp"', 'the key "microbp"'),
        (b'{"a": 1}', 'the key "microbp"'),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"microbp":' * 200_000, "nested too deeply"),
        (b'{"microbp": NaN}', "finite"),
        (b'{"microbp": -Infinity}', "finite"),
        (b'{"microbp": 1' + b"0" * 10_000 + b"}", ""),
    ],
)
def test_refused_contents(tmp_path, content, words):
    path = tmp_path / "model.json"
    path.write_bytes(content)
    assert words in refusal(path)


def changed(model, place, value):
    """The model with another value at the place."""
    holder = model
    for key in place[:-1]:
        holder = holder[key]
    if value is DELETE:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return model


DELETE = object()
CHANGES = [
    (["microbp"], 2, "microbp: wanted file format 1, got 2"),
    (["microbp"], "1", "microbp: wanted file format 1, got '1'"),
    (["microbp"], True, "microbp: wanted file format 1, got True"),
    (["widths"], DELETE, "widths: wanted a list, got None"),
    (["widths"], [2], "widths: wanted at least two, got 1"),
    (["widths"], [2, 3.0, 1], "widths[1] must be a whole number >= 1, got 3.0"),
    (["widths"], [2, True, 1], "widths[1] must be a whole number >= 1, got True"),
    (["widths"], [2, 0, 1], "widths[1] must be a whole number >= 1, got 0"),
    (["widths"], [2, -3, 1], "widths[1] must be a whole number >= 1, got -3"),
    (["widths"], [2, 4, 1], "layers[0].weights[0]: wanted 4 entries, got 3"),
    (["widths"], [2, 3, 2], "layers[1].weights[0]: wanted 2 entries, got 1"),
    (["widths"], [3, 3, 1], "layers[0].weights: wanted 3 entries, got 2"),
    (["widths"], [2, 3, 1, 1], "activations: wanted 3 entries, got 2"),
    (["activations"], ["sigmoid"], "activations: wanted 2 entries, got 1"),
    (["activations", 1], "sigmod", "activations[1] must be one of sigmoid, tanh, linear, relu,"),
    (["activations", 0], [], "activations[0] must be one of sigmoid, tanh, linear, relu,"),
    (["loss"], "squares", "loss must be one of squared_error"),
    (["loss"], {}, "loss must be one of squared_error"),
    (["precision"], "half", "precision must be one of double, single, got 'half'"),
    (["precision"], None, "precision must be one of double, single, got None"),
    (["generator"], -1, "generator must be a whole number from 0 to 18446744073709551615, got -1"),
    (["generator"], 2**64, "generator must be"),
    (["generator"], 1.5, "generator must be"),
    (["generator"], False, "generator must be"),
    (["generator"], DELETE, "generator must be"),
    (["layers"], {}, "layers: wanted a list, got {}"),
    (["layers"], [], "layers: wanted 2 entries, got 0"),
    (["layers", 1], [], "layers[1]: wanted an object with weights and thresholds, got []"),
    (["layers", 1, "weights"], DELETE, "layers[1].weights: wanted a list, got None"),
    (["layers", 0, "weights", 1], "abc", "layers[0].weights[1]: wanted a list, got 'abc'"),
    (["layers", 0, "weights", 1], [1, 2], "layers[0].weights[1]: wanted 3 entries, got 2"),
    (["layers", 0, "thresholds"], [1, 2], "layers[0].thresholds: wanted 3 entries, got 2"),
    (["layers", 0, "weights", 1, 2], "1", "layers[0].weights[1][2]: wanted a number, got '1'"),
    (["layers", 0, "weights", 1, 2], None, "layers[0].weights[1][2]: wanted a number, got None"),
    (["layers", 0, "weights", 1, 2], True, "layers[0].weights[1][2]: wanted a number, got True"),
    (["layers", 1, "thresholds", 0], [0.5], "layers[1].thresholds[0]: wanted a number, got [0.5]"),
    (["layers", 1, "thresholds", 0], 10**400, "layers[1].thresholds[0] must be a finite number, got 1000"),
    (["columns"], 5, "columns"),
    (["columns"], {}, "columns"),
]


@pytest.mark.parametrize(("place", "value", "words"), CHANGES)
def test_refused_values(tmp_path, place, value, words):
    assert refusal(write(tmp_path / "model.json", changed(valid(), place, value))).startswith(words)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity"])
def test_refused_numbers_that_are_not_finite(tmp_path, number):
    model = changed(valid(), ["layers", 0, "weights", 1, 2], "HERE")
    path = tmp_path / "model.json"
    path.write_text(json.dumps(model).replace('"HERE"', number), encoding="utf-8")
    words = refusal(path)
    assert "finite" in words
    assert number.startswith(("N", "I")) or words.startswith("layers[0].weights[1][2]")


def test_refused_numbers_beyond_single_precision(tmp_path):
    model = changed(valid(precision="single"), ["layers", 0, "weights", 1, 2], 1e39)
    words = refusal(write(tmp_path / "model.json", model))
    assert words == "layers[0].weights[1][2] must fit in single precision (up to 3.4e38), got 1e+39"


def test_refused_columns_of_another_width(tmp_path):
    model = valid()
    model["columns"] = watermelon()["columns"]
    words = refusal(write(tmp_path / "model.json", model))
    assert words.startswith("columns: ")
    assert "18 inputs" in words


@pytest.mark.parametrize("widths", [[10**9, 10**9], [2**62, 1], [1, 10**12, 1], [1] * 5000])
def test_huge_widths_take_no_memory(tmp_path, widths):
    model = valid()
    model["widths"] = widths
    path = write(tmp_path / "model.json", model)
    refusal(path)  # the first refusal imports what it needs
    tracemalloc.start()
    try:
        refusal(path)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_memory_is_in_proportion_to_the_file(tmp_path):
    # Rows of one number: each takes a line of 64 bytes, and the file 6 bytes for it. The reader's own lists are larger.
    model = {**valid(), "widths": [20_000, 1], "activations": ["sigmoid"]}
    model["layers"] = [{"weights": [[0.5]] * 20_000, "thresholds": [0.5]}]
    path = write(tmp_path / "model.json", model)
    tracemalloc.start()
    try:
        Net.load(path, engine="python")
        assert tracemalloc.get_traced_memory()[1] < 64 * path.stat().st_size
    finally:
        tracemalloc.stop()


# Any file ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


def net_or_value_error(path, content):
    """Load it: a Net that can be used, saved and loaded again, or a ValueError that begins with the file's name."""
    path.write_bytes(content)
    problem = None
    try:
        net = Net.load(path, engine="python")
    except ValueError as caught:
        problem = str(caught)
    if problem is not None:
        assert problem.startswith(f"{path}: ")
        return
    assert all(map(math.isfinite, net.parameters))
    assert len(net([0.5] * net.widths[0])) == net.widths[-1]
    net.save(path)
    assert Net.load(path, engine="python").digest() == net.digest()


@given(st.binary())
def test_any_bytes_are_a_net_or_a_value_error(folder, content):
    net_or_value_error(folder / "bytes.json", content)


numbers = st.one_of(st.integers(), st.floats(), st.integers(-2, 4), st.sampled_from([10**400, -0.0, 5e-324, 1e308]))
words = st.one_of(st.text(max_size=5), st.sampled_from(["sigmoid", "tanh", "single", "double", "words", "number"]))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, words),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(words, inner, max_size=4)),
    max_leaves=10,
)


def encoded(model):
    return json.dumps(model).encode("ascii")


@given(values)
def test_any_json_is_a_net_or_a_value_error(folder, value):
    net_or_value_error(folder / "values.json", encoded(value))


@given(st.dictionaries(st.sampled_from(sorted(valid())), values))
def test_any_object_with_the_keys_of_a_model_is_a_net_or_a_value_error(folder, value):
    net_or_value_error(folder / "keys.json", encoded({"microbp": 1, **value}))


def holders(value):
    """Every list and object within a value."""
    if isinstance(value, (list, dict)):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from holders(inner)


def mutate(model, data):
    """Change, remove, double or exchange something anywhere in the model."""
    holder = data.draw(st.sampled_from([holder for holder in holders(model) if holder]), label="holder")
    keys = sorted(holder) if isinstance(holder, dict) else range(len(holder))
    key = data.draw(st.sampled_from(keys), label="key")
    action = data.draw(st.sampled_from(["replace", "remove", "double", "exchange"]), label="action")
    if action == "replace":
        holder[key] = data.draw(values, label="value")
    elif action == "remove":
        del holder[key]
    elif action == "double" and isinstance(holder, list):
        holder.insert(key, holder[key])
    else:
        other = data.draw(st.sampled_from(keys), label="other")
        holder[key], holder[other] = holder[other], holder[key]


@settings(max_examples=300)
@given(st.data())
def test_any_mutated_model_is_a_net_or_a_value_error(folder, data):
    model = data.draw(st.sampled_from([valid, watermelon]))()
    for _ in range(data.draw(st.integers(1, 3))):
        mutate(model, data)
    net_or_value_error(folder / "mutated.json", encoded(model))


@given(st.data())
def test_any_cut_or_changed_file_is_a_net_or_a_value_error(folder, data):
    content = bytearray(encoded(valid()))
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content = content[:place]
    else:
        content[place] = data.draw(st.integers(0, 255))
    net_or_value_error(folder / "changed.json", bytes(content))
