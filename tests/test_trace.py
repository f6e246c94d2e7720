"""Trace: a run of steps that goes back and forth to the same bits, against a naive list of copies of the net."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microbp
from microbp import Net, Trace
from microbp.teach.trace import KEYFRAME

X = [[0, 0], [0, 1], [1, 0], [1, 1]]
Y = [[0], [1], [1], [0]]


def xor(engine="auto", **more):
    return Net(2, 3, 1, seed=7, engine=engine, **more)


# A run -------------------------------------------------------------------------------------------------------------


def test_the_name_is_there_without_an_import_of_the_tools():
    assert microbp.Trace is Trace
    assert "Trace" in microbp.__all__
    with pytest.raises(AttributeError, match="has no attribute 'Tracer'"):
        microbp.Tracer  # noqa: B018


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_a_trace_takes_the_steps_of_train_and_leaves_the_net(engine, precision, shuffle):
    net = xor(engine, precision=precision)
    before = net.digest(), net.generator.state
    trace = net.trace(X, Y, eta=0.3, steps=4 * 50, shuffle=shuffle)
    assert (net.digest(), net.generator.state) == before
    history = net.train(X, Y, eta=0.3, epochs=50, shuffle=shuffle)
    assert trace.net.digest() == net.digest()
    assert len(trace) == trace.t == 200
    total = 0.0
    for E in trace.E[-4:]:
        total += E
    assert total / 4 == history.error[-1]


def test_every_step_is_the_one_that_a_net_takes(engine):
    net = xor(engine)
    trace = net.trace(X, Y, eta=0.5, steps=2 * KEYFRAME + 5)
    taken = [net.step(X[t % 4], Y[t % 4], 0.5) for t in range(len(trace))]
    assert list(trace) == taken
    for t in (0, 1, KEYFRAME - 1, KEYFRAME, len(trace) - 1, 3, -1, -len(trace)):
        assert trace[t] == taken[t]
    assert trace[5:70:13] == taken[5:70:13]
    assert [step.E for step in taken] == trace.E
    assert trace.order == [0, 1, 2, 3] * (len(trace) // 4) + [0]
    assert (trace.X, trace.Y) == (X, Y)


def test_error_is_the_mean_over_the_samples_that_each_step_meets(engine):
    net = xor(engine)
    trace = net.trace(X, Y, steps=70)
    wanted = []
    for t in range(70):
        wanted.append(net.error(X, Y))
        net.step(X[t % 4], Y[t % 4])
    assert trace.error == [*wanted, net.error(X, Y)]
    trace.rewind(10)
    trace.edit(0, 0, 0, 3.0)
    assert trace.error == [*wanted[:10], trace.net.error(X, Y)]


def test_masks_hold_in_a_trace(engine):
    net = xor(engine)
    net.layers[0].cut(0, 1)
    trace = net.trace(X, Y, steps=8)
    trace.net.layers[0].freeze()
    frozen = trace.net.layers[0].weights[1][2]
    trace.run(8)
    assert trace.net.layers[0].weights[1][2] == frozen
    end = trace.net.digest()
    trace.rewind()
    assert trace.net.digest() == net.digest()
    trace.rewind(16)
    assert trace.net.digest() == end
    assert [any(step.dgamma) for step in trace] == [True] * 8 + [False] * 8


def test_numpy_samples():
    numpy = pytest.importorskip("numpy")
    given_as_lists = xor().trace(X, Y, steps=9)
    assert xor().trace(numpy.array(X), numpy.array(Y), steps=9).net.digest() == given_as_lists.net.digest()


# Back and forth ----------------------------------------------------------------------------------------------------


def test_undo_redo_rewind(engine):
    net = xor(engine)
    trace = net.trace(X, Y, steps=10)
    digests = [net.digest()]
    for t in range(10):
        net.step(X[t % 4], Y[t % 4])
        digests.append(net.digest())
    for t in (9, 8, 7):
        trace.undo()
        assert (trace.t, trace.net.digest()) == (t, digests[t])
    trace.redo()
    assert (trace.t, trace.net.digest()) == (8, digests[8])
    trace.rewind(2)
    assert (trace.t, trace.net.digest()) == (2, digests[2])
    trace.rewind()
    assert (trace.t, trace.net.digest()) == (0, digests[0])
    trace.rewind(10)
    assert (trace.t, trace.net.digest(), len(trace)) == (10, digests[10], 10)


def test_a_new_step_takes_the_place_of_what_lay_ahead():
    trace = xor().trace(X, Y, steps=10)
    trace.rewind(3)
    step = trace.step([1, 0], [1], eta=0.25)
    assert (len(trace), trace.order, trace[3] == step, step.eta) == (4, [0, 1, 2, 2], True, 0.25)
    with pytest.raises(ValueError, match="nothing to redo"):
        trace.redo()


def test_what_was_held_of_steps_that_others_replaced_is_forgotten(engine):
    net = xor(engine)
    trace = net.trace(X, Y, steps=3 * KEYFRAME)
    trace.rewind(10)
    trace.edit(0, 0, 1, -2.0)
    trace.run(2 * KEYFRAME)
    for t in range(10):
        net.step(X[t % 4], Y[t % 4])
    net.layers[0].neurons[0].weights[1] = -2.0
    taken = [net.step(X[t % 4], Y[t % 4]) for t in range(2 * KEYFRAME)]
    for t in (2 * KEYFRAME - 1, KEYFRAME + 3, KEYFRAME - 11, 0):
        assert trace[10 + t] == taken[t]
    trace.rewind(10 + KEYFRAME)
    assert trace.net.parameters == taken[KEYFRAME].parameters


def test_a_new_sample_joins_the_samples():
    trace = xor().trace(X, Y, steps=2)
    assert len(trace.error) == 3
    trace.step([0.5, 0.5], 1)
    assert (trace.X[4:], trace.Y[4:], trace.order) == ([[0.5, 0.5]], [[1]], [0, 1, 4])
    assert trace.error[0] == xor().error([*X, [0.5, 0.5]], [*Y, [1]])


def test_an_edit_shows_what_changes():
    trace = xor().trace(X, Y, steps=5)
    before, after = trace.net.copy(), trace.net.copy()
    after.layers[1].neurons[0].weights[2] = 1.5
    edit = trace.edit(1, 0, 2, 1.5)
    assert trace.net.digest() == after.digest()
    assert (edit.old, edit.new) == (before.layers[1].neurons[0].weights[2], 1.5)
    assert (edit.y_hat_before, edit.y_hat) == (before.predict(X), after.predict(X))
    assert edit.E_before == [before.error([x], [y]) for x, y in zip(X, Y)]
    assert [after.error([x], [y]) for x, y in zip(X, Y)] == edit.E
    assert (edit.error_before, edit.error) == (before.error(X, Y), after.error(X, Y))
    lines = str(edit).splitlines()
    assert lines[0] == f"layers[1].neurons[0].weights[2]: {edit.old:.10g} → 1.5"
    assert lines[-1].split() == ["3", *(f"{n:.10g}" for n in (edit.E_before[3], edit.E[3])),
                                 *(f"{y_hat[3][0]:.10g}" for y_hat in (edit.y_hat_before, edit.y_hat))]  # fmt: skip
    trace.undo()
    assert trace.net.digest() == before.digest()
    assert (len(trace), trace.t) == (5, 5)
    trace.redo()
    assert trace.net.digest() == after.digest()


def test_edits_of_thresholds_and_from_the_end():
    trace = xor().trace(X, Y, steps=0)
    trace.edit(0, 2, "threshold", 0.125)
    trace.edit(-1, -1, -1, -0.5)
    assert trace.net.layers[0].neurons[2].threshold == 0.125
    assert trace.net.layers[1].neurons[0].weights[2] == -0.5


def test_what_is_done_to_the_net_itself_can_be_undone():
    trace = xor().trace(X, Y, steps=5)
    before = trace.net.digest()
    trace.net.layers[0].neurons[1].threshold = 2.0
    by_hand = trace.net.digest()
    trace.undo()
    assert trace.net.digest() == before
    trace.redo()
    assert trace.net.digest() == by_hand
    trace.net.train(X, Y, epochs=3)
    trained = trace.net.digest()
    trace.step([0, 1], [1])
    trace.undo()
    assert trace.net.digest() == trained
    trace.rewind()
    assert trace.net.digest() == xor().digest()


def test_snapshots():
    trace = xor().trace(X, Y, steps=3)
    trace.snapshot("three")
    three = trace.net.digest()
    trace.run(5)
    eight = trace.net.digest()
    trace.restore("three")
    assert (trace.net.digest(), len(trace)) == (three, 8)
    trace.undo()
    assert trace.net.digest() == eight
    trace.rewind()
    trace.step([1, 1], [0])
    trace.restore("three")
    assert trace.net.digest() == three


class Naive:
    """What a Trace must do, done with a copy of the net after every event."""

    def __init__(self, net):
        self.nets, self.kinds, self.place, self.names = [net.copy()], [], 0, {}

    def event(self, kind, change):
        net = self.nets[self.place].copy()
        change(net)
        del self.nets[self.place + 1 :], self.kinds[self.place :]
        self.nets.append(net)
        self.kinds.append(kind)
        self.place += 1

    def do(self, trace, action, a, value):
        if action == "step":
            trace.step(X[a % 4], Y[a % 4], 0.1 + a)
            self.event("step", lambda net: net.step(X[a % 4], Y[a % 4], 0.1 + a))
        elif action == "run":
            trace.run(a)
            for t in range(a):
                self.event("step", lambda net, t=t: net.step(X[t % 4], Y[t % 4], trace.eta))
        elif action == "edit":
            trace.edit(0, a % 3, a % 2, value)
            self.event("edit", lambda net: setitem(net.layers[0].neurons[a % 3].weights, a % 2, value))
        elif action == "by hand":
            if trace.net.layers[1].neurons[0].threshold != value:
                trace.net.layers[1].neurons[0].threshold = value
                self.event("edit", lambda net: setattr(net.layers[1].neurons[0], "threshold", value))
        elif action == "undo" and self.place:
            trace.undo()
            self.place -= 1
        elif action == "redo" and self.place < len(self.kinds):
            trace.redo()
            self.place += 1
        elif action == "rewind":
            places = [0, *(i + 1 for i, kind in enumerate(self.kinds) if kind == "step")]
            trace.rewind(a % len(places))
            self.place = places[a % len(places)]
        elif action == "snapshot":
            trace.snapshot(str(a % 2))
            self.names[str(a % 2)] = self.nets[self.place].copy()
        elif action == "restore" and str(a % 2) in self.names:
            trace.restore(str(a % 2))
            held = self.names[str(a % 2)]
            self.event("restore", lambda net: setitem(net.parameters, slice(None), held.parameters))


def setitem(target, index, value):
    target[index] = value


ACTIONS = ["step", "run", "edit", "by hand", "undo", "redo", "rewind", "snapshot", "restore"]
actions = st.tuples(st.sampled_from(ACTIONS), st.integers(0, 40), st.floats(-4, 4))


@given(st.lists(actions, max_size=25), st.booleans())
def test_any_sequence_of_operations_is_that_of_a_list_of_copies(sequence, is_single):
    for engine in microbp.engines():
        net = xor(engine, precision="single" if is_single else "double")
        trace, naive = Trace(net, X, Y, 0.5), Naive(net)
        for action in sequence:
            naive.do(trace, *action)
            assert trace.net.parameters == naive.nets[naive.place].parameters
            assert trace.t == naive.kinds[: naive.place].count("step")
        places = [i for i, kind in enumerate(naive.kinds) if kind == "step"]
        assert len(trace) == len(trace.E) == len(places)
        for t, i in list(enumerate(places))[::-7]:
            assert trace[t].parameters == naive.nets[i].parameters
            assert trace.E[t] == trace[t].E
        wanted = [naive.nets[i].error(X, Y) for i in [*places, len(naive.kinds)]]
        assert trace.error == wanted


# Memory ------------------------------------------------------------------------------------------------------------


def held_bytes(trace):
    """The bytes of a trace's arrays and copies."""
    arrays = [value for value in vars(trace).values() if isinstance(value, array)]
    copies = [part for copy in trace._keyframes for part in copy if part is not None]
    return sum(len(numbers) * numbers.itemsize for numbers in arrays) + sum(map(len, copies))


def test_a_run_is_held_compactly():
    net = Net(20, 30, 5, seed=1)
    samples = [[(i * k % 7) / 7 for i in range(20)] for k in range(10)], [[0.5] * 5 for _ in range(10)]
    trace = net.trace(*samples, steps=10 * KEYFRAME)
    parameters, steps = net.parameters.nbytes, len(trace)
    assert held_bytes(trace) <= 32 * steps + 11 * parameters + 10 * 25 * 8
    assert not trace._changes
    trace.rewind(3)
    trace.step(samples[0][0], samples[1][0])
    assert held_bytes(trace) <= 32 * 4 + parameters + 10 * 25 * 8


# Refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "problem", "message"),
    [
        (lambda net: net.trace(X, Y, eta=0), ValueError, r"^eta must be a finite number > 0, got 0$"),
        (lambda net: net.trace(X, Y, eta="fast"), TypeError, r"^eta must be a finite number > 0, got 'fast'$"),
        (lambda net: net.trace(X, Y, steps=-1), ValueError, r"^steps must be a whole number >= 0, got -1$"),
        (lambda net: net.trace(X, Y, steps=2.5), TypeError, r"^steps must be a whole number >= 0, got 2.5$"),
        (lambda net: net.trace([[0, 0, 0]], [1]), ValueError, r"^X\[0\] must have 2 numbers"),
        (lambda net: net.trace(X, Y[:3]), ValueError, r"^X and Y must have as many rows, got 4 and 3$"),
        (lambda net: net.trace(X, [[0], [1], [float("nan")], [0]]), ValueError, r"^Y\[2\]\[0\] must be a finite"),
    ],
)
def test_a_trace_that_cannot_be(call, problem, message):
    with pytest.raises(problem, match=message):
        call(xor())


@pytest.mark.parametrize(
    ("call", "problem", "message"),
    [
        (lambda trace: trace[5], IndexError, r"^this trace has the steps 0 to 4, got 5$"),
        (lambda trace: trace[-6], ValueError, r"^the number of a step must be a whole number >= -5, got -6$"),
        (lambda trace: trace["a"], TypeError, r"^the number of a step must be a whole number >= -5, got 'a'$"),
        (lambda trace: trace.rewind(6), ValueError, r"^t must be a whole number from 0 to 5, got 6$"),
        (lambda trace: trace.rewind(-1), ValueError, r"^t must be a whole number from 0 to 5, got -1$"),
        (lambda trace: trace.redo(), ValueError, r"^there is nothing to redo: the trace is at its end$"),
        (lambda trace: trace.step([0, 1, 2], [1]), ValueError, r"^x must have 2 numbers"),
        (lambda trace: trace.step([0, 1], [1], eta=-1), ValueError, r"^eta must be a finite number > 0, got -1$"),
        (lambda trace: trace.edit(2, 0, 0, 1), ValueError, r"^layer must be a whole number from -2 to 1, got 2$"),
        (lambda trace: trace.edit(0, 3, 0, 1), ValueError, r"^neuron must be a whole number from -3 to 2, got 3$"),
        (lambda trace: trace.edit(0, 0, 2, 1), ValueError, r"^weight .* from -2 to 1, got 2$"),
        (lambda trace: trace.edit(0, 0, "treshold", 1), ValueError, r"did you mean 'threshold'\?$"),
        (lambda trace: trace.edit(0, 0, 0, "high"), TypeError, r"^layers\[0\].weights\[0\]\[0\] must be a finite"),
        (lambda trace: trace.restore("start"), ValueError, r"^there is no snapshot 'start': none was made yet$"),
        (lambda trace: trace.snapshot(3), TypeError, r"^the name of a snapshot must be a text, got 3$"),
        (lambda trace: trace.step([1, 1], [1e200]), ValueError, r"leaves the finite numbers"),
    ],
)
def test_a_call_that_is_refused_changes_nothing(call, problem, message):
    trace = xor().trace(X, Y, steps=5)
    before = trace.net.digest()
    with pytest.raises(problem, match=message):
        call(trace)
    assert (trace.net.digest(), len(trace), trace.t, trace.X) == (before, 5, 5, X)


def test_an_unknown_snapshot_and_an_empty_trace():
    trace = xor().trace(X, Y, steps=0)
    trace.snapshot("start")
    with pytest.raises(ValueError, match=r"must be one of start, got 'stort'; did you mean 'start'\?$"):
        trace.restore("stort")
    with pytest.raises(ValueError, match="nothing to undo: the trace is at its beginning"):
        trace.undo()
    with pytest.raises(IndexError, match="no steps yet"):
        trace[0]


def test_divergence_names_the_step_and_keeps_the_ones_before(engine):
    net = Net(1, 1, output="linear", seed=1, engine=engine)
    with pytest.raises(ValueError, match=r"^step \d+ of the trace: a step with eta 1e\+80 leaves the finite numbers"):
        net.trace([[1.0]], [[2.0]], eta=1e80, steps=50)
    trace = Trace(net, [[1.0]], [[2.0]], eta=1e80)
    with pytest.raises(ValueError, match="leaves the finite numbers"):
        trace.run(50)
    assert 0 < len(trace) == trace.t < 50
    assert all(step.E >= 0.0 for step in trace)
