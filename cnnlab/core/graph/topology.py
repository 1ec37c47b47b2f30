"""Order, loops and reachability of a graph.

Written out rather than asked of networkx, which takes a quarter of a second to import and, at every edit, ten times as long as
this to take a graph over. Loops are rare enough to be left to it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Set

from cnnlab.core.graph.graph import Graph, Wire


def order(graph: Graph) -> tuple[str, ...]:
    """Uids so that every node comes after all that feed it; among free choices, the one added first. Nodes that lie on a
    loop, or after one, are left out. (Kahn 1962.)"""
    number = {node.uid: index for index, node in enumerate(graph.nodes)}
    waiting_for = {uid: len(graph.incoming(uid)) for uid in number}
    ready = [index for uid, index in number.items() if not waiting_for[uid]]  # ascending, so a heap already
    result = []
    while ready:
        uid = graph.nodes[heapq.heappop(ready)].uid
        result.append(uid)
        for wire in graph.outgoing(uid):
            waiting_for[wire.target] -= 1
            if not waiting_for[wire.target]:
                heapq.heappush(ready, number[wire.target])
    return tuple(result)


def path_between(graph: Graph, start: str, end: str) -> tuple[str, ...]:
    """Uids along one shortest way from ``start`` to ``end`` down the wires; empty if there is none."""
    if start not in graph.by_uid:
        return ()
    came_from = {start: ""}
    for uid in (queue := [start]):
        if uid == end:
            way = [uid]
            while way[-1] != start:
                way.append(came_from[way[-1]])
            return tuple(reversed(way))
        for wire in graph.outgoing(uid):
            if wire.target not in came_from:
                came_from[wire.target] = uid
                queue.append(wire.target)
    return ()


def on_loops(graph: Graph) -> frozenset[str]:
    """Every node from which the wires lead back to itself."""
    stuck = graph.by_uid.keys() - set(order(graph))
    if not stuck:
        return frozenset()
    import networkx as nx

    digraph = nx.DiGraph([(wire.source, wire.target) for wire in graph.wires if {wire.source, wire.target} <= stuck])
    groups = nx.strongly_connected_components(digraph)
    return frozenset(uid for group in groups if len(group) > 1 for uid in group) | {
        wire.source for wire in graph.wires if wire.source == wire.target
    }


def upstream(graph: Graph, uid: str) -> frozenset[str]:
    """Every node whose data reaches ``uid``, itself included."""
    return _reached(uid, graph.incoming, lambda wire: wire.source)


def downstream(graph: Graph, uid: str) -> frozenset[str]:
    """Every node that data from ``uid`` reaches, itself included."""
    return _reached(uid, graph.outgoing, lambda wire: wire.target)


def behind(graph: Graph, uid: str, passed: Set[str]) -> str:
    """The nearest node on the way back from ``uid``, itself included, whose type is none of ``passed``. The way follows the
    first input of each node; it ends before that at a node that nothing feeds, or where a loop leads it back to itself."""
    seen: set[str] = set()
    while graph.by_uid[uid].type in passed and uid not in seen and graph.incoming(uid):
        seen.add(uid)
        uid = graph.incoming(uid)[0].source
    return uid


def _reached(start: str, wires: Callable[[str], tuple[Wire, ...]], end: Callable[[Wire], str]) -> frozenset[str]:
    found = {start}
    waiting = [start]
    while waiting:
        for wire in wires(waiting.pop()):
            uid = end(wire)
            if uid not in found:
                found.add(uid)
                waiting.append(uid)
    return frozenset(found)
