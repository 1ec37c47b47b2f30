"""What stands in the window and what a person can do there; ``MainWindow`` puts it in its place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QTabWidget, QVBoxLayout, QWidget

from cnnlab.core.layout import arrange
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.gui.document import Document
from cnnlab.gui.editor.canvas import NetworkCanvas
from cnnlab.gui.editor.palette import Palette
from cnnlab.gui.files.export import Exports
from cnnlab.gui.files.pictures_folder import PicturesFolder
from cnnlab.gui.files.project_files import ProjectFiles
from cnnlab.gui.files.weights_import import WeightsImport
from cnnlab.gui.inspect.controller import InspectController
from cnnlab.gui.inspect.input_panel import InputPanel
from cnnlab.gui.inspect.layer_views import LayerViews
from cnnlab.gui.inspect.prediction_panel import PredictionPanel
from cnnlab.gui.notify import Banner
from cnnlab.gui.panels.code_view import CodeView
from cnnlab.gui.panels.freezing import Freezing
from cnnlab.gui.panels.problems import ProblemList
from cnnlab.gui.panels.property_form import PropertyForm
from cnnlab.gui.preferences import Preferences
from cnnlab.gui.selection import Selection
from cnnlab.gui.theme import theme
from cnnlab.gui.training.range_test.range_tests import RangeTests
from cnnlab.gui.training.run.actions import RunGuard
from cnnlab.gui.training.run.controller import TrainingController
from cnnlab.gui.training.run_bar.run_bar import RunBar
from cnnlab.gui.training.runs.run_library import RunLibrary
from cnnlab.gui.training.settings.settings_form import SettingsPanel
from cnnlab.gui.window import workspaces
from cnnlab.gui.window.recorded_runs import RecordedRuns
from cnnlab.gui.window.tool_bar import ToolBar
from cnnlab.gui.window.workspaces import Workspace
from cnnlab.gui.workers.qt_threads import Processor, Task, keep_to_one_core, message_of

if TYPE_CHECKING:
    from cnnlab.gui.gallery.gallery import Gallery


def _preload() -> None:
    import pyqtgraph  # noqa: F401 - slow to import, and wanted with the first curves

    from cnnlab.engine.preload import preload

    preload()


class Window(QMainWindow):
    """Every part of the window, made and not yet placed. ``start`` begins the work behind it once it has been painted."""

    loaded = Signal()
    """Everything that is slow the first time has been done."""
    tabs: QTabWidget
    """The views of the selected layer."""
    docks: dict[str, QDockWidget]
    commands: dict[str, QAction]
    """All that the menus offer, by name."""
    tool_bar: ToolBar

    def __init__(self, project: Project, preferences: Preferences | None = None) -> None:
        super().__init__()
        self.preferences = preferences or Preferences()
        self.document = Document(project, self)
        self.selection = Selection(self)
        self.canvas = NetworkCanvas(self.document, self.selection, self)
        self.banner = Banner(self.canvas)
        self.pictures_folder = PicturesFolder(self.document, self.preferences, self.banner, self)
        before = self.pictures_folder.ask_if_missing
        self.training = TrainingController(self.document, self, before_start=before)
        self.processor = Processor(self)
        self.inspect = InspectController(self.document, self.selection, self.processor, self, before_stored=before)
        library = RunLibrary(self.training, self)
        self.run_bar = RunBar(self.training)
        self.run_actions = self.run_bar.actions_of_run
        self.run_guard = RunGuard(self.training, self)
        self.files = ProjectFiles(
            self.document, self.preferences, self, self.run_guard.unless_running, lambda: library.without_file
        )
        self.palette_panel = Palette(self)
        self.input_panel = InputPanel(self.inspect)
        self.prediction = PredictionPanel(self.document, self.inspect)
        self.layer_views = LayerViews(self.document, self.selection, self.inspect, self.processor, self)
        self.form = PropertyForm(self.document, self.selection)
        self.problems = ProblemList(self.document)
        self.code = CodeView(self.document, self.selection)
        self.settings_panel = SettingsPanel(self.training, self.processor)
        self.curves: QWidget | None = None
        self.curves_place = QWidget()
        QVBoxLayout(self.curves_place).setContentsMargins(0, 0, 0, 0)
        self._gallery: Gallery | None = None
        self._preload: Task | None = None
        self.workspace = Workspace.BUILD
        self.exports = Exports(self.document, self.banner, self)
        self.weights_import = WeightsImport(self.document, self.banner, self, self.run_guard.unless_running)
        self.runs = RecordedRuns(self.training, library, self.run_bar, self.files, self.banner, self.preferences, self)
        self.freezing = Freezing(self.document, self.selection, self)
        self.range_tests = RangeTests(self.training, self.run_actions, self.banner, self)

    # Starting

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
        self.banner.tell(str(message_of(error)))

    # What the person does

    def show_gallery(self) -> None:
        """All networks of the course, to start with one of them."""
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
            from cnnlab.gui.training.curves.curves_panel import CurvesPanel

            self.curves = CurvesPanel(self.training, self.preferences)
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

    def set_appearance(self, key: str) -> None:
        """Use light or dark colours, or those that the system asks for: ``light``, ``dark`` or ``system``."""
        self.preferences.appearance = key
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, theme.system_is_dark(application) if key == "system" else key == "dark")

    def open_at_start(self, path: Path) -> None:
        """Open the file that the command line named."""
        self.files.read(path)

    def show_keys(self) -> None:
        """The keys and gestures of the window."""
        from cnnlab.gui.window.help import keys_dialog

        keys_dialog(self, [*self.commands.values(), *self.run_actions.all]).open()

    def show_glossary(self) -> None:
        """The terms of the course in English and Chinese."""
        from cnnlab.gui.window.help import glossary_dialog

        glossary_dialog(self).open()

    def show_about(self) -> None:
        """Version, licences, where the data is from."""
        from cnnlab.gui.window.help import about_box

        about_box(self).open()
