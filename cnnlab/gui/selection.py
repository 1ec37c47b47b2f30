"""Which layers are selected: shared by canvas, panels and inspection, and no part of the project."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal


class Selection(QObject):
    """The selected layers, by uid."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._uids: tuple[str, ...] = ()

    @property
    def uids(self) -> tuple[str, ...]:
        """The uids of all selected layers, in the order of the selection."""
        return self._uids

    @property
    def current(self) -> str | None:
        """The layer that panels show; None if none or several are selected."""
        return self._uids[0] if len(self._uids) == 1 else None

    def set(self, uids: Iterable[str]) -> None:
        """Select exactly these layers."""
        chosen = tuple(dict.fromkeys(uids))
        if chosen != self._uids:
            self._uids = chosen
            self.changed.emit()
