"""What the person built: the project as it is now, its history, its file, and what is known about its network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from cnnlab.core.graph.facts import Facts
from cnnlab.core.graph.graph import Graph
from cnnlab.core.messages import Message, Refusal
from cnnlab.core.project.goals import Goal, goal
from cnnlab.core.project.history import History
from cnnlab.core.project.project import Project, Weights
from cnnlab.gui.workers.qt_threads import LatestWorker, message_of


def _infer(request: tuple[Graph, Goal]) -> Facts:
    from cnnlab.engine.network import shapes

    return shapes.infer(*request)


class Document(QObject):
    """One open project. Views follow ``edited`` by comparing values, and call ``edit`` for every gesture."""

    edited = Signal()
    """The project is another value: by an edit, an undo, or because another one was opened."""
    opened = Signal()
    """Another project was opened, after what ``edited`` says of it."""
    facts_changed = Signal()
    """Sizes and problems of the graph arrived."""
    weights_changed = Signal()
    """The project's weights are another snapshot."""
    moved = Signal()
    """What is open was saved in another place than it came from."""
    state_changed = Signal()
    """File name, unsaved changes, or what can be undone."""
    refused = Signal(object)
    """An edit could not be made; carries the ``Message``."""

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self.stamp: Any = None
        """What lay on the disk when it was opened or saved (``engine.archive.Stamp``)."""
        self.read_only = False
        self.facts = Facts()
        self._history = History(project)
        self._saved = project
        self._shapes = LatestWorker(_infer, self)
        self._shapes.done.connect(self._on_shapes)
        self._shapes.failed.connect(self._on_shapes_failed)

    @property
    def project(self) -> Project:
        """The project as it is now."""
        return self._history.present

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of the project's data."""
        return self.project.classes

    @property
    def modified(self) -> bool:
        """Whether the file on disk holds something else."""
        now, saved = self.project, self._saved
        return now is not saved and (now != saved or now.weights.nodes is not saved.weights.nodes)

    def edit(self, label: Message, change: Callable[[Project], Project], gesture: object = None) -> bool:
        """Apply one gesture as one step to undo, called ``label``. Steps in a row with the same ``gesture`` are one.
        An edit that cannot be made is reported by ``refused`` and changes nothing; returns whether it was made."""
        try:
            project = change(self.project)
        except Refusal as error:
            self.refused.emit(error.message)
            return False
        if project == self.project and project.weights.nodes is self.project.weights.nodes:
            return True
        before = self.project
        self._history.do(label, project, gesture)
        self._announce(before)
        return True

    def end_gesture(self) -> None:
        """The next edit is a step of its own."""
        self._history.end_gesture()

    def undo(self) -> None:
        """Take back the last step."""
        before = self.project
        self._history.undo()
        self._announce(before)

    def redo(self) -> None:
        """Bring back the step that was undone last."""
        before = self.project
        self._history.redo()
        self._announce(before)

    @property
    def undo_label(self) -> Message | None:
        """What undo would take back."""
        return self._history.undo_label

    @property
    def redo_label(self) -> Message | None:
        """What redo would bring back."""
        return self._history.redo_label

    def take_weights(self, weights: Weights) -> None:
        """Put trained weights into the project: no step to undo, and no undo takes them away. A layer that had another size
        in an earlier state of the project keeps the weights it had then."""
        now = self.project

        def taken(project: Project) -> Project:
            newer = weights if project is now else weights.where_alike(project.weights)
            return replace(project, weights=project.weights.updated(newer))

        self._history.map(taken)
        self.weights_changed.emit()
        self.state_changed.emit()

    def open(self, project: Project, path: Path | None, stamp: Any = None, read_only: bool = False) -> None:
        """Open another project in place of this one, with an empty history."""
        before = self.project
        if project.graph != before.graph:
            # Templates share uids: what is known of the old network must not count for the new one.
            self.facts = Facts()
            self.facts_changed.emit()
        self._history = History(project)
        self._saved = project
        self.path, self.stamp, self.read_only = path, stamp, read_only
        self._announce(before)
        self.opened.emit()

    def saved(self, project: Project, path: Path, stamp: Any) -> None:
        """``project`` now lies in ``path``; it may be older than the present."""
        self._saved = project
        is_moved = path != self.path
        self.path, self.stamp, self.read_only = path, stamp, False
        self.state_changed.emit()
        if is_moved:
            self.moved.emit()

    def ask_shapes(self) -> None:
        """Have sizes and problems worked out behind the window; ``facts_changed`` follows."""
        self._shapes.submit(self._question)

    def close(self) -> None:
        """Wait for the thread that works out sizes, and begin nothing any more."""
        self._shapes.close()

    def _announce(self, before: Project) -> None:
        # The window shows the edit before the worker starts, which takes processor time from it.
        self.edited.emit()
        if self.project.graph != before.graph or goal(self.project) != goal(before):
            self.ask_shapes()
        if self.project.weights.nodes is not before.weights.nodes:
            self.weights_changed.emit()
        self.state_changed.emit()

    @property
    def _question(self) -> tuple[Graph, Goal]:
        return self.project.graph, goal(self.project)

    def _on_shapes(self, request: tuple[Graph, Goal], facts: Facts) -> None:
        if request == self._question:
            self.facts = facts
            self.facts_changed.emit()

    def _on_shapes_failed(self, request: object, error: BaseException) -> None:
        self.refused.emit(message_of(error))
