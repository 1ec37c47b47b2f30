"""Layers that training leaves alone: freezing those that are selected, and letting them learn again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.gui.document import Document
from cnnlab.gui.selection import Selection


def with_weights(document: Document, uids: Iterable[str]) -> tuple[str, ...]:
    """The layers among ``uids`` that have something to freeze."""
    return tuple(uid for uid in uids if document.facts.of(uid).has_weights)


def is_frozen(project: Project, uid: str) -> bool:
    """Whether training leaves the layer alone."""
    return uid in project.learning and project.learning[uid].frozen


def freeze(document: Document, uids: Sequence[str], frozen: bool) -> None:
    """Freeze these layers, or let them learn again: one step to undo."""
    if len(uids) == 1:
        path = document.project.graph.by_uid[uids[0]].path
        label = message("Freeze {layer}", layer=path) if frozen else message("Unfreeze {layer}", layer=path)
    elif frozen:
        label = message("Freeze {count} layers", count=len(uids))
    else:
        label = message("Unfreeze {count} layers", count=len(uids))
    document.edit(label, lambda project: changes.set_learning(project, *uids, frozen=frozen))


class Freezing(QObject):
    """The command Freeze for the selection: it freezes while any of the layers learns, and thaws when all are frozen."""

    def __init__(self, document: Document, selection: Selection, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._selection = selection
        self._action: QAction | None = None
        for changed in (document.edited, document.facts_changed, selection.changed):
            changed.connect(self._show)

    def show_in(self, action: QAction) -> None:
        """Let the text of a menu's entry say what ``toggle`` would do."""
        self._action = action
        self._show()

    @property
    def layers(self) -> tuple[str, ...]:
        """The selected layers that have weights."""
        return with_weights(self._document, self._selection.uids)

    def toggle(self) -> None:
        """Freeze the selected layers, or let them learn again if all are frozen."""
        if self.layers:
            freeze(self._document, self.layers, not self._all_frozen)

    @property
    def _all_frozen(self) -> bool:
        return all(is_frozen(self._document.project, uid) for uid in self.layers)

    def _show(self) -> None:
        if self._action is not None:
            self._action.setEnabled(bool(self.layers))
            self._action.setText(_("Unfree&ze") if self.layers and self._all_frozen else _("Free&ze"))
