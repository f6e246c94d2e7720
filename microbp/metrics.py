"""How good predictions are: accuracy and confusion matrix for classes, R squared for numbers."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def classes(outputs: Sequence[Sequence[float]]) -> list[int]:
    """The class that each row of outputs, or of targets, stands for.

    One output is the class 1 where it is at least 0.5, otherwise 0; of more outputs the largest is the class.

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


def r2(Y: Sequence[Sequence[float]], Y_hat: Sequence[Sequence[float]]) -> float:
    """R squared = 1 - sum (y - y_hat)**2 / sum (y - mean y)**2, averaged over the columns.

    1 is perfect, 0 is as good as the mean; a constant column counts 1 if it is met exactly, otherwise 0.

    >>> r2([[1.0], [2.0], [3.0]], [[1.0], [2.0], [2.5]])
    0.875
    """
    scores = []
    for y, y_hat in zip(zip(*Y), zip(*Y_hat)):
        mean = sum(y) / len(y)
        residual = sum((a - b) * (a - b) for a, b in zip(y, y_hat))
        spread = sum((a - mean) * (a - mean) for a in y)
        scores.append(1.0 - residual / spread if spread else float(residual == 0.0))
    return sum(scores) / len(scores)
