"""The square that is drawn on, with the mouse or the keyboard."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.inspect.empty_state import paint_empty
from cnnlab.gui.inspect.ink_raster import SIDE, InkRaster
from cnnlab.gui.theme import theme

MIN_BRUSH, USUAL_BRUSH, LARGEST_BRUSH = 8, 20, 40
"""Diameters in pixels of the raster."""

_STEP = 5.0
_DIRECTIONS = {
    Qt.Key.Key_Left: QPointF(-_STEP, 0),
    Qt.Key.Key_Right: QPointF(_STEP, 0),
    Qt.Key.Key_Up: QPointF(0, -_STEP),
    Qt.Key.Key_Down: QPointF(0, _STEP),
}
_UNDO_KEYS = {Qt.Key.Key_Backspace, Qt.Key.Key_U}
_OWN_KEYS = {*_DIRECTIONS, *_UNDO_KEYS, Qt.Key.Key_Space, Qt.Key.Key_Delete}


class DrawSurface(QWidget):
    """A raster of 280 × 280, always square. The left button draws, the right one erases.

    Keys: arrows move a crosshair, Space puts the pen down and lifts it, Backspace or U undoes a stroke, Delete clears.
    """

    changed = Signal(object)
    """The raster ``(280, 280)`` uint8 after every movement that changed ink."""
    stroke_finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ink = InkRaster()
        self._picture = QImage()
        self._is_empty = True
        self.brush = USUAL_BRUSH
        self.erases = False
        self._pen_at: QPointF | None = None
        self._pen_erases = False
        self._mouse_at: QPointF | None = None
        self._crosshair: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(_("Drawing"))
        self.setAccessibleDescription(_("Arrow keys move, Space draws, Backspace undoes, Delete clears"))
        theme.signals().changed.connect(self._redraw)
        self._redraw()

    def raster(self) -> NDArray[np.uint8]:
        """A copy of the drawing, ``(280, 280)``, ink 255."""
        return self._ink.array()

    def set_raster(self, pixels: NDArray[np.uint8]) -> None:
        """Replace the drawing by ``(280, 280)`` bytes; can be undone. Emits ``changed``."""
        self._ink.remember()
        self._ink.set(pixels)
        self._tell_changed()

    @property
    def can_undo(self) -> bool:
        return self._ink.can_undo

    @property
    def is_empty(self) -> bool:
        return self._is_empty

    def undo(self) -> None:
        """Take back the last stroke or clearing."""
        if self._ink.can_undo:
            self._lift()
            self._ink.undo()
            self._tell_changed()

    def clear(self) -> None:
        """Remove all ink; can be undone."""
        if not self._is_empty:
            self._lift()
            self._ink.remember()
            self._ink.clear()
            self._tell_changed()

    def paper_rect(self) -> QRectF:
        """The square in the middle of the widget that shows the raster."""
        side = max(1, min(self.width(), self.height()))
        return QRectF((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def minimumSizeHint(self) -> QSize:
        return QSize(SIDE // 2, SIDE // 2)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return width

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.theme()
        painter = QPainter(self)
        paper = self.paper_rect()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(paper, self._picture)
        if self._is_empty:
            paint_empty(painter, paper, _("Draw a digit"), theme.LARGE)
        painter.setPen(QPen(QColor(colours.accent if self.hasFocus() else colours.border), 1))
        painter.drawRect(paper.adjusted(0, 0, -1, -1))
        painter.setClipRect(paper)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._mouse_at is not None:
            self._paint_ring(painter, self._mouse_at)
        elif self._crosshair is not None and self.hasFocus():
            self._paint_crosshair(painter, self._crosshair)
        painter.end()

    def _paint_ring(self, painter: QPainter, at: QPointF) -> None:
        """How large the brush is."""
        paper = self.paper_rect()
        radius = self.brush / 2 * paper.width() / SIDE
        painter.setPen(QPen(QColor(theme.theme().muted), 1))
        painter.drawEllipse(self._on_widget(at), radius, radius)

    def _paint_crosshair(self, painter: QPainter, at: QPointF) -> None:
        self._paint_ring(painter, at)
        centre, reach = self._on_widget(at), 2.0 * theme.GRID
        painter.setPen(QPen(QColor(theme.theme().accent), 2))
        painter.drawLine(centre - QPointF(reach, 0), centre + QPointF(reach, 0))
        painter.drawLine(centre - QPointF(0, reach), centre + QPointF(0, reach))

    def _redraw(self) -> None:
        self._picture = self._ink.picture(theme.theme().ink_on_paper)
        self.update()

    # Drawing

    def _on_raster(self, point: QPointF) -> QPointF:
        paper = self.paper_rect()
        return (point - paper.topLeft()) * (SIDE / paper.width())

    def _on_widget(self, point: QPointF) -> QPointF:
        paper = self.paper_rect()
        return paper.topLeft() + point * (paper.width() / SIDE)

    def _press(self, at: QPointF, erases: bool) -> None:
        self._ink.remember()
        self._pen_at, self._pen_erases = at, erases
        self._draw_to(at)

    def _draw_to(self, at: QPointF) -> None:
        if self._pen_at is None:
            return
        if self._ink.stroke(self._pen_at, at, self.brush, self._pen_erases):
            self._tell_changed()
        self._pen_at = at

    def _lift(self) -> None:
        if self._pen_at is not None:
            self._pen_at = None
            self.stroke_finished.emit()

    def _tell_changed(self) -> None:
        self._is_empty = self._ink.is_empty()
        self._redraw()
        self.changed.emit(self._ink.array())

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._pen_at is None and event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._crosshair = None
            self._press(self._on_raster(event.position()), self.erases or event.button() == Qt.MouseButton.RightButton)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse_at = self._on_raster(event.position())
        if event.buttons():
            self._draw_to(self._mouse_at)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._lift()

    def leaveEvent(self, event: QEvent) -> None:
        self._mouse_at = None
        self.update()

    def focusOutEvent(self, event: QEvent) -> None:
        self._lift()
        self.update()

    def event(self, event: QEvent) -> bool:
        # Keys that mean something here must not trigger a shortcut of the window.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _OWN_KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _UNDO_KEYS:
            self.undo()
        elif key == Qt.Key.Key_Delete:
            self.clear()
        elif key in _DIRECTIONS or key == Qt.Key.Key_Space:
            self._mouse_at = None
            at = self._crosshair or QPointF(SIDE / 2, SIDE / 2)
            if key in _DIRECTIONS:
                at = at + _DIRECTIONS[key]
                at = QPointF(min(max(at.x(), 0.0), SIDE), min(max(at.y(), 0.0), SIDE))
                self._draw_to(at)
            elif event.isAutoRepeat():
                return
            elif self._pen_at is None:
                self._press(at, self.erases)
            else:
                self._lift()
            self._crosshair = at
            self.update()
        else:
            super().keyPressEvent(event)
