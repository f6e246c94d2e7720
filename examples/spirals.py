"""Two spirals, 2-20-20-1: which of two interleaved spirals does a point lie on?

K. J. Lang, M. J. Witbrock, "Learning to tell two spirals apart", 1988. The points of a turn are found by rotation, with
+ and * alone, so that the data too is the same everywhere.

    python examples/spirals.py [c or python]
"""

import sys

from microbp import Net

COS, SIN = 0.9807852804032304, 0.19509032201612825  # of pi / 16


def spirals():
    """97 points of each spiral: three turns, from the outside in."""
    X, Y = [], []
    x, y = 0.0, 1.0
    for k in range(97):
        radius = (104 - k) / 104
        X += [[radius * x, radius * y], [-radius * x, -radius * y]]
        Y += [1, 0]
        x, y = x * COS - y * SIN, x * SIN + y * COS
    return X, Y


X, Y = spirals()
net = Net(2, 20, 20, 1, activation="tanh", output="sigmoid", loss="cross_entropy", seed=1, engine=(sys.argv + ["auto"])[1])
history = net.train(X, Y, eta=0.01, epochs=300, batch=16, optimizer="adam", metrics=["accuracy"], target_error=0.02)
print(f"{history.epochs} epochs, error {history.error[-1]:.4f}, accuracy {history.metrics['accuracy'][-1]:.1%}")
print(net.digest())
