"""The ways of all wires together: the same for the same cards and wires, whatever was there before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from cnnlab.core.graph import Wire
from cnnlab.core.templates import PITCH
from cnnlab.gui.editor.routes import Route, route

_REACH = 400.0
"""Canvas units around the ends of a wire; cards farther away do not matter to it."""

Ends = tuple[QPointF, QPointF]
"""Of a wire: its output and its input on the canvas."""


@dataclass(frozen=True)
class _Way:
    """A route and what it was found from, besides the cards."""

    ends: Ends
    lanes: list[QRectF]
    route: Route


class Routing:
    """Finds ways in the order of the wires, each beside the lanes of those before it, and keeps what still holds."""

    def __init__(self) -> None:
        self._cards: dict[str, QRectF] = {}
        self._ways: dict[Wire, _Way] = {}

    def update(self, cards: Mapping[str, QRectF], wires: Mapping[Wire, Ends]) -> dict[Wire, Route]:
        """The ways of all ``wires`` past all ``cards``. A way is the same object as before if nothing near it changed."""
        changed = [
            area
            for uid in cards.keys() | self._cards.keys()
            if cards.get(uid) != self._cards.get(uid)
            for area in (cards.get(uid), self._cards.get(uid))
            if area is not None
        ]
        before, self._ways, self._cards = self._ways, {}, dict(cards)
        taken: list[tuple[str, QRectF]] = []
        for wire, ends in wires.items():
            way = before.get(wire)
            reach = _reach(ends)
            around = reach.adjusted(0, -PITCH[1], 0, PITCH[1])
            lanes = [lane for source, lane in taken if source != wire.source and lane.intersects(around)]
            if way is None or way.ends != ends or way.lanes != lanes or any(area.intersects(reach) for area in changed):
                way = _Way(ends, lanes, route(*ends, self._near(reach), lanes))
            self._ways[wire] = way
            if way.route.lane is not None:
                taken.append((wire.source, way.route.lane))
        return {wire: way.route for wire, way in self._ways.items()}

    def preview(self, cards: Mapping[str, QRectF], wires: Mapping[Wire, Ends]) -> dict[Wire, Route]:
        """The ways of these ``wires`` if the ``cards`` lay there; the other wires keep theirs, and nothing is kept."""
        found = {}
        for wire, ends in wires.items():
            lanes = [
                way.route.lane
                for other, way in self._ways.items()
                if way.route.lane is not None and other not in wires and other.source != wire.source
            ]
            reach = _reach(ends)
            found[wire] = route(*ends, [card for card in cards.values() if card.intersects(reach)], lanes)
        return found

    def _near(self, reach: QRectF) -> list[QRectF]:
        return [card for card in self._cards.values() if card.intersects(reach)]


def _reach(ends: Ends) -> QRectF:
    return QRectF(*ends).normalized().adjusted(-_REACH, -_REACH, _REACH, _REACH)
