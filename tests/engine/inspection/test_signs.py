from __future__ import annotations

from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.engine.inspection import inspector

KINDS = {
    "input": "input", "conv": "conv2d", "relu": "relu", "pool": "maxpool2d", "skip": "identity", "add": "add", "mixed": "add",
    "tanh": "tanh", "sigmoid": "sigmoid", "odd": "from_the_future", "after": "flatten",
}  # fmt: skip
GRAPH = Graph(
    tuple(Node(uid, uid, key) for uid, key in KINDS.items()),
    (
        Wire("input", "conv"), Wire("conv", "relu"), Wire("relu", "pool"), Wire("relu", "skip"),
        Wire("pool", "add", 0, 0), Wire("skip", "add", 0, 1), Wire("conv", "mixed", 0, 0), Wire("relu", "mixed", 0, 1),
        Wire("mixed", "tanh"), Wire("mixed", "sigmoid"), Wire("relu", "odd"), Wire("odd", "after"),
    ),
)  # fmt: skip


def test_signs_follow_the_layers_down_the_wires() -> None:
    assert inspector.signed(GRAPH) == {
        "input": True, "conv": True, "relu": False, "pool": False, "skip": False, "add": False, "mixed": True,
        "tanh": True, "sigmoid": False, "odd": True, "after": True,
    }  # fmt: skip


def test_a_loop_is_left_out() -> None:
    graph = Graph(
        tuple(Node(uid, uid, "relu") for uid in "abc"),
        (Wire("a", "b", 0, 1), Wire("b", "a"), Wire("b", "c")),
    )
    assert inspector.signed(graph) == {}
