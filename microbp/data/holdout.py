"""The hold-out: samples set aside to measure what the net has learnt."""

from __future__ import annotations

from math import floor

from ..checks import integer, real
from ..generator import WORD, Generator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


def hold_out(labels: Sequence[Hashable] | None, n: int, fraction: float, seed: int) -> tuple[list[int], list[int]]:
    """The indices 0 .. n-1 of the samples to train on and of those to test on, each ascending.

    >>> hold_out(["a", "b", "a", "a", "b", "a"], 6, 0.34, seed=7)
    ([0, 2, 4, 5], [1, 3])

    n * fraction samples are tested on, rounded, at least one if fraction > 0. With labels, each class gives its share
    by largest remainders and keeps at least one to train on.
    """
    n, seed = integer("n", n, 1), integer("seed", seed, 0, WORD)
    if not 0 <= real("fraction", fraction, "a number in [0, 1)") < 1:
        raise ValueError(f"fraction must be a number in [0, 1), got {fraction!r}")
    if labels is not None and len(labels) != n:
        raise ValueError(f"labels must be one for each of {n} samples, got {len(labels)}")
    members: dict[Hashable, list[int]] = {}
    for k in range(n):
        members.setdefault(labels[k] if labels is not None else None, []).append(k)
    tests = min(max(floor(n * fraction + 0.5), 1), n - len(members)) if fraction else 0
    share = {label: len(group) * tests // n for label, group in members.items()}
    # where equal, in the order of first appearance
    by_remainder = sorted(members, key=lambda label: -(len(members[label]) * tests % n))
    while sum(share.values()) < tests:
        for label in by_remainder:
            if share[label] < len(members[label]) - 1 and sum(share.values()) < tests:
                share[label] += 1
    generator = Generator(seed)
    test: set[int] = set()
    for label, group in members.items():
        generator.shuffle(group)
        test.update(group[: share[label]])
    return [k for k in range(n) if k not in test], sorted(test)
