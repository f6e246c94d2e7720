"""A step in text, LaTeX and HTML: every number in them is the library's, and every line of them is true."""

import math
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microbp import Net
from microbp.teach import equations
from microbp.teach.equations import Equation, phases
from microbp.teach.formula import ELLIPSIS, SHOWN, Node, Number, Symbol
from microbp.teach.html import MathML, line
from microbp.teach.html import math as mathml
from microbp.teach.latex import LaTeX
from microbp.teach.text import Text

HIDDEN = ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "linear"]
ENDS = [
    *[(output, loss) for loss in ("squared_error", "absolute", "huber") for output in HIDDEN],
    ("sigmoid", "cross_entropy"),
    ("softmax", "cross_entropy"),
]


@st.composite
def steps(draw, widest=8):
    """A step of a net of any shape, activation and loss, with some parameters frozen."""
    widths = draw(st.lists(st.integers(1, widest), min_size=2, max_size=4))
    hidden = draw(st.lists(st.sampled_from(HIDDEN), min_size=len(widths) - 2, max_size=len(widths) - 2))
    output, loss = draw(st.sampled_from(ENDS))
    precision = draw(st.sampled_from(["double", "single"]))
    seed = draw(st.integers(0, 99))
    net = Net(*widths, activation=hidden, output=output, loss=loss, precision=precision, init=(-1.5, 1.5), seed=seed)
    for layer in net.layers if draw(st.booleans()) else ():
        layer.mask[0][-1] = 0
        layer.threshold_mask[0] = 0
    number = st.sampled_from([0, 1, -1, 0.5, 0.123456789012, -2.75, 1e-7])
    x = draw(st.lists(number, min_size=widths[0], max_size=widths[0]))
    y = [1 / widths[-1]] * widths[-1] if loss == "cross_entropy" else [0.3] * widths[-1]
    return net.explain(x, y, eta=draw(st.sampled_from([0.1, 0.5, 3, 1e-6])))


def every_equation(step):
    """All equations of a step, of every neuron and every weight."""
    yield equations.error(step)
    for n, g in enumerate(step.gradients):
        for j in range(len(g)):
            for function in (equations.signal, equations.output, equations.gradient, equations.threshold_change):
                yield function(step, n, j)
            for i in range(len(step.outputs[n])):
                yield equations.weight_change(step, n, i, j)


def field(step, ref):
    """The field of a step that a reference names."""
    names = ref.split(".")
    if len(names) == 1:
        return {"E": step.E, "eta": step.eta}[ref]
    fields = {
        "outputs": step.outputs, "signals": step.signals, "gradients": step.gradients, "y": step.y,
        "weights": step.weights, "thresholds": step.thresholds, "dweights": step.dweights,
        "dthresholds": step.dthresholds, "new_weights": step.new_weights, "new_thresholds": step.new_thresholds,
    }  # fmt: skip
    quantity = fields[names[0]]
    for place in names[1:]:
        quantity = quantity[int(place)]
    return quantity


def leaves(formula):
    if isinstance(formula, Node):
        for item in formula.items:
            yield from leaves(item)
    elif not isinstance(formula, str):
        yield formula


# What the lines say is true --------------------------------------------------------------------------------------

FUNCTIONS = {
    "exp": math.exp,
    "log": math.log,
    "tanh": math.tanh,
    "max": max,
    "min": min,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "sign": lambda r: (r > 0) - (r < 0),
    "clip": lambda r, low, high: min(max(r, low), high),
}


def evaluate(formula, step, where=(), known=()):
    """A formula's value with the numbers of a step, in full precision; `where` defines its f and H."""
    known = dict(known)

    def value(item, more=()):
        return evaluate(item, step, where, {**known, **dict(more)})

    if isinstance(formula, Number):
        assert formula.ref == "" or formula.value == field(step, formula.ref)
        return formula.value
    if isinstance(formula, Symbol):
        if formula.ref:
            return field(step, formula.ref)
        if formula.sub == "j":
            rows = {"ŷ": step.y_hat, "y": step.y, "β": step.beta, "θ": step.thresholds[-1]}
            return rows[formula.base][known["j"]]
        return known[formula.base]
    items = formula.items
    if formula.kind == "call":
        definitions = {e.left.items[0]: e for e in where}
        if items[0] in definitions:
            e = definitions[items[0]]
            return value(e.sides[0], {e.left.items[1].base: value(items[1])})
        return FUNCTIONS[items[0]](*map(value, items[1:]))
    if formula.kind == "sum":
        return sum(value(items[1], {"j": j}) for j in range(len(step.y)))
    if formula.kind == "cases":
        first, left, relation, right, second = items
        left, right = value(left), value(right)
        return value(first if (left > right if relation == ">" else left <= right) else second)
    calculate = {
        "plus": lambda *terms: sum(terms),
        "minus": lambda a, b: a - b,
        "negative": lambda a: -a,
        "times": lambda *factors: math.prod(factors),
        "power": lambda a, b: a**b,
        "fraction": lambda a, b: a / b,
        "absolute": abs,
    }
    return calculate[formula.kind](*map(value, items))


@given(steps(widest=4))
def test_every_line_is_true_in_symbols_and_in_numbers(step):
    near = {"rel": 1e-9, "abs": 1e-12} if step.structure.precision == "double" else {"rel": 1e-3, "abs": 1e-4}
    for e in every_equation(step):
        assert e.result.value == field(step, e.subject)
        assert e.result.ref == e.left.ref == e.subject
        assert len(e.sides) == (0 if e.is_frozen else 2)
        for side in e.sides:
            assert evaluate(side, step, e.where) == pytest.approx(e.result.value, **near)
        if e.change:
            assert e.change[1].value == pytest.approx(e.change[0].value + e.result.value, **near)


@given(steps(widest=4))
def test_symbols_and_numbers_of_a_line_are_of_the_same_quantities(step):
    for e in every_equation(step):
        is_summed = e.phase == "error" or step.structure.activations[-1] == "softmax"
        if e.sides and not is_summed:
            symbols, numbers = ([leaf.ref for leaf in leaves(side)] for side in e.sides)
            assert symbols == numbers


# Numbers in the renderings ---------------------------------------------------------------------------------------

NUMBER = re.compile(r"−?\d+(?:\.\d+)?(?:e[−+]\d+)?")


def shown(x):
    return f"{x + 0.0:.10g}".replace("-", "−")


def numbers_of_text(text):
    """The numbers of a text, without those in the names of symbols, article numbers and ½."""
    text = re.sub(r"(?m)^ +\(\d+\)", "", text)
    return NUMBER.findall(re.sub(r"[^\W\d_]+[⁰¹²³⁴⁵⁶⁷⁸⁹]*_[\d,]+", "s", text))


def numbers_of_latex(text):
    """The same of LaTeX."""
    text = re.sub(r"(?m)^%.*", "", text)
    text = re.sub(r"(-?[\d.]+) \\times 10\^\{(-?)(\d+)\}", lambda m: f"{m[1]}e{m[2] or '+'}{int(m[3]):02}", text)
    text = re.sub(r"\\tag\{\d+\}|_\{[\d,j]+\}|\^\{\(?\d+\)?\}|\\frac\{1\}\{2\}", "", text)
    text = re.sub(r"(\\begin\{cases\} .*?, & .*? \\\\ .*?), & .*? \\end\{cases\}", r"\1", text)
    return NUMBER.findall(text.replace("-", "−"))


def flat(element):
    """MathML as a text in which numbers are found as in ours."""
    if element.tag in ("msub", "msubsup"):
        return "s"
    if element.tag == "msup":
        return flat(element[0])
    if element.tag == "mfrac":
        above, below = map(flat, element)
        return "½" if (above, below) == ("1", "2") else f"{above} / {below}"
    if element.tag == "mtable":
        (first, condition), (second, _) = element
        return " ".join(map(flat, (first, condition, second)))
    if element.tag in ("mn", "mi"):
        return element.text
    if element.tag == "mo":
        is_prefix = element.get("form") == "prefix"
        return element.text if is_prefix or element.text in "()|" else f" {element.text} "
    return "".join(map(flat, element))


def numbers_of_html(text):
    return [number for math in ET.fromstring(text).iter("math") for number in NUMBER.findall(flat(math))]


@given(steps())
@settings(max_examples=60)
def test_the_numbers_of_the_three_renderings_are_those_of_the_step(step):
    html = step.to_html()
    quantities = [mn for mn in ET.fromstring(html).iter("mn") if mn.get("data-ref")]
    assert quantities
    for mn in quantities:
        assert mn.text == shown(field(step, mn.get("data-ref")))
    wanted = numbers_of_html(html)
    assert numbers_of_text(step.to_text()) == numbers_of_text(step.to_text("zh")) == wanted
    assert numbers_of_latex(step.to_latex()) == numbers_of_latex(step.to_latex("zh")) == wanted


@given(steps())
@settings(max_examples=60)
def test_each_line_of_the_html_computes_its_subject_last(step):
    for p in ET.fromstring(step.to_html()).iter("p"):
        if p.get("data-subject"):
            *_, sides = ([mn.get("data-ref") for mn in math.iter("mn")] for math in p.findall("math"))
            assert sides == [p.get("data-subject")]


def test_the_digits_are_ten_and_small_numbers_have_exponents():
    net = Net(1, 1, activation="linear", init=0)
    net.layers[0].weights = [[1 / 3e9]]
    step = net.explain([2], [0], eta=1)
    assert "β_1 = w_11·x_1 = 3.333333333e−10·2 = 6.666666667e−10" in step.to_text()
    assert r"\beta_{1} &= w_{11} x_{1} = 3.333333333 \times 10^{-10} \cdot 2 = " in step.to_latex()
    assert '<mn data-ref="signals.0.0">6.666666667e−10</mn>' in step.to_html()


def test_negative_numbers_stand_in_parentheses_where_they_are_factors_or_subtracted():
    net = Net(2, 1, activation="linear", init=-0.5)
    step = net.explain([1, -2], [-1], eta=1)
    assert "= (−0.5)·1 + (−0.5)·(−2) = 0.5\n" in step.to_text()
    assert "= f(0.5 − (−0.5)) = 1\n" in step.to_text()
    assert "(-0.5) \\cdot 1 + (-0.5) \\cdot (-2) = 0.5 " in step.to_latex()
    assert "f(0.5 - (-0.5))" in step.to_latex()
    assert '<mrow class="factor"><mo>(</mo><mn data-ref="outputs.0.1">−2</mn><mo>)</mo></mrow>' in step.to_html()
    assert '<mrow class="factor"><mn data-ref="outputs.0.0">1</mn></mrow>' in step.to_html()


# LaTeX and MathML as such ----------------------------------------------------------------------------------------


@given(steps(), st.sampled_from(["en", "zh"]))
@settings(max_examples=60)
def test_latex_is_balanced(step, lang):
    latex = step.to_latex(lang)
    depth = 0
    for brace in re.findall(r"[{}]", latex):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    assert latex.count(r"\left(") == latex.count(r"\right)")
    for name in set(re.findall(r"\\begin\{(.*?)\}", latex)):
        assert latex.count(rf"\begin{{{name}}}") == latex.count(rf"\end{{{name}}}")
    comment, begin, *rows, end = latex.split("\n")
    assert comment.startswith("% amsmath")
    assert ("ctex" in comment) == (lang == "zh")
    assert (begin, end) == (r"\begin{align*}", r"\end{align*}")
    for row in rows:
        assert without_nested(row).count("&") == 1
    assert all(row.endswith(r"\\") for row in rows[:-1])
    assert not rows[-1].endswith(r"\\")
    assert re.sub(r"\\text(bf)?\{.*?\}", "", latex.partition("\n")[2]).isascii()


def without_nested(row):
    """The row without the environments in it, the innermost first."""
    while r"\begin" in row:
        row = re.sub(r"\\begin\{(\w+)\}((?!\\begin).)*?\\end\{\1\}", "", row)
    return row


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed here")
@pytest.mark.parametrize(("output", "loss"), [("sigmoid", "squared_error"), ("softmax", "cross_entropy")])
def test_latex_compiles(tmp_path, output, loss):
    net = Net(9, 8, 7, 3, activation=["leaky_relu", "elu"], output=output, loss=loss, seed=1)
    step = net.explain([0.1] * 9, [0, 1, 0])
    document = r"\documentclass{article}\usepackage{amsmath}\begin{document}\allowdisplaybreaks" + "\n"
    (tmp_path / "step.tex").write_text(f"{document}{step.to_latex()}\n\\end{{document}}\n", "utf-8")
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "step.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_the_names_of_the_article_in_latex():
    latex = Net(2, 2, 1, init=0.6).explain([0, 1], [1], eta=0.1).to_latex()
    for equation in (
        r"\alpha_{1} &= v_{11} x_{1} + v_{21} x_{2} = 0.6 \cdot 0 + 0.6 \cdot 1 = 0.6",
        r"b_{1} &= f(\alpha_{1} - \gamma_{1}) = f(0.6 - 0.6) = 0.5",
        r"\hat{y}_{1} &= f(\beta_{1} - \theta_{1}) = f(0.6 - 0.6) = 0.5 \tag{2}",
        r"E &= \frac{1}{2} \sum_{j} (\hat{y}_{j} - y_{j})^{2} = \frac{1}{2} (0.5 - 1)^{2} = 0.125 \tag{1}",
        r"\Delta w_{11} &= \eta g_{1} b_{1} = 0.1 \cdot 0.125 \cdot 0.5 = 0.00625, \quad 0.6 \to 0.60625 \tag{7}",
        r"\Delta \theta_{1} &= -\eta g_{1} = -0.1 \cdot 0.125 = -0.0125, \quad 0.6 \to 0.5875 \tag{8}",
    ):
        assert equation in latex
    deep = Net(2, 2, 2, 1).explain([0, 1], [1]).to_latex()
    assert r"\Delta v^{(2)}_{21} &= \eta e^{(2)}_{1} b^{(1)}_{2}" in deep


def test_fractions_sums_and_cases_are_set_as_such():
    net = Net(1, 1, 2, activation="relu", output="softmax", loss="cross_entropy", init=1.0)
    step = net.explain([2], [0.25, 0.75])
    softmax, slope = equations.output(step, 1, 0).sides[0], equations.gradient(step, 0, 0).sides[0]
    assert LaTeX()(softmax) == r"\frac{\exp(\beta_{1} - \theta_{1})}{\sum_{j} \exp(\beta_{j} - \theta_{j})}"
    assert LaTeX()(slope) == (
        r"\left(\begin{cases} 1, & b_{1} > 0 \\ 0, & b_{1} \le 0 \end{cases}\right) (w_{11} g_{1} + w_{12} g_{2})"
    )
    fraction = ET.fromstring(f"<math>{MathML()(softmax)}</math>")[0]
    assert fraction.tag == "mfrac"
    assert [child.tag for child in fraction] == ["mrow", "mrow"]
    assert fraction[1][0].tag == "munder"
    assert ET.fromstring(f"<math>{MathML()(slope)}</math>").find(".//mtable/mtr/mtd") is not None


def test_one_equation_in_mathml():
    step = Net(2, 2, 1, init=0.6).explain([0, 1], [1])
    e = equations.gradient(step, 0, 1)
    math = ET.fromstring(mathml(e))
    refs = [mn.get("data-ref") for mn in math.iter("mn") if mn.get("data-ref")]
    b, w, g = "outputs.1.1", "weights.1.1.0", "gradients.1.0"
    assert refs == [b, b, w, g, "gradients.0.1"]
    assert [m.get("data-ref") for m in math.iter("msub")] == ["gradients.0.1", b, b, w, g]
    p = ET.fromstring(line(e))
    assert (p.get("data-phase"), p.get("data-subject"), p[0].text) == ("backward", "gradients.0.1", "(11)")


def test_the_html_is_complete_in_itself():
    html = Net(2, 2, 1).explain([0, 1], [1]).to_html("zh")
    root = ET.fromstring(html)
    assert (root.tag, root.get("class"), root.get("lang")) == ("div", "microbp-step", "zh")
    assert not re.search(r"https?:|src=|href=|url\(|<script", html)
    headings = [h.text for h in root.iter("h4")]
    assert headings == ["前向计算：", "误差：", "误差逆传播：梯度项，所用的是更新前的连接权", "更新："]


# The whole step --------------------------------------------------------------------------------------------------


@given(steps())
@settings(max_examples=60)
def test_both_languages_have_the_same_formulas(step):
    def formulas(html):
        return [ET.tostring(math) for math in ET.fromstring(html).iter("math")]

    def without_words(latex):
        return re.sub(r"\\text(bf)?\{.*?\}", "", latex.partition("\n")[2])

    assert formulas(step.to_html("en")) == formulas(step.to_html("zh"))
    assert without_words(step.to_latex("en")) == without_words(step.to_latex("zh"))


def test_a_step_in_chinese_has_no_english_word():
    net = Net(1, 1, 1, activation="relu", output="linear", loss="huber", init=1.0)
    net.layers[1].freeze()
    text = net.explain([2], [1]).to_text("zh")
    assert "e_1 = (1，若 b_1 > 0；否则 0)·(w_11·g_1)" in text
    assert "  (7)  Δw_11 = 0，已冻结，保持 1\n" in text
    assert set(re.findall(r"[a-z]{2,}", text)) == {"max", "clip"}


def test_frozen_parameters_in_every_rendering():
    net = Net(1, 2, init=1.0)
    net.layers[0].mask[0][1] = 0
    net.layers[0].threshold_mask[0] = 0
    step = net.explain([2], [1, 1])
    assert "  (7)  Δw_12 = 0, frozen at 1\n  (8)  Δθ_1 = 0, frozen at 1\n" in step.to_text()
    assert r"\Delta w_{12} &= 0\text{, frozen at }1 \tag{7}" in step.to_latex()
    told = [p for p in ET.fromstring(step.to_html()).iter("p") if ", frozen at " in "".join(p.itertext())]
    assert [p.get("data-subject") for p in told] == ["dweights.0.0.1", "dthresholds.0.0"]
    frozen = equations.weight_change(step, 0, 0, 1)
    assert (frozen.is_frozen, frozen.sides, frozen.result.value) == (True, (), 0)
    assert frozen.change == (Number(1.0, "weights.0.0.1"), Number(1.0, "new_weights.0.0.1"))
    assert not equations.weight_change(step, 0, 0, 0).is_frozen


def test_columns_stand_under_one_another():
    step = Net(3, 4, 2, seed=4).explain([0.5, -1, 0], [0, 1])
    for start in ("       α_", "       β_", " (11)  e_", "  (9)  Δv_", " (10)  Δγ_"):
        lines = [line for line in step.to_text().splitlines() if line.startswith(start)]
        assert len(lines) > 1
        assert len({tuple(m.start() for m in re.finditer(" = |→", line))[:3] for line in lines}) == 1


def test_the_middle_of_wide_layers_is_left_out():
    step = Net(30, 20, 12, seed=1).explain([0.5] * 30, [0] * 12)
    text = step.to_text()
    assert "x = (0.5, 0.5, 0.5, …, 0.5, 0.5, 0.5)" in text
    assert "α_1  = v_11·x_1 + v_21·x_2 + v_31·x_3 + … + v_28,1·x_28 + v_29,1·x_29 + v_30,1·x_30" in text
    forward = text.partition("\nError")[0]
    assert re.findall(r"(?m)^       (b_\d+|…)", forward) == ["b_1", "b_2", "b_3", "…", "b_18", "b_19", "b_20", "…"]
    assert step.to_latex().count(r"& \vdots") == text.count("\n       …")
    assert step.to_html().count('<p class="ellipsis">…</p>') == text.count("\n       …")
    for phase in phases(step):
        for e in phase.equations:
            for side in e.sides if e else ():
                assert sum(isinstance(leaf, (Number, Symbol)) for leaf in leaves(side)) <= 3 * SHOWN + 3
    assert len(equations.signal(step, 0, 0).sides[1].items) == 30
    assert sum(e is None for e in phases(step)[0].equations) == 2
    assert ELLIPSIS in phases(step)[0].equations[1].sides[0].items


def test_a_layer_is_shown_whole_up_to_the_limit():
    assert "…" not in Net(SHOWN, SHOWN, SHOWN).explain([1] * SHOWN, [0] * SHOWN).to_text()
    assert "…" in Net(SHOWN + 1, SHOWN).explain([1] * (SHOWN + 1), [0] * SHOWN).to_text()


def test_the_function_of_each_layer_is_defined_before_it():
    text = Net(1, 1, 1, 1, activation=["tanh", "tanh"], output="softplus").explain([1], [1]).to_text()
    assert re.findall(r"f\(z\) = .*|[bŷ]\S* = f\b", text) == [
        "f(z) = tanh(z)", "b¹_1 = f", "b²_1 = f", "f(z) = log(1 + exp(z))", "ŷ_1 = f",
    ]  # fmt: skip


def test_the_article_numbers_of_the_equations():
    step = Net(2, 3, 2, 1).explain([0, 1], [1])
    found = {(e.number, e.subject.partition(".")[0], e.phase) for e in every_equation(step)}
    assert found == {
        ("", "signals", "forward"), ("", "outputs", "forward"), ("(2)", "outputs", "forward"), ("(1)", "E", "error"),
        ("(6)", "gradients", "backward"), ("(11)", "gradients", "backward"),
        ("(7)", "dweights", "update"), ("(8)", "dthresholds", "update"),
        ("(9)", "dweights", "update"), ("(10)", "dthresholds", "update"),
    }  # fmt: skip
    whole = [e for phase in phases(step) for e in phase.equations if e.subject]
    assert sorted(e.subject for e in whole) == sorted(e.subject for e in every_equation(step))


@pytest.mark.parametrize("method", ["to_text", "to_latex", "to_html"])
@pytest.mark.parametrize("lang", ["fr", "EN", None, 3])
def test_an_unknown_language_is_refused(method, lang):
    with pytest.raises(ValueError, match="lang must be one of en, zh, got ") as caught:
        getattr(Net(1, 1).explain([1], [1]), method)(lang)
    assert repr(lang) in str(caught.value)


def test_print_is_english_and_notebooks_show_html():
    step = Net(2, 2, 1).explain([0, 1], [1])
    assert str(step) == step.to_text() == step.to_text(lang="en")
    assert step._repr_html_() == step.to_html(lang="en")
    assert step._repr_latex_() == step.to_latex(lang="en")


def test_a_negative_zero_is_shown_as_zero():
    net = Net(1, 1, 1, activation="relu", output="linear", init=1.0)
    step = net.explain([0], [5])  # α − γ < 0: e = 0·(w·g), with g = 5 > 0 and w < 0 it is −0
    net.layers[1].weights = [[-1]]
    step = net.explain([0], [5])
    assert math.copysign(1, step.e[0]) == -1
    assert " = 0\n" in step.to_text()
    for shown_step in (step.to_text(), step.to_html()):
        assert not re.search(r"−0(?![.\d])", shown_step.replace("−η", ""))


def test_an_equation_names_its_parts():
    e = equations.error(Net(1, 1).explain([1], [1]))
    assert isinstance(e, Equation)
    assert e.parts == [e.left, *e.sides, e.result]
    assert Text()(e.left) == "E"
