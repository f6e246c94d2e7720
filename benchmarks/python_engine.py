"""The Python engine against micrograd: the same net, the same updates, in one run, and the time of the import.

    python3 -m pip install micrograd && python3 benchmarks/python_engine.py

micrograd has no sigmoid; it gets one here as a single operation, as its own tanh and relu are, which is the fastest way
in it. Rounds alternate; figures are medians.
"""

from __future__ import annotations

import math
import os
import platform
import statistics
import subprocess
import sys
from time import perf_counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from micrograd.engine import Value

from microbp import Net
from microbp.generator import Generator

ROUNDS = 5


def sigmoid(value: Value) -> Value:
    f = 1.0 / (1.0 + math.exp(-value.data))
    out = Value(f, (value,), "sigmoid")

    def backward() -> None:
        value.grad += f * (1.0 - f) * out.grad

    out._backward = backward
    return out


class MicrogradNet:
    """The same net out of micrograd's values."""

    def __init__(self, net: Net) -> None:
        self.layers = [
            [([Value(w) for w in neuron.weights], Value(neuron.threshold)) for neuron in layer.neurons]
            for layer in net.layers
        ]
        self.parameters = [p for layer in self.layers for weights, threshold in layer for p in (*weights, threshold)]

    def step(self, x: list[float], y: list[float], eta: float) -> None:
        b = x
        for layer in self.layers:
            b = [
                sigmoid(sum((w * b_h for w, b_h in zip(weights, b)), Value(0.0)) - theta) for weights, theta in layer
            ]
        error = sum(((y_hat_j - y_j) ** 2 for y_hat_j, y_j in zip(b, y)), Value(0.0)) * 0.5
        for parameter in self.parameters:
            parameter.grad = 0.0
        error.backward()
        for parameter in self.parameters:
            parameter.data -= eta * parameter.grad


def compare(widths: tuple[int, ...], samples: int, epochs: int, epochs_microbp: int) -> tuple[float, float]:
    """Median seconds a sample of micrograd and of microbp; the parameters of both must agree."""
    generator = Generator(1)
    X = [[generator.uniform(0.0, 1.0) for _ in range(widths[0])] for _ in range(samples)]
    Y = [[float(j == k % widths[-1]) for j in range(widths[-1])] for k in range(samples)]
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        net = Net(*widths, seed=1, engine="python")
        other = MicrogradNet(net)
        begin = perf_counter()
        for _ in range(epochs):
            for x, y in zip(X, Y):
                other.step(x, y, 0.5)
        times[0].append((perf_counter() - begin) / (samples * epochs))
        net.train(X, Y, eta=0.5, epochs=epochs, shuffle=False)
        ours = [p for layer in net.layers for n in layer.neurons for p in (*n.weights, n.threshold)]
        assert all(abs(p - q.data) < 1e-9 for p, q in zip(ours, other.parameters)), "the updates differ"
        history = net.train(X, Y, eta=0.5, epochs=epochs_microbp, shuffle=False)
        times[1].append(1.0 / history.samples_per_second)
    return statistics.median(times[0]), statistics.median(times[1])


def import_seconds() -> float:
    """What `import microbp` takes over an empty interpreter, the median of paired runs."""
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    differences = []
    for _ in range(15):
        seconds = []
        for code in ("pass", f"import sys; sys.path.insert(0, {root!r}); import microbp"):
            begin = perf_counter()
            subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)
            seconds.append(perf_counter() - begin)
        differences.append(seconds[1] - seconds[0])
    return statistics.median(differences)


def main() -> None:
    print(f"Python {platform.python_version()}, {platform.machine()}, medians of {ROUNDS} rounds\n")
    print("| standard BP, double | micrograd, µs a sample | microbp (Python), µs a sample | times faster |")
    print("|---|---|---|---|")
    for widths, *size in (((2, 2, 1), 4, 250, 2000), ((784, 30, 10), 2, 1, 25)):
        theirs, ours = compare(widths, *size)
        print(f"| {'-'.join(map(str, widths))} | {theirs * 1e6:,.1f} | {ours * 1e6:,.1f} | {theirs / ours:,.1f} |")
    print(f"\nimport microbp: {import_seconds() * 1e3:.1f} ms over an empty interpreter")


if __name__ == "__main__":
    main()
