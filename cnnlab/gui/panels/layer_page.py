"""One layer in the panel: what it is, its name, its settings, and what follows from them."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from cnnlab.core import catalog, changes, paths
from cnnlab.core.graph import Node
from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.spec import LayerSpec
from cnnlab.gui.document import Document
from cnnlab.gui.panels.conversion import Conversion
from cnnlab.gui.panels.fields import HEIGHT
from cnnlab.gui.panels.giving_up import GivingUp
from cnnlab.gui.panels.labels import Heading, Words
from cnnlab.gui.panels.layer_facts import LayerFacts
from cnnlab.gui.panels.layer_help import LayerHelp
from cnnlab.gui.panels.learning_form import LearningForm
from cnnlab.gui.panels.param_form import LABEL_WIDTH, ParamForm
from cnnlab.gui.panels.problems import ProblemCard
from cnnlab.gui.theme import GRID, SMALL


class NameField(QWidget):
    """The path of a layer, changed when Return is pressed or the field is left."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._uid = ""
        self._line = QLineEdit()
        self._line.setFixedHeight(HEIGHT)
        self._line.setToolTip(_("What the layer is called here, in saved weights and in code"))
        self._line.setAccessibleName(_("Name"))
        self._line.editingFinished.connect(self._on_editing_finished)
        self._error = Words(size=SMALL, colour="problem")
        self._error.hide()
        GivingUp(self._line, lambda: bool(self.error)).happened.connect(self._on_given_up)
        label = Words(_("Name"), colour="muted", wrap=False)
        label.setFixedWidth(LABEL_WIDTH)
        label.setBuddy(self._line)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(label)
        row.addWidget(self._line, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._error)

    @property
    def error(self) -> str:
        """Why the name cannot be; empty if it can."""
        return self._error.text()

    def show_node(self, node: Node) -> None:
        """Show the name of a layer; it replaces what was refused."""
        self._uid = node.uid
        self._line.setText(node.path)
        self._tell("")

    def _on_editing_finished(self) -> None:
        node = self._document.project.graph.by_uid.get(self._uid)
        path = self._line.text().strip()
        if node is None:
            return
        others = (other.path for other in self._document.project.graph.nodes if other.uid != self._uid)
        why = paths.refusal(path, others) if path != node.path else None
        self._tell(_("{why} It is still called {path}.", why=why, path=node.path) if why else "")
        if why is None and path != node.path:
            label = message("Rename {old} to {new}", old=node.path, new=path)
            self._document.edit(label, lambda project: changes.rename(project, node.uid, path))

    def _on_given_up(self) -> None:
        node = self._document.project.graph.by_uid.get(self._uid)
        if self.error and node is not None:
            self.show_node(node)

    def _tell(self, words: str) -> None:
        self._error.setText(words)
        self._error.setVisible(bool(words))


class LayerPage(QWidget):
    """Shows one layer of a known type; ``show_layer`` moves it to another of the same type."""

    def __init__(self, document: Document, spec: LayerSpec) -> None:
        super().__init__()
        self.spec = spec
        self.uid = ""
        self._document = document
        self.name = NameField(document)
        self.form = ParamForm(spec.params, conflict=spec.conflict)
        self.form.changed.connect(self._on_changed)
        self.form.finished.connect(document.end_gesture)
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
        column.addSpacing(GRID)
        column.addWidget(self.name)
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
        self.name.show_node(node)
        self.form.show_values(self.spec.normal(node.params))
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

    def _on_changed(self, name: str, value: Any) -> None:
        node = self._document.project.graph.by_uid.get(self.uid)
        if node is None or catalog.find(node) is not self.spec:
            return
        label = message("Change {setting} of {layer}", setting=self.spec.param(name).label, layer=node.path)
        self._document.edit(
            label, lambda project: changes.set_params(project, node.uid, **{name: value}), gesture=(node.uid, name)
        )
