"""Cards as ready pictures: a card is painted once for each zoom and look, and copied to the screen from then on."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter

from cnnlab.gui.editor.geometry import HEIGHT, WIDTH

PAD = 16
"""Screen pixels around the card, for ports and outlines."""
_MOST_BYTES = 64 * 2**20
_LARGEST_SCALE = 1.5
"""Device pixels for one canvas unit; beyond it few cards are on view and pictures are large, so they are painted anew."""


class CardPictures:
    """Keeps the pictures that were used last, within a budget of bytes."""

    def __init__(self) -> None:
        self._pictures: dict[Hashable, QImage] = {}
        self._bytes = 0

    def get(self, key: Hashable, zoom: float, ratio: float, paint: Callable[[QPainter], None]) -> QImage | None:
        """The picture for ``key``, made by ``paint`` (in screen pixels from the card's corner) if it is not there yet; None
        where it is better painted directly. ``ratio`` is device pixels for one screen pixel."""
        if zoom * ratio > _LARGEST_SCALE:
            return None
        picture = self._pictures.pop(key, None)
        if picture is None:
            picture = self._made(zoom, ratio, paint)
            self._bytes += picture.sizeInBytes()
            while self._bytes > _MOST_BYTES:
                oldest = self._pictures.pop(next(iter(self._pictures)))
                self._bytes -= oldest.sizeInBytes()
        self._pictures[key] = picture
        return picture

    @staticmethod
    def _made(zoom: float, ratio: float, paint: Callable[[QPainter], None]) -> QImage:
        width, height = (round((side * zoom + 2 * PAD) * ratio) for side in (WIDTH, HEIGHT))
        picture = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.translate(PAD, PAD)
        paint(painter)
        painter.end()
        return picture
