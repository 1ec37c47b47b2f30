"""Weights from a file: read in a thread, shown beside the layers, loaded as one edit if the person says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from cnnlab.core.graph.graph import Graph
from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import whole
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.values import Frozen
from cnnlab.gui.document import Document
from cnnlab.gui.files.file_work import Cancelled, FileWork
from cnnlab.gui.files.weights_dialog import WeightsDialog
from cnnlab.gui.notify import Banner

if TYPE_CHECKING:
    from cnnlab.engine.weight_files import Match, Tensors


class WeightsImport(FileWork):
    """The way from the choice of a file to the loaded weights. ``guard`` does what it is given when no run owns the weights."""

    loaded = Signal()
    """Weights of a file are in the project."""

    def __init__(
        self, document: Document, banner: Banner, window: QWidget, guard: Callable[[Callable[[], None]], None]
    ) -> None:
        super().__init__(document, banner, window, _("Not imported"))
        self._guard = guard

    def ask(self) -> None:
        """Let the person choose a file."""
        self._guard(self._show_file_dialog)

    def read(self, path: Path) -> None:
        """Read a file and show beside the layers what is in it."""
        graph = self._document.project.graph

        def work(cancelled: Cancelled) -> tuple[Tensors, Match]:
            from cnnlab.engine import weight_files

            tensors = weight_files.read(path, cancelled=cancelled)
            return tensors, weight_files.match(graph, tensors)

        if not self._run(_("Reading {name}…", name=path.name), work, partial(self._on_read, path, graph)):
            self._banner.tell(_("Another file is still being read. Try again in a moment."))

    def _show_file_dialog(self) -> None:
        folder = self._document.path.parent if self._document.path else Path.home()
        filters = _("Weights (*.safetensors *.pth *.pt);;All files (*)")
        dialog = QFileDialog(self._window, _("Import weights"), str(folder), filters)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._on_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_chosen(self, name: str) -> None:
        self.read(Path(name))

    def _on_read(self, path: Path, graph: Graph, found: tuple[Tensors, Match]) -> None:
        if self._document.project.graph is not graph:
            self._match_again(path, found[0])
            return
        self._banner.hide()
        dialog = WeightsDialog(path.name, found[1], self._window)
        dialog.chosen.connect(partial(self._on_load, path, found[1]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _match_again(self, path: Path, tensors: Tensors) -> None:
        """The network was changed while the file was read."""
        graph = self._document.project.graph

        def work(_cancelled: Cancelled) -> tuple[Tensors, Match]:
            from cnnlab.engine import weight_files

            return tensors, weight_files.match(graph, tensors)

        self._run(_("Reading {name}…", name=path.name), work, partial(self._on_read, path, graph))

    def _on_load(self, path: Path, match: Match, partly: bool) -> None:
        self._guard(partial(self._load, path, match, partly))

    def _load(self, path: Path, match: Match, partly: bool) -> None:
        project = self._document.project

        def work(_cancelled: Cancelled) -> Project:
            from cnnlab.engine import weight_files

            return weight_files.put(project, match, partly=partly)

        self._run("", work, partial(self._on_put, path, match))

    def _on_put(self, path: Path, match: Match, loaded: Project) -> None:
        nodes = Frozen({layer.uid: loaded.weights.nodes[layer.uid] for layer in match.fits})
        self._document.edit(
            message("Import weights"),
            lambda project: replace(project, weights=project.weights.updated(Weights(0, nodes))),
        )
        self.loaded.emit()
        self._banner.tell(
            _("{name}: weights of {count} layers were loaded.", name=path.name, count=whole(len(match.fits)))
        )
