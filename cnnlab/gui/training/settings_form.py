"""How to train: optimiser, learning rate and the rest, as a form over the project's training settings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from cnnlab.core import changes
from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.training_settings import OPTIMISERS, TRAINING_PARAMS
from cnnlab.gui.panels.fields import ChoiceField
from cnnlab.gui.panels.labels import Words
from cnnlab.gui.panels.param_form import ParamForm
from cnnlab.gui.theme import GRID, SMALL
from cnnlab.gui.training.controller import State, TrainingController
from cnnlab.gui.workers import Task

_OPTIMISER_NAMES = dict(zip(OPTIMISERS, ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad"), strict=True))


def find_devices() -> dict[str, str]:
    """What this machine has: its key in settings, and words for people."""
    from cnnlab.engine.training import devices

    return {device.key: str(device.name) for device in devices.available()}


class SettingsForm(QScrollArea):
    """Follows the document; every change is a step to undo."""

    def __init__(self, controller: TrainingController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._document = controller.document
        self._names = {
            **_OPTIMISER_NAMES,
            "cosine": _("Cosine"),
            "constant": _("Constant"),
            "auto": _("Automatic"),
            "cpu": _("Processor"),
        }
        self.form = ParamForm(TRAINING_PARAMS, self._names)
        self.form.changed.connect(self._on_changed)
        self.form.finished.connect(self._document.end_gesture)
        self.running = Words(_("The run keeps the settings it started with."), size=SMALL, colour="accent")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(_("Training settings"))
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(self.running)
        column.addWidget(self.form)
        column.addStretch()
        self.setWidget(page)
        self._search: Task | None = None
        self._ended = False
        self._offer({})
        self._document.edited.connect(self._show)
        self._document.facts_changed.connect(self._on_facts_changed)
        controller.state_changed.connect(self._on_state_changed)
        self._show()
        self._on_state_changed()

    def end(self) -> None:
        """Wait for the look at the devices, if it is still going on, and begin none any more."""
        self._ended = True
        if self._search is not None:
            self._search.wait()

    def _on_facts_changed(self) -> None:
        # Sizes are known, so torch is loaded by now: to ask it for devices no longer costs seconds.
        if self._search is None and not self._ended:
            self._search = Task(find_devices, self)
            self._search.done.connect(self._offer)
            self._search.start()

    def _offer(self, found: dict[str, str]) -> None:
        field = self.form.rows["device"].field
        assert isinstance(field, ChoiceField)
        self._names |= found
        field.offer(("auto", *(found or ("cpu",))))

    def _show(self) -> None:
        settings = self._document.project.training
        self.form.show_values(asdict(settings))
        self.form.rows["momentum"].setVisible(settings.optimiser == "sgd")

    def _on_state_changed(self) -> None:
        self.running.setVisible(self._controller.state is not State.IDLE)

    def _on_changed(self, name: str, value: Any) -> None:
        param = next(param for param in TRAINING_PARAMS if param.name == name)
        self._document.edit(
            message("Change {setting}", setting=param.label),
            lambda project: changes.set_training(project, **{name: value}),
            gesture=("training", name),
        )
