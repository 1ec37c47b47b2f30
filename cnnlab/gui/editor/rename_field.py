"""The field over a card's name while it is being changed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.editor import floating
from cnnlab.gui.theme import theme

_MIN_WIDTH = 136
_HEIGHT = 28


class RenameField(QLineEdit):
    """Enter takes the name, Escape does not; looking elsewhere takes it too. ``take`` says whether it could be taken."""

    closed = Signal(bool)
    """The field closed; whether the focus is free: not if another widget has taken it."""

    def __init__(self, name: str, take: Callable[[str], bool], parent: QWidget) -> None:
        super().__init__(name, parent)
        self._name = name
        self._take = take
        self._open = True
        self.setFont(theme.font(bold=True))
        self.setAccessibleName(_("Name of the layer"))
        self.setToolTip(
            _("Letters, digits and underscores; dots make blocks. Enter applies the name, Escape keeps the old one.")
        )
        self.selectAll()

    def place(self, title: QRect) -> None:
        """Lie over the title of the card, in the parent's pixels."""
        middle = title.center().y()
        self.setGeometry(title.left(), middle - _HEIGHT // 2, max(title.width(), _MIN_WIDTH), _HEIGHT)

    def finish(self) -> None:
        """Take the name if it is another one; stay open if it cannot be."""
        if self._open and (self.text() == self._name or self._take(self.text())):
            self.close_field()

    def close_field(self) -> None:
        """Close the field and keep the old name."""
        if self._open:
            self._open = False
            self.closed.emit(floating.dismiss(self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finish()
        elif event.key() == Qt.Key.Key_Escape:
            self.close_field()
        else:
            super().keyPressEvent(event)
            event.accept()  # a key that the field has no use for means nothing to the canvas below

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._open and self.text() != self._name:
            self._take(self.text())
        self.close_field()
