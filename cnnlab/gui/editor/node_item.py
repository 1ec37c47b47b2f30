"""One layer's card on the canvas."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from enum import Enum, auto

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cnnlab.gui import theme
from cnnlab.gui.editor import card_painting, icons
from cnnlab.gui.editor.card_face import CardFace
from cnnlab.gui.editor.card_painting import CardLook, Detail
from cnnlab.gui.editor.card_pictures import PAD, CardPictures
from cnnlab.gui.editor.geometry import HEIGHT, WIDTH, Port, port_offset

_OVERHANG = 16.0
"""Canvas units that ports and outlines reach beyond the card."""


class PortLook(Enum):
    """How a port shows itself."""

    PLAIN = auto()
    HOVERED = auto()
    TAKES = auto()
    """The wire in the hand could be let go here."""
    DIMMED = auto()
    """It could not."""


_DIAMETERS = {PortLook.PLAIN: 8.0, PortLook.HOVERED: 14.0, PortLook.TAKES: 11.0, PortLook.DIMMED: 8.0}
"""In screen pixels, from 100 % on; a little smaller when zoomed out."""

_pictures = CardPictures()
_versions = itertools.count()
"""A card gets another number whenever it looks otherwise: a cheap key for its picture."""


class NodeItem(QGraphicsItem):
    """Draws a ``CardFace``. It changes nothing by itself: the scene tells it what to show."""

    def __init__(self, uid: str, face: CardFace) -> None:
        super().__init__()
        self.uid = uid
        self._face = face
        self._look = CardLook()
        self._version = next(_versions)
        self._strip: QImage | None = None
        self._ports: Mapping[Port, PortLook] = {}
        self.setZValue(1)

    @property
    def face(self) -> CardFace:
        """What it says."""
        return self._face

    @property
    def look(self) -> CardLook:
        """How it says it."""
        return self._look

    def set_face(self, face: CardFace) -> None:
        """Say something else."""
        if face != self._face:
            self._face = face
            self._repaint()

    def set_look(self, look: CardLook) -> None:
        """Look otherwise."""
        if look != self._look:
            self._look = look
            self._repaint()

    def set_port_looks(self, looks: Mapping[Port, PortLook]) -> None:
        """How its ports show themselves; those not named are plain."""
        if looks != self._ports:
            self._ports = looks
            self._repaint()

    def _repaint(self) -> None:
        self._version = next(_versions)
        self.update()

    @property
    def port_looks(self) -> Mapping[Port, PortLook]:
        """Those that are not plain."""
        return self._ports

    def set_strip(self, strip: QImage | None) -> None:
        """Show these maps; repaints nothing but their field."""
        if strip is not None or self._strip is not None:
            self._strip = strip
            self.update(card_painting.strip_rect(1.0))

    @property
    def strip(self) -> QImage | None:
        """The maps that it shows."""
        return self._strip

    @property
    def ports(self) -> tuple[Port, ...]:
        """All its ports, inputs first."""
        return (*self._face.inputs, *self._face.outputs)

    def port_point(self, port: Port) -> QPointF:
        """Where a port lies on the canvas."""
        count = len(self._face.outputs if port.is_output else self._face.inputs)
        return self.pos() + port_offset(port, count)

    def card_rect(self) -> QRectF:
        """Where the card lies on the canvas, without ports and outlines."""
        return QRectF(self.pos().x(), self.pos().y(), WIDTH, HEIGHT)

    def boundingRect(self) -> QRectF:
        return QRectF(-_OVERHANG, -_OVERHANG, WIDTH + 2 * _OVERHANG, HEIGHT + 2 * _OVERHANG)

    def shape(self) -> QPainterPath:
        return card_painting.outline_path()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.save()
        zoom = card_painting.screen_frame(painter)
        ratio = painter.device().devicePixelRatioF()
        key = (self._version, zoom, ratio, theme.theme().dark, icons.are_loaded())
        picture = _pictures.get(key, zoom, ratio, lambda anew: self._paint_all(anew, zoom))
        if picture is None:
            self._paint_all(painter, zoom)
        else:
            painter.drawImage(QPointF(-PAD, -PAD), picture)
        if self._strip is not None and card_painting.detail_at(zoom) is not Detail.NAME:
            card_painting.paint_strip(painter, self._strip, zoom)
        painter.restore()

    def _paint_all(self, painter: QPainter, zoom: float) -> None:
        card_painting.paint(painter, self._face, self._look, zoom)
        if zoom < 0.3 and not self._ports:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for ports in (self._face.inputs, self._face.outputs):
            for port in ports:
                at = port_offset(port, len(ports)) * zoom
                self._paint_port(painter, at, self._ports.get(port, PortLook.PLAIN), zoom)
                if self._face.numbered and not port.is_output and card_painting.detail_at(zoom) >= Detail.SIZE:
                    card_painting.paint_port_number(painter, at, port.index + 1, zoom)

    def _paint_port(self, painter: QPainter, at: QPointF, look: PortLook, zoom: float) -> None:
        colours = theme.theme()
        diameter = _DIAMETERS[look] * min(1.0, max(zoom, 0.65))
        strong = look in (PortLook.HOVERED, PortLook.TAKES)
        ring = colours.accent if strong else colours.border if look is PortLook.DIMMED else colours.muted
        fill = colours.accent if look is PortLook.HOVERED else colours.surface
        card_painting.paint_port(painter, at, diameter / 2, QColor(fill), QColor(ring))
