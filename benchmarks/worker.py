"""One peer on so many threads, in a process of its own: it does what the lines on its standard input say.

Run by run.py. A line is a JSON list of a command and its arguments; so is the answer a JSON object in one line. Between
them the process sleeps, so no peer disturbs another.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from dataclasses import replace
from functools import lru_cache
from time import perf_counter
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
TOO_LONG = 2.5  # seconds a round: a peer that would take longer does fewer units,
SHORT = 0.7  # as many as take this long,
FEWEST = 3  # but at least these


def pin(threads: int) -> None:
    """Keep to so many CPUs: libraries that count them start no more threads, and one thread is one core for all."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


@lru_cache(maxsize=1)
def first_layers(widths: tuple[int, ...], precision: str) -> Any:
    """The parameters that every peer begins with."""
    from peers.with_microbp import layers_of

    import microbp

    return layers_of(microbp.Net(*widths, precision=precision, seed=1))


class Worker:
    def __init__(self, module: str, form: str, threads: int, quick: bool) -> None:
        from workloads import workloads

        self.peer: Any = importlib.import_module(f"peers.{module}")
        self.version = self.peer.version()
        self.form, self.threads = form, threads
        self.workloads = {w.name: w for w in workloads(quick)}

    def task(self, workload: Any, m: int) -> Any:
        """The workload with its first m samples and the first parameters, the same for every peer."""
        from peers import Task
        from workloads import samples

        layers = first_layers(workload.widths, workload.precision)
        return Task(workload, *samples(workload, m), layers, self.form, self.threads)

    def prepare(self, name: str) -> dict[str, Any]:
        """Compile, warm up, and find out how many of the units can be done in reasonable time."""
        self.release()
        self.workload = w = self.workloads[name]
        if w.kind == "accuracy":
            self.now = self.task(w, w.samples)
            return {"units": 1}
        units = min(w.units, 2)
        while True:
            seconds = self.build(units)
            if units == w.units:
                break
            expected = seconds / units * w.units
            if seconds > 0.05 and expected > TOO_LONG:
                self.build(max(FEWEST, min(w.units, int(SHORT * units / seconds))))
                break
            units = w.units if seconds > 0.05 else min(w.units, 16 * units)
        return {"units": self.units}

    def build(self, units: int) -> float:
        """Be ready for about so many units; the seconds of a first run."""
        w = self.workload
        m = min(w.samples, units * w.batch)
        self.times = max(1, round(units * w.batch / m))
        self.units = self.times * m // w.batch
        self.release()
        self.now = self.task(w, m)
        self.object = (self.peer.Trainer if w.kind == "train" else self.peer.Predictor)(self.now)
        return self.once()

    def once(self) -> float:
        gc.collect()
        if self.workload.kind == "train":
            self.object.start(self.now.layers)
            run = self.object.train
        else:
            run = self.object.predict
        begin = perf_counter()
        run(self.times)
        return perf_counter() - begin

    def run(self) -> dict[str, Any]:
        """One round: the seconds of a unit."""
        if self.workload.kind == "accuracy":
            seconds, epochs, accuracy = self.peer.seconds_to_accuracy(self.now, 0.95)
            return {"seconds": seconds, "note": f"{epochs} epochs, {accuracy:.2%}"}
        total = sum(self.once() for _ in range(self.workload.calls))
        return {"seconds": total / self.workload.calls / self.units}

    def release(self) -> dict[str, Any]:
        self.object = self.now = None
        gc.collect()
        return {}

    def check(self, widths: list[int], batch: int, precision: str) -> dict[str, Any]:
        """After two epochs: how far this peer's parameters are from those of microbp's Python engine at most."""
        import numpy
        from peers import with_microbp
        from workloads import Workload

        import microbp

        w = Workload("check", tuple(widths), precision, 0, 24, batch=batch, eta=0.25)
        task = self.task(w, w.samples)
        theirs = self.peer.Trainer(task)
        theirs.start(task.layers)
        theirs.train(2)
        ours = with_microbp.Trainer(replace(task, form="python"))
        output = getattr(self.peer, "OUTPUT", None)
        if output:
            ours.net = microbp.Net(*widths, precision=precision, output=output, engine="python")
        ours.start(task.layers)
        ours.train(2)
        before = numpy.concatenate([p.ravel() for layer in task.layers for p in layer])
        a, b = (numpy.concatenate([p.ravel() for layer in t.layers() for p in layer]) for t in (ours, theirs))
        return {"difference": float(abs(a - b).max()), "change": float(abs(a - before).max())}


def main() -> None:
    module, form, threads, quick = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    pin(int(threads))
    try:
        import microbp  # noqa: F401
    except ImportError:
        sys.path.insert(1, os.path.join(HERE, ".."))
    worker = None
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        try:
            if command == "start":
                worker = Worker(module, form, int(threads), quick == "quick")
                answer = {"version": worker.version}
            else:
                answer = getattr(worker, command)(*arguments)
        except Exception as problem:
            answer = {"error": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
