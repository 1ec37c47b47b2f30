"""The network as PyTorch source code, beside the network: always the present one, each line tied to its layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import whole
from cnnlab.core.project.project import Project
from cnnlab.gui.document import Document
from cnnlab.gui.panels.labels import Button, TextLabel
from cnnlab.gui.panels.python_highlighter import Spans, spans
from cnnlab.gui.panels.source_text import SourceText
from cnnlab.gui.selection import Selection
from cnnlab.gui.theme.icons import Glyph
from cnnlab.gui.theme.theme import GRID, SMALL
from cnnlab.gui.workers.qt_threads import LatestWorker, message_of

if TYPE_CHECKING:
    from cnnlab.engine.codegen import Code


def _write(project: Project) -> tuple[Code, list[Spans]]:
    from cnnlab.engine.codegen import export_code

    code = export_code(project)
    return code, spans(code.text)


class CodeView(QWidget):
    """Follows document and selection; works only while it is to be seen. ``end`` ends its thread.

    While the network cannot be code, the last code stays, muted, under the sentence that says why."""

    save_wanted = Signal()
    notice = Signal(str)
    layer_chosen = Signal(str)
    """A line was clicked: the uid of the first layer that it is about."""

    def __init__(self, document: Document, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._selection = selection
        self._code: Code | None = None
        self._layers: dict[int, list[str]] = {}
        """Uids of the layers that a line is about, by its number."""
        self._asked: Project | None = None
        self._worker = LatestWorker(_write, self)
        self._worker.done.connect(self._on_written)
        self._worker.failed.connect(self._on_refused)
        self.text = SourceText()
        self.text.line_chosen.connect(self._on_line_chosen)
        self._why = TextLabel("", colour="text")
        self._empty = TextLabel(_("The code of the network appears here."), colour="muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setContentsMargins(4 * GRID, 0, 4 * GRID, 0)
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.text)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head())
        column.addWidget(self._reason())
        column.addWidget(pages, 1)
        document.edited.connect(self._on_changed)
        document.facts_changed.connect(self._on_changed)
        selection.changed.connect(self._mark)
        self._show()

    @property
    def why(self) -> str:
        """Why there is no code of the network as it is now; empty if there is, or if it is not known yet."""
        return self._why.text()

    def end(self) -> None:
        """End the thread."""
        self._worker.close()

    def copy_all(self) -> None:
        """Put the whole code into the clipboard."""
        if self._code is not None:
            QApplication.clipboard().setText(self._code.text)
            self.notice.emit(_("The code was copied to the clipboard."))

    # Building

    def _head(self) -> QHBoxLayout:
        self._length = TextLabel("", size=SMALL, colour="muted", tabular=True, wrap=False)
        self._copy = Button(_("Copy all"), _("Copy all of the code to the clipboard"))
        self._copy.clicked.connect(self.copy_all)
        self._save = Button(_("Save as .py…"), _("Save the code as a file that runs without cnnlab"))
        self._save.clicked.connect(self.save_wanted)
        row = QHBoxLayout()
        row.setContentsMargins(2 * GRID, GRID // 2, GRID, GRID // 2)
        row.setSpacing(GRID)
        row.addWidget(self._length)
        row.addStretch()
        row.addWidget(self._copy)
        row.addWidget(self._save)
        return row

    def _reason(self) -> QWidget:
        self._reason_row = QWidget()
        row = QHBoxLayout(self._reason_row)
        row.setContentsMargins(2 * GRID, GRID // 2, 2 * GRID, GRID)
        row.setSpacing(GRID)
        row.addWidget(Glyph("mdi6.alert-circle-outline", "problem"), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._why, 1)
        return self._reason_row

    # Following

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._on_changed()

    def _on_changed(self) -> None:
        """Ask for the code of the network as it is now. Sizes come first: they are what people wait for, and when they are
        known the engine is loaded."""
        project, facts = self._document.project, self._document.facts
        if not facts.digest:
            self._forget()
        elif self.isVisible() and facts.digest == project.graph.digest and not _same_code(project, self._asked):
            self._asked = project
            self._worker.submit(project)

    def _forget(self) -> None:
        """Another project was opened: nothing is known of it yet."""
        self._asked, self._code, self._layers = None, None, {}
        self._why.setText("")
        self._show()

    def _on_written(self, project: Project, written: tuple[Code, list[Spans]]) -> None:
        if project is not self._asked:
            return
        code, coloured = written
        self._code = code
        self._layers = {}
        for uid, ranges in code.lines.items():
            for line in (line for each in ranges for line in each):
                self._layers.setdefault(line, []).append(uid)
        self._why.setText("")
        self.text.show_source(code.text.rstrip("\n"), coloured)
        self._show()
        self._mark()

    def _on_refused(self, project: Project, error: BaseException) -> None:
        if project is self._asked:
            self._why.setText(str(message_of(error)))
            self._show()

    def _show(self) -> None:
        code, why = self._code, self.why
        self._pages.setCurrentWidget(self._empty if code is None else self.text)
        self._reason_row.setVisible(bool(why) and code is not None)
        self._empty.setText(
            _("{why}\n\nThen the code of the network appears here.", why=why)
            if why
            else _("The code of the network appears here.")
        )
        self.text.set_pale(bool(why))
        for button in (self._copy, self._save):
            button.setEnabled(code is not None and not why)
        if code is None:
            self._length.setText("")
        else:
            lines = _("{count} lines", count=whole(self.text.blockCount()))
            self._length.setText(_("{lines}, from before the last change", lines=lines) if why else lines)

    def _mark(self) -> None:
        lines = self._code.lines if self._code is not None else {}
        chosen = [uid for uid in self._selection.uids if uid in lines]
        self.text.mark([line for uid in chosen for span in lines[uid] for line in span])

    def _on_line_chosen(self, line: int) -> None:
        graph = self._document.project.graph
        uids = [uid for uid in self._layers.get(line, ()) if uid in graph.by_uid]
        if uids:
            self._selection.set(uids)
            self.layer_chosen.emit(uids[0])


def _same_code(project: Project, other: Project | None) -> bool:
    """Whether two projects differ in nothing that is written into the code."""
    return other is not None and (project.graph, project.layout.blocks, project.title) == (
        other.graph,
        other.layout.blocks,
        other.title,
    )
