"""One card on the canvas."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from enum import Enum, auto

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem

from cnnlab.core.graph.graph import Port
from cnnlab.core.layout.canvas import Card
from cnnlab.core.project.project import Point
from cnnlab.gui.editor import card_painting, icons
from cnnlab.gui.editor.boxes import Box
from cnnlab.gui.editor.card_face import CardFace
from cnnlab.gui.editor.card_painting import CardState, Detail
from cnnlab.gui.editor.card_pictures import PAD, CardPictures, Occasion
from cnnlab.gui.editor.geometry import HEIGHT, WIDTH, port_offsets
from cnnlab.gui.editor.repainting import repaint
from cnnlab.gui.theme import theme

OVERHANG = 16.0
"""Canvas units that ports and outlines reach beyond the card."""


class PortState(Enum):
    """How a port shows itself."""

    PLAIN = auto()
    HOVERED = auto()
    TAKES = auto()
    """The wire in the hand could be let go here."""
    DIMMED = auto()
    """The wire in the hand could not be let go here."""


_DIAMETERS = {PortState.PLAIN: 8.0, PortState.HOVERED: 14.0, PortState.TAKES: 11.0, PortState.DIMMED: 8.0}
"""Diameters of a port in screen pixels, from 100 % on; a little smaller when zoomed out."""

_pictures = CardPictures()
_versions = itertools.count()
"""A card gets another number whenever it looks otherwise: a cheap key for its picture."""


class CardItem(QGraphicsItem):
    """Draws a ``Card``, its ports and its ``CardFace``. It changes nothing by itself: the scene tells it what to show.

    Qt finds it under the mouse but does not paint it: ``network_painting`` asks all cards to ``draw``, because a call from
    Qt for each of a thousand items takes longer than what they draw."""

    def __init__(self, card: Card, face: CardFace) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        self.box: Box = (0.0, 0.0, WIDTH, HEIGHT)
        """Where the card lies on the canvas, without ports and outlines."""
        self._card = card
        self._offsets = port_offsets(card)
        self._face = face
        self._state = CardState()
        self._version = next(_versions)
        self._strip: QImage | None = None
        self._ports: Mapping[Port, PortState] = {}
        self._far: tuple[tuple[int, bool], tuple[str, int, str]] | None = None
        self.setZValue(1)
        self.put(card.place)

    @property
    def card(self) -> Card:
        """The card of the canvas that the item draws."""
        return self._card

    @property
    def face(self) -> CardFace:
        """What is written on the card."""
        return self._face

    @property
    def state(self) -> CardState:
        """What its surroundings add to its face."""
        return self._state

    def set_card(self, card: Card) -> None:
        """Draw another card, at its place."""
        before, self._card = self._card, card
        if card.ports != before.ports:
            self._offsets = port_offsets(card)
            self._repaint()
        self.put(card.place)

    def put(self, place: Point) -> None:
        """Move the left top corner there, wherever its card's place is."""
        left, top = place
        if (left, top) != self.box[:2]:
            self.box = (left, top, left + WIDTH, top + HEIGHT)
            self.setPos(left, top)
            self._ask_for_paint()

    def set_face(self, face: CardFace) -> None:
        """Show another face."""
        if face != self._face:
            self._face = face
            self._repaint()

    def set_state(self, state: CardState) -> None:
        """Show another state."""
        if state != self._state:
            self._state = state
            self._repaint()

    def set_port_states(self, states: Mapping[Port, PortState]) -> None:
        """How its ports show themselves; those not named are plain."""
        if states != self._ports:
            self._ports = states
            self._repaint()

    def _repaint(self) -> None:
        self._version = next(_versions)
        self._ask_for_paint()

    def _ask_for_paint(self) -> None:
        # All of the view: from far away a port is larger than any area in canvas units around the card.
        repaint(self.scene())

    @property
    def port_states(self) -> Mapping[Port, PortState]:
        """The states of the ports that are not plain."""
        return self._ports

    def set_strip(self, strip: QImage | None) -> None:
        """Show these maps; repaints nothing but their field."""
        if strip is not None or self._strip is not None:
            self._strip = strip
            if self.scene() is not None:
                self.scene().update(card_painting.strip_rect(self._face, 1.0).translated(self.pos()))

    @property
    def strip(self) -> QImage | None:
        """The maps that it shows."""
        return self._strip

    def port_point(self, port: Port) -> QPointF:
        """Where a port lies on the canvas; the middle of the side if the card has none such."""
        middle = QPointF(WIDTH if port.is_output else 0.0, HEIGHT / 2)
        return QPointF(*self.box[:2]) + self._offsets.get(port, middle)

    def card_rect(self) -> QRectF:
        """The area of the card in canvas units, without ports and outline."""
        return QRectF(self.box[0], self.box[1], WIDTH, HEIGHT)

    def boundingRect(self) -> QRectF:
        return QRectF(-OVERHANG, -OVERHANG, WIDTH + 2 * OVERHANG, HEIGHT + 2 * OVERHANG)

    def shape(self) -> QPainterPath:
        return card_painting.outline_path()

    def draw(self, painter: QPainter, zoom: float) -> None:
        """Draw the card, near enough for round corners; the painter counts screen pixels from the card's corner."""
        ratio = painter.device().devicePixelRatioF()
        occasion = Occasion(self._version, zoom, ratio, theme.theme().dark, icons.are_loaded())
        picture = _pictures.get(occasion, lambda anew: self._paint_all(anew, zoom))
        if picture is None:
            self._paint_all(painter, zoom)
        else:
            painter.drawImage(QPointF(-PAD, -PAD), picture)
        if self._strip is not None and card_painting.detail_at(zoom) is not Detail.NAME:
            card_painting.paint_strip(painter, self._face, self._strip, zoom)

    def draw_stretched(self, painter: QPainter, zoom: float) -> None:
        """Draw the card quickly, while the zoom changes: the picture of another zoom, or else no more than a field."""
        last = _pictures.last_of(self._version)
        if last is None:
            area = QRectF(0, 0, WIDTH * zoom, HEIGHT * zoom)
            painter.fillRect(area, QColor(theme.theme().surface))
            painter.fillRect(QRectF(0, 0, area.width(), 4 * zoom), card_painting.family_colour(self._face))
            return
        picture, its_zoom = last
        size = picture.deviceIndependentSize() * (zoom / its_zoom)
        pad = PAD * zoom / its_zoom
        painter.drawImage(QRectF(-pad, -pad, size.width(), size.height()), picture)

    def far_colours(self, dark: bool) -> tuple[str, int, str]:
        """The colour of its outline, the outline's width in screen pixels, and the colour of its family; ``dark`` is the
        theme's."""
        if self._far is None or self._far[0] != (self._version, dark):
            colour, width, _style = card_painting.outline_of(self._face, self._state)
            family = card_painting.family_colour(self._face)
            self._far = (self._version, dark), (colour.name(), round(width), family.name())
        return self._far[1]

    def _paint_all(self, painter: QPainter, zoom: float) -> None:
        card_painting.paint(painter, self._face, self._state, zoom)
        self.draw_ports(painter, zoom)

    def draw_ports(self, painter: QPainter, zoom: float) -> None:
        """Draw only the ports; the painter counts screen pixels from the card's corner."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for ports, numbered in (
            (self._card.inputs, self._face.numbered),
            (self._card.outputs, self._face.outputs_numbered),
        ):
            for number, port in enumerate(ports, 1):
                at = self._offsets[port] * zoom
                self._paint_port(painter, at, self._ports.get(port, PortState.PLAIN), zoom)
                if numbered and card_painting.detail_at(zoom) >= Detail.SIZE:
                    card_painting.paint_port_number(painter, at, number, port.is_output, zoom)

    def _paint_port(self, painter: QPainter, at: QPointF, state: PortState, zoom: float) -> None:
        colours = theme.theme()
        diameter = _DIAMETERS[state] * min(1.0, max(zoom, 0.65))
        strong = state in (PortState.HOVERED, PortState.TAKES)
        ring = colours.accent if strong else colours.border if state is PortState.DIMMED else colours.muted
        fill = colours.accent if state is PortState.HOVERED else colours.surface
        card_painting.paint_port(painter, at, diameter / 2, QColor(fill), QColor(ring))
