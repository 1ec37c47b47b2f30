"""A file of weights as arrays: safetensors are read here, PyTorch's own files by a process that can be killed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import byte_count
from cnnlab.engine.archive.disk import DISK
from cnnlab.engine.archive.format import FILE_BYTES
from cnnlab.engine.weight_files import process, safetensors_bytes
from cnnlab.engine.weight_files.errors import refusal

MOST_BYTES = FILE_BYTES
"""Of a file, and of the float32 numbers in it: what a project file can hold."""
SECONDS = 120.0
_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


class Tensors(dict[str, np.ndarray]):
    """Read-only float32 and int64 arrays by the names in the file; ``notes`` say what in the file was left out."""

    notes: tuple[Message, ...] = ()


def read(
    path: Path,
    *,
    most_bytes: int = MOST_BYTES,
    timeout: float = SECONDS,
    cancelled: Callable[[], bool] = lambda: False,
) -> Tensors:
    """The tensors of a ``.safetensors`` file or of a ``state_dict`` that ``torch.save`` wrote; what a file is, its content
    says. No code in the file is run, and nothing is written.

    ``timeout`` is in seconds; ``cancelled`` is asked about every 50 ms. Raises ``WeightFileError``."""
    path = path.absolute()
    try:
        return _read(path, most_bytes, timeout, cancelled)
    except MemoryError as error:
        raise refusal("memory", path) from error


def _read(path: Path, most_bytes: int, timeout: float, cancelled: Callable[[], bool]) -> Tensors:
    try:
        with DISK.reader(path) as file:
            size = DISK.fstat(file.fileno()).st_size
            if size > most_bytes:
                raise refusal("too-large", path, most=byte_count(most_bytes))
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
        content = process.converted(path, most_bytes, timeout, cancelled)
    tensors, told = safetensors_bytes.decode(content, path)
    result = Tensors(tensors)
    if is_pickle:
        result.notes = _notes(path, told)
    return result


def _is_pickle(file: BinaryIO, size: int) -> bool:
    """Whether PyTorch wrote it: a zip, a bare pickle, or, long ago, a tar."""
    head = file.read(9)
    # The length of its header comes first in a safetensors file, and may look like the start of a pickle.
    if int.from_bytes(head[:8], "little") < size and head[8:] == b"{":
        return False
    file.seek(257)  # where a tar has its mark, behind the name of its first member
    return head.startswith(_PICKLES) or file.read(5) == b"ustar"


def _notes(path: Path, told: dict[str, str]) -> tuple[Message, ...]:
    if "entry" not in told:
        return ()
    if not told["left_out"]:
        return (_("“{name}” is a checkpoint: its entry “{entry}” was read.", name=path.name, entry=told["entry"]),)
    return (
        _(
            "“{name}” is a checkpoint: its entry “{entry}” was read, without {others}.",
            name=path.name,
            entry=told["entry"],
            others=told["left_out"],
        ),
    )
