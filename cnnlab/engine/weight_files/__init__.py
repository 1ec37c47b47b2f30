"""Weights from a file of another program: read as if somebody had made it to do harm, then laid beside the network's layers.

::

    match = weight_files.match(project.graph, weight_files.read(path))
    project = weight_files.put(project, match)
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
