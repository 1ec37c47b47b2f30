"""One control for each kind of setting. A field shows a value and tells what a person makes of it; it judges nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from cnnlab.core.messages import text as _
from cnnlab.core.params import Choice, Flag, Param, ParamError, Real, Whole
from cnnlab.core.values import Frozen
from cnnlab.gui.theme.theme import GRID

HEIGHT = 7 * GRID // 2
"""Height of every control in pixels, so that rows of different kinds stand at one pace."""

_INT = 2**31 - 1


def only_with_focus(widget: QWidget, event: QWheelEvent, turn: Callable[[QWheelEvent], None]) -> None:
    """Let the wheel turn a control only after a click into it, so that scrolling a panel changes nothing."""
    if widget.hasFocus():
        turn(event)
    else:
        event.ignore()


class Field(QWidget):
    """The control of one setting."""

    typed = Signal(object)
    """A person gave this value, which may be one that the setting cannot have."""
    finished = Signal()
    """The person is done with the field for now: what follows is another gesture."""

    def __init__(self, param: Param, control: QWidget) -> None:
        super().__init__()
        self.param = param
        self.control = control
        """What has the focus, and what a label belongs to."""
        self.setFocusProxy(control)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        if isinstance(control, QCheckBox):
            row.addWidget(control, 1, Qt.AlignmentFlag.AlignLeft)
        else:
            row.addWidget(control, 1)
            control.setFixedHeight(HEIGHT)
        self.setFixedHeight(HEIGHT)
        control.setToolTip(str(param.description))
        control.setAccessibleName(str(param.label))
        control.setAccessibleDescription(str(param.description))

    def written(self, value: Any) -> str:
        """``value`` as the field shows it."""
        return self.param.show(value)

    def still(self, value: Any) -> str:
        """The sentence that ``value`` is still in force, said of a person's that cannot be."""
        return _("It is still {value}.", value=self.written(value))

    def show_value(self, value: Any) -> None:
        """Show the value in force, None where there is not one; tells nothing."""
        raise NotImplementedError


class WholeField(Field):
    """A number with arrows."""

    def __init__(self, param: Whole) -> None:
        self._zero = "" if param.zero is None else f"\N{EN SPACE}{param.zero}"
        self._box = WholeBox(param.low, param.high)
        super().__init__(param, self._box)
        self._box.valueChanged.connect(self._on_value_changed)
        self._box.editingFinished.connect(self.finished)

    def _on_value_changed(self, value: int) -> None:
        self._explain(value)
        self.typed.emit(value)

    def show_value(self, value: Any) -> None:
        with QSignalBlocker(self._box):
            self._box.setValue(value)
            self._explain(value)

    def _explain(self, value: int) -> None:
        """Say beside 0 what it stands for."""
        suffix = self._zero if value == 0 else ""
        if suffix != self._box.suffix():
            self._box.setSuffix(suffix)


class WholeBox(QSpinBox):
    """Arrows stay within ``low..high``; typing may leave it, so that the form can say what is allowed."""

    def __init__(self, low: int, high: int) -> None:
        super().__init__()
        self._low, self._high = low, high
        self.setRange(-_INT, _INT)
        self.setMinimumWidth(8 * GRID)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccelerated(True)

    def stepBy(self, steps: int) -> None:
        self.setValue(min(max(self.value() + steps, self._low), self._high))

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        none = QAbstractSpinBox.StepEnabledFlag.StepNone
        up = QAbstractSpinBox.StepEnabledFlag.StepUpEnabled if self.value() < self._high else none
        down = QAbstractSpinBox.StepEnabledFlag.StepDownEnabled if self.value() > self._low else none
        return up | down

    def wheelEvent(self, event: QWheelEvent) -> None:
        only_with_focus(self, event, super().wheelEvent)


class LineField(Field):
    """A line of text that is read as a value. What is typed applies at once where it can be meant so, or only when the person
    is done (``at_once``); what it cannot be is told when the person is done, because ``1e-`` and ``0`` are on the way to
    something."""

    def __init__(self, param: Param, *, at_once: bool = True) -> None:
        self._line = QLineEdit()
        self._at_once = at_once
        super().__init__(param, self._line)
        self._line.textEdited.connect(self._on_text_edited)
        self._line.editingFinished.connect(self._on_editing_finished)
        self._shown = ""

    def parsed(self, text: str) -> Any:
        """The value that the text means; the text itself where that is nothing."""
        return text

    def show_value(self, value: Any) -> None:
        self._line.setPlaceholderText(_("different") if value is None else "")
        self._shown = "" if value is None else self.written(value)
        if value is None or self._normal(self._line.text()) != value:
            self._line.setText(self._shown)

    def _on_text_edited(self, text: str) -> None:
        if self._at_once and self._normal(text) is not None:
            self.typed.emit(self.parsed(text))

    def _on_editing_finished(self) -> None:
        if self._line.text() != self._shown:
            self.typed.emit(self.parsed(self._line.text()))
        self.finished.emit()

    def _normal(self, text: str) -> Any:
        try:
            return self.param.normal(self.parsed(text))
        except ParamError:
            return None


class RealField(LineField):
    """A number as people write it: ``0.001``, ``1e-5``; or the word that the setting has for 0."""

    def __init__(self, param: Real, *, at_once: bool = True) -> None:
        super().__init__(param, at_once=at_once)
        self._zero = "" if param.zero is None else str(param.zero)

    def parsed(self, text: str) -> float | str:
        if self._zero and text.strip().casefold() == self._zero.casefold():
            return 0.0
        try:
            return float(text.strip().replace("−", "-"))
        except ValueError:
            return text


class NumbersField(LineField):
    """Several numbers with commas between them; the setting reads the text itself."""


class FlagField(Field):
    """A check box."""

    def __init__(self, param: Flag) -> None:
        self._box = QCheckBox()
        super().__init__(param, self._box)
        self._box.clicked.connect(self._on_clicked)

    def show_value(self, value: Any) -> None:
        self._box.setChecked(value)

    def _on_clicked(self, checked: bool) -> None:
        self.typed.emit(checked)
        self.finished.emit()


class ChoiceField(Field):
    """A list to choose from, in the words of the setting."""

    def __init__(self, param: Choice) -> None:
        self._box = ChoiceBox()
        super().__init__(param, self._box)
        self._named = param.named
        self._text: Mapping[str, str] = {}
        self._barred: Mapping[str, str] = {}
        self.offer(param.options)
        self._box.activated.connect(self._on_activated)

    def offer(self, options: tuple[str, ...], text: Mapping[str, str] = Frozen()) -> None:
        """Offer only these options, called by ``text`` where those have any; the value in force stays."""
        shown = tuple(self._box.itemData(index) for index in range(self._box.count()))
        if (shown, self._text) == (options, text):
            return
        self._text = text
        value = self._box.currentData()
        self._box.clear()
        for option in options:
            self._add(option)
        if value is not None:
            self.show_value(value)

    def bar(self, reasons: Mapping[str, str]) -> None:
        """Let these options be seen and not be chosen, each for a reason, and all others be chosen."""
        self._barred = reasons
        for index in range(self._box.count()):
            self._explain(index)

    def show_value(self, value: Any) -> None:
        self._box.setPlaceholderText(_("different") if value is None else "")
        if value is not None and self._box.findData(value) < 0:
            self._add(value)
        self._box.setCurrentIndex(self._box.findData(value))
        text = [str(self.param.description), self._explained(value)]
        self._box.setToolTip("\n".join(filter(None, text)))

    def _add(self, option: str) -> None:
        self._box.addItem(self._text.get(option) or self.param.show(option), option)
        self._explain(self._box.count() - 1)

    def _explain(self, index: int) -> None:
        option = self._box.itemData(index)
        self._box.setItemData(index, self._explained(option), Qt.ItemDataRole.ToolTipRole)
        model = self._box.model()
        assert isinstance(model, QStandardItemModel)
        model.item(index).setEnabled(option not in self._barred)

    def _explained(self, option: str) -> str:
        """The sentence about an option; empty if there is none."""
        if option in self._barred:
            return self._barred[option]
        named = self._named.get(option)
        return str(named.description) if named is not None and named.description is not None else ""

    def _on_activated(self, index: int) -> None:
        self.typed.emit(self._box.itemData(index))
        self.finished.emit()


class ChoiceBox(QComboBox):
    """A combo box as wide as its place, whatever its words."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def wheelEvent(self, event: QWheelEvent) -> None:
        only_with_focus(self, event, super().wheelEvent)
