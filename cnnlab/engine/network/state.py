"""The numbers of a project as a ``state_dict``: keys that are paths, as torch and torchvision name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cnnlab.core import catalog
from cnnlab.core.graph.graph import Graph, Node
from cnnlab.core.graph.shapes import Shape
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.values import Frozen
from cnnlab.engine.network import weights
from cnnlab.engine.network.network import Network, build


@dataclass(frozen=True)
class TensorSlot:
    """Where the tensor of one key belongs, and its shape."""

    uid: str
    name: str
    """The tensor's name in its layer, as in ``Weights``: ``weight``, ``running_mean``…"""
    shape: Shape


def network(project: Project) -> Network:
    """The project's network on the CPU in evaluation mode: with the project's weights, and fresh ones by its seed where
    there are none that fit. Raises ``BuildError``."""
    built = build(project.graph)
    weights.load(built, project.weights, project.training.seed, project.learning)
    return built.eval()


def key(node: Node, name: str) -> str:
    """The key of the tensor ``name`` of a node: ``path.name``, or just ``path`` where it is a bare parameter."""
    spec = catalog.find(node)
    return node.path if spec and spec.weight else f"{node.path}.{name}"


def places(graph: Graph) -> dict[str, TensorSlot]:
    """By key, the place of every tensor of the layers whose input sizes are known, in execution order. Nothing is allocated.

    Layers that do not lead to the Output are in it too, although the keys of ``state_dict`` leave them out."""
    return {
        key(graph.by_uid[uid], name): TensorSlot(uid, name, shape)
        for uid, tensors in weights.tensor_shapes(graph).items()
        for name, shape in tensors.items()
    }


def from_state_dict(project: Project, tensors: Mapping[str, np.ndarray]) -> Project:
    """The project with the numbers ``tensors``, by key; layers without any keep what they have. The training steps
    count from 0 again. Arrays that cannot be written to are taken as they are, others are copied.

    Each layer must get all of its tensors, in their shapes: raises ``KeyError`` or ``ValueError``. ``weight_files.match``
    says what does not fit instead."""
    wanted = weights.tensor_shapes(project.graph)
    known = places(project.graph)
    nodes: dict[str, dict[str, np.ndarray]] = {}
    for name, array in tensors.items():
        place = known[name]
        nodes.setdefault(place.uid, {})[place.name] = _read_only(array, place.name)
    for uid, held in nodes.items():
        if not weights.fits(held, wanted[uid]):
            raise ValueError(f"not the tensors of {project.graph.by_uid[uid].path}")
    newer = Weights(0, Frozen({uid: Frozen(held) for uid, held in nodes.items()}))
    return replace(project, weights=project.weights.updated(newer))


def is_counter(name: str) -> bool:
    """Whether the tensor called ``name`` counts batches: int64 in torch, while all others are float32."""
    return name.rsplit(".", 1)[-1] == "num_batches_tracked"


def _read_only(array: np.ndarray, name: str) -> np.ndarray:
    kind = np.int64 if is_counter(name) else np.float32
    if array.dtype == kind and array.flags.c_contiguous and not array.flags.writeable:
        return array
    # Not ascontiguousarray: it gives a counter, which has no axes, one.
    copy = np.array(array, dtype=kind, order="C")
    copy.flags.writeable = False
    return copy
