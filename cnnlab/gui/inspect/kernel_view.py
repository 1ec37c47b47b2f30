"""The selected layer's weights as tiles, with their numbers; one of them can be set by hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from cnnlab.core.graph.shapes import show
from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import significant
from cnnlab.gui.inspect.layer_view import LayerView, SeenLayer
from cnnlab.gui.inspect.tile_panel import TilePanel
from cnnlab.gui.theme import theme

Index = tuple[int, ...]

_LARGEST = float(np.finfo(np.float32).max)


class KernelView(LayerView):
    """A convolution's kernels, one filter at a time (all, if there is one input channel), drawn as large as they go."""

    tab = message("Kernels")
    tip = message("The weights of the selected layer")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tensors: Mapping[str, np.ndarray] = {}
        self._picked: Index | None = None
        self.which = QComboBox()
        self.which.setToolTip(_("Which parameters of the layer to show"))
        self.which.setAccessibleName(_("Weights"))
        # Long shapes must not widen the panel.
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.which.setMinimumContentsLength(8)
        self.filter = QSpinBox()
        self.filter.setPrefix(_("Filter "))
        self.filter.setToolTip(_("The filter whose kernels are shown, one for each input channel"))
        self.filter.setAccessibleName(_("Filter"))
        self.all = QCheckBox(_("All"))
        self.all.setToolTip(_("Show every filter: one row of tiles for each"))
        self.panel = TilePanel()
        self.place = QLabel()
        self.place.setFont(theme.font(theme.SMALL, tabular=True))
        self.value = QLineEdit()
        self.value.setFont(theme.font(theme.NORMAL, tabular=True))
        self.value.setMaximumWidth(15 * theme.GRID)
        self.value.setToolTip(_("Type another number and press Enter to set this weight by hand; undo restores it"))
        self.value.setAccessibleName(_("Value of the selected weight"))
        top = QHBoxLayout()
        top.addWidget(self.which, 1)
        top.addWidget(self.filter)
        top.addWidget(self.all)
        bottom = QHBoxLayout()
        bottom.addWidget(self.place, 1)
        bottom.addWidget(self.value)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID // 2)
        column.addLayout(top)
        column.addWidget(self.panel, 1)
        column.addLayout(bottom)
        self.which.currentIndexChanged.connect(self._on_choice)
        self.filter.valueChanged.connect(self._on_choice)
        self.all.toggled.connect(self._on_choice)
        self.panel.sheet.clicked.connect(self._on_clicked)
        self.value.returnPressed.connect(self._on_value_given)
        self.clear()

    def show_layer(self, layer: SeenLayer) -> None:
        tensors = layer.record.tensors
        if not tensors:
            self.clear(_("{name} has no weights: it learns nothing", name=layer.node.path))
            return
        shapes = {name: array.shape for name, array in tensors.items()}
        if shapes != {name: array.shape for name, array in self._tensors.items()}:
            self._picked = None
            chosen = self.which.currentData()
            self.which.blockSignals(True)
            self.which.clear()
            for name, shape in shapes.items():
                self.which.addItem(f"{name}  {show(shape)}" if shape else name, name)
            self.which.setCurrentIndex(max(0, self.which.findData(chosen)))
            self.which.blockSignals(False)
        self._tensors = tensors
        self.value.setReadOnly(not layer.is_editable)
        self._show()

    def choose_pixel(self, layer: SeenLayer) -> None:
        if layer.pixel is not None:
            self.filter.setValue(layer.pixel[0])  # of the filter whose sum it is

    def clear(self, text: str = "") -> None:
        """Show nothing but ``text``, which says why."""
        self._tensors = {}
        self.which.clear()
        self._picked = None
        self.panel.set_empty(text or _("Select a convolution or a linear layer to see its weights"))
        self._show_controls()

    def _array(self) -> np.ndarray | None:
        return self._tensors.get(self.which.currentData())

    def _is_matrix_of_kernels(self) -> bool:
        array = self._array()
        return array is not None and array.ndim == 4 and array.shape[1] > 1

    def _on_choice(self) -> None:
        self._picked = None
        self._show()

    def _show(self) -> None:
        array = self._array()
        self._show_controls()
        if array is None:
            self.panel.set_empty(_("This layer has no weights: it learns nothing"))
            return
        tiles, labels, columns = self._tiles(array)
        self.panel.set_tiles(tiles.astype(np.float32), "signed", labels, columns)

    def _tiles(self, array: np.ndarray) -> tuple[np.ndarray, list[str], int | None]:
        """Tiles ``(K, H, W)``, their names, and how many stand in a row (None: as it fits)."""
        name = self.which.currentText().split("  ")[0]
        if array.ndim == 4 and self._is_matrix_of_kernels():
            count, channels = array.shape[:2]
            if self.all.isChecked():
                labels = [_("filter {f}, channel {c}", f=f, c=c) for f in range(count) for c in range(channels)]
                return array.reshape(-1, *array.shape[2:]), labels, channels
            chosen = min(self.filter.value(), count - 1)
            return array[chosen], [_("filter {f}, channel {c}", f=chosen, c=c) for c in range(channels)], None
        if array.ndim == 4:
            return array[:, 0], [_("filter {f}", f=f) for f in range(len(array))], None
        if array.ndim == 2:
            return array[None], [name], None
        return array.reshape(-1, 1, 1), [f"{name}[{i}]" for i in range(array.size)], None

    def _index(self, tile: int, y: int, x: int) -> Index:
        array = self._array()
        assert array is not None
        if array.ndim == 4:
            if not self._is_matrix_of_kernels():
                return tile, 0, y, x
            first = tile // array.shape[1] if self.all.isChecked() else self.filter.value()
            return first, tile % array.shape[1], y, x
        return (y, x) if array.ndim == 2 else (tile,) * array.ndim

    def _on_clicked(self, tile: int, y: int, x: int) -> None:
        self._picked = self._index(tile, y, x)
        self.panel.sheet.select((tile, y, x))
        self._show_controls()
        if not self.value.isReadOnly():
            self.value.setFocus()
            self.value.selectAll()

    def _show_controls(self) -> None:
        array = self._array()
        several = self._is_matrix_of_kernels()
        self.filter.setVisible(several)
        self.all.setVisible(several)
        self.which.setVisible(array is not None)
        if several and array is not None:
            self.filter.setMaximum(array.shape[0] - 1)
            self.filter.setEnabled(not self.all.isChecked())
        picked = self._picked if array is not None else None
        self.value.setVisible(picked is not None)
        if picked is None or array is None:
            self.place.setText(_("Click a cell to set its weight by hand") if array is not None else "")
            return
        place = ", ".join(map(str, picked))
        self.place.setText(_("{name}[{place}]", name=self.which.currentData(), place=place))
        if not self.value.hasFocus() or not self.value.isModified():
            self.value.setText(significant(float(array[picked]), 6).replace("−", "-").replace(",", ""))

    def _on_value_given(self) -> None:
        # Enter comes from a read-only field too; and the digits shown are fewer than the weight has.
        if self.value.isReadOnly() or not self.value.isModified():
            return
        try:
            value = float(self.value.text().replace("−", "-"))
        except ValueError:
            value = float("nan")
        if self._picked is None or not abs(value) <= _LARGEST:
            self.place.setText(_("A weight is a number such as -0.25"))
            return
        self.value.setModified(False)
        self.value_set.emit(self.which.currentData(), self._picked, value)
