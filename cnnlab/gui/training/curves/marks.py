"""Lines in a plot where a setting was changed while the run went on. Imports pyqtgraph, as plots do."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import plain
from cnnlab.core.runs.events import SettingChanged
from cnnlab.gui.theme.theme import SMALL, font, theme

ROWS = 3
"""Labels in a row share a height with every third only, so that neighbours can be read."""


def words(change: SettingChanged) -> str:
    """``lr 0.003 → 0.001``."""
    names = {
        "learning_rate": _("lr"),
        "weight_decay": _("decay"),
        "dropout": _("dropout"),
        "threads": _("threads"),
    }
    return f"{names.get(change.name, change.name)} {plain(change.before, 4)} → {plain(change.after, 4)}"


class MarkLines:
    """Dashed lines in ``item``, with what was changed beside each if ``labels``."""

    def __init__(self, item: pg.PlotItem, labels: bool) -> None:
        self._item = item
        self._labels = labels
        self._lines: list[pg.InfiniteLine] = []
        self._texts: list[pg.InfiniteLine] = []
        """Lines that are not seen, with the labels: above all that are, or one would run through the words of another."""
        self._shown: list[tuple[float, SettingChanged]] = []

    def show(self, marks: Sequence[tuple[float, SettingChanged]]) -> None:
        """Lines at these places from left to right, and no others."""
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
            text.label.setFormat(words(mark))
            text.show()
        for item in (*self._lines[len(marks) :], *self._texts[len(marks) :]):
            item.hide()

    def colour(self) -> None:
        """Take the colours of the theme."""
        look = theme()
        for line in self._lines:
            line.setPen(pg.mkPen(look.muted, width=1, style=Qt.PenStyle.DashLine))
        for text in self._texts:
            text.label.setColor(QColor(look.text))
            text.label.fill = pg.mkBrush(look.surface)

    def _add(self, number: int) -> None:
        line = pg.InfiniteLine(angle=90, movable=False)
        self._lines.append(line)
        self._item.addItem(line, ignoreBounds=True)
        if self._labels:
            place = {"position": 0.86 - 0.2 * (number % ROWS), "anchors": [(0, 0.5), (1, 0.5)]}
            text = pg.InfiniteLine(angle=90, movable=False, pen=pg.mkPen(None), label="", labelOpts=place)
            text.label.setFont(font(SMALL))
            text.setZValue(line.zValue() + 1)
            self._texts.append(text)
            self._item.addItem(text, ignoreBounds=True)
        self.colour()
