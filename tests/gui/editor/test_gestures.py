"""Selecting, moving, deleting, copying, naming and looking around, by mouse and by keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gui.editor.hand import Hand
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSpinBox
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.training.learning import Learning
from cnnlab.gui.editor import clipboard
from cnnlab.gui.editor.panning_view import LARGEST_ZOOM, MIN_ZOOM
from cnnlab.gui.editor.wire_item import WireState

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
MIDDLE = Qt.MouseButton.MiddleButton


def selected(hand: Hand) -> set[str]:
    return {hand.graph.by_uid[uid].path for uid in hand.selection.uids}


def place(hand: Hand, path: str) -> tuple[float, float]:
    return hand.document.project.layout.positions[hand.uid(path)]


def wire_into(hand: Hand, path: str) -> Any:
    return next(wire for wire in hand.graph.wires if wire.target == hand.uid(path))


class TestSelecting:
    def test_a_click_selects_and_a_click_on_nothing_clears(self, hand: Hand) -> None:
        hand.click(hand.body("conv1"))
        assert selected(hand) == {"conv1"}
        hand.click(hand.body("relu1"), CTRL)
        assert selected(hand) == {"conv1", "relu1"}
        hand.click(hand.body("conv1"))
        assert selected(hand) == {"conv1"}
        hand.click(QPoint(5, 5))
        assert selected(hand) == set()

    def test_a_rectangle_selects_what_it_touches(self, hand: Hand) -> None:
        start = hand.pixel(hand.card("input").card_rect().topLeft()) - QPoint(10, 10)
        hand.drag(start, hand.body("conv1"))
        assert selected(hand) == {"input", "conv1"}
        assert hand.document.undo_label is None

    def test_tab_walks_in_the_order_of_execution_and_leaves_at_the_end(self, hand: Hand) -> None:
        for path in ("input", "conv1", "relu1"):
            hand.key(Qt.Key.Key_Tab)
            assert selected(hand) == {path}
        hand.key(Qt.Key.Key_Backtab, SHIFT)
        assert selected(hand) == {"conv1"}
        hand.canvas.reveal(hand.uid("output"))
        hand.key(Qt.Key.Key_Tab)
        assert selected(hand) == {"output"}
        assert not hand.view.hasFocus()

    def test_escape_clears(self, hand: Hand) -> None:
        hand.canvas.select_all()
        assert len(selected(hand)) == 15
        hand.key(Qt.Key.Key_Escape)
        assert selected(hand) == set()

    def test_a_screen_reader_is_told_what_is_selected(self, hand: Hand) -> None:
        hand.click(hand.body("conv1"))
        assert hand.view.accessibleDescription().startswith("conv1, 32 · 3×3")
        assert "gives 32 × 26 × 26" in hand.view.accessibleDescription()


class TestMoving:
    def test_a_drag_moves_on_the_grid_in_one_step(self, hand: Hand) -> None:
        before = hand.document.project
        hand.drag(hand.body("conv1"), hand.body("conv1") + QPoint(37, 21))
        x, y = place(hand, "conv1")
        assert x % 8 == 0
        assert y % 8 == 0
        assert (x, y) != before.layout.positions[hand.uid("conv1")]
        assert str(hand.document.undo_label) == "Move conv1"
        hand.check_scene()
        hand.document.undo()
        assert hand.document.project == before

    def test_several_cards_keep_their_distance_and_are_one_step(self, hand: Hand) -> None:
        before = hand.document.project.layout.positions
        hand.click(hand.body("conv1"))
        hand.click(hand.body("conv2"), CTRL)
        hand.click(hand.body("fc1"), CTRL)
        hand.drag(hand.body("conv2"), hand.body("conv2") + QPoint(0, 30))
        moves = {
            (place(hand, path)[0] - before[hand.uid(path)][0], place(hand, path)[1] - before[hand.uid(path)][1])
            for path in ("conv1", "conv2", "fc1")
        }
        assert len(moves) == 1
        assert str(hand.document.undo_label) == "Move 3 layers"
        hand.check_scene()

    def test_escape_puts_the_cards_back(self, hand: Hand) -> None:
        before = hand.document.project
        hand.press(hand.body("conv1"))
        hand.move(hand.body("conv1") + QPoint(60, 60))
        assert hand.card("conv1").pos().x() != before.layout.positions[hand.uid("conv1")][0]
        hand.key(Qt.Key.Key_Escape)
        assert hand.document.project is before
        hand.check_scene()

    def test_an_undo_in_the_middle_gives_the_drag_up(self, hand: Hand) -> None:
        hand.canvas.add_layer("relu")
        (added,) = hand.selection.uids
        at = hand.body(hand.graph.by_uid[added].path)
        hand.press(at)
        hand.move(at + QPoint(60, 60))
        hand.document.undo()
        hand.move(at + QPoint(80, 80))
        hand.release(at + QPoint(80, 80))
        assert added not in hand.graph.by_uid
        hand.check_scene()
        hand.document.redo()
        assert added in hand.graph.by_uid

    def test_nudges_in_a_row_are_one_step(self, hand: Hand) -> None:
        before = hand.document.project
        x, y = place(hand, "conv1")
        hand.click(hand.body("conv1"))
        for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
            hand.key(key)
        assert place(hand, "conv1") == (x + 16, y + 8)
        hand.document.undo()
        assert hand.document.project == before

    def test_a_wire_keeps_clear_of_a_card_in_its_way(self, hand: Hand) -> None:
        hand.drag(hand.body("conv2"), hand.body("conv2") + QPoint(0, 8))
        for item in hand.scene.wires.values():
            middle = item.route.path.pointAtPercent(0.5)
            assert hand.scene.card_at(middle) is None


class TestDeleting:
    @pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
    def test_cards_go_with_their_wires_in_one_step(self, hand: Hand, key: Qt.Key) -> None:
        before = hand.document.project
        hand.click(hand.body("relu1"))
        hand.key(key)
        assert "relu1" not in hand.graph.by_path
        assert len(hand.wires()) == 12
        assert str(hand.document.undo_label) == "Delete relu1"
        assert hand.selection.uids == ()
        hand.check_scene()
        hand.document.undo()
        assert hand.document.project == before

    def test_a_selected_wire_goes(self, hand: Hand) -> None:
        path = hand.scene.wires[wire_into(hand, "conv2")].route.path
        hand.click(hand.pixel(path.pointAtPercent(0.5)))
        assert hand.scene.wires[wire_into(hand, "conv2")].state is WireState.SELECTED
        hand.key(Qt.Key.Key_Delete)
        assert ("pool1", "conv2", 0) not in hand.wires()
        assert str(hand.document.undo_label) == "Delete wire"

    def test_and_joining_closes_the_chain(self, hand: Hand) -> None:
        hand.click(hand.body("relu1"))
        hand.canvas.delete_and_join()
        assert ("conv1", "pool1", 0) in hand.wires()
        hand.check_scene()


class TestCopies:
    def test_a_duplicate_lies_beside_and_is_selected(self, hand: Hand) -> None:
        before = hand.document.project
        hand.click(hand.body("conv1"))
        hand.click(hand.body("relu1"), CTRL)
        hand.canvas.duplicate_selected()
        assert ("conv4", "relu5", 0) in hand.wires()
        assert selected(hand) == {"conv4", "relu5"}
        assert place(hand, "conv4") == (place(hand, "conv1")[0] + 32, place(hand, "conv1")[1] + 32)
        hand.canvas.duplicate_selected()
        assert len(hand.graph.nodes) == 19
        hand.undo_all()
        assert hand.document.project == before
        hand.check_scene()

    def test_layers_go_from_one_window_to_another(self, hand: Hand, open_canvas: Callable[[Project], Hand]) -> None:
        other = open_canvas(templates.BY_KEY["empty"].build())
        hand.click(hand.body("conv2"))
        hand.click(hand.body("relu2"), CTRL)
        hand.canvas.copy()
        other.canvas.paste()
        assert ("conv1", "relu1", 0) in other.wires()
        assert other.graph.by_path["conv1"].params["out_channels"] == 64
        assert {"conv1", "relu1"} == selected(other)
        assert {card.layer for card in other.scene.cards_in(other.view.visible_area())} >= set(other.selection.uids)
        other.check_scene()

    def test_a_frozen_layer_comes_back_frozen(self, hand: Hand) -> None:
        hand.document.edit(
            message("Freeze"), lambda project: changes.set_learning(project, hand.uid("conv1"), frozen=True)
        )
        hand.click(hand.body("conv1"))
        hand.canvas.cut()
        assert not hand.document.project.learning
        hand.canvas.paste()
        assert hand.document.project.learning == {hand.uid("conv1"): Learning(frozen=True)}

    def test_cut_then_paste_brings_the_same_layers_back(self, hand: Hand) -> None:
        hand.click(hand.body("conv1"))
        params = hand.graph.by_path["conv1"].params
        hand.canvas.cut()
        assert "conv1" not in hand.graph.by_path
        hand.canvas.paste()
        assert hand.graph.by_path["conv1"].params == params

    @pytest.mark.parametrize(
        "data",
        [
            b"", b"[]", b"{}", b"{", b'"x"', b"[" * 100_000,
            json.dumps({"cnnlab layers": 2, "nodes": [], "wires": [], "positions": {}}).encode(),
            json.dumps({"cnnlab layers": 1, "nodes": [{"uid": "a", "path": "a", "type": "conv2d", "version": 1,
                        "params": {"out_channels": -1}}], "wires": [], "positions": {}}).encode(),
            json.dumps({"cnnlab layers": 1, "nodes": [], "wires": [], "positions": {}, "learning": [1]}).encode(),
            json.dumps({"cnnlab layers": 1, "nodes": [{"uid": "a", "path": "a", "type": "relu", "version": 1, "params": {}}],
                        "wires": [], "positions": {}, "learning": {"a": {"frozen": "yes"}}}).encode(),
            json.dumps({"cnnlab layers": 1, "nodes": [], "wires": [["a", 0, "b", 0]], "positions": {}}).encode(),
        ],
    )  # fmt: skip
    def test_a_damaged_clipboard_is_told_and_changes_nothing(self, data: bytes) -> None:
        mime = QMimeData()
        mime.setData(clipboard.MIME, data)
        with pytest.raises(clipboard.ClipboardError, match="nothing was changed"):
            clipboard.from_mime(mime)

    def test_foreign_text_is_told_politely(self, hand: Hand) -> None:
        before = hand.document.project
        QGuiApplication.clipboard().setText("conv1")
        hand.canvas.paste()
        assert hand.document.project is before
        assert hand.text() == "There are no layers on the clipboard. Copy some cards first."

    def test_a_copy_is_told(self, hand: Hand) -> None:
        hand.canvas.reveal(hand.uid("conv1"))
        hand.canvas.copy()
        assert hand.text() == "Copied one layer."


class TestNaming:
    def test_a_double_click_on_the_name_renames_in_place(self, hand: Hand) -> None:
        title = hand.card("conv1").card_rect().topLeft() + QPointF(60, 20)
        hand.double_click(hand.pixel(title))
        hand.key(Qt.Key.Key_A, CTRL)
        hand.type("edges")
        hand.key(Qt.Key.Key_Return)
        assert "edges" in hand.graph.by_path
        assert hand.card("edges").face.name == "edges"
        assert str(hand.document.undo_label) == "Rename conv1 to edges"
        assert hand.view.hasFocus()

    def test_a_name_that_cannot_be_is_refused_in_words_and_the_field_stays(self, hand: Hand) -> None:
        hand.click(hand.body("conv1"))
        hand.key(Qt.Key.Key_F2)
        hand.key(Qt.Key.Key_A, CTRL)
        hand.type("conv2")
        hand.key(Qt.Key.Key_Return)
        assert hand.text() == "Another layer is called “conv2”."
        hand.key(Qt.Key.Key_Escape)
        assert "conv1" in hand.graph.by_path
        assert hand.document.undo_label is None
        assert hand.view.hasFocus()

    def test_a_field_clicked_while_renaming_keeps_the_focus(self, hand: Hand) -> None:
        spin = QSpinBox(hand.canvas)
        spin.show()
        hand.click(hand.body("conv1"))
        hand.key(Qt.Key.Key_F2)
        hand.key(Qt.Key.Key_A, CTRL)
        hand.type("edges")
        spin.setFocus(Qt.FocusReason.MouseFocusReason)
        assert "edges" in hand.graph.by_path
        assert QApplication.focusWidget() is spin
        hand.drag(hand.port("conv2", "out"), QPoint(5, 5))
        assert hand.canvas.quick_add is not None
        spin.setFocus(Qt.FocusReason.MouseFocusReason)
        assert hand.canvas.quick_add is None
        assert QApplication.focusWidget() is spin


class TestLooking:
    @pytest.mark.parametrize("notches", [1, 4, -1, -3, 0.5])
    def test_zoom_keeps_the_point_under_the_mouse(self, hand: Hand, notches: float) -> None:
        at = QPoint(633, 177)
        before = hand.view.mapToScene(at)
        zoom = hand.view.zoom
        hand.wheel(at, notches)
        assert hand.view.zoom == pytest.approx(zoom * 1.25**notches)
        moved = hand.view.mapFromScene(before) - at
        assert max(abs(moved.x()), abs(moved.y())) <= 1

    def test_zoom_has_limits(self, hand: Hand) -> None:
        hand.wheel(QPoint(300, 300), 100)
        assert hand.view.zoom == LARGEST_ZOOM
        hand.wheel(QPoint(300, 300), -100)
        assert hand.view.zoom == pytest.approx(MIN_ZOOM)

    @pytest.mark.parametrize("button", [MIDDLE, Qt.MouseButton.LeftButton])
    def test_the_middle_button_and_space_pan(self, hand: Hand, button: Qt.MouseButton) -> None:
        if button is not MIDDLE:
            QTest.keyPress(hand.view, Qt.Key.Key_Space)
        before = hand.view.mapToScene(QPoint(400, 300))
        hand.drag(QPoint(400, 300), QPoint(450, 270), button)
        assert (hand.view.mapToScene(QPoint(450, 270)) - before).manhattanLength() < 2
        assert hand.view.mapToScene(QPoint(400, 300)) != before
        assert hand.document.undo_label is None

    def test_fit_shows_everything_and_100_percent_is_pixel_for_unit(self, hand: Hand) -> None:
        hand.canvas.zoom_to_100()
        assert hand.view.zoom == pytest.approx(1.0)
        hand.key(Qt.Key.Key_F)
        assert hand.view.visible_area().contains(hand.scene.all_cards_rect())

    def test_the_view_stays_fitted_in_another_size(self, hand: Hand, open_canvas: Callable[[Project], Hand]) -> None:
        hand.canvas.resize(1500, 900)
        QApplication.processEvents()
        fresh = open_canvas(hand.document.project)
        fresh.canvas.resize(1500, 900)
        QApplication.processEvents()
        fresh.canvas.fit()
        assert hand.view.zoom == fresh.view.zoom > 0.6
        assert hand.view.visible_area() == fresh.view.visible_area()

    @pytest.mark.parametrize("key", ["mnist", "resnet18", "googlenet", "resnet152"])
    def test_a_network_opens_whole_if_that_can_be_read_and_else_begins_at_the_left_top(
        self, empty: Hand, key: str
    ) -> None:
        empty.wheel(QPoint(300, 300), 3)  # what was looked at before does not matter
        empty.document.open(templates.BY_KEY[key].build(), None)
        for size in ((900, 600), (700, 500)):  # nor does it that the window finds its size later
            empty.canvas.resize(*size)
            QApplication.processEvents()
            zoom, seen = empty.view.zoom, empty.view.visible_area()
            first = empty.card(empty.graph.nodes[0].path).card_rect()
            if seen.contains(empty.scene.all_cards_rect()):
                assert zoom >= 0.5
            else:
                assert 0.66 <= zoom <= 1
                margins = (first.topLeft() - seen.topLeft()) * zoom
                assert 10 < margins.x() < 40
                assert 10 < margins.y() < 40
        assert (key == "mnist") == seen.contains(empty.scene.all_cards_rect())

    @pytest.mark.parametrize(
        "state",
        [
            lambda hand: hand.wheel(QPoint(300, 300), 1),
            lambda hand: hand.wheel(QPoint(300, 300), 1, SHIFT),
            lambda hand: hand.drag(QPoint(400, 300), QPoint(450, 270), MIDDLE),
            lambda hand: hand.canvas.zoom_out(),
            lambda hand: hand.view.reveal(QRectF(3000, 0, 100, 100)),
        ],
    )
    def test_a_view_that_was_chosen_stays_in_another_size(self, hand: Hand, state: Callable[[Hand], object]) -> None:
        state(hand)
        zoom, corner = hand.view.zoom, hand.view.mapToScene(QPoint(0, 0))
        hand.canvas.resize(1500, 900)
        QApplication.processEvents()
        assert hand.view.zoom == zoom
        assert (hand.view.mapToScene(QPoint(0, 0)) - corner).manhattanLength() < 2 / zoom

    def test_which_cards_are_on_view_is_told_after_a_moment(self, hand: Hand, qtbot: QtBot) -> None:
        qtbot.waitUntil(lambda: hand.canvas.visible.layers == set(hand.graph.by_uid), timeout=1000)
        with qtbot.waitSignal(hand.canvas.visible_changed, timeout=1000) as told:
            hand.canvas.view.set_zoom(4.0)
        assert told.args == [hand.canvas.visible.layers]
        assert 0 < len(hand.canvas.visible.layers) < 15
        with qtbot.waitSignal(hand.canvas.visible_changed, timeout=1000) as told:
            hand.canvas.view.set_zoom(0.2)
        assert told.args == [frozenset()], "too small to show maps"


def test_nothing_is_left_selected_or_hovered_after_cards_are_gone(hand: Hand) -> None:
    hand.move(hand.port("conv1", "out"))
    hand.canvas.select_all()
    hand.key(Qt.Key.Key_Delete)
    hand.move(QPoint(300, 300))
    assert hand.graph.nodes == ()
    hand.check_scene()
    hand.undo_all()
    hand.check_scene()
    QApplication.processEvents()
