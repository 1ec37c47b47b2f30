"""What a layer does, in two sentences, for people who meet it the first time."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnnlab.core.catalog.spec import Family, LayerSpec
from cnnlab.core.messages import message
from cnnlab.gui.panels.labels import TextLabel
from cnnlab.gui.theme.icons import Glyph
from cnnlab.gui.theme.theme import GRID, LARGE, SMALL

FAMILIES = {
    Family.TERMINAL: message("input and output"),
    Family.FEATURES: message("learns features"),
    Family.POOLING: message("pooling"),
    Family.ACTIVATION: message("activation"),
    Family.NORMALISATION: message("normalisation"),
    Family.REGULARISATION: message("regularisation"),
    Family.SHAPE: message("shape"),
    Family.JOIN: message("join"),
}


class LayerHelp(QWidget):
    """Icon and title in the colour of the family, and the words of the catalog."""

    def __init__(self, spec: LayerSpec) -> None:
        super().__init__()
        title = TextLabel(str(spec.title), size=LARGE, bold=True, wrap=False)
        family = TextLabel(str(FAMILIES[spec.family]), size=SMALL, colour="muted", wrap=False)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(Glyph(spec.icon, spec.family, 24))
        row.addWidget(title)
        row.addStretch()
        row.addWidget(family)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(row)
        column.addWidget(TextLabel(str(spec.description), size=SMALL, colour="muted"))
