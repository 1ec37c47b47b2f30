"""Where a long network is broken into lines, as a text is: every line reads from left to right."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

Edge = tuple[int, int]
"""From one node to another, by number."""

_LONG, _CROSSING, _PASSING, _MIDWAY = 4.0, 0.2, 0.4, 0.5
"""What a line costs: for its length above the wanted one (below it: 1); for every output but one that the break before it
cuts, up to ``_MOST_CROSSING``; for every wire that passes cards of the line; and where it begins in the middle of a unit."""
_MOST_CROSSING = 3


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
            before = _CROSSING * min(max(0, crossing[start] - 1), _MOST_CROSSING) + _MIDWAY * (start not in good)
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
