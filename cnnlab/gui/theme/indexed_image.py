"""From a numpy array of colour indices to a ``QImage``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def indexed_image(indices: NDArray[np.uint8], table: Sequence[int]) -> QImage:
    """An ``Indexed8`` image of ``indices (H, W)`` that owns its pixels; ``table`` holds 256 ``0xAARRGGBB`` entries."""
    height, width = indices.shape
    rows = np.ascontiguousarray(indices)
    # Without the bytes per line Qt expects rows padded to four bytes; without the copy it would read the array's memory.
    image = QImage(rows.data, width, height, width, QImage.Format.Format_Indexed8).copy()
    image.setColorTable(table)
    return image
