"""What a card says, as a value: two cards that say the same look the same, so a card repaints only when this changes."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.core import catalog
from cnnlab.core.facts import Facts, Problem, Severity
from cnnlab.core.graph import Graph, Node, Port, Wire
from cnnlab.core.messages import text as _
from cnnlab.core.shapes import show
from cnnlab.core.spec import Family
from cnnlab.gui.editor.geometry import input_ports, output_ports

UNKNOWN_SIZE = "—"

_GRAVEST_FIRST = (Severity.ERROR, Severity.INCOMPLETE, Severity.ADVICE)


@dataclass(frozen=True)
class CardFace:
    """Everything on a card but its maps."""

    name: str
    family: Family | None
    """None for a type that this version does not know."""
    icon: str
    chosen: str
    """What was chosen, or else the type."""
    size: str
    parameters: str
    """With its unit; empty for a layer that learns nothing."""
    problem: Problem | None
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    numbered: bool
    """Whether the order of its inputs matters, so that they are numbered."""
    frozen: bool = False
    """Whether training leaves its weights as they are."""

    @property
    def severity(self) -> Severity | None:
        """Of its gravest problem."""
        return self.problem.severity if self.problem else None

    @property
    def outputs_numbered(self) -> bool:
        """Whether it has several outputs."""
        return len(self.outputs) > 1


def face_of(graph: Graph, facts: Facts, node: Node, frozen: bool = False) -> CardFace:
    """The face of one layer's card."""
    spec = catalog.find(node)
    known = facts.of(node.uid)
    return CardFace(
        name=node.path,
        family=spec.family if spec else None,
        icon=spec.icon if spec else "mdi6.help-circle-outline",
        chosen=str(spec.summary(node.params) or spec.title) if spec else _("unknown type “{type}”", type=node.type),
        size=size_text(graph, facts, node),
        parameters=_("{count} p", count=f"{known.parameters:,}") if known.parameters else "",
        problem=gravest(facts.problems_of(node.uid)),
        inputs=input_ports(graph, node),
        outputs=output_ports(graph, node),
        numbered=bool(spec and spec.is_join),
        frozen=frozen,
    )


def size_text(graph: Graph, facts: Facts, node: Node) -> str:
    """What the layer gives, ``32 × 26 × 26``; of the network's end, what it gets; a dash while that is not known."""
    spec = catalog.find(node)
    known = facts.of(node.uid)
    if len(known.outputs) > 1:
        if len(set(known.outputs)) == 1:
            return _("{count} × ({size})", count=len(known.outputs), size=show(known.outputs[0]))
        return ", ".join(show(shape) for shape in known.outputs)
    shape = known.output
    if shape is None and spec and not spec.outputs and known.inputs:
        shape = known.inputs[0]
    return show(shape) if shape else UNKNOWN_SIZE


def size_along(facts: Facts, wire: Wire) -> str:
    """What flows through a wire; a dash while that is not known."""
    return size_at(facts, wire.start)


def size_at(facts: Facts, port: Port) -> str:
    """What an output gives; a dash while that is not known."""
    shape = facts.at(port)
    return show(shape) if shape else UNKNOWN_SIZE


def gravest(problems: tuple[Problem, ...]) -> Problem | None:
    """The one that matters most; of equals, the first."""
    return min(problems, key=lambda problem: _GRAVEST_FIRST.index(problem.severity), default=None)


def spoken(face: CardFace) -> str:
    """The card in one sentence, for a screen reader."""
    parts = [face.name, face.chosen, _("gives {size}", size=face.size)]
    if face.parameters:
        parts.append(face.parameters)
    if face.frozen:
        parts.append(_("frozen"))
    if face.problem:
        parts.append(str(face.problem.message))
    return ", ".join(parts)
