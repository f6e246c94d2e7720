"""numba, the way an expert writes it by hand: plain loops for one sample, BLAS through `np.dot` for batches.

fastmath is allowed here and the widths are constants of the compiled code. Standard BP keeps weights as
[neuron][input], so that fastmath may spread a sum over vector lanes: measured four times as fast on dense 784-30-10 as
[input][neuron], even where the latter skips the zeros of MNIST.
"""

from __future__ import annotations

from functools import cache
from math import exp
from typing import Any

import numba
import numpy as np
from numba import njit

from peers import Layers, Task


@cache
def standard(d: int, q: int, l: int) -> Any:
    """Standard BP for one hidden layer."""

    @njit(fastmath=True, error_model="numpy")
    def train(parameters: Any, X: Any, Y: Any, eta: Any, epochs: int) -> None:
        (v, gamma), (w, theta) = parameters
        one = X.dtype.type(1)
        b, g = np.empty(q, X.dtype), np.empty(l, X.dtype)
        for _ in range(epochs):
            for k in range(X.shape[0]):
                x, y = X[k], Y[k]
                for h in range(q):
                    signal, v_h = -gamma[h], v[h]
                    for i in range(d):
                        signal += v_h[i] * x[i]
                    b[h] = one / (one + exp(-signal))
                for j in range(l):
                    signal = -theta[j]
                    for h in range(q):
                        signal += w[j, h] * b[h]
                    y_hat = one / (one + exp(-signal))
                    g[j] = eta * (y_hat * (one - y_hat) * (y[j] - y_hat))
                    theta[j] -= g[j]
                for h in range(q):
                    e, v_h = X.dtype.type(0), v[h]
                    for j in range(l):
                        e += w[j, h] * g[j]
                        w[j, h] += g[j] * b[h]
                    e *= b[h] * (one - b[h])
                    gamma[h] -= e
                    for i in range(d):
                        v_h[i] += e * x[i]

    return train


@njit(fastmath=True, error_model="numpy")
def sigmoids(signals: Any, thresholds: Any) -> None:
    one = signals.dtype.type(1)
    for k in range(signals.shape[0]):
        for j in range(signals.shape[1]):
            signals[k, j] = one / (one + np.exp(thresholds[j] - signals[k, j]))


@njit(fastmath=True, error_model="numpy")
def by_batch(parameters: Any, outputs: Any, gradients: Any, changes: Any, X: Any, Y: Any, rate: Any) -> None:
    """One epoch of mini-batches; outputs, gradients and changes are room for the layers'."""
    last = len(parameters) - 1
    one = X.dtype.type(1)
    for n in range(X.shape[0]):
        for layer in range(last + 1):
            weights, thresholds = parameters[layer]
            np.dot(X[n] if layer == 0 else outputs[layer - 1], weights, outputs[layer])
            sigmoids(outputs[layer], thresholds)
        b, g = outputs[last], gradients[last]
        for k in range(g.shape[0]):
            for j in range(g.shape[1]):
                g[k, j] = rate * (b[k, j] * (one - b[k, j]) * (Y[n, k, j] - b[k, j]))
        for layer in range(last, -1, -1):
            weights, thresholds = parameters[layer]
            g = gradients[layer]
            if layer:
                b, e = outputs[layer - 1], gradients[layer - 1]
                np.dot(g, weights.T, e)
                for k in range(e.shape[0]):
                    for h in range(e.shape[1]):
                        e[k, h] *= b[k, h] * (one - b[k, h])
                np.dot(b.T, g, changes[layer])
            else:
                np.dot(X[n].T, g, changes[0])
            change = changes[layer]
            for h in range(weights.shape[0]):
                for j in range(weights.shape[1]):
                    weights[h, j] += change[h, j]
            for k in range(g.shape[0]):
                for j in range(g.shape[1]):
                    thresholds[j] -= g[k, j]


@njit(fastmath=True, error_model="numpy")
def forward(parameters: Any, outputs: Any, X: Any) -> None:
    for layer in range(len(parameters)):
        weights, thresholds = parameters[layer]
        np.dot(X if layer == 0 else outputs[layer - 1], weights, outputs[layer])
        sigmoids(outputs[layer], thresholds)


class Trainer:
    def __init__(self, task: Task) -> None:
        w = task.workload
        dtype = task.X.dtype
        self.X, self.Y = task.batches
        self.batch, self.eta, self.rate = w.batch, dtype.type(w.eta), dtype.type(w.eta / w.batch)
        self.start(task.layers)
        if w.batch == 1:
            self.compiled = standard(*w.widths)
        else:
            self.outputs = tuple(np.empty((w.batch, n), dtype) for n in w.widths[1:])
            self.gradients = tuple(np.empty((w.batch, n), dtype) for n in w.widths[1:])
            self.changes = tuple(np.empty_like(weights) for weights, _ in self.parameters)
        self.train(1)  # compiles

    def start(self, layers: Layers) -> None:
        self.parameters = tuple((self.turned(weights).copy(), thresholds.copy()) for weights, thresholds in layers)

    def train(self, epochs: int) -> None:
        if self.batch == 1:
            self.compiled(self.parameters, self.X, self.Y, self.eta, epochs)
            return
        for _ in range(epochs):
            by_batch(self.parameters, self.outputs, self.gradients, self.changes, self.X, self.Y, self.rate)

    def layers(self) -> Layers:
        return [(self.turned(weights), thresholds) for weights, thresholds in self.parameters]

    def turned(self, weights: Any) -> Any:
        """[input][neuron] to [neuron][input] and back, for the loops."""
        return weights.T if self.batch == 1 else weights


class Predictor:
    def __init__(self, task: Task) -> None:
        self.X = task.X
        self.parameters = tuple(task.layers)
        self.outputs = tuple(np.empty((len(self.X), n), self.X.dtype) for n in task.workload.widths[1:])
        self.predict(1)

    def predict(self, times: int) -> Any:
        for _ in range(times):
            forward(self.parameters, self.outputs, self.X)
        return self.outputs[-1]


def version() -> str:
    return numba.__version__
