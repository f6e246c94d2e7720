"""A Step, printed as the article's equations: symbols, then the numbers put in, then the result."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .step import Step

SHOWN = 6  # of a layer's neurons and of a sum's terms; the middle of more is left out
UPPER = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SLOPES = {  # f' of a neuron with the output {0}, whose f sees {1}
    "sigmoid": "{0}·(1 − {0})",
    "tanh": "(1 − {0}·{0})",
    "linear": "1",
    "relu": "(1 if {0} > 0, else 0)",
    "leaky_relu": "(1 if {0} > 0, else 0.01)",
    "elu": "min(1, {0} + 1)",
    "softplus": "sigmoid({1})",
}
ERRORS = {  # the whole, and the term of an output {0} with the target {1}
    "squared_error": ("½·Σ_j (ŷ_j − y_j)² = ½·({})", "({0} − {1})²"),
    "absolute": ("Σ_j |ŷ_j − y_j| = {}", "|{0} − {1}|"),
    "huber": ("Σ_j H(ŷ_j − y_j) = {}", "H({0} − {1})"),
    "cross_entropy": (
        "−Σ_j (y_j·log ŷ_j + (1 − y_j)·log(1 − ŷ_j)) = −({})",
        "{1}·log {0} + (1 − {1})·log(1 − {0})",
    ),
    "softmax": ("−Σ_j y_j·log ŷ_j = −({})", "{1}·log {0}"),
}
GRADIENTS = {  # g of an output {0} with the target {1} and the slope {2}
    "squared_error": "{2}·({1} − {0})",
    "absolute": "{2}·sign({1} − {0})",
    "huber": "{2}·clip({1} − {0}, −1, 1)",
    "cross_entropy": "{1} − {0}",
}


class Symbols:
    """The names of one layer's quantities: w θ β ŷ g for the output, v γ α b e for the one hidden layer.

    `b_in` is the name of what comes in. With more hidden layers each has its number: v², γ², α², b², e².
    """

    def __init__(self, n: int, layers: int) -> None:
        def numbered(symbol: str, n: int) -> str:
            return symbol + (str(n).translate(UPPER) if layers > 2 else "")

        self.is_output = n == layers - 1
        names = ("w", "θ", "β", "ŷ", "g") if self.is_output else [numbered(s, n + 1) for s in ("v", "γ", "α", "b", "e")]
        self.w, self.theta, self.beta, self.b_out, self.g = names
        self.b_in = numbered("b", n) if n else "x"


def number(x: float) -> str:
    """A number as printed: ten significant digits."""
    return f"{x:.10g}".replace("-", "−")


def factor(x: float) -> str:
    """A number inside a product or a difference."""
    return f"({number(x)})" if x < 0 else number(x)


def middle_out(items: Sequence[str], dots: str = "…") -> list[str]:
    """The items, or the first and last of them with dots between."""
    half = SHOWN // 2
    return list(items) if len(items) <= SHOWN else [*items[:half], dots, *items[-half:]]


def for_each(n: int, lines: Callable[[int], list[str]]) -> list[str]:
    """The lines of n neurons, without those in the middle of many."""
    half = SHOWN // 2
    shown = range(n) if n <= SHOWN else [*range(half), -1, *range(n - half, n)]
    return [line for j in shown for line in (lines(j) if j >= 0 else ["       …"])]


def weight(symbol: str, h: int, j: int) -> str:
    """w_12, or w_1,12 where an index has two digits."""
    return f"{symbol}_{h + 1}{j + 1}" if h < 9 and j < 9 else f"{symbol}_{h + 1},{j + 1}"


def products(left: Sequence[str], right: Sequence[str]) -> str:
    """left_1·right_1 + left_2·right_2 + ..."""
    return " + ".join(middle_out([f"{a}·{b}" for a, b in zip(left, right)]))


def text(step: Step) -> str:
    """The whole step: forward, error, backward, update; the number of the article's equation before each line."""
    shapes, count = step.structure.layers, len(step.structure.layers)
    symbols = [Symbols(n, count) for n in range(count)]
    weights, thresholds = [], []
    for shape in shapes:
        starts = range(shape.offset, shape.end, shape.stride)
        *w, theta = [step.parameters[start : start + shape.n_out].tolist() for start in starts]
        weights.append(w)
        thresholds.append(theta)
    lines = [f"Forward: x = {listed(step.x)}, y = {listed(step.y)}"]
    for n, s in enumerate(symbols):
        lines += forward(step, n, s, weights[n], thresholds[n])
    loss = step.structure.loss
    whole, term = ERRORS["softmax" if step.structure.activations[-1] == "softmax" else loss]
    terms = [term.format(number(a) if "({0} " in term else factor(a), factor(b)) for a, b in zip(step.y_hat, step.y)]
    where = ", H(r) = ½·r² if |r| ≤ 1, else |r| − ½" if loss == "huber" else ""
    lines.append(f"  (1)  E = {whole.format(' + '.join(middle_out(terms)))} = {number(step.E)}{where}")
    lines.append("Backward: gradients, with the weights from before the update")
    lines += output_gradients(step, symbols[-1], thresholds[-1])
    for n in range(count - 2, -1, -1):
        lines += hidden_gradients(step, n, symbols[n], symbols[n + 1], weights[n + 1], thresholds[n])
    lines.append(f"Update: η = {number(step.eta)}")
    for n in range(count - 1, -1, -1):
        lines += updates(step, n, symbols[n], weights[n], thresholds[n])
    return "\n".join(lines)


def listed(numbers: Sequence[float]) -> str:
    """(1, 2, 3)"""
    return f"({', '.join(middle_out([number(x) for x in numbers]))})"


def forward(step: Step, n: int, s: Symbols, w: list[list[float]], theta: list[float]) -> list[str]:
    """Signals and outputs of layer n, equation (2)."""
    b, beta, b_out = step.outputs[n], step.signals[n], step.outputs[n + 1]

    def neuron(j: int) -> list[str]:
        names = products([weight(s.w, h, j) for h in range(len(b))], [f"{s.b_in}_{h + 1}" for h in range(len(b))])
        values = products([factor(row[j]) for row in w], [factor(x) for x in b])
        mark = "(2)" if s.is_output else "   "
        inside = f"f({s.beta}_{j + 1} − {s.theta}_{j + 1}) = f({number(beta[j])} − {factor(theta[j])})"
        if step.structure.activations[n] == "softmax":
            exps = [f"exp({number(a)} − {factor(b)})" for a, b in zip(beta, theta)]
            inside = f"exp({s.beta}_{j + 1} − {s.theta}_{j + 1}) / Σ_j exp({s.beta}_j − {s.theta}_j)"
            inside += f" = {exps[j]} / ({' + '.join(middle_out(exps))})"
        return [
            f"       {s.beta}_{j + 1} = {names} = {values} = {number(beta[j])}",
            f"  {mark}  {s.b_out}_{j + 1} = {inside} = {number(b_out[j])}",
        ]

    return for_each(len(beta), neuron)


def slopes(step: Step, n: int, s: Symbols, j: int, theta: list[float]) -> tuple[str, str]:
    """f' of neuron j in layer n, in symbols and in numbers."""
    slope = SLOPES.get(step.structure.activations[n], "")
    z = f"{s.beta}_{j + 1} − {s.theta}_{j + 1}", f"{number(step.signals[n][j])} − {factor(theta[j])}"
    return slope.format(f"{s.b_out}_{j + 1}", z[0]), slope.format(factor(step.outputs[n + 1][j]), z[1])


def output_gradients(step: Step, s: Symbols, theta: list[float]) -> list[str]:
    """Equation (6)."""
    gradient = GRADIENTS[step.structure.loss]

    def neuron(j: int) -> list[str]:
        slope, slope_value = slopes(step, len(step.gradients) - 1, s, j, theta)
        names = gradient.format(f"ŷ_{j + 1}", f"y_{j + 1}", slope)
        values = gradient.format(factor(step.y_hat[j]), number(step.y[j]), slope_value)
        return [f"  (6)  {s.g}_{j + 1} = {names} = {values} = {number(step.g[j])}"]

    return for_each(len(step.g), neuron)


def hidden_gradients(
    step: Step, n: int, s: Symbols, above: Symbols, w: list[list[float]], theta: list[float]
) -> list[str]:
    """Equation (11)."""
    b, g = step.outputs[n + 1], step.gradients[n + 1]

    def neuron(h: int) -> list[str]:
        names = products([weight(above.w, h, j) for j in range(len(g))], [f"{above.g}_{j + 1}" for j in range(len(g))])
        values = products([factor(x) for x in w[h]], [factor(x) for x in g])
        slope, slope_value = slopes(step, n, s, h, theta)
        return [
            f" (11)  {s.g}_{h + 1} = {slope}·({names}) = {slope_value}·({values}) = {number(step.gradients[n][h])}"
        ]

    return for_each(len(b), neuron)


def updates(step: Step, n: int, s: Symbols, w: list[list[float]], theta: list[float]) -> list[str]:
    """Equations (7) and (8) for the output layer, (9) and (10) for a hidden one."""
    b, g, eta = step.outputs[n], step.gradients[n], number(step.eta)
    dw, dtheta = step.changes()[n]
    shape = step.structure.layers[n]
    free = [step.free(start, [1.0] * len(g)) for start in range(shape.offset, shape.end, shape.stride)]
    mark_w, mark_theta = (" (7)", " (8)") if s.is_output else (" (9)", "(10)")

    def weights_from(h: int) -> list[str]:
        def to(j: int) -> list[str]:
            names = f"η·{s.g}_{j + 1}·{s.b_in}_{h + 1} = {eta}·{factor(g[j])}·{factor(b[h])}"
            if not free[h][j]:
                return [f" {mark_w}  Δ{weight(s.w, h, j)} = 0, frozen at {number(w[h][j])}"]
            new = f"{number(w[h][j])} → {number(w[h][j] + dw[h][j])}"
            return [f" {mark_w}  Δ{weight(s.w, h, j)} = {names} = {number(dw[h][j])}   {new}"]

        return for_each(len(g), to)

    def threshold(j: int) -> list[str]:
        if not free[-1][j]:
            return [f" {mark_theta}  Δ{s.theta}_{j + 1} = 0, frozen at {number(theta[j])}"]
        names = f"−η·{s.g}_{j + 1} = −{eta}·{factor(g[j])}"
        new = f"{number(theta[j])} → {number(theta[j] + dtheta[j])}"
        return [f" {mark_theta}  Δ{s.theta}_{j + 1} = {names} = {number(dtheta[j])}   {new}"]

    return for_each(len(b), weights_from) + for_each(len(g), threshold)
