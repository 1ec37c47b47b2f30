"""Where things lie on the canvas, in canvas units: cards, ports, the grid, and room for another card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from PySide6.QtCore import QPointF, QRectF

from cnnlab.core.graph.graph import Port
from cnnlab.core.layout.canvas import Card
from cnnlab.core.layout.spacing import SPACING
from cnnlab.core.project.project import Point
from cnnlab.gui.theme.theme import GRID

K = TypeVar("K", bound=str)

CARD, PITCH = SPACING.card, SPACING.pitch
WIDTH, HEIGHT = CARD

_PORT_STEP = 24.0
"""Between the ports of a join, as long as they fit."""
_ROOM_FOR_PORTS = HEIGHT - 24.0
_CLEAR = 3.0 * GRID
"""Canvas units between a card that is put into a free place and the others."""


def port_offsets(card: Card) -> dict[Port, QPointF]:
    """The middles of the dots of a card's ports, from its corner: one below the other, inputs left and outputs right."""
    offsets = {}
    for x, ports in ((0.0, card.inputs), (WIDTH, card.outputs)):
        step = min(_PORT_STEP, _ROOM_FOR_PORTS / max(1, len(ports) - 1))
        for rank, port in enumerate(ports):
            offsets[port] = QPointF(x, HEIGHT / 2 + (rank - (len(ports) - 1) / 2) * step)
    return offsets


def card_rect(corner: Point) -> QRectF:
    """The card whose left top corner is there."""
    return QRectF(*corner, WIDTH, HEIGHT)


def snapped(x: float, y: float) -> Point:
    """The nearest point of the grid."""
    return round(x / GRID) * float(GRID), round(y / GRID) * float(GRID)


def free_place(taken: Iterable[Point], wanted: Point) -> Point:
    """``wanted``, or the next place below it where a card keeps clear of all others."""
    rects = [card_rect(corner).adjusted(-_CLEAR, -_CLEAR, _CLEAR, _CLEAR) for corner in taken]
    x, y = snapped(*wanted)
    while any(rect.intersects(card_rect((x, y))) for rect in rects):
        y += GRID
    return x, y


def make_room(positions: Mapping[K, Point], wanted: Point, behind: float) -> tuple[Point, dict[K, Point]]:
    """Where in its row a card goes that should lie at ``wanted``, and the cards that move right for it.

    The cards of the row that begin left of ``behind`` stay, and the new one lies right of those that it would cover; the
    others move as far as needed to begin a pitch behind the card before them."""
    x, y = snapped(*wanted)
    row = sorted((place, uid) for uid, place in positions.items() if abs(place[1] - y) < HEIGHT)
    for (left, _top), _uid in row:
        if left < behind and left <= x < left + WIDTH:
            x = left + PITCH[0]
    moves: dict[K, Point] = {}
    edge = x
    for (left, top), uid in row:
        if left < behind:
            continue
        if left >= edge + PITCH[0]:
            break
        edge += PITCH[0]
        moves[uid] = (edge, top)
    return (x, y), moves


def place_between(positions: Mapping[K, Point], source: K, target: K) -> tuple[Point, dict[K, Point]]:
    """Where a card goes that comes between two others, and the cards that move right for it: in the place of the target
    if that follows in the row of the source, else right after the source."""
    left, top = positions[source]
    next_left, next_top = positions[target]
    if left < next_left and abs(top - next_top) < HEIGHT:
        return make_room(positions, (max(next_left, left + PITCH[0]), next_top), next_left)
    return make_room(positions, (left + PITCH[0], top), left + 1)
