"""The objects: live views of one buffer, what they refuse and with which words, and what an interruption leaves."""

import copy
import math
import pickle
import re
import subprocess
import sys
from array import array
from pathlib import Path

import pytest

import microbp
from microbp import DivergedError, Net, bp
from microbp.generator import Generator
from microbp.run import Run

PACKAGE = Path(microbp.__file__).resolve().parent.parent  # where this microbp is imported from
XOR_X = [[0, 0], [0, 1], [1, 0], [1, 1]]
XOR_Y = [0, 1, 1, 0]


def everything(net):
    """All that a training may change."""
    return net.digest(), bytes(net.parameters), net.generator.state


# Views ------------------------------------------------------------------------------------------------------------


def test_neurons_and_layers_are_live_views_of_one_buffer(engine):
    net = Net(2, 3, 2, engine=engine)
    before = net.digest()
    net.layers[0].neurons[1].weights[0] = 0.125
    assert net.layers[0].weights[0][1] == 0.125
    assert net.parameters[net.structure.layers[0].offset + 1] == 0.125
    net.layers[-1].thresholds[1] = -0.5
    assert net.layers[1].neurons[1].threshold == -0.5
    net.layers[-1].neurons[1].threshold = 0.75
    assert net.layers[-1].thresholds[1] == 0.75
    assert net.digest() != before


def test_views_show_what_training_does(engine):
    net = Net(2, 3, 1, engine=engine)
    neuron, earlier = net.layers[0].neurons[2], list(net.layers[0].neurons[2].weights)
    net.train(XOR_X, XOR_Y, epochs=1)
    assert list(neuron.weights) != earlier
    assert neuron.weights == [row[2] for row in net.layers[0].weights]


def test_a_changed_weight_changes_the_outputs(engine):
    net = Net(2, 1, activation="linear", init=0, engine=engine)
    net.layers[0].neurons[0].weights = [2, 3]
    net.layers[0].neurons[0].threshold = 1
    assert net([1, 1]) == [4.0]


def test_indexes_and_slices(engine):
    weights = Net(4, 3, init=0, engine=engine).layers[0].neurons[1].weights
    weights[:] = [1, 2, 3, 4]
    weights[-1] = 5
    weights[1:3] = [7, 8]
    weights[::2] = [0.5, 0.25]
    assert list(weights) == [0.5, 7.0, 0.25, 5.0]
    assert weights[-2:] == [0.25, 5.0]
    assert (len(weights), weights[-1], weights == [0.5, 7, 0.25, 5], weights != [1, 2, 3, 4]) == (4, 5.0, True, True)
    for wrong in (4, -5):
        with pytest.raises(IndexError):
            weights[wrong]
        with pytest.raises(IndexError):
            weights[wrong] = 1


def test_shapes_of_layers(engine):
    net = Net(3, 4, 2, activation="tanh", output="sigmoid", engine=engine)
    hidden, last = net.layers
    assert net.widths == (3, 4, 2)
    assert [(layer.n_in, layer.n_out, layer.activation) for layer in net.layers] == [(3, 4, "tanh"), (4, 2, "sigmoid")]
    assert [len(row) for row in hidden.weights] == [4, 4, 4]
    assert [len(neuron.weights) for neuron in last.neurons] == [4, 4]
    assert len(last.thresholds) == 2


def test_single_precision_rounds_what_is_assigned(engine):
    net = Net(1, 1, precision="single", engine=engine)
    net.layers[0].neurons[0].threshold = 0.1
    assert net.layers[0].neurons[0].threshold == array("f", [0.1])[0] != 0.1


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (math.nan, ValueError),
        (math.inf, ValueError),
        (-math.inf, ValueError),
        (1e39, ValueError),
        ("1", TypeError),
        (None, TypeError),
        ([1.0], TypeError),
        (1j, TypeError),
    ],
)
def test_setters_refuse_what_is_no_number_and_leave_the_net_whole(engine, value, problem):
    net = Net(2, 3, 2, precision="single", engine=engine)
    layer, before = net.layers[0], everything(net)
    setters = [
        ("layers[0].neurons[1].weights[1]", lambda: layer.neurons[1].weights.__setitem__(1, value)),
        ("layers[0].neurons[1].weights[1]", lambda: layer.neurons[1].weights.__setitem__(slice(0, 2), [1, value])),
        ("layers[0].neurons[2].weights[1]", lambda: setattr(layer.neurons[2], "weights", [1, value])),
        ("layers[0].neurons[2].threshold", lambda: setattr(layer.neurons[2], "threshold", value)),
        ("layers[0].thresholds[2]", lambda: setattr(layer, "thresholds", [1, 2, value])),
        ("layers[0].weights[1][2]", lambda: setattr(layer, "weights", [[1, 2, 3], [4, 5, value]])),
    ]
    for place, setter in setters:
        with pytest.raises(problem) as refusal:
            setter()
        assert str(refusal.value).startswith(place)
        assert str(value) in str(refusal.value)
        assert everything(net) == before


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("weights", [[1, 2, 3]], "2 rows"),
        ("weights", [[1, 2, 3], [1, 2]], "weights[1]"),
        ("weights", [[1, 2], [1, 2], [1, 2]], "got 3"),
        ("weights", [[1, 2, 3], 4], "weights[1]"),
        ("weights", 5, "weights"),
        ("thresholds", [1, 2], "3 numbers"),
        ("thresholds", [], "got 0"),
        ("thresholds", 0.5, "thresholds"),
    ],
)
def test_setters_of_a_layer_refuse_another_shape(engine, name, values, words):
    net = Net(2, 3, 2, engine=engine)
    before = everything(net)
    with pytest.raises((TypeError, ValueError)) as refusal:
        setattr(net.layers[0], name, values)
    assert words in str(refusal.value)
    assert everything(net) == before


def test_weights_of_a_neuron_refuse_another_length(engine):
    net = Net(2, 3, 2, engine=engine)
    before = everything(net)
    with pytest.raises(ValueError, match=r"layers\[1\]\.neurons\[0\]\.weights takes 3 numbers.*got 2"):
        net.layers[1].neurons[0].weights = [1, 2]
    assert everything(net) == before


def test_negative_zero_is_stored_as_zero(engine):
    net = Net(1, 1, init=-0.0, engine=engine)
    net.layers[0].weights = [[-0.0]]
    net.layers[0].thresholds[0] = -0.0
    assert [math.copysign(1, number) for number in net.parameters] == [1.0] * len(net.parameters)


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("batch", [1, 3, "all"])
def test_padding_stays_zero(engine, precision, batch):
    net = Net(2, 9, 3, 17, precision=precision, engine=engine)
    net.train(XOR_X, [[k / 17] * 17 for k in range(4)], epochs=5, batch=batch)
    used = set()
    for shape in net.structure.layers:
        for start in range(shape.offset, shape.end, shape.stride):
            used.update(range(start, start + shape.n_out))
    padding = [net.parameters[place] for place in range(len(net.parameters)) if place not in used]
    assert len(padding) > 0
    assert not any(padding)
    assert len(used) == 3 * 9 + 10 * 3 + 4 * 17


@pytest.mark.parametrize("precision", ["double", "single"])
def test_rows_are_aligned(engine, precision):
    net = Net(3, 9, 2, precision=precision, engine=engine)
    size = net.parameters.itemsize
    for shape in net.structure.layers:
        assert shape.offset * size % 64 == shape.stride * size % 64 == 0
        assert shape.stride - shape.n_out < 64 // size


# Copies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("duplicate", [Net.copy, copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
@pytest.mark.parametrize("precision", ["double", "single"])
def test_copies_are_equal_and_independent(engine, duplicate, precision):
    net = Net(2, 3, 1, seed=4, activation="tanh", output="sigmoid", precision=precision, engine=engine)
    net.train(XOR_X, XOR_Y, epochs=3)
    twin = duplicate(net)
    assert everything(twin) == everything(net)
    assert (twin.engine, twin.widths, repr(twin)) == (net.engine, net.widths, repr(net))
    before = everything(net)
    history = twin.train(XOR_X, XOR_Y, epochs=3)
    assert everything(net) == before != everything(twin)
    assert net.train(XOR_X, XOR_Y, epochs=3).error == history.error
    assert everything(net) == everything(twin)


# Outputs ----------------------------------------------------------------------------------------------------------


def test_outputs_of_one_and_of_many_samples(engine):
    net = Net(2, 3, 2, seed=1, engine=engine)
    rows = net.predict(XOR_X)
    assert [net(x) for x in XOR_X] == rows
    assert [[len(row) for row in rows], type(rows), type(rows[0])] == [[2] * 4, list, list]
    assert net.predict(tuple(map(tuple, XOR_X))) == rows
    assert net.predict([array("d", x) for x in XOR_X]) == rows


def test_net_of_one_input_takes_flat_lists(engine):
    net = Net(1, 2, 1, engine=engine)
    assert net.predict([0.5, 1]) == net.predict([[0.5], [1]]) == [net([0.5]), net([1])]


@pytest.mark.parametrize("precision", ["double", "single"])
def test_error_is_the_mean_of_E(engine, precision):
    net = Net(2, 3, 1, seed=2, precision=precision, engine=engine)
    total = 0.0
    for x, y in zip(XOR_X, XOR_Y):
        total += net.explain(x, y).E
    assert net.error(XOR_X, XOR_Y) == total / 4
    assert net.error(XOR_X, [[y] for y in XOR_Y]) == total / 4


@pytest.mark.parametrize("precision", ["double", "single"])
def test_numpy_in_numpy_out(engine, precision):
    numpy = pytest.importorskip("numpy")
    net = Net(2, 3, 2, seed=1, precision=precision, engine=engine)
    expected = net.predict(XOR_X)
    for dtype in ("float64", "float32", "int64", "uint8", "bool", ">f8", "float16"):
        X = numpy.array(XOR_X, dtype)
        outputs = net.predict(X)
        assert isinstance(outputs, numpy.ndarray)
        assert (outputs.shape, outputs.dtype.name) == ((4, 2), {"double": "float64", "single": "float32"}[precision])
        assert outputs.tolist() == expected
        assert net(X[1]).tolist() == expected[1]
        assert net(X[1]).shape == (2,)
    for view in (numpy.array(XOR_X, order="F"), numpy.array(XOR_X * 2)[::2][:2], numpy.array(XOR_X)[::-1, ::-1]):
        assert net.predict(view).tolist() == net.predict(view.tolist())


def test_numpy_data_trains_as_lists_do(engine):
    numpy = pytest.importorskip("numpy")
    of_lists, of_arrays = Net(2, 3, 1, engine=engine), Net(2, 3, 1, engine=engine)
    X, Y = numpy.array(XOR_X), numpy.array(XOR_Y)
    assert of_arrays.train(X, Y, epochs=3).error == of_lists.train(XOR_X, XOR_Y, epochs=3).error
    assert of_arrays.train(X, Y[:, None], epochs=3).error == of_lists.train(XOR_X, XOR_Y, epochs=3).error
    assert of_arrays.step(X[1], Y[1]) == of_lists.step(XOR_X[1], XOR_Y[1])
    assert of_arrays.error(X, Y) == of_lists.error(XOR_X, XOR_Y)
    assert everything(of_arrays) == everything(of_lists)


def test_numpy_numbers_are_numbers(engine):
    numpy = pytest.importorskip("numpy")
    for number in (numpy.float64, numpy.float32, numpy.array):  # the last one makes an array without dimensions
        net, plain = Net(2, 1, engine=engine), Net(2, 1, engine=engine)
        assert net.step([number(1.0), number(0.5)], number(0.25)) == plain.step([1, 0.5], 0.25)
        assert net.step([number(1.0), number(0.5)], [number(0.25)]) == plain.step([1, 0.5], [0.25])
        net.train([[number(0.5), 1]] * 2, [number(1.0), number(0.0)], eta=number(0.5), epochs=number(3).astype(int))
        plain.train([[0.5, 1]] * 2, [1, 0], eta=0.5, epochs=3)
        net.layers[0].neurons[0].threshold = number(0.5)
        plain.layers[0].neurons[0].threshold = 0.5
        assert everything(net) == everything(plain)


def test_what_numpy_can_take_is_taken(engine):
    numpy = pytest.importorskip("numpy")

    class Column:
        """As a data frame's column: no array, and not indexed like one, but NumPy can make one of it."""

        def __array__(self, dtype=None, copy=None):
            return numpy.array([1.0, 0.5], dtype)

    net = Net(2, 1, engine=engine)
    assert net(Column()).tolist() == net([1, 0.5])


# Steps ------------------------------------------------------------------------------------------------------------


def test_explain_leaves_the_net_as_it_is(engine):
    net = Net(2, 3, 1, seed=3, engine=engine)
    before = everything(net)
    step = net.explain([1, 0], [1], eta=0.3)
    assert everything(net) == before
    assert net.step([1, 0], [1], eta=0.3) == step
    assert everything(net) != before


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("widths", [(2, 1), (2, 3, 1), (2, 5, 4, 3, 1)])
def test_step_is_what_training_does_with_one_sample(engine, precision, widths):
    stepped = Net(*widths, seed=5, precision=precision, engine=engine)
    trained = stepped.copy()
    for x, y in [([0.1, 0.9], 0.7), ([0, -0.3], 0), ([1, 1], 1)]:
        step = stepped.step(x, y, eta=0.37)
        history = trained.train([x], [y], eta=0.37, epochs=1, shuffle=False)
        assert history.error == [step.E]
        assert bytes(stepped.parameters) == bytes(trained.parameters)


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("widths", [(2, 1), (2, 3, 1), (3, 5, 4, 3, 2)])
def test_changes_of_a_step_are_the_changes_of_the_net(engine, precision, widths):
    net = Net(*widths, seed=5, precision=precision, engine=engine)
    before = net.copy()
    step = net.step([0.25] * widths[0], [0.75] * widths[-1], eta=0.37)
    for n, (layer, earlier) in enumerate(zip(net.layers, before.layers)):
        rows = zip([*layer.weights, layer.thresholds], [*earlier.weights, earlier.thresholds])
        for (now, then), changes in zip(rows, [*step.dweights[n], step.dthresholds[n]]):
            assert list(now) == list(array(net.parameters.format, [w + dw for w, dw in zip(then, changes)]))


@pytest.mark.parametrize("precision", ["double", "single"])
def test_a_step_has_the_parameters_before_and_after(engine, precision):
    net = Net(3, 5, 4, 2, seed=5, precision=precision, engine=engine)
    net.layers[1].mask[2][1] = 0
    net.layers[2].threshold_mask[0] = 0
    before = net.copy()
    step = net.step([0.25, 0, -0.5], [0.75, 0.5], eta=0.37)
    for n, (now, then) in enumerate(zip(net.layers, before.layers)):
        assert [list(row) for row in then.weights] == step.weights[n]
        assert list(then.thresholds) == step.thresholds[n]
        assert [list(row) for row in now.weights] == step.new_weights[n]
        assert list(now.thresholds) == step.new_thresholds[n]
    assert (step.dweights[1][2][1], step.dthresholds[2][0]) == (0, 0)


def test_step_keeps_the_parameters_from_before(engine):
    net = Net(2, 3, 1, seed=5, engine=engine)
    before = bytes(net.parameters)
    step = net.step([1, 0], [1])
    assert bytes(step.parameters) == before != bytes(net.parameters)
    net.layers[0].thresholds[0] = 9
    assert bytes(step.parameters) == before


def test_fields_of_a_step_with_one_hidden_layer(engine):
    net = Net(3, 2, 4, engine=engine)
    step = net.explain([1, 2, 3], [0, 1, 0, 1], eta=0.25)
    assert [len(field) for field in (step.x, step.alpha, step.b, step.e, step.dgamma)] == [3, 2, 2, 2, 2]
    assert [len(field) for field in (step.beta, step.y_hat, step.y, step.g, step.dtheta)] == [4] * 5
    assert [[len(row) for row in dw] for dw in (step.dv, step.dw)] == [[2] * 3, [4] * 2]
    assert all(isinstance(number, float) for number in (*step.alpha, *step.b, *step.dw[0], *step.dgamma, step.E))
    assert (step.x, step.y, step.eta) == ([1, 2, 3], [0, 1, 0, 1], 0.25)
    assert (step.outputs, step.signals) == ([step.x, step.b, step.y_hat], [step.alpha, step.beta])
    assert (step.gradients, step.dthresholds) == ([step.e, step.g], [step.dgamma, step.dtheta])


def test_fields_of_a_step_without_a_hidden_layer(engine):
    step = Net(3, 2, engine=engine).explain([1, 2, 3], [0, 1])
    assert (step.alpha, step.b, step.e, step.dv, step.dgamma) == ([], [], [], [], [])
    assert [len(field) for field in (step.beta, step.y_hat, step.g, step.dtheta, step.dw)] == [2, 2, 2, 2, 3]


def test_fields_of_a_step_with_three_hidden_layers(engine):
    step = Net(2, 3, 4, 5, 1, engine=engine).explain([1, 2], [0])
    for field in (step.alpha, step.b, step.e, step.dgamma):
        assert [len(of_layer) for of_layer in field] == [3, 4, 5]
    assert [(len(dv), len(dv[0])) for dv in step.dv] == [(2, 3), (3, 4), (4, 5)]
    assert (len(step.dw), len(step.beta)) == (5, 1)


# Engines ----------------------------------------------------------------------------------------------------------


def test_engine_is_named(engine):
    net = Net(2, 1, engine=engine)
    assert net.engine == engine
    assert engine in microbp.engines()
    assert f"engine {engine}" in repr(net)


def test_environment_chooses_the_engine(engine, monkeypatch):
    monkeypatch.setenv("MICROBP_ENGINE", engine)
    assert Net(2, 1).engine == engine
    monkeypatch.setenv("MICROBP_ENGINE", "pyton")
    with pytest.raises(ValueError, match=r"MICROBP_ENGINE must be one of .*got 'pyton'; did you mean 'python'"):
        Net(2, 1)
    monkeypatch.setenv("MICROBP_ENGINE", "auto")
    assert Net(2, 1).engine == microbp.engines()[0]


def test_explicit_engine_never_falls_back():
    if "c" in microbp.engines():
        assert Net(2, 1, engine="c").engine == "c"
    else:
        with pytest.raises(ImportError, match="C engine"):
            Net(2, 1, engine="c")


# Refusals ---------------------------------------------------------------------------------------------------------

ARCHITECTURE = [
    (lambda: Net(), ValueError, ["two widths", "[]"]),
    (lambda: Net(3), ValueError, ["two widths", "[3]"]),
    (lambda: Net(2, 0, 1), ValueError, ["width 2", ">= 1", "got 0"]),
    (lambda: Net(2, -3), ValueError, ["width 2", ">= 1", "got -3"]),
    (lambda: Net(2.0, 1), TypeError, ["width 1", "whole number", "got 2.0"]),
    (lambda: Net("2", 1), TypeError, ["width 1", "whole number", "got '2'"]),
    (lambda: Net(True, 1), ValueError, ["width 1", "whole number", "got True"]),
    (
        lambda: Net(2, 2, 1, activation="sigmod"),
        ValueError,
        ["activation", "tanh", "'sigmod'", "did you mean 'sigmoid'"],
    ),
    (lambda: Net(2, 2, 1, activation="Tanh"), ValueError, ["'Tanh'", "did you mean 'tanh'"]),
    (lambda: Net(2, 2, 1, activation=["tanh"] * 2), ValueError, ["activation", "1 hidden", "got 2"]),
    (lambda: Net(2, 2, 1, activation=5), (TypeError, ValueError), ["activation", "got 5"]),
    (lambda: Net(2, 2, 1, output="liner"), ValueError, ["'liner'", "did you mean 'linear'"]),
    (lambda: Net(2, 2, 1, loss="squared"), ValueError, ["loss", "'squared'", "squared_error"]),
    (lambda: Net(2, 2, 1, precision="singel"), ValueError, ["precision", "'singel'", "did you mean 'single'"]),
    (lambda: Net(2, 2, 1, engine="pthon"), ValueError, ["engine", "'pthon'", "did you mean 'python'"]),
    (lambda: Net(2, 2, 1, seed=-1), ValueError, ["seed", "from 0 to 18446744073709551615", "got -1"]),
    (lambda: Net(2, 2, 1, seed=2**64), ValueError, ["seed", "got 18446744073709551616"]),
    (lambda: Net(2, 2, 1, seed=0.5), TypeError, ["seed", "whole number", "got 0.5"]),
    (lambda: Net(2, 2, 1, init="xaver"), ValueError, ["init", "'xaver'", "did you mean 'xavier'"]),
    (lambda: Net(2, 2, 1, init=math.nan), ValueError, ["init", "finite", "nan"]),
    (lambda: Net(2, 2, 1, init=(1, 0)), ValueError, ["init", "low <= high", "(1, 0)"]),
    (lambda: Net(2, 2, 1, init=(1, 2, 3)), ValueError, ["init", "pair", "(1, 2, 3)"]),
    (lambda: Net(2, 2, 1, init=(0, math.inf)), ValueError, ["init[1]", "finite", "inf"]),
    (lambda: Net(2, 2, 1, init=(-1.7e308, 1.7e308)), ValueError, ["init", "(-1.7e+308, 1.7e+308)"]),
    (lambda: Net(2, 2, 1, seed=10**5000), ValueError, ["seed", "from 0 to 18446744073709551615"]),
    (lambda: Net(2, 2, 1, init={}), TypeError, ["init", "{}"]),
    (lambda: Net(2, 2, 1, init=1e39, precision="single"), ValueError, ["init", "single precision", "1e+39"]),
]


@pytest.mark.parametrize(("call", "problem", "words"), ARCHITECTURE)
def test_refused_architectures(call, problem, words):
    with pytest.raises(problem) as refusal:
        call()
    for word in words:
        assert word in str(refusal.value)


DATA = [  # X, what is wrong with it; a net of two inputs
    ([[0, 0], [1]], ValueError, ["[1]", "2 numbers", "inputs", "got 1"]),
    ([[0, 0], [1, 2, 3]], ValueError, ["[1]", "2 numbers", "inputs", "got 3"]),
    ([[0], [1]], ValueError, ["[0]", "2 numbers", "got 1"]),
    ([[0, 0], [1, math.nan]], ValueError, ["[1][1]", "finite", "nan"]),
    ([[0, -math.inf], [1, 1]], ValueError, ["[0][1]", "finite", "-inf"]),
    ([[0, 0], [1, "2"]], TypeError, ["[1][1]", "number", "'2'"]),
    ([[0, 0], [None, 1]], TypeError, ["[1][0]", "number", "None"]),
    ([[0, 0], [10**400, 1]], (TypeError, ValueError), ["[1][0]", "finite number", "1000"]),
    ([[0, 0], 5], TypeError, ["[1]", "row of 2 numbers", "5"]),
    ([[0, 0], "12"], TypeError, ["[1]", "row of 2 numbers", "'12'"]),
    ([[0, 0], b"12"], TypeError, ["[1]", "row of 2 numbers", "b'12'"]),
    ([[0, 0], {1: 2, 3: 4}], TypeError, ["[1]", "row of 2 numbers", "{1: 2, 3: 4}"]),
    ([1, 2], TypeError, ["[0]", "row of 2 numbers", "1"]),
    ([], ValueError, ["at least one row", "2 numbers", "none"]),
    ("ab", TypeError, ["rows of 2 numbers", "'ab'"]),
    (None, TypeError, ["rows of 2 numbers", "None"]),
    (5, TypeError, ["rows of 2 numbers", "5"]),
    ({(1, 2), (3, 4)}, TypeError, ["rows of 2 numbers"]),
    ({"a": [1, 2]}, TypeError, ["rows of 2 numbers", "{'a': [1, 2]}"]),
]


@pytest.mark.parametrize(("X", "problem", "words"), DATA)
def test_refused_inputs(engine, X, problem, words):
    net = Net(2, 2, 1, engine=engine)
    before = everything(net)
    for call in (lambda: net.train(X, [0, 1]), lambda: net.predict(X), lambda: net.error(X, [0, 1])):
        with pytest.raises(problem) as refusal:
            call()
        for word in ["X", *words]:
            assert word in str(refusal.value)
    assert everything(net) == before


NUMPY_DATA = [
    ([[1.0, math.nan]], ValueError, ["X[0][1]", "finite", "nan"]),
    ([[1.0, 2.0, 3.0]], ValueError, ["X", "(m, 2)", "(1, 3)"]),
    ([1.0, 2.0], ValueError, ["X", "(m, 2)", "(2,)"]),
    ([[[1.0, 2.0]]], ValueError, ["X", "(m, 2)", "(1, 1, 2)"]),
    ([["a", "b"]], TypeError, ["X", "numbers", "U1"]),
    ([[1j, 0]], TypeError, ["X", "numbers", "complex128"]),
    ([[1, None]], TypeError, ["X", "numbers", "object"]),
]


@pytest.mark.parametrize(("values", "problem", "words"), NUMPY_DATA)
def test_refused_arrays(engine, values, problem, words):
    numpy = pytest.importorskip("numpy")
    with pytest.raises(problem) as refusal:
        Net(2, 1, engine=engine).predict(numpy.array(values))
    for word in words:
        assert word in str(refusal.value)


def test_refused_empty_array(engine):
    numpy = pytest.importorskip("numpy")
    with pytest.raises(ValueError, match=r"X must have at least one row of 2 numbers .*got none"):
        Net(2, 1, engine=engine).predict(numpy.zeros((0, 2)))


@pytest.mark.parametrize("kind", ["list", "array"])
def test_refused_inputs_beyond_single_precision(engine, kind):
    X = [[0.0, 1.0], [1e39, 0.0]]
    if kind == "array":
        X = pytest.importorskip("numpy").array(X)
    with pytest.raises(ValueError, match=r"X\[1\]\[0\] must be a finite number, got inf .*single precision"):
        Net(2, 1, precision="single", engine=engine).predict(X)
    assert len(Net(2, 1, engine=engine).predict(X)) == 2


TRAINING = [
    ({"Y": [0, 1, 1]}, ValueError, ["X and Y", "4", "3"]),
    ({"Y": [[0], [1], [1], [0, 1]]}, ValueError, ["Y[3]", "1 numbers", "outputs", "got 2"]),
    ({"Y": [0, 1, math.nan, 0]}, ValueError, ["Y[2][0]", "finite", "nan"]),
    ({"Y": []}, ValueError, ["Y", "at least one row", "none"]),
    ({"Y": ["a", "b", "c", "d"]}, TypeError, ["Y[0]", "'a'"]),
    ({"eta": 0}, ValueError, ["eta", "finite number > 0", "got 0"]),
    ({"eta": -0.1}, ValueError, ["eta must be a finite number > 0, got -0.1"]),
    ({"eta": math.nan}, ValueError, ["eta", "finite number > 0", "nan"]),
    ({"eta": math.inf}, ValueError, ["eta", "finite number > 0", "inf"]),
    ({"eta": 10**5000}, (TypeError, ValueError), ["eta", "finite number > 0"]),
    ({"eta": "0.5"}, TypeError, ["eta", "finite number > 0", "'0.5'"]),
    ({"batch": 0}, ValueError, ["batch", ">= 1", "got 0"]),
    ({"batch": -2}, ValueError, ["batch", ">= 1", "got -2"]),
    ({"batch": 1.5}, TypeError, ["batch", "whole number", "got 1.5"]),
    ({"batch": "al"}, ValueError, ["batch", '"all"', "'al'"]),
    ({"epochs": -1}, ValueError, ["epochs", ">= 0", "got -1"]),
    ({"epochs": 2.5}, TypeError, ["epochs", "whole number", "got 2.5"]),
    ({"epochs": None}, TypeError, ["epochs", "whole number", "None"]),
]


@pytest.mark.parametrize(("changed", "problem", "words"), TRAINING)
def test_refused_trainings(engine, changed, problem, words):
    net = Net(2, 2, 1, engine=engine)
    before = everything(net)
    with pytest.raises(problem) as refusal:
        net.train(**{"X": XOR_X, "Y": XOR_Y, "epochs": 2, **changed})
    for word in words:
        assert word in str(refusal.value)
    assert everything(net) == before


STEP = [
    ([1], [1], 0.5, ValueError, ["x", "2 numbers", "got 1"]),
    ([1, math.nan], [1], 0.5, ValueError, ["x", "[1]", "finite", "nan"]),
    ([1, "2"], [1], 0.5, TypeError, ["x", "[1]", "'2'"]),
    (3, [1], 0.5, TypeError, ["x", "2 numbers", "3"]),
    ([1, 2], [1, 2], 0.5, ValueError, ["1 numbers", "outputs", "got 2"]),
    ([1, 2], [], 0.5, ValueError, ["1 numbers", "outputs", "got 0"]),
    ([1, 2], math.nan, 0.5, ValueError, ["finite", "nan"]),
    ([1, 2], "1", 0.5, TypeError, ["1 numbers", "'1'"]),
    ([1, 2], [1], 0, ValueError, ["eta", "finite number > 0", "got 0"]),
    ([1, 2], [1], "x", TypeError, ["eta", "finite number > 0", "'x'"]),
]


@pytest.mark.parametrize(("x", "y", "eta", "problem", "words"), STEP)
def test_refused_steps(engine, x, y, eta, problem, words):
    net = Net(2, 2, 1, engine=engine)
    before = everything(net)
    for call in (net.step, net.explain):
        with pytest.raises(problem) as refusal:
            call(x, y, eta)
        for word in words:
            assert word in str(refusal.value)
    assert everything(net) == before


@pytest.mark.parametrize("eta", [1e39, 1e-60])
def test_refused_eta_beyond_single_precision(engine, eta):
    net = Net(2, 1, precision="single", engine=engine)
    for call in (lambda: net.train(XOR_X, XOR_Y, eta, epochs=1), lambda: net.step([1, 1], [1], eta)):
        with pytest.raises(ValueError, match=rf"eta must .*single precision.*got {re.escape(str(eta))}"):
            call()


def test_no_epochs_are_no_change(engine):
    net = Net(2, 2, 1, engine=engine)
    before = everything(net)
    history = net.train(XOR_X, XOR_Y, epochs=0)
    assert (history.epochs, history.error, everything(net)) == (0, [], before)


def test_batch_larger_than_the_data_is_all(engine):
    larger, every = Net(2, 2, 1, engine=engine), Net(2, 2, 1, engine=engine)
    assert (
        larger.train(XOR_X, XOR_Y, epochs=3, batch=100).error == every.train(XOR_X, XOR_Y, epochs=3, batch="all").error
    )
    assert everything(larger) == everything(every)


def test_batch_of_all_of_one_sample_is_standard_bp(engine):
    one, every = Net(2, 2, 1, engine=engine), Net(2, 2, 1, engine=engine)
    one.train([[1, 0.5]], [1], epochs=5)
    every.train([[1, 0.5]], [1], epochs=5, batch="all")
    assert everything(one) == everything(every)


# Divergence -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("batch", [1, 2, "all"])
def test_diverged_training_names_the_epoch_and_restores_the_net(engine, precision, batch):
    net = Net(2, 3, 1, activation="linear", seed=1, precision=precision, engine=engine)
    start = net.copy()
    with pytest.raises(DivergedError) as diverged:
        net.train(XOR_X, XOR_Y, eta=40, epochs=1000, batch=batch)
    epoch = diverged.value.epoch
    assert 1 < epoch < 1000
    assert f"in epoch {epoch}" in str(diverged.value)
    assert "40" in str(diverged.value)
    history = start.train(XOR_X, XOR_Y, eta=40, epochs=epoch - 1, batch=batch)
    assert everything(net) == everything(start)
    assert all(map(math.isfinite, [*net.parameters, *history.error]))
    with pytest.raises(DivergedError, match="in epoch 1;"):
        start.train(XOR_X, XOR_Y, eta=40, epochs=1, batch=batch)
    assert everything(net) == everything(start)


@pytest.mark.parametrize("batch", [1, 2])
def test_divergence_in_the_first_epoch_restores_the_net(engine, batch):
    net = Net(1, 1, activation="linear", engine=engine)
    before = everything(net)
    with pytest.raises(DivergedError) as diverged:
        net.train([1e200, 1e200], [1, 1], epochs=5, batch=batch)
    assert diverged.value.epoch == 1
    assert everything(net) == before


def test_error_that_is_not_finite_is_divergence_though_the_parameters_are(engine):
    # y - y_hat is 1e30: its square is beyond single precision, the update is not
    net = Net(1, 1, activation="linear", init=0, precision="single", engine=engine)
    before = everything(net)
    with pytest.raises(DivergedError):
        net.train([1], [1e30], epochs=1)
    assert everything(net) == before


def test_parameter_that_is_not_finite_is_divergence_though_the_error_is(engine):
    # E = 1/2 (1e154)^2 is a number, g x = 1e154 * 1e155 is not
    net = Net(1, 1, activation="linear", init=0, engine=engine)
    before = everything(net)
    with pytest.raises(DivergedError):
        net.train([1e155], [1e154], epochs=1)
    assert everything(net) == before


def test_diverged_error_under_progress_names_the_epoch_of_the_whole_training(engine):
    net, calls = Net(2, 3, 1, activation="linear", engine=engine), []
    quiet = net.copy()
    with pytest.raises(DivergedError) as expected:
        quiet.train(XOR_X, XOR_Y, eta=40, epochs=1000)
    with pytest.raises(DivergedError) as diverged:
        net.train(XOR_X, XOR_Y, eta=40, epochs=1000, progress=lambda history: calls.append(history.epochs))
    assert diverged.value.epoch == expected.value.epoch > calls[-1] > 0
    assert everything(net) == everything(quiet)


def test_diverged_error_can_be_pickled():
    error = pickle.loads(pickle.dumps(DivergedError(7, 0.5)))
    assert (error.epoch, error.eta, str(error)) == (7, 0.5, str(DivergedError(7, 0.5)))


@pytest.mark.parametrize("call", [Net.step, Net.explain])
def test_step_that_leaves_the_finite_numbers_restores_the_net(engine, call):
    net = Net(1, 1, activation="linear", engine=engine)
    before = everything(net)
    with pytest.raises((ValueError, ArithmeticError), match="finite"):
        call(net, [1e200], [1], 0.5)
    assert everything(net) == before


def test_step_refuses_an_error_that_is_not_finite(engine):
    net = Net(1, 1, activation="linear", init=0, precision="single", engine=engine)
    before = everything(net)
    with pytest.raises((ValueError, ArithmeticError), match="finite"):
        net.step([1], [1e30])
    assert everything(net) == before


# Interruption -----------------------------------------------------------------------------------------------------


def test_interrupt_in_progress_leaves_the_net_at_an_epoch(engine):
    net, seen = Net(2, 3, 1, seed=2, engine=engine), []
    start = net.copy()

    def progress(history):
        seen.append(history.epochs)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        net.train(XOR_X, XOR_Y, epochs=10**6, progress=progress)
    start.train(XOR_X, XOR_Y, epochs=seen[-1])
    assert everything(net) == everything(start)


class InterruptedRun(Run):
    """A run whose `left`-th next sample is where Ctrl-C is pressed."""

    left = 0

    def samples(self):
        return self

    def __getitem__(self, k):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return super().__getitem__(k)


@pytest.mark.parametrize("batch", [1, 2, 4])
@pytest.mark.parametrize("left", [1, 4, 5, 10, 12])
def test_interrupt_within_an_epoch_leaves_the_net_as_before_that_epoch(batch, left):
    net = Net(2, 3, 1, seed=2, engine="python")
    start = net.copy()
    X, Y = memoryview(array("d", [x for row in XOR_X for x in row])), memoryview(array("d", XOR_Y))
    run = InterruptedRun(X, Y, 2, 1, 0.5, batch, True, net.generator)
    run.left = left
    with pytest.raises(KeyboardInterrupt):
        bp.train(net.structure, net.parameters, run, 100)
    epochs = (left - 1) // 4
    assert run.errors.tolist() == start.train(XOR_X, XOR_Y, epochs=epochs, batch=batch).error
    assert everything(net) == everything(start)


CTRL_C = """
import os, signal, sys, threading
sys.path.insert(0, sys.argv[1])
from microbp import Net

X = [[(16 * k + 5 * i) % 37 / 64 for i in range(16)] for k in range(100)]
Y = [[k % 3 / 4, k % 5 / 8] for k in range(100)]
net = Net(16, 12, 2, engine=sys.argv[2])
twin = net.copy()
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    net.train(X, Y, epochs=10**9, eta=0.1)
except KeyboardInterrupt:
    print("interrupted")
for epoch in range(10**6):
    if bytes(twin.parameters) == bytes(net.parameters):
        print(epoch, twin.generator.state == net.generator.state)
        break
    twin.train(X, Y, epochs=1, eta=0.1)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to a process")
def test_ctrl_c_stops_a_training_at_an_epoch(engine):
    command = [sys.executable, "-c", CTRL_C, str(PACKAGE), engine]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stderr
    interrupted, epoch, same_state = answer.stdout.split()
    assert (interrupted, same_state) == ("interrupted", "True")
    assert int(epoch) > 0


# History ----------------------------------------------------------------------------------------------------------


def test_history_tells_what_the_training_was_like(engine):
    net = Net(2, 3, 1, seed=3, engine=engine)
    first = net.error(XOR_X, XOR_Y)
    history = net.train(XOR_X, XOR_Y, epochs=20, batch="all")
    assert (history.epochs, history.planned, history.samples, len(history.error)) == (20, 20, 4, 20)
    assert history.error[0] == pytest.approx(first, rel=1e-15)  # as the samples were met, in another order
    assert history.seconds > 0
    assert history.samples_per_second == 80 / history.seconds
    assert "20 epochs of 4 samples" in repr(history)


def test_xor_is_learnt(engine):
    net = Net(2, 2, 1, seed=7, engine=engine)
    history = net.train(XOR_X, XOR_Y, eta=0.5, epochs=4000)
    assert [round(y_hat[0]) for y_hat in net.predict(XOR_X)] == XOR_Y
    assert history.error[-1] < 0.01 < history.error[0]


def test_digest_tells_structure_and_parameters_apart(engine):
    nets = [
        Net(2, 2, 1, init=0.5, engine=engine),
        Net(2, 2, 1, init=0.25, engine=engine),
        Net(2, 2, 1, init=0.5, activation="tanh", engine=engine),
        Net(2, 2, 1, init=0.5, output="tanh", engine=engine),
        Net(2, 2, 1, init=0.5, precision="single", engine=engine),
        Net(2, 1, 1, init=0.5, engine=engine),
    ]
    assert len({net.digest() for net in nets}) == len(nets)
    net = nets[0]
    net.layers[-1].neurons[0].threshold = math.nextafter(0.5, 1) if hasattr(math, "nextafter") else 0.5 + 2.0**-53
    assert net.digest() not in {Net(2, 2, 1, init=0.5, engine=engine).digest(), *(other.digest() for other in nets[1:])}
    assert len(net.digest()) == 64


def test_generator_goes_with_the_net_not_with_the_digest(engine):
    net = Net(2, 2, 1, engine=engine)
    digest = net.digest()
    net.generator = Generator(5)
    assert net.digest() == digest
