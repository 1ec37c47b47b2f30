"""Linear layer and convolution, one written as the other: offered where it is true, made by one click, and undone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.engine.network import state, weights
from cnnlab.gui.document import Document
from cnnlab.gui.panels.property_form import PropertyForm
from cnnlab.gui.selection import Selection

TO_CONV, TO_LINEAR = "Convert to the equivalent convolution", "Convert to the equivalent linear layer"


class Desk:
    """The property form over LeNet-5, the sizes known."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.document = Document(templates.BY_KEY["lenet5"].build())
        self.selection = Selection()
        self.form = PropertyForm(self.document, self.selection)
        qtbot.addWidget(self.form)
        self.form.show()
        with qtbot.waitSignal(self.document.facts_changed, timeout=20_000):
            self.document.ask_shapes()

    def offers(self, path: str) -> list[str]:
        """What the form of a layer offers."""
        self.selection.set([self.uid(path)])
        page = self.form.page
        assert page is not None
        return [button.text() for button in page.conversion.findChildren(QPushButton) if button.isVisible()]

    def click(self) -> None:
        page = self.form.page
        assert page is not None
        with self.qtbot.waitSignal(self.document.facts_changed, timeout=20_000):
            self.qtbot.mouseClick(page.conversion.findChild(QPushButton), Qt.MouseButton.LeftButton)

    def uid(self, path: str) -> str:
        return self.document.project.graph.by_path[path].uid


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk(qtbot)
    yield desk
    desk.document.close()


def answers(project: Project) -> np.ndarray:
    """Logits for three pictures of noise."""
    pictures = torch.randn(
        3, *project.graph.of_type("input")[0].params.values(), generator=torch.Generator().manual_seed(0)
    )
    with torch.no_grad():
        return state.network(project)(pictures).numpy()


def linear_paths(project: Project) -> list[str]:
    return [node.path for node in project.graph.of_type("linear")]


def test_only_a_linear_layer_right_after_flatten_is_offered_as_a_convolution(desk: Desk) -> None:
    first, second, *_rest = linear_paths(desk.document.project)
    assert desk.offers(first) == [TO_CONV]
    assert desk.offers(second) == []
    assert desk.offers(desk.document.project.graph.of_type("conv2d")[0].path) == []


def test_one_click_there_and_one_back_with_the_same_answers(desk: Desk) -> None:
    network = state.network(desk.document.project)
    desk.document.take_weights(weights.snapshot(network, 1))
    start = desk.document.project
    path = linear_paths(start)[0]
    desk.offers(path)
    desk.click()
    turned = desk.document.project
    assert turned.graph.by_path[path].type == "conv2d"
    assert str(desk.document.undo_label) == f"Convert {path} to a convolution"
    np.testing.assert_allclose(answers(turned), answers(start), atol=1e-5)
    assert desk.offers(path) == [TO_LINEAR]
    desk.click()
    assert desk.document.project.graph.by_path[path].type == "linear"
    np.testing.assert_allclose(answers(desk.document.project), answers(start), atol=1e-5)
    desk.document.undo()
    desk.document.undo()
    assert desk.document.project == start


def test_nothing_is_offered_before_the_sizes_are_known(desk: Desk) -> None:
    path = linear_paths(desk.document.project)[0]
    assert desk.offers(path) == [TO_CONV]
    desk.document.edit(message("Filters"), lambda project: changes.set_params(project, desk.uid(path), out_features=7))
    assert desk.offers(path) == []  # what is known is about the network before
    desk.qtbot.waitUntil(lambda: desk.offers(path) == [TO_CONV], timeout=20_000)


def test_a_convolution_over_all_of_its_input_says_what_stands_in_the_way(desk: Desk) -> None:
    assert desk.offers("c5") == []
    page = desk.form.page
    assert page is not None
    assert page.conversion.isVisible()
    text = " ".join(label.text() for label in page.conversion.findChildren(QLabel))
    assert "c5 does not feed a Flatten layer alone" in text
    desk.offers("c3")
    page = desk.form.page
    assert page is not None
    assert not page.conversion.isVisible()
