"""A form derived from a list of settings: label, control, and the reason where a value cannot be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QToolButton, QVBoxLayout, QWidget

from cnnlab.core.messages import Message
from cnnlab.core.messages import text as _
from cnnlab.core.params import Choice, Flag, Numbers, Pair, Param, ParamError, Real, Whole
from cnnlab.core.values import Frozen
from cnnlab.gui.icons import icon
from cnnlab.gui.panels.fields import ChoiceField, Field, FlagField, NumbersField, RealField, WholeField
from cnnlab.gui.panels.giving_up import GivingUp
from cnnlab.gui.panels.labels import Words
from cnnlab.gui.panels.pair_field import PairField
from cnnlab.gui.theme import GRID, SMALL, signals

LABEL_WIDTH = 12 * GRID


def field_for(param: Param) -> Field:
    """The control that suits the kind of ``param``."""
    if isinstance(param, Whole):
        return WholeField(param)
    if isinstance(param, Real):
        return RealField(param)
    if isinstance(param, Flag):
        return FlagField(param)
    if isinstance(param, Choice):
        return ChoiceField(param)
    if isinstance(param, Pair):
        return PairField(param)
    if isinstance(param, Numbers):
        return NumbersField(param)
    raise TypeError(f"no control for {type(param).__name__}")


Conflict = Callable[[Frozen[str, Any]], Message | None]
"""Why values, each possible by itself, cannot stand together; None if they can."""


class ParamForm(QWidget):
    """One row for each setting; advanced ones are folded under "More". A value that would make a ``conflict`` with the others
    is refused at its field."""

    changed = Signal(str, object)
    """Name and value, in normal form, as a person gave it."""
    refused = Signal(object)
    """The ``ParamRow`` that now says why its value cannot be."""
    finished = Signal()
    """What follows is another gesture."""

    def __init__(
        self,
        params: Sequence[Param],
        conflict: Conflict = lambda values: None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._conflict = conflict
        self._values: Frozen[str, Any] = Frozen()
        self.rows = {param.name: ParamRow(field_for(param), self._refusal) for param in params}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        self._more = Fold(_("More"))
        for param in params:
            row = self.rows[param.name]
            row.changed.connect(self.changed)
            row.refused.connect(partial(self.refused.emit, row))
            row.field.finished.connect(self.finished)
            if param.advanced:
                self._more.add(row)
            else:
                column.addWidget(row)
        if any(param.advanced for param in params):
            column.addWidget(self._more)

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Show the values in force."""
        self._values = Frozen(values)
        for name, row in self.rows.items():
            row.show_value(values[name])

    @property
    def more(self) -> Fold:
        """Where advanced settings are."""
        return self._more

    def _refusal(self, name: str, value: Any) -> Message | None:
        # Where a conflict is in force already, as a file can have it, every change may be on the way out of it.
        return None if self._conflict(self._values) else self._conflict(self._values | {name: value})


class ParamRow(QWidget):
    """Label and control of one setting, and below them why a value cannot be."""

    changed = Signal(str, object)
    refused = Signal()

    def __init__(self, field: Field, refusal: Callable[[str, Any], Message | None]) -> None:
        super().__init__()
        self.field = field
        self._refusal = refusal
        self._value: Any = None
        """In force; None where there is not one value."""
        self._start: Any = None
        """In force before the gesture that is going on; a refused value leads back to it, not to half of what was typed."""
        self._in_gesture = False
        self._giving = False
        """Whether a value of this field is on its way to the project; what comes back then is no news."""
        self._error = Words(size=SMALL, colour="problem")
        self._error.hide()
        label = Words(str(field.param.label), colour="muted")
        label.setFixedWidth(LABEL_WIDTH)
        label.setBuddy(field.control)
        label.setToolTip(str(field.param.words))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(field, 0, 1)
        grid.addWidget(self._error, 1, 1)
        field.typed.connect(self._on_typed)
        field.finished.connect(self._on_finished)
        GivingUp(field.control, lambda: bool(self.error)).happened.connect(self._on_given_up)

    @property
    def error(self) -> str:
        """Why what was typed is not applied; empty if it is."""
        return self._error.text()

    def show_value(self, value: Any) -> None:
        """Show the value in force; it replaces what was refused, unless the person is still typing that."""
        self._value = value
        if self._giving and self.error:
            return
        self._in_gesture = self._giving
        self._tell("")
        self.field.show_value(value)

    def _on_typed(self, value: Any) -> None:
        param = self.field.param
        if not self._in_gesture:
            self._in_gesture, self._start = True, self._value
        try:
            normal = param.normal(value)
            why = self._refusal(param.name, normal)
        except ParamError as error:
            why = error.message
        if why:
            reason = str(why)
            reason = reason[:1].upper() + reason[1:]
            known = self._start is not None
            self._tell(
                _("{why} It is still {value}.", why=reason, value=self.field.written(self._start)) if known else reason
            )
            if self._value != self._start:
                self._give(self._start)
            self.refused.emit()
            return
        self._tell("")
        self._give(normal)

    def _give(self, value: Any) -> None:
        self._giving = True
        try:
            self.changed.emit(self.field.param.name, value)
        finally:
            self._giving = False

    def _on_finished(self) -> None:
        self._in_gesture = False

    def _on_given_up(self) -> None:
        if self.error:
            self.show_value(self._value)

    def _tell(self, words: str) -> None:
        self._error.setText(words)
        self._error.setVisible(bool(words))
        self.field.control.setAccessibleDescription(words or str(self.field.param.words))


class Fold(QWidget):
    """Rows that show when its title is pressed."""

    toggled = Signal(bool)

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = QToolButton()
        self._title.setText(title)
        self._title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._title.setToolTip(_("Show or hide settings that are seldom changed"))
        self._title.setAccessibleName(title)
        self._title.clicked.connect(self._on_clicked)
        self._rows = QWidget()
        self._column = QVBoxLayout(self._rows)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID)
        self._rows.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self._title)
        column.addWidget(self._rows)
        self._draw()
        signals().changed.connect(self._draw)

    @property
    def is_open(self) -> bool:
        """Whether its rows show."""
        return not self._rows.isHidden()

    def set_open(self, is_open: bool) -> None:
        """Show or hide the rows."""
        if is_open is not self.is_open:
            self._rows.setVisible(is_open)
            self._draw()
            self.toggled.emit(is_open)

    def add(self, row: QWidget) -> None:
        """One row more."""
        self._column.addWidget(row)

    def _on_clicked(self) -> None:
        self.set_open(not self.is_open)

    def _draw(self) -> None:
        self._title.setIcon(icon("mdi6.chevron-down" if self.is_open else "mdi6.chevron-right"))
