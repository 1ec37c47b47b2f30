"""Layers with several outputs on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from gui.editor.hand import Hand
from PySide6.QtCore import QPointF, Qt

from cnnlab.core import catalog
from cnnlab.core.graph.facts import Facts, NodeFacts
from cnnlab.core.graph.graph import Graph, Node, Port, Wire
from cnnlab.core.layout import arrange
from cnnlab.core.layout.canvas import canvas_of
from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen
from cnnlab.engine.inspection.looks import Strip
from cnnlab.gui.editor import lettering
from cnnlab.gui.editor.card_face import face_of
from cnnlab.gui.editor.wire_item import WireState


def node(key: str, path: str, **params: Any) -> Node:
    return Node(path, path, key, catalog.BY_KEY[key].normal(params))


@pytest.fixture
def parted(open_canvas: Callable[[Project], Hand]) -> Hand:
    """A picture of six channels in two parts, of which the first is used twice."""
    graph = Graph(
        (
            node("input", "input", channels=6, height=8, width=8),
            node("split", "split"),
            node("relu", "relu"),
            node("relu", "free"),
            node("concatenate", "join"),
            node("output", "output"),
        ),
        (Wire("input", "split"), Wire("split", "relu"), Wire("relu", "join"), Wire("split", "join", 0, 1)),
    )
    return open_canvas(arrange.tidy(Project(graph)))


def test_a_card_says_how_many_parts_it_gives_and_a_wire_the_size_of_its_own(parted: Hand) -> None:
    assert parted.card("split").face.size == "2 × (3 × 8 × 8)"
    assert parted.card("relu").face.size == "3 × 8 × 8"
    sizes = {wire: item.size for wire, item in parted.scene.wires.items()}
    assert sizes[Wire("input", "split")] == "6 × 8 × 8"
    assert sizes[Wire("split", "relu")] == sizes[Wire("split", "join", 0, 1)] == "3 × 8 × 8"


def test_each_wire_has_the_size_of_the_output_that_it_starts_in(parted: Hand) -> None:
    unlike = NodeFacts(inputs=((6, 8, 8),), outputs=((2, 8, 8), (4, 8, 8)))
    parted.drag(parted.port("split", "out", 1), parted.port("free", "in"))
    facts = parted.document.facts
    parted.document.facts = replace(facts, nodes=facts.nodes | {"split": unlike})
    parted.document.facts_changed.emit()
    assert parted.scene.wires[Wire("split", "relu")].size == "2 × 8 × 8"
    assert parted.scene.wires[Wire("split", "free", 1)].size == "4 × 8 × 8"
    assert parted.card("split").face.size == "2 × 8 × 8, 4 × 8 × 8"
    view = parted.view
    assert "4 × 8 × 8" in view._tooltip(QPointF(parted.port("split", "out", 1)))
    assert "2 × 8 × 8" in view._tooltip(QPointF(parted.port("split", "out", 0)))
    assert "4 × 8 × 8" in view._tooltip(QPointF(parted.port("free", "in")))


def test_a_wire_can_be_drawn_from_the_second_output_and_back_to_it(parted: Hand) -> None:
    wire = Wire("split", "free", 1)
    parted.drag(parted.port("split", "out", 1), parted.port("free", "in"))
    assert wire in parted.graph.wires
    parted.undo_all()
    parted.drag(parted.port("free", "in"), parted.port("split", "out", 1))
    assert wire in parted.graph.wires
    parted.check_scene()
    start = parted.scene.wires[wire].route.path.elementAt(0)
    assert (start.x, start.y) == parted.scene.port_point(Port("split", True, 1)).toTuple()


def test_a_wire_let_go_over_the_card_takes_the_output_that_is_free(parted: Hand) -> None:
    parted.drag(parted.port("free", "in"), parted.body("split"))
    assert Wire("split", "free", 1) in parted.graph.wires


def test_the_output_of_a_wire_can_be_another_one(parted: Hand) -> None:
    wire = Wire("split", "join", 0, 1)
    near_start = parted.scene.wires[wire].route.path.pointAtPercent(0.25)
    parted.drag(parted.pixel(near_start), parted.port("split", "out", 1))
    assert Wire("split", "join", 1, 1) in parted.graph.wires
    assert wire not in parted.graph.wires


def test_hovering_marks_the_output_or_the_wire_under_the_mouse_only(parted: Hand) -> None:
    parted.move(parted.port("split", "out", 1))
    assert list(parted.card("split").port_states) == [Port("split", True, 1)]
    wire = Wire("split", "join", 0, 1)
    parted.move(parted.pixel(parted.scene.wires[wire].route.label_at))
    states = {each: item.state for each, item in parted.scene.wires.items()}
    assert [each for each, state in states.items() if state is WireState.HOVERED] == [wire]


def test_keys_connect_the_output_that_is_free(parted: Hand) -> None:
    parted.click(parted.body("split"))
    parted.key(Qt.Key.Key_C)
    parted.key(Qt.Key.Key_Return)
    assert any(wire.source_port == 1 for wire in parted.graph.outgoing("split"))


def test_a_new_layer_goes_behind_the_output_that_is_free(parted: Hand) -> None:
    parted.click(parted.body("split"))
    parted.canvas.add_layer("relu")
    assert [wire.source_port for wire in parted.graph.outgoing("split")] == [0, 0, 1]


def test_a_card_has_as_many_outputs_as_parts_were_chosen(parted: Hand) -> None:
    graph = parted.graph.change(node("split", "split", chunks=3))
    card = canvas_of(Project(graph)).card_of["split"]
    assert [port.index for port in card.outputs] == [0, 1, 2]
    assert face_of(card, graph, Facts(nodes=Frozen()), {}).outputs_numbered


@pytest.mark.parametrize("zoom", [0.5, 0.66, 1.0, 1.7])
@pytest.mark.parametrize("path", ["split", "join"])
def test_maps_cover_no_number_of_a_port(parted: Hand, path: str, zoom: float) -> None:
    """Beside the field of the maps a card looks the same with them and without."""
    parted.view.set_zoom(zoom)
    parted.canvas.reveal(path)
    card = parted.card(path)
    plain = parted.view.viewport().grab().toImage()
    parted.canvas.set_strips({path: Strip(np.full((26, 107), 200, dtype=np.uint8), True)})
    mapped = parted.view.viewport().grab().toImage()
    changed = [
        x for x in range(plain.width()) for y in range(plain.height()) if plain.pixel(x, y) != mapped.pixel(x, y)
    ]
    corner = parted.view.mapFromScene(card.card_rect().topLeft()).x()
    size = max(9, round(10 * zoom))
    number = 8 * zoom + lettering.width("2", size)
    width = card.card_rect().width() * zoom
    assert changed
    assert min(changed) - corner >= (number if path == "join" else 0)
    assert max(changed) - corner <= width - (number if path == "split" else 0)
