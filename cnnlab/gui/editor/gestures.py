"""What a pressed mouse button is doing. The view hands a gesture every movement until it is let go or given up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtWidgets import QRubberBand

from cnnlab.core.layout.canvas import Canvas, CardId, move_cards
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project.project import Point
from cnnlab.gui.editor.geometry import snapped
from cnnlab.gui.editor.scene import NetworkScene


class Gesture(Protocol):
    """What a drag does, step by step; points are in canvas units."""

    def move(self, point: QPointF) -> None:
        """The mouse moved."""

    def finish(self, point: QPointF) -> None:
        """The button was let go: make the edit, if any."""

    def cancel(self) -> None:
        """Escape: leave everything as it was."""


def called(canvas: Canvas, uids: Collection[str]) -> Message:
    """The name of some layers in the undo history: by the name of the card that stands for just these, or by how many they are."""
    for card in canvas.holding(uids):
        if set(card.nodes) == set(uids):
            return _("{name}", name=card.name)
    return _("{count} layers", count=len(uids))


def move(scene: NetworkScene, places: Mapping[CardId, Point], gesture: object = None) -> None:
    """Move cards with all their layers, as one step to undo."""
    document, canvas = scene.document, scene.canvas
    uids = [uid for card in canvas.cards if card.id in places for uid in card.nodes]
    label = _("Move {what}", what=called(canvas, uids))
    document.edit(label, lambda project: move_cards(project, canvas, places), gesture)


class MoveCards:
    """Drag the selected cards; the one that was grabbed snaps to the grid, and the others keep their distance to it."""

    def __init__(self, scene: NetworkScene, grabbed: CardId, start: QPointF) -> None:
        self._scene = scene
        self._start = start
        self._grabbed = grabbed
        self._from = {card.id: card.place for card in scene.selected}

    def _places(self, point: QPointF) -> Mapping[CardId, Point]:
        x, y = self._from[self._grabbed]
        to_x, to_y = snapped(x + point.x() - self._start.x(), y + point.y() - self._start.y())
        return {card: (left + to_x - x, top + to_y - y) for card, (left, top) in self._from.items()}

    def move(self, point: QPointF) -> None:
        self._scene.preview_places(self._places(point))

    def finish(self, point: QPointF) -> None:
        places = self._places(point)
        if places == self._from:
            self.cancel()
        else:
            move(self._scene, places)

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
        touched = (uid for card in self._scene.cards_in(area) for uid in card.nodes)
        self._scene.selection.set((*self._kept, *touched))

    def finish(self, point: QPointF) -> None:
        self._band.hide()

    def cancel(self) -> None:
        self._band.hide()
        self._scene.selection.set(uid for uid in self._before if uid in self._scene.canvas.card_of)
