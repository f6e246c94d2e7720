"""What a check has found: for people to read, and for a grader to use."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Problem = dict[str, Any]


class Finding:
    """One mistake of a student's function.

    >>> finding = Finding("w missing in e", "e_h sums g_j alone", "put w_hj in", [("(11)", "e_h = ...")], "e_h = ...")
    >>> finding, finding.equation
    (<Finding: w missing in e, equation (11)>, '(11)')

    `name` is the same in every language; `explanation` and `hint` are in the one that was asked for. `equations` holds
    the numbers of the article's equations that it breaks with what they say, `yours` what the function computes
    instead; both are empty for a crash and the like. `line` and `code` are the student's own, where there is one.
    """

    __slots__ = ("code", "equations", "explanation", "hint", "line", "name", "nets", "yours")

    def __init__(
        self,
        name: str,
        explanation: str,
        hint: str,
        equations: Sequence[tuple[str, str]] = (),
        yours: str = "",
        line: int | None = None,
        code: str = "",
        nets: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.explanation = explanation
        self.hint = hint
        self.equations = tuple(equations)
        self.yours = yours
        self.line = line
        self.code = code
        self.nets = tuple(nets)

    @property
    def equation(self) -> str:
        """The numbers of the equations that it breaks, as in "(6), (11)"."""
        return ", ".join(dict.fromkeys(number for number, _ in self.equations))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: getattr(self, name) for name in ("name", *sorted(self.__slots__)) if getattr(self, name)}

    def __repr__(self) -> str:
        return f"<Finding: {self.name}{f', equation {self.equation}' if self.equations else ''}>"


class Result:
    """What `check` found; `print(result)` is a report for the student.

    ok         nothing is wrong
    score      0 to 1: the share of groups (v, gamma, w, theta) that are right, over all nets; half for single precision
    digits     for each group how many digits of its change are right on every net, 0 to 15; None: never got that far
    right      for each group whether it is right, in double precision, on every net
    mistakes   a list of Finding, empty if ok
    unknown    the groups that are wrong in a way that no known mistake explains
    advice     what follows from the groups that are right, for someone who looks for an unknown mistake
    examples   for each wrong group one number: its symbol, net, value before, right value after, and the student's
    notes      remarks that are no mistakes
    function, nets, lang   the name of the function, the widths of the nets, the language
    """

    def __init__(
        self,
        function: str,
        lang: str,
        nets: Sequence[str],
        score: float,
        digits: dict[str, int | None],
        right: dict[str, bool],
        mistakes: list[Finding],
        unknown: list[str],
        advice: str,
        examples: dict[str, tuple[str, str, float, float, float]],
        notes: list[str],
    ) -> None:
        self.function = function
        self.lang = lang
        self.nets = tuple(nets)
        self.score = score
        self.digits = digits
        self.right = right
        self.mistakes = mistakes
        self.unknown = unknown
        self.advice = advice
        self.examples = examples
        self.notes = notes

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.score == 1.0 and not self.mistakes and not self.unknown

    def as_dict(self) -> dict[str, Any]:
        """For JSON: everything above."""
        names = ("ok", "score", "function", "nets", "digits", "right", "mistakes", "unknown", "advice", "notes")
        return {**{name: getattr(self, name) for name in names}, "mistakes": [m.as_dict() for m in self.mistakes]}

    def __repr__(self) -> str:
        found = "; ".join(mistake.name for mistake in self.mistakes) or ("right" if self.ok else "unknown mistake")
        return f"<Result of {self.function}: score {self.score:.2f}, {found}>"

    def __str__(self) -> str:
        from .report import text

        return text(self)
