"""What users hand in, checked: a refusal names the value, what was wanted, and where."""

from __future__ import annotations

from array import array
from math import isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from .notation import Numbers


def shown(value: object) -> str:
    """In a message, cut where it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, lists nested thousands deep
        text = f"a {type(value).__name__} too long to show"
    return text if len(text) <= 60 else text[:57] + "..."


def word(name: str, value: Any, known: Iterable[str]) -> str:
    """A known word, or a ValueError with the nearest."""
    known = list(known)
    if isinstance(value, str) and value in known:
        return value
    raise ValueError(f"{name} must be one of {', '.join(known)}, got {shown(value)}{nearest(value, known)}")


def nearest(value: Any, known: Sequence[str]) -> str:
    """The end of a message about an unknown word."""
    from difflib import get_close_matches

    close = get_close_matches(str(value).lower(), known, 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def integer(name: str, value: Any, low: int, high: int | None = None) -> int:
    wanted = f"a whole number >= {low}" if high is None else f"a whole number from {low} to {high}"
    try:
        number = int(value.__index__())
    except (AttributeError, TypeError):
        raise TypeError(f"{name} must be {wanted}, got {shown(value)}") from None
    if isinstance(value, bool) or number < low or (high is not None and number > high):
        raise ValueError(f"{name} must be {wanted}, got {shown(value)}")
    return number


def real(name: str, value: Any, wanted: str = "a finite number") -> float:
    try:
        if isinstance(value, (str, bytes, bytearray)):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name} must be {wanted}, got {shown(value)}") from None
    if not isfinite(number):
        raise ValueError(f"{name} must be {wanted}, got {shown(value)}")
    return number


def within(name: str, value: Any, low: float, high: float | None = None, above: bool = False) -> float:
    """A finite number >= low (> low if `above`), and < high if there is one."""
    wanted = f"a finite number {'>' if above else '>='} {low:g}" + (f" and < {high:g}" if high is not None else "")
    number = real(name, value, wanted)
    if number < low or (above and number == low) or (high is not None and number >= high):
        raise ValueError(f"{name} must be {wanted}, got {shown(value)}")
    return number


def positive(name: str, value: Any, typecode: str = "d") -> float:
    """A finite number, > 0 in the precision of `typecode` too."""
    number = real(name, value, "a finite number > 0")
    if number <= 0.0:
        raise ValueError(f"{name} must be a finite number > 0, got {shown(value)}")
    if rounded(name, number, typecode) == 0.0:
        raise ValueError(f"{name} must not vanish in single precision (from 1.4e-45), got {shown(value)}")
    return number


def rounded(name: str, value: Any, typecode: str) -> float:
    """A finite number, rounded to the precision of `typecode`; never -0.0."""
    number = array(typecode, (real(name, value),))[0] + 0.0
    if not isfinite(number):
        raise ValueError(f"{name} must fit in single precision (up to 3.4e38), got {shown(value)}")
    return number


def has_length(value: object) -> bool:
    """Whether `len(value)` works; an array without dimensions has only the method."""
    try:
        len(value)  # type: ignore[arg-type]
    except TypeError:
        return False
    return True


def is_sequence(values: object) -> bool:
    return has_length(values) and not isinstance(values, (str, bytes, bytearray, dict, set, frozenset))


def is_array(values: Any) -> bool:
    """Whether NumPy can take `values`: its arrays, data frames, tensors."""
    return hasattr(values, "__array__")


def matrix(name: str, values: Any, width: int, what: str, typecode: str) -> Numbers:
    """`values`, a row of `width` numbers a sample, flat and in the precision of `typecode`; not yet checked for NaN.

    `what` says what the numbers of a row are. Where a row is one number, a flat sequence will do.
    """
    if is_array(values):
        return numpy_matrix(name, values, width, what, typecode)
    if not is_sequence(values):
        raise TypeError(f"{name} must be a list of rows of {width} numbers ({what}), got {shown(values)}")
    if isinstance(values, memoryview) and values.ndim == 2:
        if values.shape is not None and values.shape[1] == width and values.format == typecode and values.c_contiguous:
            flat_view: Numbers = values.cast("B")
            return flat_view.cast(typecode)
        values = values.tolist()
    if len(values) == 0:
        raise ValueError(f"{name} must have at least one row of {width} numbers ({what}), got none")
    flat: array[float] = array(typecode)
    if width == 1 and not has_length(values[0]):
        extend(flat, name, values, len(values), what)
    else:
        for k, row in enumerate(values):
            extend(flat, f"{name}[{k}]", row, width, what)
    return memoryview(flat)


def sample(name: str, values: Any, width: int, what: str, typecode: str) -> Numbers:
    """One row; where it is one number, the number alone will do."""
    if is_array(values):
        import numpy

        values = numpy.asarray(values)
        if values.shape != (width,) and not (width == 1 and values.ndim == 0):
            raise ValueError(f"{name} must have the shape ({width},) ({what}), got {values.shape}")
        return numpy_matrix(name, values.reshape(1, -1), width, what, typecode)
    flat: array[float] = array(typecode)
    extend(flat, name, (values,) if width == 1 and not has_length(values) else values, width, what)
    return memoryview(flat)


def extend(flat: array[float], name: str, row: Any, width: int, what: str) -> None:
    before = len(flat)
    try:
        if not is_sequence(row):
            raise TypeError
        flat.extend(iter(row))
    except (TypeError, OverflowError):
        raise bad_row(name, row, width, what) from None
    if len(flat) - before != width:
        raise bad_row(name, row, width, what)


def bad_row(name: str, row: Any, width: int, what: str) -> ValueError | TypeError:
    """Why it is no row."""
    if not is_sequence(row) or not hasattr(row, "__getitem__"):
        return TypeError(f"{name} must be a row of {width} numbers ({what}), got {shown(row)}")
    if len(row) != width:
        return ValueError(f"{name} must have {width} numbers ({what}), got {len(row)}")
    for i in range(width):
        try:
            real(f"{name}[{i}]", row[i])
        except (TypeError, ValueError) as problem:
            return type(problem)(str(problem))
    return TypeError(f"{name} must be a row of {width} numbers ({what}), got {shown(row)}")


def numpy_matrix(name: str, values: Any, width: int, what: str, typecode: str) -> Numbers:
    """No copy where the type is right."""
    import numpy

    table = numpy.asarray(values)
    if table.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold numbers, got an array of {table.dtype}")
    if table.ndim == 1 and width == 1:
        table = table.reshape(-1, 1)
    if table.ndim != 2 or table.shape[1] != width:
        raise ValueError(f"{name} must have the shape (m, {width}) ({what}), got {table.shape}")
    if len(table) == 0:
        raise ValueError(f"{name} must have at least one row of {width} numbers ({what}), got none")
    with numpy.errstate(over="ignore"):
        flat: Any = numpy.ascontiguousarray(table, typecode).reshape(-1)
    return memoryview(flat)


def finite(name: str, flat: Numbers, width: int) -> None:
    """Refuse the first number that is not finite, in rows of `width`; 0: in one row."""
    for i, number in enumerate(flat):
        if not isfinite(number):
            place = f"{name}[{i // width}][{i % width}]" if width else f"{name}[{i}]"
            hint = " (single precision ends at 3.4e38)" if flat.format == "f" else ""
            raise ValueError(f"{place} must be a finite number, got {number}{hint}")


def combination(activations: Sequence[str], loss: str) -> None:
    *hidden, output = activations
    if "softmax" in hidden:
        place = f"hidden layer {hidden.index('softmax') + 1}"
        raise ValueError(f'softmax is for the output layer only, not {place}; use "relu", "tanh" or "sigmoid" there')
    if output == "softmax" and loss != "cross_entropy":
        raise ValueError(
            f'softmax outputs need loss="cross_entropy", got {shown(loss)}; '
            f'for {shown(loss)} use output="sigmoid" or "linear"'
        )
    if loss == "cross_entropy" and output not in ("sigmoid", "softmax"):
        raise ValueError(
            'loss "cross_entropy" needs output="softmax" (one class of several) or output="sigmoid" (each output for '
            f'itself), got output {shown(output)}; for other outputs use loss="squared_error", "absolute" or "huber"'
        )


def probabilities(name: str, flat: Numbers, width: int, sum_to_1: bool) -> None:
    """Refuse targets outside [0, 1], or rows whose sum must be 1 (to 1e-6) and is not."""

    def place(i: int) -> str:
        return f"{name}[{i}]" if name == "y" else f"{name}[{i // width}][{i % width}]"

    numbers = flat.tolist()
    if min(numbers) < 0.0 or max(numbers) > 1.0:
        i = next(i for i, number in enumerate(numbers) if not 0.0 <= number <= 1.0)
        raise ValueError(
            f"{place(i)} must be from 0 to 1 for the loss cross_entropy, got {numbers[i]:g}; "
            'scale the targets, or use loss="squared_error"'
        )
    if sum_to_1:
        for start in range(0, len(numbers), width):
            total = 0.0
            for number in numbers[start : start + width]:
                total += number
            if not -1e-6 <= total - 1.0 <= 1e-6:
                row = name if name == "y" else f"{name}[{start // width}]"
                raise ValueError(
                    f"{row} must sum to 1 for softmax outputs, as one class of several does, got the sum {total:g}; "
                    'for targets that are each for itself use output="sigmoid"'
                )
