"""The network as a value: nodes and wires. An edit is a function from one graph to the next."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from uuid import uuid4

from cnnlab.core.graph import paths
from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole
from cnnlab.core.values import Frozen


class GraphError(Refusal):
    """An edit that would break the graph; ``message`` says why. The graph is unchanged."""


MAX_NODES = 2_000
"""Layers of one network at most; a file holds no more."""


def new_uid() -> str:
    """An opaque name that no node ever had."""
    return uuid4().hex[:16]


@dataclass(frozen=True)
class Node:
    """One layer. ``uid`` is opaque and never reused; ``path`` is its unique, editable name; ``type`` a key of the catalog.

    A node whose type (or version) the catalog does not know keeps its parameters as they are."""

    uid: str
    path: str
    type: str
    params: Frozen[str, Any] = Frozen()
    version: int = 1


@dataclass(frozen=True, order=True)
class Port:
    """One end of a possible wire: output or input number ``index`` of the node ``uid``."""

    uid: str
    is_output: bool
    index: int = 0


@dataclass(frozen=True, order=True)
class Wire:
    """From an output port of one node to an input port of another."""

    source: str
    target: str
    source_port: int = 0
    target_port: int = 0

    @property
    def start(self) -> Port:
        """The output that it starts in."""
        return Port(self.source, True, self.source_port)

    @property
    def end(self) -> Port:
        """The input that it ends in."""
        return Port(self.target, False, self.target_port)


@dataclass(frozen=True)
class Graph:
    """Nodes in the order they were added, and wires. At most one wire ends in each input port."""

    nodes: tuple[Node, ...] = ()
    wires: tuple[Wire, ...] = ()

    @cached_property
    def by_uid(self) -> dict[str, Node]:
        """Node by uid."""
        return {node.uid: node for node in self.nodes}

    @cached_property
    def by_path(self) -> dict[str, Node]:
        """Node by path."""
        return {node.path: node for node in self.nodes}

    @cached_property
    def _incoming(self) -> dict[str, tuple[Wire, ...]]:
        ends: dict[str, list[Wire]] = {}
        for wire in self.wires:
            ends.setdefault(wire.target, []).append(wire)
        return {uid: tuple(sorted(wires, key=lambda wire: wire.target_port)) for uid, wires in ends.items()}

    @cached_property
    def _outgoing(self) -> dict[str, tuple[Wire, ...]]:
        starts: dict[str, list[Wire]] = {}
        for wire in self.wires:
            starts.setdefault(wire.source, []).append(wire)
        return {uid: tuple(wires) for uid, wires in starts.items()}

    def incoming(self, uid: str) -> tuple[Wire, ...]:
        """The wires that end in ``uid``, by input port."""
        return self._incoming.get(uid, ())

    def outgoing(self, uid: str) -> tuple[Wire, ...]:
        """The wires that start in ``uid``."""
        return self._outgoing.get(uid, ())

    def at(self, port: Port) -> tuple[Wire, ...]:
        """The wires that start or end in a port."""
        if port.is_output:
            return tuple(wire for wire in self.outgoing(port.uid) if wire.source_port == port.index)
        return tuple(wire for wire in self.incoming(port.uid) if wire.target_port == port.index)

    def of_type(self, key: str) -> tuple[Node, ...]:
        """All nodes of one layer type."""
        return tuple(node for node in self.nodes if node.type == key)

    @cached_property
    def digest(self) -> str:
        """A short hash of what the network computes and how its parts are called, the same in every process."""
        plain = [
            sorted(
                (node.uid, node.path, node.type, node.version, repr(sorted(node.params.items()))) for node in self.nodes
            ),
            sorted(self.wires),
        ]
        return hashlib.sha256(repr(plain).encode()).hexdigest()[:16]

    def add(self, node: Node) -> Graph:
        """With one node more; its path must be free."""
        if len(self.nodes) >= MAX_NODES:
            raise GraphError(_("A network has at most {maximum} layers.", maximum=whole(MAX_NODES)))
        if node.uid in self.by_uid:
            raise GraphError(_("A layer with this identity is already there."))
        why = paths.refusal(node.path, self.by_path)
        if why:
            raise GraphError(why)
        return replace(self, nodes=(*self.nodes, node))

    def change(self, node: Node) -> Graph:
        """With the node of the same uid replaced; a new path must be free."""
        old = self._node(node.uid)
        if node.path != old.path:
            why = paths.refusal(node.path, (other.path for other in self.nodes if other.uid != node.uid))
            if why:
                raise GraphError(why)
        return replace(self, nodes=tuple(node if other.uid == node.uid else other for other in self.nodes))

    def remove(self, uids: Iterable[str]) -> Graph:
        """Without these nodes and every wire that touches them; inputs of joins close up."""
        gone = set(uids)
        for uid in gone:
            self._node(uid)
        kept = tuple(wire for wire in self.wires if wire.source not in gone and wire.target not in gone)
        graph = replace(self, nodes=tuple(node for node in self.nodes if node.uid not in gone), wires=kept)
        return graph._closed_up({wire.target for wire in self.wires if wire.source in gone} - gone)

    def connect(self, wire: Wire) -> Graph:
        """With one wire more. A wire that already ends in the same port is replaced. Loops are for ``checks`` to refuse."""
        self._node(wire.source)
        self._node(wire.target)
        kept = tuple(
            other for other in self.wires if (other.target, other.target_port) != (wire.target, wire.target_port)
        )
        return replace(self, wires=(*kept, wire))

    def disconnect(self, wires: Iterable[Wire]) -> Graph:
        """Without these wires; inputs of joins close up."""
        gone = set(wires)
        if not gone <= set(self.wires):
            raise GraphError(_("This wire is no longer there."))
        graph = replace(self, wires=tuple(wire for wire in self.wires if wire not in gone))
        return graph._closed_up({wire.target for wire in gone})

    def _closed_up(self, targets: set[str]) -> Graph:
        """Renumber the input ports of ``targets`` from 0, in order, so that a join has no hole."""
        renumbered = {
            wire: replace(wire, target_port=port) for uid in targets for port, wire in enumerate(self.incoming(uid))
        }
        return replace(self, wires=tuple(renumbered.get(wire, wire) for wire in self.wires))

    def _node(self, uid: str) -> Node:
        if uid not in self.by_uid:
            raise GraphError(_("This layer is no longer there."))
        return self.by_uid[uid]
