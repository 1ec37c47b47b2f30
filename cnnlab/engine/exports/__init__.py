"""What leaves cnnlab for other programs: ONNX, ``torch.export`` (``.pt2``), safetensors, and the table of the layers.

Every file is written whole or not at all. Source code is the subject of ``engine.codegen``."""

from __future__ import annotations

from cnnlab.engine.exports.errors import Code, ExportError
from cnnlab.engine.exports.layer_table import Row, Summary, summary
from cnnlab.engine.exports.onnx_export import OPSET, onnx_file
from cnnlab.engine.exports.torch_files import exported_program, safetensors_file

__all__ = [
    "OPSET",
    "Code",
    "ExportError",
    "Row",
    "Summary",
    "exported_program",
    "onnx_file",
    "safetensors_file",
    "summary",
]
