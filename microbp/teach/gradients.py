"""Gradient check: the engine's gradients against central differences of the error."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import checks
from ..generator import Generator
from ..metrics import total
from ..net import Net
from ..notation import LayerShape
from ..optimizers import Momentum
from ..run import Run, State
from ..weights import sample_weights

Numbers = Any  # as in notation

UNIT = 2.0**-52  # from 1 to the next binary64
H = UNIT ** (1 / 3)  # rounding, UNIT E / h, and the cut-off series, h² E''' / 6, are about as large there
SHRINK = (1.0, 2.0**-4, 2.0**-8)  # smaller steps get past kinks and strong curvature
ROUNDINGS = 16.0  # of E, in units of its last place
FLOOR = 1e-3  # of the group's largest gradient: the least to measure by
TOLERANCE = {"double": 1e-6, "single": 1e-3}
KINKED = ("relu", "leaky_relu")  # have a corner at 0; the loss absolute has one where ŷ = y


@dataclass(eq=False)
class Comparison:
    """dE/dp for one weight or threshold p: as the engine has it, and as a difference quotient.

    layer, neuron      p belongs to net.layers[layer].neurons[neuron]
    weight             which of its weights; None for its threshold
    analytic, numeric  the engine's gradient, and (E(p + h) − E(p − h)) / 2h
    difference         |analytic − numeric| over the larger of both, or over the least that rounding lets see
    kink               it reaches over a corner of relu or abs, where there is no one slope: not judged
    """

    layer: int
    neuron: int
    weight: int | None
    analytic: float
    numeric: float = 0.0
    difference: float = float("inf")
    kink: bool = False

    @property
    def name(self) -> str:
        what = "threshold" if self.weight is None else f"weights[{self.weight}]"
        return f"layers[{self.layer}].neurons[{self.neuron}].{what}"

    def __repr__(self) -> str:
        return (
            f"{self.name}: analytic {self.analytic:.10g}, numeric {self.numeric:.10g}, "
            f"relative difference {self.difference:.2g}"
        )


@dataclass(eq=False)
class Group:
    """The weights, or the thresholds, of one layer.

    name     "layers[0].weights"
    count    how many there are; `checked` of them were compared, `frozen` ones were not
    largest  the largest gradient, without its sign
    worst    the Comparison with the largest difference, kinks apart; None if there is none
    failed   those whose difference is above the tolerance
    kinks    those that reach over a corner, however small the step
    """

    name: str
    count: int
    checked: int
    frozen: int
    largest: float
    worst: Comparison | None
    failed: list[Comparison]
    kinks: list[Comparison]


@dataclass(eq=False)
class GradientCheck:
    """What `Net.check_gradients` found; print it for a table.

    ok         whether every gradient that was compared agrees to the tolerance
    worst      the Comparison with the largest difference, of all groups
    groups     one Group for the weights and one for the thresholds of each layer
    tolerance  the largest relative difference that is good enough
    """

    groups: list[Group]
    tolerance: float
    heading: str

    @property
    def ok(self) -> bool:
        return not any(group.failed for group in self.groups)

    @property
    def worst(self) -> Comparison | None:
        return largest([group.worst for group in self.groups if group.worst is not None])

    def __repr__(self) -> str:
        return f"<GradientCheck: {self.verdict()}>"

    def verdict(self) -> str:
        compared = sum(group.checked - len(group.kinks) for group in self.groups)
        failed = sum(len(group.failed) for group in self.groups)
        told = f"{failed} of {compared} gradients differ" if failed else f"all {compared} gradients agree"
        return f"{told} (relative difference {'over' if failed else 'up to'} {self.tolerance:g})"

    def __str__(self) -> str:
        from ..terminal import table

        rows = [["group", "checked", "largest gradient", "largest difference"]]
        for group in self.groups:
            difference = "–" if group.worst is None else f"{group.worst.difference:.2g}"
            rows.append([group.name, f"{group.checked} of {group.count}", f"{group.largest:.6g}", difference])
        lines = [self.heading, "", *table(rows), "", self.verdict()]
        if self.worst is not None:
            lines.append(f"{'worst' if self.ok else 'WRONG'}: {self.worst!r}")
        kinks = [kink for group in self.groups for kink in group.kinks]
        if kinks:
            lines.append(f"not judged: {len(kinks)}, at a corner of relu or abs, as {kinks[0].name}")
        frozen = sum(group.frozen for group in self.groups)
        if frozen:
            lines.append(f"not compared: {frozen}, frozen")
        return "\n".join(lines)


def largest(comparisons: list[Comparison]) -> Comparison | None:
    return max(comparisons, key=lambda comparison: comparison.difference, default=None)


def check_gradients(
    net: Net, X: Any, Y: Any, *, sample_weight: Any = None, limit: int | None = None, tolerance: float | None = None
) -> GradientCheck:
    """Compare every gradient of E = 1/m Σ_k s_k E_k that the engine computes with a central difference of E.

    >>> net = Net(2, 2, 1, seed=7)
    >>> check = check_gradients(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
    >>> check.ok, [(group.name, group.checked) for group in check.groups][:2]
    (True, [('layers[0].weights', 4), ('layers[0].thresholds', 2)])

    X, Y, sample_weight  m samples and their s_k, as `Net.train` takes them
    limit                compare at most so many of each group, at random, always the same; None: all
    tolerance            the relative difference that is good enough; 1e-6, and 1e-3 in single precision

    The gradients are in the net's own precision, the error is in double precision. The step is h = ∛2^-52 max(1, |p|),
    about 6e-6; where a difference does not agree, two smaller ones are tried. A corner of relu or abs within the
    smallest is no mistake.

    Costs two forward passes over the samples for each parameter: for a large net give few samples, and a `limit`.
    """
    inputs = net._inputs(X)
    targets = net._targets(Y, len(inputs) // net.widths[0])
    weights = sample_weights(sample_weight, None, targets, net.widths[-1], net.structure.typecode)
    most = None if limit is None else checks.integer("limit", limit, 1)
    enough = TOLERANCE[net.structure.precision] if tolerance is None else checks.positive("tolerance", tolerance)
    minus_gradient = analytic(net, inputs, targets, weights)
    surface = Surface(net, inputs, targets, weights)
    groups = []
    for n, (here, there) in enumerate(zip(net.structure.layers, surface.net.structure.layers)):
        neurons = range(here.n_out)
        for name, indices in (("weights", range(here.n_in)), ("thresholds", [None])):
            places = [(j, h) for h in indices for j in neurons]
            free = [place for place in places if net.mask is None or net.mask[offset(here, *place)]]
            steepest = max((abs(minus_gradient[offset(here, *place)]) for place in free), default=0.0)
            chosen = free
            if most is not None and most < len(free):
                chosen = [free[i] for i in sorted(Generator(0).shuffled(len(free))[:most])]
            compared = [Comparison(n, *place, 0.0 - minus_gradient[offset(here, *place)]) for place in chosen]
            for comparison, place in zip(compared, chosen):
                surface.compare(offset(there, *place), comparison, steepest, enough)
            judged = [comparison for comparison in compared if not comparison.kink]
            failed = [comparison for comparison in judged if not comparison.difference <= enough]
            kinks = [comparison for comparison in compared if comparison.kink]
            frozen, name = len(places) - len(free), f"layers[{n}].{name}"
            groups.append(Group(name, len(places), len(chosen), frozen, steepest, largest(judged), failed, kinks))
    single = "; differences in a double copy" if net.structure.precision == "single" else ""
    heading = f"gradients of {repr(net)[1:-1]}{single}; {len(surface.samples)} samples, E = {surface.E:.6g}"
    return GradientCheck(groups, enough, heading)


def analytic(net: Net, X: Numbers, Y: Numbers, weights: Numbers | None) -> Numbers:
    """D = −dE/dp for every parameter: what momentum remembers after one update, with an eta that changes no weight."""
    method = Momentum()
    state, parameters = State(net.structure, method), net.structure.buffer()
    parameters[:] = net.parameters
    d, l = net.widths[0], net.widths[-1]
    run = Run(
        X, Y, d, l, 2.0**-100, len(X) // d, False, Generator(0),
        optimizer=method, state=state, sample_weights=weights, mask=net.mask,
    )  # fmt: skip
    if not net._engine.train(net.structure, parameters, run, 1):
        raise ValueError("the error or a gradient of these samples is not finite; scale the inputs to about 1")
    return state.buffers[0]


class Surface:
    """The error of the samples on a copy of the net in double precision."""

    def __init__(self, net: Net, X: Numbers, Y: Numbers, weights: Numbers | None) -> None:
        s = net.structure
        *hidden, last = s.activations
        self.net = Net(
            *s.widths, activation=hidden or "sigmoid", output=last, loss=s.loss, init="zeros", engine=net.engine
        )
        for mine, theirs in zip(self.net.layers, net.layers):
            mine.weights = [list(row) for row in theirs.weights]
            mine.thresholds = list(theirs.thresholds)
        self.X = X = memoryview(array("d", X.tolist()))
        self.Y = Y = memoryview(array("d", Y.tolist()))
        d, l = s.widths[0], s.widths[-1]
        self.samples = [(X[k * d : (k + 1) * d], Y[k * l : (k + 1) * l]) for k in range(len(Y) // l)]
        self.weights = None if weights is None else weights.tolist()
        self.E = self.error()

    def error(self) -> float:
        """1/m Σ_k s_k E_k"""

        def mean(X: Numbers, Y: Numbers) -> float:
            return float(self.net._engine.mean_error(self.net.structure, self.net.parameters, X, Y))

        if self.weights is None:
            return mean(self.X, self.Y)
        return total([s_k * mean(x, y) for s_k, (x, y) in zip(self.weights, self.samples)]) / len(self.samples)

    def sides(self) -> list[bool]:
        sides = []
        for x, y in self.samples:
            step = self.net.explain(x.tolist(), y.tolist())
            for layer, signals in zip(self.net.layers, step.signals):
                if layer.activation in KINKED:
                    sides += [signal > threshold for signal, threshold in zip(signals, layer.thresholds)]
            if self.net.structure.loss == "absolute":
                sides += [y_hat_j > y_j for y_hat_j, y_j in zip(step.y_hat, step.y)]
        return sides

    def compare(self, place: int, comparison: Comparison, largest: float, enough: float) -> None:
        """Fill in the difference quotient that agrees best."""
        parameters = self.net.parameters
        p = parameters[place]

        def around(look: Callable[[], Any]) -> list[Any]:
            seen = []
            for value in (p + h, p - h):
                parameters[place] = value
                seen.append(look())
            parameters[place] = p
            return seen

        for shrink in SHRINK:
            h = H * max(1.0, abs(p)) * shrink
            above, below = around(self.error)
            width = (p + h) - (p - h)
            numeric = (above - below) / width
            noise = ROUNDINGS * UNIT * abs(self.E) / width
            scale = max(abs(comparison.analytic), abs(numeric), FLOOR * largest, noise / enough)
            apart = abs(comparison.analytic - numeric)
            difference = apart / scale if apart else 0.0
            if difference < comparison.difference:
                comparison.numeric, comparison.difference = numeric, difference
            if comparison.difference <= enough:
                return
        above, below = around(self.sides)
        comparison.kink = above != below


def offset(shape: LayerShape, j: int, h: int | None) -> int:
    """Where weight h, or the threshold, of neuron j stands."""
    return shape.thresholds + j if h is None else shape.offset + h * shape.stride + j
