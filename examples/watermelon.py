"""The 17 watermelons of Zhou's book, by standard BP and by accumulated BP with the bold driver of exercise 5.6.

    python examples/watermelon.py [c or python]
"""

import sys

from microbp import Net
from microbp.data import Columns, load

table = load("watermelon")
columns = Columns.learn(table)
X, Y = columns.encode(table)
net = Net(18, 5, 1, seed=0, engine=[*sys.argv, "auto"][1])
bold = net.copy()
standard = net.train(X, Y, eta=0.5, epochs=2000)
accumulated = bold.train(X, Y, eta=0.5, epochs=300, batch="all", schedule="bold")
print(f"standard BP: error {standard.error[-1]:.6f} after {standard.epochs} epochs")
print(f"accumulated BP, bold driver: error {accumulated.error[-1]:.6f} after {accumulated.epochs} epochs, "
      f"eta up to {max(accumulated.eta):.3g}")  # fmt: skip
print(net.digest())
