"""Cards as ready pictures: a card is painted once for each zoom and look, and copied to the screen from then on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter

from cnnlab.gui.editor.geometry import HEIGHT, WIDTH

PAD = 16
"""Screen pixels around the card, for ports and outlines."""
_MAX_BYTES = 64 * 2**20
_LARGEST_SCALE = 1.5
"""Device pixels for one canvas unit; beyond it few cards are on view and pictures are large, so they are painted anew."""


class Occasion(NamedTuple):
    """What a picture is for."""

    version: int
    """Version of the card's look; no two cards have the same."""
    zoom: float
    ratio: float
    """Device pixels for one screen pixel."""
    dark: bool
    icons: bool


class CardPictures:
    """Keeps the pictures that were used last, within a budget of bytes."""

    def __init__(self) -> None:
        self._pictures: dict[Occasion, QImage] = {}
        self._latest: dict[int, Occasion] = {}
        """By version, the occasion of the last picture that is still kept."""
        self._bytes = 0

    def get(self, occasion: Occasion, paint: Callable[[QPainter], None]) -> QImage | None:
        """The picture for ``occasion``, made by ``paint`` (in screen pixels from the card's corner) if it is not there yet;
        None where it is better painted directly."""
        if occasion.zoom * occasion.ratio > _LARGEST_SCALE:
            return None
        picture = self._pictures.pop(occasion, None)
        if picture is None:
            picture = self._made(occasion.zoom, occasion.ratio, paint)
            self._bytes += picture.sizeInBytes()
            while self._bytes > _MAX_BYTES:
                self._drop_oldest()
        self._pictures[occasion] = picture
        self._latest[occasion.version] = occasion
        return picture

    def last_of(self, version: int) -> tuple[QImage, float] | None:
        """The picture that was used last of a card's look, and its zoom."""
        occasion = self._latest.get(version)
        return (self._pictures[occasion], occasion.zoom) if occasion else None

    def _drop_oldest(self) -> None:
        occasion = next(iter(self._pictures))
        self._bytes -= self._pictures.pop(occasion).sizeInBytes()
        if self._latest.get(occasion.version) == occasion:
            del self._latest[occasion.version]

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
