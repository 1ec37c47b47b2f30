"""Freezing the selected layers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.graph.facts import Facts, NodeFacts
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.training.learning import Learning
from cnnlab.core.values import Frozen
from cnnlab.gui.document import Document
from cnnlab.gui.panels.freezing import Freezing
from cnnlab.gui.selection import Selection

WEIGHTS = NodeFacts(parameters=9, bytes=36)


@pytest.fixture
def document(qapp: object) -> Iterator[Document]:
    made = Document(templates.BY_KEY["mnist"].build())
    uids = made.project.graph.by_uid
    made.facts = Facts(nodes=Frozen({uid: WEIGHTS if uid.startswith(("conv", "fc")) else NodeFacts() for uid in uids}))
    yield made
    made.close()


def test_the_command_says_what_it_would_do_and_does_it(qtbot: QtBot, document: Document) -> None:
    selection = Selection()
    freezing = Freezing(document, selection, document)
    action = QAction()
    freezing.show_in(action)
    assert not action.isEnabled()
    selection.set(["relu1"])
    assert not action.isEnabled()
    selection.set(["conv1", "relu1", "conv2"])
    assert action.isEnabled()
    assert action.text() == "Free&ze"
    freezing.toggle()
    assert document.project.learning == {"conv1": Learning(frozen=True), "conv2": Learning(frozen=True)}
    assert str(document.undo_label) == "Freeze 2 layers"
    assert action.text() == "Unfree&ze"
    selection.set(["conv1", "conv3"])
    assert action.text() == "Free&ze"
    freezing.toggle()
    selection.set(["conv1"])
    freezing.toggle()
    assert str(document.undo_label) == "Unfreeze conv1"
    assert set(document.project.learning) == {"conv2", "conv3"}
    for _step in range(3):
        document.undo()
    assert not document.project.learning
    assert document.undo_label is None


def test_it_follows_edits_that_come_from_elsewhere(qtbot: QtBot, document: Document) -> None:
    selection = Selection()
    freezing = Freezing(document, selection, document)
    action = QAction()
    freezing.show_in(action)
    selection.set(["fc1"])
    document.edit(message("Freeze"), lambda project: changes.set_learning(project, "fc1", frozen=True))
    assert action.text() == "Unfree&ze"
    document.undo()
    assert action.text() == "Free&ze"
