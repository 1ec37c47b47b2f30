"""Window × kernel = sum, painted as two grids of numbers for each input channel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import significant
from cnnlab.engine.inspection.arithmetic import PixelArithmetic
from cnnlab.engine.inspection.tiling import to_indices
from cnnlab.gui.inspect.cells import MIN_CELL, fitting_digits, paint_numbers
from cnnlab.gui.theme import theme

_LARGEST_CELL = 56.0
_READABLE_CELL = 44.0
"""Wide enough for a number such as −0.0186."""
_SIGN = 20
"""Room for × and =."""
_SUM = 72
_LABEL = 16
_GAP = 16


class ArithmeticRows(QWidget):
    """The arithmetic of a pixel, one row for each input channel; only the rows in sight are painted, as there may be thousands."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: PixelArithmetic | None = None
        self._source = ""
        self._names: Sequence[str] = ()
        self._digits: list[int] | None = None
        """How many the numbers in windows and in kernels have; None until they are painted in cells of this size."""
        self._indices: tuple[np.ndarray, np.ndarray] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(_("Window times kernel for each input channel"))
        self.setMouseTracking(True)
        theme.signals().changed.connect(self.update)

    def set_arithmetic(self, found: PixelArithmetic | None, source: str, names: Sequence[str] = ()) -> None:
        """Show ``found``, whose windows lie on the maps of the layer called ``source``; None shows nothing. Maps that are not
        just numbered have ``names``."""
        self._found, self._source, self._names = found, source, names
        self._indices = self._digits = None
        if found is not None:
            # One scale for all windows and one for all kernels, so that channels can be compared.
            self._indices = to_indices(found.windows, "signed"), to_indices(found.kernels, "signed")
            text = (
                _("channel {channel}: {sum}", channel=channel, sum=significant(float(value), 4))
                for channel, value in zip(found.channels, found.sums, strict=True)
            )
            self.setAccessibleDescription("; ".join(text))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        rows = len(self._found.sums) if self._found is not None else 0
        return QSize(36 * theme.GRID, round(rows * self._pitch()))

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * theme.GRID, self.sizeHint().height())

    def cell_rect(self, row: int, grid: int, y: int, x: int) -> QRectF:
        """Where a number is drawn: ``row`` counts channels, ``grid`` is 0 for the window and 1 for the kernel."""
        side = self._cell()
        left = grid * (self._columns() * side + _SIGN)
        return QRectF(left + x * side, row * self._pitch() + _LABEL + y * side, side, side)

    def title(self, row: int) -> str:
        """Which part of which map the window of a row shows."""
        found = self._found
        assert found is not None
        channel = found.channels[row]
        return _(
            "{source} {map}, rows {first}…{last}, columns {left}…{right}",
            source=self._source,
            map=self._names[channel] if self._names else _("map {channel}", channel=channel),
            first=found.rows[0],
            last=found.rows[-1],
            left=found.columns[0],
            right=found.columns[-1],
        )

    def _columns(self) -> int:
        return self._found.kernels.shape[2] if self._found is not None else 1

    @property
    def _sum_beside(self) -> bool:
        """Whether the sum has room beside the grids; else it stands above them, so that the cells can hold their numbers."""
        return (self.width() - 2 * _SIGN - _SUM) / (2 * self._columns()) >= _READABLE_CELL

    def _cell(self) -> float:
        room = self.width() - (2 * _SIGN + _SUM if self._sum_beside else _SIGN)
        return max(4.0, min(_LARGEST_CELL, room / (2 * self._columns())))

    def _pitch(self) -> float:
        rows = self._found.kernels.shape[1] if self._found is not None else 1
        return _LABEL + rows * self._cell() + _GAP

    def resizeEvent(self, event: QEvent) -> None:
        self._digits = None
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._found is None:
            return
        painter = QPainter(self)
        first = int(event.rect().top() / self._pitch())
        last = min(len(self._found.sums) - 1, int(event.rect().bottom() / self._pitch()))
        for row in range(first, last + 1):
            self._paint_row(painter, self._found, row)
        painter.end()

    def _paint_row(self, painter: QPainter, found: PixelArithmetic, row: int) -> None:
        colours = theme.theme()
        top = row * self._pitch()
        painter.setFont(theme.font(theme.SMALL))
        painter.setPen(QColor(colours.muted))
        total = significant(float(found.sums[row]), 4)
        line = QRectF(0, top, self.width() - (0 if self._sum_beside else _SUM), _LABEL)
        text = QFontMetricsF(painter.font()).elidedText(self.title(row), Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, text)
        self._paint_grid(painter, found, row, 0)
        self._paint_grid(painter, found, row, 1)
        height = self.cell_rect(row, 0, found.kernels.shape[1] - 1, 0).bottom() - top - _LABEL
        middle = top + _LABEL
        painter.setPen(QColor(colours.text))
        painter.setFont(theme.font(theme.NORMAL, tabular=True))
        left = self.cell_rect(row, 0, 0, self._columns() - 1).right()
        painter.drawText(QRectF(left, middle, _SIGN, height), Qt.AlignmentFlag.AlignCenter, "×")
        if self._sum_beside:
            left = self.cell_rect(row, 1, 0, self._columns() - 1).right()
            painter.drawText(QRectF(left, middle, _SIGN, height), Qt.AlignmentFlag.AlignCenter, "=")
            painter.drawText(QRectF(left + _SIGN, middle, _SUM, height), Qt.AlignmentFlag.AlignVCenter, total)
        else:
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(line.right(), top, _SUM, _LABEL), right, _("= {sum}", sum=total))

    def _digits_of(self, found: PixelArithmetic) -> list[int]:
        """The significant digits of the numbers: as many in every row, so that the numbers of one sum can be compared."""
        if self._digits is None:
            self._digits = [fitting_digits(values, self._cell()) for values in (found.windows, found.kernels)]
        return self._digits

    def _paint_grid(self, painter: QPainter, found: PixelArithmetic, row: int, grid: int) -> None:
        assert self._indices is not None
        values = found.kernels[row] if grid else found.windows[row]
        colours = theme.theme()
        cells = []
        for y, x in np.ndindex(values.shape):
            rect = self.cell_rect(row, grid, y, x)
            colour = QColor.fromRgb(colours.diverging[self._indices[grid][row, y, x]])
            painter.fillRect(rect, colour)
            if not grid and not found.inside[y, x]:
                painter.fillRect(rect, QColor(colours.window))
                painter.setPen(QPen(QColor(colours.muted), 1, Qt.PenStyle.DotLine))
                painter.drawRect(rect.adjusted(1, 1, -2, -2))
                colour = QColor(colours.window)
            cells.append((rect, float(values[y, x]), colour))
        if self._cell() >= MIN_CELL - 2:
            paint_numbers(painter, cells, self._digits_of(found)[grid])
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawRect(cells[0][0].united(cells[-1][0]))

    def _at(self, point: QPointF) -> tuple[int, int, int, int] | None:
        if self._found is None:
            return None
        row = int(point.y() / self._pitch())
        if row >= len(self._found.sums):
            return None
        for grid in (0, 1):
            for y, x in np.ndindex(self._found.kernels.shape[1:]):
                if self.cell_rect(row, grid, y, x).contains(point):
                    return row, grid, y, x
        return None

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.reading(place) if place else "", self)
            return True
        return super().event(event)

    def reading(self, place: tuple[int, int, int, int]) -> str:
        """The true numbers of one cell: its two factors and their product."""
        assert self._found is not None
        row, _grid, y, x = place
        window, kernel = float(self._found.windows[row, y, x]), float(self._found.kernels[row, y, x])
        text = _(
            "{window} × {kernel} = {product}",
            window=significant(window, 5),
            kernel=significant(kernel, 5),
            product=significant(window * kernel, 5),
        )
        return text if self._found.inside[y, x] else _("{text} (in the padding)", text=text)
