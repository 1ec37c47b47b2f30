"""Looking at the canvas and taking the mouse: zoom, pan, and the gesture that a press begins."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QHelpEvent,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QGraphicsView, QRubberBand, QToolTip, QWidget

from cnnlab.core.graph import Wire
from cnnlab.core.messages import text as _
from cnnlab.gui import theme
from cnnlab.gui.editor import palette
from cnnlab.gui.editor.card_face import spoken
from cnnlab.gui.editor.connecting import Connecting, wires_at
from cnnlab.gui.editor.geometry import HEIGHT, Port, source_of, target_of
from cnnlab.gui.editor.gestures import Gesture, MoveCards, SelectArea
from cnnlab.gui.editor.scene import NetworkScene
from cnnlab.gui.editor.walking import next_card

LEAST_ZOOM, LARGEST_ZOOM = 0.1, 4.0
ZOOM_STEP = 1.25
_FIT_MARGIN, _FIT_FOOT = 24, 64
"""Screen pixels left free around the network; more at the bottom, where the zoom buttons are."""
_PORT_REACH = 12.0
"""Screen pixels around a port that take the mouse."""
_DOTS = 32
"""Canvas units between the dots of the background."""
_LEAST_DOTS = 20.0
"""Screen pixels; nearer dots are left out."""


class NetworkView(QGraphicsView):
    """Wheel zooms at the mouse; middle button, Space or two fingers pan; a press on a port, card, wire or nothing begins
    to connect, move, lift or select."""

    viewed = Signal()
    """Another part of the canvas is on view, or at another zoom."""
    connecting_began = Signal(object)
    """A wire is in the hand: the ``Connecting``."""
    rename_wanted = Signal(str)
    layer_wanted = Signal(object)
    """A double click on nothing: the point on the canvas."""
    walked = Signal(int)
    """Tab (1) or Shift+Tab (−1) was pressed and there is a card to go to."""
    layer_dragged = Signal(str, object)
    """A layer from the palette hovers: its key and the point on the canvas."""
    layer_drag_left = Signal()
    layer_dropped = Signal(str, object)

    def __init__(self, scene: NetworkScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self._network = scene
        self._gesture: Gesture | None = None
        self._pressed: tuple[QPoint, object, Qt.KeyboardModifier] | None = None
        self._pan_from: QPoint | None = None
        self._space = False
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, self.viewport())
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setAccessibleName(_("Network"))
        theme.signals().changed.connect(self._on_theme_changed)

    # Zoom and pan

    @property
    def zoom(self) -> float:
        """Screen pixels for one canvas unit."""
        return self.transform().m11()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom; what lies ``at`` (a point of the viewport, by default its middle) stays there."""
        self.set_zoom(self.zoom * factor, at)

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """The same with the zoom itself, within its limits."""
        anchor = at if at is not None else QRectF(self.viewport().rect()).center()
        on_canvas = self._canvas_point(anchor)
        zoom = min(max(zoom, LEAST_ZOOM), LARGEST_ZOOM)
        self.resetTransform()
        self.scale(zoom, zoom)
        self._pan_by(self.viewportTransform().map(on_canvas) - anchor)
        self.viewed.emit()

    def show_area(self, area: QRectF, most: float = 1.0) -> None:
        """All of ``area``, as large as it goes, but not above the zoom ``most``."""
        if area.isEmpty():
            return
        room = QRectF(self.viewport().rect()).adjusted(_FIT_MARGIN, _FIT_MARGIN, -_FIT_MARGIN, -_FIT_FOOT)
        self.set_zoom(min(room.width() / area.width(), room.height() / area.height(), most))
        self._pan_by(self.viewportTransform().map(area.center()) - room.center())
        self.viewed.emit()

    def fit(self) -> None:
        """Show the whole network."""
        self.show_area(self._network.all_cards_rect())

    def visible_area(self) -> QRectF:
        """The part of the canvas on view."""
        inverted, _invertible = self.viewportTransform().inverted()
        return inverted.mapRect(QRectF(self.viewport().rect()))

    def reveal(self, area: QRectF) -> None:
        """Pan as little as needed to have ``area`` on view."""
        if not self.visible_area().contains(area):
            self.ensureVisible(area, _FIT_MARGIN, _FIT_MARGIN)
            self.viewed.emit()

    def _canvas_point(self, point: QPointF) -> QPointF:
        """From the viewport to the canvas, with fractions of pixels (``mapToScene`` takes whole ones)."""
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
            self._pan_by(-QPointF(delta))
        else:
            self.zoom_by(ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_by(1 + event.value(), event.position())
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self._tooltip(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), words, self.viewport())
            return True
        if event.type() == QEvent.Type.Leave:
            self._network.set_hovered(None)
        return super().viewportEvent(event)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and self._space
        ):
            self._pan_from = event.position().toPoint()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        if self._gesture is not None or event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return
        thing = self._thing_at(event.position())
        if event.button() == Qt.MouseButton.RightButton:
            self._select_for_menu(thing)
            return
        self._pressed = (event.position().toPoint(), thing, event.modifiers())
        self._select_pressed(thing, event.modifiers())
        if isinstance(thing, Port):
            self._begin(self._canvas_point(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._pan_from is not None:
            self._pan_by(QPointF(self._pan_from - at.toPoint()))
            self._pan_from = at.toPoint()
            return
        if self._gesture is None and self._pressed is not None:
            far = (at.toPoint() - self._pressed[0]).manhattanLength() >= QApplication.startDragDistance()
            if far:
                self._begin(self._canvas_point(QPointF(self._pressed[0])))
        if self._gesture is not None:
            self._gesture.move(self._canvas_point(at))
        elif self._pressed is None:
            self._hover(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None and event.button() in (Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton):
            self._pan_from = None
            self.viewport().unsetCursor()
            return
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        _where, thing, modifiers = self._pressed
        gesture, self._gesture, self._pressed = self._gesture, None, None
        if gesture is not None:
            gesture.finish(self._canvas_point(event.position()))
        elif isinstance(thing, str) and not modifiers:
            self._network.select_wires(())
            self._network.selection.set([thing])
        self._hover(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        thing = self._thing_at(event.position())
        point = self._canvas_point(event.position())
        if isinstance(thing, str):
            if point.y() < self._network.cards[thing].card_rect().top() + HEIGHT / 4 or self.zoom < 0.5:
                self.rename_wanted.emit(thing)
        elif thing is None:
            self.layer_wanted.emit(point)
        else:
            self.mousePressEvent(event)

    def _thing_at(self, at: QPointF) -> Port | Wire | str | None:
        """What a press there means: a port before a card (by its uid), a card before a wire."""
        point = self._canvas_point(at)
        port = self._network.port_at(point, _PORT_REACH / self.zoom)
        if port is not None:
            return port
        card = self._network.card_at(point)
        return card.uid if card else self._network.wire_at(point)

    def _hover(self, at: QPointF) -> None:
        thing = self._thing_at(at)
        self._network.set_hovered(thing)
        if self._space:
            return
        if isinstance(thing, Port):
            self.viewport().setCursor(Qt.CursorShape.CrossCursor)
        elif isinstance(thing, Wire):
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.viewport().unsetCursor()

    def _select_pressed(self, thing: Port | Wire | str | None, modifiers: Qt.KeyboardModifier) -> None:
        adds = bool(modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier))
        scene, uids = self._network, self._network.selection.uids
        if isinstance(thing, str):
            if adds:
                scene.selection.set(uid for uid in uids if uid != thing) if thing in uids else scene.selection.set(
                    (*uids, thing)
                )
            elif thing not in uids:
                scene.select_wires(())
                scene.selection.set([thing])
        elif isinstance(thing, Wire):
            if not adds:
                scene.selection.set(())
            scene.select_wires(scene.selected_wires ^ {thing} if adds else {thing})
        elif thing is None and not adds:
            scene.clear_selection()

    def _select_for_menu(self, thing: Port | Wire | str | None) -> None:
        uid = thing.uid if isinstance(thing, Port) else thing
        if isinstance(uid, str) and uid in self._network.selection.uids:
            return
        self._select_pressed(uid, Qt.KeyboardModifier.NoModifier)

    def _begin(self, start: QPointF) -> None:
        """The press has become a drag."""
        assert self._pressed is not None
        _where, thing, modifiers = self._pressed
        scene = self._network
        if isinstance(thing, Port):
            wires = wires_at(scene.document.project.graph, thing)
            if wires and not thing.is_output:
                self.begin_connecting(source_of(wires[0]), wires[0])
            else:
                self.begin_connecting(thing, None)
        elif isinstance(thing, Wire):
            to_start = QLineF(start, scene.port_point(source_of(thing))).length()
            to_end = QLineF(start, scene.port_point(target_of(thing))).length()
            self.begin_connecting(source_of(thing) if to_end <= to_start else target_of(thing), thing)
        elif isinstance(thing, str):
            if thing not in scene.selection.uids:
                scene.selection.set((*scene.selection.uids, thing))
            self._gesture = MoveCards(scene, thing, start)
        else:
            kept = scene.selection.uids if modifiers else ()
            self._gesture = SelectArea(scene, self._band, self.mapFromScene, start, kept)

    def begin_connecting(self, fixed: Port, lifted: Wire | None) -> Connecting:
        """Take a wire into the hand."""
        connecting = Connecting(self._network, fixed, lifted, _PORT_REACH / self.zoom)
        self._gesture = connecting
        self.connecting_began.emit(connecting)
        return connecting

    @property
    def gesture(self) -> Gesture | None:
        """What the mouse (or the keyboard) is doing."""
        return self._gesture

    def end_gesture(self, finish_at: QPointF | None = None) -> bool:
        """Finish the gesture there, or give it up; returns whether there was one."""
        gesture, self._gesture, self._pressed = self._gesture, None, None
        if gesture is None:
            return False
        if finish_at is not None:
            gesture.finish(finish_at)
        else:
            gesture.cancel()
        return True

    # Layers from the palette

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.dragMoveEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        key = palette.dragged_key(event.mimeData())
        if key is None:
            event.ignore()
            return
        event.acceptProposedAction()
        self.layer_dragged.emit(key, self._canvas_point(event.position()))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.layer_drag_left.emit()

    def dropEvent(self, event: QDropEvent) -> None:
        key = palette.dragged_key(event.mimeData())
        self.layer_drag_left.emit()
        if key is not None:
            event.acceptProposedAction()
            self.setFocus()
            self.layer_dropped.emit(key, self._canvas_point(event.position()))

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
            return
        event.ignore()  # the canvas around the view knows the other keys

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.viewport().unsetCursor()
            return
        event.ignore()

    def focusNextPrevChild(self, forwards: bool) -> bool:
        # Tab walks through the cards; past the last one it leaves for the next widget, as everywhere.
        step = 1 if forwards else -1
        scene = self._network
        if self._gesture is None and next_card(scene.document.project.graph, scene.selection.uids, step) is None:
            return super().focusNextPrevChild(forwards)
        self.walked.emit(step)
        return True

    # Looks

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        area = QRectF(rect)
        colours = theme.theme()
        painter.fillRect(area, QColor(colours.window))
        if self.zoom * _DOTS < _LEAST_DOTS:
            return
        pen = QPen(QColor(colours.border), 2 if self.zoom > 0.9 else 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        left, top = int(area.left() // _DOTS) * _DOTS, int(area.top() // _DOTS) * _DOTS
        right, bottom = int(area.right()) + 1, int(area.bottom()) + 1
        painter.drawPoints([QPoint(x, y) for y in range(top, bottom, _DOTS) for x in range(left, right, _DOTS)])

    def _tooltip(self, at: QPointF) -> str:
        thing = self._thing_at(at)
        cards = self._network.cards
        if isinstance(thing, Port):
            if thing.is_output:
                return _("Output of {name}: {size}. Drag to the input of another layer.",
                         name=cards[thing.uid].face.name, size=cards[thing.uid].face.size)  # fmt: skip
            wires = wires_at(self._network.document.project.graph, thing)
            if wires:
                source = cards[wires[0].source].face
                return _("Input of {name}: {size} from {source}. Drag to move or remove the wire.",
                         name=cards[thing.uid].face.name, size=source.size, source=source.name)  # fmt: skip
            return _("Input of {name}, free. Drag from the output of another layer.", name=cards[thing.uid].face.name)
        if isinstance(thing, Wire):
            return _("{source} → {target}: {size}", source=cards[thing.source].face.name,
                     target=cards[thing.target].face.name, size=cards[thing.source].face.size)  # fmt: skip
        return spoken(cards[thing].face) if thing else ""

    def _on_theme_changed(self) -> None:
        self.viewport().update()
