"""`microbp.check`: wrong algorithms are named from what they do, right ones are not accused, nothing gets out."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
import time
from itertools import combinations, product
from pathlib import Path

import pytest

import microbp
from microbp import check
from microbp.cli import main
from microbp.teach import sandbox
from microbp.teach.mistakes import EQUATIONS, known
from microbp.teach.variant import GROUPS, Impossible, cases, group, update

STUDENTS = Path(__file__).parent / "students"
FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="a function is isolated by os.fork, which this system lacks")
SHAPES = ((2, 3, 1), (3, 4, 2), (4, 2, 3))


def source(name):
    return (STUDENTS / f"{name}.py").read_text(encoding="utf-8")


def function(text, name="my_step"):
    """The function that a student's text defines."""
    namespace = {"__name__": "student"}
    exec(compile(textwrap.dedent(text), "student's text", "exec"), namespace)
    return namespace[name]


def edited(text, *changes):
    """The text with each old piece, which is there once, made new."""
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def names(result):
    return [mistake.name for mistake in result.mistakes]


# Every wrong algorithm, as a change of the beginner's program: name, groups that stay right, loops, arrays -----------

LOOPS, ARRAYS = source("loops"), source("arrays")
HIDDEN_LOOPS = LOOPS[LOOPS.index("    # gradients of the hidden") : LOOPS.index("    # update")]
W_LOOPS = LOOPS[LOOPS.index("    # update\n") : LOOPS.index("    for j in range(l):\n        theta[j]")]
E_LOOPS, E_ARRAYS = "s = s + w[h][j] * g[j]", "e = b * (1 - b) * np.dot(w, g)"
G_LOOPS, G_ARRAYS = "g[j] = y_hat[j] * (1 - y_hat[j]) * (y[j] - y_hat[j])", "g = y_hat * (1 - y_hat) * (y - y_hat)"
SLOPE_LOOPS, SLOPE_ARRAYS = "e[h] = b[h] * (1 - b[h]) * s", E_ARRAYS
DW, DTHETA = "w[h][j] = w[h][j] + eta * g[j] * b[h]", "theta[j] = theta[j] - eta * g[j]"
DV, DGAMMA = "v[i][h] = v[i][h] + eta * e[h] * x[i]", "gamma[h] = gamma[h] - eta * e[h]"
DW_A, DTHETA_A = "w = w + eta * np.outer(b, g)", "theta = theta - eta * g"
DV_A, DGAMMA_A = "v = v + eta * np.outer(x, e)", "gamma = gamma - eta * e"
F_B, F_Y = "b[h] = f(alpha[h] - gamma[h])", "y_hat[j] = f(beta[j] - theta[j])"
F_B_A, F_Y_A = "b = f(alpha - gamma)", "y_hat = f(beta - theta)"


def less(old, *without):
    """The old line without some pieces of it, for both an edit."""
    new = old
    for piece in without:
        assert piece in new
        new = new.replace(piece, "")
    return old, new


WRONG = [
    (
        "w updated before e",
        "w theta",
        [(HIDDEN_LOOPS, ""), (W_LOOPS, W_LOOPS + HIDDEN_LOOPS)],
        [(f"    {E_ARRAYS}\n", ""), (f"    {DW_A}\n", f"    {DW_A}\n    {E_ARRAYS}\n")],
    ),
    ("w missing in e", "w theta", [(E_LOOPS, "s = s + g[j]")], [(E_ARRAYS, "e = b * (1 - b) * np.sum(g)")]),
    (
        "dw summed in e",
        "w theta",
        [(E_LOOPS, "s = s + eta * g[j] * b[h]")],
        [(E_ARRAYS, "e = b * (1 - b) * (eta * np.outer(b, g)).sum(axis=1)")],
    ),
    (
        "g b summed in e",
        "w theta",
        [(E_LOOPS, "s = s + g[j] * b[h]")],
        [(E_ARRAYS, "e = b * (1 - b) * np.outer(b, g).sum(axis=1)")],
    ),
    (
        "error for g in e",
        "w theta",
        [(E_LOOPS, "s = s + w[h][j] * (y[j] - y_hat[j])")],
        [(E_ARRAYS, "e = b * (1 - b) * np.dot(w, y - y_hat)")],
    ),
    ("only the last term in e", "w theta", [(E_LOOPS, "s = w[h][j] * g[j]")], [("np.dot(w, g)", "(w[:, -1] * g[-1])")]),
    ("g missing in e", "w theta", [(E_LOOPS, "s = s + w[h][j]")], [("np.dot(w, g)", "w.sum(axis=1)")]),
    ("e has the wrong sign", "w theta", [(SLOPE_LOOPS, "e[h] = -b[h] * (1 - b[h]) * s")], [("e = b", "e = -b")]),
    (
        "forward again after the update of w",
        "w theta",
        [(HIDDEN_LOOPS, ""), (W_LOOPS, ""), (f"    for j in range(l):\n        {DTHETA}\n", "AGAIN")],
        [
            (f"    {E_ARRAYS}\n", ""),
            (
                f"    {DTHETA_A}\n",
                f"    {DTHETA_A}\n    y_hat = f(np.dot(b, w) - theta)\n    {G_ARRAYS}\n    {E_ARRAYS}\n",
            ),
        ],
    ),
    (
        "wrong sign: θ",
        "v gamma w",
        [(DTHETA, DTHETA.replace("- eta", "+ eta"))],
        [(DTHETA_A, "theta = theta + eta * g")],
    ),
    (
        "wrong sign: γ",
        "v w theta",
        [(DGAMMA, DGAMMA.replace("- eta", "+ eta"))],
        [(DGAMMA_A, "gamma = gamma + eta * e")],
    ),
    (
        "wrong sign: θ, γ",
        "v w",
        [(DTHETA, DTHETA.replace("- eta", "+ eta")), (DGAMMA, DGAMMA.replace("- eta", "+ eta"))],
        [(DTHETA_A, "theta = theta + eta * g"), (DGAMMA_A, "gamma = gamma + eta * e")],
    ),
    (
        "wrong sign: w",
        "v gamma theta",
        [(DW, DW.replace("+ eta", "- eta"))],
        [(DW_A, "w = w - eta * np.outer(b, g)")],
    ),
    ("never updated: θ", "v gamma w", [(DTHETA, "pass")], [(DTHETA_A, "pass")]),
    ("never updated: γ", "v w theta", [(DGAMMA, "pass")], [(DGAMMA_A, "pass")]),
    ("never updated: θ, γ", "v w", [(DTHETA, "pass"), (DGAMMA, "pass")], [(DTHETA_A, "pass"), (DGAMMA_A, "pass")]),
    ("never updated: v, γ", "w theta", [(DV, "pass"), (DGAMMA, "pass")], [(DV_A, "pass"), (DGAMMA_A, "pass")]),
    (
        "slope missing: output layer",
        "",
        [less(G_LOOPS, "y_hat[j] * (1 - y_hat[j]) * ")],
        [less(G_ARRAYS, "y_hat * (1 - y_hat) * ")],
    ),
    (
        "slope missing: hidden layer",
        "w theta",
        [less(SLOPE_LOOPS, "b[h] * (1 - b[h]) * ")],
        [less(E_ARRAYS, "b * (1 - b) * ")],
    ),
    (
        "slope missing: every layer",
        "",
        [less(G_LOOPS, "y_hat[j] * (1 - y_hat[j]) * "), less(SLOPE_LOOPS, "b[h] * (1 - b[h]) * ")],
        [less(G_ARRAYS, "y_hat * (1 - y_hat) * "), less(E_ARRAYS, "b * (1 - b) * ")],
    ),
    (
        "slope of the signal: output layer",
        "",
        [(G_LOOPS, G_LOOPS.replace("y_hat[j] * (1 - y_hat[j])", "beta[j] * (1 - beta[j])"))],
        [(G_ARRAYS, "g = beta * (1 - beta) * (y - y_hat)")],
    ),
    (
        "slope of the signal: hidden layer",
        "w theta",
        [(SLOPE_LOOPS, "e[h] = alpha[h] * (1 - alpha[h]) * s")],
        [(E_ARRAYS, "e = alpha * (1 - alpha) * np.dot(w, g)")],
    ),
    (
        "slope of signal minus threshold: hidden layer",
        "w theta",
        [(SLOPE_LOOPS, "z = alpha[h] - gamma[h]\n        e[h] = z * (1 - z) * s")],
        [(E_ARRAYS, "e = (alpha - gamma) * (1 - (alpha - gamma)) * np.dot(w, g)")],
    ),
    (
        "slope of f of the output: every layer",
        "",
        [
            (G_LOOPS, "g[j] = f(y_hat[j]) * (1 - f(y_hat[j])) * (y[j] - y_hat[j])"),
            (SLOPE_LOOPS, "e[h] = f(b[h]) * (1 - f(b[h])) * s"),
        ],
        [(G_ARRAYS, "g = f(y_hat) * (1 - f(y_hat)) * (y - y_hat)"), (E_ARRAYS, "e = f(b) * (1 - f(b)) * np.dot(w, g)")],
    ),
    (
        "error has the wrong sign",
        "",
        [(G_LOOPS, G_LOOPS.replace("y[j] - y_hat[j]", "y_hat[j] - y[j]"))],
        [("(y - y_hat)", "(y_hat - y)")],
    ),
    ("factor 2 in g", "", [("g[j] = y_hat", "g[j] = 2 * y_hat")], [("g = y_hat", "g = 2 * y_hat")]),
    ("factor ½ in g", "", [("g[j] = y_hat", "g[j] = 0.5 * y_hat")], [("g = y_hat", "g = 0.5 * y_hat")]),
    ("mean over the outputs", "", [(G_LOOPS, G_LOOPS + " / l")], [(G_ARRAYS, G_ARRAYS + " / len(y)")]),
    (
        "eta missing: w, θ, v, γ",
        "",
        [less(line, "eta * ") for line in (DW, DTHETA, DV, DGAMMA)],
        [less(line, "eta * ") for line in (DW_A, DTHETA_A, DV_A, DGAMMA_A)],
    ),
    (
        "eta missing: θ, γ",
        "v w",
        [less(DTHETA, "eta * "), less(DGAMMA, "eta * ")],
        [less(DTHETA_A, "eta * "), less(DGAMMA_A, "eta * ")],
    ),
    ("eta twice: w, θ, v, γ", "", [("g[j] = y_hat", "g[j] = eta * y_hat")], [("g = y_hat", "g = eta * y_hat")]),
    ("eta twice: v, γ", "w theta", [("e[h] = b", "e[h] = eta * b")], [("e = b", "e = eta * b")]),
    (
        "cross-entropy slope without f′",
        "",
        [(G_LOOPS, "g[j] = y[j] / y_hat[j] - (1 - y[j]) / (1 - y_hat[j])")],
        [(G_ARRAYS, "g = y / y_hat - (1 - y) / (1 - y_hat)")],
    ),
    (
        "bias added: every layer",
        "",
        [
            (F_B, "b[h] = f(alpha[h] + gamma[h])"),
            (F_Y, "y_hat[j] = f(beta[j] + theta[j])"),
            (DTHETA, DTHETA.replace("- eta", "+ eta")),
            (DGAMMA, DGAMMA.replace("- eta", "+ eta")),
        ],
        [
            (F_B_A, "b = f(alpha + gamma)"),
            (F_Y_A, "y_hat = f(beta + theta)"),
            (DTHETA_A, "theta = theta + eta * g"),
            (DGAMMA_A, "gamma = gamma + eta * e"),
        ],
    ),
    (
        "threshold added in the forward pass: every layer",
        "",
        [(F_B, "b[h] = f(alpha[h] + gamma[h])"), (F_Y, "y_hat[j] = f(beta[j] + theta[j])")],
        [(F_B_A, "b = f(alpha + gamma)"), (F_Y_A, "y_hat = f(beta + theta)")],
    ),
    (
        "threshold left out of the forward pass: output layer",
        "",
        [(F_Y, "y_hat[j] = f(beta[j])")],
        [(F_Y_A, "y_hat = f(beta)")],
    ),
    ("f left out: output layer", "", [(F_Y, "y_hat[j] = beta[j] - theta[j]")], [(F_Y_A, "y_hat = beta - theta")]),
    (
        "w takes the signal for the output",
        "v gamma theta",
        [(DW, DW.replace("b[h]", "alpha[h]"))],
        [(DW_A, "w = w + eta * np.outer(alpha, g)")],
    ),
    ("b missing in the update of w", "v gamma theta", [less(DW, " * b[h]")], [(DW_A, "w = w + eta * g")]),
    (
        "changes returned",
        "",
        [
            less(DW, "w[h][j] + "),
            (DTHETA, "theta[j] = -eta * g[j]"),
            less(DV, "v[i][h] + "),
            (DGAMMA, "gamma[h] = -eta * e[h]"),
        ],
        [less(DW_A, "w + "), (DTHETA_A, "theta = -eta * g"), less(DV_A, "v + "), (DGAMMA_A, "gamma = -eta * e")],
    ),
]
# "forward again" in loops: the whole pass stands once more behind the first updates
FORWARD_LOOPS = LOOPS[LOOPS.index("    # forward") : LOOPS.index("    # update")]
AGAIN = f"{W_LOOPS}    for j in range(l):\n        {DTHETA}\n{FORWARD_LOOPS}"
IDS = [name for name, *_ in WRONG]


def spoiled(text, changes):
    return edited(text, *[(old, AGAIN if new == "AGAIN" else new) for old, new in changes])


@FORKS
@pytest.mark.parametrize(("name", "right", "loops", "arrays"), WRONG, ids=IDS)
@pytest.mark.parametrize("style", ["lists", "NumPy"])
def test_each_wrong_algorithm_is_named(name, right, loops, arrays, style):
    step = function(spoiled(LOOPS, loops) if style == "lists" else spoiled(ARRAYS, arrays))
    result = check(step, arrays=style == "NumPy")
    assert names(result) == [name]
    assert not result.ok
    assert result.unknown == []
    assert [group for group in GROUPS if result.right[group]] == right.split()
    assert len(set(result.nets)) >= 3
    assert result.notes == []


@FORKS
@pytest.mark.parametrize("layers", SHAPES)
@pytest.mark.parametrize(
    "name", ["w updated before e", "slope missing: hidden layer", "eta twice: v, γ", "wrong sign: γ"]
)
def test_one_shape_is_enough(name, layers):
    loops = next(entry[2] for entry in WRONG if entry[0] == name)
    assert names(check(function(spoiled(LOOPS, loops)), layers=layers)) == [name]


TRANSPOSED = [
    ("w transposed in e", [(E_LOOPS, "s = s + w[j][h] * g[j]")], [("np.dot(w, g)", "np.dot(w.T, g)")]),
    ("update of w transposed", [(DW, "w[j][h] = w[j][h] + eta * g[j] * b[h]")], [("np.outer(b, g)", "np.outer(g, b)")]),
    ("update of v transposed", [(DV, "v[h][i] = v[h][i] + eta * e[h] * x[i]")], [("np.outer(x, e)", "np.outer(e, x)")]),
    (
        "weights transposed in the forward pass: hidden layer",
        [("v[i][h] * x[i]", "v[h][i] * x[i]")],
        [("np.dot(x, v)", "np.dot(v, x)")],
    ),
    (
        "w returned transposed",
        [("return v, gamma, w, theta", "w = [list(c) for c in zip(*w)]\n    return v, gamma, w, theta")],
        [("return v, gamma, w,", "return v, gamma, w.T,")],
    ),
]


@FORKS
@pytest.mark.parametrize(("name", "loops", "arrays"), TRANSPOSED, ids=[name for name, *_ in TRANSPOSED])
@pytest.mark.parametrize("style", ["lists", "NumPy"])
@pytest.mark.parametrize("width", [2, 3, 4])
def test_transposed_matrices_are_named_where_they_fit(name, loops, arrays, style, width):
    step = function(edited(LOOPS, *loops) if style == "lists" else edited(ARRAYS, *arrays))
    assert names(check(step, layers=(width, width, width), arrays=style == "NumPy")) == [name]


@FORKS
def test_transposed_matrices_are_named_among_the_nets_in_which_they_do_not_fit():
    result = check(function(edited(LOOPS, (E_LOOPS, "s = s + w[j][h] * g[j]"))))
    assert names(result) == ["w transposed in e", "stops with an error"]
    error = result.mistakes[1]
    assert error.line == 36
    assert "transposed" in error.hint
    assert set(error.nets) == {"2-2-1", "2-3-1", "3-4-2", "4-2-3"}
    turned = check(
        function(
            edited(
                LOOPS, ("return v, gamma, w, theta", "w = [list(c) for c in zip(*w)]\n    return v, gamma, w, theta")
            )
        )
    )
    assert names(turned)[:2] == ["w returned transposed", "wrong shape"]
    assert "comes back as 1×3, and not as" in str(turned) or "w comes back as 2×4, and not as 4×2" in str(turned)


@FORKS
@pytest.mark.parametrize("style", ["lists", "NumPy"])
@pytest.mark.parametrize("layers", SHAPES)
def test_single_precision_is_told_from_a_wrong_algorithm(style, layers):
    if style == "NumPy":
        step = function(
            edited(
                ARRAYS,
                (
                    "    # forward\n",
                    "    v, gamma, w, theta, x, y = (np.float32(a) for a in (v, gamma, w, theta, x, y))\n",
                ),
            )
        )
    else:
        step = function(edited(LOOPS, ("math.exp(-x)", "2.718282 ** -x")))
    result = check(step, layers=layers, arrays=style == "NumPy")
    assert names(result) == ["single precision"]
    assert result.score == 0.5 or style == "lists"
    assert 2 < min(result.digits.values()) < 9


@FORKS
def test_single_precision_and_a_wrong_algorithm_are_two_mistakes():
    text = edited(ARRAYS, (G_ARRAYS, "g = np.float32(y_hat * (1 - y_hat) * (y_hat - y))"))
    assert names(check(function(text), arrays=True)) == ["error has the wrong sign", "single precision"]


BATCH = source("batch")
SAMPLES = [
    ("sum for mean", [("rate = eta / m", "rate = eta")]),
    (
        "only the last sample",
        [
            ("dw[h][j] += g", "dw[h][j] = m * g"),
            ("dv[i][h] += e", "dv[i][h] = m * e"),
            ("dgamma[h] -= e[h]", "dgamma[h] = -m * e[h]"),
            ("dtheta[j] -= g[j]", "dtheta[j] = -m * g[j]"),
        ],
    ),
    (
        "w missing in e",
        [
            (
                "sum(w[h][j] * g[j] for j in range(l)) for h in range(q)]\n        for",
                "sum(g) for h in range(q)]\n        for",
            )
        ],
    ),
]


@FORKS
@pytest.mark.parametrize(("name", "changes"), SAMPLES, ids=[name for name, _ in SAMPLES])
@pytest.mark.parametrize("layers", SHAPES)
def test_mistakes_of_accumulated_bp(name, changes, layers):
    assert names(check(function(edited(BATCH, *changes)), batch=True, layers=layers)) == [name]


@FORKS
def test_standard_bp_is_not_accumulated_bp():
    text = LOOPS.replace("def my_step(", "def one_sample(") + (
        "\n\ndef my_step(v, gamma, w, theta, X, Y, eta):\n"
        "    for x, y in zip(X, Y):\n"
        "        v, gamma, w, theta = one_sample(v, gamma, w, theta, x, y, eta)\n"
        "    return v, gamma, w, theta\n"
    )
    assert names(check(function(text), batch=True)) == ["updates sample by sample"]


# Two at once -----------------------------------------------------------------------------------------------------

PAIRS = [
    ("w updated before e", "slope missing: output layer"),
    ("w updated before e", "wrong sign: θ"),
    ("w missing in e", "error has the wrong sign"),
    ("wrong sign: γ", "never updated: θ"),
    ("slope missing: hidden layer", "threshold left out of the forward pass: output layer"),
    ("factor 2 in g", "wrong sign: θ, γ"),
    ("never updated: θ", "wrong sign: w"),
    ("slope of the signal: output layer", "error for g in e"),
    ("eta missing: θ, γ", "only the last term in e"),
    ("bias added: every layer", "w missing in e"),
    ("mean over the outputs", "factor 2 in g"),
    ("f left out: output layer", "never updated: γ"),
]


@FORKS
@pytest.mark.parametrize("pair", PAIRS, ids=[" + ".join(pair) for pair in PAIRS])
@pytest.mark.parametrize("style", ["lists", "NumPy"])
def test_two_mistakes_are_found_as_two(pair, style):
    text = LOOPS if style == "lists" else ARRAYS
    for name in pair:
        entry = next(entry for entry in WRONG if entry[0] == name)
        changes = entry[2 if style == "lists" else 3]
        if name == "mean over the outputs":  # after the factor 2 the line is another
            changes = (
                [("- y_hat[j])\n", "- y_hat[j]) / l\n")]
                if style == "lists"
                else [("(y - y_hat)", "(y - y_hat) / len(y)")]
            )
        text = spoiled(text, changes)
    result = check(function(text), arrays=style == "NumPy")
    assert sorted(names(result)) == sorted(pair)
    assert result.unknown == []


@FORKS
def test_a_famous_page_has_three():
    result = check(STUDENTS / "famous.py", "train", layers=(2, 2, 2))
    assert names(result) == [
        "threshold added in the forward pass: every layer",
        "never updated: θ, γ",
        "w updated before e",
    ]
    assert "(11)  e_h = b_h (1 − b_h) Σ_j w_hj g_j" in str(result)
    of_any_shape = check(STUDENTS / "famous.py")
    assert names(of_any_shape)[:3] == names(result)
    assert names(of_any_shape)[3:] == ["other on other nets", "stops with an error"]


# What is right ---------------------------------------------------------------------------------------------------

LIST_FORWARD = {
    "loops": """
        b = []
        for h in range(len(gamma)):
            s = 0
            for i in range(len(x)):
                s += v[i][h] * x[i]
            b.append(f(s - gamma[h]))
        y_hat = []
        for j in range(len(theta)):
            s = 0
            for h in range(len(b)):
                s += w[h][j] * b[h]
            y_hat.append(f(s - theta[j]))
        """,
    "comprehensions": """
        b = [f(sum(v_ih * x_i for v_ih, x_i in zip(column, x)) - c) for column, c in zip(zip(*v), gamma)]
        y_hat = [f(sum(w_hj * b_h for w_hj, b_h in zip(column, b)) - c) for column, c in zip(zip(*w), theta)]
        """,
    "backwards, with the threshold as the weight of -1": """
        b = [f(sum(a * c for a, c in reversed(list(zip((*(r[h] for r in v), gamma[h]), (*x, -1))))))
             for h in range(len(gamma))]
        y_hat = [f(math.fsum(a * c for a, c in zip((theta[j], *(r[j] for r in w)), (-1, *b)))) for j in range(len(y))]
        """,
    "a bias that is minus the threshold": """
        bias_in, bias_out = [-c for c in gamma], [-c for c in theta]
        b = [f(bias_in[h] + sum(v[i][h] * x[i] for i in range(len(x)))) for h in range(len(gamma))]
        y_hat = [f(bias_out[j] + sum(w[h][j] * b[h] for h in range(len(b)))) for j in range(len(y))]
        """,
}
LIST_BACKWARD = {
    "as in the article": """
        g = [p * (1 - p) * (t - p) for p, t in zip(y_hat, y)]
        e = [b_h * (1 - b_h) * sum(a * c for a, c in zip(row, g)) for b_h, row in zip(b, w)]
        """,
    "slopes of E, with minus": """
        slope = [(p - t) * (p - p * p) for p, t in zip(y_hat, y)]
        g = [-s for s in slope]
        e = []
        for h in range(len(b)):
            back = 0
            for j in reversed(range(len(slope))):
                back += slope[j] * w[h][j]
            e.append(-back * b[h] * (1 - b[h]))
        """,
}
LIST_UPDATE = {
    "in place, nothing returned": """
        for h in range(len(b)):
            for j in range(len(g)):
                w[h][j] += eta * g[j] * b[h]
        for j in range(len(g)):
            theta[j] -= eta * g[j]
        for i in range(len(x)):
            for h in range(len(e)):
                v[i][h] += eta * e[h] * x[i]
        for h in range(len(e)):
            gamma[h] -= eta * e[h]
        """,
    "in place and returned": """
        for row, b_h in zip(w, b):
            row[:] = [w_hj + b_h * (eta * g_j) for w_hj, g_j in zip(row, g)]
        theta[:] = [c - eta * g_j for c, g_j in zip(theta, g)]
        for row, x_i in zip(v, x):
            row[:] = [v_ih + x_i * (eta * e_h) for v_ih, e_h in zip(row, e)]
        gamma[:] = [c - eta * e_h for c, e_h in zip(gamma, e)]
        return [v, gamma, w, theta]
        """,
    "new lists, as tuples": """
        w = tuple(tuple(w_hj + eta * g_j * b_h for w_hj, g_j in zip(row, g)) for row, b_h in zip(w, b))
        v = tuple(tuple(v_ih + eta * e_h * x_i for v_ih, e_h in zip(row, e)) for row, x_i in zip(v, x))
        theta = tuple(c - eta * g_j for c, g_j in zip(theta, g))
        return v, tuple(c - eta * e_h for c, e_h in zip(gamma, e)), w, theta
        """,
}
ARRAY_FORWARD = {
    "dot": """
        b = f(np.dot(x, v) - gamma)
        y_hat = f(np.dot(b, w) - theta)
        """,
    "@ and transposes": """
        b = f(v.T @ x - gamma)
        y_hat = f(w.T @ b - theta)
        """,
    "einsum": """
        b = f(np.einsum("ih,i->h", v, x) - gamma)
        y_hat = f(np.einsum("hj,h->j", w, b) - theta)
        """,
    "a batch of one": """
        b = f(x.reshape(1, -1) @ v - gamma)[0]
        y_hat = f(b[None, :] @ w - theta).ravel()
        """,
}
ARRAY_BACKWARD = {
    "as in the article": """
        g = y_hat * (1 - y_hat) * (y - y_hat)
        e = b * (1 - b) * (w @ g)
        """,
    "a batch of one": """
        g = -((y_hat - y)[None, :] * (y_hat * (1 - y_hat)))
        e = (g @ w.T * b * (1 - b))[0]
        g = g[0]
        """,
    "sums over an axis": """
        g = (y - y_hat) * y_hat * (1 - y_hat)
        e = (w * g).sum(axis=1) * (b - b ** 2)
        """,
}
ARRAY_UPDATE = {
    "in place": """
        w += eta * np.outer(b, g)
        theta -= eta * g
        v += eta * np.outer(x, e)
        gamma -= eta * e
        """,
    "new arrays, thresholds as columns": """
        w = w + eta * b[:, None] * g[None, :]
        v = v + eta * np.multiply.outer(x, e)
        return v, (gamma - eta * e).reshape(-1, 1), w, (theta - eta * g).reshape(-1, 1)
        """,
}
HEAD = "import math\n\ndef f(x):\n    return {f}\n\ndef my_step(v, gamma, w, theta, x, y, eta):\n"
LIST_F = ("1 / (1 + math.exp(-x))", "0.5 * (1 + math.tanh(x / 2))")


def program(f, *parts):
    """A student's program made of the parts."""
    return HEAD.format(f=f) + "".join(textwrap.indent(textwrap.dedent(part).lstrip("\n"), "    ") for part in parts)


def right_programs():
    """Programs that are right, each in another style: 24 on lists, 24 on arrays, and some more."""
    for i, parts in enumerate(product(LIST_FORWARD, LIST_BACKWARD, LIST_UPDATE)):
        yield (
            "lists: " + ", ".join(parts),
            program(LIST_F[i % 2], LIST_FORWARD[parts[0]], LIST_BACKWARD[parts[1]], LIST_UPDATE[parts[2]]),
        )
    for parts in product(ARRAY_FORWARD, ARRAY_BACKWARD, ARRAY_UPDATE):
        code = program(
            "1 / (1 + np.exp(-x))", ARRAY_FORWARD[parts[0]], ARRAY_BACKWARD[parts[1]], ARRAY_UPDATE[parts[2]]
        )
        yield "arrays: " + ", ".join(parts), "import numpy as np\n" + code
    yield "loops", LOOPS
    yield "arrays", ARRAYS
    yield "deep", source("deep")
    yield (
        "arrays made of lists",
        ARRAYS.replace("    # forward\n", "    v, gamma, w, theta = map(np.array, (v, gamma, w, theta))\n"),
    )
    yield "central differences of E_k", (STUDENTS / "differences.py").read_text(encoding="utf-8")


RIGHT = list(right_programs())


def test_there_are_enough_right_programs():
    assert len({text for _, text in RIGHT}) >= 50


@FORKS
@pytest.mark.parametrize("text", [text for _, text in RIGHT], ids=[name for name, _ in RIGHT])
def test_no_right_program_is_accused(text):
    result = check(function(text))
    assert names(result) == []
    assert result.ok
    assert result.score == 1.0
    assert result.unknown == []
    assert all(result.right.values())
    assert min(result.digits.values()) >= 9
    assert "All right" in str(result)


@FORKS
def test_a_right_program_for_one_shape_is_right_there():
    text = LOOPS.replace("range(d)", "range(2)").replace("range(q)", "range(2)").replace("range(l)", "range(1)")
    assert check(function(text), layers=(2, 2, 1)).ok
    result = check(function(text))
    assert names(result)[0] == "other on other nets"
    assert "2-2-1" in result.mistakes[0].explanation
    assert not result.ok
    assert result.score >= 1 / 6


@FORKS
def test_accumulated_bp_is_right():
    assert check(function(BATCH), batch=True).ok


@pytest.mark.parametrize("widths", [(2, 3, 1), (3, 4, 2), (2, 4, 3, 2), (3, 2, 2, 2, 1)])
def test_the_engine_itself_is_right(widths, engine):
    def my_step(weights, thresholds, x, y, eta):
        net = microbp.Net(*widths, engine=engine)
        for layer, w, theta in zip(net.layers, weights, thresholds):
            layer.weights, layer.thresholds = w, theta
        net.step(x, y, eta=eta)
        return [[list(row) for row in n.weights] for n in net.layers], [list(n.thresholds) for n in net.layers]

    assert check(my_step, layers=widths, isolate=False).ok


@FORKS
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("w missing in e", "sum(w[h][j] * g[0][j] for j in range(len(g[0])))", "sum(g[0])"),
        ("slope missing: hidden layer", "below[h] * (1 - below[h]) * sum", "sum"),
        ("wrong sign: θ, γ", "thresholds[n][j] -= eta", "thresholds[n][j] += eta"),
        ("slope missing: output layer", "b[-1][j] * (1 - b[-1][j]) * (y", "(y"),
    ],
)
def test_mistakes_in_deep_nets(name, old, new):
    result = check(function(edited(source("deep"), (old, new))))
    assert names(result) == [name]
    assert "2-4-3-2" in result.nets
    deep = check(function(edited(source("deep"), (old, new))), layers=(2, 3, 3, 1))
    assert names(deep) == [name]
    assert "γ¹_" in str(deep) or "γ²_" in str(deep)


# What is not known -----------------------------------------------------------------------------------------------


@FORKS
@pytest.mark.parametrize(
    ("changes", "right", "unknown", "advice"),
    [
        ([(E_LOOPS, "s = s + w[h][j] * g[j] ** 3")], "w theta", ["v", "gamma"], "look at (11)"),
        ([(DW, DW + " * 1.1")], "v gamma theta", ["w"], "look at (7)"),
        ([(DTHETA, DTHETA + " * 1.1")], "v gamma w", ["theta"], "look at (8)"),
        ([(DV, DV + " + 0.001")], "gamma w theta", ["v"], "look at (9)"),
        ([(DGAMMA, DGAMMA + " + 0.001")], "v w theta", ["gamma"], "look at (10)"),
        ([(F_B, "b[h] = f(alpha[h] - gamma[h]) ** 1.5")], "", list(GROUPS), "start with the forward pass"),
    ],
)
def test_an_unknown_mistake_is_not_guessed_at(changes, right, unknown, advice):
    result = check(function(edited(LOOPS, *changes)))
    assert names(result) == []
    assert not result.ok
    assert result.unknown == unknown
    assert [group for group in GROUPS if result.right[group]] == right.split()
    assert advice in result.advice
    assert "not by a mistake that I know" in str(result)


@FORKS
def test_a_known_mistake_is_named_beside_an_unknown_one():
    result = check(
        function(edited(LOOPS, (DTHETA, DTHETA.replace("- eta", "+ eta")), (E_LOOPS, "s = s + w[h][j] ** 3")))
    )
    assert names(result) == ["wrong sign: θ"]
    assert result.unknown == ["v", "gamma"]


# What gets out of hand -------------------------------------------------------------------------------------------


def written(tmp_path, body, head=""):
    """A student's file whose function has this body."""
    path = tmp_path / "student.py"
    lines = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    path.write_text(f"{head}\ndef my_step(v, gamma, w, theta, x, y, eta):\n{lines}\n", encoding="utf-8")
    return path


TROUBLE = {
    "an exception": ("a = 1\nreturn a / 0", "stops with an error", 4, "ZeroDivisionError"),
    "sys.exit": ("import sys\nsys.exit(0)", "stops with an error", 4, "SystemExit"),
    "recursion": ("return my_step(v, gamma, w, theta, x, y, eta)", "stops with an error", 3, "RecursionError"),
    "input": ("return input()", "stops with an error", 3, "EOFError"),
    "os._exit": ("import os\nos._exit(7)", "exits", None, "exit code 7"),
    "nothing returned": ("w = [[0.0]]", "returns nothing", None, "return"),
    "three values": ("return v, gamma, w", "wrong number of values", None, "3"),
    "one number": ("return 1.0", "wrong number of values", None, "1"),
    "text": ("return 'abcd'", "returns no numbers", None, "str"),
    "None inside": ("return v, None, w, theta", "returns no numbers", None, "NoneType"),
    "a complex number": ("return v, gamma, w, 1j", "returns no numbers", None, "complex"),
    "wrong shape": (
        "return v, gamma + gamma, w, theta",
        "wrong shape",
        None,
        "γ comes back as 4 numbers, and not as 2 numbers",
    ),
    "ragged": ("return v, gamma, [[1.0], [1.0, 2.0], []], theta", "wrong shape", None, "ragged"),
    "another order": ("return w, theta, v, gamma", "wrong order", None, "(w, theta, v, gamma)"),
    "NaN": ("theta[0] = float('nan')\nreturn v, gamma, w, theta", "not a number", None, "θ comes back with NaN"),
    "infinity": ("v[0][0] = 1e308 * 10\nreturn v, gamma, w, theta", "not a number", None, "v comes back"),
}


@pytest.mark.parametrize(("body", "name", "line", "said"), TROUBLE.values(), ids=TROUBLE.keys())
def test_trouble_is_reported_and_nothing_else(tmp_path, capfd, body, name, line, said):
    result = check(written(tmp_path, body), arrays=False)
    found = next(mistake for mistake in result.mistakes if mistake.name == name)
    assert found.line == line
    assert found.nets
    assert said in str(result)
    assert not result.ok
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("forked", [pytest.param(True, marks=FORKS), False])
def test_an_endless_loop_is_ended(tmp_path, forked):
    path = written(tmp_path, "while True:\n    eta = eta + 1")
    began = time.monotonic()
    student = function(path.read_text(encoding="utf-8")) if forked else path
    result = check(student, seconds=2.5)
    assert time.monotonic() - began < 20
    assert names(result) == ["does not end"]
    assert result.mistakes[0].line in (3, 4)
    assert "2.5 seconds" in str(result)
    assert result.digits == dict.fromkeys(GROUPS)
    assert result.score == 0.0


def test_an_endless_loop_on_one_net_leaves_the_others_judged(tmp_path):
    body = "while len(x) == 4:\n    pass\nreturn right(v, gamma, w, theta, x, y, eta)"
    path = written(tmp_path, body, LOOPS.replace("def my_step", "def right"))
    result = check(path, seconds=2.5)
    assert names(result) == ["does not end"]
    assert result.mistakes[0].nets == ("4-2-3",)
    assert "while len(x) == 4:" in result.mistakes[0].code or result.mistakes[0].code == "pass"
    assert result.digits["v"] >= 9
    assert result.score == pytest.approx(4 / 6)
    assert not any(result.right.values())


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_crash_of_python_is_reported_with_its_line(tmp_path):
    result = check(written(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\nreturn 0"))
    assert names(result) == ["crashes"]
    assert result.mistakes[0].line == 4
    assert "SIGSEGV" in str(result)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit of memory is kept on Linux")
def test_memory_is_limited(tmp_path):
    result = check(written(tmp_path, "return [0.0] * 10**10"))
    assert names(result) == ["stops with an error"]
    assert "MemoryError" in str(result)
    assert "2 GiB" in result.mistakes[0].hint


def test_floods_of_text_and_prints_do_no_harm(tmp_path, capfd):
    body = "for k in range(2000):\n    print('x' * 1000)\nreturn right(v, gamma, w, theta, x, y, eta)"
    path = written(tmp_path, body, LOOPS.replace("def my_step", "def right"))
    assert check(path).ok
    assert capfd.readouterr() == ("", "")


def test_what_a_student_says_does_not_steer_the_terminal(tmp_path):
    result = check(written(tmp_path, "raise ValueError('\\x1b[2J one\\ntwo ' + 'x' * 5000)"))
    assert "?[2J one two xxx" in str(result)
    assert len(result.mistakes[0].explanation) < 400
    assert "\x1b" not in str(result)


@FORKS
def test_prints_of_a_forked_function_do_not_appear(capfd):
    assert check(function(LOOPS.replace("    # forward", "    print('here')"))).ok
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("isolate", [pytest.param(True, marks=FORKS), False])
def test_data_changed_in_place_is_a_mistake_and_weights_are_a_remark(isolate):
    result = check(function(edited(LOOPS, ("    return v", "    x[0] = 0.0\n    return v"))), isolate=isolate)
    assert names(result) == ["changes its data"]
    assert "x" in result.mistakes[0].explanation
    assert result.score == 1.0
    assert not result.ok
    text = edited(ARRAYS, ("gamma = gamma - eta * e", "old = gamma\n    gamma = gamma - eta * e\n    old[0] = 5.0"))
    result = check(function(text), arrays=True, isolate=isolate)
    assert result.ok
    assert any("γ" in note for note in result.notes)


@FORKS
def test_what_is_kept_between_calls_is_noticed():
    text = edited(
        LOOPS,
        ("def my_step", "calls = []\n\n\ndef my_step"),
        (DW, DW + " * (1 + 0.1 * (len(calls) > 6))"),
        ("    # forward", "    calls.append(1)"),
    )
    assert "not repeatable" in names(check(function(text)))


@FORKS
def test_lists_are_tried_first_and_then_arrays():
    result = check(function(source("no_slope")))
    assert names(result) == ["slope missing: output layer"]
    assert any("NumPy" in note for note in result.notes)
    refused = check(function(source("no_slope")), arrays=False)
    assert names(refused)[0] == "stops with an error"


def test_where_numpy_is_missing_a_remark_says_so():
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import microbp\n"
        "def my_step(v, gamma, w, theta, x, y, eta): return x.T\n"
        "print(microbp.check(my_step, isolate=False).notes)\n"
        "def my_step(v, gamma, w, theta, x, y, eta): return x[99]\n"
        "print(microbp.check(my_step, isolate=False).notes)\n"
    )
    checkout = Path(__file__).parent.parent  # where no NumPy lies beside microbp
    isolated = [sys.executable, "-I", "-S", "-B", "-c", program, str(checkout)]
    answer = subprocess.run(isolated, capture_output=True, encoding="utf-8", timeout=60)
    first, second = answer.stdout.splitlines()
    assert "pip install numpy" in first
    assert "NumPy" not in second


def test_in_this_process_a_remark_says_so():
    result = check(function(LOOPS), isolate=False)
    assert result.ok
    assert any("process" in note for note in result.notes)


def test_the_checker_is_loaded_when_it_is_used():
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import microbp\n"
        "print('microbp.teach' in sys.modules, microbp.check.__name__, 'microbp.teach' in sys.modules)\n"
    )
    command = [sys.executable, "-B", "-c", program, str(Path(__file__).parent.parent)]
    answer = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60)
    assert answer.stdout == "False check True\n"
    with pytest.raises(AttributeError, match="has no attribute 'checkk'"):
        microbp.checkk  # noqa: B018


# What cannot be checked ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (([1],), TypeError, "student must be a function or the path of a Python file, got \\[1\\]"),
        (
            (lambda a, b: a,),
            ValueError,
            "must take \\(v, gamma, w, theta, x, y, eta\\) or \\(weights,.*takes \\(a, b\\)",
        ),
        (("nowhere.py",), FileNotFoundError, "nowhere.py"),
    ],
)
def test_what_is_no_student_is_refused(arguments, error, said):
    with pytest.raises(error, match=said):
        check(*arguments)


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"layers": (2, 1)}, "layers must be 3 to 6 widths"),
        ({"layers": (2, 0, 1)}, r"layers\[1\] must be a whole number from 1 to 20, got 0"),
        ({"layers": (2, 3, 2, 1)}, "must take"),
        ({"seconds": 0}, "seconds must be a finite number > 0"),
        ({"lang": "de"}, "lang must be one of en, zh"),
    ],
)
def test_options_are_checked(keywords, said):
    with pytest.raises(ValueError, match=said):
        check(function(LOOPS), **keywords)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def my_step(v:\n", "line 1: SyntaxError"),
        ("import nowhere_at_all\n", "line 1: ModuleNotFoundError"),
        ("x = 1\n1 / 0\n", "line 2: ZeroDivisionError"),
        ("import sys\nsys.exit(1)\n", "line 2: SystemExit"),
        ("import os\nos._exit(1)\n", "it ended the whole of Python"),
        ("while True:\n    pass\n", "did not end within 3 seconds"),
        ("a = 1\n", "no function my_step"),
        ("def my_step(a):\n    pass\n", "must take"),
        (
            "def p(v, g, w, t, x, y, n): pass\ndef q(v, g, w, t, x, y, n): pass\n",
            "several functions could be meant: p, q",
        ),
    ],
)
def test_a_file_that_has_nothing_to_check(tmp_path, capsys, text, said):
    path = tmp_path / "student.py"
    path.write_text(text, encoding="utf-8")
    assert main(["check", str(path), "--seconds", "3"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert said in captured.err
    assert str(path) in captured.err


# The command -----------------------------------------------------------------------------------------------------


def run(capsys, *arguments):
    code = main(["check", *map(str, arguments)])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out


def test_the_command_says_what_is_right(capsys):
    code, out = run(capsys, STUDENTS / "loops.py")
    assert code == 0
    assert "All right" in out
    assert out.endswith("score 1.00\n")


def test_the_command_names_the_mistake_of_a_page(capsys):
    code, out = run(capsys, STUDENTS / "no_slope.py")
    assert code == 1
    assert "ŷ_j (1 − ŷ_j) is missing in g_j" in out
    assert "(6)  g_j = ŷ_j (1 − ŷ_j)(y_j − ŷ_j)" in out
    assert "score 0.00" in out


def test_the_command_in_chinese(capsys):
    code, out = run(capsys, STUDENTS / "famous.py", "--layers", "2-2-2", "--lang", "zh")
    assert code == 1
    assert "先更新了 w，再用新的 w 计算 e_h" in out
    assert "得分 0.00" in out
    assert "mend" not in out


def test_the_command_for_a_grader(capsys):
    code, out = run(capsys, STUDENTS / "famous.py", "--function", "train", "--layers", "2,2,2", "--json")
    graded = json.loads(out)
    assert code == 1
    assert graded["ok"] is False
    assert graded["mistakes"][2]["name"] == "w updated before e"
    assert graded["mistakes"][2]["equations"] == [["(11)", EQUATIONS["(11)"]]]
    assert graded["digits"] == {"v": 0, "gamma": 0, "w": 0, "theta": 0}


def test_the_other_options_of_the_command(capsys):
    assert run(capsys, STUDENTS / "batch.py", "--batch", "--lists")[0] == 0
    assert run(capsys, STUDENTS / "arrays.py", "--numpy")[0] == 0
    assert run(capsys, STUDENTS / "deep.py", "--layers", "2,3,3,1")[0] == 0
    with pytest.raises(SystemExit) as stop:
        main(["check", "--help"])
    assert stop.value.code == 0
    assert "microbp check student.py" in capsys.readouterr().out
    assert main(["check", str(STUDENTS / "loops.py"), "--layers", "two"]) == 2
    assert "--layers must be widths as in 2,3,1, got 'two'" in capsys.readouterr().err


def test_the_command_in_a_process_of_its_own(tmp_path):
    path = written(tmp_path, "raise RuntimeError('mine')")
    package = Path(microbp.__file__).parent.parent
    answer = subprocess.run(
        [sys.executable, "-m", "microbp", "check", str(path)],
        capture_output=True, encoding="utf-8", timeout=60,
        env={**os.environ, "PYTHONPATH": str(package), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert answer.returncode == 1
    assert "RuntimeError: mine (line 3)" in answer.stdout
    assert "Traceback" not in answer.stdout + answer.stderr


def test_the_report_in_the_documentation_is_what_is_printed(capsys):
    page = (Path(__file__).parent.parent / "docs" / "check.md").read_text(encoding="utf-8")
    code, out = run(capsys, STUDENTS / "famous.py", "--layers", "2,2,2")
    assert code == 1
    assert out in page


# The mistakes as data --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("form", ["article", "layers"])
def test_no_two_mistakes_give_the_same_numbers(form, batch):
    tried = cases(form, None, batch)
    results = [("nothing", [group(case.right, name) for case in tried for name in GROUPS])]
    for mistake in known(batch):
        numbers = []
        for case in tried:
            try:
                net = update(case.net, case.X, case.Y, case.eta, mistake.switches)
                numbers += [group(net, name) for name in GROUPS]
            except Impossible:
                numbers += [None] * len(GROUPS)
        results.append((mistake.name, numbers))
    for (one, a), (other, b) in combinations(results, 2):
        apart = max(
            1.0 if (p is None) != (q is None) else max(abs(s - t) for s, t in zip(p, q)) if p else 0.0
            for p, q in zip(a, b)
        )
        assert apart > 5e-4, f"{one} and {other}"


def test_every_mistake_has_its_words():
    mistakes = known(batch=True)
    assert len({mistake.name for mistake in mistakes}) == len(mistakes)
    for mistake in mistakes:
        assert all(equation in EQUATIONS for equation in mistake.equations)
        for lang in ("en", "zh"):
            assert mistake.says[lang]
            assert mistake.hint[lang]
            assert not set("{}|<") & set(mistake.says[lang] + mistake.hint[lang])
        assert set(re.findall("[a-z]{3,}", mistake.yours)) <= {"exp", "tanh", "max"}  # formulas, in no language
        assert any("一" <= letter <= "鿿" for letter in mistake.says["zh"])


def test_the_documentation_lists_every_kind_of_mistake():
    page = (Path(__file__).parent.parent / "docs" / "check.md").read_text(encoding="utf-8")
    for mistake in known(batch=True):
        kind, _, _ = mistake.name.partition(":")
        assert f"`{kind}`" in page, kind


def test_the_words_of_trouble_are_the_same_in_both_languages():
    from microbp.teach import report

    for words in (report.PROBLEMS, report.REASONS, report.NOTES, report.TEXT):
        assert words["en"].keys() == words["zh"].keys()
    assert report.PROBLEMS["en"].keys() == report.NAMES.keys()


def test_what_is_read_back_is_plain():
    assert sandbox.plain((1, [2.5], iter([3]))) == [1.0, [2.5], [3.0]]
    with pytest.raises(TypeError, match="str where a number"):
        sandbox.plain(["1"])
    with pytest.raises(ValueError, match="more than 100,000 items"):
        sandbox.plain(iter(int, 1))
