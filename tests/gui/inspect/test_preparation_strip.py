"""The preparation strip: the very pixels of the stages, inside a small strip."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnlab.engine.inspection.tiling import to_indices
from cnnlab.gui.inspect.preparation_strip import PreparationStrip, Stage
from cnnlab.gui.theme import theme

RANDOM = np.random.default_rng(0)
STAGES = [
    Stage("crop", RANDOM.integers(0, 256, (11, 7), dtype=np.uint8), "ink"),
    Stage("fitted", RANDOM.integers(0, 256, (8, 8), dtype=np.uint8), "ink"),
    Stage("centred", RANDOM.integers(0, 256, (9, 9), dtype=np.uint8), "ink"),
    Stage("normalised", RANDOM.normal(size=(9, 9)).astype(np.float32), "signed"),
]


@pytest.fixture
def strip(qapp: QApplication, qtbot: QtBot) -> PreparationStrip:
    theme.apply(qapp, dark=False)
    made = PreparationStrip()
    qtbot.addWidget(made)
    made.resize(232, 84)
    made.set_stages(STAGES, "(x − 0.1307) / 0.3081")
    made.show()
    return made


@pytest.mark.parametrize(("width", "height"), [(232, 84), (480, 160)])
def test_pictures_show_the_stages(strip: PreparationStrip, width: int, height: int) -> None:
    strip.resize(width, height)
    painted = strip.grab().toImage()
    picture: Any
    for index, (_title, picture, kind) in enumerate(STAGES):
        rect = strip.picture_rect(index)
        table = theme.LIGHT.diverging if kind == "signed" else theme.LIGHT.ink_on_paper
        indices = to_indices(picture, "signed") if kind == "signed" else picture
        rows, columns = picture.shape
        assert rect.height() / rect.width() == pytest.approx(rows / columns)
        for row in range(1, rows - 1):
            for column in range(1, columns - 1):
                centre = QPointF((column + 0.5) * rect.width() / columns, (row + 0.5) * rect.height() / rows)
                place = (rect.topLeft() + centre).toPoint()
                assert painted.pixel(place) == table[indices[row, column]], (index, row, column)


@pytest.mark.parametrize(("width", "height"), [(160, 84), (232, 84), (480, 160), (900, 400)])
def test_pictures_lie_side_by_side_inside(strip: PreparationStrip, width: int, height: int) -> None:
    strip.resize(width, height)
    rects = [strip.picture_rect(index) for index in range(4)]
    assert all(rect.left() >= 0 and rect.right() <= width and rect.bottom() <= height for rect in rects)
    assert all(one.right() + 8 <= other.left() for one, other in pairwise(rects))


def test_more_room_makes_larger_pictures(strip: PreparationStrip) -> None:
    small = strip.picture_rect(3).width()
    assert small >= 40
    strip.resize(480, 160)
    assert strip.picture_rect(3).width() > 2 * small


def test_description_lists_stages_and_sizes(strip: PreparationStrip) -> None:
    assert strip.accessibleDescription() == "crop 11 × 7 → fitted 8 × 8 → centred 9 × 9 → normalised 9 × 9"


def test_no_stages_say_so(strip: PreparationStrip) -> None:
    full = strip.grab().toImage()
    strip.set_stages([])
    assert strip.grab().toImage() != full
    assert strip.accessibleDescription() == ""


def test_a_caption_without_room_is_cut_at_its_end_and_whole_in_the_tooltip(strip: PreparationStrip) -> None:
    assert strip.shown_caption == "(x − 0.1307) / 0.3081"
    long = "(x − 0.1307) / 0.3081, and what more there is to tell of it"
    strip.set_stages(STAGES, long, "for each channel")
    assert strip.shown_caption.endswith("…")
    assert long.startswith(strip.shown_caption[:-1])
    assert long in strip.toolTip()
    assert "for each channel" in strip.toolTip()


def test_the_formula_of_colour_pictures_fits_a_narrow_panel(strip: PreparationStrip) -> None:
    strip.set_stages(STAGES, "(pixel / 255 − mean) / standard deviation")
    assert strip.shown_caption == "(pixel / 255 − mean) / standard deviation"
