"""Zoom buttons in the corner of the canvas."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.theme import theme


class ZoomBar(QFrame):
    """Out, the zoom in percent (a click makes it 100 %), in, fit."""

    zoomed_out = Signal()
    zoomed_in = Signal()
    full_size_wanted = Signal()
    fit_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("zoom_bar")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 4, 4)
        row.setSpacing(0)
        buttons = (
            ("−", _("Zoom out"), _("Zoom out (−)"), self.zoomed_out),
            ("", _("Zoom to 100 %"), _("Zoom to 100 % (Ctrl+0)"), self.full_size_wanted),
            ("+", _("Zoom in"), _("Zoom in (+)"), self.zoomed_in),
            (
                _("Fit"),
                _("Fit the network into the view"),
                _("Fit the network into the view (F or 0)"),
                self.fit_wanted,
            ),
        )
        made = []
        for text, name, tip, signal in buttons:
            button = QToolButton()
            button.setText(text)
            button.setAccessibleName(name)
            button.setToolTip(tip)
            button.setMinimumSize(QSize(28, 24))
            button.clicked.connect(signal)
            row.addWidget(button)
            made.append(button)
        self._percent = made[1]
        self._percent.setFont(theme.font(tabular=True))
        self._percent.setMinimumWidth(56)
        theme.signals().changed.connect(self._show_colours)
        self._show_colours()
        self.show_zoom(1.0)

    def show_zoom(self, zoom: float) -> None:
        """Write the zoom on the button."""
        self._percent.setText(_("{percent} %", percent=round(100 * zoom)))

    def _show_colours(self) -> None:
        colours = theme.theme()
        self.setStyleSheet(
            f"#zoom_bar {{ background: {colours.surface}; border: 1px solid {colours.border}; border-radius: 6px; }}"
        )
