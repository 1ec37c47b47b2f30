"""What leaves cnnlab for other programs: ONNX, ``torch.export`` (``.pt2``), safetensors, and the table of the layers.

``formats`` lists the kinds of file and writes one, whole or not at all. ``onnx_export`` and ``torch_files`` make the content of
those with weights, from the network that ``preparing`` builds; ``layer_table`` makes the table, and ``engine.codegen`` the source
code. ``process`` has heavy files made by ``writer``, in a process that can be stopped, and ``handover`` passes the project to it
and an error back. ``errors`` says why nothing was exported.
"""

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
