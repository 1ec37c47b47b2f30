"""One training picture, several times, as different epochs would show it to the network."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.theme import theme
from cnnlab.gui.theme.images import picture_image
from cnnlab.gui.theme.theme import GRID

COLUMNS, ROWS = 4, 2
COUNT = COLUMNS * ROWS
_GAP = GRID // 2
_MAX_SIDE = 12 * GRID


class PreviewStrip(QWidget):
    """Up to ``COUNT`` small pictures, as large as the width lets them be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: np.ndarray | None = None
        self._images: list[QImage] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("A training picture, augmented"))
        self.setToolTip(_("One training picture, as {count} epochs would show it to the network", count=COUNT))
        theme.signals().changed.connect(self._draw)

    @property
    def pictures(self) -> np.ndarray | None:
        """What is shown, uint8 ``(N, C, H, W)``; None if nothing is."""
        return self._pictures

    def show_pictures(self, pictures: np.ndarray | None) -> None:
        """Show these, uint8 ``(N, C, H, W)``; None shows nothing."""
        self._pictures = pictures
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        # Layouts inside layouts do not ask for a height that goes with the width.
        self.setFixedHeight(ROWS * self._side(self.width()) + (ROWS - 1) * _GAP)

    def sizeHint(self) -> QSize:
        side = self._side(26 * GRID)
        return QSize(26 * GRID, ROWS * side + (ROWS - 1) * _GAP)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for index, image in enumerate(self._images):
            place = self._place(index)
            small = place.width() < image.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, small)
            painter.drawImage(place, image)
            painter.setPen(QPen(QColor(theme.theme().border), 1))
            painter.drawRect(place.adjusted(0, 0, -1, -1))
        painter.end()

    def _side(self, width: int) -> int:
        return max(GRID, min((width - (COLUMNS - 1) * _GAP) // COLUMNS, _MAX_SIDE))

    def _place(self, index: int) -> QRect:
        step = self._side(self.width()) + _GAP
        return QRect(index % COLUMNS * step, index // COLUMNS * step, step - _GAP, step - _GAP)

    def _draw(self) -> None:
        pictures = self._pictures if self._pictures is not None else ()
        self._images = [picture_image(pixels) for pixels in pictures]
        self.update()
