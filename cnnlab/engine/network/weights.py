"""Weights into and out of a network: fresh ones from a seed, as each layer's initialisation says, and snapshots by node uid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab.core import catalog
from cnnlab.core.graph.graph import Graph
from cnnlab.core.project.project import Weights
from cnnlab.core.training.learning import Learning
from cnnlab.core.values import Frozen
from cnnlab.engine.data.draws import seed_for
from cnnlab.engine.network import shapes
from cnnlab.engine.network.layers import Expression
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


_DRAWN = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
_CONSTANT = (nn.BatchNorm1d, nn.BatchNorm2d, nn.InstanceNorm2d, nn.LayerNorm, nn.GroupNorm, nn.PReLU)
"""Modules whose fresh numbers are constants."""


@torch.no_grad()
def initialise(module: nn.Module, generator: torch.Generator, learning: Learning = Learning()) -> None:
    """Fresh numbers from ``generator``, not from torch's global one, which belongs to whoever trains.

    By default they are what ``reset_parameters`` of torch draws. Otherwise the weight starts as ``learning`` says and the
    bias at 0. Kaiming and Xavier go by how many numbers flow into an output, so a layer that only scales (normalisation,
    Scale, PReLU) keeps torch's start under these."""
    weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
    is_drawn = isinstance(module, _DRAWN)
    by_fan = learning.initialisation.startswith(("kaiming", "xavier"))
    if learning.initialisation == "default" or weight is None or (by_fan and not is_drawn):
        _default(module, generator)
        return
    if not is_drawn:
        _default(module, generator)  # which draws nothing, and sets running means too
    _draw(weight, learning, generator)
    if bias is not None:
        bias.zero_()


def _draw(weight: Tensor, learning: Learning, generator: torch.Generator) -> None:
    """Fill ``weight`` as ``learning`` says; Kaiming is that for ReLU. Sources: He et al., "Delving deep into
    rectifiers", 2015, equation 10; Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010, equation 16."""
    match learning.initialisation:
        case "kaiming_normal":
            nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)
        case "kaiming_uniform":
            nn.init.kaiming_uniform_(weight, nonlinearity="relu", generator=generator)
        case "xavier_normal":
            nn.init.xavier_normal_(weight, generator=generator)
        case "xavier_uniform":
            nn.init.xavier_uniform_(weight, generator=generator)
        case "normal":
            nn.init.normal_(weight, 0.0, abs(learning.value), generator=generator)
        case "uniform":
            nn.init.uniform_(weight, -abs(learning.value), abs(learning.value), generator=generator)
        case "constant":
            nn.init.constant_(weight, learning.value)
        case "zeros":
            nn.init.zeros_(weight)
        case other:
            raise ValueError(f"no initialisation is called {other!r}")


def _default(module: nn.Module, generator: torch.Generator) -> None:
    """Fill the tensors of ``module`` as torch does. Source: torch.nn.modules.conv and .linear: kaiming_uniform with a =
    √5, which is U(−1/√fan_in, 1/√fan_in), for weight and bias alike."""
    if isinstance(module, _DRAWN):
        nn.init.kaiming_uniform_(module.weight, a=math.sqrt(5), generator=generator)
        if module.bias is not None:
            # For a transposed convolution too torch takes the second axis as what flows in.
            bound = 1 / math.sqrt(module.weight[0].numel())
            nn.init.uniform_(module.bias, -bound, bound, generator=generator)
    elif isinstance(module, Expression):
        if module.weight is not None:
            module.weight.copy_(module.fresh())
    elif isinstance(module, _CONSTANT):
        module.reset_parameters()
    else:
        raise TypeError(f"no rule for fresh weights of {type(module).__name__}")
