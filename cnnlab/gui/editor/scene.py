"""The cards and wires on the canvas. They follow the document by comparing values; no edit rebuilds what it left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtWidgets import QGraphicsScene

from cnnlab.core.graph.facts import Problem
from cnnlab.core.graph.graph import Graph, Port, Wire
from cnnlab.core.layout.canvas import Canvas, CanvasDifference, Card, CardId, canvas_of, difference
from cnnlab.core.project.project import Point
from cnnlab.core.training.learning import Learning
from cnnlab.engine.inspection.looks import Strip
from cnnlab.engine.inspection.tiling import GAP_INDEX
from cnnlab.gui.document import Document
from cnnlab.gui.editor import icons
from cnnlab.gui.editor.card_face import CardFace, face_of, size_along
from cnnlab.gui.editor.card_item import CardItem, PortState
from cnnlab.gui.editor.hits import Hit, OnCard, OnGround, OnPort, OnWire
from cnnlab.gui.editor.repainting import repaint
from cnnlab.gui.editor.routing import Ends, Routing
from cnnlab.gui.editor.wire_item import WireItem, WireState
from cnnlab.gui.selection import Selection
from cnnlab.gui.theme import theme
from cnnlab.gui.theme.images import indexed_image

_EXTENT = QRectF(-60_000, -60_000, 120_000, 120_000)
"""Fixed, so that the view never jumps when a card is added at the edge."""


class NetworkScene(QGraphicsScene):
    """The Qt scene of the network: one item for each card and each wire of the document's canvas."""

    wires_selected = Signal()
    """``selected_wires`` is another set."""
    changed_cards = Signal()
    """Cards came, went, moved or say something else."""

    def __init__(self, document: Document, selection: Selection, parent: QObject) -> None:
        super().__init__(parent)
        self.document = document
        self.selection = selection
        self.canvas = Canvas()
        """What is shown."""
        self.cards: dict[CardId, CardItem] = {}
        self.wires: dict[Wire, WireItem] = {}
        self.selected_wires: frozenset[Wire] = frozenset()
        self._routing = Routing()
        self._ends: dict[Wire, Ends] = {}
        self._previewed: Iterable[CardId] = ()
        """Cards that lie elsewhere than the document has them."""
        self._shown_network: tuple[Graph, Mapping[str, Learning]] | None = None
        self._described: dict[CardId, tuple[object, ...]] = {}
        """All that the face of a card was made from."""
        self._strips: Mapping[str, Strip] = {}
        self._hovered: Hit = OnGround()
        self._port_states: dict[CardId, dict[Port, PortState]] | None = None
        self.setSceneRect(_EXTENT)
        document.edited.connect(self._follow)
        document.facts_changed.connect(self._on_facts_changed)
        selection.changed.connect(self._show_selection)
        theme.signals().changed.connect(self._on_theme_changed)
        icons.signals().loaded.connect(self._repaint)
        self._follow()

    def _repaint(self) -> None:
        repaint(self)

    def _on_theme_changed(self) -> None:
        self.set_strips(self._strips)
        repaint(self)

    # Following the document

    def _follow(self) -> None:
        self._end_preview()
        project = self.document.project
        before, self.canvas = self.canvas, canvas_of(project)
        change = difference(before, self.canvas)
        self._follow_cards(change)
        for wire in change.gone_wires:
            self.removeItem(self.wires.pop(wire))
        self._route(change)
        self.selection.set(uid for uid in self.selection.uids if uid in self.canvas.card_of)
        self.select_wires(wire for wire in self.selected_wires if wire in self.wires)
        self._show_selection()
        repaint(self)  # Qt takes the items for empty, and so repaints nothing where one comes or goes
        self.changed_cards.emit()

    def _follow_cards(self, change: CanvasDifference) -> None:
        for card in change.gone:
            self.removeItem(self.cards.pop(card.id))
        for card in change.changed:
            self.cards[card.id].set_card(card)
        project, shown = self.document.project, self._shown_network
        if change.come or shown is None or project.graph is not shown[0] or project.learning is not shown[1]:
            self._shown_network = project.graph, project.learning
            faces = self._new_faces()
            for card in change.come:
                item = self.cards[card.id] = CardItem(card, faces[card.id])
                self.addItem(item)
            self._show_faces(faces)

    def _on_facts_changed(self) -> None:
        self._show_faces(self._new_faces())
        self.changed_cards.emit()

    def _new_faces(self) -> dict[CardId, CardFace]:
        """What those cards say that have something else to say now. Until the sizes of an edit arrive, the old ones stay."""
        graph, facts, learning = self.document.project.graph, self.document.facts, self.document.project.learning
        problems: dict[str, list[Problem]] = {}
        for problem in facts.problems:
            problems.setdefault(problem.uid, []).append(problem)
        before, self._described = self._described, {}
        faces = {}
        for card in self.canvas.cards:
            described = card.name, card.inputs, card.outputs, *(
                (graph.by_uid[uid], facts.of(uid), problems.get(uid), learning.get(uid)) for uid in card.nodes
            )  # fmt: skip
            self._described[card.id] = described
            if described != before.get(card.id):  # most cards say the same after an edit, and asking each takes longer
                faces[card.id] = face_of(card, graph, facts, learning)
        return faces

    def _show_faces(self, faces: Mapping[CardId, CardFace]) -> None:
        for card, face in faces.items():
            self.cards[card].set_face(face)
        for wire, item in self.wires.items():
            item.set_size(size_along(self.document.facts, wire))

    def _route(self, change: CanvasDifference) -> None:
        """Make the wires that are new, and let all go the ways that a scene made anew would give them."""
        facts, card_of = self.document.facts, self.canvas.card_of
        other = {card.id for card in (*change.come, *change.changed)}
        before, self._ends = self._ends, {}
        for wire in self.canvas.wires:
            known = before.get(wire)
            if known is None or card_of[wire.source].id in other or card_of[wire.target].id in other:
                known = self._ends_of(wire)
            self._ends[wire] = known
        ways = self._routing.update(self._card_rects(), self._ends)
        for wire in change.come_wires:
            item = self.wires[wire] = WireItem(wire, ways[wire], size_along(facts, wire))
            self.addItem(item)
        for wire, way in ways.items():
            if self.wires[wire].route is not way:
                self.wires[wire].set_route(way)

    def _card_rects(self) -> dict[CardId, QRectF]:
        return {card: item.card_rect() for card, item in self.cards.items()}

    def _ends_of(self, wire: Wire) -> Ends:
        return self.port_point(wire.start), self.port_point(wire.end)

    def preview_places(self, places: Mapping[CardId, Point]) -> None:
        """Show cards elsewhere, wires following, while they are dragged; the document knows nothing of it yet."""
        self._previewed = places.keys()
        for card, place in places.items():
            self.cards[card].put(place)
        card_of = self.canvas.card_of
        pulled = {
            wire: self._ends_of(wire)
            for wire in self.wires
            if card_of[wire.source].id in places or card_of[wire.target].id in places
        }
        for wire, way in self._routing.preview(self._card_rects(), pulled).items():
            self.wires[wire].set_route(way)

    def _end_preview(self) -> None:
        for card in self._previewed:
            self.cards[card].put(self.cards[card].card.place)
        self._previewed = ()

    def end_preview(self) -> None:
        """Put the cards back to where the document has them."""
        self._follow()

    # Selection

    @property
    def selected(self) -> tuple[Card, ...]:
        """The cards that stand for selected layers."""
        return self.canvas.holding(self.selection.uids)

    @property
    def current(self) -> Card | None:
        """The one selected card; None if none or several are selected."""
        cards = self.selected
        return cards[0] if len(cards) == 1 else None

    def _show_selection(self) -> None:
        chosen = {card.id for card in self.selected}
        for card, item in self.cards.items():
            if item.state.selected != (card in chosen):
                item.set_state(replace(item.state, selected=card in chosen))
                item.setZValue(1.5 if card in chosen else 1)

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
            state = WireState.HOVERED if self._hovered == OnWire(wire) else WireState.PLAIN
            self.wires[wire].set_state(WireState.SELECTED if wire in self.selected_wires else state)

    # What lies where

    def item_of(self, uid: str) -> CardItem:
        """The card that stands for a layer."""
        return self.cards[self.canvas.card_of[uid].id]

    def port_point(self, port: Port) -> QPointF:
        """Where a port lies; in the middle of its card's side if that has none such."""
        return self.item_of(port.uid).port_point(port)

    def hit(self, point: QPointF, reach: float) -> Hit:
        """What lies at a point: a port within ``reach`` canvas units, else what lies there."""
        port = self.port_at(point, reach)
        if port is not None:
            return OnPort(port, self.canvas.card_of[port.uid].id)
        item = self.card_at(point)
        if item is not None:
            return OnCard(item.card.id)
        wire = self.wire_at(point)
        return OnGround() if wire is None else OnWire(wire)

    def card_at(self, point: QPointF) -> CardItem | None:
        """The topmost card there."""
        return next((item for item in self.items(point) if isinstance(item, CardItem)), None)

    def wire_at(self, point: QPointF) -> Wire | None:
        """The topmost wire there, where no card lies over it."""
        for item in self.items(point):
            if isinstance(item, CardItem):
                return None
            if isinstance(item, WireItem):
                return item.wire
        return None

    def port_at(self, point: QPointF, reach: float) -> Port | None:
        """The nearest port within ``reach`` canvas units."""
        area = QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
        nearest: tuple[float, Port] | None = None
        for item in self.items(area):
            if isinstance(item, CardItem):
                for port in item.card.ports:
                    away = item.port_point(port) - point
                    distance = (away.x() ** 2 + away.y() ** 2) ** 0.5
                    if distance <= reach and (nearest is None or (distance, port) < nearest):
                        nearest = distance, port
        return nearest[1] if nearest else None

    def cards_in(self, area: QRectF) -> tuple[Card, ...]:
        """The cards that ``area`` touches, in the order of the canvas."""
        found = {item.card.id for item in self.items(area) if isinstance(item, CardItem)}
        return tuple(card for card in self.canvas.cards if card.id in found)

    def all_cards_rect(self, cards: Iterable[Card] | None = None) -> QRectF:
        """The rectangle around all cards (or these), in canvas units; empty if there are none."""
        area = QRectF()
        for card in self.canvas.cards if cards is None else cards:
            area = area.united(self.cards[card.id].card_rect())
        return area

    def network_rect(self) -> QRectF:
        """The rectangle around all cards and wires, in canvas units; empty if there are none."""
        area = self.all_cards_rect()
        for wire in self.wires.values():
            area = area.united(wire.route.path.boundingRect())
        return area

    # Looks that last as long as a gesture

    def set_hovered(self, hit: Hit) -> None:
        """Mark what lies under the mouse."""
        if hit == self._hovered:
            return
        before, self._hovered = self._hovered, hit
        for each in (before, hit):
            match each:
                case OnWire(wire):
                    self._show_wire(wire)
                case OnPort(_, card) if card in self.cards:
                    self._show_ports(card)
                case OnCard(card) if card in self.cards:
                    item = self.cards[card]
                    item.set_state(replace(item.state, hovered=each == hit))

    def set_port_states(self, states: Mapping[Port, PortState] | None) -> None:
        """How ports show themselves while a wire is in the hand; None when it is let go."""
        self._port_states = None if states is None else {}
        if self._port_states is not None and states is not None:
            for port, state in states.items():
                self._port_states.setdefault(self.canvas.card_of[port.uid].id, {})[port] = state
        for card in self.cards:
            self._show_ports(card)

    def _show_ports(self, card: CardId) -> None:
        states: Mapping[Port, PortState] = {}
        if self._port_states is not None:
            states = self._port_states.get(card, {})
        elif isinstance(self._hovered, OnPort) and self._hovered.card == card:
            states = {self._hovered.port: PortState.HOVERED}
        self.cards[card].set_port_states(states)

    def target_card(self, card: CardId | None) -> None:
        """Mark the card that would take what is in the hand, and no other."""
        for each, item in self.cards.items():
            if item.state.targeted != (each == card):
                item.set_state(replace(item.state, targeted=each == card))

    def mark_wire(self, wire: Wire | None, state: WireState = WireState.TARGETED) -> None:
        """Mark one wire for a gesture, and no other."""
        for each, item in self.wires.items():
            if each == wire:
                item.set_state(state)
            elif item.state in (WireState.TARGETED, WireState.REFUSING, WireState.LIFTED):
                self._show_wire(each)

    def set_strips(self, strips: Mapping[str, Strip]) -> None:
        """Show these maps, by the uid of their layer, in the colours of the theme; a card whose layer is not among them shows
        none. The gaps between maps are transparent."""
        self._strips = strips
        colours = theme.theme()
        tables = {signed: list(colours.diverging if signed else colours.sequential) for signed in (True, False)}
        for table in tables.values():
            table[GAP_INDEX] = 0
        for item in self.cards.values():
            strip = strips.get(item.card.mapped)
            item.set_strip(indexed_image(strip.indices, tables[strip.signed]) if strip else None)
