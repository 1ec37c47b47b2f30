"""The ways of all wires together: the same for the same cards and wires, whatever was there before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QPointF, QRectF

from cnnlab.core.graph.graph import Wire
from cnnlab.core.layout.canvas import CardId
from cnnlab.gui.editor.boxes import Box, Boxes, box_of, meet
from cnnlab.gui.editor.routes import REACH, Route, Surroundings, route

Ends = tuple[QPointF, QPointF]
"""Where a wire begins and ends, its output and its input, in canvas units."""

Output = tuple[str, int]
"""A layer's uid and which of its outputs."""

_MANY = 64
"""Changed areas beyond which it is quicker to look for all ways anew than to ask which of them still hold."""


@dataclass(frozen=True)
class _Way:
    """A route and the ends it was found for."""

    ends: Ends
    route: Route

    @property
    def reach(self) -> Box:
        """Nothing beyond this area matters to the way. One that meets no card asks for nothing else."""
        left, top, right, bottom = box_of(QRectF(*self.ends).normalized())
        across, down = REACH if self.route.pieces else (2.0, 2.0)
        return left - across, top - down, right + across, bottom + down


class Routing:
    """Finds ways in the order of the wires, each beside those before it, and keeps what still holds."""

    def __init__(self) -> None:
        self._cards: dict[CardId, Box] = {}
        self._boxes: Boxes[CardId] = Boxes()
        self._indexed: dict[CardId, Box] = {}
        """What ``_boxes`` holds: ``_cards``, or where a preview put them since."""
        self._ways: dict[Wire, _Way] = {}
        self._levels: Boxes[Wire] = Boxes()
        self._uprights: Boxes[Wire] = Boxes()
        self._siblings: dict[Output, list[Wire]] = {}
        self._covered: dict[tuple[Output, bool, float], tuple[float, float]] = {}
        """From where to where the wires of one output go along one level (True) or upright line: wires that are drawn as one
        are kept as one."""

    def update(self, cards: Mapping[CardId, QRectF], wires: Mapping[Wire, Ends]) -> dict[Wire, Route]:
        """The ways of all ``wires`` past all ``cards``. A way is the same object as before if nothing near it changed."""
        self._index(cards)
        changed = [
            area
            for card in self._indexed.keys() | self._cards.keys()
            if self._indexed.get(card) != self._cards.get(card)
            for area in (self._indexed.get(card), self._cards.get(card))
            if area is not None
        ]
        self._cards = dict(self._indexed)
        before, self._ways, self._siblings = self._ways, {}, {}
        self._levels, self._uprights, self._covered = Boxes(), Boxes(), {}
        changed += [piece for wire, way in before.items() if wire not in wires for piece in way.route.pieces]
        in_order = [wire for wire in before if wire in wires] == [wire for wire in wires if wire in before]
        for wire, ends in wires.items():
            way = before.get(wire)
            if way is None or way.ends != ends or not in_order or _touches(changed, way.reach):
                old = way.route.pieces if way else ()
                way = _Way(ends, self._find(wire, ends, ()))
                if way.route.pieces != old:
                    changed += [*old, *way.route.pieces]
            self._keep(wire, way)
        return {wire: way.route for wire, way in self._ways.items()}

    def preview(self, cards: Mapping[CardId, QRectF], wires: Mapping[Wire, Ends]) -> dict[Wire, Route]:
        """The ways of these ``wires`` if the ``cards`` lay there; the other wires keep theirs, and nothing is kept."""
        self._index(cards)
        return {wire: self._find(wire, ends, wires.keys()) for wire, ends in wires.items()}

    def _index(self, cards: Mapping[CardId, QRectF]) -> None:
        for card in self._indexed.keys() - cards.keys():
            self._boxes.take(card, self._indexed.pop(card))
        for card, rect in cards.items():
            box = box_of(rect)
            old = self._indexed.get(card)
            if box != old:
                if old is not None:
                    self._boxes.take(card, old)
                self._boxes.put(card, box)
                self._indexed[card] = box

    def _find(self, wire: Wire, ends: Ends, pulled: Collection[Wire]) -> Route:
        output = wire.source, wire.source_port

        def cards_in(area: Box) -> Iterator[Box]:
            return (box for _card, box in self._boxes.meeting(area))

        def taken(pieces: Boxes[Wire], area: Box) -> bool:
            return any(
                (other.source, other.source_port) != output and other not in pulled
                for other, _piece in pieces.meeting(area)
            )

        siblings = [self._ways[other].route for other in self._siblings.get(output, ()) if other not in pulled]
        start, end = ends
        around = Surroundings(cards_in, partial(taken, self._levels), partial(taken, self._uprights), siblings)
        return route((start.x(), start.y()), (end.x(), end.y()), around)

    def _keep(self, wire: Wire, way: _Way) -> None:
        self._ways[wire] = way
        if not way.route.pieces:
            return
        output = wire.source, wire.source_port
        self._siblings.setdefault(output, []).append(wire)
        for piece in way.route.pieces:
            is_level = piece[1] == piece[3]
            line = (output, is_level, piece[1] if is_level else piece[0])
            low, high = (piece[0], piece[2]) if is_level else (piece[1], piece[3])
            for begin, end in _beyond(low, high, self._covered.get(line)):
                if is_level:
                    self._levels.put(wire, (begin, piece[1], end, piece[1]))
                else:
                    self._uprights.put(wire, (piece[0], begin, piece[0], end))
            known = self._covered.get(line, (low, high))
            if low <= known[1] and known[0] <= high:
                self._covered[line] = min(low, known[0]), max(high, known[1])


def _beyond(low: float, high: float, covered: tuple[float, float] | None) -> list[tuple[float, float]]:
    """What of ``low..high`` is not ``covered``."""
    if covered is None or high < covered[0] or covered[1] < low:
        return [(low, high)]
    ends = [(low, covered[0]), (covered[1], high)]
    return [(begin, end) for begin, end in ends if begin < end]


def _touches(areas: list[Box], reach: Box) -> bool:
    return len(areas) > _MANY or any(meet(area, reach) for area in areas)
