"""Ctrl+Z in a field: its own text while something is being typed, the document once it is taken."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QWidget


class UndoKeys(QObject):
    """Leaves undo and redo to the window's commands where the focused field has nothing of its own to undo: a line edit
    claims these keys even then. A number box hands on every change at once, so they always mean the document there."""

    def __init__(self, application: QApplication, parent: QObject) -> None:
        super().__init__(parent)
        application.focusChanged.connect(self._on_focus_changed)

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        for widget in (old, new):
            if isinstance(widget, (QLineEdit, QAbstractSpinBox)):
                widget.removeEventFilter(self)
        if isinstance(new, (QLineEdit, QAbstractSpinBox)):
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            is_undo = event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)
            if is_undo and not (isinstance(watched, QLineEdit) and watched.isModified()):
                event.ignore()
                return True
        is_enter = event.type() == QEvent.Type.KeyRelease and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and isinstance(watched, QLineEdit):
            watched.setModified(False)  # what was typed is taken
        return False
