"""Problems in our own words: layer, rule, each input with its size and where it comes from, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import LayerSpec, Params
from cnnlab.core.graph import topology
from cnnlab.core.graph.facts import NodeFacts, Problem, Repair, Severity
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.graph.shapes import MAPS, Shape, show
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import byte_count, whole
from cnnlab.engine.system import memory

BEYOND = 2**63
"""The number of bytes at which torch itself stops counting."""


def of_structure(graph: Graph, leading: frozenset[str]) -> list[Problem]:
    """Problems of the graph itself, before any size is known; ``leading`` are the nodes from which a way leads to the Output."""
    problems = [_unknown(node) for node in graph.nodes if catalog.find(node) is None]
    loop = topology.on_loops(graph)
    for node in graph.nodes:
        spec = catalog.find(node)
        count = len(graph.incoming(node.uid))
        if node.uid in loop:
            text = _(
                "{name} is part of a loop. Data must flow one way: remove one of the wires of the loop.", name=node.path
            )
            problems.append(Problem(node.uid, Severity.ERROR, text))
        elif spec and count < spec.inputs[0]:
            problems.append(Problem(node.uid, Severity.INCOMPLETE, _unfed(node, spec, count)))
    return problems + _ends(graph, leading)


def _unfed(node: Node, spec: LayerSpec, count: int) -> Message:
    if spec.is_join:
        return _(
            "{name} needs at least {minimum} inputs and has {count}.",
            name=node.path,
            minimum=spec.inputs[0],
            count=count,
        )
    return _(
        "Nothing feeds {name} yet. Drag a wire from the right port of another layer to its left port.", name=node.path
    )


def _unknown(node: Node) -> Problem:
    text = _(
        "{name} is of a type that this version does not know (“{type}”). It is kept unchanged, but training is off until it "
        "is replaced.",
        name=node.path, type=node.type,
    )  # fmt: skip
    return Problem(node.uid, Severity.ERROR, text)


def _ends(graph: Graph, leading: frozenset[str]) -> list[Problem]:
    """There must be one Input and one Output, and a way between them; what does not lead to the output is left out."""
    problems = []
    for key in ("input", "output"):
        nodes, title = graph.of_type(key), catalog.BY_KEY[key].title
        if not nodes:
            problems.append(
                Problem("", Severity.INCOMPLETE, _("The network has no {what}. Add one from the palette.", what=title))
            )
        problems += [
            Problem(
                node.uid, Severity.ERROR, _("There can be only one {what}. Remove {name}.", what=title, name=node.path)
            )
            for node in nodes[1:]
        ]
    if graph.of_type("output"):
        problems += [
            Problem(
                node.uid,
                Severity.HINT,
                _("{name} does not lead to the output, so training leaves it out.", name=node.path),
            )
            for node in graph.nodes
            if node.uid not in leading and node.type != "output" and graph.incoming(node.uid)
        ]
    return problems


def wrong_rank(node: Node, spec: LayerSpec, wire: Wire, why: Message) -> Problem:
    """The problem of maps where values are needed (a Flatten helps), or values where maps are needed."""
    repair = None
    if MAPS not in spec.accepts:
        repair = Repair(_("Insert Flatten"), "insert_before", (node.uid, wire.target_port, "flatten"))
    return Problem(node.uid, Severity.ERROR, why, repair)


def unequal_inputs(graph: Graph, node: Node, shapes: tuple[Shape, ...], why: Message) -> Problem:
    """The problem of a join whose inputs do not fit together, each named with its size; a 1×1 convolution makes channels equal."""
    wires = graph.incoming(node.uid)
    lines: Message | str = ""
    for wire, shape in zip(wires, shapes, strict=True):
        line = _("{name} gives {size}", name=graph.by_uid[wire.source].path, size=show(shape))
        lines = _("{lines}, {line}", lines=lines, line=line) if lines else line
    text = _("{name}: {why} {lines}.", name=node.path, why=why, lines=lines)
    repair = None
    odd = [index for index, shape in enumerate(shapes) if shape != shapes[0]]
    only_channels = node.type == "add" and all(len(shape) == MAPS and shape[1:] == shapes[0][1:] for shape in shapes)
    if only_channels:
        channels = shapes[0][0]
        text = _(
            "{text} A 1×1 convolution with {channels} filters after {other} makes them equal.",
            text=text, channels=whole(channels), other=graph.by_uid[wires[odd[0]].source].path,
        )  # fmt: skip
        repair = Repair(_("Insert 1×1 convolution"), "match_channels", (node.uid, wires[odd[0]].target_port, channels))
    elif len({len(shape) for shape in shapes}) > 1:
        text = _("{text} Put a Flatten before the maps, or join them before they become a list.", text=text)
    elif len({shape[1:] for shape in shapes}) > 1:
        text = _(
            "{text} Height and width must agree: change padding, stride or pooling on one of the branches.", text=text
        )
    return Problem(node.uid, Severity.ERROR, text, repair)


def no_such_output(graph: Graph, node: Node, wire: Wire, count: int) -> Problem:
    """The problem of a wire from an output that its layer, with ``count`` outputs, does not have."""
    text = _(
        "{name} is fed by output {port} of {source}, which has only {count}. Connect another output.",
        name=node.path, port=wire.source_port + 1, source=graph.by_uid[wire.source].path, count=count,
    )  # fmt: skip
    return Problem(node.uid, Severity.ERROR, text)


def of_unused(graph: Graph, facts: Mapping[str, NodeFacts], leading: frozenset[str]) -> list[Problem]:
    """Advice for layers with several outputs of which only some are read."""
    problems = []
    for uid, known in facts.items():
        if len(known.outputs) > 1 and uid in leading:
            used = {wire.source_port for wire in graph.outgoing(uid)}
            unused = [str(port + 1) for port in range(len(known.outputs)) if port not in used]
            if unused:
                text = _(
                    "{name}: nothing reads output {ports}, so its values are lost.",
                    name=graph.by_uid[uid].path, ports=", ".join(unused),
                )  # fmt: skip
                problems.append(Problem(uid, Severity.HINT, text))
    return problems


def too_large(spec: LayerSpec, params: Params, needed: int) -> Message:
    """Why a layer with a tensor beyond what this computer can hold cannot run; ``needed`` in bytes, ``BEYOND`` where it
    cannot be counted."""
    need = byte_count(needed) if needed < BEYOND else _("more than {size}", size=byte_count(BEYOND))
    text = _("it would need {need}. Nothing was allocated.", need=need)
    for name in ("out_channels", "out_features", "scale_factor"):
        if name in params:
            param = spec.param(name)
            value = param.show(params[name])
            return _("{text} Lower “{label}” (now {value}).", text=text, label=param.label, value=value)
    return text


def of_memory(graph: Graph, facts: Mapping[str, NodeFacts], maximum: float) -> list[Problem]:
    """The problem of a network that needs more than ``maximum`` bytes even for one picture, at its hungriest layer."""
    total = sum(known.bytes for known in facts.values())
    if total <= maximum:
        return []
    uid = max(facts, key=lambda uid: facts[uid].bytes)
    text = _(
        "{name} would need {need} for one picture; this computer has {have}. Nothing was allocated. Use fewer filters or "
        "outputs, or smaller maps.",
        name=graph.by_uid[uid].path, need=byte_count(facts[uid].bytes), have=byte_count(memory.physical_bytes()),
    )  # fmt: skip
    return [Problem(uid, Severity.ERROR, text)]
