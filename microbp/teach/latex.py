"""A step in LaTeX: one align* for a document with amsmath, and with ctex where it says Chinese words."""

from __future__ import annotations

from .equations import phases
from .formula import ATOM, PRODUCT, SUM, Renderer, digits
from .words import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..step import Step
    from .equations import Equation, Phase
    from .formula import Expression, Number, Symbol

NAMES = {
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "θ": r"\theta", "η": r"\eta", "Δ": r"\Delta ", "ŷ": r"\hat{y}",
}  # fmt: skip
FUNCTIONS = {"f": "f", "H": "H"} | {name: rf"\{name}" for name in ("exp", "log", "tanh", "max", "min")}
RELATIONS = {">": (">", r"\le"), "≤": (r"\le", ">")}  # and its opposite
LONG = 90  # characters of LaTeX from which a side stands on a line of its own


class LaTeX(Renderer):
    """Formulas in math mode.

    >>> from microbp import Net
    >>> from microbp.teach.equations import output
    >>> LaTeX()(output(Net(2, 2, 1, init=0.6).explain([0, 1], [1]), 1, 0).sides[0])
    'f(\\\\beta_{1} - \\\\theta_{1})'
    """

    def number(self, number: Number) -> str:
        mantissa, e, exponent = digits(number.value).partition("e")
        return rf"{mantissa} \times 10^{{{int(exponent)}}}" if e else mantissa

    def symbol(self, symbol: Symbol) -> str:
        base = "".join(NAMES.get(letter, letter) for letter in symbol.base)
        return base + (f"^{{({symbol.sup})}}" if symbol.sup else "") + (f"_{{{symbol.sub}}}" if symbol.sub else "")

    def group(self, body: str) -> str:
        return rf"\left({body}\right)" if r"\begin" in body or r"\frac" in body else f"({body})"

    def plus(self, *items: Expression) -> str:
        terms = self.terms(items)
        if len(" + ".join(terms)) <= LONG:
            return " + ".join(terms)
        rows = [" + ".join(terms[i : i + 3]) for i in range(0, len(terms), 3)]
        return r"\begin{aligned} & " + r" \\ & {} + ".join(rows) + r" \end{aligned}"

    def minus(self, left: Expression, right: Expression) -> str:
        return f"{self(left, SUM)} - {self(right, PRODUCT)}"

    def negative(self, item: Expression) -> str:
        return f"-{self(item, PRODUCT)}"

    def times(self, *items: Expression) -> str:
        return r" \cdot ".join(self.factors(items))

    def power(self, base: Expression, exponent: Expression) -> str:
        return f"{self(base, ATOM)}^{{{self(exponent)}}}"

    def fraction(self, above: Expression, below: Expression) -> str:
        return rf"\frac{{{self(above)}}}{{{self(below)}}}"

    def absolute(self, item: Expression) -> str:
        return rf"\lvert {self(item)} \rvert"

    def call(self, name: str, *arguments: Expression) -> str:
        function = FUNCTIONS.get(name, rf"\operatorname{{{name}}}")
        if name == "log" and arguments[0].level == ATOM:
            return f"{function} {self(arguments[0])}"
        return function + self.group(", ".join(map(self, arguments)))

    def sum(self, index: str, item: Expression) -> str:
        return rf"\sum_{{{index}}} {self(item, PRODUCT)}"

    def cases(self, first: Expression, left: Expression, relation: str, right: Expression, second: Expression) -> str:
        sign, opposite = RELATIONS[relation]
        a, b = self(left), self(right)
        return rf"\begin{{cases}} {self(first)}, & {a} {sign} {b} \\ {self(second)}, & {a} {opposite} {b} \end{{cases}}"

    def row(self, *items: Expression) -> str:
        return f"({', '.join(map(self, items))})"

    def ellipsis(self) -> str:
        return r"\dots"


RENDER = LaTeX()


def latex(step: Step, lang: str = "en") -> str:
    """The whole step: four phases, and behind each equation its number in the article."""
    known = words(lang)
    rows = [row for phase in phases(step) for row in section(phase, known)]
    needs = known["latex"]
    return "\n".join([f"% {needs}", r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"])


def section(phase: Phase, known: dict[str, str]) -> list[str]:
    """The rows of one phase."""
    given = ["".join(sides(e)).replace("&", "") for e in phase.given]
    heading = rf"& \textbf{{{known['colon'].join([known[phase.name], *['']][: 1 + len(given)])}}} " + "".join(given)
    return [heading.rstrip(), *(equation(e, known) if e else r"& \dots" for e in phase.equations)]


def sides(e: Equation) -> list[str]:
    """left, then &= side for each other one."""
    left, *right = [RENDER(side) for side in (e.left, *e.sides, e.result) if side is not None]
    return [left, *(f" &= {side}" for side in right)]


def equation(e: Equation, known: dict[str, str]) -> str:
    """One equation; where it is long, each side on a row of its own."""
    left, *right = sides(e)
    is_long = len("".join(right)) > LONG
    body = left + (" \\\\\n" if is_long else "").join(right if is_long else [right[0], *(s[2:] for s in right[1:])])
    if e.change is not None:
        old, new = map(RENDER, e.change)
        body += rf"\text{{{known['frozen']}}}{old}" if e.is_frozen else rf", \quad {old} \to {new}"
    return body + (rf" \tag{{{e.number.strip('()')}}}" if e.number else "")
