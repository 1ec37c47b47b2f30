"""Order, loops and reachability against brute force on small graphs with any wires."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core.graph import topology
from cnnlab.core.graph.graph import Graph, Node, Wire

NAMES = "abcdef"


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    names = draw(st.permutations(NAMES[: draw(st.integers(1, 6))]))
    ends = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=9))
    wires = tuple(Wire(source, target, 0, port) for port, (source, target) in enumerate(ends))
    return Graph(tuple(Node(name, name, "relu") for name in names), wires)


def reached(graph: Graph, start: str) -> set[str]:
    """Every node one or more wires down from ``start``."""
    found: set[str] = set()
    waiting = [wire.target for wire in graph.wires if wire.source == start]
    while waiting:
        uid = waiting.pop()
        if uid not in found:
            found.add(uid)
            waiting += [wire.target for wire in graph.wires if wire.source == uid]
    return found


@given(graphs())
def test_loops_and_reach(graph: Graph) -> None:
    down = {node.uid: reached(graph, node.uid) for node in graph.nodes}
    assert topology.on_loops(graph) == {uid for uid in down if uid in down[uid]}
    for uid in down:
        assert topology.downstream(graph, uid) == down[uid] | {uid}
        assert topology.upstream(graph, uid) == {other for other in down if uid in down[other]} | {uid}


@given(graphs())
def test_order_takes_the_first_added_of_those_that_are_ready(graph: Graph) -> None:
    looped = {node.uid for node in graph.nodes if node.uid in reached(graph, node.uid)}
    runs = [node.uid for node in graph.nodes if not any(node.uid in reached(graph, uid) for uid in looped)]
    expected: list[str] = []
    while len(expected) < len(runs):
        expected.append(
            next(
                uid
                for uid in runs
                if uid not in expected and all(wire.source in expected for wire in graph.incoming(uid))
            )
        )
    assert topology.order(graph) == tuple(expected)


@given(graphs(), st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_a_path_follows_wires_and_none_is_shorter(graph: Graph, start: str, end: str) -> None:
    path = topology.path_between(graph, start, end)
    if not path:
        missing = {start, end} - set(graph.by_uid)
        assert missing or end not in reached(graph, start) | {start}
        return
    assert (path[0], path[-1]) == (start, end)
    pairs = {(wire.source, wire.target) for wire in graph.wires}
    assert set(itertools.pairwise(path)) <= pairs
    near, steps = {start}, 0
    while end not in near:
        near, steps = near | {target for source, target in pairs if source in near}, steps + 1
    assert len(path) == steps + 1


@given(graphs(), st.sets(st.sampled_from(NAMES)), st.sampled_from(NAMES))
def test_what_lies_behind_is_the_first_of_another_type_or_the_end_of_the_way(
    graph: Graph, relus: set[str], start: str
) -> None:
    graph = Graph(tuple(Node(n.uid, n.path, "relu" if n.uid in relus else "conv2d") for n in graph.nodes), graph.wires)
    if start not in graph.by_uid:
        return
    way = [start]  # by first inputs, until it would come to a node again
    while graph.incoming(way[-1]) and (before := graph.incoming(way[-1])[0].source) not in way:
        way.append(before)
    found = topology.behind(graph, start, {"relu"})
    others = [uid for uid in way if uid not in relus]
    if others:
        assert found == others[0]
    else:
        assert found in way
        assert found == way[-1] or graph.incoming(way[-1])[0].source == found
