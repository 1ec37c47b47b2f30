"""Where a data set lies that does not come with the app: asked for once, when a run first needs it, then remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from cnnlab.core import changes
from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.project import SOURCES
from cnnlab.gui.document import Document
from cnnlab.gui.settings import Settings


class PicturesFolder(QObject):
    """Stands before a run whose pictures lie in a folder that the project does not name yet."""

    def __init__(self, document: Document, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._settings = settings
        self._window = window

    def ask_if_missing(self, then: Callable[[], None]) -> None:
        """Do ``then``; if the project's pictures are missing, after the person chose their folder."""
        data = self._document.project.data
        source = SOURCES[data.source]
        if source.bundled or not source.has_pictures or (data.folder and Path(data.folder).is_dir()):
            then()
            return
        remembered = self._settings.data_folder(data.source)
        if remembered is not None:
            self._take(remembered)
            then()
            return
        box = QMessageBox(
            QMessageBox.Icon.Information,
            _("Where are the pictures?"),
            _("The pictures of {title} do not come with cnnlab.", title=source.title),
            QMessageBox.StandardButton.Cancel,
            self._window,
        )
        box.setInformativeText(
            _(
                "Choose the folder that holds them: “train” and “test” in it, and in each of them one folder of picture files "
                "for each class: {classes}.",
                classes=", ".join(source.classes),
            )
        )
        choose = box.addButton(_("Choose folder…"), QMessageBox.ButtonRole.AcceptRole)
        choose.clicked.connect(lambda: self.choose(then))
        box.finished.connect(box.deleteLater)
        box.open()

    def choose(self, then: Callable[[], None] = lambda: None) -> None:
        """Let the person choose the folder, and do ``then`` if they did."""
        name = QFileDialog.getExistingDirectory(self._window, _("Folder of the pictures"))
        if name:
            self._settings.remember_data_folder(self._document.project.data.source, Path(name))
            self._take(Path(name))
            then()

    def _take(self, folder: Path) -> None:
        self._document.edit(
            message("Choose folder of pictures"), lambda project: changes.set_data(project, folder=str(folder))
        )
