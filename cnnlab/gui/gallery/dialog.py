"""The gallery: all networks of the course at the left, the page about the marked one at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cnnlab.core.messages import text as _
from cnnlab.core.templates import Template
from cnnlab.gui.gallery.entries import Entry, template_entries, torchvision_entries, torchvision_title
from cnnlab.gui.gallery.network_list import NetworkList
from cnnlab.gui.gallery.page import NetworkPage
from cnnlab.gui.gallery.workshop import Workshop
from cnnlab.gui.panels.labels import TextLabel
from cnnlab.gui.theme.theme import GRID
from cnnlab.gui.workers.qt_threads import message_of

if TYPE_CHECKING:
    from cnnlab.engine.importer.published import Published

_WIDTH, _HEIGHT = 146 * GRID, 96 * GRID
_LIST = 51 * GRID
_PAUSE = 250
"""Milliseconds that a model of torchvision is marked before it is imported for its drawing."""
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class GalleryDialog(QDialog):
    """Type to search, arrows to look, Enter to open. ``chosen`` carries the ``Project``; the dialog is closed by then."""

    chosen = Signal(object)

    def __init__(self, workshop: Workshop, key: str, parent: QWidget) -> None:
        """``key`` is the entry to begin with."""
        super().__init__(parent)
        self._workshop = workshop
        self._wanted = ""
        """The key of the entry that is to be opened as soon as it is made."""
        self.setWindowTitle(_("Gallery"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search by name, year, author…"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(_("Search networks"))
        self.search.setToolTip(_("Type part of a name; arrows choose, Enter opens"))
        self.search.installEventFilter(self)
        self.list = NetworkList()
        self.page = NetworkPage()
        self.status = TextLabel(colour="muted")
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self._busy.setFixedSize(15 * GRID, GRID)
        self.cancel = QPushButton(_("Cancel"))
        self.cancel.setAutoDefault(False)
        self.open_button = QPushButton(_("Open"))
        self.open_button.setDefault(True)
        self.open_button.setMinimumWidth(12 * GRID)
        self._lay_out()
        room = parent.size()
        self.resize(QSize(_WIDTH, max(_HEIGHT, round(0.75 * room.height()))).boundedTo(room * 0.92))
        self.search.textChanged.connect(self.list.search)
        self.list.shown.connect(self._on_shown)
        self.list.chosen.connect(self.open_marked)
        self.open_button.clicked.connect(self.open_marked)
        self.cancel.clicked.connect(self.reject)
        workshop.listed.connect(self._on_listed)
        workshop.listing_failed.connect(self._on_listing_failed)
        workshop.made.connect(self._on_made)
        workshop.failed.connect(self._on_failed)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._on_paused)
        self._set_busy(False)
        self.list.add(template_entries())
        if workshop.models:
            self.list.add(torchvision_entries(workshop.models))
        else:
            self.list.add_chapter(torchvision_title(), _("loading the list…"))
            workshop.ask_for_list()
        self.list.mark(key)
        self.search.setFocus()

    def open_marked(self) -> None:
        """Open the marked network; if it is not made yet, as soon as it is."""
        entry = self.list.current
        if entry is None or self._wanted:
            return
        self._wanted = entry.key
        self._pause.stop()
        if self._workshop.find(entry.key) is None:
            ours = isinstance(entry.about, Template)
            text = _("Building {name}…", name=entry.title) if ours else _("Importing {name}…", name=entry.title)
            self._set_busy(True, text)
        self._workshop.make(entry.key)

    def done(self, result: int) -> None:
        self._pause.stop()
        self._wanted = ""  # what is still being made is kept for the next time, and not opened
        super().done(result)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The arrows walk through the list while the search keeps the focus.
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in _MOVES:
            self.list.keyPressEvent(event)
            return True
        return False

    def _lay_out(self) -> None:
        left = QWidget()
        left.setFixedWidth(_LIST)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        field = QHBoxLayout()
        field.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, GRID)
        field.addWidget(self.search)
        column.addLayout(field)
        column.addWidget(self.list, 1)
        top = QHBoxLayout()
        top.setSpacing(0)
        top.addWidget(left)
        top.addWidget(_line(QFrame.Shape.VLine))
        top.addWidget(self.page, 1)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(2 * GRID, GRID + GRID // 2, 2 * GRID, GRID + GRID // 2)
        bottom.setSpacing(GRID)
        bottom.addWidget(self._busy)
        bottom.addWidget(self.status, 1)
        bottom.addWidget(self.cancel)
        bottom.addWidget(self.open_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(top, 1)
        whole.addWidget(_line(QFrame.Shape.HLine))
        whole.addLayout(bottom)

    def _set_busy(self, busy: bool, text: str = "", colour: str = "muted") -> None:
        self._busy.setVisible(busy)
        self.search.setEnabled(not busy)
        self.list.setEnabled(not busy)
        self.open_button.setEnabled(not busy and self.list.current is not None)
        self.status.setText(text)
        self.status.set_colour(colour)

    def _on_shown(self, entry: Entry | None) -> None:
        self._set_busy(False)
        self.page.setVisible(entry is not None)
        if entry is None:
            return
        self._show_page(entry)
        if self._workshop.find(entry.key) is None:
            ours = isinstance(entry.about, Template)
            self.page.show_no_sketch("" if ours else _("Reading the model’s code…"))
            # An import takes a moment of a processor: not for every row that the arrows pass.
            self._pause.start(0 if ours else _PAUSE)

    def _show_page(self, entry: Entry) -> None:
        made = self._workshop.find(entry.key)
        if isinstance(entry.about, Template):
            self.page.show_template(entry.about)
        else:
            self.page.show_model(entry.about, made)
        if made is not None:
            self.page.show_sketch(made.sketch)

    def _on_paused(self) -> None:
        entry = self.list.current
        if entry is not None:
            self._workshop.make(entry.key)

    def _on_listed(self, models: tuple[Published, ...]) -> None:
        self.list.add_chapter(torchvision_title())
        self.list.add(torchvision_entries(models))
        if self.list.current is None:
            self.list.search(self.search.text())

    def _on_listing_failed(self, error: BaseException) -> None:
        self.list.add_chapter(torchvision_title(), _("not available"))
        self._set_busy(False, str(message_of(error)), "problem")

    def _on_made(self, key: str) -> None:
        made = self._workshop.find(key)
        assert made is not None
        entry = self.list.current
        if entry is not None and entry.key == key:
            self._show_page(entry)
        if key == self._wanted:
            self.accept()
            self.chosen.emit(made.project)

    def _on_failed(self, key: str, error: BaseException) -> None:
        entry = self.list.current
        if entry is None or entry.key != key:
            return
        self._wanted = ""
        self._set_busy(False, str(message_of(error)), "problem")
        self.search.setFocus()
        self.page.show_no_sketch(_("It could not be imported."))


def _line(shape: QFrame.Shape) -> QFrame:
    line = QFrame()
    line.setFrameShape(shape)
    line.setFrameShadow(QFrame.Shadow.Plain)
    line.setObjectName("rule")
    return line
