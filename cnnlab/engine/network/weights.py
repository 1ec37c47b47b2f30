"""Numbers into and out of a network: fresh ones from a seed, snapshots by node uid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cnnlab.core import catalog
from cnnlab.core.graph.graph import Graph
from cnnlab.core.project.project import Weights
from cnnlab.core.training.learning import Learning
from cnnlab.core.values import Frozen
from cnnlab.engine.data.draws import seed_for
from cnnlab.engine.network import shapes
from cnnlab.engine.network.initialisation import initialise
from cnnlab.engine.network.network import Network


@dataclass(frozen=True)
class Loaded:
    """Paths of the layers with tensors: ``kept`` what the snapshot held, ``restarted`` because what it held no longer fits,
    ``fresh`` because it held nothing."""

    kept: tuple[str, ...]
    restarted: tuple[str, ...]
    fresh: tuple[str, ...]


def load(network: Network, weights: Weights, seed: int, learning: Mapping[str, Learning] = Frozen()) -> Loaded:
    """Set every number of ``network``: from ``weights`` where names and shapes of a node fit, else afresh, as ``learning``
    says by uid.

    Fresh numbers depend on (seed, uid) alone, not on which other layers there are or on torch's global generator."""
    kept: list[str] = []
    restarted: list[str] = []
    fresh: list[str] = []
    for uid in network.order:
        module = network.module(uid)
        state = module.state_dict()
        if not state:
            continue
        path, held = network.graph.by_uid[uid].path, weights.nodes.get(uid)
        if held is not None and fits(held, {name: tuple(tensor.shape) for name, tensor in state.items()}):
            for name, tensor in state.items():
                tensor.copy_(torch.from_numpy(np.array(held[name])))
            kept.append(path)
        else:
            generator = torch.Generator().manual_seed(seed_for(f"{seed}/{uid}"))
            initialise(module, generator, learning.get(uid, Learning()))
            (fresh if held is None else restarted).append(path)
    return Loaded(tuple(kept), tuple(restarted), tuple(fresh))


def fits(held: Mapping[str, np.ndarray], wanted: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether a node's snapshot has exactly the tensors that it needs, each of the right shape."""
    return {name: tuple(array.shape) for name, array in held.items()} == dict(wanted)


def snapshot(network: Network, step: int) -> Weights:
    """Read-only copies of every parameter and buffer, float32 (counters int64)."""
    nodes = {}
    for uid in network.order:
        state = network.module(uid).state_dict()
        if state:
            nodes[uid] = Frozen({name: frozen_array(tensor) for name, tensor in state.items()})
    return Weights(step, Frozen(nodes))


def tensor_shapes(graph: Graph) -> dict[str, dict[str, tuple[int, ...]]]:
    """By uid and tensor name, for every layer with tensors whose input sizes are known; nothing is allocated."""
    facts = shapes.infer(graph)
    result = {}
    for uid in facts.order:
        node = graph.by_uid[uid]
        spec = catalog.BY_KEY[node.type]
        inputs = tuple(shape for shape in facts.nodes[uid].inputs if shape is not None)
        tensors = shapes.probe(spec, spec.normal(node.params), inputs).tensors
        if tensors:
            result[uid] = dict(tensors)
    return result


def frozen_array(tensor: Tensor) -> np.ndarray:
    """A read-only copy of ``tensor`` in plain order, from whatever device."""
    # contiguous_format: a network may train in channels_last, but a snapshot is plain (N, C, H, W).
    array = tensor.detach().to("cpu", copy=True).contiguous().numpy()
    array.flags.writeable = False
    return array
