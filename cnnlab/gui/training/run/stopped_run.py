"""The run that was stopped last, as long as training can go on with it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cnnlab.core.project.project import Project
from cnnlab.core.project.sameness import holds, trains_alike
from cnnlab.gui.document import Document


class StoppedRun(QObject):
    """Follows the document: a run goes on only with the network, data, settings and weights that it was stopped with."""

    changed = Signal()
    """Another run is remembered, or none."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._path = document.path
        self._folder = Path()
        self._trained: Project | None = None
        document.state_changed.connect(self._on_document_state)

    @property
    def folder(self) -> Path | None:
        """Of its record; None where there is no such run, or the open project is not what it trains."""
        trained, project = self._trained, self._document.project
        if trained is None or not holds(project, trained.weights) or not trains_alike(project, trained):
            return None
        return self._folder

    def remember(self, folder: Path, trained: Project) -> None:
        """The run in ``folder`` was stopped; ``trained`` is what it trains, with its weights."""
        self._folder, self._trained = folder, trained
        self.changed.emit()

    def forget(self) -> None:
        """There is none any more."""
        self._trained = None
        self.changed.emit()

    def _on_document_state(self) -> None:
        before, self._path = self._path, self._document.path
        # Its runs go with a project that is saved for the first time, and stay behind where one is saved elsewhere.
        if before not in (None, self._path):
            self.forget()
