"""Where things lie on the canvas, in canvas units: cards, ports, the grid, and room for another card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QPointF, QRectF

from cnnlab.core import catalog
from cnnlab.core.cards import CARD, PITCH
from cnnlab.core.graph import Graph, Node, Port
from cnnlab.core.project import Point
from cnnlab.core.spec import MANY
from cnnlab.gui.theme import GRID

WIDTH, HEIGHT = CARD

_PORT_STEP = 24.0
"""Between the ports of a join, as long as they fit."""
_ROOM_FOR_PORTS = HEIGHT - 24.0
_CLEAR = 3.0 * GRID
"""Canvas units between a card that is put into a free place and the others."""


def input_ports(graph: Graph, node: Node) -> tuple[Port, ...]:
    """The inputs that a card shows: a join has one for each wire and a free one. Of an unknown type, those in use."""
    spec = catalog.find(node)
    used = 1 + max((wire.target_port for wire in graph.incoming(node.uid)), default=-1)
    if spec is None:
        count = used
    elif spec.is_join:
        count = min(used + 1, spec.inputs[1], MANY)
    else:
        count = spec.inputs[1]
    return tuple(Port(node.uid, False, index) for index in range(count))


def output_ports(graph: Graph, node: Node) -> tuple[Port, ...]:
    """The outputs that a card shows."""
    spec = catalog.find(node)
    used = 1 + max((wire.source_port for wire in graph.outgoing(node.uid)), default=-1)
    return tuple(Port(node.uid, True, index) for index in range(spec.ports(node.params) if spec else used))


def port_offset(port: Port, count: int) -> QPointF:
    """Middle of a port's dot, from the corner of its card with ``count`` ports on that side."""
    step = min(_PORT_STEP, _ROOM_FOR_PORTS / max(1, count - 1))
    return QPointF(WIDTH if port.is_output else 0.0, HEIGHT / 2 + (port.index - (count - 1) / 2) * step)


def card_rect(corner: Point) -> QRectF:
    """The card whose left top corner is there."""
    return QRectF(*corner, WIDTH, HEIGHT)


def snapped(x: float, y: float) -> Point:
    """The nearest point of the grid."""
    return round(x / GRID) * float(GRID), round(y / GRID) * float(GRID)


def place_of(positions: Mapping[str, Point], uid: str) -> Point:
    """Where a card lies; a card without a place lies at the origin."""
    return positions.get(uid, (0.0, 0.0))


def free_place(taken: Iterable[Point], wanted: Point) -> Point:
    """``wanted``, or the next place below it where a card keeps clear of all others."""
    rects = [card_rect(corner).adjusted(-_CLEAR, -_CLEAR, _CLEAR, _CLEAR) for corner in taken]
    x, y = snapped(*wanted)
    while any(rect.intersects(card_rect((x, y))) for rect in rects):
        y += GRID
    return x, y


def make_room(positions: Mapping[str, Point], wanted: Point, behind: float) -> tuple[Point, dict[str, Point]]:
    """Where in its row a card goes that should lie at ``wanted``, and the cards that move right for it.

    The cards of the row that begin left of ``behind`` stay, and the new one lies right of those that it would cover; the
    others move as far as needed to begin a pitch behind the card before them."""
    x, y = snapped(*wanted)
    row = sorted((place, uid) for uid, place in positions.items() if abs(place[1] - y) < HEIGHT)
    for (left, _top), _uid in row:
        if left < behind and left <= x < left + WIDTH:
            x = left + PITCH[0]
    moves: dict[str, Point] = {}
    edge = x
    for (left, top), uid in row:
        if left < behind:
            continue
        if left >= edge + PITCH[0]:
            break
        edge += PITCH[0]
        moves[uid] = (edge, top)
    return (x, y), moves


def place_between(positions: Mapping[str, Point], source: str, target: str) -> tuple[Point, dict[str, Point]]:
    """Where a card goes that comes between two others, and the cards that move right for it: in the place of the target
    if that follows in the row of the source, else right after the source."""
    left, top = place_of(positions, source)
    next_left, next_top = place_of(positions, target)
    if left < next_left and abs(top - next_top) < HEIGHT:
        return make_room(positions, (max(next_left, left + PITCH[0]), next_top), next_left)
    return make_room(positions, (left + PITCH[0], top), left + 1)
