"""The way a wire takes: to a near card a smooth curve where the view is free, else through the gaps between the cards."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from cnnlab.gui.editor.boxes import Box
from cnnlab.gui.editor.geometry import CARD, PITCH

STUB = (PITCH[0] - CARD[0]) / 2
"""How far a wire leads straight out of a card before it may turn."""
_LANE = (PITCH[1] - CARD[1]) / 2
"""Distance from a card to a wire that passes it."""
_NEAR = PITCH[0]
"""How far across a wire may go up or down in a curve."""
_BESIDE = 12.0
"""Between two wires in the same gap."""
_RADIUS = 16.0
REACH = (640.0, 416.0)
"""How far beyond its ends a wire may go, across and down; cards and wires farther away do not matter to it."""
_TURNS = (0.0, _BESIDE, -_BESIDE, *(step * _BESIDE for step in range(2, int((REACH[0] - STUB) / _BESIDE))))
"""Where a wire may turn, from ``STUB`` on, the best first."""
_TRIES = 16
"""Lanes looked at before a wire shares one rather than go far."""

Point = tuple[float, float]
_Turns = tuple[float | None, float | None]


@dataclass(frozen=True)
class Route:
    """A wire's curve, and the straight piece where its size is written: its middle, and how long it is."""

    path: QPainterPath
    label_at: QPointF
    room: float
    pieces: tuple[Box, ...] = ()
    """The straight pieces, without width, of a wire that goes around cards: first the upright one at its start (if it
    turns there), then the level one, then the upright one at its end."""
    lane: float = 0.0
    """The height of the level piece."""


@dataclass(frozen=True)
class Surroundings:
    """What a wire asks about where it could go."""

    cards_in: Callable[[Box], Iterator[Box]]
    """The cards that an area meets."""
    level_taken: Callable[[Box], bool]
    """Whether another output's wire goes along in an area, from left to right or back."""
    upright_taken: Callable[[Box], bool]
    """Whether another output's wire goes along in an area, up or down. Wires may cross, but not lie on each other."""
    siblings: Sequence[Route]
    """The ways of wires from the same output, found before: one beside the other they are drawn as one that forks."""


def route(start: Point, end: Point, around: Surroundings) -> Route:
    """The route from an output at ``start`` to an input at ``end``."""
    across = end[0] - start[0]
    if across >= STUB and (across <= _NEAR or start[1] == end[1]):  # a long curve would be a line aslant
        low, high = sorted((start[1], end[1]))
        if not any(around.cards_in((start[0] + 4, low - 2, end[0] - 4, high + 2))):
            path = _curve(QPointF(*start), QPointF(*end))
            return Route(path, path.pointAtPercent(0.5), across if start[1] == end[1] else 0.0)
    return _Detour(start, end, around).best()


def loose(start: QPointF, end: QPointF) -> QPainterPath:
    """The curve of a wire in the hand: it is not worth finding a way."""
    return _curve(start, end)


def _curve(start: QPointF, end: QPointF) -> QPainterPath:
    reach = max(STUB, min(abs(end.x() - start.x()) / 2, PITCH[0] / 2))
    path = QPainterPath(start)
    path.cubicTo(start + QPointF(reach, 0), end - QPointF(reach, 0), end)
    return path


class _Detour:
    """Out to the right, along a lane above or below the cards in the way, and in from the left."""

    def __init__(self, start: Point, end: Point, around: Surroundings) -> None:
        self._start, self._end, self._around = start, end, around
        self._outs = self._turns(start, 1.0)
        self._ins = self._turns(end, -1.0)

    def best(self) -> Route:
        """The way with the least detour that crosses no card and shares no piece with another output's wire; where there
        is none, one that shares, or in the end one that crosses."""
        found: tuple[tuple[int, int], Route] | None = None
        for tried, (lane, turns) in enumerate(self._lanes()):
            faults, way = self._way(lane, turns)
            if found is None or faults < found[0]:
                found = faults, way
            if found[0] == (0, 0) or (found[0][0] == 0 and tried >= _TRIES):
                break
        assert found is not None
        return found[1]

    def _turns(self, port: Point, sign: float) -> list[float]:
        """Where a wire can turn that leads straight out of a port, before it meets a card; the best first."""
        x, y = port
        far = x + sign * (STUB + _TURNS[-1])
        cards = self._around.cards_in((min(x, far), y - 2, max(x, far), y + 2))
        if sign > 0:
            room = min((card[0] - x for card in cards if card[0] > x), default=far - x)
        else:
            room = min((x - card[2] for card in cards if card[2] < x), default=x - far)
        return [x + sign * (STUB + turn) for turn in _TURNS if STUB + turn < room] or [x + sign * STUB]

    def _lanes(self) -> Iterator[tuple[float, _Turns]]:
        """Heights for the level piece, the best first; with where to turn into and out of it, if a sibling turned there."""
        low, high = sorted((self._start[1], self._end[1]))
        for way in self._siblings():
            if low - _LANE <= way.lane <= high + _LANE and way.lane not in (low, high):
                yield way.lane, (way.pieces[0][0], way.pieces[2][0])
        levels = {
            level: self._detour(level, is_middle) for level, is_middle in self._gaps() if level not in (low, high)
        }
        if self._ins[0] > self._start[0]:  # straight on, and up or down before the other card
            levels[self._start[1]] = self._detour(self._start[1], True)
        if self._outs[0] < self._end[0]:
            levels[self._end[1]] = self._detour(self._end[1], True)
        if not levels:  # cards all over the way, as far as it is looked at: it crosses what lies there
            level = high + REACH[1] - STUB
            levels[level] = self._detour(level, False)
        # Of two lanes that are as good the one nearer to the start, and the lower one: the next row lies below.
        yield from ((level, (None, None)) for level in sorted(levels, key=lambda y: (*levels[y], -y)))

    def _siblings(self) -> list[Route]:
        """The last that turned in where this wire would, and the first: the others have the same lanes."""
        near = [
            way
            for way in self._around.siblings
            if len(way.pieces) == 3 and abs(way.pieces[2][0] - self._ins[0]) <= _TURNS[-1]
        ]
        return near[-1:] or [way for way in self._around.siblings if len(way.pieces) == 3][:1]

    def _detour(self, y: float, is_middle: bool) -> tuple[float, float]:
        """How far a wire goes up and down in all, and on its first way; as if it were farther where a card is near."""
        to_start = abs(y - self._start[1])
        rank = 0 if is_middle else 1
        return to_start + abs(y - self._end[1]) + 2 * _LANE * rank, to_start + _LANE * rank

    def _gaps(self) -> Iterator[tuple[float, bool]]:
        """Heights of lanes in the gaps between the cards above and below each other, near the two ends; and whether they
        are where one wire alone would go."""
        left, right = sorted((self._outs[0], self._ins[0]))
        for middle in {self._start[1], self._end[1]}:
            low, high = middle - REACH[1] + STUB, middle + REACH[1] - STUB
            cards = self._around.cards_in((left - STUB, low, right + STUB, high))
            edges = [
                (-math.inf, low - _LANE),
                *_merged(sorted((card[1], card[3]) for card in cards)),
                (high + _LANE, math.inf),
            ]
            for (_top, above), (below, _bottom) in itertools.pairwise(edges):
                tracks = int((below - above) / _BESIDE) - 1
                if tracks > 0:
                    yield from ((above + track * _BESIDE, False) for track in range(1, tracks + 1))
                    yield above + min(_LANE, (below - above) / 2), True
                    yield below - min(_LANE, (below - above) / 2), True

    def _way(self, lane: float, preferred: _Turns) -> tuple[tuple[int, int], Route]:
        """The way along a lane; and how many of its pieces cross a card, and how many share their place."""
        pieces = []
        faults = [0, 0]
        ends = []
        # Straight out of the one port, the wire must not have to come back to turn into the other.
        outs = [x for x in self._outs if x < self._end[0]] if lane == self._end[1] else self._outs
        ins = [x for x in self._ins if x > self._start[0]] if lane == self._start[1] else self._ins
        for port, turns, first in zip((self._start, self._end), (outs, ins), preferred, strict=True):
            if lane == port[1]:
                ends.append(port[0])
                continue
            turn, worst = self._turn(port, [first, *turns] if first in turns else turns, lane)
            ends.append(turn)
            pieces.append(_upright(turn, port[1], lane))
            faults = [faults[0] + worst[0], faults[1] + worst[1]]
        level = (min(ends), lane, max(ends), lane)
        pieces.insert(1 if len(pieces) == 2 or lane == self._end[1] else 0, level)
        faults[0] += self._crosses((level[0], lane - 4, level[2], lane + 4))
        faults[1] += self._around.level_taken((level[0], lane - _BESIDE + 1, level[2], lane + _BESIDE - 1))
        points = [
            self._start,
            (ends[0], self._start[1]),
            (ends[0], lane),
            (ends[1], lane),
            (ends[1], self._end[1]),
            self._end,
        ]
        path = _rounded([QPointF(*point) for point, _same in itertools.groupby(points)])
        room = level[2] - level[0] - 2 * _RADIUS
        label = QPointF((ends[0] + ends[1]) / 2, lane)
        return (faults[0], faults[1]), Route(path, label, room, tuple(pieces), lane)

    def _turn(self, port: Point, turns: Sequence[float], lane: float) -> tuple[float, tuple[int, int]]:
        """Where the wire turns between a port and its lane, and whether it crosses a card or shares its place there."""
        found: tuple[tuple[int, int], float] | None = None
        for x in turns:
            left, top, right, bottom = _upright(x, port[1], lane)
            crosses = self._crosses((left - 4, top, right + 4, bottom))
            faults = (
                int(crosses),
                int(self._around.upright_taken((left - _BESIDE + 1, top, right + _BESIDE - 1, bottom))),
            )
            if found is None or faults < found[0]:
                found = faults, x
            if faults == (0, 0):
                break
        assert found is not None
        return found[1], found[0]

    def _crosses(self, area: Box) -> bool:
        return any(True for _card in self._around.cards_in(area))


def _upright(x: float, one: float, other: float) -> Box:
    return x, min(one, other), x, max(one, other)


def _merged(intervals: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Sorted intervals, those that touch as one."""
    result: list[tuple[float, float]] = []
    for low, high in intervals:
        if result and low <= result[-1][1]:
            result[-1] = result[-1][0], max(high, result[-1][1])
        else:
            result.append((low, high))
    return result


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
