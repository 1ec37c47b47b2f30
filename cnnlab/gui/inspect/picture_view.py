"""One picture of the data set, large, pixel by pixel."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.inspect.empty_state import paint_empty
from cnnlab.gui.theme import theme
from cnnlab.gui.theme.picture_image import picture_image


class PictureView(QWidget):
    """``set_picture`` takes uint8 ``(C, H, W)``: grey as ink on paper, colour as it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixels: np.ndarray | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Input picture"))
        theme.signals().changed.connect(self.update)

    def set_picture(self, pixels: np.ndarray | None, words: str = "") -> None:
        """Show a picture, described by ``words``; None shows the words alone."""
        self._pixels = pixels
        self.setAccessibleDescription(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(27 * theme.GRID, 27 * theme.GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(15 * theme.GRID, 15 * theme.GRID)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.theme()
        painter = QPainter(self)
        side = min(self.width(), self.height()) - 2
        frame = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        if self._pixels is None:
            paint_empty(painter, frame, self.accessibleDescription())
        else:
            painter.drawImage(frame, picture_image(self._pixels))
        painter.setPen(QPen(QColor(look.border), 1))
        painter.drawRect(frame)
        painter.end()
