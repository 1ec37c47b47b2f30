"""Order, loops and reachability of a graph.

networkx takes a quarter of a second to import, and the window paints its first cards without it: so each function imports it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnlab.core.graph import Graph

if TYPE_CHECKING:
    import networkx as nx


def order(graph: Graph) -> tuple[str, ...]:
    """Uids so that every node comes after all that feed it; among free choices, the one added first. Nodes that lie on a
    loop, or after one, are left out."""
    import networkx as nx

    digraph = _digraph(graph)
    looped = on_loops(graph)
    for uid in looped:
        digraph.remove_nodes_from([*nx.descendants(digraph, uid), uid] if uid in digraph else [])
    number = {node.uid: index for index, node in enumerate(graph.nodes)}
    return tuple(nx.lexicographical_topological_sort(digraph, key=number.__getitem__))


def path_between(graph: Graph, start: str, end: str) -> tuple[str, ...]:
    """Uids along one shortest way from ``start`` to ``end`` down the wires; empty if there is none."""
    import networkx as nx

    try:
        return tuple(nx.shortest_path(_digraph(graph), start, end))
    except (nx.NetworkXNoPath, nx.NodeNotFound):
        return ()


def on_loops(graph: Graph) -> frozenset[str]:
    """Every node from which the wires lead back to itself."""
    import networkx as nx

    groups = nx.strongly_connected_components(_digraph(graph))
    return frozenset(uid for group in groups if len(group) > 1 for uid in group) | {
        wire.source for wire in graph.wires if wire.source == wire.target
    }


def upstream(graph: Graph, uid: str) -> frozenset[str]:
    """Every node whose data reaches ``uid``, itself included."""
    import networkx as nx

    return frozenset(nx.ancestors(_digraph(graph), uid)) | {uid}


def downstream(graph: Graph, uid: str) -> frozenset[str]:
    """Every node that data from ``uid`` reaches, itself included."""
    import networkx as nx

    return frozenset(nx.descendants(_digraph(graph), uid)) | {uid}


def _digraph(graph: Graph) -> nx.MultiDiGraph:
    import networkx as nx

    digraph = nx.MultiDiGraph()
    digraph.add_nodes_from(graph.by_uid)
    digraph.add_edges_from((wire.source, wire.target) for wire in graph.wires)
    return digraph
