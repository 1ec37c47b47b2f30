"""A small palette where a wire was dropped: type, Enter, and the layer is there and connected."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.editor import floating
from cnnlab.gui.editor.palette import Palette
from cnnlab.gui.theme import theme

_WIDTH, _HEIGHT = 232, 304


class QuickAdd(QFrame):
    """A palette over its parent, at a point; Escape or a click elsewhere closes it."""

    chosen = Signal(str)
    closed = Signal(bool)
    """The palette closed; whether the focus is free: not if another widget has taken it."""

    def __init__(self, allowed: Callable[[str], bool], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("quick_add")
        self.setAccessibleName(_("Add a layer here"))
        self.palette_ = Palette(self)
        self.palette_.allow(allowed)
        self.palette_.tree.setDragEnabled(False)
        self.palette_.layer_activated.connect(self._on_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.palette_)
        colours = theme.theme()
        self.setStyleSheet(
            f"#quick_add {{ background: {colours.surface}; border: 1px solid {colours.accent}; border-radius: 6px; }}"
        )
        self.resize(_WIDTH, min(_HEIGHT, parent.height() - 16))
        self._open = True
        QApplication.instance().focusChanged.connect(self._on_focus_changed)  # type: ignore[union-attr]

    def open_at(self, point: QPoint) -> None:
        """Show it there, inside of the parent, ready for typing."""
        floating.put(self, point)
        self.show()
        self.raise_()
        self.palette_.search.setFocus()

    def close_palette(self) -> None:
        """Close and delete the palette."""
        if self._open:
            self._open = False
            self.closed.emit(floating.dismiss(self))

    def _on_chosen(self, key: str) -> None:
        self.close_palette()
        self.chosen.emit(key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_palette()
        event.accept()

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if new is not None and not self.isAncestorOf(new):
            self.close_palette()
