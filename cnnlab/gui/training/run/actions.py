"""What a person can do with training, for the run bar and the menu alike, and what is asked before a run's project is left."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMessageBox, QWidget

from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import text as _
from cnnlab.gui.theme.icons import icon
from cnnlab.gui.theme.theme import signals, theme
from cnnlab.gui.training.run.controller import TrainingController, TrainingState


class RunActions(QObject):
    """The actions ``train``, ``pause``, ``one_batch``, ``one_epoch`` and ``stop``: their texts and enabled states follow the
    controller."""

    def __init__(self, controller: TrainingController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._document = controller.document
        self.train = self._action("F5")
        self.pause = self._action("F6")
        self.one_batch = self._action("F7")
        self.one_epoch = self._action("F8")
        self.stop = self._action("Shift+F5")
        self.train.triggered.connect(self._on_train)
        self.pause.triggered.connect(self._on_pause)
        self.one_batch.triggered.connect(self._on_one_batch)
        self.one_epoch.triggered.connect(self._on_one_epoch)
        self.stop.triggered.connect(self._on_stop)
        self.pause.setText(_("Pause"))
        self.one_batch.setText(_("One batch"))
        self.one_epoch.setText(_("One epoch"))
        self.stop.setText(_("Stop"))
        self.refusal = ""
        """Why training cannot start, in a sentence; empty if it can."""
        controller.state_changed.connect(self._update)
        controller.stopped.changed.connect(self._update)
        self._document.edited.connect(self._update)
        self._document.facts_changed.connect(self._update)
        self._document.weights_changed.connect(self._update)
        signals().changed.connect(self._draw_icons)
        self._update()
        self._draw_icons()

    @property
    def all(self) -> tuple[QAction, ...]:
        """All actions, in the order of the run bar."""
        return (self.train, self.pause, self.one_batch, self.one_epoch, self.stop)

    def _action(self, shortcut: str) -> QAction:
        action = QAction(self)
        action.setShortcut(QKeySequence(shortcut))
        return action

    def _update(self) -> None:
        state = self._controller.state
        idle = state is TrainingState.IDLE
        paused = state is TrainingState.PAUSED
        self.refusal = self._why_not()
        can_start = idle and not self.refusal
        goes_on = not idle or self._controller.stopped.folder is not None
        self.train.setText(_("Continue") if goes_on else _("Train"))
        self.train.setEnabled(can_start or paused)
        self.pause.setEnabled(state is TrainingState.RUNNING)
        self.one_batch.setEnabled(can_start or paused or self._controller.is_stepping)
        self.one_epoch.setEnabled(can_start or paused)
        self.stop.setEnabled(state in (TrainingState.PREPARING, TrainingState.RUNNING, TrainingState.PAUSED))
        self._describe(idle, goes_on)
        self._draw_icons()

    def _describe(self, idle: bool, goes_on: bool) -> None:
        starting = self.refusal if idle and self.refusal else ""
        if goes_on:
            train = _("Continue to the end of the run")
        elif self._document.project.weights.step:
            train = _("Start a new run from these weights, for as many epochs as the settings say")
        else:
            train = _("Train for as many epochs as the settings say")
        self._tip(self.train, starting or train)
        self._tip(self.pause, _("Pause after this batch; Continue resumes"))
        self._tip(self.one_batch, starting or _("Train one batch of pictures, then pause"))
        self._tip(self.one_epoch, starting or _("Train to the end of the epoch, then pause"))
        self._tip(self.stop, _("End the run; the weights are kept"))

    def _tip(self, action: QAction, text: str) -> None:
        action.setToolTip(_("{text} ({shortcut})", text=text, shortcut=action.shortcut().toString()))
        action.setStatusTip(text)

    def _why_not(self) -> str:
        if not SOURCES[self._document.project.data.source].has_pictures:
            return _("No training pictures. Look inside it in Explore.")
        facts = self._document.facts
        if facts.trainable:
            return ""
        for problem in facts.blocking:
            return str(problem.message)
        return _("Computing the sizes of the layers…")

    def _draw_icons(self) -> None:
        colours = theme()
        self.train.setIcon(icon("mdi6.play", colours.on_accent))
        self.pause.setIcon(icon("mdi6.pause"))
        self.one_batch.setIcon(icon("mdi6.step-forward"))
        self.one_epoch.setIcon(icon("mdi6.skip-next"))
        self.stop.setIcon(icon("mdi6.stop"))

    def _on_train(self) -> None:
        self._controller.train()

    def _on_pause(self) -> None:
        self._controller.pause()

    def _on_one_batch(self) -> None:
        self._controller.one_batch()

    def _on_one_epoch(self) -> None:
        self._controller.one_epoch()

    def _on_stop(self) -> None:
        self._controller.stop()


class RunGuard(QObject):
    """Stands between a run and whatever would take its project away: asks first, and lets it happen when the run has ended."""

    def __init__(self, training: TrainingController, window: QWidget) -> None:
        super().__init__(window)
        self._training = training
        self._window = window
        self._then: Callable[[], None] | None = None
        """What follows the end of the run."""
        training.finished.connect(self._on_finished)

    def unless_running(self, then: Callable[[], None]) -> None:
        """Do ``then``; if a run owns the project, after the person chose to stop it."""
        if self._training.state is TrainingState.IDLE:
            then()
            return
        self._then = then
        progress = self._training.progress
        where = _("epoch {epoch} of {epochs}", epoch=progress.epoch, epochs=progress.epochs)
        box = QMessageBox(
            QMessageBox.Icon.Question,
            _("Training is running"),
            _("Training is running ({where}).", where=where),
            QMessageBox.StandardButton.NoButton,
            self._window,
        )
        box.setInformativeText(_("If you stop it, the weights so far are kept."))
        stop = box.addButton(_("Stop training"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(_("Keep training"), QMessageBox.ButtonRole.RejectRole)
        stop.clicked.connect(self._training.close)
        box.finished.connect(box.deleteLater)
        box.open()

    def forget(self) -> None:
        """Nothing follows the end of the run any more."""
        self._then = None

    def _on_finished(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()
