"""Schedules: eta in each epoch n = 1, 2, ..., N, computed by + - * / alone, so that it is the same everywhere."""

from __future__ import annotations

from . import checks
from .arithmetic import exp, log
from .choices import Choice, chosen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def power(x: float, n: int) -> float:
    """x^n by squaring, the lowest bit of n first."""
    result = 1.0
    while n:
        if n & 1:
            result = result * x
        x = x * x
        n >>= 1
    return result


def cos_pi(t: float) -> float:
    """cos(pi t) for 0 <= t <= 1, within 2.3e-16: up to 1/4 the Taylor polynomial; up to 3/4 -sin(pi (t - 1/2)), where
    t - 1/2 is exact; above -cos(pi (1 - t)).
    """
    if t > 0.75:
        return -cos_pi(1.0 - t)
    if t <= 0.25:
        return _polynomial(COSINE, t * t)
    s = t - 0.5
    return -(s * _polynomial(SINE, s * s)) + 0.0


def _polynomial(coefficients: tuple[float, ...], z: float) -> float:
    """c_0 + z (c_1 + z (c_2 + ...))"""
    total = coefficients[-1]
    for c in coefficients[-2::-1]:
        total = c + z * total
    return total


# (-1)^k pi^(2k) / (2k)!  and  (-1)^k pi^(2k+1) / (2k+1)!, rounded to binary64
COSINE = (
    1.0,
    -4.934802200544679,
    4.0587121264167685,
    -1.3352627688545895,
    0.2353306303588932,
    -0.02580689139001406,
    0.0019295743094039231,
    -0.0001046381049248457,
    4.303069587032947e-06,
    -1.3878952462213771e-07,
)
SINE = (
    3.141592653589793,
    -5.16771278004997,
    2.5501640398773455,
    -0.5992645293207921,
    0.08214588661112823,
    -0.0073704309457143504,
    0.00046630280576761255,
    -2.1915353447830217e-05,
    7.952054001475513e-07,
)


class Schedule(Choice):
    """What all of them have."""

    word = "constant"
    sees_error = False  # whether eta depends on earlier errors
    takes_back = False  # whether an epoch may be taken back

    def start(self) -> dict[str, float]:
        """The state: what must be known beside the epoch."""
        return {}

    def eta(self, eta: float, epoch: int, epochs: int, state: dict[str, float]) -> float:
        """eta_n in epoch n of N = epochs; `eta` is that of train."""
        return eta

    def after(self, state: dict[str, float], error: float) -> bool:
        """Note the error after an epoch; False: take it back."""
        return True


class Constant(Schedule):
    """eta_n = eta"""


class Step(Schedule):
    """eta_n = eta factor^floor((n - 1) / every)

    >>> [Step(2, 0.5).eta(0.8, n, 6, {}) for n in range(1, 7)]
    [0.8, 0.8, 0.4, 0.4, 0.2, 0.2]
    """

    word = "step"
    numbers = ("every", "factor")

    def __init__(self, every: int = 100, factor: float = 0.5) -> None:
        self.every = checks.integer("every of the schedule step", every, 1)
        self.factor = checks.positive("factor of the schedule step", factor)

    def eta(self, eta: float, epoch: int, epochs: int, state: dict[str, float]) -> float:
        return eta * power(self.factor, (epoch - 1) // self.every)


class Exponential(Schedule):
    """eta_n = eta factor^(n - 1)"""

    word = "exponential"
    numbers = ("factor",)

    def __init__(self, factor: float = 0.99) -> None:
        self.factor = checks.positive("factor of the schedule exponential", factor)

    def eta(self, eta: float, epoch: int, epochs: int, state: dict[str, float]) -> float:
        return eta * power(self.factor, epoch - 1)


class InverseScaling(Schedule):
    """eta_n = eta / n^power, by microbp's own exp and log"""

    word = "inverse"
    numbers = ("power",)

    def __init__(self, power: float = 0.5) -> None:
        self.power = checks.positive("power of the schedule inverse", power)

    def eta(self, eta: float, epoch: int, epochs: int, state: dict[str, float]) -> float:
        return eta / exp(self.power * log(float(epoch)))


class Cosine(Schedule):
    """eta_n = eta (low + (1 - low) (1 + cos(pi t)) / 2), t = (n - 1 - warmup) / (N - warmup); before it eta n / warmup

    N is the number of planned epochs, or `epochs`, after which eta stays as it is.
    Source: I. Loshchilov, F. Hutter, "SGDR", ICLR 2017, (5).

    >>> [round(Cosine(warmup=2).eta(1.0, n, 6, {}), 3) for n in range(1, 7)]
    [0.5, 1.0, 1.0, 0.854, 0.5, 0.146]
    """

    word = "cosine"
    numbers = ("warmup", "low", "epochs")

    def __init__(self, warmup: int = 0, low: float = 0.0, epochs: int | None = None) -> None:
        self.warmup = checks.integer("warmup of the schedule cosine", warmup, 0)
        self.low = checks.real("low of the schedule cosine", low, "a number from 0 to 1")
        if not 0.0 <= self.low <= 1.0:
            raise ValueError(f"low of the schedule cosine must be a number from 0 to 1, got {checks.shown(low)}")
        self.epochs = None if epochs is None else checks.integer("epochs of the schedule cosine", epochs, 1)

    def eta(self, eta: float, epoch: int, epochs: int, state: dict[str, float]) -> float:
        last = epochs if self.epochs is None else self.epochs
        if epoch <= self.warmup:
            return eta * (epoch / self.warmup)
        n, falling = min(epoch, last) - 1 - self.warmup, last - self.warmup
        t = n / falling if n > 0 else 0.0
        return eta * (self.low + (1.0 - self.low) * (0.5 * (1.0 + cos_pi(t))))


class Plateau(Schedule):
    """eta, times `factor` whenever the error has not fallen by more than `min_improvement` for `patience` epochs

    The error is the validation's where there is one, otherwise the training's.

    >>> schedule = Plateau(patience=2, factor=0.5)
    >>> state = schedule.start()
    >>> [(schedule.eta(0.8, 1, 9, state), schedule.after(state, error))[0] for error in (3, 2, 2, 2, 2)]
    [0.8, 0.8, 0.8, 0.8, 0.4]
    """

    word = "plateau"
    numbers = ("patience", "factor", "min_improvement")
    sees_error = True

    def __init__(self, patience: int = 10, factor: float = 0.5, min_improvement: float = 0.0) -> None:
        self.patience = checks.integer("patience of the schedule plateau", patience, 1)
        self.factor = checks.positive("factor of the schedule plateau", factor)
        self.min_improvement = checks.real("min_improvement of the schedule plateau", min_improvement)

    def start(self) -> dict[str, float]:
        return {"factor": 1.0, "best": -1.0, "waited": 0}  # no error is negative: -1 is none yet

    def eta(self, eta: float, epoch: int, epochs: int, state: dict[str, float]) -> float:
        return eta * state["factor"]

    def after(self, state: dict[str, float], error: float) -> bool:
        if state["best"] < 0.0 or error < state["best"] - self.min_improvement:
            state["best"], state["waited"] = error, 0
        else:
            state["waited"] += 1
            if state["waited"] >= self.patience:
                state["factor"], state["waited"] = state["factor"] * self.factor, 0
        return True


class BoldDriver(Schedule):
    """eta is multiplied by `grow` after an epoch that lowers E, by `cut` after one that does not; that is taken back

    E is that of all samples after the epoch, measured in a pass of its own; eta grows to at most `max_growth` times the
    first. Parameters and optimizer are taken back; the generator moves on.
    Source: Z.-H. Zhou, 机器学习 (2016), exercise 5.6; R. Battiti, "Accelerated backpropagation learning", 1989.

    >>> schedule = BoldDriver()
    >>> state = {**schedule.start(), "error": 0.5}
    >>> schedule.after(state, 0.4), schedule.eta(1.0, 2, 9, state), schedule.after(state, 0.41), state["error"]
    (True, 1.05, False, 0.4)
    """

    word = "bold"
    numbers = ("grow", "cut", "max_growth")
    sees_error = True
    takes_back = True

    def __init__(self, grow: float = 1.05, cut: float = 0.7, max_growth: float = 1000.0) -> None:
        self.grow = checks.positive("grow of the schedule bold", grow)
        self.cut = checks.positive("cut of the schedule bold", cut)
        if not self.cut < 1.0 <= self.grow:
            raise ValueError(f"the schedule bold wants cut < 1 <= grow, got cut {self.cut!r} and grow {self.grow!r}")
        self.max_growth = checks.positive("max_growth of the schedule bold", max_growth)
        if self.max_growth < 1.0:
            raise ValueError(f"max_growth of the schedule bold must be >= 1, got {checks.shown(max_growth)}")

    def start(self) -> dict[str, float]:
        return {"factor": 1.0, "error": -1.0}  # the trainer measures it before the first epoch

    def eta(self, eta: float, epoch: int, epochs: int, state: dict[str, float]) -> float:
        return eta * state["factor"]

    def after(self, state: dict[str, float], error: float) -> bool:
        if error <= state["error"]:
            state["error"], state["factor"] = error, min(state["factor"] * self.grow, self.max_growth)
            return True
        state["factor"] = state["factor"] * self.cut
        return False


class Called(Schedule):
    """eta_n = function(n)"""

    def __init__(self, function: Callable[[int], float]) -> None:
        self.function = function

    def eta(self, eta: float, epoch: int, epochs: int, state: dict[str, float]) -> float:
        return checks.real(f"schedule({epoch})", self.function(epoch), "a finite number > 0")

    def __repr__(self) -> str:
        return f"Called({getattr(self.function, '__qualname__', type(self.function).__name__)})"


SCHEDULES = (Constant, Step, Exponential, InverseScaling, Cosine, Plateau, BoldDriver)


def schedule(value: Any) -> Schedule:
    """Of a word, an object or a callable eta(n)."""
    if value is None:
        return Constant()
    if isinstance(value, Called) or (callable(value) and not isinstance(value, (Choice, type))):
        return value if isinstance(value, Called) else Called(value)
    found: Schedule = chosen("schedule", value, SCHEDULES)
    return found
