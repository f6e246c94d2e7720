"""microbp: with NumPy, which reads the images sooner; a callback after every epoch."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy

from microbp import Net
from microbp.data import load_mnist

if TYPE_CHECKING:
    from microbp.training import History

folder, seed = sys.argv[1:]
(X, Y), test = load_mnist(folder)
X_test, right = numpy.asarray(test[0]), numpy.asarray(test[1]).argmax(1)
net = Net(784, 128, 10, activation="relu", output="softmax", loss="cross_entropy", precision="single", seed=int(seed))


def look(net: Net, history: History) -> bool:
    """Print the accuracy on the test images; whether it is enough."""
    accuracy = float((net.predict(X_test).argmax(1) == right).mean())
    print(accuracy, flush=True)
    return accuracy >= 0.975


net.train(X, Y, epochs=50, batch=32, optimizer="adam", callback=look)
