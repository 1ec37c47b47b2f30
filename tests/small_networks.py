"""Networks for tests, written as one line a layer, and numbers for them that no fresh network has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from cnnlab.core import catalog
from cnnlab.core.graph import Graph, Node, Wire
from cnnlab.core.project import Project
from cnnlab.engine import state

Layer = tuple[str, str, dict[str, Any]] | tuple[str, str, dict[str, Any], Sequence[str]]
"""Path, type, parameters that differ from the defaults, and what feeds it (``split:1`` is the second output): the layer
before, if not said."""


def project(*layers: Layer, size: tuple[int, int, int] = (2, 8, 7), title: str = "") -> Project:
    """The layers between an Input of ``size`` (C, H, W) and an Output; uids differ from paths."""
    channels, height, width = size
    nodes, wires = [], []
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
    for name, tensor in state.state_dict(project).items():
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
