"""The loss over the learning rate, with the suggestion marked. This module imports pyqtgraph: import it only when the plot is
wanted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import plain
from cnnlab.gui.theme.theme import GRID, SMALL, font, signals, theme
from cnnlab.gui.training.curves.axes import ValueAxis

if TYPE_CHECKING:
    from cnnlab.engine.training.range_test import RangePoint

_FAINT = 90
"""Opacity, of 255, of the single losses behind the smoothed curve."""
_MIN_EXPONENT, _MAX_EXPONENT = -6.0, 1.0
"""Powers of ten: what a test goes through."""
_TOP = 1.6
"""Times the first loss: where the curve leaves the plot, the rate is too large and how much so does not matter."""


class RangePlot(QWidget):
    """The losses of a learning-rate test over the rates, which are on a logarithmic axis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rates: list[float] = []
        self._losses: list[float] = []
        self._smooth: list[float] = []
        self._plot = pg.PlotWidget(axisItems={"bottom": ValueAxis("bottom")})
        self._item = self._plot.getPlotItem()
        self._item.setMenuEnabled(False)
        self._item.hideButtons()
        self._item.setMouseEnabled(x=False, y=False)
        self._item.setLogMode(x=True)
        self._item.setLabel("bottom", _("Learning rate"))
        self._item.setLabel("left", _("Loss"))
        self._single = self._item.plot()
        self._curve = self._item.plot(antialias=True)
        self._mark = pg.InfiniteLine(angle=90, movable=False, label="", labelOpts={"position": 0.92, "movable": False})
        self._mark.hide()
        self._item.addItem(self._mark, ignoreBounds=True)
        self.setAccessibleName(_("Loss over the learning rate"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)
        self._colour()
        signals().changed.connect(self._colour)
        self.clear()

    @property
    def count(self) -> int:
        """How many points are drawn."""
        return len(self._rates)

    @property
    def marked(self) -> float | None:
        """The learning rate that is marked; None if none is."""
        return 10 ** self._mark.value() if self._mark.isVisible() else None

    def clear(self) -> None:
        """Remove all points and the mark."""
        for values in (self._rates, self._losses, self._smooth):
            values.clear()
        self._mark.hide()
        self.add(())

    def add(self, points: Sequence[RangePoint]) -> None:
        """Add points at the right end."""
        self._rates += [point.rate for point in points]
        self._losses += [point.loss for point in points]
        self._smooth += [point.smoothed for point in points]
        self._single.setData(self._rates, self._losses)
        self._curve.setData(self._rates, self._smooth)
        self._item.setXRange(_MIN_EXPONENT, _MAX_EXPONENT, padding=0.02)
        top = _TOP * max(self._smooth[:5], default=1.0)
        self._item.setYRange(0, top if top > 0 else 1.0, padding=0.02)

    def mark(self, rate: float) -> None:
        """A line at the suggested rate, with its number."""
        self._mark.setValue(math.log10(rate))
        self._mark.show()
        self._mark.label.setFormat(plain(rate))  # which a hidden label does not take

    def _colour(self) -> None:
        colours = theme()
        faint = QColor(colours.training)
        faint.setAlpha(_FAINT)
        self._plot.setBackground(colours.surface)
        self._single.setPen(pg.mkPen(faint, width=1))
        self._curve.setPen(pg.mkPen(colours.training, width=1))
        self._mark.setPen(pg.mkPen(colours.good, width=1))
        self._mark.label.setColor(colours.good)
        self._mark.label.setFont(font(SMALL, bold=True, tabular=True))
        self._item.showGrid(x=True, y=True, alpha=0.12)
        for side in ("bottom", "left"):
            axis = self._item.getAxis(side)
            axis.enableAutoSIPrefix(False)  # it would scale the figures and put "(x0.001)" behind the title
            axis.setPen(pg.mkPen(colours.border))
            axis.setTextPen(colours.muted)
            axis.setTickFont(font(SMALL, tabular=True))
            axis.label.setFont(font(SMALL))
            axis.label.setDefaultTextColor(QColor(colours.muted))
        self._item.getAxis("left").setWidth(7 * GRID)
