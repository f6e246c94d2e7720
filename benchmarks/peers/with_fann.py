"""FANN through a few lines of C, as its users write them; incremental training, or one fann_train_data for each batch.

FANN clips y_hat to 0.01 .. 0.99 inside f', so its updates are the same only between these.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from typing import Any

import numpy
from compiled import library

from peers import Layers, Task

HERE = os.path.dirname(os.path.abspath(__file__))


def pointer(values: Any) -> ctypes.c_void_p:
    return ctypes.c_void_p(values.ctypes.data)


class Trainer:
    def __init__(self, task: Task) -> None:
        w = task.workload
        double = w.precision == "double"
        flags = ("-DDOUBLE", "-ldoublefann") if double else ("-lfloatfann",)
        self.lib = library(os.path.join(HERE, "fann.c"), *flags)
        for name in ("create", "batches"):
            getattr(self.lib, name).restype = ctypes.c_void_p
        self.lib.weights.restype = ctypes.POINTER(ctypes.c_double if double else ctypes.c_float)
        widths = (ctypes.c_uint * len(w.widths))(*w.widths)
        self.net = ctypes.c_void_p(self.lib.create(len(w.widths), widths, ctypes.c_float(w.eta), w.batch > 1))
        self.shapes = [weights.shape for weights, _ in task.layers]
        count = sum((n_in + 1) * n_out for n_in, n_out in self.shapes)
        self.weights = numpy.ctypeslib.as_array(self.lib.weights(self.net), (count,))
        self.X, self.Y = numpy.ascontiguousarray(task.X), numpy.ascontiguousarray(task.Y)
        m = len(self.X)
        self.size = w.batch if w.batch > 1 else m
        self.count = m // self.size
        self.data = ctypes.c_void_p()
        if w.kind == "train":
            sizes = (ctypes.c_uint(n) for n in (self.count, self.size, w.widths[0], w.widths[-1]))
            self.data = ctypes.c_void_p(self.lib.batches(*sizes, pointer(self.X), pointer(self.Y)))
        self.start(task.layers)

    def start(self, layers: Layers) -> None:
        rows = [numpy.vstack((weights, -thresholds)).T.ravel() for weights, thresholds in layers]
        self.weights[:] = numpy.concatenate(rows)

    def train(self, epochs: int) -> None:
        self.lib.train(self.net, self.data, self.count, epochs)

    def layers(self) -> Layers:
        found, start = [], 0
        for n_in, n_out in self.shapes:
            table = self.weights[start : start + (n_in + 1) * n_out].reshape(n_out, n_in + 1).T
            found.append((table[:-1].copy(), -table[-1]))
            start += table.size
        return found

    def __del__(self) -> None:
        self.lib.discard(self.net, self.data, self.count)


class Predictor(Trainer):
    def predict(self, times: int) -> Any:
        Y_hat = numpy.empty((len(self.X), self.shapes[-1][1]), self.X.dtype)
        if len(self.X) == 1:  # a call for each: one row is called from Python
            predict, arguments = self.lib.predict, (self.net, pointer(self.X), pointer(Y_hat), 1, 1)
            for _ in range(times):
                predict(*arguments)
        else:
            self.lib.predict(self.net, pointer(self.X), pointer(Y_hat), len(self.X), times)
        return Y_hat


def version() -> str:
    library(os.path.join(HERE, "fann.c"), "-lfloatfann")  # an ImportError where FANN is missing
    try:
        return subprocess.run(["pkg-config", "--modversion", "fann"], capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""
