"""`net.check_gradients`: right gradients pass on every activation and loss, a broken one is found where it is."""

import pytest

from microbp import Net
from microbp.generator import Generator
from microbp.optimizers import Momentum
from microbp.teach import gradients

XOR_X = [[0, 0], [0, 1], [1, 0], [1, 1]]
XOR_Y = [0, 1, 1, 0]
ACTIVATIONS = ["sigmoid", "tanh", "linear", "relu", "leaky_relu", "elu", "softplus"]
OUTPUTS = [
    ("sigmoid", "squared_error"),
    ("tanh", "squared_error"),
    ("linear", "absolute"),
    ("linear", "huber"),
    ("sigmoid", "cross_entropy"),
    ("softmax", "cross_entropy"),
]


def samples(d, m):
    """Random inputs, and targets of two classes."""
    generator = Generator(3)
    return [[generator.uniform(-1, 1) for _ in range(d)] for _ in range(m)], [[k % 2, 1 - k % 2] for k in range(m)]


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize(("output", "loss"), OUTPUTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_engines_gradients_are_right(engine, activation, output, loss, precision):
    form = {"activation": activation, "output": output, "loss": loss, "precision": precision}
    net = Net(3, 4, 3, 2, init=(-1.5, 1.5), seed=11, engine=engine, **form)
    before = net.digest()
    check = net.check_gradients(*samples(3, 5))
    assert check.ok, str(check)
    assert [(group.name, group.checked, group.frozen) for group in check.groups] == [
        ("layers[0].weights", 12, 0),
        ("layers[0].thresholds", 4, 0),
        ("layers[1].weights", 12, 0),
        ("layers[1].thresholds", 3, 0),
        ("layers[2].weights", 6, 0),
        ("layers[2].thresholds", 2, 0),
    ]
    assert check.worst.difference < (1e-6 if precision == "double" else 1e-3)
    assert any(group.largest for group in check.groups)
    assert net.digest() == before


def test_the_gradients_are_those_that_training_follows(engine):
    net = Net(2, 3, 1, seed=7, engine=engine)
    X, Y = net._inputs(XOR_X), net._targets(XOR_Y, 4)
    D = gradients.analytic(net, X, Y, None)
    twin = net.copy()
    twin.train(XOR_X, XOR_Y, eta=0.5, epochs=1, batch="all", optimizer=Momentum())
    moved = [p + 0.5 * d for p, d in zip(net.parameters, D)]
    assert twin.parameters.tolist() == moved
    assert moved != net.parameters.tolist()


class Broken:
    """An engine whose gradient of one parameter is multiplied by a factor."""

    def __init__(self, engine, place, factor):
        self.engine, self.place, self.factor = engine, place, factor

    def __getattr__(self, name):
        return getattr(self.engine, name)

    def train(self, structure, parameters, run, epochs):
        finite = self.engine.train(structure, parameters, run, epochs)
        run.state.buffers[0][self.place] *= self.factor
        return finite


@pytest.mark.parametrize("factor", [-1.0, 0.0, 0.5, 2.0, 1.001])
@pytest.mark.parametrize(("layer", "neuron", "weight"), [(0, 1, 0), (1, 0, 2), (1, 0, None), (0, 2, None)])
def test_one_broken_gradient_is_named(engine, layer, neuron, weight, factor):
    net = Net(2, 3, 1, seed=7, engine=engine)
    net._engine = Broken(net._engine, gradients.offset(net.structure.layers[layer], neuron, weight), factor)
    check = net.check_gradients(XOR_X, XOR_Y)
    assert not check.ok
    worst = check.worst
    assert (worst.layer, worst.neuron, worst.weight) == (layer, neuron, weight)
    assert worst.analytic == pytest.approx(factor * worst.numeric, rel=1e-6, abs=1e-9)
    assert sum(len(group.failed) for group in check.groups) == 1
    what = "threshold" if weight is None else f"weights[{weight}]"
    assert f"WRONG: layers[{layer}].neurons[{neuron}].{what}: analytic" in str(check)
    assert "1 of 13 gradients differ" in str(check)


def test_a_wrong_slope_in_the_python_engine_is_found(monkeypatch):
    from microbp import bp

    monkeypatch.setitem(bp.ACTIVATIONS, "tanh", (bp.ACTIVATIONS["tanh"][0], lambda f, z=0.0: 1.0 - f))
    net = Net(2, 3, 1, activation="tanh", output="sigmoid", seed=7, engine="python")
    check = net.check_gradients(XOR_X, XOR_Y)
    assert [bool(group.failed) for group in check.groups] == [True, True, False, False]


def test_sample_weights_count(engine):
    net = Net(2, 3, 1, seed=7, engine=engine)
    weighted = net.check_gradients(XOR_X, XOR_Y, sample_weight=[0, 1, 2.5, 0])
    assert weighted.ok
    assert weighted.groups[0].largest != net.check_gradients(XOR_X, XOR_Y).groups[0].largest


def test_frozen_parameters_are_not_compared(engine):
    net = Net(2, 3, 1, seed=7, engine=engine)
    net.layers[0].freeze()
    net.layers[1].mask[1][0] = 0
    check = net.check_gradients(XOR_X, XOR_Y)
    assert [(group.checked, group.frozen) for group in check.groups] == [(0, 6), (0, 3), (2, 1), (1, 0)]
    assert check.ok
    assert str(check).endswith("not compared: 10, frozen")


def test_a_corner_is_told_and_no_false_alarm(engine):
    net = Net(1, 1, 1, activation="relu", output="linear", engine=engine)
    net.layers[0].weights, net.layers[0].thresholds = [[1.0]], [0.5]
    net.layers[1].weights, net.layers[1].thresholds = [[1.0]], [0.0]
    corner = net.check_gradients([[0.5]], [[1.0]])
    assert corner.ok
    assert [kink.name for group in corner.groups for kink in group.kinks] == [
        "layers[0].neurons[0].weights[0]",
        "layers[0].neurons[0].threshold",
    ]
    assert "not judged: 2, at a corner of relu or abs, as layers[0].neurons[0].weights[0]" in str(corner)
    near = net.check_gradients([[0.5 + 1e-6]], [[1.0]])  # within the first step, not within the smallest
    assert near.ok
    assert not any(group.kinks for group in near.groups)


def test_a_corner_of_the_absolute_loss(engine):
    net = Net(1, 1, activation="linear", loss="absolute", init=1.0, engine=engine)
    net.layers[0].thresholds = [0.0]
    check = net.check_gradients([[2.0]], [[2.0 + 1e-10]])
    assert check.ok
    assert [len(group.kinks) for group in check.groups] == [1, 1]


def test_a_mistake_away_from_corners_is_none_of_them(engine):
    net = Net(2, 3, 1, activation="relu", output="linear", init=(0.1, 1.0), seed=7, engine=engine)
    net._engine = Broken(net._engine, gradients.offset(net.structure.layers[1], 0, 0), 2.0)
    check = net.check_gradients([[1, 2], [2, 1]], [3, 4])
    assert not check.ok
    assert check.worst.name == "layers[1].neurons[0].weights[0]"


def test_a_limit_takes_the_same_parameters_every_time(engine):
    net = Net(6, 5, 2, seed=7, engine=engine)
    check = net.check_gradients(*samples(6, 3), limit=4)
    assert [(group.checked, group.count) for group in check.groups] == [(4, 30), (4, 5), (4, 10), (2, 2)]
    assert str(check) == str(net.check_gradients(*samples(6, 3), limit=4))
    assert "4 of 30" in str(check)


def test_steep_inputs_are_no_false_alarm(engine):
    net = Net(2, 3, 1, seed=7, engine=engine)
    assert net.check_gradients([[300, 5], [0.5, 1000]], [0, 1]).ok


def test_a_net_without_hidden_layer_and_its_table(engine):
    text = str(Net(2, 1, seed=7, precision="single", engine=engine).check_gradients(XOR_X, XOR_Y))
    assert "differences in a double copy; 4 samples, E = " in text
    assert "all 3 gradients agree (relative difference up to 0.001)\nworst: layers[0]." in text


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"limit": 0}, ValueError, "limit must be a whole number >= 1, got 0"),
        ({"tolerance": 0}, ValueError, "tolerance must be a finite number > 0"),
        ({"sample_weight": [1]}, ValueError, "sample_weight must be 4 numbers"),
    ],
)
def test_bad_arguments_are_named(arguments, kind, words):
    with pytest.raises(kind, match=words.replace("[", r"\[")):
        Net(2, 2, 1).check_gradients(XOR_X, XOR_Y, **arguments)


def test_an_error_that_is_not_finite_is_told():
    net = Net(1, 1, activation="linear", init=1e200)
    with pytest.raises(ValueError, match="not finite"):
        net.check_gradients([[1e200]], [[0]])
