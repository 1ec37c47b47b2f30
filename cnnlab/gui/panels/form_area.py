"""The scrolling place of a form."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from cnnlab.gui.panels.param_form import ParamRow
from cnnlab.gui.theme import GRID


class FormArea(QScrollArea):
    """As wide as its place. Where a row says why its value cannot be, the words are brought into view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._refused: ParamRow | None = None
        """The row that said last why its value cannot be."""
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().rangeChanged.connect(self._reveal_refused)

    def show_refused(self, row: ParamRow | None) -> None:
        """Bring what ``row`` says into view, now and when the page has grown by it."""
        self._refused = row
        self._reveal_refused()

    def _reveal_refused(self) -> None:
        # The reason stands below the field, where the panel may end; there is room for it only when the page has grown.
        if self._refused is not None and self._refused.error:
            self.ensureWidgetVisible(self._refused, 0, GRID)
