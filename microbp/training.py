"""Training: what happens between the epochs, and what comes back."""

from __future__ import annotations

from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from typing import Any

    from .checkpoint import Checkpoint
    from .metrics import Metric
    from .net import Net
    from .notation import Numbers
    from .run import Run
    from .schedules import Schedule
    from .sources import Stream
    from .stopping import Criterion, Watch
    from .teach.plot import Picture

    Validation = tuple[Numbers, Numbers, "Numbers | None"]  # inputs, targets and sample weights, flat

REPORT_SECONDS = 0.1  # how often `progress` is called, about
MOST = 1 << 18  # epochs in one call of the engine: a schedule gives their etas in one list
TINY = 1e-12  # a bold driver that has cut eta to this part of it finds no step that stays finite


class DivergedError(ArithmeticError):
    """Training left the finite numbers in `epoch` (the first is 1); the net is as it was before that epoch."""

    def __init__(self, epoch: int, eta: float) -> None:
        super().__init__(
            f"training left the finite numbers in epoch {epoch}; the net is as it was before that epoch; "
            f"try a smaller eta (now {eta:g}), or scale the inputs and targets to about 1"
        )
        self.epoch = epoch
        self.eta = eta

    def __reduce__(self) -> tuple[Any, ...]:
        return DivergedError, (self.epoch, self.eta)


class History:
    """What a training was like: lists have one number for each epoch.

    >>> from microbp import Net
    >>> net = Net(2, 2, 1, seed=7)
    >>> history = net.train([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], epochs=100)
    >>> history.epochs, len(history.error), history.best_epoch, history.stopped
    (100, 100, 97, 'all 100 planned epochs are done')

    error             mean E_k, each sample's as it was met
    validation_error  mean E_k of the validation after the epoch; empty without one
    metrics           for each name, its values after the epoch: on the validation, or without one on the training data
    eta, times        the learning rate, and the seconds that the epoch took
    seconds           in all
    stopped           why the training ended, a sentence
    confusion         the confusion matrix of the net at the end, if metrics asked for it
    """

    def __init__(self, errors: array[float], planned: int, samples: int, eta: float) -> None:
        self._errors = errors
        self.validation_error: list[float] = []
        self.metrics: dict[str, list[float]] = {}
        self._eta = eta
        self._etas = array("d")  # by a schedule: an epoch of a tiny net takes less than a number
        self._times: list[tuple[int, float]] = []  # of so many epochs each
        self.seconds = 0.0
        self.planned = planned
        self.samples = samples
        self.stopped = ""
        self.confusion: list[list[int]] | None = None

    @property
    def epochs(self) -> int:
        """How many of the `planned` ones are done."""
        return len(self._errors)

    @property
    def error(self) -> list[float]:
        """The mean E_k of each epoch."""
        return self._errors.tolist()

    @property
    def eta(self) -> list[float]:
        """The learning rate of each epoch."""
        return self._etas.tolist() or [self._eta] * self.epochs

    @property
    def times(self) -> list[float]:
        """The seconds that each epoch took."""
        return [seconds for epochs, seconds in self._times for _ in range(epochs)]

    @property
    def watched(self) -> Sequence[float]:
        """The validation's errors, or without one the training's: they tell when to stop."""
        return self.validation_error or self._errors

    @property
    def best_epoch(self) -> int:
        """The first epoch, from 1, with the lowest watched error; 0 before any."""
        return self.watched.index(min(self.watched)) + 1 if self.watched else 0

    @property
    def samples_per_second(self) -> float:
        """Samples visited in a second."""
        return self.epochs * self.samples / self.seconds if self.seconds else 0.0

    def plot(self, path: str | os.PathLike[str] | None = None) -> Picture:
        """The error of each epoch, the validation's too: a matplotlib Figure, written to `path` if given."""
        from .teach.plot import plot_history

        return plot_history(self, path)

    def __repr__(self) -> str:
        errors = f", error {self._errors[0]:.6g} to {self._errors[-1]:.6g}" if self._errors else ""
        return f"<History: {self.epochs} epochs of {self.samples} samples{errors}, {self.seconds:.3g} s>"


class Training:
    """One call of `Net.train`: what it was asked for, and where it is.

    Of a `stream`, `run` holds one block at a time.
    The order after an epoch: a bold driver decides whether it is kept; validation error and metrics; the best is kept;
    the rules for stopping, then the callback; checkpoint; progress.
    """

    def __init__(self, net: Net, run: Run, eta: float, epochs: int) -> None:
        self.net = net
        self.run = run
        self.eta = eta
        self.schedule: Schedule | None = None
        self.stream: Stream | None = None
        self.validation: Validation | None = None
        self.metrics: dict[str, Metric] = {}
        self.confusion = False
        self.criteria: list[Criterion] = []
        self.max_seconds: float | None = None
        self.restore_best = False
        self.callback: Callable[[Net, History], object] | None = None
        self.progress: Callable[[History], object] | None = None
        self.checkpoint: Checkpoint | None = None
        self.history = History(run.errors, epochs, run.m, eta)
        self.schedule_state: dict[str, float] = {}
        self.best: tuple[float, Numbers] | None = None  # the lowest watched error, and the parameters that have it
        self.watches: list[Watch] = []
        self.began = 0.0
        self.stopped = ""  # by a rule or the callback: a checkpoint keeps it

    def go(self) -> History:
        try:
            return self.trained()
        finally:
            clear = getattr(self.progress, "clear", None)  # a line or bar of ours
            if clear is not None:
                clear()

    def trained(self) -> History:
        history, schedule = self.history, self.schedule
        history.metrics = {name: [] for name in self.metrics}
        if schedule is not None:
            self.run.etas = history._etas
        looks = self.stream, self.validation, self.metrics, self.criteria, self.restore_best, self.callback
        self.one_by_one = any(looks) or (schedule is not None and schedule.sees_error)
        interrupted = self.one_by_one or self.progress or self.checkpoint or self.max_seconds is not None
        self.chunk = 1 if interrupted else history.planned  # epochs in one call of the engine
        self.watches = [criterion.watch() for criterion in self.criteria]
        if self.checkpoint is None or not self.checkpoint.resumed(self):
            self.start()
        self.earlier = reported = history.seconds  # what a checkpoint brought along
        self.began = self.clock() - reported
        late = False
        while history.epochs < history.planned and not self.stopped and not late:
            self.advance()
            elapsed = history.seconds
            late = self.max_seconds is not None and elapsed - self.earlier >= self.max_seconds
            ended = history.epochs >= history.planned or bool(self.stopped) or late
            if self.checkpoint is not None and not ended and self.checkpoint.due(history):
                self.checkpoint.write(self)
            if self.progress and (not self.one_by_one or ended or elapsed - reported >= REPORT_SECONDS):
                self.progress(history)
                reported = self.clock()
        if self.checkpoint is not None:
            self.checkpoint.write(self)
        if self.best is not None and self.restore_best:
            self.net.parameters[:] = self.best[1]
        limit = f"the limit of {self.max_seconds:g} seconds is reached" if late else ""
        done = f"all {history.planned} planned epochs are done"
        history.stopped = self.stopped or (done if history.epochs >= history.planned else limit)
        if self.confusion:
            from .metrics import confusion_matrix

            history.confusion = confusion_matrix(*self.rows())
        return history

    def clock(self) -> float:
        """Seconds, those before a checkpoint too."""
        from time import perf_counter

        return perf_counter() - self.began

    def start(self) -> None:
        if self.schedule is not None:
            self.schedule_state = self.schedule.start()
            if self.schedule.takes_back:
                self.schedule_state["error"] = self.training_error()

    def advance(self) -> None:
        history, run, schedule = self.history, self.run, self.schedule
        done, begun = history.epochs, self.clock()
        count = min(self.chunk, history.planned - done, MOST)
        if self.checkpoint is not None:
            count = min(count, self.checkpoint.epochs_left(history))
        if schedule is not None:
            history._etas += self.etas(schedule, done + 1, count)
        before = Kept(self.net, run) if self.stream or (schedule is not None and schedule.takes_back) else None
        try:
            finite = self.visit(count, before)
        finally:
            trained = history.epochs - done
            history.seconds = self.clock()
            if trained < count:
                eta = run.coming_eta()
                del history._etas[history.epochs :]
            if trained:
                history._times.append((trained, (history.seconds - begun) / trained))
        if not finite:
            if schedule is None or not schedule.takes_back or self.schedule_state["factor"] < TINY:
                raise DivergedError(history.epochs + 1, eta)
            schedule.after(self.schedule_state, float("nan"))  # which no error equals: again, with a smaller eta
            return
        if self.one_by_one:
            self.look(before)
            history.seconds = self.clock()
            history._times[-1] = 1, history.seconds - begun
        elif history.seconds > begun:
            per_epoch = (history.seconds - begun) / count
            if self.chunk < history.planned:
                self.chunk = max(1, min(2 * self.chunk, int(self.pause() / per_epoch)))
        else:
            self.chunk *= 2

    def pause(self) -> float:
        """The seconds until the next look at the clock."""
        if self.max_seconds is None:
            return REPORT_SECONDS
        return min(REPORT_SECONDS, max(0.0, self.max_seconds - (self.history.seconds - self.earlier)))

    def etas(self, schedule: Schedule, first: int, count: int) -> array[float]:
        from .checks import positive

        planned, state, typecode = self.history.planned, self.schedule_state, self.net.structure.typecode
        epochs = range(first, first + count)
        values = array("d", [schedule.eta(self.eta, epoch, planned, state) for epoch in epochs])
        for epoch, value in zip(epochs, values):
            positive(f"eta of epoch {epoch}, by schedule={schedule!r},", value, typecode)
        return values

    def visit(self, count: int, before: Kept | None) -> bool:
        net, run = self.net, self.run
        if self.stream is None:
            return net._engine.train(net.structure, net.parameters, run, count)
        done, visited, total = len(run.errors), 0, 0.0
        whole = False
        try:
            for run.X, run.Y, run.sample_weights, more in self.stream.blocks():
                run.m, run.carried = len(run.X) // run.d, total
                if run.sums is not None:
                    run.earlier, run.more = visited, more
                finite = net._engine.train(net.structure, net.parameters, run, 1)
                if not finite:
                    return False
                total = run.total
                del run.errors[done:]
                visited += run.m
            whole = True
        finally:
            if not whole and before is not None:
                before.restore(net, run)
                del run.errors[done:]
        self.history.samples = visited
        run.errors.append(total / visited)
        return True

    def look(self, before: Kept | None) -> None:
        history, schedule, net = self.history, self.schedule, self.net
        if schedule is not None and schedule.takes_back and before is not None:
            kept = schedule.after(self.schedule_state, self.training_error())
            if not kept:
                before.take_back(net, self.run)
        if self.validation is not None:
            history.validation_error.append(net._error(*self.validation))
        if self.metrics:
            Y, Y_hat = self.rows()
            for name, metric in self.metrics.items():
                history.metrics[name].append(metric(Y, Y_hat))
        error = history.watched[-1]
        if schedule is not None and schedule.sees_error and not schedule.takes_back:
            schedule.after(self.schedule_state, error)
        if self.restore_best and (self.best is None or error < self.best[0]):
            self.best = (error, memoryview(array(net.structure.typecode, net.parameters)))
        reasons = [watch(history, history.epochs) for watch in self.watches]
        self.stopped = "; ".join(reason for reason in reasons if reason)
        if self.callback is not None and self.callback(net, history) and not self.stopped:
            self.stopped = "the callback asked for it"

    def training_error(self) -> float:
        """(1/m) sum_k s_k E_k, without dropout."""
        net, run = self.net, self.run
        if self.stream is None:
            return net._error(run.X, run.Y, run.sample_weights)
        total, m = 0.0, 0
        for X, Y, weights, _ in self.stream.blocks():
            total = net._engine.error_sum(net.structure, net.parameters, X, Y, weights, total)
            m += len(X) // run.d
        return total / m

    def rows(self) -> tuple[list[list[float]], list[list[float]]]:
        """Targets and outputs for metrics."""
        X, Y = self.validation[:2] if self.validation is not None else (self.run.X, self.run.Y)
        l = self.net.widths[-1]
        Y_hat = self.net._predict(X)
        starts = range(0, len(Y), l)
        return [Y[k : k + l].tolist() for k in starts], [Y_hat[k : k + l].tolist() for k in starts]


class Kept:
    def __init__(self, net: Net, run: Run) -> None:
        self.parameters = array(net.structure.typecode, net.parameters)
        self.generator = run.generator.state
        state = run.state
        if state is not None:
            self.scalars = (state.t, state.p1, state.p2)
            self.buffers = [array(net.structure.typecode, buffer) for buffer in state.buffers]

    def take_back(self, net: Net, run: Run) -> None:
        """Let the epoch not have been, but for the generator."""
        net.parameters[:] = memoryview(self.parameters)
        state = run.state
        if state is not None:
            state.t, state.p1, state.p2 = self.scalars
            for buffer, numbers in zip(state.buffers, self.buffers):
                buffer[:] = memoryview(numbers)

    def restore(self, net: Net, run: Run) -> None:
        self.take_back(net, run)
        run.generator.state = self.generator
