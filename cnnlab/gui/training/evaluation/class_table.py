"""Precision, recall and F1 of each class, as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from cnnlab.core.glossary import TERMS
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import percent, whole
from cnnlab.core.training.metrics import ClassFigures
from cnnlab.gui.theme.theme import GRID, font

_MIN_WIDTH = 8 * GRID + 4
"""Pixels of a column, so that no figure is cut; a narrow table scrolls."""


class ClassTable(QTableWidget):
    """Precision, recall, F1 and number of pictures, a row for each class: in the order of the data set, or sorted by a column."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 5, parent)
        self._figures: tuple[ClassFigures, ...] = ()
        titles = (
            (_("Class"), _("In the order of the data set")),
            (str(TERMS["precision"].title), _("Of the pictures predicted as this class, how many really are")),
            (str(TERMS["recall"].title), _("Of the pictures of this class, how many were predicted correctly")),
            (_("F1"), _("2 · precision · recall / (precision + recall)")),
            (_("Pictures"), _("Number of pictures of this class")),
        )
        for column, (title, tip) in enumerate(titles):
            item = QTableWidgetItem(title)
            item.setToolTip(tip)
            item.setTextAlignment(_side(column))
            self.setHorizontalHeaderItem(column, item)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setFont(font(tabular=True))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(3 * GRID)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(_MIN_WIDTH)
        header.setHighlightSections(False)
        header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        header.sortIndicatorChanged.connect(self._on_sort_changed)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        self.setAccessibleName(_("Precision, recall and F1 of each class"))
        self._names: tuple[str, ...] = ()

    def show_figures(self, figures: Sequence[ClassFigures], names: Sequence[str]) -> None:
        """One row for each class; the order that was chosen stays."""
        self._figures, self._names = tuple(figures), tuple(names)
        self._fill()

    def sizeHint(self) -> QSize:
        return QSize(320, 160)

    def _on_sort_changed(self, column: int, order: Qt.SortOrder) -> None:
        self._fill()

    def _fill(self) -> None:
        header = self.horizontalHeader()
        keys: tuple[Callable[[int], float | None], ...] = (
            float,
            lambda i: self._figures[i].precision,
            lambda i: self._figures[i].recall,
            lambda i: self._figures[i].f1,
            lambda i: self._figures[i].support,
        )
        key = keys[header.sortIndicatorSection()]
        keyed = [(value, i) for i in range(len(self._figures)) if (value := key(i)) is not None]
        unknown = [i for i in range(len(self._figures)) if key(i) is None]
        keyed.sort(key=lambda each: each[0], reverse=header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder)
        self.setRowCount(len(self._figures))
        for row, index in enumerate([i for _value, i in keyed] + unknown):
            each = self._figures[index]
            texts = [percent(share) for share in (each.precision, each.recall, each.f1)]
            for column, text in enumerate((self._names[index], *texts, whole(each.support))):
                item = self.item(row, column)
                if item is None:
                    item = QTableWidgetItem()
                    item.setTextAlignment(_side(column))
                    self.setItem(row, column, item)
                item.setText(text)


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
