"""Which cards are on view and large enough to show maps: only their maps need to be worked out."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from cnnlab.gui.editor.card_painting import Detail, detail_at
from cnnlab.gui.editor.view import NetworkView

_DEBOUNCE_MS = 50


class VisibleCards(QObject):
    """Which cards are in view and large enough to show maps; reports changes at most every 50 ms."""

    changed = Signal(object)
    """The uids of the layers whose maps can be seen now, as a frozenset."""

    def __init__(self, view: NetworkView, parent: QObject) -> None:
        super().__init__(parent)
        self._view = view
        self.layers: frozenset[str] = frozenset()
        """The uids that ``changed`` gave last."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DEBOUNCE_MS)
        self._timer.timeout.connect(self._on_timeout)
        view.viewed.connect(self.look_again)
        view.network.changed_cards.connect(self.look_again)

    def look_again(self) -> None:
        """Find the visible cards anew, soon: something may have moved."""
        if not self._timer.isActive():
            self._timer.start()

    def _on_timeout(self) -> None:
        is_far = detail_at(self._view.zoom) is Detail.NAME
        cards = () if is_far else self._view.network.cards_in(self._view.visible_area())
        layers = frozenset(card.mapped for card in cards)
        if layers != self.layers:
            self.layers = layers
            self.changed.emit(layers)
