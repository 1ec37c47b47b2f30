from __future__ import annotations

import itertools
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core import templates
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.layout import arrange
from cnnlab.core.layout.spacing import SPACING, Spacing

GRID = 8


def graph_of(count: int, pairs: list[tuple[int, int]], key: str = "add") -> Graph:
    """Nodes 0, 1, … and a wire for each pair, into the next free port."""
    nodes = tuple(Node(f"n{number}", f"n{number}", key) for number in range(count))
    ports = [0] * count
    wires = []
    for source, target in pairs:
        wires.append(Wire(f"n{source}", f"n{target}", 0, ports[target]))
        ports[target] += 1
    return Graph(nodes, tuple(wires))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs with branches, separate parts, and now and then a loop."""
    count = draw(st.integers(0, 40))
    number = st.integers(0, count - 1)
    pairs = draw(st.lists(st.tuples(number, number), max_size=90)) if count else []
    may_loop = draw(st.booleans())
    return graph_of(count, [(a, b) for a, b in pairs if may_loop or a < b])


@given(graphs())
def test_every_card_has_a_place_on_the_grid_and_none_lies_on_another(graph: Graph) -> None:
    places = arrange.places(graph)
    assert set(places) == set(graph.by_uid)
    assert all(x % GRID == 0 and y % GRID == 0 for x, y in places.values())
    for (x0, y0), (x1, y1) in itertools.combinations(places.values(), 2):
        assert abs(x0 - x1) >= SPACING.card[0] or abs(y0 - y1) >= SPACING.card[1]


STEPS = st.integers(2, 40).map(lambda steps: steps * float(GRID))


@given(graphs(), STEPS, STEPS, STEPS, STEPS)
def test_cards_of_any_size_keep_their_distance(
    graph: Graph, width: float, height: float, across: float, down: float
) -> None:
    spacing = Spacing((width, height), (width + across, height + down))
    places = arrange.places(graph, spacing)
    assert all(x % spacing.pitch[0] == 0 and y % GRID == 0 for x, y in places.values())
    for (x0, y0), (x1, y1) in itertools.combinations(places.values(), 2):
        assert abs(x0 - x1) >= width + across or abs(y0 - y1) >= height + down


@given(graphs())
def test_wires_lead_to_the_right_or_to_a_line_below(graph: Graph) -> None:
    places = arrange.places(graph)
    number = {node.uid: index for index, node in enumerate(graph.nodes)}
    for wire in graph.wires:
        (x0, y0), (x1, y1) = places[wire.source], places[wire.target]
        if number[wire.source] < number[wire.target]:
            # These wires are on no loop, or kept when loops are opened.
            assert x0 < x1 or y0 + SPACING.card[1] <= y1


@given(graphs())
def test_the_same_graph_gives_the_same_places_whatever_its_uids_are(graph: Graph) -> None:
    other = {node.uid: f"{index * 7919 % 104729:x}" for index, node in enumerate(graph.nodes)}
    renamed = Graph(
        tuple(Node(other[node.uid], node.path, node.type) for node in graph.nodes),
        tuple(Wire(other[w.source], other[w.target], w.source_port, w.target_port) for w in graph.wires),
    )
    places = arrange.places(graph)
    assert arrange.places(renamed) == {other[uid]: place for uid, place in places.items()}


@pytest.mark.process
def test_places_do_not_depend_on_the_seed_of_hashes() -> None:
    code = (
        "from cnnlab.core import templates\nfrom cnnlab.core.layout import arrange\n"
        "print(sorted(arrange.places(templates.BY_KEY['googlenet'].build().graph).items()))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": seed, "PYTHONPATH": path}, text=True,
                       capture_output=True, check=True).stdout
        for seed in ("1", "2")
        for path in [":".join(sys.path)]
    ]  # fmt: skip
    assert runs[0] == runs[1] != ""


def test_a_short_chain_reads_as_lines_of_a_text() -> None:
    graph = templates.BY_KEY["mnist"].build().graph
    places = arrange.places(graph)
    for wire in graph.wires:
        (x0, y0), (x1, y1) = places[wire.source], places[wire.target]
        assert (x1 - x0 == SPACING.pitch[0] and y1 == y0) or (x1 == 0 and y1 > y0)
    assert 1 < len({y for _x, y in places.values()}) < 5


def test_a_skip_leaves_the_cards_that_it_passes_in_one_row() -> None:
    graph = graph_of(5, [(0, 1), (1, 2), (2, 3), (0, 3), (3, 4)])
    places = arrange.places(graph)
    assert len({y for _x, y in places.values()}) == 1


def test_branches_lie_below_each_other_in_the_order_of_the_join() -> None:
    for joined in ((1, 2, 3), (3, 1, 2), (3, 2, 1)):
        graph = graph_of(5, [(0, branch) for branch in (1, 2, 3)] + [(branch, 4) for branch in joined])
        places = arrange.places(graph)
        heights = [places[f"n{branch}"][1] for branch in joined]
        assert len({places[f"n{branch}"][0] for branch in joined}) == 1
        assert len(set(heights)) == 3
    # Of an order and its mirror image, the better one.
    assert heights == sorted(heights)


def test_parts_without_a_wire_between_them_lie_below_each_other() -> None:
    graph = graph_of(6, [(0, 1), (2, 3)])
    places = arrange.places(graph)
    assert places["n1"][1] < places["n2"][1] < places["n4"][1] == places["n5"][1]


@pytest.mark.parametrize("key", [template.key for template in templates.TEMPLATES])
def test_the_cards_of_a_template_fill_the_screen_better_than_one_line_would(key: str) -> None:
    places = arrange.places(templates.BY_KEY[key].build().graph)
    width = max(x for x, _y in places.values()) + SPACING.card[0]
    height = max(y for _x, y in places.values()) + SPACING.card[1]
    assert width < max(8 * height, 12 * SPACING.pitch[0])


def test_tidying_moves_cards_only_and_twice_is_once() -> None:
    project = templates.BY_KEY["mnist"].build()
    tidy = arrange.tidy(project)
    assert tidy.graph is project.graph
    assert arrange.tidy(tidy) == tidy
