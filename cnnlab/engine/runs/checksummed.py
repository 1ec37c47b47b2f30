"""Files of arrays with a JSON document beside them, under one checksum: how a run keeps weights and states.

Each is a safetensors file that any reader of such files opens. The document lies in it as the bytes of a tensor of its own, so
that one replaced file is one state, and a state is never put together from two; ``sha256`` in its metadata is over all of it,
because safetensors itself takes flipped bits for numbers.

A project file is a zip with a list of contents instead (``engine.archive.format``), because it is for people and for other
programs: its parts are read one without another, a later version adds some that this one leaves alone, and a file browser finds
a picture in it. Of a file here nobody wants a part, and one is written every few seconds while a run trains: arrays behind one
header. Files of both kinds must be read for ever, so that folding one into the other would leave three ways to read."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import byte_count
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive import messages, strict_json
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.archive.errors import Refused
from cnnlab.engine.system import memory

Arrays = Mapping[str, NDArray[Any]]

_DOCUMENT = "document.json"
_KIND = "cnnlab run 1"
_HEADER_LENGTH = 8
_WHOLE = "$whole"
_REAL = "$real"
_TEXT = "$text"
_TAGS = (_WHOLE, _REAL, _TEXT)


def pack(arrays: Arrays, document: Mapping[str, Any]) -> bytes:
    """The bytes of a file with ``arrays`` and the JSON-like ``document``, in which whole numbers of any length, long texts, NaN
    and infinities may be."""
    text = np.frombuffer(strict_json.encode(_plain(document)), np.uint8)
    held = {**{name: np.asarray(array, order="C") for name, array in arrays.items()}, _DOCUMENT: text}
    return safetensors.save(held, {"kind": _KIND, "sha256": _checksum(held)})


def unpack(data: bytes) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read-only arrays by name, and the document, from the bytes of such a file. Raises ``Refused`` for anything that ``pack``
    did not make."""
    said = _said_checksum(data)
    try:
        arrays = safetensors.load(data)
    except (SafetensorError, KeyError, ValueError, TypeError, OverflowError, AttributeError) as error:
        raise _damaged(_("it is cut off, or its arrays cannot be read"), error) from error
    if _DOCUMENT not in arrays or _checksum(arrays) != said:
        raise _damaged(_("it does not match its checksum"))
    document = _restored(strict_json.decode(arrays.pop(_DOCUMENT).tobytes(), _DOCUMENT))
    if not isinstance(document, dict):
        raise Refused("invalid", _("It does not describe anything."), where=_DOCUMENT)
    for array in arrays.values():
        array.flags.writeable = False
    return arrays, document


def read(path: Path, disk: Disk = DISK) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Read-only arrays by name, and the document, from the file at ``path``. Raises ``ProjectError``."""
    try:
        with disk.reader(path) as file:
            size = disk.fstat(file.fileno()).st_size
            if size > memory.physical_bytes():
                raise Refused("too-large", _("it takes {size}", size=byte_count(size)))
            return unpack(file.read(size))
    except Refused as refused:
        raise messages.not_opened(path, refused) from refused
    except OSError as error:
        raise messages.not_readable(path, error) from error


def _checksum(arrays: Arrays) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.asarray(arrays[name], order="C")
        digest.update(f"{name}\0{array.dtype.name}\0{array.shape}\0".encode())
        digest.update(array.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _said_checksum(data: bytes) -> str:
    """The checksum in the header, after the checks that safetensors leaves out: names that come twice, and its length."""
    length = int.from_bytes(data[:_HEADER_LENGTH], "little")
    if not 0 < length <= min(len(data) - _HEADER_LENGTH, fmt.JSON_BYTES):
        raise _damaged(_("it is empty") if not data else _("its table of contents is missing"))
    header = strict_json.decode(data[_HEADER_LENGTH : _HEADER_LENGTH + length], "header")
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    if not isinstance(metadata, dict) or metadata.get("kind") != _KIND or len(header) > 4 * fmt.TENSORS:
        raise Refused("not-a-project", _("it is a file of another kind"))
    return str(metadata.get("sha256"))


def _plain(value: object) -> object:
    """``value`` without what strict JSON refuses."""
    if isinstance(value, Mapping):
        if any(key in _TAGS for key in value):
            raise ValueError(f"{sorted(value)} cannot be told from what stands for a value")
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {_REAL: repr(value)}
    if isinstance(value, int) and abs(value) >= fmt.WHOLE_BELOW:
        return {_WHOLE: f"{value:x}"}
    if isinstance(value, str) and len(value) > fmt.TEXT_LENGTH:
        return {_TEXT: [value[at : at + fmt.TEXT_LENGTH] for at in range(0, len(value), fmt.TEXT_LENGTH)]}
    return value


def _restored(value: Any) -> Any:
    """The way back from ``_plain``. Raises ``Refused``."""
    if isinstance(value, list):
        return [_restored(item) for item in value]
    if not isinstance(value, dict):
        return value
    if not any(key in _TAGS for key in value):
        return {key: _restored(item) for key, item in value.items()}
    try:
        ((tag, content),) = value.items()
        if tag == _WHOLE:
            return int(content, 16)
        return float(content) if tag == _REAL else "".join(content)
    except (ValueError, TypeError) as error:
        reason = _("A value is written in a way that cnnlab never uses.")
        raise Refused("invalid", reason, where=_DOCUMENT, details=(str(error),)) from error


def _damaged(reason: Message, error: Exception | None = None) -> Refused:
    return Refused("damaged", reason, details=(f"{type(error).__name__}: {error}",) if error else ())
