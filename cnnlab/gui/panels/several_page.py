"""What the panel shows where several layers are selected."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QPushButton

from cnnlab.core.messages import text as _
from cnnlab.gui.document import Document
from cnnlab.gui.freezing import freeze, is_frozen, with_weights
from cnnlab.gui.panels.network_page import Page
from cnnlab.gui.theme import GRID


class SeveralPage(Page):
    """How many there are, and what can be done to all of them."""

    def __init__(self, document: Document, uids: Sequence[str]) -> None:
        super().__init__()
        self._document = document
        self.add_title(_("{count} layers selected", count=f"{len(uids):,}"))
        self.add_words(_("They can be moved, copied, duplicated and deleted together."), "muted")
        self.add_words(_("Click one of them to see its settings."), "muted")
        self._learning = with_weights(document, uids)
        frozen = sum(is_frozen(document.project, uid) for uid in self._learning)
        if self._learning:
            self.add_heading(_("Training"))
            self.add_values({_("With weights"): f"{len(self._learning):,}", _("Frozen"): f"{frozen:,}"})
            self._add_buttons(frozen)
        self.column.addStretch()

    def _add_buttons(self, frozen: int) -> None:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        for words, tip, wanted, enabled in (
            (
                _("Freeze"),
                _("Training leaves the weights of these layers as they are"),
                True,
                frozen < len(self._learning),
            ),
            (_("Unfreeze"), _("These layers learn again"), False, frozen > 0),
        ):
            button = QPushButton(words)
            button.setToolTip(tip)
            button.setEnabled(enabled)
            button.clicked.connect(partial(self._on_clicked, wanted))
            row.addWidget(button, 1)
        self.column.addLayout(row)

    def _on_clicked(self, frozen: bool, _checked: bool = False) -> None:
        freeze(self._document, self._learning, frozen)
