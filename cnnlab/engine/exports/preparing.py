"""What every export starts from: the network with its weights, a picture to trace it with, and a description."""

from __future__ import annotations

import json

import torch
from torch import Tensor

from cnnlab.core.messages import message as _
from cnnlab.core.project.project import Project
from cnnlab.engine.exports.errors import ExportError
from cnnlab.engine.network import state
from cnnlab.engine.network.network import BuildError, Network
from cnnlab.version import __version__

PICTURES = "pictures"
LOGITS = "logits"
BATCH = "batch"
_TRACED_BATCH = 2
"""Not 1: tracing takes a size of 1 for one that never changes."""


def network(project: Project) -> Network:
    """The network in evaluation mode. Raises ``ExportError`` ("not-complete")."""
    try:
        return state.network(project)
    except BuildError as error:
        text = _(
            "Not exported: {why} Nothing was written, and the network is unchanged. Fix this, then export again.",
            why=error.message,
        )
        raise ExportError("not-complete", text) from error


def example(project: Project) -> Tensor:
    """Zeros ``(N, C, H, W)`` of the size that the Input node has."""
    params = project.graph.of_type("input")[0].params
    return torch.zeros(_TRACED_BATCH, params["channels"], params["height"], params["width"])


def described(project: Project) -> dict[str, str]:
    """The description in a file: title, the app, and how pictures become its input (JSON)."""
    preparation = project.preprocessing
    return {
        "title": project.title,
        "app": f"cnnlab {__version__}",
        "preprocessing": json.dumps({"scale": "0..1", "mean": preparation.mean, "std": preparation.std}),
    }
