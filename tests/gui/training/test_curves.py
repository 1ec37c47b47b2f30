"""The curves hold exactly what a run told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from cnnlab.gui.training.controller import TrainingController
from cnnlab.gui.training.curves import Curves

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
