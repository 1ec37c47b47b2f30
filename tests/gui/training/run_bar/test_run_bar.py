"""The run bar, pressed as a person presses it, over real runs on a few hundred pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from training_runs import DIVERGING

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.numerals import loss_figure
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.runs.progress import RunProgress
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.engine.data.datasets import Dataset
from cnnlab.engine.data.errors import DataError
from cnnlab.gui.panels.labels import TextLabel
from cnnlab.gui.training.run.controller import TrainingController, TrainingState
from cnnlab.gui.training.run_bar.readouts import ProgressLine
from cnnlab.gui.training.run_bar.run_bar import RunBar

Make = Callable[..., TrainingController]
SmallProject = Callable[..., Project]


@pytest.fixture
def bar(qtbot: QtBot, make: Make) -> Callable[..., RunBar]:
    def build(project: Project | None = None) -> RunBar:
        controller = make(project)
        bar = RunBar(controller)
        qtbot.addWidget(bar)
        bar.show()
        with qtbot.waitSignal(controller.document.facts_changed, timeout=20_000):
            controller.document.ask_shapes()
        return bar

    return build


def press(qtbot: QtBot, bar: RunBar, text: str) -> None:
    button = next(button for button in bar.findChildren(QPushButton) if button.text() == text)
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def enabled(bar: RunBar) -> list[str]:
    return [button.text() for button in bar.findChildren(QPushButton) if button.isEnabled()]


def test_train_leads_to_a_test_accuracy_and_then_offers_another_run(qtbot: QtBot, bar: Callable[..., RunBar]) -> None:
    run_bar = bar()
    assert run_bar.status.full == "Ready to train."
    assert enabled(run_bar) == ["Train", "One batch", "One epoch"]
    begun: list[str] = []
    run_bar.controller.started.connect(lambda _event: begun.append(run_bar.status.full))
    with qtbot.waitSignal(run_bar.controller.ended, timeout=30_000) as blocker:
        press(qtbot, run_bar, "Train")
        assert enabled(run_bar) == ["Stop"]
    assert "training pictures are in memory" in begun[0]
    accuracy = blocker.args[0].test_accuracy
    assert run_bar.status.full == f"Test accuracy {100 * accuracy:.2f} %"
    assert enabled(run_bar) == ["Train", "One batch", "One epoch"]
    assert "a new run" in run_bar.actions_of_run.train.toolTip()
    assert run_bar.figures["epoch"].value == "2 / 2"
    assert run_bar.figures["device"].value == "CPU"
    assert run_bar.figures["validation"].value.endswith(" %")
    assert run_bar.figures["speed"].value == "–"
    assert run_bar.figures["left"].value == "–"


def test_early_stopping_is_told_with_the_epoch_whose_weights_are_kept(
    qtbot: QtBot, bar: Callable[..., RunBar], small_project: SmallProject
) -> None:
    run_bar = bar(small_project(epochs=60, early_stopping=2, optimiser="sgd", learning_rate=20.0))
    best: list[int] = []
    run_bar.controller.epoch_done.connect(lambda event: best.append(event.epoch) if event.is_best else None)
    with qtbot.waitSignal(run_bar.controller.ended, timeout=30_000) as blocker:
        press(qtbot, run_bar, "Train")
    accuracy = blocker.args[0].test_accuracy
    assert run_bar.status.full == f"Stopped early, kept epoch {best[-1]}. Test accuracy {100 * accuracy:.2f} %"
    assert run_bar.controller.progress.epoch == best[-1] + 2


def test_one_batch_pauses_and_continue_goes_on(
    qtbot: QtBot, bar: Callable[..., RunBar], small_project: SmallProject
) -> None:
    run_bar = bar(small_project(epochs=2000))
    press(qtbot, run_bar, "One batch")
    qtbot.waitUntil(lambda: run_bar.controller.state is TrainingState.PAUSED, timeout=20_000)
    assert enabled(run_bar) == ["Continue", "One batch", "One epoch", "Stop"]
    assert run_bar.controller.progress.steps == 1
    press(qtbot, run_bar, "Continue")
    qtbot.waitUntil(lambda: run_bar.controller.progress.steps > 5, timeout=20_000)
    assert enabled(run_bar) == ["Pause", "Stop"]
    assert run_bar.figures["speed"].value != "–"
    with qtbot.waitSignal(run_bar.controller.ended, timeout=20_000):
        press(qtbot, run_bar, "Stop")
        assert run_bar.status.full == "Stopping after this batch…"
    step = run_bar.controller.document.project.weights.step
    assert run_bar.status.full == f"Stopped. The weights of step {step:,} are kept."


def test_the_button_says_whether_the_stopped_run_goes_on(qtbot: QtBot, bar: Callable[..., RunBar]) -> None:
    run_bar = bar()
    document = run_bar.controller.document
    press(qtbot, run_bar, "One batch")
    qtbot.waitUntil(lambda: run_bar.controller.state is TrainingState.PAUSED, timeout=20_000)
    with qtbot.waitSignal(run_bar.controller.ended, timeout=20_000):
        press(qtbot, run_bar, "Stop")
    assert enabled(run_bar) == ["Continue", "One batch", "One epoch"]
    document.edit(message("Other rate"), lambda project: changes.set_training(project, learning_rate=0.5))
    assert enabled(run_bar) == ["Train", "One batch", "One epoch"]
    assert run_bar.status.full == "Ready to train further from step 1, in a new run."
    document.undo()
    assert enabled(run_bar) == ["Continue", "One batch", "One epoch"]
    assert run_bar.status.full == "Stopped at step 1. Press Continue to go on."


def test_what_cannot_train_says_why(qtbot: QtBot, bar: Callable[..., RunBar]) -> None:
    run_bar = bar(templates.BY_KEY["empty"].build())
    assert enabled(run_bar) == []
    assert run_bar.status.full.startswith("Nothing feeds output yet.")
    assert run_bar.actions_of_run.train.toolTip().startswith("Nothing feeds output yet.")


def test_a_network_changed_in_mid_run_is_marked(
    qtbot: QtBot, bar: Callable[..., RunBar], small_project: SmallProject
) -> None:
    run_bar = bar(small_project(epochs=2000))
    assert not run_bar.badge.isVisible()
    press(qtbot, run_bar, "Train")
    qtbot.waitUntil(lambda: run_bar.controller.state is TrainingState.RUNNING, timeout=20_000)
    document = run_bar.controller.document
    document.edit(message("Bias"), lambda project: changes.set_params(project, "fc1", bias=False))
    assert run_bar.badge.isVisible()
    with qtbot.waitSignal(run_bar.controller.ended, timeout=20_000):
        press(qtbot, run_bar, "Stop")
    assert not run_bar.badge.isVisible()


def test_a_run_that_fails_says_so_without_a_dialog(qtbot: QtBot, bar: Callable[..., RunBar]) -> None:
    project = templates.BY_KEY["mnist"].build()
    run_bar = bar(replace(project, training=TrainingSettings(batch_size=32, epochs=50, **DIVERGING)))
    with qtbot.waitSignal(run_bar.controller.ended, timeout=30_000):
        press(qtbot, run_bar, "Train")
    assert run_bar.banner.isVisible()
    assert "learning rate" in run_bar.banner.text
    assert run_bar.status.full == "The run failed."


def test_a_run_whose_pictures_are_not_there_has_not_ended_early(qtbot: QtBot, make: Make) -> None:
    def missing(project: Project) -> Dataset:
        raise DataError(message("There are no pictures. Nothing was started."))

    controller = make(load=missing)
    run_bar = RunBar(controller)
    qtbot.addWidget(run_bar)
    run_bar.show()
    with qtbot.waitSignal(controller.ended, timeout=20_000):
        controller.train()
    assert run_bar.banner.text == "There are no pictures. Nothing was started."
    assert run_bar.status.full == "Not started."


def test_another_project_shows_nothing_of_the_last_run(qtbot: QtBot, bar: Callable[..., RunBar]) -> None:
    project = templates.BY_KEY["mnist"].build()
    run_bar = bar(replace(project, training=TrainingSettings(batch_size=32, epochs=50, **DIVERGING)))
    controller = run_bar.controller
    with qtbot.waitSignal(controller.ended, timeout=30_000):
        press(qtbot, run_bar, "Train")
    assert run_bar.figures["epoch"].value != "–"
    controller.document.open(templates.BY_KEY["mnist"].build(), None)
    controller.forget()
    assert {figure.value for figure in run_bar.figures.values()} == {"–"}
    assert run_bar.findChild(ProgressLine).share == 0
    assert not run_bar.banner.isVisible()
    assert run_bar.status.full == "Ready to train."
    assert controller.progress == RunProgress()
    assert not controller.outdated


@pytest.mark.parametrize("loss", [0.1234, 297.88, 6.8e12])
def test_a_loss_of_any_size_has_room(bar: Callable[..., RunBar], loss: float) -> None:
    run_bar = bar()
    figure = run_bar.figures["loss"]
    figure.show_value(loss_figure(loss))
    text = figure.findChildren(TextLabel)[-1]
    assert text.text() == figure.value
    assert text.fontMetrics().horizontalAdvance(figure.value) <= figure.width()


def test_a_notice_that_the_window_shows_does_not_stay_in_the_bar(bar: Callable[..., RunBar]) -> None:
    run_bar = bar()
    before = run_bar.status.full
    run_bar.controller.notice.emit("These layers keep their weights: conv1.")
    assert run_bar.status.full == before


def test_it_fits_a_narrow_window_and_nothing_jumps(qtbot: QtBot, bar: Callable[..., RunBar]) -> None:
    run_bar = bar()
    run_bar.resize(1366, run_bar.sizeHint().height())
    assert run_bar.minimumSizeHint().width() <= 1366
    places = [button.geometry() for button in run_bar.findChildren(QPushButton)]
    with qtbot.waitSignal(run_bar.controller.ended, timeout=30_000):
        press(qtbot, run_bar, "Train")
    assert [button.geometry() for button in run_bar.findChildren(QPushButton)] == places
