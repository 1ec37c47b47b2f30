from __future__ import annotations

import itertools

import pytest

from cnnlab.core import templates
from cnnlab.core.graph.facts import Facts, NodeFacts
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.project import checks
from cnnlab.core.values import Frozen

KINDS = {
    "input": "input", "conv": "conv2d", "pool": "maxpool2d", "flatten": "flatten", "fc": "linear", "add": "add",
    "relu": "relu", "output": "output", "odd": "from_the_future",
}  # fmt: skip
CHAIN = ("input", "conv", "pool", "flatten", "fc", "output")
GRAPH = Graph(
    tuple(Node(uid, f"net.{uid}", key) for uid, key in KINDS.items()),
    tuple(Wire(a, b) for a, b in itertools.pairwise(CHAIN)),
)
FACTS = Facts(
    nodes=Frozen({
        "input": NodeFacts(outputs=((1, 28, 28),)), "conv": NodeFacts(outputs=((32, 26, 26),)),
        "pool": NodeFacts(outputs=((32, 13, 13),)),
        "flatten": NodeFacts(outputs=((5408,),)), "fc": NodeFacts(outputs=((10,),)),
    })
)  # fmt: skip


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (Wire("relu", "relu"), "A layer cannot feed itself."),
        (Wire("output", "relu"), "net.output has no output: the network ends here."),
        (Wire("relu", "input"), "net.input has no input: pictures enter the network here."),
        (Wire("conv", "relu", 1, 0), "net.conv has no output number 2."),
        (Wire("conv", "relu", -1, 0), "net.conv has no output number 0."),
        (Wire("conv", "add", 0, -1), "net.add has no input number 0."),
        (Wire("conv", "relu", 0, 1), "net.relu takes at most 1 inputs."),
        (Wire("conv", "add", 0, 64), "net.add takes at most 64 inputs."),
        (
            Wire("flatten", "conv"),
            "This wire would make a loop: net.conv → net.pool → net.flatten → net.conv. Data must flow one way.",
        ),
        (
            Wire("pool", "fc"),
            "net.fc reads a list of values, and net.pool gives 32 × 13 × 13 maps. Put a Flatten layer between them.",
        ),
        (
            Wire("pool", "output"),
            "net.output reads a list of values, and net.pool gives 32 × 13 × 13 maps. Put a Flatten layer between them.",
        ),
    ],
)
def test_a_wire_that_cannot_be_is_refused_with_the_reason(wire: Wire, text: str) -> None:
    assert str(checks.refuse_wire(GRAPH, FACTS, wire)) == text


def test_maps_are_asked_for_before_flatten() -> None:
    graph = GRAPH.add(Node("bn", "bn", "batchnorm2d"))
    assert str(checks.refuse_wire(graph, FACTS, Wire("fc", "bn"))) == (
        "bn reads maps with height and width, and net.fc gives a list of 10 values. Place it before the Flatten layer."
    )


@pytest.mark.parametrize(
    "wire",
    [
        Wire("conv", "relu"),
        Wire("fc", "relu"),
        Wire("input", "pool"),  # in place of the wire that ends there
        Wire("conv", "flatten"),
        Wire("pool", "add", 0, 15),
        Wire("relu", "fc"),  # nothing feeds relu, so nobody knows what it gives
        Wire("odd", "conv"),
        Wire("conv", "odd", 0, 3),
    ],
)
def test_a_wire_that_can_be_is_not_refused(wire: Wire) -> None:
    assert checks.refuse_wire(GRAPH, FACTS, wire) is None


def test_no_wire_of_a_template_would_be_refused() -> None:
    for key in ("lenet5", "inception-1xn", "resnet20"):
        graph = templates.BY_KEY[key].build().graph
        for wire in graph.wires:
            assert checks.refuse_wire(graph.disconnect([wire]), Facts(), wire) is None
