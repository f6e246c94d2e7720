"""Digits of a seven-segment display, seen through noise: relu, softmax, dropout, a cosine schedule.

Each image has seven numbers, how bright each segment is; the noise comes from microbp's own generator.

    python examples/digits.py [c or python]
"""

import sys

from microbp import Net
from microbp.generator import Generator

SEGMENTS = ("abcdef", "bc", "abdeg", "abcdg", "bcfg", "acdfg", "acdefg", "abc", "abcdefg", "abcdfg")  # 0 to 9


def digits(count, generator):
    """`count` noisy images of each digit."""
    X, Y = [], []
    for digit, lit in enumerate(SEGMENTS):
        for _ in range(count):
            X.append([(segment in lit) + generator.uniform(-0.6, 0.6) for segment in "abcdefg"])
            Y.append([float(j == digit) for j in range(10)])
    return X, Y


generator = Generator(7)
(X, Y), test = digits(40, generator), digits(20, generator)
net = Net(7, 24, 10, activation="relu", output="softmax", loss="cross_entropy", seed=1, engine=[*sys.argv, "auto"][1])
history = net.train(X, Y, eta=0.01, epochs=40, batch=20, optimizer="adam", schedule="cosine:3", dropout=0.1,
                    validation=test, metrics=["accuracy", "macro_f1"])  # fmt: skip
best = history.best_epoch - 1
print(f"best epoch {best + 1}: accuracy {history.metrics['accuracy'][best]:.1%}, "
      f"macro F1 {history.metrics['macro_f1'][best]:.3f} on new digits")  # fmt: skip
print(net.digest())
