"""Which engine a net holds: the C library where it is built, the Python module `bp` everywhere; the same bits."""

from __future__ import annotations

import os

from .checks import word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from .notation import Numbers, Row, Structure
    from .run import Run

    class Engine(Protocol):
        """What `bp.py` documents."""

        @property
        def name(self) -> str: ...
        @property
        def isa(self) -> str: ...
        @property
        def why(self) -> str: ...
        def train(self, structure: Structure, parameters: Numbers, run: Run, epochs: int) -> bool: ...
        def step(
            self, structure: Structure, parameters: Numbers, x: Row, y: Row, eta: float
        ) -> tuple[list[Row], list[Row], list[Row], float]: ...
        def predict(
            self, structure: Structure, parameters: Numbers, X: Numbers, Y_hat: Numbers, threads: int | None = None
        ) -> bool: ...
        def row(self, structure: Structure, parameters: Numbers, x: Any) -> Any: ...
        def error_sum(
            self,
            structure: Structure,
            parameters: Numbers,
            X: Numbers,
            Y: Numbers,
            sample_weights: Numbers | None = None,
            carried: float = 0.0,
        ) -> float: ...
        def mean_error(self, structure: Structure, parameters: Numbers, X: Numbers, Y: Numbers) -> float: ...
        def all_finite(self, numbers: Numbers) -> bool: ...


NAMES = ("c", "python")  # fastest first


def load(name: str) -> Engine:
    if name == "c":
        try:
            from .c import engine
        except ModuleNotFoundError as problem:
            no_cffi = "cffi" in str(problem.name)
            reason = "cffi is not installed" if no_cffi else "it was not built; is there a C compiler?"
            raise ImportError(f"the C engine is missing: {reason} ({problem})") from None
        return engine
    from . import bp

    return bp


def choose(asked: str = "auto") -> Engine:
    """For "auto" the one in MICROBP_ENGINE, or the fastest that works."""
    asked = word("engine", asked, ("auto", *NAMES))
    if asked == "auto":
        asked = word("MICROBP_ENGINE", os.environ.get("MICROBP_ENGINE") or "auto", ("auto", *NAMES))
    return load(asked if asked != "auto" else engines()[0])


def missing() -> dict[str, str]:
    """Those that do not work here, and why."""
    try:
        load("c")
    except ImportError as problem:
        return {"c": str(problem)}
    return {}


def engines() -> list[str]:
    """The names of the engines that work here, fastest first.

    >>> engines()[-1]
    'python'
    """
    reasons = missing()
    return [name for name in NAMES if name not in reasons]
