"""microbp, either engine, through its public interface."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy
from workloads import mnist

import microbp
from peers import Layers, Task


class Trainer:
    def __init__(self, task: Task) -> None:
        w = task.workload
        self.X, self.Y, self.eta, self.batch = task.X, task.Y, w.eta, w.batch
        self.options: dict[str, Any] = {"threads": task.threads} if task.form == "c" else {}
        self.net = microbp.Net(*w.widths, init=0.0, precision=w.precision, engine=task.form)
        self.known: Layers | None = None
        self.begin = self.net.copy()

    def start(self, layers: Layers) -> None:
        if layers is not self.known:  # setting number by number takes a second where there are a million
            self.known = layers
            for layer, (weights, thresholds) in zip(self.begin.layers, layers):
                layer.weights = weights.tolist()
                layer.thresholds = thresholds.tolist()
        self.net.parameters[:] = self.begin.parameters

    def train(self, epochs: int) -> None:
        self.net.train(self.X, self.Y, eta=self.eta, epochs=epochs, batch=self.batch, shuffle=False, **self.options)

    def layers(self) -> Layers:
        return layers_of(self.net)


class Predictor(Trainer):
    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.start(task.layers)
        self.one = task.workload.kind == "call"

    def predict(self, times: int) -> Any:
        if self.one:
            net, x = self.net, self.X[0]
            for _ in range(times):
                y_hat = net(x)
            return y_hat
        for _ in range(times):
            Y_hat = self.net.predict(self.X, **self.options)
        return Y_hat


def layers_of(net: microbp.Net) -> Layers:
    """The parameters of a net as pairs of weights [input][output] and thresholds."""
    precision = net.structure.precision
    return [
        (numpy.array([list(row) for row in layer.weights], precision), numpy.array(list(layer.thresholds), precision))
        for layer in net.layers
    ]


def seconds_to_accuracy(task: Task, wanted: float) -> tuple[float, int, float]:
    """Seconds of training, epochs and accuracy when the accuracy on the test set is first seen to be reached."""
    w = task.workload
    X_test, Y_test = mnist()[1]
    net = microbp.Net(*w.widths, seed=1, precision=w.precision, engine=task.form)
    seconds, accuracy = 0.0, 0.0
    for epoch in range(1, 31):
        begin = perf_counter()
        net.train(task.X, task.Y, eta=w.eta, epochs=1)
        seconds += perf_counter() - begin
        accuracy = float((net.predict(X_test).argmax(1) == Y_test.argmax(1)).mean())
        if accuracy >= wanted:
            return seconds, epoch, accuracy
    raise RuntimeError(f"after {epoch} epochs the accuracy is {accuracy}")


def version() -> str:
    return microbp.__version__
