"""A run of standard BP, held compactly: steps can be had again, undone, redone, and changed."""

from __future__ import annotations

from array import array
from bisect import bisect_left

from .. import checks

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from typing import Any, Union

    from ..net import Net, Values
    from ..step import Step

    State = tuple[bytes, Union[bytes, None]]  # parameters and mask

KEYFRAME = 64  # events from one copy of all parameters to the next
CHANGE = -1  # in place of a sample: no step


class Edit:
    """What setting a parameter changed; print it for a table.

    >>> from microbp import Net
    >>> trace = Net(2, 2, 1, init=0.6).trace([[0, 1], [1, 0]], [1, 0], steps=0)
    >>> edit = trace.edit(-1, 0, "threshold", 0.0)
    >>> print(edit)
    layers[-1].neurons[0].threshold: 0.6 → 0
    mean E  0.125 → 0.1356078798
    sample  E before  E after        ŷ before  ŷ after
    0       0.125     0.06277972666  0.5       0.6456563062
    1       0.125     0.2084360329   0.5       0.6456563062

    name, old, new         the parameter, before and after
    y_hat, y_hat_before    of each sample, l numbers
    E, E_before            of each sample
    error, error_before    their means
    """

    def __init__(self, name: str, values: Values, index: int, value: float, trace: Trace) -> None:
        self.name = name
        self.old = float(values[index])
        self.y_hat_before, self.E_before, self.error_before = trace._outcome()
        values[index] = value
        self.new = float(values[index])
        self.y_hat, self.E, self.error = trace._outcome()

    def __repr__(self) -> str:
        return f"<Edit of {self.name}: {self.old!r} → {self.new!r}, mean E {self.error_before!r} → {self.error!r}>"

    def __str__(self) -> str:
        from ..terminal import table

        rows = [["sample", "E before", "E after", "ŷ before", "ŷ after"]]
        for k, (before, after) in enumerate(zip(self.y_hat_before, self.y_hat)):
            numbers = [f"{self.E_before[k]:.10g}", f"{self.E[k]:.10g}"]
            rows.append([str(k), *numbers, *(", ".join(f"{number:.10g}" for number in row) for row in (before, after))])
        change = f"{self.name}: {self.old:.10g} → {self.new:.10g}"
        error = f"mean E  {self.error_before:.10g} → {self.error:.10g}"
        return "\n".join([change, error, *table(rows, right=False)])


class Trace:
    """A run of standard BP on samples (X[k], Y[k]) with a net of its own, `trace.net`; `Net.trace` makes it.

    >>> from microbp import Net
    >>> trace = Net(2, 2, 1, seed=7).trace([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], eta=0.5, steps=100)
    >>> len(trace), trace[99].x, trace.t
    (100, [1.0, 1.0], 100)
    >>> trace.rewind()                       # to the initial parameters, exactly
    >>> trace.net.digest() == Net(2, 2, 1, seed=7).digest(), trace.t
    (True, 0)
    >>> trace.redo()                         # the first step again
    >>> trace.net.parameters == trace[1].parameters
    True

    A trace holds events: steps, numbered from 0, and changes. `undo`, `redo` and `rewind` move its place among
    them, and `trace.net` with it; what lies ahead is kept until a new event replaces it. `len(trace)`, `trace[t]`,
    iteration, `E`, `order`, `error` are of all steps. What is done to `trace.net` directly (a weight set, a layer
    frozen, a training) becomes an event by the next call.

    It keeps 32 bytes a step, each different sample, and all parameters for every 64 events and every snapshot, from
    which a step is computed again.
    """

    def __init__(self, net: Net, X: Any, Y: Any, eta: float = 0.5) -> None:
        self.net = net.copy()
        self.eta = checks.positive("eta", eta, net.structure.typecode)
        inputs = self.net._inputs(X)
        targets = self.net._targets(Y, len(inputs) // net.widths[0])
        self._X, self._Y = array(net.structure.typecode, inputs), array(net.structure.typecode, targets)
        self._visits = array("q")  # by event: its sample, or CHANGE
        self._etas = array("d")  # by event, 0 for a change
        self._changes: dict[int, tuple[int, float] | State] = {}  # by event: one parameter's place and value, or all
        self._keyframes = [state(self.net)]  # before the events 0, KEYFRAME, 2 KEYFRAME, ...
        self._steps = array("q")  # the event that each step is
        self._E = array("d")  # of each step
        self._errors = array("d")  # the mean error that each step meets, as far as asked for
        self._snapshots: dict[str, State] = {}
        self._place = 0  # events that are done
        self._seen = self._keyframes[0]  # the state of trace.net after them
        self._player = net.copy()  # computes steps again; its state is that before the event _reached
        self._reached = 0

    # What was done ---------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """The steps, with those ahead of the place."""
        self._notice()
        return len(self._steps)

    def __getitem__(self, t: Any) -> Any:
        count = len(self)
        if isinstance(t, slice):
            return [self._step(i) for i in range(count)[t]]
        if not count:
            raise IndexError("this trace has no steps yet")
        t = checks.integer("the number of a step", t, -count)
        if t >= count:
            raise IndexError(f"this trace has the steps 0 to {count - 1}, got {t}")
        return self._step(t % count)

    def __iter__(self) -> Iterator[Step]:
        for t in range(len(self)):
            yield self._step(t)

    @property
    def t(self) -> int:
        """The steps that `trace.net` has done."""
        self._notice()
        return self._steps_before(self._place)

    @property
    def X(self) -> list[list[float]]:
        """With the samples that `step` brought."""
        return rows(self._X, self.net.widths[0])

    @property
    def Y(self) -> list[list[float]]:
        return rows(self._Y, self.net.widths[-1])

    @property
    def order(self) -> list[int]:
        """Step t is on X[order[t]], Y[order[t]]."""
        self._notice()
        return [self._visits[i] for i in self._steps]

    @property
    def E(self) -> list[float]:
        """E_k of each step, before its update."""
        self._notice()
        return self._E.tolist()

    @property
    def error(self) -> list[float]:
        """The mean errors over all samples: error[t] before step t, and one more, after the last event."""
        for t in range(len(self._errors), len(self)):
            self._errors.append(self._mean_error(self._steps[t]))
        return [*self._errors, self._mean_error(len(self._visits))]

    def __repr__(self) -> str:
        widths = "-".join(map(str, self.net.widths))
        return f"<Trace of a {widths} net: {len(self)} steps on {self._m} samples; the net is after {self.t} of them>"

    # What is done next -----------------------------------------------------------------------------------------

    def run(self, steps: int | None = None, shuffle: bool = False, first: int = 0) -> None:
        """Add steps, by default as many as samples: in their order again and again, or each time in a new random one.

        They begin at place `first`. The bits are those of `Net.train`. Where a step leaves the finite numbers a
        ValueError names it, and the trace ends before it.
        """
        self._notice()
        m = self._m
        steps = m if steps is None else checks.integer("steps", steps, 0)
        first = checks.integer("first", first, 0, m - 1)
        order = None
        for i in range(first, first + steps):
            if order is None or i % m == 0:
                order = self.net.generator.shuffled(m) if shuffle else range(m)
            try:
                self._visit(order[i % m], self.eta)
            except ValueError as problem:
                raise ValueError(f"step {self.t} of the trace: {problem}") from None

    def step(self, x: Any, y: Any, eta: float | None = None) -> Step:
        """Add and return a step on the sample (x, y), which may be new; eta is the trace's by default."""
        self._notice()
        net = self.net
        typecode = net.structure.typecode
        inputs, targets = net._pair(x, y)
        sample = array(typecode, inputs), array(typecode, targets)
        rate = self.eta if eta is None else checks.positive("eta", eta, typecode)
        m = self._m
        k = next((k for k in range(m) if self._sample(k) == sample), m)
        if k < m:
            return self._visit(k, rate)
        for held, numbers in zip((self._X, self._Y), sample):
            held.extend(numbers)
        try:
            step = self._visit(k, rate)
        except ValueError:
            del self._X[-net.widths[0] :], self._Y[-net.widths[-1] :]
            raise
        del self._errors[:]
        return step

    def edit(self, layer: int, neuron: int, weight: int | str, value: float) -> Edit:
        """Set a neuron's weight or threshold, and see what changes.

        layer, neuron  as in trace.net.layers[layer].neurons[neuron]
        weight         the index of what comes in, or "threshold"
        """
        self._notice()
        layers = self.net.layers
        n = place("layer", layer, len(layers))
        j = place("neuron", neuron, layers[n].n_out)
        name = f"layers[{layer}].neurons[{neuron}]"
        shape = self.net.structure.layers[n]
        if isinstance(weight, str):
            checks.word("weight", weight, ["threshold"])
            edit = Edit(f"{name}.threshold", layers[n].thresholds, j, value, self)
            position = shape.thresholds + j
        else:
            h = place('weight (unless it is "threshold")', weight, layers[n].n_in)
            edit = Edit(f"{name}.weights[{weight}]", layers[n].weights[h], j, value, self)
            position = shape.offset + h * shape.stride + j
        self._add(CHANGE, 0.0, (position, edit.new))
        return edit

    # Back and forth --------------------------------------------------------------------------------------------

    def undo(self) -> None:
        self._notice()
        if not self._place:
            raise ValueError("there is nothing to undo: the trace is at its beginning")
        self._go(self._place - 1)

    def redo(self) -> None:
        self._notice()
        if self._place == len(self._visits):
            raise ValueError("there is nothing to redo: the trace is at its end")
        self._go(self._place + 1)

    def rewind(self, t: int = 0) -> None:
        """Go to the place right after the first t steps, 0: before anything was done; a greater t goes forward."""
        t = checks.integer("t", t, 0, len(self))
        self._go(self._steps[t - 1] + 1 if t else 0)

    def snapshot(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"the name of a snapshot must be a text, got {checks.shown(name)}")
        self._snapshots[name] = state(self.net)

    def restore(self, name: str) -> None:
        """Go back to a snapshot, an event."""
        if not self._snapshots:
            raise ValueError(f"there is no snapshot {checks.shown(name)}: none was made yet")
        checks.word("the name of a snapshot", name, self._snapshots)
        self._notice()
        set_state(self.net, self._snapshots[name])
        self._add(CHANGE, 0.0, self._snapshots[name])

    def to_html(self, path: str | os.PathLike[str], lang: str = "en", start: int = 0) -> None:
        """Write a page that replays the run in a browser; it opens in `lang`, "en" or "zh", at step `start`."""
        from ..files import write
        from .page import page

        write(path, page(self, lang, start))

    # How it is held --------------------------------------------------------------------------------------------

    @property
    def _m(self) -> int:
        return len(self._Y) // self.net.widths[-1]

    def _sample(self, k: int) -> tuple[array[float], array[float]]:
        d, l = self.net.widths[0], self.net.widths[-1]
        return self._X[k * d : (k + 1) * d], self._Y[k * l : (k + 1) * l]

    def _steps_before(self, i: int) -> int:
        return bisect_left(self._steps, i)

    def _outcome(self) -> tuple[list[list[float]], list[float], float]:
        """y_hat and E of every sample, and the mean error."""
        samples = [([x], [y]) for x, y in zip(self.X, self.Y)]
        return self.net.predict(self.X), [self.net.error(*sample) for sample in samples], self.net.error(self.X, self.Y)

    def _notice(self) -> None:
        """What was done to trace.net directly."""
        now = state(self.net)
        if now != self._seen:
            self._add(CHANGE, 0.0, now)

    def _visit(self, k: int, eta: float) -> Step:
        step = self.net.step(*self._sample(k), eta)
        self._add(k, eta, None)
        self._E.append(step.E)
        return step

    def _add(self, k: int, eta: float, change: tuple[int, float] | State | None) -> None:
        """In the place of what lay ahead."""
        i = self._place
        steps = self._steps_before(i)
        for numbers in (self._visits, self._etas):
            del numbers[i:]
        for numbers in (self._steps, self._E, self._errors):
            del numbers[steps:]
        del self._keyframes[i // KEYFRAME + 1 :]
        for later in [event for event in self._changes if event >= i]:
            del self._changes[later]
        if self._reached > i:
            self._rewind_player(i)
        self._visits.append(k)
        self._etas.append(eta)
        if change is None:
            self._steps.append(i)
        else:
            self._changes[i] = change
        self._place = i + 1
        self._seen = state(self.net)
        if self._place % KEYFRAME == 0:
            self._keyframes.append(self._seen)

    def _go(self, i: int) -> None:
        self._place = i
        self._seen = state(self._before(i))
        set_state(self.net, self._seen)

    def _before(self, i: int) -> Net:
        """The player before event i, from the nearest keyframe or where it is."""
        if not i // KEYFRAME * KEYFRAME <= self._reached <= i:
            self._rewind_player(i)
        while self._reached < i:
            self._replay(self._reached)
            self._reached += 1
        return self._player

    def _rewind_player(self, i: int) -> None:
        set_state(self._player, self._keyframes[i // KEYFRAME])
        self._reached = i // KEYFRAME * KEYFRAME

    def _replay(self, i: int) -> Step | None:
        if self._visits[i] != CHANGE:
            return self._player.step(*self._sample(self._visits[i]), self._etas[i])
        change = self._changes[i]
        if isinstance(change[0], int):
            self._player.parameters[change[0]] = change[1]
        else:
            set_state(self._player, change)
        return None

    def _step(self, t: int) -> Step:
        i = self._steps[t]
        step = self._before(i).step(*self._sample(self._visits[i]), self._etas[i])
        self._reached += 1
        return step

    def _mean_error(self, i: int) -> float:
        return self._before(i)._error(memoryview(self._X), memoryview(self._Y))


def state(net: Net) -> State:
    return net.parameters.tobytes(), None if net.mask is None else net.mask.tobytes()


def set_state(net: Net, held: State) -> None:
    parameters, mask = held
    net.parameters[:] = array(net.structure.typecode, parameters)
    net._mask.buffer = None
    if mask is not None:
        net._mask.buffer = net.structure.buffer()
        net._mask.buffer[:] = array(net.structure.typecode, mask)


def rows(flat: array[float], width: int) -> list[list[float]]:
    return [flat[start : start + width].tolist() for start in range(0, len(flat), width)]


def place(name: str, index: Any, count: int) -> int:
    """From 0; a negative index counts from the end."""
    return checks.integer(name, index, -count, count - 1) % count
