"""The mouse on the canvas: what lies under it, and the gesture that a press begins."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QHelpEvent,
    QMouseEvent,
    QPainter,
)
from PySide6.QtWidgets import QApplication, QRubberBand, QToolTip, QWidget

from cnnlab.core.graph import Port, Wire
from cnnlab.core.messages import text as _
from cnnlab.gui.editor import network_painting, palette
from cnnlab.gui.editor.card_face import size_along, size_at, spoken
from cnnlab.gui.editor.card_painting import Detail, detail_at
from cnnlab.gui.editor.connecting import Connecting
from cnnlab.gui.editor.geometry import HEIGHT
from cnnlab.gui.editor.gestures import Gesture, MoveCards, SelectArea
from cnnlab.gui.editor.panning_view import PanningView
from cnnlab.gui.editor.scene import NetworkScene
from cnnlab.gui.editor.walking import next_card

_PORT_REACH = 12.0
"""Screen pixels around a port that take the mouse."""

_READABLE = 0.5
"""The zoom from which a whole network is better than its beginning: names and sizes can be read."""
_START_ZOOM = (0.66, 1.0)
"""Least and largest zoom for the beginning of a network that is larger than that."""

_NEAR_CARD = 16.0
"""Screen pixels around a card where a double click may have been meant for it, and asks for no layer."""


class NetworkView(PanningView):
    """A drag from a port connects, of a card moves, of a wire lifts its nearer end, and from nothing selects."""

    connecting_began = Signal(object)
    """A wire is in the hand: the ``Connecting``."""
    pressed = Signal(object)
    """A press that does not pan: what lies there, a port, a wire, a card's uid or None."""
    rename_wanted = Signal(str)
    layer_wanted = Signal(object)
    """A double click on nothing: the point on the canvas."""
    menu_wanted = Signal(object, object, object)
    """A right click or the menu key, on a wire, a card's uid or None: that, the point on the canvas and on the screen."""
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
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, self.viewport())
        scene.document.edited.connect(self._on_edited)
        self.setAcceptDrops(True)
        self.setAccessibleName(_("Network"))

    @property
    def network(self) -> NetworkScene:
        """What it shows."""
        return self._network

    def fit(self) -> None:
        """Show the whole network, and go on doing so while nobody zooms or pans."""
        self.keep_framed(lambda: self.show_area(self._network.network_rect()))

    def show_start(self) -> None:
        """Show the whole network if that can be read, else its first cards, as a text begins; and go on doing so while
        nobody zooms or pans."""
        self.keep_framed(self._frame_start)

    def reveal_card(self, uid: str) -> None:
        """Pan as little as needed to have this card on view."""
        self.reveal(self._network.cards[uid].card_rect())

    def _frame_start(self) -> None:
        for first in self._network.document.project.graph.nodes[:1]:
            corner = self._network.cards[first.uid].card_rect().topLeft()
            self.show_beginning(self._network.all_cards_rect(), corner, _READABLE, *_START_ZOOM)

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        super().drawBackground(painter, rect)
        network_painting.paint(painter, QRectF(rect), self._network, self.is_zooming)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self._tooltip(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), words, self.viewport())
            return True
        if event.type() == QEvent.Type.Leave:
            self._network.set_hovered(None)
        return super().viewportEvent(event)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.begin_panning(event):
            return
        if self._gesture is not None or event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return
        thing = self._thing_at(event.position())
        self.pressed.emit(thing)
        if event.button() == Qt.MouseButton.RightButton:
            self._select_for_menu(thing)
            return
        self._pressed = (event.position().toPoint(), thing, event.modifiers())
        self._select_pressed(thing, event.modifiers())
        if isinstance(thing, Port):
            self._begin(self.canvas_point(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self.go_on_panning(event):
            return
        if self._gesture is None and self._pressed is not None:
            far = (at.toPoint() - self._pressed[0]).manhattanLength() >= QApplication.startDragDistance()
            if far:
                self._begin(self.canvas_point(QPointF(self._pressed[0])))
        if self._gesture is not None:
            self._gesture.move(self.canvas_point(at))
        elif self._pressed is None:
            self._hover(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.end_panning(event):
            return
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        _where, thing, modifiers = self._pressed
        gesture, self._gesture, self._pressed = self._gesture, None, None
        if gesture is not None:
            gesture.finish(self.canvas_point(event.position()))
        elif isinstance(thing, str) and not modifiers:
            self._network.select_wires(())
            self._network.selection.set([thing])
        self._hover(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        thing = self._thing_at(event.position())
        point = self.canvas_point(event.position())
        if isinstance(thing, str):
            if (
                point.y() < self._network.cards[thing].card_rect().top() + HEIGHT / 4
                or detail_at(self.zoom) < Detail.SIZE
            ):
                self.rename_wanted.emit(thing)
        elif thing is not None:
            self.mousePressEvent(event)
        elif not self._network.cards_in(_around(point, _NEAR_CARD / self.zoom)):
            self.layer_wanted.emit(point)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._gesture is not None:
            return
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            thing, point = self._selected_thing()
            self.menu_wanted.emit(thing, point, self.viewport().mapToGlobal(self.mapFromScene(point)))
        else:
            at = QPointF(event.pos())
            under = self._thing_at(at)
            thing = under.uid if isinstance(under, Port) else under
            self.menu_wanted.emit(thing, self.canvas_point(at), event.globalPos())

    def _selected_thing(self) -> tuple[Wire | str | None, QPointF]:
        """What the menu key is for, and where: the current card, a selected wire, or the middle of the view."""
        uid = self._network.selection.current
        if uid is not None:
            area = self._network.cards[uid].card_rect()
            self.reveal(area)
            return uid, area.center()
        for wire in self._network.selected_wires:
            return wire, self._network.wires[wire].route.label_at
        return None, self.visible_area().center()

    def _thing_at(self, at: QPointF) -> Port | Wire | str | None:
        """What a press there means: a port before a card (by its uid), a card before a wire."""
        point = self.canvas_point(at)
        port = self._network.port_at(point, _PORT_REACH / self.zoom)
        if port is not None:
            return port
        card = self._network.card_at(point)
        return card.uid if card else self._network.wire_at(point)

    def _hover(self, at: QPointF) -> None:
        thing = self._thing_at(at)
        self._network.set_hovered(thing)
        if isinstance(thing, Port):
            self.show_cursor(Qt.CursorShape.CrossCursor)
        elif isinstance(thing, Wire):
            self.show_cursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.show_cursor(Qt.CursorShape.ArrowCursor)

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
            wires = scene.document.project.graph.at(thing)
            if wires and not thing.is_output:
                self.begin_connecting(wires[0].start, wires[0])
            else:
                self.begin_connecting(thing, None)
        elif isinstance(thing, Wire):
            to_start = QLineF(start, scene.port_point(thing.start)).length()
            to_end = QLineF(start, scene.port_point(thing.end)).length()
            self.begin_connecting(thing.start if to_end <= to_start else thing.end, thing)
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

    def _on_edited(self) -> None:
        # An undo by keys, in the middle of a gesture, can take away what the gesture holds.
        self.end_gesture()

    # Layers from the palette

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.dragMoveEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        key = palette.dragged_key(event.mimeData())
        if key is None:
            event.ignore()
            return
        event.acceptProposedAction()
        self.layer_dragged.emit(key, self.canvas_point(event.position()))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.layer_drag_left.emit()

    def dropEvent(self, event: QDropEvent) -> None:
        key = palette.dragged_key(event.mimeData())
        self.layer_drag_left.emit()
        if key is not None:
            event.acceptProposedAction()
            self.setFocus()
            self.layer_dropped.emit(key, self.canvas_point(event.position()))

    # Keys

    def focusNextPrevChild(self, forwards: bool) -> bool:
        # Tab walks through the cards; past the last one it leaves for the next widget, as everywhere.
        step = 1 if forwards else -1
        scene = self._network
        if self._gesture is None and next_card(scene.document.project.graph, scene.selection.uids, step) is None:
            return super().focusNextPrevChild(forwards)
        self.walked.emit(step)
        return True

    # Looks

    def _tooltip(self, at: QPointF) -> str:
        thing = self._thing_at(at)
        cards, facts = self._network.cards, self._network.document.facts
        if isinstance(thing, Port):
            face = cards[thing.uid].face
            if thing.is_output and len(face.outputs) > 1:
                return _("Output {number} of {name}: {size}. Drag to the input of another layer.",
                         number=thing.index + 1, name=face.name, size=size_at(facts, thing))  # fmt: skip
            if thing.is_output:
                return _(
                    "Output of {name}: {size}. Drag to the input of another layer.", name=face.name, size=face.size
                )
            wires = self._network.document.project.graph.at(thing)
            if wires:
                return _("Input of {name}: {size} from {source}. Drag to move or remove the wire.", name=face.name,
                         size=size_along(facts, wires[0]), source=cards[wires[0].source].face.name)  # fmt: skip
            return _("Input of {name}, free. Drag from the output of another layer.", name=face.name)
        if isinstance(thing, Wire):
            return _("{source} → {target}: {size}", source=cards[thing.source].face.name,
                     target=cards[thing.target].face.name, size=size_along(facts, thing))  # fmt: skip
        return spoken(cards[thing].face) if thing else ""


def _around(point: QPointF, reach: float) -> QRectF:
    return QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
