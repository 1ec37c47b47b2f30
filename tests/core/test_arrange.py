from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core import arrange, templates, topology
from cnnlab.core.arrange import COLUMNS
from cnnlab.core.cards import CARD
from cnnlab.core.graph import Graph, Node, Wire


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs with branches, and now and then a loop."""
    count = draw(st.integers(0, 14))
    ends = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=20)) if count else []
    may_loop = draw(st.booleans())
    nodes = tuple(Node(f"n{number}", f"n{number}", "add") for number in range(count))
    wires = tuple(Wire(f"n{a}", f"n{b}", 0, port) for port, (a, b) in enumerate(ends) if may_loop or a < b)
    return Graph(nodes, wires)  # fmt: skip


@given(graphs())
def test_no_card_lies_on_another_and_every_card_has_a_place(graph: Graph) -> None:
    places = arrange.places(graph)
    assert set(places) == set(graph.by_uid)
    for (x0, y0), (x1, y1) in itertools.combinations(places.values(), 2):
        assert abs(x0 - x1) >= CARD[0] or abs(y0 - y1) >= CARD[1]


@given(graphs())
def test_data_flows_to_the_right_and_from_band_to_band(graph: Graph) -> None:
    depths, places = arrange.depths(graph), arrange.places(graph)
    runs = set(topology.order(graph))
    for wire in graph.wires:
        if {wire.source, wire.target} <= runs:
            assert depths[wire.source] < depths[wire.target]
    for a, b in itertools.combinations(graph.by_uid, 2):
        (x0, y0), (x1, y1) = places[a], places[b]
        if depths[a] == depths[b]:
            assert x0 == x1
        elif depths[a] // COLUMNS == depths[b] // COLUMNS:
            assert (depths[a] < depths[b]) == (x0 < x1)
        else:
            assert (depths[a] < depths[b]) == (y0 < y1)


def test_depth_is_the_longest_way() -> None:
    graph = Graph(
        tuple(Node(uid, uid, "add") for uid in "abcdx"),
        (Wire("a", "b"), Wire("b", "c"), Wire("a", "d", 0, 0), Wire("c", "d", 0, 1), Wire("x", "x")),
    )
    assert arrange.depths(graph) == {"a": 0, "b": 1, "c": 2, "d": 3, "x": 4}


def test_tidying_moves_cards_only_and_twice_is_once() -> None:
    project = templates.BY_KEY["mnist"].build()
    tidy = arrange.tidy(project)
    assert tidy.graph is project.graph
    assert arrange.tidy(tidy) == tidy
