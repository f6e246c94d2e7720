"""Sample weights: how much each sample counts, said of the samples or of their classes.

The error of sample k and its output gradients are multiplied by s_k; the mean stays 1/m sum_k s_k E_k. Not to be
confused with the weights w_hj of the net.
"""

from __future__ import annotations

from array import array

from . import checks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .notation import Numbers


def sample_weights(sample_weight: Any, class_weight: Any, Y: Numbers, l: int, typecode: str) -> Numbers | None:
    """s_k for each of the samples whose targets are Y (flat, rows of l), in the precision; None if all count 1.

    sample_weight  one number >= 0 for each sample, not all 0; None: 1
    class_weight   "balanced", or one number >= 0 for each class; both given, they are multiplied

    >>> sample_weights([1, 0.5], None, memoryview(array("d", [0.0, 1.0])), 1, "d").tolist()
    [1.0, 0.5]
    >>> sample_weights(None, "balanced", memoryview(array("d", [0.0, 1.0, 1.0, 1.0])), 1, "d").tolist()
    [2.0, 0.6666666666666666, 0.6666666666666666, 0.6666666666666666]
    """
    if sample_weight is None and class_weight is None:
        return None
    m = len(Y) // l
    s = [1.0] * m
    if sample_weight is not None:
        s = counted("sample_weight", sample_weight, m, "one for each sample")
    if class_weight is not None:
        classes = classes_of(Y, l)
        of_class = class_weights(class_weight, classes, l)
        s = [s_k * of_class[c] for s_k, c in zip(s, classes)]
    if not any(s):
        raise ValueError("sample_weight and class_weight must not make every sample count 0")
    s = [checks.rounded(f"sample_weight[{k}]", s_k, typecode) for k, s_k in enumerate(s)]
    return memoryview(array(typecode, s))


def counted(name: str, values: Any, count: int, what: str) -> list[float]:
    """`count` finite numbers >= 0."""
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise TypeError(f"{name} must be {count} numbers >= 0 ({what}), got {checks.shown(values)}")
    values = list(values)
    if len(values) != count:
        raise ValueError(f"{name} must be {count} numbers >= 0 ({what}), got {len(values)}")
    for k, value in enumerate(values):
        if checks.real(f"{name}[{k}]", value, "a finite number >= 0") < 0.0:
            raise ValueError(f"{name}[{k}] must be a finite number >= 0, got {checks.shown(value)}")
    return [float(value) for value in values]


def classes_of(Y: Numbers, l: int) -> list[int]:
    """The class of each sample: its greatest target, or for one output the rank of its target among all values."""
    if l == 1:
        ranks = {value: rank for rank, value in enumerate(sorted(set(Y.tolist())))}
        return [ranks[value] for value in Y.tolist()]
    rows = [Y[start : start + l].tolist() for start in range(0, len(Y), l)]
    return [row.index(max(row)) for row in rows]


def class_weights(class_weight: Any, classes: list[int], l: int) -> dict[int, float]:
    """The weight of each class; "balanced": m / (classes * count of the class), over the classes that there are.

    Source: G. King, L. Zeng, "Logistic regression in rare events data", 2001.
    """
    found = sorted(set(classes))
    if isinstance(class_weight, str):
        checks.word("class_weight", class_weight, ("balanced",))
        return {c: len(classes) / (len(found) * classes.count(c)) for c in found}
    count = l if l > 1 else len(found)
    return dict(enumerate(counted("class_weight", class_weight, count, 'one for each class, or "balanced"')))
