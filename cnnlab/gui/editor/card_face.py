"""What a card says, as a value: two cards that say the same look the same, so a card repaints only when this changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import Family
from cnnlab.core.graph.facts import Facts, Problem, Severity
from cnnlab.core.graph.graph import Graph, Port, Wire
from cnnlab.core.graph.shapes import Shape, show
from cnnlab.core.layout.canvas import Card
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import whole
from cnnlab.core.training.learning import Learning

UNKNOWN_SIZE = "—"

_GRAVEST_FIRST = (Severity.ERROR, Severity.INCOMPLETE, Severity.HINT)


@dataclass(frozen=True)
class CardFace:
    """Everything on a card but its maps."""

    name: str
    family: Family | None
    """None for a type that this version does not know, and for layers of several families."""
    icon: str
    chosen: str
    """What was chosen, or else the type; of several layers, how many."""
    size: str
    parameters: str
    """The number of parameters with its unit; empty for a layer that learns nothing."""
    problem: Problem | None
    numbered: bool
    """Whether the order of its inputs matters, so that they are numbered."""
    outputs_numbered: bool
    """Whether it has several outputs."""
    frozen: bool = False
    """Whether training leaves its weights as they are."""

    @property
    def severity(self) -> Severity | None:
        """Severity of the card's gravest problem; None without a problem."""
        return self.problem.severity if self.problem else None


def face_of(card: Card, graph: Graph, facts: Facts, learning: Mapping[str, Learning]) -> CardFace:
    """The face of ``card``: what it says of its layers."""
    nodes = [graph.by_uid[uid] for uid in card.nodes]
    families = {spec.family if spec else None for spec in map(catalog.find, nodes)}
    spec = catalog.find(nodes[0])
    if len(nodes) > 1:
        icon, chosen = "mdi6.layers-outline", _("{count} layers", count=len(nodes))
    elif spec is None:
        icon, chosen = "mdi6.help-circle-outline", _("unknown type “{type}”", type=nodes[0].type)
    else:
        icon, chosen = spec.icon, str(spec.summary(nodes[0].params) or spec.title)
    parameters = sum(facts.of(uid).parameters for uid in card.nodes)
    learns = [uid for uid in card.nodes if facts.of(uid).parameters] or card.nodes
    return CardFace(
        name=card.name,
        family=families.pop() if len(families) == 1 else None,
        icon=icon,
        chosen=chosen,
        size=_size(card, graph, facts),
        parameters=_("{count} p", count=whole(parameters)) if parameters else "",
        problem=gravest(tuple(problem for uid in card.nodes for problem in facts.problems_of(uid))),
        numbered=bool(card.layer and spec and spec.is_join),
        outputs_numbered=len(card.outputs) > 1,
        frozen=all(uid in learning and learning[uid].frozen for uid in learns),
    )


def _size(card: Card, graph: Graph, facts: Facts) -> str:
    """What the card gives, ``32 × 26 × 26``; at the network's end, what it gets; a dash while that is not known."""
    shapes = [shape for port in card.outputs if (shape := facts.at(port))]
    if not card.outputs:
        ends = (uid for uid in card.nodes if (spec := catalog.find(graph.by_uid[uid])) and not spec.outputs)
        shapes = [shape for uid in ends for shape in facts.of(uid).inputs[:1] if shape]
    if len(shapes) > 1 and len(set(shapes)) == 1:
        return _("{count} × ({size})", count=len(shapes), size=show(shapes[0]))
    return ", ".join(map(show, shapes)) or UNKNOWN_SIZE


def size_along(facts: Facts, wire: Wire) -> str:
    """The size of what flows through a wire, ``32 × 26 × 26``; a dash while that is not known."""
    return _shown(facts.along(wire))


def size_at(facts: Facts, port: Port) -> str:
    """The size of what an output gives; a dash while that is not known."""
    return _shown(facts.at(port))


def _shown(shape: Shape | None) -> str:
    return show(shape) if shape else UNKNOWN_SIZE


def gravest(problems: tuple[Problem, ...]) -> Problem | None:
    """The problem that matters most; of equals, the first."""
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
