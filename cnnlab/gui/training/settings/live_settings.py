"""What can be changed while a run goes on: learning rate, weight decay and dropout."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import plain
from cnnlab.core.params import Real
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import BatchDone, Change, SettingChanged
from cnnlab.core.training.settings import LIVE_PARAMS
from cnnlab.gui.panels.fields import RealField
from cnnlab.gui.panels.giving_up import GivingUp
from cnnlab.gui.panels.param_form import ParamRow
from cnnlab.gui.theme.theme import GRID
from cnnlab.gui.training.run.controller import TrainingController, TrainingState

_DROPOUT_TYPES = ("dropout", "dropout2d")


class LiveField(RealField):
    """A field for a number that moves by itself, until a person types; what was typed holds from Return on, and Escape gives it
    up."""

    def __init__(self, param: Real) -> None:
        super().__init__(param, at_once=False)
        GivingUp(self._line, lambda: self.is_edited).happened.connect(self._on_given_up)

    @property
    def is_edited(self) -> bool:
        """Whether something was typed that does not hold yet."""
        return self._line.isModified()

    def written(self, value: Any) -> str:
        return plain(value, 3)

    def show_value(self, value: Any) -> None:
        self._shown = "" if value is None else self.written(value)
        if self._line.text() != self._shown or self._line.isModified():
            whole = self._line.hasSelectedText()
            self._line.setText(self._shown)
            if whole:
                self._line.selectAll()

    def _on_editing_finished(self) -> None:
        if self._line.isModified():
            self._line.setModified(False)
            self.typed.emit(self.parsed(self._line.text()))
        self.finished.emit()

    def _on_given_up(self) -> None:
        if self.is_edited:
            self._line.setText(self._shown)


class LiveSettings(QWidget):
    """The settings that a run can change. Visible while there is one; follows the settings that it has now."""

    def __init__(self, controller: TrainingController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self.setAccessibleName(_("Settings of the current run"))
        self.rows = {param.name: ParamRow(LiveField(param)) for param in LIVE_PARAMS.values()}
        self._values: dict[str, float | None] = dict.fromkeys(self.rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, GRID)
        column.setSpacing(GRID // 2)
        for name, row in self.rows.items():
            column.addWidget(row)
            row.changed.connect(partial(self._on_changed, name))
            row.field.finished.connect(partial(self._show, name))
        controller.state_changed.connect(self._on_state_changed)
        controller.batches_done.connect(self._on_batches_done)
        controller.setting_changed.connect(self._on_setting_changed)
        self._on_state_changed()

    def _on_state_changed(self) -> None:
        state = self._controller.state
        if state is TrainingState.PREPARING:
            self._begin(self._controller.document.project)
        self.setVisible(state in (TrainingState.PREPARING, TrainingState.RUNNING, TrainingState.PAUSED))

    def _begin(self, project: Project) -> None:
        shares = {node.params["p"] for kind in _DROPOUT_TYPES for node in project.graph.of_type(kind)}
        self._values = {
            "learning_rate": project.training.learning_rate,
            "weight_decay": project.training.weight_decay,
            "dropout": shares.pop() if len(shares) == 1 else None,
        }
        has_dropout = self._values["dropout"] is not None or bool(shares)
        self.rows["dropout"].setVisible(has_dropout)
        for name in self.rows:
            self._show(name)

    def _on_batches_done(self, events: tuple[BatchDone, ...]) -> None:
        rate = events[-1].learning_rate
        if rate is not None:
            self._values["learning_rate"] = rate
            self._show("learning_rate")

    def _on_setting_changed(self, event: SettingChanged) -> None:
        if event.name in self._values:
            self._values[event.name] = event.after
            self._show(event.name)

    def _on_changed(self, name: str, value: float) -> None:
        self._values[name] = value
        self._controller.change(Change(**{name: value}))
        if name == "dropout" and value == 1:
            self._controller.notice.emit(
                _("With a dropout of 1 nothing passes through, and nothing is learned until it is lower.")
            )

    def _show(self, name: str) -> None:
        row = self.rows[name]
        field = row.field
        assert isinstance(field, LiveField)
        if not row.error and not field.is_edited:
            row.show_value(self._values[name])
