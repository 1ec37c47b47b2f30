"""The table of recorded runs: compare their curves, open one as a project, resume one, delete some."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QMenu,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import whole
from cnnlab.core.runs.summary import GOING, RESUMABLE, RunState, RunSummary
from cnnlab.gui.panels.labels import Elided, TextLabel
from cnnlab.gui.theme.icons import Glyph
from cnnlab.gui.theme.theme import GRID, NORMAL, SMALL, signals, theme
from cnnlab.gui.training.run.controller import TrainingController, TrainingState
from cnnlab.gui.training.runs import run_deletion
from cnnlab.gui.training.runs.run_following import RunFollowing
from cnnlab.gui.training.runs.run_library import RunLibrary
from cnnlab.gui.training.runs.runs_model import RunsModel

_MAX_WIDTH = 200
"""Pixels of a column, unless somebody makes it wider."""


class RunsTable(QWidget):
    """The table of recorded runs, with its buttons. Follows the library. What is chosen here is done by others: see its signals."""

    open_wanted = Signal(object)
    """A ``RunSummary`` that is to be the project."""
    resume_wanted = Signal(object)
    """A ``RunSummary`` that is to go on."""

    def __init__(
        self,
        controller: TrainingController,
        library: RunLibrary,
        following: RunFollowing,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._library = library
        self._following = following
        self._colours: dict[str, int] = {}
        self._sorted_by = 0
        self._fitted: dict[int, int] = {}
        """How wide columns were made here."""
        self.model = RunsModel()
        self.table = self._table()
        self.hint = TextLabel(size=NORMAL, colour="muted")
        self.count = Elided(size=SMALL, colour="muted")
        self.actions_of_run = self._actions()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(_empty(self.hint))
        self._stack.addWidget(self._page())
        self.model.ticked.connect(self._on_ticked)
        library.changed.connect(self._on_changed)
        following.overlays_changed.connect(self._show_colours)
        following.followed.connect(self._on_followed)
        controller.started.connect(self._show_colours)
        controller.forgotten.connect(self._show_colours)
        controller.state_changed.connect(self._on_selected)
        signals().changed.connect(self.table.viewport().update)
        self._on_changed()

    @property
    def selected(self) -> RunSummary | None:
        """The run whose row is selected; None where several are."""
        chosen = self.chosen
        return chosen[0] if len(chosen) == 1 else None

    @property
    def chosen(self) -> list[RunSummary]:
        """The runs whose rows are selected, from top to bottom."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self.model.run_at(row) for row in rows]

    @property
    def colours(self) -> dict[Path, int]:
        """Which of the theme's colours each run has that is laid over the curves, by folder."""
        folders = {run.id: run.folder for run in self._library.runs}
        return {folders[run]: colour for run, colour in self._colours.items() if run in folders}

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._library.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._library.watch(False)

    # Building

    def _table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setShowGrid(False)
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setTabKeyNavigation(False)
        table.setAccessibleName(_("Runs"))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(3 * GRID + 2)
        header = table.horizontalHeader()
        header.setResizeContentsPrecision(50)
        header.setHighlightSections(False)
        header.setSortIndicator(0, Qt.SortOrder.DescendingOrder)
        table.setSortingEnabled(True)
        header.sortIndicatorChanged.connect(self._on_sorted)  # after the table, which sorts on the same signal
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._on_menu_wanted)
        table.selectionModel().selectionChanged.connect(self._on_selected)
        self.model.modelReset.connect(self._on_selected)
        table.doubleClicked.connect(self._on_open)
        return table

    def _actions(self) -> dict[str, QAction]:
        make = self._action
        return {
            "open": make(
                _("Open as project"),
                _("Network, settings and weights of this run as a new project"),
                "Return",
                self._on_open,
            ),
            "resume": make(_("Resume"), _("Continue from its last checkpoint"), "Ctrl+R", self._on_resume),
            "follow": make(_("Follow"), _("Watch a run that another process trains"), "Ctrl+F", self._on_follow),
            "folder": make(
                _("Show folder"), _("Open the folder with everything that was recorded"), "", self._on_folder
            ),
            "delete": make(_("Delete…"), _("Move the selected runs to the trash"), "Del", self._on_delete),
        }

    def _action(self, text: str, tip: str, keys: str, act: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        if keys:
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setToolTip(_("{text} ({shortcut})", text=tip, shortcut=keys) if keys else tip)
        action.triggered.connect(act)
        self.table.addAction(action)
        return action

    def _page(self) -> QWidget:
        top = QHBoxLayout()
        top.setContentsMargins(2 * GRID, GRID // 2, GRID, 0)
        top.setSpacing(GRID // 2)
        top.addWidget(self.count, 1)
        for action in self.actions_of_run.values():
            button = QToolButton()
            button.setDefaultAction(action)
            top.addWidget(button)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        return page

    def _on_sorted(self, column: int, order: Qt.SortOrder) -> None:
        """A column that is newly sorted by shows the best run first; Qt knows only the small one."""
        newly, self._sorted_by = column != self._sorted_by, column
        best = self.model.best_order(column) if column >= 0 else order
        if newly and order is not best:
            self.table.horizontalHeader().setSortIndicator(column, best)

    # Following

    def _on_changed(self) -> None:
        runs = self._library.runs
        chosen, bar = self.chosen, self.table.verticalScrollBar().value()
        columns = self.model.columnCount()
        self.model.show_runs(runs)
        if chosen and not self.chosen:
            self._choose(chosen)
            self.table.verticalScrollBar().setValue(bar)
        if self._stack.currentIndex() == 0 or columns != self.model.columnCount():
            self._fitted.clear()
        self._stack.setCurrentIndex(1 if runs else 0)
        self.hint.setText(
            _("No runs yet. Press Train: each run is recorded with its settings, curves and weights, and listed here.")
            if self._library.is_read
            else _("Reading the runs…")
        )
        self._drop_colours()
        self._show_count()
        self._on_selected()

    def _choose(self, runs: Sequence[RunSummary]) -> None:
        """Select the rows of those that are still there."""
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for run in runs:
            row = self.model.row_of(run.id)
            if row is not None:
                self.table.selectionModel().select(self.model.index(row, 0), flags)

    def _drop_colours(self) -> None:
        """Free the colours of runs that are gone, and of the one that is drawn as this window's own."""
        there = {run.id for run in self._library.runs} - {self._controller.run_id}
        kept = {run: colour for run, colour in self._colours.items() if run in there}
        if kept != self._colours:
            self._colours = kept
            self._following.watch(self.colours)
        self._show_colours()

    def _show_colours(self) -> None:
        leader = self._following.leader
        followed = next((run.id for run in self._library.runs if run.folder == leader), "")
        self.model.show_colours(self._colours, followed or self._controller.run_id)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Give columns the width that they want, more where figures have come or a name stands in bold; one that a person
        made wider or narrower keeps that."""
        for column in range(self.model.columnCount()):
            width, fitted = self.table.columnWidth(column), self._fitted.get(column)
            if fitted is not None and width != fitted:
                continue
            wanted = max(self.table.sizeHintForColumn(column), self.table.horizontalHeader().sectionSizeHint(column))
            self._fitted[column] = min(max(wanted, fitted or 0), _MAX_WIDTH)
            self.table.setColumnWidth(column, self._fitted[column])

    def _show_count(self) -> None:
        count, unsaved = len(self._library.runs), self._controller.document.path is None
        text = _("1 run") if count == 1 else _("{count} runs", count=whole(count))
        self.count.setText(_("{runs} of unsaved projects", runs=text) if unsaved else text)

    def _on_ticked(self, run: RunSummary, on: bool) -> None:
        if not on:
            self._colours.pop(run.id, None)
        else:
            free = [colour for colour in range(len(theme().runs)) if colour not in self._colours.values()]
            if not free:
                self.count.setText(
                    _("At most {count} runs at once. Untick another one first.", count=len(theme().runs))
                )
                return
            self._colours[run.id] = free[0]
        self._show_count()
        self._following.watch(self.colours)
        self._show_colours()

    def _on_selected(self) -> None:
        run = self.selected
        going = run is not None and run.state in GOING
        idle = self._controller.state is TrainingState.IDLE
        own = run is not None and self._is_own(run)
        followed = run is not None and self._following.leader == run.folder
        whole = run is not None and run.state is not RunState.DAMAGED
        actions = self.actions_of_run
        actions["open"].setEnabled(whole)
        actions["resume"].setEnabled(run is not None and run.state in RESUMABLE and idle)
        actions["follow"].setText(_("Stop following") if followed else _("Follow"))
        actions["follow"].setEnabled(followed or (going and not own and idle))
        actions["folder"].setEnabled(run is not None)
        actions["delete"].setEnabled(bool(self._ended_ones))
        text = _("Delete {count} runs…", count=len(self._ended_ones)) if len(self._ended_ones) > 1 else _("Delete…")
        actions["delete"].setText(text)

    def _is_own(self, run: RunSummary) -> bool:
        """Whether it is this window's, and goes on."""
        return run.id == self._controller.run_id and self._controller.state is not TrainingState.IDLE

    @property
    def _ended_ones(self) -> list[RunSummary]:
        """The selected runs that no process is training."""
        return [run for run in self.chosen if run.state not in GOING and not self._is_own(run)]

    def _on_followed(self) -> None:
        self._show_colours()
        self._on_selected()

    def _on_menu_wanted(self, place: QPoint) -> None:
        if not self.chosen:
            return
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.addActions(list(self.actions_of_run.values()))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.table.viewport().mapToGlobal(place))

    # What the person does

    def _on_open(self) -> None:
        if self.selected is not None and self.actions_of_run["open"].isEnabled():
            self.open_wanted.emit(self.selected)

    def _on_resume(self) -> None:
        if self.selected is not None:
            self.resume_wanted.emit(self.selected)

    def _on_follow(self) -> None:
        run = self.selected
        if run is not None:
            self._following.follow(None if self._following.leader == run.folder else run.folder)

    def _on_folder(self) -> None:
        if self.selected is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(os.fspath(self.selected.folder)))

    def _on_delete(self) -> None:
        if self._ended_ones:
            run_deletion.ask(self._library, self._ended_ones, self.window())


def _empty(hint: QWidget) -> QWidget:
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
    row.addStretch()
    row.addWidget(Glyph("mdi6.history", "muted", 20))
    row.addWidget(hint, 4)
    row.addStretch()
    return page
