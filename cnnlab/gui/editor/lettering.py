"""Text on cards and wires: whole pixels, so that it is sharp at every zoom, and cut to the room there is."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from cnnlab.gui.theme import theme

MIN = 8
"""Pixels on the screen; smaller text is left out."""


@lru_cache(maxsize=128)
def font(pixels: int, bold: bool = False) -> QFont:
    """The app's font with tabular figures."""
    return theme.font(pixels, bold=bold, tabular=True)


@lru_cache(maxsize=128)
def _metrics(pixels: int, bold: bool) -> QFontMetricsF:
    return QFontMetricsF(font(pixels, bold))


@lru_cache(maxsize=8192)
def width(text: str, pixels: int, bold: bool = False) -> float:
    """The width of ``text`` as drawn, in pixels."""
    return _metrics(pixels, bold).horizontalAdvance(text)


@lru_cache(maxsize=8192)
def fitted(text: str, pixels: int, bold: bool, room: int) -> str:
    """``text``, or as much of it as has room, with an ellipsis."""
    return _metrics(pixels, bold).elidedText(text, Qt.TextElideMode.ElideRight, room)


@lru_cache(maxsize=8192)
def fitted_path(path: str, pixels: int, bold: bool, room: int) -> str:
    """A layer's path, or as much of its end as has room: what tells layers of a block from each other stands there. It is
    cut between parts where two whole ones are left, the first of them more than a number."""
    parts = path.split(".")
    for first in range(len(parts) - 1):
        end = "…" * (first > 0) + ".".join(parts[first:])
        if width(end, pixels, bold) <= room and not parts[first].isdecimal():
            return end
    return _metrics(pixels, bold).elidedText(path, Qt.TextElideMode.ElideLeft, room)


def last_part(path: str) -> str:
    """The shortest end of a path that says something: ``downsample.0`` of ``layer2.0.downsample.0``."""
    parts = path.split(".")
    while len(parts) > 1 and parts[-1].isdecimal():
        parts.pop()
    return ".".join(path.split(".")[len(parts) - 1 :])


@lru_cache(maxsize=8192)
def largest(text: str, room: int, minimum: int, maximum: int) -> int:
    """The largest size in ``minimum..maximum`` at which ``text`` fits in bold; 0 if there is none."""
    return next((pixels for pixels in range(maximum, minimum - 1, -1) if width(text, pixels, True) <= room), 0)


def write(painter: QPainter, left: float, middle: float, text: str, pixels: int, bold: bool = False) -> None:
    """Write one line with its vertical middle (of the capitals) at ``middle``, in the painter's colour."""
    painter.setFont(font(pixels, bold))
    painter.drawText(QPointF(round(left), round(middle + _metrics(pixels, bold).capHeight() / 2)), text)


def write_centred(painter: QPainter, area: QRectF, text: str, pixels: int, bold: bool = False) -> None:
    """Write one line in the middle of ``area``."""
    left = area.center().x() - width(text, pixels, bold) / 2
    write(painter, left, area.center().y(), text, pixels, bold)
