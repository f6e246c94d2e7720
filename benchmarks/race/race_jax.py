"""JAX: an epoch is one jitted call, `lax.scan` over shuffled batches; Adam by its formula, as optax has it."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from idx import labels, pixels

BETA1, BETA2, EPSILON, ETA = 0.9, 0.999, 1e-8, 0.001


def logits(parameters: Any, x: Any) -> Any:
    (v, gamma), (w, theta) = parameters
    return jax.nn.relu(x @ v + gamma) @ w + theta


def error(parameters: Any, x: Any, y: Any) -> Any:
    z = logits(parameters, x)
    return jnp.mean(jax.nn.logsumexp(z, 1) - jnp.take_along_axis(z, y[:, None], 1)[:, 0])


def update(state: Any, batch: Any) -> tuple[Any, None]:
    parameters, u, v, t = state
    D = jax.grad(error)(parameters, *batch)
    t = t + 1
    u = jax.tree.map(lambda u, D: BETA1 * u + (1 - BETA1) * D, u, D)
    v = jax.tree.map(lambda v, D: BETA2 * v + (1 - BETA2) * D * D, v, D)
    rate, c = ETA / (1 - BETA1**t), jnp.sqrt(1 - BETA2**t)
    parameters = jax.tree.map(lambda p, u, v: p - rate * u / (jnp.sqrt(v) / c + EPSILON), parameters, u, v)
    return (parameters, u, v, t), None


@partial(jax.jit, donate_argnums=0)
def epoch(state: Any, X: Any, y: Any, X_test: Any, y_test: Any, key: Any) -> tuple[Any, Any]:
    """The state after an epoch, and the accuracy on the test images."""
    order = jax.random.permutation(key, len(X)).reshape(-1, 32)
    state, _ = jax.lax.scan(lambda state, k: update(state, (X[k], y[k])), state, order)
    return state, jnp.mean(jnp.argmax(logits(state[0], X_test), 1) == y_test)


def layer(key: Any, n_in: int, n_out: int) -> tuple[Any, Any]:
    limit = (6 / n_in) ** 0.5
    return jax.random.uniform(key, (n_in, n_out), minval=-limit, maxval=limit), jnp.zeros(n_out)


folder, seed = sys.argv[1:]
data = [jnp.asarray(read(folder, part)) for part in ("train", "t10k") for read in (pixels, labels)]
key, *keys = jax.random.split(jax.random.key(int(seed)), 3)
parameters = [layer(keys[0], 784, 128), layer(keys[1], 128, 10)]
zeros = partial(jax.tree.map, jnp.zeros_like)
state, accuracy = (parameters, zeros(parameters), zeros(parameters), jnp.float32(0)), 0.0
while accuracy < 0.975:
    key, now = jax.random.split(key)
    state, met = epoch(state, *data, now)
    accuracy = float(met)
    print(accuracy, flush=True)
