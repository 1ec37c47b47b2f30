"""What is painted of large networks, and when."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnlab.core import templates
from cnnlab.gui import theme


@pytest.fixture
def large(open_canvas):
    """Several hundred cards."""
    return open_canvas(templates.BY_KEY["googlenet"].build())


def picture(hand):
    return hand.view.viewport().grab().toImage()


def colours_at(hand, image) -> dict[str, str]:
    """By path, the colour of each card's stripe where the card is on view."""
    found = {}
    for node in hand.graph.nodes:
        at = hand.pixel(hand.card(node.path).card_rect().topLeft()) + QPoint(8, 1)
        if image.rect().contains(at):
            found[node.path] = image.pixelColor(at).name()
    return found


@pytest.mark.parametrize("zoom", [0.1, 0.2, 0.31, 0.5, 1.0])
def test_every_card_on_view_shows_its_family_at_every_zoom(large, zoom):
    large.view.set_zoom(zoom)
    families = {str(colour).lower() for colour in theme.theme().families.values()}
    seen = colours_at(large, picture(large))
    assert len(seen) > 5
    assert set(seen.values()) <= families
    assert len(set(seen.values())) > 2


def test_cards_are_stretched_while_the_zoom_changes_and_sharp_after_it(large):
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


def test_few_cards_are_never_stretched(hand):
    hand.wheel(hand.view.viewport().rect().center(), -1)
    hurried = picture(hand)
    QTest.qWait(200)
    QApplication.processEvents()
    assert picture(hand) == hurried


def test_a_selected_wire_lies_above_the_cards_and_the_others_below(large):
    large.view.set_zoom(1.0)
    wire = next(iter(large.scene.wires))
    large.canvas.reveal(wire.target)
    before = picture(large)
    large.scene.select_wires({wire})
    after = picture(large)
    assert before != after
    large.scene.select_wires(())
    assert picture(large) == before
