"""All cards and wires of a network in one go, at every zoom: far away in a few batches, near by one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QTransform

from cnnlab.gui.editor import card_painting
from cnnlab.gui.editor.boxes import Box, box_of, meet
from cnnlab.gui.editor.card_item import OVERHANG, CardItem
from cnnlab.gui.editor.card_painting import MIN_ROUND, Detail
from cnnlab.gui.editor.card_pictures import PAD
from cnnlab.gui.editor.geometry import HEIGHT, WIDTH
from cnnlab.gui.editor.scene import NetworkScene
from cnnlab.gui.editor.wire_item import WireItem, WireState
from cnnlab.gui.theme import theme

_STRIPE = 3
"""Screen pixels of the stripe at the top of a card that is far away."""
_STRETCHED = 40
"""Cards on view beyond which there is no time to paint them at every step of a zoom."""
_MIN_NAMED = 24
"""Screen pixels of a card's width below which no name fits."""
_PILL = 96.0
"""Screen pixels that the size on a wire that stands out may reach beyond it: from far away it is wider than its wire."""


def paint(painter: QPainter, exposed: QRectF, network: NetworkScene, is_zooming: bool = False) -> None:
    """Paint what lies in ``exposed`` (canvas units), wires below cards, with those that stand out above them. The painter
    maps the canvas to the screen; it is left with another pen, brush and hints. While ``is_zooming``, many cards are only
    stretched."""
    zoom = painter.worldTransform().m11()
    area, wide = _grown(exposed, max(OVERHANG, PAD / zoom)), _grown(exposed, _PILL / zoom)
    wires = [wire for wire in network.wires.values() if meet(wire.box, wide if wire.stands_out else area)]
    cards = [card for card in network.cards.values() if meet(card.box, area)]
    cards.sort(key=lambda card: card.state.selected)  # these lie above the others
    _paint_wires(painter, [wire for wire in wires if not wire.stands_out], zoom)
    if zoom < MIN_ROUND:
        _paint_far_cards(painter, cards, zoom)
    else:
        _paint_near_cards(painter, cards, zoom, is_zooming and len(cards) > _STRETCHED)
    _paint_wires(painter, [wire for wire in wires if wire.stands_out], zoom)


def _grown(area: QRectF, by: float) -> Box:
    return box_of(area.adjusted(-by, -by, by, by))


def _paint_wires(painter: QPainter, wires: Sequence[WireItem], zoom: float) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, zoom >= MIN_ROUND)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    by_state: dict[WireState, list[WireItem]] = {}
    for wire in wires:
        by_state.setdefault(wire.state, []).append(wire)
    for alike in by_state.values():
        painter.setPen(alike[0].pen(zoom))
        if zoom < MIN_ROUND:
            together = QPainterPath()
            for wire in alike:
                together.addPath(wire.route.path)
            painter.drawPath(together)
        else:
            for wire in alike:
                painter.drawPath(wire.route.path)
    are_sized = card_painting.detail_at(zoom) >= Detail.SIZE
    for wire in wires:
        if are_sized or wire.stands_out:
            painter.save()
            wire.draw_size(painter, zoom)
            painter.restore()


def _paint_near_cards(painter: QPainter, cards: Iterable[CardItem], zoom: float, stretched: bool) -> None:
    canvas = painter.worldTransform()
    for card in cards:
        left, top = round(card.box[0] * zoom + canvas.dx()), round(card.box[1] * zoom + canvas.dy())
        painter.setWorldTransform(QTransform.fromTranslate(left, top))
        if stretched:
            card.draw_stretched(painter, zoom)
        else:
            card.draw(painter, zoom)
    painter.setWorldTransform(canvas)


def _paint_far_cards(painter: QPainter, cards: Sequence[CardItem], zoom: float) -> None:
    """So far away that round corners and smooth edges are not worth their time: all rectangles of one colour at once."""
    canvas = painter.worldTransform()
    painter.resetTransform()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    width, height = round(WIDTH * zoom), round(HEIGHT * zoom)
    stripe = min(_STRIPE, height // 2)
    across, down = canvas.dx(), canvas.dy()
    corners = [(round(card.box[0] * zoom + across), round(card.box[1] * zoom + down)) for card in cards]
    dark = theme.theme().dark
    outlines: dict[tuple[str, int], list[tuple[int, int]]] = {}
    stripes: dict[str, list[QRect]] = {}
    for card, (left, top) in zip(cards, corners, strict=True):
        outline, line, family = card.far_colours(dark)
        outlines.setdefault((outline, line), []).append((left, top))
        stripes.setdefault(family, []).append(QRect(left, top, width, stripe))
    for (colour, line), alike in outlines.items():
        painter.setBrush(QColor(colour))
        painter.drawRects([QRect(left, top, width, height) for left, top in alike])
        painter.setBrush(QColor(theme.theme().surface))
        inner = width - 2 * line, height - 2 * line
        painter.drawRects([QRect(left + line, top + line, *inner) for left, top in alike])
    for colour, rects in stripes.items():
        painter.setBrush(QColor(colour))
        painter.drawRects(rects)
    if width >= _MIN_NAMED:
        painter.setPen(QColor(theme.theme().text))
        for card, (left, top) in zip(cards, corners, strict=True):
            card_painting.write_lone_name(painter, card.face, QRectF(left, top, width, height), 0.0)
    for card, (left, top) in zip(cards, corners, strict=True):
        if card.port_states:
            painter.setWorldTransform(QTransform.fromTranslate(left, top))
            card.draw_ports(painter, zoom)
    painter.setWorldTransform(canvas)
