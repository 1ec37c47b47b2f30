"""New, open, save, and leaving without losing anything. The work is done in a worker; dialogs never block."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton, QWidget

from cnnlab.core import templates
from cnnlab.core.messages import text as _
from cnnlab.core.project import Project
from cnnlab.gui.document import Document
from cnnlab.gui.settings import Settings
from cnnlab.gui.workers import Task, words_of

SUFFIX = ".cnnlab"


class Files(QObject):
    """The file side of the document. ``guard`` is asked before the project is left: it does what it is given, at once or when
    nothing stands against it any more."""

    notice = Signal(str)
    opened = Signal()

    def __init__(
        self, document: Document, settings: Settings, window: QWidget, guard: Callable[[Callable[[], None]], None]
    ) -> None:
        super().__init__(window)
        self._guard = guard
        self._document = document
        self._settings = settings
        self._window = window
        self._task: Task | None = None
        self._then: Callable[[], None] | None = None
        """What to do once the save in hand has succeeded."""
        self.saving: Project | None = None
        self._target = Path()

    @property
    def is_busy(self) -> bool:
        """Whether a file is being read or written."""
        return self._task is not None

    @property
    def name(self) -> str:
        """What the window's title calls the project."""
        return self._document.path.name if self._document.path else _("untitled")

    def new(self, key: str) -> None:
        """Begin anew from a template, after asking about unsaved changes."""
        self.unless_unsaved(lambda: self._begin(key))

    def _begin(self, key: str) -> None:
        self._document.open(templates.BY_KEY[key].build(), None)
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

        self._target = keep_path or path
        self._run(work, self._on_read, self._on_read_failed)

    def _on_read(self, opened: Any) -> None:
        path = self._target
        stamp = opened.stamp
        self._document.open(opened.project, path, stamp, opened.read_only)
        self._settings.add_recent(path)
        self.opened.emit()
        for note in opened.notes:
            self.notice.emit(str(note))

    def _on_read_failed(self, error: BaseException) -> None:
        path = self._target
        box = self._box(QMessageBox.Icon.Warning, _("Not opened"), str(words_of(error)))
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
        self._then = then
        dialog.fileSelected.connect(self._on_save_chosen)
        dialog.open()

    def _on_save_chosen(self, name: str) -> None:
        # The dialog has asked about an existing file, so what lies there may go.
        self._write(Path(name), None, self._then)

    def _write(self, path: Path, expected: Any, then: Callable[[], None] | None) -> None:
        project = self._document.project

        def work() -> Any:
            from cnnlab.engine.archive import save

            return save(project, path, expected=expected)

        self._target, self._then, self.saving = path, then, project
        self._run(work, self._on_written, self._on_write_failed)

    def _on_written(self, stamp: Any) -> None:
        assert self.saving is not None
        self._document.saved(self.saving, self._target, stamp)
        self._settings.add_recent(self._target)
        self.notice.emit(_("Saved {name}", name=self._target.name))
        then, self._then = self._then, None
        if then is not None:
            then()

    def _on_write_failed(self, error: BaseException) -> None:
        box = self._box(QMessageBox.Icon.Warning, _("Not saved"), str(words_of(error)))
        path, then = self._target, self._then
        if getattr(error, "code", "") == "changed":
            over = box.addButton(_("Overwrite"), QMessageBox.ButtonRole.DestructiveRole)
            over.clicked.connect(lambda: self._write(path, None, then))
        elsewhere = box.addButton(_("Save elsewhere…"), QMessageBox.ButtonRole.AcceptRole)
        elsewhere.clicked.connect(lambda: self.save_as(then))
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.open()

    def unless_unsaved(self, then: Callable[[], None]) -> None:
        """Do ``then``; if there are unsaved changes, after the person chose to save or to drop them."""
        self._guard(lambda: self._ask_about_changes(then))

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
        """Let a file that is being written come to its end."""
        if self._task is not None:
            self._task.wait()

    def _run(
        self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[BaseException], None]
    ) -> None:
        if self._task is not None:
            self.notice.emit(_("Another file is still being read or written. Try again in a moment."))
            return
        self._task = task = Task(work, self)
        self._done, self._failed = done, failed
        task.done.connect(self._on_task_done)
        task.failed.connect(self._on_task_failed)
        task.start()

    def _on_task_done(self, result: Any) -> None:
        self._end_task()
        self._done(result)

    def _on_task_failed(self, error: BaseException) -> None:
        self._end_task()
        self._failed(error)

    def _end_task(self) -> None:
        if self._task is not None:
            self._task.wait()  # the signal is its last act
            self._task.deleteLater()
            self._task = None

    def _box(self, icon: QMessageBox.Icon, title: str, words: str) -> QMessageBox:
        box = QMessageBox(icon, title, words, QMessageBox.StandardButton.NoButton, self._window)
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
    words = "-".join(project.title.lower().replace(",", "").split()) or "network"
    return words + SUFFIX
