"""What is painted of large networks, and when."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gui.editor.hand import Hand
from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtGui import QImage, QPainter, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from cnnlab.core import templates
from cnnlab.core.graph.facts import Facts
from cnnlab.core.graph.graph import Wire
from cnnlab.core.messages import message
from cnnlab.core.project import changes, repairs
from cnnlab.core.project.project import Project
from cnnlab.gui.theme import theme


@pytest.fixture
def large(open_canvas: Callable[[Project], Hand]) -> Hand:
    """Several hundred cards."""
    return open_canvas(templates.BY_KEY["googlenet"].build())


def picture(hand: Hand) -> QImage:
    return hand.view.viewport().grab().toImage()


def colours_at(hand: Hand, image: QImage) -> dict[str, str]:
    """By path, the colour of each card's stripe where the card is on view."""
    found = {}
    for node in hand.graph.nodes:
        at = hand.pixel(hand.card(node.path).card_rect().topLeft()) + QPoint(8, 1)
        if image.rect().contains(at):
            found[node.path] = image.pixelColor(at).name()
    return found


@pytest.mark.parametrize("zoom", [0.1, 0.2, 0.31, 0.5, 1.0])
def test_every_card_on_view_shows_its_family_at_every_zoom(large: Hand, zoom: float) -> None:
    large.view.set_zoom(zoom)
    families = {str(colour).lower() for colour in theme.theme().families.values()}
    seen = colours_at(large, picture(large))
    assert len(seen) > 5
    assert set(seen.values()) <= families
    assert len(set(seen.values())) > 2


def test_cards_are_stretched_while_the_zoom_changes_and_sharp_after_it(large: Hand) -> None:
    large.view.set_zoom(0.4)
    sharp = picture(large)
    middle = large.view.viewport().rect().center()
    large.wheel(middle, 1)
    large.wheel(middle, -1)
    assert large.view.zoom == pytest.approx(0.4)
    large.wheel(middle, 0.5)
    hurried = picture(large)
    QTest.qWait(200)
    assert not large.view.is_zooming
    settled = picture(large)
    assert hurried != settled
    large.view.set_zoom(0.4)
    assert picture(large).size() == sharp.size()


def test_few_cards_are_never_stretched(hand: Hand) -> None:
    hand.wheel(hand.view.viewport().rect().center(), -1)
    hurried = picture(hand)
    QTest.qWait(200)
    QApplication.processEvents()
    assert picture(hand) == hurried


def test_a_selected_wire_lies_above_the_cards_and_the_others_below(large: Hand) -> None:
    large.view.set_zoom(1.0)
    wire = next(iter(large.scene.wires))
    large.canvas.reveal(wire.target)
    before = picture(large)
    large.scene.select_wires({wire})
    after = picture(large)
    assert before != after
    large.scene.select_wires(())
    assert picture(large) == before


@pytest.mark.parametrize("zoom", [0.06, 0.2, 0.31, 0.6])
def test_a_part_of_the_screen_is_painted_as_the_whole_is(large: Hand, zoom: float) -> None:
    large.view.set_zoom(zoom)
    large.scene.select_wires(list(large.scene.wires)[::9])
    viewport = large.view.viewport()
    viewport.repaint()
    for left in range(0, viewport.width(), 7):
        viewport.repaint(left, 0, 5, viewport.height())
    for top in range(0, viewport.height(), 7):
        viewport.repaint(0, top, viewport.width(), 5)
    screen = large.canvas.screen().grabWindow(large.canvas.winId()).toImage()
    assert screen == large.canvas.grab().toImage()


class Repaints(QObject):
    """What a widget repaints by itself."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.region = QRegion()
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.region = self.region.united(event.region())
        return False


def stale_pixels(before: QImage, after: QImage, repainted: QRegion) -> int:
    """How many pixels of the screen still show ``before`` where ``after`` is other."""
    screen = before.copy()
    painter = QPainter(screen)
    painter.setClipRegion(repainted)
    painter.drawImage(0, 0, after)
    painter.end()
    return sum(
        screen.pixelColor(x, y) != after.pixelColor(x, y)
        for x in range(0, after.width(), 2)
        for y in range(0, after.height(), 2)
    )


EDITS = {
    "a card comes": lambda project: changes.add_layer(project, "split", (40.0, 330.0)),
    "a card goes": lambda project: changes.remove(project, ["conv2"]),
    "a card moves": lambda project: changes.move(project, {"pool1": (300.0, 380.0)}),
    "a card says something else": lambda project: changes.set_params(project, "conv1", out_channels=7),
    "a wire comes": lambda project: changes.connect(project, Wire("conv1", "pool1")),
    "a wire goes": lambda project: changes.disconnect(project, project.graph.wires[2:3]),
    "a card comes into a wire": lambda project: repairs.insert_before(project, "pool1", 0, "batchnorm2d"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("zoom", [0.2, 0.6])
def test_whatever_an_edit_and_its_undo_change_is_painted_anew(
    open_canvas: Callable[[Project], Hand], edit: Callable[[Project], Project], zoom: float
) -> None:
    hand = open_canvas(templates.BY_KEY["mnist"].build())
    hand.view.set_zoom(zoom)
    QApplication.processEvents()
    before = picture(hand)
    repaints = Repaints(hand.view.viewport())
    hand.document.edit(message("Edit"), edit)
    QTest.qWait(20)
    edited, between = repaints.region, picture(hand)
    assert between != before or zoom < 0.5, "from far away a card says no more than its name"
    assert stale_pixels(before, between, edited) == 0
    QTest.qWait(20)
    repaints.region = QRegion()
    hand.document.undo()
    QTest.qWait(20)
    undone, after = repaints.region, picture(hand)
    assert stale_pixels(between, after, undone) == 0
    assert after == before


def test_cards_say_sizes_that_arrive_just_before_a_part_of_the_canvas_is_painted(hand: Hand) -> None:
    """As a banner that goes from over the canvas has its strip painted at once."""
    facts = hand.document.facts
    hand.document.facts = Facts()
    hand.document.facts_changed.emit()
    QApplication.processEvents()
    painted = Repaints(hand.view.viewport())
    hand.document.facts = facts
    hand.document.facts_changed.emit()
    hand.view.viewport().repaint(0, 0, 20, 20)
    QApplication.processEvents()
    assert painted.region.contains(hand.body("conv1"))
