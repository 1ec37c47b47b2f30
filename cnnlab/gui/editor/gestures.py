"""What a pressed mouse button is doing. The view hands a gesture every movement until it is let go or given up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtWidgets import QRubberBand

from cnnlab.core import changes
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project import Point, Project
from cnnlab.gui.editor.geometry import place_of, snapped
from cnnlab.gui.editor.scene import NetworkScene


class Gesture(Protocol):
    """Points are on the canvas."""

    def move(self, point: QPointF) -> None:
        """The mouse moved."""

    def finish(self, point: QPointF) -> None:
        """The button was let go: make the edit, if any."""

    def cancel(self) -> None:
        """Escape: leave everything as it was."""


def move_label(project: Project, uids: tuple[str, ...]) -> Message:
    """What moving these cards is called in the history."""
    if len(uids) == 1:
        return _("Move {name}", name=project.graph.by_uid[uids[0]].path)
    return _("Move {count} layers", count=len(uids))


class MoveCards:
    """Drag the selected cards; the one that was grabbed snaps to the grid, and the others keep their distance to it."""

    def __init__(self, scene: NetworkScene, grabbed: str, start: QPointF) -> None:
        self._scene = scene
        self._start = start
        self._grabbed = grabbed
        positions = scene.document.project.layout.positions
        self._from = {uid: place_of(positions, uid) for uid in scene.selection.uids}

    def _places(self, point: QPointF) -> Mapping[str, Point]:
        x, y = self._from[self._grabbed]
        to_x, to_y = snapped(x + point.x() - self._start.x(), y + point.y() - self._start.y())
        return {uid: (left + to_x - x, top + to_y - y) for uid, (left, top) in self._from.items()}

    def move(self, point: QPointF) -> None:
        self._scene.preview_places(self._places(point))

    def finish(self, point: QPointF) -> None:
        places = self._places(point)
        if places == self._from:
            self.cancel()
            return
        document = self._scene.document
        document.edit(move_label(document.project, tuple(places)), lambda project: changes.move(project, places))

    def cancel(self) -> None:
        self._scene.end_preview()


class SelectArea:
    """Select the cards that a rectangle touches; ``kept`` stay selected besides."""

    def __init__(
        self,
        scene: NetworkScene,
        band: QRubberBand,
        to_view: Callable[[QPointF], QPoint],
        start: QPointF,
        kept: tuple[str, ...],
    ) -> None:
        self._scene = scene
        self._band = band
        self._to_view = to_view
        self._start = start
        self._kept = kept
        self._before = scene.selection.uids

    def move(self, point: QPointF) -> None:
        self._band.setGeometry(QRect(self._to_view(self._start), self._to_view(point)).normalized())
        self._band.show()
        area = QRectF(self._start, point).normalized()
        self._scene.selection.set((*self._kept, *self._scene.cards_in(area)))

    def finish(self, point: QPointF) -> None:
        self._band.hide()

    def cancel(self) -> None:
        self._band.hide()
        self._scene.selection.set(uid for uid in self._before if uid in self._scene.cards)
