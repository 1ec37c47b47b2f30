"""What a layer does, in two sentences, for people who meet it the first time."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnnlab.core.catalog.spec import FAMILY_TITLES, LayerSpec
from cnnlab.gui.panels.labels import TextLabel
from cnnlab.gui.theme.icons import Glyph
from cnnlab.gui.theme.theme import GRID, LARGE, SMALL


class LayerHelp(QWidget):
    """Icon and title in the colour of the family, and the words of the catalog."""

    def __init__(self, spec: LayerSpec) -> None:
        super().__init__()
        title = TextLabel(str(spec.title), size=LARGE, bold=True, wrap=False)
        family = TextLabel(str(FAMILY_TITLES[spec.family]), size=SMALL, colour="muted", wrap=False)
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
