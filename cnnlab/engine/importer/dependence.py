"""Parts of an imported network that depend on how many pictures there are, or on their size, found by tracing it again.

A network of layers takes any batch, so a module that does not is refused. It may be made for one size of pictures: what
would be other layers with others is noted, and pooling over whole maps becomes the layer that does so at every size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, fx, nn

from cnnlab.core.catalog import BY_KEY
from cnnlab.core.graph.graph import Graph, Node
from cnnlab.core.graph.shapes import show
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.engine.importer import known
from cnnlab.engine.importer.modules import is_layer
from cnnlab.engine.importer.refusals import ImportRefused, SourceLine, refused
from cnnlab.engine.importer.rewriting import Rewritten, rewrite
from cnnlab.engine.importer.tracing import Trace, trace

_WHOLE = {"avgpool2d": "adaptiveavgpool2d", "maxpool2d": "adaptivemaxpool2d"}
"""Pooling layers, and those that pool whole maps at every size as they do with a kernel as large as the maps."""


@dataclass(frozen=True)
class Sized:
    """A network, and what there is to know about sizes of pictures other than the example's; None if nothing."""

    graph: Graph
    note: Message | None


def refuse_counted(first: Rewritten, module: nn.Module, example: Tensor) -> None:
    """Refuse ``module`` if it is not the network ``first`` with one picture more than in ``example``."""
    why = _(
        "Its output depends on how many pictures there are. A network of layers does the same with every batch: leave out "
        "what is computed from that number, and write x.size(0) or -1 where it is a size."
    )
    more = max(2, example.shape[0]) + 1  # tracing takes at least two
    try:
        second = rewrite(trace(module, _empty(more, *example.shape[1:]), is_layer), module)
    except ImportRefused as error:
        raise refused(why, error.line) from error
    for before, after, _same in _changed(first, second)[:1]:
        raise refused(why, _line(first, second, before, after))


def with_sizes(first: Rewritten, module: nn.Module, example: Tensor) -> Sized:
    """The network ``first`` for pictures of other sizes too, as far as layers allow that."""
    count, channels, height, width = example.shape
    # Odd sizes show the most, but halving and doubling may need even ones, and F.avg_pool2d(x, x.size(-1)) square ones.
    for size in ((2 * height + 1, 3 * width + 1), (2 * height, 3 * width), (2 * height, 2 * width)):
        traced = _traced(module, _empty(count, channels, *size))
        if traced is None:
            continue  # the module itself takes no pictures of this size
        try:
            second = rewrite(traced, module)
        except ImportRefused as error:
            return Sized(first.graph, _only_for(height, width, [str(error.line.text())] if error.line else []))
        graph, places = first.graph, []
        for before, after, alike in _changed(first, second):
            if alike and _pools_whole(first, before) and _pools_whole(second, after):
                graph = graph.change(_over_whole_maps(before))
            else:
                line = _line(first, second, before, after)
                places.append(str(line.text()) if line else before.path)
        return Sized(graph, _only_for(height, width, places) if places else None)
    return Sized(first.graph, None)


def _empty(*size: int) -> Tensor:
    return torch.empty(size, device="meta")


def _traced(module: nn.Module, pictures: Tensor) -> Trace | None:
    """The calls for ``pictures``; None if there is no answer for each of them."""
    try:
        traced = trace(module, pictures, is_layer)
    except ImportRefused:
        return None
    calls = list(traced.graph.nodes)
    answer: Any = calls[-1].args[0]
    one_tensor = isinstance(answer, fx.Node) and isinstance(known.size(answer), Tensor)
    return traced if one_tensor and known.shape(answer)[:1] == known.shape(calls[0])[:1] else None


def _changed(first: Rewritten, second: Rewritten) -> list[tuple[Node, Node, bool]]:
    """The layers of the two that differ, but for the Input, and whether only in their settings; or else the first that do,
    since nothing behind them can be compared."""
    changed = []
    for before, after in zip(first.graph.nodes, second.graph.nodes, strict=False):  # the last is the Output in both
        if (before.path, before.type, _sources(first, before)) != (after.path, after.type, _sources(second, after)):
            return [(before, after, False)]
        if before.type != "input" and before.params != after.params:
            changed.append((before, after, True))
    return changed


def _line(first: Rewritten, second: Rewritten, before: Node, after: Node) -> SourceLine | None:
    """Where the one of two layers comes from that is in the longer network: what the other skips, not where it goes on."""
    longer = len(first.graph.nodes) >= len(second.graph.nodes)
    return first.origins[before.uid].line if longer else second.origins[after.uid].line


def _sources(network: Rewritten, node: Node) -> list[tuple[str, int]]:
    graph = network.graph
    return [(graph.by_uid[wire.source].path, wire.source_port) for wire in graph.incoming(node.uid)]


def _pools_whole(network: Rewritten, node: Node) -> bool:
    if node.type not in _WHOLE:
        return False
    (size,) = network.origins[node.uid].inputs
    return bool(node.params["kernel_size"] == size[1:] and node.params["padding"] == (0, 0))


def _over_whole_maps(node: Node) -> Node:
    spec = BY_KEY[_WHOLE[node.type]]
    return replace(node, type=spec.key, params=spec.normal({"output_size": 1}), version=spec.version)


def _only_for(height: int, width: int, places: list[str]) -> Message:
    size = show((height, width))
    if not places:
        return _("Valid for pictures of {size} only; for other sizes the code computes something else.", size=size)
    return _(
        "Valid for pictures of {size} only; for other sizes the code computes something else here: {places}.",
        size=size, places="; ".join(dict.fromkeys(places)),
    )  # fmt: skip
