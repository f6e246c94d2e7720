"""Find the mistakes that give a student's numbers, by making them: one, two, or two for each half of the net.

w and theta depend on what happens at the outputs, v and gamma on that and on what happens below. So the mistakes that
explain w and theta are looked for first, and then, with these made, those that explain v and gamma too.
"""

from __future__ import annotations

from itertools import combinations
from math import isfinite, log10

from .cases import GROUPS, group
from .mistakes import compatible
from .variant import Impossible, update

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .cases import Case
    from .mistakes import Mistake
    from .variant import Net, Vector

    Mistakes = tuple[Mistake, ...]
    Made = dict[tuple[int, frozenset[str]], Net | None]  # for a case and the names of mistakes, what they give
    Observed = Sequence[tuple[Case, Net]]

RELATIVE = 1e-9  # of the largest change: what the order of a sum or another exp may do is far smaller
ABSOLUTE = 1e-13  # of the largest number: what is lost when a small change is added to it
SINGLE = 3e-6  # of the largest number: what single precision may do
OUTPUT, HIDDEN = ("w", "theta"), ("v", "gamma")


def agrees(case: Case, got: Vector, wanted: Vector, name: str, single: bool = False) -> bool:
    """Whether a group has the wanted numbers, up to rounding (that of single precision, if asked for)."""
    old = group(case.net, name)
    if not old:
        return True
    size = max(1.0, max(map(abs, wanted)))
    change = max(abs(a - b) for a, b in zip(wanted, old))
    tolerance = RELATIVE * change + ABSOLUTE * size + (SINGLE * size if single else 0.0)
    return all(abs(a - b) <= tolerance for a, b in zip(got, wanted))


def is_group_right(case: Case, net: Net, name: str, single: bool = False) -> bool:
    """Whether a group of the student's net is what BP makes of it."""
    return agrees(case, group(net, name), group(case.right, name), name, single)


def digits(case: Case, net: Net, name: str) -> int:
    """How many digits of the largest change of the group are right in all of it: 0 to 15."""
    got, right, old = group(net, name), group(case.right, name), group(case.net, name)
    if not old:
        return 15
    if not all(map(isfinite, got)):
        return 0
    error = max(abs(a - b) for a, b in zip(got, right))
    change = max(abs(a - b) for a, b in zip(right, old))
    return 15 if error == 0.0 else max(0, min(15, int(-log10(error / change)))) if error < change else 0


class Search:
    """All that is asked about one student's numbers; what mistakes give is computed once, and kept in `made`."""

    def __init__(self, observed: Observed, mistakes: Sequence[Mistake], made: Made, single: bool = False) -> None:
        self.observed = sorted(observed, key=lambda pair: -pair[0].widths[-1])  # several outputs tell most apart
        self.rank = {mistake.name: i for i, mistake in enumerate(mistakes)}
        self.single = single
        self.made = made
        visible = [mistake for mistake in mistakes if not self.is_right((mistake,), GROUPS)]
        self.output = [mistake for mistake in visible if not self.is_right((mistake,), OUTPUT)]
        self.hidden = [mistake for mistake in visible if self.is_right((mistake,), OUTPUT)]

    def is_right(self, made: Mistakes, names: Sequence[str]) -> bool:
        """Whether these mistakes leave the groups right in every case; not if they are impossible in one."""
        for i, (case, _) in enumerate(self.observed):
            net = self.net(i, made)
            if net is None or not all(is_group_right(case, net, name) for name in names):
                return False
        return True

    def net(self, i: int, made: Mistakes) -> Net | None:
        """What a program with these mistakes returns for case i; None if it cannot."""
        case = self.observed[i][0]
        key = id(case), frozenset(mistake.name for mistake in made)
        if key not in self.made:
            switches = {switch: value for mistake in made for switch, value in mistake.switches.items()}
            try:
                self.made[key] = update(case.net, case.X, case.Y, case.eta, switches)
            except (Impossible, ZeroDivisionError, OverflowError):
                self.made[key] = None
        return self.made[key]

    def explains(self, made: Mistakes, names: Sequence[str]) -> bool:
        """Whether these mistakes give the student's numbers in the groups, in every case."""
        for i, (case, got) in enumerate(self.observed):
            net = self.net(i, made)
            if net is None:
                return False
            if not all(agrees(case, group(got, n), group(net, n), n, self.single) for n in names):
                return False
        return True

    def sets(self, mistakes: Sequence[Mistake], size: int, besides: Mistakes = ()) -> Iterator[Mistakes]:
        """Sets of so many mistakes that can be made besides others, the commonest first."""
        taken = {switch: value for mistake in besides for switch, value in mistake.switches.items()}
        free = [mistake for mistake in mistakes if compatible(taken, mistake)]
        found = [s for s in combinations(free, size) if size < 2 or compatible(s[0].switches, s[1])]
        return iter(sorted(found, key=self.commonness))

    def commonness(self, made: Mistakes) -> tuple[int, int]:
        """Low for mistakes that touch little and that many people make."""
        return sum(len(mistake.switches) for mistake in made), sum(self.rank[mistake.name] for mistake in made)

    def all_explained(self, most: int = 4) -> Mistakes | None:
        """The fewest mistakes that give all of the student's numbers."""
        outputs: list[list[Mistakes]] = []  # for each number of mistakes the sets that explain w and theta
        for total in range(most + 1):
            if total < 3:
                outputs.append([s for s in self.sets(self.output, total) if self.explains(s, OUTPUT)])
            for size in range(max(0, total - 2), min(total, 2) + 1):
                for at_output in outputs[size]:
                    for below in self.sets(self.hidden, total - size, at_output):
                        if self.explains(at_output + below, GROUPS):
                            return at_output + below
        return None

    def part_explained(self) -> tuple[Mistakes, list[str]]:
        """Mistakes that give some groups of the numbers, and these groups."""
        for names, most in ((OUTPUT, 2), (OUTPUT[:1], 1), (OUTPUT[1:], 1), ((), 0)):
            at_output = self.first(self.output, names, most)
            if at_output is not None:
                break
        at_output = at_output or ()
        explained = list(names)
        for names, most in ((HIDDEN, 2), (HIDDEN[:1], 2), (HIDDEN[1:], 2)):
            below = self.first(self.hidden, names, most, at_output)
            if below is not None:
                return at_output + below, explained + list(names)
        return at_output, explained

    def first(
        self, mistakes: Sequence[Mistake], names: Sequence[str], most: int, besides: Mistakes = ()
    ) -> Mistakes | None:
        """The fewest of the mistakes, made besides others, that give the numbers of these groups."""
        for size in range(most + 1):
            for made in self.sets(mistakes, size, besides):
                if self.explains(besides + made, names):
                    return made
        return None


class Diagnosis:
    """The mistakes found, the groups that they explain, whether all is in single precision, and for which cases."""

    def __init__(self, mistakes: Mistakes, explained: Sequence[str], single: bool, cases: Sequence[Case]) -> None:
        self.mistakes = mistakes
        self.explained = explained
        self.single = single
        self.cases = cases


def diagnose(observed: Observed, mistakes: Sequence[Mistake]) -> Diagnosis:
    """What explains a student's numbers, all of them if possible."""
    cases = [case for case, _ in observed]
    if all(is_group_right(case, net, name) for case, net in observed for name in GROUPS):
        return Diagnosis((), GROUPS, False, cases)
    made: Made = {}
    for single in (False, True):
        found = Search(observed, mistakes, made, single).all_explained()
        if found is not None:
            return Diagnosis(found, GROUPS, single, cases)
    for pair in observed if len(observed) > 1 else []:  # a program written for one shape is nonsense on others
        found = Search([pair], mistakes, made).all_explained(most=3)
        if found is not None:
            alike = [case for case, net in observed if Search([(case, net)], mistakes, made).explains(found, GROUPS)]
            return Diagnosis(found, GROUPS, False, alike)
    known, explained = Search(observed, mistakes, made).part_explained()
    return Diagnosis(known, explained, False, cases)
