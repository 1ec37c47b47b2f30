"""The bytes of a safetensors file as arrays, after a look at its header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors

from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive import strict_json
from cnnlab.engine.archive.errors import Refused
from cnnlab.engine.weight_files.errors import refusal

_HEADER_LENGTH = 8
_METADATA = "__metadata__"
_MOST_AXES = 8


def decode(content: bytes, path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read-only float32 and int64 arrays by name, and the metadata. ``path`` names the file in a ``WeightFileError``."""
    metadata = _checked_header(content, path)
    try:
        tensors = safetensors.load(content)
    except (SafetensorError, KeyError, ValueError, TypeError, OverflowError, RuntimeError) as error:
        raise refusal("damaged", path, details=(f"{type(error).__name__}: {error}",)) from error
    if not tensors:
        raise refusal("empty", path)
    return {name: _plain(tensor, name, path) for name, tensor in tensors.items()}, metadata


def _plain(tensor: torch.Tensor, name: str, path: Path) -> np.ndarray:
    if tensor.is_complex() or tensor.dim() > _MOST_AXES:
        raise refusal("kind", path, f"{name} ({tensor.dtype})")
    array = tensor.to(torch.float32 if tensor.is_floating_point() else torch.int64).numpy()
    array.flags.writeable = False  # so that a project takes it without another copy
    return array


def _checked_header(content: bytes, path: Path) -> dict[str, str]:
    """The metadata, after what safetensors lets through: names that come twice, and any number of them."""
    length = int.from_bytes(content[:_HEADER_LENGTH], "little")
    if len(content) <= _HEADER_LENGTH:
        raise refusal("empty" if not content else "not-weights", path, _("a file of another kind"))
    if content[_HEADER_LENGTH : _HEADER_LENGTH + 1] != b"{":
        raise refusal("not-weights", path, _("a file of another kind"))
    if length > min(len(content) - _HEADER_LENGTH, fmt.JSON_BYTES):
        raise refusal("damaged", path)
    try:
        header: Any = strict_json.decode(content[_HEADER_LENGTH : _HEADER_LENGTH + length], path.name)
    except Refused as refused:
        raise refusal("damaged", path, details=(str(refused.reason), *refused.details)) from refused
    if not isinstance(header, dict):
        raise refusal("damaged", path)
    if len(header) > fmt.TENSORS:
        raise refusal("bomb", path, whole(len(header)))
    metadata = header.get(_METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise refusal("damaged", path)
    return metadata
