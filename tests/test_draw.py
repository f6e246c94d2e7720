"""The drawing of a net: well-formed SVG whose numbers are the library's, whatever the names are."""

from xml.etree import ElementTree

import pytest

from microbp import Net
from microbp.data import Columns, Table
from microbp.teach.draw import indices, layout

SVG = "{http://www.w3.org/2000/svg}"


def drawn(net, *arguments, **options):
    """The root of the drawing's XML."""
    return ElementTree.fromstring(str(net.draw(*arguments, **options)))


def titles(root, tag):
    """Every title of the elements with this tag."""
    return [title.text for element in root.iter(SVG + tag) for title in element.findall(f"{SVG}title")]


def texts(root):
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


def numbers(found):
    """name -> number of lines such as "w_11 = 0.5"."""
    pairs = [line.split(" = ") for title in found for line in title.split("\n") if " = " in line]
    return {name: float(number) for name, number in pairs}


def test_every_weight_and_threshold_is_told_exactly():
    net = Net(3, 4, 2, seed=7)
    root = drawn(net)
    weights = numbers(titles(root, "line"))
    v = {f"v_{i + 1}{h + 1}": w for i, row in enumerate(net.layers[0].weights) for h, w in enumerate(row)}
    w = {f"w_{h + 1}{j + 1}": w for h, row in enumerate(net.layers[1].weights) for j, w in enumerate(row)}
    assert weights == {**v, **w}
    assert len(list(root.iter(f"{SVG}line"))) == 3 * 4 + 4 * 2
    gamma = {f"γ_{h + 1}": x for h, x in enumerate(net.layers[0].thresholds)}
    theta = {f"θ_{j + 1}": x for j, x in enumerate(net.layers[1].thresholds)}
    assert numbers(titles(root, "circle")) == {**gamma, **theta}


def test_more_hidden_layers_have_numbers():
    root = drawn(Net(2, 2, 2, 1, seed=7))
    assert {"v^1_11", "v^2_22", "w_21"} <= set(numbers(titles(root, "line")))
    assert {"γ^1_1", "γ^2_2", "θ_1"} <= set(numbers(titles(root, "circle")))


@pytest.mark.parametrize("precision", ["double", "single"])
def test_outputs_of_a_sample_are_filled_in(engine, precision):
    net = Net(2, 3, 2, activation="tanh", output="softmax", loss="cross_entropy", precision=precision, engine=engine)
    step = net.explain([0.25, -1], [0, 1])
    told = numbers(titles(drawn(net, [0.25, -1]), "circle"))
    for letter, outputs in zip(("x", "b", "ŷ"), step.outputs):
        assert [told[f"{letter}_{j + 1}"] for j in range(len(outputs))] == outputs
    fills = [circle for circle in drawn(net, [0.25, -1]).iter(f"{SVG}circle") if "fill" in circle.get("class").split()]
    assert len(fills) == 2 + 3 + 2
    assert fills[1].get("class") == "minus fill"


def test_thickness_and_class_follow_size_and_sign():
    net = Net(3, 1)
    net.layers[0].weights = [[-2.0], [1.0], [0.0]]
    found = {line.find(f"{SVG}title").text: line for line in drawn(net).iter(f"{SVG}line")}
    lines = [found[f"w_{h}1 = {w}"] for h, w in ((1, -2.0), (2, 1.0), (3, 0.0))]
    assert [line.get("class") for line in lines] == ["minus", "plus", "zero"]
    thick, middle, thin = (float(line.get("stroke-width")) for line in lines)
    assert thick - middle == pytest.approx(middle - thin, abs=0.02)
    assert thick > middle > thin > 0


def test_frozen_weights_are_dashed():
    net = Net(2, 1, seed=7)
    net.layers[0].mask[1][0] = 0
    assert sorted("frozen" in line.get("class") for line in drawn(net).iter(f"{SVG}line")) == [False, True]


def test_wide_layers_are_elided():
    assert indices(4, 4) == [0, 1, 2, 3]
    assert indices(9, 4) == [0, 1, None, 8]
    assert indices(784, 7) == [0, 1, 2, None, 781, 782, 783]
    root = drawn(Net(784, 30, 10, seed=7))
    assert len(list(root.iter(f"{SVG}line"))) == 11 * 11 + 11 * 10
    assert texts(root).count("⋮") == 2
    assert "v_784,30" in numbers(titles(root, "line"))


def test_neurons_stand_inside_the_picture_and_apart():
    places = layout(Net(20, 3, 5, 1, seed=7), most=8)
    for column in places.columns:
        assert all(0 < place.x < places.width and 0 < place.y < places.height for place in column)
        assert all(after.y - before.y > 40 for before, after in zip(column, column[1:]))
    assert [column[0].x for column in places.columns] == sorted(column[0].x for column in places.columns)


HOSTILE = ["<script>alert(1)</script>", "a\"b'c&d", "]]><x/>", "控制\x00\x1b\ud800字符", "很长的名字" * 20]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(tmp_path, name):
    rows = [["1", "2", "yes"], ["2", "1", "no"], ["3", "0", "yes"]]
    columns = Columns.learn(Table([name, "other", "class"], rows, [1, 2, 3], "test"))
    net = Net(2, 2, 1, seed=7)
    net.columns = columns
    root = drawn(net)
    assert {element.tag for element in root.iter()} == {
        SVG + tag for tag in ("svg", "style", "rect", "line", "title", "text", "tspan", "circle")
    }
    label = next(text for text in texts(root) if text.startswith(name[:3].replace("\x00", " ")))
    assert label == name or label.endswith("…") or "\x00" in name
    net.draw().save(tmp_path / "net.svg")
    assert ElementTree.parse(tmp_path / "net.svg").getroot().tag == f"{SVG}svg"


def test_notebooks_show_the_drawing():
    net = Net(2, 2, 1, seed=7)
    assert net._repr_svg_() == net.draw()._repr_svg_() == str(net.draw()) == net.draw().svg
    assert "characters of SVG" in repr(net.draw())


def test_nothing_is_loaded_from_elsewhere():
    svg = str(Net(2, 2, 1, seed=7).draw([0, 1])).replace("http://www.w3.org/2000/svg", "")
    assert not any(word in svg for word in ("http", "url(", "href", "@import", "<script"))


def test_bad_arguments_are_named():
    net = Net(2, 2, 1, seed=7)
    with pytest.raises(ValueError, match="most must be a whole number >= 3, got 2"):
        net.draw(most=2)
    with pytest.raises(ValueError, match="x must have 2 numbers"):
        net.draw([1, 2, 3])
