"""Height and width in one field, ``3`` or ``3×5``, with arrows, and a button for each word that may stand instead."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QPushButton, QSizePolicy

from cnnlab.core.messages import text as _
from cnnlab.core.params import Pair
from cnnlab.gui.panels.fields import HEIGHT, Field, only_with_focus
from cnnlab.gui.theme.theme import GRID

_BETWEEN = re.compile(r"\s*[×xX*,;]\s*|\s+")
_ON_THE_WAY = re.compile(r"[\d\s×xX*,;]*")

Value = tuple[int, int] | str


class PairField(Field):
    """The control of a height and a width: one number stands for both, two are height × width."""

    def __init__(self, param: Pair) -> None:
        self._box = PairBox(param.low, param.high)
        super().__init__(param, self._box)
        self._box.setToolTip(_("{text} One number for both, or height × width, such as 3×5.", text=param.description))
        self._box.value_typed.connect(self._on_value_typed)
        self._box.editingFinished.connect(self._on_editing_finished)
        self._numbers: Value = param.normal(param.default)
        self._keywords = [self._add_keyword(word) for word in param.keywords]

    def _add_keyword(self, word: str) -> QPushButton:
        button = QPushButton(word)
        button.setCheckable(True)
        button.setFixedHeight(HEIGHT)
        button.setToolTip(_("“{word}” instead of a number", word=word))
        button.setAccessibleName(_("{label}: {word}", label=self.param.label, word=word))
        button.clicked.connect(self._on_keyword_clicked)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(button)
        return button

    def show_value(self, value: Any) -> None:
        if isinstance(value, str):
            self._box.show_word(value)
        else:
            self._numbers = value
            self._box.show_pair(value)
        for button in self._keywords:
            button.setChecked(button.text() == value)
        self._box.setEnabled(not isinstance(value, str))

    def _on_value_typed(self, value: Value) -> None:
        self.typed.emit(value)

    def _on_editing_finished(self) -> None:
        self._box.tidy()
        self.finished.emit()

    def _on_keyword_clicked(self, checked: bool) -> None:
        button = self.sender()
        assert isinstance(button, QPushButton)
        button.setChecked(not checked)  # it shows what is in force, and this may be refused
        self.typed.emit(button.text() if checked else self._numbers)
        self.finished.emit()


class PairBox(QAbstractSpinBox):
    """Shows ``3×3``. The arrows move both numbers together while they are equal, else the one that the cursor is in."""

    value_typed = Signal(object)
    """The person typed or stepped to a value: a tuple, or a text that is none."""

    def __init__(self, low: int, high: int) -> None:
        super().__init__()
        self._low, self._high = low, high
        self.setMinimumWidth(8 * GRID)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._value: Value = ""
        """What is in force, and below as text."""
        self._shown = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccelerated(True)
        self.lineEdit().textEdited.connect(self._on_text_edited)

    def show_pair(self, value: tuple[int, int]) -> None:
        """Show the value in force; a person who is typing it keeps their spelling."""
        self._value, self._shown = value, "×".join(map(str, value))
        if self._pair() != value:
            self.lineEdit().setText(self._shown)

    def tidy(self) -> None:
        """Write the value in force as it is usually written, unless two numbers stand there that are refused."""
        if self._pair() is None or self._pair() == self._value:
            self.lineEdit().setText(self._shown)

    def show_word(self, word: str) -> None:
        """Show a word instead of numbers."""
        self._value, self._shown = word, word
        self.lineEdit().setText(word)

    def _pair(self) -> tuple[int, int] | None:
        """What the text says; None if that is not one or two numbers."""
        parts = _BETWEEN.split(self.lineEdit().text().strip())
        if not 1 <= len(parts) <= 2 or not all(part.isdecimal() for part in parts):
            return None
        return int(parts[0]), int(parts[-1])

    def _on_text_edited(self, text: str) -> None:
        pair = self._pair()
        if pair is not None:
            self.value_typed.emit(pair)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        state = QValidator.State.Acceptable if _ON_THE_WAY.fullmatch(text) else QValidator.State.Invalid
        return state, text, position

    def stepBy(self, steps: int) -> None:
        pair = self._pair()
        if pair is None:
            return
        low, high = self._low, self._high
        stepped = [min(max(size + steps, low), high) for size in pair]
        if pair[0] != pair[1]:
            kept = 1 if self._in_first() else 0
            stepped[kept] = pair[kept]
        cursor = self.lineEdit().cursorPosition()
        self.lineEdit().setText("×".join(map(str, stepped)))
        self.lineEdit().setCursorPosition(cursor)
        self.value_typed.emit((stepped[0], stepped[1]))

    def _in_first(self) -> bool:
        return "×" in self.lineEdit().text()[self.lineEdit().cursorPosition() :]

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        none = QAbstractSpinBox.StepEnabledFlag.StepNone
        pair = self._pair()
        if pair is None:
            return none
        up = QAbstractSpinBox.StepEnabledFlag.StepUpEnabled if min(pair) < self._high else none
        down = QAbstractSpinBox.StepEnabledFlag.StepDownEnabled if max(pair) > self._low else none
        return up | down

    def wheelEvent(self, event: QWheelEvent) -> None:
        only_with_focus(self, event, super().wheelEvent)
