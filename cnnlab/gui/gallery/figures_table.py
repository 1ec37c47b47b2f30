"""A paper's numbers beside the counted ones."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QWidget

from cnnlab.core.numerals import NOTHING
from cnnlab.gui.panels.labels import Words
from cnnlab.gui.theme.theme import GRID, SMALL, signals, theme


class FiguresTable(QWidget):
    """Rows of a name and a value in each column; lines between them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(3 * GRID)
        self._grid.setVerticalSpacing(GRID)
        self._heads: list[Words] = []
        self._cells: list[Words] = []
        signals().changed.connect(self.update)

    def show_rows(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """``columns`` are the titles right of the names; each row is a name and one value a column."""
        for cell in (*self._heads, *self._cells):
            self._grid.removeWidget(cell)
            cell.hide()  # at once: deleting it waits for the event loop
            cell.deleteLater()
        self._heads = [Words(title, size=SMALL, colour="muted", wrap=False) for title in ("", *columns)]
        self._cells = []
        for column, head in enumerate(self._heads):
            self._grid.addWidget(head, 0, column)
        for row, values in enumerate(rows, 1):
            for column, value in enumerate(values):
                cell = Words(value or NOTHING, colour="text" if column else "muted", tabular=bool(column))
                if column:
                    cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                self._cells.append(cell)
                self._grid.addWidget(cell, row, column, Qt.AlignmentFlag.AlignTop)
        for column in range(len(columns) + 1):
            self._grid.setColumnStretch(column, 2 if column else 1)
        self.setVisible(bool(rows))

    @property
    def texts(self) -> list[str]:
        """All cells, row by row, without the titles."""
        return [cell.text() for cell in self._cells]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(theme().border))
        width = len(self._heads)
        for cell in self._cells[::width] if width else []:
            y = cell.geometry().top() - GRID // 2 - 1
            painter.drawLine(0, y, self.width(), y)
        painter.end()
