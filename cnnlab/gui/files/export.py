"""Exports for other programs: which kinds of file there are, where to put one, and how it went."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from cnnlab.core.messages import Message, message
from cnnlab.core.messages import text as _
from cnnlab.core.project.project import Project
from cnnlab.gui.document import Document
from cnnlab.gui.files.file_work import Cancelled, FileWork
from cnnlab.gui.notify import Banner, warn


@dataclass(frozen=True)
class ExportKind:
    """One kind of file to export. The engine tells it by the ending of its name."""

    key: str
    title: Message
    """What the menu calls it."""
    tip: Message
    suffix: str
    filter: Message
    """The filter of the file dialog."""
    of_any: bool = False
    """Whether a network that cannot run has such a file too."""


def _write(project: Project, path: Path, cancelled: Cancelled) -> None:
    from cnnlab.engine.exports import process

    process.write(project, path, cancelled)


KINDS = (
    ExportKind(
        "source",
        message("&PyTorch source…"),
        message("A Python file that makes the network, without cnnlab"),
        ".py",
        message("Python source (*.py)"),
    ),
    ExportKind(
        "onnx",
        message("&ONNX…"),
        message("Network and weights for other programs, as ONNX"),
        ".onnx",
        message("ONNX (*.onnx)"),
    ),
    ExportKind(
        "program",
        message("&torch.export…"),
        message("Network and weights in one file that PyTorch runs without source code"),
        ".pt2",
        message("Exported program (*.pt2)"),
    ),
    ExportKind(
        "weights",
        message("&Weights…"),
        message("Only the weights, under the names of a state_dict"),
        ".safetensors",
        message("safetensors (*.safetensors)"),
    ),
    ExportKind(
        "markdown",
        message("&Layer table as Markdown…"),
        message("Sizes, parameters and MACs of all layers, for a report"),
        ".md",
        message("Markdown (*.md)"),
        of_any=True,
    ),
    ExportKind(
        "csv",
        message("Layer table as &CSV…"),
        message("Sizes, parameters and MACs of all layers, for a spreadsheet"),
        ".csv",
        message("CSV (*.csv)"),
        of_any=True,
    ),
)
BY_KEY = {kind.key: kind for kind in KINDS}


class Exports(FileWork):
    """Asks for a place, has the file written behind the window, and reports in ``banner`` how it went."""

    def __init__(
        self,
        document: Document,
        banner: Banner,
        window: QWidget,
        write: Callable[[Project, Path, Cancelled], None] = _write,
    ) -> None:
        super().__init__(document, banner, window, _("Not exported"))
        self._write = write

    def ask(self, key: str) -> None:
        """Let the person choose where a file of this kind goes, then write it. What cannot be written is refused before."""
        kind = BY_KEY[key]
        if self.is_busy:
            self._refuse_another()
            return
        project, facts = self._document.project, self._document.facts
        # Facts of an older graph say nothing; the writing then finds out.
        if not kind.of_any and facts.digest == project.graph.digest and facts.faults:
            text = _("Not exported: {why} The network is unchanged. Fix this, then export again.", why=facts.faults[0])
            warn(_("Not exported"), text, self._window)
            return
        folder, name = suggestion(project, self._document.path, kind.suffix)
        filters = _("{kind};;All files (*)", kind=kind.filter)
        dialog = QFileDialog(self._window, _("Export"), str(folder), filters)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(kind.suffix)
        dialog.selectFile(name)
        dialog.fileSelected.connect(self._on_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_chosen(self, name: str) -> None:
        path, project = Path(name), self._document.project
        if not self._run(
            _("Writing {name}…", name=path.name),
            lambda cancelled: self._write(project, path, cancelled),
            lambda _nothing: self._on_written(path),
        ):
            self._refuse_another()

    def _on_written(self, path: Path) -> None:
        show = partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(path.parent)))
        self._banner.offer(_("Exported {name}.", name=path.name), _("Show in folder"), show)


def suggestion(project: Project, path: Path | None, suffix: str) -> tuple[Path, str]:
    """Folder and file name for an export: beside the project's file, called like it; a ``.py`` file so that it can be
    imported."""
    folder = path.parent if path else Path.home()
    stem = path.stem if path else re.sub(r"[^\w.]+", "-", project.title.lower()).strip("-.") or "network"
    if suffix == ".py":
        stem = re.sub(r"\W+", "_", stem.lower()).strip("_") or "network"
        stem = f"net_{stem}" if stem[0].isdigit() else stem
    return folder, stem + suffix
