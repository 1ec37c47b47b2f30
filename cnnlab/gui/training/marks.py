"""Lines in a plot where a setting was changed while the run went on. Imports pyqtgraph, as plots do."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import plain
from cnnlab.gui.theme import SMALL, font, theme
from cnnlab.gui.training.run_curves import Mark

ROWS = 3
"""Labels in a row share a height with every third only, so that neighbours can be read."""


def words(mark: Mark) -> str:
    """``lr 0.003 → 0.001``."""
    names = {
        "learning_rate": _("lr"),
        "weight_decay": _("decay"),
        "dropout": _("dropout"),
        "threads": _("threads"),
    }
    return f"{names.get(mark.name, mark.name)} {plain(mark.before, 4)} → {plain(mark.after, 4)}"


class MarkLines:
    """Dashed lines in ``item``, with what was changed beside each if ``labels``."""

    def __init__(self, item: pg.PlotItem, labels: bool) -> None:
        self._item = item
        self._labels = labels
        self._lines: list[pg.InfiniteLine] = []
        self._shown: list[tuple[float, Mark]] = []

    def show(self, marks: Sequence[tuple[float, Mark]]) -> None:
        """Lines at these places from left to right, and no others."""
        if list(marks) == self._shown:
            return
        self._shown = list(marks)
        while len(self._lines) < len(marks):
            self._lines.append(self._new(len(self._lines)))
        for line, (x, mark) in zip(self._lines, marks, strict=False):
            line.setValue(x)
            if self._labels:
                line.label.setFormat(words(mark))
            line.show()
        for line in self._lines[len(marks) :]:
            line.hide()

    def colour(self) -> None:
        """Take the colours of the theme."""
        for line in self._lines:
            self._dress(line)

    def _new(self, number: int) -> pg.InfiniteLine:
        place = {"position": 0.86 - 0.2 * (number % ROWS), "anchors": [(0, 0.5), (1, 0.5)]}
        line = pg.InfiniteLine(angle=90, movable=False, label="" if self._labels else None, labelOpts=place)
        if self._labels:
            line.label.setFont(font(SMALL))
        self._dress(line)
        self._item.addItem(line, ignoreBounds=True)
        return line

    def _dress(self, line: pg.InfiniteLine) -> None:
        look = theme()
        line.setPen(pg.mkPen(look.muted, width=1, style=Qt.PenStyle.DashLine))
        if self._labels:
            line.label.setColor(QColor(look.text))
            line.label.fill = pg.mkBrush(look.surface)
