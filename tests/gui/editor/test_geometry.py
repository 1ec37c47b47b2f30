"""Places and routes, without a screen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF

from cnnlab.core import templates
from cnnlab.core.cards import CARD, PITCH
from cnnlab.gui.editor.geometry import (
    card_rect,
    free_place,
    make_room,
    place_between,
    port_offset,
    snapped,
    source_of,
    target_of,
)
from cnnlab.gui.editor.routes import route

GRID_POINTS = st.tuples(st.integers(-20, 20), st.integers(-10, 10)).map(lambda p: (p[0] * 8.0, p[1] * 8.0))


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_snapping_goes_to_the_nearest_point_of_the_grid(x, y):
    left, top = snapped(x, y)
    assert left % 8 == top % 8 == 0
    assert abs(left - x) <= 4
    assert abs(top - y) <= 4


@given(st.lists(GRID_POINTS, max_size=12), GRID_POINTS)
def test_a_free_place_is_free(taken, wanted):
    place = free_place(taken, wanted)
    assert not any(card_rect(place).intersects(card_rect(corner)) for corner in taken)


@given(st.integers(0, 6), st.integers(0, 6), st.integers(-100, 100))
def test_room_is_made_without_any_overlap_in_a_row(count, after, shift):
    positions = {str(index): (index * PITCH[0], 0.0) for index in range(count)}
    wanted = after * PITCH[0] + shift
    place, moves = make_room(positions, (wanted, 0.0), wanted)
    rects = [card_rect(place), *(card_rect(corner) for corner in (positions | moves).values())]
    assert not any(one.intersects(other) for i, one in enumerate(rects) for other in rects[i + 1 :])
    assert all(moves[uid][0] > positions[uid][0] for uid in moves), "cards only move right"


@given(st.integers(2, 7), st.data())
def test_a_card_comes_between_its_neighbours(count, data):
    gaps = data.draw(st.lists(st.integers(1, 6), min_size=count, max_size=count))
    positions = {str(index): (sum(gaps[:index]) * 8.0 + index * CARD[0], 0.0) for index in range(count)}
    source, target = sorted(data.draw(st.permutations(range(count)))[:2])
    place, moves = place_between(positions, str(source), str(target))
    after = positions | moves
    assert after[str(source)] == positions[str(source)]
    assert after[str(source)][0] < place[0] < after[str(target)][0]
    rects = [card_rect(place), *map(card_rect, after.values())]
    assert not any(one.intersects(other) for i, one in enumerate(rects) for other in rects[i + 1 :])
    assert sorted(after, key=lambda uid: after[uid]) == sorted(positions, key=lambda uid: positions[uid])


def test_no_wire_of_a_template_crosses_a_card():
    for key in ("mnist", "lenet5", "cifar10", "empty"):
        project = templates.BY_KEY[key].build()
        rects = {uid: card_rect(place) for uid, place in project.layout.positions.items()}
        for wire in project.graph.wires:
            start = rects[wire.source].topLeft() + port_offset(source_of(wire), 1)
            end = rects[wire.target].topLeft() + port_offset(target_of(wire), 1)
            path = route(start, end, list(rects.values())).path
            assert path.pointAtPercent(0) == start
            assert path.currentPosition() == end
            inner = [rect.adjusted(1, 1, -1, -1) for rect in rects.values()]
            assert not any(rect.contains(path.pointAtPercent(i / 200)) for rect in inner for i in range(1, 200))


@given(GRID_POINTS, GRID_POINTS, st.lists(GRID_POINTS, max_size=4))
def test_a_route_always_arrives_and_leaves_and_enters_straight(one, other, between):
    start = QPointF(one[0] + CARD[0], one[1] + CARD[1] / 2)
    end = QPointF(other[0], other[1] + CARD[1] / 2)
    path = route(start, end, [card_rect(corner) for corner in (one, other, *between)]).path
    assert path.pointAtPercent(0) == start
    assert path.currentPosition() == end
    assert path.boundingRect().left() >= min(start.x(), end.x()) - 64


def test_a_shortcut_goes_around_the_cards_it_passes():
    cards = [QRectF(x * PITCH[0], 0, *CARD) for x in range(4)]
    start, end = QPointF(CARD[0], CARD[1] / 2), QPointF(3 * PITCH[0], CARD[1] / 2)
    path = route(start, end, cards).path
    assert not any(card.contains(path.pointAtPercent(i / 100)) for card in cards[1:3] for i in range(101))
