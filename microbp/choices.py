"""What is chosen by a word with numbers, such as "step:30,0.5" or "GL:5", or as an object with these numbers."""

from __future__ import annotations

from . import checks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Choice:
    """A choice: `numbers` are the names of its numbers, in the order behind the word."""

    __slots__ = ()
    word = ""
    numbers: tuple[str, ...] = ()

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.numbers)
        return f"{type(self).__name__}({told})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and repr(other) == repr(self)

    def __hash__(self) -> int:
        return hash(repr(self))


def chosen(name: str, value: Any, classes: tuple[type[Choice], ...]) -> Any:
    """The object itself, or that of the text "word" or "word:number,number".

    >>> from .schedules import SCHEDULES
    >>> chosen("schedule", "step:30,0.5", SCHEDULES)
    Step(every=30, factor=0.5)
    """
    if isinstance(value, classes):
        return value
    table = {found.word: found for found in classes}
    if not isinstance(value, str):
        wanted = f"one of {', '.join(table)}, or one of the objects {', '.join(c.__name__ for c in classes)}"
        raise TypeError(f"{name} must be {wanted}, got {checks.shown(value)}")
    word, colon, text = value.partition(":")
    found = table[checks.word(name, word, table)]
    parts = text.split(",") if colon else []
    if len(parts) > len(found.numbers):
        count, names = len(found.numbers), f" ({', '.join(found.numbers)})" if found.numbers else ""
        raise ValueError(f"{name} {word!r} takes up to {count} numbers{names}, got {checks.shown(value)}")
    return found(*[_number(name, value, part) for part in parts])


def _number(name: str, value: str, text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        wanted = "a word with numbers, as word:number,number"
        raise ValueError(f"{name} must be {wanted}, got {checks.shown(value)}") from None
