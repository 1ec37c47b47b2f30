"""Whether what a run measured is still true of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cnnlab.core.events import RunEnded
from cnnlab.core.messages import text as _
from cnnlab.core.project import Weights

if TYPE_CHECKING:
    from cnnlab.gui.training.controller import TrainingController


class AsTrained(QObject):
    """Remembers network and weights as the last run left them."""

    def __init__(self, controller: TrainingController) -> None:
        super().__init__(controller)
        self._document = controller.document
        self._graph = ""
        self._weights: Weights | None = None
        self._is_over = False
        controller.started.connect(self._forget)
        controller.forgotten.connect(self._forget)
        controller.weights_published.connect(self._on_weights_published)
        controller.ended.connect(self._on_ended)

    @property
    def warning(self) -> str:
        """A sentence for beside the run's figures if the network or its weights were changed after the run; else empty."""
        if not self._is_over or self._weights is None:
            return ""
        project = self._document.project
        now, then = project.weights.nodes, self._weights.nodes
        if project.graph.digest == self._graph and all(now.get(uid) is then[uid] for uid in then):
            return ""
        return _("Figures of step {step}, before the network was changed.", step=f"{self._weights.step:,}")

    def _forget(self) -> None:
        self._weights, self._is_over = None, False

    def _on_weights_published(self, weights: Weights) -> None:
        self._weights = weights

    def _on_ended(self, event: RunEnded) -> None:
        if self._is_over:  # this one never began, and left all as it was
            return
        self._graph, self._is_over = event.graph, True
