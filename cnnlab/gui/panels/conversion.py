"""The offer to write a linear layer as the equal convolution, or the other way round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnnlab.core.graph.facts import Facts
from cnnlab.core.messages import Message, message
from cnnlab.core.messages import text as _
from cnnlab.core.project import conversions
from cnnlab.core.project.project import Project
from cnnlab.gui.document import Document
from cnnlab.gui.panels.labels import Heading, TextLabel
from cnnlab.gui.theme.theme import GRID, SMALL


@dataclass(frozen=True)
class _Way:
    refuse: Callable[[Project, Facts, str], Message | None]
    convert: Callable[[Project, Facts, str], Project]
    button: Message
    step: Callable[[str], Message]
    """The name of the undo step, given the name of the layer."""
    text: Message


_WAYS = (
    _Way(
        conversions.refuse_linear_to_conv,
        conversions.linear_to_conv,
        message("Convert to the equivalent convolution"),
        lambda name: message("Convert {layer} to a convolution", layer=name),
        message(
            "After a Flatten, a linear layer is a convolution whose kernel is as large as the maps: with the same weights it "
            "gives the same outputs."
        ),
    ),
    _Way(
        conversions.refuse_conv_to_linear,
        conversions.conv_to_linear,
        message("Convert to the equivalent linear layer"),
        lambda name: message("Convert {layer} to a linear layer", layer=name),
        message(
            "This kernel is as large as the maps, so the convolution is a linear layer over all values: with the same weights "
            "it gives the same outputs."
        ),
    ),
)


class Conversion(QWidget):
    """The offer to convert a layer: a sentence and a button; the sentence alone where only its place stands against it; hidden
    where the layer is neither of the two."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._uid = ""
        self._text = TextLabel(size=SMALL, colour="muted")
        self._button = QPushButton()
        self._button.setToolTip(_("Make this change; it can be undone"))
        self._button.clicked.connect(self._on_clicked)
        line = QHBoxLayout()
        line.addWidget(self._button)
        line.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GRID, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(Heading(_("Equivalent layer")))
        column.addWidget(self._text)
        column.addLayout(line)

    def show_layer(self, uid: str) -> None:
        """Offer what can be done with the layer as it is now."""
        self._uid = uid
        way = self._way()
        why_not = self._why_not() if way is None else ""
        self.setVisible(way is not None or bool(why_not))
        self._button.setVisible(way is not None)
        self._text.setText(why_not)
        if way is not None:
            self._button.setText(str(way.button))
            self._text.setText(str(way.text))

    @property
    def _is_known(self) -> bool:
        project = self._document.project
        return self._document.facts.digest == project.graph.digest and self._uid in project.graph.by_uid

    def _why_not(self) -> str:
        """Why a convolution over all of its input cannot be written as a linear layer; empty for other layers."""
        project, facts = self._document.project, self._document.facts
        if not self._is_known or not conversions.covers_input(project, facts, self._uid):
            return ""
        return _(
            "This kernel is as large as the maps, as in a linear layer. {why}",
            why=conversions.refuse_conv_to_linear(project, facts, self._uid),
        )

    def _way(self) -> _Way | None:
        project, facts = self._document.project, self._document.facts
        if not self._is_known:
            return None
        return next((way for way in _WAYS if way.refuse(project, facts, self._uid) is None), None)

    def _on_clicked(self) -> None:
        way = self._way()
        if way is not None:
            uid, facts, convert = self._uid, self._document.facts, way.convert
            step = way.step(self._document.project.graph.by_uid[uid].path)
            self._document.edit(step, lambda project: convert(project, facts, uid))
