"""Places and routes, without a screen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core.project.project import Point
from cnnlab.gui.editor.geometry import (
    CARD,
    PITCH,
    card_rect,
    free_place,
    make_room,
    place_between,
    snapped,
)

GRID_POINTS = st.tuples(st.integers(-20, 20), st.integers(-10, 10)).map(lambda p: (p[0] * 8.0, p[1] * 8.0))


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_snapping_goes_to_the_nearest_point_of_the_grid(x: float, y: float) -> None:
    left, top = snapped(x, y)
    assert left % 8 == top % 8 == 0
    assert abs(left - x) <= 4
    assert abs(top - y) <= 4


@given(st.lists(GRID_POINTS, max_size=12), GRID_POINTS)
def test_a_free_place_is_free(taken: list[Point], wanted: Point) -> None:
    place = free_place(taken, wanted)
    assert not any(card_rect(place).intersects(card_rect(corner)) for corner in taken)


@given(st.integers(0, 6), st.integers(0, 6), st.integers(-100, 100))
def test_room_is_made_without_any_overlap_in_a_row(count: int, after: int, shift: int) -> None:
    positions = {str(index): (index * PITCH[0], 0.0) for index in range(count)}
    wanted = after * PITCH[0] + shift
    place, moves = make_room(positions, (wanted, 0.0), wanted)
    rects = [card_rect(place), *(card_rect(corner) for corner in (positions | moves).values())]
    assert not any(one.intersects(other) for i, one in enumerate(rects) for other in rects[i + 1 :])
    assert all(moves[uid][0] > positions[uid][0] for uid in moves), "cards only move right"


@given(st.integers(2, 7), st.data())
def test_a_card_comes_between_its_neighbours(count: int, data: st.DataObject) -> None:
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
