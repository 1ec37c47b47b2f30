"""The network as an ONNX file."""

from __future__ import annotations

import importlib.util
import re
from typing import TYPE_CHECKING

import torch

from cnnlab.core.messages import message as _
from cnnlab.core.numerals import byte_count
from cnnlab.core.project.project import Project
from cnnlab.engine.exports import preparing
from cnnlab.engine.exports.errors import ExportError

if TYPE_CHECKING:
    from onnx import ModelProto

OPSET = 20
"""The version of ONNX's operators that is written; programs of 2024 and later read it."""
_PACKAGES = ("onnx", "onnxscript")
_OPERATOR = re.compile(r"No ONNX function found for <OpOverload\(op='([\w.]+)'")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
"""PyTorch writes its errors for a terminal."""
_MAX_BYTES = 2**31 - 2**24
"""How much weights may take. An ONNX file is one protobuf message, which stays below 2 GiB; the rest is for the graph."""


def onnx_content(project: Project) -> bytes:
    """The network in evaluation mode as one ONNX file of opset ``OPSET``.

    The input ``pictures`` is ``(batch, C, H, W)``, prepared as the project prepares pictures, and the output ``logits``
    ``(batch, classes)``; ``batch`` is free. Weights are called as in ``state_dict``; batch normalisation is worked into the
    convolution before it. The file's own description names the opset. Raises ``ExportError``."""
    require_packages()
    content: bytes = _model(project).SerializeToString()
    return content


def require_packages() -> None:
    """Raise ``ExportError`` ("missing-package") where this Python cannot write ONNX."""
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        text = _(
            "Not exported: ONNX needs {packages}, which this Python does not have. Nothing was written. Install it with "
            "pip install onnx onnxscript, then export again.",
            packages=", ".join(missing),
        )
        raise ExportError("missing-package", text)


def _model(project: Project) -> ModelProto:
    network = preparing.network(project)
    held = sum(tensor.nbytes for tensor in network.state_dict().values())
    if held > _MAX_BYTES:
        text = _(
            "Not exported: the weights take {size}, and an ONNX file in one piece holds 2 GB. Nothing was written. Export as "
            "safetensors or .pt2, or use fewer filters.",
            size=byte_count(held),
        )
        raise ExportError("too-large", text)
    try:
        program = torch.onnx.export(
            network,
            (preparing.example(project),),
            dynamo=True,
            input_names=[preparing.PICTURES],
            output_names=[preparing.LOGITS],
            dynamic_shapes=({0: torch.export.Dim(preparing.BATCH)},),
            opset_version=OPSET,
            verbose=False,
        )
    except torch.onnx.OnnxExporterError as error:
        text = _(
            "Not exported: PyTorch cannot write this network as ONNX ({reason}). Nothing was written, and the network is "
            "unchanged. Export as .pt2, or replace the layer.",
            reason=_reason(error),
        )
        raise ExportError("not-supported", text, details=(_COLOURS.sub("", str(error)),)) from error
    assert program is not None
    model: ModelProto = program.model_proto
    _describe(model, project)
    return model


def _reason(error: BaseException) -> str:
    """The operator that ONNX lacks, if that is why; else the first line of the error at the root of ``error``."""
    operator = _OPERATOR.search(str(error))
    if operator:
        return operator[1]
    while error.__cause__:
        error = error.__cause__
    return _COLOURS.sub("", str(error)).strip().split("\n")[0]


def _describe(model: ModelProto, project: Project) -> None:
    """Say what the file is, and take out where on this computer each operator was traced from."""
    for node in model.graph.node:
        kept = [entry for entry in node.metadata_props if entry.key == "namespace"]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    described = preparing.described(project)
    model.doc_string = (
        f"{described['title'] or 'A network'}, exported from {described['app']}. ONNX opset {OPSET}. "
        f"Input {preparing.PICTURES} (batch, C, H, W), output {preparing.LOGITS} (batch, classes)."
    )
    for key, value in described.items():
        model.metadata_props.add(key=key, value=value)
