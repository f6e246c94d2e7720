"""What is wrong with my BP? Run a student's update on several nets and name the mistakes that give its numbers."""

from __future__ import annotations

import os
from importlib.util import find_spec
from math import isfinite

from .. import checks
from . import report, sandbox
from .cases import GROUPS, Reading, cases, group, places
from .diagnosis import diagnose, digits, is_group_right
from .mistakes import known
from .result import Finding, Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Union

    from .cases import Case
    from .sandbox import Record

    Student = Union[Callable[..., Any], str, os.PathLike[str]]

WIDEST, DEEPEST = 20, 6  # of `layers`: a check is about the algorithm, and large nets only make it slow


def check(
    student: Student,
    function: str | None = None,
    *,
    layers: Sequence[int] | None = None,
    batch: bool = False,
    arrays: bool | None = None,
    seconds: float = 10.0,
    lang: str = "en",
    isolate: bool | None = None,
) -> Result:
    """Say what is wrong with a student's update of BP, and which equation of the article it breaks.

    >>> from math import exp
    >>> def f(x):
    ...     return 1 / (1 + exp(-x))
    >>> def my_step(v, gamma, w, theta, x, y, eta):
    ...     d, q, l = len(x), len(gamma), len(y)
    ...     b = [f(sum(v[i][h] * x[i] for i in range(d)) - gamma[h]) for h in range(q)]
    ...     y_hat = [f(sum(w[h][j] * b[h] for h in range(q)) - theta[j]) for j in range(l)]
    ...     g = [y_hat[j] * (1 - y_hat[j]) * (y[j] - y_hat[j]) for j in range(l)]
    ...     w = [[w[h][j] + eta * g[j] * b[h] for j in range(l)] for h in range(q)]
    ...     e = [b[h] * (1 - b[h]) * sum(w[h][j] * g[j] for j in range(l)) for h in range(q)]
    ...     theta = [theta[j] - eta * g[j] for j in range(l)]
    ...     v = [[v[i][h] + eta * e[h] * x[i] for h in range(q)] for i in range(d)]
    ...     gamma = [gamma[h] - eta * e[h] for h in range(q)]
    ...     return v, gamma, w, theta
    >>> result = check(my_step)
    >>> result
    <Result of my_step: score 0.50, w updated before e>
    >>> result.mistakes[0].equation, result.right
    ('(11)', {'v': False, 'gamma': False, 'w': True, 'theta': True})

    `student` is a function, or the path of a Python file that has it under the name `function` (my_step, or else the
    only one whose parameters fit). It makes one update of standard BP and is either

        my_step(v, gamma, w, theta, x, y, eta) -> v, gamma, w, theta      v is d×q, gamma q, w q×l, theta l
        my_step(weights, thresholds, x, y, eta) -> weights, thresholds    lists of that, one for each layer

    told apart by the number of parameters. It may return new values, or change its arguments and return them or
    nothing; a vector may come back as a column. `layers` are the widths d, q, ..., l of the nets, for a function
    written for one shape. With `batch` it is handed several samples X, Y and makes one update of accumulated BP, on
    the mean error. `arrays` says whether it is handed NumPy arrays or lists; None tries lists first.

    It runs for at most `seconds` (with lists, and again with arrays), with its prints dropped, in a process of its own:
    a file in a new Python, a function in a fork of this one; where there is no safe fork (Windows, macOS), or with
    isolate=False, in this process without a limit of time. `lang` is "en" or "zh".

    Raises ValueError or TypeError if there is nothing to check: no such function, other parameters, a file that does
    not load; OSError if the file cannot be read.
    """
    checks.word("lang", lang, ["en", "zh"])
    checks.positive("seconds", seconds)
    run = Run(student, function, checked_layers(layers), batch, seconds, isolate)
    readings, again = run.readings(bool(arrays))
    notes = [] if run.is_isolated else [report.note("here", lang)]
    if arrays is None and run.record.end is None and any(reading.net is None for reading in readings):
        if find_spec("numpy") is None:
            if any(wants_arrays(reading) for reading in readings):
                notes.append(report.note("arrays missing", lang))
        else:
            other = Run(student, function, run.layers, batch, seconds, isolate)
            other_readings, other_again = other.readings(True)
            if count(other_readings) > count(readings):
                run, readings, again = other, other_readings, other_again
                notes.append(report.note("arrays", lang))
    return judged(run, readings, again, notes, lang)


def count(readings: Sequence[Reading]) -> int:
    """How many of the answers could be read."""
    return sum(reading.net is not None for reading in readings)


def wants_arrays(reading: Reading) -> bool:
    """Whether a function stopped with an error that is typical of array code on lists."""
    return (reading.problem or {}).get("type") in ("TypeError", "AttributeError", "ModuleNotFoundError")


def checked_layers(layers: Any) -> tuple[int, ...] | None:
    """The widths, checked; None for None."""
    if layers is None:
        return None
    if not checks.is_sequence(layers) or not 3 <= len(layers) <= DEEPEST:
        raise ValueError(f"layers must be 3 to {DEEPEST} widths, as in (2, 3, 1), got {checks.shown(layers)}")
    return tuple(checks.integer(f"layers[{n}]", width, 1, WIDEST) for n, width in enumerate(layers))


class Run:
    """The calls of a student's function, where they are made, and what came of them."""

    def __init__(
        self,
        student: Student,
        function: str | None,
        layers: tuple[int, ...] | None,
        batch: bool,
        seconds: float,
        isolate: bool | None,
    ) -> None:
        self.student, self.function, self.layers, self.batch = student, function, layers, batch
        self.seconds = seconds
        self.is_file = not callable(student)
        self.is_isolated = self.is_file or (sandbox.can_fork() if isolate is None else isolate)
        if self.is_isolated and not self.is_file and not hasattr(os, "fork"):
            raise ValueError("isolate=True needs os.fork, which this system lacks; put the function into a file")
        if self.is_file and not isinstance(student, (str, os.PathLike)):
            raise TypeError(f"student must be a function or the path of a Python file, got {checks.shown(student)}")
        forms = ["article", "layers"] if layers is None or len(layers) == 3 else ["layers"]
        self.cases = {form: cases(form, layers, batch) for form in forms}
        self.calls = {
            form: [case.arguments(form, batch) for case in [*tried, tried[0]]] for form, tried in self.cases.items()
        }

    def readings(self, arrays: bool) -> tuple[list[Reading], Reading | None]:
        """The answer for every case that was reached, and that of the first case when it was asked once more."""
        self.record = self.made(arrays)
        if self.record.refusal or not self.record.form:
            where = f", line {self.record.end['line']}" if self.record.end and "line" in self.record.end else ""
            raise ValueError(f"{self.student}{where}: {self.record.refusal or self.did_not_load()}")
        form = self.record.form
        tried = [*self.cases[form], self.cases[form][0]]
        readings = [Reading(case, form, self.batch, outcome) for case, outcome in zip(tried, self.record.outcomes)]
        again = readings.pop() if len(readings) == len(tried) else None
        if self.record.end and len(readings) < len(tried) - 1:
            readings.append(Reading(tried[len(readings)], form, self.batch, {"problem": self.record.end}))
        for reading in [*readings, *([again] if again else [])]:
            keep_finite(reading)
        return readings, again

    def made(self, arrays: bool) -> Record:
        """Make the calls."""
        if self.is_file:
            path = os.fspath(self.student)  # type: ignore[arg-type]
            with open(path, "rb"):  # the error of a file that cannot be read is its own
                pass
            return sandbox.run_file(path, self.function, self.calls, arrays, self.seconds)
        form = sandbox.form_of(self.student, self.calls)
        if self.is_isolated:
            return sandbox.run_forked(self.student, form, self.calls, arrays, self.seconds)
        return sandbox.run_here(self.student, form, self.calls, arrays)

    def did_not_load(self) -> str:
        """Why a file ended before its function was found."""
        says = report.PROBLEMS["en"][self.record.end["kind"]][0] if self.record.end else "it ended"
        return f"when the file is loaded, {says.format(**(self.record.end or {}))}"


def keep_finite(reading: Reading) -> None:
    """Turn an answer that is not finite into a problem."""
    if reading.net is not None:
        bad = [name for name in GROUPS if not all(map(isfinite, group(reading.net, name)))]
        if bad:
            reading.net = None
            reading.problem = {"kind": "nan", "name": ", ".join(report.LETTERS[name] for name in bad)}


def judged(run: Run, readings: list[Reading], again: Reading | None, notes: list[str], lang: str) -> Result:
    """The result: mistakes named, groups counted."""
    tried = run.cases[str(run.record.form)]
    observed = [(reading.case, reading.net) for reading in readings if reading.net is not None]
    found = diagnose(observed, known(run.batch))
    mistakes = [report.finding(mistake, lang) for mistake in found.mistakes]
    if found.single:
        mistakes.append(report.problem({"kind": "float32"}, lang, ()))
    others = [case.name for case, _ in observed if case not in found.cases]
    if others:
        where = ", ".join(case.name for case in found.cases)
        mistakes.append(report.problem({"kind": "size", "where": where}, lang, others))
    mistakes += problems(readings, lang)
    changed = sorted({name for reading in readings for name in reading.changed})
    data = [name.upper() if run.batch else name for name in changed if name in "xy"]
    if data:
        mistakes.append(report.problem({"kind": "changed", "name": ", ".join(data)}, lang, ()))
    if set(changed) - {"x", "y"}:
        names = ", ".join(report.LETTERS.get(name, name) for name in changed if name not in "xy")
        notes.append(report.note("changed", lang, name=names))
    if again is not None and not same(again, readings[0]):
        mistakes.append(report.problem({"kind": "unstable"}, lang, ()))
    if len(readings) < len(tried):
        notes.append(report.note("not reached", lang, nets=", ".join(case.name for case in tried[len(readings) :])))

    is_right = {name: [is_group_right(case, net, name) for case, net in observed] for name in GROUPS}
    right = {name: len(is_right[name]) == len(tried) and all(is_right[name]) for name in GROUPS}
    wrong_where_read = [name for name in GROUPS if not all(is_right[name])]
    unknown = [name for name in wrong_where_read if name not in found.explained]
    return Result(
        function=run.record.name or "my_step",
        lang=lang,
        nets=[case.name for case in tried],
        score=score(tried, observed, is_right),
        digits={name: min((digits(*pair, name) for pair in observed), default=None) for name in GROUPS},
        right=right,
        mistakes=mistakes,
        unknown=unknown,
        advice=report.advice({name: name not in wrong_where_read for name in GROUPS}, lang) if unknown else "",
        examples={name: example(observed, name) for name in wrong_where_read},
        notes=notes,
    )


def problems(readings: Sequence[Reading], lang: str) -> list[Finding]:
    """What went wrong with the runs, the same on several nets told once."""
    found: dict[tuple[Any, ...], tuple[dict[str, Any], list[str]]] = {}
    for reading in readings:
        if reading.problem is not None:
            what = reading.problem
            key = tuple(what.get(name) for name in ("kind", "type", "line", "name"))
            found.setdefault(key, (what, []))[1].append(reading.case.name)
    runs_on_square = any(reading.net is not None and len({*reading.case.widths}) == 1 for reading in readings)
    return [report.problem(what, lang, nets, runs_on_square) for what, nets in found.values()]


def same(one: Reading, other: Reading) -> bool:
    """Whether two answers for the same case are the same, up to the last digits."""
    if one.net is None or other.net is None:
        return (one.net is None) == (other.net is None)
    return all(
        abs(a - b) <= 1e-12 * max(1.0, abs(a))
        for name in GROUPS
        for a, b in zip(group(one.net, name), group(other.net, name))
    )


def score(tried: Sequence[Case], observed: Sequence[tuple[Case, Any]], is_right: dict[str, list[bool]]) -> float:
    """The share of groups that are right, over all nets; half for one that is right in single precision."""
    points = 0.0
    for i, (case, net) in enumerate(observed):
        for name in GROUPS:
            points += 1.0 if is_right[name][i] else 0.5 if is_group_right(case, net, name, single=True) else 0.0
    return points / (len(GROUPS) * len(tried))


def example(observed: Sequence[tuple[Case, Any]], name: str) -> tuple[str, str, float, float, float]:
    """The number of a wrong group that is furthest off in the first net in which it is wrong."""
    for case, net in observed:
        if not is_group_right(case, net, name):
            got, right, before = group(net, name), group(case.right, name), group(case.net, name)
            k = max(range(len(got)), key=lambda k: abs(got[k] - right[k]))
            return places(case, name)[k], case.name, before[k], right[k], got[k]
    raise AssertionError(f"{name} is right")
