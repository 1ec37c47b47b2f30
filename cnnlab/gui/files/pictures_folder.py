"""Data sets that do not come with the app: downloaded, or their folder asked for, once, when a run needs them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from cnnlab.core.data.sources import SOURCES, Source
from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import byte_count, whole
from cnnlab.core.project import changes
from cnnlab.core.project.changes import choose_data
from cnnlab.engine.data import set_folders
from cnnlab.gui.document import Document
from cnnlab.gui.notify import Banner, warn
from cnnlab.gui.preferences import Preferences
from cnnlab.gui.workers.qt_threads import OneAtATime, message_of

FOLDER = "folder"
"""The data set that is any folder of pictures."""
_MAX_NAMED = 12
"""The most classes that the question names."""

Fetch = Callable[[str, Callable[[], bool], Callable[[int], None]], object]
"""Downloads the data set of that name; asks whether it is cancelled, and reports how many bytes there are."""


def fetch_published(name: str, cancelled: Callable[[], bool], progress: Callable[[int], None]) -> object:
    """The engine's own way to fetch a data set."""
    from cnnlab.engine.data import fetching

    return fetching.fetch(name, cancelled=cancelled, progress=progress)


class Fetching(QObject):
    """Downloads published data sets behind the window, one at a time; the banner shows how far it is, and stops it. ``choose`` lets
    the person say where the pictures are instead."""

    def __init__(
        self,
        banner: Banner,
        window: QWidget,
        choose: Callable[[Callable[[], None]], None],
        fetch: Fetch = fetch_published,
    ) -> None:
        super().__init__(window)
        self._banner = banner
        self._choose = choose
        self._fetch = fetch
        self._work = OneAtATime(self)
        self._cancelled = threading.Event()
        self._name = ""
        self._count = 0
        self._text = ""
        self._then: Callable[[], None] = lambda: None
        self._clock = QTimer(self)
        self._clock.setInterval(200)
        self._clock.timeout.connect(self._on_clock)

    @property
    def is_busy(self) -> bool:
        """Whether a set is being downloaded."""
        return self._work.is_busy

    def start(self, name: str, then: Callable[[], None]) -> None:
        """Download the set ``name`` and do ``then`` when it is there; while another is downloaded, only show that."""
        if not self._work.is_busy:
            cancelled = self._cancelled = threading.Event()
            self._name, self._then, self._count = name, then, 0
            self._work.run(lambda: self._fetch(name, cancelled.is_set, self._note), self._on_done, self._on_failed)
            self._clock.start()
        self._tell()

    def close(self) -> None:
        """Stop; what has come so far is kept."""
        self._cancelled.set()
        self._clock.stop()
        self._work.close()

    def _note(self, count: int) -> None:
        """Called in the worker: one number, which the clock shows."""
        self._count = count

    def _tell(self) -> None:
        source = SOURCES[self._name]
        done, all_of_it = whole(self._count / 1e6), whole(source.download_bytes / 1e6)
        self._text = _("Downloading {title}: {done} of {whole} MB.", title=source.title, done=done, whole=all_of_it)
        self._banner.hold_stoppable(self._text, self._stop)

    def _stop(self) -> None:
        self._cancelled.set()

    def _on_clock(self) -> None:
        if self._banner.text == self._text and not self._cancelled.is_set():  # the person may have closed it
            self._tell()

    def _on_done(self, _folder: object) -> None:
        self._clock.stop()
        self._banner.tell(_("{title} was downloaded.", title=SOURCES[self._name].title))
        self._then()

    def _on_failed(self, error: BaseException) -> None:
        self._clock.stop()
        if self._cancelled.is_set():
            percent = 100 * self._count // SOURCES[self._name].download_bytes
            text = _("Download stopped at {percent} %. Incomplete files are not used.", percent=percent)
        else:
            text = str(message_of(error))
        again = _("Continue") if self._count else _("Try again")
        name, then = self._name, self._then
        self._banner.ask(
            text, (again, lambda: self.start(name, then)), (_("Choose folder…"), lambda: self._choose(then))
        )


class PicturesFolder(QObject):
    """Stands before a run whose pictures are not there yet, and puts the project on other pictures."""

    def __init__(
        self,
        document: Document,
        preferences: Preferences,
        banner: Banner,
        window: QWidget,
        fetch: Fetch = fetch_published,
    ) -> None:
        super().__init__(window)
        self._document = document
        self._preferences = preferences
        self._window = window
        self._scanning = OneAtATime(self)
        self.fetching = Fetching(banner, window, self._choose, fetch)

    def ask_if_missing(self, then: Callable[[], None]) -> None:
        """Do ``then``; if the project's pictures are missing, after the person downloaded them or chose their folder."""
        data, source = self._document.project.data, self._source
        remembered = self._preferences.data_folder(data.source)
        if source.bundled or not source.has_pictures or self._holds(data.folder):
            then()
        elif set_folders.is_here(data.source):
            self._take("")
            then()
        elif not source.any_size and self._holds(remembered):
            self._take(remembered)
            then()
        elif source.any_size:
            why = _("“{folder}” was not found.", folder=data.folder) if data.folder else _("No folder was chosen yet.")
            self._ask(why, then)
        else:
            self._ask(_("The pictures of {title} do not come with cnnlab.", title=source.title), then)

    def use(self, name: str) -> None:
        """Put the project on another data set, as one edit; a folder of pictures is chosen first."""
        if name == FOLDER:
            self._choose_for(FOLDER, lambda: None)
        elif name != self._document.project.data.source:
            self._document.edit(message("Change data set"), lambda project: choose_data(project, name))

    def close(self) -> None:
        """Stop a download, and wait for the threads in hand."""
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
        self._preferences.remember_data_folder(source, name)
        self._take(name)
        then()

    def _scan(self, folder: str, then: Callable[[], None]) -> None:
        """The classes are the names of the folders, which takes a while to read where there are many pictures."""

        def done(classes: tuple[str, ...]) -> None:
            self._document.edit(
                message("Choose folder of pictures"), lambda project: choose_data(project, FOLDER, folder, classes)
            )
            then()

        def failed(error: BaseException) -> None:
            warn(_("This folder cannot be used"), str(message_of(error)), self._window)

        self._scanning.run(lambda: _classes(Path(folder)), done, failed)

    def _take(self, folder: str) -> None:
        self._document.edit(
            message("Choose folder of pictures"), lambda project: changes.set_data(project, folder=folder)
        )


def _classes(folder: Path) -> tuple[str, ...]:
    from cnnlab.engine.data import folder_scan

    return folder_scan.found(folder)


def _wanted(source: Source) -> str:
    if source.any_size:
        return _("Choose a folder that holds one folder of picture files for each class.")
    classes = ", ".join(source.classes[:_MAX_NAMED]) + (", …" if len(source.classes) > _MAX_NAMED else "")
    return _(
        "They can be downloaded once. Or choose the folder that holds them: the files of torchvision, or the folders “train” and "
        "“test”, each with one folder of picture files for each class: {classes}.",
        classes=classes,
    )
