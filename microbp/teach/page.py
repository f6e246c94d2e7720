"""The replay page: a Trace in HTML, whose script only shows the library's numbers."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from .. import checks
from . import equations
from .html import line
from .text import WORDS, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..step import Step
    from .equations import Equation
    from .trace import Trace

    Drawn = list[list["int | None"]]

LARGEST = 20_000_000  # bytes of a page
PHASES = {"forward": 0, "error": 0, "backward": 1, "update": 2}  # of the page
BOUNDED = ("sigmoid", "tanh", "softmax")  # outputs of at most 1


def page(trace: Trace, lang: str = "en", start: int = 0, largest: int = LARGEST) -> str:
    """The page, as text; it opens in a language, "en" or "zh", at the step `start`.

    Of wide layers it has the first and last three neurons. More than `largest` bytes are refused: a step takes about
    0.7 kB for 2-2-1, 4 kB for 784-30-10.

    >>> from microbp import Net
    >>> page(Net(2, 2, 1, seed=7).trace([[0, 1], [1, 0]], [1, 0]))[:15]
    '<!DOCTYPE html>'
    """
    words(lang)
    if not len(trace):
        raise ValueError("a page needs at least one step, and this trace has none")
    start = checks.integer("start", start, 0, len(trace) - 1)
    script = part("page.js")
    known = {"SCRIPT": script, "SCRIPT_HASH": b64encode(sha256(script.encode()).digest()).decode()}
    known["DATA"] = embedded(contents(trace, largest) | {"lang": lang, "start": start})
    return re.sub("@([A-Z_]+)@", lambda match: known[match[1]], part("page.html"))


def part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def embedded(data: Any) -> str:
    """JSON in which no text can end a <script>."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", text)


def exact(number: float) -> str:
    """With all digits, 2 for 2.0."""
    text = repr(number)
    return text[:-2] if text.endswith(".0") else text


def contents(trace: Trace, largest: int) -> dict[str, Any]:
    """What the page holds. Numbers are texts with every digit, in rows.

    widths, drawn   of each layer, from the inputs on: its width, and the indices drawn, None for those left out
    names           of inputs and outputs, where the net knows them
    symbols         base, subscript and superscript by reference
    refs            what stands in a row of the tables "sample", "state" (parameters) and "step"
    error           the mean error that each step meets, and the last
    formulas        for each form: by name, an equation as in `template`
    the others      as in `Steps`, `limits` and `outline`
    """
    first, columns = trace[0], trace.net.columns
    structure = first.structure
    widths, activations = structure.widths, structure.activations
    drawn = [equations.shown(width) for width in widths]
    refs = references(drawn)
    symbols = [equations.symbol(first, ref) for table in refs.values() for ref in table]
    steps = Steps(trace, refs, largest)
    listed, where, definitions = outline(first)
    return {
        "facts": f"{'-'.join(map(str, widths))}, {', '.join([*activations, structure.loss])}, {structure.precision}",
        "widths": widths,
        "drawn": drawn,
        "names": [columns.input_names, columns.output_names] if columns is not None else [[], []],
        "symbols": {s.ref: [s.base, s.sub, s.sup] for s in symbols},
        "refs": refs,
        "samples": steps.samples,
        "states": steps.states,
        "steps": steps.steps,
        "error": " ".join(map(exact, trace.error)),
        "limits": limits(steps, refs, ["", *activations]),
        "formulas": [formulas(step, drawn, definitions) for step in steps.forms.values()],
        "phases": listed,
        "where": where,
    }


def present(layer: list[int | None]) -> list[int]:
    return [j for j in layer if j is not None]


def pairs(drawn: Drawn) -> Iterator[tuple[int, int, int]]:
    """To layer n, from neuron i before it, to its neuron j."""
    for n, (before, layer) in enumerate(zip(drawn, drawn[1:])):
        yield from ((n, i, j) for i in present(before) for j in present(layer))


def neurons(drawn: Drawn) -> list[tuple[int, int]]:
    return [(n, j) for n, layer in enumerate(drawn[1:]) for j in present(layer)]


def references(drawn: Drawn) -> dict[str, list[str]]:
    lines, nodes = [f"{n}.{i}.{j}" for n, i, j in pairs(drawn)], [f"{n}.{j}" for n, j in neurons(drawn)]
    names = [("signals", nodes), ("gradients", nodes), ("dthresholds", nodes), ("dweights", lines)]
    return {
        "sample": [f"outputs.0.{i}" for i in present(drawn[0])] + [f"y.{j}" for j in present(drawn[-1])],
        "state": [f"weights.{place}" for place in lines] + [f"thresholds.{place}" for place in nodes],
        "step": ["E", "eta", *(f"outputs.{n + 1}.{j}" for n, j in neurons(drawn))]
        + [f"{name}.{place}" for name, places in names for place in places],
    }


class Steps:
    """The tables of a trace.

    samples  rows of the samples
    states   rows of the parameters
    steps    of each step [sample, state before, state after, form, row]
    forms    a step for each choice of frozen parameters, whose equations differ
    """

    def __init__(self, trace: Trace, refs: dict[str, list[str]], largest: int) -> None:
        self.refs = refs
        self.states: list[str] = []
        self.steps: list[tuple[int, int, int, int, str]] = []
        self.forms: dict[Any, Step] = {}
        rows: dict[int, str] = {}
        size = 0
        for t, (k, step) in enumerate(zip(trace.order, trace)):
            rows[k] = rows[k] if k in rows else self.row(step, "sample")
            before, after = self.state(self.row(step, "state")), self.state(self.row(step, "state", "new_"))
            form = None if step.mask is None else tuple(step.mask)
            self.forms.setdefault(form, step)
            row = self.row(step, "step")
            self.steps.append((k, before, after, list(self.forms).index(form), row))
            size += len(row) + len(self.states[-1]) + 40
            if size > largest:
                mb = f"{largest / 1e6:g} MB"
                raise ValueError(f"a page of {len(trace)} steps is more than {mb}, which hold {t} steps of this net")
        self.samples = [rows.get(k, "") for k in range(len(trace.Y))]

    def row(self, step: Step, table: str, prefix: str = "") -> str:
        return " ".join([exact(equations.value(step, prefix + ref)) for ref in self.refs[table]])

    def state(self, row: str) -> int:
        if not self.states or self.states[-1] != row:
            self.states.append(row)
        return len(self.states) - 1


def limits(steps: Steps, refs: dict[str, list[str]], activations: list[str]) -> list[float]:
    """The output that fills a neuron, by layer: the bound 1, or the greatest."""
    greatest = [1.0 if activation in BOUNDED else 1e-12 for activation in activations]
    rows = [(refs["sample"], text) for text in steps.samples if text]
    rows += [(refs["step"], step[-1]) for step in steps.steps]
    for names, text in rows:
        for name, number in zip(names, text.split(" ")):
            if name.startswith("outputs."):
                n = int(name.split(".")[1])
                greatest[n] = max(greatest[n], abs(float(number)))
    return greatest


def outline(step: Step) -> tuple[list[list[str | None]], dict[str, list[str]], dict[str, Equation]]:
    """The names of each phase's equations, None for those left out; the definitions that each needs; all of these."""
    listed: list[list[str | None]] = [[], [], []]
    where: dict[str, list[str]] = {}
    named: dict[str, Equation] = {}

    def name(e: Equation) -> str:
        known = next((name for name, other in named.items() if other == e), f"definition.{len(named)}")
        named[known] = e
        return known

    for phase in equations.phases(step):
        names = listed[PHASES[phase.name]]
        names += [name(equations.short(e)) for e in phase.given]
        for e in phase.equations:
            names.append(None if e is None else e.subject or name(e))
            if e is not None and e.where:
                where[e.subject] = [name(definition) for definition in e.where]
    return listed, where, named


def formulas(step: Step, drawn: Drawn, definitions: dict[str, Equation]) -> dict[str, list[str]]:
    every = [equations.error(step)]
    for n, j in neurons(drawn):
        every += [equations.signal(step, n, j), equations.output(step, n, j)]
        every += [equations.gradient(step, n, j), equations.threshold_change(step, n, j)]
    every += [equations.weight_change(step, *place) for place in pairs(drawn)]
    return {name: template(e) for name, e in [*((e.subject, e) for e in every), *definitions.items()]}


def template(e: Equation) -> list[str]:
    """HTML without the numbers, in English and, where it differs, in Chinese."""
    texts = [re.sub("(<mn data-ref=[^>]*>)[^<]*", r"\1", line(equations.short(e), lang)) for lang in WORDS]
    return texts[:1] if texts[0] == texts[1] else texts
