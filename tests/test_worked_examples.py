"""XOR as others have published it, and the article once more, written as naively as can be."""

from math import exp

import pytest

from microbp import Net
from microbp.teach import verify

XOR_X = [[0, 0], [0, 1], [1, 0], [1, 1]]
XOR_Y = [0, 1, 1, 0]


def xor_net(engine):
    """Every weight and threshold 0.6."""
    return Net(2, 2, 1, init=0.6, engine=engine)


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
    published = [float(row.published) for row in verify.xor("python")]
    assert [max(errors), sum(errors) / 4] == pytest.approx(published, abs=1e-15)


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
