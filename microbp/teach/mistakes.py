"""The wrong algorithms that people write for BP: a few switches of `variant.update` each, and words for them.

Mistakes that set different switches can be made at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Symbols = list[dict[str, str]]
Place = tuple[str, str, str, Symbols]  # its name, in English, in Chinese

EQUATIONS = {
    "(1)": "E_k = ½ Σ_j (ŷ_j − y_j)²",
    "(2)": "ŷ_j = f(β_j − θ_j), β_j = Σ_h w_hj b_h",
    "(2) hidden": "b_h = f(α_h − γ_h), α_h = Σ_i v_ih x_i",
    "(6)": "g_j = ŷ_j (1 − ŷ_j)(y_j − ŷ_j)",
    "(7)": "Δw_hj = η g_j b_h",
    "(8)": "Δθ_j = −η g_j",
    "(9)": "Δv_ih = η e_h x_i",
    "(10)": "Δγ_h = −η e_h",
    "(11)": "e_h = b_h (1 − b_h) Σ_j w_hj g_j",
    "accumulated BP": "Δw_hj = (η/m) Σ_k g_j b_h, since E = (1/m) Σ_k E_k",
}


class Mistake:
    """`yours` is what it computes; `words`: what is wrong, how to mend it, the same in Chinese."""

    def __init__(self, name: str, equations: str, switches: Mapping[str, Any], yours: str, *words: str) -> None:
        self.name = name
        self.equations = tuple(equations.split(", "))
        self.switches = switches
        self.yours = yours
        self.says = {"en": words[0], "zh": words[2]}
        self.hint = {"en": words[1], "zh": words[3]}


# (11) ------------------------------------------------------------------------------------------------------------


def in_e(name: str, kind: str, terms: str, *words: str) -> Mistake:
    return Mistake(name, "(11)", {"sum": kind}, f"e_h = b_h (1 − b_h) {terms}", *words)


HIDDEN_GRADIENT = [
    in_e(
        "w updated before e",
        "new w g",
        "Σ_j (w_hj + Δw_hj) g_j",
        "w is updated before e_h is computed",
        "The w of (11) is the one from before the update: compute all of g and e, and only then change w, θ, v, γ.",
        "先更新了 w，再用新的 w 计算 e_h",
        "式 (11) 里的 w 是更新之前的：先算出全部 g 和 e，再更新 w、θ、v、γ。",
    ),
    in_e(
        "w missing in e",
        "g",
        "Σ_j g_j",
        "e_h sums g_j without w_hj",
        "Each g_j comes back through its own connection: sum w_hj g_j over j.",
        "计算 e_h 时只对 g_j 求和，漏乘了 w_hj",
        "每个 g_j 沿自己的连接传回来：对 j 求 w_hj g_j 的和。",
    ),
    in_e(
        "dw summed in e",
        "dw",
        "Σ_j Δw_hj",
        "e_h sums the changes Δw_hj, not w_hj g_j",
        "What comes back is w_hj g_j; Δw_hj is only for (7).",
        "计算 e_h 时对 Δw_hj 求和，而不是对 w_hj g_j",
        "传回来的是 w_hj g_j；Δw_hj 只用于式 (7)。",
    ),
    in_e(
        "g b summed in e",
        "g b",
        "Σ_j g_j b_h",
        "e_h sums g_j b_h (the slope of w, often called dw), not w_hj g_j",
        "What comes back is w_hj g_j; the slope is only for (7).",
        "计算 e_h 时对 g_j b_h（w 的梯度，常记作 dw）求和，而不是对 w_hj g_j",
        "传回来的是 w_hj g_j；梯度只用于式 (7)。",
    ),
    in_e(
        "dw for w in e",
        "dw g",
        "Σ_j Δw_hj g_j",
        "e_h multiplies g_j by Δw_hj, not by w_hj",
        "Use w_hj itself, from before the update.",
        "计算 e_h 时 g_j 乘的是 Δw_hj，不是 w_hj",
        "应该乘更新之前的 w_hj 本身。",
    ),
    in_e(
        "dw for g in e",
        "w dw",
        "Σ_j w_hj Δw_hj",
        "e_h multiplies w_hj by Δw_hj, not by g_j",
        "What comes back through w_hj is g_j alone.",
        "计算 e_h 时 w_hj 乘的是 Δw_hj，不是 g_j",
        "沿 w_hj 传回来的只是 g_j。",
    ),
    in_e(
        "g missing in e",
        "w",
        "Σ_j w_hj",
        "e_h sums w_hj without g_j",
        "Multiply each w_hj by the g_j of the neuron it leads to.",
        "计算 e_h 时只对 w_hj 求和，漏乘了 g_j",
        "每个 w_hj 要乘它所通向的神经元的 g_j。",
    ),
    in_e(
        "error for g in e",
        "w difference",
        "Σ_j w_hj (y_j − ŷ_j)",
        "e_h is made of the bare errors y_j − ŷ_j, not of g_j",
        "Send g_j back, with its factor ŷ_j (1 − ŷ_j).",
        "计算 e_h 时传回来的是误差 y_j − ŷ_j，而不是 g_j",
        "传回来的应该是 g_j，含因子 ŷ_j (1 − ŷ_j)。",
    ),
    in_e(
        "w transposed in e",
        "transposed w g",
        "Σ_j w_jh g_j",
        "e_h uses w transposed: w_jh for w_hj",
        "Row h of w holds what leaves neuron h: sum w[h][j]·g[j] over j.",
        "计算 e_h 时 w 转置了：用了 w_jh 而不是 w_hj",
        "w 的第 h 行从神经元 h 出发：对 j 求 w[h][j]·g[j] 的和。",
    ),
    in_e(
        "only the last term in e",
        "last",
        "w_hl g_l",
        "e_h has only the last term of its sum over j",
        "Start from 0 and add up in the loop over j: +=, not =.",
        "e_h 对 j 的求和只剩最后一项",
        "循环之前置 0，在 j 的循环里用 += 累加，不是 =。",
    ),
    in_e(
        "only the first term in e",
        "first",
        "w_h1 g_1",
        "e_h has only the first term of its sum over j",
        "Sum over all j; is a line indented too far?",
        "e_h 对 j 的求和只有第一项",
        "要对所有 j 求和；是不是缩进多了一层？",
    ),
    Mistake(
        "e has the wrong sign",
        "(11)",
        {"factor e": -1.0},
        "e_h = −b_h (1 − b_h) Σ_j w_hj g_j",
        "e_h has the wrong sign",
        "g_j has the minus of the descent already; (11) adds none.",
        "e_h 的符号反了",
        "g_j 已带有梯度下降的负号，式 (11) 不再加。",
    ),
    Mistake(
        "forward again after the update of w",
        "(11)",
        {"forward again": True},
        "e_h(w + Δw, θ + Δθ)",
        "after the update of w and θ, signals, g and e are computed anew for the hidden layer",
        "One forward and one backward pass for each update.",
        "更新了 w、θ 之后，重新前向计算，才求隐层的梯度",
        "每次更新只做一次前向、一次反向。",
    ),
]


# In one layer, or in all -----------------------------------------------------------------------------------------

OUTPUT = {
    "layer": "output",
    "w": "w_hj",
    "turned": "w_jh",
    "sum": "β_j = Σ_h w_jh b_h",
    "gradient": "(6)",
    "forward": "(2)",
    "g": "g_j",
    "rest": "(y_j − ŷ_j)",
    "b": "ŷ_j",
    "signal": "β_j",
    "threshold": "θ_j",
    "theta": "theta",
    "matrix": "w",
    "update": "(8)",
}
HIDDEN = {
    "layer": "hidden",
    "w": "v_ih",
    "turned": "v_hi",
    "sum": "α_h = Σ_i v_hi x_i",
    "gradient": "(11)",
    "forward": "(2) hidden",
    "g": "e_h",
    "rest": "Σ_j w_hj g_j",
    "b": "b_h",
    "signal": "α_h",
    "threshold": "γ_h",
    "theta": "gamma",
    "matrix": "v",
    "update": "(10)",
}
LAYERS = [
    ("output layer", "in the output layer", "输出层", [OUTPUT]),
    ("hidden layer", "in the hidden layer", "隐层", [HIDDEN]),
    ("every layer", "in every layer", "每一层", [OUTPUT, HIDDEN]),
]


def filled(template: str, joint: str, symbols: Symbols) -> str:
    return joint.join(template.format(**each) for each in symbols)


def at(
    places: Sequence[Place], name: str, equations: str, switches: Mapping[str, Any], yours: str, *words: str
) -> list[Mistake]:
    """The same mistake at several places: {b} and the like are symbols of the place, <where> is its name.

    What follows a | is said of each of its layers.
    """
    found = []
    for place, en, zh, symbols in places:
        told = []
        for text, where, joint in zip(words, (en, en, zh, zh), (", ", ", ", "，", "，")):
            general, _, each = text.partition("|")
            told.append(general.replace("<where>", where) + (filled(each, joint, symbols) if each else ""))
        made = {key.format(**each): value for each in symbols for key, value in switches.items()}
        shown = filled(yours, "; ", symbols)
        found.append(Mistake(f"{name}: {place}", filled(equations, ", ", symbols), made, shown, *told))
    return found


def slopes(name: str, kind: str, yours: str, en: str, en_hint: str, zh: str, zh_hint: str) -> list[Mistake]:
    right = "|{b} (1 − {b})"
    words = (en, en_hint + right, zh, zh_hint + right)
    return at(LAYERS, name, "{gradient}", {"slope {layer}": kind}, "{g} = " + yours, *words)


SLOPES = [
    *slopes(
        "slope missing",
        "missing",
        "{rest}",
        "the factor f′ is missing <where>",
        "By (3), f′ = f (1 − f): ",
        "<where>漏乘了导数 f′",
        "由式 (3)，f′ = f (1 − f)：",
    ),
    *slopes(
        "slope of the signal",
        "signal",
        "{signal} (1 − {signal}) {rest}",
        "the factor f′ <where> is taken of the signal, not of the output",
        "f is the output of the neuron, not what went into it: ",
        "<where>的导数因子用了输入信号，而不是输出",
        "f 是神经元的输出，不是它的输入：",
    ),
    *slopes(
        "slope of signal minus threshold",
        "z",
        "z (1 − z) {rest}, z = {signal} − {threshold}",
        "the factor f′ <where> is taken of z = signal − threshold, not of f(z)",
        "f is the output of the neuron, not what f is applied to: ",
        "<where>的导数因子用了 z = 信号 − 阈值，而不是 f(z)",
        "f 是神经元的输出，不是 f 的自变量：",
    ),
    *slopes(
        "slope of f of the output",
        "f of output",
        "f({b}) (1 − f({b})) {rest}",
        "the slope is taken of f of the output <where>",
        "The output is f already: ",
        "<where>求导时对输出又算了一次 f",
        "输出已经是 f 的值：",
    ),
    *slopes(
        "slope of tanh",
        "tanh",
        "(1 − {b}²) {rest}",
        "the factor f′ <where> is that of tanh, 1 − f², and f is the sigmoid",
        "For the sigmoid, f′ = f (1 − f): ",
        "<where>用了 tanh 的导数 1 − f²，而 f 是 Sigmoid",
        "Sigmoid 的导数是 f (1 − f)：",
    ),
]
SLOPES[0] = Mistake(  # the same numbers have two causes
    SLOPES[0].name,
    "(6)",
    SLOPES[0].switches,
    SLOPES[0].yours,
    "ŷ_j (1 − ŷ_j) is missing in g_j; that is the gradient of the cross-entropy, and (1) is the squared error",
    "Put ŷ_j (1 − ŷ_j) into g_j: it cancels for the cross-entropy, not for (1).",
    "g_j 里漏了 ŷ_j (1 − ŷ_j)；这样得到的是交叉熵的梯度，而式 (1) 是平方误差",
    "在 g_j 里补上 ŷ_j (1 − ŷ_j)：对交叉熵它会约掉，对式 (1) 不会。",
)
FORWARD = [
    *at(
        LAYERS,
        "threshold added in the forward pass",
        "{forward}",
        {"threshold {layer}": 1.0},
        "{b} = f({signal} + {threshold})",
        "the threshold is added <where> in the forward pass",
        "It is subtracted: |{b} = f({signal} − {threshold})",
        "前向计算时，<where>的阈值应减而加",
        "应当减去：|{b} = f({signal} − {threshold})",
    ),
    *at(
        LAYERS,
        "bias added",
        "{forward}, {update}",
        {"threshold {layer}": 1.0, "sign {theta}": -1.0},
        "{b} = f({signal} + {threshold}), Δ{threshold} = η {g}",
        "a bias is added <where> where the article subtracts a threshold",
        "A threshold is minus a bias: |f({signal} − {threshold}) in (2), minus in {update}",
        "<where>把阈值当成偏置加上去了，文章里是减",
        "阈值是偏置的相反数：|前向是 f({signal} − {threshold})，更新式 {update} 带负号",
    ),
    *at(
        LAYERS,
        "threshold left out of the forward pass",
        "{forward}",
        {"threshold {layer}": 0.0},
        "{b} = f({signal})",
        "the threshold is left out of the forward pass <where>",
        "Subtract it: |{b} = f({signal} − {threshold})",
        "前向计算时，<where>漏减了阈值",
        "应当减去：|{b} = f({signal} − {threshold})",
    ),
    *at(
        LAYERS,
        "no thresholds",
        "{forward}, {update}",
        {"threshold {layer}": 0.0, "factor {theta}": 0.0},
        "{b} = f({signal}); Δ{threshold} = 0",
        "no thresholds <where>, neither in the forward pass nor in the update",
        "Every neuron has one: |{b} = f({signal} − {threshold}), updated by {update}",
        "<where>完全没有用阈值：前向不减，也不更新",
        "每个神经元都有阈值：|{b} = f({signal} − {threshold})，按式 {update} 更新",
    ),
    *at(
        LAYERS,
        "weights transposed in the forward pass",
        "{forward}",
        {"transposed {layer}": True},
        "{sum}",
        "the weights are transposed <where> in the forward pass",
        "Rows belong to what comes in, columns to the neurons: |{w} for {turned}",
        "前向计算时，<where>的权重转置了",
        "行对应输入，列对应神经元：|应为 {w}，不是 {turned}",
    ),
    *at(
        LAYERS,
        "weights read by columns",
        "{forward}",
        {"columns {matrix}": True},
        "{turned}",
        "rows and columns of the weights are exchanged <where>, everywhere",
        "Rows belong to what comes in: read w[h][j], not w[j][h], |{w} for {turned}",
        "<where>的权重处处行列颠倒",
        "行对应输入：应读 w[h][j]，不是 w[j][h]：|应为 {w}，不是 {turned}",
    ),
    *at(
        LAYERS,
        "f left out",
        "{forward}",
        {"f {layer}": "linear"},
        "{b} = {signal} − {threshold}",
        "f is not applied <where>",
        "f is the sigmoid: |{b} = f({signal} − {threshold})",
        "<where>漏了激活函数 f",
        "f 是 Sigmoid：|{b} = f({signal} − {threshold})",
    ),
    *at(
        LAYERS,
        "linear neurons",
        "{forward}, {gradient}",
        {"f {layer}": "linear", "slope {layer}": "missing"},
        "{b} = {signal} − {threshold}, {g} = {rest}",
        "the neurons <where> are linear, without f and f′",
        "f is the sigmoid: |{b} = f({signal} − {threshold})",
        "<where>的神经元是线性的，没有 f 和 f′",
        "f 是 Sigmoid：|{b} = f({signal} − {threshold})",
    ),
    *at(
        LAYERS,
        "tanh for the sigmoid",
        "{forward}, {gradient}",
        {"f {layer}": "tanh", "slope {layer}": "tanh"},
        "{b} = tanh({signal} − {threshold}), {g} = (1 − {b}²) {rest}",
        "f is tanh <where>; the sigmoid was meant",
        "f(x) = 1 / (1 + e^(−x)), f′ = f (1 − f)",
        "<where>的 f 用了 tanh，应为 Sigmoid",
        "f(x) = 1 / (1 + e^(−x))，f′ = f (1 − f)",
    ),
    *at(
        LAYERS,
        "ReLU for the sigmoid",
        "{forward}, {gradient}",
        {"f {layer}": "relu", "slope {layer}": "relu"},
        "{b} = max(0, {signal} − {threshold}), {g} = [{b} > 0] {rest}",
        "f is ReLU <where>; the sigmoid was meant",
        "f(x) = 1 / (1 + e^(−x)), f′ = f (1 − f)",
        "<where>的 f 用了 ReLU，应为 Sigmoid",
        "f(x) = 1 / (1 + e^(−x))，f′ = f (1 − f)",
    ),
    Mistake(
        "softmax with cross-entropy",
        "(1), (2), (6)",
        {"f output": "softmax", "slope output": "missing"},
        "ŷ_j = exp(β_j − θ_j) / Σ_j exp(β_j − θ_j), g_j = y_j − ŷ_j",
        "softmax and cross-entropy at the outputs; sigmoid and squared error were meant",
        "Each output is a sigmoid; g_j = ŷ_j (1 − ŷ_j)(y_j − ŷ_j).",
        "输出层用了 softmax 和交叉熵，应为 Sigmoid 和平方误差",
        "每个输出是 Sigmoid；g_j = ŷ_j (1 − ŷ_j)(y_j − ŷ_j)。",
    ),
]


# (6) -------------------------------------------------------------------------------------------------------------

OUTPUT_GRADIENT = [
    Mistake(
        "error has the wrong sign",
        "(6)",
        {"sign g": -1.0},
        "g_j = ŷ_j (1 − ŷ_j)(ŷ_j − y_j)",
        "the sign is wrong everywhere: ŷ_j − y_j for y_j − ŷ_j, or all updates reversed; E_k grows",
        "g_j has y_j − ŷ_j, and then Δw and Δv have a plus, Δθ and Δγ a minus.",
        "符号全反了：写成了 ŷ_j − y_j，或者全部更新反号；误差会越来越大",
        "g_j 里是 y_j − ŷ_j；这样 Δw、Δv 为正号，Δθ、Δγ 为负号。",
    ),
    Mistake(
        "factor 2 in g",
        "(1), (6)",
        {"factor g": 2.0},
        "g_j = 2 ŷ_j (1 − ŷ_j)(y_j − ŷ_j)",
        "every change is twice as large: a factor 2 in g_j",
        "The ½ of (1) cancels the 2 of the square: g_j has no 2.",
        "每个改变量都大了一倍：g_j 多了因子 2",
        "式 (1) 的 ½ 与平方求导得到的 2 相消：g_j 里没有 2。",
    ),
    Mistake(
        "factor ½ in g",
        "(1), (6)",
        {"factor g": 0.5},
        "g_j = ½ ŷ_j (1 − ŷ_j)(y_j − ŷ_j)",
        "every change is half as large: a factor ½ in g_j",
        "The ½ of (1) cancels the 2 of the square: g_j has no ½.",
        "每个改变量都只有一半：g_j 多了因子 ½",
        "式 (1) 的 ½ 与平方求导得到的 2 相消：g_j 里没有 ½。",
    ),
    Mistake(
        "mean over the outputs",
        "(1), (6)",
        {"mean g": True},
        "g_j = (1/l) ŷ_j (1 − ŷ_j)(y_j − ŷ_j)",
        "g_j is divided by the number of outputs l",
        "(1) sums over the outputs; no mean.",
        "g_j 除以了输出的个数 l",
        "式 (1) 对各输出求和，不求平均。",
    ),
    Mistake(
        "cross-entropy slope without f′",
        "(1), (6)",
        {"difference": "cross entropy", "slope output": "missing"},
        "g_j = y_j / ŷ_j − (1 − y_j) / (1 − ŷ_j)",
        "g_j is the slope of the cross-entropy, without f′; the squared error was meant",
        "For (1), g_j = ŷ_j (1 − ŷ_j)(y_j − ŷ_j).",
        "g_j 是交叉熵的导数，没有乘 f′；应为平方误差",
        "由式 (1)，g_j = ŷ_j (1 − ŷ_j)(y_j − ŷ_j)。",
    ),
    Mistake(
        "cross-entropy of one term",
        "(1), (6)",
        {"difference": "half cross entropy"},
        "g_j = (1 − ŷ_j) y_j",
        "g_j is the slope of −Σ_j y_j log ŷ_j; the squared error was meant",
        "For (1), g_j = ŷ_j (1 − ŷ_j)(y_j − ŷ_j).",
        "g_j 是 −Σ_j y_j log ŷ_j 的导数；应为平方误差",
        "由式 (1)，g_j = ŷ_j (1 − ŷ_j)(y_j − ŷ_j)。",
    ),
]


# (7) to (10) -----------------------------------------------------------------------------------------------------

GROUPS = {
    "w": {"equation": "(7)", "symbol": "w", "left": "Δw_hj", "sign": "", "opposite": "−", "g": "g_j", "b": " b_h"},
    "theta": {"equation": "(8)", "symbol": "θ", "left": "Δθ_j", "sign": "−", "opposite": "", "g": "g_j", "b": ""},
    "v": {"equation": "(9)", "symbol": "v", "left": "Δv_ih", "sign": "", "opposite": "−", "g": "e_h", "b": " x_i"},
    "gamma": {"equation": "(10)", "symbol": "γ", "left": "Δγ_h", "sign": "−", "opposite": "", "g": "e_h", "b": ""},
}


def updates(groups: str) -> Place:
    symbols = [{"group": group, **GROUPS[group]} for group in groups.split()]
    name = filled("{symbol}", ", ", symbols)
    return name, " and ".join(name.rsplit(", ", 1)), filled("{symbol}", "、", symbols), symbols


SETS = ("w theta v gamma", "theta gamma", "w v", "w theta", "v gamma", "theta", "gamma", "w", "v")
UPDATES = list(map(updates, SETS))
NOT_G = UPDATES[1:]  # what is wrong in all four is wrong in g
NOT_E = NOT_G[:3] + NOT_G[4:]  # and what is wrong in v and gamma, in e

UPDATE = [
    *at(
        NOT_E,
        "wrong sign",
        "{equation}",
        {"sign {group}": -1.0},
        "{left} = {opposite}η {g}{b}",
        "the update of <where> has the wrong sign",
        "Thresholds are subtracted, so they change by −η g; weights by +η g b.",
        "<where> 的更新符号反了",
        "阈值是减去的，所以按 −η g 更新；权重按 +η g b 更新。",
    ),
    *at(
        UPDATES,
        "never updated",
        "{equation}",
        {"factor {group}": 0.0},
        "{left} = 0",
        "no update of <where>: handed back as before",
        "Add the change, and return the new values. (w = w + dw makes a new w and leaves the caller's as it was.)",
        "<where> 没有更新，原样返回了",
        "加上改变量，并返回新的值。（w = w + dw 产生新的 w，调用者的那个没有变。）",
    ),
    *at(
        UPDATES,
        "eta missing",
        "{equation}",
        {"eta {group}": 0},
        "{left} = {sign}{g}{b}",
        "η is missing in the update of <where>",
        "Multiply the change by η, once.",
        "<where> 的更新漏乘了 η",
        "改变量要乘一次 η。",
    ),
    *at(
        UPDATES,
        "eta twice",
        "{equation}",
        {"eta {group}": 2},
        "{left} = {sign}η² {g}{b}",
        "η is applied twice in the update of <where>",
        "Put η into the gradient or the update, not into both.",
        "<where> 的更新乘了两次 η",
        "η 在梯度里或更新里乘一次，不要都乘。",
    ),
    *at(
        NOT_G,
        "factor 2",
        "{equation}",
        {"factor {group}": 2.0},
        "{left} = {sign}2 η {g}{b}",
        "the change of <where> is twice as large",
        "There is no 2; or the update is made twice.",
        "<where> 的改变量大了一倍",
        "式中没有因子 2；或者更新了两次。",
    ),
    *at(
        NOT_G,
        "factor ½",
        "{equation}",
        {"factor {group}": 0.5},
        "{left} = {sign}½ η {g}{b}",
        "the change of <where> is half as large",
        "There is no ½ in the updates.",
        "<where> 的改变量只有一半",
        "更新式里没有因子 ½。",
    ),
    Mistake(
        "w takes the signal for the output",
        "(7)",
        {"input w": "signal"},
        "Δw_hj = η g_j α_h",
        "the change of w has the signal α_h for the output b_h",
        "Multiply g_j by what went through w_hj: b_h.",
        "w 的改变量乘了信号 α_h，不是输出 b_h",
        "g_j 要乘流过 w_hj 的那个量：b_h。",
    ),
    Mistake(
        "b missing in the update of w",
        "(7)",
        {"input w": "missing"},
        "Δw_hj = η g_j",
        "the change of w lacks the factor b_h",
        "Multiply g_j by what went through w_hj: b_h.",
        "w 的改变量漏乘了 b_h",
        "g_j 要乘流过 w_hj 的那个量：b_h。",
    ),
    Mistake(
        "x missing in the update of v",
        "(9)",
        {"input v": "missing"},
        "Δv_ih = η e_h",
        "the change of v lacks the factor x_i",
        "Multiply e_h by what went through v_ih: x_i.",
        "v 的改变量漏乘了 x_i",
        "e_h 要乘流过 v_ih 的那个量：x_i。",
    ),
    Mistake(
        "update of w transposed",
        "(7)",
        {"transposed w": True},
        "Δw_jh = η g_j b_h",
        "the change of w is transposed",
        "Row h belongs to b_h, column j to g_j: w[h][j] += η·g[j]·b[h].",
        "w 的改变量转置了",
        "第 h 行对应 b_h，第 j 列对应 g_j：w[h][j] += η·g[j]·b[h]。",
    ),
    Mistake(
        "update of v transposed",
        "(9)",
        {"transposed v": True},
        "Δv_hi = η e_h x_i",
        "the change of v is transposed",
        "Row i belongs to x_i, column h to e_h: v[i][h] += η·e[h]·x[i].",
        "v 的改变量转置了",
        "第 i 行对应 x_i，第 h 列对应 e_h：v[i][h] += η·e[h]·x[i]。",
    ),
    Mistake(
        "updates transposed",
        "(7), (9)",
        {"transposed w": True, "transposed v": True},
        "Δw_jh = η g_j b_h; Δv_hi = η e_h x_i",
        "the changes of w and v are transposed",
        "w[h][j] += η·g[j]·b[h] and v[i][h] += η·e[h]·x[i]",
        "w 和 v 的改变量转置了",
        "w[h][j] += η·g[j]·b[h]，v[i][h] += η·e[h]·x[i]",
    ),
    Mistake(
        "changes returned",
        "(7), (8), (9), (10)",
        {"changes returned": True},
        "(Δv, Δγ, Δw, Δθ)",
        "the changes are returned, not the new values",
        "Add each to the old value first.",
        "返回的是改变量，不是新的值",
        "先把改变量加到旧值上，再返回。",
    ),
    Mistake(
        "w returned transposed",
        "(7)",
        {"returned transposed w": True},
        "w_jh",
        "w is returned transposed",
        "Row h of w holds what leaves neuron h, as it came in.",
        "返回的 w 转置了",
        "w 的第 h 行从神经元 h 出发，与传入时一样。",
    ),
    Mistake(
        "v returned transposed",
        "(9)",
        {"returned transposed v": True},
        "v_hi",
        "v is returned transposed",
        "Row i of v holds what leaves input i, as it came in.",
        "返回的 v 转置了",
        "v 的第 i 行从输入 i 出发，与传入时一样。",
    ),
    Mistake(
        "w and v returned transposed",
        "(7), (9)",
        {"returned transposed w": True, "returned transposed v": True},
        "w_jh; v_hi",
        "w and v are returned transposed",
        "Return them row by row as they came in.",
        "返回的 w 和 v 都转置了",
        "按传入时的行列返回。",
    ),
]


# Several samples at once, the commonest mistakes first -----------------------------------------------------------

SAMPLES = [
    Mistake(
        "sum for mean",
        "accumulated BP",
        {"samples": "sum"},
        "Δw_hj = η Σ_k g_j b_h",
        "the changes of the m samples are summed, not averaged",
        "E = (1/m) Σ_k E_k: divide the sum by m.",
        "m 个样本的改变量求了和，没有平均",
        "E = (1/m) Σ_k E_k：要除以 m。",
    ),
    Mistake(
        "updates sample by sample",
        "accumulated BP",
        {"samples": "one after another"},
        "Δw_hj = η g_j b_h, k = 1, 2, …, m",
        "an update after each sample (standard BP), not one after all of them",
        "Sum the changes of all samples, divide by m, and update once.",
        "每个样本之后都更新（标准 BP），而不是全部样本之后一次",
        "把所有样本的改变量累加起来，除以 m，只更新一次。",
    ),
    Mistake(
        "only the last sample",
        "accumulated BP",
        {"samples": "last"},
        "Δw_hj = η g_j b_h, k = m",
        "only the last sample counts",
        "Add up the changes in the loop over the samples: +=.",
        "只有最后一个样本起了作用",
        "在样本的循环里用 += 累加改变量。",
    ),
]


def known(batch: bool = False) -> list[Mistake]:
    """All mistakes, the commonest first; with those of several samples if there are several."""
    once = [*HIDDEN_GRADIENT, *OUTPUT_GRADIENT, *SLOPES, *FORWARD, *UPDATE]
    return [*SAMPLES, *once] if batch else once
