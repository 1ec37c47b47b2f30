"""The learning-rate test in the window: plot, suggestion, what ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.messages import Refusal, message
from cnnlab.core.project.project import Project
from cnnlab.engine.training.range_test import RangePoint, Suggestion
from cnnlab.gui.document import Document
from cnnlab.gui.training.range_test.range_dialog import RangeDialog, Trial, trial
from cnnlab.gui.training.run.controller import TrainingController, TrainingState

POINTS = tuple(RangePoint(step, 10 ** (-6 + step * 0.07), 2.3, 2.3 - step / 100) for step in range(1, 101))
EXPECTED = Suggestion(0.0043, message("Fell fastest at 0.0043."))
Run = Generator[RangePoint, None, Suggestion]


def through(project: Project) -> Run:
    yield from POINTS
    return EXPECTED


def failing(project: Project) -> Run:
    yield POINTS[0]
    raise Refusal(message("The pictures are gone."))


def fruitless(project: Project) -> Run:
    yield from POINTS[:3]
    return Suggestion(None, message("The loss grew at once."))


class Endless:
    """A test that goes on until it is closed, and notes that it was."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def __call__(self, project: Project) -> Run:
        try:
            while True:
                yield from POINTS
        finally:
            self.closed.set()


class Desk:
    """A dialog over the starter net."""

    def __init__(self, qtbot: QtBot, test: Trial) -> None:
        self.qtbot = qtbot
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.show()
        self.document = Document(templates.BY_KEY["mnist"].build())
        self.controller = TrainingController(self.document)
        self.dialog = RangeDialog(self.controller, self.window, test)
        self.dialog.show()

    def run(self) -> None:
        self.dialog.start()
        self.qtbot.waitUntil(lambda: not self.dialog.is_busy, timeout=20_000)

    def press(self, button: QWidget) -> None:
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def close(self) -> None:
        self.dialog.end()
        self.dialog.close()
        self.document.close()


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Callable[[Trial], Desk]]:
    made: list[Desk] = []

    def make(test: Trial) -> Desk:
        made.append(Desk(qtbot, test))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_it_draws_every_point_and_marks_the_suggestion(desk: Callable[[Trial], Desk]) -> None:
    here = desk(through)
    here.run()
    assert here.dialog.plot.count == len(POINTS)
    assert here.dialog.plot.marked == pytest.approx(0.0043)
    assert here.dialog.text.text() == "Fell fastest at 0.0043."
    assert here.dialog.use_button.text() == "Use 0.0043"
    assert not here.dialog.isModal()


def test_the_suggestion_is_taken_in_one_step(desk: Callable[[Trial], Desk]) -> None:
    here = desk(through)
    before = here.document.project
    here.run()
    assert here.document.project == before
    here.press(here.dialog.use_button)
    assert here.document.project.training == replace(before.training, learning_rate=0.0043)
    assert str(here.document.undo_label) == "Use learning rate 0.0043"
    assert not here.dialog.isVisible()
    here.document.undo()
    assert here.document.project == before


def test_a_test_without_a_suggestion_says_why_and_offers_nothing(desk: Callable[[Trial], Desk]) -> None:
    here = desk(fruitless)
    here.run()
    assert here.dialog.text.text() == "The loss grew at once."
    assert here.dialog.plot.marked is None
    assert not here.dialog.use_button.isVisible()


def test_a_test_that_fails_says_why_and_can_be_made_again(desk: Callable[[Trial], Desk]) -> None:
    here = desk(failing)
    here.run()
    assert here.dialog.text.text() == "The pictures are gone."
    assert here.dialog.start_button.isEnabled()


def test_stop_ends_it(desk: Callable[[Trial], Desk]) -> None:
    test = Endless()
    here = desk(test)
    here.dialog.start()
    here.qtbot.waitUntil(lambda: here.dialog.plot.count > 0, timeout=20_000)
    here.press(here.dialog.stop_button)
    here.qtbot.waitUntil(lambda: not here.dialog.is_busy, timeout=20_000)
    assert test.closed.is_set()
    assert here.dialog.text.text() == "The test was stopped. The project is unchanged."


def test_escape_closes_it_and_ends_the_test(desk: Callable[[Trial], Desk]) -> None:
    test = Endless()
    here = desk(test)
    here.dialog.start()
    here.qtbot.keyClick(here.dialog, Qt.Key.Key_Escape)
    assert not here.dialog.isVisible()
    here.qtbot.waitUntil(lambda: not here.dialog.is_busy, timeout=20_000)


def test_it_ends_when_training_begins_and_waits_for_its_end(desk: Callable[[Trial], Desk]) -> None:
    test = Endless()
    here = desk(test)
    here.dialog.start()
    here.controller.state = TrainingState.PREPARING
    here.controller.state_changed.emit()
    here.qtbot.waitUntil(lambda: not here.dialog.is_busy, timeout=20_000)
    assert "because training started" in here.dialog.text.text()
    assert not here.dialog.start_button.isEnabled()
    here.dialog.start()
    assert not here.dialog.is_busy
    here.controller.state = TrainingState.IDLE
    here.controller.state_changed.emit()
    assert here.dialog.start_button.isEnabled()


def test_the_engine_s_own_test_suggests_a_rate_for_the_starter_net(desk: Callable[[Trial], Desk]) -> None:
    here = desk(trial)
    here.dialog.start()
    here.qtbot.waitUntil(lambda: not here.dialog.is_busy, timeout=120_000)
    assert here.dialog.plot.count > 20
    assert here.dialog.rate is not None
    assert 1e-5 < here.dialog.rate < 0.1


def test_every_button_has_words(desk: Callable[[Trial], Desk]) -> None:
    here = desk(through)
    for button in (here.dialog.start_button, here.dialog.stop_button, here.dialog.use_button):
        assert button.toolTip()
