"""Networks for tests, written as one line a layer, and numbers for them that no fresh network has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from cnnlab.core import catalog
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.project.project import Project
from cnnlab.engine.network import state

Layer = tuple[str, str, dict[str, Any]] | tuple[str, str, dict[str, Any], Sequence[str]]
"""Path, type, parameters that differ from the defaults, and what feeds it (``split:1`` is the second output): the layer
before, if not said."""


def project(*layers: Layer, size: tuple[int, int, int] = (2, 8, 7), title: str = "") -> Project:
    """The layers between an Input of ``size`` (C, H, W) and an Output; uids differ from paths."""
    channels, height, width = size
    nodes: list[Node] = []
    wires: list[Wire] = []
    first: Layer = ("input", "input", {"channels": channels, "height": height, "width": width}, ())
    for path, key, params, *rest in (first, *layers, ("output", "output", {})):
        spec = catalog.BY_KEY[key]
        sources = rest[0] if rest else [nodes[-1].path]
        nodes.append(Node(f"uid-{path}", path, key, spec.normal(params), spec.version))
        for port, source in enumerate(sources):
            name, _colon, output = source.partition(":")
            wires.append(Wire(f"uid-{name}", f"uid-{path}", int(output or 0), port))
    return Project(Graph(tuple(nodes), tuple(wires)), title=title)


def with_numbers(project: Project, seed: int = 0) -> Project:
    """The project with weights that differ everywhere, statistics of batch normalisation included."""
    generator = torch.Generator().manual_seed(seed)
    tensors: dict[str, np.ndarray] = {}
    for name, tensor in state.network(project).state_dict().items():
        if state.is_counter(name):
            tensors[name] = np.array(7)
        else:
            drawn = torch.rand(tensor.shape, generator=generator)
            tensors[name] = (drawn + 0.5 if name.endswith("running_var") else (drawn - 0.5) / 2).numpy()
    return state.from_state_dict(project, tensors)


CHAIN = project(
    ("conv1", "conv2d", {"out_channels": 4, "padding": 1}),
    ("bn1", "batchnorm2d", {}),
    ("relu1", "relu", {}),
    ("pool1", "maxpool2d", {}),
    ("flatten", "flatten", {}),
    ("drop", "dropout", {}),
    ("fc", "linear", {"out_features": 5}),
    title="Chain",
)
RESIDUAL = project(
    ("stem", "conv2d", {"out_channels": 4, "padding": 1, "bias": False}),
    ("layer1.0.conv1", "conv2d", {"out_channels": 4, "padding": "same", "bias": False}),
    ("layer1.0.bn1", "batchnorm2d", {}),
    ("layer1.0.relu", "relu", {}),
    ("layer1.0.conv2", "conv2d", {"out_channels": 4, "padding": 1, "groups": 2}),
    ("layer1.0.shortcut", "conv2d", {"out_channels": 4, "kernel_size": 1}, ["stem"]),
    ("layer1.0.add", "add", {}, ["layer1.0.conv2", "layer1.0.shortcut"]),
    ("layer1.1.cat", "concatenate", {}, ["layer1.0.add", "stem", "layer1.0.relu"]),
    ("avgpool", "adaptiveavgpool2d", {"output_size": 1}),
    ("flatten", "flatten", {}),
    ("fc", "linear", {"out_features": 5}),
    title="Residual",
)


def _tail(*layers: Layer) -> tuple[Layer, ...]:
    return (*layers, ("flatten", "flatten", {}), ("fc", "linear", {"out_features": 5}))


_ACTIVATIONS = (
    "relu",
    "relu6",
    "leakyrelu",
    "elu",
    "gelu",
    "silu",
    "hardswish",
    "sigmoid",
    "hardsigmoid",
    "tanh",
    "softplus",
)
EVERY_LAYER: dict[str, Project] = {
    "features": project(
        (
            "conv",
            "conv2d",
            {"out_channels": 4, "kernel_size": (3, 2), "padding": 1, "groups": 2, "padding_mode": "circular"},
        ),
        ("even", "conv2d", {"out_channels": 4, "kernel_size": 2, "padding": "same", "bias": False}),
        ("up", "convtranspose2d", {"out_channels": 3, "stride": 2, "padding": 1, "output_padding": 1}),
        ("last", "permute", {"order": "0, 2, 3, 1"}),
        ("pixels", "linear_last", {"out_features": 6}),
        ("first", "permute", {"order": "0, 3, 1, 2"}),
        *_tail(),
    ),
    "pooling": project(
        ("max", "maxpool2d", {"kernel_size": 3, "stride": 1, "padding": 1, "ceil_mode": True}),
        (
            "avg",
            "avgpool2d",
            {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False},
        ),
        ("min", "minpool2d", {"kernel_size": 2, "stride": 1, "padding": 1}),
        ("avgto", "adaptiveavgpool2d", {"output_size": (1, 5)}),
        ("maxto", "adaptivemaxpool2d", {"output_size": 1}),
        ("global", "globalavgpool", {}),
        ("six", "linear", {"out_features": 6}),
        ("maps", "unflatten", {"size": (3, 2)}),
        *_tail(),
        size=(2, 8, 8),
    ),
    "activation": project(
        *((key, key, {}) for key in _ACTIVATIONS),
        ("prelu", "prelu", {"per": "channel"}),
        ("tanhgelu", "gelu", {"approximate": "tanh"}),
        *_tail(("slope", "prelu", {})),
        ("softmax", "softmax", {}),
        ("logsoftmax", "logsoftmax", {}),
    ),
    "normalisation": project(
        ("conv", "conv2d", {"out_channels": 4}),
        ("batch", "batchnorm2d", {"affine": False}),
        ("all", "layernorm", {"over": "all"}),
        ("pixel", "layernorm2d", {}),
        ("group", "groupnorm", {"num_groups": 2}),
        ("instance", "instancenorm2d", {"affine": True}),
        ("tracked", "instancenorm2d", {"track_running_stats": True}),
        ("local", "localresponsenorm", {"size": 3, "alpha": 0.1}),
        ("block.scale", "scale", {"form": "C, 1, 1"}),
        ("one", "scale", {"form": "1", "initial": 0.5}),
        ("fixed", "normalise", {"scale": (0.5, 1.0, 2.0, 4.0), "shift": (0.0, 1.0, 2.0, 3.0)}),
        ("last", "layernorm", {"over": "last axis"}),
        *_tail(),
        ("values", "batchnorm1d", {}),
    ),
    "regularisation": project(
        ("maps", "dropout2d", {}), ("depth", "stochasticdepth", {"mode": "batch"}), *_tail(("drop", "dropout", {}))
    ),
    "shape and join": project(
        ("zero", "zeropad2d", {"left": 2}),
        ("mirror", "reflectionpad2d", {"right": 2}),
        ("edge", "replicationpad2d", {"top": 0}),
        ("more", "padchannels", {"before": 1, "after": 3}),
        ("larger", "upsample", {"mode": "bilinear", "scale_factor": (2, 1)}),
        ("corners", "upsample", {"mode": "bicubic", "align_corners": True}),
        ("nearest", "upsample", {}),
        ("shuffle", "channelshuffle", {"groups": 3}),
        ("split", "split", {"chunks": 3}),
        ("same", "identity", {}, ["split:2"]),
        ("cat", "concatenate", {}, ["same", "split:0", "split:1"]),
        ("pooled", "adaptiveavgpool2d", {}),
        ("product", "multiply", {}, ["cat", "pooled"]),
        ("sum", "add", {}, ["product", "shuffle", "cat"]),
        ("pool", "maxpool2d", {"kernel_size": 8, "stride": 8}),
        *_tail(),
    ),
}
"""Networks that together have every layer of the catalogue, by family."""
