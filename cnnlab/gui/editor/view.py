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

from cnnlab.core.graph.graph import Port, Wire
from cnnlab.core.layout.canvas import next_card
from cnnlab.core.messages import text as _
from cnnlab.gui.editor import network_painting, palette
from cnnlab.gui.editor.card_face import size_along, size_at, spoken
from cnnlab.gui.editor.card_painting import Detail, detail_at
from cnnlab.gui.editor.connecting import Connecting
from cnnlab.gui.editor.geometry import HEIGHT, WIDTH
from cnnlab.gui.editor.gestures import Gesture, MoveCards, SelectArea
from cnnlab.gui.editor.hits import Hit, OnCard, OnGround, OnPort, OnWire
from cnnlab.gui.editor.panning_view import PanningView
from cnnlab.gui.editor.scene import NetworkScene

_PORT_REACH = 12.0
"""Screen pixels around a port that take the mouse."""
_PORT_SHARE = WIDTH / 4
"""Canvas units around a port that take it at most: however small a card is on the screen, its middle half is its own."""

_READABLE = 0.5
"""The zoom from which a whole network is better than its beginning: names and sizes can be read."""
_START_ZOOM = (0.66, 1.0)
"""Least and largest zoom for the beginning of a network that is larger than that."""

_CURSORS = {OnPort: Qt.CursorShape.CrossCursor, OnWire: Qt.CursorShape.PointingHandCursor}

_NEAR_CARD = 16.0
"""Screen pixels around a card where a double click may have been meant for it, and asks for no layer."""


class NetworkView(PanningView):
    """A drag from a port connects, of a card moves, of a wire lifts its nearer end, and from nothing selects."""

    connecting_began = Signal(object)
    """A wire is in the hand: the ``Connecting``."""
    pressed = Signal(object)
    """A press that does not pan: the ``Hit``."""
    rename_wanted = Signal(str)
    """A double click on the name of a layer: its uid."""
    layer_wanted = Signal(object)
    """A double click on nothing: the point on the canvas."""
    menu_wanted = Signal(object, object, object)
    """A right click or the menu key: the ``Hit`` (a port counts as its card), the point on the canvas and on the screen."""
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
        self._pressed: tuple[QPoint, Hit, Qt.KeyboardModifier] | None = None
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, self.viewport())
        scene.document.edited.connect(self._on_edited)
        self.setAcceptDrops(True)
        self.setAccessibleName(_("Network"))

    @property
    def network(self) -> NetworkScene:
        """The scene that the view shows."""
        return self._network

    def fit(self) -> None:
        """Show the whole network, and go on doing so while nobody zooms or pans."""
        self.keep_framed(lambda: self.show_area(self._network.network_rect()))

    def show_start(self) -> None:
        """Show the whole network if that can be read, else its first cards, as a text begins; and go on doing so while
        nobody zooms or pans."""
        self.keep_framed(self._frame_start)

    def reveal_card(self, uid: str) -> None:
        """Pan as little as needed to have the card of a layer on view."""
        self.reveal(self._network.item_of(uid).card_rect())

    def _frame_start(self) -> None:
        for first in self._network.canvas.cards[:1]:
            self.show_beginning(self._network.all_cards_rect(), QPointF(*first.place), _READABLE, *_START_ZOOM)

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        super().drawBackground(painter, rect)
        network_painting.paint(painter, QRectF(rect), self._network, self.is_zooming)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self._tooltip(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        if event.type() == QEvent.Type.Leave:
            self._network.set_hovered(OnGround())
        return super().viewportEvent(event)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.begin_panning(event):
            return
        if self._gesture is not None or event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return
        hit = self._hit(event.position())
        self.pressed.emit(hit)
        if event.button() == Qt.MouseButton.RightButton:
            self._select_for_menu(hit)
            return
        self._pressed = (event.position().toPoint(), hit, event.modifiers())
        self._select_pressed(hit, event.modifiers())
        if isinstance(hit, OnPort):
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
        _where, hit, modifiers = self._pressed
        gesture, self._gesture, self._pressed = self._gesture, None, None
        if gesture is not None:
            gesture.finish(self.canvas_point(event.position()))
        elif isinstance(hit, OnCard) and not modifiers:
            self._network.select_wires(())
            self._network.selection.set(self._network.cards[hit.card].card.nodes)
        self._hover(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        point = self.canvas_point(event.position())
        match self._hit(event.position()):
            case OnCard(card):
                item = self._network.cards[card]
                on_name = point.y() < item.card_rect().top() + HEIGHT / 4 or detail_at(self.zoom) < Detail.SIZE
                if on_name and item.card.layer is not None:
                    self.rename_wanted.emit(item.card.layer)
            case OnGround():
                if not self._network.cards_in(_around(point, _NEAR_CARD / self.zoom)):
                    self.layer_wanted.emit(point)
            case _:
                self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._gesture is not None:
            return
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            hit, point = self._selected_thing()
            self.menu_wanted.emit(hit, point, self.viewport().mapToGlobal(self.mapFromScene(point)))
        else:
            at = QPointF(event.pos())
            self.menu_wanted.emit(_for_menu(self._hit(at)), self.canvas_point(at), event.globalPos())

    def _selected_thing(self) -> tuple[Hit, QPointF]:
        """What the menu key is for, and where: the current card, a selected wire, or the middle of the view."""
        current = self._network.current
        if current is not None:
            area = self._network.cards[current.id].card_rect()
            self.reveal(area)
            return OnCard(current.id), area.center()
        for wire in self._network.selected_wires:
            return OnWire(wire), self._network.wires[wire].route.label_at
        return OnGround(), self.visible_area().center()

    def _hit(self, at: QPointF) -> Hit:
        """What a press there means."""
        return self._network.hit(self.canvas_point(at), min(_PORT_REACH / self.zoom, _PORT_SHARE))

    def _hover(self, at: QPointF) -> None:
        hit = self._hit(at)
        self._network.set_hovered(hit)
        self.show_cursor(_CURSORS.get(type(hit), Qt.CursorShape.ArrowCursor))

    def _select_pressed(self, hit: Hit, modifiers: Qt.KeyboardModifier) -> None:
        adds = bool(modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier))
        scene, uids = self._network, self._network.selection.uids
        match hit:
            case OnCard(card):
                nodes, is_selected = scene.cards[card].card.nodes, scene.cards[card].state.selected
                if adds and is_selected:
                    scene.selection.set(uid for uid in uids if uid not in nodes)
                elif adds:
                    scene.selection.set((*uids, *nodes))
                elif not is_selected:
                    scene.select_wires(())
                    scene.selection.set(nodes)
            case OnWire(wire):
                if not adds:
                    scene.selection.set(())
                scene.select_wires(scene.selected_wires ^ {wire} if adds else {wire})
            case OnGround() if not adds:
                scene.clear_selection()

    def _select_for_menu(self, hit: Hit) -> None:
        hit = _for_menu(hit)
        if not (isinstance(hit, OnCard) and self._network.cards[hit.card].state.selected):
            self._select_pressed(hit, Qt.KeyboardModifier.NoModifier)

    def _begin(self, start: QPointF) -> None:
        """The press has become a drag."""
        assert self._pressed is not None
        _where, hit, modifiers = self._pressed
        scene = self._network
        match hit:
            case OnPort(port):
                wires = scene.document.project.graph.at(port)
                if wires and not port.is_output:
                    self.begin_connecting(wires[0].start, wires[0])
                else:
                    self.begin_connecting(port, None)
            case OnWire(wire):
                to_start = QLineF(start, scene.port_point(wire.start)).length()
                to_end = QLineF(start, scene.port_point(wire.end)).length()
                self.begin_connecting(wire.start if to_end <= to_start else wire.end, wire)
            case OnCard(card):
                if not scene.cards[card].state.selected:
                    scene.selection.set((*scene.selection.uids, *scene.cards[card].card.nodes))
                self._gesture = MoveCards(scene, card, start)
            case OnGround():
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
        graph = scene.document.project.graph
        if self._gesture is None and next_card(scene.canvas, graph, scene.selection.uids, step) is None:
            return super().focusNextPrevChild(forwards)
        self.walked.emit(step)
        return True

    # Looks

    def _tooltip(self, at: QPointF) -> str:
        card_of, facts = self._network.canvas.card_of, self._network.document.facts
        match self._hit(at):
            case OnPort(port):
                return self._tooltip_of_port(port)
            case OnWire(wire):
                return _("{source} → {target}: {size}", source=card_of[wire.source].name,
                         target=card_of[wire.target].name, size=size_along(facts, wire))  # fmt: skip
            case OnCard(card):
                return spoken(self._network.cards[card].face)
        return ""

    def _tooltip_of_port(self, port: Port) -> str:
        card_of, facts = self._network.canvas.card_of, self._network.document.facts
        card = card_of[port.uid]
        if port.is_output and len(card.outputs) > 1:
            return _("Output {number} of {name}: {size}. Drag to the input of another layer.",
                     number=card.outputs.index(port) + 1, name=card.name, size=size_at(facts, port))  # fmt: skip
        if port.is_output:
            return _("Output of {name}: {size}. Drag to the input of another layer.",
                     name=card.name, size=size_at(facts, port))  # fmt: skip
        wires = self._network.document.project.graph.at(port)
        if wires:
            return _("Input of {name}: {size} from {source}. Drag to move or remove the wire.", name=card.name,
                     size=size_along(facts, wires[0]), source=card_of[wires[0].source].name)  # fmt: skip
        return _("Input of {name}, free. Drag from the output of another layer.", name=card.name)


def _for_menu(hit: Hit) -> Hit:
    """A menu knows of no ports: their card is meant."""
    return OnCard(hit.card) if isinstance(hit, OnPort) else hit


def _around(point: QPointF, reach: float) -> QRectF:
    return QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
