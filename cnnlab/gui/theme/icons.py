"""Icons of the app: glyphs of Material Design Icons in a colour of the theme, sharp at every scale."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QLabel, QWidget

from cnnlab.gui.theme.theme import signals, theme


def icon(name: str, colour: str | None = None) -> QIcon:
    """The glyph ``mdi6.…`` in ``colour`` (``#RRGGBB``; the text's if None), greyed where its control is disabled.

    It does not follow a change of the theme; ask again then."""
    import qtawesome

    colours = theme()
    return qtawesome.icon(name, color=colour or colours.text, color_disabled=colours.disabled)


class Glyph(QLabel):
    """A label that shows one icon and follows the theme. ``role`` names a colour of the theme, or a layer family."""

    def __init__(self, name: str, role: str = "muted", size: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._role, self._size = name, role, size
        self.setFixedSize(QSize(size, size))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._draw()
        signals().changed.connect(self._draw)

    def _draw(self) -> None:
        colours = theme()
        colour = colours.families.get(self._role) or str(getattr(colours, self._role))
        self.setPixmap(icon(self._name, colour).pixmap(QSize(self._size, self._size), self.devicePixelRatioF()))
