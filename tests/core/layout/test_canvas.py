"""Cards and wires of a canvas, what changes from one to the next, and the walk from card to card."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from strategies.canvases import canvases, folded
from strategies.loops import looped
from strategies.networks import networks

from cnnlab.core import catalog, templates
from cnnlab.core.graph import topology
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.layout.canvas import (
    Canvas,
    CanvasDifference,
    Card,
    canvas_of,
    difference,
    in_order,
    move_cards,
    next_card,
)
from cnnlab.core.project import changes
from cnnlab.core.project.project import Layout, Project
from cnnlab.core.values import Frozen


@st.composite
def placed(draw: st.DrawFn) -> Project:
    """A network whose cards lie anywhere, some without a place of their own."""
    project = draw(st.one_of(networks, looped()))
    numbers = st.integers(-40, 40).map(lambda step: step * 8.0)
    places = draw(
        st.dictionaries(st.sampled_from([node.uid for node in project.graph.nodes]), st.tuples(numbers, numbers))
    )
    return replace(project, layout=Layout(Frozen(places)))


def pick(data: st.DataObject, project: Project) -> str:
    """The uid of any layer."""
    return data.draw(st.sampled_from([node.uid for node in project.graph.nodes]))


@given(placed())
def test_cards_and_wires_are_the_layers_and_wires_one_to_one(project: Project) -> None:
    canvas, graph = canvas_of(project), project.graph
    assert [card.layer for card in canvas.cards] == [card.id for card in canvas.cards] == list(graph.by_uid)
    assert [card.name for card in canvas.cards] == list(graph.by_path)
    assert [card.place for card in canvas.cards] == [
        project.layout.positions.get(node.uid, (0.0, 0.0)) for node in graph.nodes
    ]
    assert canvas.wires == graph.wires
    assert {uid: card.nodes for uid, card in canvas.card_of.items()} == {node.uid: (node.uid,) for node in graph.nodes}


@given(placed())
def test_every_wire_ends_in_ports_of_its_cards_and_every_port_is_of_a_layer_of_its_card(project: Project) -> None:
    canvas = canvas_of(project)
    for wire in canvas.wires:
        assert wire.start in canvas.card_of[wire.source].outputs
        assert wire.end in canvas.card_of[wire.target].inputs
    for card in canvas.cards:
        assert {port.uid for port in card.ports} <= set(card.nodes)
        assert [port.is_output for port in card.ports] == [False] * len(card.inputs) + [True] * len(card.outputs)
        assert [port.index for port in card.inputs] == list(range(len(card.inputs)))
        assert [port.index for port in card.outputs] == list(range(len(card.outputs)))


@given(placed())
def test_a_layer_shows_the_ports_of_its_type_and_a_join_one_free_input(project: Project) -> None:
    for node, card in zip(project.graph.nodes, canvas_of(project).cards, strict=True):
        spec = catalog.BY_KEY[node.type]
        assert len(card.outputs) == spec.ports(node.params)
        wires = len(project.graph.incoming(node.uid))
        assert len(card.inputs) == (wires + 1 if spec.is_join else spec.inputs[1])


def test_a_join_that_is_full_has_no_free_input_and_an_unknown_layer_shows_what_is_in_use() -> None:
    wires = tuple(Wire("odd", "add", 0, port) for port in range(64))
    graph = Graph(
        (Node("odd", "odd", "from_the_future"), Node("add", "add", "add")), (*wires, Wire("add", "odd", 0, 1))
    )
    odd, add = canvas_of(Project(graph)).cards
    assert len(add.inputs) == 64
    assert (len(odd.inputs), len(odd.outputs)) == (2, 1)


@given(placed())
def test_the_same_project_gives_the_same_canvas_whatever_order_its_places_are_in(project: Project) -> None:
    twin = replace(
        project,
        graph=Graph(
            tuple(replace(node) for node in project.graph.nodes), tuple(replace(w) for w in project.graph.wires)
        ),
        layout=Layout(Frozen(dict(sorted(project.layout.positions.items(), reverse=True)))),
    )
    assert canvas_of(twin) == canvas_of(project)
    assert difference(canvas_of(twin), canvas_of(project)) == CanvasDifference((), (), (), (), ())


@given(st.data(), placed())
def test_a_rename_or_a_move_changes_one_card_which_stays_the_same_card(data: st.DataObject, project: Project) -> None:
    uid, before = pick(data, project), canvas_of(project)
    for edited in (changes.rename(project, uid, "another_name"), changes.move(project, {uid: (-999.0, 4.0)})):
        change = difference(before, canvas_of(edited))
        assert [card.id for card in change.changed] == [before.card_of[uid].id]
        assert change == CanvasDifference((), (), change.changed, (), ())


@given(st.data(), placed())
def test_a_layer_that_comes_and_goes_is_one_card_and_its_wires(data: st.DataObject, project: Project) -> None:
    key = data.draw(st.sampled_from(sorted(catalog.BY_KEY)))
    before = canvas_of(project)
    added = canvas_of(changes.add_layer(project, key, (8.0, 16.0), "new"))
    assert difference(before, added) == CanvasDifference((), (added.card_of["new"],), (), (), ())
    assert difference(added, before) == CanvasDifference((added.card_of["new"],), (), (), (), ())
    uid = pick(data, project)
    change = difference(before, canvas_of(changes.remove(project, [uid])))
    touching = [wire for wire in project.graph.wires if uid in (wire.source, wire.target)]
    assert [card.layer for card in change.gone] == [uid]
    assert not change.come
    assert set(touching) <= set(change.gone_wires)
    near = {wire.source for wire in touching} | {wire.target for wire in touching}
    assert {card.layer for card in change.changed} <= near, "a join closes up, and an unknown layer has a port less"


@given(st.data(), placed())
def test_a_wire_that_comes_changes_no_card_but_those_at_its_ends(data: st.DataObject, project: Project) -> None:
    source, target = pick(data, project), pick(data, project)
    before = canvas_of(project)
    wire = Wire(source, target)
    old = project.graph.at(wire.end)
    change = difference(before, canvas_of(changes.connect(project, wire)))
    assert set(change.come_wires) == {wire} - set(old)
    assert set(change.gone_wires) == set(old) - {wire}
    assert {card.layer for card in change.changed} <= {source, target, *(each.source for each in old)}
    assert not change.gone
    assert not change.come


@given(st.data(), placed(), placed())
def test_a_difference_leads_from_any_canvas_to_any_other(data: st.DataObject, one: Project, other: Project) -> None:
    before, after = data.draw(canvases(one)), data.draw(canvases(other))
    change = difference(before, after)
    cards = {card.id: card for card in before.cards}
    for card in change.gone:
        assert cards.pop(card.id) == card
    for card in change.changed:
        assert cards[card.id] != card
        cards[card.id] = card
    for card in change.come:
        assert card.id not in cards
        cards[card.id] = card
    assert cards == {card.id: card for card in after.cards}
    assert (set(before.wires) - set(change.gone_wires)) | set(change.come_wires) == set(after.wires)
    assert not set(change.gone_wires) & set(change.come_wires)


@given(st.data(), placed())
def test_cards_take_all_their_layers_along_and_no_others(data: st.DataObject, project: Project) -> None:
    canvas = data.draw(canvases(project))
    numbers = st.integers(-99, 99).map(float)
    chosen = data.draw(st.lists(st.sampled_from(canvas.cards), unique=True))
    places = {card.id: data.draw(st.tuples(numbers, numbers)) for card in chosen}
    moved = move_cards(project, canvas, places)
    assert moved.graph is project.graph
    before, after = project.layout.positions, moved.layout.positions
    for card in canvas.cards:
        for uid in card.nodes:
            (x, y), (left, top) = before.get(uid, (0.0, 0.0)), after.get(uid, (0.0, 0.0))
            to = places.get(card.id, card.place)
            assert (left - x, top - y) == (to[0] - card.place[0], to[1] - card.place[1])


@given(st.data(), placed())
def test_the_cards_that_hold_layers_are_told_once_each(data: st.DataObject, project: Project) -> None:
    canvas = data.draw(canvases(project))
    uids = data.draw(st.lists(st.sampled_from([*project.graph.by_uid, "nobody"])))
    expected = dict.fromkeys(next((c.id for c in canvas.cards if uid in c.nodes), None) for uid in uids)
    assert [card.id for card in canvas.holding(uids)] == [each for each in expected if each is not None]
    assert sorted(uid for card in canvas.cards for uid in card.nodes) == sorted(project.graph.by_uid)


def test_a_card_of_several_layers_shows_the_maps_of_the_one_that_gives_its_first_output() -> None:
    project = templates.BY_KEY["mnist"].build()
    block = folded(project, ["relu1", "conv1", "pool1"]).card_of["relu1"]
    assert (block.mapped, block.layer) == ("pool1", None)
    assert canvas_of(project).card_of["output"].mapped == "output"


# The walk


def walked(canvas: Canvas, graph: Graph, start: Card | None, step: int) -> list[Card]:
    """All cards from ``start`` on; from the beginning, if None."""
    there = [] if start is None else [start]
    while (card := next_card(canvas, graph, there[-1].nodes if there else (), step)) is not None:
        there.append(card)
    return there


@given(looped())
def test_a_walk_meets_every_card_and_those_behind_or_on_loops_last(project: Project) -> None:
    canvas, graph = canvas_of(project), project.graph
    order = in_order(canvas, graph)
    assert sorted(card.nodes for card in order) == sorted((uid,) for uid in graph.by_uid)
    runs = topology.order(graph)
    assert tuple(card.layer for card in order[: len(runs)]) == runs
    assert walked(canvas, graph, None, 1) == list(order)
    assert walked(canvas, graph, order[-1], -1) == list(reversed(order))


@given(st.data(), placed(), st.randoms(use_true_random=False))
def test_a_walk_passes_a_card_of_several_layers_once(
    data: st.DataObject, project: Project, dice: random.Random
) -> None:
    canvas = data.draw(canvases(project))
    forwards = walked(canvas, project.graph, None, 1)
    assert sorted(card.id for card in forwards) == sorted(card.id for card in canvas.cards)
    uids = dice.sample(sorted(project.graph.by_uid), len(project.graph.by_uid))
    at = forwards.index(canvas.card_of[uids[-1]])
    assert next_card(canvas, project.graph, tuple(uids), 1) == (forwards[at + 1] if at + 1 < len(forwards) else None)


def test_there_is_no_walk_without_cards() -> None:
    assert next_card(Canvas(), Graph(), (), 1) is None
