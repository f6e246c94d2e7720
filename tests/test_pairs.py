"""Activations, losses, optimizers, precisions and the rest in pairs, over every engine: the same bits as in Python."""

import pytest

from microbp import Net
from microbp.optimizers import OPTIMIZERS, make

HIDDEN = ["sigmoid", "tanh", "linear", "relu", "leaky_relu", "elu", "softplus"]
OUTPUTS = [("softmax", "cross_entropy"), ("sigmoid", "cross_entropy")] + [
    (output, loss) for loss in ("squared_error", "absolute", "huber") for output in HIDDEN
]


def pairs():
    """Rows in which every value of one column meets every value of each other column."""
    names, rows = list(OPTIMIZERS), []
    for a, hidden in enumerate(HIDDEN):  # each hidden with each optimizer; the ends rotate
        for o, name in enumerate(names):
            rows.append((hidden, *OUTPUTS[(a * len(names) + o) % len(OUTPUTS)], name))
    for e, (output, loss) in enumerate(OUTPUTS):  # each end with each optimizer and hidden
        for k in range(len(names)):
            rows.append((HIDDEN[(e + k) % len(HIDDEN)], output, loss, names[k]))
    return list(dict.fromkeys(rows))


PAIRS = pairs()


def trained(hidden, output, loss, name, precision, n, engine):
    """A net after a few epochs with everything that varies, n being the case's number, and its errors."""
    net = Net(4, 5, 3, 3, activation=hidden, output=output, loss=loss, precision=precision, seed=n, engine=engine)
    X = [[((7 * k + 3 * i + n) % 11 - 5) / 4 * (k != i) for i in range(4)] for k in range(7)]
    Y = [[float(j == k % 3) for j in range(3)] for k in range(7)]
    if n % 3 == 0:
        net.layers[0].cut(1, 2)
        net.layers[1].mask[2][1] = False
        net.layers[2].threshold_mask[0] = False
    history = net.train(
        X, Y, eta=0.02, epochs=4, batch=(1, 3, "all")[n % 3],
        optimizer=make(name, decay=(0.0, 0.01)[n % 2], clip=(None, 0.5)[n % 5 == 1]),
        sample_weight=[1, 2, 0, 0.3, 1, 1, 0.7] if n % 4 == 1 else None,
        dropout=[0.25, 0.0] if n % 7 == 2 else None,
    )  # fmt: skip
    return net, history.error


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("hidden", HIDDEN)
def test_every_pair_gives_the_same_bits_on_every_engine(hidden, precision, engine):
    for n, row in enumerate(PAIRS):
        if row[0] == hidden:
            net, errors = trained(*row, precision, n, engine)
            if engine == "python":
                assert all(error < 100 for error in errors)
            else:
                twin, expected = trained(*row, precision, n, "python")
                assert (row, net.digest(), errors) == (row, twin.digest(), expected)


def test_the_pairs_are_all_there():
    for a in range(4):
        for b in range(a):
            if (a, b) != (2, 1):
                columns = [{row[c] for row in PAIRS} for c in (a, b)]
                assert {(row[a], row[b]) for row in PAIRS} == {(x, y) for x in columns[0] for y in columns[1]}
