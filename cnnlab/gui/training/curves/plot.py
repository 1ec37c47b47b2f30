"""One plot of training against validation, with other runs beside it and lines where a setting was changed. This module imports
pyqtgraph: import it only when a plot is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import plain
from cnnlab.core.runs.events import SettingChanged
from cnnlab.gui.theme.theme import GRID, SMALL, font, signals, theme
from cnnlab.gui.training.curves.axes import StepAxis, ValueAxis
from cnnlab.gui.training.curves.run_curves import EMPTY, CurvesSnapshot, Points, QuantityCurves

FAINT = 70
"""Opacity, of 255, of raw values behind their smoothed line."""
OLDER = 90
"""Opacity, of 255, of the run before."""
MIN_STEPS = 10
"""The fewest steps between the left edge and the right one."""
ROOM = 0.05
"""Part of a fixed range of values that is left free below and above it: dots and lines at its ends are drawn whole."""
MAX_DOTS = 100
"""The most dots of validation; more would be a band that hides what it lies on, and become a line."""
MIN_VALUE = 1e-9
"""What is drawn for smaller values on a logarithmic scale."""
LABEL_ROWS = 3
"""Labels in a row share a height with every third only, so that neighbours can be read."""


@dataclass(frozen=True, eq=False)
class Overlay:
    """Another run beside the one that is shown."""

    name: str
    colour: int
    """Which of the theme's colours of runs."""
    curves: CurvesSnapshot


def change_text(change: SettingChanged) -> str:
    """A changed setting for a label, such as ``lr 0.003 → 0.001``."""
    names = {
        "learning_rate": _("lr"),
        "weight_decay": _("decay"),
        "dropout": _("dropout"),
        "threads": _("threads"),
    }
    return f"{names.get(change.name, change.name)} {plain(change.before, 4)} → {plain(change.after, 4)}"


class MarkLines:
    """Dashed lines in the plot ``item`` where a setting was changed, with a label beside each if ``labels``."""

    def __init__(self, item: pg.PlotItem, labels: bool) -> None:
        self._item = item
        self._labels = labels
        self._lines: list[pg.InfiniteLine] = []
        self._texts: list[pg.InfiniteLine] = []
        """Lines that are not seen, with the labels: above all that are, or one would run through the words of another."""
        self._shown: list[tuple[float, SettingChanged]] = []

    def show(self, marks: Sequence[tuple[float, SettingChanged]]) -> None:
        """Show lines at these places, from left to right, and no others."""
        if list(marks) == self._shown:
            return
        self._shown = list(marks)
        while len(self._lines) < len(marks):
            self._add(len(self._lines))
        for line, (x, _mark) in zip(self._lines, marks, strict=False):
            line.setValue(x)
            line.show()
        for text, (x, mark) in zip(self._texts, marks, strict=False):
            text.setValue(x)
            text.label.setFormat(change_text(mark))
            text.show()
        for item in (*self._lines[len(marks) :], *self._texts[len(marks) :]):
            item.hide()

    def colour(self) -> None:
        """Take the colours of the theme."""
        colours = theme()
        for line in self._lines:
            line.setPen(pg.mkPen(colours.muted, width=1, style=Qt.PenStyle.DashLine))
        for text in self._texts:
            text.label.setColor(QColor(colours.text))
            text.label.fill = pg.mkBrush(colours.surface)

    def _add(self, number: int) -> None:
        line = pg.InfiniteLine(angle=90, movable=False)
        self._lines.append(line)
        self._item.addItem(line, ignoreBounds=True)
        if self._labels:
            place = {"position": 0.86 - 0.2 * (number % LABEL_ROWS), "anchors": [(0, 0.5), (1, 0.5)]}
            text = pg.InfiniteLine(angle=90, movable=False, pen=pg.mkPen(None), label="", labelOpts=place)
            text.label.setFont(font(SMALL))
            text.setZValue(line.zValue() + 1)
            self._texts.append(text)
            self._item.addItem(text, ignoreBounds=True)
        self.colour()


class Plot(QWidget):
    """One plot: raw and smoothed training values as lines and validation values as dots, over steps or epochs. The run before is
    faint, others are lines in colours of their own."""

    hovered = Signal(object)
    """The step or epoch under the mouse, a float; None when it has left."""

    def __init__(
        self, title: str, quantity: str, low: float = 0.0, high: float | None = None, labels: bool = False
    ) -> None:
        super().__init__()
        self.title = title
        self._quantity = quantity
        self._low, self._high = low, high
        self._main, self._before, self._overlays = EMPTY, EMPTY, tuple[Overlay, ...]()
        self._in_epochs = self._log = False
        self._plot = pg.PlotWidget(axisItems={"bottom": StepAxis("bottom"), "left": ValueAxis("left")})
        self._item = self._plot.getPlotItem()
        self._item.setMenuEnabled(False)
        self._item.hideButtons()
        self._item.setMouseEnabled(x=False, y=False)
        self._item.setLabel("left", title)
        for side in ("bottom", "left"):
            # A prefix would scale the figures and put "(x0.001)" behind the title. Said once, here: saying it again scales
            # by what is shown then.
            self._item.getAxis(side).enableAutoSIPrefix(False)
            # Lines of the grid between those with figures take longer to draw than all curves.
            self._item.getAxis(side).setStyle(maxTickLevel=0)
        self._item.getViewBox().setDefaultPadding(0.02)
        # Without antialiasing: a noisy line costs several times as much with it, and behind the other one nobody sees.
        self._raw = self._item.plot()
        self._old = (self._item.plot(), self._item.plot(pen=None, symbol="o", symbolSize=5))
        self._others: list[tuple[pg.PlotDataItem, pg.PlotDataItem]] = []
        self._smooth = self._item.plot(antialias=True)
        self._validation = self._item.plot(pen=None, symbol="o", symbolSize=7, antialias=True)
        self._best = self._item.plot(pen=None, symbol="o", symbolSize=13, symbolBrush=None, antialias=True)
        self._marks = MarkLines(self._item, labels)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        self._item.addItem(self._cursor, ignoreBounds=True)
        self._plot.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self._plot.installEventFilter(self)
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)
        self.show_scales(in_epochs=False, log=False)
        self._colour()
        signals().changed.connect(self._colour)

    def show_scales(self, *, in_epochs: bool, log: bool) -> None:
        """Steps or epochs on the horizontal axis; the values as they are, or their logarithms."""
        self._in_epochs, self._log = in_epochs, log
        self._item.setLabel("bottom", _("Epoch") if in_epochs else _("Step"))
        self._item.getAxis("left").setLogMode(y=log)
        self._draw()

    def show_runs(self, main: CurvesSnapshot, before: CurvesSnapshot = EMPTY, overlays: Sequence[Overlay] = ()) -> None:
        """Draw the run that is shown, the one before it, and others."""
        self._main, self._before, self._overlays = main, before, tuple(overlays)
        self._draw()

    def x_of(self, curves: CurvesSnapshot, step: float) -> float:
        """The place of a run's step on the horizontal axis, in steps or epochs."""
        return (step - curves.first) / max(curves.batches, 1) if self._in_epochs else step

    def step_at(self, x: float) -> float:
        """The step of the run that is shown at a place on the horizontal axis."""
        return x * max(self._main.batches, 1) + self._main.first if self._in_epochs else x

    def show_cursor(self, x: float | None) -> None:
        """Show a line at one place, or none."""
        self._cursor.setVisible(x is not None)
        if x is not None:
            self._cursor.setValue(x)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit(None)
        return False

    def _draw(self) -> None:
        line = self._line(self._main)
        self._set(self._raw, self._main, line.raw)
        self._set(self._smooth, self._main, line.smooth)
        dots = len(line.validation[0]) <= MAX_DOTS
        self._validation.setSymbol("o" if dots else None)
        self._validation.setPen(None if dots else _pen(theme().validation))
        self._set(self._validation, self._main, line.validation)
        self._set(self._best, self._main, _at(line.validation, self._main.best))
        old = self._line(self._before)
        self._set(self._old[0], self._before, old.smooth)
        self._set(self._old[1], self._before, old.validation)
        self._draw_overlays()
        self._marks.show([(self.x_of(self._main, change.step), change) for change in self._main.changes])
        self._set_range()

    def _draw_overlays(self) -> None:
        while len(self._others) < len(self._overlays):
            self._others.append(
                (self._item.plot(antialias=True), self._item.plot(pen=None, symbol="o", symbolSize=5, antialias=True))
            )
        for items, overlay in zip(self._others, self._overlays, strict=False):
            line, colour = self._line(overlay.curves), theme().runs[overlay.colour]
            items[0].setPen(_pen(colour))
            items[1].setSymbolPen(None)
            items[1].setSymbolBrush(colour)
            self._set(items[0], overlay.curves, line.smooth)
            self._set(items[1], overlay.curves, line.validation)
        for items in self._others[len(self._overlays) :]:
            for item in items:
                item.setData([], [])

    def _line(self, curves: CurvesSnapshot) -> QuantityCurves:
        return curves.lines[self._quantity]

    def _set(self, item: pg.PlotDataItem, curves: CurvesSnapshot, points: Points) -> None:
        steps, values = points
        x = (steps - curves.first) / max(curves.batches, 1) if self._in_epochs else steps
        item.setData(x, np.log10(np.maximum(values, MIN_VALUE)) if self._log else values)

    def _set_range(self) -> None:
        # Not left to pyqtgraph, which shows a single point in a range as wide as the one before it.
        every = (self._main, self._before, *(overlay.curves for overlay in self._overlays))
        ends = [
            self.x_of(curves, steps[end])
            for curves in every
            for steps, _values in (self._line(curves).smooth, self._line(curves).validation)
            if len(steps)
            for end in (0, -1)
        ]
        first = min(ends, default=0)
        minimum = 1 if self._in_epochs else MIN_STEPS
        self._item.setXRange(first, max(max(ends, default=0), first + minimum), padding=0.02)
        low, high = self._values(every)
        room = ROOM * (high - low)
        self._item.setYRange(low - room, high + room, padding=0)

    def _values(self, every: Sequence[CurvesSnapshot]) -> tuple[float, float]:
        """The lowest and the highest value to be seen."""
        if self._high is not None and not self._log:
            return self._low, self._high
        values = np.concatenate(
            [self._line(self._main).raw[1]]
            + [part[1] for curves in every for part in (self._line(curves).smooth, self._line(curves).validation)]
        )
        if self._log:
            values = np.log10(np.maximum(values, MIN_VALUE))
            return (values.min(), values.max() + 1e-6) if len(values) else (0.0, 1.0)
        return self._low, max(values.max(initial=self._low), self._low + 1e-12)

    def _on_mouse_moved(self, place: QPointF) -> None:
        view = self._item.getViewBox()
        inside = view.sceneBoundingRect().contains(place)
        self.hovered.emit(view.mapSceneToView(place).x() if inside else None)

    def _colour(self) -> None:
        colours = theme()
        self._plot.setBackground(colours.surface)
        self._raw.setPen(_pen(colours.training, FAINT))
        self._smooth.setPen(_pen(colours.training))
        self._validation.setSymbolBrush(colours.validation)
        self._validation.setSymbolPen(_pen(colours.surface))
        if len(self._line(self._main).validation[0]) > MAX_DOTS:
            self._validation.setPen(_pen(colours.validation))
        self._best.setSymbolPen(pg.mkPen(colours.good, width=2))
        self._old[0].setPen(_pen(colours.training, OLDER))
        self._old[1].setSymbolPen(None)
        self._old[1].setSymbolBrush(_faint(colours.validation, OLDER))
        self._cursor.setPen(_pen(colours.muted))
        self._marks.colour()
        self._item.showGrid(x=False, y=True, alpha=0.12)
        for side in ("bottom", "left"):
            axis = self._item.getAxis(side)
            axis.setPen(_pen(colours.border))
            axis.setTextPen(colours.muted)
            axis.setTickFont(font(SMALL, tabular=True))
            axis.label.setFont(font(SMALL))
            axis.label.setDefaultTextColor(QColor(colours.muted))
        self._item.getAxis("left").setWidth(7 * GRID)
        self._draw_overlays()


def _at(points: Points, step: int | None) -> Points:
    steps, values = points
    chosen = steps == (-1 if step is None else step)
    return steps[chosen], values[chosen]


def _pen(colour: str, opacity: int = 255) -> object:
    # Width 1: wider pens take many times as long to draw.
    return pg.mkPen(_faint(colour, opacity), width=1, style=Qt.PenStyle.SolidLine)


def _faint(colour: str, opacity: int) -> QColor:
    tint = QColor(colour)
    tint.setAlpha(opacity)
    return tint
