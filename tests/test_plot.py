"""Pictures: their data are the library's, they are whole files, and without matplotlib one clear line says so."""

import subprocess
import sys
from pathlib import Path

import pytest

import microbp
from microbp import Net
from microbp.cli import main
from microbp.data import Columns, Table

matplotlib = pytest.importorskip("matplotlib")

XOR_X = [[0, 0], [0, 1], [1, 0], [1, 1]]
XOR_Y = [0, 1, 1, 0]
PNG = b"\x89PNG\r\n\x1a\n"


def trained(**how):
    """A net that knows a little of XOR, and how it came to that."""
    net = Net(2, 3, 1, seed=7)
    return net, net.train(XOR_X, XOR_Y, epochs=40, **how)


def curves(figure):
    """label -> the numbers of each line of the first axes."""
    return {line.get_label(): list(line.get_ydata()) for line in figure.axes[0].lines}


def test_the_curve_is_the_history(tmp_path):
    history = trained()[1]
    figure = history.plot(tmp_path / "curve.png")
    (line,) = figure.axes[0].lines
    assert list(line.get_xdata()) == list(range(1, 41))
    assert list(line.get_ydata()) == history.error
    assert (tmp_path / "curve.png").read_bytes().startswith(PNG)
    assert [path.name for path in tmp_path.iterdir()] == ["curve.png"]


def test_the_validation_has_a_curve_and_its_best_epoch():
    history = trained(validation=(XOR_X, XOR_Y))[1]
    found = curves(history.plot())
    assert found["training"] == history.error
    assert found["validation"] == history.validation_error
    line = history.plot().axes[0].lines[2]
    assert line.get_label() == f"best epoch, {history.best_epoch}"
    assert set(line.get_xdata()) == {history.best_epoch}


@pytest.mark.parametrize(("errors", "scale"), [([1.0, 0.5], "linear"), ([1.0, 0.01], "log"), ([1.0, 0.0], "linear")])
def test_errors_over_decades_take_a_logarithmic_axis(errors, scale):
    history = trained()[1]
    history._errors[:] = type(history._errors)("d", errors)
    assert history.plot().axes[0].get_yscale() == scale


def test_a_history_without_epochs_is_refused():
    history = Net(2, 1).train(XOR_X, XOR_Y, epochs=0)
    with pytest.raises(ValueError, match="no epoch is done"):
        history.plot()


@pytest.mark.parametrize("precision", ["double", "single"])
def test_regions_of_one_output_are_the_nets_answers(engine, precision):
    net = Net(2, 3, 1, seed=7, precision=precision, engine=engine)
    axes, bar = net.plot_regions(XOR_X, XOR_Y).axes
    mesh = axes.collections[0]
    x, y = mesh._coordinates[0, :, 0], mesh._coordinates[:, 0, 1]
    column, row = 100, 30
    middle = [float(x[column] + x[column + 1]) / 2, float(y[row] + y[row + 1]) / 2]
    assert mesh.get_array().reshape(len(y) - 1, -1)[row, column] == pytest.approx(net(middle)[0], abs=1e-6)
    assert bar.get_ylabel() == "ŷ"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["y = 0", "y = 1"]
    shown = sorted(tuple(point) for c in axes.collections if c.get_label()[:1] == "y" for point in c.get_offsets())
    assert shown == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_regions_of_several_outputs_are_the_largest_one(engine):
    net = Net(2, 3, seed=3, output="softmax", loss="cross_entropy", engine=engine)
    X, Y = [[0, 0], [1, 0], [0, 1]], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    net.train(X, Y, eta=0.5, epochs=100)
    (axes,) = net.plot_regions(X, Y).axes
    assert set(axes.collections[0].get_array().ravel()) == {0, 1, 2}
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["class 1", "class 2", "class 3"]


def test_regions_of_a_regression_have_no_classes():
    net = Net(2, 3, 1, seed=7, output="linear")
    axes, _ = net.plot_regions(XOR_X, [0.5, 2.5, 3.5, -4.0]).axes
    assert axes.get_legend() is None
    assert list(axes.collections[-1].get_array()) == [0.5, 2.5, 3.5, -4.0]
    low, high = axes.collections[0].get_clim()
    assert low <= -4.0
    assert high >= 3.5


def test_names_of_columns_are_text(tmp_path):
    rows = [["1", "2", "_yes"], ["2", "1", "$no^"], ["3", "0", "_yes"], ["0", "0", "$no^"]]
    table = Table(["$a_", "密度$^{", "class"], rows)
    columns = Columns.learn(table)
    X, Y = columns.encode(table)
    net = Net(2, 2, 1, seed=7)
    net.columns = columns
    net.plot_regions(X, Y, tmp_path / "regions.svg")
    labels = net.plot_regions(X, Y).axes[0]
    assert labels.get_xlabel() == r"\$a_"
    assert {text.get_text() for text in labels.get_legend().get_texts()} == {" _yes", r"\$no^"}


def test_weights_are_images(tmp_path, engine):
    net = Net(9, 5, 2, seed=7, engine=engine)
    figure = net.plot_weights(path=tmp_path / "weights.pdf")
    images = [axes.images[0].get_array().ravel().tolist() for axes in figure.axes if axes.images]
    assert images == [list(neuron.weights) for neuron in net.layers[0].neurons]
    assert (tmp_path / "weights.pdf").read_bytes().startswith(b"%PDF")
    low, high = figure.axes[0].images[0].get_clim()
    assert -low == high == max(abs(w) for row in net.layers[0].weights for w in row)
    oblong = net.plot_weights(1, shape=(1, 5), most=1)
    assert oblong.axes[0].images[0].get_array().shape == (1, 5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda net: net.plot_weights(), r"layers\[0\] has 2 inputs, which make no square; give shape=\(rows, columns"),
        (lambda net: net.plot_weights(shape=(2, 2)), r"shape must have 2 places, the inputs of layers\[0\], got 2 x 2"),
        (lambda net: net.plot_weights(2), "layer must be a whole number from 0 to 1, got 2"),
        (lambda net: Net(3, 1).plot_regions([[1, 2, 3]], [1]), "nets with two inputs; this one has 3"),
        (lambda net: net.plot_regions(XOR_X, XOR_Y, "x.foo"), "x.foo: the name of a picture must end with one of "),
        (lambda net: net.plot_regions(XOR_X, XOR_Y, "/no/such/x.png"), "there is no such folder"),
    ],
)
def test_bad_arguments_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call(Net(2, 2, 1))


def test_notebooks_show_the_figure():
    figure = trained()[1].plot()
    assert isinstance(figure, matplotlib.figure.Figure)
    assert figure._repr_png_().startswith(PNG)


def test_pyplot_and_the_backend_are_left_alone():
    program = """
import sys
from microbp import Net
net = Net(2, 1)
history = net.train([[0, 1], [1, 0]], [0, 1], epochs=3)
history.plot()._repr_png_()
net.plot_regions([[0, 1], [1, 0]], [0, 1])
print("matplotlib.pyplot" in sys.modules)
"""
    assert python(program).stdout == "False\n"


def python(program, *arguments):
    """A run of this Python with the package that is tested."""
    folder = str(Path(microbp.__file__).parent.parent)
    program = f"import sys; sys.path.insert(0, {folder!r})\n{program}"
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


WITHOUT = "import sys; sys.modules['matplotlib'] = None\nfrom microbp.cli import main\n"


def test_without_matplotlib_the_command_says_so_before_it_trains(tmp_path):
    answer = python(f"{WITHOUT}sys.exit(main(sys.argv[1:]))", "train", "--plot", str(tmp_path / "x.png"))
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith("microbp train: error: pictures need matplotlib (")
    assert answer.stderr.endswith("install it with: pip install 'microbp[plot]'\n")
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_everything_else_works():
    answer = python(f"{WITHOUT}sys.exit(main(['train', '--epochs', '5', '--quiet']))")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "digest" in answer.stdout


# The command line ------------------------------------------------------------------------------------------------


def test_train_draws_the_curve(capsys, tmp_path):
    path = tmp_path / "curve.png"
    assert main(["train", "--epochs", "20", "--quiet", "--plot", str(path)]) == 0
    assert capsys.readouterr().out.endswith(f"drawn    {path}\n")
    assert path.read_bytes().startswith(PNG)


def test_train_draws_regions_beside_it_for_two_inputs(tmp_path, monkeypatch):
    from microbp.teach import plot

    drawn = []
    monkeypatch.setattr(plot.Picture, "save", lambda figure, path: drawn.append(figure) or figure)
    data = tmp_path / "points.csv"
    data.write_text("a,b,class\n" + "".join(f"{i},{i * i % 7},{'uv'[i % 2]}\n" for i in range(20)))
    assert main(["train", str(data), "--epochs", "20", "--quiet", "--plot", str(tmp_path / "x.png")]) == 0
    curve, regions, bar = drawn[0].axes
    assert (curve.get_xlabel(), regions.get_xlabel(), regions.get_ylabel(), bar.get_ylabel()) == (
        "epoch",
        "a",
        "b",
        "ŷ",
    )
    assert [text.get_text() for text in regions.get_legend().get_texts()] == ["u", "v"]
    assert main(["train", str(data), "--stream", "--epochs", "2", "--quiet", "--plot", str(tmp_path / "x.png")]) == 0
    assert len(drawn[1].axes) == 1  # the samples of a stream are not at hand


@pytest.mark.parametrize(
    ("name", "words"), [("none/x.png", "there is no such folder"), ("x.foo", "must end with one of")]
)
def test_a_picture_that_cannot_be_written_is_told_before_training(capsys, tmp_path, name, words):
    assert main(["train", "--plot", str(tmp_path / name)]) == 2
    answer = capsys.readouterr()
    assert answer.out == ""
    assert words in answer.err
    assert list(tmp_path.iterdir()) == []
