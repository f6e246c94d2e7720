"""Two spirals, 2-20-20-1: which of two interleaved spirals does a point lie on?

K. J. Lang, M. J. Witbrock, "Learning to tell two spirals apart", 1988. The points of a turn are found by rotation, with
+ and * alone, so that the data too is the same everywhere.

    python examples/spirals.py [c or python, and how many epochs]

The C engine takes a quarter of a second, the Python engine a minute or two.
"""

import sys

from microbp import Net

COS, SIN = 0.9807852804032304, 0.19509032201612825  # of pi / 16


def spirals():
    """97 points of each spiral: three turns, from the outside in."""
    X, Y = [], []
    x, y = 0.0, 1.0
    for k in range(97):
        radius = 4 * (104 - k) / 104
        X += [[radius * x, radius * y], [-radius * x, -radius * y]]
        Y += [1, 0]
        x, y = x * COS - y * SIN, x * SIN + y * COS
    return X, Y


X, Y = spirals()
engine = sys.argv[1] if len(sys.argv) > 1 else "auto"
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
form = {"activation": "tanh", "output": "sigmoid", "loss": "cross_entropy"}
how = {"eta": 0.005, "batch": 8, "optimizer": "adam", "schedule": "cosine:5"}
net = Net(2, 20, 20, 1, **form, seed=3, engine=engine)
history = net.train(X, Y, epochs=epochs, target_error=0.01, **how)
right = sum(round(y_hat) == y for (y_hat,), y in zip(net.predict(X), Y))
print(f"{history.stopped}: {history.epochs} epochs, error {history.error[-1]:.4f}, {right} of {len(X)} points right")
print(net.digest())
