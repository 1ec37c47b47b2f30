"""A run that broke off is offered once, and never to a project that it does not belong to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot
from small_runs import driven

from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.summary import RunState
from cnnlab.core.values import Frozen
from cnnlab.engine.data.datasets import Dataset
from cnnlab.engine.runs import checkpoints, folder, table
from cnnlab.engine.training.run import Run
from cnnlab.gui.notify import Banner
from cnnlab.gui.preferences import Preferences
from cnnlab.gui.training.run.controller import TrainingController, TrainingState
from cnnlab.gui.training.runs.resume_offer import ResumeOffer

Make = Callable[..., TrainingController]
SmallProject = Callable[..., Project]
Load = Callable[[Project], Dataset]


class Desk:
    """A window with a banner and an offer, and a run in the app's folder that broke off after its first epoch."""

    def __init__(self, qtbot: QtBot, controller: TrainingController) -> None:
        self.qtbot = qtbot
        self.controller = controller
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.resize(900, 300)
        self.window.show()
        self.banner = Banner(self.window)
        self.preferences = Preferences()
        self.offer = ResumeOffer(controller, self.banner, self.preferences)
        self.opened: list[Project] = []
        self.offer.open_wanted.connect(self._on_open_wanted)

    def _on_open_wanted(self, project: Project) -> None:
        self.opened.append(project)
        self.controller.document.open(project, None)

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=20_000)

    def press(self, text: str) -> None:
        button = next(b for b in self.banner.findChildren(QPushButton) if b.text() == text and b.isVisible())
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def broken(small_project: SmallProject, tiny: Load) -> Path:
    """The folder of a run whose process is gone."""
    project = small_project(epochs=3, threads=1)
    run = driven(Run(project, tiny(project), threads=(1,)), folder.root(None))
    event = next(run)
    while event.step < 12:
        event = next(run)
    place = folder.root(None) / event.run
    beat = json.loads((place / "heartbeat.json").read_text())
    run.close()
    beat["owner"]["pid"] = 2**22 + 1  # above what Linux gives to a process
    (place / "heartbeat.json").write_text(json.dumps(beat))
    assert table.summary(place).state is RunState.INTERRUPTED
    return place


@pytest.fixture
def desk(qtbot: QtBot, make: Make, small_project: SmallProject) -> Iterator[Desk]:
    made = Desk(qtbot, make(small_project(epochs=3, threads=1)))
    yield made
    made.offer.close()


def test_a_run_that_broke_off_is_offered_and_goes_on(desk: Desk, broken: Path) -> None:
    desk.offer.start()
    desk.until(lambda: "interrupted at step" in desk.banner.text)
    kept = checkpoints.latest(broken)
    assert kept is not None
    assert f"Its last checkpoint, of step {kept.step}, is safe." in desk.banner.text
    with desk.qtbot.waitSignal(desk.controller.ended, timeout=30_000):
        desk.press("Resume")
    assert desk.controller.run_id == broken.name
    assert desk.controller.document.project.weights.step == 24
    assert table.summary(broken).state is RunState.COMPLETED


def test_what_was_changed_since_the_offer_is_not_trained_by_the_run(desk: Desk, broken: Path) -> None:
    desk.offer.start()
    desk.until(lambda: "interrupted at step" in desk.banner.text)
    document = desk.controller.document
    document.edit(message("Other rate"), lambda project: changes.set_training(project, learning_rate=0.5))
    desk.press("Resume")
    desk.until(lambda: "different settings" in desk.banner.text)
    assert desk.controller.state is TrainingState.IDLE
    assert desk.controller.run_id == ""


def test_a_click_while_records_are_looked_at_is_not_lost(desk: Desk, broken: Path) -> None:
    desk.offer.start()
    assert desk.offer.is_busy
    desk.offer.open(table.summary(broken))
    desk.until(lambda: desk.opened)


def test_once_refused_it_is_not_offered_again(desk: Desk, broken: Path) -> None:
    desk.offer.start()
    desk.until(lambda: desk.banner.text)
    desk.press("Not now")
    assert desk.preferences.declined_runs == [broken.name]
    desk.controller.document.open(desk.controller.document.project, None)
    desk.until(lambda: not desk.offer.is_busy)
    assert desk.banner.text == ""


def test_another_project_is_told_and_offered_the_runs_own(desk: Desk, broken: Path) -> None:
    document = desk.controller.document
    document.edit(message("Other rate"), lambda project: changes.set_training(project, learning_rate=0.5))
    desk.offer.start()
    desk.until(lambda: "different settings" in desk.banner.text)
    desk.press("Open that run as a project")
    desk.until(lambda: desk.opened)
    assert document.project.training.learning_rate == 0.003
    assert document.project.weights.step >= 8
    desk.until(lambda: "interrupted at step" in desk.banner.text)
    with desk.qtbot.waitSignal(desk.controller.ended, timeout=30_000):
        desk.press("Resume")
    assert desk.controller.run_id == broken.name


def test_a_project_that_is_opened_in_place_of_the_runs_own_is_not_taken_for_it(desk: Desk, broken: Path) -> None:
    document = desk.controller.document
    document.edit(message("Other rate"), lambda project: changes.set_training(project, learning_rate=0.5))
    desk.offer.start()
    desk.until(lambda: "different settings" in desk.banner.text)
    desk.offer.open_wanted.disconnect(desk._on_open_wanted)  # as if the question about changes were cancelled
    desk.press("Open that run as a project")
    document.open(changes.set_training(document.project, learning_rate=0.25), None)
    desk.until(lambda: not desk.offer.is_busy)
    assert "different settings" in desk.banner.text


def test_an_offer_goes_when_another_run_begins_and_comes_again(desk: Desk, broken: Path) -> None:
    desk.offer.start()
    desk.until(lambda: "interrupted at step" in desk.banner.text)
    controller = desk.controller
    controller.one_batch()
    assert desk.banner.text == ""
    desk.until(lambda: controller.state is TrainingState.PAUSED)
    controller.stop()
    desk.until(lambda: controller.state is TrainingState.IDLE)
    controller.document.open(controller.document.project, None)
    desk.until(lambda: "interrupted at step" in desk.banner.text)


def test_nothing_is_offered_where_nothing_broke_off_or_something_runs(desk: Desk, broken: Path) -> None:
    desk.controller.one_batch()
    desk.until(lambda: desk.controller.state is TrainingState.PAUSED)
    desk.offer.start()
    desk.until(lambda: not desk.offer.is_busy)
    assert desk.banner.text == ""


def test_nothing_is_offered_that_was_looked_for_before_a_run_began(desk: Desk, broken: Path) -> None:
    document = desk.controller.document
    document.edit(message("Other rate"), lambda project: changes.set_training(project, learning_rate=0.5))
    desk.offer.resume(table.summary(broken))
    desk.controller.one_batch()
    desk.until(lambda: not desk.offer.is_busy)
    assert desk.banner.text == ""


def test_a_stopped_run_goes_on_when_its_project_is_opened_again_and_only_from_its_weights(desk: Desk) -> None:
    controller, document = desk.controller, desk.controller.document
    desk.offer.start()
    for _ in range(3):
        controller.one_batch()
    desk.until(lambda: controller.state is TrainingState.PAUSED)
    controller.stop()
    desk.until(lambda: controller.state is TrainingState.IDLE)
    run = controller.stopped.folder
    assert run is not None
    left = document.project
    arrays = left.weights.nodes["fc1"]
    again = Weights(3, Frozen({"fc1": Frozen({name: array.copy() for name, array in arrays.items()})}))
    other = changes.set_weight(left, "fc1", arrays, "weight", (0, 0), 0.5)

    document.open(other, None)
    desk.until(lambda: not desk.offer.is_busy)
    assert controller.stopped.folder is None
    document.open(replace(left, weights=again), None)
    desk.until(lambda: controller.stopped.folder is not None)
    assert controller.stopped.folder == run
    with desk.qtbot.waitSignal(controller.ended, timeout=30_000):
        controller.train()
    assert controller.run_id == run.name
    assert document.project.weights.step == 24
