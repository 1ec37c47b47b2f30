"""One layer in the panel: what it is, its name, its settings, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import LayerSpec
from cnnlab.core.graph import paths
from cnnlab.core.messages import Message, message
from cnnlab.core.messages import text as _
from cnnlab.core.params import Param
from cnnlab.core.project import changes
from cnnlab.gui.document import Document
from cnnlab.gui.panels.conversion import Conversion
from cnnlab.gui.panels.fields import Field, LineField
from cnnlab.gui.panels.labels import Heading
from cnnlab.gui.panels.layer_facts import LayerFacts
from cnnlab.gui.panels.layer_help import LayerHelp
from cnnlab.gui.panels.learning_form import LearningForm
from cnnlab.gui.panels.param_form import ParamForm, field_for
from cnnlab.gui.panels.problems import ProblemCard
from cnnlab.gui.theme.theme import GRID


@dataclass(frozen=True)
class _Name(Param):
    """A setting that takes any text, without the blanks around it."""

    def normal(self, value: Any) -> str:
        return str(value).strip()


_NAME = _Name("path", message("Name"), message("What the layer is called here, in saved weights and in code"), "")


class NameField(LineField):
    """The path of a layer, changed when Return is pressed or the field is left."""

    def __init__(self, param: Param) -> None:
        super().__init__(param, at_once=False)

    def still(self, value: Any) -> str:
        return _("It is still called {path}.", path=value)


class LayerPage(QWidget):
    """Shows one layer of a known type; ``show_layer`` moves it to another of the same type."""

    def __init__(self, document: Document, spec: LayerSpec) -> None:
        super().__init__()
        self.spec = spec
        self.uid = ""
        self._document = document
        self.form = ParamForm(_("Settings"), (_NAME, *spec.params), field_of=_field, refusal=self._refusal)
        self.form.changed.connect(self._on_changed)
        self.learning = LearningForm(document)
        self.facts = LayerFacts()
        self.conversion = Conversion(document)
        self._problems = QVBoxLayout()
        self._problems.setSpacing(GRID)
        self._cards: list[ProblemCard] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(LayerHelp(spec))
        column.addWidget(self.form)
        column.addLayout(self._problems)
        column.addWidget(self.learning)
        column.addSpacing(GRID)
        column.addWidget(Heading(_("Size")))
        column.addWidget(self.facts)
        column.addWidget(self.conversion)
        column.addStretch()

    def show_layer(self, uid: str) -> None:
        """Show the layer as it is now."""
        node = self._document.project.graph.by_uid[uid]
        self.uid = uid
        self.form.show_values({**self.spec.normal(node.params), _NAME.name: node.path})
        self.show_facts()

    def show_facts(self) -> None:
        """Show what is known about the layer now."""
        node = self._document.project.graph.by_uid[self.uid]
        self.facts.show_facts(self.spec, self.spec.normal(node.params), self._document.facts.of(self.uid))
        self.conversion.show_layer(self.uid)
        self.learning.show_layer(self.uid)
        problems = self._document.facts.problems_of(self.uid)
        if problems != tuple(card.problem for card in self._cards):
            for card in self._cards:
                self._problems.removeWidget(card)
                card.deleteLater()
            self._cards = [ProblemCard(self._document, problem) for problem in problems]
            for card in self._cards:
                self._problems.addWidget(card)

    def _refusal(self, name: str, value: Any) -> Message | None:
        graph = self._document.project.graph
        node = graph.by_uid.get(self.uid)
        if node is None:
            return None
        if name == _NAME.name:
            others = (other.path for other in graph.nodes if other.uid != self.uid)
            return paths.refusal(value, others) if value != node.path else None
        params = self.spec.normal(node.params)
        # Where a conflict is in force already, as a file can have it, every change may be on the way out of it.
        return None if self.spec.conflict(params) else self.spec.conflict(params | {name: value})

    def _on_changed(self, param: Param, value: Any) -> None:
        node = self._document.project.graph.by_uid.get(self.uid)
        if node is None or catalog.find(node) is not self.spec:
            return
        if param is not _NAME:
            label = message("Change {setting} of {layer}", setting=param.label, layer=node.path)
            self._document.edit(
                label,
                lambda project: changes.set_params(project, node.uid, **{param.name: value}),
                gesture=(node.uid, param.name),
            )
        elif value != node.path:
            label = message("Rename {old} to {new}", old=node.path, new=value)
            self._document.edit(label, lambda project: changes.rename(project, node.uid, value))


def _field(param: Param) -> Field:
    return NameField(param) if param is _NAME else field_for(param)
