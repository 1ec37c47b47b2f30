"""What letting go of a wire would do, and where a new layer can be put: ports and refusals, asked before an edit is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cnnlab.core import catalog
from cnnlab.core.graph import topology
from cnnlab.core.graph.facts import Facts
from cnnlab.core.graph.graph import Graph, Port, Wire
from cnnlab.core.layout.canvas import Card
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project import checks


@dataclass(frozen=True)
class Verdict:
    """What letting go here would do: make ``wire``, or nothing because of ``reason`` (neither: there is nothing here)."""

    port: Port | None = None
    wire: Wire | None = None
    reason: Message | None = None


def wire_between(one: Port, other: Port) -> Wire | None:
    """The wire from the output to the input of the two; None if both are of the same kind."""
    if one.is_output == other.is_output:
        return None
    source, target = (one, other) if one.is_output else (other, one)
    return Wire(source.uid, target.uid, source.index, target.index)


def judge(graph: Graph, facts: Facts, fixed: Port, port: Port) -> Verdict:
    """Whether a wire can lead from ``fixed`` to ``port``."""
    wire = wire_between(fixed, port)
    if wire is None:
        kind = _("Two outputs cannot be connected.") if fixed.is_output else _("Two inputs cannot be connected.")
        return Verdict(port, None, kind)
    reason = checks.refuse_wire(graph, facts, wire)
    return Verdict(port, None if reason else wire, reason)


def free(graph: Graph, ports: Sequence[Port]) -> Port | None:
    """Which of several outputs or inputs is meant where none was pointed at: the first without a wire, else the first; None
    if there are none."""
    return next((port for port in ports if not graph.at(port)), ports[0] if ports else None)


def judge_card(graph: Graph, facts: Facts, fixed: Port, card: Card) -> Verdict:
    """Whether a wire from ``fixed`` can be let go over a card's body, and which of its ports that means."""
    port = free(graph, card.inputs if fixed.is_output else card.outputs)
    if (
        port is None and card.layer == fixed.uid
    ):  # no such port to show, but the check knows what to say of a layer and itself
        port = Port(fixed.uid, not fixed.is_output)
    if port is not None:
        return judge(graph, facts, fixed, port)
    return Verdict(reason=(checks.refuse_input if fixed.is_output else checks.refuse_output)(card.name, 0))


def takers(graph: Graph, facts: Facts, fixed: Port, ports: Iterable[Port]) -> frozenset[Port]:
    """Which of ``ports`` would take a wire from ``fixed``. Loops are found for all at once; one by one takes too long."""
    looped = topology.upstream(graph, fixed.uid) if fixed.is_output else topology.downstream(graph, fixed.uid)
    taken: set[Port] = set()
    for port in ports:
        wire = wire_between(fixed, port)
        if wire is None or port.uid in looped:
            continue
        pair = Graph((graph.by_uid[fixed.uid], graph.by_uid[port.uid]))
        if checks.refuse_wire(pair, facts, wire) is None:
            taken.add(port)
    return frozenset(taken)


def refuse_layer(graph: Graph, facts: Facts, fixed: Port, key: str) -> Message | None:
    """Why a new layer of type ``key`` cannot be connected to ``fixed``; None if it can."""
    spec = catalog.BY_KEY[key]
    name = str(spec.title)
    if not fixed.is_output:
        return checks.refuse_output(name, spec.outputs)
    why = checks.refuse_input(name, spec.inputs[1])
    shape = facts.at(fixed)
    if why or shape is None:
        return why
    return checks.wrong_rank(spec, name, graph.by_uid[fixed.uid].path, shape)


def refuse_insertion(graph: Graph, facts: Facts, wire: Wire, key: str) -> Message | None:
    """Why a new layer of type ``key`` cannot be put into the middle of ``wire``; None if it can."""
    return refuse_layer(graph, facts, wire.end, key) or refuse_layer(graph, facts, wire.start, key)
