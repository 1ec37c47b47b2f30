"""A card that stands for several layers: the scene is given such a canvas, and a hand selects, moves, wires and deletes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from gui.editor.hand import Hand
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QPainter
from strategies.canvases import BLOCK, folded

from cnnlab.core import catalog
from cnnlab.core.graph.facts import Severity
from cnnlab.core.graph.graph import Graph, Node, Port, Wire
from cnnlab.core.layout.canvas import Card
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Layout, Point, Project
from cnnlab.core.values import Frozen
from cnnlab.engine.inspection.looks import Strip
from cnnlab.gui.editor import lettering, scene
from cnnlab.gui.editor.card_face import spoken
from cnnlab.gui.editor.card_item import CardItem, PortState
from cnnlab.gui.editor.hits import OnCard, OnPort
from cnnlab.gui.editor.rename_field import RenameField

CTRL = Qt.KeyboardModifier.ControlModifier
INSIDE = ("conv1", "bn", "conv2", "add", "split")
PLACES = {
    "input": (0.0, 0.0), "conv1": (232.0, 0.0), "bn": (240.0, 8.0), "conv2": (240.0, 16.0), "add": (248.0, 16.0),
    "split": (256.0, 24.0), "left": (464.0, 0.0), "right": (464.0, 176.0), "free": (696.0, 176.0), "output": (696.0, 0.0),
}  # fmt: skip


def node(path: str, key: str, **params: Any) -> Node:
    return Node(path, path, key, catalog.BY_KEY[key].normal(params))


GRAPH = Graph(
    (
        node("input", "input", channels=4, height=8, width=8),
        node("conv1", "conv2d", out_channels=4, padding=1),
        node("bn", "batchnorm2d"),
        node("conv2", "conv2d", out_channels=4, padding=1),
        node("add", "add"),
        node("split", "split"),
        node("left", "relu"),
        node("right", "relu"),
        node("free", "relu"),
        node("output", "output"),
    ),
    (
        Wire("input", "conv1"), Wire("conv1", "bn"), Wire("bn", "conv2"), Wire("conv2", "add"), Wire("input", "add", 0, 1),
        Wire("add", "split"), Wire("split", "left"), Wire("split", "right", 1),
    ),
)  # fmt: skip
"""A block with a shortcut whose sum is split in two."""


@pytest.fixture
def hand(open_canvas: Callable[[Project], Hand], monkeypatch: pytest.MonkeyPatch) -> Hand:
    """On a canvas that shows the block as one card."""
    monkeypatch.setattr(scene, "canvas_of", lambda project: folded(project, INSIDE))
    return open_canvas(Project(GRAPH, Layout(Frozen(PLACES))))


def block(hand: Hand) -> CardItem:
    return hand.scene.cards[BLOCK]


def body(hand: Hand) -> QPoint:
    """A place on the block where nothing else is."""
    return hand.pixel(block(hand).card_rect().center() + QPointF(40, 30))


def shifts(hand: Hand) -> dict[str, Point]:
    """How far each layer lies from where it was at the start."""
    after = hand.document.project.layout.positions
    return {uid: (after[uid][0] - x, after[uid][1] - y) for uid, (x, y) in PLACES.items()}


def check(hand: Hand) -> None:
    """The scene shows the canvas, no more and no less, and every wire ends where its ports are."""
    canvas = folded(hand.document.project, INSIDE)
    assert hand.scene.canvas == canvas
    assert set(hand.scene.items()) == {*hand.scene.cards.values(), *hand.scene.wires.values()}
    assert {card.id: card for card in canvas.cards} == {each: item.card for each, item in hand.scene.cards.items()}
    assert all(item.card.place == item.pos().toTuple() for item in hand.scene.cards.values())
    assert set(hand.scene.wires) == set(canvas.wires)
    for wire, item in hand.scene.wires.items():
        assert item.route.path.pointAtPercent(0) == hand.scene.port_point(wire.start)
        assert item.route.path.currentPosition() == hand.scene.port_point(wire.end)


def test_it_has_the_ports_that_wires_lead_to_and_those_that_are_free(hand: Hand) -> None:
    inputs = Port("conv1", False), Port("add", False, 1), Port("add", False, 2)
    outputs = Port("split", True, 0), Port("split", True, 1)
    assert block(hand).card == Card(BLOCK, INSIDE, "block", PLACES["conv1"], inputs, outputs)
    assert len(hand.scene.cards) == 6
    inner = {wire for wire in GRAPH.wires if {wire.source, wire.target} <= set(INSIDE)}
    assert set(hand.scene.wires) == set(GRAPH.wires) - inner
    heights = [hand.scene.port_point(port).y() for port in inputs]
    assert heights == sorted(set(heights))
    assert {hand.scene.port_point(port).x() for port in outputs} == {block(hand).card_rect().right()}
    check(hand)


def test_it_says_its_name_how_many_layers_it_has_what_it_gives_and_all_its_parameters(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    real = lettering.write

    def write(painter: QPainter, left: float, middle: float, text: str, size: int, bold: bool = False) -> None:
        written.append(text)
        real(painter, left, middle, text, size, bold)

    monkeypatch.setattr(lettering, "write", write)
    hand.view.set_zoom(1.0)
    hand.view.reveal(block(hand).card_rect())
    picture = hand.view.viewport().grab().toImage()
    parameters = sum(hand.document.facts.of(uid).parameters for uid in INSIDE)
    assert {"block", "5 layers", "2 × (2 × 8 × 8)", f"{parameters:,} p"} <= set(written)
    assert spoken(block(hand).face).startswith(f"block, 5 layers, gives 2 × (2 × 8 × 8), {parameters:,} p")
    area = hand.view.mapFromScene(block(hand).card_rect()).boundingRect()
    colours = {picture.pixel(x, y) for x in range(area.left(), area.right()) for y in range(area.top(), area.bottom())}
    assert len(colours) > 20


@pytest.mark.parametrize("zoom", [0.1, 0.4, 0.7, 1.6])
def test_it_is_drawn_at_every_zoom_and_gone_from_the_picture_when_it_is_gone(hand: Hand, zoom: float) -> None:
    hand.view.set_zoom(zoom)
    hand.view.reveal(block(hand).card_rect())
    before, middle = hand.view.viewport().grab().toImage(), hand.pixel(block(hand).card_rect().center())
    hand.document.edit(message("Delete"), lambda project: changes.remove(project, INSIDE))
    after = hand.view.viewport().grab().toImage()
    assert before.pixelColor(middle) != after.pixelColor(middle)
    hand.document.undo()
    assert hand.view.viewport().grab().toImage() == before


def test_it_shows_the_maps_of_the_layer_that_gives_its_output_and_asks_for_no_others(hand: Hand) -> None:
    def strip(value: int) -> Strip:
        return Strip(np.full((26, 107), value, dtype=np.uint8), True)

    hand.canvas.set_strips({uid: strip(number) for number, uid in enumerate(INSIDE, 3)})
    picture = block(hand).strip
    assert picture is not None
    assert picture.pixelIndex(5, 5) == 3 + INSIDE.index("split")
    hand.canvas.visible.layers = frozenset()
    hand.canvas.visible._on_timeout()
    assert hand.canvas.visible.layers == {*hand.graph.by_uid} - {*INSIDE} | {"split"}


def test_the_gravest_problem_inside_is_told_and_repaired_from_it(hand: Hand) -> None:
    hand.document.edit(message("Narrow"), lambda project: changes.set_params(project, "conv2", out_channels=6))
    assert block(hand).face.severity is Severity.ERROR
    assert block(hand).face.problem in hand.document.facts.problems_of("add")
    hand.click(body(hand))
    hand.key(Qt.Key.Key_R)
    assert block(hand).face.severity is Severity.HINT
    assert len(hand.graph.nodes) == len(GRAPH.nodes) + 1
    check(hand)


class TestSelecting:
    def test_a_click_selects_all_its_layers(self, hand: Hand) -> None:
        hand.click(body(hand))
        assert hand.selection.uids == INSIDE
        assert [card for card, item in hand.scene.cards.items() if item.state.selected] == [BLOCK]
        assert hand.scene.current == block(hand).card
        assert hand.view.accessibleDescription() == spoken(block(hand).face)
        hand.click(hand.body("left"), CTRL)
        assert hand.selection.uids == (*INSIDE, "left")
        hand.click(body(hand), CTRL)
        assert hand.selection.uids == ("left",)
        assert not block(hand).state.selected

    def test_a_rectangle_that_touches_it_selects_all_its_layers(self, hand: Hand) -> None:
        start = hand.pixel(block(hand).card_rect().bottomRight()) + QPoint(6, 6)
        hand.drag(start, start - QPoint(20, 20))
        assert set(hand.selection.uids) == set(INSIDE)

    def test_one_of_its_layers_marks_it(self, hand: Hand) -> None:
        hand.selection.set(["bn"])
        assert block(hand).state.selected
        assert hand.scene.current == block(hand).card

    def test_the_walk_by_keys_comes_past_it_once(self, hand: Hand) -> None:
        hand.canvas.reveal("input")
        hand.key(Qt.Key.Key_Tab)
        assert set(hand.selection.uids) == set(INSIDE)
        hand.key(Qt.Key.Key_Tab)
        assert hand.selection.uids == ("left",)

    def test_what_lies_under_the_mouse_is_the_card_or_one_of_its_ports(self, hand: Hand) -> None:
        for port in block(hand).card.ports:
            assert hand.scene.hit(hand.scene.port_point(port), 4) == OnPort(port, BLOCK)
            hand.move(hand.pixel(hand.scene.port_point(port)))
            assert block(hand).port_states == {port: PortState.HOVERED}
        assert hand.scene.hit(block(hand).card_rect().center(), 4) == OnCard(BLOCK)

    def test_its_second_output_says_which_it_is_and_what_it_gives(self, hand: Hand) -> None:
        text = hand.view._tooltip(QPointF(hand.port("split", "out", 1)))
        assert text == "Output 2 of block: 2 × 8 × 8. Drag to the input of another layer."
        assert "Input of block: 4 × 8 × 8 from input" in hand.view._tooltip(QPointF(hand.port("conv1", "in")))

    def test_its_name_is_not_that_of_a_layer_which_could_be_changed_in_place(self, hand: Hand) -> None:
        hand.double_click(hand.pixel(block(hand).card_rect().topLeft() + QPointF(60, 20)))
        assert not hand.canvas.findChildren(RenameField)

    def test_nor_does_a_key_offer_it_for_one_of_its_layers(self, hand: Hand) -> None:
        """The code view selects single layers, also those that have no card of their own."""
        hand.selection.set(["conv1"])
        hand.key(Qt.Key.Key_F2)
        assert not hand.canvas.findChildren(RenameField)
        hand.selection.set(["left"])
        hand.key(Qt.Key.Key_F2)
        assert len(hand.canvas.findChildren(RenameField)) == 1


class TestMoving:
    def test_a_drag_takes_all_its_layers_along_in_one_step(self, hand: Hand) -> None:
        before = hand.document.project
        hand.drag(body(hand), body(hand) + QPoint(30, 80))
        moved = shifts(hand)
        assert len({moved[uid] for uid in INSIDE}) == 1
        assert moved["conv1"] != (0.0, 0.0)
        assert {moved[uid] for uid in moved if uid not in INSIDE} == {(0.0, 0.0)}
        assert str(hand.document.undo_label) == "Move block"
        check(hand)
        hand.document.undo()
        assert hand.document.project == before
        check(hand)

    def test_wires_follow_it_while_it_is_dragged_and_go_back_when_the_drag_is_given_up(self, hand: Hand) -> None:
        before, routes = hand.document.project, hand.routes()
        hand.press(body(hand))
        hand.move(body(hand) + QPoint(0, 60))
        hand.move(body(hand) + QPoint(0, 90))
        for wire, item in hand.scene.wires.items():
            assert item.route.path.pointAtPercent(0) == hand.scene.port_point(wire.start)
        assert hand.routes() != routes
        hand.key(Qt.Key.Key_Escape)
        assert hand.document.project is before
        assert hand.routes() == routes
        check(hand)

    def test_keys_move_it_with_others_in_one_step(self, hand: Hand) -> None:
        before = hand.document.project
        hand.click(body(hand))
        hand.click(hand.body("left"), CTRL)
        hand.key(Qt.Key.Key_Right)
        hand.key(Qt.Key.Key_Down)
        assert shifts(hand) == {uid: (8.0, 8.0) if uid in (*INSIDE, "left") else (0.0, 0.0) for uid in PLACES}
        assert str(hand.document.undo_label) == "Move 6 layers"
        hand.document.undo()
        assert hand.document.project == before

    def test_it_makes_room_for_a_layer_that_is_put_before_it(self, hand: Hand) -> None:
        hand.canvas.reveal("input")
        hand.document.edit(message("Cut"), lambda project: changes.disconnect(project, [Wire("input", "add", 0, 1)]))
        hand.canvas.add_layer("relu")
        (new,) = hand.selection.uids
        assert {Wire("input", new), Wire(new, "conv1")} <= set(hand.graph.wires)
        moved = shifts(hand)
        assert {moved[uid] for uid in INSIDE} == {(232.0, 0.0)}
        check(hand)


class TestWiring:
    def test_a_wire_from_one_of_its_outputs_is_one_of_that_layer(self, hand: Hand) -> None:
        before = hand.document.project
        hand.drag(hand.port("split", "out", 1), hand.port("free", "in"))
        assert set(hand.graph.wires) - set(GRAPH.wires) == {Wire("split", "free", 1)}
        assert str(hand.document.undo_label) == "Connect split to free"
        check(hand)
        hand.document.undo()
        assert hand.document.project == before

    def test_a_wire_to_one_of_its_inputs_replaces_the_one_that_is_there(self, hand: Hand) -> None:
        hand.drag(hand.port("free", "out"), hand.port("conv1", "in"))
        assert Wire("free", "conv1") in hand.graph.wires
        assert Wire("input", "conv1") not in hand.graph.wires
        check(hand)

    def test_a_wire_let_go_over_its_body_takes_its_free_input(self, hand: Hand) -> None:
        hand.drag(hand.port("free", "out"), body(hand))
        assert set(hand.graph.wires) - set(GRAPH.wires) == {Wire("free", "add", 0, 2)}
        check(hand)

    def test_the_end_of_a_wire_moves_from_one_of_its_inputs_to_another(self, hand: Hand) -> None:
        hand.drag(hand.port("add", "in", 1), hand.port("free", "in"))
        assert {Wire("input", "free")} == set(hand.graph.wires) - set(GRAPH.wires)
        assert hand.graph.at(Port("add", False, 1)) == ()
        check(hand)

    def test_a_loop_is_refused_in_words_and_so_is_a_wire_to_itself(self, hand: Hand) -> None:
        before = hand.document.project
        hand.press(hand.port("left", "out"))
        hand.move(hand.port("conv1", "in"))
        assert "conv1 → bn → conv2" in hand.text()
        hand.release(hand.port("conv1", "in"))
        hand.drag(hand.port("split", "out", 0), hand.port("add", "in", 2))
        assert "loop" in hand.text()
        hand.drag(hand.port("split", "out", 0), body(hand))
        assert hand.document.project is before

    def test_its_ports_stand_out_one_by_one_for_a_wire_in_the_hand(self, hand: Hand) -> None:
        hand.press(hand.port("free", "out"))
        states = block(hand).port_states
        assert [states[port] for port in block(hand).card.inputs] == [PortState.TAKES] * 3
        assert [states[port] for port in block(hand).card.outputs] == [PortState.DIMMED] * 2
        hand.key(Qt.Key.Key_Escape)
        assert not block(hand).port_states

    def test_keys_connect_it(self, hand: Hand) -> None:
        hand.click(body(hand))
        hand.key(Qt.Key.Key_C)
        assert hand.text().startswith("Connect block to free")
        hand.key(Qt.Key.Key_Return)
        assert set(hand.graph.wires) - set(GRAPH.wires) == {Wire("split", "free")}
        hand.canvas.reveal("free")
        hand.key(Qt.Key.Key_C)
        assert hand.text().startswith("Connect free to left")
        hand.key(Qt.Key.Key_Escape)

    def test_a_new_layer_goes_into_the_wire_behind_it(self, hand: Hand) -> None:
        hand.click(body(hand))
        hand.canvas.add_layer("relu")
        (new,) = hand.selection.uids
        assert {Wire("split", new), Wire(new, "left")} <= set(hand.graph.wires)
        check(hand)


class TestDeleting:
    def test_all_its_layers_go_in_one_step_and_come_back(self, hand: Hand) -> None:
        before = hand.document.project
        hand.click(body(hand))
        hand.key(Qt.Key.Key_Delete)
        assert set(hand.graph.by_uid) == set(PLACES) - set(INSIDE)
        assert hand.graph.wires == ()
        assert BLOCK not in hand.scene.cards
        assert hand.selection.uids == ()
        assert str(hand.document.undo_label) == "Delete block"
        check(hand)
        hand.document.undo()
        assert hand.document.project == before
        assert block(hand).face.name == "block"
        check(hand)

    def test_a_layer_that_leaves_it_leaves_the_card(self, hand: Hand) -> None:
        item = block(hand)
        hand.document.edit(message("Take out"), lambda project: changes.remove_and_join(project, "bn"))
        assert block(hand) is item
        assert item.face.chosen == "4 layers"
        check(hand)

    def test_copies_are_made_of_all_its_layers(self, hand: Hand) -> None:
        hand.click(body(hand))
        hand.canvas.duplicate_selected()
        assert len(hand.graph.nodes) == len(GRAPH.nodes) + 5
        assert str(hand.document.undo_label) == "Duplicate block"
        check(hand)
