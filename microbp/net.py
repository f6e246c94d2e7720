"""Net, Layer, Neuron: live views of one buffer of parameters."""

from __future__ import annotations

from array import array
from math import isfinite

from . import checks
from .engine import choose
from .generator import WORD, Generator
from .initial import initialise
from .mask import Mask
from .notation import ACTIVATIONS, LOSSES, TYPECODES, Structure
from .step import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from .engine import Engine
    from .notation import Numbers
    from .teach.draw import Drawing
    from .teach.gradients import GradientCheck
    from .teach.plot import Picture
    from .teach.trace import Trace
    from .training import History


class Values:
    """Some of a net's parameters, live.

    >>> net = Net(2, 2, 1, init=0.6)
    >>> weights = net.layers[0].neurons[1].weights
    >>> weights[0] = 0.25
    >>> weights, weights == [0.25, 0.6], net.layers[0].weights[0][1]
    (Values([0.25, 0.6]), True, 0.25)
    """

    __slots__ = ("name", "view")

    def __init__(self, view: Numbers, name: str) -> None:
        self.view = view
        self.name = name

    def __len__(self) -> int:
        return len(self.view)

    def __getitem__(self, index: Any) -> Any:
        numbers = self.view[index]
        return numbers.tolist() if isinstance(numbers, memoryview) else numbers

    def __setitem__(self, index: Any, value: Any) -> None:
        places = range(len(self.view))[index]
        if isinstance(places, int):
            self.view[places] = self.checked(places, value)
            return
        for place, number in zip(places, self.all_checked(places, value)):
            self.view[place] = number

    def all_checked(self, places: range, values: Any) -> list[float]:
        """All of them, before any is written."""
        if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
            raise TypeError(f"{self.name} takes {len(places)} numbers here, got {checks.shown(values)}")
        values = list(values)
        if len(values) != len(places):
            raise ValueError(f"{self.name} takes {len(places)} numbers here, got {len(values)}")
        return [self.checked(place, value) for place, value in zip(places, values)]

    def checked(self, place: int, value: Any) -> float:
        return checks.rounded(f"{self.name}[{place}]", value, self.view.format)

    def __iter__(self) -> Iterator[float]:
        return iter(self.view.tolist())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Values, list, tuple)):
            return list(self) == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.view.tolist()!r})"


class Flags(Values):
    """Whether training may change parameters, live: 1 (or True) for a free one, 0 (or False) for a frozen one.

    >>> mask = Net(2, 2, 1, init=0.6).layers[0].mask
    >>> mask[1][0] = False
    >>> mask
    (Flags([1.0, 1.0]), Flags([0.0, 1.0]))
    """

    __slots__ = ()

    def checked(self, place: int, value: Any) -> float:
        number = checks.real(f"{self.name}[{place}]", value, "1 (free) or 0 (frozen)")
        if number not in (0.0, 1.0):
            raise ValueError(f"{self.name}[{place}] must be 1 (free) or 0 (frozen), got {checks.shown(value)}")
        return number


class Neuron:
    """One neuron: its weights w_1j .. w_qj and its threshold theta_j, live.

    >>> neuron = Net(2, 2, 1, init=0.6).layers[-1].neurons[0]
    >>> neuron.threshold = 0.5
    >>> neuron
    Neuron(weights=[0.6, 0.6], threshold=0.5)
    """

    __slots__ = ("_threshold", "_weights")

    def __init__(self, weights: Values, threshold: Values) -> None:
        self._weights = weights
        self._threshold = threshold

    @property
    def weights(self) -> Values:
        """One for each neuron of the layer before; assign a list to set all of them."""
        return self._weights

    @weights.setter
    def weights(self, values: Sequence[float]) -> None:
        self._weights[:] = values

    @property
    def threshold(self) -> float:
        """What is subtracted from the signal."""
        return float(self._threshold[0])

    @threshold.setter
    def threshold(self, value: float) -> None:
        self._threshold[0] = value

    def __repr__(self) -> str:
        return f"Neuron(weights={list(self._weights)!r}, threshold={self.threshold!r})"


class Layer:
    """One layer of neurons: weights[h][j], thresholds[j], neurons[j], mask[h][j], threshold_mask[j], all live.

    >>> layer = Net(2, 3, 1, init=0.6).layers[0]
    >>> layer.n_in, layer.n_out, len(layer.neurons), layer.thresholds
    (2, 3, 3, Values([0.6, 0.6, 0.6]))
    """

    __slots__ = ("_mask", "_n", "_thresholds", "_weights", "activation", "n_in", "n_out", "neurons")

    def __init__(self, structure: Structure, parameters: Numbers, mask: Mask, n: int) -> None:
        self._mask = mask
        self._n = n
        shape = structure.layers[n]
        self.n_in = shape.n_in
        self.n_out = shape.n_out
        self.activation = structure.activations[n]
        name = f"layers[{n}]"
        *rows, thresholds = shape.rows(parameters)
        self._weights = tuple(Values(row, f"{name}.weights[{h}]") for h, row in enumerate(rows))
        self._thresholds = Values(thresholds, f"{name}.thresholds")
        neurons = []
        for j in range(shape.n_out):
            column = parameters[shape.offset + j : shape.thresholds : shape.stride]
            place = f"{name}.neurons[{j}]"
            threshold = Values(thresholds[j : j + 1], f"{place}.threshold")
            neurons.append(Neuron(Values(column, f"{place}.weights"), threshold))
        self.neurons = tuple(neurons)

    @property
    def weights(self) -> tuple[Values, ...]:
        """weights[h][j] = w_hj, from neuron h of the layer before to neuron j; assign a list of rows to set them."""
        return self._weights

    @weights.setter
    def weights(self, rows: Sequence[Sequence[float]]) -> None:
        self._assign("weights", self._weights, rows)

    def _assign(self, name: str, targets: tuple[Values, ...], rows: Sequence[Sequence[float]]) -> None:
        wanted = f"{name} must have {self.n_in} rows (the neurons of the layer before)"
        if not hasattr(rows, "__len__"):
            raise TypeError(f"{wanted}, got {checks.shown(rows)}")
        if len(rows) != self.n_in:
            raise ValueError(f"{wanted}, got {len(rows)}")
        places = range(self.n_out)
        for values, row in [(values, values.all_checked(places, row)) for values, row in zip(targets, rows)]:
            values[:] = row

    @property
    def thresholds(self) -> Values:
        """theta_j; assign a list to set them."""
        return self._thresholds

    @thresholds.setter
    def thresholds(self, values: Sequence[float]) -> None:
        self._thresholds[:] = values

    def _flags(self) -> tuple[Flags, ...]:
        names = [*(f"mask[{h}]" for h in range(self.n_in)), "threshold_mask"]
        return tuple(Flags(row, f"layers[{self._n}].{name}") for row, name in zip(self._mask.rows(self._n), names))

    @property
    def mask(self) -> tuple[Flags, ...]:
        """mask[h][j]: 1 where training may change w_hj, 0 where it is frozen; assign a list of rows to set them."""
        return self._flags()[:-1]

    @mask.setter
    def mask(self, rows: Sequence[Sequence[float]]) -> None:
        self._assign("mask", self.mask, rows)

    @property
    def threshold_mask(self) -> Flags:
        """threshold_mask[j]: 1 where training may change theta_j, 0 where it is frozen; assign a list to set them."""
        return self._flags()[-1]

    @threshold_mask.setter
    def threshold_mask(self, values: Sequence[float]) -> None:
        self.threshold_mask[:] = values

    def freeze(self) -> None:
        """Keep every weight and threshold as it is.

        >>> net = Net(2, 2, 1, seed=7)
        >>> net.layers[0].freeze()
        >>> net.step([0, 1], [1]).dv
        [[0.0, 0.0], [0.0, 0.0]]
        """
        for flags in self._flags():
            flags[:] = [0.0] * self.n_out

    def unfreeze(self) -> None:
        """Let training change all again, cut ones too."""
        for flags in self._flags():
            flags[:] = [1.0] * self.n_out

    def cut(self, h: int, j: int) -> None:
        """Cut the connection from neuron h of the layer before to neuron j: w_hj = 0 for good."""
        h, j = checks.integer("h", h, 0, self.n_in - 1), checks.integer("j", j, 0, self.n_out - 1)
        self._weights[h][j] = 0.0
        self.mask[h][j] = 0.0

    def __repr__(self) -> str:
        return f"<Layer of {self.n_out} {self.activation} neurons with {self.n_in} inputs each>"


class Net:
    """A multi-layer perceptron, trained by error back-propagation.

    >>> net = Net(2, 2, 1, seed=7)
    >>> X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> history = net.train(X, Y, eta=0.5, epochs=4000)
    >>> [round(net(x)[0]) for x in X]
    [0, 1, 1, 0]

    widths      d, q, ..., l: inputs, hidden neurons of each hidden layer, outputs
    activation  f of the hidden layers: "sigmoid", "tanh", "linear", "relu", "leaky_relu", "elu" or "softplus", or a
                list with one of them for each hidden layer
    output      f of the output layer, one of these or "softmax"; as the hidden ones if None
    loss        "squared_error", E_k of equation (1); "absolute"; "huber"; "cross_entropy" for sigmoid or softmax
    precision   "double" (binary64) or "single" (binary32)
    init        "xavier", "he", "lecun", "nguyen_widrow", "book" (uniform in (0, 1)), "zeros", a number for all, or a
                pair (low, high); or a list with one of them for each layer; where it is None, "he" for a layer of relu
                or leaky_relu and "xavier" for any other
    seed        of the initial parameters and the shuffles: an integer from 0 to 2**64 - 1
    engine      "auto" (the fastest; MICROBP_ENGINE overrides), "c" or "python": all of them give the same bits
    """

    def __init__(
        self,
        *widths: int,
        activation: str | Sequence[str] = "sigmoid",
        output: str | None = None,
        loss: str = "squared_error",
        precision: str = "double",
        init: Any = None,
        seed: int = 0,
        engine: str = "auto",
    ) -> None:
        if len(widths) < 2:
            raise ValueError(f"a net needs at least two widths, its inputs and its outputs, got {list(widths)}")
        counts = tuple(checks.integer(f"width {n + 1} of the net", width, 1) for n, width in enumerate(widths))
        if not isinstance(activation, (str, list, tuple)):
            raise TypeError(f"activation must be a word or a list of words, got {checks.shown(activation)}")
        hidden = [activation] * (len(counts) - 2) if isinstance(activation, str) else list(activation)
        if len(hidden) != len(counts) - 2:
            raise ValueError(f"activation must name one for each of {len(counts) - 2} hidden layers, got {len(hidden)}")
        last = output if output is not None else hidden[-1] if hidden else activation
        activations = tuple(checks.word("activation", name, ACTIVATIONS) for name in [*hidden, last])
        checks.word("loss", loss, LOSSES)
        checks.combination(activations, loss)
        checks.word("precision", precision, TYPECODES)
        structure = Structure(counts, activations, loss, precision)
        self._set(structure, structure.buffer(), Generator(checks.integer("seed", seed, 0, WORD)), choose(engine))
        initialise(structure, self.parameters, init, self.generator)

    def _set(self, structure: Structure, parameters: Numbers, generator: Generator, engine: Engine) -> None:
        self.structure = structure
        self.parameters = parameters
        self.generator = generator
        self.columns: Any = None
        self._mask = Mask(structure)
        self._engine = engine
        self._layers: tuple[Layer, ...] | None = None

    @property
    def widths(self) -> tuple[int, ...]:
        """d, q, ..., l"""
        return self.structure.widths

    @property
    def engine(self) -> str:
        """The engine: "c" or "python"."""
        return str(self._engine.name)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """From the first hidden layer to the output, live."""
        if self._layers is None:
            count = len(self.structure.layers)
            self._layers = tuple(Layer(self.structure, self.parameters, self._mask, n) for n in range(count))
        return self._layers

    @property
    def mask(self) -> Numbers | None:
        """0 for each frozen parameter, as an engine takes it; None where none is frozen."""
        return self._mask.numbers

    def _inputs(self, X: Any) -> Numbers:
        return self._finite("X", checks.matrix("X", X, self.widths[0], "the net's inputs", self.structure.typecode))

    def _targets(self, Y: Any, m: int) -> Numbers:
        flat = checks.matrix("Y", Y, self.widths[-1], "the net's outputs", self.structure.typecode)
        rows = len(flat) // self.widths[-1]
        if rows != m:
            raise ValueError(f"X and Y must have as many rows, got {m} and {rows}")
        return self._allowed("Y", self._finite("Y", flat))

    def _sample(self, name: str, values: Any, width: int, what: str) -> Numbers:
        return self._finite(name, checks.sample(name, values, width, what, self.structure.typecode))

    def _pair(self, x: Any, y: Any) -> tuple[Numbers, Numbers]:
        inputs = self._sample("x", x, self.widths[0], "the net's inputs")
        return inputs, self._allowed("y", self._sample("y", y, self.widths[-1], "the net's outputs"))

    def _allowed(self, name: str, targets: Numbers) -> Numbers:
        if self.structure.loss == "cross_entropy":
            checks.probabilities(name, targets, self.widths[-1], self.structure.activations[-1] == "softmax")
        return targets

    def _finite(self, name: str, flat: Numbers) -> Numbers:
        if not self._engine.all_finite(flat):
            checks.finite(name, flat, {"X": self.widths[0], "Y": self.widths[-1]}.get(name, 0))
        return flat

    def _predict(self, X: Numbers, threads: int | None = None) -> Numbers:
        d, l = self.widths[0], self.widths[-1]
        Y_hat = memoryview(array(self.structure.typecode, bytes(len(X) // d * l * X.itemsize)))
        if not self._engine.predict(self.structure, self.parameters, X, Y_hat, threads):
            checks.finite("X", X, d)
        return Y_hat

    def __call__(self, x: Any) -> Any:
        """y_hat for one sample: a list, or a NumPy array if x is one."""
        if checks.is_array(x):
            quick = self._engine.row(self.structure, self.parameters, x)
            if quick is not None:
                return quick
        y_hat = self._predict(self._sample("x", x, self.widths[0], "the net's inputs"))
        if checks.is_array(x):
            import numpy

            return numpy.frombuffer(y_hat, self.structure.typecode)
        return y_hat.tolist()

    def predict(self, X: Any, threads: int | None = None) -> Any:
        """y_hat for each row of X: a list of lists, or a NumPy array if X is one; threads as in `train`.

        >>> Net(2, 2, 1, init=0.6).predict([[0, 1], [0, 1]])
        [[0.5], [0.5]]
        """
        if threads is not None:
            threads = checks.integer("threads", threads, 1)
        d, l = self.widths[0], self.widths[-1]
        Y_hat = self._predict(checks.matrix("X", X, d, "the net's inputs", self.structure.typecode), threads)
        if checks.is_array(X):
            import numpy

            return numpy.frombuffer(Y_hat, self.structure.typecode).reshape(-1, l)
        return [Y_hat[start : start + l].tolist() for start in range(0, len(Y_hat), l)]

    def error(self, X: Any, Y: Any, sample_weight: Any = None, class_weight: Any = None) -> float:
        """(1/m) sum_k E_k, the mean error of equation (1) over the samples; with weights (1/m) sum_k s_k E_k.

        >>> net = Net(2, 2, 1, init=0.6)
        >>> net.error([[0, 1], [1, 0]], [1, 1]), net.error([[0, 1], [1, 0]], [1, 1], sample_weight=[1, 3])
        (0.125, 0.25)

        With the weights of `train` this is what training lowers.
        """
        inputs = self._inputs(X)
        targets = self._targets(Y, len(inputs) // self.widths[0])
        return self._error(inputs, targets, self._sample_weights(sample_weight, class_weight, targets))

    def _sample_weights(self, sample_weight: Any, class_weight: Any, targets: Numbers) -> Numbers | None:
        if sample_weight is None and class_weight is None:
            return None
        from .weights import sample_weights

        return sample_weights(sample_weight, class_weight, targets, self.widths[-1], self.structure.typecode)

    def _error(self, X: Numbers, Y: Numbers, sample_weights: Numbers | None = None) -> float:
        engine, structure, parameters = self._engine, self.structure, self.parameters
        if sample_weights is None:
            return float(engine.mean_error(structure, parameters, X, Y))
        return engine.error_sum(structure, parameters, X, Y, sample_weights) / len(sample_weights)

    def train(
        self,
        X: Any,
        Y: Any = None,
        eta: float | None = None,
        epochs: int = 1000,
        batch: int | str = 1,
        shuffle: bool | int = True,
        *,
        optimizer: Any = "bp",
        schedule: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        dropout: Any = None,
        validation: Any = None,
        metrics: Any = (),
        stop: Any = None,
        patience: int | None = None,
        min_improvement: float = 0.0,
        target_error: float | None = None,
        max_seconds: float | None = None,
        restore_best: bool | None = None,
        callback: Callable[[Net, History], object] | None = None,
        progress: bool | Callable[[History], object] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: int | str = "10s",
        resume: bool = False,
        threads: int | None = None,
    ) -> History:
        """Train on the samples (X[k], Y[k]). docs/training.md says when to use which option.

        X         m rows of d numbers: lists, or what NumPy can take; or, without Y, an iterable of (X, Y) or
                  (X, Y, sample_weight)
        Y         m rows of l numbers; for one output a flat list will do
        eta       learning rate, > 0; by default the optimizer's, 0.5 for the article's BP
        epochs    how many times every sample is visited
        batch     1: standard BP, an update after every sample; "all": accumulated BP, one an epoch; n: after n samples
        shuffle   visit them in a new random order each epoch, from the net's own generator; n, for a stream: within
                  blocks of n samples

        How it learns:
        optimizer       "bp", "momentum", "nesterov", "rmsprop", "adam", "adamw", "rprop", or an object
        schedule        of eta: "step:30,0.5", "exponential:0.99", "inverse:0.5", "cosine:5" (warm-up), "plateau:10",
                        "bold", an object of microbp.schedules, or a function of the epoch, from 1
        sample_weight   one number >= 0 for each sample
        class_weight    "balanced", or one number for each class
        dropout         the rate at which hidden neurons are left out, or one for each hidden layer

        What is watched:
        validation      a fraction of the samples, held out, or (X, Y), or (X, Y, sample_weight)
        metrics         "accuracy", "macro_f1", "r2", "mean_absolute_error", "bit_fail", "confusion", or functions

        When it stops, beside the epochs:
        stop            "GL:5", "PQ:0.5", "UP:3", an object of microbp.stopping, a function of the history; or a list
        patience        epochs without an error lower by more than min_improvement
        target_error    an error that is low enough
        max_seconds     of this call
        restore_best    keep the best epoch's parameters; by default if there is a validation

        Around it:
        callback        called with (net, history) after every epoch; something true stops the training
        progress        True for a progress bar, or a function of the History, called about ten times a second
        checkpoint      a file from which training can go on to the same bits
        checkpoint_every  a number of epochs, or seconds as "10s"
        resume          go on from the checkpoint, if there is one; epochs counts all of them
        threads         of the C engine, for batches; None: as many as the work keeps busy; the bits stay the same

        DivergedError where training leaves the finite numbers. After that, and after Ctrl-C, the net is as after the
        last whole epoch.
        """
        from .options import prepared

        return prepared(
            self, X, Y, eta, epochs, batch, shuffle, optimizer, schedule, sample_weight, class_weight, dropout,
            validation, metrics, stop, patience, min_improvement, target_error, max_seconds, restore_best, callback,
            progress, checkpoint, checkpoint_every, resume, threads,
        ).go()  # fmt: skip

    def step(self, x: Any, y: Any, eta: float = 0.5) -> Step:
        """One update of standard BP on the sample (x, y); every quantity of it."""
        return self._step(self.parameters, x, y, eta)

    def explain(self, x: Any, y: Any, eta: float = 0.5) -> Step:
        """The same Step, with the net left as it is.

        >>> net = Net(2, 2, 1, init=0.6)
        >>> net.explain([0, 1], [1], eta=0.1).dtheta, net.layers[-1].thresholds
        ([-0.0125], Values([0.6]))
        """
        return self._step(self._copied(self.parameters), x, y, eta)

    def _copied(self, parameters: Numbers) -> Numbers:
        copy = self.structure.buffer()
        copy[:] = parameters
        return copy

    def _step(self, parameters: Numbers, x: Any, y: Any, eta: float) -> Step:
        x, y = (row.tolist() for row in self._pair(x, y))
        typecode = self.structure.typecode
        rate = checks.rounded("eta", checks.positive("eta", eta, typecode), typecode)
        before = self._copied(parameters)
        mask = self.mask
        quantities = self._engine.step(self.structure, parameters, x, y, rate)
        if not (self._engine.all_finite(parameters) and isfinite(quantities[3])):
            parameters[:] = before
            raise ValueError(f"a step with eta {eta!r} leaves the finite numbers; the net is as it was before")
        if mask is not None:
            for place, free in enumerate(mask):
                if not free:
                    parameters[place] = before[place]
        return Step(self.structure, before, x, y, rate, *quantities, mask=mask)

    def trace(self, X: Any, Y: Any, eta: float = 0.5, steps: int | None = None, shuffle: bool = False) -> Trace:
        """A Trace of so many steps of standard BP on the samples (X[k], Y[k]), with the net left as it is.

        They visit the samples in their order again and again, or each time in a new random one; by default each once.
        The trace has a net of its own, which goes back and forth.

        >>> net = Net(2, 2, 1, seed=7)
        >>> trace = net.trace([[0, 1], [1, 0]], [1, 0], eta=0.1, steps=10)
        >>> len(trace), trace[9].E == net.explain([1, 0], [0]).E
        (10, False)
        """
        from .teach.trace import Trace

        trace = Trace(self, X, Y, eta)
        trace.run(steps, shuffle)
        return trace

    def check_gradients(
        self, X: Any, Y: Any, *, sample_weight: Any = None, limit: int | None = None, tolerance: float | None = None
    ) -> GradientCheck:
        """Compare the engine's gradients with central differences of the error; see microbp.teach.gradients.

        >>> net = Net(2, 2, 1, seed=7)
        >>> net.check_gradients([[0, 1], [1, 1]], [1, 0])
        <GradientCheck: all 9 gradients agree (relative difference up to 1e-06)>
        """
        from .teach.gradients import check_gradients

        return check_gradients(self, X, Y, sample_weight=sample_weight, limit=limit, tolerance=tolerance)

    def draw(self, x: Any = None, most: int = 12) -> Drawing:
        """The net as an SVG drawing, filled with the outputs for x; `.save(path)` writes it, notebooks show it."""
        from .teach.draw import draw

        return draw(self, x, most)

    def plot_regions(self, X: Any, Y: Any, path: str | os.PathLike[str] | None = None) -> Picture:
        """What a net of two inputs answers where, and the samples: a matplotlib Figure, written to `path` if given."""
        from .teach.plot import plot_regions

        return plot_regions(self, X, Y, path)

    def plot_weights(
        self,
        layer: int = 0,
        shape: tuple[int, int] | None = None,
        path: str | os.PathLike[str] | None = None,
        most: int = 64,
    ) -> Picture:
        """Each neuron's weights as an image, square if no shape is given: a matplotlib Figure."""
        from .teach.plot import plot_weights

        return plot_weights(self, layer, shape, path, most)

    def _repr_svg_(self) -> str:
        return self.draw().svg

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a JSON file with exact numbers, whole or not at all."""
        from .files import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str], engine: str = "auto") -> Net:
        """The net that `save` wrote; ValueError, with the place, for any other file."""
        from .files import load

        return load(path, engine)

    def copy(self) -> Net:
        """A net of its own with the same parameters, mask, generator state and columns."""
        net = Net.__new__(type(self))
        net._set(self.structure, self._copied(self.parameters), Generator(self.generator.state), self._engine)
        net.columns = self.columns
        net._mask = self._mask.copy()
        return net

    __copy__ = copy

    def __deepcopy__(self, memo: object) -> Net:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        from .files import from_dict, to_dict

        return from_dict, (to_dict(self), "python" if self.engine == "python" else "auto")

    def digest(self) -> str:
        """The SHA-256, in hexadecimal, of structure, parameters and what is frozen: one digest for two equal nets."""
        from .digest import digest

        return digest(self.structure, self.parameters, self.mask)

    def __repr__(self) -> str:
        s = self.structure
        words = ", ".join([*s.activations, s.loss, s.precision])
        return f"<Net {'-'.join(map(str, s.widths))}, {words}, engine {self.engine}>"
