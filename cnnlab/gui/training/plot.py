"""One plot of training against validation. This module imports pyqtgraph: import it only when a plot is wanted."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.theme import GRID, SMALL, font, signals, theme
from cnnlab.gui.training.series import Series

FAINT = 70
"""Opacity, of 255, of raw values behind their smoothed line."""
OLDER = 90
"""Opacity of earlier runs."""
FEWEST_STEPS = 10
"""From the left edge to the right one, at least."""
ROOM = 0.05
"""Of a fixed range of values, below and above it: dots and lines at its ends are drawn whole."""


class StepAxis(pg.AxisItem):
    """Ticks at whole numbers only: there is nothing between two steps."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        levels = super().tickSpacing(minVal, maxVal, size)
        return [level for level in levels if level[0] >= 1] or [(1.0, 0.0)]


@dataclass
class Run:
    """The curves of one run in one plot."""

    raw: Series = field(default_factory=Series)
    smooth: Series = field(default_factory=Series)
    validation: Series = field(default_factory=Series)


class Plot(QWidget):
    """Raw and smoothed training values as lines and validation values as dots, over steps. Earlier runs stay, faint."""

    hovered = Signal(object)
    """The step under the mouse, a float; None when it has left."""

    def __init__(self, title: str, low: float | None = None, high: float | None = None) -> None:
        super().__init__()
        self.title = title
        self.run = Run()
        self._older: list[pg.PlotDataItem] = []
        self._plot = pg.PlotWidget(axisItems={"bottom": StepAxis("bottom")})
        self._item = self._plot.getPlotItem()
        self._item.setMenuEnabled(False)
        self._item.hideButtons()
        self._item.setMouseEnabled(x=False, y=False)
        self._item.setLabel("bottom", _("Step"))
        self._item.setLabel("left", title)
        view = self._item.getViewBox()
        view.setDefaultPadding(0.02)
        if low is not None and high is not None:
            room = ROOM * (high - low)
            self._item.setYRange(low - room, high + room, padding=0)
        elif low is not None:
            view.setLimits(yMin=low - 0.02)
        # Without antialiasing: a noisy line costs several times as much with it, and behind the other one nobody sees.
        self._raw = self._item.plot()
        self._smooth = self._item.plot(antialias=True)
        self._validation = self._item.plot(pen=None, symbol="o", symbolSize=7, antialias=True)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        self._item.addItem(self._cursor, ignoreBounds=True)
        self._plot.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self._plot.installEventFilter(self)
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)
        self._colour()
        signals().changed.connect(self._colour)

    def begin(self) -> None:
        """Start a new run; the one before stays as a faint line, those before that go."""
        self._forget_older()
        look = theme()
        if len(self.run.smooth):
            self._older.append(self._item.plot(*self.run.smooth.arrays(), pen=_pen(look.training, OLDER)))
        if len(self.run.validation):
            dots = self._item.plot(*self.run.validation.arrays(), pen=None, symbol="o", symbolSize=5)
            dots.setSymbolPen(None)
            dots.setSymbolBrush(_faint(look.validation, OLDER))
            self._older.append(dots)
        self.run = Run()
        self.draw()

    def clear(self) -> None:
        """Forget all runs."""
        self._forget_older()
        self.run = Run()
        self.draw()

    def draw(self) -> None:
        """Show what the series hold now."""
        self._raw.setData(*self.run.raw.arrays())
        self._smooth.setData(*self.run.smooth.arrays())
        self._validation.setData(*self.run.validation.arrays())
        # Not left to pyqtgraph, which shows a single point in a range as wide as the one before it.
        items = (self._smooth, self._validation, *self._older)
        steps = [item.xData[end] for item in items if item.xData is not None and len(item.xData) for end in (0, -1)]
        first = min(steps, default=0)
        self._item.setXRange(first, max(max(steps, default=0), first + FEWEST_STEPS), padding=0.02)

    def show_cursor(self, step: float | None) -> None:
        """A line at one step, or none."""
        self._cursor.setVisible(step is not None)
        if step is not None:
            self._cursor.setValue(step)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit(None)
        return False

    def _on_mouse_moved(self, place: QPointF) -> None:
        view = self._item.getViewBox()
        inside = view.sceneBoundingRect().contains(place)
        self.hovered.emit(view.mapSceneToView(place).x() if inside else None)

    def _forget_older(self) -> None:
        for item in self._older:
            self._item.removeItem(item)
        self._older.clear()

    def _colour(self) -> None:
        look = theme()
        self._plot.setBackground(look.surface)
        self._raw.setPen(_pen(look.training, FAINT))
        self._smooth.setPen(_pen(look.training))
        self._validation.setSymbolBrush(look.validation)
        self._validation.setSymbolPen(_pen(look.surface))
        self._cursor.setPen(_pen(look.muted))
        self._item.showGrid(x=False, y=True, alpha=0.12)
        for side in ("bottom", "left"):
            axis = self._item.getAxis(side)
            # A prefix would scale the figures and put "(x0.001)" behind the title.
            axis.enableAutoSIPrefix(False)
            axis.setPen(_pen(look.border))
            axis.setTextPen(look.muted)
            axis.setTickFont(font(SMALL, tabular=True))
            axis.label.setFont(font(SMALL))
            axis.label.setDefaultTextColor(QColor(look.muted))
        self._item.getAxis("left").setWidth(7 * GRID)


def _pen(colour: str, opacity: int = 255) -> object:
    # Width 1: wider pens take many times as long to draw.
    return pg.mkPen(_faint(colour, opacity), width=1)


def _faint(colour: str, opacity: int) -> QColor:
    tint = QColor(colour)
    tint.setAlpha(opacity)
    return tint
