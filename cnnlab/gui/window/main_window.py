"""The window: canvas in the middle, docks around it, the run bar below. It connects the features, which do not know each
other."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QWidget

from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import text as _
from cnnlab.core.project.project import Project, Weights
from cnnlab.engine.inspection.looks import Seen
from cnnlab.gui.preferences import Preferences
from cnnlab.gui.training.run.controller import TrainingState
from cnnlab.gui.window.docks import add_docks, layer_tabs
from cnnlab.gui.window.menus import CanvasMenu, add_menus
from cnnlab.gui.window.parts import Window
from cnnlab.gui.window.tool_bar import ToolBar, run_tool_bar

_ROOMY = QSize(1600, 900)
"""A screen smaller than this is filled at the first start."""


class MainWindow(Window):
    """One window, one project."""

    def __init__(self, project: Project, preferences: Preferences | None = None) -> None:
        super().__init__(project, preferences)
        self._leaving = False
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        UndoKeys(application, self)
        self.setCentralWidget(self.canvas)
        self.tabs = layer_tabs(self)
        self.docks = add_docks(self)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, run_tool_bar(self.run_bar, self))
        self.commands = add_menus(self)
        CanvasMenu(self)
        tools = [self.commands[name] if name else None for name in ("undo", "redo", "", "fit", "tidy")]
        self.tool_bar = ToolBar(self.document, tools, self)
        self.addToolBar(self.tool_bar)
        self._connect()
        self._take_place()
        self._on_document_state()
        self._on_opened()

    # Building

    def _take_place(self) -> None:
        """Put the window where it was; at first on most of a large screen, or on all of one that is too small for it."""
        room = self.screen().availableSize()
        self.resize(room * 0.85)
        if self.preferences.geometry is not None:
            self.restoreGeometry(self.preferences.geometry)
        elif room.width() < _ROOMY.width() or room.height() < _ROOMY.height():
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def _connect(self) -> None:
        document = self.document
        document.state_changed.connect(self._on_document_state)
        document.edited.connect(self._on_edited)
        self.tool_bar.workspace_chosen.connect(self.show_workspace)
        self.tool_bar.problems_wanted.connect(self.show_problems)
        self.tool_bar.data.chosen.connect(self.pictures_folder.use)
        self.palette_panel.layer_activated.connect(self.canvas.add_layer)
        self.canvas.visible_changed.connect(self.inspect.show_strips)
        self.problems.reveal.connect(self.canvas.reveal)
        self.code.notice.connect(self.banner.tell)
        self.code.layer_chosen.connect(self.canvas.view.reveal_card)
        self.code.save_wanted.connect(partial(self.exports.ask, "source"))
        self.inspect.seen.connect(self._on_seen)
        self.inspect.notice.connect(self.banner.tell)
        self.layer_views.pixel_chosen.connect(self._on_pixel_chosen)
        self.files.notice.connect(self.banner.tell)
        self.files.opened.connect(self._on_opened)
        self.settings_panel.training.range_test_wanted.connect(self.range_tests.ask)
        self.weights_import.loaded.connect(self.training.forget)
        self.training.notice.connect(self.banner.tell)
        self.training.weights_published.connect(self._on_live_weights)
        self.training.state_changed.connect(self._on_training_state)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():  # coming back from the task bar is no reason to rearrange
            self.show_workspace(self.workspace)

    # Following

    def _on_document_state(self) -> None:
        document = self.document
        self.setWindowTitle(_("{name}[*] — cnnlab", name=self.files.name))
        self.setWindowModified(document.modified)
        for name, label, plain in (
            ("undo", document.undo_label, _("&Undo")),
            ("redo", document.redo_label, _("&Redo")),
        ):
            action = self.commands[name]
            action.setEnabled(label is not None)
            action.setText(_("{verb}: {label}", verb=plain, label=label) if label else plain)
            action.setIconText(plain.replace("&", ""))  # the toolbar's buttons must not change their width

    def _on_edited(self) -> None:
        self.input_panel.set_preprocessing(self.document.project.preprocessing)
        self.input_panel.set_source(SOURCES[self.document.project.data.source])

    def _on_opened(self) -> None:
        self._on_edited()
        self.training.forget()
        self.selection.set(())

    def _on_seen(self, seen: Seen) -> None:
        self.canvas.set_strips(seen.strips)

    def _on_pixel_chosen(self) -> None:
        self.tabs.setCurrentWidget(self.layer_views.pixel)

    def _on_live_weights(self, weights: Weights) -> None:
        self.inspect.look_through(weights)

    def _on_training_state(self) -> None:
        self.form.show_run(self.training.in_training)
        if self.training.state is not TrainingState.IDLE and not self.inspect.is_live:
            # From now on the weights are the run's: none can be set by hand.
            self.inspect.look_through(self.document.project.weights)
        if self.training.state is TrainingState.IDLE and self.inspect.is_live:
            self.inspect.look_through(None)

    # Leaving

    def closeEvent(self, event: QCloseEvent) -> None:
        # Ignored first: an exception in here must not close the window over unsaved work.
        event.ignore()
        busy = self.training.state is not TrainingState.IDLE or self.document.modified
        if busy and not self._leaving:
            self.files.unless_unsaved(self._leave)
        else:
            self.preferences.geometry = self.saveGeometry()
            self.preferences.code = not self.docks["code"].isHidden()
            self.end()
            event.accept()

    def _leave(self) -> None:
        self._leaving = True
        self.close()

    def end(self) -> None:
        """End every thread; the window can be closed then without a question. May be called twice."""
        self._leaving = True
        if self._preload is not None:
            self._preload.wait()
        if self._gallery is not None:
            self._gallery.close()
        self.files.close()
        self.exports.close()
        self.weights_import.close()
        self.pictures_folder.close()
        self.runs.close()
        self.settings_panel.end()
        self.range_tests.close()
        self.document.close()
        self.inspect.close()
        self.processor.close()
        self.code.end()


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
