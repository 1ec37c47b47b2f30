"""The tiles of one layer at one moment: their values, scale, words and picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from PySide6.QtGui import QColor, QImage

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import significant
from cnnlab.engine.inspection.tiling import Bytes, Floats, Grid, Kind, largest, mosaic, to_indices
from cnnlab.gui.theme import theme
from cnnlab.gui.theme.images import indexed_image

Cell = tuple[int, int, int]
"""Tile, row and column, all counted from 0 as in the array."""


@dataclass(frozen=True)
class TileStack:
    """``values (K, H, W)``, float32, with K, H, W >= 1; they must not change afterwards."""

    values: Floats
    kind: Kind
    labels: Sequence[str] | None = None
    """Names of the tiles; None calls them "map 0", "map 1", …"""

    @cached_property
    def top(self) -> float:
        """The value at the end of the colour scale."""
        return largest(self.values)

    @cached_property
    def _indices(self) -> Bytes:
        return to_indices(self.values, self.kind, self.top)

    def value(self, cell: Cell) -> float:
        return float(self.values[cell])

    def reading(self, cell: Cell) -> str:
        """A cell in words: "map 12, row 3, column 5: −0.8123"."""
        tile, row, column = cell
        label = self.labels[tile] if self.labels else _("map {tile}", tile=tile)
        value = significant(self.value(cell), 4)
        return _("{label}, row {row}, column {column}: {value}", label=label, row=row, column=column, value=value)

    def picture(self, grid: Grid) -> QImage:
        """All tiles laid out as ``grid`` says, a pixel a cell, in the colours of the theme."""
        colours = theme.theme()
        table = colours.diverging if self.kind == "signed" else colours.sequential
        sheet = mosaic(self._indices, grid.columns, grid.gap)
        image = indexed_image(sheet, [QColor(colours.surface).rgb(), *table[1:]])
        # Painting scales RGB32 several times faster than it scales indices.
        return image.convertToFormat(QImage.Format.Format_RGB32)
