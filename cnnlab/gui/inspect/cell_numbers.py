"""The true numbers, written into the cells of a sheet that are large enough."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from cnnlab.gui import theme
from cnnlab.gui.inspect.numbers import significant

LEAST_CELL = 34.0
"""Cells narrower than this carry no number."""

_MARGIN = 6.0


def paint_numbers(painter: QPainter, cells: Sequence[tuple[QRectF, float, QColor]]) -> None:
    """Write each value into its rectangle, readable on its colour.

    All numbers get three significant digits, or two, or one, whichever fits the widest; none is written if none fits.
    """
    font = theme.font(theme.SMALL, tabular=True)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    for digits in (3, 2, 1):
        words = [significant(value, digits) for _, value, _ in cells]
        longest = max(words, key=len, default="")
        if all(metrics.horizontalAdvance(longest) <= rect.width() - _MARGIN for rect, _, _ in cells):
            break
    else:
        return
    for (rect, _, background), word in zip(cells, words, strict=True):
        painter.setPen(readable_on(background))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, word)


def readable_on(background: QColor) -> QColor:
    """The theme's text colour or its counterpart, whichever stands out more."""
    look = theme.theme()
    dark, light = (look.window, look.text) if look.dark else (look.text, look.surface)
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
