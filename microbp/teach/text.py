"""A step in plain text: what `print(step)` and `microbp explain` write."""

from __future__ import annotations

from .. import checks
from .equations import kind, phases
from .formula import ATOM, HALF, POWER, PRODUCT, Renderer, digits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..step import Step
    from .equations import Equation, Phase
    from .formula import Expression, Number, Symbol

WORDS = {
    "en": {
        "forward": "Forward",
        "error": "Error",
        "backward": "Backward: gradients, with the weights from before the update",
        "update": "Update",
        "frozen": ", frozen at ",
        "cases": "{first} if {condition}, else {second}",
        "colon": ": ",
        "latex": r"amsmath; after \allowdisplaybreaks a long one may continue on the next page",
    },
    "zh": {
        "forward": "前向计算",
        "error": "误差",
        "backward": "误差逆传播：梯度项，所用的是更新前的连接权",
        "update": "更新",
        "frozen": "，已冻结，保持 ",
        "cases": "{first}，若 {condition}；否则 {second}",
        "colon": "：",
        "latex": r"amsmath 和 ctex（用 XeLaTeX 编译）；前面写上 \allowdisplaybreaks，长的可以跨页",
    },
}
UPPER = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
FORMS = {"minus": "{} − {}", "negative": "−{}", "absolute": "|{}|", "sum": "Σ_{} {}", "ellipsis": "…"}


def words(lang: str) -> dict[str, str]:
    """What the renderings say in a language, "en" or "zh"."""
    return WORDS[checks.word("lang", lang, WORDS)]


class Text(Renderer):

    forms = FORMS

    def __init__(self, lang: str = "en") -> None:
        self.words = words(lang)

    def number(self, number: Number) -> str:
        return digits(number.value).replace("-", "−")

    def symbol(self, symbol: Symbol) -> str:
        return symbol.base + symbol.sup.translate(UPPER) + ("_" if symbol.sub else "") + symbol.sub

    def group(self, body: str) -> str:
        return f"({body})"

    def function(self, name: str) -> str:
        return name

    def power(self, base: Expression, exponent: Expression) -> str:
        return self(base, ATOM) + self(exponent).translate(UPPER)

    def fraction(self, above: Expression, below: Expression) -> str:
        return "½" if (above, below) == HALF.items else f"{self(above, PRODUCT)} / {self(below, POWER)}"

    def cases(self, first: Expression, left: Expression, relation: str, right: Expression, second: Expression) -> str:
        condition = f"{self(left)} {relation} {self(right)}"
        return self.words["cases"].format(first=self(first), condition=condition, second=self(second))


def text(step: Step, lang: str = "en") -> str:
    """The whole step: four phases, and before each equation its number in the article."""
    render = Text(lang)
    return "\n".join(line for phase in phases(step) for line in [heading(render, phase), *lines(render, phase)])


def heading(render: Text, phase: Phase) -> str:
    given = [" = ".join(map(render, e.parts)) for e in phase.given]
    return render.words["colon"].join([render.words[phase.name], *given])


def lines(render: Text, phase: Phase) -> list[str]:
    rows = [[render(part) for part in e.parts] if e else [] for e in phase.equations]
    widths: dict[str, list[int]] = {}
    for e, row in zip(phase.equations, rows):
        if e and not e.is_frozen:
            before = widths.get(kind(e), [0] * len(row))
            widths[kind(e)] = [max(pair) for pair in zip(before, map(len, row))]
    written = []
    for e, row in zip(phase.equations, rows):
        if e is None:
            written.append("       …")
            continue
        padded = row if e.is_frozen else [cell.ljust(width) for cell, width in zip(row, widths[kind(e)])]
        written.append(f"{e.number:>5}  {' = '.join(padded)}{after(render, e)}".rstrip())
    return written


def after(render: Text, e: Equation) -> str:
    if e.change is None:
        return ""
    old, new = map(render, e.change)
    return f"{render.words['frozen']}{old}" if e.is_frozen else f"   {old} → {new}"
