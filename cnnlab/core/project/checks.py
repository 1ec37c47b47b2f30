"""What the graph alone can say: which wires can be, and what is not connected."""

from __future__ import annotations

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import LayerSpec
from cnnlab.core.graph import topology
from cnnlab.core.graph.facts import Facts
from cnnlab.core.graph.graph import Graph, Wire
from cnnlab.core.graph.shapes import MAPS, Shape, show
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _

_SHOWN = 8
"""The longest loop whose layers are all named."""


def refuse_output(name: str, outputs: int) -> Message | None:
    """Why no wire can start in what has so many ``outputs``; None if one can."""
    return None if outputs else _("{name} has no output: the network ends here.", name=name)


def refuse_input(name: str, inputs: int) -> Message | None:
    """Why no wire can end in what has so many ``inputs`` at most; None if one can."""
    return None if inputs else _("{name} has no input: pictures enter the network here.", name=name)


def refuse_wire(graph: Graph, facts: Facts, wire: Wire) -> Message | None:
    """Why this wire cannot be, in the middle of a drag; None if it can. A wire already in the port would be replaced."""
    source, target = graph.by_uid[wire.source], graph.by_uid[wire.target]
    if wire.source == wire.target:
        return _("A layer cannot feed itself.")
    giver, taker = catalog.find(source), catalog.find(target)
    if giver and (why := refuse_output(source.path, giver.outputs)):
        return why
    if giver and not 0 <= wire.source_port < giver.ports(source.params):
        return _("{name} has no output number {port}.", name=source.path, port=wire.source_port + 1)
    if taker and (why := refuse_input(target.path, taker.inputs[1])):
        return why
    if wire.target_port < 0:
        return _("{name} has no input number {port}.", name=target.path, port=wire.target_port + 1)
    if taker and wire.target_port >= taker.inputs[1]:
        return _("{name} takes at most {count} inputs.", name=target.path, count=taker.inputs[1])
    loop = topology.path_between(graph, wire.target, wire.source)
    if loop:
        ring = [graph.by_uid[uid].path for uid in (*loop, wire.target)]
        names = " → ".join([*ring[:3], "…", *ring[-3:]] if len(ring) > _SHOWN else ring)
        return _("This wire would make a loop: {names}. Data must flow one way.", names=names)
    shape = facts.along(wire)
    if taker and shape:
        return wrong_rank(taker, target.path, source.path, shape)
    return None


def wrong_rank(spec: LayerSpec, name: str, source: str, shape: Shape) -> Message | None:
    """Why a layer cannot read this kind of data; torch itself would let some of it through."""
    if len(shape) in spec.accepts:
        return None
    if len(shape) == MAPS:
        return _(
            "{name} reads a list of values, and {source} gives {shape} maps. Put a Flatten layer between them.",
            name=name, source=source, shape=show(shape),
        )  # fmt: skip
    return _(
        "{name} reads maps with height and width, and {source} gives a list of {shape} values. "
        "Place it before the Flatten layer.",
        name=name, source=source, shape=show(shape),
    )  # fmt: skip


def leading(graph: Graph) -> frozenset[str]:
    """Uids of the nodes from which a way leads to the Output, itself included; none without an Output."""
    outputs = graph.of_type("output")
    return topology.upstream(graph, outputs[0].uid) if outputs else frozenset()
