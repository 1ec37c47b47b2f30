"""Random networks with loops in them, as a file may hold them: the window lets nobody draw one."""

from __future__ import annotations

from hypothesis import strategies as st

from cnnlab.core import catalog
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.project.project import Layout, Project
from cnnlab.core.values import Frozen

PASSING = (
    "identity", "flatten", "unflatten", "dropout", "relu", "relu6", "tanh", "sigmoid", "hardsigmoid", "softmax", "logsoftmax",
)  # fmt: skip
"""Layers that somebody who looks for what lies behind them may look through."""
OTHERS = ("linear", "conv2d", "maxpool2d", "batchnorm2d", "add", "concatenate", "split")


@st.composite
def looped(draw: st.DrawFn) -> Project:
    """Input, Output and some layers, most of which hand on what they get; one to four of them feed each other in a ring, which
    may or may not reach the Output."""
    kinds = draw(st.lists(st.sampled_from(PASSING) | st.sampled_from(OTHERS), min_size=1, max_size=8))
    nodes = [Node("in", "input", "input", catalog.BY_KEY["input"].normal({}))]
    for number, kind in enumerate(kinds):
        spec = catalog.BY_KEY[kind]
        nodes.append(Node(f"n{number}", f"{kind}{number}", kind, spec.normal({}), spec.version))
    nodes.append(Node("out", "output", "output"))
    layers = st.sampled_from([node.uid for node in nodes[1:-1]])
    graph = Graph(tuple(draw(st.permutations(nodes))))
    for source, target in draw(st.lists(st.tuples(layers | st.just("in"), layers), max_size=8)):
        graph = _wired(graph, source, target)
    ring = draw(st.lists(layers, min_size=1, max_size=4, unique=True))
    for source, target in zip(ring, [*ring[1:], ring[0]], strict=True):
        graph = _wired(graph, source, target)
    last = draw(st.sampled_from(ring) | layers)
    graph = _wired(graph, last, "out")
    places = {node.uid: (200.0 * index, 0.0) for index, node in enumerate(graph.nodes)}
    return Project(graph, Layout(Frozen(places)))


def _wired(graph: Graph, source: str, target: str) -> Graph:
    """With a wire into the next free port of a join, or the only port of another layer, whatever was in it."""
    count = len(graph.incoming(target)) if catalog.BY_KEY[graph.by_uid[target].type].is_join else 0
    return graph.connect(Wire(source, target, 0, count))
