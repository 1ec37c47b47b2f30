"""How urgent a look is, and when a picture is read for it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.project.project import Weights
from cnnlab.engine.inspection.looks import Look
from cnnlab.gui.document import Document
from cnnlab.gui.inspect.controller import InspectController
from cnnlab.gui.selection import Selection
from cnnlab.gui.workers.qt_threads import Processor
from cnnlab.gui.workers.turns import Rank


@pytest.fixture
def controller(qtbot: QtBot) -> Iterator[InspectController]:
    document, processor = Document(templates.BY_KEY["lenet5"].build()), Processor()
    made = InspectController(document, Selection(), processor)
    yield made
    made.close()
    processor.close()
    document.close()


def test_the_weights_of_a_run_make_way_for_the_hand(
    controller: InspectController, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, Rank]] = []

    def note(look: Look, rank: Rank) -> None:
        asked.append((look.project.weights.step, rank))

    monkeypatch.setattr(controller._looks, "submit", note)
    controller.start()
    controller.look_through(Weights(1))
    controller.draw(np.full((280, 280), 255, np.uint8))
    controller.look_through(Weights(2))
    controller.show_strips(frozenset({"c1"}))
    controller.look_through(None)
    assert asked == [
        (0, Rank.STROKE), (1, Rank.LIVE), (1, Rank.STROKE), (2, Rank.LIVE), (2, Rank.STROKE), (0, Rank.STROKE),
    ]  # fmt: skip


@pytest.mark.parametrize("leave", [False, True])
def test_a_test_picture_is_read_when_nothing_stands_against_it(qtbot: QtBot, leave: bool) -> None:
    document, processor = Document(templates.BY_KEY["lenet5"].build()), Processor()
    made = InspectController(
        document, Selection(), processor, before_stored=(lambda show: None) if leave else (lambda show: show())
    )
    before = made.input
    made.show_stored(15)
    if leave:
        assert made.input is before
    else:
        qtbot.waitUntil(lambda: made.input is not before, timeout=30_000)
        assert (made.input.index, made.input.label) == (15, "5")
    made.close()
    processor.close()
    document.close()
