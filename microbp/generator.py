"""Random numbers: SplitMix64.

Method: G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WORD = 0xFFFFFFFFFFFFFFFF  # the generator counts modulo 2**64


class Generator:
    """A stream of random numbers whose whole state is one 64-bit integer.

    >>> generator = Generator(7)
    >>> generator.uniform(0.0, 1.0)
    0.3898297483912715
    >>> generator.shuffled(5)
    [2, 4, 1, 3, 0]
    """

    __slots__ = ("state",)

    def __init__(self, seed: int) -> None:
        self.state = seed & WORD

    def next(self) -> int:
        """64 random bits."""
        self.state = z = (self.state + 0x9E3779B97F4A7C15) & WORD
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
        return z ^ (z >> 31)

    def uniform(self, low: float, high: float) -> float:
        """A number in [low, high): 53 random bits, then one multiplication and one addition."""
        return low + (high - low) * ((self.next() >> 11) * 1.1102230246251565e-16)  # 2**-53

    def uniforms(self, n: int, low: float, high: float) -> list[float]:
        """n numbers as by `uniform`, in half the time.

        >>> Generator(7).uniforms(1, 0.0, 1.0)
        [0.3898297483912715]
        """
        state, width, numbers = self.state, high - low, []
        for _ in range(n):
            state = (state + 0x9E3779B97F4A7C15) & WORD
            z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & WORD
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
            numbers.append(low + width * (((z ^ (z >> 31)) >> 11) * 1.1102230246251565e-16))
        self.state = state
        return numbers

    def below(self, n: int) -> int:
        """An integer in [0, n), n < 2**32, from the upper 32 bits; none is favoured by more than n / 2**32."""
        return ((self.next() >> 32) * n) >> 32

    def shuffle(self, items: list[Any]) -> None:
        """In place (Fisher and Yates, from the last place to the first)."""
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]

    def shuffled(self, n: int) -> list[int]:
        """0 .. n-1 in random order."""
        order = list(range(n))
        self.shuffle(order)
        return order
