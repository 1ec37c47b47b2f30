"""The last run: whether the network is still what it measured, whether training can go on with it, and what the next one says
of the weights that it begins with."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import whole
from cnnlab.core.project.project import Project, Weights, holds, trains_alike
from cnnlab.core.runs.events import RunEnded, RunStarted
from cnnlab.gui.document import Document


class AsTrained(QObject):
    """Whether the network is still as the last run left it: remembers that run's graph and weights."""

    def __init__(self, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._graph = ""
        self._weights: Weights | None = None
        self._is_over = False

    @property
    def warning(self) -> str:
        """A sentence to show beside the run's results if the network or its weights were changed after the run; else empty."""
        if not self._is_over or self._weights is None:
            return ""
        project = self._document.project
        now, then = project.weights.nodes, self._weights.nodes
        if project.graph.digest == self._graph and all(now.get(uid) is then[uid] for uid in then):
            return ""
        return _("Measured at step {step}, before the network changed.", step=whole(self._weights.step))

    def forget(self) -> None:
        """A run begins, or nothing of the last one is shown any more."""
        self._weights, self._is_over = None, False

    def take(self, weights: Weights) -> None:
        """Remember the weights that the run has made so far."""
        self._weights = weights

    def end(self, event: RunEnded) -> None:
        """The run has ended with what it made last."""
        if self._is_over:  # this one never began, and left all as it was
            return
        self._graph, self._is_over = event.graph, True


class StoppedRun(QObject):
    """The run that can go on. Follows the document: that holds only with the network, data, settings and weights that it was
    stopped with."""

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
        """The folder of its record; None where there is no such run, or the open project is not what it trains."""
        trained, project = self._trained, self._document.project
        if trained is None or not holds(project, trained.weights) or not trains_alike(project, trained):
            return None
        return self._folder

    def remember(self, folder: Path, trained: Project) -> None:
        """The run in ``folder`` was stopped; ``trained`` is what it trains, with its weights."""
        self._folder, self._trained = folder, trained
        self.changed.emit()

    def forget(self) -> None:
        """No run can go on any more."""
        self._trained = None
        self.changed.emit()

    def _on_document_state(self) -> None:
        before, self._path = self._path, self._document.path
        # Its runs go with a project that is saved for the first time, and stay behind where one is saved elsewhere.
        if before not in (None, self._path):
            self.forget()


def record_is_gone(event: RunStarted) -> str:
    """A sentence for when a new run has begun, because the record of the one that was to go on is gone."""
    return _(
        "The folder of the stopped run is gone, so it cannot be continued. A new run trains the weights of step {step} further.",
        step=whole(event.step),
    )


def restarted_layers(event: RunStarted) -> str:
    """A sentence for when some layers, ``event.restarted``, cannot go on with the weights that they had."""
    restarted = ", ".join(event.restarted)
    if not event.kept:
        return _("All layers start from random weights, because their size changed: {restarted}.", restarted=restarted)
    return _(
        "These layers keep their weights: {kept}. These start from random weights, because their size changed: {restarted}.",
        kept=", ".join(event.kept),
        restarted=restarted,
    )
