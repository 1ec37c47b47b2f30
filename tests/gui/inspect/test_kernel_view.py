"""Setting a weight by hand: what counts as a number given, and when nothing may be set."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cnnlab.core.graph.graph import Graph, Node
from cnnlab.engine.inspection.looks import LayerRecord
from cnnlab.gui.inspect.kernel_view import KernelView
from cnnlab.gui.inspect.layer_view import SeenLayer

WEIGHT = np.arange(18, dtype=np.float32).reshape(2, 1, 3, 3) / 7
RECORD = LayerRecord("conv1", np.zeros((2, 1, 1), np.float32), True, {"weight": WEIGHT}, ())
GRAPH = Graph((Node("conv1", "conv1", "conv2d"),))

Given = tuple[str, tuple[int, ...], float]


def picked(qtbot: QtBot, editable: bool) -> tuple[KernelView, list[Given]]:
    """The view with the last cell of the first row of filter 1 picked, and what it will tell."""
    view = KernelView()
    qtbot.addWidget(view)
    view.show()
    view.show_layer(SeenLayer(record=RECORD, graph=GRAPH, is_editable=editable))
    view.panel.sheet.clicked.emit(1, 0, 2)
    given: list[Given] = []
    view.value_set.connect(lambda name, index, value: given.append((name, index, value)))
    return view, given


def type_in(qtbot: QtBot, view: KernelView, text: str) -> None:
    view.value.selectAll()
    qtbot.keyClicks(view.value, text)
    qtbot.keyClick(view.value, Qt.Key.Key_Return)


def test_a_number_and_enter_set_the_weight(qtbot: QtBot) -> None:
    view, given = picked(qtbot, editable=True)
    assert float(view.value.text()) == pytest.approx(float(WEIGHT[1, 0, 0, 2]), rel=1e-5)
    type_in(qtbot, view, "-0.25")
    assert given == [("weight", (1, 0, 0, 2), -0.25)]


def test_enter_alone_does_not_round_the_weight(qtbot: QtBot) -> None:
    view, given = picked(qtbot, editable=True)
    qtbot.keyClick(view.value, Qt.Key.Key_Return)
    assert not given


def test_a_run_that_owns_the_weights_keeps_them(qtbot: QtBot) -> None:
    view, given = picked(qtbot, editable=False)
    type_in(qtbot, view, "5")
    assert not given


@pytest.mark.parametrize("text", ["abc", "nan", "inf", "1e39", "-1e39"])
def test_what_no_weight_can_be_is_refused_in_words(qtbot: QtBot, text: str) -> None:
    view, given = picked(qtbot, editable=True)
    type_in(qtbot, view, text)
    assert not given
    assert "A weight is a number" in view.place.text()
