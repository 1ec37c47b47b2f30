"""From card to card by keys, in the order in which the network runs."""

from __future__ import annotations

from cnnlab.core import topology
from cnnlab.core.graph import Graph


def walking_order(graph: Graph) -> tuple[str, ...]:
    """All cards, in execution order; those on loops last."""
    order = topology.order(graph)
    known = set(order)
    return (*order, *(node.uid for node in graph.nodes if node.uid not in known))


def next_card(graph: Graph, selected: tuple[str, ...], step: int) -> str | None:
    """The card after (step 1) or before (−1) the last of the selected ones; None at the end of the walk. From nothing, the
    walk begins at the first (or last) card."""
    order = walking_order(graph)
    if not order:
        return None
    if not selected:
        return order[0] if step > 0 else order[-1]
    index = order.index(selected[-1]) + step
    return order[index] if 0 <= index < len(order) else None
