"""Whether what a run measured is still true of the network."""

from __future__ import annotations

from PySide6.QtCore import QObject

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import whole
from cnnlab.core.project.project import Weights
from cnnlab.core.runs.events import RunEnded
from cnnlab.gui.document import Document


class AsTrained(QObject):
    """Remembers network and weights as the last run left them."""

    def __init__(self, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._graph = ""
        self._weights: Weights | None = None
        self._is_over = False

    @property
    def warning(self) -> str:
        """A sentence for beside the run's figures if the network or its weights were changed after the run; else empty."""
        if not self._is_over or self._weights is None:
            return ""
        project = self._document.project
        now, then = project.weights.nodes, self._weights.nodes
        if project.graph.digest == self._graph and all(now.get(uid) is then[uid] for uid in then):
            return ""
        return _("Figures of step {step}, before the network was changed.", step=whole(self._weights.step))

    def forget(self) -> None:
        """A run begins, or the last one is no longer spoken of."""
        self._weights, self._is_over = None, False

    def take(self, weights: Weights) -> None:
        """What the run has made so far."""
        self._weights = weights

    def end(self, event: RunEnded) -> None:
        """The run has ended with what it made last."""
        if self._is_over:  # this one never began, and left all as it was
            return
        self._graph, self._is_over = event.graph, True
