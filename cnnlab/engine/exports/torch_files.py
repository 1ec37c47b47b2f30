"""The network as files that PyTorch reads without cnnlab: a program (``.pt2``), and its weights (``.safetensors``)."""

from __future__ import annotations

import io

import torch
from safetensors import torch as safetensors

from cnnlab.core.messages import message as _
from cnnlab.core.project.project import Project
from cnnlab.engine.exports import preparing
from cnnlab.engine.exports.errors import ExportError


def program_content(project: Project) -> memoryview:
    """The network in evaluation mode as a ``.pt2`` file, which ``torch.export.load(path).module()`` makes into a module:
    pictures ``(N, C, H, W)`` of the Input's size, N free, to logits ``(N, classes)``. Raises ``ExportError``."""
    network = preparing.network(project)
    free = ({0: torch.export.Dim(preparing.BATCH)},)
    try:
        program = torch.export.export(network, (preparing.example(project),), dynamic_shapes=free)
    except (RuntimeError, ValueError) as error:  # torch names no common class; UserError is one, a wrong Dim the other
        text = _(
            "Not exported: PyTorch cannot trace this network ({reason}). Nothing was written, and the network is unchanged. "
            "Export its source code instead, or replace the layer.",
            reason=str(error).strip().split("\n")[0],
        )
        raise ExportError("not-supported", text, details=(str(error),)) from error
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # it has the folders of this computer in it
    content = io.BytesIO()
    torch.export.save(program, content)
    return content.getbuffer()


def weights_content(project: Project) -> bytes:
    """The weights, fresh ones included, as safetensors under the keys of ``state_dict``; the header says title and app.
    Raises ``ExportError``."""
    tensors = preparing.network(project).state_dict()
    return safetensors.save(dict(tensors), metadata={"format": "pt", **preparing.described(project)})
