"""The small drawing of a network: its cards keep apart, its lines fit the page, nothing is lost in the folds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core import templates
from cnnlab.gui.gallery.sketch import CARD, Sketch, folded, sketch

KEYS = ("empty", "lenet5", "inception-naive", "googlenet", "resnet20", "resnet152", "densenet121")


def drawing(key: str) -> Sketch:
    return sketch(templates.BY_KEY[key].build().graph)


@pytest.mark.parametrize("key", KEYS)
def test_no_two_cards_overlap_and_every_wire_is_drawn_to_the_right(key: str) -> None:
    graph = templates.BY_KEY[key].build().graph
    made = sketch(graph)
    assert len(made.cards) == len(graph.nodes)
    assert len(made.lines) == len(graph.wires)
    columns: dict[float, list[float]] = {}
    for card in made.cards:
        columns.setdefault(card.left, []).append(card.top)
    for tops in columns.values():
        assert all(above + CARD[1] <= below for above, below in pairwise(sorted(tops)))
    assert all(line.x1 < line.x2 for line in made.lines)


def test_a_branch_without_neighbours_is_a_straight_line() -> None:
    tops = {card.top for card in drawing("lenet5").cards}
    assert len(tops) == 1


def test_what_skips_cards_of_its_row_goes_over_them() -> None:
    """ResNet-20 adds nine times what was before; where sizes stay the same, the shortcut is a wire past other cards."""
    shortcuts = [line for line in drawing("resnet20").lines if line.rise]
    assert len(shortcuts) >= 7
    assert not [line for line in drawing("lenet5").lines if line.rise]


@pytest.mark.slow
@given(
    st.sampled_from(KEYS).map(drawing), st.floats(100, 2000), st.floats(60, 800)
)  # fmt: skip
def test_the_lines_fit_and_hold_every_card_once(made: Sketch, width: float, height: float) -> None:
    bands, scale = folded(made, width, height)
    assert scale > 0
    assert max(band.right - band.left for band in bands) * scale <= width * 1.001
    assert sum(band.height for band in bands) * scale <= height * 1.001
    for card in made.cards:
        around = [band for band in bands if band.left <= card.left and card.left + CARD[0] <= band.right]
        assert len(around) == 1
        assert around[0].top <= card.top
        assert card.top + CARD[1] <= around[0].top + around[0].height


def test_one_line_more_or_less_would_be_smaller() -> None:
    made = drawing("resnet152")
    bands, scale = folded(made, 700, 200)
    width = max(card.left for card in made.cards) + CARD[0]
    for other in (len(bands) - 2, len(bands) + 2):
        assert min(700 / (width / other), 200 / (bands[0].height * other)) <= scale * 1.1
