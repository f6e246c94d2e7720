"""PyTorch: nn.Sequential, backward(), optim.SGD; and, as a form of its own, the equations by hand without autograd.

Measured before this was chosen: `foreach=False` is the fastest SGD for so few tensors (`fused=True` and `foreach=True`
cost 0 to 40 % more), `torch.compile` of loss and optimiser is slower than eager here in all but XOR, where it wins a
tenth, and of the step by hand slower in all but XOR.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from peers import Layers, Task


class Trainer:
    def __init__(self, task: Task) -> None:
        torch.set_num_threads(task.threads)
        w = task.workload
        X, Y = (torch.from_numpy(values) for values in (task.X, task.Y))
        self.batches = list(zip(X.split(w.batch), Y.split(w.batch)))
        self.eta, self.batch = w.eta, w.batch
        self.train = self.train_by_hand if task.form == "hand" else self.train_by_autograd
        self.start(task.layers)

    def start(self, layers: Layers) -> None:
        self.model = model_of(layers)
        self.optimiser = torch.optim.SGD(self.model.parameters(), lr=self.eta, foreach=False)
        self.linear = [(m.weight.detach(), m.bias.detach()) for m in self.model if isinstance(m, nn.Linear)]

    def train_by_autograd(self, epochs: int) -> None:
        model, optimiser, half = self.model, self.optimiser, 0.5 / self.batch
        for _ in range(epochs):
            for x, y in self.batches:
                optimiser.zero_grad()
                (nn.functional.mse_loss(model(x), y, reduction="sum") * half).backward()
                optimiser.step()

    @torch.inference_mode()
    def train_by_hand(self, epochs: int) -> None:
        linear, rate = self.linear, self.eta / self.batch
        for _ in range(epochs):
            for x, y in self.batches:
                b = [x]
                for weights, bias in linear:
                    b.append(torch.addmm(bias, b[-1], weights.t()).sigmoid_())
                g = y - b[-1]
                g.mul_(b[-1]).mul_(1 - b[-1])
                for n in range(len(linear) - 1, -1, -1):
                    weights, bias = linear[n]
                    e = (g @ weights).mul_(b[n]).mul_(1 - b[n]) if n else g
                    weights.addmm_(g.t(), b[n], alpha=rate)
                    bias.add_(g.sum(0), alpha=rate)
                    g = e

    def layers(self) -> Layers:
        return [(weights.numpy().T.copy(), -bias.numpy()) for weights, bias in self.linear]


class Predictor:
    def __init__(self, task: Task) -> None:
        torch.set_num_threads(task.threads)
        self.model = model_of(task.layers)
        self.X = torch.from_numpy(task.X[0] if task.workload.kind == "call" else task.X)

    @torch.inference_mode()
    def predict(self, times: int) -> Any:
        model, X = self.model, self.X
        for _ in range(times):
            Y_hat = model(X)
        return Y_hat.numpy()


def model_of(layers: Layers) -> nn.Sequential:
    modules: list[nn.Module] = []
    for weights, thresholds in layers:
        linear = nn.Linear(*weights.shape)
        linear.weight = nn.Parameter(torch.from_numpy(weights.T.copy()))
        linear.bias = nn.Parameter(torch.from_numpy(-thresholds))
        modules += [linear, nn.Sigmoid()]
    return nn.Sequential(*modules)


def version() -> str:
    return torch.__version__
