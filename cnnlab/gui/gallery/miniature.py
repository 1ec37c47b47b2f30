"""The drawing of a network on the page about it, one coloured card a layer, in lines like a text; below it, which colour stands for
which family of layers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnlab.core.catalog.spec import FAMILY_TITLES, Family
from cnnlab.core.messages import text as _
from cnnlab.gui.gallery.sketch import CARD, PITCH, Band, Sketch, SketchCard, SketchWire, folded
from cnnlab.gui.theme import theme

_SQUARE = theme.GRID


class Legend(QWidget):
    """One line below the drawing: a square in the colour of each family, and its name. What does not fit is left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._families: tuple[Family, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Colours of the layers"))
        theme.signals().changed.connect(self.update)

    def show_families(self, families: Sequence[Family]) -> None:
        """Name these families, in this order."""
        self._families = tuple(families)
        self.setAccessibleDescription(", ".join(str(FAMILY_TITLES[family]) for family in families))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(32 * theme.GRID, 2 * theme.GRID)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours, font = theme.theme(), theme.font(theme.SMALL)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        x = 0
        for family in self._families:
            text = str(FAMILY_TITLES[family])
            width = QFontMetrics(font).horizontalAdvance(text)
            if x + _SQUARE + theme.GRID // 2 + width > self.width():
                break
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.families[family]))
            painter.drawRoundedRect(QRectF(x, (self.height() - _SQUARE) / 2, _SQUARE, _SQUARE), 2, 2)
            x += _SQUARE + theme.GRID // 2
            painter.setPen(QColor(colours.muted))
            painter.drawText(x, 0, width + 1, self.height(), Qt.AlignmentFlag.AlignVCenter, text)
            x += width + 2 * theme.GRID
        painter.end()


_LARGEST = 0.5
"""A small network is not drawn larger than this share of its size on the canvas."""
_NAMED = 40.0
"""Pixels that a card must be wide to carry its name."""


class Miniature(QWidget):
    """Paints a ``Sketch`` as large as fits; a sentence while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sketch: Sketch | None = None
        self._text = ""
        self._picture: QPixmap | None = None
        """What was painted last, until size, colours or drawing change."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Drawing of the network"))
        theme.signals().changed.connect(self._on_theme_changed)

    def show_sketch(self, drawing: Sketch) -> None:
        """Show a network."""
        self._set(drawing, "")
        self.setAccessibleDescription(_("{count} layers", count=len(drawing.cards)))

    def show_text(self, text: str) -> None:
        """Say why there is no drawing."""
        self._set(None, text)
        self.setAccessibleDescription(text)

    @property
    def sketch(self) -> Sketch | None:
        """The sketch that is shown; None while there is none."""
        return self._sketch

    def sizeHint(self) -> QSize:
        return QSize(64 * theme.GRID, 27 * theme.GRID)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None:
            self._picture = self._painted()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._picture = None

    def _set(self, drawing: Sketch | None, text: str) -> None:
        self._sketch, self._text, self._picture = drawing, text, None
        self.update()

    def _on_theme_changed(self) -> None:
        self._picture = None
        self.update()

    def _painted(self) -> QPixmap:
        colours, ratio = theme.theme(), self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.border))
        painter.setBrush(QColor(colours.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.GRID, theme.GRID)
        if self._sketch is None:
            painter.setPen(QColor(colours.muted))
            painter.setFont(theme.font())
            flags = Qt.AlignmentFlag.AlignCenter.value | Qt.TextFlag.TextWordWrap.value
            painter.drawText(self.rect().adjusted(16, 16, -16, -16), flags, self._text)
        else:
            self._paint_network(painter, self._sketch)
        painter.end()
        return picture

    def _paint_network(self, painter: QPainter, drawing: Sketch) -> None:
        room = QRectF(self.rect()).adjusted(theme.GRID, theme.GRID, -theme.GRID, -theme.GRID)
        bands, scale = folded(drawing, room.width(), room.height())
        scale = min(scale, _LARGEST)
        widest = max(band.right - band.left for band in bands) * scale
        y = room.center().y() - sum(band.height for band in bands) * scale / 2
        # All lines begin at one edge, as those of a text do.
        x = room.center().x() - widest / 2
        for band in bands:
            painter.save()
            painter.setClipRect(QRectF(x, y, (band.right - band.left) * scale, band.height * scale))
            painter.translate(x - band.left * scale, y - band.top * scale)
            _paint_band(painter, drawing, band, scale)
            painter.restore()
            y += band.height * scale


def _paint_band(painter: QPainter, drawing: Sketch, band: Band, scale: float) -> None:
    colours = theme.theme()
    painter.setPen(QPen(QColor(colours.muted), 1.0 if scale < 0.2 else 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for line in drawing.lines:
        if line.x1 < band.right and line.x2 > band.left:
            painter.drawPath(_path(line, scale))
    for card in drawing.cards:
        if band.left <= card.left < band.right:
            _paint_card(painter, card, scale)


def _path(line: SketchWire, scale: float) -> QPainterPath:
    start, end = QPointF(line.x1, line.y1) * scale, QPointF(line.x2, line.y2) * scale
    path = QPainterPath(start)
    if line.rise:
        # A cubic curve reaches three quarters of the way to its control points.
        lift = (CARD[1] / 2 + line.rise) / 0.75 * scale
        path.cubicTo(start - QPointF(0, lift), end - QPointF(0, lift), end)
    else:
        # Level until the column before the end: a branch that is shorter than its neighbours stays in its row.
        bend = max(start.x(), end.x() - (PITCH[0] - CARD[0]) * scale)
        half = (end.x() - bend) / 2
        path.lineTo(bend, start.y())
        path.cubicTo(bend + half, start.y(), end.x() - half, end.y(), end.x(), end.y())
    return path


def _paint_card(painter: QPainter, card: SketchCard, scale: float) -> None:
    colours = theme.theme()
    colour = QColor(colours.families[card.family])
    rect = QRectF(card.left * scale, card.top * scale, CARD[0] * scale, CARD[1] * scale)
    corner = min(4.0, rect.width() / 5)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(rect, corner, corner)
    if rect.width() < _NAMED:
        return
    # Where there is room a card looks as on the canvas: a stripe, and its name below it.
    painter.setBrush(QColor(colours.surface))
    painter.drawRoundedRect(rect.adjusted(1, 6, -1, -1), corner, corner)
    font = theme.font(theme.SMALL)
    name = QFontMetricsF(font).elidedText(card.name, Qt.TextElideMode.ElideRight, rect.width() - 6)
    painter.setFont(font)
    painter.setPen(QColor(colours.text))
    painter.drawText(rect.adjusted(0, 6, 0, 0), Qt.AlignmentFlag.AlignCenter, name)
