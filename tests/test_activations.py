"""Activations: values and slopes by hand, both precisions, and where each begins."""

import math

import pytest

from microbp import Net, bp
from microbp.rows import double, single

LEAK = {double: 0.01, single: single.row([0.01])[0]}


@pytest.fixture(params=[double, single], ids=["double", "single"])
def rows(request):
    return request.param


def values(rows, name, z):
    return list(bp.ACTIVATIONS[name][0](rows, rows.row(z)))


def slopes(rows, name, z):
    f, slope = bp.ACTIVATIONS[name]
    z = rows.row(z)
    return list(rows.row([slope(f_j, z_j) for f_j, z_j in zip(rows.numbers(f(rows, z)), z)]))


def test_relu(rows):
    assert values(rows, "relu", [2.0, 0.0, -0.5]) == [2.0, 0.0, 0.0]
    assert slopes(rows, "relu", [2.0, 0.0, -0.5]) == [1.0, 0.0, 0.0]


def test_leaky_relu(rows):
    leak = LEAK[rows]
    assert values(rows, "leaky_relu", [2.0, 0.0, -0.5]) == [2.0, 0.0, -0.5 * leak]
    assert slopes(rows, "leaky_relu", [2.0, 0.0, -0.5]) == [1.0, leak, leak]


def test_leaky_relu_rounds_its_product_once():
    z = single.row([-3.1])[0]
    assert values(single, "leaky_relu", [z]) == [single.row([LEAK[single] * z])[0]]


def test_elu(rows):
    z = [2.0, 0.0, -0.5, -800.0]
    assert values(rows, "elu", z) == pytest.approx([2.0, 0.0, math.exp(-0.5) - 1.0, -1.0], rel=1e-6)
    assert slopes(rows, "elu", z) == pytest.approx([1.0, 1.0, math.exp(-0.5), 0.0], rel=1e-6)


def test_softplus(rows):
    z = [0.0, 2.0, -2.0, 1000.0, -1000.0]
    exact = [math.log(2), math.log1p(math.exp(2)), math.log1p(math.exp(-2)), 1000.0, 0.0]
    assert values(rows, "softplus", z) == pytest.approx(exact, rel=1e-6)
    assert slopes(rows, "softplus", z) == pytest.approx([0.5, 1 / (1 + math.exp(-2)), 1 / (1 + math.exp(2)), 1.0, 0.0],
                                                        rel=1e-6)  # fmt: skip


def test_softmax(rows):
    assert values(rows, "softmax", [0.0, 0.0, 0.0, 0.0]) == [0.25] * 4
    assert values(rows, "softmax", [1000.0, 1000.0, -1000.0]) == [0.5, 0.5, 0.0]
    exact = [math.exp(a) / (math.exp(1.0) + math.exp(2.0)) for a in (1.0, 2.0)]
    assert values(rows, "softmax", [1.0, 2.0]) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("name", [name for name in bp.ACTIVATIONS if name != "softmax"])
def test_a_net_of_one_neuron_is_its_activation(name, precision, engine):
    net = Net(1, 1, activation=name, init=0, precision=precision, engine=engine)
    net.layers[0].weights[0][0] = 1.0
    net.layers[0].thresholds[0] = 0.25
    rows = bp.ROWS[precision]
    for x in (-2.0, 0.25, 0.5, 3.0):
        assert net([x]) == values(rows, name, [x - 0.25])


# Initial parameters ----------------------------------------------------------------------------------------------


def spread(init, activation="sigmoid"):
    """The largest weight and threshold of a wide hidden layer."""
    layer = Net(24, 150, 1, init=init, activation=activation, output="linear", seed=3).layers[0]
    return max(abs(w) for row in layer.weights for w in row), max(map(abs, layer.thresholds))


@pytest.mark.parametrize(("init", "limit"), [("xavier", math.sqrt(6 / 174)), ("lecun", math.sqrt(3 / 24))])
def test_uniform_initialisers(init, limit):
    w, theta = spread(init)
    assert 0.99 * limit < w < limit
    assert 0.9 * limit < theta < limit


def test_he_and_its_thresholds_of_0():
    w, theta = spread("he")
    assert 0.99 * math.sqrt(6 / 24) < w < math.sqrt(6 / 24)
    assert theta == 0.0


def test_zeros_and_constants():
    assert spread("zeros") == (0.0, 0.0)
    assert spread(0.25) == (0.25, 0.25)


def test_the_default_is_he_for_the_relu_family_and_xavier_for_others():
    for name in ("relu", "leaky_relu"):
        assert spread(None, name) == spread("he", name)
    for name in ("sigmoid", "tanh", "linear", "elu", "softplus"):
        assert spread(None, name) == spread("xavier", name)


def test_one_initialiser_for_each_layer():
    net = Net(4, 3, 2, activation="relu", output="softmax", loss="cross_entropy", init=["lecun", 0.5], seed=2)
    assert list(net.layers[0].weights[0]) == list(Net(4, 3, 2, init="lecun", seed=2).layers[0].weights[0])
    assert {w for row in net.layers[1].weights for w in row} == {0.5}
    default = Net(4, 3, 2, activation="relu", output="softmax", loss="cross_entropy", seed=2)
    for init in ([None, None], ["he", "xavier"], [None, "xavier"]):
        same = Net(4, 3, 2, activation="relu", output="softmax", loss="cross_entropy", init=init, seed=2)
        assert same.digest() == default.digest()
    pairs = Net(4, 3, 2, init=[(0.0, 1.0), (-1.0, 0.0)])
    assert all(w >= 0 for row in pairs.layers[0].weights for w in row)
    assert all(w <= 0 for row in pairs.layers[1].weights for w in row)
    assert Net(4, 3, 2, init=[0.25, 0.5]).digest() == Net(4, 3, 2, init=(0.25, 0.5)).digest()  # one pair, for both
    with pytest.raises(ValueError, match="init must list one for each of 2 layers, got 3"):
        Net(4, 3, 2, init=["he", "he", "he"])


def test_nguyen_widrow_gives_every_hidden_neuron_its_length():
    net = Net(3, 10, 2, init="nguyen_widrow", seed=4)
    length = 0.7 * 10 ** (1 / 3)
    for neuron in net.layers[0].neurons:
        assert math.sqrt(sum(w * w for w in neuron.weights)) == pytest.approx(length)
        assert abs(neuron.threshold) < length
    assert max(abs(w) for row in net.layers[1].weights for w in row) < 0.5


def test_initialisers_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match="nguyen_widrow, book, zeros, got 'xavjer'; did you mean 'xavier'"):
        Net(1, 1, init="xavjer")
