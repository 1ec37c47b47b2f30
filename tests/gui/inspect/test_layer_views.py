"""Maps, kernels and pixel show one record, also while the network has already become another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.engine.inspection.inspector import Inspector
from cnnlab.engine.inspection.looks import Input, Look, Seen
from cnnlab.gui.document import Document
from cnnlab.gui.inspect import arithmetic_rows
from cnnlab.gui.inspect.controller import InspectController
from cnnlab.gui.inspect.layer_views import LayerViews
from cnnlab.gui.selection import Selection
from cnnlab.gui.workers.qt_threads import Processor

RASTER = np.zeros((280, 280), np.uint8)
RASTER[60:220, 130:150] = 255


@pytest.fixture
def document(qapp: object) -> Iterator[Document]:
    document = Document(templates.BY_KEY["mnist"].build())
    yield document
    document.close()


def seen(document: Document, layer: str) -> Seen:
    return Inspector().look(Look(project=document.project, input=Input.drawn(RASTER), layer=layer))


@pytest.fixture
def views(qtbot: QtBot, document: Document) -> Iterator[LayerViews]:
    """The views of conv2 as it was at first; nothing follows by itself."""
    selection, processor = Selection(), Processor()
    controller = InspectController(document, selection, processor)
    views = LayerViews(document, selection, controller, processor)
    for widget in views.all:
        qtbot.addWidget(widget)
    selection.set(["conv2"])
    controller.seen.emit(seen(document, "conv2"))
    yield views
    controller.close()
    processor.close()


@pytest.mark.parametrize("gone", ["its input", "the layer"])
def test_a_click_on_maps_of_a_network_that_has_changed_since(
    qtbot: QtBot, document: Document, views: LayerViews, gone: str
) -> None:
    wires = document.project.graph.incoming("conv2")
    if gone == "its input":
        document.edit(message("Cut"), lambda project: changes.disconnect(project, wires))
    else:
        document.edit(message("Delete"), lambda project: changes.remove(project, ["conv2"]))
    with qtbot.waitSignal(views.pixel_chosen):
        views.maps.panel.sheet.clicked.emit(3, 4, 5)
    assert views.pixel.title.text() == "conv2, filter 3, row 4, column 5"


def test_two_weights_set_before_the_next_record_are_both_set(document: Document, views: LayerViews) -> None:
    views.kernels.value_set.emit("weight", (0, 0, 0, 0), 5.0)
    views.kernels.value_set.emit("weight", (1, 0, 0, 0), 7.0)
    weight = document.project.weights.nodes["conv2"]["weight"]
    assert [weight[0, 0, 0, 0], weight[1, 0, 0, 0]] == [5.0, 7.0]
    document.undo()
    weight = document.project.weights.nodes["conv2"]["weight"]
    assert weight[0, 0, 0, 0] == 5.0
    assert weight[1, 0, 0, 0] != 7.0


def test_the_maps_of_a_colour_picture_are_red_green_and_blue(
    qtbot: QtBot, document: Document, views: LayerViews
) -> None:
    def in_colour(project: Project) -> Project:
        return changes.set_params(project, project.graph.by_path["input"].uid, channels=3)

    document.edit(message("Colour"), in_colour)
    views._selection.set(["conv1"])
    views._controller.seen.emit(seen(document, "conv1"))
    with qtbot.waitSignal(views.pixel_chosen):
        views.maps.clicked.emit(3, 5, 4)
    text = [views.pixel.rows.title(row) for row in range(3)]
    assert [each.split(",")[0] for each in text] == ["input red", "input green", "input blue"]
    source = document.project.graph.by_path["input"].uid
    views._selection.set([source])
    views._controller.seen.emit(seen(document, source))
    assert views.maps.panel.sheet._stack is not None
    assert views.maps.panel.sheet._stack.reading((2, 0, 0)).startswith("blue, row 0")


def test_the_numbers_of_one_sum_have_equal_digits_in_every_channel(
    qtbot: QtBot, views: LayerViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits: list[object] = []
    monkeypatch.setattr(arithmetic_rows, "paint_numbers", lambda _painter, _cells, digit: digits.append(digit))
    with qtbot.waitSignal(views.pixel_chosen):
        views.maps.clicked.emit(3, 5, 4)
    for width in (700, 420, 360):
        views.pixel.rows.resize(width, views.pixel.rows.sizeHint().height())
        digits.clear()
        views.pixel.rows.grab()
        assert len(digits) == 64
        assert len(set(digits[0::2])) == len(set(digits[1::2])) == 1
