"""The document: one project, its history, and what is known about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.graph.facts import Facts
from cnnlab.core.graph.graph import GraphError, Wire
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.values import Frozen
from cnnlab.engine.network import shapes
from cnnlab.gui.document import Document


class Heard:
    """How often each signal of a document came."""

    def __init__(self, document: Document) -> None:
        self.counts: Counter[str] = Counter()
        self.refusals: list[str] = []
        document.edited.connect(lambda: self.counts.update(["edited"]))
        document.facts_changed.connect(lambda: self.counts.update(["facts_changed"]))
        document.weights_changed.connect(lambda: self.counts.update(["weights_changed"]))
        document.state_changed.connect(lambda: self.counts.update(["state_changed"]))
        document.refused.connect(lambda text: self.refusals.append(str(text)))

    def take(self) -> dict[str, int]:
        """What came since the last call."""
        counts, self.counts = dict(self.counts), Counter()
        return counts


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """torch's first look at a convolution takes seconds, which no waiting below should have to allow for."""
    shapes.infer(templates.BY_KEY["mnist"].build().graph)


@pytest.fixture
def document(qapp: object) -> Iterator[Document]:
    document = Document(templates.BY_KEY["mnist"].build())
    yield document
    document.close()


@pytest.fixture
def heard(document: Document) -> Heard:
    return Heard(document)


def renamed(project: Project) -> Project:
    return changes.rename(project, "conv1", "first")


def moved(project: Project) -> Project:
    return changes.move(project, {"conv1": (1, 2)})


def some_weights(step: int, *uids: str) -> Weights:
    return Weights(step, Frozen({uid: Frozen({"weight": step}) for uid in uids}))


def test_an_edit_is_one_step_and_told_once(document: Document, heard: Heard) -> None:
    start = document.project
    assert document.edit(_("Rename"), renamed)
    assert document.project == renamed(start)
    assert heard.take() == {"edited": 1, "state_changed": 1}
    assert str(document.undo_label) == "Rename"
    document.undo()
    assert document.project == start
    assert str(document.redo_label) == "Rename"
    document.redo()
    assert document.project == renamed(start)
    assert heard.take() == {"edited": 2, "state_changed": 2}


def test_an_edit_that_cannot_be_is_told_and_changes_nothing(document: Document, heard: Heard) -> None:
    start = document.project
    assert not document.edit(_("Rename"), lambda project: changes.rename(project, "conv1", "conv2"))
    assert not document.edit(_("Set"), lambda project: changes.set_params(project, "conv1", out_channels=0))
    assert not document.edit(_("Disconnect"), lambda project: changes.disconnect(project, [Wire("conv1", "fc2")]))
    assert document.project is start
    assert document.undo_label is None
    assert heard.take() == {}
    assert [text.split(".")[0] for text in heard.refusals] == [
        "Another layer is called “conv2”",
        "Filters must be a whole number from 1 to 65,536",
        "This wire is no longer there",
    ]


def test_a_mistake_in_the_code_is_not_taken_for_a_refusal(document: Document) -> None:
    with pytest.raises(KeyError):
        document.edit(_("Rename"), lambda project: changes.rename(project, "nobody", "x"))
    assert document.undo_label is None


def test_an_edit_that_changes_nothing_is_no_step(document: Document, heard: Heard) -> None:
    assert document.edit(_("Move"), lambda project: changes.move(project, dict(project.layout.positions)))
    assert document.undo_label is None
    assert not document.modified
    assert heard.take() == {}


def test_a_gesture_is_one_step(document: Document) -> None:
    start = document.project
    for x in range(5):
        document.edit(_("Move"), lambda project, x=x: changes.move(project, {"conv1": (x, 1)}), gesture="drag 1")
    document.undo()
    assert document.project == start


def test_two_gestures_of_one_kind_are_two_steps(document: Document) -> None:
    for x in (7, 8):
        document.edit(_("Move"), lambda project, x=x: changes.move(project, {"conv1": (x, 1)}), gesture="drag")
        document.end_gesture()
    document.undo()
    assert document.project.layout.positions["conv1"] == (7.0, 1.0)


def test_sizes_follow_the_network_and_not_the_layout(qtbot: QtBot, document: Document, heard: Heard) -> None:
    with qtbot.waitSignal(document.facts_changed):
        document.ask_shapes()
    assert document.facts.digest == document.project.graph.digest
    assert document.facts.parameters == 110_474
    heard.take()
    document.edit(_("Move"), moved)
    with qtbot.waitSignal(document.facts_changed):
        document.edit(_("Filters"), lambda project: changes.set_params(project, "conv1", out_channels=16))
    assert heard.take()["facts_changed"] == 1
    assert document.facts.of("conv1").output == (16, 26, 26)


def test_sizes_of_an_older_network_are_not_believed(document: Document, heard: Heard) -> None:
    (older, wanted), facts = document._question, document.facts
    document.edit(_("Rename"), renamed)
    heard.take()
    document._on_shapes((older, wanted), Facts(older.digest))  # as if they came while the newer ones are worked out
    assert document.facts is facts
    assert heard.take() == {}
    newer = Facts(document.project.graph.digest)
    document._on_shapes((document.project.graph, wanted), newer)
    assert document.facts is newer
    assert heard.take() == {"facts_changed": 1}


def test_the_head_must_give_as_many_logits_as_the_data_has_classes(qtbot: QtBot, document: Document) -> None:
    assert document.classes == tuple("0123456789")
    with qtbot.waitSignal(document.facts_changed):
        document.edit(_("Outputs"), lambda project: changes.set_params(project, "fc2", out_features=9))
    assert [problem.uid for problem in document.facts.problems] == ["output"]


def test_trained_weights_are_no_step_and_outlive_an_undo(document: Document, heard: Heard) -> None:
    document.edit(_("Remove"), lambda project: changes.remove(project, ["conv2"]))
    heard.take()
    document.take_weights(some_weights(5, "conv1"))
    assert heard.take() == {"weights_changed": 1, "state_changed": 1}
    assert document.modified
    document.undo()
    assert "conv2" in document.project.graph.by_uid
    assert document.project.weights.step == 5
    document.take_weights(some_weights(9, "conv2"))
    document.redo()
    assert {uid: tensors["weight"] for uid, tensors in document.project.weights.nodes.items()} == {
        "conv1": 5,
        "conv2": 9,
    }


def test_forgetting_weights_is_a_step(document: Document, heard: Heard) -> None:
    document.take_weights(some_weights(5, "conv1"))
    heard.take()
    document.edit(_("Fresh weights"), lambda project: changes.forget_weights(project, ["conv1"]))
    assert heard.take() == {"edited": 1, "weights_changed": 1, "state_changed": 1}
    assert not document.project.weights.nodes
    document.undo()
    assert document.project.weights.nodes["conv1"]["weight"] == 5


def test_saving_marks_what_was_saved(document: Document, tmp_path: Path) -> None:
    document.edit(_("Move"), moved)
    written = document.project
    document.edit(_("Rename"), renamed)
    document.saved(written, tmp_path / "net.cnnlab", stamp=1)
    assert document.modified  # the rename came while the older value was written
    document.undo()
    assert not document.modified
    document.undo()
    assert document.modified
    document.redo()
    assert not document.modified
    assert (document.path, document.stamp) == (tmp_path / "net.cnnlab", 1)


def test_undoing_back_to_the_saved_value_by_another_way_is_no_change(document: Document) -> None:
    document.edit(_("Rename"), renamed)
    document.edit(_("Rename"), lambda project: changes.rename(project, "conv1", "conv1"))
    assert not document.modified


def test_opening_begins_anew(document: Document, heard: Heard, tmp_path: Path) -> None:
    document.edit(_("Move"), moved)
    heard.take()
    other = replace(templates.BY_KEY["lenet5"].build(), weights=some_weights(3, "c1"))
    document.open(other, tmp_path / "lenet.cnnlab", stamp=2, read_only=True)
    assert heard.take() == {"facts_changed": 1, "edited": 1, "weights_changed": 1, "state_changed": 1}
    assert document.project is other
    assert (document.path, document.stamp, document.read_only) == (tmp_path / "lenet.cnnlab", 2, True)
    assert not document.modified
    assert (document.undo_label, document.redo_label) == (None, None)
    document.undo()
    assert document.project is other


def test_a_failure_behind_the_window_is_told(qtbot: QtBot, document: Document, heard: Heard) -> None:
    document._on_shapes_failed(None, GraphError(Message("No sizes today.")))
    document._on_shapes_failed(None, ZeroDivisionError("division"))
    assert heard.refusals[0] == "No sizes today."
    assert heard.refusals[1].startswith("Something in cnnlab failed (ZeroDivisionError: division).")


def test_undoing_an_edit_brings_back_the_weights_of_the_old_size(document: Document) -> None:
    def weights(step: int, size: int) -> Weights:
        return Weights(step, Frozen({"conv1": Frozen({"weight": np.full(size, step, np.float32)})}))

    document.take_weights(weights(100, 3))
    document.edit(_("Kernel"), lambda p: changes.set_params(p, "conv1", kernel_size=5))
    document.take_weights(weights(104, 5))
    assert document.project.weights.nodes["conv1"]["weight"].shape == (5,)
    document.undo()
    assert document.project.weights.nodes["conv1"]["weight"].tolist() == [100.0, 100.0, 100.0]
    document.redo()
    assert document.project.weights.nodes["conv1"]["weight"].shape == (5,)
