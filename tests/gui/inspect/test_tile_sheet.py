"""The tile sheet: what is painted, what the mouse reads, and what survives new values."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnlab.core.numerals import significant
from cnnlab.engine.inspection.tiling import Kind, to_indices
from cnnlab.gui.inspect.cells import MIN_CELL
from cnnlab.gui.inspect.tile_panel import TilePanel
from cnnlab.gui.inspect.tile_sheet import TileSheet
from cnnlab.gui.inspect.tile_stack import Cell
from cnnlab.gui.theme import theme

Show = Callable[..., TileSheet]


@pytest.fixture(autouse=True)
def _light(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, dark=False)
    yield
    theme.apply(qapp, dark=False)


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    def make(values: np.ndarray, kind: Kind = "signed", width: int = 400, height: int = 300) -> TileSheet:
        sheet = TileSheet()
        qtbot.addWidget(sheet)
        sheet.resize(width, height)
        sheet.set_tiles(values, kind)
        sheet.show()
        return sheet

    return make


def maps(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def middle(sheet: TileSheet, cell: Cell) -> QPoint:
    return sheet.cell_rect(cell).center().toPoint()


def wheel(sheet: TileSheet, at: QPoint, notches: int) -> None:
    event = QWheelEvent(
        QPointF(at),
        sheet.mapToGlobal(QPointF(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(sheet, event)


@pytest.mark.parametrize("kind", ["signed", "magnitude"])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("width", "height"), [(400, 300), (150, 320), (331, 97)])
def test_every_cell_has_the_colour_of_its_value(
    qapp: QApplication, show: Show, kind: Kind, dark: bool, width: int, height: int
) -> None:
    theme.apply(qapp, dark)
    values = maps(12, 9, 7)
    sheet = show(values, kind, width, height)
    painted = sheet.grab().toImage()
    table = theme.theme().diverging if kind == "signed" else theme.theme().sequential
    indices = to_indices(values, kind)
    wrong = [
        cell
        for cell in np.ndindex(values.shape)
        if painted.pixelColor(middle(sheet, cell)).rgb() != table[indices[cell]]
    ]
    assert wrong == []
    inside = all(painted.rect().contains(middle(sheet, cell)) for cell in np.ndindex(values.shape))
    assert inside


def test_gaps_have_the_colour_of_the_surface(show: Show) -> None:
    sheet = show(maps(4, 3, 3))
    first = sheet.cell_rect((0, 0, 2))
    gap = QPoint(int(first.right() + first.width() / 2), int(first.center().y()))
    assert sheet.grab().toImage().pixelColor(gap) == QColor(theme.LIGHT.surface)


def test_theme_change_repaints(qapp: QApplication, show: Show) -> None:
    sheet = show(np.zeros((2, 4, 4), np.float32))
    theme.apply(qapp, dark=True)
    assert sheet.grab().toImage().pixelColor(middle(sheet, (1, 2, 2))) == QColor(theme.DARK.zero)


def test_small_kernels_are_drawn_large(show: Show) -> None:
    sheet = show(maps(32, 3, 3), width=320, height=260)
    assert sheet.view.scale >= 8


def test_hover_tells_the_very_value(qtbot: QtBot, show: Show) -> None:
    values = maps(12, 9, 7)
    sheet = show(values)
    for cell in [(0, 0, 0), (11, 8, 6), (5, 3, 2)]:
        with qtbot.waitSignal(sheet.hovered) as told:
            qtbot.mouseMove(sheet, middle(sheet, cell))
        assert told.args == [*cell, float(values[cell])]
        assert sheet.reading() == f"map {cell[0]}, row {cell[1]}, column {cell[2]}: {significant(values[cell], 4)}"
    with qtbot.waitSignal(sheet.unhovered):
        qtbot.mouseMove(sheet, QPoint(1, 1))
    assert sheet.reading() == ""


def test_labels_name_the_tiles(qtbot: QtBot, show: Show) -> None:
    sheet = show(maps(2, 3, 3))
    sheet.set_tiles(np.full((2, 3, 3), -0.81234, np.float32), "signed", labels=["filter 0", "filter 1"])
    qtbot.mouseMove(sheet, middle(sheet, (1, 2, 0)))
    assert sheet.reading() == "filter 1, row 2, column 0: −0.8123"


def test_new_values_keep_view_and_pointer_and_are_told(qtbot: QtBot, show: Show) -> None:
    sheet = show(maps(12, 9, 7))
    wheel(sheet, middle(sheet, (5, 3, 2)), 3)
    qtbot.mouseMove(sheet, middle(sheet, (5, 3, 2)))
    sheet.select((5, 3, 2))
    view, other = sheet.view, maps(12, 9, 7, seed=1)
    with qtbot.waitSignal(sheet.hovered) as told:
        sheet.set_tiles(other, "signed")
    assert told.args == [5, 3, 2, float(other[5, 3, 2])]
    assert sheet.view == view
    with qtbot.waitSignal(sheet.unhovered):
        sheet.set_tiles(maps(8, 5, 5), "signed")
    assert sheet.view != view


def test_wheel_keeps_the_cell_under_the_mouse_and_fit_returns(qtbot: QtBot, show: Show) -> None:
    sheet = show(maps(12, 9, 7))
    fitted = sheet.view
    at = QPoint(200, 150)
    row, column = sheet.view.cell(200, 150)
    for _notch in range(4):
        wheel(sheet, at, 1)
        x, y = sheet.view.corner(row, column)
        assert x - 1 <= 200 <= x + sheet.view.scale + 1
        assert y - 1 <= 150 <= y + sheet.view.scale + 1
    assert sheet.view.scale > 2 * fitted.scale
    assert sheet.view.scale == int(sheet.view.scale)
    qtbot.mouseDClick(sheet, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    assert sheet.view == fitted
    wheel(sheet, at, -5)
    assert sheet.view == fitted
    qtbot.keyClick(sheet, Qt.Key.Key_Plus)
    assert sheet.view.scale > fitted.scale
    qtbot.keyClick(sheet, Qt.Key.Key_0)
    assert sheet.view == fitted


def test_click_selects_and_drag_only_pans(qtbot: QtBot, show: Show) -> None:
    sheet = show(maps(12, 9, 7))
    wheel(sheet, QPoint(200, 150), 6)
    clicks: list[Cell] = []
    sheet.clicked.connect(lambda *cell: clicks.append(cell))
    before = sheet.view
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(sheet, left, pos=QPoint(200, 150))
    for x in range(200, 140, -10):
        qtbot.mouseMove(sheet, QPoint(x, 150))
    qtbot.mouseRelease(sheet, left, pos=QPoint(150, 150))
    assert clicks == []
    assert sheet.view.left == before.left - 50
    centre = sheet.grab().toImage()
    row, column = sheet.view.cell(200, 150)
    qtbot.mouseClick(sheet, left, pos=QPoint(200, 150))
    assert len(clicks) == 1
    rect = sheet.cell_rect(clicks[0])
    assert (sheet.view.corner(row, column)) == (rect.x(), rect.y())
    assert sheet.grab().toImage() != centre


def test_sheet_cannot_be_dragged_away(qtbot: QtBot, show: Show) -> None:
    sheet = show(maps(12, 9, 7))
    wheel(sheet, QPoint(200, 150), 6)
    left = Qt.MouseButton.LeftButton
    for start, end in ((QPoint(10, 10), QPoint(390, 290)), (QPoint(390, 290), QPoint(10, 10))):
        for _time in range(5):
            qtbot.mousePress(sheet, left, pos=start)
            qtbot.mouseMove(sheet, end)
            qtbot.mouseRelease(sheet, left, pos=end)
        if start.x() == 10:
            assert (sheet.view.left, sheet.view.top) == (0, 0)
    last = sheet.cell_rect((11, 8, 6))
    assert last.right() <= 400
    assert last.bottom() <= 300


def test_keys_walk_over_cells_and_tiles(qtbot: QtBot, show: Show) -> None:
    values = maps(4, 2, 3)
    sheet = show(values, width=300, height=300)
    told: list[Cell] = []
    sheet.hovered.connect(lambda tile, y, x, value: told.append((tile, y, x)))
    key = Qt.Key
    for each in (key.Key_Right, key.Key_Right, key.Key_Right, key.Key_Right, key.Key_Down, key.Key_Left, key.Key_Up):
        qtbot.keyClick(sheet, each)
    assert told == [(0, 0, 0), (0, 0, 1), (0, 0, 2), (1, 0, 0), (1, 1, 0), (0, 1, 2), (0, 0, 2)]
    qtbot.keyClick(sheet, key.Key_Up)
    assert told[-1] == (0, 0, 2)
    with qtbot.waitSignal(sheet.clicked) as clicked:
        qtbot.keyClick(sheet, key.Key_Return)
    assert clicked.args == [0, 0, 2]


def test_keys_keep_the_pointed_cell_in_sight(qtbot: QtBot, show: Show) -> None:
    sheet = show(maps(12, 9, 7))
    wheel(sheet, QPoint(0, 0), 12)
    for _step in range(20):
        with qtbot.waitSignal(sheet.hovered) as told:
            qtbot.keyClick(sheet, Qt.Key.Key_Right)
        tile, row, column, _value = told.args or []
        rect = sheet.cell_rect((tile, row, column))
        assert 0 <= rect.left() < rect.right() <= 400
    assert sheet.view.left < 0


@pytest.mark.parametrize("scale", [MIN_CELL - 4, MIN_CELL + 22])
def test_numbers_appear_only_where_they_can_be_read(qtbot: QtBot, show: Show, scale: float) -> None:
    """A cell of one colour without a number; with one, the pixels of its figures."""
    side = round(scale) * 4 + 2
    values = np.full((1, 4, 4), 0.5, np.float32)
    sheet = show(values, width=side, height=side)
    assert abs(sheet.view.scale - scale) < 1
    rect = sheet.cell_rect((0, 1, 1)).toRect().adjusted(2, 2, -2, -2)
    painted = sheet.grab().toImage()
    colours = {painted.pixel(x, y) for x in range(rect.left(), rect.right()) for y in range(rect.top(), rect.bottom())}
    assert (len(colours) > 1) is (scale >= MIN_CELL)


def test_other_numbers_paint_other_figures(show: Show) -> None:
    pictures: list[QImage] = []
    for number in (0.5, 0.25):
        # Two layers of one colour: each value is the largest.
        sheet = show(np.full((1, 4, 4), number, np.float32), width=240, height=240)
        pictures.append(sheet.grab().toImage())
    assert pictures[0] != pictures[1]


def test_empty_state_shows_words_and_ignores_the_mouse(qtbot: QtBot, show: Show) -> None:
    sheet = show(maps(2, 3, 3))
    bare = sheet.grab().toImage()
    sheet.set_empty("Select a layer.")
    assert sheet.grab().toImage() != bare
    assert sheet.accessibleDescription() == "Select a layer."
    assert sheet.top is None
    with qtbot.assertNotEmitted(sheet.hovered), qtbot.assertNotEmitted(sheet.clicked):
        qtbot.mouseMove(sheet, QPoint(150, 150))
        qtbot.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=QPoint(150, 150))
        qtbot.keyClick(sheet, Qt.Key.Key_Right)
        wheel(sheet, QPoint(10, 10), 2)


def test_resizing_fits_again_but_leaves_a_zoom_alone(show: Show) -> None:
    sheet = show(maps(12, 9, 7))
    small = sheet.view.scale
    sheet.resize(800, 600)
    assert sheet.view.scale > small
    wheel(sheet, QPoint(400, 300), 2)
    zoomed = sheet.view.scale
    sheet.resize(700, 500)
    assert sheet.view.scale == zoomed


def test_panel_reads_out_and_shows_the_scale(qtbot: QtBot) -> None:
    panel = TilePanel()
    qtbot.addWidget(panel)
    panel.resize(400, 360)
    values = maps(6, 5, 5)
    panel.set_tiles(values, "signed")
    panel.show()
    hint = panel.readout.text()
    qtbot.mouseMove(panel.sheet, middle(panel.sheet, (4, 1, 3)))
    assert panel.readout.text() == f"map 4, row 1, column 3: {significant(values[4, 1, 3], 4)}"
    top = significant(float(np.abs(values).max()))
    assert panel.legend.marks() == [(f"−{top}", 0.0), ("0", 0.5), (top, 1.0)]
    panel.legend.resize(255, panel.legend.height())
    bar = panel.legend.grab().toImage()
    assert bar.pixelColor(127, 3) == QColor(theme.LIGHT.zero)
    assert bar.pixelColor(0, 3) == QColor(theme.LIGHT.negative_stops[-1])
    panel.set_tiles(np.abs(values), "magnitude")
    assert panel.legend.marks() == [("0", 0.0), (top, 1.0)]
    panel.set_empty("Nothing yet.")
    assert panel.legend.marks() == []
    assert panel.readout.text() == ""
    assert hint != ""
