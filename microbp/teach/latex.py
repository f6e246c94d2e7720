"""A step in LaTeX: one align* for a document with amsmath, and with ctex where it says Chinese words."""

from __future__ import annotations

from .equations import kind, phases
from .formula import Renderer, digits
from .text import Text, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..step import Step
    from .equations import Equation, Phase
    from .formula import Expression, Number, Symbol

NAMES = {
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "θ": r"\theta", "η": r"\eta", "Δ": r"\Delta ", "ŷ": r"\hat{y}",
}  # fmt: skip
FUNCTIONS = {"f": "f", "H": "H"} | {name: rf"\{name}" for name in ("exp", "log", "tanh", "max", "min")}
FORMS = {
    "minus": "{} - {}", "negative": "-{}", "absolute": r"\lvert {} \rvert", "fraction": r"\frac{{{}}}{{{}}}",
    "power": "{}^{{{}}}", "sum": r"\sum_{{{}}} {}", "ellipsis": r"\dots",
}  # fmt: skip
RELATIONS = {">": (">", r"\le"), "≤": (r"\le", ">")}  # and its opposite
WIDTH, NARROW = 60, 28  # of a line, and of a sum behind other factors: in characters of the plain text


class LaTeX(Renderer):
    """Formulas in math mode."""

    forms = FORMS
    times_signs = " ", r" \cdot "

    def __init__(self, width: int = WIDTH) -> None:
        self.width = width  # at which a sum goes on in the next row

    def number(self, number: Number) -> str:
        mantissa, e, exponent = digits(number.value).partition("e")
        return rf"{mantissa} \times 10^{{{int(exponent)}}}" if e else mantissa

    def symbol(self, symbol: Symbol) -> str:
        base = "".join(NAMES.get(letter, letter) for letter in symbol.base)
        return base + (f"^{{({symbol.sup})}}" if symbol.sup else "") + (f"_{{{symbol.sub}}}" if symbol.sub else "")

    def group(self, body: str) -> str:
        return rf"\left({body}\right)" if r"\begin" in body or r"\frac" in body else f"({body})"

    def plus(self, *items: Expression) -> str:
        rows: list[list[str]] = [[]]
        room = self.width
        for term, written in zip(self.terms(items), PLAIN.terms(items)):
            if rows[-1] and room < len(written):
                rows.append([])
                room = self.width
            rows[-1].append(term)
            room -= len(written) + 3
        first, *others = map(" + ".join, rows)
        if not others:
            return first
        return r"\begin{aligned} & " + r" \\ & {} + ".join([first, *others]) + r" \end{aligned}"

    def times(self, *items: Expression) -> str:
        return super().times(*items) if self.width == NARROW else LaTeX(NARROW).times(*items)

    def function(self, name: str) -> str:
        return FUNCTIONS.get(name, rf"\operatorname{{{name}}}")

    def cases(self, first: Expression, left: Expression, relation: str, right: Expression, second: Expression) -> str:
        sign, opposite = RELATIONS[relation]
        a, b = self(left), self(right)
        return rf"\begin{{cases}} {self(first)}, & {a} {sign} {b} \\ {self(second)}, & {a} {opposite} {b} \end{{cases}}"


RENDER = LaTeX()
PLAIN = Text()


def latex(step: Step, lang: str = "en") -> str:
    """The whole step: four phases, and behind each equation its number in the article."""
    known = words(lang)
    rows = " \\\\\n".join(row for phase in phases(step) for row in section(phase, known))
    return f"% {known['latex']}\n\\begin{{align*}}\n{rows}\n\\end{{align*}}"


def section(phase: Phase, known: dict[str, str]) -> list[str]:
    """The rows of a phase; equations too long for a line, and others of their kind, have a row for each side."""
    given = [" = ".join(map(RENDER, e.parts)) for e in phase.given]
    heading = known[phase.name] + (known["colon"] if given else "")
    long = {kind(e) for e in phase.equations if e and width(e) > WIDTH}
    rows = [equation(e, known, kind(e) in long) if e else r"& \vdots" for e in phase.equations]
    return [" ".join([rf"& \textbf{{{heading}}}", *given]), *rows]


def width(e: Equation) -> int:
    """Its length in plain text, with what stands behind it."""
    return len(" = ".join(map(PLAIN, (*e.parts, *(e.change or ())))))


def equation(e: Equation, known: dict[str, str], is_long: bool) -> str:
    left, *sides = map(RENDER, e.parts)
    body = f"{left} &= " + (" \\\\\n&= " if is_long else " = ").join(sides)
    if e.change is not None:
        old, new = map(RENDER, e.change)
        body += rf"\text{{{known['frozen']}}}{old}" if e.is_frozen else rf", \quad {old} \to {new}"
    return body + (rf" \tag{{{e.number.strip('()')}}}" if e.number else "")
