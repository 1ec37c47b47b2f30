"""The curves hold exactly what a run told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from cnnlab.gui.training.controller import TrainingController
from cnnlab.gui.training.curves import Curves
from cnnlab.gui.training.plot import Plot

Make = Callable[..., TrainingController]


def test_every_batch_and_every_epoch_is_in_the_curves(qtbot: QtBot, make: Make) -> None:
    controller = make()
    curves = Curves(controller)
    qtbot.addWidget(curves)
    curves.resize(800, 240)
    curves.show()
    assert curves.is_empty
    losses: list[float] = []
    accuracies: list[float] = []
    validated: list[tuple[int, float]] = []
    controller.batches_done.connect(lambda events: losses.extend(event.loss for event in events))
    controller.batches_done.connect(lambda events: accuracies.extend(100 * event.accuracy for event in events))
    controller.epoch_done.connect(lambda event: validated.append((event.step, event.validation_loss)))
    with qtbot.waitSignal(controller.ended, timeout=30_000):
        controller.train()
    assert not curves.is_empty
    steps, raw = curves.loss.run.raw.arrays()
    assert steps[::2].tolist() == list(range(1, 17))
    assert raw[::2].tolist() == losses
    assert curves.accuracy.run.raw.arrays()[1][::2].tolist() == accuracies
    assert list(zip(*(axis[::2].tolist() for axis in curves.loss.run.validation.arrays()), strict=True)) == validated
    assert (np.diff(curves.loss.run.smooth.arrays()[0]) >= 0).all()

    curves.loss.hovered.emit(3.2)
    assert curves.readout.text().startswith("step 3: loss ")
    curves.loss.hovered.emit(None)
    assert curves.readout.text() == ""

    with qtbot.waitSignal(controller.ended, timeout=30_000):
        controller.train()
    assert curves.loss.run.raw.arrays()[0].min() == 17  # the next run goes on where the weights stand
    curves.findChild(QPushButton).click()
    assert curves.is_empty
    qtbot.wait(100)  # the drawing that was on its way must not bring it back
    assert curves.is_empty


def test_another_project_begins_with_empty_plots(qtbot: QtBot, make: Make) -> None:
    controller = make()
    curves = Curves(controller)
    qtbot.addWidget(curves)
    for _ in range(2):
        with qtbot.waitSignal(controller.ended, timeout=30_000):
            controller.train()
    controller.forget()
    assert curves.is_empty
    for plot in (curves.loss, curves.accuracy):
        items = plot.findChild(pg.PlotWidget).getPlotItem().listDataItems()
        assert sum(0 if item.xData is None else len(item.xData) for item in items) == 0


def test_what_to_do_for_curves_is_said_only_where_it_can_be_done(qtbot: QtBot, make: Make) -> None:
    controller = make()
    curves = Curves(controller)
    qtbot.addWidget(curves)
    project = controller.document.project
    assert "Press Train" in curves.hint.text()
    controller.document.open(replace(project, data=replace(project.data, source="imagenet")), None)
    assert "Press Train" not in curves.hint.text()
    assert "No pictures" in curves.hint.text()
    controller.document.open(project, None)
    assert "Press Train" in curves.hint.text()


def test_the_axes_of_a_single_point_are_of_whole_steps(qtbot: QtBot) -> None:
    plot = Plot("Loss", low=0.0)
    qtbot.addWidget(plot)
    plot.resize(500, 240)
    plot.show()
    plot.run.smooth.add(1, 2.0)
    plot.run.smooth.add(9000, 2.0)
    plot.draw()
    plot.clear()
    plot.run.smooth.add(3445, 0.0004)
    plot.draw()
    item = plot.findChild(pg.PlotWidget).getPlotItem()
    qtbot.waitUntil(lambda: item.viewRange()[0][0] <= 3445 <= item.viewRange()[0][1])
    low, high = item.viewRange()[0]
    assert 10 <= high - low <= 20
    ticks = [tick for _, level in item.getAxis("bottom").tickValues(low, high, 500) for tick in level]
    assert ticks
    assert all(float(tick).is_integer() for tick in ticks)
    assert not item.getAxis("left").autoSIPrefix
    assert not item.getAxis("bottom").autoSIPrefix


def test_a_perfect_accuracy_is_drawn_whole(qtbot: QtBot) -> None:
    plot = Plot("Accuracy, %", low=0.0, high=100.0)
    qtbot.addWidget(plot)
    plot.resize(500, 240)
    plot.show()
    plot.run.validation.add(10, 100.0)
    plot.draw()
    view = plot.findChild(pg.PlotWidget).getPlotItem().getViewBox()
    for accuracy in (0.0, 100.0):
        place = view.mapViewToDevice(QPointF(10, accuracy)).y()
        top, bottom = (view.mapViewToDevice(QPointF(10, y)).y() for y in view.viewRange()[1][::-1])
        assert top + 4 <= place <= bottom - 4  # a dot is 7 pixels wide
