"""Canvases made by hand on which one card stands for several layers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from hypothesis import strategies as st

from cnnlab.core.graph.graph import Port
from cnnlab.core.layout.canvas import Canvas, Card, CardId, canvas_of
from cnnlab.core.project.project import Project

BLOCK = CardId("the block")


def folded(project: Project, uids: Collection[str], name: str = "block") -> Canvas:
    """One card for those of the layers ``uids`` that are there, at the place of the first, and one for every other. Its ports
    are those that a wire leads to from outside, and those of its layers that have none."""
    plain = canvas_of(project)
    graph = project.graph
    inside = [card for card in plain.cards if card.layer in uids]
    if not inside:
        return plain

    def open_ends(is_output: bool) -> tuple[Port, ...]:
        ports = (port for card in inside for port in (card.outputs if is_output else card.inputs))
        return tuple(
            port
            for port in ports
            if not graph.at(port) or any({wire.source, wire.target} - set(uids) for wire in graph.at(port))
        )

    nodes = tuple(card.nodes[0] for card in inside)
    block = Card(BLOCK, nodes, name, inside[0].place, open_ends(False), open_ends(True))
    cards = (block if card is inside[0] else card for card in plain.cards if card is inside[0] or card not in inside)
    wires = (wire for wire in plain.wires if not {wire.source, wire.target} <= set(uids))
    return replace(plain, cards=tuple(cards), wires=tuple(wires))


@st.composite
def canvases(draw: st.DrawFn, project: Project) -> Canvas:
    """With one card for any of the layers, or with a card for each."""
    uids = [node.uid for node in project.graph.nodes]
    return folded(project, draw(st.lists(st.sampled_from(uids), unique=True)))
