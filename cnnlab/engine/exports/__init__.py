"""What leaves cnnlab for other programs: ONNX, ``torch.export`` (``.pt2``), safetensors, and the table of the layers.

Every file is written whole or not at all. Source code is the subject of ``engine.codegen``."""

from __future__ import annotations

from cnnlab.engine.exports.errors import Code, ExportError
from cnnlab.engine.exports.layer_table import Row, Summary, summary

__all__ = [
    "Code",
    "ExportError",
    "Row",
    "Summary",
    "summary",
]
