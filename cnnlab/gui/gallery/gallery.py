"""The gallery as the window knows it: opened as often as wanted, and what was made is kept."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from cnnlab.gui.gallery.dialog import GalleryDialog
from cnnlab.gui.gallery.entries import Entry
from cnnlab.gui.gallery.workshop import Workshop


class Gallery(QObject):
    """The gallery and the networks it has made; ``chosen`` carries the ``Project`` that is to be opened."""

    chosen = Signal(object)

    def __init__(self, window: QWidget, workshop: Workshop | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._workshop = workshop or Workshop(self)
        self._last = ""
        """The key of the entry that was looked at last."""

    def open(self) -> GalleryDialog:
        """Show the gallery over the window, where it was left the last time."""
        dialog = GalleryDialog(self._workshop, self._last, self._window)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.list.shown.connect(self._on_shown)
        dialog.chosen.connect(self.chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def close(self) -> None:
        """End the threads; waits for what is being made."""
        self._workshop.close()

    def _on_shown(self, entry: Entry | None) -> None:
        if entry is not None:
            self._last = entry.key
