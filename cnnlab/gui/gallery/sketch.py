"""A network as a small drawing: where its cards lie on the canvas, and how that is folded into lines to fit a page."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import Family
from cnnlab.core.graph import topology
from cnnlab.core.graph.graph import Graph
from cnnlab.core.layout.spacing import SPACING
from cnnlab.core.project.project import Point

CARD, PITCH = SPACING.card, SPACING.pitch

_GAP = 56.0
"""Canvas units between two lines, and kept clear around a line."""
_HIGHEST = 96.0
"""How far above its cards an arc goes at most."""
_JUMP = 1.5 * PITCH[0]
"""A wire longer than this may pass cards, and is drawn as an arc."""


@dataclass(frozen=True)
class SketchCard:
    """A layer: its left top corner in canvas units, and the family that gives its colour."""

    left: float
    top: float
    family: Family
    name: str


@dataclass(frozen=True)
class SketchWire:
    """A wire from an output to an input; ``rise`` is how far above its cards the middle goes, 0 for one that is no arc."""

    x1: float
    y1: float
    x2: float
    y2: float
    rise: float


@dataclass(frozen=True)
class Sketch:
    """The drawing of one network, in canvas units."""

    cards: tuple[SketchCard, ...]
    lines: tuple[SketchWire, ...]

    @property
    def families(self) -> tuple[Family, ...]:
        """Which families there are, in the order of the cards."""
        return tuple(dict.fromkeys(card.family for card in self.cards))


@dataclass(frozen=True)
class Band:
    """The part of a drawing from ``left`` to ``right``, shown as one line; ``top`` and ``height`` hold all bands alike."""

    left: float
    right: float
    top: float
    height: float


def sketch(graph: Graph) -> Sketch:
    """The drawing of a network in one long line from its input to its output. A branch keeps its height, and what skips
    cards goes over them."""
    places = _places(graph)
    cards = []
    for node in graph.nodes:
        spec = catalog.find(node)
        cards.append(SketchCard(*places[node.uid], spec.family if spec else Family.SHAPE, node.path.rpartition(".")[2]))
    lines = []
    for wire in graph.wires:
        (left, top), (right, bottom) = places[wire.source], places[wire.target]
        x1, y1, x2, y2 = left + CARD[0], top + CARD[1] / 2, right, bottom + CARD[1] / 2
        passes = x2 - x1 > _JUMP and abs(y2 - y1) < CARD[1] / 4
        rise = min(0.25 * (x2 - x1), _HIGHEST) if passes else 0.0
        lines.append(SketchWire(x1, y1, x2, y2, rise))
    return Sketch(tuple(cards), tuple(lines))


def _places(graph: Graph) -> dict[str, Point]:
    """A column for each step of the longest way to a card; in it, as near to the height of what it reads as others let it."""
    columns: list[list[str]] = []
    depth: dict[str, int] = {}
    for uid in topology.order(graph):
        depth[uid] = max((depth[wire.source] + 1 for wire in graph.incoming(uid)), default=0)
        if depth[uid] == len(columns):
            columns.append([])
        columns[depth[uid]].append(uid)
    row: dict[str, float] = {}
    for uids in columns:
        wanted = {uid: _mean([row[wire.source] for wire in graph.incoming(uid)]) for uid in uids}
        uids.sort(key=wanted.__getitem__)
        taken: list[float] = []
        for uid in uids:
            taken.append(max(wanted[uid], taken[-1] + 1) if taken else wanted[uid])
        shift = _mean(list(wanted.values())) - _mean(taken)
        row |= {uid: place + shift for uid, place in zip(uids, taken, strict=True)}
    return {uid: (depth[uid] * PITCH[0], row[uid] * PITCH[1]) for uid in depth}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def folded(drawing: Sketch, width: float, height: float) -> tuple[list[Band], float]:
    """The lines into which a drawing is cut to be as large as it can in ``width`` × ``height`` pixels, and its scale.

    No card is cut: a line ends between two columns."""
    lefts = sorted({card.left for card in drawing.cards})
    tops = [card.top for card in drawing.cards]
    top = min(tops) - max([_GAP, *(line.rise + _GAP / 4 for line in drawing.lines)])
    tall = max(tops) + CARD[1] + _GAP - top
    best: tuple[list[Band], float] = ([], 0.0)
    for count in range(1, len(lefts) + 1):
        columns = math.ceil(len(lefts) / count)
        starts = lefts[::columns]
        ends = [*(left - (PITCH[0] - CARD[0]) / 2 for left in starts[1:]), lefts[-1] + CARD[0] + _GAP]
        begins = [lefts[0] - _GAP, *ends[:-1]]
        widest = max(end - begin for begin, end in zip(begins, ends, strict=True))
        scale = min(width / widest, height / (tall * len(starts)))
        if scale > best[1]:
            best = [Band(begin, end, top, tall) for begin, end in zip(begins, ends, strict=True)], scale
        if height / (tall * (count + 1)) < best[1]:
            break  # more lines can only be lower
    return best
