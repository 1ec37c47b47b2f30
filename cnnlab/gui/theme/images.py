"""From an array, of colour indices or as a data set holds a picture, to a ``QImage``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from cnnlab.gui.theme import theme


def indexed_image(indices: NDArray[np.uint8], table: Sequence[int]) -> QImage:
    """An ``Indexed8`` image of ``indices (H, W)`` that owns its pixels; ``table`` holds 256 ``0xAARRGGBB`` entries."""
    height, width = indices.shape
    rows = np.ascontiguousarray(indices)
    # Without the bytes per line Qt expects rows padded to four bytes; without the copy it would read the array's memory.
    image = QImage(rows.data, width, height, width, QImage.Format.Format_Indexed8).copy()
    image.setColorTable(table)
    return image


def picture_image(pixels: np.ndarray) -> QImage:
    """An image of uint8 ``(C, H, W)``: grey as ink on paper in the colours of the theme, red, green and blue as they are; of any
    other number of channels, the first as grey."""
    if pixels.shape[0] != 3:
        return indexed_image(pixels[0], theme.theme().ink_on_paper)
    colours = np.ascontiguousarray(pixels.transpose(1, 2, 0))
    height, width = colours.shape[:2]
    return QImage(colours.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
