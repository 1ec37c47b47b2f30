"""What the panel shows where several layers are selected."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import whole
from cnnlab.core.params import Param
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.training.learning import LEARNING_PARAMS, Learning, matters
from cnnlab.gui.document import Document
from cnnlab.gui.panels.freezing import freeze, is_frozen, with_weights
from cnnlab.gui.panels.labels import Button, TextLabel
from cnnlab.gui.panels.network_page import Page
from cnnlab.gui.panels.param_form import ParamForm
from cnnlab.gui.theme.theme import GRID

_PARAMS = tuple(param for param in LEARNING_PARAMS if param.name != "frozen")
"""Frozen has buttons: some of the layers may be, and others not."""


class SeveralPage(Page):
    """How many layers are selected, and what can be done to all of them."""

    def __init__(self, document: Document, uids: Sequence[str]) -> None:
        super().__init__()
        self._document = document
        self.uids = tuple(uids)
        self.add_title(_("{count} layers selected", count=whole(len(uids))))
        self.add_text(_("They can be moved, copied, duplicated and deleted together."), "muted")
        self.add_text(_("Click one of them to see its settings."), "muted")
        self._learning: tuple[str, ...] = ()
        """Those that have weights."""
        self._before = document.project.learning
        """How every layer learned when the values of these were last different: a refused value leads back to it."""
        self.counts = TextLabel()
        self.freeze = Button(_("Freeze"), _("Training leaves the weights of these layers unchanged"))
        self.unfreeze = Button(_("Unfreeze"), _("These layers learn again"))
        self.freeze.clicked.connect(partial(self._on_clicked, True))
        self.unfreeze.clicked.connect(partial(self._on_clicked, False))
        self.group = ParamForm(_("Training"), _PARAMS)
        self.group.put_first(self.counts)
        self.group.put_first(self._buttons())
        self.group.changed.connect(self._on_changed)
        self.column.addSpacing(GRID)
        self.column.addWidget(self.group)
        self.column.addStretch()
        self.show_facts()

    def show_facts(self) -> None:
        """Show what is known about the layers now."""
        project = self._document.project
        self._learning = with_weights(self._document, self.uids)
        count, frozen = len(self._learning), sum(is_frozen(project, uid) for uid in self._learning)
        self.group.setVisible(count > 0)
        self.counts.setText(_counted(count, frozen))
        self.freeze.setEnabled(frozen < count)
        self.unfreeze.setEnabled(frozen > 0)
        every = [project.learning.get(uid, Learning()) for uid in self._learning]
        values = {param.name: _shared([getattr(each, param.name) for each in every]) for param in _PARAMS}
        if values["value"] is None:
            self._before = project.learning
        alike = values["initialisation"] is not None
        self.group.show_values(values, matters(every[0]) if alike else {"initialisation"})

    def _buttons(self) -> QWidget:
        place = QWidget()
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.freeze, 1)
        row.addWidget(self.unfreeze, 1)
        return place

    def _on_clicked(self, frozen: bool, _checked: bool = False) -> None:
        freeze(self._document, self._learning, frozen)

    def _on_changed(self, param: Param, value: Any) -> None:
        uids = tuple(uid for uid in self._learning if uid in self._document.project.graph.by_uid)

        def change(project: Project) -> Project:
            if value is None:
                return replace(project, learning=self._before)
            return changes.set_learning(project, *uids, **{param.name: value})

        if len(uids) == 1:
            layer = self._document.project.graph.by_uid[uids[0]].path
            label = message("Change {setting} of {layer}", setting=param.label, layer=layer)
        else:
            label = message("Change {setting} of {count} layers", setting=param.label, count=len(uids))
        self._document.edit(label, change, gesture=(uids, param.name))


def _counted(count: int, frozen: int) -> str:
    """How many have weights, and how many of those are frozen."""
    if count == 1:
        return _("One has weights and is frozen.") if frozen else _("One has weights and is not frozen.")
    if frozen == 1:
        return _("{count} have weights, one is frozen.", count=whole(count))
    return _("{count} have weights, {frozen} are frozen.", count=whole(count), frozen=whole(frozen))


def _shared(values: Collection[Any]) -> Any:
    """The value that all have; None where they differ, and where there are none."""
    return next(iter(values)) if len(set(values)) == 1 else None
