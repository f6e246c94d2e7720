"""Schedules: eta of every epoch, by the published formulas, to the bit."""

import mpmath
import pytest

from microbp import DivergedError, Net
from microbp.arithmetic import exp, log
from microbp.schedules import BoldDriver, Cosine, Exponential, InverseScaling, Plateau, Step, cos_pi, power

XOR_X, XOR_Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


def etas(engine, schedule, epochs=8, eta=0.5, **keywords):
    net = Net(2, 2, 1, seed=7, engine=engine)
    return net.train(XOR_X, XOR_Y, eta, epochs, schedule=schedule, **keywords).eta


def test_cosine_is_that_of_mpmath():
    with mpmath.workprec(120):
        for k in range(4001):
            t = k / 4000
            assert abs(mpmath.cos(mpmath.pi * mpmath.mpf(t)) - cos_pi(t)) < 1e-15


def test_cosine_has_golden_bits():
    assert [cos_pi(t).hex() for t in (0.1, 0.3, 0.7, 0.9)] == [
        "0x1.e6f0e134454ffp-1",
        "0x1.2cf2304755a5ep-1",
        "-0x1.2cf2304755a5cp-1",
        "-0x1.e6f0e13445500p-1",
    ]
    assert [cos_pi(t).hex() for t in (0.0, 0.5, 1.0)] == ["0x1.0000000000000p+0", "0x0.0p+0", "-0x1.0000000000000p+0"]
    assert [cos_pi(1 - t) == -cos_pi(t) for t in (0.125, 0.375)] == [True, True]


def test_cosine_falls_at_the_seams():
    for seam in (0.25, 0.75):
        values = [cos_pi(seam + k * 2.0**-50) for k in range(-50, 51)]
        assert values == sorted(values, reverse=True)


def test_power():
    assert power(0.9, 3) == 0.9 * (0.9 * 0.9)
    assert power(2.0, 100) == 2.0**100


@pytest.mark.parametrize(
    ("schedule", "wanted"),
    [
        (None, [0.5] * 8),
        ("constant", [0.5] * 8),
        ("step:3,0.5", [0.5] * 3 + [0.25] * 3 + [0.125] * 2),
        (Step(4, 0.1), [0.5] * 4 + [0.05] * 4),
        ("exponential:0.5", [0.5 / 2**n for n in range(8)]),
        (lambda n: 1 / n, [1 / n for n in range(1, 9)]),
        ("cosine:2,0,4", [0.25, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25]),
    ],
)
def test_etas_of_a_training(engine, schedule, wanted):
    assert etas(engine, schedule) == pytest.approx(wanted, rel=1e-15)


def test_inverse_scaling(engine):
    assert etas(engine, InverseScaling(0.5)) == pytest.approx([0.5 / n**0.5 for n in range(1, 9)], rel=3e-16)


def test_golden_etas(engine):
    assert [eta.hex() for eta in etas(engine, Cosine(1), 4)] == GOLDEN_COSINE
    assert [eta.hex() for eta in etas(engine, InverseScaling(), 4)] == GOLDEN_INVERSE
    assert [eta.hex() for eta in etas(engine, Exponential(), 4)] == GOLDEN_EXPONENTIAL


def test_each_formula_is_in_the_order_of_the_contract(engine):
    # clause 12: powers by squaring from the lowest bit up, no libm
    eta, factor, squares = 0.3, 0.97, [0.97]
    for _ in range(4):
        squares.append(squares[-1] * squares[-1])
    third = factor * squares[1]
    powers = [1.0, factor, squares[1], third, squares[2], factor * squares[2], squares[1] * squares[2]]
    assert etas(engine, Exponential(factor), 7, eta) == [eta * power for power in powers]
    assert etas(engine, Step(2, factor), 7, eta) == [eta * powers[n // 2] for n in range(7)]
    wanted = [eta * (n / 3) for n in (1, 2, 3)]
    wanted += [eta * (0.1 + (1.0 - 0.1) * (0.5 * (1.0 + cos_pi(n / 5)))) for n in range(5)]
    assert etas(engine, Cosine(3, 0.1), 8, eta) == wanted
    assert etas(engine, InverseScaling(0.7), 4, eta) == [eta / exp(0.7 * log(float(n))) for n in (1, 2, 3, 4)]


@pytest.mark.parametrize("batch", [1, 2])
def test_eta_is_rounded_where_it_is_used(engine, batch):
    eta = 0.1 * 0.97  # no binary32
    nets = [Net(2, 2, 1, seed=7, precision="single", engine=engine) for _ in range(2)]
    nets[0].train(XOR_X, XOR_Y, 0.1, 1, batch, schedule=lambda n: eta, shuffle=False)
    nets[1].train(XOR_X, XOR_Y, eta, 1, batch, shuffle=False)
    assert nets[0].digest() == nets[1].digest()


GOLDEN_COSINE = ["0x1.0000000000000p-1", "0x1.0000000000000p-1", "0x1.8000000000000p-2", "0x1.0000000000001p-3"]
GOLDEN_INVERSE = ["0x1.0000000000000p-1", "0x1.6a09e667f3bcdp-2", "0x1.279a74590331dp-2", "0x1.0000000000000p-2"]
GOLDEN_EXPONENTIAL = ["0x1.0000000000000p-1", "0x1.fae147ae147aep-2", "0x1.f5cfaacd9e83ep-2", "0x1.f0cb07d0aed99p-2"]


def test_plateau_cuts_where_the_error_stands(engine):
    # a net that cannot learn: its error never falls after the first epoch
    net = Net(1, 1, init=0, engine=engine)
    history = net.train([0.0], [0.5], 0.5, 7, schedule=Plateau(patience=2, factor=0.5))
    assert history.eta == [0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]


@pytest.mark.parametrize("batch", [1, 2, "all"])
@pytest.mark.parametrize("optimizer", ["bp", "momentum", "adam"])
def test_bold_driver_never_lets_the_error_rise(engine, batch, optimizer):
    net = Net(2, 3, 1, seed=3, engine=engine)
    errors = [net.error(XOR_X, XOR_Y)]
    history = net.train(
        XOR_X, XOR_Y, 8.0, 60, batch, schedule="bold", optimizer=optimizer,
        callback=lambda net, history: errors.append(net.error(XOR_X, XOR_Y)),
    )  # fmt: skip
    assert errors == sorted(errors, reverse=True)
    grown = [after / before for before, after in zip(history.eta, history.eta[1:])]
    assert all(ratio == pytest.approx(1.05) or ratio == pytest.approx(0.7) for ratio in grown)
    for k, ratio in enumerate(grown):
        assert (errors[k + 1] == errors[k]) == (ratio < 1) or ratio > 1
    assert min(grown) < 0.8


def test_bold_driver_three_epochs_by_hand(engine):
    # y_hat = w x - theta with x = 1, y = 1, w = theta = 0: E = (1 - 2 eta g)^2 / 2, from 1/2, D = (1, -1)
    net = Net(1, 1, activation="linear", init=0, engine=engine)
    history = net.train([1.0], [1.0], 1.5, 3, "all", schedule=BoldDriver(grow=2.0, cut=0.25))
    # eta 1.5: y_hat = 3, E = 2: back. 0.375: y_hat = 0.75, E = 1/32: kept. 0.75: y_hat = 0.75 + 1.5/4, E = 1/128: kept
    assert history.eta == [1.5, 0.375, 0.75]
    assert (net.layers[0].weights[0][0], net.layers[0].thresholds[0]) == (0.5625, -0.5625)


def test_bold_driver_does_not_let_eta_grow_for_ever(engine):
    net = Net(1, 1, init=1000.0, precision="single", engine=engine)  # saturated: E stays 0
    history = net.train([[1.0]], [0.5], 0.5, 3000, schedule="bold")
    assert max(history.eta) == history.eta[-1] == 500.0
    assert max(etas(engine, "bold:2,0.5,3", 30)) <= 1.5


def test_bold_driver_takes_back_optimizer_state_too(engine):
    net = Net(2, 3, 1, seed=3, engine=engine)
    digests = [net.digest()]
    net.train(XOR_X, XOR_Y, 50.0, 5, "all", schedule=BoldDriver(), optimizer="momentum",
              callback=lambda net, history: digests.append(net.digest()))  # fmt: skip
    assert digests[0] == digests[1]  # the first step is far too long


def test_bold_driver_takes_divergence_as_an_error_that_rose(engine):
    X, Y = [[100.0], [50.0]], [100.0, 50.0]
    net = Net(1, 1, output="linear", init=0.1, engine=engine)
    history = net.train(X, Y, 1e200, 40, "all", schedule=BoldDriver(cut=1e-9))
    assert history.epochs == 40
    assert net.error(X, Y) < 5000


def test_bold_driver_gives_up_where_the_error_has_no_end_from_the_beginning(engine):
    net = Net(1, 1, output="linear", seed=1, engine=engine)
    digest = net.digest()
    with pytest.raises(DivergedError, match="epoch 1;"):
        net.train([1e200], [1e200], 0.5, 3, "all", schedule="bold")
    assert net.digest() == digest


def test_schedules_give_the_same_digest_on_every_engine(engine):
    for schedule in ("step:3", "cosine:2", "inverse", "plateau:1", "bold", "exponential"):
        digests = [
            (net := Net(2, 3, 1, seed=3, engine=name)).train(XOR_X, XOR_Y, 0.9, 20, schedule=schedule) and net.digest()
            for name in (engine, "python")
        ]
        assert digests[0] == digests[1]


@pytest.mark.parametrize(
    ("schedule", "problem", "words"),
    [
        ("cosin", ValueError, ["schedule", "cosin", "did you mean 'cosine'"]),
        ("step:1,2,3", ValueError, ["step", "2 numbers", "every"]),
        ("step:x", ValueError, ["step:x", "number"]),
        ("step:0", ValueError, ["every", ">= 1", "0"]),
        ("bold:1.1,0.5,0.9", ValueError, ["max_growth", ">= 1", "0.9"]),
        ("bold:0.9", ValueError, ["cut < 1 <= grow"]),
        ("cosine:9", ValueError, ["warmup", "8 epochs"]),
        (5, TypeError, ["schedule", "5", "constant"]),
        (lambda n: -1.0, ValueError, ["eta of epoch 1", "> 0"]),
        (lambda n: "fast", TypeError, ["schedule(1)", "fast"]),
        (lambda n: 1.0 if n < 5 else 0.0, ValueError, ["eta of epoch 5"]),
    ],
)
def test_refused_schedules(engine, schedule, problem, words):
    with pytest.raises(problem) as caught:
        etas(engine, schedule)
    for word in words:
        assert word in str(caught.value)
