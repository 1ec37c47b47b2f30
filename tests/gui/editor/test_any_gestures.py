"""Whatever a person does: the scene shows the document, the screen shows the scene, and undoing everything is the start."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from gui.editor.hand import Hand
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnlab.core import catalog, templates
from cnnlab.core.project.project import Project
from cnnlab.gui.editor.hits import OnGround

CTRL = Qt.KeyboardModifier.ControlModifier


def gestures(hand: Hand, dice: random.Random) -> Any:
    """One of the things a person can do, at a place that may make sense."""
    paths = [node.path for node in hand.graph.nodes]

    def spot() -> QPoint:
        return QPoint(dice.randrange(hand.view.width()), dice.randrange(hand.view.height()))

    def port(side: str) -> QPoint:
        card = hand.card(dice.choice(paths))
        ports = card.card.outputs if side == "out" else card.card.inputs
        return hand.pixel(card.port_point(dice.choice(ports))) if ports else spot()

    def body() -> QPoint:
        return hand.body(dice.choice(paths)) if paths else spot()

    def connect() -> None:
        hand.drag(port("out"), port("in"))

    def quick_add() -> None:
        hand.drag(port("out"), spot())
        if hand.canvas.quick_add is not None:
            hand.type(dice.choice(["conv", "add", "flat", "zzz"]))
            hand.key(dice.choice([Qt.Key.Key_Return, Qt.Key.Key_Escape]))
        if hand.canvas.quick_add is not None:
            hand.key(Qt.Key.Key_Escape)

    def select_wire() -> None:
        if hand.scene.wires:
            item = dice.choice(list(hand.scene.wires.values()))
            hand.click(hand.pixel(item.route.path.pointAtPercent(dice.random())))

    def give_up() -> None:
        hand.press(dice.choice([port("out"), port("in"), body()]))
        hand.move(spot())
        hand.key(Qt.Key.Key_Escape)
        hand.release(spot())

    always = [
        lambda: hand.drop_layer(dice.choice(list(catalog.BY_KEY)), spot()),
        lambda: hand.canvas.add_layer(dice.choice(list(catalog.BY_KEY))),
        hand.document.undo,
        hand.document.redo,
        hand.canvas.paste,
        lambda: hand.wheel(spot(), dice.choice([-1, 1])),
        hand.canvas.fit,
        lambda: hand.drag(spot(), spot()),
    ]
    with_cards = [
        connect, connect, connect, quick_add, select_wire, give_up,
        lambda: hand.drag(port("in"), dice.choice([port("in"), spot()])),
        lambda: hand.drag(body(), spot()),
        lambda: hand.click(body(), dice.choice([CTRL, Qt.KeyboardModifier.NoModifier])),
        lambda: hand.key(dice.choice([Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Tab, Qt.Key.Key_R])),
        lambda: hand.key(Qt.Key.Key_Delete),
        hand.canvas.duplicate_selected, hand.canvas.copy, hand.canvas.delete_and_join,
    ]  # fmt: skip
    dice.choice(always + (with_cards if paths else []))()


@pytest.mark.parametrize("seed", range(4))
def test_random_gestures(open_canvas: Callable[[Project], Hand], seed: int) -> None:
    dice = random.Random(seed)
    hand = open_canvas(templates.BY_KEY["lenet5" if seed % 2 else "empty"].build())
    start = hand.document.project
    for step in range(80):
        if len(hand.graph.nodes) > 25:
            hand.canvas.select_all()
            hand.selection.set(hand.selection.uids[:20])
            hand.canvas.delete_selected()
        hand.view.setFocus()
        gestures(hand, dice)
        hand.check_scene()
        assert len(hand.graph.wires) == len({(w.target, w.target_port) for w in hand.graph.wires}), step
    hand.undo_all()
    assert hand.document.project == start
    hand.check_scene()


def look_around(hand: Hand, dice: random.Random) -> None:
    """Another zoom, from far away to near, or another part of the canvas."""
    if dice.random() < 0.5:
        hand.view.set_zoom(dice.choice([0.05, 0.1, 0.2, 0.33, 0.5, 1.0, 2.0]))
    else:
        middle = hand.view.viewport().rect().center()
        by = QPoint(dice.randrange(-300, 300), dice.randrange(-200, 200))
        hand.drag(middle, middle + by, Qt.MouseButton.MiddleButton)


def screen(hand: Hand, qtbot: QtBot) -> Any:
    """What is on the screen after all that is due has been painted."""
    qtbot.waitUntil(lambda: not hand.view.is_zooming)
    for _again in range(3):  # an update leads to a paint, which can lead to another update
        QApplication.processEvents()
    return hand.canvas.screen().grabWindow(hand.canvas.winId()).toImage()


@pytest.mark.parametrize("key", ["mnist", "lenet5", "googlenet"])
def test_the_screen_shows_at_each_step_what_painting_all_of_it_shows(
    open_canvas: Callable[[Project], Hand], qtbot: QtBot, key: str
) -> None:
    dice = random.Random(key)
    hand = open_canvas(templates.BY_KEY[key].build())
    for step in range(40):
        hand.view.setFocus()
        dice.choice([gestures, gestures, look_around])(hand, dice)
        if hand.canvas.quick_add is None:  # the cursor in its field blinks
            assert screen(hand, qtbot) == hand.canvas.grab().toImage(), step
    hand.view.end_gesture()
    hand.undo_all()
    fresh = open_canvas(hand.document.project)
    for each in (hand, fresh):
        each.scene.clear_selection()
        each.scene.set_hovered(OnGround())
        each.key(Qt.Key.Key_Escape)  # what the bubble says is not about the network
        each.canvas.fit()
    assert screen(hand, qtbot) == screen(fresh, qtbot)


@pytest.mark.parametrize("seed", range(4))
def test_wires_go_the_ways_that_a_scene_made_anew_gives_them(open_canvas: Callable[[Project], Hand], seed: int) -> None:
    dice = random.Random(seed)
    hand = open_canvas(templates.BY_KEY["mnist"].build())
    for _step in range(12):
        hand.view.setFocus()
        gestures(hand, dice)
    hand.view.end_gesture()
    assert hand.routes() == open_canvas(hand.document.project).routes()
    hand.undo_all()
    assert hand.routes() == open_canvas(hand.document.project).routes()


def test_wires_go_back_when_the_copies_in_their_way_are_undone(hand: Hand) -> None:
    before = hand.routes()
    hand.canvas.select_all()
    hand.canvas.duplicate_selected()
    hand.document.undo()
    assert hand.routes() == before
