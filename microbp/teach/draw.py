"""The net as an SVG drawing, for light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from .. import checks, terminal

if TYPE_CHECKING:
    import os
    from typing import Any

    from ..net import Layer, Net

RADIUS = 17.0
ACROSS, DOWN = 150.0, 58.0  # from one column, and from one neuron, to the next
WIDER = 8.0  # more across for each row beyond four
MARGIN, TOP = 24.0, 62.0  # around all; above the neurons
MOST = 12  # neurons shown of a layer
WRITTEN = 6  # weights with numbers beside them
THIN, THICK = 0.7, 5.0  # lines of the smallest and the largest weight
NAME = 22  # columns of a name on a terminal
LETTER = 7.0  # about their width

STYLE = """
.microbp-net text{font:12px "Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans","Noto Sans CJK SC",sans-serif;\
fill:#1d2733;text-anchor:middle;dominant-baseline:central}
.microbp-net .paper{fill:#fff}
.microbp-net .plus{stroke:#1f6fb4}
.microbp-net .minus{stroke:#cf5a12}
.microbp-net .zero{stroke:#9aa5b1}
.microbp-net .frozen{stroke-dasharray:7 4}
.microbp-net .neuron{fill:#f3f6f9;stroke:#41505f;stroke-width:1.4}
.microbp-net .plus.fill{fill:#1f6fb4;stroke:none}
.microbp-net .minus.fill{fill:#cf5a12;stroke:none}
.microbp-net .small{font-size:10.5px}
.microbp-net .soft{fill:#5a6875}
.microbp-net .halo{stroke:#fff;stroke-width:4px;stroke-linejoin:round;paint-order:stroke}
.microbp-net .left{text-anchor:start}
.microbp-net .right{text-anchor:end}
.microbp-net .sub{font-size:.74em}
@media (prefers-color-scheme:dark){
.microbp-net text{fill:#e4e9ee}
.microbp-net .paper{fill:#161b21}
.microbp-net .plus{stroke:#5aa9ee}
.microbp-net .minus{stroke:#f39a5c}
.microbp-net .zero{stroke:#66717d}
.microbp-net .neuron{fill:#242c35;stroke:#a9b5c1}
.microbp-net .plus.fill{fill:#2f7fc4}
.microbp-net .minus.fill{fill:#c8692a}
.microbp-net .soft{fill:#a3afbb}
.microbp-net .halo{stroke:#161b21}
}
"""


class Place(NamedTuple):
    """A neuron or input: its index, None for dots, and centre."""

    j: int | None
    x: float
    y: float


class Layout(NamedTuple):
    columns: list[list[Place]]
    width: float
    height: float


def layout(net: Net, most: int = MOST, left: float = 0.0, right: float = 0.0) -> Layout:
    """With room for names at the left and right; of wide layers, the first and last."""
    shown = [indices(width, most) for width in net.widths]
    rows = max(map(len, shown))
    across = ACROSS + WIDER * max(0, rows - 4)
    columns = []
    for n, column in enumerate(shown):
        x = MARGIN + left + RADIUS + n * across
        first = TOP + RADIUS + (rows - len(column)) / 2 * DOWN
        columns.append([Place(j, x, first + row * DOWN) for row, j in enumerate(column)])
    width = 2 * (MARGIN + RADIUS) + left + right + (len(columns) - 1) * across
    return Layout(columns, width, TOP + rows * DOWN + MARGIN)


def indices(width: int, most: int) -> list[int | None]:
    if width <= most:
        return list(range(width))
    end = (most - 1) // 2
    return [*range(most - 1 - end), None, *range(width - end, width)]


class Drawing:
    """SVG: `save(path)` writes it, notebooks show it, str() is its text."""

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def save(self, path: str | os.PathLike[str]) -> None:
        from ..files import write

        write(path, f'<?xml version="1.0" encoding="UTF-8"?>\n{self.svg}\n')

    def _repr_svg_(self) -> str:
        return self.svg

    def __str__(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<Drawing: {len(self.svg):,} characters of SVG; save(path) writes it>"


def draw(net: Net, x: Any = None, most: int = MOST) -> Drawing:
    """The net as in a textbook.

    >>> from microbp import Net
    >>> print(draw(Net(2, 2, 1, init=0.6)).svg[:52])
    <svg xmlns="http://www.w3.org/2000/svg" class="micro

    A line is a weight: thick where it is large, blue above 0, orange below, dashed where it is frozen. Below a neuron
    stands its threshold; inputs and outputs have the names of `net.columns`. Pointing tells exact numbers.

    x     one sample, d numbers, for which every circle shows its output
    most  how many neurons of a layer are shown, 3 or more
    """
    checks.integer("most", most, 3)
    outputs = None if x is None else net.explain(x, net(x)).outputs  # of a step with y = ŷ, which learns nothing
    ins, outs = names(net)
    places = layout(net, most, room(ins), room(outs))
    parts = headings(net, places)
    largest = max(abs(w) for layer in net.layers for row in layer.weights for w in row)
    for n in range(len(net.layers)):
        parts += lines(net, n, places, largest)
    for n, column in enumerate(places.columns):
        parts += circles(net, n, column, None if outputs is None else outputs[n])
    parts += labels(places.columns[0], ins, -RADIUS - 7, "right") + labels(places.columns[-1], outs, RADIUS + 7, "left")
    width, height, widths = short(places.width), short(places.height), "-".join(map(str, net.widths))
    return Drawing(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="microbp-net" role="img" aria-label="net {widths}" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">\n<style>{STYLE}</style>\n'
        f'<rect class="paper" width="100%" height="100%" rx="8"/>\n' + "\n".join(parts) + "\n</svg>"
    )


def names(net: Net) -> tuple[list[str], list[str]]:
    if net.columns is None:
        return [], []
    return [cut(name) for name in net.columns.input_names], [cut(name) for name in net.columns.output_names]


def cut(name: str) -> str:
    """To what fits, in characters of XML."""
    name = "".join(c if c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff" else " " for c in name)
    if terminal.width(name) <= NAME:
        return name
    while terminal.width(name) > NAME - 1:
        name = name[:-1]
    return name + "…"


def room(names: list[str]) -> float:
    return max(map(terminal.width, names)) * LETTER + 7.0 if names else 0.0


# Parts -----------------------------------------------------------------------------------------------------------


def symbols(net: Net, n: int) -> tuple[str, str, str, str]:
    """Letters of outputs, thresholds and weights; a hidden layer's number."""
    if n == 0:
        return "x", "", "", ""
    if n == len(net.layers):
        return "ŷ", "θ", "w", ""
    return "b", "γ", "v", str(n) if len(net.layers) > 2 else ""


def symbol(letter: str, upper: str, lower: str = "") -> str:
    above = f'<tspan class="sub" dy="-.4em">{upper}</tspan>' if upper else ""
    below = f'<tspan class="sub" dy="{"1em" if upper else ".45em"}">{lower}</tspan>' if lower else ""
    return letter + above + below


def plain(letter: str, upper: str, lower: str) -> str:
    return f"{letter}{'^' + upper if upper else ''}_{lower}"


def headings(net: Net, places: Layout) -> list[str]:
    found = []
    for n, column in enumerate(places.columns):
        letter, _, _, number = symbols(net, n)
        found.append(text(column[0].x, MARGIN, symbol(letter, number)))
        if n:
            found.append(text(column[0].x, MARGIN + 17, net.layers[n - 1].activation, "small soft"))
    return found


def lines(net: Net, n: int, places: Layout, largest: float) -> list[str]:
    """The largest on top, numbers over all."""
    layer, (_, _, letter, number) = net.layers[n], symbols(net, n + 1)
    mask = layer.mask if net.mask is not None else None
    found, numbers = [], []
    few = layer.n_in * layer.n_out <= WRITTEN
    for i, x1, y1 in places.columns[n]:
        for j, x2, y2 in places.columns[n + 1]:
            if i is None or j is None:
                continue
            w = layer.weights[i][j]
            part = abs(w) / largest if largest else 0.0
            kind = f"{sign(w)} frozen" if mask is not None and not mask[i][j] else sign(w)
            separator = "," if max(layer.n_in, layer.n_out) > 9 else ""
            name = plain(letter, number, f"{i + 1}{separator}{j + 1}")
            style = f'stroke-width="{short(THIN + (THICK - THIN) * part)}" stroke-opacity="{short(0.35 + 0.65 * part)}"'
            ends = f'x1="{short(x1)}" y1="{short(y1)}" x2="{short(x2)}" y2="{short(y2)}"'
            found.append((abs(w), f'<line class="{kind}" {ends} {style}><title>{name} = {w!r}</title></line>'))
            if few:
                at = 0.3 if (i + j) % 2 else 0.36
                numbers.append(text(x1 + at * (x2 - x1), y1 + at * (y2 - y1), digits(w), "small halo"))
    return [line for _, line in sorted(found, key=lambda pair: pair[0])] + numbers


def circles(net: Net, n: int, column: list[Place], outputs: list[float] | None) -> list[str]:
    found = []
    letter, threshold_letter, _, number = symbols(net, n)
    layer: Layer | None = net.layers[n - 1] if n else None
    largest = max(1.0, max(map(abs, outputs))) if outputs else 1.0
    for j, x, y in column:
        if j is None:
            found.append(text(x, y, "⋮"))
            continue
        lower, told = str(j + 1), plain(letter, number, str(j + 1))
        inside, circle = symbol(letter, number, lower), f'cx="{short(x)}" cy="{short(y)}" r="{short(RADIUS)}"'
        if outputs is not None:
            told, inside = f"{told} = {outputs[j]!r}", rounded(outputs[j])
        if layer is not None:
            theta = layer.thresholds[j]
            told += f"\n{plain(threshold_letter, number, lower)} = {theta!r}"
        found.append(f'<circle class="neuron" {circle}><title>{told}</title></circle>')
        if outputs is not None and outputs[j]:
            kind, share = sign(outputs[j]), short(0.75 * abs(outputs[j]) / largest)
            found.append(f'<circle class="{kind} fill" {circle} fill-opacity="{share}" pointer-events="none"/>')
        found.append(text(x, y, inside, "small" if outputs is not None else ""))
        if layer is not None:
            below = f'{symbol(threshold_letter, number, lower)}<tspan dy="-.4em"> = {digits(theta)}</tspan>'
            found.append(text(x, y + RADIUS + 10, below, "small halo"))
    return found


def labels(column: list[Place], names: list[str], beside: float, side: str) -> list[str]:
    return [text(x + beside, y, escape(names[j]), side) for j, x, y in column if names and j is not None]


def text(x: float, y: float, content: str, kind: str = "") -> str:
    given = f' class="{kind}"' if kind else ""
    return f'<text x="{short(x)}" y="{short(y)}"{given} pointer-events="none">{content}</text>'


def sign(x: float) -> str:
    return "plus" if x > 0 else "minus" if x < 0 else "zero"


def digits(x: float) -> str:
    return f"{x:.3g}".replace("-", "−")


def rounded(x: float) -> str:
    return (f"{x:.2f}" if abs(x) < 100 else f"{x:.1g}").replace("-", "−")


def short(x: float) -> str:
    return f"{x:.2f}".rstrip("0").rstrip(".")
