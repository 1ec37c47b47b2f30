"""Where the cards of a network go: in layers from left to right with few crossings, in lines below each other.

fast-sugiyama orders the layers. A wire that only shortens a way that is there already (the skip of a residual block, what a
dense block hands on) takes no part in that: it goes beside the cards, and the lines keep the room that it needs.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence, Set
from typing import TYPE_CHECKING

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import Family
from cnnlab.core.graph.graph import Graph
from cnnlab.core.layout.spacing import SPACING, Spacing
from cnnlab.core.project import changes
from cnnlab.core.project.project import Point, Project

if TYPE_CHECKING:
    import networkx as nx
from collections.abc import Collection

COLUMNS = 5
"""Cards side by side that a line has at least, where there are more than that in a row."""
_ASPECT = 2.0
"""Width by height of the room on the screen that the lines of a whole network should fill."""
_SNAP = 8
LANE = 12.0
"""Between two wires that go side by side between the lines."""
_BEGINNINGS = (Family.FEATURES, Family.SHAPE)
"""Layers that begin a unit, such as convolution, normalisation, ReLU."""


def places(graph: Graph, spacing: Spacing = SPACING) -> dict[str, Point]:
    """Where each card goes, for any graph: no two cards overlap, and the same graph gives the same places. Parts that no
    wire connects lie below each other, and layers without any wire last. Wires lead to the right within a line, or to a
    line below; only a wire that closes a loop leads back."""
    import networkx as nx

    digraph = _without_loops(graph)
    parts = sorted((sorted(part) for part in nx.weakly_connected_components(digraph)), key=lambda part: part[0])
    lone = [number for part in parts if len(part) == 1 for number in part]
    found: dict[int, Point] = {}
    top = 0.0
    for part in parts:
        if len(part) > 1:
            top = _place_part(graph, digraph.subgraph(part), spacing, top, found)
    for index, number in enumerate(lone):
        found[number] = (index % COLUMNS * spacing.pitch[0], top + index // COLUMNS * spacing.pitch[1])
    return {node.uid: found[number] for number, node in enumerate(graph.nodes)}


def tidy(project: Project) -> Project:
    """The project with all cards in reading order."""
    return changes.move(project, places(project.graph))


def _without_loops(graph: Graph) -> nx.DiGraph:
    """The nodes by number, and their wires with the ``port`` they end in; of a loop, without those that lead to a node
    that was added before."""
    import networkx as nx

    number = {node.uid: index for index, node in enumerate(graph.nodes)}
    digraph = nx.DiGraph()
    digraph.add_nodes_from(range(len(graph.nodes)))
    for wire in sorted(graph.wires, key=lambda wire: (number[wire.source], number[wire.target], -wire.target_port)):
        digraph.add_edge(number[wire.source], number[wire.target], port=wire.target_port)
    for group in list(nx.strongly_connected_components(digraph)):
        back = [(a, b) for a in group for b in digraph.successors(a) if b in group and b <= a]
        digraph.remove_edges_from(back)
    return digraph


def _place_part(graph: Graph, part: nx.DiGraph, spacing: Spacing, top: float, found: dict[int, Point]) -> float:
    """Put the places of connected nodes into ``found``; returns where the next part begins."""
    (_width, high), (across, down) = spacing.card, spacing.pitch
    numbers = sorted(part)
    index = {number: position for position, number in enumerate(numbers)}
    depth = _depths(part)
    edges = [(index[a], index[b]) for a, b in sorted(part.edges)]
    skips = _skips(part)
    columns = max(depth.values()) + 1
    wanted = max(COLUMNS, round(math.sqrt(_ASPECT * len(numbers) * down / across)))
    begins = {depth[number] for number in numbers if _begins_unit(graph, number)}
    starts = breaks(
        [depth[number] for number in numbers],
        edges,
        {(index[a], index[b]) for a, b in skips},
        begins,
        min(wanted, columns),
    )
    line_of = {
        number: line
        for line, (start, end) in enumerate(itertools.pairwise([*starts, columns]))
        for number in numbers
        if start <= depth[number] < end
    }
    lanes = _lanes(part, line_of, depth, starts)
    for line, start in enumerate(starts):
        members = [number for number in numbers if line_of[number] == line]
        height = 0.0
        firsts = {number: depth[number] - start for number in members}
        for number, (column, y) in _line(part.subgraph(members), skips, firsts, down).items():
            found[number] = (column * across, top + y)
            height = max(height, y)
        gap = max(down - high, (lanes[line] + 1) * LANE)
        top += _snapped(height + high + gap)
    return top


def _begins_unit(graph: Graph, number: int) -> bool:
    node = graph.nodes[number]
    spec = catalog.find(node)
    return spec is not None and (spec.family in _BEGINNINGS or node.type == "concatenate")


def _depths(part: nx.DiGraph) -> dict[int, int]:
    """For every node the length of the longest way to it."""
    import networkx as nx

    depth: dict[int, int] = {}
    for number in nx.topological_sort(part):
        depth[number] = max((depth[before] + 1 for before in part.predecessors(number)), default=0)
    return depth


def _skips(part: nx.DiGraph) -> set[Edge]:
    """The wires that only shorten a way that is there already."""
    import networkx as nx

    behind: dict[int, int] = {}
    """For every node a bit for each node that a way leads to."""
    for number in reversed(list(nx.topological_sort(part))):
        behind[number] = 0
        for after in part.successors(number):
            behind[number] |= behind[after] | 1 << after
    return {
        (source, target)
        for source, target in part.edges
        if any(behind[after] >> target & 1 for after in part.successors(source))
    }


def _lanes(part: nx.DiGraph, line_of: dict[int, int], depth: dict[int, int], starts: Sequence[int]) -> list[int]:
    """How many wires go along below each line: one for each of its outputs that skips cards or goes to another line, and
    one for each output that comes from above into the middle of the next line."""
    below: list[set[tuple[int, int]]] = [set() for _ in starts]
    for source, target in part.edges:
        here, there = line_of[source], line_of[target]
        if there != here or depth[target] > depth[source] + 1:
            below[here].add((source, here))
        if there > here and depth[target] > starts[there]:
            below[there - 1].add((source, there))
    return [len(each) for each in below]


def _line(part: nx.DiGraph, skips: Set[Edge], columns: dict[int, int], pitch: float) -> dict[int, tuple[int, float]]:
    """Column and height, both from 0, of the cards of one line; ``columns`` is the first that each can have. Two cards of a
    column are a ``pitch`` apart at least."""
    import networkx as nx

    placed: dict[int, tuple[int, float]] = {}
    top = 0.0
    for group in sorted((sorted(group) for group in nx.weakly_connected_components(part)), key=lambda group: group[0]):
        ranked = (
            _upright(_ranked(sorted(set(part.subgraph(group).edges) - skips), pitch), part)
            if len(group) > 1
            else {group[0]: (0, 0.0)}
        )
        shift = max(0, min(columns[number] - rank for number, (rank, _y) in ranked.items()))
        placed |= {number: (rank + shift, top + y) for number, (rank, y) in ranked.items()}
        top = max(y for _column, y in placed.values()) + pitch
    return placed


def _ranked(edges: Sequence[Edge], pitch: float) -> dict[int, tuple[int, float]]:
    """Layer and height of connected nodes."""
    import fast_sugiyama

    # Branches that begin in another line lie as if one card before the line fed them all.
    starts = sorted({source for source, _target in edges} - {target for _source, target in edges})
    root = max(target for _source, target in edges) + max(starts) + 1
    rooted = [*edges, *((root, start) for start in starts)]
    # Numbers, not uids: the library keeps nodes in a set, whose order for text is another in every process.
    layout = fast_sugiyama.from_edges(
        rooted, vertex_spacing=pitch, ranking_type="up", dummy_vertices=False, check_layout=False
    )
    at = {number: place for number, place in layout.to_dict().items() if number != root}
    levels = sorted({y for _x, y in at.values()}, reverse=True)  # the library counts layers from the last
    rank = {level: index for index, level in enumerate(levels)}
    by_rank: dict[int, list[tuple[float, int]]] = {}
    minimum = min(x for x, _y in at.values())
    for number, (x, y) in at.items():
        by_rank.setdefault(rank[y], []).append((x - minimum, number))
    return {
        number: (column, height)
        for column, cards in by_rank.items()
        for number, height in _spread(sorted(cards), pitch)
    }


def _upright(ranked: dict[int, tuple[int, float]], part: nx.DiGraph) -> dict[int, tuple[int, float]]:
    """The arrangement, or its mirror image if that lets more inputs of joins come in the order of their ports."""
    order = 0.0
    for number in ranked:
        inputs = sorted((part.edges[before, number]["port"], before) for before in part.predecessors(number))
        heights = [ranked[before][1] for _port, before in inputs if before in ranked]
        order += sum((a < b) - (b < a) for a, b in itertools.pairwise(heights))
    if order >= 0:
        return ranked
    maximum = max(y for _column, y in ranked.values())
    return {number: (column, maximum - y) for number, (column, y) in ranked.items()}


def _spread(cards: Iterable[tuple[float, int]], pitch: float) -> list[tuple[int, float]]:
    """Heights on the grid, a ``pitch`` apart at least."""
    result: list[tuple[int, float]] = []
    free = 0.0
    for wanted, number in cards:
        height = max(_snapped(wanted), free)
        result.append((number, height))
        free = height + pitch
    return result


def _snapped(length: float) -> float:
    return float(math.ceil(length / _SNAP - 0.5) * _SNAP)


Edge = tuple[int, int]
"""From one node to another, by number."""

_LONG, _CROSSING, _PASSING, _MIDWAY = 4.0, 0.2, 0.4, 0.5
"""What a line costs: for its length above the wanted one (below it: 1); for every output but one that the break before it
cuts, up to ``_MAX_CROSSING``; for every wire that passes cards of the line; and where it begins in the middle of a unit."""
_MAX_CROSSING = 3


def breaks(
    depth: Sequence[int], edges: Iterable[Edge], skips: Collection[Edge], begins: Iterable[int], wanted: int
) -> list[int]:
    """The depths at which lines begin, 0 first, so that they cost least. ``depth`` is the column of each node in one long
    line, and grows along every edge; ``skips`` are the edges that lead past other nodes; a line has some ``wanted``
    columns; ``begins`` are the depths at which it is good to begin."""
    count = max(depth) + 1
    good = {0, *begins}
    crossing = _crossing(depth, edges, count)
    comes_from: list[list[int]] = [[] for _ in range(count)]
    skipping = [0] * count
    for source, target in edges:
        if (source, target) in skips:
            skipping[depth[target]] += 1
        else:
            comes_from[depth[target]].append(depth[source])
    best: list[tuple[float, int]] = [(0.0, 0)] + [(math.inf, 0)] * count
    for start in range(count):
        before = 0.0
        if start:
            before = _CROSSING * min(max(0, crossing[start] - 1), _MAX_CROSSING) + _MIDWAY * (start not in good)
        passing = 0
        for end in range(start + 1, min(count, start + 2 * wanted) + 1):
            if end > start + 1:  # into the first column wires come from the left, where nothing lies
                passing += skipping[end - 1] + sum(source < start for source in comes_from[end - 1])
            off = (end - start - wanted) / wanted
            ragged = _LONG * off**2 if off > 0 else 0.0 if end == count else off**2
            cost = best[start][0] + before + ragged + _PASSING * passing
            if cost < best[end][0]:
                best[end] = cost, start
    starts = [best[count][1]]
    while starts[-1]:
        starts.append(best[starts[-1]][1])
    return starts[::-1]


def _crossing(depth: Sequence[int], edges: Iterable[Edge], count: int) -> list[int]:
    """For every depth how many nodes before it feed a node there or behind."""
    reach = list(depth)
    for source, target in edges:
        reach[source] = max(reach[source], depth[target])
    change = [0] * (count + 1)
    for first, last in zip(depth, reach, strict=True):
        change[min(first + 1, count)] += 1
        change[last + 1] -= 1
    result, now = [], 0
    for each in change[:count]:
        now += each
        result.append(now)
    return result
