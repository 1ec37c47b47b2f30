"""The scrolling place of forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from cnnlab.core.messages import message
from cnnlab.core.params import Param
from cnnlab.core.project.project import Project
from cnnlab.gui.document import Document
from cnnlab.gui.panels.param_form import ParamForm, ParamRow
from cnnlab.gui.theme.theme import GRID


class FormArea(QScrollArea):
    """A scroll area for forms, as wide as its place. Where a row says why its value cannot be, the words are brought into view;
    what a person does after finishing a field is another step to undo."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._refused: ParamRow | None = None
        """The row that said last why its value cannot be."""
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().rangeChanged.connect(self._reveal_refused)

    def setWidget(self, page: QWidget) -> None:
        """Show ``page`` and serve the forms on it."""
        self._refused = None
        super().setWidget(page)
        for form in page.findChildren(ParamForm):
            form.refused.connect(self._on_refused)
            form.finished.connect(self._document.end_gesture)

    def _change(self, change: Callable[..., Project], param: Param, value: Any) -> None:
        """Give one setting of the project a value by ``change``, a function of ``core.changes``, as a step to undo."""
        self._document.edit(
            message("Change {setting}", setting=param.label),
            lambda project: change(project, **{param.name: value}),
            gesture=(change, param.name),
        )

    def _on_refused(self, row: ParamRow) -> None:
        self._refused = row
        self._reveal_refused()

    def _reveal_refused(self) -> None:
        # The reason stands below the field, where the panel may end; there is room for it only when the page has grown.
        if self._refused is not None and self._refused.error:
            self.ensureWidgetVisible(self._refused, 0, GRID)
