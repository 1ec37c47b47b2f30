"""The table of the figures of each class."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from cnnlab.core.training.metrics import ClassFigures
from cnnlab.gui.training.evaluation.class_table import ClassTable


def test_no_figure_is_cut_in_a_narrow_place(qtbot: QtBot) -> None:
    table = ClassTable()
    qtbot.addWidget(table)
    table.resize(240, 200)
    table.show()
    table.show_figures([ClassFigures(1.0, 1.0, 1.0, 10_000, 1.0, ())], ["0"])
    assert all(table.columnWidth(column) >= table.sizeHintForColumn(column) for column in range(5))
    assert table.horizontalScrollBar().maximum() > 0
