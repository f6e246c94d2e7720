"""scikit-learn: MLPRegressor, solver "sgd" without momentum.

Its output layer is linear, which cannot be changed, so it does a little less than the others; the gradient of its error
is that of 1/2 sum (y_hat - y)**2, averaged over the batch, as here (the loss it reports is also averaged over the
outputs). The check compares it with a net of microbp whose output is linear too.
"""

from __future__ import annotations

import warnings
from typing import Any

import sklearn
from sklearn.neural_network import MLPRegressor

from peers import Layers, Task

OUTPUT = "linear"


class Trainer:
    def __init__(self, task: Task) -> None:
        w = task.workload
        warnings.simplefilter("ignore")  # that max_iter was reached
        self.X, self.Y = task.X, task.Y[:, 0] if task.Y.shape[1] == 1 else task.Y
        self.model = MLPRegressor(
            hidden_layer_sizes=w.widths[1:-1], activation="logistic", solver="sgd", alpha=0.0, batch_size=w.batch,
            learning_rate_init=w.eta, shuffle=False, momentum=0.0, nesterovs_momentum=False, tol=0.0,
            n_iter_no_change=10**9, max_iter=1, warm_start=True,
        )  # fmt: skip
        self.model.fit(self.X[: w.batch], self.Y[: w.batch])
        self.start(task.layers)

    def start(self, layers: Layers) -> None:
        self.model.coefs_ = [weights.copy() for weights, _ in layers]
        self.model.intercepts_ = [-thresholds for _, thresholds in layers]

    def train(self, epochs: int) -> None:
        self.model.max_iter = epochs
        self.model.fit(self.X, self.Y)

    def layers(self) -> Layers:
        return [(weights, -bias) for weights, bias in zip(self.model.coefs_, self.model.intercepts_)]


class Predictor(Trainer):
    def predict(self, times: int) -> Any:
        for _ in range(times):
            Y_hat = self.model.predict(self.X)
        return Y_hat


def version() -> str:
    return sklearn.__version__
