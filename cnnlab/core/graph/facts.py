"""What is known about a network: sizes, parameter counts, and what is wrong where. Made by ``engine.network.shapes``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cnnlab.core.graph.graph import Port, Wire
from cnnlab.core.graph.shapes import Shape
from cnnlab.core.messages import Message
from cnnlab.core.values import Frozen


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    """This layer cannot run."""
    INCOMPLETE = "incomplete"
    """Something is not connected yet; normal while building."""
    HINT = "hint"
    """It runs, but is probably not what was meant."""


@dataclass(frozen=True)
class Repair:
    """A mechanical remedy: ``action`` names a function of ``core.project.repairs``, ``args`` its arguments after the project."""

    label: Message
    action: str
    args: tuple[object, ...] = ()


@dataclass(frozen=True)
class Problem:
    """One sentence about one node (or, with ``uid`` empty, about the whole network)."""

    uid: str
    severity: Severity
    message: Message
    repair: Repair | None = None
    about_data: bool = False
    """Whether the network runs, and only does not go with the data of the project."""

    def __str__(self) -> str:
        return str(self.message)


@dataclass(frozen=True)
class NodeFacts:
    """What is known about one node. Shapes are without the batch axis; None is "not known"."""

    inputs: tuple[Shape | None, ...] = ()
    outputs: tuple[Shape, ...] = ()
    """One for each output port; empty if not known."""
    parameters: int = 0
    """How many numbers it learns."""
    macs: int = 0
    """Multiply–accumulate operations for one picture."""
    bytes: int = 0
    """Bytes of its parameters, buffers and outputs for one picture, in float32."""

    @property
    def output(self) -> Shape | None:
        """The shape of the first output; None if not known."""
        return self.outputs[0] if self.outputs else None

    @property
    def has_weights(self) -> bool:
        """Whether it holds numbers of its own: parameters, or the running means of a normalisation."""
        return self.bytes > self.output_bytes

    @property
    def output_bytes(self) -> int:
        """Bytes of its outputs for one picture, in float32."""
        return 4 * sum(math.prod(shape) for shape in self.outputs)


def along(nodes: Mapping[str, NodeFacts], wire: Wire) -> Shape | None:
    """The size of what flows through a wire; None if not known."""
    outputs = nodes[wire.source].outputs if wire.source in nodes else ()
    return outputs[wire.source_port] if wire.source_port < len(outputs) else None


@dataclass(frozen=True)
class Facts:
    """All that is known about one graph; ``digest`` says which."""

    digest: str = ""
    nodes: Frozen[str, NodeFacts] = Frozen()
    problems: tuple[Problem, ...] = ()
    order: tuple[str, ...] = ()
    """Uids of the nodes that can run, in execution order, Input first."""
    leading: frozenset[str] = frozenset()
    """Uids of the nodes from which a way leads to the Output, itself included."""

    @property
    def parameters(self) -> int:
        """How many numbers the network learns."""
        return sum(self.nodes[uid].parameters for uid in self.counted)

    @property
    def blocking(self) -> tuple[Problem, ...]:
        """What stands against training. A layer that does not lead to the output is left out, and so are its problems."""
        return tuple(
            problem
            for problem in self.problems
            if problem.severity is not Severity.HINT and (not problem.uid or problem.uid in self.leading)
        )

    @property
    def faults(self) -> tuple[Problem, ...]:
        """What stands against running it at all, whatever it is to learn."""
        return tuple(problem for problem in self.blocking if not problem.about_data)

    @property
    def trainable(self) -> bool:
        """Whether the network runs from Input to Output."""
        return bool(self.order) and not self.blocking

    @property
    def macs(self) -> int:
        """Multiply–accumulate operations of the whole network for one picture."""
        return sum(self.nodes[uid].macs for uid in self.counted)

    @property
    def counted(self) -> frozenset[str]:
        """Uids of the layers that make up the network: those that lead to the Output, or all while it does not run yet."""
        return frozenset(self.nodes) if self.faults else self.leading

    def along(self, wire: Wire) -> Shape | None:
        """The size of what flows through a wire; None if not known."""
        return along(self.nodes, wire)

    def at(self, port: Port) -> Shape | None:
        """The size of what an output gives; None if not known."""
        outputs = self.of(port.uid).outputs
        return outputs[port.index] if port.index < len(outputs) else None

    def of(self, uid: str) -> NodeFacts:
        """Facts of one node; empty if nothing is known yet."""
        return self.nodes.get(uid, NodeFacts())

    def problems_of(self, uid: str) -> tuple[Problem, ...]:
        """What is wrong at one node."""
        return tuple(problem for problem in self.problems if problem.uid == uid)
