"""A form derived from a list of settings: label, control, and the reason where a value cannot be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from cnnlab.core.messages import Message
from cnnlab.core.messages import text as _
from cnnlab.core.params import Choice, Flag, Numbers, Pair, Param, ParamError, Real, Whole
from cnnlab.gui.panels.fields import ChoiceField, Field, FlagField, NumbersField, RealField, WholeField
from cnnlab.gui.panels.giving_up import GivingUp
from cnnlab.gui.panels.labels import Heading, TextLabel
from cnnlab.gui.panels.pair_field import PairField
from cnnlab.gui.theme.icons import icon
from cnnlab.gui.theme.theme import GRID, SMALL, font, signals

LABEL_WIDTH = 12 * GRID


_FIELDS: Mapping[type[Param], Callable[[Any], Field]] = {
    Whole: WholeField,
    Real: RealField,
    Flag: FlagField,
    Choice: ChoiceField,
    Pair: PairField,
    Numbers: NumbersField,
}


def field_for(param: Param) -> Field:
    """The control that suits the kind of ``param``."""
    return _FIELDS[type(param)](param)


Refusal = Callable[[str, Any], Message | None]
"""Why the setting of this name cannot have this value, possible by itself, beside the others; None if it can."""


def no_refusal(_name: str, _value: Any) -> Message | None:
    """Any value goes with any other."""
    return None


class ParamForm(QWidget):
    """Settings under a heading, a row for each that has an effect. Advanced ones show when "More" beside the heading is
    pressed; the button counts those that are folded away and not as usual."""

    changed = Signal(object, object)
    """A ``Param`` and its value, in normal form, as a person gave it."""
    refused = Signal(object)
    """The ``ParamRow`` that now says why its value cannot be."""
    finished = Signal()
    """The person is done with a field: what follows is another gesture."""
    unfolded = Signal(bool)
    """A person had advanced settings shown, or hidden."""

    def __init__(
        self,
        title: str,
        params: Iterable[Param],
        *,
        field_of: Callable[[Param], Field] = field_for,
        refusal: Refusal = no_refusal,
    ) -> None:
        super().__init__()
        self.title = title
        self._params = {param.name: param for param in params}
        self.rows = {name: ParamRow(field_of(param), refusal) for name, param in self._params.items()}
        self._values: Mapping[str, Any] = {}
        self._effective: Collection[str] = frozenset(self.rows)
        self._is_open = False
        self.more = QToolButton()
        self.more.setFont(font(SMALL))
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow behind the word
        self.more.setMinimumHeight(
            3 * GRID
        )  # or rows that come would press its icon to nothing, until the form has grown
        self.more.setToolTip(_("Show or hide settings that are seldom changed"))
        self.more.clicked.connect(self._on_more_clicked)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(Heading(title))
        head.addStretch()
        head.addWidget(self.more)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID // 2)
        self._column.addLayout(head)
        for name, row in self.rows.items():
            row.changed.connect(partial(self.changed.emit, self._params[name]))
            row.refused.connect(partial(self.refused.emit, row))
            row.field.finished.connect(self.finished)
            self._column.addWidget(row)
        self._draw()
        signals().changed.connect(self._draw)

    def show_values(self, values: Mapping[str, Any], effective: Collection[str] | None = None) -> None:
        """Show the values in force, None where several layers differ, of the settings named in ``effective`` only, or of all."""
        self._values = values
        self._effective = self.rows.keys() if effective is None else effective
        for name, row in self.rows.items():
            row.show_value(values[name])
        self._draw()

    def put_below(self, name: str, widget: QWidget) -> None:
        """Put a remark or a button below the row of one setting."""
        self._column.insertWidget(self._column.indexOf(self.rows[name]) + 1, widget)

    def put_first(self, widget: QWidget) -> None:
        """Put a widget between the heading and the settings, below what was put there before."""
        self._column.insertWidget(self._column.indexOf(next(iter(self.rows.values()))), widget)

    @property
    def is_open(self) -> bool:
        """Whether advanced settings show."""
        return self._is_open

    def set_open(self, is_open: bool) -> None:
        """Show or hide advanced settings."""
        self._is_open = is_open
        self._draw()

    def _on_more_clicked(self) -> None:
        self.set_open(not self._is_open)
        self.unfolded.emit(self._is_open)

    def _draw(self) -> None:
        advanced = [name for name, param in self._params.items() if param.advanced and name in self._effective]
        for name, row in self.rows.items():
            row.setVisible(name in self._effective and (self._is_open or name not in advanced))
        self.more.setVisible(bool(advanced))
        self.more.setIcon(icon("mdi6.chevron-up" if self._is_open else "mdi6.chevron-down"))
        unusual = 0 if self._is_open else sum(self._is_unusual(name) for name in advanced)
        text = _("Less") if self._is_open else _("More ({count} set)", count=unusual) if unusual else _("More")
        self.more.setText(text)
        self.more.setAccessibleName(_("{group}: {text}", group=self.title, text=text))

    def _is_unusual(self, name: str) -> bool:
        param = self._params[name]
        return bool(self._values) and self._values[name] != param.normal(param.default)


class ParamRow(QWidget):
    """Label and control of one setting, and below them why a value cannot be."""

    changed = Signal(object)
    refused = Signal()

    def __init__(self, field: Field, refusal: Refusal = no_refusal) -> None:
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
        self._error = TextLabel(size=SMALL, colour="problem")
        self._error.hide()
        label = TextLabel(str(field.param.label), colour="muted")
        label.setFixedWidth(LABEL_WIDTH)
        label.setBuddy(field.control)
        label.setToolTip(str(field.param.description))
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
            self._tell(_("{why} {still}", why=reason, still=self.field.still(self._start)) if known else reason)
            if self._value != self._start:
                self._give(self._start)
            self.refused.emit()
            return
        self._tell("")
        self._give(normal)

    def _give(self, value: Any) -> None:
        self._giving = True
        try:
            self.changed.emit(value)
        finally:
            self._giving = False

    def _on_finished(self) -> None:
        self._in_gesture = False

    def _on_given_up(self) -> None:
        if self.error:
            self.show_value(self._value)

    def _tell(self, text: str) -> None:
        self._error.setText(text)
        self._error.setVisible(bool(text))
        self.field.control.setAccessibleDescription(text or str(self.field.param.description))
