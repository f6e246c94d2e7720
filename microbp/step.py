"""One step of standard BP with every quantity of it, in the article's symbols."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .notation import Numbers, Row, Structure

    Rows = list[list[float]]


class Step:
    """What one update of standard BP computes; `print(step)` writes it as the article's equations with numbers.

    >>> from microbp import Net
    >>> net = Net(2, 2, 1, init=0.6)
    >>> step = net.explain([0, 1], [1], eta=0.1)
    >>> step.alpha, step.b, step.beta
    ([0.6, 0.6], [0.5, 0.5], [0.6])
    >>> step.y_hat, step.E, step.g
    ([0.5], 0.125, [0.125])
    >>> step.dw, step.dtheta
    ([[0.00625], [0.00625]], [-0.0125])

    With one hidden layer: alpha, b, e, dgamma are lists over h, dv over i and h, beta, y_hat, g, dtheta over j, dw over
    h and j. With more hidden layers (or none) alpha, b, e, dv, dgamma are lists of that.
    For any depth: signals[n], outputs[n] (outputs[0] is x), gradients[n], dweights[n], dthresholds[n] of layer n.
    """

    __slots__ = ("E", "_rows", "eta", "gradients", "mask", "outputs", "parameters", "signals", "structure", "x", "y")

    def __init__(
        self,
        structure: Structure,
        parameters: Numbers,
        x: Row,
        y: Row,
        eta: float,
        signals: list[Row],
        outputs: list[Row],
        gradients: list[Row],
        E: float,
        mask: Numbers | None = None,
    ) -> None:
        self.structure = structure
        self.parameters = parameters  # as they were before the update
        self.x = list(x)
        self.y = list(y)
        self.eta = eta
        self.signals = [list(row) for row in signals]
        self.outputs = [list(row) for row in outputs]
        self.gradients = [list(row) for row in gradients]
        self.E = E
        self.mask = None if mask is None else mask.tolist()
        self._rows: list[tuple[Rows, Rows, Rows]] | None = None

    def hidden(self, layers: list[Any]) -> Any:
        """One hidden layer's alone, or a list."""
        return layers[0] if len(layers) == 1 else layers

    @property
    def alpha(self) -> Any:
        """alpha_h = sum_i v_ih x_i, the signals into the hidden neurons."""
        return self.hidden(self.signals[:-1])

    @property
    def b(self) -> Any:
        """b_h = f(alpha_h - gamma_h), the outputs of the hidden neurons."""
        return self.hidden(self.outputs[1:-1])

    @property
    def beta(self) -> list[float]:
        """beta_j = sum_h w_hj b_h, the signals into the outputs."""
        return self.signals[-1]

    @property
    def y_hat(self) -> list[float]:
        """(2)  y_hat_j = f(beta_j - theta_j), the outputs."""
        return self.outputs[-1]

    @property
    def g(self) -> list[float]:
        """(6)  g_j, the gradients of the output neurons."""
        return self.gradients[-1]

    @property
    def e(self) -> Any:
        """(11)  e_h, the gradients of the hidden neurons."""
        return self.hidden(self.gradients[:-1])

    @property
    def dw(self) -> list[list[float]]:
        """(7)  Delta w_hj = eta g_j b_h"""
        return self.dweights[-1]

    @property
    def dtheta(self) -> list[float]:
        """(8)  Delta theta_j = -eta g_j"""
        return self.dthresholds[-1]

    @property
    def dv(self) -> Any:
        """(9)  Delta v_ih = eta e_h x_i"""
        return self.hidden(self.dweights[:-1])

    @property
    def dgamma(self) -> Any:
        """(10)  Delta gamma_h = -eta e_h"""
        return self.hidden(self.dthresholds[:-1])

    @property
    def weights(self) -> list[list[list[float]]]:
        """Every layer's weights before, rows over its inputs."""
        return [rows[0][:-1] for rows in self.rows()]

    @property
    def thresholds(self) -> list[list[float]]:
        """Every layer's thresholds before."""
        return [rows[0][-1] for rows in self.rows()]

    @property
    def dweights(self) -> list[list[list[float]]]:
        """The change of weights."""
        return [rows[1][:-1] for rows in self.rows()]

    @property
    def dthresholds(self) -> list[list[float]]:
        """The change of thresholds."""
        return [rows[1][-1] for rows in self.rows()]

    @property
    def new_weights(self) -> list[list[list[float]]]:
        """Every layer's weights after."""
        return [rows[2][:-1] for rows in self.rows()]

    @property
    def new_thresholds(self) -> list[list[float]]:
        """Every layer's thresholds after."""
        return [rows[2][-1] for rows in self.rows()]

    def rows(self) -> list[tuple[Rows, Rows, Rows]]:
        """For every layer the rows before, their changes and those after: weights, thresholds last.

        (7) to (10) as in `bp.update`, the changes from zeros; 0 for what is frozen.
        """
        if self._rows is None:
            self._rows = [self.rows_of(n) for n in range(len(self.gradients))]
        return self._rows

    def rows_of(self, n: int) -> tuple[Rows, Rows, Rows]:
        from . import bp

        rows, shape = bp.ROWS[self.structure.precision], self.structure.layers[n]
        b, g = self.outputs[n], self.gradients[n]
        places = [range(start, start + len(g)) for start in range(shape.offset, shape.end, shape.stride)]
        before = [[self.parameters[place] for place in row] for row in places]
        changes, after = [rows.row([0.0] * len(g)) for _ in places], [rows.row(row) for row in before]
        for w in changes, after:
            rows.add_outer(w[:-1], self.eta, g, b)
            rows.add_product(w[-1], g, -self.eta)
        if self.mask is not None:
            for row, change, new in zip(places, changes, after):
                for j, place in enumerate(row):
                    if not self.mask[place]:
                        change[j], new[j] = 0.0, self.parameters[place]
        return before, list(map(list, changes)), list(map(list, after))

    def is_free(self, n: int, i: int, j: int) -> bool:
        """Whether w_ij of layer n may change; with i = n_in, whether theta_j may."""
        shape = self.structure.layers[n]
        return self.mask is None or bool(self.mask[shape.offset + i * shape.stride + j])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Step):
            return NotImplemented
        names = ("x", "y", "eta", "signals", "outputs", "gradients", "E", "parameters", "mask")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        widths = "-".join(map(str, self.structure.widths))
        return f"<Step of a {widths} net: E = {self.E!r}; print it for the equations>"

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, lang: str = "en") -> str:
        """The step as the article's equations with numbers, in English or (lang="zh") Chinese.

        Equations stand behind their number in the article, as symbols = numbers = result, with ten digits. Of wide
        layers and long sums the middle is left out.

        >>> from microbp import Net
        >>> print(Net(2, 2, 1, init=0.6).explain([0, 1], [1]).to_text().splitlines()[7])
          (2)  ŷ_1 = f(β_1 − θ_1) = f(0.6 − 0.6) = 0.5
        """
        from .teach.text import text

        return text(self, lang)

    def to_html(self, lang: str = "en") -> str:
        """The same in HTML with MathML: a <div> of well-formed XML.

        Numbers say which quantity they are: <mn data-ref="outputs.1.0"> is step.outputs[1][0].

        >>> from microbp import Net
        >>> '<mn data-ref="outputs.2.0">0.5</mn>' in Net(2, 2, 1, init=0.6).explain([0, 1], [1]).to_html()
        True
        """
        from .teach.html import html

        return html(self, lang)

    def to_latex(self, lang: str = "en") -> str:
        r"""The same in LaTeX: one align*, for a document with amsmath (and with ctex for lang="zh").

        >>> from microbp import Net
        >>> print(Net(1, 1, init=0.6).explain([1], [1]).to_latex().splitlines()[5])
        \hat{y}_{1} &= f(\beta_{1} - \theta_{1}) = f(0.6 - 0.6) = 0.5 \tag{2} \\
        """
        from .teach.latex import latex

        return latex(self, lang)

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_latex_(self) -> str:
        return self.to_latex()
