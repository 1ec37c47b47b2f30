"""From a picture as a data set holds it to a ``QImage``."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from cnnlab.gui.theme import theme
from cnnlab.gui.theme.indexed_image import indexed_image


def picture_image(pixels: np.ndarray) -> QImage:
    """uint8 ``(C, H, W)``: grey as ink on paper in the colours of the theme, red, green and blue as they are; of any other
    number of channels, the first as grey."""
    if pixels.shape[0] != 3:
        return indexed_image(pixels[0], theme.theme().ink_on_paper)
    colours = np.ascontiguousarray(pixels.transpose(1, 2, 0))
    height, width = colours.shape[:2]
    return QImage(colours.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
