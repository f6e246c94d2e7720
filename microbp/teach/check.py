"""What is wrong with my BP? Run a student's update on several nets and name the mistakes that give its numbers.

They are found by making them: first those that explain w and theta, and then, besides, those that explain v and gamma.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from itertools import combinations
from math import log10
from typing import Any, Union

from .. import checks
from . import report, sandbox
from .mistakes import Mistake, known
from .report import Finding, Result
from .sandbox import Record
from .variant import GROUPS, Case, Impossible, Net, Reading, Vector, cases, group, places, update

Student = Union[Callable[..., Any], str, os.PathLike[str]]
Mistakes = tuple[Mistake, ...]
Observed = Sequence[tuple[Case, Net]]

WIDEST, DEEPEST = 20, 6  # large nets only make a check slow
ARRAY_ERRORS = ("TypeError", "AttributeError", "ModuleNotFoundError")  # of array code on lists
RELATIVE = 1e-9  # of the largest change: more than the order of a sum does
ABSOLUTE = 1e-13  # of the largest number: what it loses of a small change
SINGLE = 3e-6  # of the largest number, in single precision
OUTPUT, HIDDEN = ("w", "theta"), ("v", "gamma")


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
    only one whose parameters fit), which makes one update of standard BP:

        my_step(v, gamma, w, theta, x, y, eta) -> v, gamma, w, theta      v is d×q, gamma q, w q×l, theta l
        my_step(weights, thresholds, x, y, eta) -> weights, thresholds    lists of that, one for each layer

    It may return new values, or change its arguments and return them or nothing; a vector may come back as a column.

    layers   the widths d, q, ..., l of the nets, for a function written for one shape
    batch    hand it several samples X, Y, for one update of accumulated BP
    arrays   hand it NumPy arrays, or lists; None tries lists first
    seconds  the time it may take (with lists, and again with arrays)
    lang     "en" or "zh"
    isolate  run a function in a fork of this process, or in this process without a limit of time; None: forked where
             that is safe (not on Windows and macOS); a file runs in a new Python

    Raises ValueError or TypeError if there is nothing to check: no such function, other parameters, a file that does
    not load; OSError if the file cannot be read.
    """
    checks.word("lang", lang, ["en", "zh"])
    checks.positive("seconds", seconds)
    forms = ["article", "layers"]
    if layers is not None:
        if not checks.is_sequence(layers) or not 3 <= len(layers) <= DEEPEST:
            raise ValueError(f"layers must be 3 to {DEEPEST} widths, as in (2, 3, 1), got {checks.shown(layers)}")
        layers = [checks.integer(f"layers[{n}]", width, 1, WIDEST) for n, width in enumerate(layers)]
        forms = forms[len(layers) > 3 :]
    is_file = not callable(student)
    if is_file and not isinstance(student, (str, os.PathLike)):
        raise TypeError(f"student must be a function or the path of a Python file, got {checks.shown(student)}")
    if isolate is None:
        isolate = sandbox.can_fork()
    elif isolate and not is_file and not hasattr(os, "fork"):
        raise ValueError("isolate=True needs os.fork, which this system lacks; put the function into a file")
    tried = {form: cases(form, layers, batch) for form in forms}
    calls = {form: [case.arguments(form, batch) for case in [*some, some[0]]] for form, some in tried.items()}

    def run(arrays: bool) -> Run:
        if not callable(student):
            with open(student, "rb"):  # the error of a file that cannot be read is its own
                pass
            record = sandbox.run_file(os.fspath(student), function, calls, arrays, seconds)
        else:
            form = sandbox.form_of(student, calls)
            if isolate:
                record = sandbox.run_forked(student, form, calls, arrays, seconds)
            else:
                record = sandbox.run_here(student, form, calls, arrays)
        if record.refusal or not record.form:
            end = record.end or {}
            where = f", line {end['line']}" if "line" in end else ""
            says = report.PROBLEMS["en"][end["kind"]][0].format(**end) if end else "it ended"
            raise ValueError(f"{student}{where}: {record.refusal or f'when the file is loaded, {says}'}")
        return Run(record, tried[record.form], batch)

    made = run(bool(arrays))
    notes = [] if is_file or isolate else [report.note("here", lang)]
    if arrays is None and made.record.end is None and len(made.observed) < len(made.readings):
        if find_spec("numpy"):
            other = run(True)
            if len(other.observed) > len(made.observed):
                made = other
                notes.append(report.note("arrays", lang))
        elif any((reading.problem or {}).get("type") in ARRAY_ERRORS for reading in made.readings):
            notes.append(report.note("arrays missing", lang))
    return made.result(notes, lang)


class Run:
    """A student's answers, `again` to the first case; `observed` are the nets that came back."""

    def __init__(self, record: Record, tried: list[Case], batch: bool) -> None:
        self.record, self.tried, self.batch = record, tried, batch
        outcomes = list(record.outcomes)
        if record.end and len(outcomes) < len(tried):
            outcomes.append({"problem": record.end})
        readings = [Reading(*pair, str(record.form), batch) for pair in zip([*tried, tried[0]], outcomes)]
        self.readings, self.again = readings[: len(tried)], readings[len(tried) :]
        self.observed = [(reading.case, reading.net) for reading in self.readings if reading.net]

    def result(self, notes: list[str], lang: str) -> Result:
        readings, tried, observed = self.readings, self.tried, self.observed
        found, explained, alike, single = diagnose(observed, known(self.batch))
        mistakes = [report.finding(mistake, lang) for mistake in found]

        def tell(kind: str, nets: Sequence[str] = (), **particulars: str) -> None:
            mistakes.append(report.problem({"kind": kind, **particulars}, lang, nets))

        if single:
            tell("float32")
        others = [case.name for case, _ in observed if case not in alike]
        if others:
            tell("size", others, where=", ".join(case.name for case in alike))
        mistakes += problems(readings, lang)
        changed = {name for reading in readings for name in reading.changed}
        data = sorted(changed & {"x", "y"})
        if data:
            tell("changed", name=", ".join(data).upper() if self.batch else ", ".join(data))
        if changed - {*data}:
            notes.append(report.note("changed", lang, name=report.letters(sorted(changed - {*data}))))
        for one, two in zip(readings, self.again):
            if one.net is not two.net and not (one.net and two.net and agrees(one.case, two.net, GROUPS, one.net)):
                tell("unstable")
        if len(readings) < len(tried):
            notes.append(report.note("not reached", lang, nets=", ".join(case.name for case in tried[len(readings) :])))

        wrong = {name: [pair for pair in observed if not agrees(*pair, [name])] for name in GROUPS}
        wrong = {name: pairs for name, pairs in wrong.items() if pairs}
        unknown = [name for name in wrong if name not in explained]
        points = float(len(GROUPS) * len(observed))
        for name, pairs in wrong.items():
            points -= sum(0.5 if agrees(*pair, [name], single=True) else 1.0 for pair in pairs)
        return Result(
            function=self.record.name or "my_step",
            lang=lang,
            nets=tuple(case.name for case in tried),
            score=points / (len(GROUPS) * len(tried)),
            digits={name: min((digits(*pair, name) for pair in observed), default=None) for name in GROUPS},
            right={name: len(observed) == len(tried) and name not in wrong for name in GROUPS},
            mistakes=mistakes,
            unknown=unknown,
            advice=report.advice([*wrong], lang) if unknown else "",
            examples={name: example(*pairs[0], name) for name, pairs in wrong.items()},
            notes=notes,
        )


def problems(readings: Sequence[Reading], lang: str) -> list[Finding]:
    found: dict[Any, tuple[dict[str, Any], list[str]]] = {}
    for reading in readings:
        if reading.problem is not None:
            key = tuple(map(reading.problem.get, ("kind", "type", "line", "name")))
            found.setdefault(key, (reading.problem, []))[1].append(reading.case.name)
    runs_on_square = any(reading.net and len({*reading.case.widths}) == 1 for reading in readings)
    return [report.problem(what, lang, nets, runs_on_square) for what, nets in found.values()]


def example(case: Case, net: Net, name: str) -> tuple[str, str, float, float, float]:
    before, right, got = (group(each, name) for each in (case.net, case.right, net))
    k = max(range(len(got)), key=lambda k: abs(got[k] - right[k]))
    return places(case, name)[k], case.name, before[k], right[k], got[k]


def agrees(case: Case, got: Net, names: Sequence[str], wanted: Net | None = None, single: bool = False) -> bool:
    """Whether groups are as wanted, or as BP makes them, up to rounding."""
    for name in names:
        old, numbers = group(case.net, name), group(wanted or case.right, name)
        size, change = max([1.0, *map(abs, numbers)]), distance(numbers, old)
        tolerance = RELATIVE * change + ABSOLUTE * size + (SINGLE * size if single else 0.0)
        if not distance(group(got, name), numbers) <= tolerance:
            return False
    return True


def distance(one: Vector, other: Vector) -> float:
    return max(abs(a - b) for a, b in zip(one, other))


def digits(case: Case, net: Net, name: str) -> int:
    """How many digits of the largest change of the group are right in all of it: 0 to 15."""
    right = group(case.right, name)
    error, change = distance(group(net, name), right), distance(group(case.net, name), right)
    return 15 if error == 0.0 else min(15, int(-log10(error / change))) if error < change else 0


def switches(mistakes: Mistakes) -> dict[str, Any]:
    return {switch: value for mistake in mistakes for switch, value in mistake.switches.items()}


class Search:
    def __init__(self, observed: Observed, mistakes: Sequence[Mistake], single: bool = False) -> None:
        self.observed = sorted(observed, key=lambda pair: -pair[0].widths[-1])  # several outputs tell most
        self.rank = {mistake.name: i for i, mistake in enumerate(mistakes)}
        self.single = single
        self.output: list[Mistake] = []
        self.hidden: list[Mistake] = []
        for mistake in mistakes:
            if not self.gives((mistake,), OUTPUT, right=True):
                self.output.append(mistake)
            elif not self.gives((mistake,), HIDDEN, right=True):
                self.hidden.append(mistake)

    def gives(self, mistakes: Mistakes, names: Sequence[str], right: bool = False) -> bool:
        """Whether these mistakes give the student's numbers, or the right ones, in every case."""
        for case, got in self.observed:
            net = self.net(case, mistakes)
            if net is None or not agrees(case, case.right if right else got, names, net, self.single):
                return False
        return True

    def net(self, case: Case, mistakes: Mistakes) -> Net | None:
        key = frozenset(mistake.name for mistake in mistakes)
        if key not in case.made:
            case.made[key] = None
            with suppress(Impossible, ZeroDivisionError, OverflowError):
                case.made[key] = update(case.net, case.X, case.Y, case.eta, switches(mistakes))
        return case.made[key]

    def sets(self, mistakes: Sequence[Mistake], size: int, besides: Mistakes = ()) -> list[Mistakes]:
        """So many mistakes that can be made besides others, those first that touch little and are common."""
        taken = switches(besides)
        free = [mistake for mistake in mistakes if taken.keys().isdisjoint(mistake.switches)]
        found = [s for s in combinations(free, size) if size < 2 or s[0].switches.keys().isdisjoint(s[1].switches)]
        return sorted(found, key=lambda s: (sum(len(m.switches) for m in s), sum(self.rank[m.name] for m in s)))

    def all_explained(self, most: int = 4) -> Mistakes | None:
        """The fewest mistakes that give all of the student's numbers."""
        outputs: list[list[Mistakes]] = []  # the sets of 0, 1, 2 that explain w and theta
        for total in range(most + 1):
            if total < 3:
                outputs.append([s for s in self.sets(self.output, total) if self.gives(s, OUTPUT)])
            for size in range(max(0, total - 2), min(total, 2) + 1):
                for at_output in outputs[size]:
                    for below in self.sets(self.hidden, total - size, at_output):
                        if self.gives(at_output + below, GROUPS):
                            return at_output + below
        return None

    def part_explained(self) -> tuple[Mistakes, list[str]]:
        made, explained = self.first(self.output, ((OUTPUT, 2), (OUTPUT[:1], 1), (OUTPUT[1:], 1)))
        below, more = self.first(self.hidden, ((HIDDEN, 2), (HIDDEN[:1], 2), (HIDDEN[1:], 2)), made)
        return made + below, [*explained, *more]

    def first(
        self, mistakes: Sequence[Mistake], wanted: Sequence[tuple[Sequence[str], int]], besides: Mistakes = ()
    ) -> tuple[Mistakes, Sequence[str]]:
        """The fewest mistakes, besides others, that give groups, the first for which so many are enough."""
        for names, most in wanted:
            for size in range(most + 1):
                for made in self.sets(mistakes, size, besides):
                    if self.gives(besides + made, names):
                        return made, names
        return (), ()


def diagnose(observed: Observed, mistakes: Sequence[Mistake]) -> tuple[Mistakes, Sequence[str], Sequence[Case], bool]:
    """Mistakes, groups and cases that they explain, whether in single precision."""
    cases = [case for case, _ in observed]
    if all(agrees(*pair, GROUPS) for pair in observed):
        return (), GROUPS, cases, False
    for single in (False, True):
        found = Search(observed, mistakes, single).all_explained()
        if found is not None:
            return found, GROUPS, cases, single
    for pair in observed if len(observed) > 1 else []:  # written for one shape, it is nonsense on others
        found = Search([pair], mistakes).all_explained(most=3)
        if found is not None:
            alike = [one[0] for one in observed if Search([one], mistakes).gives(found, GROUPS)]
            return found, GROUPS, alike, False
    return *Search(observed, mistakes).part_explained(), cases, False
