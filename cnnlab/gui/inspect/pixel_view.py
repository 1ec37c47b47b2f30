"""The arithmetic of one pixel: window × kernel for each input channel, the sums, the bias, and what torch recorded."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import significant
from cnnlab.engine.inspection import arithmetic
from cnnlab.engine.inspection.arithmetic import PixelArithmetic
from cnnlab.gui.inspect.arithmetic_rows import ArithmeticRows
from cnnlab.gui.inspect.layer_view import LayerView, SeenLayer, colours
from cnnlab.gui.theme import theme
from cnnlab.gui.workers.qt_threads import Lane, Processor, message_of
from cnnlab.gui.workers.turns import Rank


def _explained(layer: SeenLayer) -> PixelArithmetic:
    record = layer.record
    assert layer.pixel is not None
    return arithmetic.explain(
        layer.node.params,
        record.tensors["weight"],
        record.tensors.get("bias"),
        record.inputs[0],
        record.maps,
        layer.pixel,
    )


class PixelView(LayerView):
    """The arithmetic of one pixel: the result on top, where it stays in sight; one row for each input channel below."""

    tab = message("Pixel")
    tip = message("The arithmetic behind one pixel of a convolution")

    explained = Signal()
    """The arithmetic of the pixel that the person chose is shown."""

    def __init__(self, processor: Processor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._explaining = Lane(processor, Rank.POINTER, _explained, self)
        self._explaining.done.connect(self._on_explained)
        self._explaining.failed.connect(self._on_failed)
        self._is_chosen = False
        """Whether the person has just chosen the pixel and waits for it."""
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

    def show_layer(self, layer: SeenLayer) -> None:
        maps = layer.record.maps.shape
        if layer.pixel is None or any(at >= size for at, size in zip(layer.pixel, maps, strict=True)):
            self.clear()
        else:
            self._explaining.submit(layer)

    def choose_pixel(self, layer: SeenLayer) -> None:
        self._is_chosen = True
        self.show_layer(layer)

    def clear(self) -> None:
        self._explaining.drop()
        self._is_chosen = False
        self.title.setText(_("The arithmetic of a pixel"))
        self.total.setText(
            _(
                "Select a convolution, open its maps and click a pixel: here you see each window × kernel, the sums and the bias."
            )
        )
        self.rows.set_arithmetic(None, "")

    def _on_explained(self, layer: SeenLayer, found: PixelArithmetic) -> None:
        assert layer.pixel is not None
        chosen, row, column = layer.pixel
        name = layer.node.path
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
        source = layer.graph.by_uid[layer.graph.incoming(layer.record.uid)[0].source]
        self.rows.set_arithmetic(found, source.path, colours(source, layer.record.inputs[0]))
        if self._is_chosen:
            self._is_chosen = False
            self.explained.emit()

    def _on_failed(self, _layer: SeenLayer, error: BaseException) -> None:
        self.clear()
        self.total.setText(str(message_of(error)))
