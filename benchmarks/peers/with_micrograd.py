"""micrograd, which has no sigmoid and gets one as a single operation: the net of python_engine.py."""

from __future__ import annotations

from importlib.metadata import version as version_of
from types import SimpleNamespace

import numpy
from python_engine import MicrogradNet

from peers import Layers, Task


class Trainer:
    def __init__(self, task: Task) -> None:
        self.X, self.Y, self.eta = task.X.tolist(), task.Y.tolist(), task.workload.eta
        self.start(task.layers)

    def start(self, layers: Layers) -> None:
        shown = [
            SimpleNamespace(
                neurons=[SimpleNamespace(weights=w_j, threshold=t) for w_j, t in zip(w.T.tolist(), thresholds.tolist())]
            )
            for w, thresholds in layers
        ]
        self.net = MicrogradNet(SimpleNamespace(layers=shown))  # type: ignore[arg-type]

    def train(self, epochs: int) -> None:
        for _ in range(epochs):
            for x, y in zip(self.X, self.Y):
                self.net.step(x, y, self.eta)

    def layers(self) -> Layers:
        return [
            (
                numpy.array([[p.data for p in weights] for weights, _ in layer]).T,
                numpy.array([threshold.data for _, threshold in layer]),
            )
            for layer in self.net.layers
        ]


def version() -> str:
    return version_of("micrograd")
