"""The window: canvas in the middle, docks around it, the run bar below. It connects the features, which do not know each
other."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from cnnlab.core import arrange, changes
from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.project import Project, Weights
from cnnlab.core.sources import SOURCES
from cnnlab.engine.inspection.looks import Seen
from cnnlab.gui import theme, workspaces
from cnnlab.gui.canvas_menu import CanvasMenu
from cnnlab.gui.commands import add_menus
from cnnlab.gui.docks import add_docks, layer_tabs
from cnnlab.gui.document import Document
from cnnlab.gui.editor.canvas import Canvas
from cnnlab.gui.editor.palette import Palette
from cnnlab.gui.export import Exports
from cnnlab.gui.files import Files
from cnnlab.gui.freezing import Freezing
from cnnlab.gui.inspect.controller import InspectController
from cnnlab.gui.inspect.input_panel import InputPanel
from cnnlab.gui.inspect.layer_views import LayerViews
from cnnlab.gui.inspect.prediction_panel import PredictionPanel
from cnnlab.gui.notify import Banner
from cnnlab.gui.panels.code_view import CodeView
from cnnlab.gui.panels.problems import ProblemList
from cnnlab.gui.panels.property_form import PropertyForm
from cnnlab.gui.pictures_folder import PicturesFolder
from cnnlab.gui.range_tests import RangeTests
from cnnlab.gui.run_guard import RunGuard
from cnnlab.gui.runs import Runs
from cnnlab.gui.selection import Selection
from cnnlab.gui.settings import Settings
from cnnlab.gui.tool_bar import ToolBar, run_tool_bar
from cnnlab.gui.training.controller import State, TrainingController
from cnnlab.gui.training.run_bar import RunBar
from cnnlab.gui.training.run_library import RunLibrary
from cnnlab.gui.training.settings_panel import SettingsPanel
from cnnlab.gui.undo_keys import UndoKeys
from cnnlab.gui.weights_import import WeightsImport
from cnnlab.gui.workers import Processor, Task, keep_to_one_core, words_of
from cnnlab.gui.workspaces import Workspace

if TYPE_CHECKING:
    from cnnlab.gui.gallery.gallery import Gallery

_ROOMY = QSize(1600, 900)
"""A screen smaller than this is filled at the first start."""


def _preload() -> None:
    import pyqtgraph  # noqa: F401 - slow to import, and wanted with the first curves

    from cnnlab.engine.preload import preload

    preload()


class MainWindow(QMainWindow):
    """One window, one project. ``start`` begins the work behind it once it has been painted."""

    loaded = Signal()
    """Everything that is slow the first time has been done."""

    def __init__(self, project: Project, settings: Settings | None = None) -> None:
        super().__init__()
        self.settings = settings or Settings()
        self.document = Document(project, self)
        self.selection = Selection(self)
        self.canvas = Canvas(self.document, self.selection, self)
        self.banner = Banner(self.canvas)
        self.pictures_folder = PicturesFolder(self.document, self.settings, self.banner, self)
        before = self.pictures_folder.ask_if_missing
        self.training = TrainingController(self.document, self, before_start=before)
        self.processor = Processor(self)
        self.inspect = InspectController(self.document, self.selection, self.processor, self, before_stored=before)
        library = RunLibrary(self.training, self)
        self.run_bar = RunBar(self.training)
        self.run_guard = RunGuard(self.training, self.run_bar.where, self)
        self.files = Files(self.document, self.settings, self, self.run_guard.unless_running, lambda: library.homeless)
        self.palette_panel = Palette(self)
        self.input_panel = InputPanel(self.inspect)
        self.prediction = PredictionPanel(self.document, self.inspect)
        self.layer_views = LayerViews(self.document, self.selection, self.inspect, self.processor, self)
        self.form = PropertyForm(self.document, self.selection)
        self.problems = ProblemList(self.document)
        self.code = CodeView(self.document, self.selection)
        self.settings_panel = SettingsPanel(self.training)
        self.curves: QWidget | None = None
        self.curves_place = QWidget()
        QVBoxLayout(self.curves_place).setContentsMargins(0, 0, 0, 0)
        self._gallery: Gallery | None = None
        self._leaving = False
        self._preload: Task | None = None
        self.workspace = Workspace.BUILD

        application = QApplication.instance()
        assert isinstance(application, QApplication)
        UndoKeys(application, self)
        self.setCentralWidget(self.canvas)
        self.exports = Exports(self.document, self.banner, self)
        self.weights_import = WeightsImport(self.document, self.banner, self, self.run_guard.unless_running)
        self.runs = Runs(self.training, library, self.run_bar, self.files, self.banner, self.settings, self)
        self.freezing = Freezing(self.document, self.selection, self)
        self.range_tests = RangeTests(self.training, self.run_bar.actions_of_run, self.banner, self)
        self.tabs = layer_tabs(self)
        self.docks = add_docks(self)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, run_tool_bar(self.run_bar, self))
        self.commands = add_menus(self)
        CanvasMenu(self)
        self.run_actions = self.run_bar.actions_of_run
        tools = [self.commands[name] if name else None for name in ("undo", "redo", "", "fit", "tidy")]
        self.tool_bar = ToolBar(self.document, tools, self)
        self.addToolBar(self.tool_bar)
        self._connect()
        self._take_place()
        self._on_document_state()
        self._on_opened()

    # Building

    def _take_place(self) -> None:
        """Where the window was; at first most of a large screen, and all of one that a frame around it would overfill."""
        room = self.screen().availableSize()
        self.resize(room * 0.85)
        if self.settings.geometry is not None:
            self.restoreGeometry(self.settings.geometry)
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

    # Starting

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():  # coming back from the task bar is no reason to rearrange
            self.show_workspace(self.workspace)

    def start(self) -> None:
        """Load the engine behind the window; sizes, maps and training follow when it is there."""
        self._preload = Task(_preload, self)
        self._preload.done.connect(self._on_preloaded)
        self._preload.failed.connect(self._on_preload_failed)
        self._preload.start()

    def _on_preloaded(self, _result: object) -> None:
        keep_to_one_core()
        self.document.ask_shapes()
        self.inspect.start()
        self.runs.start()
        self._add_curves()  # before a run, or they would lack what came before the person looks at them
        self.loaded.emit()

    def _on_preload_failed(self, error: BaseException) -> None:
        self.banner.tell(str(words_of(error)))

    # What the person does

    def show_gallery(self) -> None:
        """All networks of the course, to begin anew with one of them."""
        from cnnlab.gui.gallery.gallery import Gallery  # the first paint does without it

        if self._gallery is None:
            self._gallery = Gallery(self)
            self._gallery.chosen.connect(self.files.begin)
        self._gallery.open()

    def show_workspace(self, workspace: Workspace) -> None:
        """Arrange the docks for building, training or exploring."""
        self.workspace = workspace
        self.tool_bar.show_workspace(workspace)
        if workspace is Workspace.TRAIN:
            self._add_curves()
        workspaces.arrange(self, self.docks, workspace)
        if workspace is Workspace.BUILD:
            self.tabs.setCurrentWidget(self.form)
        elif self.tabs.currentWidget() is self.form:
            self.tabs.setCurrentWidget(self.layer_views.maps)

    def _add_curves(self) -> None:
        """pyqtgraph takes a while to import, so the curves are made when it is loaded, or when they are wanted before."""
        if self.curves is None:
            from cnnlab.gui.training.curves import Curves

            self.curves = Curves(self.training, self.settings)
            self.runs.add_curves(self.curves)
            layout = self.curves_place.layout()
            assert layout is not None
            layout.addWidget(self.curves)

    def show_problems(self) -> None:
        """Show the list of problems below the canvas."""
        self.docks["problems"].show()
        self.docks["problems"].raise_()

    def show_runs(self) -> None:
        """Show the table of recorded runs below the canvas."""
        if self.workspace is not Workspace.TRAIN:
            self.show_workspace(Workspace.TRAIN)
        self.docks["runs"].show()
        self.docks["runs"].raise_()
        self.runs.table.table.setFocus()

    def show_code(self) -> None:
        """Show the code of the network; the lines of the selected layers are marked in it."""
        if self.docks["code"].isHidden():
            self.commands["code"].trigger()
        self.docks["code"].raise_()

    def tidy(self) -> None:
        """Arrange the cards in rows."""
        if self.document.edit(message("Tidy up"), arrange.tidy):
            self.canvas.fit()

    def reset_weights(self) -> None:
        """Random weights everywhere; can be undone."""
        self.document.edit(message("Fresh weights"), changes.forget_weights)

    def reset_selected(self) -> None:
        """Random weights in the selected layers; can be undone."""
        uids = self.selection.uids
        self.document.edit(message("Fresh weights in a layer"), lambda project: changes.forget_weights(project, uids))

    def set_look(self, key: str) -> None:
        """Light, dark, or as the system asks."""
        self.settings.look = key
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, theme.system_is_dark(application) if key == "system" else key == "dark")

    def open_at_start(self, path: Path) -> None:
        """Open the file that the command line named."""
        self.files.read(path)

    def show_keys(self) -> None:
        """The keys and gestures of the window."""
        from cnnlab.gui.help import keys_dialog

        keys_dialog(self, [*self.commands.values(), *self.run_actions.all]).open()

    def show_about(self) -> None:
        """Version, licences, where the data is from."""
        from cnnlab.gui.help import about_box

        about_box(self).open()

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
        if self.training.state is not State.IDLE and not self.inspect.is_live:
            # From now on the weights are the run's: none can be set by hand.
            self.inspect.look_through(self.document.project.weights)
        if self.training.state is State.IDLE and self.inspect.is_live:
            self.inspect.look_through(None)

    # Leaving

    def closeEvent(self, event: QCloseEvent) -> None:
        # Ignored first: an exception in here must not close the window over unsaved work.
        event.ignore()
        busy = self.training.state is not State.IDLE or self.document.modified
        if busy and not self._leaving:
            self.files.unless_unsaved(self._leave)
        else:
            self.settings.geometry = self.saveGeometry()
            self.settings.code = not self.docks["code"].isHidden()
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
