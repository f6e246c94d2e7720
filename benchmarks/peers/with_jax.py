"""JAX: one jitted function, `lax.scan` over samples or batches inside a loop over epochs, parameters donated.

Measured before this form was chosen: unrolling the scan by 4 makes XOR three times slower, unrolling by 2 helps 784
inputs a little. By hand, with sums of products instead of `@`, standard BP in binary32 is a fifth faster than by
`jax.grad`, but slower in binary64, hence both forms.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy

from peers import Layers, Task


def outputs(parameters: Any, x: Any) -> Any:
    for weights, bias in parameters:
        x = jax.nn.sigmoid(x @ weights + bias)
    return x


def error(parameters: Any, x: Any, y: Any) -> Any:
    E = 0.5 * jnp.sum((outputs(parameters, x) - y) ** 2)
    return E / x.shape[0] if x.ndim == 2 else E


def update(parameters: Any, x: Any, y: Any, eta: Any) -> Any:
    """One update by `jax.grad`."""
    return jax.tree.map(lambda p, dE: p - eta * dE, parameters, jax.grad(error)(parameters, x, y))


def update_by_hand(parameters: Any, x: Any, y: Any, eta: Any) -> Any:
    """The same with the equations written out: sums of products for one sample, matrix products for a batch."""
    one = x.ndim == 1
    b = [x]
    for weights, bias in parameters:
        signal = jnp.sum(b[-1][:, None] * weights, 0) if one else b[-1] @ weights
        b.append(jax.nn.sigmoid(signal + bias))
    g = b[-1] * (1 - b[-1]) * (y - b[-1])
    new = []
    for n, (weights, bias) in reversed(list(enumerate(parameters))):
        if one:
            new.append((weights + (eta * b[n][:, None]) * g, bias + eta * g))  # in another order half as fast
        else:
            rate = eta / x.shape[0]
            new.append((weights + rate * (b[n].T @ g), bias + rate * jnp.sum(g, 0)))
        if n:
            g = b[n] * (1 - b[n]) * (jnp.sum(weights * g, 1) if one else g @ weights.T)
    return new[::-1]


@partial(jax.jit, donate_argnums=0, static_argnames=("step", "unroll"))
def train(parameters: Any, X: Any, Y: Any, eta: Any, epochs: Any, step: Any, unroll: int) -> Any:
    def epoch(_: Any, parameters: Any) -> Any:
        return jax.lax.scan(lambda p, xy: (step(p, *xy, eta), None), parameters, (X, Y), unroll=unroll)[0]

    return jax.lax.fori_loop(0, epochs, epoch, parameters)


def to_device(layers: Layers) -> Any:
    return [(jnp.array(weights), jnp.array(-thresholds)) for weights, thresholds in layers]


class Trainer:
    def __init__(self, task: Task) -> None:
        w = task.workload
        jax.config.update("jax_enable_x64", w.precision == "double")
        self.X, self.Y = map(jnp.asarray, task.batches)
        unroll = 2 if w.batch == 1 and w.widths[0] > 100 and len(self.X) > 1 else 1
        step = update_by_hand if task.form == "hand" else update
        self.run = partial(train, eta=jnp.asarray(w.eta, w.precision), step=step, unroll=unroll)
        self.start(task.layers)
        self.train(1)  # compiles

    def start(self, layers: Layers) -> None:
        self.parameters = jax.block_until_ready(to_device(layers))

    def train(self, epochs: int) -> None:
        self.parameters = jax.block_until_ready(self.run(self.parameters, self.X, self.Y, epochs=epochs))

    def layers(self) -> Layers:
        return [(numpy.asarray(weights), -numpy.asarray(bias)) for weights, bias in self.parameters]


class Predictor:
    def __init__(self, task: Task) -> None:
        jax.config.update("jax_enable_x64", task.workload.precision == "double")
        parameters = to_device(task.layers)
        self.X = jnp.asarray(task.X[0] if task.workload.kind == "call" else task.X)
        self.outputs = jax.jit(lambda x: outputs(parameters, x))  # no parameters to hand over: the fastest call
        self.predict(1)

    def predict(self, times: int) -> Any:
        outputs, X = self.outputs, self.X
        for _ in range(times):
            Y_hat = outputs(X).block_until_ready()
        return numpy.asarray(Y_hat)


def version() -> str:
    return jax.__version__
