"""Sample weights: each sample's error and output gradients are multiplied by s_k; the mean is 1/m sum_k s_k E_k."""

from __future__ import annotations

from array import array

from . import checks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .notation import Numbers


def sample_weights(sample_weight: Any, class_weight: Any, Y: Numbers, l: int, typecode: str) -> Numbers | None:
    """s_k for each of the samples with the targets Y (flat, rows of l), in the precision; None if all count 1.

    sample_weight  one number >= 0 for each sample, not all 0; None: 1
    class_weight   "balanced", or one number >= 0 for each class; both given, they are multiplied

    >>> sample_weights([1, 0.5], None, memoryview(array("d", [0.0, 1.0])), 1, "d").tolist()
    [1.0, 0.5]
    >>> sample_weights(None, "balanced", memoryview(array("d", [0.0, 1.0, 1.0, 1.0])), 1, "d").tolist()
    [2.0, 0.6666666666666666, 0.6666666666666666, 0.6666666666666666]
    """
    if sample_weight is None and class_weight is None:
        return None
    of_class = None
    if class_weight is not None:
        counts: dict[float, int] = {}
        count(counts, Y, l)
        of_class = class_weights(class_weight, counts, l)
    s = multiplied(sample_weight, of_class, Y, l, typecode)
    if not any(s):
        raise ValueError("sample_weight and class_weight must not make every sample count 0")
    return s


def multiplied(sample_weight: Any, of_class: dict[float, float] | None, Y: Numbers, l: int, typecode: str) -> Numbers:
    """s_k times the weight of the class, in binary64 and rounded once."""
    m = len(Y) // l
    s = [1.0] * m if sample_weight is None else counted("sample_weight", sample_weight, m, "one for each sample")
    if of_class is not None:
        s = [s_k * of_class[c] for s_k, c in zip(s, classes_of(Y, l))]
    s = [checks.rounded(f"sample_weight[{k}]", s_k, typecode) for k, s_k in enumerate(s)]
    return memoryview(array(typecode, s))


def counted(name: str, values: Any, size: int, what: str) -> list[float]:
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise TypeError(f"{name} must be {size} numbers >= 0 ({what}), got {checks.shown(values)}")
    values = list(values)
    if len(values) != size:
        raise ValueError(f"{name} must be {size} numbers >= 0 ({what}), got {len(values)}")
    return [checks.within(f"{name}[{k}]", value, 0.0) for k, value in enumerate(values)]


def classes_of(Y: Numbers, l: int) -> list[float]:
    """Each sample's: the number of its greatest target, or for one output the target itself."""
    if l == 1:
        return list(Y.tolist())
    rows = [Y[start : start + l].tolist() for start in range(0, len(Y), l)]
    return [row.index(max(row)) for row in rows]


def count(counts: dict[float, int], Y: Numbers, l: int) -> None:
    for c in classes_of(Y, l):
        counts[c] = counts.get(c, 0) + 1


def class_weights(class_weight: Any, counts: dict[float, int], l: int) -> dict[float, float]:
    """The weight of each class; "balanced": m / (classes * count of the class), over the classes that there are.

    Source: G. King, L. Zeng, "Logistic regression in rare events data", 2001.
    """
    if isinstance(class_weight, str):
        checks.word("class_weight", class_weight, ("balanced",))
        m = sum(counts.values())
        return {c: m / (len(counts) * n) for c, n in counts.items()}
    classes = range(l) if l > 1 else sorted(counts)
    return dict(zip(classes, counted("class_weight", class_weight, len(classes), 'one for each class, or "balanced"')))
