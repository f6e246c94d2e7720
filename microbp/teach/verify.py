"""Published worked examples of BP, run here, with the digits that agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from time import perf_counter
from typing import Any, Union

from ..data import Columns, load
from ..engine import engines, missing
from ..engine import load as load_engine
from ..metrics import accuracy, total
from ..net import Net
from ..step import Step

Value = Union[int, float, str]

PUBLISHED = "as published"
SLIP = "the page's slip"
CAUSE = "how the page got it"
RECORDED = "as recorded"
UNEXPECTED = "NOT AS EXPECTED"


def matched(published: str, computed: Value) -> tuple[int, int]:
    """How many digits of the published number the computed one has when it is rounded as far, and of how many.

    For a digest, how many of its first characters.
    """
    if isinstance(computed, str):
        wrong = (n for n, (one, other) in enumerate(zip(published, computed)) if one != other)
        return next(wrong, len(computed)), len(published)
    here, there = Decimal(computed), Decimal(published)
    last, first = int(there.as_tuple().exponent), there.adjusted()
    equal = (place for place in range(last, first + 1) if round(here, -place) == round(there, -place))
    return first - next(equal, first + 1) + 1, first - last + 1


@dataclass(eq=False)
class Row:
    """One quantity of an example."""

    quantity: str
    published: str
    computed: Value
    expected: str = PUBLISHED  # of the comparison
    right: str | None = None  # where the page slips
    others: list[Value] = field(default_factory=list)  # computed by further engines

    @property
    def digits(self) -> tuple[int, int]:
        return matched(self.published, self.computed)

    @property
    def ok(self) -> bool:
        """Whether all digits agree, on all engines; for a slip, only with the right number."""
        agree, of = matched(self.right or self.published, self.computed)
        is_slip = self.digits[0] < self.digits[1]
        return agree == of and is_slip == bool(self.right) and all(other == self.computed for other in self.others)

    @property
    def verdict(self) -> str:
        if self.ok:
            return self.expected
        differing = [other for other in self.others if other != self.computed]
        return f"{UNEXPECTED}: engines differ, {differing[0]!r}" if differing else UNEXPECTED

    def cells(self) -> list[str]:
        agree, of = self.digits
        published, computed = self.published, str(self.computed)
        if isinstance(self.computed, str):
            published, computed = f"{published[:12]}…", f"{computed[:12]}…"
        elif isinstance(self.computed, float):
            computed = f"{self.computed:.{max(10, of)}g}"
        return [self.quantity, published, computed, f"{agree} of {of}", self.verdict]


def slip(name: str, published: str, right: str, cause: str, computed: float, slipped: float) -> Iterator[Row]:
    """A wrong number, and how the page got it."""
    yield Row(name, published, computed, SLIP, right)
    yield Row(f"  if {cause}", published, slipped, CAUSE)


# The examples ----------------------------------------------------------------------------------------------------


def xor(engine: str) -> Iterator[Row]:
    """2-2-1, every weight and threshold 0.6, eta 0.1: |y − ŷ| after one epoch of standard BP on 00, 01, 10, 11.

    Source: https://stackoverflow.com/questions/2359571
    """
    X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    net = Net(2, 2, 1, init=0.6, engine=engine)
    net.train(X, Y, eta=0.1, epochs=1, shuffle=False)
    differences = [abs(y - net(x)[0]) for x, y in zip(X, Y)]
    yield Row("largest |y − ŷ|", "0.5435466682137927", max(differences))
    yield Row("mean |y − ŷ|", "0.4999991292217466", total(differences) / len(X))


def without_biases(engine: str, v: list[list[float]], w: list[list[float]], thresholds: list[float]) -> Net:
    """A 2-2-2 net with frozen thresholds."""
    net = Net(2, 2, 2, init="zeros", engine=engine)
    for layer, weights, threshold in zip(net.layers, (v, w), thresholds):
        layer.weights = weights
        layer.thresholds = [threshold] * 2
        layer.threshold_mask = [0, 0]
    return net


def wrong_update(net: Net, step: Step, e: Callable[[int], float]) -> None:
    """v_ih += eta b_h (1 - b_h) e(h) x_i, where the hidden layer is frozen."""
    for h, b_h in enumerate(step.b):
        e_h = b_h * (1 - b_h) * e(h)
        for i, x_i in enumerate(step.x):
            net.layers[0].weights[i][h] += step.eta * e_h * x_i


def mazur(engine: str) -> Iterator[Row]:
    """2-2-2, x = (0.05, 0.10), y = (0.01, 0.99), eta 0.5; biases 0.35 and 0.60 (thresholds −0.35, −0.60) stay fixed.

    The page's weights after the update are right. Its errors and outputs after that come from a program that updates w
    first and then computes e_h (11) with the new w.
    Source: https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example
    """
    x, y, eta = [0.05, 0.10], [0.01, 0.99], 0.5

    def start() -> Net:
        return without_biases(engine, [[0.15, 0.25], [0.20, 0.30]], [[0.40, 0.50], [0.45, 0.55]], [-0.35, -0.60])

    def wrong(net: Net) -> None:
        step = net.step(x, y, eta)  # w is new now
        w = net.layers[1].weights
        wrong_update(net, step, lambda h: w[h][0] * step.g[0] + w[h][1] * step.g[1])

    net, page = start(), start()
    page.layers[0].freeze()
    step = net.step(x, y, eta)
    wrong(page)
    v, w = (layer.weights for layer in net.layers)
    for row in [
        ("b_1", "0.593269992", step.b[0]),
        ("b_2", "0.596884378", step.b[1]),
        ("ŷ_1", "0.75136507", step.y_hat[0]),
        ("ŷ_2", "0.772928465", step.y_hat[1]),
        ("E", "0.298371109", step.E),
        ("g_1", "-0.138498562", step.g[0]),
        ("w_11, updated", "0.35891648", w[0][0]),
        ("w_21, updated", "0.408666186", w[1][0]),
        ("w_12, updated", "0.511301270", w[0][1]),
        ("w_22, updated", "0.561370121", w[1][1]),
        ("v_11, updated", "0.149780716", v[0][0]),
        ("v_21, updated", "0.19956143", v[1][0]),
        ("v_12, updated", "0.24975114", v[0][1]),
        ("v_22, updated", "0.29950229", v[1][1]),
    ]:
        yield Row(*row)
    cause = "w is updated before e_h"
    errors = net.error([x], [y]), page.error([x], [y])
    yield from slip("E after the update", "0.291027924", "0.2910277737", cause, *errors)
    net.train([x], [y], eta, 9_999)
    for _ in range(9_999):
        wrong(page)
    for j, published, right in [(0, "0.015912196", "0.0159136204"), (1, "0.984065734", "0.9840642735")]:
        yield from slip(f"ŷ_{j + 1} after 10,000 updates", published, right, cause, net(x)[j], page(x)[j])


def zhejiang(engine: str) -> Iterator[Row]:
    """2-2-2 without biases, x = (0.5, 0.3), y = (0.23, −0.07), eta 1; one update, published to two decimals.

    Forward pass and output layer are right. In the hidden layer e_h is taken as b_h (1 − b_h) Σ_j Δw_hj, where (11) has
    Σ_j w_hj g_j.
    Source: Zhejiang University's course, https://www.icourse163.org/course/ZJU-1003377027, section 8.3, and its copies
    """
    x, y = [0.5, 0.3], [0.23, -0.07]

    def start() -> Net:
        return without_biases(engine, [[0.2, -0.4], [0.5, 0.6]], [[0.1, -0.5], [-0.3, 0.8]], [0.0, 0.0])

    net, page = start(), start()
    page.layers[0].freeze()
    step = net.step(x, y, 1.0)
    wrong_update(page, page.step(x, y, 1.0), lambda h: step.dw[h][0] + step.dw[h][1])
    (v, w), wrong = (layer.weights for layer in net.layers), page.layers[0].weights
    for row in [
        ("b_1", "0.56", step.b[0]),
        ("b_2", "0.50", step.b[1]),
        ("ŷ_1", "0.48", step.y_hat[0]),
        ("ŷ_2", "0.53", step.y_hat[1]),
        ("E", "0.21", step.E),
        ("w5 = w_11, updated", "0.07", w[0][0]),
        ("w6 = w_12, updated", "-0.58", w[0][1]),
        ("w7 = w_21, updated", "-0.33", w[1][0]),
        ("w8 = w_22, updated", "0.73", w[1][1]),
        ("w2 = v_12, updated", "-0.41", v[0][1]),
        ("w4 = v_22, updated", "0.59", v[1][1]),
    ]:
        yield Row(*row)
    for name, published, i, right in [("w1 = v_11", "0.19", 0, "0.2084"), ("w3 = v_21", "0.49", 1, "0.5051")]:
        yield from slip(f"{name}, updated", published, right, "e_h sums Δw_hj", v[i][0], wrong[i][0])


def trained(engine: str, name: str, epochs: str, error: str, digest: str, **how: Any) -> Iterator[Row]:
    table = load("watermelon")
    X, Y = Columns.learn(table).encode(table)
    net = Net(len(X[0]), 5, 1, seed=0, engine=engine)
    history = net.train(X, Y, eta=1.0, epochs=10_000, target_error=0.01, shuffle=False, **how)
    quantities: list[tuple[str, str, Value]] = [
        ("epochs", epochs, history.epochs),
        ("last error", error, history.error[-1]),
        ("accuracy", "1.0", accuracy(Y, net.predict(X))),
        ("digest", digest, net.digest()),
    ]
    for quantity, recorded, computed in quantities:
        yield Row(f"{name}: {quantity}", recorded, computed, RECORDED)


def exercise_5_5(engine: str) -> Iterator[Row]:
    """Standard against accumulated BP on watermelon 3.0: 18-5-1, sigmoids, seed 0, eta 1, until the mean E_k is ≤ 0.01.

    An epoch is 17 updates in standard BP, and one in accumulated BP. Answers on the web give no initial weights; these
    are recorded from microbp.
    Source of the question: Zhou Zhihua, Machine Learning (机器学习, 2016), exercise 5.5
    """
    digest = "db9272d0bda32eccc2897da0cd12fcaf412522e8727bac86135c4a6c8dfa83d9"
    yield from trained(engine, "standard", "138", "0.009820489785727153", digest, batch=1)
    digest = "0d2d665ec02c5c6fa8fffb92e61abd91ed81b9f871a87f174dda9b0598902cae"
    yield from trained(engine, "accumulated", "2416", "0.009991695977669477", digest, batch="all")


def exercise_5_6(engine: str) -> Iterator[Row]:
    """Accumulated BP that finds eta by itself, from eta 1, on the net and the melons of exercise 5.5.

    The bold driver: eta × 1.05 after an epoch that lowers the error, eta × 0.7, and the epoch taken back, after one
    that does not. Compare its epochs with those of accumulated BP with a fixed eta; recorded from microbp.
    Source of the question: Zhou Zhihua, Machine Learning (机器学习, 2016), exercise 5.6
    """
    digest = "d65456417461629de75c2997eeb01165fa0498c686cdd093c76b60c8c9f5db8b"
    yield from trained(engine, "bold driver", "101", "0.009235905720658655", digest, batch="all", schedule="bold")


EXAMPLES = {
    "XOR of Stack Overflow 2359571": xor,
    "Mazur's step by step example": mazur,
    "The example of the Zhejiang course": zhejiang,
    "Zhou's exercise 5.5": exercise_5_5,
    "Zhou's exercise 5.6": exercise_5_6,
}


@dataclass(eq=False)
class Verification:
    """The rows of each example by its title, the engines, and those missing, with the reason."""

    examples: dict[str, list[Row]]
    engines: list[str]
    missing: dict[str, str]
    seconds: float

    @property
    def rows(self) -> list[Row]:
        return [row for rows in self.examples.values() for row in rows]

    @property
    def ok(self) -> bool:
        return all(row.ok for row in self.rows)

    def __repr__(self) -> str:
        good = sum(row.ok for row in self.rows)
        return f"<Verification: {good} of {len(self.rows)} as expected, engines {', '.join(self.engines)}>"

    def __str__(self) -> str:
        from ..terminal import table

        heading = ["quantity", "published", "computed", "digits", "verdict"]
        lines = []
        for title, rows in self.examples.items():
            told = (EXAMPLES[title].__doc__ or "").strip().splitlines()
            cells = [heading, *(row.cells() for row in rows)]
            aligned = zip(table([row[:-1] for row in cells]), cells)
            body = [*map(str.strip, told), "", *(f"{line}  {row[-1]}" for line, row in aligned), ""]
            lines += [title, *(f"  {line}".rstrip() for line in body)]
        same = ": the same bits" if len(self.engines) > 1 and self.ok else ""
        lines.append(f"engines  {', '.join(self.engines)}{same}, {self.seconds:.1f} s")
        lines += [f"         {reason}" for reason in self.missing.values()]
        good = sum(row.ok for row in self.rows)
        return "\n".join([*lines, f"result   {good} of {len(self.rows)} quantities as expected"])


def verify(engine: str | None = None) -> Verification:
    """Run every published example on one engine, "c" or "python", or on all that work here; print it for a table.

    >>> result = verify("python")
    >>> result.ok, len(result.rows) > 40
    (True, True)

    ImportError, with the reason, for an engine that is missing.
    """
    names = engines() if engine is None else [load_engine(engine).name]
    begin = perf_counter()
    examples = {}
    for title, example in EXAMPLES.items():
        rows, *others = [list(example(name)) for name in names]
        for other in others:
            for row, twin in zip(rows, other):
                row.others.append(twin.computed)
        examples[title] = rows
    return Verification(examples, names, missing() if engine is None else {}, perf_counter() - begin)
