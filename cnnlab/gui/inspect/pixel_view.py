"""The arithmetic of one pixel: window × kernel for each input channel, the sums, the bias, and what torch recorded."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from cnnlab.core.messages import text as _
from cnnlab.core.numerals import significant
from cnnlab.engine.inspection.arithmetic import PixelArithmetic
from cnnlab.gui import theme
from cnnlab.gui.inspect.arithmetic_rows import ArithmeticRows


class PixelView(QWidget):
    """The result on top, where it stays in sight; one row for each input channel below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel()
        self.title.setWordWrap(True)
        self.title.setFont(theme.font(theme.NORMAL, bold=True))
        self.total = QLabel()
        self.total.setWordWrap(True)
        self.total.setFont(theme.font(theme.NORMAL, tabular=True))
        self.total.setAccessibleName(_("Sum, bias, result and recorded value"))
        self.rows = ArithmeticRows()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setWidget(self.rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.title)
        column.addWidget(self.total)
        column.addWidget(self._scroll, 1)
        self.clear()

    def show_pixel(
        self, found: PixelArithmetic, name: str, source: str, pixel: tuple[int, int, int], maps: Sequence[str] = ()
    ) -> None:
        """Show the sum behind ``pixel = (filter, row, column)`` of layer ``name``, whose input comes from ``source``; ``maps``
        are the names of the input's maps, where they have some."""
        chosen, row, column = pixel
        self.title.setText(
            _("{name}, filter {f}, row {row}, column {column}", name=name, f=chosen, row=row, column=column)
        )
        sums, bias = significant(float(found.sums.sum()), 5), significant(found.bias, 5)
        self.total.setText(
            _(
                "sum of {count} channels {sums} + bias {bias} = {result}\nrecorded by PyTorch: {recorded}",
                count=len(found.sums),
                sums=sums,
                bias=bias,
                result=significant(found.result, 5),
                recorded=significant(found.recorded, 5),
            )
        )
        self.rows.set_arithmetic(found, source, maps)

    def clear(self) -> None:
        """No pixel was chosen."""
        self.title.setText(_("The arithmetic of a pixel"))
        self.total.setText(
            _(
                "Select a convolution, open its maps and click a pixel: here you see each window × kernel, the sums and the bias."
            )
        )
        self.rows.set_arithmetic(None, "")
