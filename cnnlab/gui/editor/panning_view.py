"""Looking at a large scene: zoom at the mouse, pan with the middle button, Space or two fingers, and a dotted ground."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from cnnlab.gui.theme import theme

MIN_ZOOM, LARGEST_ZOOM = 0.03, 4.0
ZOOM_STEP = 1.25
_STEPS_MS = 120
"""Between the steps of one zoom, at most."""
_FIT_MARGIN, _FIT_FOOT = 24, 64
"""Screen pixels left free around what is fitted; more at the bottom, where the zoom buttons are."""
_DOTS = 32
"""Canvas units between the dots of the ground."""
_MIN_DOTS = 20.0
"""Screen pixels; nearer dots are left out."""


class PanningView(QGraphicsView):
    """Zoom and pan only; what a press means is for a subclass."""

    viewed = Signal()
    """Another part of the canvas is on view, or at another zoom."""

    def __init__(self, scene: QGraphicsScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self._pan_from: QPoint | None = None
        self._space = False
        self._framing: Callable[[], None] | None = None
        self._zooming = QTimer(self)
        self._zooming.setSingleShot(True)
        self._zooming.setInterval(_STEPS_MS)
        self._zooming.timeout.connect(self.viewport().update)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        theme.signals().changed.connect(self._on_theme_changed)

    @property
    def zoom(self) -> float:
        """Screen pixels for one canvas unit."""
        return self.transform().m11()

    @property
    def is_zooming(self) -> bool:
        """Whether another step of the zoom may follow at once. When none does, all is painted again."""
        return self._zooming.isActive()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom by one step of several; what lies ``at`` (a point of the viewport, by default its middle) stays there."""
        self._zooming.start()
        self.set_zoom(self.zoom * factor, at)

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """Set the zoom (screen pixels for one canvas unit) within its limits; what lies ``at`` stays there."""
        self._framing = None
        anchor = at if at is not None else QRectF(self.viewport().rect()).center()
        on_canvas = self.canvas_point(anchor)
        zoom = min(max(zoom, MIN_ZOOM), LARGEST_ZOOM)
        self.resetTransform()
        self.scale(zoom, zoom)
        self._pan_by(self.viewportTransform().map(on_canvas) - anchor)
        self.viewed.emit()

    def show_area(self, area: QRectF, maximum: float = 1.5) -> None:
        """Show all of ``area``, as large as it goes, but not above the zoom ``maximum``."""
        if area.isEmpty():
            return
        room = self._room()
        self.set_zoom(min(room.width() / area.width(), room.height() / area.height(), maximum))
        self._pan_by(self.viewportTransform().map(area.center()) - room.center())
        self.viewed.emit()

    def show_beginning(self, area: QRectF, start: QPointF, readable: float, minimum: float, maximum: float) -> None:
        """Show all of ``area`` if it fits at the zoom ``readable`` or above; else what lies right of and below ``start``, as much
        of the width as goes at a zoom from ``minimum`` to ``maximum``."""
        room = self._room()
        if area.width() * readable <= room.width() and area.height() * readable <= room.height():
            self.show_area(area)
            return
        self.set_zoom(min(max(room.width() / area.width(), minimum), maximum))
        self._pan_by(self.viewportTransform().map(start) - room.topLeft())
        self.viewed.emit()

    def _room(self) -> QRectF:
        """The viewport without its margins."""
        return QRectF(self.viewport().rect()).adjusted(_FIT_MARGIN, _FIT_MARGIN, -_FIT_MARGIN, -_FIT_FOOT)

    def keep_framed(self, frame: Callable[[], None]) -> None:
        """Call ``frame``, which puts something on view, also after the view gets another size, until it is zoomed or
        panned."""
        frame()
        self._framing = frame

    def visible_area(self) -> QRectF:
        """The part of the canvas on view."""
        inverted, _invertible = self.viewportTransform().inverted()
        return inverted.mapRect(QRectF(self.viewport().rect()))

    def reveal(self, area: QRectF) -> None:
        """Pan as little as needed to have ``area`` on view."""
        if not self.visible_area().contains(area):
            self._framing = None
            self.ensureVisible(area, _FIT_MARGIN, _FIT_MARGIN)
            self.viewed.emit()

    def canvas_point(self, point: QPointF) -> QPointF:
        """A point of the viewport in canvas units, with fractions of pixels (``mapToScene`` takes whole ones)."""
        inverted, _invertible = self.viewportTransform().inverted()
        return inverted.map(point)

    def _pan_by(self, by: QPointF) -> None:
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() + round(by.x()))
        down.setValue(down.value() + round(by.y()))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.viewed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._framing is not None:
            self.keep_framed(self._framing)
        self.viewed.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        zooms = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        pad = event.device().type() == QInputDevice.DeviceType.TouchPad
        fingers = pad or event.phase() != Qt.ScrollPhase.NoScrollPhase
        if (fingers and not zooms) or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            delta = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 2
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not delta.x():
                delta = delta.transposed()
            self._framing = None
            self._pan_by(-QPointF(delta))
        else:
            self.zoom_by(ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_by(1 + event.value(), event.position())
            return True
        return super().viewportEvent(event)

    def begin_panning(self, event: QMouseEvent) -> bool:
        """Take a press that pans; returns whether it is one."""
        by_space = event.button() == Qt.MouseButton.LeftButton and self._space
        if event.button() == Qt.MouseButton.MiddleButton or by_space:
            self._pan_from = event.position().toPoint()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        return self._pan_from is not None

    def go_on_panning(self, event: QMouseEvent) -> bool:
        """Take a movement while panning; returns whether it was one."""
        if self._pan_from is None:
            return False
        self._framing = None
        at = event.position().toPoint()
        self._pan_by(QPointF(self._pan_from - at))
        self._pan_from = at
        return True

    def end_panning(self, event: QMouseEvent) -> bool:
        """Take the release that ends panning; returns whether it was one."""
        if self._pan_from is None:
            return False
        self._pan_from = None
        self.show_cursor(Qt.CursorShape.ArrowCursor)
        return True

    def show_cursor(self, shape: Qt.CursorShape) -> None:
        """Show ``shape`` over the canvas; a hand while Space is held."""
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if self._space else shape)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space:
            event.ignore()  # the canvas around the view knows the other keys
        elif not event.isAutoRepeat():
            self._space = True
            self.show_cursor(Qt.CursorShape.ArrowCursor)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space:
            event.ignore()
        elif not event.isAutoRepeat():
            self._space = False
            self.show_cursor(Qt.CursorShape.ArrowCursor)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = False
        super().focusOutEvent(event)

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        area = QRectF(rect)
        colours = theme.theme()
        painter.fillRect(area, QColor(colours.window))
        if self.zoom * _DOTS < _MIN_DOTS:
            return
        pen = QPen(QColor(colours.border), 2 if self.zoom > 0.9 else 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        left, top = int(area.left() // _DOTS) * _DOTS, int(area.top() // _DOTS) * _DOTS
        right, bottom = int(area.right()) + 1, int(area.bottom()) + 1
        painter.drawPoints([QPoint(x, y) for y in range(top, bottom, _DOTS) for x in range(left, right, _DOTS)])

    def _on_theme_changed(self) -> None:
        self.viewport().update()
