"""What a check has found, for a grader, and in words for the student."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..terminal import table
from .mistakes import EQUATIONS, Mistake
from .variant import GROUPS, LETTERS

NAMES = {  # of problems of a run, the same in every language
    "exception": "stops with an error",
    "value": "returns no numbers",
    "nothing": "returns nothing",
    "count": "wrong number of values",
    "layers": "wrong number of layers",
    "shape": "wrong shape",
    "order": "wrong order",
    "nan": "not a number",
    "timeout": "does not end",
    "crash": "crashes",
    "exit": "exits",
    "changed": "changes its data",
    "unstable": "not repeatable",
    "size": "other on other nets",
    "float32": "single precision",
}
# What is said of each, and a hint
PROBLEMS = {
    "en": {
        "exception": ("it stops with {type}: {message}", "{reason}"),
        "value": ("what it returns cannot be read: {message}", "Return numbers in lists or arrays."),
        "nothing": (
            "it returns nothing, and its arguments are as they were",
            "Is the `return` missing? Return the new values, or change the lists in place.",
        ),
        "count": ("it returns {got} values, not {wanted}", "Return {wanted}, in this order."),
        "layers": ("{name} comes back without its {wanted} layers", "Return one for each layer."),
        "shape": ("{name} comes back as {got}, and not as {wanted}", "{reason}"),
        "order": ("by their shapes, the values come back as ({got})", "Return {wanted}, in this order."),
        "nan": ("{name} comes back with NaN or infinity", "Look for a division by 0, or an overflow in exp."),
        "timeout": (
            "it did not end within {detail} seconds",
            "Does a loop never end? A slow function may be given more time.",
        ),
        "crash": ("Python itself crashed ({detail})", "Run it by itself on a small net."),
        "exit": ("it ended the whole of Python with the exit code {detail}", "Return the values, do not exit."),
        "changed": ("it changes {name} in place", "Work on a copy: the next epoch needs it as it was."),
        "unstable": (
            "the same arguments gave other numbers the second time",
            "Something is random, or kept between the calls: a global variable, a list as a default argument.",
        ),
        "size": (
            "what it does on {where} it does not do on nets of other widths",
            "Take the widths from the arguments: len(x), len(gamma), len(theta). Give layers if one shape is meant.",
        ),
        "float32": (
            "the numbers are right only to single precision: float32 where double was meant",
            "Use float64, NumPy's default; a rounded constant such as e = 2.718282 does the same.",
        ),
    },
    "zh": {
        "exception": ("程序出错停下：{type}: {message}", "{reason}"),
        "value": ("返回的读不出数：{message}", "请返回由数组成的列表或数组。"),
        "nothing": (
            "什么也没有返回，传入的参数也没有变",
            "是不是漏了 return？请返回新的值，或者直接修改传入的列表。",
        ),
        "count": ("返回了 {got} 个值，应为 {wanted}", "请按这个次序返回 {wanted}。"),
        "layers": ("返回的 {name} 不是 {wanted} 层", "每一层都要返回。"),
        "shape": ("返回的 {name} 是 {got}，应为 {wanted}", "{reason}"),
        "order": ("从形状看，返回值的次序是 ({got})", "请按这个次序返回 {wanted}。"),
        "nan": ("返回的 {name} 里有 NaN 或无穷大", "看看有没有除以 0，或者 exp 溢出。"),
        "timeout": ("{detail} 秒之内没有结束", "是不是有个循环停不下来？如果只是慢，可以放宽时间。"),
        "crash": ("Python 本身崩溃了（{detail}）", "请在小网络上单独运行它。"),
        "exit": ("它结束了整个 Python，退出码 {detail}", "应当返回结果，而不是退出。"),
        "changed": ("它就地修改了 {name}", "请在副本上计算：下一轮训练还要用原来的数据。"),
        "unstable": (
            "参数相同，第二次得到的数却不同",
            "有随机成分，或者两次调用之间留下了什么：全局变量、默认参数里的列表。",
        ),
        "size": (
            "它在 {where} 上的做法，换了各层宽度就不一样了",
            "宽度应取自参数：len(x)、len(gamma)、len(theta)。只为一种网络而写的，请用 layers 指明。",
        ),
        "float32": (
            "数值只对到单精度：该用双精度的地方用了 float32",
            "请用 NumPy 默认的 float64；常数取近似值（如 e = 2.718282）也会这样。",
        ),
    },
}
REASONS = {
    "en": {
        "square": "It runs where all layers are equally wide: a matrix may be transposed, or a size built in.",
        "transposed": "That is its transpose: return it as it came in.",
        "shape": "Return it as it came in.",
        "SystemExit": "Return the values, do not exit.",
        "RecursionError": "It calls itself without an end.",
        "MemoryError": "It took more than 2 GiB. Does a list grow and grow?",
        "EOFError": "Nobody answers input(): take everything from the arguments.",
        "": "Mend that line first.",
    },
    "zh": {
        "square": "各层一样宽时它能运行：多半是矩阵转置了，或者大小写死了。",
        "transposed": "这是它的转置：请按传入时的形状返回。",
        "shape": "请按传入时的形状返回。",
        "SystemExit": "应当返回结果，而不是退出。",
        "RecursionError": "它无休止地调用自己。",
        "MemoryError": "用掉了 2 GiB 以上的内存。是不是有个列表越来越长？",
        "EOFError": "没有人回答 input()：所需的都在参数里。",
        "": "请先改正这一行。",
    },
}
# Groups that are right, groups that are wrong, and where to look then
ADVICE = (
    (
        "v gamma theta",
        "w",
        "all else is right, and so are g_j and b_h: look at (7)",
        "其余都对，说明 g_j、b_h 都对：请看式 (7)",
    ),
    ("v gamma w", "theta", "all else is right, and so is g_j: look at (8)", "其余都对，说明 g_j 对：请看式 (8)"),
    ("w theta gamma", "v", "e_h is right, for γ is: look at (9)", "γ 对，说明 e_h 对：请看式 (9)"),
    ("w theta v", "gamma", "e_h is right, for v is: look at (10)", "v 对，说明 e_h 对：请看式 (10)"),
    (
        "w theta",
        "v gamma",
        "w and θ are right, so the forward pass, (6), (7) and (8) are: look at (11), and at (9) and (10)",
        "w 和 θ 对，说明前向计算和式 (6)、(7)、(8) 都对：请看式 (11)，以及 (9)、(10)",
    ),
    (
        "v gamma",
        "",
        "v and γ are right, so (6) and (11) are: look at (7) and (8)",
        "v 和 γ 对，说明式 (6)、(11) 都对：请看式 (7)、(8)",
    ),
    ("theta", "w", "θ is right, so ŷ_j and (6) are: look at (7)", "θ 对，说明 ŷ_j 和式 (6) 都对：请看式 (7)"),
    (
        "w",
        "theta",
        "w is right, so the forward pass and (6) are: look at (8)",
        "w 对，说明前向计算和式 (6) 都对：请看式 (8)",
    ),
    (
        "",
        "",
        "start with the forward pass: for one sample compare b_h, ŷ_j, g_j, e_h with print(net.explain(x, y, eta))",
        "从前向计算开始：对一个样本，把 b_h、ŷ_j、g_j、e_h 与 print(net.explain(x, y, eta)) 对照",
    ),
)
NOTES = {
    "en": {
        "arrays": "It was given NumPy arrays, for with lists it does not run.",
        "arrays missing": "It may want NumPy arrays, and NumPy is not installed here: pip install numpy",
        "here": "It ran in this process, without a limit of time; what crashes it crashes this process too.",
        "changed": "It changes {name} in place, and returns another: harmless here, but a caller may be surprised.",
        "not reached": "It was not tried on {nets}.",
    },
    "zh": {
        "arrays": "给它的是 NumPy 数组，因为用列表时不能运行。",
        "arrays missing": "它也许需要 NumPy 数组，但这里没有安装 NumPy：pip install numpy",
        "here": "它在当前进程里运行，没有时间限制；它若崩溃，当前进程也会崩溃。",
        "changed": "它就地修改了 {name}，又返回了另一个：这里无妨，但调用者可能意外。",
        "not reached": "没有在 {nets} 上试。",
    },
}
TEXT = {
    "en": {
        "title": "{function}, tried on {count} nets: {nets}",
        "right": "right, {digits} digits",
        "wrong": "wrong",
        "single": "{digits} digits only",
        "none": "no answer",
        "partly": "right on some nets",
        "example": "{symbol} = {before} must become {right}, yours {got} ({net})",
        "article": "article",
        "yours": "yours",
        "hint": "mend",
        "line": " (line {line})",
        "on": "on",
        "made": "With {this} made on purpose, microbp gets the same numbers as yours.",
        "one": "this mistake",
        "many": "these mistakes",
        "ok": "All right: v, γ, w and θ agree with the article's BP.",
        "unknown": "{groups}: wrong, but not by a mistake that I know.",
        "advice": "What the others tell: {advice}.",
        "score": "score {score:.2f}",
        "and": ", ",
    },
    "zh": {
        "title": "{function}，在 {count} 个网络上试过：{nets}",
        "right": "正确，{digits} 位数字一致",
        "wrong": "错误",
        "single": "只有 {digits} 位数字一致",
        "none": "没有结果",
        "partly": "在部分网络上正确",
        "example": "{symbol} = {before} 应变成 {right}，你的是 {got}（{net}）",
        "article": "文章",
        "yours": "你的",
        "hint": "改法",
        "line": "（第 {line} 行）",
        "on": "网络",
        "made": "故意犯{this}，microbp 就得到和你一样的数。",
        "one": "这个错误",
        "many": "这些错误",
        "ok": "全部正确：v、γ、w、θ 都与文章的 BP 一致。",
        "unknown": "{groups}：有错，但不是我认识的错误。",
        "advice": "从其余各组可以推出：{advice}。",
        "score": "得分 {score:.2f}",
        "and": "、",
    },
}


@dataclass(eq=False)
class Finding:
    """One mistake of a student's function.

    >>> finding = Finding("w missing in e", "e_h sums g_j alone", "put w_hj in", [("(11)", "e_h = ...")], "e_h = ...")
    >>> finding, finding.equation
    (<Finding: w missing in e, equation (11)>, '(11)')

    `name` is the same in every language. `equations` holds the numbers of the equations that it breaks with what they
    say, `yours` what the function computes instead; both are empty for a crash and the like.
    """

    name: str
    explanation: str
    hint: str
    equations: Sequence[tuple[str, str]] = ()
    yours: str = ""
    line: int | None = None
    code: str = ""
    nets: Sequence[str] = ()

    @property
    def equation(self) -> str:
        """As in "(6), (11)"."""
        return ", ".join(dict.fromkeys(number for number, _ in self.equations))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: value for name, value in vars(self).items() if value}

    def __repr__(self) -> str:
        return f"<Finding: {self.name}{f', equation {self.equation}' if self.equations else ''}>"


@dataclass(eq=False)
class Result:
    """What `check` found; `print(result)` is a report for the student.

    ok         nothing is wrong
    score      0 to 1: the share of groups (v, gamma, w, theta) that are right, over all nets; half for single precision
    digits     for each group how many digits of its change are right on every net, 0 to 15; None: no answer
    right      for each group whether it is right, in double precision, on every net
    unknown    the groups that are wrong by no known mistake; `advice` is what the others say of them
    examples   for each wrong group one number: its symbol, net, value before, right value after, and the student's
    notes      remarks that are no mistakes
    """

    function: str
    lang: str
    nets: tuple[str, ...]
    score: float
    digits: dict[str, int | None]
    right: dict[str, bool]
    mistakes: list[Finding]
    unknown: list[str]
    advice: str
    examples: dict[str, tuple[str, str, float, float, float]]
    notes: list[str]

    @property
    def ok(self) -> bool:
        return self.score == 1.0 and not self.mistakes and not self.unknown

    def as_dict(self) -> dict[str, Any]:
        """For JSON: everything above."""
        names = ("ok", "score", "function", "nets", "digits", "right", "mistakes", "unknown", "advice", "notes")
        return {**{name: getattr(self, name) for name in names}, "mistakes": [m.as_dict() for m in self.mistakes]}

    def __repr__(self) -> str:
        found = "; ".join(mistake.name for mistake in self.mistakes) or ("right" if self.ok else "unknown mistake")
        return f"<Result of {self.function}: score {self.score:.2f}, {found}>"

    def __str__(self) -> str:
        return text(self)


def finding(mistake: Mistake, lang: str) -> Finding:
    shown = {"(2) hidden": "(2)", **({"accumulated BP": "累积BP"} if lang == "zh" else {})}
    equations = [(shown.get(number, number), EQUATIONS[number]) for number in mistake.equations]
    return Finding(mistake.name, mistake.says[lang], mistake.hint[lang], equations, mistake.yours)


def problem(what: dict[str, Any], lang: str, nets: Sequence[str], runs_on_square: bool = False) -> Finding:
    kind, reasons = what["kind"], REASONS[lang]
    filled = {**what, "name": letters(what.get("name", "").split(", "))}
    if kind == "exception":
        known = what["type"] if what["type"] in reasons else ""
        filled["reason"] = reasons["square" if runs_on_square and not known else known]
    elif kind == "shape":
        got, wanted = what["got"], what["wanted"]
        filled.update(got=shape(got, lang), wanted=shape(wanted, lang))
        filled["reason"] = reasons["transposed" if len(wanted) > 1 and got == wanted[::-1] else "shape"]
    says, hint = (words.format(**filled) for words in PROBLEMS[lang][kind])
    return Finding(NAMES[kind], says, hint, line=what.get("line"), code=what.get("text", ""), nets=tuple(nets))


def letters(names: Sequence[str], joint: str = ", ") -> str:
    return joint.join(LETTERS.get(name, name) for name in names)


def shape(value: tuple[int, ...] | None, lang: str) -> str:
    """2×3 for (2, 3), 4 numbers for (4,)."""
    if value is None:
        return {"en": "ragged lists", "zh": "长短不齐的列表"}[lang]
    if len(value) < 2:
        return {"en": "{} numbers", "zh": "{} 个数"}[lang].format(*value or (1,)).replace("1 numbers", "1 number")
    return "×".join(map(str, value))


def note(kind: str, lang: str, **particulars: str) -> str:
    return NOTES[lang][kind].format(**particulars)


def advice(wrong: Sequence[str], lang: str) -> str:
    fits = (words for right, bad, *words in ADVICE if {*bad.split()} <= {*wrong} <= {*GROUPS} - {*right.split()})
    return next(fits)[lang == "zh"]


def text(result: Result) -> str:
    say = TEXT[result.lang]
    nets = say["and"].join(dict.fromkeys(result.nets))
    lines = [say["title"].format(function=result.function, count=len(result.nets), nets=nets), ""]
    lines += ["  " + line for line in table([row(result, group) for group in GROUPS], right=False)]
    for i, mistake in enumerate(result.mistakes, 1):
        lines += ["", *paragraph(mistake, i, result.lang)]
    known = [mistake for mistake in result.mistakes if mistake.equations]
    if known and not result.unknown:
        lines += ["", say["made"].format(this=say["one" if len(known) == 1 else "many"])]
    if result.unknown:
        groups = letters(result.unknown, say["and"])
        lines += ["", say["unknown"].format(groups=groups), say["advice"].format(advice=result.advice)]
    if result.ok:
        lines += ["", say["ok"]]
    if result.notes:
        lines += ["", *result.notes]
    return "\n".join([*lines, "", say["score"].format(score=result.score)])


def row(result: Result, group: str) -> list[str]:
    say, digits, shown = TEXT[result.lang], result.digits[group], ""
    if digits is None:
        word = say["none"]
    elif result.right[group]:
        word = say["right"]
    elif group not in result.examples:  # right where it ran
        word = say["partly"]
    else:
        word, wide = (say["single"], 10) if digits > 2 else (say["wrong"], 6)
        symbol, net, *values = result.examples[group]
        before, right, got = (f"{value:.{wide}g}" for value in values)
        shown = say["example"].format(symbol=symbol, net=net, before=before, right=right, got=got)
    return [LETTERS[group], word.format(digits=digits), shown]


def paragraph(mistake: Finding, i: int, lang: str) -> list[str]:
    say = TEXT[lang]
    where = say["line"].format(line=mistake.line) if mistake.line else ""
    lines = [f"{sentence(mistake.explanation)}{where}"]
    if mistake.equations:
        rows = [["", *equation] for equation in mistake.equations]
        rows += [["", "", part] for part in mistake.yours.split("; ")]
        rows[0][0], rows[len(mistake.equations)][0] = say["article"], say["yours"]
        lines += table(rows, right=False)
    if mistake.code:
        lines.append(mistake.code)
    if mistake.nets:
        lines.append(f"{say['on']} {say['and'].join(dict.fromkeys(mistake.nets))}")
    lines.append(f"{say['hint']}  {mistake.hint}")
    return [f"{f'{i}.' if n == 0 else '':3}{line}" for n, line in enumerate(lines)]


def sentence(words: str) -> str:
    """With a capital letter, unless the first word is a symbol."""
    first = words.split()[0]
    return words[0].upper() + words[1:] if len(first) > 1 and first.isascii() and first.isalpha() else words
