"""What the canvas shows: cards, and the wires between them. A card stands for one layer or for several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NewType

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import MANY
from cnnlab.core.graph import topology
from cnnlab.core.graph.graph import Graph, Node, Port, Wire
from cnnlab.core.project import changes
from cnnlab.core.project.project import Point, Project

CardId = NewType("CardId", str)
"""Which card of a canvas is meant. It stays the same when layers are renamed or cards are moved. Not the uid of a layer, though
they may be spelt alike: ``Canvas.card_of`` leads from one to the other."""


@dataclass(frozen=True)
class Card:
    """What is drawn as one card."""

    id: CardId
    nodes: tuple[str, ...]
    """Uids of the layers that it stands for, at least one."""
    name: str
    place: Point
    """Where its top left corner is."""
    inputs: tuple[Port, ...]
    """From top to bottom. Each is a port of one of its layers, which wires are made with."""
    outputs: tuple[Port, ...]

    @property
    def layer(self) -> str | None:
        """The uid of the one layer that it stands for; None if it stands for several."""
        return self.nodes[0] if len(self.nodes) == 1 else None

    @property
    def ports(self) -> tuple[Port, ...]:
        """All of them, inputs first."""
        return (*self.inputs, *self.outputs)

    @property
    def mapped(self) -> str:
        """The uid of the layer whose feature maps it shows: the one that gives its first output."""
        return self.outputs[0].uid if self.outputs else self.nodes[-1]


@dataclass(frozen=True)
class Canvas:
    """Every layer is on exactly one card."""

    cards: tuple[Card, ...] = ()
    wires: tuple[Wire, ...] = ()
    """The wires of the graph that lead from card to card."""

    @cached_property
    def card_of(self) -> dict[str, Card]:
        """By the uid of a layer, the card that stands for it."""
        return {uid: card for card in self.cards for uid in card.nodes}

    @property
    def ports(self) -> Iterator[Port]:
        """All ports of all cards."""
        return (port for card in self.cards for port in card.ports)

    def holding(self, uids: Iterable[str]) -> tuple[Card, ...]:
        """The cards that stand for some of these layers, in their order; a layer that is not there has none."""
        return tuple({card.id: card for uid in uids if (card := self.card_of.get(uid))}.values())


def canvas_of(project: Project) -> Canvas:
    """The canvas of a project: a card for each layer, in the order of the graph, and its wires."""
    graph, positions = project.graph, project.layout.positions
    used: dict[tuple[str, bool], int] = {}
    for wire in graph.wires:
        for port in (wire.source, True, wire.source_port), (wire.target, False, wire.target_port):
            used[port[:2]] = max(used.get(port[:2], 0), port[2] + 1)
    cards = []
    for node in graph.nodes:
        uid = node.uid
        inputs, outputs = _counts(node, used.get((uid, False), 0), used.get((uid, True), 0))
        place = positions.get(uid, (0.0, 0.0))
        cards.append(
            Card(CardId(uid), (uid,), node.path, place, _ports(uid, False, inputs), _ports(uid, True, outputs))
        )
    return Canvas(tuple(cards), graph.wires)


def _counts(node: Node, inputs: int, outputs: int) -> tuple[int, int]:
    """How many inputs and outputs a layer shows of which so many are in use: a join one for each wire and a free one; a layer
    of an unknown type those in use."""
    spec = catalog.find(node)
    if spec is None:
        return inputs, outputs
    maximum = spec.inputs[1]
    return min(inputs + 1, maximum, MANY) if spec.is_join else maximum, spec.ports(node.params)


@lru_cache(maxsize=8192)
def _ports(uid: str, is_output: bool, count: int) -> tuple[Port, ...]:
    """Ports 0 to ``count`` − 1; one tuple per layer for all edits, which makes two cards quick to compare."""
    return tuple(Port(uid, is_output, index) for index in range(count))


@dataclass(frozen=True)
class CanvasDifference:
    """What is to be done to one canvas so that it shows another."""

    gone: tuple[Card, ...]
    come: tuple[Card, ...]
    changed: tuple[Card, ...]
    """The changed cards as they are afterwards."""
    gone_wires: tuple[Wire, ...]
    come_wires: tuple[Wire, ...]


def difference(before: Canvas, after: Canvas) -> CanvasDifference:
    """What leads from ``before`` to ``after``."""
    old, new = ({card.id: card for card in canvas.cards} for canvas in (before, after))
    old_wires, new_wires = set(before.wires), set(after.wires)
    return CanvasDifference(
        tuple(card for card in before.cards if card.id not in new),
        tuple(card for card in after.cards if card.id not in old),
        tuple(card for card in after.cards if card.id in old and card != old[card.id]),
        tuple(wire for wire in before.wires if wire not in new_wires),
        tuple(wire for wire in after.wires if wire not in old_wires),
    )


def move_cards(project: Project, canvas: Canvas, places: Mapping[CardId, Point]) -> Project:
    """With cards of its ``canvas`` at other places, each with all its layers; the network is the same."""
    positions = project.layout.positions
    moved: dict[str, Point] = {}
    for card in canvas.cards:
        if card.id in places:
            for uid in card.nodes:
                x, y = positions.get(uid, (0.0, 0.0))
                left, top = places[card.id]
                moved[uid] = (left + (x - card.place[0]), top + (y - card.place[1]))
    return changes.move(project, moved)


def in_order(canvas: Canvas, graph: Graph) -> tuple[Card, ...]:
    """All cards, in the order in which the network runs; those on loops, and behind them, last."""
    return canvas.holding((*topology.order(graph), *graph.by_uid))


def next_card(canvas: Canvas, graph: Graph, selected: tuple[str, ...], step: int) -> Card | None:
    """The card after (step 1) or before (−1) that of the last of the ``selected`` layers; None at the end of the walk. From
    nothing, the walk begins at the first (or last) card."""
    cards = in_order(canvas, graph)
    if not cards:
        return None
    if not selected:
        return cards[0] if step > 0 else cards[-1]
    index = cards.index(canvas.card_of[selected[-1]]) + step
    return cards[index] if 0 <= index < len(cards) else None
