"""Reads a file of weights into arrays: safetensors here, PyTorch's own files in a process that can be killed."""

from __future__ import annotations

import json
import math
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import byte_count, whole
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive import strict_json
from cnnlab.engine.archive.disk import DISK
from cnnlab.engine.archive.errors import Refused
from cnnlab.engine.archive.format import FILE_BYTES
from cnnlab.engine.system import subprocesses
from cnnlab.engine.weight_files.errors import WeightFileError, refusal
from cnnlab.engine.weight_files.reader import REFUSED

MAX_BYTES = FILE_BYTES
"""The largest file, and the most that its float32 numbers may take: what a project file can hold."""
SECONDS = 120.0
_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


class Tensors(dict[str, np.ndarray]):
    """Read-only float32 and int64 arrays by the names in the file; ``notes`` say what in the file was left out."""

    notes: tuple[Message, ...] = ()


def read(
    path: Path,
    *,
    max_bytes: int = MAX_BYTES,
    timeout: float = SECONDS,
    cancelled: Callable[[], bool] = lambda: False,
) -> Tensors:
    """The tensors of a ``.safetensors`` file or of a ``state_dict`` that ``torch.save`` wrote; what a file is, its content
    says. No code in the file is run, and nothing is written.

    ``timeout`` is in seconds; ``cancelled`` is asked about every 50 ms. Raises ``WeightFileError``."""
    path = path.absolute()
    try:
        return _read(path, max_bytes, timeout, cancelled)
    except MemoryError as error:
        raise refusal("memory", path) from error


def _read(path: Path, max_bytes: int, timeout: float, cancelled: Callable[[], bool]) -> Tensors:
    try:
        with DISK.reader(path) as file:
            size = DISK.fstat(file.fileno()).st_size
            if size > max_bytes:
                raise refusal("too-large", path, maximum=byte_count(max_bytes))
            is_pickle = _is_pickle(file, size)
            file.seek(0)
            content = b"" if is_pickle else file.read(size)
    except FileNotFoundError as error:
        raise refusal("missing", path) from error
    except OSError as error:
        if path.is_dir():
            raise refusal("not-weights", path, _("a folder")) from error
        raise refusal("unreadable", path, error.strerror or error) from error
    if is_pickle:
        content = converted(path, max_bytes, timeout, cancelled)
    tensors, notes = decode(content, path)
    result = Tensors(tensors)
    if is_pickle:
        result.notes = _notes(path, notes)
    return result


def _is_pickle(file: BinaryIO, size: int) -> bool:
    """Whether PyTorch wrote the file: a zip, a bare pickle, or, long ago, a tar."""
    head = file.read(9)
    # The length of its header comes first in a safetensors file, and may look like the start of a pickle.
    if int.from_bytes(head[:8], "little") < size and head[8:] == b"{":
        return False
    file.seek(257)  # where a tar has its mark, behind the name of its first member
    return head.startswith(_PICKLES) or file.read(5) == b"ustar"


def _notes(path: Path, notes: dict[str, str]) -> tuple[Message, ...]:
    if "entry" not in notes:
        return ()
    if not notes["left_out"]:
        return (_("“{name}” is a checkpoint: its entry “{entry}” was read.", name=path.name, entry=notes["entry"]),)
    return (
        _(
            "“{name}” is a checkpoint: its entry “{entry}” was read, without {others}.",
            name=path.name,
            entry=notes["entry"],
            others=notes["left_out"],
        ),
    )


_SCRIPT = Path(__file__).with_name("reader.py")
_HEADER_BYTES = 2**24
"""How many bytes the answer of the process may have beyond the numbers in it."""
_OUT_OF_TIME = -getattr(signal, "SIGXCPU", 0)
"""The exit status of a process that has used up its CPU time; Windows sets no such limit."""


def converted(path: Path, max_bytes: int, timeout: float, cancelled: Callable[[], bool]) -> bytes:
    """The tensors in one of PyTorch's own files as safetensors, of at most ``max_bytes`` of numbers.

    Nothing of the process is left when this returns or raises ``WeightFileError``."""
    seconds = _("{count} seconds", count=f"{timeout:.0f}")
    arguments = [str(_SCRIPT), str(path), str(max_bytes), str(math.ceil(timeout))]
    try:
        ended = subprocesses.run(arguments, max_bytes=max_bytes + _HEADER_BYTES, timeout=timeout, cancelled=cancelled)
    except subprocesses.Stopped as stopped:
        limit = byte_count(max_bytes) if stopped.why == "too-large" else seconds
        raise refusal(stopped.why, path, maximum=limit) from stopped
    if ended.status == REFUSED:
        raise _error(bytes(ended.answer), path, max_bytes)
    if ended.status == _OUT_OF_TIME != 0:
        raise refusal("time", path, maximum=seconds)
    if ended.status:
        raise refusal("crashed", path, ended.status)
    return bytes(ended.answer)


def _error(content: bytes, path: Path, max_bytes: int) -> WeightFileError:
    """The error for which the process refused the file."""
    try:
        answer = json.loads(content)
        return refusal(
            answer["code"], path, answer["what"], maximum=byte_count(max_bytes), details=(answer["details"],)
        )
    except (ValueError, KeyError, TypeError):  # it was cut off, or is no longer what it was when it was started
        return refusal("crashed", path, REFUSED)


_HEADER_LENGTH = 8
_METADATA = "__metadata__"
_MAX_AXES = 8


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
    if tensor.is_complex() or tensor.dim() > _MAX_AXES:
        raise refusal("kind", path, f"{name} ({tensor.dtype})")
    array = tensor.to(torch.float32 if tensor.is_floating_point() else torch.int64).numpy()
    array.flags.writeable = False  # so that a project takes it without another copy
    return array


def _checked_header(content: bytes, path: Path) -> dict[str, str]:
    """The metadata in the header, after the checks that safetensors leaves out: names that come twice, and how many there are."""
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
