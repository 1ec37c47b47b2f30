"""Where a data set lies that does not come with the app: asked for once, when a run first needs it, then remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from cnnlab.core import changes
from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.sources import SOURCES, Source
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
        data, source = self._document.project.data, self._source
        remembered = self._settings.data_folder(data.source)
        if source.bundled or not source.has_pictures or self._holds(data.folder):
            then()
        elif self._holds(remembered):
            self._take(remembered)
            then()
        else:
            self._ask(_("The pictures of {title} do not come with cnnlab.", title=source.title), then)

    @property
    def _source(self) -> Source:
        return SOURCES[self._document.project.data.source]

    def _holds(self, folder: str) -> bool:
        return bool(folder) and self._source.lacking(Path(folder)) is None

    def _ask(self, why: str, then: Callable[[], None]) -> None:
        box = QMessageBox(
            QMessageBox.Icon.Information,
            _("Where are the pictures?"),
            why,
            QMessageBox.StandardButton.Cancel,
            self._window,
        )
        box.setInformativeText(
            _(
                "Choose the folder that holds them: “train” and “test” in it, and in each of them one folder of picture files "
                "for each class: {classes}.",
                classes=", ".join(self._source.classes),
            )
        )
        choose = box.addButton(_("Choose folder…"), QMessageBox.ButtonRole.AcceptRole)
        choose.clicked.connect(lambda: self._choose(then))
        box.finished.connect(box.deleteLater)
        box.open()

    def _choose(self, then: Callable[[], None]) -> None:
        name = QFileDialog.getExistingDirectory(self._window, _("Folder of the pictures"))
        lacking = self._source.lacking(Path(name)) if name else None
        if lacking is not None:
            self._ask(_("“{name}” cannot be used: there is no folder “{lacking}”.", name=name, lacking=lacking), then)
        elif name:
            self._settings.remember_data_folder(self._document.project.data.source, name)
            self._take(name)
            then()

    def _take(self, folder: str) -> None:
        self._document.edit(
            message("Choose folder of pictures"), lambda project: changes.set_data(project, folder=folder)
        )
