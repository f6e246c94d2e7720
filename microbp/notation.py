"""The structure of a net in the article's symbols, and where each parameter lies in its one buffer.

One hidden layer, as in the article: inputs x_i (i = 1..d), hidden neurons h = 1..q, outputs j = 1..l, sample k.

    v_ih, w_hj        weights input -> hidden, hidden -> output
    gamma_h, theta_j  thresholds, subtracted
    alpha_h = sum_i v_ih x_i      signal into a hidden neuron;   b_h = f(alpha_h - gamma_h)          its output
    beta_j  = sum_h w_hj b_h      signal into an output neuron;  y_hat_j = f(beta_j - theta_j)  (2)  its output
    E_k     = 1/2 sum_j (y_hat_j - y_j)**2   error of one sample (1)
    g_j, e_h          gradients of the output (6) and the hidden (11) layer;  eta  learning rate

A deeper net repeats the hidden layer. Code that serves every layer has the names of the last one: w, theta, beta, g, b;
for the first hidden layer read v, gamma, alpha, e, x.
Indices start at 0 in code and at 1 in the article.
"""

from __future__ import annotations

from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Union

    Row = Union[list[float], array[float]]
    Numbers = Any  # a memoryview of floats, which typeshed cannot tell from one of bytes

ACTIVATIONS = ("sigmoid", "tanh", "linear", "relu", "leaky_relu", "elu", "softplus", "softmax")
LOSSES = ("squared_error", "cross_entropy", "absolute", "huber")
TYPECODES = {"double": "d", "single": "f"}  # IEEE 754 binary64 and binary32, as `array` names them
ITEM_BYTES = {"double": 8, "single": 4}
ROW_BYTES = 64  # every row of parameters starts on such a boundary: one cache line, the widest vector


class LayerShape:
    """One layer in the parameter buffer: n_in rows of weights and one of thresholds, each n_out numbers and padding.

    Weight w_hj stands at `offset + h * stride + j`, threshold theta_j at `thresholds + j`. Padding is always 0.
    """

    def __init__(self, n_in: int, n_out: int, offset: int, lanes: int) -> None:
        self.n_in = n_in
        self.n_out = n_out
        self.stride = (n_out + lanes - 1) // lanes * lanes
        self.offset = offset
        self.thresholds = offset + n_in * self.stride

    @property
    def end(self) -> int:
        return self.thresholds + self.stride

    def rows(self, numbers: Numbers) -> Iterator[Numbers]:
        """The layer's rows in a buffer, live: of weights, and the last of thresholds."""
        return (numbers[start : start + self.n_out] for start in range(self.offset, self.end, self.stride))


class Structure:
    """What a net is, apart from its parameters: widths, an activation for each layer, loss, precision.

    >>> structure = Structure((2, 3, 1), ("sigmoid", "sigmoid"), "squared_error", "double")
    >>> [(layer.n_in, layer.n_out, layer.stride, layer.offset) for layer in structure.layers], structure.size
    ([(2, 3, 8, 0), (3, 1, 8, 24)], 56)
    """

    def __init__(self, widths: tuple[int, ...], activations: tuple[str, ...], loss: str, precision: str) -> None:
        self.widths = widths
        self.activations = activations
        self.loss = loss
        self.precision = precision
        self.typecode = TYPECODES[precision]
        self.layers: list[LayerShape] = []
        self.size = 0
        for n_in, n_out in zip(widths, widths[1:]):
            self.layers.append(LayerShape(n_in, n_out, self.size, ROW_BYTES // ITEM_BYTES[precision]))
            self.size = self.layers[-1].end

    def buffer(self) -> Numbers:
        """A new parameter buffer, all zero, on a ROW_BYTES boundary."""
        size = self.size * ITEM_BYTES[self.precision] + ROW_BYTES
        try:
            numbers = array(self.typecode, bytes(size))
        except (MemoryError, OverflowError):
            raise MemoryError(f"no memory for a net of widths {list(self.widths)}: {size:,} bytes") from None
        start = -numbers.buffer_info()[0] % ROW_BYTES // ITEM_BYTES[self.precision]
        return memoryview(numbers)[start : start + self.size]
