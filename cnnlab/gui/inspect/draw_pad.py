"""The draw pad: a surface to draw on, and its tools."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSlider, QToolButton, QVBoxLayout, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.inspect.draw_surface import LARGEST_BRUSH, MIN_BRUSH, USUAL_BRUSH, DrawSurface
from cnnlab.gui.theme import theme


class DrawPad(QWidget):
    """``surface`` with pen, eraser, width, undo and clear below it.

    Undoing here takes back strokes; the drawing is no part of the project, so it is not in the project's undo.
    """

    changed = Signal(object)
    """The raster ``(280, 280)`` uint8, ink 255, after every movement that changed ink."""
    stroke_finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.surface = DrawSurface()
        self.pen_button = _button(_("Pen"), _("Draw with the left mouse button"))
        self.eraser_button = _button(_("Eraser"), _("Erase; the right mouse button always does"))
        self.undo_button = _button(_("Undo"), _("Undo the last stroke (Backspace)"))
        self.clear_button = _button(_("Clear"), _("Remove the drawing (Delete)"))
        tools = QButtonGroup(self)
        for tool in (self.pen_button, self.eraser_button):
            tool.setCheckable(True)
            tools.addButton(tool)
        self.pen_button.setChecked(True)
        self.width_slider = QSlider(Qt.Orientation.Horizontal)
        self.width_slider.setRange(MIN_BRUSH, LARGEST_BRUSH)
        self.width_slider.setValue(USUAL_BRUSH)
        self.width_slider.setMinimumWidth(6 * theme.GRID)
        self.width_slider.setToolTip(_("Width of the brush"))
        self.width_slider.setAccessibleName(_("Width of the brush"))

        row = QHBoxLayout()
        row.setSpacing(0)
        for widget in (self.pen_button, self.eraser_button, self.width_slider, self.undo_button, self.clear_button):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.surface, 1)
        column.addLayout(row)

        self.surface.changed.connect(self._on_surface_changed)
        self.surface.stroke_finished.connect(self.stroke_finished)
        self.eraser_button.toggled.connect(self._on_eraser_toggled)
        self.width_slider.valueChanged.connect(self._on_width_changed)
        self.undo_button.clicked.connect(self.surface.undo)
        self.clear_button.clicked.connect(self.surface.clear)
        self._update_buttons()

    def raster(self) -> NDArray[np.uint8]:
        """A copy of the drawing, ``(280, 280)``, ink 255."""
        return self.surface.raster()

    def set_raster(self, pixels: NDArray[np.uint8]) -> None:
        """Replace the drawing by ``(280, 280)`` bytes; can be undone. Emits ``changed``."""
        self.surface.set_raster(pixels)

    def undo(self) -> None:
        """Take back the last stroke, clearing or replacement."""
        self.surface.undo()

    def clear(self) -> None:
        """Remove all ink; can be undone."""
        self.surface.clear()

    def _on_surface_changed(self, raster: NDArray[np.uint8]) -> None:
        self._update_buttons()
        self.changed.emit(raster)

    def _on_eraser_toggled(self, erases: bool) -> None:
        self.surface.erases = erases

    def _on_width_changed(self, width: int) -> None:
        self.surface.brush = width

    def _update_buttons(self) -> None:
        self.undo_button.setEnabled(self.surface.can_undo)
        self.clear_button.setEnabled(not self.surface.is_empty)


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setFont(theme.font(theme.SMALL))
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(text)
    button.setAccessibleDescription(tip)
    return button
