"""Checkpoints: a training as it is after an epoch, in a file, so that another process goes on to the same bits.

A checkpoint is JSON with exact numbers, written whole or not at all. What it holds is checked when it is read, and so
is whether it belongs to this training: the data and every setting that the result depends on must be the same.
"""

from __future__ import annotations

import json
import os
import sys
from array import array
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from . import checks
from .files import counted, fill, listed, sized, write
from .generator import WORD

if TYPE_CHECKING:
    from .notation import Numbers, Structure
    from .training import History, Training

FORMAT = 1  # the version of the file


class Checkpoint:
    """The file, and how often it is written: every so many epochs, or every so many seconds."""

    def __init__(self, path: Any, every: Any, resume: bool) -> None:
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(f"checkpoint must be the path of a file, got {checks.shown(path)}")
        folder = os.path.dirname(os.path.abspath(path))
        if not os.path.isdir(folder):
            raise FileNotFoundError(f"checkpoint {os.fspath(path)}: there is no folder {folder}")
        self.path = path
        self.resume = resume
        self.epochs: int | None = None
        self.seconds = 0.0
        if isinstance(every, str):
            number = every[:-1] if every.endswith("s") else every
            try:
                seconds = float(number)
            except ValueError:
                wanted = 'a number of epochs, or seconds as in "10s"'
                raise ValueError(f"checkpoint_every must be {wanted}, got {checks.shown(every)}") from None
            self.seconds = checks.positive("checkpoint_every", seconds)
        else:
            self.epochs = checks.integer("checkpoint_every", every, 1)
        self.written = 0.0  # history.seconds at the last writing
        self.settings: dict[str, Any] = {}

    def epochs_left(self, history: History) -> int:
        """How many epochs may pass before the next writing."""
        return history.planned if self.epochs is None else self.epochs - history.epochs % self.epochs

    def due(self, history: History) -> bool:
        """Whether it is time to write."""
        if self.epochs is not None:
            return history.epochs % self.epochs == 0
        return history.seconds - self.written >= self.seconds

    def write(self, training: Training) -> None:
        """Write the training as it is."""
        net, history, state = training.net, training.history, training.run.state
        structure = net.structure
        best = training.best
        content = {
            "microbp_checkpoint": FORMAT,
            "settings": self.settings or settings(training),
            "epochs": history.epochs,
            "stopped": training.stopped,
            "generator": net.generator.state,
            "schedule": training.schedule_state,
            "samples": history.samples,
            "seconds": history.seconds,
            "error": history.error,
            "eta": history.eta,
            "times": history.times,
            "validation_error": history.validation_error,
            "metrics": history.metrics,
            "layers": layers(structure, net.parameters),
            "best": None if best is None else {"error": best[0], "layers": layers(structure, best[1])},
            "optimizer": None
            if state is None
            else {
                "t": state.t,
                "p1": state.p1,
                "p2": state.p2,
                "buffers": [layers(structure, buffer) for buffer in state.buffers],
            },
        }
        lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in content.items()]
        write(self.path, "{\n" + ",\n".join(lines) + "\n}\n")
        self.written = history.seconds

    def resumed(self, training: Training) -> bool:
        """Put the training where the file says that it was; False if there is no file, or none is wanted."""
        self.settings = settings(training)
        if not self.resume or not os.path.exists(self.path):
            return False
        name = os.fspath(self.path)
        with open(self.path, "rb") as stream:
            data = stream.read()
        try:
            restore(json.loads(data.decode("utf-8")), self.settings, training)
        except UnicodeDecodeError as problem:
            raise ValueError(f"{name}: not a checkpoint: no UTF-8 at byte {problem.start}") from None
        except json.JSONDecodeError as problem:
            raise ValueError(f"{name}: not a checkpoint: no JSON: {problem}") from None
        except RecursionError:
            raise ValueError(f"{name}: not a checkpoint: nested too deeply") from None
        except ValueError as problem:
            raise ValueError(f"{name}: {problem}") from None
        self.written = training.history.seconds
        return True


def settings(training: Training) -> dict[str, Any]:
    """What the result of a training depends on, beside where it is."""
    run, structure = training.run, training.net.structure
    validation = training.validation
    stream = training.stream
    return {
        "start": [training.net.digest(), training.net.generator.state],
        "widths": list(structure.widths),
        "activations": list(structure.activations),
        "loss": structure.loss,
        "precision": structure.precision,
        "data": data_digest(run.X, run.Y) if stream is None else stream.identity(),
        "validation": None if validation is None else data_digest(*[part for part in validation if part is not None]),
        "sample_weights": None if run.sample_weights is None else data_digest(run.sample_weights),
        "class_weights": None if stream is None or stream.of_class is None else sorted(stream.of_class.items()),
        "mask": None if run.mask is None else data_digest(run.mask),
        "dropout": None if run.dropout is None else list(run.dropout),
        "batch": run.batch if run.sums is None else "all",
        "shuffle": run.shuffle,
        "block": None if stream is None else stream.rows,
        "eta": training.eta,
        "optimizer": repr(run.optimizer),
        "schedule": None if training.schedule is None else repr(training.schedule),
        "stop": [repr(criterion) for criterion in training.criteria],
        "metrics": list(training.metrics),
        "restore_best": training.restore_best,
    }


def data_digest(*numbers: Numbers) -> str:
    """The SHA-256 of numbers, the same on every machine."""
    found = sha256()
    for flat in numbers:
        found.update(f"{flat.format}{len(flat)} ".encode())
        if sys.byteorder == "little":
            found.update(flat)
        else:
            from array import array

            turned = array(flat.format, flat)
            turned.byteswap()
            found.update(turned)
    return found.hexdigest()


def layers(structure: Structure, numbers: Numbers) -> list[dict[str, Any]]:
    """Numbers that are laid out like the parameters, as a model file has them."""
    told = []
    for shape in structure.layers:
        starts = range(shape.offset, shape.end, shape.stride)
        *weights, thresholds = [numbers[start : start + shape.n_out].tolist() for start in starts]
        told.append({"weights": weights, "thresholds": thresholds})
    return told


def buffer(structure: Structure, told: Any, where: str) -> Numbers:
    """The numbers that `layers` told of."""
    numbers = structure.buffer()
    for n, (layer, shape) in enumerate(zip(sized(told, len(structure.layers), where), structure.layers)):
        place = f"{where}[{n}]"
        if not isinstance(layer, dict):
            raise ValueError(f"{place}: wanted an object with weights and thresholds, got {checks.shown(layer)}")
        for h, row in enumerate(listed(layer, "weights", shape.n_in, f"{place}.")):
            sized(row, shape.n_out, f"{place}.weights[{h}]")
        listed(layer, "thresholds", shape.n_out, f"{place}.")
        fill(numbers, structure.typecode, shape, layer, place)
    return numbers


def floats(told: Any, where: str, size: int) -> list[float]:
    """A list of so many numbers."""
    return [real(value, f"{where}[{k}]") for k, value in enumerate(sized(told, size, where))]


def real(value: Any, where: str) -> float:
    """A number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{where}: wanted a number, got {checks.shown(value)}")
    return value


def named(told: Any, names: Any, where: str) -> dict[str, Any]:
    """An object with exactly these names."""
    if not isinstance(told, dict) or set(told) != set(names):
        wanted = ", ".join(names) or "no names"
        raise ValueError(f"{where}: wanted an object with {wanted}, got {checks.shown(told)}")
    return told


def restore(content: Any, wanted: dict[str, Any], training: Training) -> None:
    """Check the content, all of it, and then put the training where it says."""
    if not isinstance(content, dict) or "microbp_checkpoint" not in content:
        raise ValueError('this is not a checkpoint: wanted an object with the key "microbp_checkpoint"')
    if content["microbp_checkpoint"] != FORMAT or isinstance(content["microbp_checkpoint"], bool):
        raise ValueError(f"microbp_checkpoint: wanted {FORMAT}, got {checks.shown(content['microbp_checkpoint'])}")
    same(named(content.get("settings"), wanted, "settings"), wanted)

    net, history, structure = training.net, training.history, training.net.structure
    epochs = counted(content.get("epochs"), "epochs", 0)
    if epochs > history.planned:
        raise ValueError(f"epochs: the checkpoint has {epochs}, and only {history.planned} are wanted")
    stopped = content.get("stopped")
    if not isinstance(stopped, str):
        raise ValueError(f"stopped: wanted text, got {checks.shown(stopped)}")
    generator = counted(content.get("generator"), "generator", 0, WORD)
    samples = counted(content.get("samples"), "samples", 0)
    schedule = {} if training.schedule is None else training.schedule.start()
    told = named(content.get("schedule"), schedule, "schedule")
    schedule = {name: real(told[name], f"schedule.{name}") for name in schedule}
    error = floats(content.get("error"), "error", epochs)
    eta = floats(content.get("eta"), "eta", epochs)
    times = floats(content.get("times"), "times", epochs)
    seconds = real(content.get("seconds"), "seconds")
    validated = epochs if training.validation is not None else 0
    validation_error = floats(content.get("validation_error"), "validation_error", validated)
    told = named(content.get("metrics"), training.metrics, "metrics")
    metrics = {name: floats(told[name], f"metrics.{name}", epochs) for name in training.metrics}
    parameters = buffer(structure, content.get("layers"), "layers")
    best = None
    if content.get("best") is not None:
        told = named(content["best"], ("error", "layers"), "best")
        best = (real(told["error"], "best.error"), buffer(structure, told["layers"], "best.layers"))
    state = training.run.state
    buffers = []
    if state is not None:
        told = named(content.get("optimizer"), ("t", "p1", "p2", "buffers"), "optimizer")
        t = counted(told["t"], "optimizer.t", 0)
        p1, p2 = real(told["p1"], "optimizer.p1"), real(told["p2"], "optimizer.p2")
        for n, one in enumerate(sized(told["buffers"], len(state.buffers), "optimizer.buffers")):
            buffers.append(buffer(structure, one, f"optimizer.buffers[{n}]"))

    net.parameters[:] = parameters
    net.generator.state = generator
    history._errors[:], history._times[:] = array("d", error), [(1, seconds) for seconds in times]
    if training.schedule is not None:
        history._etas[:] = array("d", eta)
    history.validation_error[:], history.samples, history.seconds = validation_error, samples, seconds
    for name, values in metrics.items():
        history.metrics[name][:] = values
    training.schedule_state, training.stopped, training.best = schedule, stopped, best
    if state is not None:
        state.t, state.p1, state.p2 = t, p1, p2
        for numbers, one in zip(state.buffers, buffers):
            numbers[:] = one
    for watch in training.watches:  # as they watched before
        for epoch in range(1, epochs + 1):
            watch(history, epoch)


def same(told: dict[str, Any], wanted: dict[str, Any]) -> None:
    """ValueError with all that differs, if something does."""
    different = []
    for name, value in wanted.items():
        if told[name] != value:
            if name in ("data", "validation", "sample_weights", "mask"):
                different.append(f"{name}: other numbers")
            elif name == "start":
                different.append(f"{name}: its net began with other parameters or another seed; make the net as then")
            else:
                different.append(f"{name}: it has {checks.shown(told[name])}, this training {checks.shown(value)}")
    if different:
        raise ValueError(f"the checkpoint is of another training: {'; '.join(different)}")
