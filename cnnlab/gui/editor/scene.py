"""The cards and wires on the canvas. They follow the document by comparing values; no edit rebuilds what it left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGraphicsScene

from cnnlab.core.facts import Problem
from cnnlab.core.graph import Graph, Port, Wire
from cnnlab.core.learning import Learning
from cnnlab.core.project import Point
from cnnlab.gui import theme
from cnnlab.gui.document import Document
from cnnlab.gui.editor import icons
from cnnlab.gui.editor.card_face import face_of, size_along
from cnnlab.gui.editor.geometry import place_of
from cnnlab.gui.editor.node_item import NodeItem, PortLook
from cnnlab.gui.editor.repainting import repaint
from cnnlab.gui.editor.routing import Routing
from cnnlab.gui.editor.wire_item import WireItem, WireLook
from cnnlab.gui.selection import Selection

_EXTENT = QRectF(-60_000, -60_000, 120_000, 120_000)
"""Fixed, so that the view never jumps when a card is added at the edge."""


class NetworkScene(QGraphicsScene):
    """One item for each layer and each wire of the document."""

    wires_selected = Signal()
    """``selected_wires`` is another set."""
    changed_cards = Signal()
    """Cards came, went, moved or say something else."""

    def __init__(self, document: Document, selection: Selection, parent: QObject) -> None:
        super().__init__(parent)
        self.document = document
        self.selection = selection
        self.cards: dict[str, NodeItem] = {}
        self.wires: dict[Wire, WireItem] = {}
        self.selected_wires: frozenset[Wire] = frozenset()
        self._routing = Routing()
        self._shown_network: tuple[Graph, Mapping[str, Learning]] | None = None
        self._shown: dict[str, tuple[object, ...]] = {}
        """By uid, all that the face of a card was made from."""
        self._hovered: Port | Wire | str | None = None
        self._port_looks: dict[Port, PortLook] | None = None
        self.setSceneRect(_EXTENT)
        document.edited.connect(self._follow)
        document.facts_changed.connect(self._on_facts_changed)
        selection.changed.connect(self._show_selection)
        theme.signals().changed.connect(self._repaint)
        icons.signals().loaded.connect(self._repaint)
        self._follow()

    def _repaint(self) -> None:
        repaint(self)

    # Following the document

    def _follow(self) -> None:
        project = self.document.project
        graph, layout = project.graph, project.layout
        for uid in self.cards.keys() - graph.by_uid.keys():
            self.removeItem(self.cards.pop(uid))
        for node in graph.nodes:
            card = self.cards.get(node.uid)
            if card is None:
                card = self.cards[node.uid] = NodeItem(node.uid, face_of(graph, self.document.facts, node))
                self.addItem(card)
            card.put(place_of(layout.positions, node.uid))
        before = self._shown_network
        if before is None or graph is not before[0] or project.learning is not before[1]:
            self._shown_network = graph, project.learning
            self._show_faces()
        wires = set(graph.wires)
        for wire in self.wires.keys() - wires:
            self.removeItem(self.wires.pop(wire))
        self._route()
        self.selection.set(uid for uid in self.selection.uids if uid in self.cards)
        self.select_wires(self.selected_wires & wires)
        self._show_selection()
        repaint(self)  # Qt takes the items for empty, and so repaints nothing where one comes or goes
        self.changed_cards.emit()

    def _on_facts_changed(self) -> None:
        self._show_faces()
        self.changed_cards.emit()

    def _show_faces(self) -> None:
        """Let cards and wires say what is known now. Until the sizes of an edit arrive, the old ones stay."""
        graph, facts, learning = self.document.project.graph, self.document.facts, self.document.project.learning
        problems: dict[str, list[Problem]] = {}
        for problem in facts.problems:
            problems.setdefault(problem.uid, []).append(problem)
        before, self._shown = self._shown, {}
        for node in graph.nodes:
            uid = node.uid
            frozen = uid in learning and learning[uid].frozen
            shown = (node, graph.incoming(uid), graph.outgoing(uid), facts.of(uid), problems.get(uid), frozen)
            self._shown[uid] = shown
            if shown != before.get(uid):  # most cards say the same after an edit, and asking each takes longer
                self.cards[uid].set_face(face_of(graph, facts, node, frozen))
        for wire, item in self.wires.items():
            item.set_size(size_along(facts, wire))

    def _route(self) -> None:
        """Make the wires that are new, and let all go the ways that a scene made anew would give them."""
        graph, facts = self.document.project.graph, self.document.facts
        for wire, way in self._routing.update(self._card_rects(), self._ends(graph.wires)).items():
            item = self.wires.get(wire)
            if item is None:
                item = self.wires[wire] = WireItem(wire, way, size_along(facts, wire))
                self.addItem(item)
            elif item.route is not way:
                item.set_route(way)

    def _card_rects(self) -> dict[str, QRectF]:
        return {uid: card.card_rect() for uid, card in self.cards.items()}

    def _ends(self, wires: Iterable[Wire]) -> dict[Wire, tuple[QPointF, QPointF]]:
        return {wire: (self.port_point(wire.start), self.port_point(wire.end)) for wire in wires}

    def preview_places(self, places: Mapping[str, Point]) -> None:
        """Show cards elsewhere, wires following, while they are dragged; the document knows nothing of it yet."""
        for uid, place in places.items():
            self.cards[uid].put(place)
        pulled = self._ends(wire for wire in self.wires if wire.source in places or wire.target in places)
        for wire, way in self._routing.preview(self._card_rects(), pulled).items():
            self.wires[wire].set_route(way)

    def end_preview(self) -> None:
        """Back to where the document has them."""
        self._follow()

    # Selection

    def _show_selection(self) -> None:
        chosen = set(self.selection.uids)
        for uid, card in self.cards.items():
            card.set_look(replace(card.look, selected=uid in chosen))
            card.setZValue(1.5 if uid in chosen else 1)

    def select_wires(self, wires: Iterable[Wire]) -> None:
        """Select exactly these wires."""
        chosen = frozenset(wires)
        before, self.selected_wires = self.selected_wires, chosen
        for wire in before | chosen:
            self._show_wire(wire)
        if chosen != before:
            self.wires_selected.emit()

    def clear_selection(self) -> None:
        """Select nothing."""
        self.selection.set(())
        self.select_wires(())

    def _show_wire(self, wire: Wire) -> None:
        if wire in self.wires:
            look = WireLook.HOVERED if self._hovered == wire else WireLook.PLAIN
            self.wires[wire].set_look(WireLook.SELECTED if wire in self.selected_wires else look)

    # What lies where

    def port_point(self, port: Port) -> QPointF:
        """Where a port lies; where its card's first port of the kind lies if the card has none such."""
        return self.cards[port.uid].port_point(port)

    def card_at(self, point: QPointF) -> NodeItem | None:
        """The topmost card there."""
        return next((item for item in self.items(point) if isinstance(item, NodeItem)), None)

    def wire_at(self, point: QPointF) -> Wire | None:
        """The topmost wire there, where no card lies over it."""
        for item in self.items(point):
            if isinstance(item, NodeItem):
                return None
            if isinstance(item, WireItem):
                return item.wire
        return None

    def port_at(self, point: QPointF, reach: float) -> Port | None:
        """The nearest port within ``reach`` canvas units."""
        area = QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
        nearest: tuple[float, Port] | None = None
        for card in self.items(area):
            if isinstance(card, NodeItem):
                for port in card.ports:
                    away = card.port_point(port) - point
                    distance = (away.x() ** 2 + away.y() ** 2) ** 0.5
                    if distance <= reach and (nearest is None or (distance, port) < nearest):
                        nearest = distance, port
        return nearest[1] if nearest else None

    def cards_in(self, area: QRectF) -> tuple[str, ...]:
        """Uids of the cards that ``area`` touches, in the order of the graph."""
        found = {item.uid for item in self.items(area) if isinstance(item, NodeItem)}
        return tuple(uid for uid in self.cards if uid in found)

    def all_cards_rect(self, uids: Iterable[str] | None = None) -> QRectF:
        """Around all cards (or ``uids``); empty if there are none."""
        area = QRectF()
        for uid in self.cards if uids is None else uids:
            area = area.united(self.cards[uid].card_rect())
        return area

    def network_rect(self) -> QRectF:
        """Around all cards and wires; empty if there are none."""
        area = self.all_cards_rect()
        for wire in self.wires.values():
            area = area.united(wire.route.path.boundingRect())
        return area

    # Looks that last as long as a gesture

    def set_hovered(self, thing: Port | Wire | str | None) -> None:
        """What lies under the mouse: a port, a wire, a card's uid, or nothing."""
        if thing == self._hovered:
            return
        before, self._hovered = self._hovered, thing
        for each in (before, thing):
            if isinstance(each, Wire):
                self._show_wire(each)
            elif isinstance(each, Port) and each.uid in self.cards:
                self._show_ports(each.uid)
            elif isinstance(each, str) and each in self.cards:
                self.cards[each].set_look(replace(self.cards[each].look, hovered=each == thing))

    def set_port_looks(self, looks: Mapping[Port, PortLook] | None) -> None:
        """How ports show themselves while a wire is in the hand; None when it is let go."""
        self._port_looks = dict(looks) if looks is not None else None
        for uid in self.cards:
            self._show_ports(uid)

    def _show_ports(self, uid: str) -> None:
        looks = {port: look for port, look in (self._port_looks or {}).items() if port.uid == uid}
        if isinstance(self._hovered, Port) and self._hovered.uid == uid and self._port_looks is None:
            looks[self._hovered] = PortLook.HOVERED
        self.cards[uid].set_port_looks(looks)

    def target_card(self, uid: str | None) -> None:
        """Mark the card that would take what is in the hand, and no other."""
        for each, card in self.cards.items():
            card.set_look(replace(card.look, targeted=each == uid))

    def mark_wire(self, wire: Wire | None, look: WireLook = WireLook.TARGETED) -> None:
        """Mark one wire for a gesture, and no other."""
        for each, item in self.wires.items():
            if each == wire:
                item.set_look(look)
            elif item.look in (WireLook.TARGETED, WireLook.REFUSING, WireLook.LIFTED):
                self._show_wire(each)

    def set_strips(self, strips: Mapping[str, QImage]) -> None:
        """Show these maps; a card that is not among them shows none."""
        for uid, card in self.cards.items():
            card.set_strip(strips.get(uid))
