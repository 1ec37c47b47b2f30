"""Which bars there are: one a class, and of very many classes only the most likely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Weights
from cnnlab.core.values import Frozen
from cnnlab.engine.inspection.looks import Look, Seen
from cnnlab.engine.training import evaluation
from cnnlab.gui.document import Document
from cnnlab.gui.inspect.controller import InspectController
from cnnlab.gui.inspect.prediction_panel import PredictionPanel
from cnnlab.gui.selection import Selection
from cnnlab.gui.workers.qt_threads import Processor

PICTURE = np.zeros((3, 8, 8), np.uint8)


@pytest.fixture
def panel(qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[PredictionPanel]:
    document = Document(templates.BY_KEY[request.param].build())
    processor = Processor()
    controller = InspectController(document, Selection(), processor)
    made = PredictionPanel(document, controller)
    qtbot.addWidget(made)
    made.resize(300, 320)
    made.show()
    yield made
    controller.close()
    processor.close()
    document.close()


def seen(probabilities: np.ndarray, step: int = 1, fresh: tuple[str, ...] = ()) -> Seen:
    return Seen(
        picture=PICTURE,
        step=step,
        received=PICTURE.astype(np.float32),
        logits=np.log(probabilities),
        probabilities=probabilities,
        fresh=fresh,
    )


@pytest.mark.parametrize("panel", ["squeezenet1_1"], indirect=True)
def test_of_a_thousand_classes_the_ten_most_likely_are_named(panel: PredictionPanel) -> None:
    probabilities = np.random.default_rng(0).dirichlet(np.ones(1000)).astype(np.float32)
    panel.show_seen(seen(probabilities))
    best = np.argsort(-probabilities)[:10]
    assert panel.bars.classes == tuple(SOURCES["imagenet"].classes[i] for i in best)
    assert panel.bars.winner == 0
    assert panel.bars.verticalScrollBar().maximum() == 0
    assert panel.caption.text().startswith("The 10 most likely of 1,000 classes.")


@pytest.mark.parametrize("panel", ["lenet5"], indirect=True)
def test_ten_classes_keep_their_order(panel: PredictionPanel) -> None:
    probabilities = np.array([0.01] * 9 + [0.91], np.float32)
    panel.show_seen(seen(probabilities))
    assert panel.bars.classes == tuple("0123456789")
    assert panel.bars.winner == 9
    assert "most likely" not in panel.caption.text()


@pytest.mark.parametrize("panel", ["squeezenet1_1"], indirect=True)
def test_without_a_prediction_there_are_no_thousand_rows(panel: PredictionPanel) -> None:
    panel.show_seen(Seen(picture=PICTURE, why=message("No layers")))
    assert panel.bars.classes == ()


@pytest.mark.parametrize("panel", ["lenet5"], indirect=True)
def test_the_caption_says_whose_weights_answered(panel: PredictionPanel) -> None:
    even = np.full(10, 0.1, np.float32)
    panel.show_seen(seen(even, 0, ("c1", "c3")))
    assert "random weights" in panel.caption.text()
    panel.show_seen(seen(even, 0))
    assert "not trained here" in panel.caption.text()
    imported = Weights(0, Frozen({"c1": Frozen()}))
    panel._document.edit(message("Import"), lambda project: replace(project, weights=imported))
    panel.show_seen(seen(even, 0, ("c1", "c3")))
    assert "imported weights, but random ones in c1, c3." in panel.caption.text()
    panel.show_seen(seen(even, 7, tuple("abcdefg")))
    assert panel.caption.text().endswith("still random in a, b, c, d and 3 more.")
    panel.show_seen(seen(even, 7))
    assert "weights of step 7." in panel.caption.text()


class Slow:
    """A network that answers when it is let."""

    def __init__(self, controller: InspectController, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[Look] = []
        self._controller = controller
        monkeypatch.setattr(controller._looks, "submit", lambda look, _rank: self.asked.append(look))

    def answer(self, number: int = -1) -> None:
        """The look of that number is done."""
        self._controller._looks.done.emit(self.asked[number], seen(np.array([0.01] * 9 + [0.91], np.float32)))


@pytest.mark.parametrize("panel", ["lenet5"], indirect=True)
def test_an_answer_of_the_network_before_does_not_stay(
    qtbot: QtBot, panel: PredictionPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, controller = panel._document, panel._controller
    slow = Slow(controller, monkeypatch)
    controller.start()
    slow.answer()
    assert panel.bars.winner == 9
    said, place = panel.caption.text(), panel.caption.geometry()
    document.edit(
        message("Fresh"), lambda project: changes.set_params(project, project.graph.by_path["c1"].uid, bias=False)
    )
    assert panel.caption.text() == said
    qtbot.waitUntil(lambda: panel.caption.text() == "Computing…")
    assert panel.bars.winner is None
    assert panel.bars.classes == tuple("0123456789")
    assert panel.caption.geometry() == place
    slow.answer(0)
    assert panel.caption.text() == "Computing…"
    slow.answer()
    assert panel.bars.winner == 9
    assert panel.caption.text() == said


@pytest.mark.parametrize("panel", ["lenet5"], indirect=True)
def test_strokes_and_weights_of_a_run_do_not_make_the_answer_flicker(
    qtbot: QtBot, panel: PredictionPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller = panel._controller
    slow = Slow(controller, monkeypatch)
    controller.start()
    controller.look_through(Weights(1))
    slow.answer()
    controller.draw(np.full((280, 280), 255, np.uint8))
    controller.look_through(Weights(2))
    assert not controller._patience.isActive()
    controller.look_through(None)
    qtbot.waitUntil(lambda: panel.caption.text() == "Computing…")


def answered(panel: PredictionPanel, source: str, *logits: float) -> None:
    """The network of a project with this data gives these numbers."""
    project = panel._document.project
    panel._document.open(replace(project, data=replace(project.data, source=source)), None)
    given = torch.tensor([logits], dtype=torch.float32)
    panel._controller._set_behind(False)
    panel.show_seen(replace(seen(evaluation.as_probabilities(given)[0].numpy(), step=3), logits=given[0].numpy()))


@pytest.mark.parametrize("panel", ["lenet5"], indirect=True)
def test_a_number_is_shown_with_its_unit(panel: PredictionPanel) -> None:
    answered(panel, "mnist_angle", -12.34)
    assert panel.number.isVisible()
    assert panel.number.text() == "-12.3°"
    assert "weights of step 3" in panel.caption.text()
    answered(panel, "mnist_angle", 1.0, 2.0)
    assert panel.number.text() == "–"
    assert "2 values" in panel.caption.text()
    answered(panel, "mnist", *range(10))
    assert panel.bars.isVisible()


@pytest.mark.parametrize("panel", ["lenet5"], indirect=True)
def test_one_logit_has_two_bars(panel: PredictionPanel) -> None:
    answered(panel, "mnist_seven", 1.5)
    assert panel.bars.classes == ("other", "7")
    assert panel.bars.winner == 1
    assert panel.bars._probabilities == pytest.approx([1 / (1 + np.exp(1.5)), 1 / (1 + np.exp(-1.5))])
    assert panel.caption.text().startswith("Sigmoid")
