"""The C engine against the Python engine, bit for bit; threads, forks, Ctrl-C, bad buffers."""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import os
import platform
import random
import signal
import subprocess
import sys
import threading
import time
from array import array

import pytest

c = pytest.importorskip("microbp.c", reason="the C engine is not built here")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from microbp import DivergedError, Net, bp, optimizers  # noqa: E402
from microbp.generator import Generator  # noqa: E402
from microbp.notation import ACTIVATIONS, LOSSES, Structure  # noqa: E402
from microbp.run import Run, State  # noqa: E402

ENGINES = [c.CEngine(isa) for isa in c.isas()]
EDGES = [n + k for n in (2, 4, 8, 16, 32, 64, 128) for k in (-1, 0, 1)]
WIDTH = st.one_of(st.integers(1, 12), st.sampled_from(EDGES), st.integers(1, 200))


@st.composite
def cases(draw):
    """A net, its data, and how to train it; wide nets get few samples, so that the Python engine is quick."""
    layers = draw(st.integers(1, 5))
    widths = [draw(WIDTH)]
    for _ in range(layers):
        room = max(1, min(200, 9000 // widths[-1]))
        widths.append(min(draw(WIDTH), room))
    weights = sum(a * b for a, b in zip(widths, widths[1:]))
    m = draw(st.integers(1, max(2, min(20, 12000 // weights))))
    return {
        "widths": widths,
        "activations": [draw(st.sampled_from(ACTIVATIONS[:-1])) for _ in range(layers)],
        "precision": draw(st.sampled_from(["double", "single"])),
        "m": m,
        "batch": draw(st.sampled_from([1, 1, 2, 3, 5, 7, "all"])),
        "seed": draw(st.integers(0, 2**64 - 1)),
        "density": draw(st.sampled_from([1.0, 0.6, 0.15, 0.0])),
        "scale": draw(st.sampled_from([1.0, 1.0, 1.0, 1e-310, 1e-38, 60.0, 1e30])),
        "eta": draw(st.sampled_from([0.1, 0.5, 0.01, 3.0])),
        "epochs": draw(st.integers(0, 3)),
        "shuffle": draw(st.booleans()),
        "threads": draw(st.sampled_from([None, 1, 2, 3])),
    }


def data(case):
    rnd = random.Random(case["seed"])
    d, l = case["widths"][0], case["widths"][-1]
    pick = lambda: rnd.uniform(-1, 1) * case["scale"] if rnd.random() < case["density"] else 0.0  # noqa: E731
    X = [[pick() for _ in range(d)] for _ in range(case["m"])]
    return X, [[rnd.random() for _ in range(l)] for _ in range(case["m"])]


def everything(case, engine):
    """All that a net says about itself in this case, as text, so that NaN equals NaN and -0.0 is not 0.0."""
    X, Y = data(case)
    *hidden, last = case["activations"]
    net = Net(*case["widths"], activation=hidden, output=last, precision=case["precision"], seed=case["seed"])
    net._engine = engine
    try:
        step = net.step(X[0], Y[0], case["eta"])
        told = [step.signals, step.outputs, step.gradients, step.E, step.parameters.tolist()]
    except ValueError as problem:
        told = [str(problem)]
    how = {name: case[name] for name in ("eta", "epochs", "batch", "shuffle", "threads")}
    try:
        told.append(net.train(X, Y, **how).error)
    except DivergedError as problem:
        told.append(problem.epoch)
    told += [net.digest(), net.generator.state, net.parameters.tolist(), net.predict(X), net.error(X, Y)]
    return [repr(part) for part in told]


@settings(max_examples=120, deadline=None, derandomize=True)
@given(cases())
def test_same_bits(case):
    expected = everything(case, bp)
    for engine in ENGINES:
        assert everything(case, engine) == expected, engine


@pytest.mark.parametrize("eta", [0.5, 2.0**-18, 2.0**-30, 2.0**17, 0.75])
def test_eta_times_g_first_where_eta_is_a_power_of_two(eta):
    """No bit tells, though products of extreme numbers lose digits in one order and not in the other."""
    exponents = (-149, -130, -100, -64, -41, -40, -39, -20, 0, 20, 39, 40, 41, 60)
    X = [[(1 + i / 32) * 2.0**x for i in range(20)] for x in exponents]
    for g in (-140, -110, -90, -60, -41, -39, 0, 39, 50):
        Y = [[1.75 * 2.0**g, 0.0] for _ in X]
        nets = [Net(20, 2, activation="linear", precision="single", init=0.0) for _ in range(1 + len(ENGINES))]
        for net, engine in zip(nets, [bp, *ENGINES]):
            net._engine = engine
            for x, y in zip(X, Y):  # one after the other, and a weight that is 0 in between: nothing drowns
                for layer in net.layers:
                    layer.weights = [[0.0, 0.0]] * 20
                with contextlib.suppress(DivergedError):
                    net.train([x, x], [y, y], eta=eta, epochs=1, shuffle=False)
                net.seen = [*getattr(net, "seen", []), *net.parameters.tolist()]
        for net, engine in zip(nets[1:], ENGINES):
            assert repr(net.seen) == repr(nets[0].seen), engine


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(1, 5), st.integers(1, 9), st.integers(1, 9), st.integers(0, 1000), st.integers(1, 9))
def test_same_bits_of_tiny_nets(d, q, l, seed, m):
    case = {"widths": [d, q, l], "activations": ["sigmoid"] * 2, "precision": "double", "m": m, "batch": 1}
    case |= {"seed": seed, "density": 0.9, "scale": 3.0, "eta": 0.7, "epochs": 40, "shuffle": True, "threads": None}
    expected = everything(case, bp)
    for engine in ENGINES:
        assert everything(case, engine) == expected, engine


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize(("m", "batch"), [(600, 300), (520, "all")])
def test_batches_of_more_than_one_chunk(precision, m, batch):
    case = {"widths": [5, 4, 2], "activations": ["sigmoid", "tanh"], "precision": precision, "m": m, "batch": batch}
    case |= {"seed": 3, "density": 1.0, "scale": 1.0, "eta": 0.5, "epochs": 2, "shuffle": True}
    expected = everything({**case, "threads": None}, bp)
    sparse = everything({**case, "threads": None, "density": 0.1, "widths": [40, 4, 2]}, bp)
    for engine in ENGINES:
        for threads in (1, 2, 3):
            assert everything({**case, "threads": threads}, engine) == expected
            assert everything({**case, "threads": threads, "density": 0.1, "widths": [40, 4, 2]}, engine) == sparse


# Options: at the interface of the engines, where all of them meet ------------------------------------------------

OUTPUTS = [(loss, f) for loss in LOSSES for f in ACTIVATIONS if (f == "softmax") <= (loss == "cross_entropy")]
OUTPUTS = [(loss, f) for loss, f in OUTPUTS if loss != "cross_entropy" or f in ("sigmoid", "softmax")]
OPTIMIZERS = [
    lambda **of: optimizers.BP(**of),
    lambda **of: optimizers.Momentum(0.7, **of),
    lambda **of: optimizers.Nesterov(0.6, **of),
    lambda **of: optimizers.RMSprop(0.8, 1e-6, **of),
    lambda **of: optimizers.Adam(0.8, 0.99, **of),
    lambda **of: optimizers.AdamW(**of),
    lambda **of: optimizers.IRpropMinus(**of),
]


@st.composite
def options(draw):
    """A structure and all that goes into a run of it."""
    layers = draw(st.integers(1, 3))
    widths = [draw(st.one_of(st.integers(1, 20), st.sampled_from([17, 33, 65]))) for _ in range(layers + 1)]
    loss, last = draw(st.sampled_from(OUTPUTS))
    return {
        "widths": tuple(widths),
        "activations": (*(draw(st.sampled_from(ACTIVATIONS[:-1])) for _ in range(layers - 1)), last),
        "loss": loss,
        "precision": draw(st.sampled_from(["double", "single"])),
        "m": draw(st.integers(1, max(2, min(12, 12000 // (widths[0] * widths[1]))))),
        "batch": draw(st.sampled_from([1, 1, 2, 3, 4, 12])),
        "seed": draw(st.integers(0, 2**64 - 1)),
        "density": draw(st.sampled_from([1.0, 0.6, 0.15])),
        "scale": draw(st.sampled_from([1.0, 1.0, 1e-38, 30.0, 1e30])),
        "optimizer": draw(st.sampled_from(OPTIMIZERS))(
            decay=draw(st.sampled_from([0.0, 0.0, 0.1])), clip=draw(st.sampled_from([None, None, 0.05, 10.0]))
        ),
        "etas": draw(st.sampled_from([None, [0.5, 0.1, 0.01]])),
        "weights": draw(st.booleans()),
        "mask": draw(st.sampled_from([0.0, 0.0, 0.3])),
        "dropout": draw(st.sampled_from([None, None, 0.0, 0.4])),
        "threads": draw(st.sampled_from([None, 1, 2, 3])),
    }


def trained(case, engine):
    """All that an engine makes of the case: parameters, state, errors, generator, predictions."""
    structure = Structure(case["widths"], case["activations"], case["loss"], case["precision"])
    rnd, code, m = random.Random(case["seed"]), structure.typecode, case["m"]
    parameters, mask = structure.buffer(), structure.buffer()
    for shape in structure.layers:
        for start in range(shape.offset, shape.end, shape.stride):
            for j in range(start, start + shape.n_out):
                parameters[j] = rnd.uniform(-1, 1) + 0.0
                mask[j] = float(rnd.random() >= case["mask"])
    d, l = structure.widths[0], structure.widths[-1]
    pick = lambda: rnd.uniform(-1, 1) * case["scale"] if rnd.random() < case["density"] else 0.0  # noqa: E731
    X = memoryview(array(code, [pick() for _ in range(m * d)]))
    Y = memoryview(array(code, [rnd.choice([0.0, 1.0, rnd.random()]) for _ in range(m * l)]))
    weights = memoryview(array(code, [rnd.choice([0.0, 1.0, 0.3, 2.0]) for _ in range(m)]))
    state, rates = State(structure, case["optimizer"]), None
    if case["dropout"] is not None and len(structure.layers) > 1:
        rates = tuple(case["dropout"] * (n + 1) / 2 for n in range(len(structure.layers) - 1))
    run = Run(
        X, Y, d, l, 0.1, case["batch"], True, Generator(case["seed"]), case["threads"], etas=case["etas"],
        optimizer=case["optimizer"], state=state, sample_weights=weights if case["weights"] else None,
        mask=mask if case["mask"] else None, dropout=rates,
    )  # fmt: skip
    told = [engine.train(structure, parameters, run, epochs) for epochs in (2, 1) if len(run.errors) in (0, 2)]
    Y_hat = memoryview(array(code, bytes(Y.nbytes)))
    engine.predict(structure, parameters, X, Y_hat)
    told += [run.errors, run.total if all(told) else 0, run.generator.state, state.t, state.p1, state.p2]
    told += [parameters.tolist(), *(buffer.tolist() for buffer in state.buffers), Y_hat.tolist()]
    told += [engine.mean_error(structure, parameters, X, Y)]
    places = [k + j for s in structure.layers for k in range(s.offset, s.end, s.stride) for j in range(s.n_out)]
    *quantities, E = engine.step(structure, parameters, X[:d].tolist(), Y[:l].tolist(), 0.1)
    told += [*([list(row) for row in rows] for rows in quantities), E, [parameters[place] for place in places]]
    return [repr(part) for part in told]


@settings(max_examples=int(os.environ.get("MICROBP_CASES", "120")), deadline=None, derandomize=True)
@given(options())
def test_same_bits_of_every_option(case):
    expected = trained(case, bp)
    for engine in ENGINES:
        assert trained(case, engine) == expected, engine


@pytest.mark.parametrize("clip", [None, 0.01])
def test_same_bits_of_options_in_batches_of_more_than_one_chunk(clip):
    case = {"widths": (20, 5, 3), "activations": ("relu", "softmax"), "loss": "cross_entropy", "m": 600, "batch": 300}
    case |= {"seed": 3, "density": 0.2, "scale": 1.0, "etas": None, "weights": True, "mask": 0.2, "dropout": 0.2}
    case |= {"precision": "single", "optimizer": optimizers.AdamW(clip=clip)}
    expected = trained({**case, "threads": 1}, bp)
    for engine in ENGINES:
        for threads in (1, 2, 3):
            assert trained({**case, "threads": threads}, engine) == expected


def wide_net(engine, seed=1):
    net = Net(100, 130, 70, precision="single", seed=seed)
    net._engine = engine
    return net


def flat(net, m, zeros=False):
    rnd = random.Random(m)
    X = array("f", [0.0 if zeros and rnd.random() < 0.8 else rnd.random() for _ in range(m * net.widths[0])])
    Y = array("f", [rnd.random() for _ in range(m * net.widths[-1])])
    return memoryview(X), memoryview(Y)


def run_of(net, X, Y, batch, threads=None):
    return Run(X, Y, net.widths[0], net.widths[-1], 0.1, batch, True, net.generator, threads)


@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize("batch", [1, 32, 300])
def test_every_instruction_set_and_number_of_threads_trains_wide_nets_alike(batch, zeros):
    seen = set()
    for engine in ENGINES:
        for threads in (1, 2, 3):
            net = wide_net(engine)
            X, Y = flat(net, 330, zeros)
            run = run_of(net, X, Y, batch, threads)
            assert engine.train(net.structure, net.parameters, run, 2)
            Y_hat = memoryview(array("f", bytes(4 * len(Y))))
            engine.predict(net.structure, net.parameters, X, Y_hat, threads)
            seen.add((net.digest(), run.errors.tobytes(), Y_hat.tobytes()))
    assert len(seen) == 1


@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize("optimizer", [optimizers.BP(), optimizers.BP(clip=0.01), optimizers.Adam()])
def test_a_batch_may_be_parted_among_runs(optimizer, zeros):
    """In slices of a run (more products than FIRST_BUDGET), in other panels by fewer threads (one sample: 1)."""
    seen, m = [], 330
    for sizes in ((m,), (1, 299, 29, 1)):
        for engine in ENGINES:
            for threads in (1, 2, 3):
                net = Net(20, 260, 5, precision="single", seed=1)
                (X, Y), (d, *_, l) = flat(net, m, zeros), net.widths
                sums = memoryview(array("f", [float("nan")] * net.structure.size))  # what was there does not count
                state = State(net.structure, optimizer)
                for _ in range(2):
                    earlier, total = 0, 0.0
                    for size in sizes:
                        end = earlier + size
                        part = X[earlier * d : end * d], Y[earlier * l : end * l], d, l
                        run = Run(*part, 0.1, m, False, net.generator, threads, optimizer=optimizer, state=state)
                        run.sums = sums if size < m else None
                        run.carried, run.earlier, run.more = total, earlier, end < m
                        assert engine.train(net.structure, net.parameters, run, 1)
                        earlier, total = end, run.total
                seen.append((net.parameters.tobytes(), total, state.t, [bytes(buffer) for buffer in state.buffers]))
    assert all(one == seen[0] for one in seen)


def test_a_diverged_epoch_is_undone_as_in_python():
    for batch in (1, 3):
        told = []
        for engine in (bp, *ENGINES):
            net = Net(3, 4, 2, activation="linear", seed=5)
            net._engine = engine
            X, Y = [[2.0, 3.0, -1.0]] * 7, [[9.0, -9.0]] * 7
            with pytest.raises(DivergedError) as caught:
                net.train(X, Y, eta=0.2, epochs=500, batch=batch)
            told.append((caught.value.epoch, net.digest(), net.generator.state))
        assert len(set(told)) == 1, told


def test_scratch_memory_is_what_the_header_says():
    for widths, batch, m, zeros in [((100, 30, 10), 1, 50, 0), ((100, 30, 10), 32, 50, 1), ((20, 300, 7), 300, 400, 0)]:
        for precision, s in (("double", 8), ("single", 4)):
            holder = c.CNet(Net(*widths, precision=precision).structure, 0)  # owns the layers that net points to
            net = holder.net
            code = "d" if s == 8 else "f"
            X, run = array(code, [float(not zeros)] * (m * widths[0])), c.ffi.new("bp_run *")
            run.X, run.m, run.batch, run.threads, run.plain = c.ffi.from_buffer(X), m, batch, 2, 1
            pad = lambda n, s=s: -(-n * s // 64) * 64 // s  # noqa: E731
            P = sum((a + 1) * pad(b) for a, b in zip(widths, widths[1:]))
            B = sum(b * pad(a) for a, b in zip(widths[1:], widths[2:]))
            C = sum(map(pad, widths[1:]))
            k = min(batch, 256)
            formula = s * (P + B + 2 * k * C) + 4 * m + 1020 + 8 * k * (2 + 2 + 2) + s * P * (batch > k)
            panels = [(a + 1) * pad(b) for a, b in zip(widths, widths[1:]) if batch > 1 and s * pad(b) > 512]
            formula += s * max(panels, default=0)
            formula += zeros * (4 * (k * widths[0] + 17 * k) + 8 * widths[0] * -(-k // 64) * (batch > 1))
            assert formula <= c.lib.bp_prepare(net, run) < formula + 64 * 14
            if batch > 1:  # with all that needs more: an optimizer's state, clip, dropout, a loss that reads z
                rates = c.ffi.new("double[1]")
                run.u, run.v, run.clip, run.dropout, net.keeps_z = run.X, run.X, 1.0, rates, 1
                formula += s * (2 * P + P * (batch <= k) + 2 * k * C)
                assert formula <= c.lib.bp_prepare(net, run) < formula + 64 * 16
                run.sums = run.u  # the caller's
                assert formula - s * P <= c.lib.bp_prepare(net, run) < formula - s * P + 64 * 16


TESTS = os.path.dirname(os.path.abspath(__file__))  # where a child begins: it imports this process's microbp
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}


# The floating-point state -----------------------------------------------------------------------------------------


@pytest.mark.skipif(platform.machine() != "x86_64" or sys.platform == "win32", reason="sets MXCSR, of x86-64")
def test_flush_to_zero_neither_disturbs_nor_is_disturbed():
    libm = ctypes.CDLL(ctypes.util.find_library("m"))
    state = ctypes.create_string_buffer(32)  # fenv_t: MXCSR is the last word
    case = {"widths": [20, 9, 3], "activations": ["tanh", "linear"], "precision": "single", "m": 6, "batch": 4}
    case |= {"seed": 8, "density": 1.0, "scale": 1e-38, "eta": 0.5, "epochs": 2, "shuffle": True, "threads": 2}
    expected = everything(case, bp)
    libm.fegetenv(state)
    before = state.raw
    mxcsr = int.from_bytes(before[28:], "little")
    outcome = []
    for engine in ENGINES:
        X, Y = data(case)
        net = Net(20, 9, 3, activation="tanh", output="linear", precision="single", seed=8)
        twin = net.copy()
        twin._engine, net._engine = bp, engine
        inputs, targets = [memoryview(array("f", [x for row in rows for x in row])) for rows in (X, Y)]
        runs = [Run(inputs, targets, 20, 3, 0.5, 4, True, n.generator, 2) for n in (net, twin)]
        bp.train(twin.structure, twin.parameters, runs[1], 2)
        flushing = before[:28] + (mxcsr | 0x8040).to_bytes(4, "little")
        libm.fesetenv(ctypes.create_string_buffer(flushing, 32))
        try:
            engine.train(net.structure, net.parameters, runs[0], 2)
            libm.fegetenv(state)
        finally:
            libm.fesetenv(ctypes.create_string_buffer(before, 32))
        outcome.append(
            (net.digest() == twin.digest(), runs[0].errors == runs[1].errors, state.raw[28:] == flushing[28:])
        )
    assert outcome == [(True, True, True)] * len(ENGINES)
    assert everything(case, ENGINES[0]) == expected


# Ctrl-C, forks, threads -------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer signal")
@pytest.mark.parametrize(
    ("widths", "m", "batch"), [((2, 2, 1), 4, 1), ((300, 200, 10), 2000, 1), ((300, 200, 10), 2000, "all")]
)
def test_an_interrupt_is_seen_soon_and_leaves_a_whole_epoch(widths, m, batch):
    net = Net(*widths, seed=3, engine="c")
    d, l = widths[0], widths[-1]
    X = memoryview(array("d", [((7 * i) % 11) / 11 for i in range(m * d)]))
    Y = memoryview(array("d", [((3 * i) % 7) / 7 for i in range(m * l)]))
    run = Run(X, Y, d, l, 0.1, m if batch == "all" else 1, True, net.generator)
    twin, begun = net.copy(), []

    def stop(*_):
        begun.append(time.perf_counter())
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.4)
    sent = time.perf_counter() + 0.4
    try:
        with pytest.raises(KeyboardInterrupt):
            net._engine.train(net.structure, net.parameters, run, 10**9)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert begun[0] - sent < 0.2 * (1 if not os.environ.get("MICROBP_SLOW_MACHINE") else 10)
    again = Run(X, Y, d, l, 0.1, m if batch == "all" else 1, True, twin.generator)
    assert twin._engine.train(twin.structure, twin.parameters, again, len(run.errors))
    assert (net.digest(), net.generator.state, run.errors) == (twin.digest(), twin.generator.state, again.errors)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_works_in_a_forked_child_after_threads_in_the_parent():
    script = """
import sys, random, multiprocessing
from array import array
from microbp import Net
def digest(_):
    net = Net(60, 130, 3, precision="single", seed=1, engine="c")
    rnd = random.Random(1)
    X = [[rnd.random() for _ in range(60)] for _ in range(64)]
    net.train(X, [[0.0, 1.0, 0.5]] * 64, epochs=2, batch=32, threads=2)
    return net.digest()
if __name__ == "__main__":
    mine = digest(0)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert set(pool.map(digest, range(4))) == {mine}
    assert digest(0) == mine
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True, timeout=60, cwd=TESTS, env=ENVIRONMENT)


def test_two_python_threads_train_two_nets_at_once():
    expected = []
    for batch in (1, 16):
        net = wide_net(ENGINES[0], seed=batch)
        X, Y = flat(net, 100)
        net._engine.train(net.structure, net.parameters, run_of(net, X, Y, batch, 1), 3)
        expected.append(net.digest())
    nets = [wide_net(ENGINES[0], seed=batch) for batch in (1, 16)]

    def work(net, batch):
        X, Y = flat(net, 100)
        net._engine.train(net.structure, net.parameters, run_of(net, X, Y, batch, 2), 3)

    workers = [threading.Thread(target=work, args=pair) for pair in zip(nets, (1, 16))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [net.digest() for net in nets] == expected


# Bad buffers ------------------------------------------------------------------------------------------------------


def bad_buffers(good):
    yield TypeError, memoryview(array("d", [0.0] * len(good)))
    yield TypeError, memoryview(array("i", [0] * len(good)))
    yield TypeError, memoryview(bytearray(4 * len(good))).cast("B")
    yield ValueError, memoryview(array("f", bytes(8 * len(good))))[::2]
    yield ValueError, memoryview(array("f", bytes(4 * len(good) - 4)))
    released = memoryview(array("f", bytes(4 * len(good))))
    released.release()
    yield ValueError, released


def test_bad_buffers_never_reach_c():
    engine = ENGINES[0]
    net = Net(3, 4, 2, precision="single", seed=1)
    s, P = net.structure, net.parameters
    X, Y = memoryview(array("f", [0.5] * 6)), memoryview(array("f", [0.5] * 4))
    make = lambda X, Y: Run(X, Y, 3, 2, 0.1, 1, True, Generator(1))  # noqa: E731
    for error, bad in bad_buffers(P):
        with pytest.raises(error):
            engine.train(s, bad, make(X, Y), 1)
        with pytest.raises(error):
            engine.step(s, bad, [0.0] * 3, [0.0] * 2, 0.1)
        with pytest.raises(error):
            engine.predict(s, bad, X, Y)
    with pytest.raises((ValueError, BufferError)):
        engine.train(s, P.toreadonly(), make(X, Y), 1)
    with pytest.raises((ValueError, BufferError)):
        engine.predict(s, P, X, Y.toreadonly())
    for error, bad in bad_buffers(Y):
        with pytest.raises(error):
            engine.train(s, P, make(X, bad), 1)
        with pytest.raises(error):
            engine.predict(s, P, X, bad)
        with pytest.raises(error):
            engine.mean_error(s, P, X, bad)
    for error, bad in bad_buffers(X):
        run = make(X, Y)
        run.X = bad
        with pytest.raises(error):
            engine.train(s, P, run, 1)
    for x, y in (([0.0] * 2, [0.0] * 2), ([0.0] * 3, [0.0] * 3)):
        with pytest.raises(ValueError, match="numbers"):
            engine.step(s, P, x, y, 0.1)
    with pytest.raises(TypeError):
        engine.all_finite(memoryview(b"12345678"))


@pytest.mark.parametrize("code", ["d", "f"])
def test_all_finite(code):
    for engine in ENGINES:
        for n in (0, 1, 3, 16, 67, 200):
            numbers = array(code, [1e30] * n)
            assert engine.all_finite(memoryview(numbers))
            for place in {0, n // 2, n - 1} if n else ():
                for bad in (float("inf"), -float("inf"), float("nan")):
                    spoilt = array(code, numbers)
                    spoilt[place] = bad
                    assert not engine.all_finite(memoryview(spoilt))


# The choice of an instruction set ---------------------------------------------------------------------------------


def python(code, **environment):
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=TESTS, env={**ENVIRONMENT, **environment}
    )
    return told.stdout.strip() or told.stderr.strip().splitlines()[-1]


def test_microbp_isa_forces_one_and_refuses_what_is_not_there():
    show = "from microbp import Net; print(Net(2, 2, 1, engine='c')._engine.isa)"
    for isa in c.isas():
        assert python(show, MICROBP_ISA=isa) == isa
    assert python(show) == c.isas()[0]
    assert "MICROBP_ISA must be one of" in python(show, MICROBP_ISA="avx1024")
    missing = next(isa for isa in c.ISAS if isa not in c.isas())
    assert "MICROBP_ISA must be one of" in python("import microbp; microbp.Net(1, 1)", MICROBP_ISA=missing)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the machine code with objdump")
def test_the_machine_code_has_no_fused_multiply_add():
    try:
        code = subprocess.run(
            ["objdump", "-d", sys.modules["microbp._bp"].__file__], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("objdump is not installed")
    assert not [
        line
        for line in code.splitlines()
        if any(word in line for word in ("vfmadd", "vfmsub", "vfnm", "fmla", "fmadd"))
    ]


def test_a_stale_extension_is_refused_with_a_clear_message(tmp_path):
    code = """
import sys, types
import microbp._bp as built
class Old:
    BP_CONTRACT = built.lib.BP_CONTRACT - 1
stale = types.ModuleType("microbp._bp")
stale.ffi, stale.lib = built.ffi, Old()
sys.modules["microbp._bp"] = stale
for name in [name for name in sys.modules if name == "microbp.c"]:
    del sys.modules[name]
from microbp.engine import missing
print(missing()["c"])
"""
    told = python(code)
    assert "built for another version" in told
    assert "wanted" in told
