"""The ways of wires, without a screen."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPathStroker

from cnnlab.core import templates
from cnnlab.core.graph.graph import Graph, Port, Wire
from cnnlab.core.layout.canvas import CardId, canvas_of
from cnnlab.core.project.project import Layout, Point, Project
from cnnlab.gui.editor.geometry import CARD, PITCH, card_rect, port_offsets
from cnnlab.gui.editor.routing import Ends, Routing

NETS = ("mnist", "googlenet", "inception_v3", "resnet18", "resnet152", "densenet121")
PLACES = st.tuples(st.integers(-8, 8).map(lambda n: n * 96.0), st.integers(-8, 8).map(lambda n: n * 80.0))

PILE: list[Point] = [(0.0, 80.0 * row) for row in (0, *range(-8, 0), *range(1, 9))]
"""Cards on each other, with no room for a wire above or below as far as one looks for it."""


def laid_out(graph: Graph, positions: Any) -> tuple[dict[CardId, QRectF], dict[Wire, Ends]]:
    """What a routing is asked, as the scene asks it."""

    canvas = canvas_of(Project(graph, Layout(positions)))

    def at(port: Port) -> QPointF:
        card = canvas.card_of[port.uid]
        return QPointF(*card.place) + port_offsets(card)[port]

    cards = {card.id: card_rect(card.place) for card in canvas.cards}
    return cards, {wire: (at(wire.start), at(wire.end)) for wire in graph.wires}


def scattered(places: list[Point], pairs: list[tuple[int, int]]) -> tuple[dict[CardId, QRectF], dict[Wire, Ends]]:
    """Cards anywhere, and wires between the middles of their sides."""
    middle = QPointF(0, CARD[1] / 2)
    cards = {CardId(str(number)): card_rect(place) for number, place in enumerate(places)}
    wires = {}
    for port, (one, other) in enumerate(pairs):
        one, other = one % len(places), other % len(places)
        ends = (cards[CardId(str(one))].topRight() + middle, cards[CardId(str(other))].topLeft() + middle)
        wires[Wire(str(one), str(other), 0, port)] = ends
    return cards, wires


@pytest.mark.parametrize("key", NETS)
class TestOfATemplate:
    def test_no_wire_runs_behind_a_card(self, key: str) -> None:
        project = templates.BY_KEY[key].build()
        cards, ends = laid_out(project.graph, project.layout.positions)
        inner = [card.adjusted(1, 1, -1, -1) for card in cards.values()]
        for wire, route in Routing().update(cards, ends).items():
            line = QPainterPathStroker().createStroke(route.path)
            assert not any(line.intersects(card) for card in inner if card.intersects(line.boundingRect())), wire

    def test_no_long_wire_runs_aslant(self, key: str) -> None:
        project = templates.BY_KEY[key].build()
        for wire, route in Routing().update(*laid_out(project.graph, project.layout.positions)).items():
            path = route.path
            corners = [path.elementAt(index) for index in range(path.elementCount())]
            for one, other in itertools.pairwise(corners):
                assert abs(other.x - one.x) <= PITCH[0] or other.y == one.y, wire

    def test_wires_of_two_outputs_lie_on_each_other_nowhere(self, key: str) -> None:
        project = templates.BY_KEY[key].build()
        routes = Routing().update(*laid_out(project.graph, project.layout.positions))
        pieces = [(wire.source, piece) for wire, route in routes.items() for piece in route.pieces]
        for (one, a), (other, b) in itertools.combinations(pieces, 2):
            if one != other:
                is_level = a[1] == a[3] == b[1] == b[3] and a[0] < b[2] and b[0] < a[2]
                is_upright = a[0] == a[2] == b[0] == b[2] and a[1] < b[3] and b[1] < a[3]
                assert not is_level
                assert not is_upright


@given(st.lists(PLACES, min_size=2, max_size=8), st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=8))
@example([(0.0, 0.0), (-288.0, 80.0), (-384.0, 80.0), (-192.0, 80.0)], [(2, 0)])  # cards all over the way straight out
@example(PILE, [(0, 0)])
def test_a_wire_leaves_and_arrives_straight_whatever_lies_around(
    places: list[Point], pairs: list[tuple[int, int]]
) -> None:
    cards, ends = scattered(places, pairs)
    for wire, route in Routing().update(cards, ends).items():
        assert route.path.pointAtPercent(0) == ends[wire][0]
        assert route.path.currentPosition() == ends[wire][1]
        early, late = route.path.pointAtPercent(0.001), route.path.pointAtPercent(0.999)
        assert early.x() > ends[wire][0].x()
        assert late.x() < ends[wire][1].x()


@given(
    st.lists(PLACES, min_size=2, max_size=7, unique=True),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=8),
    st.lists(st.tuples(st.integers(0, 6), PLACES), max_size=4),
)
@example(PILE, [(0, 0), (3, 1)], [(2, (-96.0, 80.0)), (5, (0.0, 800.0))])
def test_ways_are_those_of_a_routing_made_anew_and_kept_where_nothing_changed(
    places: list[Point], pairs: list[tuple[int, int]], moves: list[tuple[int, Point]]
) -> None:
    kept = Routing()
    kept.update(*scattered(places, pairs))
    for number, place in moves:
        places[number % len(places)] = place
        pairs = pairs[1:] + pairs[:1]
        cards, ends = scattered(places, pairs)
        kept.preview(cards, dict(itertools.islice(ends.items(), 2)))
        after = kept.update(cards, ends)
        anew = Routing().update(cards, ends)
        assert {wire: route.path for wire, route in after.items()} == {wire: route.path for wire, route in anew.items()}
        again = kept.update(cards, ends)
        assert all(again[wire] is route for wire, route in after.items())


def test_a_shortcut_goes_around_the_cards_it_passes() -> None:
    cards = {CardId(str(x)): QRectF(x * PITCH[0], 0, *CARD) for x in range(4)}
    start, end = QPointF(CARD[0], CARD[1] / 2), QPointF(3 * PITCH[0], CARD[1] / 2)
    path = Routing().update(cards, {Wire("0", "3"): (start, end)})[Wire("0", "3")].path
    line = QPainterPathStroker().createStroke(path)
    assert not any(line.intersects(cards[key]) for key in "12")


def test_wires_of_one_output_fork_and_those_of_others_keep_beside() -> None:
    # three lines of two cards; what the first line gives goes to both lines below
    cards: dict[Any, QRectF] = {f"{x}{y}": card_rect((x * PITCH[0], y * PITCH[1])) for x in range(2) for y in range(3)}
    middle = QPointF(0, CARD[1] / 2)

    def ends(source: str, target: str) -> Ends:
        return cards[source].topRight() + middle, cards[target].topLeft() + middle

    wires = [Wire("10", "01"), Wire("10", "02"), Wire("11", "02", 0, 1)]
    first, second, other = Routing().update(cards, {wire: ends(wire.source, wire.target) for wire in wires}).values()
    assert first.lane == second.lane
    assert first.pieces[0] == second.pieces[0]
    assert first.pieces[2][0] == second.pieces[2][0]
    assert other.lane != first.lane
    assert other.pieces[2][0] != second.pieces[2][0]
