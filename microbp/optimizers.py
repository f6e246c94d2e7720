"""Optimizers: what becomes of a parameter w when its gradient is known.

D is minus the gradient of the batch's error E = 1/m sum_k E_k: D = total / m, total = sum_k g_j b_h for a weight and
-sum_k g_j for a threshold. Each optimizer is a formula for one parameter. Its constants are rounded to the net's
precision (1 - beta after it is computed in binary64), then each operation is, in the order written.

To add one: a class here, with its name, its default eta, `state_rows`, and `formula`, which the engine calls once an
update.
"""

from __future__ import annotations

from math import sqrt

from .checks import shown, within, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .rows import Rows
    from .run import State

    Formula = Callable[..., tuple[float, ...]]


class Optimizer:
    """What all have: weight decay, and a limit on the length of the gradient.

    decay   L2: D = D - decay w for weights (not for thresholds), which is the gradient of decay/2 sum w**2
    clip    where the length of all D together is greater, every D is multiplied by clip / length, before the decay
            (R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks", 2013)
    """

    name = ""
    eta = 0.5  # the default learning rate
    state_rows = 0  # how many numbers it remembers of each parameter, 0 at first
    decoupled = False  # whether decay is AdamW's: w = w - (eta decay) w before the formula, and D as it is
    constants: tuple[str, ...] = ()  # their names

    def __init__(self, decay: float = 0.0, clip: float | None = None) -> None:
        self.decay = within("decay", decay, 0.0)
        self.clip = None if clip is None else within("clip", clip, 0.0, above=True)

    @property
    def is_plain(self) -> bool:
        """Whether it is the article's w += (eta / m) total, without D."""
        return False

    def formula(self, rows: Rows, eta: float, state: State) -> Formula:
        """For one update: the function from (w, D, what it remembers) to the new (w, ...)."""
        raise NotImplementedError

    def settings(self) -> dict[str, float | None]:
        """Every constant by name, as `make` takes them."""
        return {name: getattr(self, name) for name in (*self.constants, "decay", "clip")}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Optimizer) and self.name == other.name and self.settings() == other.settings()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.settings().items())})"


class BP(Optimizer):
    """w = w + eta D: the article's, standard or accumulated as the batch is.

    Without decay and clip it is w = w + rate total, with rate = eta / m computed in binary64 and rounded.
    """

    name = "bp"

    @property
    def is_plain(self) -> bool:
        return not self.decay and self.clip is None

    def formula(self, rows: Rows, eta: float, state: State) -> Formula:
        eta = rows.number(eta)

        def step(w: float, D: float) -> tuple[float, ...]:
            return (w + eta * D,)

        return step


class Momentum(Optimizer):
    """u = mu u + D;  w = w + eta u

    Source: B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964; the form is that of
    I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of initialization and momentum", 2013.

    >>> steps(Momentum(mu=0.5), 0.1, [1.0, 1.0])
    [0.1, 0.25]
    """

    name = "momentum"
    eta = 0.1
    state_rows = 1
    constants = ("mu",)

    def __init__(self, mu: float = 0.9, decay: float = 0.0, clip: float | None = None) -> None:
        super().__init__(decay, clip)
        self.mu = within("mu", mu, 0.0, 1.0)

    def formula(self, rows: Rows, eta: float, state: State) -> Formula:
        eta, mu = rows.number(eta), rows.number(self.mu)

        def step(w: float, D: float, u: float) -> tuple[float, ...]:
            u = mu * u + D
            return w + eta * u, u

        return step


class Nesterov(Momentum):
    """u = mu u + D;  w = w + eta (D + mu u)

    Source: Y. Nesterov, "A method for solving the convex programming problem with convergence rate O(1/k**2)", 1983,
    written for the parameters after the look-ahead: Y. Bengio, N. Boulanger-Lewandowski, R. Pascanu, "Advances in
    optimizing recurrent networks", 2013, equation (7).

    >>> steps(Nesterov(mu=0.5), 0.125, [1.0, 1.0])
    [0.1875, 0.40625]
    """

    name = "nesterov"

    def formula(self, rows: Rows, eta: float, state: State) -> Formula:
        eta, mu = rows.number(eta), rows.number(self.mu)

        def step(w: float, D: float, u: float) -> tuple[float, ...]:
            u = mu * u + D
            return w + eta * (D + mu * u), u

        return step


class RMSprop(Optimizer):
    """v = rho v + (1 - rho) (D D);  w = w + (eta D) / (sqrt(v) + epsilon)

    Source: T. Tieleman, G. Hinton, "Lecture 6.5: RMSprop", Neural Networks for Machine Learning, 2012.

    >>> [round(w, 6) for w in steps(RMSprop(rho=0.75), 0.5, [3.0, 0.0])]
    [1.0, 1.0]
    """

    name = "rmsprop"
    eta = 0.001
    state_rows = 1
    constants = ("rho", "epsilon")

    def __init__(self, rho: float = 0.9, epsilon: float = 1e-8, decay: float = 0.0, clip: float | None = None) -> None:
        super().__init__(decay, clip)
        self.rho = within("rho", rho, 0.0, 1.0)
        self.epsilon = within("epsilon", epsilon, 1e-37)

    def formula(self, rows: Rows, eta: float, state: State) -> Formula:
        eta, rho, rest = rows.number(eta), rows.number(self.rho), rows.number(1.0 - self.rho)
        epsilon, root = rows.number(self.epsilon), rows.root

        def step(w: float, D: float, v: float) -> tuple[float, ...]:
            v = rho * v + rest * (D * D)
            return w + (eta * D) / (root(v) + epsilon), v

        return step


class Adam(Optimizer):
    """u = beta1 u + (1 - beta1) D;  v = beta2 v + (1 - beta2) (D D);  w = w + (eta_t u) / (sqrt(v) / c + epsilon)

    with p1 = beta1**t, p2 = beta2**t as running products, eta_t = eta / (1 - p1) and c = sqrt(1 - p2), all of them in
    binary64, and eta_t and c then rounded to the net's precision.
    Source: D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.

    >>> [round(w, 6) for w in steps(Adam(), 0.5, [3.0, 3.0])]
    [0.5, 1.0]
    """

    name = "adam"
    eta = 0.001
    state_rows = 2
    constants = ("beta1", "beta2", "epsilon")

    def __init__(
        self,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        decay: float = 0.0,
        clip: float | None = None,
    ) -> None:
        super().__init__(decay, clip)
        self.beta1 = within("beta1", beta1, 0.0, 1.0)
        self.beta2 = within("beta2", beta2, 0.0, 1.0)
        self.epsilon = within("epsilon", epsilon, 1e-37)

    def formula(self, rows: Rows, eta: float, state: State) -> Formula:
        state.p1 *= self.beta1
        state.p2 *= self.beta2
        eta, c = rows.number(eta / (1.0 - state.p1)), rows.number(sqrt(1.0 - state.p2))
        beta1, rest1 = rows.number(self.beta1), rows.number(1.0 - self.beta1)
        beta2, rest2 = rows.number(self.beta2), rows.number(1.0 - self.beta2)
        epsilon, root = rows.number(self.epsilon), rows.root

        def step(w: float, D: float, u: float, v: float) -> tuple[float, ...]:
            u = beta1 * u + rest1 * D
            v = beta2 * v + rest2 * (D * D)
            return w + (eta * u) / (root(v) / c + epsilon), u, v

        return step


class AdamW(Adam):
    """w = w - (eta decay) w for weights, then Adam's formula with D as it is.

    Source: I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2019, algorithm 2.
    """

    name = "adamw"
    decoupled = True

    def __init__(
        self,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        decay: float = 0.01,
        clip: float | None = None,
    ) -> None:
        super().__init__(beta1, beta2, epsilon, decay, clip)


class IRpropMinus(Optimizer):
    """w = w + sign(D) step; only the sign of D counts, and each parameter has its own step, which begins at eta.

    Where D has the sign that it had, step = min(step plus, largest); where it has the other one, step = max(step minus,
    smallest) and D = 0, so that w stays and the next update changes no step. It wants accumulated BP, batch="all".
    Source: C. Igel, M. Huesken, "Improving the Rprop learning algorithm", 2000, iRprop-.

    >>> steps(IRpropMinus(), 0.5, [3.0, 0.25, -1.0, -1.0])
    [0.5, 1.1, 1.1, 0.8]
    """

    name = "rprop"
    eta = 0.1
    state_rows = 2
    constants = ("plus", "minus", "smallest", "largest")

    def __init__(
        self,
        plus: float = 1.2,
        minus: float = 0.5,
        smallest: float = 1e-6,
        largest: float = 50.0,
        decay: float = 0.0,
        clip: float | None = None,
    ) -> None:
        super().__init__(decay, clip)
        self.plus = within("plus", plus, 1.0)
        self.minus = within("minus", minus, 0.0, 1.0, above=True)
        self.smallest = within("smallest", smallest, 1e-37)
        self.largest = within("largest", largest, self.smallest)

    def formula(self, rows: Rows, eta: float, state: State) -> Formula:
        eta, first = rows.number(eta), state.t == 0
        plus, minus = rows.number(self.plus), rows.number(self.minus)
        smallest, largest = rows.number(self.smallest), rows.number(self.largest)

        def step(w: float, D: float, before: float, size: float) -> tuple[float, ...]:
            if first:
                size = eta
            if (before > 0.0 and D > 0.0) or (before < 0.0 and D < 0.0):
                size = size * plus
                size = size if size < largest else largest
            elif (before > 0.0 and D < 0.0) or (before < 0.0 and D > 0.0):
                size = size * minus
                size = size if size > smallest else smallest
                D = 0.0
            return w + size if D > 0.0 else w - size if D < 0.0 else w, D, size

        return step


OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    optimizer.name: optimizer for optimizer in (BP, Momentum, Nesterov, RMSprop, Adam, AdamW, IRpropMinus)
}


def make(optimizer: Any, **settings: Any) -> Optimizer:
    """The optimizer of this name with these constants.

    >>> make("momentum", mu=0.5), make("bp")
    (Momentum(mu=0.5, decay=0.0, clip=None), BP(decay=0.0, clip=None))
    """
    if isinstance(optimizer, Optimizer) and not settings:
        return optimizer
    if isinstance(optimizer, type) and issubclass(optimizer, Optimizer):
        raise TypeError(f"optimizer must be a word or an optimizer, got a class; write {optimizer.__name__}()")
    if not isinstance(optimizer, str):
        raise TypeError(f"optimizer must be one of {', '.join(OPTIMIZERS)}, or an optimizer, got {shown(optimizer)}")
    return OPTIMIZERS[word("optimizer", optimizer, OPTIMIZERS)](**settings)


def steps(optimizer: Optimizer, eta: float, gradients: list[float]) -> list[float]:
    """Where a parameter goes from 0 by these D, in binary64: for the examples above."""
    from .notation import Structure
    from .rows import double
    from .run import State

    state = State(Structure((1, 1), ("linear",), "squared_error", "double"), optimizer)
    numbers, path = (0.0,) * (1 + optimizer.state_rows), []
    for D in gradients:
        numbers = optimizer.formula(double, eta, state)(numbers[0], D, *numbers[1:])
        state.t += 1
        path.append(numbers[0])
    return path
