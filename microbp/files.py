"""A net as JSON with exact numbers, written whole or not at all."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from . import checks
from .engine import choose
from .generator import WORD, Generator
from .net import Net
from .notation import ACTIVATIONS, LOSSES, TYPECODES, Structure

if TYPE_CHECKING:
    from collections.abc import Callable

    from .notation import LayerShape, Numbers

T = TypeVar("T")
FORMAT = 1  # the version of the file


def to_dict(net: Net) -> dict[str, Any]:
    s = net.structure
    layers = told_layers(s, net.parameters)
    for n, layer in enumerate(layers if net.mask is not None else ()):
        *mask, threshold_mask = [[int(flag) for flag in row] for row in net._mask.rows(n)]
        layer |= {"mask": mask, "threshold_mask": threshold_mask}
    return {
        "microbp": FORMAT,
        "widths": list(s.widths),
        "activations": list(s.activations),
        "loss": s.loss,
        "precision": s.precision,
        "generator": net.generator.state,
        "columns": net.columns.to_json() if net.columns is not None else None,
        "layers": layers,
    }


def told_layers(structure: Structure, numbers: Numbers) -> list[dict[str, Any]]:
    layers = []
    for shape in structure.layers:
        *weights, thresholds = [row.tolist() for row in shape.rows(numbers)]
        layers.append({"weights": weights, "thresholds": thresholds})
    return layers


def from_dict(model: Any, engine: str = "auto") -> Net:
    """ValueError with the place for anything that `to_dict` has not made."""
    if not isinstance(model, dict) or "microbp" not in model:
        raise ValueError('this is not a microbp model: wanted an object with the key "microbp"')
    if model["microbp"] != FORMAT or isinstance(model["microbp"], bool):
        raise ValueError(f"microbp: wanted file format {FORMAT}, got {checks.shown(model['microbp'])}")
    widths = [counted(width, f"widths[{n}]", 1) for n, width in enumerate(listed(model, "widths"))]
    if len(widths) < 2:
        raise ValueError(f"widths: wanted at least two, got {len(widths)}")
    names = listed(model, "activations", len(widths) - 1)
    activations = [checks.word(f"activations[{n}]", name, ACTIVATIONS) for n, name in enumerate(names)]
    loss = checks.word("loss", model.get("loss"), LOSSES)
    checks.combination(activations, loss)
    precision = checks.word("precision", model.get("precision"), TYPECODES)
    generator = Generator(counted(model.get("generator"), "generator", 0, WORD))
    layers = listed(model, "layers", len(widths) - 1)
    for n, (layer, n_in, n_out) in enumerate(zip(layers, widths, widths[1:])):  # the sizes, before any memory is taken
        check_layer(layer, n_in, n_out, f"layers[{n}]")
        if "mask" in layer or "threshold_mask" in layer:
            check_layer(layer, n_in, n_out, f"layers[{n}]", "mask", "threshold_mask")
    structure = Structure(tuple(widths), tuple(activations), loss, precision)
    net = Net.__new__(Net)
    net._set(structure, structure.buffer(), generator, choose(engine))
    for n, (layer, shape) in enumerate(zip(layers, structure.layers)):
        fill(net.parameters, structure.typecode, shape, layer, f"layers[{n}]")
        if "mask" in layer:
            try:
                net.layers[n].mask = layer["mask"]
                net.layers[n].threshold_mask = layer["threshold_mask"]
            except TypeError as problem:
                raise ValueError(str(problem)) from None
    if model.get("columns") is not None:
        from .data import Columns

        columns = Columns.from_json(model["columns"], "columns")
        if (columns.width_in, columns.width_out) != (widths[0], widths[-1]):
            raise ValueError(
                f"columns: they make {columns.width_in} inputs and {columns.width_out} outputs, "
                f"but the net has {widths[0]} and {widths[-1]}"
            )
        net.columns = columns
    return net


def check_layer(layer: Any, n_in: int, n_out: int, where: str, rows: str = "weights", row: str = "thresholds") -> None:
    if not isinstance(layer, dict):
        raise ValueError(f"{where}: wanted an object with weights and thresholds, got {checks.shown(layer)}")
    for h, numbers in enumerate(listed(layer, rows, n_in, f"{where}.")):
        sized(numbers, n_out, f"{where}.{rows}[{h}]")
    listed(layer, row, n_out, f"{where}.")


def fill(parameters: Numbers, typecode: str, shape: LayerShape, layer: dict[str, Any], where: str) -> None:
    names = [f"weights[{h}]" for h in range(shape.n_in)] + ["thresholds"]
    for numbers, name, row in zip(shape.rows(parameters), names, [*layer["weights"], layer["thresholds"]]):
        for j, value in enumerate(row):
            place = f"{where}.{name}[{j}]"
            try:
                numbers[j] = checks.rounded(place, real(value, place), typecode)
            except TypeError as problem:
                raise ValueError(str(problem)) from None


def real(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{place}: wanted a number, got {checks.shown(value)}")
    return value


def listed(holder: dict[str, Any], key: str, size: int | None = None, where: str = "") -> list[Any]:
    return sized(holder.get(key), size, where + key)


def sized(value: Any, size: int | None, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{place}: wanted a list, got {checks.shown(value)}")
    if size is not None and len(value) != size:
        raise ValueError(f"{place}: wanted {size} entries, got {len(value)}")
    return value


def counted(value: Any, place: str, low: int, high: int | None = None) -> int:
    try:
        return checks.integer(place, value, low, high)
    except TypeError as problem:
        raise ValueError(str(problem)) from None


def save(net: Net, path: str | os.PathLike[str]) -> None:
    write_json(path, to_dict(net))


def write_json(path: str | os.PathLike[str], content: dict[str, Any]) -> None:
    lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in content.items()]
    write(path, "{\n" + ",\n".join(lines) + "\n}\n")


def write(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file beside `path`, which then takes its place."""
    from tempfile import mkstemp

    data = content.encode("utf-8") if isinstance(content, str) else content
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe or terminal cannot be replaced
        with open(path, "wb") as stream:
            stream.write(data)
        return
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    handle, beside = mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, os.stat(target).st_mode & 0o777 if os.path.exists(target) else 0o666 & ~umask())
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise


def umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def load(path: str | os.PathLike[str], engine: str = "auto") -> Net:
    return read_json(path, "a microbp model", lambda model: from_dict(model, engine), refuse)


def read_json(
    path: str | os.PathLike[str], what: str, use: Callable[[Any], T], constant: Callable[[str], Any] = float
) -> T:
    """What `use` makes of it; ValueErrors name the file."""
    with open(path, "rb") as stream:
        content = stream.read()
    name = os.fspath(path)
    try:
        return use(json.loads(content.decode("utf-8"), parse_constant=constant))
    except UnicodeDecodeError as problem:
        raise ValueError(f"{name}: not {what}: no UTF-8 at byte {problem.start}") from None
    except json.JSONDecodeError as problem:
        raise ValueError(f"{name}: not {what}: no JSON: {problem}") from None
    except RecursionError:
        raise ValueError(f"{name}: not {what}: nested too deeply") from None
    except ValueError as problem:
        raise ValueError(f"{name}: {problem}") from None


def refuse(constant: str) -> NoReturn:
    """Python's JSON has NaN and Infinity; a model has not."""
    raise ValueError(f"numbers must be finite, got {constant}")
