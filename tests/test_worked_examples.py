"""Worked examples that others have published, and the article once more, written as naively as can be."""

from math import exp

import pytest

from microbp import Net

XOR_X = [[0, 0], [0, 1], [1, 0], [1, 1]]
XOR_Y = [0, 1, 1, 0]


def xor_net(engine):
    """Every weight and threshold 0.6."""
    return Net(2, 2, 1, init=0.6, engine=engine)


def differences(net):
    """|y - y_hat| for the four samples."""
    return [abs(y - y_hat[0]) for y_hat, y in zip(net.predict(XOR_X), XOR_Y)]


def test_xor_after_one_epoch(engine):
    """https://stackoverflow.com/questions/2359571: eta 0.1, standard BP in the order 00 01 10 11, errors afterwards."""
    net = xor_net(engine)
    net.train(XOR_X, XOR_Y, eta=0.1, epochs=1, shuffle=False)
    assert max(differences(net)) == pytest.approx(0.5435466682137927, abs=1e-12)
    assert sum(differences(net)) / 4 == pytest.approx(0.4999991292217466, abs=1e-12)


class NaiveXor:
    """The article's equations for a 2-2-1 net, one by one, on plain lists; shares nothing with the package."""

    def __init__(self, weight):
        self.v = [[weight, weight], [weight, weight]]
        self.gamma = [weight, weight]
        self.w = [weight, weight]
        self.theta = weight

    def forward(self, x):
        alpha = [self.v[0][h] * x[0] + self.v[1][h] * x[1] for h in (0, 1)]
        b = [1 / (1 + exp(-(alpha[h] - self.gamma[h]))) for h in (0, 1)]
        beta = self.w[0] * b[0] + self.w[1] * b[1]
        return b, 1 / (1 + exp(-(beta - self.theta)))

    def step(self, x, y, eta):
        b, y_hat = self.forward(x)
        g = y_hat * (1 - y_hat) * (y - y_hat)
        e = [b[h] * (1 - b[h]) * self.w[h] * g for h in (0, 1)]
        for h in (0, 1):
            self.w[h] += eta * g * b[h]
            self.v[0][h] += eta * e[h] * x[0]
            self.v[1][h] += eta * e[h] * x[1]
            self.gamma[h] -= eta * e[h]
        self.theta -= eta * g
        return 0.5 * (y_hat - y) ** 2


def test_naive_net_gives_the_published_numbers():
    net = NaiveXor(0.6)
    for x, y in zip(XOR_X, XOR_Y):
        net.step(x, y, 0.1)
    errors = [abs(y - net.forward(x)[1]) for x, y in zip(XOR_X, XOR_Y)]
    assert max(errors) == pytest.approx(0.5435466682137927, abs=1e-15)
    assert sum(errors) / 4 == pytest.approx(0.4999991292217466, abs=1e-15)


@pytest.mark.parametrize("epochs", [1, 2, 10, 300])
def test_xor_as_the_naive_net_learns_it(engine, epochs):
    naive, net = NaiveXor(0.6), xor_net(engine)
    means = [sum(naive.step(x, y, 0.1) for x, y in zip(XOR_X, XOR_Y)) / 4 for _ in range(epochs)]
    history = net.train(XOR_X, XOR_Y, eta=0.1, epochs=epochs, shuffle=False)
    assert history.error == pytest.approx(means, abs=1e-12)
    assert net.predict(XOR_X) == [[pytest.approx(naive.forward(x)[1], abs=1e-12)] for x in XOR_X]
    hidden, last = net.layers
    for row, expected in zip([*hidden.weights, hidden.thresholds], [*naive.v, naive.gamma]):
        assert list(row) == pytest.approx(expected, abs=1e-12)
    assert list(last.neurons[0].weights) == pytest.approx(naive.w, abs=1e-12)
    assert last.neurons[0].threshold == pytest.approx(naive.theta, abs=1e-12)


def test_two_outputs_after_one_step(engine):
    """https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example: a 2-2-2 net; a bias is -threshold."""
    net = Net(2, 2, 2, engine=engine)
    net.layers[0].weights = [[0.15, 0.25], [0.20, 0.30]]
    net.layers[0].thresholds = [-0.35, -0.35]
    net.layers[1].weights = [[0.40, 0.50], [0.45, 0.55]]
    net.layers[1].thresholds = [-0.60, -0.60]
    step = net.step([0.05, 0.10], [0.01, 0.99], eta=0.5)
    assert step.alpha[0] + 0.35 == pytest.approx(0.3775, abs=1e-12)
    assert step.b == pytest.approx([0.593269992, 0.596884378], abs=1e-9)
    assert step.beta[0] + 0.60 == pytest.approx(1.105905967, abs=1e-9)
    assert step.y_hat == pytest.approx([0.75136507, 0.772928465], abs=1e-8)
    assert round(step.E, 9) == 0.298371109
    assert step.g[0] == pytest.approx(-0.138498562, abs=1e-9)
    assert list(net.layers[1].neurons[0].weights) == pytest.approx([0.35891648, 0.408666186], abs=1e-8)
    assert list(net.layers[1].neurons[1].weights) == pytest.approx([0.511301270, 0.561370121], abs=1e-8)
    assert list(net.layers[0].neurons[0].weights) == pytest.approx([0.149780716, 0.19956143], abs=1e-8)
    assert list(net.layers[0].neurons[1].weights) == pytest.approx([0.24975114, 0.29950229], abs=1e-8)
