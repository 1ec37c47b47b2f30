"""When a person gives up what stands in a control and was refused: by Escape, or by leaving it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QWidget


class GivingUp(QObject):
    """Watches one control. Escape is taken from the rest of the window only while ``refused()`` is true."""

    happened = Signal()
    """After the control itself has made what it makes of being left."""
    _left = Signal()

    def __init__(self, control: QWidget, refused: Callable[[], bool]) -> None:
        super().__init__(control)
        self._refused = refused
        self._left.connect(self.happened, Qt.ConnectionType.QueuedConnection)
        control.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent):
            if event.lostFocus() and event.reason() not in (
                Qt.FocusReason.PopupFocusReason,
                Qt.FocusReason.ActiveWindowFocusReason,
            ):
                self._left.emit()
        elif isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and self._refused():
            if event.type() == QEvent.Type.ShortcutOverride:
                # Else a shortcut of the window takes the key before the control is asked.
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.happened.emit()
                return True
        return False
