"""Whatever is done to a graph, it stays one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core.graph.graph import Graph, GraphError, Node, Wire, new_uid
from cnnlab.core.values import Frozen

UIDS = st.sampled_from("abcdef")
PORTS = st.integers(0, 3)
WIRES = st.builds(Wire, UIDS, UIDS, st.just(0), PORTS)

Edit = Callable[[Graph], Graph]
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(lambda uid, path: lambda graph: graph.add(Node(uid, path, "add")), UIDS, st.sampled_from("pqrstu")),
    st.builds(lambda uids: lambda graph: graph.remove(uids), st.sets(UIDS, min_size=1, max_size=2)),
    st.builds(lambda wire: lambda graph: graph.connect(wire), WIRES),
    st.builds(
        lambda numbers: (
            lambda graph: graph.disconnect(
                [graph.wires[number % len(graph.wires)] for number in numbers] if graph.wires else []
            )
        ),
        st.lists(st.integers(0, 20), max_size=2),
    ),
    st.builds(lambda uid, path: lambda graph: graph.change(Node(uid, path, "add")), UIDS, st.sampled_from("pqrstu")),
)


def assert_sound(graph: Graph) -> None:
    uids = [node.uid for node in graph.nodes]
    names = [node.path for node in graph.nodes]
    assert len(set(uids)) == len(uids)
    assert len(set(names)) == len(names)
    assert all(wire.source in uids and wire.target in uids for wire in graph.wires)
    ends = [(wire.target, wire.target_port) for wire in graph.wires]
    assert len(set(ends)) == len(ends), "two wires end in one port"
    assert graph.by_uid == {node.uid: node for node in graph.nodes}
    for uid in uids:
        assert set(graph.incoming(uid)) == {wire for wire in graph.wires if wire.target == uid}
        assert set(graph.outgoing(uid)) == {wire for wire in graph.wires if wire.source == uid}
        ports = [wire.target_port for wire in graph.incoming(uid)]
        assert ports == sorted(ports)


def assert_closed_up(before: Graph, after: Graph) -> None:
    """Joins that lost an input have ports from 0 without a hole, in the old order; all others are as they were."""
    for node in after.nodes:
        old, new = before.incoming(node.uid), after.incoming(node.uid)
        if len(new) < len(old):
            assert [wire.target_port for wire in new] == list(range(len(new)))
            sources = iter([wire.source for wire in old])
            assert all(wire.source in sources for wire in new), "the order changed"
        else:
            assert new == old


@given(st.lists(EDITS, max_size=30))
def test_any_sequence_of_edits_leaves_a_sound_graph(edits: list[Edit]) -> None:
    graph = Graph()
    for edit in edits:
        before = (graph.nodes, graph.wires, graph.digest)
        try:
            after = edit(graph)
        except GraphError:
            after = graph
        assert (graph.nodes, graph.wires, graph.digest) == before
        assert_sound(after)
        graph = after


@given(st.sets(WIRES, max_size=12), st.sets(UIDS, min_size=1, max_size=3), st.data())
def test_joins_close_up_when_inputs_go(wires: set[Wire], gone: set[str], data: st.DataObject) -> None:
    graph = Graph(tuple(Node(uid, uid, "add") for uid in "abcdef"))
    for wire in sorted(wires):
        graph = graph.connect(wire)
    removed = graph.remove(gone)
    assert {node.uid for node in removed.nodes} == set("abcdef") - gone
    assert_closed_up(graph, removed)
    if graph.wires:
        less = data.draw(st.sets(st.sampled_from(graph.wires), min_size=1))
        disconnected = graph.disconnect(less)
        assert len(disconnected.wires) == len(graph.wires) - len(less)
        assert_closed_up(graph, disconnected)


A, B = Node("a", "first", "relu"), Node("b", "second", "relu")


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (lambda graph: graph.add(replace(B, uid="a")), "already there"),
        (lambda graph: graph.add(Node("c", "first", "relu")), "Another layer is called “first”"),
        (lambda graph: graph.add(Node("c", "first.part", "relu")), "one would contain the other"),
        (lambda graph: graph.change(replace(B, path="first")), "Another layer is called “first”"),
        (lambda graph: graph.change(Node("c", "third", "relu")), "no longer there"),
        (lambda graph: graph.remove(["a", "c"]), "no longer there"),
        (lambda graph: graph.connect(Wire("a", "c")), "no longer there"),
        (lambda graph: graph.connect(Wire("c", "a")), "no longer there"),
        (lambda graph: graph.disconnect([Wire("b", "a")]), "wire is no longer there"),
    ],
)
def test_what_would_break_it_is_refused_in_words(edit: Edit, text: str) -> None:
    with pytest.raises(GraphError, match=text) as caught:
        edit(Graph((A, B), (Wire("a", "b"),)))
    assert str(caught.value) == str(caught.value.message)


def test_a_new_wire_replaces_the_one_in_its_port() -> None:
    graph = Graph((A, B, Node("c", "third", "relu")), (Wire("a", "b"),))
    assert graph.connect(Wire("c", "b")).wires == (Wire("c", "b"),)


def test_a_node_keeps_its_own_name_through_a_change() -> None:
    changed = replace(B, params=Frozen({"x": 1}))
    assert Graph((A, B)).change(changed).nodes == (A, changed)


def test_the_digest_follows_what_is_computed_and_no_order_of_adding() -> None:
    graph = Graph((A, B), (Wire("a", "b"),))
    assert graph.digest == Graph((B, A), (Wire("a", "b"),)).digest
    others = [
        Graph((A, B)),
        Graph((A, B), (Wire("b", "a"),)),
        graph.change(replace(B, path="third")),
        graph.change(replace(B, type="tanh")),
        graph.change(replace(B, params=Frozen({"x": 1}))),
        graph.change(replace(B, version=2)),
    ]
    assert len({graph.digest, *(other.digest for other in others)}) == 1 + len(others)


@pytest.mark.process
def test_the_digest_is_the_same_in_every_process() -> None:
    code = (
        "from cnnlab.core.graph.graph import *; from cnnlab.core.values import Frozen\n"
        "print(Graph((Node('a', 'first', 'conv2d', Frozen({'b': 'same', 'a': (1, 2)})),)).digest)"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1


def test_identities_never_repeat() -> None:
    assert len({new_uid() for _ in range(1000)}) == 1000
