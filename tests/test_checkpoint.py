"""Checkpoints: a training that is killed at any moment and goes on comes to the same bits."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

import microbp
from microbp import Net

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(microbp.__file__)))

X = [[(37 * k + 11 * i) % 17 / 16 for i in range(3)] for k in range(40)]
Y = [[float((37 * k) % 17 > 8)] for k in range(40)]
KINDS = {
    "adam": {"optimizer": "adam", "batch": 8, "validation": 0.25, "schedule": "cosine:5", "metrics": ["accuracy"]},
    "bold": {"schedule": "bold", "batch": 4, "validation": 0.25, "patience": 60},
    "plateau": {"optimizer": "rprop", "batch": "all", "schedule": "plateau:3", "stop": "UP:9", "validation": (X, Y)},
    "plain": {"eta": 0.9},
    "dropout": {"optimizer": "nesterov", "dropout": 0.3, "batch": 5, "class_weight": "balanced"},
    "single": {"optimizer": "adamw", "batch": 5, "precision": "single", "validation": 0.25},
}


def net_of(keywords, engine):
    keywords = dict(keywords)
    return Net(3, 5, 1, seed=9, engine=engine, precision=keywords.pop("precision", "double")), keywords


def told(net, history):
    """All that must be the same."""
    return [net.digest(), net.generator.state, history.error, history.validation_error, history.eta, history.metrics,
            history.best_epoch, history.stopped]  # fmt: skip


def trained(kind, engine, epochs=100, **more):
    net, keywords = net_of(KINDS[kind], engine)
    return told(net, net.train(X, Y, epochs=epochs, **keywords, **more))


class Killed(BaseException):
    """As if the process had ended."""


@pytest.mark.parametrize("every", [1, 7, "0.001s"])
@pytest.mark.parametrize("kind", KINDS)
def test_going_on_is_never_having_stopped(engine, tmp_path, kind, every):
    path = tmp_path / "run.ckpt"

    def kill(net, history):
        if history.epochs == 43:
            raise Killed

    with pytest.raises(Killed):
        trained(kind, engine, callback=kill, checkpoint=path, checkpoint_every=every)
    assert trained(kind, engine, checkpoint=path, resume=True) == trained(kind, engine)


@pytest.mark.parametrize("kind", ["adam", "bold", "plain"])
def test_forty_epochs_and_then_a_hundred(engine, tmp_path, kind):
    path = tmp_path / "run.ckpt"
    if kind == "adam":
        with pytest.raises(ValueError, match=r"schedule: .*epochs=40.*epochs=100"):  # a cosine over other epochs
            trained(kind, engine, 40, checkpoint=path) and trained(kind, engine, checkpoint=path, resume=True)
        return
    trained(kind, engine, 40, checkpoint=path)
    assert trained(kind, engine, checkpoint=path, resume=True) == trained(kind, engine)


def test_a_finished_training_is_not_trained_again(engine, tmp_path):
    path = tmp_path / "run.ckpt"
    keywords = {"checkpoint": path, "resume": True}
    whole = trained("adam", engine, **keywords)
    assert trained("adam", engine, **keywords) == whole == trained("adam", engine)
    stopped = tmp_path / "stopped.ckpt"
    keywords = {"checkpoint": stopped, "resume": True, "callback": lambda net, history: history.epochs == 9}
    assert trained("plain", engine, **keywords) == trained("plain", engine, **keywords)


def test_a_checkpoint_of_one_engine_serves_the_other(engine, tmp_path):
    path = tmp_path / "run.ckpt"
    trained("plain", "python", 40, checkpoint=path)
    assert trained("plain", engine, checkpoint=path, resume=True) == trained("plain", "python")


PROGRAM = """
import json, sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import test_checkpoint
kind, engine, path, epochs = sys.argv[3:]
print("ready", flush=True)
print(json.dumps(test_checkpoint.trained(kind, engine, int(epochs), checkpoint=path, checkpoint_every=3, resume=True)))
"""


@pytest.mark.parametrize("kind", ["adam", "bold"])
def test_killed_at_random_moments(engine, tmp_path, kind):
    path = tmp_path / "run.ckpt"
    epochs, draw = 400, random.Random(kind)
    command = [sys.executable, "-c", PROGRAM, PACKAGE, os.path.dirname(__file__), kind, engine, path, str(epochs)]
    killed = 0
    while True:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "ready\n"
            if killed < 6:
                time.sleep(draw.uniform(0.0, 0.15))
                process.send_signal(signal.SIGKILL)
                process.wait(30)
                killed += 1
                if path.exists():
                    json.loads(path.read_text())  # whole
                continue
            answer = json.loads(process.stdout.readline())
        break
    assert answer == json.loads(json.dumps(trained(kind, engine, epochs)))


def resumed(engine, path, **changed):
    keywords = {"X": X, "Y": Y, "epochs": 20, "eta": 0.9, "batch": 4, "checkpoint": path, "resume": True, **changed}
    return Net(3, 5, 1, seed=9, engine=engine).train(**keywords)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"X": X[1:] + X[:1]}, ["another training", "data: other numbers"]),
        ({"batch": 5}, ["batch: it has 4, this training 5"]),
        ({"eta": 0.8, "shuffle": False}, ["eta: it has 0.9, this training 0.8", "shuffle: it has True"]),
        ({"optimizer": "adam"}, ["optimizer: it has 'BP(", "Adam("]),
        ({"validation": (X, Y)}, ["validation"]),
        ({"dropout": 0.5}, ["dropout"]),
        ({"patience": 5}, ["stop: it has []", "Patience"]),
        ({"epochs": 7}, ["epochs", "8", "7"]),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(engine, tmp_path, changed, words):
    path = tmp_path / "run.ckpt"
    resumed(engine, path, epochs=8)
    with pytest.raises(ValueError, match=r"run\.ckpt: ") as caught:
        resumed(engine, path, **changed)
    for word in words:
        assert word in str(caught.value)


def test_a_checkpoint_of_another_net_is_refused(engine, tmp_path):
    path = tmp_path / "run.ckpt"
    resumed(engine, path, epochs=8)
    with pytest.raises(ValueError, match=r"widths: it has \[3, 5, 1\], this training \[3, 4, 1\]"):
        Net(3, 4, 1, engine=engine).train(X, Y, 0.9, 20, 4, checkpoint=path, resume=True)


def test_a_checkpoint_of_another_seed_is_refused(engine, tmp_path):
    path = tmp_path / "run.ckpt"
    resumed(engine, path, epochs=8)
    for net in (Net(3, 5, 1, seed=10, engine=engine), Net(3, 5, 1, seed=9, init="book", engine=engine)):
        before = net.digest()
        with pytest.raises(ValueError, match=r"run\.ckpt: .*start: its net began with other parameters"):
            net.train(X, Y, 0.9, 20, 4, checkpoint=path, resume=True)
        assert net.digest() == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c.pop("layers"), ["layers", "list"]),
        (lambda c: c["layers"].pop(), ["layers", "2 entries"]),
        (lambda c: c["layers"][0]["weights"][1].pop(), ["layers[0].weights[1]", "5 entries"]),
        (lambda c: c["layers"][1]["thresholds"].__setitem__(0, "x"), ["layers[1].thresholds[0]", "'x'"]),
        (lambda c: c["optimizer"]["buffers"].pop(), ["optimizer.buffers", "2 entries"]),
        (lambda c: c["optimizer"].update(t=-1), ["optimizer.t", "-1"]),
        (lambda c: c["error"].pop(), ["error", "8 entries"]),
        (lambda c: c["error"].__setitem__(3, None), ["error[3]", "None"]),
        (lambda c: c.update(generator=2**64), ["generator"]),
        (lambda c: c.update(epochs=-1), ["epochs", "-1"]),
        (lambda c: c.update(microbp_checkpoint=2), ["microbp_checkpoint", "2"]),
        (lambda c: c.update(settings=5), ["settings", "5"]),
        (lambda c: c.update(stopped=5), ["stopped", "5"]),
        (lambda c: c.update(schedule={"x": 1}), ["schedule"]),
    ],
)
def test_a_damaged_checkpoint_is_refused_and_the_net_stays(engine, tmp_path, change, words):
    path = tmp_path / "run.ckpt"
    resumed(engine, path, epochs=8, optimizer="adam")
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    net = Net(3, 5, 1, seed=9, engine=engine)
    digest = net.digest()
    with pytest.raises(ValueError, match=r"run\.ckpt: ") as caught:
        net.train(X, Y, 0.9, 20, 4, optimizer="adam", checkpoint=path, resume=True)
    for word in words:
        assert word in str(caught.value)
    assert net.digest() == digest


@pytest.mark.parametrize("text", ["", "{", "[]", "\xff", '{"microbp": 1}', "[" * 100000])
def test_what_is_no_checkpoint_is_refused(engine, tmp_path, text):
    path = tmp_path / "run.ckpt"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=r"run\.ckpt: "):
        resumed(engine, path)
