"""What a person can do to the selected cards and wires. Each is one edit of the document, named as they would say it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF

from cnnlab.core import catalog
from cnnlab.core.graph.graph import Port, Wire, new_uid
from cnnlab.core.layout.canvas import CardId, move_cards
from cnnlab.core.layout.connecting import free, refuse_insertion, refuse_layer, wire_between
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project import changes
from cnnlab.core.project.changes import Clip
from cnnlab.core.project.project import Point, Project
from cnnlab.gui.editor.geometry import (
    HEIGHT,
    PITCH,
    WIDTH,
    card_rect,
    free_place,
    place_between,
    snapped,
)
from cnnlab.gui.editor.gestures import called, move
from cnnlab.gui.editor.scene import NetworkScene
from cnnlab.gui.editor.wire_item import WireState
from cnnlab.gui.theme.theme import GRID

_PASTE_STEP = 4 * GRID


class CanvasEdits:
    """The edits that commands and gestures on one scene make, on its document and its selection."""

    def __init__(self, scene: NetworkScene) -> None:
        self._scene = scene
        self._document = scene.document
        self._selection = scene.selection

    # Taking away

    def delete_selected(self) -> None:
        """Delete the selected cards with their wires, and the selected wires."""
        uids, wires = self._selection.uids, self._scene.selected_wires
        if not uids and not wires:
            return

        def change(project: Project) -> Project:
            return changes.remove(changes.disconnect(project, wires), uids)

        if uids:
            label = _("Delete {what}", what=called(self._scene.canvas, uids))
        else:
            label = _("Delete wire") if len(wires) == 1 else _("Delete {count} wires", count=len(wires))
        self._document.edit(label, change)

    def delete_and_join(self) -> None:
        """Delete the selected cards; what fed each then feeds what it fed."""
        uids = self._selection.uids

        def change(project: Project) -> Project:
            for uid in uids:
                project = changes.remove_and_join(project, uid)
            return project

        if uids:
            self._document.edit(_("Delete {what} and join", what=called(self._scene.canvas, uids)), change)

    # Copies

    def clip(self) -> Clip | None:
        """The selected cards, to be taken along; None if none is selected."""
        uids = self._selection.uids
        return changes.copy(self._document.project, uids) if uids else None

    def duplicate(self) -> None:
        """Put copies of the selected cards beside them."""
        clip = self.clip()
        if clip:
            self._paste(
                _("Duplicate {what}", what=called(self._scene.canvas, self._selection.uids)),
                clip,
                self._step_aside(clip),
            )

    def paste(self, clip: Clip, visible: QRectF) -> None:
        """Add copies of the clip's cards, near where they were; in the middle of what is visible if that is elsewhere."""
        if not clip.graph.nodes:
            return
        by = self._step_aside(clip)
        area = QRectF()
        for place in self._places(clip):
            area = area.united(card_rect(place))
        if not visible.intersects(area.translated(*by)):
            corner = visible.center() - area.center()
            by = snapped(corner.x(), corner.y())
        count = len(clip.graph.nodes)
        what = _("{count} layers", count=count) if count > 1 else _("{name}", name=clip.graph.nodes[0].path)
        self._paste(_("Paste {what}", what=what), clip, by)

    def _places(self, clip: Clip) -> list[Point]:
        return [clip.positions.get(node.uid, (0.0, 0.0)) for node in clip.graph.nodes]

    def _step_aside(self, clip: Clip) -> Point:
        """The first step down the diagonal at which no copy covers a card exactly."""
        taken = {card.place for card in self._scene.canvas.cards}
        step = 0.0
        while any((x + step, y + step) in taken for x, y in self._places(clip)):
            step += _PASTE_STEP
        return step, step

    def _paste(self, label: Message, clip: Clip, by: Point) -> None:
        made: tuple[str, ...] = ()

        def change(project: Project) -> Project:
            nonlocal made
            places = dict(zip(clip.graph.by_uid, self._places(clip), strict=True))
            placed = replace(clip, positions=clip.positions | places)
            project, made = changes.paste(project, placed, by)
            return project

        if self._document.edit(label, change):
            self._selection.set(made)

    # Adding

    def add_at(self, key: str, corner: Point) -> str | None:
        """Add a card at a place, not connected; returns the uid of its layer, None if it was refused."""
        uid = new_uid()
        spec = catalog.BY_KEY[key]
        made = self._document.edit(
            _("Add {layer}", layer=spec.title), lambda project: changes.add_layer(project, key, corner, uid)
        )
        return self._select_made(uid) if made else None

    def hover(self, key: str, point: QPointF) -> Message | None:
        """Mark the wire that would take a layer from the palette; returns why the wire under it does not."""
        wire, reason = self._wire_for(key, point)
        self._scene.mark_wire(wire, WireState.REFUSING if reason else WireState.TARGETED)
        return reason

    def leave(self) -> None:
        """The layer from the palette hovers no more."""
        self._scene.mark_wire(None)

    def drop(self, key: str, point: QPointF) -> Message | None:
        """Add a card there, in the wire under it if that takes the layer; returns why it does not."""
        self.leave()
        wire, reason = self._wire_for(key, point)
        corner = snapped(point.x() - WIDTH / 2, point.y() - HEIGHT / 2)
        if wire is not None and reason is None:
            self.insert(key, wire, corner)
        else:
            self.add_at(key, corner)
        return reason

    def _wire_for(self, key: str, point: QPointF) -> tuple[Wire | None, Message | None]:
        wire, facts = self._scene.wire_at(point), self._document.facts
        return wire, refuse_insertion(self._document.project.graph, facts, wire, key) if wire else None

    def add_near(self, key: str, visible: QRectF) -> Message | None:
        """Add a card after the selected one, in its chain; else in the middle of what is visible.

        Returns why it could not be connected, if it could not."""
        current = self._scene.current
        graph, facts = self._document.project.graph, self._document.facts
        taken = [card.place for card in self._scene.canvas.cards]
        spec = catalog.BY_KEY[key]
        output = free(graph, current.outputs) if current else None
        wires = graph.at(output) if output else ()
        if not current or not output or not catalog.find(graph.by_uid[output.uid]) or len(wires) > 1:
            middle = visible.center()
            self.add_at(key, free_place(taken, (middle.x() - WIDTH / 2, middle.y() - HEIGHT / 2)))
            return None
        beside = (current.place[0] + PITCH[0], current.place[1])
        reason = refuse_layer(graph, facts, output, key)
        if reason:
            self.add_at(key, free_place(taken, beside))
            return reason
        if wires and spec.outputs:
            self.insert(key, wires[0], beside)
        else:
            self.add_connected(key, output, free_place(taken, beside))
        return None

    def insert(self, key: str, wire: Wire, wanted: Point) -> None:
        """Add a card in the middle of a wire, at ``wanted`` if nothing lies there; else between the wire's ends, and
        the cards behind it in that row move right."""
        uid, canvas = new_uid(), self._scene.canvas
        places = {card.id: card.place for card in canvas.cards}
        corner, moves = snapped(*wanted), dict[CardId, Point]()
        if any(card_rect(place).intersects(card_rect(corner)) for place in places.values()):
            corner, moves = place_between(places, canvas.card_of[wire.source].id, canvas.card_of[wire.target].id)

        def change(project: Project) -> Project:
            project = changes.add_layer(move_cards(project, canvas, moves), key, corner, uid)
            return changes.insert_on_wire(project, wire, uid)

        if self._document.edit(_("Insert {layer}", layer=catalog.BY_KEY[key].title), change):
            self._select_made(uid)

    def add_connected(self, key: str, fixed: Port, corner: Point) -> None:
        """Add a card with a wire between it and a port that is there; the wire in an occupied input is replaced."""
        uid = new_uid()
        wire = wire_between(fixed, Port(uid, not fixed.is_output))
        assert wire is not None
        made = self._document.edit(
            _("Add {layer}", layer=catalog.BY_KEY[key].title),
            lambda project: changes.connect(changes.add_layer(project, key, corner, uid), wire),
        )
        if made:
            self._select_made(uid)

    def _select_made(self, uid: str) -> str:
        self._scene.select_wires(())
        self._selection.set([uid])
        return uid

    # Moving and naming

    def nudge(self, across: int, down: int) -> None:
        """Move the selected cards by steps of the grid; nudges in a row are one step to undo."""
        by = across * GRID, down * GRID
        places = {card.id: (card.place[0] + by[0], card.place[1] + by[1]) for card in self._scene.selected}
        if places:
            move(self._scene, places, ("nudge", self._selection.uids))

    def rename(self, uid: str, path: str) -> bool:
        """Give a layer another name; returns whether that was possible. The document tells why it was not."""
        name = self._document.project.graph.by_uid[uid].path
        label = _("Rename {name} to {path}", name=name, path=path)
        return self._document.edit(label, lambda project: changes.rename(project, uid, path))

    def corner_for(self, fixed: Port, point: QPointF) -> Point:
        """Where a new card's corner goes so that the port that ``fixed`` will be connected to lies at ``point``."""
        outward = WIDTH if not fixed.is_output else 0.0
        return snapped(point.x() - outward, point.y() - HEIGHT / 2)
