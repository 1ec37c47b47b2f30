"""The palette, and layers dropped from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from gui.editor.hand import Hand
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QSignalSpy, QTest
from pytestqt.qtbot import QtBot

from cnnlab.core import catalog, templates
from cnnlab.core.project.project import Project
from cnnlab.gui.editor import palette
from cnnlab.gui.editor.edits import CanvasEdits
from cnnlab.gui.editor.geometry import CARD, card_rect
from cnnlab.gui.editor.palette import Palette
from cnnlab.gui.editor.wire_item import WireState


def wire_into(hand: Hand, path: str) -> Any:
    return next(wire for wire in hand.graph.wires if wire.target == hand.uid(path))


def middle_of_wire(hand: Hand, path: str) -> QPoint:
    return hand.pixel(hand.scene.wires[wire_into(hand, path)].route.path.pointAtPercent(0.5))


def no_cards_overlap(hand: Hand) -> bool:
    rects = [card_rect(place) for place in hand.document.project.layout.positions.values()]
    return not any(one.intersects(other) for i, one in enumerate(rects) for other in rects[i + 1 :])


class TestPalette:
    @pytest.fixture
    def widget(self, qtbot: QtBot) -> Palette:
        widget = Palette()
        qtbot.addWidget(widget)
        widget.resize(200, 600)
        widget.show()
        return widget

    def test_it_has_every_layer(self, widget: Palette) -> None:
        assert set(widget.tree.keys_shown()) == set(catalog.BY_KEY)

    @pytest.mark.parametrize(
        ("text", "first"), [("max", "maxpool2d"), ("pool", "maxpool2d"), ("conv", "conv2d"), ("concat", "concatenate")]
    )
    def test_typing_filters_and_enter_takes_the_best(self, widget: Palette, text: str, first: object) -> None:
        spy = QSignalSpy(widget.layer_activated)
        QTest.keyClicks(widget.search, text)
        assert first in widget.tree.keys_shown()
        assert len(widget.tree.keys_shown()) < len(catalog.BY_KEY)
        QTest.keyClick(widget.search, Qt.Key.Key_Return)
        assert spy.at(0) == [first]

    def test_without_words_an_end_of_the_network_is_not_marked(self, widget: Palette) -> None:
        spy = QSignalSpy(widget.layer_activated)
        widget.allow(lambda key: key in ("input", "output"))
        QTest.keyClick(widget.search, Qt.Key.Key_Return)
        assert spy.count() == 0
        widget.allow(lambda key: True)
        QTest.keyClick(widget.search, Qt.Key.Key_Return)
        assert spy.count() == 1
        assert spy.at(0)[0] not in ("input", "output")

    def test_nothing_found_activates_nothing(self, widget: Palette) -> None:
        spy = QSignalSpy(widget.layer_activated)
        QTest.keyClicks(widget.search, "transformer")
        QTest.keyClick(widget.search, Qt.Key.Key_Return)
        assert widget.tree.keys_shown() == ()
        assert spy.count() == 0

    def test_a_row_carries_its_layer_as_mime_data(self, widget: Palette) -> None:
        row = widget.tree.findItems("MaxPool2d", Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)[0]
        assert palette.dragged_key(widget.tree.mimeData([row])) == "maxpool2d"
        assert row.flags() & Qt.ItemFlag.ItemIsDragEnabled
        assert "<b>MaxPool2d</b>" in row.toolTip(0)


def test_a_layer_dropped_on_nothing_is_added_there_on_the_grid(empty: Hand) -> None:
    before = empty.document.project
    at = empty.pixel(empty.scene.all_cards_rect().center() + QPointF(0, 150))
    empty.drop_layer("conv2d", at)
    x, y = empty.document.project.layout.positions[empty.uid("conv1")]
    assert x % 8 == y % 8 == 0
    assert (empty.pixel(empty.card("conv1").card_rect().center()) - at).manhattanLength() <= 8
    assert empty.selection.uids == (empty.uid("conv1"),)
    empty.check_scene()
    empty.document.undo()
    assert empty.document.project == before


def test_a_layer_dropped_on_a_wire_is_inserted_in_one_step_and_the_row_makes_room(hand: Hand) -> None:
    before = hand.document.project
    at = middle_of_wire(hand, "relu1")
    hand.hover_layer("batchnorm2d", at)
    assert hand.scene.wires[wire_into(hand, "relu1")].state is WireState.TARGETED
    hand.drop_layer("batchnorm2d", at)
    assert {("conv1", "bn1", 0), ("bn1", "relu1", 0)} <= hand.wires()
    assert str(hand.document.undo_label) == "Insert BatchNorm2d"
    assert no_cards_overlap(hand)
    hand.check_scene()
    hand.document.undo()
    assert hand.document.project == before


@pytest.mark.parametrize("dropped", [True, False])
def test_an_inserted_card_stands_between_its_neighbours(open_canvas: Callable[[Project], Hand], dropped: bool) -> None:
    start = templates.BY_KEY["mnist"].build()
    for wire in start.graph.wires:
        hand = open_canvas(start)
        if dropped:
            middle = hand.scene.wires[wire].route.path.pointAtPercent(0.5)
            corner = (middle.x() - CARD[0] / 2, middle.y() - CARD[1] / 2)
            CanvasEdits(hand.scene).insert("identity", wire, corner)
        else:
            hand.canvas.reveal(wire.source)
            hand.canvas.add_layer("identity")
        (new,) = hand.selection.uids
        assert [each.source for each in hand.graph.incoming(new)] == [wire.source]
        assert [each.target for each in hand.graph.outgoing(new)] == [wire.target]
        places = hand.document.project.layout.positions
        assert places[wire.source] == start.layout.positions[wire.source]
        assert places[new][1] == places[wire.source][1]
        assert places[wire.source][0] < places[new][0]
        if places[wire.source][1] == places[wire.target][1]:
            assert places[new][0] < places[wire.target][0]
        assert no_cards_overlap(hand)
        hand.document.undo()
        assert hand.document.project == start


def test_a_wire_that_cannot_take_the_layer_says_why(hand: Hand) -> None:
    at = middle_of_wire(hand, "relu1")
    hand.hover_layer("linear", at)
    assert hand.scene.wires[wire_into(hand, "relu1")].state is WireState.REFUSING
    assert "Flatten" in hand.text()
    hand.drop_layer("linear", at)
    assert ("conv1", "relu1", 0) in hand.wires()
    assert "fc3" in hand.graph.by_path
    assert hand.scene.wires[wire_into(hand, "relu1")].state is WireState.PLAIN


def test_a_double_click_asks_for_a_layer_only_away_from_cards(hand: Hand) -> None:
    card = hand.view.mapFromScene(hand.card("conv2").card_rect()).boundingRect()
    for beside in (QPoint(card.center().x(), card.top() - 4), QPoint(card.center().x(), card.bottom() + 4)):
        assert hand.scene.wire_at(hand.view.mapToScene(beside)) is None
        assert hand.scene.card_at(hand.view.mapToScene(beside)) is None
        hand.double_click(beside)
        assert hand.canvas.quick_add is None
    everything = hand.view.mapFromScene(hand.scene.all_cards_rect()).boundingRect()
    hand.double_click(QPoint(everything.center().x(), everything.top() - 30))
    assert hand.canvas.quick_add is not None
    row = hand.canvas.quick_add.palette_.tree.currentItem()
    assert row.text(0) not in ("Input", "Output")


def test_what_is_no_layer_is_not_taken(hand: Hand) -> None:
    before = hand.document.project
    hand.drop_layer("no such layer", QPoint(100, 500))
    assert hand.document.project is before


class TestAddLayer:
    def test_after_the_selected_card_in_its_chain(self, hand: Hand) -> None:
        before = hand.document.project
        hand.canvas.reveal(hand.uid("conv1"))
        hand.canvas.add_layer("batchnorm2d")
        assert {("conv1", "bn1", 0), ("bn1", "relu1", 0)} <= hand.wires()
        assert no_cards_overlap(hand)
        assert hand.canvas.view.visible_area().contains(hand.card("bn1").card_rect())
        hand.document.undo()
        assert hand.document.project == before

    def test_after_a_card_whose_output_is_free(self, empty: Hand) -> None:
        empty.canvas.reveal(empty.uid("input"))
        for key in ("conv2d", "relu", "flatten", "linear"):
            empty.canvas.add_layer(key)
        assert empty.wires() == {("input", "conv1", 0), ("conv1", "relu1", 0), ("relu1", "flatten1", 0),
                                 ("flatten1", "fc1", 0)}  # fmt: skip
        assert no_cards_overlap(empty)

    def test_unconnected_with_the_reason_where_it_does_not_fit(self, hand: Hand) -> None:
        hand.canvas.reveal(hand.uid("conv1"))
        hand.canvas.add_layer("linear")
        assert ("conv1", "relu1", 0) in hand.wires()
        assert hand.graph.incoming(hand.uid("fc3")) == ()
        assert "Flatten" in hand.text()

    def test_in_the_middle_of_the_view_with_nothing_selected(self, hand: Hand) -> None:
        hand.canvas.add_layer("dropout")
        assert no_cards_overlap(hand)
        assert len(hand.wires()) == 14
        hand.check_scene()
