"""When to stop: patience, Prechelt's criteria, or any callable of the history.

E(t) is the error after epoch t, the validation's or without one the training's. Source of GL, PQ and UP: L. Prechelt,
"Early Stopping - But When?", in: Neural Networks: Tricks of the Trade, 1998, section 2.2.1.
"""

from __future__ import annotations

from . import checks
from .choices import Choice, chosen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .training import History

    Watch = Callable[[History, int], str]  # called after each epoch t: why to stop, or nothing


class Criterion(Choice):
    """A rule. `watch()` gives a function of history and t that says why to stop."""

    needs_validation = True

    def watch(self) -> Watch:
        raise NotImplementedError


class GL(Criterion):
    """Generalisation loss: stop when GL(t) = 100 (E(t) / min E(t') - 1), t' <= t, is more than alpha percent"""

    word = "GL"
    numbers = ("alpha",)

    def __init__(self, alpha: float = 5.0) -> None:
        self.alpha = checks.positive("alpha of GL", alpha)

    def watch(self) -> Watch:
        best = -1.0

        def see(history: History, t: int) -> str:
            nonlocal best
            best, loss = _loss(history.watched[t - 1], best)
            return f"GL: the error is {loss:.3g} % above its lowest, more than {self.alpha:g} %" * (loss > self.alpha)

        return see


class PQ(Criterion):
    """Loss over progress: stop when GL(t) / P_k(t) > alpha, at the end of each strip of k epochs

    P_k(t) = 1000 (sum of the strip's training errors / (k times the least of them) - 1)
    """

    word = "PQ"
    numbers = ("alpha", "strip")

    def __init__(self, alpha: float = 0.5, strip: int = 5) -> None:
        self.alpha = checks.positive("alpha of PQ", alpha)
        self.strip = checks.integer("strip of PQ", strip, 2)

    def watch(self) -> Watch:
        best = -1.0

        def see(history: History, t: int) -> str:
            nonlocal best
            best, loss = _loss(history.watched[t - 1], best)
            if t % self.strip:
                return ""
            errors = history.error[t - self.strip : t]
            total, least = 0.0, min(errors)
            for one in errors:
                total += one
            progress = 1000.0 * (total / (self.strip * least) - 1.0) if least > 0.0 else 0.0
            why = f"PQ: the loss on the validation is more than {self.alpha:g} times the progress in training"
            return why * (loss > self.alpha * progress)

        return see


class UP(Criterion):
    """Stop when E has risen in s successive strips of k epochs: E(t) > E(t - k) where a strip ends"""

    word = "UP"
    numbers = ("strips", "strip")

    def __init__(self, strips: int = 3, strip: int = 5) -> None:
        self.strips = checks.integer("strips of UP", strips, 1)
        self.strip = checks.integer("strip of UP", strip, 1)

    def watch(self) -> Watch:
        before, risen = -1.0, 0

        def see(history: History, t: int) -> str:
            nonlocal before, risen
            if t % self.strip:
                return ""
            error = history.watched[t - 1]
            risen = risen + 1 if 0.0 <= before < error else 0
            before = error
            return f"UP: the error rose in {risen} successive strips of {self.strip} epochs" * (risen >= self.strips)

        return see


class Patience(Criterion):
    """Stop when E has not fallen by more than min_improvement below its lowest for so many epochs"""

    word = "patience"
    numbers = ("epochs", "min_improvement")
    needs_validation = False

    def __init__(self, epochs: int = 10, min_improvement: float = 0.0) -> None:
        self.epochs = checks.integer("patience", epochs, 1)
        self.min_improvement = checks.within("min_improvement", min_improvement, 0.0)

    def watch(self) -> Watch:
        best, waited = -1.0, 0

        def see(history: History, t: int) -> str:
            nonlocal best, waited
            error = history.watched[t - 1]
            if best < 0.0 or error < best - self.min_improvement:
                best, waited = error, 0
                return ""
            waited += 1
            return f"patience: no lower error for {waited} epochs" * (waited >= self.epochs)

        return see


class Target(Criterion):
    """Stop when E is at most the target"""

    word = "target"
    numbers = ("error",)
    needs_validation = False

    def __init__(self, error: float) -> None:
        self.error = checks.within("target_error", error, 0.0)

    def watch(self) -> Watch:
        return lambda history, t: f"the error is at most {self.error:g}" * (history.watched[t - 1] <= self.error)


class Asked(Criterion):
    """Stop when a function of the history says so; text is the reason"""

    needs_validation = False

    def __init__(self, function: Callable[[History], object]) -> None:
        self.function = function

    def watch(self) -> Watch:
        def see(history: History, t: int) -> str:
            answer = self.function(history)
            return answer if isinstance(answer, str) else f"{self._name} said so" if answer else ""

        return see

    @property
    def _name(self) -> str:
        return str(getattr(self.function, "__qualname__", type(self.function).__name__))

    def __repr__(self) -> str:
        return f"Asked({self._name})"


def _loss(error: float, best: float) -> tuple[float, float]:
    """The lowest error, -1 for none yet, and GL in percent."""
    best = error if best < 0.0 else min(best, error)
    if best == 0.0:
        return best, float("inf") if error > 0.0 else 0.0
    return best, 100.0 * (error / best - 1.0)


CRITERIA = (GL, PQ, UP)


def criteria(stop: Any, patience: Any, min_improvement: Any, target_error: Any, validation: bool) -> list[Criterion]:
    values = list(stop) if isinstance(stop, (list, tuple)) else [] if stop is None else [stop]
    found: list[Criterion] = []
    for value in values:
        plain = callable(value) and not isinstance(value, (Choice, type))
        found.append(Asked(value) if plain else chosen("stop", value, (*CRITERIA, Patience, Target)))
    if patience is not None:
        found.append(Patience(patience, min_improvement))
    elif min_improvement != 0.0:
        raise ValueError(f"min_improvement needs patience, as in patience=10, got {min_improvement!r} alone")
    if target_error is not None:
        found.append(Target(target_error))
    for criterion in found:
        if criterion.needs_validation and not validation:
            raise ValueError(f"stop={criterion!r} watches a validation: give validation=0.2, or validation=(X, Y)")
    return found
