"""Which parameters training may change."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .notation import Numbers, Structure


class Mask:
    """1 for each free parameter and 0 for each frozen one, laid out like the parameters; made at the first look."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.buffer: Numbers | None = None

    def rows(self, n: int) -> list[Numbers]:
        """Of layer n, live."""
        if self.buffer is None:
            self.buffer = self.structure.buffer()
            for shape in self.structure.layers:
                for row in shape.rows(self.buffer):
                    for place in range(len(row)):
                        row[place] = 1.0
        return list(self.structure.layers[n].rows(self.buffer))

    @property
    def numbers(self) -> Numbers | None:
        """The buffer, or None where all are free."""
        if self.buffer is None:
            return None
        rows = (row.tolist() for shape in self.structure.layers for row in shape.rows(self.buffer))
        return self.buffer if any(0.0 in row for row in rows) else None

    def copy(self) -> Mask:
        mask = Mask(self.structure)
        if self.buffer is not None:
            mask.buffer = self.structure.buffer()
            mask.buffer[:] = self.buffer
        return mask
