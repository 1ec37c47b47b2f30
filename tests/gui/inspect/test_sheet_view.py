"""Zooming and panning as geometry."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnlab.gui.inspect.sheet_view import MAX_CELL, SheetView, fitted, moved, showing, zoomed

sheets = st.tuples(st.integers(1, 900), st.integers(1, 900))
areas = st.tuples(st.integers(20, 2000), st.integers(20, 2000))
places = st.tuples(st.floats(0, 2000), st.floats(0, 2000))


@given(sheets, areas)
def test_fitted_shows_everything_and_wastes_little(sheet: tuple[int, int], area: tuple[int, int]) -> None:
    view = fitted(sheet, area)
    height, width = sheet[0] * view.scale, sheet[1] * view.scale
    assert height <= area[0] + 1e-6
    assert width <= area[1] + 1e-6
    room = min(area[0] / sheet[0], area[1] / sheet[1])
    assert view.scale >= min(0.75 * room, MAX_CELL)
    if room >= 4:
        assert view.scale == int(view.scale)


@given(sheets, areas, places, st.lists(st.floats(0.5, 2.0), min_size=1, max_size=6))
def test_any_zooming_and_panning_keeps_the_sheet_in_sight(
    sheet: tuple[int, int], area: tuple[int, int], at: tuple[float, float], factors: list[float]
) -> None:
    view = fitted(sheet, area)
    for factor in factors:
        view = zoomed(view, factor, *at, sheet, area)
        view = moved(view, at[0] - 1000, at[1] - 1000, sheet, area)
        assert fitted(sheet, area).scale <= view.scale <= MAX_CELL
        for start, cells, room in ((view.left, sheet[1], area[1]), (view.top, sheet[0], area[0])):
            length = cells * view.scale
            if length <= room:
                assert abs(start - (room - length) / 2) <= 1
            else:
                assert start <= 0.5
                assert start + length >= room - 0.5


@given(st.floats(1, 90), st.floats(-500, 500), st.floats(-500, 500), st.integers(0, 900), st.integers(0, 900))
def test_cell_is_the_inverse_of_corner(scale: float, left: float, top: float, row: int, column: int) -> None:
    view = SheetView(scale, left, top)
    x, y = view.corner(row + 0.5, column + 0.5)
    assert view.cell(x, y) == (row, column)


def test_zooming_steps_always_change_the_size() -> None:
    sheet, area = (100, 100), (300, 300)
    view = fitted(sheet, area)
    sizes = [view.scale]
    while view.scale < MAX_CELL:
        view = zoomed(view, 1.25, 150, 150, sheet, area)
        assert view.scale > sizes[-1]
        sizes.append(view.scale)
    while view.scale > sizes[0]:
        smaller = zoomed(view, 0.8, 150, 150, sheet, area)
        assert smaller.scale < view.scale
        view = smaller


def test_showing_pushes_no_further_than_needed() -> None:
    sheet, area = (100, 100), (200, 200)
    view = SheetView(10.0, -100.0, -100.0)
    assert showing(view, 15, 15, sheet, area) == view
    assert showing(view, 5, 35, sheet, area) == SheetView(10.0, -160.0, -50.0)
