"""Sizes, counts and problems of a graph, without allocating anything: torch runs on its ``meta`` device.

The order of checks is fixed: parameters in range (``LayerSpec.normal``), accepted ranks (torch lets wrong ones through
silently), the entry's own rules, the module on ``meta`` with a batch of 2 in training mode, then caps on what meta reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import LayerSpec, Params
from cnnlab.core.graph import topology
from cnnlab.core.graph.facts import Facts, NodeFacts, Problem, Severity, along
from cnnlab.core.graph.graph import Graph, Node
from cnnlab.core.graph.shapes import Shape, show
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import ParamError
from cnnlab.core.project import checks
from cnnlab.core.project.goals import Goal
from cnnlab.core.values import Frozen
from cnnlab.engine.network import diagnosis, layers, output_checks, variations
from cnnlab.engine.system import memory

_PROBE_BATCH = 2
_MAX_ELEMENTS = 2**31 - 1
"""Elements of one tensor at most; many kernels index with 32 bits."""
_SHARE_OF_MEMORY = 0.8


@dataclass(frozen=True)
class Probe:
    """What torch's meta device says of one layer: the sizes of its outputs, or why there are none, and the shapes of
    its tensors."""

    outputs: tuple[Shape, ...] = ()
    parameters: int = 0
    macs: int = 0
    bytes: int = 0
    tensors: Frozen[str, Shape] = Frozen()
    why: Message | None = None


def infer(graph: Graph, goal: Goal = Goal()) -> Facts:
    """All that can be said of ``graph``; never raises for a graph a person can build. Whether the end of the network is
    right can be said only as far as the ``goal`` is known."""
    facts: dict[str, NodeFacts] = {}
    leading = checks.leading(graph)
    problems = diagnosis.of_structure(graph, leading)
    order = []
    surplus = graph.of_type("input")[1:]  # there is one picture, so what a second Input feeds cannot run
    for uid in topology.order(graph):
        node = graph.by_uid[uid]
        if node in surplus:
            facts[uid] = NodeFacts()
            continue
        inputs = tuple(along(facts, wire) for wire in graph.incoming(uid))
        facts[uid], problem = _node(graph, node, inputs)
        for wire, shape in zip(graph.incoming(uid), inputs, strict=True):
            if shape is None and facts[wire.source].outputs:
                problem = diagnosis.no_such_output(graph, node, wire, len(facts[wire.source].outputs))
        if facts[uid].outputs:
            order.append(uid)
        if problem:
            problems.append(problem)
    for node in graph.nodes:
        facts.setdefault(node.uid, NodeFacts())
    problems += diagnosis.of_unused(graph, facts, leading)
    problems += diagnosis.of_memory(graph, facts, memory.physical_bytes() * _SHARE_OF_MEMORY)
    problems += output_checks.of_output(graph, facts, goal)
    problems += variations.of_goal(goal)
    return Facts(graph.digest, Frozen(facts), tuple(problems), tuple(order), leading)


def _node(graph: Graph, node: Node, inputs: tuple[Shape | None, ...]) -> tuple[NodeFacts, Problem | None]:
    """Facts of one node whose inputs are known or not, and what is wrong with it."""
    nothing = NodeFacts(inputs)
    spec = catalog.find(node)
    if spec is None or len(inputs) < spec.inputs[0] or None in inputs:
        return nothing, None  # the structure, or a node before it, already has the problem
    known = tuple(shape for shape in inputs if shape is not None)
    for wire, shape in zip(graph.incoming(node.uid), known, strict=True):
        why = checks.wrong_rank(spec, node.path, graph.by_uid[wire.source].path, shape)
        if why:
            return nothing, diagnosis.wrong_rank(node, spec, wire, why)
    try:
        params = spec.normal(node.params)
    except ParamError as error:
        return nothing, _error(node, error.message)
    seen = probe(spec, params, known)
    if seen.why and spec.is_join and refusal(spec, params, known):
        return nothing, diagnosis.unequal_inputs(graph, node, known, seen.why)
    if seen.why:
        return nothing, _error(node, seen.why)
    return NodeFacts(inputs, seen.outputs, seen.parameters, seen.macs, seen.bytes), None


def _error(node: Node, why: Message) -> Problem:
    return Problem(node.uid, Severity.ERROR, _("{name} cannot run: {why}", name=node.path, why=why))


def refusal(spec: LayerSpec, params: Params, inputs: tuple[Shape, ...]) -> Message | None:
    """Why the entry's own checks do not let this layer run; None if they do."""
    return spec.conflict(params) or next((why for rule in spec.rules if (why := rule(params, inputs))), None)


@lru_cache(maxsize=10_000)
def probe(spec: LayerSpec, params: Params, inputs: tuple[Shape, ...]) -> Probe:
    """One layer by the entry's own checks and on torch's meta device, by type, parameters in normal form, and input sizes."""
    why = refusal(spec, params, inputs)
    if why:
        return Probe(why=why)
    if spec.inputs[1] == 0:  # the Input node makes its own size
        shape = (params["channels"], params["height"], params["width"])
        return Probe((shape,), bytes=4 * _count(shape))
    try:
        with torch.device("meta"), torch.no_grad():
            module = layers.make(spec, params, inputs).train()
            probes = [torch.empty(_PROBE_BATCH, *shape) for shape in inputs]
            output = probes[0] if spec.keeps_size else module(*probes)
    except (RuntimeError, ValueError, TypeError, OverflowError) as error:
        if "overflow" in str(error):
            return Probe(why=diagnosis.too_large(spec, params, diagnosis.BEYOND))
        # The rules should have spoken before torch; its own words are the last resort.
        return Probe(
            why=_("PyTorch refuses these settings for {size}: {text}", size=show(inputs[0]), text=_first_line(error))
        )
    outputs = tuple(tuple(tensor.shape[1:]) for tensor in (output if isinstance(output, tuple) else (output,)))
    state = module.state_dict()
    largest = max(*map(_count, outputs), *(tensor.numel() for tensor in state.values()), 0)
    if largest > _MAX_ELEMENTS:
        return Probe(why=diagnosis.too_large(spec, params, 4 * largest))
    for shape in outputs:
        if 0 in shape:
            text = _(
                "nothing would be left of {size}: the output would be {out}.", size=show(inputs[0]), out=show(shape)
            )
            return Probe(why=text)
    held = sum(tensor.numel() * tensor.element_size() for tensor in state.values())
    return Probe(
        outputs,
        sum(parameter.numel() for parameter in module.parameters()),
        spec.macs(params, inputs, outputs[0]),
        held + 4 * sum(map(_count, outputs)),
        Frozen({name: tuple(tensor.shape) for name, tensor in state.items()}),
    )


def _count(shape: Shape) -> int:
    return torch.Size(shape).numel()


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
