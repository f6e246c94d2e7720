"""Every gradient of random nets against central differences, and against PyTorch's and JAX's where they are installed.

A step with eta = 1 changes each parameter by minus its gradient: dE/dw = -dweights, dE/dtheta = -dthresholds.
"""

import importlib

import pytest

from microbp import Net
from microbp.generator import Generator

# widths, activation of the hidden layers, of the output layer: no hidden layer to four
NETS = [
    ((3, 2), "sigmoid", "sigmoid"),
    ((2, 1), "tanh", "tanh"),
    ((4, 3), "linear", "linear"),
    ((2, 2, 1), "sigmoid", "sigmoid"),
    ((3, 5, 2), "tanh", "linear"),
    ((1, 4, 3), "linear", "sigmoid"),
    ((2, 3, 4, 2), "sigmoid", "tanh"),
    ((5, 4, 3, 1), ["tanh", "linear"], "sigmoid"),
    ((2, 3, 1, 3, 2), ["sigmoid", "tanh", "sigmoid"], "linear"),
    ((3, 9, 4, 3, 2, 2), "tanh", "sigmoid"),
    ((2, 2, 3, 2, 3, 1), ["sigmoid", "linear", "tanh", "sigmoid"], "tanh"),
]
IDS = ["-".join(map(str, widths)) for widths, _, _ in NETS]


@pytest.fixture(params=NETS, ids=IDS)
def make(request, engine):
    """A function from a precision to the net and one sample; the same numbers in both precisions."""
    widths, activation, output = request.param

    def make(precision):
        net = Net(*widths, activation=activation, output=output, precision="single", init=(-1.5, 1.5), seed=11)
        twin = Net(*widths, activation=activation, output=output, precision=precision, engine=engine)
        for theirs, mine in zip(twin.layers, net.layers):
            theirs.weights = mine.weights
            theirs.thresholds = mine.thresholds
        x, y = samples(widths, 1)
        return twin, x[0], y[0]

    return make


def samples(widths, m):
    """m random samples, of multiples of 1/64."""
    generator = Generator(3)

    def rows(width):
        return [[(generator.below(129) - 64) / 64 for _ in range(width)] for _ in range(m)]

    return rows(widths[0]), rows(widths[-1])


def parameters(net):
    """Every list of parameters: each layer's rows of weights, then its thresholds."""
    return [values for layer in net.layers for values in (*layer.weights, layer.thresholds)]


def gradients(net, x, y):
    """dE/dp for every parameter p, in the order of `parameters`."""
    step = net.explain(x, y, eta=1)
    layers = zip(step.dweights, step.dthresholds)
    return [[-change for change in row] for w, theta in layers for row in (*w, theta)]


def central_differences(net, error, h=2.0**-14):
    """(E(p + h) - E(p - h)) / 2h for every parameter p."""
    totals = []
    for values in parameters(net):
        totals.append([])
        for j, value in enumerate(values):
            values[j] = value + h
            above = error()
            values[j] = value - h
            totals[-1].append((above - error()) / (2 * h))
            values[j] = value
    return totals


def flat(rows):
    return [number for row in rows for number in row]


def test_gradients_in_double_are_the_central_differences(make):
    net, x, y = make("double")
    before = net.digest()
    expected = central_differences(net, lambda: net.explain(x, y).E)
    assert net.digest() == before
    assert any(flat(expected))
    assert flat(gradients(net, x, y)) == pytest.approx(flat(expected), rel=1e-6, abs=1e-8)


def test_gradients_in_single_are_those_in_double(make):
    net, x, y = make("single")
    double = make("double")[0]
    expected = flat(gradients(double, x, y))
    assert flat(gradients(net, x, y)) == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert flat(gradients(net, x, y)) != expected  # it was computed in single precision


def test_gradients_in_single_are_the_central_differences_of_the_double_net(make):
    net, x, y = make("single")
    double = make("double")[0]
    expected = flat(central_differences(double, lambda: double.explain(x, y).E))
    assert flat(gradients(net, x, y)) == pytest.approx(expected, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_accumulated_update_is_minus_eta_times_the_gradient_of_the_mean_error(make, precision):
    net, _, _ = make(precision)
    double = make("double")[0]
    X, Y = samples(net.widths, 5)
    expected = flat(central_differences(double, lambda: double.error(X, Y)))
    before = flat(parameters(net))
    net.train(X, Y, eta=0.25, epochs=1, batch="all")
    changes = [after - earlier for after, earlier in zip(flat(parameters(net)), before)]
    tolerance = 1e-8 if precision == "double" else 1e-6
    assert changes == pytest.approx([-0.25 * slope for slope in expected], rel=1e-4, abs=tolerance)


# Other people's gradients -----------------------------------------------------------------------------------------


def torch_gradients(net, X, Y):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    tensors, b = [], torch.tensor(X, dtype=torch.float64)
    for layer in net.layers:
        w = torch.tensor([list(row) for row in layer.weights], dtype=torch.float64, requires_grad=True)
        theta = torch.tensor(list(layer.thresholds), dtype=torch.float64, requires_grad=True)
        f = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "linear": lambda x: x}[layer.activation]
        b = f(b @ w - theta)
        tensors.append((w, theta))
    error = 0.5 * ((b - torch.tensor(Y, dtype=torch.float64)) ** 2).sum() / len(X)
    error.backward()
    return [row for w, theta in tensors for row in (*w.grad.tolist(), theta.grad.tolist())]


def jax_gradients(net, X, Y):
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    jnp = importlib.import_module("jax.numpy")
    functions = {"sigmoid": lambda x: 1 / (1 + jnp.exp(-x)), "tanh": jnp.tanh, "linear": lambda x: x}

    def error(layers):
        b = jnp.array(X)
        for (w, theta), layer in zip(layers, net.layers):
            b = functions[layer.activation](b @ w - theta)
        return 0.5 * ((b - jnp.array(Y)) ** 2).sum() / len(X)

    x64 = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        layers = [
            (jnp.array([list(row) for row in layer.weights]), jnp.array(list(layer.thresholds))) for layer in net.layers
        ]
        found = jax.grad(error)(layers)
    finally:
        jax.config.update("jax_enable_x64", x64)
    return [row for w, theta in found for row in (*w.tolist(), theta.tolist())]


@pytest.mark.parametrize("library", [torch_gradients, jax_gradients])
def test_gradients_of_one_sample_are_those_of(library, make):
    net, x, y = make("double")
    expected = flat(library(net, [x], [y]))
    assert flat(gradients(net, x, y)) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("library", [torch_gradients, jax_gradients])
def test_accumulated_update_is_that_of(library, make):
    net, _, _ = make("double")
    X, Y = samples(net.widths, 4)
    expected = flat(library(net, X, Y))
    before = flat(parameters(net))
    net.train(X, Y, eta=0.5, epochs=1, batch="all")
    assert flat(parameters(net)) == pytest.approx([p - 0.5 * slope for p, slope in zip(before, expected)], abs=1e-12)
