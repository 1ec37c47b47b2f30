"""Prediction bars: lengths, words, order."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnlab.gui.inspect.bars import PredictionBars
from cnnlab.gui.theme import theme

DIGITS = [str(digit) for digit in range(10)]
PROBABILITIES = [0.02, 0.0, 0.1, 0.05, 0.0, 0.0, 0.03, 0.6, 0.0, 0.2]


@pytest.fixture
def bars(qapp: QApplication, qtbot: QtBot) -> PredictionBars:
    theme.apply(qapp, dark=False)
    made = PredictionBars()
    qtbot.addWidget(made)
    made.resize(300, 260)
    made.set_probabilities(PROBABILITIES, DIGITS)
    made.show()
    return made


def filled(bars: PredictionBars, row: int, colour: str) -> float:
    """Which share of a row's track has the colour."""
    painted = bars.viewport().grab().toImage()
    track = bars.bar_rect(row)
    y = int(track.center().y())
    places = range(math.ceil(track.left()), int(track.right()))
    return sum(painted.pixelColor(QPoint(x, y)) == QColor(colour) for x in places) / len(places)


def test_bars_are_as_long_as_probabilities_say(bars: PredictionBars) -> None:
    for row, probability in enumerate(PROBABILITIES):
        colour = theme.LIGHT.accent if row == 7 else theme.LIGHT.disabled
        assert filled(bars, row, colour) == pytest.approx(probability, abs=0.015)
    assert bars.winner == 7


def test_ten_classes_fit_without_scrolling(bars: PredictionBars) -> None:
    assert bars.verticalScrollBar().maximum() == 0
    tracks = [bars.bar_rect(row) for row in range(10)]
    assert all(bars.viewport().rect().contains(track.toRect()) for track in tracks)
    assert all(upper.bottom() < lower.top() for upper, lower in pairwise(tracks))


def test_rows_do_not_move_when_the_prediction_does(bars: PredictionBars) -> None:
    before = [bars.bar_rect(row) for row in range(10)]
    bars.set_probabilities(np.eye(10, dtype=np.float32)[3], DIGITS)
    assert [bars.bar_rect(row) for row in range(10)] == before
    assert filled(bars, 3, theme.LIGHT.accent) > 0.97
    assert filled(bars, 7, theme.LIGHT.raised) > 0.97


def test_description_names_the_most_likely(bars: PredictionBars) -> None:
    assert bars.accessibleDescription() == "Most likely 7, 60.0 %"
    bars.set_probabilities(None, DIGITS)
    assert bars.accessibleDescription() == "No prediction yet"
    assert bars.winner is None
    assert all(filled(bars, row, theme.LIGHT.raised) > 0.97 for row in range(10))


def test_nan_wins_nothing(bars: PredictionBars) -> None:
    bars.set_probabilities([math.nan] * 9 + [0.5], DIGITS)
    assert bars.winner == 9
    bars.set_probabilities([math.nan] * 10, DIGITS)
    assert bars.winner is None
    assert not bars.viewport().grab().isNull()


def test_many_classes_scroll_to_the_last(bars: PredictionBars) -> None:
    classes = [f"class {index}" for index in range(100)]
    bars.set_probabilities(np.eye(100)[99], classes)
    bar = bars.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert bars.viewport().rect().contains(bars.bar_rect(99).toRect())
    assert filled(bars, 99, theme.LIGHT.accent) > 0.97


def test_long_names_leave_room_for_bars(bars: PredictionBars) -> None:
    bars.set_probabilities([0.5, 0.5], ["a" * 200, "b"])
    assert bars.bar_rect(0).width() > 60


def test_lengths_must_agree(bars: PredictionBars) -> None:
    with pytest.raises(ValueError, match="9 probabilities for 10 classes"):
        bars.set_probabilities(PROBABILITIES[:9], DIGITS)
