"""How good predictions are. Y are the targets, Y_hat the outputs, one row a sample.

Sums run in order, so that the bits are the same everywhere.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    Rows = Sequence[Sequence[float]]
    Metric = Callable[[Rows, Rows], float]

BIT = 0.35  # FANN's limit: an output this far from its target has failed


def total(numbers: Iterable[float]) -> float:
    """The sum in order: sum() itself gives other last bits since Python 3.12."""
    result = 0.0
    for number in numbers:
        result += number
    return result


def classes(outputs: Rows) -> list[int]:
    """The class of each row of outputs, or of targets: of one output 1 from 0.5 on, else 0; of more the largest.

    >>> classes([[0.2], [0.5]]), classes([[0.1, 0.7, 0.2]])
    ([0, 1], [1])
    """
    if len(outputs[0]) == 1:
        return [int(row[0] >= 0.5) for row in outputs]
    return [max(range(len(row)), key=list(row).__getitem__) for row in outputs]


def confusion(true: Sequence[int], predicted: Sequence[int], count: int) -> list[list[int]]:
    """matrix[i][j]: how many samples of class i were taken for class j.

    >>> confusion([0, 0, 1], [0, 1, 1], 2)
    [[1, 1], [0, 1]]
    """
    matrix = [[0] * count for _ in range(count)]
    for i, j in zip(true, predicted):
        matrix[i][j] += 1
    return matrix


def confusion_matrix(Y: Rows, Y_hat: Rows) -> list[list[int]]:
    """The confusion matrix of the rows' classes.

    >>> confusion_matrix([[0.0], [1.0], [1.0]], [[0.2], [0.9], [0.4]])
    [[1, 0], [1, 1]]
    """
    return confusion(classes(Y), classes(Y_hat), max(2, len(Y[0])))


def accuracy(Y: Rows, Y_hat: Rows) -> float:
    """The part of the samples whose class is met.

    >>> accuracy([[0.0], [1.0]], [[0.2], [0.4]])
    0.5
    """
    return sum(i == j for i, j in zip(classes(Y), classes(Y_hat))) / len(Y)


def macro_f1(Y: Rows, Y_hat: Rows) -> float:
    """F1 = 2 TP / (2 TP + FP + FN) of each class, averaged over the classes that occur in Y or Y_hat.

    >>> macro_f1([[0.0], [1.0], [1.0]], [[0.2], [0.9], [0.4]])
    0.6666666666666666
    """
    matrix = confusion_matrix(Y, Y_hat)
    scores = []
    for i, row in enumerate(matrix):
        met, all_of_them = row[i], sum(row) + sum(other[i] for other in matrix)
        if all_of_them:
            scores.append(2.0 * met / all_of_them)
    return total(scores) / len(scores)


def r2(Y: Rows, Y_hat: Rows) -> float:
    """R squared = 1 - sum (y - y_hat)**2 / sum (y - mean y)**2, averaged over the columns.

    1 is perfect, 0 is as good as the mean; a constant column counts 1 if it is met exactly, otherwise 0.

    >>> r2([[1.0], [2.0], [3.0]], [[1.0], [2.0], [2.5]])
    0.875
    """
    scores = []
    for y, y_hat in zip(zip(*Y), zip(*Y_hat)):
        mean = total(y) / len(y)
        residual = total((a - b) * (a - b) for a, b in zip(y, y_hat))
        spread = total((a - mean) * (a - mean) for a in y)
        scores.append(1.0 - residual / spread if spread else float(residual == 0.0))
    return total(scores) / len(scores)


def mean_absolute_error(Y: Rows, Y_hat: Rows) -> float:
    """sum |y - y_hat| / count, over all samples and outputs.

    >>> mean_absolute_error([[1.0, 2.0]], [[1.5, 2.0]])
    0.25
    """
    return total(abs(a - b) for y, y_hat in zip(Y, Y_hat) for a, b in zip(y, y_hat)) / (len(Y) * len(Y[0]))


def bit_fail(Y: Rows, Y_hat: Rows) -> float:
    """How many outputs are more than 0.35 from their target (S. Nissen's FANN).

    >>> bit_fail([[1.0, 0.0]], [[0.6, 0.1]])
    1
    """
    return sum(abs(a - b) > BIT for y, y_hat in zip(Y, Y_hat) for a, b in zip(y, y_hat))


METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "macro_f1": macro_f1,
    "r2": r2,
    "mean_absolute_error": mean_absolute_error,
    "bit_fail": bit_fail,
}


def chosen(names: Any) -> tuple[dict[str, Metric], bool]:
    """The metrics that `names` tells of, and whether the confusion matrix is among them.

    >>> chosen(["accuracy", "confusion"])[1], list(chosen("r2")[0])
    (True, ['r2'])
    """
    from .checks import shown, word

    given = [names] if isinstance(names, str) or callable(names) else names
    if not isinstance(given, (list, tuple)):
        raise TypeError(f"metrics must be a list of words or functions of (Y, Y_hat), got {shown(names)}")
    found: dict[str, Metric] = {}
    for name in given:
        if callable(name):
            found[getattr(name, "__name__", type(name).__name__)] = name
        elif word("metrics", name, [*METRICS, "confusion"]) != "confusion":
            found[name] = METRICS[name]
    return found, "confusion" in given
