"""What was measured on pictures that were not learned from, as tables and plots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import EpochDone, RunStarted
from cnnlab.core.training.metrics import ClassFigures, Metrics
from cnnlab.gui.theme.theme import theme
from cnnlab.gui.training.evaluation.confusion import ConfusionMap
from cnnlab.gui.training.evaluation.evaluation_panel import EvaluationPanel
from cnnlab.gui.training.evaluation.number_plot import NumberPlot, round_numbers
from cnnlab.gui.training.run.controller import TrainingController
from cnnlab.gui.training.run_bar.run_bar import RunBar

Make = Callable[..., TrainingController]
SmallProject = Callable[..., Project]


def epoch(metrics: Metrics | None) -> EpochDone:
    return EpochDone(
        run="r", graph="g", step=8, epoch=3, loss=1.0, accuracy=0.5, validation_loss=0.5, validation_accuracy=0.5,
        validation=metrics, seconds=1.0,
    )  # fmt: skip


@pytest.fixture
def panel(qtbot: QtBot, make: Make) -> EvaluationPanel:
    made = EvaluationPanel(make())
    qtbot.addWidget(made)
    made.resize(900, 240)
    made.show()
    return made


def test_a_run_fills_the_table_of_its_classes(qtbot: QtBot, make: Make, small_project: SmallProject) -> None:
    controller = make(small_project(epochs=1))
    panel = EvaluationPanel(controller)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.is_empty
    told: list[EpochDone] = []
    controller.epoch_done.connect(told.append)
    with qtbot.waitSignal(controller.ended, timeout=30_000) as blocker:
        controller.train()
    assert panel.summary.full.startswith("Test: 64 pictures, accuracy ")
    test = blocker.args[0].test
    assert panel.table.rowCount() == 10
    supports = [int(panel.table.item(row, 4).text()) for row in range(10)]
    assert supports == [each.support for each in test.classes]
    panel.show_epoch(told[0])
    assert panel.summary.full.startswith("Validation after epoch 1")
    controller.forget()
    assert panel.is_empty


def test_figures_say_that_the_network_was_changed_since_until_that_is_undone(
    qtbot: QtBot, make: Make, small_project: SmallProject
) -> None:
    controller = make(small_project(epochs=1))
    panel, run_bar = EvaluationPanel(controller), RunBar(controller)
    qtbot.addWidget(panel)
    qtbot.addWidget(run_bar)
    panel.show()
    document = controller.document
    with qtbot.waitSignal(document.facts_changed, timeout=20_000):
        document.ask_shapes()
    with qtbot.waitSignal(controller.ended, timeout=30_000):
        controller.train()
    assert not panel.warning.isVisible()
    (uid, tensors), *_ = document.project.weights.nodes.items()
    warning = "Measured at step 8, before the network changed."
    changes_by_hand: list[Callable[[Project], Project]] = [
        lambda project: changes.set_weight(project, uid, tensors, "bias", (0,), 50.0),
        lambda project: changes.add_layer(project, "relu", (0, 800)),
    ]
    for change in changes_by_hand:
        document.edit(message("By hand"), change)
        assert panel.warning.isVisible()
        assert panel.warning.text() == warning
        document.undo()
        assert not panel.warning.isVisible()
    document.edit(message("By hand"), changes_by_hand[0])
    assert run_bar.status.full == warning
    document.edit(message("Rate"), lambda project: changes.set_training(project, learning_rate=0.5))
    assert panel.warning.isVisible()
    with qtbot.waitSignal(controller.ended, timeout=30_000):
        controller.train()
    assert not panel.warning.isVisible(), "measured anew"


def test_a_run_that_never_began_leaves_the_figures_those_of_the_network_before(
    qtbot: QtBot, make: Make, small_project: SmallProject, disk: Any
) -> None:
    controller = make(small_project(epochs=1), load=disk.load)
    with qtbot.waitSignal(controller.ended, timeout=30_000):
        controller.train()
    controller.document.edit(message("Layer"), lambda project: changes.add_layer(project, "relu", (0, 800)))
    warning = controller.as_trained.warning
    assert warning
    disk.is_there = False
    with qtbot.waitSignal(controller.ended, timeout=30_000):
        controller.train()
    assert controller.as_trained.warning == warning


def test_figures_of_another_run_go_when_a_run_starts_and_those_of_a_resumed_one_stay(make: Make) -> None:
    controller = make()
    panel = EvaluationPanel(controller)
    started = RunStarted(
        run="s", graph="g", step=8, device="cpu", threads=1, epochs=3, batches=10, steps=30, kept=(), restarted=()
    )
    panel.show_epoch(epoch(Metrics(count=5, loss=1.0, accuracy=0.5)))
    assert not panel.is_empty
    controller.started.emit(replace(started, resumed=True))
    assert not panel.is_empty
    controller.started.emit(started)
    assert panel.is_empty


def test_classes_are_sorted_by_a_click_and_unknown_ones_last(qtbot: QtBot, panel: EvaluationPanel) -> None:
    figures = [ClassFigures(precision, 0.5, 0.5, 10, 0.5, ()) for precision in (0.25, None, 0.75)]
    confusion = ((5, 5, 0), (0, 0, 0), (1, 0, 9))
    panel.show_epoch(epoch(Metrics(count=20, accuracy=0.7, classes=tuple(figures), confusion=confusion)))
    table = panel.table
    assert [table.item(row, 0).text() for row in range(3)] == ["0", "1", "2"]
    assert table.item(1, 1).text() == "–"
    header = table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(1) + 20, header.height() // 2)
    orders = []
    for _ in range(2):
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        orders.append([table.item(row, 0).text() for row in range(3)])
    assert sorted(orders) == [["0", "2", "1"], ["2", "0", "1"]]
    assert panel.confusion.accessibleDescription() == "Most frequent mistake: 0 predicted as 1, 5 pictures"


def test_classes_too_many_for_a_matrix_leave_its_room_to_the_table(panel: EvaluationPanel) -> None:
    figures = (ClassFigures(0.5, 0.5, 0.5, 10, None, ()),) * 2
    panel.show_epoch(epoch(Metrics(count=20, accuracy=0.5, classes=figures, confusion=((5, 5), (5, 5)))))
    assert panel.confusion.isVisible()
    panel.show_epoch(epoch(Metrics(count=2000, accuracy=0.5, classes=figures * 100)))
    assert panel.table.rowCount() == 200
    assert not panel.confusion.isVisible()


def test_a_field_of_the_confusion_is_as_strong_as_its_share_of_the_row(qtbot: QtBot) -> None:
    widget = ConfusionMap()
    qtbot.addWidget(widget)
    widget.resize(300, 300)
    widget.show_counts(((100, 0), (1, 1)), ("a", "b"))
    picture = widget.grab().toImage()
    colours = theme().sequential

    def colour(true: int, predicted: int) -> int:
        corner = widget.cell(true, predicted).topLeft().toPoint() + QPoint(3, 3)
        return picture.pixel(corner) & 0xFFFFFF

    assert colour(0, 0) == colours[255] & 0xFFFFFF
    assert colour(0, 1) == colours[0] & 0xFFFFFF
    assert colour(1, 0) == colour(1, 1) == colours[128] & 0xFFFFFF


def test_numbers_are_shown_with_their_unit_and_right_answers_on_the_line(panel: EvaluationPanel) -> None:
    document = panel._document
    document.open(replace(document.project, data=replace(document.project.data, source="mnist_angle")), None)
    panel.show_epoch(epoch(Metrics(count=3, error=4.25, pairs=((-40.0, -40.0), (0.0, 10.0), (40.0, 40.0)))))
    assert "mean absolute error 4.250°" in panel.summary.full
    assert panel.numbers.isVisible()
    assert not panel.table.isVisible()
    plot = panel.numbers
    low, middle, high = plot.place(-40, -40), plot.place(0, 10), plot.place(40, 40)
    assert low.x() < middle.x() < high.x()
    assert low.y() > middle.y() > high.y()
    slope = (high.y() - low.y()) / (high.x() - low.x())
    assert middle.y() < low.y() + slope * (middle.x() - low.x()), "too large an answer lies above the line"


def test_where_nothing_is_held_out_nothing_is_shown(panel: EvaluationPanel) -> None:
    panel.show_epoch(epoch(None))
    panel.show_epoch(epoch(Metrics()))
    assert panel.is_empty


def test_figures_that_are_not_finite_are_told_in_words(panel: EvaluationPanel) -> None:
    panel.show_epoch(epoch(Metrics(count=5, accuracy=0.5)))
    assert "loss NaN or infinite" in panel.summary.full
    document = panel._document
    document.open(replace(document.project, data=replace(document.project.data, source="mnist_angle")), None)
    panel.show_epoch(epoch(Metrics(count=3)))
    assert "mean absolute error NaN or infinite" in panel.summary.full


def test_a_plot_without_pairs_is_empty_and_draws(qtbot: QtBot) -> None:
    plot = NumberPlot()
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    plot.show_pairs((), "°")
    assert not plot.grab().isNull()


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-50.0, 50.0), (3.0, 3.0001), (-1e6, 7.0)])
def test_ticks_are_few_round_and_inside(low: float, high: float) -> None:
    ticks = round_numbers(low, high)
    assert 2 <= len(ticks) <= 8
    assert all(low <= tick <= high for tick in ticks)
