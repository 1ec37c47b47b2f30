"""Texts in the app's three sizes and the theme's colours, and buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QWidget

from cnnlab.gui.theme.theme import NORMAL, SMALL, font, signals, theme


class TextLabel(QLabel):
    """A text in one of the theme's colours (``colour`` names it), broken into lines, that the mouse can select."""

    def __init__(
        self,
        text: str = "",
        *,
        size: int = NORMAL,
        colour: str = "text",
        bold: bool = False,
        tabular: bool = False,
        wrap: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._colour = colour
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(size, bold=bold, tabular=tabular))
        self.setWordWrap(wrap)
        if wrap:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._paint_in_colour()
        signals().changed.connect(self._paint_in_colour)

    def set_colour(self, colour: str) -> None:
        """Use another colour of the theme, by name."""
        self._colour = colour
        self._paint_in_colour()

    def _paint_in_colour(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(getattr(theme(), self._colour)))
        self.setPalette(palette)


class Elided(TextLabel):
    """One line that ends in "…" where it does not fit; the tooltip then holds the whole."""

    def __init__(self, text: str = "", *, size: int = NORMAL, colour: str = "text", tabular: bool = False) -> None:
        super().__init__(text, size=size, colour=colour, tabular=tabular, wrap=False)
        self._full = text
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def full(self) -> str:
        """The whole text."""
        return self._full

    def setText(self, text: str) -> None:
        self._full = text
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, max(self.width(), 1))
        super().setText(shown)
        self.setToolTip("" if shown == self._full else self._full)
        self.setAccessibleName(self._full)


class Heading(TextLabel):
    """The title of a group in a panel: small, muted, bold."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, size=SMALL, colour="muted", bold=True, parent=parent)


class Button(QPushButton):
    """A button that says more under the mouse. Return presses it only where a dialog makes it the default."""

    def __init__(self, text: str, tip: str) -> None:
        super().__init__(text)
        self.setToolTip(tip)
        self.setAutoDefault(False)
