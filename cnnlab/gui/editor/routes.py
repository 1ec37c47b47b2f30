"""The way a wire takes: a smooth curve where the view is free, else around the cards through the gaps between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from cnnlab.core.templates import PITCH
from cnnlab.gui.editor.geometry import HEIGHT, WIDTH

_STUB = (PITCH[0] - WIDTH) / 2
"""How far a wire leads straight out of a card before it may turn."""
_LANE = (PITCH[1] - HEIGHT) / 2
"""Distance from a card to a wire that passes it."""
_RADIUS = 16.0
_BESIDE = 12.0
"""Between two wires in the same gap."""


@dataclass(frozen=True)
class Route:
    """A wire's curve, and the straight piece where its size is written: its middle, and how long it is."""

    path: QPainterPath
    label_at: QPointF
    room: float
    lane: QRectF | None = None
    """The level piece of a wire that goes around cards, with room above and below for other wires."""


def route(start: QPointF, end: QPointF, cards: Sequence[QRectF], lanes: Sequence[QRectF] = ()) -> Route:
    """From an output at ``start`` to an input at ``end``, past ``cards`` (those of its own ends included), and beside the
    ``lanes`` of other wires."""
    if end.x() - start.x() >= _STUB:
        path = _curve(start, end)
        if not _crossed(QRectF(start, end).normalized().adjusted(4, -2, -4, 2), cards):
            return Route(path, path.pointAtPercent(0.5), end.x() - start.x() if start.y() == end.y() else 0.0)
    return _around(start, end, cards, lanes)


def loose(start: QPointF, end: QPointF) -> QPainterPath:
    """The curve of a wire in the hand: it is not worth finding a way."""
    return _curve(start, end)


def _curve(start: QPointF, end: QPointF) -> QPainterPath:
    reach = max(_STUB, min(abs(end.x() - start.x()) / 2, PITCH[0] / 2))
    path = QPainterPath(start)
    path.cubicTo(start + QPointF(reach, 0), end - QPointF(reach, 0), end)
    return path


def _around(start: QPointF, end: QPointF, cards: Sequence[QRectF], lanes: Sequence[QRectF]) -> Route:
    """Out to the right, along a lane above or below the cards in the way, and in from the left."""
    out, into = start.x() + _STUB, end.x() - _STUB
    lane = _lane(start, end, min(out, into), max(out, into), cards, lanes)
    corners = [start, QPointF(out, lane), QPointF(into, lane), end]
    points = [start, QPointF(out, start.y()), corners[1], corners[2], QPointF(into, end.y()), end]
    taken = QRectF(min(out, into), lane - _BESIDE / 2, abs(out - into), _BESIDE)
    return Route(_rounded(points), QPointF((out + into) / 2, lane), abs(out - into) - 2 * _RADIUS, taken)


def _lane(
    start: QPointF, end: QPointF, left: float, right: float, cards: Sequence[QRectF], lanes: Sequence[QRectF]
) -> float:
    """The height at which a wire can go from ``left`` to ``right`` without crossing a card, with the least detour."""

    def detour(lane: float) -> tuple[bool, bool, float]:
        strip = QRectF(left, lane - 4, right - left, 8)
        blocked = _crossed(strip, cards) or any(
            _crossed(QRectF(x - 1, min(y, lane), 2, abs(lane - y)), cards)
            for x, y in ((start.x() + _STUB, start.y()), (end.x() - _STUB, end.y()))
        )
        shared = _crossed(QRectF(left, lane - _BESIDE / 2 + 1, right - left, _BESIDE - 2), lanes)
        return blocked, shared, abs(lane - start.y()) + abs(lane - end.y())

    heights = {(start.y() + end.y()) / 2}
    for card in cards:
        if card.right() >= left - WIDTH and card.left() <= right + WIDTH:
            for level in (card.top() - _LANE, card.bottom() + _LANE):
                heights |= {level, level - _BESIDE, level + _BESIDE}
    # Of two lanes that are as good, the lower one: the next row lies below.
    return min(heights, key=lambda lane: (*detour(lane), -lane))


def _crossed(area: QRectF, cards: Sequence[QRectF]) -> bool:
    return any(card.intersects(area) for card in cards)


def _rounded(points: Sequence[QPointF]) -> QPainterPath:
    """A line through ``points`` (level and upright pieces in turn) with round corners."""
    path = QPainterPath(points[0])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_RADIUS, _length(before, corner) / 2, _length(corner, after) / 2)
        path.lineTo(_towards(corner, before, radius))
        path.quadTo(corner, _towards(corner, after, radius))
    path.lineTo(points[-1])
    return path


def _length(one: QPointF, other: QPointF) -> float:
    return (other - one).manhattanLength()


def _towards(start: QPointF, end: QPointF, distance: float) -> QPointF:
    length = _length(start, end)
    return start + (end - start) * (distance / length) if length else start
