"""The bar below the menus: undo and redo, the three workspaces in the middle, what is wrong and which data at the right;
and the frame of the one at the foot of the window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QButtonGroup, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from cnnlab.core.data.sources import SOURCES
from cnnlab.core.graph.facts import Severity
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import whole
from cnnlab.gui.document import Document
from cnnlab.gui.theme import theme
from cnnlab.gui.window.workspaces import Workspace

_PROBLEMS_WIDTH = 16 * theme.GRID
"""So that the workspaces stay where they are, whatever is wrong."""
_DATA_WIDTH = 21 * theme.GRID
_AROUND_DATA = 5 * theme.GRID
"""Pixels of the width that the name does not get."""


class ToolBar(QToolBar):
    """The bar below the menus. Follows the document; ``actions`` are shown at the left, None is a line."""

    workspace_chosen = Signal(object)
    """The person wants another ``Workspace``."""
    problems_wanted = Signal()

    def __init__(self, document: Document, actions: Sequence[QAction | None], parent: QWidget | None = None) -> None:
        super().__init__(_("Tools"), parent)
        self._document = document
        self.setObjectName("tools")
        self.setMovable(False)
        self.setIconSize(QSize(18, 18))
        for action in actions:
            if action is None:
                self.addSeparator()
            else:
                self.addAction(action)
        self.addWidget(_spring())
        self._add_segments()
        self.addWidget(_spring())
        self._problems = QToolButton()
        self._problems.setFixedWidth(_PROBLEMS_WIDTH)
        self._problems.setToolTip(_("Show what is wrong or missing"))
        self._problems.clicked.connect(self.problems_wanted)
        self.addWidget(self._problems)
        self.data = DataButton(document)
        self.addWidget(self.data)
        document.facts_changed.connect(self._on_facts)
        theme.signals().changed.connect(self._on_facts)
        self._on_facts()

    def show_workspace(self, workspace: Workspace) -> None:
        """Mark the button of the workspace that is shown."""
        for button in self._segments.buttons():
            button.setChecked(button.property("workspace") == str(workspace))

    def _add_segments(self) -> None:
        self._segments = QButtonGroup(self)
        for workspace, text, tip in (
            (Workspace.BUILD, _("Build"), _("Assemble the network")),
            (Workspace.TRAIN, _("Train"), _("Settings and curves of training")),
            (Workspace.EXPLORE, _("Explore"), _("Draw, and look inside")),
        ):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setObjectName("segment")
            button.setMinimumWidth(10 * theme.GRID)
            button.clicked.connect(self._on_segment)
            button.setProperty("workspace", str(workspace))
            self._segments.addButton(button)
            self.addWidget(button)

    def _on_segment(self) -> None:
        button = self.sender()
        assert button is not None
        self.workspace_chosen.emit(Workspace(button.property("workspace")))

    def _on_facts(self) -> None:
        facts = self._document.facts
        hints = sum(problem.severity is Severity.HINT for problem in facts.problems)
        problems = len(facts.problems) - hints
        colours = theme.theme()
        if problems:
            wrong = any(problem.severity is Severity.ERROR for problem in facts.problems)
            # What is not connected yet is normal while building.
            colour = colours.problem if wrong else colours.muted
            text = _("1 problem") if problems == 1 else _("{count} problems", count=whole(problems))
        elif hints:
            colour, text = colours.accent, _("1 hint") if hints == 1 else _("{count} hints", count=whole(hints))
        else:
            colour, text = colours.good, _("No problems")
        self._problems.setText(f"● {text}")
        self._problems.setStyleSheet(f"color: {colour}")
        self._problems.setEnabled(bool(facts.digest))


class DataButton(QToolButton):
    """Which pictures the network learns from, and a menu of all data sets. Follows the document; announces a choice."""

    chosen = Signal(str)
    """The name of the data set that the person wants."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setFont(theme.font(theme.SMALL))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFixedWidth(_DATA_WIDTH)  # nothing beside it moves with the length of a name
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
        self.setText(self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, _DATA_WIDTH - _AROUND_DATA))
        self.setToolTip(_("{title}: what the network learns from. Choose another data set.", title=title))
        for action in self._sets.actions():
            action.setChecked(action.data() == data.source)


def run_tool_bar(content: QWidget, parent: QWidget) -> QToolBar:
    """The bar at the foot of the window, with the run bar in it."""
    bar = QToolBar(_("Run"), parent)
    bar.setObjectName("run")
    bar.setMovable(False)
    bar.addWidget(content)
    return bar


def _spring() -> QWidget:
    spring = QWidget()
    spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return spring
