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


class Damaged(Exception):
    """A file that does not hold what it should."""


def read(path: Path, shape: tuple[int, ...]) -> torch.Tensor:
    """A gzipped idx file of unsigned bytes, which must hold exactly ``shape``; one that does not end in ``.gz`` is not packed.

    Raises ``Damaged``, or ``OSError`` where the file cannot be read."""
    header = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)
    size = len(header) + math.prod(shape)
    content = _unpacked(path.read_bytes(), size) if path.suffix == ".gz" else path.read_bytes()
    if len(content) != size or not content.startswith(header):
        raise Damaged
    return torch.frombuffer(bytearray(content), dtype=torch.uint8, offset=len(header)).view(shape)


def _unpacked(packed: bytes, size: int) -> bytes:
    """The content of a gzip file that should be ``size`` bytes long."""
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        content = unpacker.decompress(packed, size + 1)  # one byte more than fits tells a longer content
    except zlib.error as error:
        raise Damaged from error
    if not unpacker.eof:  # eof also says that the checksum of the content is right
        raise Damaged
    return content
