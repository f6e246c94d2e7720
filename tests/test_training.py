"""Training beyond the epochs: validation, stopping, the best net, callbacks, progress, history."""

import io
import sys
from array import array

import pytest

from microbp import Net
from microbp.stopping import GL, PQ, UP, Patience
from microbp.terminal import Progress
from microbp.training import History

XOR_X, XOR_Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
X = [[(37 * k + 11 * i) % 17 / 16 for i in range(3)] for k in range(30)]
Y = [[float((37 * k) % 17 > 8)] for k in range(30)]


class Told:
    """A history with these errors, for the rules alone."""

    def __init__(self, watched, error=None):
        self.watched = watched
        self.error = error or watched


def stops_at(criterion, watched, error=None):
    """The epoch after which a rule stops; None if it does not."""
    watch, history = criterion.watch(), Told(watched, error)
    for epoch in range(1, len(watched) + 1):
        if watch(history, epoch):
            return epoch
    return None


def test_generalisation_loss():
    assert stops_at(GL(5), [2.0, 1.0, 1.03, 1.04, 1.06]) == 5
    assert stops_at(GL(5), [2.0, 1.0, 0.5, 0.52]) is None
    assert stops_at(GL(5), [0.0, 0.0, 1e-9]) == 3


def test_loss_over_progress():
    # GL = 10 at epoch 4; the strip's progress is 1000 (6 / (4 * 1) - 1) = 500, then 0
    assert stops_at(PQ(0.03, 4), [1.0, 1.0, 1.0, 1.1], [2.0, 2.0, 1.0, 1.0]) is None
    assert stops_at(PQ(0.019, 4), [1.0, 1.0, 1.0, 1.1], [2.0, 2.0, 1.0, 1.0]) == 4
    assert stops_at(PQ(0.5, 2), [1.0, 1.0, 1.1, 1.1], [1.0] * 4) == 4


def test_successive_strips():
    assert stops_at(UP(2, 2), [9, 1, 9, 2, 9, 3]) == 6
    assert stops_at(UP(2, 2), [9, 1, 9, 2, 9, 2, 9, 3, 9, 4]) == 10
    assert stops_at(UP(1, 1), [3, 2, 2, 1]) is None


def test_patience():
    assert stops_at(Patience(2), [3, 2, 2, 2]) == 4
    assert stops_at(Patience(2, 0.5), [3, 2.75, 2.6, 1]) == 3
    assert stops_at(Patience(2), [3, 2, 2, 1, 1]) is None


def train(engine, **keywords):
    net = Net(3, 6, 1, seed=5, engine=engine)
    return net, net.train(X, Y, **{"eta": 2.0, "epochs": 300, **keywords})


def test_the_best_net_comes_back(engine):
    seen = []
    net, history = train(
        engine, validation=0.3, patience=15, callback=lambda net, history: seen.append(net.digest())
    )  # fmt: skip
    assert "patience: no lower error for 15 epochs" in history.stopped
    assert history.best_epoch == history.epochs - 15
    assert history.validation_error[history.best_epoch - 1] == min(history.validation_error)
    assert net.digest() == seen[history.best_epoch - 1]
    last, _ = train(engine, validation=0.3, patience=15, restore_best=False)
    assert last.digest() == seen[-1]


def test_a_fraction_is_a_division_that_can_be_made_by_hand(engine):
    from microbp.data import hold_out

    kept, held = hold_out([y[0] for y in Y], 30, 0.3, 0)
    net, history = train(engine, validation=0.3, epochs=20)
    by_hand = Net(3, 6, 1, seed=5, engine=engine)
    told = by_hand.train([X[k] for k in kept], [Y[k] for k in kept], 2.0, 20,
                         validation=([X[k] for k in held], [Y[k] for k in held]))  # fmt: skip
    assert (net.digest(), history.validation_error) == (by_hand.digest(), told.validation_error)
    assert history.samples == 21

    s = [1 + k % 7 for k in range(30)]  # a sample's weight goes where the sample goes
    net, history = train(engine, validation=0.3, epochs=20, sample_weight=s)
    by_hand = Net(3, 6, 1, seed=5, engine=engine)
    told = by_hand.train([X[k] for k in kept], [Y[k] for k in kept], 2.0, 20, sample_weight=[s[k] for k in kept],
                         validation=([X[k] for k in held], [Y[k] for k in held], [s[k] for k in held]))  # fmt: skip
    assert (net.digest(), history.validation_error) == (by_hand.digest(), told.validation_error)


def test_validation_changes_no_bit_of_the_training(engine):
    plain, without = train(engine, epochs=20)
    net, history = train(engine, epochs=20, validation=(X, Y), restore_best=False, metrics=["accuracy"])
    assert (net.digest(), history.error) == (plain.digest(), without.error)
    assert history.validation_error[-1] == net.error(X, Y)
    assert without.validation_error == []


def test_forty_and_sixty_epochs_are_a_hundred(engine):
    whole, history = train(engine, epochs=100)
    net, first = train(engine, epochs=40)
    second = net.train(X, Y, 2.0, 60)
    assert (net.digest(), first.error + second.error) == (whole.digest(), history.error)


@pytest.mark.parametrize("stop", ["GL:5", ["UP:2", "PQ:0.5"], GL(1), lambda history: history.epochs == 7])
def test_stop(engine, stop):
    _, history = train(engine, validation=0.3, stop=stop, epochs=3000)
    assert history.epochs < 3000
    assert history.stopped


def test_target_error(engine):
    _, history = train(engine, target_error=0.05)
    assert history.error[-1] <= 0.05 < history.error[-2]
    assert history.stopped == "the error is at most 0.05"


def test_time_limit(engine):
    _, history = train(engine, max_seconds=0.05, epochs=10**9)
    assert 0.05 <= history.seconds < 2
    assert history.stopped == "the limit of 0.05 seconds is reached"
    assert len(history.times) == len(history.eta) == history.epochs


def test_callback_sees_the_net_and_stops_it(engine):
    seen = []

    def callback(net, history):
        seen.append((net.digest(), history.epochs))
        return history.epochs == 5

    net, history = train(engine, callback=callback)
    assert [epoch for _, epoch in seen] == [1, 2, 3, 4, 5]
    assert net.digest() == seen[-1][0]
    assert history.stopped == "the callback asked for it"
    plain, _ = train(engine, epochs=5)
    assert net.digest() == plain.digest()


def test_history_of_every_epoch(engine):
    _, history = train(engine, epochs=12, schedule="step:4,0.5")
    assert history.eta == [2.0] * 4 + [1.0] * 4 + [0.5] * 4
    assert (len(history.error), len(history.times)) == (12, 12)
    assert sum(history.times) == pytest.approx(history.seconds, rel=0.5)
    assert history.stopped == "all 12 planned epochs are done"
    assert history.best_epoch == history.error.index(min(history.error)) + 1


def test_no_epochs(engine):
    net = Net(2, 2, 1, engine=engine)
    digest = net.digest()
    history = net.train(XOR_X, XOR_Y, epochs=0, validation=(XOR_X, XOR_Y), schedule="cosine", patience=3)
    assert (history.epochs, history.best_epoch, net.digest()) == (0, 0, digest)


def test_default_eta_is_the_optimizers(engine):
    assert train(engine, epochs=1, eta=None)[1].eta == [0.5]
    assert train(engine, epochs=1, eta=None, optimizer="adam")[1].eta == [0.001]


def test_sample_and_class_weights_and_dropout_reach_the_engine(engine):
    plain, _ = train(engine, epochs=3)
    for keywords in ({"sample_weight": [1, 2] * 15}, {"class_weight": [1, 3]}, {"dropout": 0.5}):
        assert train(engine, epochs=3, **keywords)[0].digest() != plain.digest()
    assert train(engine, epochs=3, sample_weight=[1] * 30)[0].digest() == plain.digest()
    train(engine, epochs=3, sample_weight=[1, 2] * 15, validation=0.5)


def test_a_plain_line_without_tqdm(engine, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    train(engine, epochs=5, progress=True)
    assert "epoch 5/5   error 0." in sys.stderr.getvalue()


def test_lines_that_stay_outside_a_terminal(engine, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    train(engine, epochs=5, progress=True)
    told = capsys.readouterr().err
    assert told.startswith("epoch 5/5   error 0.")
    assert told.count("\n") == 1
    train(engine, epochs=50, progress=True, target_error=10)
    assert capsys.readouterr().err.startswith("epoch 1/50")


@pytest.mark.parametrize(("seconds", "lines"), [(0.0001, 1), (0.01, 10), (0.5, 50), (5.0, 500)])
def test_lines_that_stay_are_few_and_not_far_between(seconds, lines):
    history, stream = History(array("d"), 1000, 4, 0.5), io.StringIO()
    progress = Progress(stream)
    for _ in range(1000):
        history._errors.append(0.25)
        history.seconds += seconds
        progress(history)
    progress.clear()
    told = [int(line.split()[1].split("/")[0]) for line in stream.getvalue().splitlines()]
    assert told[-1] == 1000
    assert len(told) == lines


def test_a_bar_with_tqdm(engine, capsys):
    pytest.importorskip("tqdm")
    train(engine, epochs=5, progress=True, validation=0.3)
    told = capsys.readouterr().err
    assert "5/5" in told
    assert "validation 0." in told


def test_silent_by_default(engine, capsys):
    train(engine, epochs=5)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("keywords", "problem", "words"),
    [
        ({"stop": "GL:5"}, ValueError, ["GL", "validation=0.2"]),
        ({"stop": "GM:5", "validation": 0.2}, ValueError, ["stop", "GM", "GL"]),
        ({"patience": 0}, ValueError, ["patience", ">= 1", "0"]),
        ({"patience": 3, "min_improvement": -1}, ValueError, ["min_improvement", ">= 0", "-1"]),
        ({"min_improvement": 0.1}, ValueError, ["min_improvement", "patience"]),
        ({"target_error": -1}, ValueError, ["target_error", ">= 0", "-1"]),
        ({"max_seconds": 0}, ValueError, ["max_seconds", "> 0"]),
        ({"validation": 1.5}, ValueError, ["validation", "between 0 and 1", "1.5"]),
        ({"validation": True}, ValueError, ["validation", "True"]),
        ({"validation": "some"}, TypeError, ["validation", "'some'"]),
        ({"validation": ([[1.0, 2.0]], [1.0])}, ValueError, ["validation: X[0]", "3 numbers"]),
        ({"callback": 5}, TypeError, ["callback", "5"]),
        ({"progress": 5}, TypeError, ["progress", "5"]),
        ({"resume": True}, ValueError, ["resume", "checkpoint"]),
        ({"checkpoint": "no/such/folder/run.ckpt"}, FileNotFoundError, ["no/such/folder"]),
        ({"checkpoint": "x.ckpt", "checkpoint_every": "often"}, ValueError, ["checkpoint_every", "often"]),
        ({"optimizer": "adamm"}, ValueError, ["optimizer", "adamm", "adam"]),
        ({"dropout": 1.0}, ValueError, ["dropout", "[0, 1)", "1.0"]),
        ({"dropout": [0.1, 0.2]}, ValueError, ["dropout", "1 hidden"]),
        ({"shuffle": 100}, ValueError, ["shuffle", "True or False", "100"]),
    ],
)
def test_refused(engine, keywords, problem, words):
    net = Net(3, 6, 1, engine=engine)
    digest = net.digest()
    with pytest.raises(problem) as caught:
        net.train(X, Y, epochs=1, **keywords)
    for word in words:
        assert word in str(caught.value)
    assert net.digest() == digest
