"""Find the mistakes that give a student's numbers, by making them: one, two, or two for each half of the net.

w and theta depend on what happens at the outputs, v and gamma on that and on what happens below. So the mistakes that
explain w and theta are looked for first, and then, with these made, those that explain v and gamma too.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import log10

from .cases import group
from .mistakes import compatible
from .variant import GROUPS, Impossible, update

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .cases import Case
    from .mistakes import Mistake
    from .variant import Net

    Mistakes = tuple[Mistake, ...]
    Made = dict[tuple[int, frozenset[str]], Net | None]  # for a case and the names of mistakes, what they give
    Observed = Sequence[tuple[Case, Net]]

RELATIVE = 1e-9  # of the largest change: far more than another order of a sum or another exp does
ABSOLUTE = 1e-13  # of the largest number: what is lost when a small change is added to it
SINGLE = 3e-6  # of the largest number: what single precision may do
OUTPUT, HIDDEN = ("w", "theta"), ("v", "gamma")


def agrees(case: Case, got: Net, name: str, wanted: Net | None = None, single: bool = False) -> bool:
    """Whether a group is as wanted, or as BP makes it, up to rounding (that of single precision, if asked for)."""
    old, numbers = group(case.net, name), group(wanted or case.right, name)
    size = max([1.0, *map(abs, numbers)])
    change = max((abs(a - b) for a, b in zip(numbers, old)), default=0.0)
    tolerance = RELATIVE * change + ABSOLUTE * size + (SINGLE * size if single else 0.0)
    return all(abs(a - b) <= tolerance for a, b in zip(group(got, name), numbers))


def digits(case: Case, net: Net, name: str) -> int:
    """How many digits of the largest change of the group are right in all of it: 0 to 15."""
    got, right, old = (group(each, name) for each in (net, case.right, case.net))
    error = max((abs(a - b) for a, b in zip(got, right)), default=0.0)
    change = max((abs(a - b) for a, b in zip(right, old)), default=0.0)
    return 15 if error == 0.0 else min(15, int(-log10(error / change))) if error < change else 0


@dataclass
class Diagnosis:
    """The mistakes found, the groups that they explain, whether all is in single precision, and for which cases."""

    mistakes: Mistakes
    explained: Sequence[str]
    single: bool
    cases: Sequence[Case]


class Search:
    """All that is asked about one student's numbers; what mistakes give is computed once, and kept in `made`."""

    def __init__(self, observed: Observed, mistakes: Sequence[Mistake], made: Made, single: bool = False) -> None:
        self.observed = sorted(observed, key=lambda pair: -pair[0].widths[-1])  # several outputs tell most apart
        self.rank = {mistake.name: i for i, mistake in enumerate(mistakes)}
        self.single = single
        self.made = made
        self.output: list[Mistake] = []
        self.hidden: list[Mistake] = []
        for mistake in mistakes:
            if not self.gives((mistake,), OUTPUT, right=True):
                self.output.append(mistake)
            elif not self.gives((mistake,), HIDDEN, right=True):
                self.hidden.append(mistake)

    def gives(self, mistakes: Mistakes, names: Sequence[str], right: bool = False) -> bool:
        """Whether these mistakes give the student's numbers, or the right ones, in the groups of every case."""
        for case, got in self.observed:
            net = self.net(case, mistakes)
            if net is None:
                return False
            if not all(agrees(case, case.right if right else got, n, net, self.single) for n in names):
                return False
        return True

    def net(self, case: Case, mistakes: Mistakes) -> Net | None:
        """What a program with these mistakes returns; None if it cannot."""
        key = id(case), frozenset(mistake.name for mistake in mistakes)
        if key not in self.made:
            switches = {switch: value for mistake in mistakes for switch, value in mistake.switches.items()}
            try:
                self.made[key] = update(case.net, case.X, case.Y, case.eta, switches)
            except (Impossible, ZeroDivisionError, OverflowError):
                self.made[key] = None
        return self.made[key]

    def sets(self, mistakes: Sequence[Mistake], size: int, besides: Mistakes = ()) -> list[Mistakes]:
        """Sets of so many mistakes that can be made besides others: first those that touch little, and are common."""
        taken = {switch: value for mistake in besides for switch, value in mistake.switches.items()}
        free = [mistake for mistake in mistakes if compatible(taken, mistake)]
        found = [s for s in combinations(free, size) if size < 2 or compatible(s[0].switches, s[1])]
        return sorted(found, key=lambda s: (sum(len(m.switches) for m in s), sum(self.rank[m.name] for m in s)))

    def all_explained(self, most: int = 4) -> Mistakes | None:
        """The fewest mistakes that give all of the student's numbers."""
        outputs: list[list[Mistakes]] = []  # for each number of mistakes the sets that explain w and theta
        for total in range(most + 1):
            if total < 3:
                outputs.append([s for s in self.sets(self.output, total) if self.gives(s, OUTPUT)])
            for size in range(max(0, total - 2), min(total, 2) + 1):
                for at_output in outputs[size]:
                    for below in self.sets(self.hidden, total - size, at_output):
                        if self.gives(at_output + below, GROUPS):
                            return at_output + below
        return None

    def part_explained(self) -> tuple[Mistakes, list[str]]:
        """Mistakes that give some groups of the numbers, and these groups."""
        made, explained = self.first(self.output, ((OUTPUT, 2), (OUTPUT[:1], 1), (OUTPUT[1:], 1)))
        below, more = self.first(self.hidden, ((HIDDEN, 2), (HIDDEN[:1], 2), (HIDDEN[1:], 2)), made)
        return made + below, [*explained, *more]

    def first(
        self, mistakes: Sequence[Mistake], wanted: Sequence[tuple[Sequence[str], int]], besides: Mistakes = ()
    ) -> tuple[Mistakes, Sequence[str]]:
        """The fewest mistakes, made besides others, that give the first groups for which so many are enough."""
        for names, most in wanted:
            for size in range(most + 1):
                for made in self.sets(mistakes, size, besides):
                    if self.gives(besides + made, names):
                        return made, names
        return (), ()


def diagnose(observed: Observed, mistakes: Sequence[Mistake]) -> Diagnosis:
    """What explains a student's numbers, all of them if possible."""
    cases = [case for case, _ in observed]
    if all(agrees(case, net, name) for case, net in observed for name in GROUPS):
        return Diagnosis((), GROUPS, False, cases)
    made: Made = {}
    for single in (False, True):
        found = Search(observed, mistakes, made, single).all_explained()
        if found is not None:
            return Diagnosis(found, GROUPS, single, cases)
    for pair in observed if len(observed) > 1 else []:  # a program written for one shape is nonsense on others
        found = Search([pair], mistakes, made).all_explained(most=3)
        if found is not None:
            alike = [one[0] for one in observed if Search([one], mistakes, made).gives(found, GROUPS)]
            return Diagnosis(found, GROUPS, False, alike)
    return Diagnosis(*Search(observed, mistakes, made).part_explained(), False, cases)
