"""What can be connected, against the check of one wire and against making the edit."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.canvases import canvases
from strategies.loops import looped
from strategies.networks import networks

from cnnlab.core import catalog
from cnnlab.core.graph.facts import Facts, NodeFacts
from cnnlab.core.graph.graph import Graph, Node, Port, Wire
from cnnlab.core.layout import connecting
from cnnlab.core.layout.canvas import Card, CardId, canvas_of
from cnnlab.core.layout.connecting import Verdict
from cnnlab.core.project import checks
from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen

MAPS, VALUES = (4, 6, 7), (10,)


def ports_of(graph: Graph) -> list[Port]:
    """Two inputs and two outputs of every layer, whether it has them or not."""
    return [Port(node.uid, is_output, index) for node in graph.nodes for is_output in (True, False) for index in (0, 1)]


def known(graph: Graph, shape: tuple[int, ...]) -> Facts:
    """Every layer gives ``shape``."""
    return Facts(nodes=Frozen({node.uid: NodeFacts(outputs=(shape, shape)) for node in graph.nodes}))


@given(st.one_of(networks, looped()), st.sampled_from([MAPS, VALUES, None]), st.data())
def test_those_that_take_a_wire_are_those_that_are_judged_so_one_by_one(
    project: Project, shape: tuple[int, ...] | None, data: st.DataObject
) -> None:
    graph = project.graph
    facts = known(graph, shape) if shape else Facts()
    ports = ports_of(graph)
    fixed = data.draw(st.sampled_from(ports))
    expected = {port for port in ports if connecting.judge(graph, facts, fixed, port).wire}
    assert connecting.takers(graph, facts, fixed, ports) == expected


@given(networks, st.data())
def test_a_verdict_is_a_wire_that_is_not_refused_or_says_why_and_is_the_same_from_both_ends(
    project: Project, data: st.DataObject
) -> None:
    graph = project.graph
    facts = known(graph, MAPS)
    one, other = (data.draw(st.sampled_from(ports_of(graph))) for _end in range(2))
    verdict, back = connecting.judge(graph, facts, one, other), connecting.judge(graph, facts, other, one)
    assert (verdict.wire is None) != (verdict.reason is None)
    assert verdict.port == other
    assert (verdict.wire, verdict.reason) == (back.wire, back.reason)
    if verdict.wire:
        assert {verdict.wire.start, verdict.wire.end} == {one, other}
        assert checks.refuse_wire(graph, facts, verdict.wire) is None
        assert verdict.wire in graph.connect(verdict.wire).wires


def test_two_ends_of_a_kind_are_refused_in_words() -> None:
    graph = Graph((Node("a", "a", "relu"), Node("b", "b", "relu")))
    for is_output, text in ((True, "Two outputs cannot be connected."), (False, "Two inputs cannot be connected.")):
        verdict = connecting.judge(graph, Facts(), Port("a", is_output), Port("b", is_output))
        assert (str(verdict.reason), verdict.wire) == (text, None)
    assert Verdict() == Verdict(None, None, None), "neither a wire nor a reason where there is nothing"


@given(st.sets(st.integers(0, 5)), st.integers(0, 6), st.booleans())
def test_the_port_that_is_meant_is_the_first_without_a_wire_else_the_first(
    used: set[int], count: int, is_output: bool
) -> None:
    wires = (Wire("a", "b", index, 0) if is_output else Wire("b", "a", 0, index) for index in sorted(used))
    graph = Graph((Node("a", "a", "split"), Node("b", "b", "add")), tuple(wires))
    ports = [Port("a", is_output, index) for index in range(count)]
    expected = next((index for index in range(count) if index not in used), 0)
    assert connecting.free(graph, ports) == (Port("a", is_output, expected) if count else None)


@given(networks, st.data())
def test_a_wire_let_go_over_a_card_is_for_its_free_port_and_a_card_without_one_says_so(
    project: Project, data: st.DataObject
) -> None:
    graph, canvas = project.graph, data.draw(canvases(project))
    facts = known(graph, MAPS)
    fixed = data.draw(st.sampled_from([*canvas_of(project).ports]))
    card = data.draw(st.sampled_from(canvas.cards))
    verdict = connecting.judge_card(graph, facts, fixed, card)
    ports = card.inputs if fixed.is_output else card.outputs
    if ports:
        assert verdict == connecting.judge(graph, facts, fixed, verdict.port or fixed)
        assert verdict.port in ports
        assert all(graph.at(port) for port in ports) or not graph.at(verdict.port)
    else:
        assert verdict.wire is None
        text = (
            "has no input: pictures enter the network here."
            if fixed.is_output
            else "has no output: the network ends here."
        )
        assert str(verdict.reason) in (f"{card.name} {text}", "A layer cannot feed itself.")


def test_a_card_without_a_port_is_refused_by_its_own_name_and_not_by_that_of_its_layer() -> None:
    graph = Graph((Node("a", "a", "identity"), Node("output", "output", "output")))
    card = Card(CardId("the block"), ("output",), "block", (0.0, 0.0), (Port("output", False),), ())
    verdict = connecting.judge_card(graph, Facts(), Port("a", False), card)
    assert str(verdict.reason) == "block has no output: the network ends here."


def test_a_new_layer_is_refused_where_its_wire_would_be() -> None:
    for spec, is_output, shape in itertools.product(catalog.LAYERS, (True, False), (MAPS, VALUES, None)):
        graph = Graph((Node("old", "old", "identity"), Node("new", str(spec.title), spec.key)))
        facts = Facts(nodes=Frozen({"old": NodeFacts(outputs=(shape,))})) if shape else Facts()
        fixed = Port("old", is_output)
        verdict = connecting.judge(graph, facts, fixed, Port("new", not is_output))
        refusal = connecting.refuse_layer(graph, facts, fixed, spec.key)
        assert str(refusal) == str(verdict.reason), (spec.key, is_output, shape)


@pytest.mark.parametrize(("shape", "taken"), [(MAPS, "conv2d"), (VALUES, "linear")])
def test_a_layer_goes_into_a_wire_if_it_goes_behind_its_start_and_before_its_end(
    shape: tuple[int, ...], taken: str
) -> None:
    graph = Graph((Node("a", "a", "identity"), Node("b", "b", "identity")), (Wire("a", "b"),))
    facts = known(graph, shape)
    fits = {
        spec.key
        for spec in catalog.LAYERS
        if connecting.refuse_insertion(graph, facts, Wire("a", "b"), spec.key) is None
    }
    behind, before = (
        {spec.key for spec in catalog.LAYERS if connecting.refuse_layer(graph, facts, port, spec.key) is None}
        for port in (Port("a", True), Port("b", False))
    )
    assert fits == behind & before
    assert taken in fits
    assert not {"input", "output", "conv2d", "linear"} - {taken} & fits


def test_what_has_no_output_or_no_input_says_the_same_of_a_layer_that_is_there_and_of_one_that_is_new() -> None:
    graph = Graph((Node("in", "Input", "input"), Node("out", "Output", "output"), Node("a", "a", "relu")))
    for end, key in itertools.product((Port("out", True), Port("in", False)), ("output", "input")):
        there = connecting.judge(graph, Facts(), Port("a", not end.is_output), end).reason
        new = connecting.refuse_layer(graph, Facts(), Port("a", not end.is_output), key)
        assert (str(there) == str(new)) == ((key == "output") == end.is_output)
