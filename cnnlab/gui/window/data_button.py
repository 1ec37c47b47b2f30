"""Which pictures the network learns from, in the tool bar, and a menu of those that it could learn from."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import text as _
from cnnlab.gui.document import Document
from cnnlab.gui.theme import theme

_WIDTH = 21 * theme.GRID
_AROUND = 5 * theme.GRID
"""Of the width: what the name does not get."""


class DataButton(QToolButton):
    """Follows the document; the choice is only told."""

    chosen = Signal(str)
    """The name of the data set that the person wants."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setFont(theme.font(theme.SMALL))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFixedWidth(_WIDTH)  # nothing beside it moves with the length of a name
        self.setAccessibleName(_("Data set"))
        self._sets = QActionGroup(self)
        self._sets.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)  # a network may have no pictures
        menu = QMenu(self)
        for name, source in SOURCES.items():
            if not source.has_pictures:
                continue
            if source.any_size:
                menu.addSeparator()
            action = menu.addAction(_("{title}…", title=source.title) if source.any_size else str(source.title))
            action.setCheckable(True)
            action.setData(name)
            self._sets.addAction(action)
        self._sets.triggered.connect(self._on_triggered)
        self.setMenu(menu)
        document.edited.connect(self._on_edited)
        self._on_edited()

    def _on_triggered(self, action: QAction) -> None:
        self.chosen.emit(action.data())
        self._on_edited()  # the mark stays with the data set that the project has

    def _on_edited(self) -> None:
        data = self._document.project.data
        title = str(SOURCES[data.source].title)
        self.setText(self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, _WIDTH - _AROUND))
        self.setToolTip(_("{title}: what the network learns from. Choose another data set.", title=title))
        for action in self._sets.actions():
            action.setChecked(action.data() == data.source)
