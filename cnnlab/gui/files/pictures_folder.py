"""Where a data set lies that does not come with the app: asked for once, when a run first needs it, then remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from cnnlab.core.data.sources import SOURCES, Source
from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import byte_count
from cnnlab.core.project import changes
from cnnlab.core.project.data_choice import chosen
from cnnlab.engine.data import places
from cnnlab.gui.document import Document
from cnnlab.gui.files.fetching import Fetch, Fetching, fetch_published
from cnnlab.gui.notify import Banner, warn
from cnnlab.gui.settings import Settings
from cnnlab.gui.workers.workers import OneAtATime, words_of

FOLDER = "folder"
"""The data set that is any folder of pictures."""

_NAMED = 12
"""Classes that the question names."""


def _classes(folder: Path) -> tuple[str, ...]:
    from cnnlab.engine.data import folder_scan

    return folder_scan.found(folder)


class PicturesFolder(QObject):
    """Stands before a run whose pictures are not there yet, and puts the project on other pictures."""

    def __init__(
        self,
        document: Document,
        settings: Settings,
        banner: Banner,
        window: QWidget,
        fetch: Fetch = fetch_published,
    ) -> None:
        super().__init__(window)
        self._document = document
        self._settings = settings
        self._window = window
        self._scanning = OneAtATime(self)
        self.fetching = Fetching(banner, window, self._choose, fetch)

    def ask_if_missing(self, then: Callable[[], None]) -> None:
        """Do ``then``; if the project's pictures are missing, after the person fetched them or chose their folder."""
        data, source = self._document.project.data, self._source
        remembered = self._settings.data_folder(data.source)
        if source.bundled or not source.has_pictures or self._holds(data.folder):
            then()
        elif places.is_here(data.source):
            self._take("")
            then()
        elif not source.any_size and self._holds(remembered):
            self._take(remembered)
            then()
        elif source.any_size:
            why = _("“{folder}” is not there.", folder=data.folder) if data.folder else _("No folder was chosen yet.")
            self._ask(why, then)
        else:
            self._ask(_("The pictures of {title} do not come with cnnlab.", title=source.title), then)

    def use(self, name: str) -> None:
        """Put the project on another data set, as one edit; a folder of pictures is chosen first."""
        if name == FOLDER:
            self._choose_for(FOLDER, lambda: None)
        elif name != self._document.project.data.source:
            self._document.edit(message("Change data set"), lambda project: chosen(project, name))

    def close(self) -> None:
        """End the threads."""
        self.fetching.close()
        self._scanning.close()

    @property
    def _source(self) -> Source:
        return SOURCES[self._document.project.data.source]

    def _holds(self, folder: str) -> bool:
        return bool(folder) and self._source.lacking(Path(folder)) is None

    def _ask(self, why: str, then: Callable[[], None]) -> None:
        source, name = self._source, self._document.project.data.source
        box = QMessageBox(
            QMessageBox.Icon.Information,
            _("Where are the pictures?"),
            why,
            QMessageBox.StandardButton.Cancel,
            self._window,
        )
        box.setInformativeText(_wanted(source))
        if source.downloads:
            size = byte_count(source.download_bytes)
            download = box.addButton(_("Download ({size})", size=size), QMessageBox.ButtonRole.AcceptRole)
            download.clicked.connect(lambda: self.fetching.start(name, then))
        choose = box.addButton(_("Choose folder…"), QMessageBox.ButtonRole.AcceptRole)
        choose.clicked.connect(lambda: self._choose(then))
        box.finished.connect(box.deleteLater)
        box.open()

    def _choose(self, then: Callable[[], None]) -> None:
        self._choose_for(self._document.project.data.source, then)

    def _choose_for(self, source: str, then: Callable[[], None]) -> None:
        name = QFileDialog.getExistingDirectory(self._window, _("Folder of the pictures"))
        if not name:
            return
        if SOURCES[source].any_size:
            self._scan(name, then)
            return
        lacking = SOURCES[source].lacking(Path(name))
        if lacking is not None:
            self._ask(_("“{name}” cannot be used: there is no folder “{lacking}”.", name=name, lacking=lacking), then)
            return
        self._settings.remember_data_folder(source, name)
        self._take(name)
        then()

    def _scan(self, folder: str, then: Callable[[], None]) -> None:
        """The classes are the names of the folders, which takes a while to read where there are many pictures."""

        def done(classes: tuple[str, ...]) -> None:
            self._document.edit(
                message("Choose folder of pictures"), lambda project: chosen(project, FOLDER, folder, classes)
            )
            then()

        def failed(error: BaseException) -> None:
            warn(_("This folder cannot be used"), str(words_of(error)), self._window)

        self._scanning.run(lambda: _classes(Path(folder)), done, failed)

    def _take(self, folder: str) -> None:
        self._document.edit(
            message("Choose folder of pictures"), lambda project: changes.set_data(project, folder=folder)
        )


def _wanted(source: Source) -> str:
    if source.any_size:
        return _("Choose a folder that holds one folder of picture files for each class.")
    classes = ", ".join(source.classes[:_NAMED]) + (", …" if len(source.classes) > _NAMED else "")
    return _(
        "They can be fetched once. Or choose the folder that holds them: the files of torchvision, or “train” and “test” in it, "
        "and in each of them one folder of picture files for each class: {classes}.",
        classes=classes,
    )
