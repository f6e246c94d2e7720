"""Losses: errors and gradients agree, extreme inputs stay finite and right, bad combinations are refused."""

import math
import re

import pytest

from microbp import Net, bp
from microbp.rows import double, single

HIDDEN = ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "linear"]
ENDS = [
    *[(output, loss) for loss in ("squared_error", "absolute", "huber") for output in HIDDEN],
    ("sigmoid", "cross_entropy"),
    ("softmax", "cross_entropy"),
]


@pytest.fixture(params=[double, single], ids=["double", "single"])
def rows(request):
    return request.param


def net_and_sample(hidden, output, loss, engine, precision="double"):
    """A 3-4-3-3 net away from every kink, and one sample."""
    net = Net(3, 4, 3, 3, activation=hidden, output=output, loss=loss, init=(-1.5, 1.5), seed=5, engine=engine,
              precision=precision)  # fmt: skip
    y = [0.25, 0.5, 0.25] if loss == "cross_entropy" else [0.3, 2.5, -3.0]
    return net, [0.5, -0.75, 0.375], y


def gradients_agree(net, x, y):
    step = net.explain(x, y, eta=1)
    for layer, dw, dtheta in zip(net.layers, step.dweights, step.dthresholds):
        for values, changes in zip((*layer.weights, layer.thresholds), (*dw, dtheta)):
            for j, change in enumerate(changes):
                value, h = values[j], 2.0**-14
                values[j] = value + h
                above = net.explain(x, y).E
                values[j] = value - h
                slope = (above - net.explain(x, y).E) / (2 * h)
                values[j] = value
                assert -change == pytest.approx(slope, rel=1e-5, abs=2e-8)


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize(("output", "loss"), ENDS)
def test_gradients_of_every_loss_through_every_activation_are_the_central_differences(hidden, output, loss, engine):
    gradients_agree(*net_and_sample(hidden, output, loss, engine))


@pytest.mark.parametrize(("output", "loss"), ENDS)
def test_the_error_of_the_net_is_the_error_of_the_step_and_of_the_training(output, loss, engine):
    for precision in ("double", "single"):
        net, x, y = net_and_sample("tanh", output, loss, engine, precision)
        E = net.explain(x, y).E
        assert net.error([x], [y]) == E
        assert net.train([x], [y], epochs=1, eta=1e-9).error == [E]


# Each formula, with numbers for which every operation is exact ---------------------------------------------------


def test_absolute(rows):
    # |3/4 - 1| + |1/4 - 0| + |2 + 1| = 1/4 + 1/4 + 3
    y_hat, y = rows.row([0.75, 0.25, 2.0]), rows.row([1.0, 0.0, -1.0])
    error, difference, _ = bp.LOSSES["absolute"]
    assert error(rows, y_hat, y, y) == 3.5
    assert [difference(a, b) for a, b in zip(y, y_hat)] == [1.0, -1.0, -1.0]
    assert difference(0.5, 0.5) == 0.0


def test_huber(rows):
    # r = -1/4, 1/2, 3, 1: 1/2 1/16 + 1/2 1/4 + (3 - 1/2) + 1/2
    y_hat, y = rows.row([0.75, 0.5, 2.0, 1.0]), rows.row([1.0, 0.0, -1.0, 0.0])
    error, difference, _ = bp.LOSSES["huber"]
    assert error(rows, y_hat, y, y) == 1 / 32 + 1 / 8 + 5 / 2 + 1 / 2
    assert [difference(a, b) for a, b in zip(y, y_hat)] == [0.25, -0.5, -1.0, -1.0]


def test_single_absolute_and_huber_round_each_operation():
    # 1 + 2**-24 is no binary32 number, and 1 is the nearest
    y_hat, y = single.row([1.0, 2.0**-24]), single.row([0.0, 0.0])
    assert bp.absolute(single, y_hat, y, y) == 1.0
    assert bp.absolute(double, y_hat, y, y) == 1.0 + 2.0**-24
    assert bp.huber(single, single.row([1.0, 2.0**-11]), y, y) == 0.5 + 2.0**-23
    assert bp.huber(single, single.row([1.0, 2.0**-13]), y, y) == 0.5


def test_cross_entropy_is_minus_the_log_of_the_likelihood():
    z, y = [0.3, -1.25, 4.0], [0.25, 0.0, 1.0]
    likelihood = sum(math.log(1 / (1 + math.exp(-a))) * b + math.log(1 - 1 / (1 + math.exp(-a))) * (1 - b)
                     for a, b in zip(z, y))  # fmt: skip
    assert bp.cross_entropy(double, [], y, z) == pytest.approx(-likelihood, rel=1e-12)
    e = [math.exp(a) for a in z]
    y = [0.25, 0.0, 0.75]
    expected = -sum(b * math.log(a / sum(e)) for a, b in zip(e, y))
    assert bp.softmax_cross_entropy(double, [], y, z) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_softmax_and_cross_entropy_at_extreme_inputs(precision, engine):
    net = Net(1, 3, output="softmax", loss="cross_entropy", init=0, precision=precision, engine=engine)
    net.layers[0].weights[0][:] = [1.0, 0.0, -1.0]
    for x in (1e4, 1e30):
        assert net([x]) == [1.0, 0.0, 0.0]
        assert net([-x]) == [0.0, 0.0, 1.0]
        assert net.error([[x]], [[1, 0, 0]]) == 0.0
        as_held = net.structure.buffer()
        as_held[0] = x
        assert net.error([[x]], [[0, 0, 1]]) == 2 * as_held[0]
        step = net.explain([x], [0, 0, 1])
        assert step.g == [-1.0, 0.0, 1.0]
    assert net([0]) == pytest.approx([1 / 3] * 3)
    assert net.error([[0]], [[0, 1, 0]]) == pytest.approx(math.log(3), rel=1e-6)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_sigmoid_cross_entropy_at_extreme_inputs(precision, engine):
    net = Net(1, 1, loss="cross_entropy", init=0, precision=precision, engine=engine)
    net.layers[0].weights[0][0] = 1.0
    for x in (1024.0, 2.0**60):
        assert (net.error([[x]], [1]), net.error([[x]], [0])) == (0.0, x)
        assert (net.error([[-x]], [0]), net.error([[-x]], [1])) == (0.0, x)
        assert net.explain([x], [0]).g == [-1.0]
    assert net.error([[0]], [0.5]) == pytest.approx(math.log(2), rel=1e-6)


# What is refused -------------------------------------------------------------------------------------------------

REFUSED = [
    (lambda: Net(2, 3, 2, activation="softmax"), ["softmax", "hidden layer 1", "relu"]),
    (lambda: Net(2, 2, 3, 2, activation=["tanh", "softmax"], output="linear"), ["softmax", "hidden layer 2"]),
    (lambda: Net(2, 3, 2, output="softmax"), ["softmax", 'loss="cross_entropy"', "'squared_error'"]),
    (lambda: Net(2, 3, 2, output="softmax", loss="huber"), ["softmax", "cross_entropy", "'huber'"]),
    (lambda: Net(2, 3, 2, output="linear", loss="cross_entropy"), ["cross_entropy", 'output="softmax"', "'linear'"]),
    (lambda: Net(2, 3, 2, activation="tanh", loss="cross_entropy"), ["cross_entropy", 'output="sigmoid"', "'tanh'"]),
    (lambda: Net(2, 3, 2, loss="crossentropy"), ["loss", "did you mean 'cross_entropy'"]),
    (lambda: Net(2, 3, 2, activation="leakyrelu"), ["activation", "did you mean 'leaky_relu'"]),
    (lambda: Net(1, 2, loss="cross_entropy").error([[0]], [[0.5, -0.25]]), ["Y[0][1]", "from 0 to 1", "-0.25"]),
    (lambda: Net(1, 1, loss="cross_entropy").train([[0], [1]], [1, 2]), ["Y[1][0]", "from 0 to 1", "got 2"]),
    (lambda: Net(1, 1, loss="cross_entropy").step([0], [3]), ["y[0]", "from 0 to 1", "got 3"]),
    (
        lambda: Net(1, 2, output="softmax", loss="cross_entropy").train([[0], [1]], [[0, 1], [1, 1]]),
        ["Y[1]", "sum to 1", "got the sum 2", 'output="sigmoid"'],
    ),
    (lambda: Net(1, 2, output="softmax", loss="cross_entropy").explain([0], [0, 0]), ["y must sum to 1", "sum 0"]),
]


@pytest.mark.parametrize(("bad", "words"), REFUSED)
def test_bad_combinations_are_refused_with_what_to_use_instead(bad, words):
    with pytest.raises(ValueError, match=re.escape(words[0])) as caught:
        bad()
    for word in words:
        assert word in str(caught.value)


def test_softmax_targets_may_be_off_by_rounding():
    net = Net(1, 3, output="softmax", loss="cross_entropy", precision="single")
    net.train([[0.5]], [[1 / 3, 1 / 3, 1 / 3]], epochs=1)


# As equations ----------------------------------------------------------------------------------------------------


def printed(activation, output, loss):
    net = Net(1, 1, 2, activation=activation, output=output, loss=loss, init=1.0)
    return str(net.explain([2], [0.25, 0.75], eta=1))


def test_a_step_prints_its_own_slopes_and_losses():
    text = printed("relu", "softmax", "cross_entropy")
    assert "ŷ_1 = exp(β_1 − θ_1) / Σ_j exp(β_j − θ_j) = exp(1 − 1) / (exp(1 − 1) + exp(1 − 1)) = 0.5" in text
    assert "E = −Σ_j y_j·log ŷ_j = −(0.25·log 0.5 + 0.75·log 0.5) = 0.6931471806" in text
    assert "g_1 = y_1 − ŷ_1 = 0.25 − 0.5 = −0.25" in text
    assert "e_1 = (1 if b_1 > 0, else 0)·(w_11·g_1 + w_12·g_2) = (1 if 1 > 0, else 0)·(1·(−0.25) + 1·0.25) = 0" in text
    text = printed("softplus", "linear", "absolute")
    assert "e_1 = sigmoid(α_1 − γ_1)·(" in text
    assert "= sigmoid(2 − 1)·(" in text
    assert "E = Σ_j |ŷ_j − y_j| = |0.3132616875 − 0.25| + |0.3132616875 − 0.75| = 0.5" in text
    assert "g_1 = 1·sign(y_1 − ŷ_1) = 1·sign(0.25 − 0.3132616875) = −1" in text
    text = printed("elu", "sigmoid", "cross_entropy")
    assert "E = −Σ_j (y_j·log ŷ_j + (1 − y_j)·log(1 − ŷ_j)) = −(0.25·log 0.5 + (1 − 0.25)·log(1 − 0.5) + " in text
    assert "e_1 = min(1, b_1 + 1)·(" in text
    text = printed("leaky_relu", "tanh", "huber")
    assert "g_1 = (1 − ŷ_1·ŷ_1)·clip(y_1 − ŷ_1, −1, 1) = (1 − 0·0)·clip(0.25 − 0, −1, 1) = 0.25" in text
    assert "E = Σ_j H(ŷ_j − y_j) = H(0 − 0.25) + H(0 − 0.75) = 0.3125\n" in text
    assert "       H(r) = ½·r² if |r| ≤ 1, else |r| − ½\n  (1)  E" in text


def test_a_step_prints_what_is_frozen():
    net = Net(1, 1, 1, init=1.0)
    net.layers[1].freeze()
    assert "  (7)  Δw_11 = 0, frozen at 1\n  (8)  Δθ_1 = 0, frozen at 1\n" in str(net.explain([2], [1]))
