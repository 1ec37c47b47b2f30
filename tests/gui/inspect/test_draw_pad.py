"""The draw pad with real mouse and key events; the raster is compared byte by byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnlab.gui.inspect.draw_pad import DrawPad
from cnnlab.gui.inspect.ink_raster import SIDE, InkRaster
from cnnlab.gui.theme import theme

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture(autouse=True)
def _light(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, dark=False)
    yield
    theme.apply(qapp, dark=False)


@pytest.fixture
def pad(qtbot: QtBot) -> DrawPad:
    made = DrawPad()
    qtbot.addWidget(made)
    made.resize(300, 340)
    made.show()
    made.surface.setFocus()
    return made


def on_surface(pad: DrawPad, x: float, y: float) -> QPoint:
    """The widget's point over a point of the raster."""
    paper = pad.surface.paper_rect()
    return (paper.topLeft() + QPointF(x, y) * (paper.width() / SIDE)).toPoint()


def draw(qtbot: QtBot, pad: DrawPad, *points: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
    places = [on_surface(pad, *point) for point in points]
    qtbot.mousePress(pad.surface, button, pos=places[0])
    for place in places[1:]:
        # QTest's own mouseMove carries no pressed button.
        _move(pad, place, button)
    qtbot.mouseRelease(pad.surface, button, pos=places[-1])


def _move(pad: DrawPad, place: QPoint, button: Qt.MouseButton) -> None:
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(place),
        pad.surface.mapToGlobal(QPointF(place)),
        Qt.MouseButton.NoButton,
        button,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(pad.surface, event)


def distance_to_segment(a: tuple[float, float], b: tuple[float, float]) -> np.ndarray:
    """Of each pixel's centre to the segment, ``(280, 280)``."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    ax, ay, bx, by = *a, *b
    length = max((bx - ax) ** 2 + (by - ay) ** 2, 1e-9)
    along = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0, 1)
    return np.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay))


@pytest.mark.parametrize("brush", [8, 20, 40])
@pytest.mark.parametrize("segment", [((60.0, 80.0), (200.0, 150.0)), ((140.0, 140.0), (140.0, 140.0))])
def test_stroke_is_a_capsule_of_ink(brush: int, segment: tuple[tuple[float, float], tuple[float, float]]) -> None:
    ink = InkRaster()
    assert ink.stroke(QPointF(*segment[0]), QPointF(*segment[1]), brush)
    away = distance_to_segment(*segment)
    pixels = ink.array()
    assert (pixels[away < brush / 2 - 1] == 255).all()
    assert (pixels[away > brush / 2 + 1] == 0).all()
    assert not ink.stroke(QPointF(*segment[0]), QPointF(*segment[0]), brush - 4), "no ink is changed inside ink"


def test_erasing_a_stroke_with_a_wider_brush_leaves_nothing() -> None:
    ink = InkRaster()
    ink.stroke(QPointF(60, 80), QPointF(200, 150), 20)
    assert ink.stroke(QPointF(60, 80), QPointF(200, 150), 24, erases=True)
    assert ink.is_empty()


def test_mouse_draws_where_it_goes_and_tells_each_time(qtbot: QtBot, pad: DrawPad) -> None:
    told: list[np.ndarray] = []
    pad.changed.connect(told.append)
    with qtbot.waitSignal(pad.stroke_finished):
        draw(qtbot, pad, (60, 80), (130, 115), (200, 150))
    assert len(told) == 3
    assert told[0].sum() < told[1].sum() < told[2].sum()
    assert told[2].tobytes() == pad.raster().tobytes()
    away = distance_to_segment((60, 80), (200, 150))
    assert (pad.raster()[away < 7] == 255).all()
    assert (pad.raster()[away > 13] == 0).all()


def test_moving_over_ink_or_without_a_button_tells_nothing(qtbot: QtBot, pad: DrawPad) -> None:
    draw(qtbot, pad, (100, 100), (120, 100))
    with qtbot.assertNotEmitted(pad.changed):
        pad.width_slider.setValue(8)
        draw(qtbot, pad, (105, 100), (115, 100))
        qtbot.mouseMove(pad.surface, on_surface(pad, 200, 200))
    assert pad.raster()[190:210, 190:210].sum() == 0


def test_raster_is_a_copy(qtbot: QtBot, pad: DrawPad) -> None:
    pad.raster()[:] = 255
    assert pad.raster().sum() == 0


def test_paint_shows_ink_on_paper(qapp: QApplication, qtbot: QtBot, pad: DrawPad) -> None:
    draw(qtbot, pad, (60, 80), (200, 150))
    for dark, look in ((False, theme.LIGHT), (True, theme.DARK)):
        theme.apply(qapp, dark)
        painted = pad.surface.grab().toImage()
        assert painted.pixelColor(on_surface(pad, 130, 115)) == QColor(look.ink)
        assert painted.pixelColor(on_surface(pad, 60, 240)) == QColor(look.paper)


def test_invitation_until_the_first_ink(qtbot: QtBot, pad: DrawPad) -> None:
    def colours_in_the_middle() -> int:
        painted = pad.surface.grab().toImage()
        middle = [on_surface(pad, x, y) for x in range(80, 200, 1) for y in range(125, 155)]
        return len({painted.pixel(place) for place in middle})

    assert colours_in_the_middle() > 2
    draw(qtbot, pad, (30, 30))
    assert colours_in_the_middle() == 1
    pad.clear()
    assert colours_in_the_middle() > 2


def test_undo_restores_each_state_bytewise(qtbot: QtBot, pad: DrawPad) -> None:
    states = [pad.raster().tobytes()]
    for action in (
        lambda: draw(qtbot, pad, (60, 80), (200, 150)),
        lambda: draw(qtbot, pad, (100, 60), (110, 220), button=RIGHT),
        lambda: qtbot.mouseClick(pad.clear_button, LEFT),
        lambda: pad.set_raster(np.full((SIDE, SIDE), 7, np.uint8)),
    ):
        action()
        states.append(pad.raster().tobytes())
    assert len(set(states)) == 4  # cleared is as empty as the start
    undo: list[Callable[[], None]] = [
        lambda: qtbot.keyClick(pad.surface, Qt.Key.Key_Backspace),
        lambda: qtbot.keyClick(pad.surface, Qt.Key.Key_U),
        lambda: qtbot.mouseClick(pad.undo_button, LEFT),
        pad.undo,
    ]
    for step, state in zip(undo, reversed(states[:-1]), strict=True):
        with qtbot.waitSignal(pad.changed) as told:
            step()
        assert pad.raster().tobytes() == state == (told.args or [])[0].tobytes()
    assert not pad.undo_button.isEnabled()
    with qtbot.assertNotEmitted(pad.changed):
        pad.undo()


def test_buttons_say_what_can_be_done(qtbot: QtBot, pad: DrawPad) -> None:
    assert not pad.undo_button.isEnabled()
    assert not pad.clear_button.isEnabled()
    draw(qtbot, pad, (60, 80))
    assert pad.undo_button.isEnabled()
    assert pad.clear_button.isEnabled()
    qtbot.keyClick(pad.surface, Qt.Key.Key_Delete)
    assert pad.raster().sum() == 0
    assert not pad.clear_button.isEnabled()
    assert pad.undo_button.isEnabled()


def test_eraser_and_right_button_erase(qtbot: QtBot, pad: DrawPad) -> None:
    for use_tool in (True, False):
        draw(qtbot, pad, (60, 140), (220, 140))
        full = int(pad.raster().sum())
        if use_tool:
            qtbot.mouseClick(pad.eraser_button, LEFT)
        draw(qtbot, pad, (140, 100), (140, 180), button=LEFT if use_tool else RIGHT)
        assert pad.raster()[140, 140] == 0
        assert 0 < pad.raster().sum() < full
        qtbot.mouseClick(pad.pen_button, LEFT)
        pad.clear()


def test_keyboard_draws_a_line(qtbot: QtBot, pad: DrawPad) -> None:
    key = Qt.Key
    with qtbot.assertNotEmitted(pad.changed):
        for _step in range(4):
            qtbot.keyClick(pad.surface, key.Key_Up)
    qtbot.keyClick(pad.surface, key.Key_Space)
    for _step in range(10):
        qtbot.keyClick(pad.surface, key.Key_Right)
    with qtbot.waitSignal(pad.stroke_finished):
        qtbot.keyClick(pad.surface, key.Key_Space)
    drawn = pad.raster()
    away = distance_to_segment((140, 120), (190, 120))
    assert (drawn[away < 9] == 255).all()
    assert (drawn[away > 11] == 0).all()
    qtbot.keyClick(pad.surface, key.Key_Down)
    assert pad.raster().tobytes() == drawn.tobytes()


def test_leaving_the_pad_lifts_the_pen(qtbot: QtBot, pad: DrawPad) -> None:
    qtbot.keyClick(pad.surface, Qt.Key.Key_Space)
    with qtbot.waitSignal(pad.stroke_finished):
        pad.width_slider.setFocus()


def test_paper_is_square_in_any_widget(pad: DrawPad) -> None:
    for width, height in ((150, 400), (640, 200), (333, 334)):
        pad.surface.resize(width, height)
        paper = pad.surface.paper_rect()
        assert paper.width() == paper.height() == min(width, height)
        assert pad.surface.rect().contains(paper.toRect())


@pytest.mark.parametrize("pixels", [np.zeros((28, 28), np.uint8), np.zeros((SIDE, SIDE), np.float32)])
def test_a_raster_of_another_kind_is_refused(pad: DrawPad, pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="280 × 280"):
        pad.set_raster(pixels)
