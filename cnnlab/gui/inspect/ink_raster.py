"""The raster that a drawing lives in, and what a brush does to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

SIDE = 280
"""Ten times MNIST's 28."""

_INK, _BARE = 255, 0
_UNDO_DEPTH = 50


class InkRaster:
    """280 × 280 bytes: 255 is ink, 0 is bare paper. Each stroke, clearing or replacement can be undone."""

    def __init__(self) -> None:
        self._image = QImage(SIDE, SIDE, QImage.Format.Format_Grayscale8)
        self._image.fill(_BARE)
        self._before: list[QImage] = []

    def array(self) -> NDArray[np.uint8]:
        """A copy of the pixels, ``(280, 280)``."""
        return np.frombuffer(self._image.constBits(), np.uint8).reshape(SIDE, SIDE).copy()

    def remember(self) -> None:
        """Begin a step that ``undo`` takes back."""
        self._before = [*self._before[1 - _UNDO_DEPTH :], self._image.copy()]

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    def undo(self) -> None:
        """Take back the last step, if there is one."""
        if self._before:
            self._image = self._before.pop()

    def clear(self) -> None:
        self._image.fill(_BARE)

    def set(self, pixels: NDArray[np.uint8]) -> None:
        """Replace everything; raises ``ValueError`` unless ``pixels`` are ``(280, 280)`` bytes."""
        if pixels.shape != (SIDE, SIDE) or pixels.dtype != np.uint8:
            raise ValueError(f"a raster is {SIDE} × {SIDE} bytes, not {pixels.dtype} {pixels.shape}")
        rows = np.ascontiguousarray(pixels)
        self._image = QImage(rows.data, SIDE, SIDE, SIDE, QImage.Format.Format_Grayscale8).copy()

    def is_empty(self) -> bool:
        return not np.frombuffer(self._image.constBits(), np.uint8).any()

    def stroke(self, start: QPointF, end: QPointF, brush: float, erases: bool = False) -> bool:
        """Draw from ``start`` to ``end`` with a round brush of that diameter; whether any pixel changed."""
        reach = brush / 2 + 1
        touched = QRectF(start, end).normalized().adjusted(-reach, -reach, reach, reach).toAlignedRect()
        touched = touched.intersected(self._image.rect())
        before = self._image.copy(touched)
        grey = _BARE if erases else _INK
        painter = QPainter(self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(grey, grey, grey), brush, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        if start == end:
            painter.drawPoint(start)
        else:
            painter.drawLine(QLineF(start, end))
        painter.end()
        return self._image.copy(touched) != before

    def picture(self, table: list[int]) -> QImage:
        """The raster in colour: ``table`` holds 256 ``0xffRRGGBB`` entries, from bare to ink."""
        image = self._image.copy()
        image.reinterpretAsFormat(QImage.Format.Format_Indexed8)
        image.setColorTable(table)
        return image.convertToFormat(QImage.Format.Format_RGB32)
