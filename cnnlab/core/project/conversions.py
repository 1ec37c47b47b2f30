"""A Linear layer after a Flatten as the equal convolution, and back: one is the other, written for maps.

A Linear layer that reads C·H·W values in a row computes, for each of its F outputs, the sum of weight × value over all of
them. So does a convolution with F filters whose kernel is as large as the maps, at the one place where it fits. Flatten
lists values as a filter lists its weights (channel by channel, row by row), so weights ``(F, C·H·W)`` need only be seen as
``(F, C, H, W)``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cnnlab.core import catalog
from cnnlab.core.catalog.formulas import padding_of
from cnnlab.core.graph import paths
from cnnlab.core.graph.facts import Facts
from cnnlab.core.graph.graph import Graph, GraphError, Wire
from cnnlab.core.graph.shapes import MAPS, Shape, show
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import ParamError
from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen

LINEAR, CONV, FLATTEN = "linear", "conv2d", "flatten"


def linear_to_conv(project: Project, facts: Facts, uid: str) -> Project:
    """With the Linear layer ``uid`` made a convolution in front of the Flatten that fed it: the same outputs, by the same
    weights. It keeps its uid and path, and with them its key in a ``state_dict``. Raises ``GraphError``.

    ``facts`` are those of ``project.graph``."""
    why = refuse_linear_to_conv(project, facts, uid)
    if why:
        raise GraphError(why)
    flatten = _before(project.graph, uid)
    inputs = _input_of(facts, flatten)
    out_features = project.graph.by_uid[uid].params["out_features"]
    changed = _retyped(project, uid, CONV, _conv_params(project.graph, inputs, uid))
    changed = _reshaped(changed, uid, (out_features, math.prod(inputs)), (out_features, *inputs))
    return _swapped(changed, flatten, uid)


def conv_to_linear(project: Project, facts: Facts, uid: str) -> Project:
    """With the convolution ``uid``, whose kernel covers all of its input, made a Linear layer behind the Flatten that it
    fed: the same outputs, by the same weights, uid and path. Raises ``GraphError``.

    ``facts`` are those of ``project.graph``."""
    why = refuse_conv_to_linear(project, facts, uid)
    if why:
        raise GraphError(why)
    inputs = _input_of(facts, uid)
    params = project.graph.by_uid[uid].params
    filters = params["out_channels"]
    changed = _retyped(project, uid, LINEAR, {"out_features": filters, "bias": params["bias"]})
    changed = _reshaped(changed, uid, (filters, *inputs), (filters, math.prod(inputs)))
    return _swapped(changed, uid, _after(project.graph, uid))


def refuse_linear_to_conv(project: Project, facts: Facts, uid: str) -> Message | None:
    """Why the layer cannot be made a convolution; None if it can."""
    graph = project.graph
    node = graph.by_uid[uid]
    if node.type != LINEAR or catalog.find(node) is None:
        return _("{name} is not a Linear layer.", name=node.path)
    feeding = graph.incoming(uid)
    if not feeding or graph.by_uid[feeding[0].source].type != FLATTEN:
        return _(
            "{name} does not come right after a Flatten layer, so its input has no height and width.", name=node.path
        )
    flatten = graph.by_uid[feeding[0].source]
    if len(graph.outgoing(flatten.uid)) > 1:
        return _("{flatten} feeds other layers too, which need its list of values.", flatten=flatten.path)
    sizes = facts.of(flatten.uid).inputs
    if not sizes or sizes[0] is None:
        return _("The size of what reaches {flatten} is not known yet.", flatten=flatten.path)
    if len(sizes[0]) != MAPS:
        return _("{flatten} gets a list of values, so there is no height and width.", flatten=flatten.path)
    try:
        catalog.BY_KEY[LINEAR].normal(node.params)
        _conv_params(graph, sizes[0], uid)
    except ParamError as error:
        return error.message
    return None


def covers_input(project: Project, facts: Facts, uid: str) -> bool:
    """Whether the layer is a convolution that looks at all of its input at once, as a Linear layer does."""
    node = project.graph.by_uid[uid]
    if node.type != CONV or catalog.find(node) is None or not facts.of(uid).outputs:
        return False
    padded = any(sum(padding_of(node.params, axis)) for axis in (0, 1))
    return node.params["kernel_size"] == _input_of(facts, uid)[1:] and not padded


def refuse_conv_to_linear(project: Project, facts: Facts, uid: str) -> Message | None:
    """Why the layer cannot be made a Linear layer; None if it can."""
    graph = project.graph
    node = graph.by_uid[uid]
    if node.type != CONV or catalog.find(node) is None:
        return _("{name} is not a convolution.", name=node.path)
    if not facts.of(uid).outputs:
        return _("{name} cannot run yet.", name=node.path)
    if not covers_input(project, facts, uid):
        return _(
            "{name} looks at a part of its input at a time: its kernel must be {size} without padding.",
            name=node.path, size=show(_input_of(facts, uid)[1:]),
        )  # fmt: skip
    if node.params["groups"] != 1:
        return _("{name} has groups, and a Linear layer connects every input with every output.", name=node.path)
    fed = graph.outgoing(uid)
    if len(fed) != 1 or graph.by_uid[fed[0].target].type != FLATTEN:
        return _("{name} does not feed a Flatten layer alone, so what follows needs maps.", name=node.path)
    return None


def _conv_params(graph: Graph, inputs: Shape, uid: str) -> Mapping[str, Any]:
    """The settings of the convolution that a Linear layer becomes. Raises ``ParamError`` where no convolution can be so large."""
    params = graph.by_uid[uid].params
    wanted = {"out_channels": params["out_features"], "kernel_size": inputs[1:], "bias": params["bias"]}
    return catalog.BY_KEY[CONV].normal(wanted)


def _before(graph: Graph, uid: str) -> str:
    return graph.incoming(uid)[0].source


def _after(graph: Graph, uid: str) -> str:
    return graph.outgoing(uid)[0].target


def _input_of(facts: Facts, uid: str) -> Shape:
    (shape,) = facts.of(uid).inputs
    assert shape is not None
    return shape


def _retyped(project: Project, uid: str, key: str, params: Mapping[str, Any]) -> Project:
    spec = catalog.BY_KEY[key]
    node = replace(project.graph.by_uid[uid], type=key, params=spec.normal(params), version=spec.version)
    return replace(project, graph=project.graph.change(node))


def _reshaped(project: Project, uid: str, old: Shape, new: Shape) -> Project:
    """With the weight of the layer, where it has one of shape ``old``, seen as ``new``. Weights that do not fit the layer,
    because its settings were changed, stay as they are."""
    held = project.weights.nodes.get(uid)
    if held is None or "weight" not in held or held["weight"].shape != old:
        return project
    tensors = Frozen({**held, "weight": held["weight"].reshape(new)})
    return replace(project, weights=replace(project.weights, nodes=project.weights.nodes | {uid: tensors}))


def _swapped(project: Project, first: str, second: str) -> Project:
    """With two layers, of which the first feeds the second alone, in the other order, on the canvas too."""

    def rewired(wire: Wire) -> Wire:
        if wire.source == first:
            return replace(wire, source=second, target=first)
        if wire.target == first:
            return replace(wire, target=second)
        return replace(wire, source=first) if wire.source == second else wire

    graph = replace(project.graph, wires=tuple(map(rewired, project.graph.wires)))
    positions = project.layout.positions
    other = {first: second, second: first}
    moved = {uid: positions[other[uid]] for uid in other if other[uid] in positions}
    layout = replace(project.layout, positions=positions.without({first, second}) | moved)
    return replace(project, graph=_in_one_block(graph, first, second), layout=layout)


def _in_one_block(graph: Graph, first: str, second: str) -> Graph:
    """With the Flatten of the two in the block of the other layer, which would otherwise be left and entered again."""
    flatten, layer = (graph.by_uid[uid] for uid in (first, second))
    if flatten.type != FLATTEN:
        flatten, layer = layer, flatten
    block = layer.path.rpartition(".")[0]
    if flatten.path.rpartition(".")[0] == block:
        return graph
    stem = f"{block}.flatten" if block else "flatten"
    taken = [node.path for node in graph.nodes if node.uid != flatten.uid]
    path = paths.free(stem, taken) if paths.refusal(stem, taken) else stem
    return graph.change(replace(flatten, path=path))
