"""The process that reads PyTorch's own files: ``torch.load`` stops code, but not every bomb and crash, so it runs apart.

A script, not to be imported by the app: it needs torch and safetensors but nothing of cnnlab, so it starts wherever it
lies. ``python -P reader.py FILE MAX_BYTES SECONDS`` writes safetensors to its standard output and exits with 0, or writes
``{"code": …, "what": …, "details": …}`` and exits with ``REFUSED``. It writes no file: the system is told to forbid it."""

from __future__ import annotations

import json
import os
import pickle
import re
import struct
import sys
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

REFUSED = 3
MAX_TENSORS = 10_000
LONGEST_NAME = 1000
_PICKLE_BYTES = 2**24
"""The largest pickle in a zip, which says what tensors there are."""
_WRAPPINGS = ("state_dict", "model_state_dict", "model", "net", "network")
"""What checkpoints call the weights, beside epoch and optimiser."""
_MAX_GROWTH = 8
"""How many bytes one byte of the file can become: a bool becomes an int64."""
_SPARE_BYTES = 2**28
"""Memory for torch itself, beyond what it has when it is imported."""
_ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError, KeyError, TypeError,
    IndexError, OverflowError, OSError,  # a place before the start of the file
)  # fmt: skip
_GLOBAL = re.compile(r"GLOBAL (\S+)")
_PROTOCOL = b"\x80\x02"
"""How the one kind of pickle begins that torch writes, and that it can read without running code."""


class Refused(Exception):
    """A file that is refused: a code of ``errors.Code``, and the part of the file that it is about."""

    def __init__(self, code: str, what: str = "", details: str = "") -> None:
        super().__init__(f"{code}: {what}")
        self.code = code
        self.what = what[:LONGEST_NAME]
        self.details = details[:2000]


def converted(path: str, max_bytes: int) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Contiguous float32 and int64 tensors by name, and where in the file they were. Raises ``Refused``."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(4)
        zipped = head == b"PK\x03\x04"
        file.seek(257)
        if not zipped and file.read(5) == b"ustar":
            raise Refused("old-format")
    if zipped:
        _check_zip(path, size)
    else:
        _check_protocol(head)
    value = _loaded(path, zipped)
    state, notes = _unwrapped(value)
    _check_tensors(state, size, max_bytes)
    return {name: _plain(tensor) for name, tensor in state.items()}, notes


def _check_zip(path: str, size: int) -> None:
    """Refuse what torch does not check: packed entries, entries that lie over each other, checksums, other kinds of zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            names = {info.filename.partition("/")[2]: info for info in infos}
            if len(infos) > MAX_TENSORS + 100:
                raise Refused("bomb", f"{len(infos):,} entries")
            if "constants.pkl" in names:
                raise Refused("whole-network", "TorchScript")
            if "data.pkl" not in names:
                raise Refused("not-weights", "zip")
            claimed = sum(info.file_size for info in infos)
            if claimed > size:
                raise Refused("bomb", f"{claimed:,} bytes in a file of {size:,}")
            if names["data.pkl"].file_size > _PICKLE_BYTES:
                raise Refused("bomb", f"data.pkl: {names['data.pkl'].file_size:,} bytes")
            broken = archive.testzip()
            with archive.open(names["data.pkl"]) as data:
                head = data.read(2)
    except _ZIP_ERRORS as error:
        raise Refused("damaged", details=f"{type(error).__name__}: {error}") from error
    if broken is not None:
        raise Refused("damaged", details=f"checksum of {broken}")
    _check_protocol(head)


def _check_protocol(head: bytes) -> None:
    if not head.startswith(_PROTOCOL):
        raise Refused("protocol", str(head[1]) if head[:1] == _PROTOCOL[:1] and len(head) > 1 else "0")


def _loaded(path: str, zipped: bool) -> Any:
    """What ``torch.load`` makes of the file. A zip is mapped, not read: tensors over it need no memory."""
    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except pickle.UnpicklingError as error:
        raise _not_unpickled(str(error)) from error
    except MemoryError as error:
        raise Refused("memory", details=str(error)) from error
    except Exception as error:  # torch names no set of errors for damaged files: whatever comes, it is refused
        text = f"{type(error).__name__}: {error}"
        if "magic number" in text:
            raise Refused("not-weights", "pickle", text) from error
        raise Refused("memory" if "allocate memory" in text else "damaged", details=text) from error


def _not_unpickled(text: str) -> Refused:
    """Code, the class of a network, or damage: torch says it in its sentence only. The rest of that sentence is advice to
    load the file without checks, and goes no further."""
    found = _GLOBAL.search(text)
    if found:
        name = found[1].rstrip(".")
        is_class = name.rpartition(".")[2][:1].isupper()
        return Refused("whole-network" if is_class else "code", name)
    reason = text.partition("WeightsUnpickler error:")[2].strip()
    return Refused("damaged", details=reason.partition("\n")[0])


def _unwrapped(value: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The mapping of names to tensors in a checkpoint, and notes on it: ``entry`` and ``left_out``."""
    notes: dict[str, str] = {}
    opened: list[dict[Any, Any]] = []  # a pickle may hold a mapping that lies in itself
    while isinstance(value, dict) and not _has_tensors(value) and not any(value is other for other in opened):
        opened.append(value)
        entry = next((name for name in _WRAPPINGS if isinstance(value.get(name), dict)), None)
        if entry is None:
            break
        notes["entry"] = f"{notes['entry']}.{entry}" if notes else entry
        notes["left_out"] = ", ".join(str(name)[:50] for name in value if name != entry)[:LONGEST_NAME]
        value = value[entry]
    if not isinstance(value, dict):
        raise Refused("not-weights", type(value).__name__)
    return value, notes


def _has_tensors(value: dict[Any, Any]) -> bool:
    import torch

    return any(isinstance(item, torch.Tensor) for item in value.values())


def _check_tensors(state: dict[Any, Any], size: int, max_bytes: int) -> None:
    """Check, before any is copied, that every tensor is a plain one over memory that the file fills."""
    import torch

    if len(state) > MAX_TENSORS:
        raise Refused("bomb", f"{len(state):,} tensors")
    storages: dict[int, int] = {}  # by where they start
    held = total = 0
    for name, tensor in state.items():
        if not isinstance(name, str) or len(name) > LONGEST_NAME:
            raise Refused("not-tensors", str(name)[:50])
        if not isinstance(tensor, torch.Tensor):
            raise Refused("not-tensors", f"{name} ({type(tensor).__name__})")
        if type(tensor) not in (torch.Tensor, torch.nn.Parameter) or tensor.layout is not torch.strided:
            raise Refused("kind", f"{name} ({type(tensor).__name__}, {tensor.layout})")
        if tensor.is_quantized or tensor.is_complex() or tensor.device.type != "cpu" or tensor.dim() > 8:
            raise Refused("kind", f"{name} ({tensor.dtype}, {tensor.device.type})")
        storage = tensor.untyped_storage()
        needed = tensor.numel() * tensor.element_size()
        if needed > storage.nbytes():
            raise Refused("bomb", f"{name}: {needed:,} bytes out of {storage.nbytes():,}")
        # torch enlarges a memory that a tensor reaches beyond, so what all memories take together is compared too.
        start = storage.data_ptr()
        held += max(storage.nbytes() - storages.get(start, 0), 0)
        storages[start] = max(storage.nbytes(), storages.get(start, 0))
        total += tensor.numel() * (4 if tensor.is_floating_point() else 8)
        if held > size or total > _MAX_GROWTH * size:
            raise Refused("bomb", f"{name}: more than a file of {size:,} bytes can hold")
    if total > max_bytes:
        raise Refused("too-large")
    if not state:
        raise Refused("empty")


def _plain(tensor: Tensor) -> Tensor:
    import torch

    kind = torch.float32 if tensor.is_floating_point() else torch.int64
    return tensor.detach().to(kind, copy=True).contiguous()


def _confine(path: str, max_bytes: int, seconds: int) -> None:
    """Take from this process what it does not need, where the system can: writing files, memory, time."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock and the checks above remain
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # At the first limit the system sends SIGXCPU, which tells why; at the second it kills.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    try:
        with open("/proc/self/statm") as file:
            held = int(file.read().split()[0]) * resource.getpagesize()
    except OSError:  # macOS does not say, and keeps to no such limit
        return
    # The file, mapped or read; its plain twin, and that as bytes to write.
    size = os.path.getsize(path)
    maximum = held + size + 2 * min(_MAX_GROWTH * size, max_bytes) + _SPARE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (maximum, maximum))


def main() -> int:
    """Read the file of the command line. What libraries print goes nowhere: standard output is for the answer."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    path, max_bytes, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    try:
        import torch
        from safetensors.torch import save

        torch.set_num_threads(1)
        _confine(path, max_bytes, seconds)
        tensors, notes = converted(path, max_bytes)
        content, status = save(tensors, metadata=notes), 0
    except Refused as refused:
        content, status = json.dumps(vars(refused)).encode(), REFUSED
    except MemoryError:
        content, status = json.dumps({"code": "memory", "what": "", "details": ""}).encode(), REFUSED
    with answer:
        answer.write(content)
    return status


if __name__ == "__main__":
    sys.exit(main())
