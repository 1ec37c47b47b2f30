"""Feature maps and kernels as one picture: scaling a whole layer to 8 bit at once, and laying its tiles on a sheet.

numpy only, no torch: worker threads and widgets both call it. A layer is a stack of tiles ``(K, H, W)``; a value becomes
an index into a colour table of 256 entries. No value gets index 0, so that it is free for the gaps between tiles.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Kind = Literal["signed", "magnitude"]
"""``signed``: symmetrical about zero, which is always index 128. ``magnitude``: from zero (index 1) to the largest (255)."""

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

GAP_INDEX = 0
_FLAT = 1e-30
"""A layer whose largest magnitude is below this is shown as zero: the scale would overflow float32."""


def largest(values: Floats) -> float:
    """The largest finite magnitude in ``values``: the end of the scale; 0.0 if there is none."""
    if values.size == 0:
        return 0.0
    top = max(float(values.max()), -float(values.min()))
    if np.isfinite(top):
        return top
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def to_indices(values: Floats, kind: Kind, top: float | None = None) -> Bytes:
    """Colour indices of the same shape. ``top`` is the value at the end of the scale, by default ``largest(values)``.

    Values beyond the ends take the colour of the end, also the infinities; NaN takes the colour of zero, because no
    colour says "not a number": the readout does. Negative values of a ``magnitude`` are shown as zero.
    """
    if top is None:
        top = largest(values)
    zero, steps = (128, 127) if kind == "signed" else (1, 254)
    scale = steps / top if top > _FLAT else 0.0
    with np.errstate(invalid="ignore"):
        scaled = np.multiply(values, np.float32(scale), dtype=np.float32)
    if not np.isfinite(scaled.sum()):
        np.nan_to_num(scaled, copy=False, nan=0.0, posinf=steps, neginf=-steps)
    # Adding a half and cutting off rounds to the nearest, since all numbers are positive by then.
    scaled += np.float32(zero + 0.5)
    np.clip(scaled, 1.0, 255.5, out=scaled)
    return scaled.astype(np.uint8)


class Grid(NamedTuple):
    """Where the tiles of a sheet lie: tile ``k`` at row ``k // columns``, column ``k % columns``, ``gap`` cells apart."""

    tiles: int
    height: int
    width: int
    columns: int
    gap: int

    @property
    def rows(self) -> int:
        return -(-self.tiles // self.columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the sheet in cells; there is no gap around the outside."""
        return (
            self.rows * (self.height + self.gap) - self.gap,
            self.columns * (self.width + self.gap) - self.gap,
        )

    def origin(self, tile: int) -> tuple[int, int]:
        """Row and column on the sheet of the top left cell of ``tile``."""
        row, column = divmod(tile, self.columns)
        return row * (self.height + self.gap), column * (self.width + self.gap)

    def locate(self, row: int, column: int) -> tuple[int, int, int] | None:
        """``(tile, y, x)`` of a cell of the sheet; None on a gap, beyond the last tile or off the sheet."""
        if row < 0 or column < 0:
            return None
        down, y = divmod(row, self.height + self.gap)
        across, x = divmod(column, self.width + self.gap)
        tile = down * self.columns + across
        if y >= self.height or x >= self.width or across >= self.columns or tile >= self.tiles:
            return None
        return tile, y, x


def best_columns(tiles: int, height: int, width: int, aspect: float, gap: int = 1) -> int:
    """The number of columns that makes cells largest on an area ``aspect`` times as wide as high; at least 1."""
    best, best_size = 1, 0.0
    for columns in range(1, tiles + 1):
        sheet_height, sheet_width = Grid(tiles, height, width, columns, gap).shape
        size = min(aspect / sheet_width, 1 / sheet_height)
        if size > best_size:
            best, best_size = columns, size
    return best


def mosaic(indices: Bytes, columns: int, gap: int = 1) -> Bytes:
    """All tiles ``(K, H, W)`` on one sheet ``(H', W')`` of ``Grid(K, H, W, columns, gap).shape``.

    Gaps and places after the last tile hold ``GAP_INDEX``.
    """
    tiles, height, width = indices.shape
    grid = Grid(tiles, height, width, columns, gap)
    rows = grid.rows
    places = np.full((rows, height + gap, columns, width + gap), GAP_INDEX, dtype=np.uint8)
    whole, rest = divmod(tiles, columns)
    full = indices[: whole * columns].reshape(whole, columns, height, width)
    places[:whole, :height, :, :width] = full.transpose(0, 2, 1, 3)
    if rest:
        places[whole, :height, :rest, :width] = indices[whole * columns :].transpose(1, 0, 2)
    sheet = places.reshape(rows * (height + gap), columns * (width + gap))
    sheet_height, sheet_width = grid.shape
    return sheet[:sheet_height, :sheet_width]
