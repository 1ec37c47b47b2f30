"""The learning-rate test: a plot of the loss over the rate as it grows, the rate that it suggests, and the thread that finds it.
This module imports pyqtgraph: import it only when the dialog is wanted."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, QTimer
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import plain
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.gui.panels.labels import Button, TextLabel
from cnnlab.gui.theme.theme import GRID, SMALL
from cnnlab.gui.training.range_test.range_plot import RangePlot
from cnnlab.gui.training.run.controller import TrainingController, TrainingState
from cnnlab.gui.training.run.run_thread import load_dataset, take_cores
from cnnlab.gui.workers.qt_threads import message_of

if TYPE_CHECKING:
    from cnnlab.engine.training.range_test import RangePoint, Suggestion

log = logging.getLogger(__name__)

TICK = 50
"""Milliseconds between two looks at what the test found."""
_MAX_STEPS = 100
"""The most steps that a test makes."""

Trial = Callable[[Project], "Generator[RangePoint, None, Suggestion]"]
"""A function from a project to a test of it."""


def trial(project: Project) -> Generator[RangePoint, None, Suggestion]:
    """The engine's test of ``project``: yields its points, returns what it suggests."""
    from cnnlab.engine.training import range_test

    take_cores(project)
    return (yield from range_test.run(project, load_dataset(project)))


class RangeThread(QThread):
    """Runs one learning-rate test. What it finds lies in ``points``, for a timer of the window to drain; when the thread has
    finished, ``suggestion`` or ``error`` says how it ended, or neither if it was stopped."""

    def __init__(self, project: Project, test: Trial, parent: QObject) -> None:
        super().__init__(parent)
        self.points: deque[RangePoint] = deque()
        self.suggestion: Suggestion | None = None
        self.error: BaseException | None = None
        self._project = project
        self._test = test
        self._stopping = Event()

    def stop(self) -> None:
        """End the test after the step in hand."""
        self._stopping.set()

    def run(self) -> None:
        try:
            with closing(self._tested()) as points:
                for point in points:
                    self.points.append(point)
                    if self._stopping.is_set():
                        return
        except BaseException as error:
            log.info("learning-rate test failed", exc_info=True)
            self.error = error

    def _tested(self) -> Generator[RangePoint]:
        self.suggestion = yield from self._test(self._project)


class RangeDialog(QDialog):
    """The dialog of the learning-rate test; the window stays usable beside it. A test ends when training begins: the two would
    share the processor."""

    def __init__(self, controller: TrainingController, parent: QWidget, test: Trial = trial) -> None:
        super().__init__(parent)
        self._controller = controller
        self._document = controller.document
        self._test = test
        self._thread: RangeThread | None = None
        self._why_stopped = ""
        self.rate: float | None = None
        """The learning rate that the last test suggests; None if it suggests none."""
        self.setWindowTitle(_("Learning-rate test"))
        self.plot = RangePlot()
        self.text = TextLabel()
        self.progress = QProgressBar()
        self.progress.setRange(0, _MAX_STEPS)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(GRID // 2)
        self.progress.setAccessibleName(_("Steps of the test"))
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.start_button = Button(_("Test again"), _("Start the test again with the current settings"))
        self.stop_button = Button(_("Stop"), _("Stop the test; the project stays unchanged"))
        self.use_button = Button("", _("Use it as the learning rate of the next run"))
        self.use_button.setDefault(True)
        close = Button(_("Close"), _("Close the test (Escape)"))
        self._lay_out(close)
        self.resize(80 * GRID, 56 * GRID)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._drain)
        self.start_button.clicked.connect(self.start)
        self.stop_button.clicked.connect(self._on_stop_clicked)
        self.use_button.clicked.connect(self._on_use_clicked)
        close.clicked.connect(self.close)
        controller.state_changed.connect(self._on_state_changed)
        self._show_buttons()

    @property
    def is_busy(self) -> bool:
        """Whether a test is going on."""
        return self._thread is not None

    def start(self) -> None:
        """Begin a test of the project as it is now; does nothing while one, or a run, is going on."""
        if self._thread is not None or self._controller.state is not TrainingState.IDLE:
            return
        self.rate = None
        self._why_stopped = _("The test was stopped. The project is unchanged.")
        self.plot.clear()
        self.progress.setValue(0)
        self.text.set_colour("muted")
        self.text.setText(
            _("Training a copy of the network for a moment, with a learning rate that grows at every step…")
        )
        self._thread = RangeThread(self._document.project, self._test, self)
        self._thread.finished.connect(self._on_finished)
        self._thread.start()
        self._timer.start()
        self._show_buttons()

    def end(self) -> None:
        """Stop the test, if one is going on, and wait for its thread."""
        if self._thread is not None:
            self._thread.stop()
            self._thread.wait()
            self._on_finished()

    def done(self, result: int) -> None:
        if self._thread is not None:
            self._thread.stop()
        super().done(result)

    def _lay_out(self, close: QPushButton) -> None:
        about = TextLabel(
            _(
                "With too small a learning rate a network learns slowly, with too large a one not at all. A good rate makes the "
                "loss fall fast."
            ),
            size=SMALL,
            colour="muted",
        )
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addWidget(self.start_button)
        buttons.addWidget(self.stop_button)
        buttons.addStretch()
        buttons.addWidget(close)
        buttons.addWidget(self.use_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(about)
        column.addWidget(self.plot, 1)
        column.addWidget(self.progress)
        column.addWidget(self.text)
        column.addLayout(buttons)

    def _drain(self) -> None:
        thread = self._thread
        if thread is None:
            return
        points = [thread.points.popleft() for _each in range(len(thread.points))]
        if points:
            self.plot.add(points)
            self.progress.setValue(points[-1].step)

    def _on_finished(self) -> None:
        thread = self._thread
        if thread is None:
            return
        thread.wait()
        self._drain()
        self._timer.stop()
        self._thread = None
        if thread.error is not None:
            self._tell(str(message_of(thread.error)), "problem")
        elif thread.suggestion is None:
            self._tell(self._why_stopped, "muted")
        else:
            self.rate = thread.suggestion.rate
            self._tell(str(thread.suggestion.text), "text")
            if self.rate is not None:
                self.plot.mark(self.rate)
        thread.deleteLater()
        self._show_buttons()

    def _tell(self, text: str, colour: str) -> None:
        self.text.set_colour(colour)
        self.text.setText(text)

    def _show_buttons(self) -> None:
        idle = self._controller.state is TrainingState.IDLE
        self.start_button.setEnabled(not self.is_busy and idle)
        self.stop_button.setEnabled(self.is_busy)
        self.progress.setVisible(self.is_busy)
        self.use_button.setVisible(self.rate is not None)
        if self.rate is not None:
            self.use_button.setText(_("Use {rate}", rate=plain(self.rate)))

    def _on_stop_clicked(self) -> None:
        if self._thread is not None:
            self._thread.stop()

    def _on_state_changed(self) -> None:
        if self._controller.state is not TrainingState.IDLE and self._thread is not None:
            self._why_stopped = _("The test was stopped because training started. The project is unchanged.")
            self._thread.stop()
        self._show_buttons()

    def _on_use_clicked(self) -> None:
        rate = self.rate
        if rate is not None:
            label = message("Use learning rate {rate}", rate=plain(rate))
            self._document.edit(label, lambda project: changes.set_training(project, learning_rate=rate))
            self.close()
