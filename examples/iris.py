"""Iris: 150 flowers, three species; softmax with cross-entropy, Adam, and a validation that says when to stop.

    python examples/iris.py [c or python]
"""

import sys

from microbp import Net
from microbp.data import Columns, load

table = load("iris")
columns = Columns.learn(table)
X, Y = columns.encode(table)
net = Net(4, 8, 3, output="softmax", loss="cross_entropy", seed=1, engine=[*sys.argv, "auto"][1])
history = net.train(X, Y, eta=0.02, epochs=300, batch=10, optimizer="adam", validation=0.2, patience=20,
                    metrics=["accuracy"])  # fmt: skip
best = history.best_epoch
print(f"{history.stopped}; best epoch {best}: accuracy {history.metrics['accuracy'][best - 1]:.1%} on the validation")
print(net.digest())
