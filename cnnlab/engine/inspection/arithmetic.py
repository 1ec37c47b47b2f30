"""The sum behind one pixel of a convolution's map, from recorded numbers: window × kernel for each input channel, plus bias.

numpy only. Source: torch.nn.Conv2d, out(k, y, x) = bias(k) + Σ_c Σ_i Σ_j weight(k, c, i, j) · input(c, y·s + i·d − p, …).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlab.core.catalog.formulas import padding_of
from cnnlab.core.catalog.spec import Params

_PAD_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@dataclass(frozen=True, eq=False)
class PixelArithmetic:
    """How one output pixel came about. ``C`` counts the input channels that this filter sees (all, if groups is 1)."""

    channels: range
    """Which input channels."""
    windows: np.ndarray
    """The input under the kernel, padding included, float32 ``(C, kh, kw)``."""
    kernels: np.ndarray
    """The filter's weights, float32 ``(C, kh, kw)``."""
    inside: np.ndarray
    """Which cells of the window lie on the picture and not in the padding, bool ``(kh, kw)``."""
    rows: tuple[int, ...]
    """The input row of each window row; below 0 or beyond the last in the padding."""
    columns: tuple[int, ...]
    sums: np.ndarray
    """Window × kernel summed, for each channel, float64 ``(C,)``."""
    bias: float
    """0.0 for a layer without bias."""
    recorded: float
    """The value of the pixel that torch wrote into the map."""

    @property
    def result(self) -> float:
        """All sums and the bias; equal to ``recorded`` but for the rounding of float32."""
        return float(self.sums.sum()) + self.bias


def explain(
    params: Params,
    weight: np.ndarray,
    bias: np.ndarray | None,
    picture: np.ndarray,
    maps: np.ndarray,
    pixel: tuple[int, int, int],
) -> PixelArithmetic:
    """The sum behind ``pixel = (filter, y, x)`` of ``maps`` ``(K, H', W')``, which a Conv2d with ``params``, ``weight``
    ``(K, C/groups, kh, kw)`` and ``bias`` ``(K,)`` made from ``picture`` ``(C, H, W)``. Raises ``IndexError`` outside the
    maps."""
    chosen, y, x = pixel
    if not all(0 <= index < size for index, size in zip(pixel, maps.shape, strict=True)):
        raise IndexError(f"{pixel} is not in maps of {maps.shape}")
    kernel = weight[chosen]
    seen = kernel.shape[0]
    first = chosen // (weight.shape[0] // params["groups"]) * seen
    margins = [padding_of(params, axis) for axis in (0, 1)]
    mode = _PAD_MODES[params["padding_mode"]]
    padded = np.pad(picture[first : first + seen], [(0, 0), *margins], mode=mode)  # type: ignore[call-overload]
    spots = [
        place * params["stride"][axis] + np.arange(kernel.shape[1 + axis]) * params["dilation"][axis]
        for axis, place in enumerate((y, x))
    ]
    windows = padded[:, spots[0][:, None], spots[1][None, :]]
    rows, columns = (spot - margin[0] for spot, margin in zip(spots, margins, strict=True))
    on_rows = (rows >= 0) & (rows < picture.shape[1])
    on_columns = (columns >= 0) & (columns < picture.shape[2])
    return PixelArithmetic(
        channels=range(first, first + seen),
        windows=windows,
        kernels=kernel,
        inside=on_rows[:, None] & on_columns[None, :],
        rows=tuple(rows.tolist()),
        columns=tuple(columns.tolist()),
        sums=(windows.astype(np.float64) * kernel).sum(axis=(1, 2)),
        bias=float(bias[chosen]) if bias is not None else 0.0,
        recorded=float(maps[pixel]),
    )
