"""Weights from a file of another program: read as if somebody had made it to do harm, then matched with the network's layers.

::

    match = weight_files.match(project.graph, weight_files.read(path))
    project = weight_files.put(project, match)

``reading`` makes arrays of a file: it decodes safetensors itself, and has ``reader``, a process that can be killed, convert
PyTorch's own files. ``matching`` compares the arrays with a network and fills the layers that fit. ``errors`` words refusals.
"""

from __future__ import annotations

from cnnlab.engine.weight_files.errors import Code, WeightFileError
from cnnlab.engine.weight_files.matching import Extra, LayerMatch, Match, match, put
from cnnlab.engine.weight_files.reading import MAX_BYTES, Tensors, read

__all__ = [
    "MAX_BYTES",
    "Code",
    "Extra",
    "LayerMatch",
    "Match",
    "Tensors",
    "WeightFileError",
    "match",
    "put",
    "read",
]
