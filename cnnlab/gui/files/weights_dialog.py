"""Weights of a file beside the layers of the network: what fits and what does not, before anything is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cnnlab.core.graph.shapes import show
from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import whole
from cnnlab.gui.panels.labels import TextLabel
from cnnlab.gui.theme.icons import Glyph, icon
from cnnlab.gui.theme.theme import GRID, LARGE, theme

if TYPE_CHECKING:
    from cnnlab.engine.weight_files import Extra, LayerMatch, Match

_MARKS = {
    "misshaped": ("mdi6.not-equal-variant", "problem", message("different shape")),
    "missing": ("mdi6.help-circle-outline", "problem", message("missing")),
    "extra": ("mdi6.plus-circle-outline", "muted", message("extra")),
    "fits": ("mdi6.check-circle-outline", "good", message("fits")),
}
"""Icon, colour and word of each state, in the order of the table: what needs a decision comes first."""


class WeightsDialog(QDialog):
    """Asks before weights are loaded: one row for each layer, counts above, and the choice: all, only what fits, or nothing."""

    chosen = Signal(bool)
    """Load; True if only what fits."""

    def __init__(self, name: str, match: Match, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Import weights"))
        self.setModal(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(TextLabel(name, size=LARGE, bold=True))
        column.addLayout(_counts(match))
        for note in match.notes:
            column.addWidget(TextLabel(str(note), colour="muted"))
        self.table = _table(match)
        column.addWidget(self.table, 1)
        column.addWidget(TextLabel(_advice(match), colour="muted"))
        column.addWidget(self._buttons(match))
        self.resize(110 * GRID, 70 * GRID)

    def _buttons(self, match: Match) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.rejected.connect(self.reject)
        self.load_all = QPushButton(_("Load all"))
        self.load_all.setToolTip(_("Every layer gets its weights from the file"))
        self.load_all.setEnabled(match.whole)
        self.load_all.clicked.connect(self._on_all)
        self.load_fitting = QPushButton(
            _("Load what fits ({count} of {all} layers)", count=whole(len(match.fits)), all=whole(len(match.layers)))
        )
        self.load_fitting.setToolTip(_("The other layers keep the weights that they have"))
        self.load_fitting.setEnabled(bool(match.fits) and not match.whole)
        self.load_fitting.clicked.connect(self._on_fitting)
        buttons.addButton(self.load_fitting, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.load_all, QDialogButtonBox.ButtonRole.ActionRole)
        self.load_fitting.setAutoDefault(False)  # Return must not load by halves
        default = self.load_all if match.whole else buttons.button(QDialogButtonBox.StandardButton.Cancel)
        default.setDefault(True)
        return buttons

    def _on_all(self) -> None:
        self.accept()
        self.chosen.emit(False)

    def _on_fitting(self) -> None:
        self.accept()
        self.chosen.emit(True)


def _counts(match: Match) -> QHBoxLayout:
    numbers = {
        "fits": _("{count} layers fit", count=whole(len(match.fits))),
        "misshaped": _("{count} with a different shape", count=whole(len(match.misshaped))),
        "missing": _("{count} missing in the file", count=whole(len(match.missing))),
        "extra": _("{count} extra in the file", count=whole(len(match.extra))),
    }
    found = {"fits": match.fits, "misshaped": match.misshaped, "missing": match.missing, "extra": match.extra}
    row = QHBoxLayout()
    row.setSpacing(GRID // 2)
    for state, text in numbers.items():
        name, colour, _word = _MARKS[state]
        row.addWidget(Glyph(name, colour if found[state] else "disabled"))
        row.addWidget(TextLabel(text, colour="text" if found[state] else "muted", tabular=True, wrap=False))
        row.addSpacing(2 * GRID)
    row.addStretch()
    return row


def _table(match: Match) -> QTreeWidget:
    table = QTreeWidget()
    table.setHeaderLabels([_("State"), _("Layer"), _("Details")])
    table.setRootIsDecorated(False)
    table.setUniformRowHeights(True)
    table.setStyleSheet(f"QTreeView::item {{ padding: {GRID // 2}px; }}")
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setAccessibleName(_("Layers of the network and of the file"))
    colours = theme()
    icons = {state: icon(name, getattr(colours, colour)) for state, (name, colour, _word) in _MARKS.items()}
    for state, path, text in _rows(match):
        item = QTreeWidgetItem([str(_MARKS[state][2]), path, text])
        item.setIcon(0, icons[state])
        for at in (1, 2):
            item.setToolTip(at, item.text(at))
        table.addTopLevelItem(item)
    header = table.header()
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.Interactive)
    table.setColumnWidth(1, min(24 * GRID, max(12 * GRID, table.sizeHintForColumn(1) + 2 * GRID)))
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    return table


def _rows(match: Match) -> Iterator[tuple[str, str, str]]:
    """State, path and details of each row."""
    faults: Mapping[str, Iterable[LayerMatch | Extra]] = {
        "misshaped": match.misshaped,
        "missing": match.missing,
        "extra": match.extra,
    }
    for state, found in faults.items():
        for each in found:
            yield state, each.path, str(each.text)
    for layer in match.fits:
        tensors = (
            f"{key.removeprefix(layer.path + '.')} {show(array.shape)}"
            for key, array in layer.tensors.items()
            if array.shape
        )
        yield "fits", layer.path, ", ".join(tensors)


def _advice(match: Match) -> str:
    if match.whole:
        return _("Everything fits. Loading can be undone.")
    if not match.fits:
        return _("Nothing fits, so nothing can be loaded. Choose the file that belongs to this network.")
    return _("Layers that do not fit keep the weights that they have. Loading can be undone.")
