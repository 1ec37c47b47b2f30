"""The idx format of MNIST and Fashion-MNIST.

It is described at <http://yann.lecun.com/exdb/mnist/>: two zero bytes, the type (8: unsigned byte), the number of axes, each
axis as a big-endian 32-bit integer, then the values.
"""

from __future__ import annotations

import math
import struct
import zlib
from pathlib import Path

import torch

_MAX_BYTES = 2**30
"""Unpacked; MNIST's largest file holds 47 MB."""


class Damaged(Exception):
    """A file that does not hold what it should."""


def read(path: Path, item: tuple[int, ...] = (), count: int | None = None) -> torch.Tensor:
    """A gzipped idx file of unsigned bytes, which must hold exactly ``(count, *item)``; without ``count``, as many as it says.
    A file that does not end in ``.gz`` is not packed.

    Raises ``Damaged``, or ``OSError`` where the file cannot be read."""
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = _unpacked(content, item)
    held = int.from_bytes(content[4:8], "big")
    header = _header(held if count is None else count, item)
    if len(content) != len(header) + math.prod((held, *item)) or not content.startswith(header):
        raise Damaged
    return torch.frombuffer(bytearray(content), dtype=torch.uint8, offset=len(header)).view(held, *item)


def _header(count: int, item: tuple[int, ...]) -> bytes:
    return struct.pack(f">HBB{1 + len(item)}I", 0, 8, 1 + len(item), count, *item)


def _unpacked(packed: bytes, item: tuple[int, ...]) -> bytes:
    """The content of a gzip file, as far as its own header says that it goes."""
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        start = unpacker.decompress(packed, 8)
        count = int.from_bytes(start[4:8], "big")
        size = len(_header(count, item)) + math.prod((count, *item))
        if size > _MAX_BYTES:
            raise Damaged
        content = start + unpacker.decompress(
            unpacker.unconsumed_tail, size - len(start) + 1
        )  # one more tells a longer one
    except zlib.error as error:
        raise Damaged from error
    if not unpacker.eof:  # eof also says that the checksum of the content is right
        raise Damaged
    return content
