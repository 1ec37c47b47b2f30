"""The curves hold exactly what a run told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.runs.events import BatchDone, EpochDone, Event, RunStarted, SettingChanged
from cnnlab.gui.preferences import Preferences
from cnnlab.gui.theme import theme
from cnnlab.gui.training.curves.curves_panel import CurvesPanel
from cnnlab.gui.training.curves.legend import CurvesLegend
from cnnlab.gui.training.curves.plot import Overlay, Plot
from cnnlab.gui.training.curves.run_curves import CurvesSnapshot, RunCurves
from cnnlab.gui.training.run.controller import TrainingController

Make = Callable[..., TrainingController]
NAMES: dict[str, Any] = {"run": "one", "graph": "g"}


@pytest.fixture
def curves(qtbot: QtBot, make: Make) -> Callable[..., CurvesPanel]:
    def build(controller: TrainingController) -> CurvesPanel:
        made = CurvesPanel(controller, Preferences())
        qtbot.addWidget(made)
        made.resize(900, 260)
        made.show()
        return made

    return build


def told(losses: list[float], first: int = 0, batches: int = 10) -> list[Event]:
    """The events of a run with these losses."""
    events: list[Event] = [
        RunStarted(
            **NAMES,
            step=first,
            device="cpu",
            threads=1,
            epochs=9,
            batches=batches,
            steps=9 * batches,
            kept=(),
            restarted=(),
        )
    ]
    for step, loss in enumerate(losses, first + 1):
        events.append(
            BatchDone(
                **NAMES,
                step=step,
                epoch=1,
                loss=loss,
                accuracy=0.5,
                learning_rate=0.01,
                images=step,
                images_per_second=1.0,
            )
        )
    return events


def batches_with(events: list[Event], **figures: Any) -> list[Event]:
    """The same with other figures of each batch."""
    return [replace(event, **figures) if isinstance(event, BatchDone) else event for event in events]


def epoch(step: int, loss: float, is_best: bool) -> EpochDone:
    return EpochDone(
        **NAMES, step=step, epoch=1, loss=1.0, accuracy=0.5, validation_loss=loss, validation_accuracy=0.5,
        is_best=is_best, seconds=1.0,
    )  # fmt: skip


def snapshot(events: list[Event]) -> CurvesSnapshot:
    run = RunCurves()
    run.take(events)
    return run.snapshot()


def shown(plot: Plot) -> list[tuple[np.ndarray, np.ndarray]]:
    """What the plot has on the screen, item by item."""
    items = plot.findChild(pg.PlotWidget).getPlotItem().listDataItems()
    return [(item.xData, item.yData) for item in items if item.xData is not None and len(item.xData)]


def test_every_batch_and_every_epoch_is_in_the_curves(
    qtbot: QtBot, make: Make, curves: Callable[..., CurvesPanel]
) -> None:
    controller = make()
    widget = curves(controller)
    assert widget.is_empty
    losses: list[float] = []
    accuracies: list[float] = []
    validated: list[tuple[int, float]] = []
    controller.batches_done.connect(lambda events: losses.extend(event.loss for event in events))
    controller.batches_done.connect(lambda events: accuracies.extend(100 * event.accuracy for event in events))
    controller.epoch_done.connect(lambda event: validated.append((event.step, event.validation_loss)))
    with qtbot.waitSignal(controller.ended, timeout=30_000):
        controller.train()
    assert not widget.is_empty
    lines = widget.run.snapshot().lines
    steps, raw = lines["loss"].raw
    assert steps[::2].tolist() == list(range(1, 17))
    assert raw[::2].tolist() == losses
    assert lines["accuracy"].raw[1][::2].tolist() == accuracies
    assert list(zip(*(axis[::2].tolist() for axis in lines["loss"].validation), strict=True)) == validated
    assert (np.diff(lines["loss"].smooth[0]) >= 0).all()

    qtbot.waitUntil(lambda: any((y == raw).all() for _x, y in shown(widget.loss) if len(y) == len(raw)))
    widget.loss.hovered.emit(3.2)
    assert widget.readout.full.startswith("step 3, loss ")
    widget.loss.hovered.emit(None)
    assert widget.readout.full == ""

    with qtbot.waitSignal(controller.ended, timeout=30_000):
        controller.train()
    assert widget.run.snapshot().lines["loss"].raw[0].min() == 17  # the next run goes on where the weights stand
    next(button for button in widget.findChildren(QPushButton) if button.text() == "Clear").click()
    assert widget.is_empty
    qtbot.wait(100)  # the drawing that was on its way must not bring it back
    assert widget.is_empty


def test_another_project_begins_with_empty_plots(qtbot: QtBot, make: Make, curves: Callable[..., CurvesPanel]) -> None:
    controller = make()
    widget = curves(controller)
    for _ in range(2):
        with qtbot.waitSignal(controller.ended, timeout=30_000):
            controller.train()
    controller.forget()
    assert widget.is_empty
    for plot in widget.plots:
        assert shown(plot) == []


def test_what_to_do_for_curves_is_said_only_where_it_can_be_done(
    make: Make, curves: Callable[..., CurvesPanel]
) -> None:
    controller = make()
    widget = curves(controller)
    project = controller.document.project
    assert "Press Train" in widget.hint.text()
    controller.document.open(replace(project, data=replace(project.data, source="imagenet")), None)
    assert "Press Train" not in widget.hint.text()
    assert "no training pictures" in widget.hint.text()
    controller.document.open(project, None)
    assert "Press Train" in widget.hint.text()


def test_a_task_with_a_number_has_an_error_in_place_of_accuracy(make: Make, curves: Callable[..., CurvesPanel]) -> None:
    controller = make()
    widget = curves(controller)
    widget.show_followed(snapshot(told([1.0])))
    assert (widget.accuracy.isVisible(), widget.error.isVisible()) == (True, False)
    widget.show_followed(None)
    project = controller.document.project
    controller.document.open(replace(project, data=replace(project.data, source="mnist_angle")), None)
    assert "error" in widget.hint.text()
    widget.show_followed(snapshot(batches_with(told([1.0, 2.0]), accuracy=None, error=3.0)))
    assert (widget.accuracy.isVisible(), widget.error.isVisible()) == (False, True)


def test_changes_and_the_best_epoch_are_marked(qtbot: QtBot) -> None:
    change = SettingChanged(**NAMES, step=2, name="learning_rate", before=0.003, after=0.001)
    run = snapshot([*told([3.0, 2.0]), change, epoch(2, 0.5, True), *told([1.0] * 3, 2)[1:], epoch(5, 0.75, False)])
    assert run.best == 2
    plot = Plot("Loss", "loss", labels=True)
    qtbot.addWidget(plot)
    plot.show_runs(run)
    lines = [
        item
        for item in plot.findChild(pg.PlotWidget).getPlotItem().items
        if isinstance(item, pg.InfiniteLine) and item.isVisible()
    ]
    assert [line.value() for line in lines] == [2, 2], "one with the dashes and one with the words, above all dashes"
    assert [line.label.format for line in lines if hasattr(line, "label")] == ["lr 0.003 → 0.001"]
    assert lines[1].zValue() > lines[0].zValue()
    assert sum(x.tolist() == [2.0, 2.0] and y.tolist() == [0.5, 0.5] for x, y in shown(plot)) == 1
    plot.show_runs(snapshot(told([1.0])))
    assert not lines[0].isVisible()


def test_many_epochs_are_validated_in_a_line_and_few_in_dots(qtbot: QtBot) -> None:
    plot = Plot("Loss", "loss")
    qtbot.addWidget(plot)
    for epochs, symbol in ((3, "o"), (300, None), (3, "o")):
        run = snapshot([*told([1.0] * epochs), *(epoch(step, 1.0, False) for step in range(1, epochs + 1))])
        plot.show_runs(run)
        (item,) = (
            item
            for item in plot.findChild(pg.PlotWidget).getPlotItem().listDataItems()
            if item.getData()[0] is not None
            and len(item.getData()[0]) == len(run.lines["loss"].validation[0])
            and item.getData()[0].tolist() == run.lines["loss"].validation[0].tolist()
            and item.opts["symbolSize"] == 7
        )
        assert item.opts["symbol"] == symbol
        assert (item.opts["pen"].style() == Qt.PenStyle.NoPen) is (symbol is not None)


def test_the_legend_names_what_is_drawn(qtbot: QtBot, make: Make, curves: Callable[..., CurvesPanel]) -> None:
    widget = curves(make())
    widget.show_followed(snapshot(told([1.0] * 5)))
    qtbot.waitUntil(lambda: widget.legend.names == ("training",))
    widget.show_followed(snapshot([*told([1.0] * 5), epoch(5, 1.0, True)]))
    qtbot.waitUntil(lambda: widget.legend.names == ("training", "validation", "best"))


def test_a_legend_takes_a_second_row_before_it_cuts_names(qtbot: QtBot) -> None:
    legend = CurvesLegend()
    qtbot.addWidget(legend)
    legend.show_entries([("training", "line", f"21 Nov 1{number}:42") for number in range(6)])
    heights = []
    for width in (900, 400, 200):
        legend.resize(width, 40)
        heights.append(legend.sizeHint().height())
    assert heights[0] < heights[1] == heights[2]


def test_a_resumed_run_takes_back_what_it_tells_again() -> None:
    run = RunCurves()
    run.take([*told([5.0, 4.0, 3.0, 2.0]), SettingChanged(**NAMES, step=4, name="dropout", before=0.0, after=0.5)])
    started: Any = told([])[0]
    resumed = replace(started, step=2, resumed=True)
    run.take([resumed, *told([30.0, 20.0, 10.0], 2)[1:]])
    steps, losses = run.snapshot().lines["loss"].raw
    assert steps[::2].tolist() == [1, 2, 3, 4, 5]
    assert losses[::2].tolist() == [5.0, 4.0, 30.0, 20.0, 10.0]
    assert run.snapshot().changes == ()
    run.take(told([7.0], 9))
    assert run.snapshot().lines["loss"].raw[0][::2].tolist() == [10], "a run that begins anew takes back everything"


@pytest.mark.parametrize(
    ("data", "run", "lines"), [("mnist", "two", 2), ("mnist_seven", "two", 1), ("mnist", "one", 1)]
)
def test_the_run_before_stays_behind_a_new_one_unless_it_learned_something_else(
    data: str, run: str, lines: int, qtbot: QtBot, make: Make, curves: Callable[..., CurvesPanel]
) -> None:
    controller = make()
    widget = curves(controller)
    for first, source, name in ((0, "mnist", "one"), (30, data, run)):
        controller.document.edit(message("Data"), partial(changes.set_data, source=source))
        started, *batches = (replace(event, run=name) for event in told([2.0, 1.0] * 15, first))
        controller.started.emit(started)
        controller.batches_done.emit(tuple(batches))
    qtbot.waitUntil(lambda: not widget._timer.isActive())
    old = [item for item in widget.loss._old if item.yData is not None and len(item.yData)]
    assert 1 + len(old) == lines


def test_other_runs_lie_over_it_in_colours_of_their_own(
    qtbot: QtBot, make: Make, curves: Callable[..., CurvesPanel]
) -> None:
    widget = curves(make())
    others = [Overlay(f"run {colour}", colour, snapshot(told([colour + 1.0] * 30))) for colour in (0, 3)]
    widget.show_overlays(others)
    assert not widget.is_empty
    assert {"run 0", "run 3"} <= set(widget.legend.names)
    qtbot.waitUntil(lambda: len(shown(widget.loss)) == 2)
    pens = [
        item.opts["pen"].color().name().upper()
        for item in widget.loss.findChild(pg.PlotWidget).getPlotItem().listDataItems()
        if item.yData is not None and len(item.yData) and item.opts["pen"] is not None
    ]
    assert pens == [theme.theme().runs[0], theme.theme().runs[3]]
    widget.show_overlays([])
    assert widget.is_empty


def test_epochs_and_logarithms_on_demand_are_remembered(
    qtbot: QtBot, make: Make, curves: Callable[..., CurvesPanel]
) -> None:
    widget = curves(make())
    widget.show_followed(snapshot(told([100.0, 10.0, 1.0, 0.0], first=20, batches=2)))
    qtbot.waitUntil(lambda: bool(shown(widget.loss)))
    buttons = {button.text(): button for button in widget.findChildren(QToolButton)}
    buttons["Epochs"].click()
    assert shown(widget.loss)[0][0][::2].tolist() == [0.5, 1.0, 1.5, 2.0]
    buttons["Log"].click()
    assert np.allclose(shown(widget.loss)[0][1][::2], [2, 1, 0, -9])
    assert (shown(widget.accuracy)[0][1] == 50).all(), "only what has a wide range of sizes"
    assert not widget.rate.isVisible()
    buttons["Rate"].click()
    assert widget.rate.isVisible()
    again = curves(make())
    assert not again.rate.isHidden()
    buttons["Epochs"].click()
    assert shown(widget.loss)[0][0][::2].tolist() == [21, 22, 23, 24]


def test_the_axes_of_a_single_point_are_of_whole_steps(qtbot: QtBot) -> None:
    plot = Plot("Loss", "loss")
    qtbot.addWidget(plot)
    plot.resize(500, 240)
    plot.show()
    plot.show_runs(snapshot([*told([2.0]), *told([2.0], 8999)[1:]]))
    plot.show_runs(snapshot([]))
    plot.show_runs(snapshot(told([0.0004], 3444)))
    item = plot.findChild(pg.PlotWidget).getPlotItem()
    qtbot.waitUntil(lambda: item.viewRange()[0][0] <= 3445 <= item.viewRange()[0][1])
    low, high = item.viewRange()[0]
    assert 10 <= high - low <= 20
    ticks = [tick for _, level in item.getAxis("bottom").tickValues(low, high, 500) for tick in level]
    assert ticks
    assert all(float(tick).is_integer() for tick in ticks)


def test_small_numbers_are_written_as_they_are(qtbot: QtBot) -> None:
    plot = Plot("Learning rate", "rate")
    qtbot.addWidget(plot)
    plot.resize(500, 240)
    plot.show()
    plot.show_runs(snapshot(batches_with(told([1.0] * 20), learning_rate=0.003)))
    theme.signals().changed.emit()
    for side in ("left", "bottom"):
        axis = plot.findChild(pg.PlotWidget).getPlotItem().getAxis(side)
        assert axis.autoSIPrefixScale == 1.0


def test_a_perfect_accuracy_is_drawn_whole(qtbot: QtBot) -> None:
    plot = Plot("Accuracy, %", "accuracy", low=0.0, high=100.0)
    qtbot.addWidget(plot)
    plot.resize(500, 240)
    plot.show()
    plot.show_runs(snapshot([*told([1.0] * 10), replace(epoch(10, 1.0, False), validation_accuracy=1.0)]))
    view = plot.findChild(pg.PlotWidget).getPlotItem().getViewBox()
    for accuracy in (0.0, 100.0):
        place = view.mapViewToDevice(QPointF(10, accuracy)).y()
        top, bottom = (view.mapViewToDevice(QPointF(10, y)).y() for y in view.viewRange()[1][::-1])
        assert top + 4 <= place <= bottom - 4  # a dot is 7 pixels wide
