"""New, open, save, and leaving without losing anything. The work is done in a worker; dialogs never block."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton, QWidget

from cnnlab.core import templates
from cnnlab.core.messages import text as _
from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen
from cnnlab.gui.document import Document
from cnnlab.gui.preferences import Preferences
from cnnlab.gui.workers.qt_threads import OneAtATime, message_of

SUFFIX = ".cnnlab"


class ProjectFiles(QObject):
    """Opens and saves the project of the document. ``guard`` is asked before the project is left: it does what it is given, at
    once or when nothing stands against it any more. ``runs_without_file`` gives the ids of the project's runs while it lies in
    no file: they lie among those of other projects."""

    notice = Signal(str)
    opened = Signal()

    def __init__(
        self,
        document: Document,
        preferences: Preferences,
        window: QWidget,
        guard: Callable[[Callable[[], None]], None],
        runs_without_file: Callable[[], Collection[str]] = tuple,
    ) -> None:
        super().__init__(window)
        self._guard = guard
        self._document = document
        self._preferences = preferences
        self._window = window
        self._work = OneAtATime(self)
        self._waiting: Callable[[], None] | None = None
        """What was asked for while a file was in hand; it follows when that has succeeded."""
        self._runs_without_file = runs_without_file
        self._runs: Mapping[str, Any] = Frozen()
        """What the project's file holds of training runs, so that saving keeps it."""

    @property
    def is_busy(self) -> bool:
        """Whether a file is being read or written."""
        return self._work.is_busy

    @property
    def name(self) -> str:
        """What the window's title calls the project."""
        return self._document.path.name if self._document.path else self._document.project.title or _("untitled")

    def new(self, key: str) -> None:
        """Start a new project from a template, after asking about unsaved changes."""
        self.unless_unsaved(lambda: self._begin(templates.BY_KEY[key].build()))

    def begin(self, project: Project) -> None:
        """Start with a project that lies in no file yet, after asking about unsaved changes."""
        self.unless_unsaved(lambda: self._begin(project))

    def _begin(self, project: Project) -> None:
        self._runs = Frozen()
        self._document.open(project, None)
        self.opened.emit()

    def ask_open(self) -> None:
        """Let the person choose a project file."""
        self.unless_unsaved(self._show_open_dialog)

    def _show_open_dialog(self) -> None:
        dialog = self._dialog(_("Open project"), QFileDialog.AcceptMode.AcceptOpen)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._on_open_chosen)
        dialog.open()

    def _on_open_chosen(self, name: str) -> None:
        self.read(Path(name))

    def open(self, path: Path) -> None:
        """Open a project file, after asking about unsaved changes."""
        self.unless_unsaved(lambda: self.read(path))

    def read(self, path: Path, weights: bool = True, keep_path: Path | None = None) -> None:
        """Open a project file now. ``weights=False`` leaves damaged ones out; ``keep_path`` is where to save it (a backup
        is opened under the name of the file that it backs up)."""

        def work() -> Any:
            from cnnlab.engine.archive import open_project

            return open_project(path, weights=weights)

        target = keep_path or path
        left = self._document.project
        self._run(work, partial(self._on_read, target, left), partial(self._on_read_failed, target))

    def _on_read(self, path: Path, left: Project, opened: Any) -> None:
        take = partial(self._take, path, opened)
        # While it was read, the person may have gone on with the project that they were ready to leave.
        if self._document.project is left:
            self._guard(take)
        else:
            self.unless_unsaved(take)

    def _take(self, path: Path, opened: Any) -> None:
        self._runs = opened.runs
        self._document.open(opened.project, path, opened.stamp, opened.read_only)
        self._preferences.add_recent(path)
        self.opened.emit()
        for note in opened.notes:
            self.notice.emit(str(note))

    def _on_read_failed(self, path: Path, error: BaseException) -> None:
        box = self._box(QMessageBox.Icon.Warning, _("Not opened"), str(message_of(error)))
        code = getattr(error, "code", "")
        backup = path.with_name(path.name + ".bak")
        if backup.is_file() and code not in ("newer", "missing"):
            button = box.addButton(_("Open the backup"), QMessageBox.ButtonRole.AcceptRole)
            button.clicked.connect(lambda: self.read(backup, keep_path=path))
        if code == "weights":
            button = box.addButton(_("Open without weights"), QMessageBox.ButtonRole.AcceptRole)
            button.clicked.connect(lambda: self.read(path, weights=False))
        box.addButton(QMessageBox.StandardButton.Close)
        box.open()

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Save where the project came from; asks for a place if it has none. ``then`` follows only if it succeeded."""
        if self._document.path is None or self._document.read_only:
            self.save_as(then)
        else:
            self._write(self._document.path, self._document.stamp, then)

    def save_as(self, then: Callable[[], None] | None = None) -> None:
        """Save in a place that the person chooses."""
        dialog = self._dialog(_("Save project"), QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX)
        dialog.selectFile(self._document.path.name if self._document.path else _suggestion(self._document.project))
        dialog.fileSelected.connect(partial(self._on_save_chosen, then))
        dialog.open()

    def _on_save_chosen(self, then: Callable[[], None] | None, name: str) -> None:
        # The dialog has asked about an existing file, so what lies there may go.
        self._write(Path(name), None, then)

    def _write(self, path: Path, expected: Any, then: Callable[[], None] | None) -> None:
        project, runs, came_from = self._document.project, self._runs, self._document.path
        own = self._runs_without_file()

        def work() -> tuple[Any, Any]:
            from cnnlab.engine.archive import save
            from cnnlab.engine.runs import folder, run_archive

            root = folder.root(came_from)
            # Where nothing can be written beside the file, its runs lie among those of all projects.
            now = run_archive.updated(runs, root, own if root == folder.root(None) else None)
            return save(project, path, expected=expected, runs=now), now

        self._run(work, partial(self._on_written, project, path, then), partial(self._on_write_failed, path, then))

    def _on_written(
        self, project: Project, path: Path, then: Callable[[], None] | None, saved: tuple[Any, Any]
    ) -> None:
        stamp, self._runs = saved
        self._document.saved(project, path, stamp)
        self._preferences.add_recent(path)
        self.notice.emit(_("Saved {name}", name=path.name))
        if then is not None:
            self.unless_unsaved(then)  # the person may have gone on while it was written

    def _on_write_failed(self, path: Path, then: Callable[[], None] | None, error: BaseException) -> None:
        box = self._box(QMessageBox.Icon.Warning, _("Not saved"), str(message_of(error)))
        if getattr(error, "code", "") == "changed":
            over = box.addButton(_("Overwrite"), QMessageBox.ButtonRole.DestructiveRole)
            over.clicked.connect(lambda: self._write(path, None, then))
        elsewhere = box.addButton(_("Save elsewhere…"), QMessageBox.ButtonRole.AcceptRole)
        elsewhere.clicked.connect(lambda: self.save_as(then))
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.open()

    def unless_unsaved(self, then: Callable[[], None]) -> None:
        """Do ``then``; if there are unsaved changes, after the person chose to save or to drop them. A file in hand is
        finished first: what was saved belongs to the project that is there now."""
        if self.is_busy:
            self._waiting = partial(self.unless_unsaved, then)
        else:
            self._guard(partial(self._ask_about_changes, then))

    def _ask_about_changes(self, then: Callable[[], None]) -> None:
        if not self._document.modified:
            then()
            return
        box = self._box(
            QMessageBox.Icon.Question,
            _("Save changes?"),
            _("“{name}” has changes that are not saved.", name=self.name),
        )
        box.setInformativeText(_("They are lost if you do not save them."))
        keep = box.addButton(QMessageBox.StandardButton.Save)
        drop = box.addButton(QMessageBox.StandardButton.Discard)
        box.addButton(QMessageBox.StandardButton.Cancel)
        _on_click(keep, lambda: self.save(then))
        _on_click(drop, then)
        box.open()

    def close(self) -> None:
        """Let a file that is being written come to its end; nothing follows it any more."""
        self._work.close()

    def _run(
        self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[BaseException], None]
    ) -> None:
        if self.is_busy:
            self.notice.emit(_("Another file is still being read or written. Try again in a moment."))
        else:
            self._work.run(work, partial(self._on_done, done), partial(self._on_failed, failed))

    def _on_done(self, done: Callable[[Any], None], result: Any) -> None:
        done(result)
        if not self.is_busy and self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting()

    def _on_failed(self, failed: Callable[[BaseException], None], error: BaseException) -> None:
        self._waiting = None
        failed(error)

    def _box(self, icon: QMessageBox.Icon, title: str, text: str) -> QMessageBox:
        box = QMessageBox(icon, title, text, QMessageBox.StandardButton.NoButton, self._window)
        box.setWindowModality(box.windowModality().WindowModal)
        box.finished.connect(box.deleteLater)
        return box

    def _dialog(self, title: str, mode: QFileDialog.AcceptMode) -> QFileDialog:
        folder = self._document.path.parent if self._document.path else Path.home()
        dialog = QFileDialog(self._window, title, str(folder), _("cnnlab projects (*.cnnlab);;All files (*)"))
        dialog.setAcceptMode(mode)
        dialog.finished.connect(dialog.deleteLater)
        return dialog


def _on_click(button: QPushButton, then: Callable[[], None]) -> None:
    button.clicked.connect(lambda: then())


def _suggestion(project: Project) -> str:
    text = "-".join(project.title.lower().replace(",", "").split()) or "network"
    return text + SUFFIX
