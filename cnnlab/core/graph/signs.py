"""Which outputs can be negative: known from the layers, so that a colour map does not flip from one picture to the next."""

from __future__ import annotations

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import Sign
from cnnlab.core.graph import topology
from cnnlab.core.graph.graph import Graph


def signed(graph: Graph) -> dict[str, bool]:
    """For every node that is on no loop: whether its output can hold values below zero."""
    result: dict[str, bool] = {}
    for uid in topology.order(graph):
        spec = catalog.find(graph.by_uid[uid])
        if spec is None or spec.sign is Sign.SIGNED:
            result[uid] = True
        elif spec.sign is Sign.NONNEGATIVE:
            result[uid] = False
        else:
            result[uid] = any(result[wire.source] for wire in graph.incoming(uid))
    return result
