"""What a press means, from a network as small as a stamp to cards that fill the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from gui.editor.hand import Hand
from PySide6.QtCore import QPoint

from cnnlab.core import templates
from cnnlab.core.project.project import Project
from cnnlab.gui.editor.card_item import CardItem, PortState
from cnnlab.gui.editor.geometry import WIDTH
from cnnlab.gui.editor.panning_view import LARGEST_ZOOM, MIN_ZOOM

REACH = 12
"""Screen pixels around a port that take the mouse, where there is room."""
ZOOMS = [*np.geomspace(MIN_ZOOM, LARGEST_ZOOM, 12), 0.3, 1.0]


@pytest.fixture
def large(open_canvas: Callable[[Project], Hand]) -> Hand:
    """ResNet-152, the whole of it on view."""
    return open_canvas(templates.BY_KEY["resnet152"].build())


def some_cards(hand: Hand) -> Iterator[CardItem]:
    """From the first to the last, each brought on view when its turn comes."""
    for card in list(hand.scene.cards.values())[::40]:
        hand.view.centerOn(card.card_rect().center())
        yield card


def middle(hand: Hand, card: CardItem) -> QPoint:
    return hand.pixel(card.card_rect().center())


def test_a_click_on_the_middle_of_any_card_selects_it_where_the_whole_of_a_large_network_is_on_view(
    large: Hand,
) -> None:
    assert WIDTH * large.view.zoom < 2 * REACH, "the ports of a card have no room for all that they take elsewhere"
    seen = large.view.viewport().rect()
    for uid, card in large.scene.cards.items():
        at = middle(large, card)
        assert seen.contains(at)
        large.click(at)
        assert large.selection.uids == (uid,)
    assert large.document.undo_label is None


@pytest.mark.parametrize("zoom", ZOOMS)
def test_a_click_on_the_middle_of_a_card_selects_it_at_every_zoom(large: Hand, zoom: float) -> None:
    large.view.set_zoom(zoom)
    for card in some_cards(large):
        large.click(middle(large, card))
        assert large.selection.uids == card.card.nodes


@pytest.mark.parametrize("zoom", ZOOMS)
def test_a_port_takes_the_mouse_at_every_zoom_and_leaves_the_middle_to_the_card(large: Hand, zoom: float) -> None:
    large.view.set_zoom(zoom)
    for card in some_cards(large):
        for port in card.card.ports:
            large.move(large.pixel(card.port_point(port)))
            # Of inputs that lie in one pixel it may be another.
            ((taken, state),) = card.port_states.items()
            assert (taken.is_output, state) == (port.is_output, PortState.HOVERED)
            large.move(middle(large, card))
            assert not card.port_states
            assert card.state.hovered


@pytest.mark.parametrize("zoom", [0.3, 0.5, 1.0, 2.0])
def test_a_port_takes_the_mouse_as_many_pixels_around_wherever_its_card_has_room(hand: Hand, zoom: float) -> None:
    hand.view.set_zoom(zoom)
    card = hand.card("conv1")
    hand.view.centerOn(card.card_rect().center())
    (port,) = card.card.outputs
    at = hand.pixel(card.port_point(port))
    for away in (QPoint(1 - REACH, 0), QPoint(0, 1 - REACH), QPoint(0, REACH - 1), QPoint(-8, 8), QPoint(8, 0)):
        hand.move(at + away)
        assert card.port_states == {port: PortState.HOVERED}
    hand.move(at - QPoint(REACH + 2, 0))
    assert not card.port_states
    assert card.state.hovered
