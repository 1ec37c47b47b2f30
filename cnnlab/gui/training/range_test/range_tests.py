"""The beginning of a learning-rate test: whether one can be made now, and its dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.notify import Banner
from cnnlab.gui.training.run.actions import RunActions
from cnnlab.gui.training.run.controller import TrainingController, TrainingState

if TYPE_CHECKING:
    from cnnlab.gui.training.range_test.range_dialog import RangeDialog


class RangeTests(QObject):
    """Opens the dialog of the learning-rate test: there is one for the window, made at the first test."""

    def __init__(self, controller: TrainingController, actions: RunActions, banner: Banner, window: QWidget) -> None:
        super().__init__(window)
        self._controller = controller
        self._actions = actions
        self._banner = banner
        self._window = window
        self._dialog: RangeDialog | None = None

    def ask(self) -> None:
        """Open the dialog and begin a test; where none can be made, say why."""
        if self._controller.state is not TrainingState.IDLE:
            self._banner.tell(
                _("A run is in progress. Stop it, or wait until it ends, before you test learning rates.")
            )
        elif self._actions.refusal:
            self._banner.tell(self._actions.refusal)
        else:
            self._controller.before_start(self._open)

    def close(self) -> None:
        """End the thread, if there is one."""
        if self._dialog is not None:
            self._dialog.end()
            self._dialog.close()

    def _open(self) -> None:
        from cnnlab.gui.training.range_test.range_dialog import RangeDialog  # its plot is slow to import

        if self._dialog is None:
            self._dialog = RangeDialog(self._controller, self._window)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()
        self._dialog.start()
