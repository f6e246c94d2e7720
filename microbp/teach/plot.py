"""Pictures with matplotlib, on a canvas of their own: pyplot and the user's backend are not touched."""

from __future__ import annotations

import os
from io import BytesIO
from math import ceil, isqrt, sqrt
from typing import TYPE_CHECKING
from warnings import catch_warnings, filterwarnings

from .. import checks, metrics

try:
    import numpy
    from matplotlib import font_manager
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import LinearSegmentedColormap, ListedColormap
    from matplotlib.figure import Figure
except ImportError as problem:
    raise ImportError(f"pictures need matplotlib ({problem}); install it with: pip install 'microbp[plot]'") from None

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..net import Net
    from ..training import History

BLUE, ORANGE, INK = "#1f6fb4", "#cf5a12", "#41505f"
CLASSES = ("#1f6fb4", "#cf5a12", "#2e8b57", "#8e5bb5", "#c2a219", "#c04a6e", "#3aa6a6", "#7a6a58", "#6b7785", "#a0c040")
PALE = ("#eba67c", "#ffffff", "#84b4df")  # one output from 0 over 0.5 to 1
MARKERS = "osD^vP*Xph"
SPREAD = 100.0  # of errors, from which the axis is logarithmic
CELLS = 160  # of the grid, each way
BORDER = 0.12  # around the samples, of their range
IMAGES = 64  # neurons shown
CHINESE = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Microsoft YaHei", "SimHei", "PingFang SC", "Hiragino Sans GB", "Droid Sans Fallback",
)  # fmt: skip


class Picture(Figure):  # type: ignore[misc,unused-ignore]
    def written(self, form: str = "png") -> bytes:
        stream = BytesIO()
        with catch_warnings():
            filterwarnings("ignore", message="Glyph")  # no font here has it: a box stands for it
            self.savefig(stream, format=form, dpi=144)
        return stream.getvalue()

    def save(self, path: str | os.PathLike[str] | None) -> Picture:
        """Write the file in the format that its name ends with; nothing for None."""
        if path is not None:
            from ..files import write

            write(path, self.written(ending(path)))
        return self

    def _repr_png_(self) -> bytes:
        return self.written()


def picture(width: float, height: float) -> Picture:
    figure = Picture(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def ending(path: str | os.PathLike[str]) -> str:
    """The format of a file; ValueError if it is none, or the folder is not there."""
    known = sorted(FigureCanvasAgg.get_supported_filetypes())
    form = os.path.splitext(os.fspath(path))[1].lower().lstrip(".")
    if form not in known:
        raise ValueError(f"{os.fspath(path)}: the name of a picture must end with one of {', '.join(known)}")
    if not os.path.isdir(os.path.dirname(os.path.abspath(path))):
        raise ValueError(f"{os.fspath(path)}: there is no such folder")
    return form


def fonts() -> list[str]:
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in CHINESE if name in installed)]


def plain(name: str) -> str:
    """No formula between dollars, not hidden from the legend by a leading underscore."""
    return (" " + name if name.startswith("_") else name).replace("$", r"\$")


# Error curves ----------------------------------------------------------------------------------------------------


def plot_history(history: History, path: str | os.PathLike[str] | None = None) -> Picture:
    """The error of each epoch, the validation's too, and its best epoch.

    >>> from microbp import Net
    >>> history = Net(2, 2, 1, seed=7).train([[0, 1], [1, 1]], [1, 0], epochs=50)
    >>> [len(line.get_xdata()) for line in plot_history(history).axes[0].lines]
    [50]

    The axis is logarithmic where errors differ by a factor of 100 or more. `path`: .png, .svg, .pdf and others.
    """
    figure = picture(6.4, 4.0)
    draw_curves(figure.add_subplot(), history)
    return figure.save(path)


def draw_curves(axes: Any, history: History) -> None:
    if not history.epochs:
        raise ValueError("there is no error to plot: no epoch is done")
    epochs = range(1, history.epochs + 1)
    axes.plot(epochs, history.error, color=BLUE, label="training", marker="o" if history.epochs == 1 else "")
    if history.validation_error:
        axes.plot(epochs, history.validation_error, color=ORANGE, label="validation")
        axes.axvline(history.best_epoch, color=INK, linestyle=":", label=f"best epoch, {history.best_epoch}")
        axes.legend(frameon=False)
    errors = [*history.error, *history.validation_error]
    if 0.0 < min(errors) * SPREAD <= max(errors):
        axes.set_yscale("log")
    axes.set_xlabel("epoch")
    axes.set_ylabel("mean error E")
    tidy(axes)


def tidy(axes: Any) -> None:
    axes.grid(color=INK, alpha=0.15)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


# Decision regions ------------------------------------------------------------------------------------------------


def plot_regions(net: Net, X: Any, Y: Any, path: str | os.PathLike[str] | None = None) -> Picture:
    """What a net of two inputs answers everywhere, and the samples.

    >>> from microbp import Net
    >>> picture = plot_regions(Net(2, 2, 1, seed=7), [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
    >>> picture.axes[0].get_xlabel()
    '$x_1$'

    One output: ŷ as colour, with the border at 0.5 where all targets are 0 or 1; more: the class of the largest.
    The axes are the inputs as the net sees them.
    """
    if net.widths[0] != 2:
        raise ValueError(f"regions are drawn for nets with two inputs; this one has {net.widths[0]}")
    figure = picture(5.6, 4.6)
    draw_regions(figure, figure.add_subplot(), net, X, Y)
    return figure.save(path)


def draw_regions(figure: Picture, axes: Any, net: Net, X: Any, Y: Any) -> None:
    points = numpy.array(net._inputs(X).tolist()).reshape(-1, 2)
    targets = numpy.array(net._targets(Y, len(points)).tolist()).reshape(len(points), -1)
    x, y, answers = asked(net, points)
    has_classes = targets.shape[1] > 1 or set(targets.ravel()) <= {0.0, 1.0}
    if targets.shape[1] > 1:
        classes = numpy.array(metrics.classes(answers.reshape(-1, targets.shape[1]))).reshape(answers.shape[:2])
        colours = ListedColormap([CLASSES[c % len(CLASSES)] for c in range(targets.shape[1])])
        norm = {"vmin": -0.5, "vmax": targets.shape[1] - 0.5, "cmap": colours}
        axes.pcolormesh(x, y, classes, alpha=0.3, shading="nearest", rasterized=True, **norm)
    else:
        surface, low, high = answers[:, :, 0], min(0.0, float(targets.min())), max(1.0, float(targets.max()))
        if not has_classes:
            low, high = (min(surface.min(), targets.min()), max(surface.max(), targets.max()))
        between = LinearSegmentedColormap.from_list("classes", PALE)
        norm = {"vmin": low, "vmax": high, "cmap": between if has_classes else "viridis"}
        shown = axes.pcolormesh(x, y, surface, shading="nearest", rasterized=True, **norm)
        figure.colorbar(shown, ax=axes, label="ŷ")
        if has_classes and surface.min() < 0.5 < surface.max():
            axes.contour(x, y, surface, levels=[0.5], colors=INK, linewidths=1.2)
    if has_classes:
        draw_classes(axes, net, points, metrics.classes(targets.tolist()))
    else:
        axes.scatter(*points.T, c=targets.ravel(), edgecolors="white", linewidths=0.8, s=36, **norm)
    for name, label in zip(input_names(net), (axes.set_xlabel, axes.set_ylabel)):
        label(name, family=fonts())
    axes.spines[["top", "right"]].set_visible(False)


def asked(net: Net, points: Any) -> tuple[Any, Any, Any]:
    """A grid around the points: x, y, outputs[row][column][j]."""
    low, high = points.min(axis=0), points.max(axis=0)
    border = numpy.where(high > low, (high - low) * BORDER, 0.5)
    x, y = (numpy.linspace(low[i] - border[i], high[i] + border[i], CELLS) for i in (0, 1))
    grid = numpy.stack(numpy.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return x, y, numpy.asarray(net.predict(grid)).reshape(CELLS, CELLS, -1)


def draw_classes(axes: Any, net: Net, points: Any, classes: Sequence[int]) -> None:
    ends = (CLASSES[1], CLASSES[0]) if net.widths[-1] == 1 else CLASSES  # the colours of PALE
    for c in sorted(set(classes)):
        of_class = points[numpy.array(classes) == c]
        style = {"color": ends[c % len(ends)], "marker": MARKERS[c % len(MARKERS)], "edgecolors": "white"}
        axes.scatter(*of_class.T, label=class_name(net, c), linewidths=0.8, s=42, **style)
    axes.legend(prop={"family": fonts()}, loc="lower left", bbox_to_anchor=(0, 1), ncol=4, frameon=False)


def class_name(net: Net, c: int) -> str:
    if net.columns is not None and net.columns.task == "classification":
        return plain(net.columns.classes[c])
    return f"y = {c}" if net.widths[-1] == 1 else f"class {c + 1}"


def input_names(net: Net) -> list[str]:
    return ["$x_1$", "$x_2$"] if net.columns is None else [plain(name) for name in net.columns.input_names]


# Weights ---------------------------------------------------------------------------------------------------------


def plot_weights(
    net: Net,
    layer: int = 0,
    shape: tuple[int, int] | None = None,
    path: str | os.PathLike[str] | None = None,
    most: int = IMAGES,
) -> Picture:
    """The weights of each neuron of a layer as an image on one scale: blue above 0, red below.

    >>> from microbp import Net
    >>> len(plot_weights(Net(9, 4, 2, seed=7)).axes)  # four images and the bar of colours
    5

    shape  rows and columns of an image; by default square
    most   how many neurons are shown
    """
    where = checks.integer("layer", layer, 0, len(net.layers) - 1)
    chosen = net.layers[where]
    rows, columns = image_shape(where, chosen.n_in, shape)
    images = numpy.array([list(row) for row in chosen.weights]).T.reshape(-1, rows, columns)
    images = images[: checks.integer("most", most, 1)]
    across = ceil(sqrt(len(images)))
    down = ceil(len(images) / across)
    largest = float(abs(images).max()) or 1.0
    figure = picture(1.0 + 1.1 * across, 0.4 + 1.2 * down)
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for j, place in enumerate(axes):
        place.set_axis_off()
        if j < len(images):
            shown = place.imshow(images[j], cmap="RdBu", vmin=-largest, vmax=largest, interpolation="nearest")
            place.set_title(str(j + 1), fontsize=8)
    figure.colorbar(shown, ax=axes.tolist(), shrink=0.8)
    for place in axes[len(images) :]:
        place.remove()
    return figure.save(path)


def image_shape(layer: int, n_in: int, shape: Any) -> tuple[int, int]:
    if shape is None:
        side = isqrt(n_in)
        if side * side != n_in:
            raise ValueError(f"layers[{layer}] has {n_in} inputs, which make no square; give shape=(rows, columns)")
        return side, side
    if not isinstance(shape, (tuple, list)) or len(shape) != 2:
        raise TypeError(f"shape must be (rows, columns), got {checks.shown(shape)}")
    rows, columns = (checks.integer(f"shape[{i}]", size, 1) for i, size in enumerate(shape))
    if rows * columns != n_in:
        raise ValueError(f"shape must have {n_in} places, the inputs of layers[{layer}], got {rows} x {columns}")
    return rows, columns


def plot_training(history: History, net: Net, X: Any, Y: Any, path: str | os.PathLike[str]) -> Picture:
    """With regions of two inputs if the samples are in memory (Y is not None)."""
    if net.widths[0] != 2 or Y is None:
        return plot_history(history, path)
    figure = picture(11.0, 4.4)
    curves, regions = figure.subplots(1, 2)
    draw_curves(curves, history)
    draw_regions(figure, regions, net, X, Y)
    return figure.save(path)
