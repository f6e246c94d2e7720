"""The C engine behind the interface of the engines: the same bits as `bp.py`, faster.

Every buffer is checked here before C sees it: type, length, contiguity and, where C writes, that it may be written.
"""

from __future__ import annotations

import os
from array import array
from time import perf_counter as clock

from . import bp, notation, optimizers
from ._bp import ffi, lib  # type: ignore[import-not-found,unused-ignore]
from .notation import Structure
from .run import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .notation import Numbers, Row
    from .run import Run

CONTRACT = 4  # of csrc/bp.h, that this module is written for
from_buffer = ffi.from_buffer
if lib.BP_CONTRACT != CONTRACT:
    raise ImportError(
        f"the C engine was built for another version of microbp (its contract is {lib.BP_CONTRACT}, "
        f"wanted {CONTRACT}): build it again, python3 -m pip install --force-reinstall microbp"
    )

ISAS = ("plain", "sse2", "neon", "avx2", "avx512")  # slowest first, as the enum of csrc/bp.h
TYPECODES = {"double": "d", "single": "f"}
ARRAYS = {"d": ("double[]", 8), "f": ("float[]", 4)}
ACTIVATIONS = {name: getattr(lib, "BP_" + name.upper()) for name in notation.ACTIVATIONS}
LOSSES = {name: getattr(lib, "BP_" + name.upper().replace(" ", "_")) for name in bp.LOSSES}
OPTIMIZERS = {
    optimizers.BP: lib.BP_DESCENT,
    optimizers.Momentum: lib.BP_MOMENTUM,
    optimizers.Nesterov: lib.BP_NESTEROV,
    optimizers.RMSprop: lib.BP_RMSPROP,
    optimizers.Adam: lib.BP_ADAM,
    optimizers.AdamW: lib.BP_ADAM,
    optimizers.IRpropMinus: lib.BP_RPROP,
}
SLICE_SECONDS = 0.05  # how long C trains before Python looks for Ctrl-C
SLICE_EPOCHS = 16384  # and how many epochs, whose errors it holds
FIRST_BUDGET = 1 << 20  # products w_hj b_h in the first slice
THREAD_PRODUCTS = 1 << 18  # products w_hj b_h a chunk of samples must have for each thread
CACHE_SIZE = 64

_forked = False  # OpenMP's threads do not survive a fork: the child of one trains on one thread


def _after_fork() -> None:
    global _forked
    _forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def view(name: str, values: Any, typecode: str, length: int | None = None, writable: bool = False) -> Any:
    """A C pointer to the numbers of a buffer, which stays exported as long as the pointer lives."""
    numbers = memoryview(values)
    if numbers.format != typecode or numbers.ndim != 1:
        got = f"{numbers.ndim}-dimensional {numbers.format!r}"
        raise TypeError(f"{name} must be a flat buffer of type {typecode!r}, got {got}")
    if not numbers.c_contiguous:
        raise ValueError(f"{name} must be contiguous")
    if writable and numbers.readonly:
        raise ValueError(f"{name} must be writable")
    if length is not None and len(numbers) != length:
        raise ValueError(f"{name} must have {length} numbers, got {len(numbers)}")
    return ffi.from_buffer(ARRAYS[typecode][0], numbers, writable)


def scratch(size: int) -> Any:
    """Zeroed memory on a 64-byte boundary: the owner and the pointer."""
    owner = ffi.new("char[]", size + 64)
    return owner, owner + -int(ffi.cast("uintptr_t", owner)) % 64


class CNet:
    """A structure as C reads it."""

    __slots__ = ("d", "l", "layers", "net", "products", "row", "size", "typecode")

    def __init__(self, structure: Structure, isa: int) -> None:
        self.layers = ffi.new("bp_layer[]", len(structure.layers))
        for layer, shape, activation in zip(self.layers, structure.layers, structure.activations):
            layer.n_in, layer.n_out, layer.activation = shape.n_in, shape.n_out, ACTIVATIONS[activation]
        self.net = ffi.new("bp_net *")
        self.net.precision = lib.BP_SINGLE if structure.precision == "single" else lib.BP_DOUBLE
        self.net.isa = isa
        softmax = structure.activations[-1] == "softmax"
        self.net.loss = LOSSES["softmax cross_entropy" if softmax else structure.loss]
        self.net.n_layers = len(structure.layers)
        self.net.layers = self.layers
        lib.bp_layout(self.net)
        if self.net.size != structure.size:
            raise ImportError("the C engine lays parameters out in another way: build it again")
        self.row: Any = None  # what `CEngine.row` needs of NumPy
        self.typecode = structure.typecode
        self.size = structure.size
        self.d, self.l = structure.widths[0], structure.widths[-1]
        self.products = sum(shape.n_in * shape.n_out for shape in structure.layers)

    def parameters(self, parameters: Numbers) -> Any:
        """The net's parameters, to be written."""
        return view("parameters", parameters, self.typecode, self.size, True)


class CEngine:
    """The engine for one instruction set. `why` says why not for a better one."""

    name = "c"

    def __init__(self, isa: str, why: str = "") -> None:
        self.isa = isa
        self.why = why
        self._isa = ISAS.index(isa)
        self._nets: dict[Any, CNet] = {}

    def __repr__(self) -> str:
        return f"<C engine, {self.isa}>"

    def __reduce__(self) -> Any:
        return CEngine, (self.isa, self.why)

    def net(self, structure: Structure) -> CNet:
        """The structure for C, kept for the next call."""
        key = (structure.widths, structure.activations, structure.loss, structure.precision)
        net = self._nets.get(key)
        if net is None:
            if len(self._nets) >= CACHE_SIZE:
                self._nets.clear()
            net = self._nets[key] = CNet(structure, self._isa)
        return net

    def threads(self, asked: int | None, products: int) -> int:
        """As many as asked for, or as many as the products of a chunk of samples keep busy."""
        most = 1 if _forked else lib.bp_max_threads()
        if asked is None:
            return max(1, min(most, products // THREAD_PRODUCTS))
        return 1 if _forked or most == 0 else max(1, asked)

    def train(self, structure: Structure, parameters: Numbers, run: Run, epochs: int) -> bool:
        """As bp.train."""
        if type(run.optimizer) not in OPTIMIZERS:  # one of the caller's own, which only Python can call
            return bp.train(structure, parameters, run, epochs)
        net = self.net(structure)
        c = ffi.new("bp_run *")
        numbers = net.parameters(parameters)
        c.X = X = view("X", run.X, net.typecode, run.m * net.d)
        c.Y = Y = view("Y", run.Y, net.typecode, run.m * net.l)
        if run.m < 1 or run.m >> 32 or run.batch < 1:
            raise ValueError(f"a run must have 1 to 2**32 - 1 samples in batches >= 1, got {run.m} and {run.batch}")
        c.m, c.batch, c.shuffle, c.carried = run.m, min(run.batch, run.m), run.shuffle, run.carried
        c.threads = self.threads(run.threads, min(c.batch, 256) * net.products) if c.batch > 1 else 1
        state = run.state or State(structure, run.optimizer)
        held = self._options(net, structure, run, state, c)
        owner, c.scratch = scratch(lib.bp_prepare(net.net, c))
        room = min(epochs, SLICE_EPOCHS)
        errors, same = array("d", bytes(8 * room)), array("d", (run.eta,)) * room
        c.errors = ffi.from_buffer("double[]", errors)
        c.generator = run.generator.state
        budget = FIRST_BUDGET
        before = len(run.errors)
        outcome, now = lib.BP_DONE, None
        try:
            while c.trained < epochs and outcome != lib.BP_DIVERGED:
                c.epochs, c.done = min(epochs - c.trained, room), 0
                done = before + c.trained
                etas = same if run.etas is None else array("d", run.etas[done : done + c.epochs])
                c.etas = now = view("etas", etas, "d", len(etas))
                outcome = lib.BP_MORE
                while outcome == lib.BP_MORE:
                    begin = clock()
                    outcome = lib.bp_train(net.net, numbers, c, budget)
                    seconds = clock() - begin
                    if seconds < SLICE_SECONDS / 2:
                        budget = min(2 * budget, 1 << 60)
                    elif seconds > SLICE_SECONDS:
                        budget = max(1, int(budget * SLICE_SECONDS / seconds))
                self._take(run, state, c, errors, before)
        except BaseException:
            lib.bp_undo(net.net, numbers, c)
            self._take(run, state, c, errors, before)
            raise
        del X, Y, owner, now, held
        if outcome == lib.BP_DONE:
            run.total = c.total
        return bool(outcome != lib.BP_DIVERGED)

    def _options(self, net: CNet, structure: Structure, run: Run, state: State, c: Any) -> list[Any]:
        """Write optimizer, state, sample weights, mask, sums and dropout into c; returns what must live as long."""
        held, code, optimizer = [], net.typecode, run.optimizer
        c.optimizer, c.plain, c.decoupled = OPTIMIZERS[type(optimizer)], optimizer.is_plain, optimizer.decoupled
        c.decay, c.clip = optimizer.decay, optimizer.clip or 0.0
        for i, name in enumerate(optimizer.constants):
            c.constants[i] = getattr(optimizer, name)
        c.t, c.p1, c.p2 = state.t, state.p1, state.p2
        for name, buffer in zip("uv", state.buffers):
            held.append(view(f"state {name}", buffer, code, net.size, True))
            setattr(c, name, held[-1])
        if run.sample_weights is not None:
            held.append(view("sample_weights", run.sample_weights, code, run.m))
            c.weights = held[-1]
        if run.mask is not None:
            held.append(view("mask", run.mask, code, net.size))
            c.free = held[-1]
        if run.sums is not None:
            held.append(view("sums", run.sums, code, net.size, True))
            c.sums, c.earlier, c.more = held[-1], run.earlier, run.more
        if run.dropout:
            held.append(ffi.new("double[]", list(run.dropout)))
            c.dropout = held[-1]
            if len(run.dropout) != net.net.n_layers - 1:
                raise ValueError(f"dropout must have {net.net.n_layers - 1} rates, got {len(run.dropout)}")
        return held

    def _take(self, run: Run, state: State, c: Any, errors: array[float], before: int) -> None:
        """What came of the epochs that are done, as often as it is asked: Ctrl-C may come between any two lines."""
        new = before + c.trained - len(run.errors)
        run.errors += errors[c.done - new : c.done]
        run.generator.state = c.generator
        state.t, state.p1, state.p2 = c.t, c.p1, c.p2

    def step(
        self, structure: Structure, parameters: Numbers, x: Row, y: Row, eta: float
    ) -> tuple[list[Row], list[Row], list[Row], float]:
        """As bp.step."""
        net = self.net(structure)
        numbers = net.parameters(parameters)
        code = net.typecode
        inputs, targets = array(code, x), array(code, y)
        columns = net.net.columns
        size = columns * inputs.itemsize
        _owner, space = scratch(4 * size + net.net.back * inputs.itemsize)
        E = lib.bp_step(
            net.net, numbers, view("x", inputs, code, net.d), view("y", targets, code, net.l), eta,
            space, space + size, space + 2 * size, space + 3 * size,
        )  # fmt: skip
        flat: array[float] = array(code, ffi.buffer(space, 3 * size)[:])

        def rows(part: int) -> list[Row]:
            starts = [part * columns + layer.column for layer in net.layers]
            return [flat[start : start + layer.n_out].tolist() for start, layer in zip(starts, net.layers)]

        return rows(0), [inputs.tolist(), *rows(1)], rows(2), E

    def predict(
        self, structure: Structure, parameters: Numbers, X: Numbers, Y_hat: Numbers, threads: int | None = None
    ) -> bool:
        """As bp.predict."""
        net = self.net(structure)
        m = len(X) // net.d
        count = self.threads(threads, m * net.products // 4) if m > 64 else 1
        _owner, space = scratch(lib.bp_predict_scratch(net.net, m, count))
        finite = lib.bp_predict(
            net.net,
            view("parameters", parameters, net.typecode, net.size),
            view("X", X, net.typecode, m * net.d),
            m,
            view("Y_hat", Y_hat, net.typecode, m * net.l, True),
            space,
            count,
        )
        return bool(finite)

    def row(self, structure: Structure, parameters: Numbers, x: Any) -> Any:
        """The outputs for one NumPy row of the net's own type, as quickly as they can be had; None for any other x."""
        net = self.net(structure)
        if net.row is None:
            import numpy

            net.row = (numpy.empty, numpy.dtype(net.typecode), (net.d,), numpy.ndarray)
        empty, dtype, shape, ndarray = net.row
        if type(x) is not ndarray or x.dtype is not dtype or x.shape != shape or len(parameters) != net.size:
            return None
        y_hat = empty(net.l, dtype)
        try:
            done = lib.bp_predict_row(net.net, from_buffer(parameters), from_buffer(x), from_buffer(y_hat))
        except (BufferError, ValueError):  # not contiguous
            return None
        return y_hat if done else None

    def error_sum(
        self,
        structure: Structure,
        parameters: Numbers,
        X: Numbers,
        Y: Numbers,
        sample_weights: Numbers | None = None,
        carried: float = 0.0,
    ) -> float:
        """As bp.error_sum."""
        net, Y_hat, targets, m = self._ended(structure, parameters, X, Y)
        l, error_of = net.l, lib.bp_mean_error
        errors = [error_of(net.net, Y_hat + start, targets + start, 1) for start in range(0, m * l, l)]
        if sample_weights is not None:
            errors = array(net.typecode, [s * E for s, E in zip(sample_weights, errors)]).tolist()
        for E in errors:
            carried += E
        return carried

    def mean_error(self, structure: Structure, parameters: Numbers, X: Numbers, Y: Numbers) -> float:
        """As bp.mean_error."""
        net, Y_hat, targets, m = self._ended(structure, parameters, X, Y)
        return float(lib.bp_mean_error(net.net, Y_hat, targets, m))

    def _ended(self, structure: Structure, parameters: Numbers, X: Numbers, Y: Numbers) -> tuple[CNet, Any, Any, int]:
        """The net for C, the outputs for X (for a cross-entropy the z of them), the targets, and how many samples."""
        net = self.net(structure)
        m = len(Y) // net.l
        targets = view("Y", Y, net.typecode, m * net.l)
        Y_hat = array(net.typecode, bytes(m * net.l * Y.itemsize))
        if structure.loss == "cross_entropy":  # which is computed from z, the outputs of a net that ends linear
            *hidden, _ = structure.activations
            structure = Structure(structure.widths, (*hidden, "linear"), structure.loss, structure.precision)
        self.predict(structure, parameters, X, memoryview(Y_hat))
        return net, view("Y_hat", Y_hat, net.typecode), targets, m

    def all_finite(self, numbers: Numbers) -> bool:
        """As bp.all_finite."""
        code = numbers.format
        if code not in ARRAYS:
            raise TypeError(f"numbers must be a flat buffer of type 'd' or 'f', got {code!r}")
        precision = lib.BP_SINGLE if code == "f" else lib.BP_DOUBLE
        return bool(lib.bp_all_finite(precision, self._isa, view("numbers", numbers, code), len(numbers)))


def isas() -> list[str]:
    """The instruction sets that this build and this CPU have, fastest first."""
    return [isa for n, isa in reversed(list(enumerate(ISAS))) if lib.bp_has(n) == 1]


def load() -> CEngine:
    """The engine for the best instruction set, or the one that MICROBP_ISA names."""
    from .checks import word

    asked = os.environ.get("MICROBP_ISA") or "auto"
    have = isas()
    if asked != "auto":
        isa = word("MICROBP_ISA", asked, ("auto", *ISAS))
        if isa not in have:
            built = lib.bp_has(ISAS.index(isa)) == 0
            reason = "this CPU does not have it" if built else "this build does not contain it"
            raise ValueError(f"MICROBP_ISA must be one of {', '.join(have)} here, got {isa!r}: {reason}")
        return CEngine(isa, "MICROBP_ISA asks for it")
    better = [isa for n, isa in enumerate(ISAS) if n > ISAS.index(have[0]) and lib.bp_has(n) == 0]
    return CEngine(have[0], f"this CPU has no {' and no '.join(better)}" if better else "")

engine = load()
