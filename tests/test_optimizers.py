"""Optimizers: three steps by hand from each paper's formula, PyTorch's, rounding in single, decay, clip, refusals.

D is minus the gradient; by hand the D of each step are given, in front of PyTorch they come from a net.
"""

import math

import pytest

from microbp import Net, optimizers
from microbp.notation import Structure
from microbp.optimizers import BP, Adam, AdamW, IRpropMinus, Momentum, Nesterov, RMSprop, make
from microbp.rows import double, single
from microbp.run import State

ALL = [BP(), Momentum(), Nesterov(), RMSprop(), Adam(), AdamW(), IRpropMinus()]


def path(optimizer, eta, gradients, rows=double, start=0.0):
    """Where one parameter goes from `start` when these D come."""
    state = State(Structure((1, 1), ("linear",), "squared_error", "double"), optimizer)
    numbers, found = (rows.number(start), *[rows.number(0.0)] * optimizer.state_rows), []
    for D in gradients:
        numbers = optimizer.formula(rows, eta, state)(numbers[0], rows.number(D), *numbers[1:])
        numbers = [rows.number(number) for number in numbers]
        state.t += 1
        found.append(float(numbers[0]))
    return found


# Two weights, three steps, by hand: D = (1, -2), then (1/2, -2), then (-1/4, 4) -------------------------------------

FIRST, SECOND = [1.0, 0.5, -0.25], [-2.0, -2.0, 4.0]

BY_HAND = [
    # w += eta D, eta = 1/2
    (BP(), 0.5, [0.5, 0.75, 0.625], [-1.0, -2.0, 0.0]),
    # u: 1, 1/2 + 1/2 = 1, 1/2 - 1/4 = 1/4; u: -2, -1 - 2 = -3, -3/2 + 4 = 5/2; eta = 1/2
    (Momentum(mu=0.5), 0.5, [0.5, 1.0, 1.125], [-1.0, -2.5, -1.25]),
    # D + u/2: 1 + 1/2, 1/2 + 1/2, -1/4 + 1/8; -2 - 1, -2 - 3/2, 4 + 5/4; eta = 1/2
    (Nesterov(mu=0.5), 0.5, [0.75, 1.25, 1.1875], [-1.5, -3.25, -0.625]),
    # v: 1/4, 3/16 + 1/16 = 1/4, 3/16 + 1/64 = 13/64; v: 1, 3/4 + 1 = 7/4, 21/16 + 4 = 85/16; rho = 3/4, eta = 1/2
    (
        RMSprop(rho=0.75, epsilon=1e-30),
        0.5,
        [1.0, 1.5, 1.5 - 1 / math.sqrt(13)],
        [-1.0, -1.0 - 1 / math.sqrt(7 / 4), -1.0 - 1 / math.sqrt(7 / 4) + 2 / math.sqrt(85 / 16)],
    ),
    # beta1 = 1/2, beta2 = 3/4. u: 1/2, 1/2, 1/8, over 1 - 1/2, 1 - 1/4, 1 - 1/8: 1, 2/3, 1/7
    # v: 1/4, 1/4, 13/64, over 1 - 3/4, 1 - 9/16, 1 - 27/64: 1, 4/7, 13/37
    # u: -1, -3/2, 5/4: -2, -2, 10/7; v: 1, 7/4, 85/16: 4, 4, 340/37
    (
        Adam(beta1=0.5, beta2=0.75, epsilon=1e-30),
        0.5,
        [0.5, 0.5 + (1 / 3) / math.sqrt(4 / 7), 0.5 + (1 / 3) / math.sqrt(4 / 7) + (1 / 14) / math.sqrt(13 / 37)],
        [-0.5, -1.0, -1.0 + (5 / 7) / math.sqrt(340 / 37)],
    ),
    # steps 1/2, 3/5, and back: 3/10 with D = 0; 1/2, 3/5, and back
    (IRpropMinus(), 0.5, [0.5, 1.1, 1.1], [-0.5, -1.1, -1.1]),
]


@pytest.mark.parametrize(("optimizer", "eta", "first", "second"), BY_HAND, ids=lambda o: getattr(o, "name", ""))
def test_three_steps_of_two_weights_by_hand(optimizer, eta, first, second):
    assert path(optimizer, eta, FIRST) == pytest.approx(first, rel=1e-14)
    assert path(optimizer, eta, SECOND) == pytest.approx(second, rel=1e-14)


def test_irprop_goes_on_after_a_turn_with_the_smaller_step():
    # 1/2, back: 1/4 and D = 0; then no sign before, so the step stays: -1/4; then the same sign: 1.2/4
    assert path(IRpropMinus(), 0.5, [1.0, -1.0, -1.0, -1.0]) == [0.5, 0.5, 0.25, 0.25 - 0.25 * 1.2]
    assert path(IRpropMinus(largest=0.55), 0.5, [1.0, 1.0]) == [0.5, 1.05]
    assert path(IRpropMinus(smallest=0.4), 0.5, [1.0, -1.0, -1.0]) == [0.5, 0.5, 0.5 - 0.4]
    assert path(IRpropMinus(), 0.5, [0.0, 1.0]) == [0.0, 0.5]


def test_three_steps_of_adamw_by_hand(engine):
    # y_hat = w x - theta with loss absolute: D = (x sign(y - y_hat), -sign(y - y_hat)), here (2, -1) as y is far above.
    # A constant D makes Adam's u / sqrt(v), freed of their bias, its sign: w = w - w/8 + 1/4, theta = theta - 1/4
    net = Net(1, 1, activation="linear", loss="absolute", init=1.0, engine=engine)
    optimizer = AdamW(beta1=0.5, beta2=0.75, epsilon=1e-30, decay=0.5)
    path = []
    net.train([[2]], [100], 0.25, 3, optimizer=optimizer, callback=lambda net, history: path.append(
        (net.layers[0].weights[0][0], net.layers[0].thresholds[0])))  # fmt: skip
    w, theta = [1.125, 1.234375, 1.330078125], [0.75, 0.5, 0.25]
    assert [first for first, _ in path] == pytest.approx(w, rel=1e-14)
    assert [second for _, second in path] == pytest.approx(theta, rel=1e-14)


def test_adamw_shrinks_weights_before_adam():
    net = Net(1, 1, activation="linear", init=1.0)
    net.train([[1]], [3], optimizer=AdamW(decay=0.5), eta=0.25, epochs=1)
    # w = 1 - 1/8, then + 1/4; theta = 1 - 1/4 and no decay
    assert net.layers[0].weights[0][0] == pytest.approx(1.125, rel=1e-7)
    assert net.layers[0].thresholds[0] == pytest.approx(0.75, rel=1e-7)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_decay_moves_weights_and_not_thresholds(precision, engine):
    net = Net(1, 1, activation="linear", init=1.0, precision=precision, engine=engine)
    net.train([[1]], [1], optimizer=BP(decay=0.5), eta=0.25, epochs=1)
    # y_hat = 0, D = 1 - 1/2 for w, -1 for theta
    assert (net.layers[0].weights[0][0], net.layers[0].thresholds[0]) == (1.125, 0.75)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_clip_limits_the_length_of_all_D_before_the_decay(precision, engine):
    def trained(optimizer):
        net = Net(2, 1, activation="linear", init=0, precision=precision, engine=engine)
        net.layers[0].weights[0][0] = 1.0
        net.train([[2, 1]], [6], optimizer=optimizer, eta=0.5, epochs=1)
        return [*(row[0] for row in net.layers[0].weights), net.layers[0].thresholds[0]]

    # y_hat = 2, g = 4: D = (8, 4, -4), of length sqrt(96); clip = sqrt(96) / 8 makes (1, 1/2, -1/2)
    assert trained(BP(clip=math.sqrt(96) / 8)) == pytest.approx([1.5, 0.25, -0.25], rel=1e-6)
    assert trained(BP(clip=math.sqrt(96) / 8, decay=0.5)) == pytest.approx([1.25, 0.25, -0.25], rel=1e-6)
    assert trained(BP(clip=9.8)) == [5.0, 2.0, -2.0] == trained(BP())


# PyTorch's -------------------------------------------------------------------------------------------------------

TORCH = {
    "bp": (lambda t, p: t.SGD(p, lr=0.3), BP(), 0.3),
    "bp, decay": (lambda t, p: t.SGD(p, lr=0.3, weight_decay=0.01), BP(decay=0.01), 0.3),
    "bp, clip": (lambda t, p: t.SGD(p, lr=0.3, weight_decay=0.01), BP(decay=0.01, clip=0.05), 0.3),
    "momentum": (lambda t, p: t.SGD(p, lr=0.1, momentum=0.9), Momentum(), 0.1),
    "momentum, decay": (lambda t, p: t.SGD(p, lr=0.1, momentum=0.8, weight_decay=0.01), Momentum(0.8, decay=0.01), 0.1),
    "nesterov": (lambda t, p: t.SGD(p, lr=0.1, momentum=0.9, nesterov=True), Nesterov(), 0.1),
    "rmsprop": (lambda t, p: t.RMSprop(p, lr=0.01, alpha=0.9), RMSprop(), 0.01),
    "adam": (lambda t, p: t.Adam(p, lr=0.01), Adam(), 0.01),
    "adam, decay": (lambda t, p: t.Adam(p, lr=0.01, weight_decay=0.1), Adam(decay=0.1), 0.01),
    "adamw": (lambda t, p: t.AdamW(p, lr=0.01, weight_decay=0.1), AdamW(decay=0.1), 0.01),
    "rprop": (lambda t, p: t.Rprop(p, lr=0.1), IRpropMinus(), 0.1),
}


@pytest.mark.parametrize("name", TORCH)
def test_twenty_updates_are_those_of_pytorch(name, engine):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs, optimizer, eta = TORCH[name]
    net = Net(2, 3, 2, activation="tanh", output="linear", seed=6, engine=engine)
    X, Y = [[0.5, -1.0], [0.25, 0.75], [-0.5, 0.5]], [[0.5, 1.0], [-1.0, 0.25], [0.75, 0.5]]
    w = [torch.tensor([list(row) for row in layer.weights], dtype=torch.float64, requires_grad=True)
         for layer in net.layers]  # fmt: skip
    theta = [torch.tensor(list(layer.thresholds), dtype=torch.float64, requires_grad=True) for layer in net.layers]
    no_decay = {} if name == "rprop" else {"weight_decay": 0.0}
    other = theirs(torch.optim, [{"params": w}, {"params": theta, **no_decay}])
    for _ in range(20):
        b = torch.tanh(torch.tensor(X, dtype=torch.float64) @ w[0] - theta[0])
        error = 0.5 * ((b @ w[1] - theta[1] - torch.tensor(Y, dtype=torch.float64)) ** 2).sum() / 3
        other.zero_grad()
        error.backward()
        if optimizer.clip is not None:
            length = torch.sqrt(sum((p.grad**2).sum() for p in (*w, *theta)))
            if length > optimizer.clip:
                for p in (*w, *theta):
                    p.grad *= optimizer.clip / length
        other.step()
    net.train(X, Y, optimizer=optimizer, eta=eta, epochs=20, batch="all", shuffle=False)
    for layer, w_n, theta_n in zip(net.layers, w, theta):
        for row, expected in zip((*layer.weights, layer.thresholds), (*w_n.tolist(), theta_n.tolist())):
            assert list(row) == pytest.approx(expected, rel=0, abs=1e-10)


# Single precision: every operation rounded, in the order of the formula --------------------------------------------


def rounded(x):
    return single.row([x])[0]


def test_single_adam_rounds_each_operation():
    r, D = rounded, rounded(0.37)
    eta, c = r(0.01 / (1 - 0.9)), r(math.sqrt(1 - 0.999))
    u = r(r(1.0 - 0.9) * D)
    v = r(r(1 - 0.999) * r(D * D))
    step = r(r(eta * u) / r(r(r(math.sqrt(v)) / c) + r(1e-8)))
    assert path(Adam(), 0.01, [0.37], single, 1.0) == [r(1.0 + step)]


def test_single_rmsprop_and_nesterov_round_each_operation():
    r, D = rounded, rounded(0.37)
    v = r(r(1 - 0.9) * r(D * D))
    assert path(RMSprop(), 0.01, [0.37], single, 1.0) == [r(1.0 + r(r(r(0.01) * D) / r(r(math.sqrt(v)) + r(1e-8))))]
    assert path(Nesterov(), 0.1, [0.37], single, 1.0) == [r(1.0 + r(r(0.1) * r(D + r(r(0.9) * D))))]


def test_adam_keeps_its_powers_as_running_products():
    state = State(Structure((1, 1), ("linear",), "squared_error", "single"), Adam())
    p1 = p2 = 1.0
    for _ in range(50):
        Adam().formula(single, 0.1, state)
        p1, p2 = p1 * 0.9, p2 * 0.999
    assert (state.p1, state.p2) == (p1, p2)


# Objects ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ALL, ids=lambda optimizer: optimizer.name)
def test_make_and_settings_and_repr_round_trip(optimizer):
    assert make(optimizer.name) == optimizer
    assert make(optimizer.name, **optimizer.settings()) == optimizer
    assert make(optimizer) is optimizer
    assert eval(repr(optimizer), vars(optimizers)) == optimizer
    assert optimizer != make(optimizer.name, decay=0.5)


REFUSED = [
    (lambda: make("adm"), ValueError, ["optimizer must be one of bp, momentum", "did you mean 'adam'"]),
    (lambda: make(Adam), TypeError, ["write Adam()"]),
    (lambda: make(5), TypeError, ["optimizer", "got 5"]),
    (lambda: Momentum(mu=1.0), ValueError, ["mu must be a finite number >= 0 and < 1, got 1.0"]),
    (lambda: Adam(beta2=-0.5), ValueError, ["beta2", "-0.5"]),
    (lambda: Adam(epsilon=0), ValueError, ["epsilon", "got 0"]),
    (lambda: BP(decay=-1), ValueError, ["decay must be a finite number >= 0, got -1"]),
    (lambda: BP(clip=0), ValueError, ["clip must be a finite number > 0, got 0"]),
    (lambda: BP(clip="1"), TypeError, ["clip", "'1'"]),
    (lambda: IRpropMinus(plus=0.9), ValueError, ["plus", "0.9"]),
]


@pytest.mark.parametrize(("bad", "error", "words"), REFUSED)
def test_bad_constants_are_refused(bad, error, words):
    with pytest.raises(error) as caught:
        bad()
    for word in words:
        assert word in str(caught.value)
