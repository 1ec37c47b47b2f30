"""How one layer takes part in training: whether its weights move, and where they start."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.params import Param
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.training.learning import LEARNING_PARAMS, Learning, matters
from cnnlab.gui.document import Document
from cnnlab.gui.panels.freezing import freeze, is_frozen
from cnnlab.gui.panels.labels import TextLabel
from cnnlab.gui.panels.param_form import ParamForm
from cnnlab.gui.theme.theme import GRID, SMALL


class LearningForm(QWidget):
    """The settings of learning of one layer; shown only for a layer with weights."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._uid = ""
        self.group = ParamForm(_("Training"), LEARNING_PARAMS)
        self.remark = TextLabel(
            _("It keeps its present weights. Network > Fresh weights in this layer replaces them by random ones."),
            size=SMALL,
            colour="muted",
        )
        self.group.put_below("value", self.remark)
        self._run: Project | None = None
        self.of_run = TextLabel(size=SMALL, colour="muted")
        """Says it where the run in hand does otherwise."""
        self.group.put_below("frozen", self.of_run)
        self.group.changed.connect(self._on_changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GRID, 0, 0)
        column.addWidget(self.group)

    def show_layer(self, uid: str) -> None:
        """Show the layer as it is now."""
        self._uid = uid
        project = self._document.project
        learning = project.learning.get(uid, Learning())
        self.group.show_values(asdict(learning), matters(learning))
        self.remark.setVisible(learning.initialisation != Learning().initialisation and uid in project.weights.nodes)
        self.setVisible(self._document.facts.of(uid).has_weights or uid in project.learning)
        self._compare()

    def show_run(self, project: Project | None) -> None:
        """Compare with the project as the run in hand trains it; None: nothing runs."""
        self._run = project
        self._compare()

    def _compare(self) -> None:
        run, text = self._run, ""
        if run is not None and self._uid in run.graph.by_uid:
            trains = not is_frozen(run, self._uid)
            if trains and is_frozen(self._document.project, self._uid):
                text = _("The current run still trains it; freezing applies from the next run.")
            elif not trains and not is_frozen(self._document.project, self._uid):
                text = _("The current run keeps it frozen; it learns from the next run.")
        self.of_run.setText(text)
        self.of_run.setVisible(bool(text))

    def _on_changed(self, param: Param, value: Any) -> None:
        node = self._document.project.graph.by_uid.get(self._uid)
        if node is None:
            return
        if param.name == "frozen":
            freeze(self._document, [node.uid], value)
            return
        self._document.edit(
            message("Change {setting} of {layer}", setting=param.label, layer=node.path),
            lambda project: changes.set_learning(project, node.uid, **{param.name: value}),
            gesture=(node.uid, param.name),
        )
