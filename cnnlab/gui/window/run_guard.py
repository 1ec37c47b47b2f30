"""Leaving a project while a run owns it: asked about first, and done when the run has ended."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.training.run.controller import State, TrainingController


class RunGuard(QObject):
    """Stands between a run and whatever would take its project away; ``where`` says in words how far the run is."""

    def __init__(self, training: TrainingController, where: Callable[[], str], window: QWidget) -> None:
        super().__init__(window)
        self._training = training
        self._where = where
        self._window = window
        self._then: Callable[[], None] | None = None
        """What follows the end of the run."""
        training.finished.connect(self._on_finished)

    def unless_running(self, then: Callable[[], None]) -> None:
        """Do ``then``; if a run owns the project, after the person chose to stop it."""
        if self._training.state is State.IDLE:
            then()
            return
        self._then = then
        box = QMessageBox(
            QMessageBox.Icon.Question,
            _("Training is running"),
            _("Training is running ({where}).", where=self._where()),
            QMessageBox.StandardButton.NoButton,
            self._window,
        )
        box.setInformativeText(_("Its weights so far are kept when it is stopped."))
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
