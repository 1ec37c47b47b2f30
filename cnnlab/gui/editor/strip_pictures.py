"""The maps on the cards as pictures in the colours of the theme."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QImage

from cnnlab.engine.inspection.looks import Strip
from cnnlab.engine.inspection.tiling import GAP_INDEX
from cnnlab.gui import theme
from cnnlab.gui.indexed_image import indexed_image

_TRANSPARENT = 0


class StripPictures:
    """Keeps the strips that are shown, so that they can be coloured anew."""

    def __init__(self) -> None:
        self._strips: Mapping[str, Strip] = {}

    def pictures(self, strips: Mapping[str, Strip]) -> dict[str, QImage]:
        """One picture each; the gaps between maps are transparent."""
        self._strips = strips
        return self.recoloured()

    def recoloured(self) -> dict[str, QImage]:
        """The same pictures in the colours of today's theme."""
        look = theme.theme()
        tables = {signed: list(look.diverging if signed else look.sequential) for signed in (True, False)}
        for table in tables.values():
            table[GAP_INDEX] = _TRANSPARENT
        return {uid: indexed_image(strip.indices, tables[strip.signed]) for uid, strip in self._strips.items()}
