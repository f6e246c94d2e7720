"""Checkpoints: a training in JSON with exact numbers, so that another process goes on to the same bits.

The data and every setting that the result depends on must be the same.
"""

from __future__ import annotations

import os
import sys
from array import array
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from . import checks
from .files import check_layer, counted, fill, read_json, real, sized, told_layers, write_json
from .generator import WORD

if TYPE_CHECKING:
    from .notation import Numbers, Structure
    from .training import History, Training

FORMAT = 1  # the version of the file


class Checkpoint:
    """Written after so many epochs or seconds."""

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
        self.written = 0.0  # history.seconds then
        self.settings: dict[str, Any] = {}

    def epochs_left(self, history: History) -> int:
        return history.planned if self.epochs is None else self.epochs - history.epochs % self.epochs

    def due(self, history: History) -> bool:
        if self.epochs is not None:
            return history.epochs % self.epochs == 0
        return history.seconds - self.written >= self.seconds

    def write(self, training: Training) -> None:
        net, history, state, best = training.net, training.history, training.run.state, training.best
        structure, optimizer = net.structure, None
        if state is not None:
            buffers = [told_layers(structure, buffer) for buffer in state.buffers]
            optimizer = {"t": state.t, "p1": state.p1, "p2": state.p2, "buffers": buffers}
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
            "layers": told_layers(structure, net.parameters),
            "best": None if best is None else {"error": best[0], "layers": told_layers(structure, best[1])},
            "optimizer": optimizer,
        }
        write_json(self.path, content)
        self.written = history.seconds

    def resumed(self, training: Training) -> bool:
        """Put the training where the file says, if there is one and it is wanted."""
        self.settings = settings(training)
        if not self.resume or not os.path.exists(self.path):
            return False
        read_json(self.path, "a checkpoint", lambda content: restore(content, self.settings, training))
        self.written = training.history.seconds
        return True


def settings(training: Training) -> dict[str, Any]:
    run, structure, stream = training.run, training.net.structure, training.stream
    return {
        "start": [training.net.digest(), training.net.generator.state],
        "widths": list(structure.widths),
        "activations": list(structure.activations),
        "loss": structure.loss,
        "precision": structure.precision,
        "data": data_digest(run.X, run.Y) if stream is None else stream.identity(),
        "validation": data_digest(*(training.validation or ())),
        "sample_weights": data_digest(run.sample_weights),
        "class_weights": None if stream is None or stream.of_class is None else sorted(stream.of_class.items()),
        "mask": data_digest(run.mask),
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


def data_digest(*numbers: Numbers | None) -> str | None:
    """Of what is not None, the same on every machine."""
    found = sha256()
    known = [flat for flat in numbers if flat is not None]
    for flat in known:
        found.update(f"{flat.format}{len(flat)} ".encode())
        if sys.byteorder == "big":
            flat = array(flat.format, flat)
            flat.byteswap()
        found.update(flat)
    return found.hexdigest() if known else None


def buffer(structure: Structure, told: Any, where: str) -> Numbers:
    numbers = structure.buffer()
    for n, (layer, shape) in enumerate(zip(sized(told, len(structure.layers), where), structure.layers)):
        place = f"{where}[{n}]"
        check_layer(layer, shape.n_in, shape.n_out, place)
        fill(numbers, structure.typecode, shape, layer, place)
    return numbers


def floats(told: Any, where: str, size: int) -> list[float]:
    return [real(value, f"{where}[{k}]") for k, value in enumerate(sized(told, size, where))]


def named(told: Any, names: Any, where: str) -> dict[str, Any]:
    if not isinstance(told, dict) or set(told) != set(names):
        wanted = ", ".join(names) or "no names"
        raise ValueError(f"{where}: wanted an object with {wanted}, got {checks.shown(told)}")
    return told


def restore(content: Any, wanted: dict[str, Any], training: Training) -> None:
    """Check all of it, then use it."""
    if not isinstance(content, dict) or "microbp_checkpoint" not in content:
        raise ValueError('this is not a checkpoint: wanted an object with the key "microbp_checkpoint"')
    version = content["microbp_checkpoint"]
    if version != FORMAT or isinstance(version, bool):
        raise ValueError(f"microbp_checkpoint: wanted {FORMAT}, got {checks.shown(version)}")
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
    schedule = {name: real(value, f"schedule.{name}") for name, value in told.items()}
    error, eta, times = (floats(content.get(name), name, epochs) for name in ("error", "eta", "times"))
    seconds = real(content.get("seconds"), "seconds")
    validated = epochs if training.validation is not None else 0
    validation_error = floats(content.get("validation_error"), "validation_error", validated)
    told = named(content.get("metrics"), training.metrics, "metrics")
    metrics = {name: floats(values, f"metrics.{name}", epochs) for name, values in told.items()}
    parameters = buffer(structure, content.get("layers"), "layers")
    best = None
    if content.get("best") is not None:
        told = named(content["best"], ("error", "layers"), "best")
        best = (real(told["error"], "best.error"), buffer(structure, told["layers"], "best.layers"))
    state = training.run.state
    if state is not None:
        told = named(content.get("optimizer"), ("t", "p1", "p2", "buffers"), "optimizer")
        t = counted(told["t"], "optimizer.t", 0)
        p1, p2 = real(told["p1"], "optimizer.p1"), real(told["p2"], "optimizer.p2")
        kept = sized(told["buffers"], len(state.buffers), "optimizer.buffers")
        buffers = [buffer(structure, one, f"optimizer.buffers[{n}]") for n, one in enumerate(kept)]

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
        for held, one in zip(state.buffers, buffers):
            held[:] = one
    for watch in training.watches:  # as they watched before
        for epoch in range(1, epochs + 1):
            watch(history, epoch)


def same(told: dict[str, Any], wanted: dict[str, Any]) -> None:
    why = {"start": "its net began with other parameters or another seed; make the net as then"}
    why |= dict.fromkeys(("data", "validation", "sample_weights", "mask"), "other numbers")
    different = [
        f"{name}: {why.get(name) or f'it has {checks.shown(told[name])}, this training {checks.shown(value)}'}"
        for name, value in wanted.items()
        if told[name] != value
    ]
    if different:
        raise ValueError(f"the checkpoint is of another training: {'; '.join(different)}")
