"""Files that somebody might offer as weights: by name, how each is made and the code that it is refused with."""

from __future__ import annotations

import io
import json
import os
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn


class Calls:
    """An object that calls ``function`` where it is unpickled without care."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def saved(value: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


def legacy(value: Any) -> bytes:
    return saved(value, _use_new_zipfile_serialization=False)


def claiming(size: tuple[int, ...], stride: tuple[int, ...]) -> Calls:
    """A tensor over four numbers that says it is larger."""
    storage = torch.storage.TypedStorage(
        wrap_storage=torch.ones(4).untyped_storage(), dtype=torch.float32, _internal=True
    )
    return Calls(torch._utils._rebuild_tensor_v2, storage, 0, size, stride, False, {})


def packed_again(content: bytes, method: int = zipfile.ZIP_DEFLATED, **changed: bytes) -> bytes:
    """The same zip with its entries packed, and some of them changed or added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", method) as new:
        for info in old.infolist():
            name = info.filename.partition("/")[2]
            new.writestr(info.filename, changed.pop(name.replace(".", "_"), old.read(info)))
        for name, data in changed.items():
            new.writestr(f"archive/{name.replace('_', '.')}", data)
    return file.getvalue()


def flipped(content: bytes, of: bytes) -> bytes:
    """With one bit of the part ``of`` changed."""
    at = content.index(of) + len(of) // 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def safetensors(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def tensor(start: int, end: int, shape: list[int], dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def endless() -> bytes:
    """A pickle that ends, after 2⁶⁰ steps: tuples of tuples of tuples, whose hash is asked for."""
    steps = b"h\x00\x86q\x00" * 60
    return packed_again(saved({}), zipfile.ZIP_STORED, data_pkl=b"\x80\x02})q\x00" + steps + b"K\x01s.")


def within_itself() -> bytes:
    """A checkpoint whose weights are the checkpoint."""
    checkpoint: dict[str, Any] = {"epoch": 3}
    checkpoint["state_dict"] = {"model": checkpoint}
    return saved(checkpoint)


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("sys_info"), io.BytesIO())
    return file.getvalue()


_NUMBERS: dict[str, Tensor] = {"fc.weight": torch.arange(400.0).reshape(20, 20)}
_BYTES = _NUMBERS["fc.weight"].numpy().tobytes()
_GOOD = saved(_NUMBERS)


def _shared(count: int) -> dict[str, Tensor]:
    storage = torch.ones(10_000)
    return {f"layer{number}.weight": storage.view(100, 100) for number in range(count)}


def _sparse() -> Tensor:
    return torch.sparse_coo_tensor(torch.tensor([[0, 1]]), torch.ones(2), (4,), check_invariants=True)


def files(canary: Path) -> dict[str, tuple[str, Callable[[], bytes]]]:
    """By name: the code, and what makes the file. Each that is run makes ``canary``."""
    touch = Calls(os.system, f"touch {canary}")
    return {
        # code
        "os.system": ("code", lambda: saved({"a": touch})),
        "os.system in an old file": ("code", lambda: legacy({"a": touch})),
        "os.system beside good numbers": ("code", lambda: saved({**_NUMBERS, "epoch": touch})),
        "eval": ("code", lambda: saved({"a": Calls(eval, f"open({str(canary)!r}, 'w')")})),
        "getattr": ("code", lambda: saved({"a": Calls(getattr, "x", "upper")})),
        "torch.load within": ("code", lambda: saved({"a": Calls(torch.load, str(canary))})),
        "a whole network": ("whole-network", lambda: saved(nn.Sequential(nn.Linear(2, 2)))),
        "a whole network in an old file": ("whole-network", lambda: legacy(nn.Linear(2, 2))),
        "an object of a program": ("whole-network", lambda: saved({"args": Path("x"), **_NUMBERS})),
        "TorchScript": ("whole-network", lambda: packed_again(_GOOD, zipfile.ZIP_STORED, constants_pkl=b"")),
        "another protocol": ("protocol", lambda: saved(_NUMBERS, pickle_protocol=4)),
        "another protocol, bare": ("protocol", lambda: pickle.dumps({"a": 1}, 5)),
        # bombs
        "packed zeros": ("bomb", lambda: packed_again(saved({"a": torch.zeros(2**22)}))),
        "stride 0": ("bomb", lambda: saved({"a": torch.zeros(1).expand(10**6, 10**6)})),
        "stride 0 in an old file": ("bomb", lambda: legacy({"a": torch.zeros(1).expand(10**6, 10**6)})),
        "reaches beyond its memory": ("damaged", lambda: saved({"a": claiming((10**6,), (1,))})),
        "reaches beyond its memory, in an old file": ("damaged", lambda: legacy({"a": claiming((10**6,), (1,))})),
        "reaches beyond all memory, in an old file": ("memory", lambda: legacy({"a": claiming((10**13,), (1,))})),
        "one memory, many names": ("bomb", lambda: saved(_shared(200))),
        "many entries": (
            "bomb",
            lambda: packed_again(_GOOD, zipfile.ZIP_STORED, **{f"data/{n}x": b"" for n in range(10_200)}),
        ),
        "many tensors": ("bomb", lambda: saved({str(number): torch.zeros(()) for number in range(10_001)})),
        "a negative size": ("damaged", lambda: saved({"a": claiming((-3,), (1,))})),
        # no tensors, or strange ones
        "a list": ("not-weights", lambda: saved([torch.ones(2)])),
        "one tensor": ("not-weights", lambda: saved(torch.ones(2))),
        "a checkpoint without weights": ("not-tensors", lambda: saved({"epoch": 3})),
        "a checkpoint within itself": ("not-tensors", lambda: within_itself()),
        "a number between tensors": ("not-tensors", lambda: saved({**_NUMBERS, "epoch": 3})),
        "names that are numbers": ("not-tensors", lambda: saved({1: torch.ones(2)})),
        "a long name": ("not-tensors", lambda: saved({"x" * 10_000: torch.ones(2)})),
        "sparse": ("kind", lambda: saved({"a": _sparse()})),
        "complex": ("kind", lambda: saved({"a": torch.ones(2, dtype=torch.complex64)})),
        "meta": ("kind", lambda: saved({"a": torch.ones(2, device="meta")})),
        "many axes": ("kind", lambda: saved({"a": torch.ones([1] * 9)})),
        "nothing": ("empty", lambda: saved({})),
        # damage
        "cut off": ("damaged", lambda: _GOOD[:-100]),
        "half": ("damaged", lambda: _GOOD[: len(_GOOD) // 2]),
        "a bit of a number flipped": ("damaged", lambda: flipped(_GOOD, _BYTES)),
        "an old file cut off": ("damaged", lambda: legacy(_NUMBERS)[:-100]),
        "its pickle cut off": ("damaged", lambda: packed_again(_GOOD, zipfile.ZIP_STORED, data_pkl=b"\x80\x02}q")),
        "its pickle is noise": (
            "damaged",
            lambda: packed_again(_GOOD, zipfile.ZIP_STORED, data_pkl=b"\x80\x02" + bytes(range(99))),
        ),
        "nested 100,000 deep": (
            "damaged",
            lambda: packed_again(_GOOD, zipfile.ZIP_STORED, data_pkl=b"\x80\x02" + b"(" * 10**5),
        ),
        # files of other kinds
        "nothing at all": ("empty", lambda: b""),
        "text": ("not-weights", lambda: b"<!DOCTYPE html><title>404</title>"),
        "one byte": ("not-weights", lambda: b"\x80"),
        "a picture": ("not-weights", lambda: b"\x89PNG\r\n\x1a\n" + bytes(64)),
        "another zip": ("not-weights", lambda: _zip("mimetype")),
        "another pickle": ("not-weights", lambda: pickle.dumps({"a": 1}, 2)),
        "a tar": ("old-format", lambda: tarred()),
        # safetensors
        "safetensors cut off": ("damaged", lambda: save(_NUMBERS)[:-1]),
        "safetensors with more behind": ("damaged", lambda: save(_NUMBERS) + b"x"),
        "safetensors without tensors": ("empty", lambda: safetensors({})),
        "safetensors that claim 4 TB": ("damaged", lambda: safetensors({"a": tensor(0, 4, [10**6, 10**6])}, bytes(4))),
        "safetensors that overflow": ("damaged", lambda: safetensors({"a": tensor(0, 4, [2**40, 2**40])}, bytes(4))),
        "safetensors over each other": (
            "damaged",
            lambda: safetensors({"a": tensor(0, 4, [1]), "b": tensor(0, 4, [1])}, bytes(4)),
        ),
        "safetensors with one name twice": (
            "damaged",
            lambda: safetensors(b'{"a":%s,"a":%s}' % ((json.dumps(tensor(0, 4, [1])).encode(),) * 2), bytes(4)),
        ),
        "safetensors with a header of 2⁶³": ("not-weights", lambda: safetensors({}, length=2**63)[:8] + b"x" * 99),
        "safetensors with a header beyond the end": ("damaged", lambda: safetensors({"a": 1}, length=1000)),
        "safetensors with no JSON": ("damaged", lambda: safetensors(b"{nonsense}")),
        "safetensors of an unknown kind": ("damaged", lambda: safetensors({"a": tensor(0, 4, [1], "F33")}, bytes(4))),
        "complex safetensors": ("kind", lambda: save({"a": torch.ones(2, dtype=torch.complex64)})),
        "many safetensors": ("bomb", lambda: safetensors({str(n): tensor(0, 0, [0]) for n in range(10_001)})),
    }


def _zip(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, b"x")
    return file.getvalue()
