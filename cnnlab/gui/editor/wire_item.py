"""One wire on the canvas, with the size of what flows through it."""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cnnlab.core.graph.graph import Wire
from cnnlab.gui.editor import card_painting, lettering
from cnnlab.gui.editor.boxes import box_of
from cnnlab.gui.editor.card_face import UNKNOWN_SIZE
from cnnlab.gui.editor.card_painting import Detail
from cnnlab.gui.editor.geometry import PITCH
from cnnlab.gui.editor.repainting import repaint
from cnnlab.gui.editor.routes import Route
from cnnlab.gui.theme import theme

_HIT = 14.0
"""Width of the area that takes the mouse, in canvas units at zoom 1."""
_LABEL = 128.0
"""Room around a wire for its label, in canvas units."""
_SMALL = 10


class WireState(Enum):
    """How a wire shows itself."""

    PLAIN = auto()
    HOVERED = auto()
    SELECTED = auto()
    TARGETED = auto()
    """A layer in the hand would be put into it."""
    REFUSING = auto()
    """The layer in the hand cannot be put into it."""
    LIFTED = auto()
    """One end of the wire is in the hand; the wire itself steps back."""


_STROKES = {
    WireState.PLAIN: ("disabled", 2.0),
    WireState.HOVERED: ("accent", 2.0),
    WireState.SELECTED: ("accent", 3.0),
    WireState.TARGETED: ("good", 3.0),
    WireState.REFUSING: ("problem", 3.0),
    WireState.LIFTED: ("border", 2.0),
}
"""Colour of the theme, and width in screen pixels."""


class WireItem(QGraphicsItem):
    """Draws a ``Route`` and the size on it. The scene tells it what to show, and ``network_painting`` when to draw."""

    def __init__(self, wire: Wire, route: Route, size: str) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        self.wire = wire
        self._route = route
        self._bounds = _bounds(route)
        self._shape: QPainterPath | None = None
        self.box = box_of(self._bounds)
        """Around all that it draws, on the canvas."""
        self._size = size
        self._state = WireState.PLAIN

    def set_route(self, route: Route) -> None:
        """Draw the wire along another route."""
        self.prepareGeometryChange()
        self._route = route
        self._bounds = _bounds(route)
        self._shape = None
        self.box = box_of(self._bounds)
        self._ask_for_paint()

    def _ask_for_paint(self) -> None:
        # All of the view: from far away the size is wider than any area in canvas units around the wire.
        repaint(self.scene())

    @property
    def route(self) -> Route:
        """The route that the wire takes."""
        return self._route

    def set_size(self, size: str) -> None:
        """Write another size on the wire."""
        if size != self._size:
            self._size = size
            self._ask_for_paint()

    @property
    def size(self) -> str:
        """The size that is written on the wire."""
        return self._size

    def set_state(self, state: WireState) -> None:
        """Show another state; a wire that stands out lies above the cards, so that its label can be read."""
        if state is not self._state:
            self._state = state
            self.setZValue(2 if self.stands_out else 0)
            self._ask_for_paint()

    @property
    def state(self) -> WireState:
        """The state that the wire shows."""
        return self._state

    @property
    def stands_out(self) -> bool:
        """Whether it is drawn above the cards."""
        return self._state not in (WireState.PLAIN, WireState.LIFTED)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        if self._shape is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(_HIT)
            self._shape = stroker.createStroke(self._route.path)
        return self._shape

    def pen(self, zoom: float) -> QPen:
        """The pen that draws its line."""
        colour, width = self._stroke()
        pen = QPen(colour, width if zoom >= 0.5 else 1.0)
        pen.setCosmetic(True)
        return pen

    def draw_size(self, painter: QPainter, zoom: float) -> None:
        """Write the size on the wire, where there is one and it can be read. Whoever calls saves the painter."""
        if self._size == UNKNOWN_SIZE or self._state is WireState.LIFTED:
            return
        painter.translate(self._route.label_at)
        card_painting.screen_frame(painter)
        if self._state in (WireState.HOVERED, WireState.SELECTED):
            self._paint_pill(painter, self._stroke()[0], theme.SMALL)
        elif card_painting.detail_at(zoom) >= Detail.SIZE:
            self._paint_label(painter, zoom)

    def _stroke(self) -> tuple[QColor, float]:
        colour, width = _STROKES[self._state]
        return QColor(getattr(theme.theme(), colour)), width

    def _paint_label(self, painter: QPainter, zoom: float) -> None:
        """The size on the wire if it fits; in the gap between two cards the channels above it, the rest below."""
        small = max(9, round(_SMALL * zoom))
        room = self._route.room * zoom
        painter.setPen(QColor(theme.theme().muted))
        if self._route.room > PITCH[0]:
            self._paint_pill(painter, None, small)
            return
        channels, _sign, rest = self._size.partition(" × ")
        if max(lettering.width(part, small) for part in (channels, rest)) + 4 <= room:
            away = small * 0.5 + 5
            lettering.write_centred(painter, QRectF(-room / 2, -away - 1, room, 2), channels, small)
            lettering.write_centred(painter, QRectF(-room / 2, away - 1, room, 2), rest, small)

    def _paint_pill(self, painter: QPainter, outline: QColor | None, small: int) -> None:
        """The size on a field of its own, in the middle of the wire."""
        colours = theme.theme()
        width = lettering.width(self._size, small) + 2 * theme.GRID
        area = QRectF(-width / 2, -small * 0.9, width, small * 1.8)
        painter.setPen(QPen(outline, 1) if outline else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.surface if outline else colours.window))
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        painter.setPen(QColor(colours.text if outline else colours.muted))
        lettering.write_centred(painter, area, self._size, small)


def _bounds(route: Route) -> QRectF:
    label = QRectF(route.label_at, route.label_at).adjusted(-_LABEL, -_LABEL / 2, _LABEL, _LABEL / 2)
    return route.path.boundingRect().adjusted(-4, -4, 4, 4).united(label)


class LooseWire(QGraphicsItem):
    """The wire in the hand."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()
        self._colour = theme.theme().accent
        self.setZValue(3)

    def show_path(self, path: QPainterPath, colour: str) -> None:
        """Draw the wire along ``path``, in ``colour``."""
        self.prepareGeometryChange()
        self._path, self._colour = path, colour
        self.update()

    @property
    def colour(self) -> str:
        """The colour of the wire."""
        return self._colour

    def boundingRect(self) -> QRectF:
        return self._path.boundingRect().adjusted(-8, -8, 8, 8)

    def shape(self) -> QPainterPath:
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(self._colour), 2.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        end: QPointF = self._path.currentPosition()
        painter.setBrush(QColor(self._colour))
        painter.drawEllipse(end, 4, 4)
