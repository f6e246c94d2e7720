"""A step in HTML with MathML."""

from __future__ import annotations

from html import escape

from .equations import phases
from .formula import SUM, Number, Renderer, digits
from .text import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..step import Step
    from .equations import Equation, Phase
    from .formula import Expression, Symbol

APPLY = "\u2061"  # a function to what follows
FACTOR = '<mrow class="factor">'
FORMS = {
    "minus": "{}<mo>−</mo>{}",
    "negative": '<mo form="prefix">−</mo>{}',
    "power": "<msup><mrow>{}</mrow>{}</msup>",
    "fraction": "<mfrac><mrow>{}</mrow><mrow>{}</mrow></mfrac>",
    "absolute": '<mo form="prefix">|</mo>{}<mo form="postfix">|</mo>',
    "sum": "<munder><mo>∑</mo><mi>{}</mi></munder>{}",
    "ellipsis": "<mo>…</mo>",
}
OPPOSITE = {">": "≤", "≤": ">"}
STYLE = """
.microbp-step { color: inherit; background: transparent; line-height: 2; overflow: auto hidden; }
.microbp-step h4 { margin: 1em 0 0.2em; line-height: 1.4; border-bottom: 1px solid; font-weight: 600; }
.microbp-step p { margin: 0; padding-left: 5.5em; text-indent: -2em; }
.microbp-step .number { display: inline-block; width: 2.5em; margin-left: -3.5em; margin-right: 1em; text-indent: 0;
  text-align: right; opacity: 0.7; }
.microbp-step math { text-indent: 0; font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math",
  "DejaVu Math TeX Gyre", math; }
.microbp-step .after { white-space: nowrap; opacity: 0.7; }
.microbp-step .change { margin-left: 1em; }
"""


class MathML(Renderer):
    """What stands in a <math>; numbers that are a quantity say in `data-ref` which.

    Those that need parentheses where negative stand with them in <mrow class="factor">: a script can change both.

    >>> b = Number(-0.5, "outputs.1.0")
    >>> print(MathML()(b * 2))
    <mrow class="factor"><mo>(</mo><mn data-ref="outputs.1.0">−0.5</mn><mo>)</mo></mrow><mo>⋅</mo><mn>2</mn>
    """

    forms = FORMS
    plus_sign, comma = "<mo>+</mo>", "<mo>,</mo>"
    times_signs = "<mo>\u2062</mo>", "<mo>⋅</mo>"  # U+2062: an invisible times
    before_symbol = '<mspace width="0.17em"/>'

    def __call__(self, formula: Any, level: int = 0) -> str:
        body = super().__call__(formula, level)
        if not (isinstance(formula, Number) and formula.ref and level > SUM):
            return body
        return body.replace("<mrow>", FACTOR, 1) if formula.level < level else f"{FACTOR}{body}</mrow>"

    def number(self, number: Number) -> str:
        ref = f' data-ref="{escape(number.ref)}"' if number.ref else ""
        return f"<mn{ref}>{digits(number.value).replace('-', '−')}</mn>"

    def symbol(self, symbol: Symbol) -> str:
        name = symbol.base[-1]
        base = '<mover><mi>y</mi><mo stretchy="false">^</mo></mover>' if name == "ŷ" else f"<mi>{name}</mi>"
        if symbol.base[0] == "Δ":
            base = f'<mrow><mi mathvariant="normal">Δ</mi>{base}</mrow>'
        ref = f' data-ref="{escape(symbol.ref)}"' if symbol.ref else ""
        sub = f"<mi>{symbol.sub}</mi>" if symbol.sub.isalpha() else f"<mn>{symbol.sub}</mn>"
        if symbol.sup:
            sup = f'<mrow><mo stretchy="false">(</mo><mn>{symbol.sup}</mn><mo stretchy="false">)</mo></mrow>'
            return f"<msubsup{ref}>{base}{sub}{sup}</msubsup>"
        return f"<msub{ref}>{base}{sub}</msub>" if symbol.sub else f"<mrow{ref}>{base}</mrow>"

    def group(self, body: str) -> str:
        return f"<mrow><mo>(</mo>{body}<mo>)</mo></mrow>"

    def function(self, name: str) -> str:
        return f"<mi>{name}</mi><mo>{APPLY}</mo>"

    def cases(self, first: Expression, left: Expression, relation: str, right: Expression, second: Expression) -> str:
        rows = "".join(
            f'<mtr><mtd style="text-align: left">{self(value)}<mo>,</mo></mtd>'
            f'<mtd style="text-align: left">{self(left)}<mo>{escape(sign)}</mo>{self(right)}</mtd></mtr>'
            for value, sign in ((first, relation), (second, OPPOSITE[relation]))
        )
        return f"<mrow><mo>{{</mo><mtable>{rows}</mtable></mrow>"


RENDER = MathML()


def parts(e: Equation) -> list[str]:
    """Left, = symbols, = numbers, = result."""
    left, *right = map(RENDER, e.parts)
    return [left, *('<mo form="infix">=</mo>' + side for side in right)]


def math(e: Equation) -> str:
    return f'<math displaystyle="true"><mrow>{"".join(parts(e))}</mrow></math>'


def line(e: Equation, lang: str = "en") -> str:
    """A <p>; a <math> for each side, so that a line can end before =."""
    sides = " ".join(f'<math displaystyle="true"><mrow>{part}</mrow></math>' for part in parts(e))
    number = f'<span class="number">{e.number}</span>'
    return f'<p data-phase="{e.phase}" data-subject="{escape(e.subject)}">{number}{sides}{after(e, lang)}</p>'


def after(e: Equation, lang: str) -> str:
    if e.change is None:
        return ""
    old, new = (f"<math>{RENDER(number)}</math>" for number in e.change)
    if e.is_frozen:
        return f'<span class="after">{words(lang)["frozen"]}{old}</span>'
    return f' <span class="after change">{old} → {new}</span>'


def html(step: Step, lang: str = "en") -> str:
    """The whole step as one <div> of well-formed XML."""
    known = words(lang)
    body = "\n".join(section(phase, known, lang) for phase in phases(step))
    return f'<div class="microbp-step" lang="{lang}"><style>{STYLE}</style>\n{body}\n</div>'


def section(phase: Phase, known: dict[str, str], lang: str) -> str:
    given = [f"<math><mrow>{''.join(parts(e))}</mrow></math>" for e in phase.given]
    lines = [line(e, lang) if e else '<p class="ellipsis">…</p>' for e in phase.equations]
    return "\n".join([f"<h4>{known['colon'].join([known[phase.name], *given])}</h4>", *lines])
