"""The digest of a net, the same on every machine."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .notation import Numbers, Structure


def digest(structure: Structure, parameters: Numbers, mask: Numbers | None = None) -> str:
    """SHA-256 over the structure in words, then every layer's rows of weights and its thresholds, little-endian;
    then, if any is frozen, the word mask and a byte for each parameter in the same order: 0 for a frozen one.
    """
    from array import array
    from hashlib import sha256

    words = " ".join([*map(str, structure.widths), *structure.activations, structure.loss, structure.precision])
    total = sha256(f"microbp {words}\n".encode("ascii"))
    for shape in structure.layers:
        for numbers in shape.rows(parameters):
            row = array(structure.typecode, numbers)
            if sys.byteorder == "big":
                row.byteswap()
            total.update(row.tobytes())
    if mask is not None:
        total.update(b"mask\n")
        for shape in structure.layers:
            for flags in shape.rows(mask):
                total.update(bytes(map(int, flags)))
    return total.hexdigest()
