"""Metrics against numbers worked by hand, and against scikit-learn where it is installed."""

import random

import pytest

from microbp import Net, metrics


def test_bit_fail_is_fanns():
    assert metrics.bit_fail([[1.0, 0.0], [0.0, 1.0]], [[0.64, 0.36], [0.35, 0.7]]) == 2


def test_macro_f1_leaves_out_classes_that_never_occur():
    Y = [[1, 0, 0], [0, 1, 0]]
    assert metrics.macro_f1(Y, Y) == 1.0


def test_sums_run_in_order():
    numbers = [1e100, 1.0, -1e100, 1.0]
    assert metrics.total(numbers) == 1.0  # a compensated sum gives 2


@pytest.mark.parametrize("seed", range(5))
def test_metrics_are_those_of_scikit_learn(seed):
    sklearn = pytest.importorskip("sklearn.metrics")
    draw = random.Random(seed)
    Y_hat = [[draw.random() for _ in range(4)] for _ in range(50)]
    labels = [draw.randrange(4) for _ in Y_hat]
    Y = [[float(j == label) for j in range(4)] for label in labels]
    predicted = metrics.classes(Y_hat)
    assert metrics.accuracy(Y, Y_hat) == sklearn.accuracy_score(labels, predicted)
    assert metrics.macro_f1(Y, Y_hat) == pytest.approx(sklearn.f1_score(labels, predicted, average="macro"))
    assert metrics.confusion_matrix(Y, Y_hat) == sklearn.confusion_matrix(labels, predicted).tolist()
    assert metrics.r2(Y, Y_hat) == pytest.approx(sklearn.r2_score(Y, Y_hat))
    assert metrics.mean_absolute_error(Y, Y_hat) == pytest.approx(sklearn.mean_absolute_error(Y, Y_hat))


def test_metrics_of_every_epoch(engine):
    X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [1]]
    net = Net(2, 1, seed=1, engine=engine)
    seen = []

    def largest(Y, Y_hat):
        return max(abs(y[0] - y_hat[0]) for y, y_hat in zip(Y, Y_hat))

    history = net.train(
        X, Y, epochs=30, metrics=["accuracy", "bit_fail", "confusion", largest],
        callback=lambda net, history: seen.append(metrics.accuracy(Y, net.predict(X))),
    )  # fmt: skip
    assert history.metrics["accuracy"] == seen
    assert [len(values) for values in history.metrics.values()] == [30, 30, 30]
    assert history.metrics["largest"][-1] == largest(Y, net.predict(X))
    assert history.confusion == metrics.confusion_matrix(Y, net.predict(X))


def test_metrics_are_of_the_validation_where_there_is_one(engine):
    X, Y = [[0.0], [1.0]], [[0.0], [1.0]]
    net = Net(1, 1, init=0.0, engine=engine)
    history = net.train(X, Y, epochs=1, metrics="mean_absolute_error", validation=([[0.0]], [[9.0]]), eta=1e-9)
    assert history.metrics["mean_absolute_error"][0] == pytest.approx(8.5, abs=1e-6)


@pytest.mark.parametrize(
    ("names", "problem", "words"),
    [
        (["acuracy"], ValueError, ["metrics", "did you mean 'accuracy'"]),
        (5, TypeError, ["metrics", "5"]),
    ],
)
def test_refused_metrics(engine, names, problem, words):
    with pytest.raises(problem) as caught:
        Net(1, 1, engine=engine).train([0.0], [0.0], epochs=1, metrics=names)
    for word in words:
        assert word in str(caught.value)
