"""What is painted over the cells of a sheet: frames around cells and tiles, and the true numbers in cells that are large enough."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from cnnlab.core.numerals import significant
from cnnlab.gui.theme import theme

_MIN = 5.0
"""A frame is never smaller than this, so that single pixels can be marked."""


def paint_cell_mark(painter: QPainter, cell: QRectF, colour: QColor) -> None:
    """A thin frame just inside the cell's edge, with a rim that stands out whatever lies beneath."""
    grow = max(0.0, (_MIN - cell.width()) / 2)
    frame = cell.adjusted(-grow, -grow, grow - 1, grow - 1)
    painter.setPen(QPen(QColor(theme.theme().surface), 1))
    painter.drawRect(frame.adjusted(-1, -1, 1, 1))
    painter.setPen(QPen(colour, 1))
    painter.drawRect(frame)


def paint_tile_mark(painter: QPainter, tile: QRectF) -> None:
    """The accent frame of the selected tile, in the gap around it."""
    painter.setPen(QPen(QColor(theme.theme().accent), 2))
    painter.drawRect(tile.adjusted(-1, -1, 1, 1))


MIN_CELL = 34.0
"""Cells narrower than this carry no number."""

_MARGIN = 6.0


def paint_numbers(painter: QPainter, cells: Sequence[tuple[QRectF, float, QColor]], digits: int | None = None) -> None:
    """Write each value into its rectangle, readable on its colour, with so many significant ``digits``; None takes as many
    as ``fitting_digits`` finds for these values."""
    if not cells:
        return
    if digits is None:
        values = np.array([value for _, value, _ in cells])
        digits = fitting_digits(values, min(rect.width() for rect, _, _ in cells))
    if digits == 0:
        return
    painter.setFont(theme.font(theme.SMALL, tabular=True))
    for rect, value, background in cells:
        painter.setPen(readable_on(background))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, significant(value, digits))


def fitting_digits(values: np.ndarray, width: float) -> int:
    """Three significant digits, or two, or one, whichever fits the widest of ``values`` into cells so wide; 0 if none fits."""
    metrics = QFontMetricsF(theme.font(theme.SMALL, tabular=True))
    widest = _widest(values.reshape(-1))
    for digits in (3, 2, 1):
        # By their width: of texts with as many characters, one with a minus is wider than one with a point.
        text = (significant(float(value), digits) for value in widest)
        if max(map(metrics.horizontalAdvance, text), default=0.0) <= width - _MARGIN:
            return digits
    return 0


def _widest(values: np.ndarray) -> np.ndarray:
    """Of all values with the same sign and power of ten, which are written with as many characters, the largest: rounding may
    give it one more."""
    ordered = values[np.argsort(-np.abs(values), kind="stable")].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = np.floor(np.log10(np.abs(ordered)))
    kinds = powers + np.where(np.signbit(ordered), 1000, 0)
    return ordered[np.unique(kinds, return_index=True)[1]]


def readable_on(background: QColor) -> QColor:
    """The theme's text colour or its counterpart, whichever stands out more."""
    colours = theme.theme()
    dark, light = (colours.window, colours.text) if colours.dark else (colours.text, colours.surface)
    # 0.18 is the luminance at which black and white contrast equally (WCAG 2.2).
    return QColor(dark) if _luminance(background.rgb()) > 0.18 else QColor(light)


@lru_cache(maxsize=1024)
def _luminance(rgb: int) -> float:
    colour = QColor.fromRgb(rgb)
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
