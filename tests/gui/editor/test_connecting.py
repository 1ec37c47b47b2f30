"""Wires, by mouse and by keys."""

from __future__ import annotations

import pytest
from gui.editor.hand import Hand
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from cnnlab.core.graph.graph import Wire
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Point
from cnnlab.gui.editor import canvas
from cnnlab.gui.editor.card_item import PortState
from cnnlab.gui.editor.wire_item import LooseWire
from cnnlab.gui.theme import theme


def add(hand: Hand, key: str, at: Point = (0.0, 400.0)) -> str:
    hand.document.edit(message("Add"), lambda project: changes.add_layer(project, key, at))
    hand.canvas.fit()
    return hand.graph.nodes[-1].path


def connect(hand: Hand, source: str, target: str, port: int = 0) -> None:
    wire = Wire(hand.uid(source), hand.uid(target), 0, port)
    hand.document.edit(message("Connect"), lambda project: changes.connect(project, wire))


def loose(hand: Hand) -> LooseWire | None:
    return next((item for item in hand.scene.items() if isinstance(item, LooseWire)), None)


@pytest.mark.parametrize("backwards", [False, True])
def test_dragging_from_port_to_port_connects_in_one_step(empty: Hand, backwards: bool) -> None:
    conv = add(empty, "conv2d")
    start, end = empty.port("input", "out"), empty.port(conv, "in")
    empty.drag(end, start) if backwards else empty.drag(start, end)
    assert empty.wires() == {("input", conv, 0)}
    assert str(empty.document.undo_label) == "Connect input to conv1"
    empty.document.undo()
    assert empty.wires() == set()
    empty.check_scene()


def test_a_drop_on_a_card_takes_its_free_input(empty: Hand) -> None:
    add(empty, "conv2d", (0.0, 300.0))
    join = add(empty, "add", (400.0, 300.0))
    empty.drag(empty.port("input", "out"), empty.body(join))
    empty.drag(empty.port("conv1", "out"), empty.body(join))
    assert empty.wires() == {("input", join, 0), ("conv1", join, 1)}
    assert len(empty.card(join).card.inputs) == 3


def test_a_drop_on_an_occupied_input_replaces_its_wire_in_one_step(hand: Hand) -> None:
    before = hand.document.project
    hand.drag(hand.port("conv1", "out"), hand.port("pool1", "in"))
    assert ("conv1", "pool1", 0) in hand.wires()
    assert ("relu1", "pool1", 0) not in hand.wires()
    hand.document.undo()
    assert hand.document.project == before


def test_a_loop_is_refused_in_words_and_changes_nothing(hand: Hand) -> None:
    before = hand.document.project
    start, end = hand.port("relu2", "out"), hand.port("conv1", "in")
    hand.press(start)
    hand.move(end + QPoint(2, 2))
    assert "loop" in hand.text()
    assert "conv1 → relu1" in hand.text()
    assert loose(hand).colour == theme.theme().problem
    hand.release(end)
    assert hand.document.project is before
    assert "loop" in hand.text(), "the reason stays for a while"
    hand.check_scene()


def test_maps_into_linear_are_refused_with_what_to_do(hand: Hand) -> None:
    hand.press(hand.port("pool1", "out"))
    hand.move(hand.port("fc1", "in"))
    assert "Put a Flatten layer between them" in hand.text()
    hand.release(hand.port("fc1", "in"))
    assert ("flatten", "fc1", 0) in hand.wires()


def test_a_refusal_is_hushed_by_the_next_press_or_after_a_while(
    hand: Hand, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.drag(hand.port("relu1", "out"), hand.port("fc1", "in"))
    assert hand.text()
    hand.press(QPoint(5, 5))
    assert not hand.text()
    hand.release(QPoint(5, 5))
    monkeypatch.setattr(canvas, "_REFUSAL_SECONDS", 0.02)
    hand.drag(hand.port("relu1", "out"), hand.port("fc1", "in"))
    qtbot.waitUntil(lambda: not hand.text(), timeout=2000)


def test_two_outputs_are_refused_in_words(hand: Hand) -> None:
    hand.press(hand.port("conv1", "out"))
    hand.move(hand.port("output", "in") + QPoint(0, 90))
    hand.key(Qt.Key.Key_Escape)
    hand.press(hand.port("pool1", "out"))
    hand.move(hand.port("pool2", "out") + QPoint(4, 0))
    assert hand.text() == "Two outputs cannot be connected."
    hand.release(hand.port("pool2", "out") + QPoint(4, 0))
    hand.check_scene()


def test_ports_that_take_the_wire_stand_out_and_the_others_step_back(hand: Hand) -> None:
    hand.press(hand.port("conv2", "out"))
    states = {port: state for card in hand.scene.cards.values() for port, state in card.port_states.items()}
    named = {(hand.graph.by_uid[port.uid].path, port.is_output): state for port, state in states.items()}
    assert named["pool2", False] is PortState.TAKES
    assert named["flatten", False] is PortState.TAKES
    assert named["conv1", False] is PortState.DIMMED, "a loop"
    assert named["fc1", False] is PortState.DIMMED, "maps into Linear"
    assert named["relu1", True] is PortState.DIMMED
    hand.release(hand.port("conv2", "out"))
    assert not any(card.port_states for card in hand.scene.cards.values() if card.card.layer != hand.uid("conv2"))


def test_escape_gives_a_wire_up(hand: Hand) -> None:
    before = hand.document.project
    hand.press(hand.port("conv1", "out"))
    hand.move(hand.port("pool1", "in"))
    hand.key(Qt.Key.Key_Escape)
    hand.release(hand.port("pool1", "in"))
    assert hand.document.project is before
    hand.check_scene()


def test_an_end_is_moved_to_another_port_in_one_step(hand: Hand) -> None:
    before = hand.document.project
    hand.drag(hand.port("pool1", "in"), hand.port("relu1", "in"))
    assert ("relu1", "relu1", 0) not in hand.wires(), "a layer cannot feed itself"
    assert hand.document.project == before
    hand.drag(hand.port("relu1", "in"), hand.port("pool1", "in"))
    assert {("conv1", "pool1", 0)} == {wire for wire in hand.wires() if wire[0] == "conv1"}
    hand.document.undo()
    assert hand.document.project == before


def test_an_end_dropped_on_nothing_removes_the_wire(hand: Hand) -> None:
    before = hand.document.project
    hand.drag(hand.port("conv2", "in"), hand.pixel(hand.scene.all_cards_rect().topRight()) + QPoint(-20, 60))
    assert ("pool1", "conv2", 0) not in hand.wires()
    assert len(hand.wires()) == len(before.graph.wires) - 1
    hand.document.undo()
    assert hand.document.project == before


def test_an_end_let_go_where_it_was_changes_nothing(hand: Hand) -> None:
    before = hand.document.project
    hand.drag(hand.port("pool1", "in"), hand.port("pool1", "in") + QPoint(2, 0))
    assert hand.document.project is before
    hand.check_scene()


def test_a_wire_grabbed_near_its_start_moves_its_start(hand: Hand) -> None:
    wire = next(w for w in hand.graph.wires if w.target == hand.uid("conv2"))
    near_start = hand.scene.wires[wire].route.path.pointAtPercent(0.06)
    hand.drag(hand.pixel(near_start), hand.port("relu1", "out"))
    assert ("relu1", "conv2", 0) in hand.wires()
    assert ("pool1", "conv2", 0) not in hand.wires()


class TestJoins:
    @pytest.fixture
    def join(self, hand: Hand) -> str:
        name = add(hand, "concatenate", (1200.0, 0.0))
        for port, source in enumerate(("conv1", "relu1", "pool1")):
            connect(hand, source, name, port)
        return name

    def test_there_is_one_port_for_each_wire_and_one_free(self, hand: Hand, join: str) -> None:
        assert len(hand.card(join).card.inputs) == 4
        assert hand.card(join).face.numbered

    def test_two_inputs_change_places(self, hand: Hand, join: str) -> None:
        hand.drag(hand.port(join, "in", 0), hand.port(join, "in", 2))
        assert {("pool1", join, 0), ("relu1", join, 1), ("conv1", join, 2)} <= hand.wires()

    def test_an_input_moved_to_the_free_port_becomes_the_last(self, hand: Hand, join: str) -> None:
        hand.drag(hand.port(join, "in", 0), hand.port(join, "in", 3))
        assert {("relu1", join, 0), ("pool1", join, 1), ("conv1", join, 2)} <= hand.wires()

    def test_another_source_keeps_the_number_of_the_input(self, hand: Hand, join: str) -> None:
        wire = next(w for w in hand.graph.wires if w.target == hand.uid(join) and w.target_port == 1)
        hand.scene.select_wires([wire])
        near_start = hand.scene.wires[wire].route.path.pointAtPercent(0.03)
        hand.drag(hand.pixel(near_start), hand.port("input", "out"))
        assert {("conv1", join, 0), ("input", join, 1), ("pool1", join, 2)} <= hand.wires()

    def test_all_inputs_stand_out_for_an_end_in_the_hand_that_was_in_one_of_them(self, hand: Hand, join: str) -> None:
        hand.press(hand.port(join, "in", 0))
        hand.move(hand.port(join, "in", 0) + QPoint(-30, 0))
        states = {port.index: state for port, state in hand.card(join).port_states.items() if not port.is_output}
        assert states == dict.fromkeys(range(4), PortState.TAKES)
        hand.key(Qt.Key.Key_Escape)

    def test_removing_the_first_input_closes_the_hole(self, hand: Hand, join: str) -> None:
        hand.drag(hand.port(join, "in", 0), hand.port(join, "in", 0) + QPoint(-30, 260))
        assert {w for w in hand.wires() if w[1] == join} == {("relu1", join, 0), ("pool1", join, 1)}
        hand.check_scene()


class TestQuickAdd:
    def test_a_wire_dropped_on_nothing_adds_and_connects_what_is_chosen_there(self, hand: Hand) -> None:
        before = hand.document.project
        at = hand.pixel(hand.scene.all_cards_rect().topRight()) + QPoint(-80, 120)
        hand.drag(hand.port("pool1", "out"), at)
        hand.type("batch")
        hand.key(Qt.Key.Key_Return)
        assert ("pool1", "bn1", 0) in hand.wires()
        assert hand.selection.uids == (hand.uid("bn1"),)
        assert (hand.port("bn1", "in") - at).manhattanLength() <= 8
        hand.document.undo()
        assert hand.document.project == before

    def test_only_layers_that_take_the_wire_are_offered(self, hand: Hand) -> None:
        hand.drag(hand.port("pool1", "out"), hand.pixel(hand.scene.all_cards_rect().topRight()) + QPoint(-80, 120))
        offered = hand.canvas.quick_add.palette_.tree.keys_shown()
        assert "conv2d" in offered
        assert not {"input", "linear", "softmax", "output"} & set(offered)
        hand.key(Qt.Key.Key_Escape)
        assert hand.canvas.quick_add is None
        assert hand.view.hasFocus()


class TestByKeys:
    def test_c_then_enter_connects_to_the_next_free_input(self, empty: Hand) -> None:
        conv = add(empty, "conv2d")
        empty.canvas.reveal(empty.uid("input"))
        empty.key(Qt.Key.Key_C)
        assert conv in empty.text()
        empty.key(Qt.Key.Key_Return)
        assert empty.wires() == {("input", conv, 0)}
        assert str(empty.document.undo_label) == "Connect input to conv1"

    def test_tab_chooses_another_target(self, empty: Hand) -> None:
        for x in (200.0, 500.0):
            add(empty, "relu", (x, 300.0))
        empty.canvas.reveal(empty.uid("input"))
        empty.key(Qt.Key.Key_C)
        assert "relu1" in empty.text()
        empty.key(Qt.Key.Key_Tab)
        assert "relu2" in empty.text()
        empty.key(Qt.Key.Key_Return)
        assert empty.wires() == {("input", "relu2", 0)}

    def test_escape_leaves_everything(self, empty: Hand) -> None:
        add(empty, "conv2d")
        before = empty.document.project
        empty.canvas.reveal(empty.uid("input"))
        empty.key(Qt.Key.Key_C)
        empty.key(Qt.Key.Key_Escape)
        assert empty.document.project is before
        assert empty.text() == ""
        empty.check_scene()

    def test_what_cannot_be_connected_is_said(self, empty: Hand) -> None:
        empty.canvas.reveal(empty.uid("output"))
        empty.key(Qt.Key.Key_C)
        assert empty.text() == "output has no output: the network ends here."
