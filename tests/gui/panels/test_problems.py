"""The list of problems: sentences, what a click does, repairs, and the state without any."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.graph.facts import Severity
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.gui.document import Document
from cnnlab.gui.panels.labels import TextLabel
from cnnlab.gui.panels.problems import ProblemList


@pytest.fixture
def document(qtbot: QtBot) -> Iterator[Document]:
    document = Document(templates.BY_KEY["mnist"].build())
    with qtbot.waitSignal(document.facts_changed, timeout=20_000):
        document.ask_shapes()
    yield document
    document.close()


def broken(qtbot: QtBot, document: Document) -> ProblemList:
    """The starter net with fc2 giving 7 logits."""
    problems = ProblemList(document)
    qtbot.addWidget(problems)
    problems.show()
    with qtbot.waitSignal(document.facts_changed, timeout=20_000):
        document.edit(message("Seven"), lambda project: changes.set_params(project, "fc2", out_features=7))
    return problems


def test_nothing_wrong_is_said(qtbot: QtBot, document: Document) -> None:
    problems = ProblemList(document)
    qtbot.addWidget(problems)
    assert problems.count == 0
    assert [label.text() for label in problems.findChildren(TextLabel)] == ["No problems. The network can be trained."]


def test_good_news_replaces_the_wait_for_it(qtbot: QtBot) -> None:
    document = Document(templates.BY_KEY["mnist"].build())
    problems = ProblemList(document)
    qtbot.addWidget(problems)
    assert [label.text() for label in problems.findChildren(TextLabel)] == ["Computing the sizes of the layers…"]
    with qtbot.waitSignal(document.facts_changed, timeout=20_000):
        document.ask_shapes()
    assert [label.text() for label in problems.findChildren(TextLabel)] == ["No problems. The network can be trained."]
    document.close()


def test_a_click_on_a_problem_shows_its_layer(qtbot: QtBot, document: Document) -> None:
    problems = broken(qtbot, document)
    assert problems.count == 1
    assert "10 classes" in str(problems.cards[0].problem.message)
    with qtbot.waitSignal(problems.reveal) as blocker:
        qtbot.mouseClick(problems.cards[0], Qt.MouseButton.LeftButton)
    assert blocker.args == ["output"]
    with qtbot.waitSignal(problems.reveal):
        qtbot.keyClick(problems.cards[0], Qt.Key.Key_Return)


def test_the_button_repairs_in_one_step(qtbot: QtBot, document: Document) -> None:
    problems = broken(qtbot, document)
    button = problems.cards[0].findChild(QPushButton)
    with qtbot.waitSignal(document.facts_changed, timeout=20_000):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert document.project.graph.by_uid["fc2"].params["out_features"] == 10
    assert problems.count == 0
    document.undo()
    assert document.project.graph.by_uid["fc2"].params["out_features"] == 7


def test_what_keeps_from_training_comes_before_advice(qtbot: QtBot, document: Document) -> None:
    problems = broken(qtbot, document)
    with qtbot.waitSignal(document.facts_changed, timeout=20_000):
        document.edit(message("Loose"), lambda project: changes.add_layer(project, "relu", (0, 0)))
    severities = [card.problem.severity for card in problems.cards]
    assert len(severities) >= 2
    assert severities == sorted(severities, key=list(Severity).index)


def test_a_loss_that_is_not_for_the_data_is_a_problem_until_another_is_chosen(qtbot: QtBot, document: Document) -> None:
    problems = ProblemList(document)
    qtbot.addWidget(problems)
    problems.show()
    with qtbot.waitSignal(document.facts_changed, timeout=20_000):
        document.edit(message("Loss"), lambda project: changes.set_training(project, loss="mse"))
    (button,) = problems.findChildren(QPushButton)
    assert button.text() == "Use “Cross-entropy”"
    assert not document.facts.trainable
    with qtbot.waitSignal(document.facts_changed, timeout=20_000):
        button.click()
    assert document.project.training.loss == "cross_entropy"
    assert document.facts.trainable
    assert problems.count == 0
