"""The bar at the foot of the window: start, steer and stop training, and see how it goes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import NOTHING, duration, error_figure, loss_figure, percent, whole
from cnnlab.core.runs.events import End, EpochDone, RunEnded, RunStarted
from cnnlab.core.runs.progress import RunProgress
from cnnlab.core.runs.summary import GOING
from cnnlab.gui.panels.labels import Elided, TextLabel
from cnnlab.gui.theme.icons import Glyph, icon
from cnnlab.gui.theme.theme import GRID, SMALL, signals, theme
from cnnlab.gui.training.run.actions import RunActions
from cnnlab.gui.training.run.controller import TrainingController, TrainingState
from cnnlab.gui.training.run_bar.readouts import ProgressLine, Readout
from cnnlab.gui.training.runs.run_following import RunSoFar
from cnnlab.gui.training.runs.runs_model import name_of, state_text


class RunBar(QWidget):
    """Buttons, a sentence that says what goes on, and the numbers of the run. Fits a window 1366 pixels wide."""

    def __init__(self, controller: TrainingController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Or the window behind would be painted with each figure too.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.controller = controller
        self.actions_of_run = RunActions(controller, self)
        """The actions of the run, for the menu of the main window too."""
        self.banner = FailureBanner()
        self.badge = Badge(_("Training an earlier version of the network"))
        self.status = Elided(colour="muted")
        self._line = ProgressLine()
        self.figures = {
            "epoch": Readout(_("Epoch"), "888 / 888", _("The current epoch, and how many there are in all")),
            "loss": Readout(
                _("Loss"), "8.8e+88", _("Mean over about the last 10 batches, without regularisation penalties")
            ),
            "validation": Readout(
                _("Validation"),
                "100.0 %",
                _("Accuracy or mean error after the latest epoch, on validation pictures, which are never trained on"),
            ),
            "speed": Readout(_("Images/s"), "888,888", _("Training pictures per second")),
            "left": Readout(
                _("Time left"), "88:88 min", _("Time until the end of the last epoch, at the current speed")
            ),
            "device": Readout(_("Device"), "CUDA", _("The device that trains, such as the CPU or a GPU")),
        }
        self._other_run: RunSoFar | None = None
        self._lay_out()
        self._connect()
        self._on_state_changed()
        self._on_progressed(controller.progress)

    def show_followed(self, run: RunSoFar | None) -> None:
        """Show how far a run is that another process trains; None shows this window's again. One of this window goes before
        it."""
        self._other_run = run
        self._on_state_changed()
        self._on_progressed(self.controller.progress)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme().window))
        painter.fillRect(0, 0, self.width(), 1, QColor(theme().border))

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID // 2)
        texts = {0: (_("Train"), _("Continue"))}
        for index, action in enumerate(self.actions_of_run.all):
            buttons.addWidget(ActionButton(action, texts.get(index, (action.text(),)), primary=index == 0))
        sentence = QHBoxLayout()
        sentence.setSpacing(GRID)
        sentence.addWidget(self.status, 1)
        sentence.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignLeft)
        middle = QVBoxLayout()
        middle.setSpacing(6)
        middle.addStretch()
        middle.addLayout(sentence)
        middle.addWidget(self._line)
        middle.addStretch()
        figures = QHBoxLayout()
        figures.setSpacing(2 * GRID)
        for figure in self.figures.values():
            figures.addWidget(figure)
        row = QHBoxLayout()
        row.setContentsMargins(GRID, GRID, 2 * GRID, GRID)
        row.setSpacing(2 * GRID)
        row.addLayout(buttons)
        row.addLayout(middle, 1)
        row.addLayout(figures)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 1, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addLayout(row)

    def _connect(self) -> None:
        self.controller.state_changed.connect(self._on_state_changed)
        self.controller.progressed.connect(self._on_progressed)
        self.controller.started.connect(self._on_started)
        self.controller.epoch_done.connect(self._on_epoch_done)
        self.controller.ended.connect(self._on_ended)
        self.controller.forgotten.connect(self._on_forgotten)
        self.controller.outdated_changed.connect(self._on_outdated_changed)
        self.controller.document.edited.connect(self._on_facts_changed)
        self.controller.document.facts_changed.connect(self._on_facts_changed)
        self.controller.stopped.changed.connect(self._on_facts_changed)
        signals().changed.connect(self.update)

    def _on_state_changed(self) -> None:
        self._show_badge()
        self._show_pace()
        self.status.set_colour("muted")
        text = {
            TrainingState.PREPARING: _("Reading the pictures and building the network…"),
            TrainingState.RUNNING: _("Training"),
            TrainingState.PAUSED: _("Paused. Continue, or train one batch or one epoch."),
            TrainingState.STOPPING: _("Stopping after this batch…"),
        }.get(self.controller.state)
        if text:
            self.status.setText(text)
        else:
            self._on_facts_changed()

    def _on_facts_changed(self) -> None:
        if self._followed is not None:
            self.status.setText(_following_text(self._followed))
        elif self.controller.state is TrainingState.IDLE:
            self.status.set_colour("muted")
            self.status.setText(self.actions_of_run.refusal or self._ready)

    @property
    def _ready(self) -> str:
        """What Train or Continue would do, unless the numbers beside it need a word."""
        if self.controller.stopped.folder is not None:
            return _("Stopped at step {step}. Press Continue to go on.", step=whole(self._step))
        if self.controller.as_trained.warning:
            return self.controller.as_trained.warning
        if self._step:
            return _("Ready to train further from step {step}, in a new run.", step=whole(self._step))
        return _("Ready to train.")

    @property
    def _followed(self) -> RunSoFar | None:
        return self._other_run if self.controller.state is TrainingState.IDLE else None

    @property
    def _step(self) -> int:
        return self.controller.document.project.weights.step

    def _on_progressed(self, progress: RunProgress) -> None:
        data = self.controller.document.project.data.source
        if self._followed is not None:
            progress, data = self._followed.progress, self._followed.summary.data.source
        self._line.set_share(progress.share)
        for name, value in (
            ("epoch", f"{progress.epoch} / {progress.epochs}" if progress.epochs else NOTHING),
            ("loss", loss_figure(progress.smoothed.loss)),
            ("validation", _judged(progress.validation.accuracy, progress.validation.error, data)),
            ("device", progress.device.upper() or NOTHING),
        ):
            self.figures[name].show_value(value)
        self._show_pace()

    def _show_pace(self) -> None:
        """Show speed and time left while a run goes on, and only then."""
        progress, idle = self.controller.progress, self.controller.state is TrainingState.IDLE
        if self._followed is not None:
            progress, idle = self._followed.progress, self._followed.summary.state not in GOING
        self.figures["speed"].show_value(NOTHING if idle else whole(progress.pace.images_per_second))
        self.figures["left"].show_value(NOTHING if idle else duration(progress.pace.seconds_left))

    def _on_started(self, event: RunStarted) -> None:
        self.banner.hide()
        if event.message is not None and self.controller.state is TrainingState.RUNNING:  # where its pictures are
            self.status.setText(str(event.message))

    def _on_epoch_done(self, event: EpochDone) -> None:
        if self.controller.state is TrainingState.RUNNING:
            self.status.setText(_("Epoch {epoch} took {time}.", epoch=event.epoch, time=duration(event.seconds)))

    def _on_ended(self, event: RunEnded) -> None:
        if event.end is End.FAILED:
            self.status.setText(_("The run failed.") if event.run else _("Not started."))
            self.banner.show_text(str(event.message))
        elif event.test_accuracy is not None:
            self._show_result(event, _("Test accuracy {accuracy}", accuracy=percent(event.test_accuracy, 2)))
        elif event.test is not None:
            data = self.controller.document.project.data.source
            self._show_result(event, _("Mean test error {error}", error=_judged(None, event.test.error, data)))
        elif event.early:
            self._show_result(event, "")
        else:
            self.status.setText(_("Stopped. The weights of step {step} are kept.", step=whole(self._step)))

    def _show_result(self, event: RunEnded, measured: str) -> None:
        """How good a completed run is, and whose weights it keeps if it ended before its last epoch."""
        progress = self.controller.progress
        if event.early and progress.batches:
            epoch = round((event.step - (progress.first or 0)) / progress.batches)
            kept = _("Stopped early, kept epoch {epoch}.", epoch=epoch)
            measured = _("{kept} {measured}", kept=kept, measured=measured) if measured else kept
        self.status.set_colour("text")
        self.status.setText(measured)

    def _on_forgotten(self) -> None:
        self.banner.hide()
        self._on_state_changed()

    def _on_outdated_changed(self) -> None:
        self._show_badge()

    def _show_badge(self) -> None:
        outdated = self.controller.outdated
        self.badge.setVisible(outdated)
        # There is no room for both; that it trains is to be seen anyway.
        self.status.setVisible(not outdated or self.controller.state is not TrainingState.RUNNING)


def _following_text(followed: RunSoFar) -> str:
    run = followed.summary
    return _("Following {name} on {host} (process {pid}): {state}",
             name=name_of(run), host=run.host or NOTHING, pid=run.pid, state=state_text(run.state))  # fmt: skip


def _judged(accuracy: float | None, error: float | None, data: str) -> str:
    """The result that a task is judged by, as text: accuracy, or the error with its unit."""
    source = SOURCES.get(data)
    if source is None or source.target is not Target.NUMBER:
        return percent(accuracy)
    return error_figure(error, source.unit)


class ActionButton(QPushButton):
    """A push button that shows an action. Wide enough for every text of ``texts``, so that it never jumps."""

    def __init__(self, action: QAction, texts: tuple[str, ...], primary: bool = False) -> None:
        super().__init__()
        self._action = action
        self.setDefault(primary)
        widths = []
        for text in texts:
            self.setText(text)
            self.setIcon(icon("mdi6.play"))
            widths.append(self.sizeHint().width())
        self.setFixedWidth(max(widths))
        self.setMinimumHeight(4 * GRID)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        self.setText(self._action.text())
        self.setIcon(self._action.icon())
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())
        self.setAccessibleName(self._action.text())
        self.setAccessibleDescription(self._action.statusTip())


class Badge(QFrame):
    """A remark on a tinted, rounded ground; hidden until it is true."""

    def __init__(self, text: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, 2, GRID, 2)
        row.setSpacing(GRID // 2)
        row.addWidget(Glyph("mdi6.history", "accent", 14))
        row.addWidget(TextLabel(text, size=SMALL, wrap=False))
        self.setAccessibleName(text)
        self.setToolTip(
            _("The network has changed since this run started. The run continues with the network it started with.")
        )
        self.hide()
        signals().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme().selected))
        painter.drawRoundedRect(QRectF(self.rect()), 4, 4)


class FailureBanner(QFrame):
    """A sentence about a run that failed, above the bar until it is closed or the next run starts."""

    def __init__(self) -> None:
        super().__init__()
        self._text = TextLabel()
        close = QToolButton()
        close.setText("×")
        close.setAutoRaise(True)
        close.setToolTip(_("Close this message"))
        close.setAccessibleName(_("Close this message"))
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        row.setSpacing(GRID)
        row.addWidget(Glyph("mdi6.alert-circle", "problem"), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()
        signals().changed.connect(self.update)

    @property
    def text(self) -> str:
        """The sentence that it shows."""
        return self._text.text()

    def show_text(self, text: str) -> None:
        """Show a sentence."""
        self._text.setText(text)
        self.setAccessibleName(text)
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme().surface))
        painter.fillRect(0, 0, 4, self.height(), QColor(theme().problem))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(theme().border))
