"""Small sets in the forms in which the large ones are published."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile

import numpy as np

CIFAR10 = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
CIFAR100 = ["train.bin", "test.bin"]


def pixels(count: int, seed: int, *shape: int) -> np.ndarray:
    """Random pictures uint8 ``(count, *shape)``."""
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


def idx(values: np.ndarray) -> bytes:
    """An idx file of unsigned bytes."""
    return struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape) + values.astype(np.uint8).tobytes()


def idx_set(train: int = 30, test: int = 20) -> dict[str, bytes]:
    """The four packed files of a set like MNIST; the label is the number of the picture modulo 10."""
    files = {}
    for split, count in (("train", train), ("t10k", test)):
        files[f"{split}-images-idx3-ubyte.gz"] = gzip.compress(idx(pixels(count, count, 28, 28)), 1)
        files[f"{split}-labels-idx1-ubyte.gz"] = gzip.compress(idx(np.arange(count) % 10), 1)
    return files


def cifar_file(count: int, seed: int, classes: int = 10, coarse: bool = False) -> bytes:
    """Records of the binary version: the label is the number of the picture modulo ``classes``."""
    labels = (np.arange(count, dtype=np.uint8) % classes)[:, None]
    records = [labels // 5, labels] if coarse else [labels]
    return np.hstack([*records, pixels(count, seed, 3072)]).tobytes()


def tar_gz(files: dict[str, bytes]) -> bytes:
    """A packed archive with these members."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz", compresslevel=1) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return held.getvalue()


def cifar10_archive(count: int = 20) -> bytes:
    """Like ``cifar-10-binary.tar.gz``, with ``count`` pictures in each file."""
    folder = "cifar-10-batches-bin"
    files = {f"{folder}/{name}": cifar_file(count, seed) for seed, name in enumerate(CIFAR10)}
    return tar_gz({f"{folder}/readme.html": b"<html>", **files})


def python2_batch(labels: list[int], values: np.ndarray, key: bytes = b"labels") -> bytes:
    """A batch of CIFAR's Python version, as Python 2 pickled it (protocol 2): a dict with an array and a list, byte by byte,
    because no later Python writes such strings."""

    def text(value: bytes) -> bytes:
        return b"U" + bytes([len(value)]) + value

    def number(value: int) -> bytes:
        return b"J" + struct.pack("<i", value)

    kind = b"cnumpy\ndtype\n" + text(b"u1") + number(0) + number(1) + b"\x87R"
    kind += b"(" + number(3) + text(b"|") + b"NNN" + number(-1) + number(-1) + number(0) + b"tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n" + number(0) + b"\x85" + text(b"b") + b"\x87R"
    content = values.tobytes()
    shape = b"".join(map(number, values.shape)) + b"\x86"
    array += b"(" + number(1) + shape + kind + b"\x89" + b"T" + struct.pack("<i", len(content)) + content + b"tb"
    listed = b"](" + b"".join(map(number, labels)) + b"e"
    return b"\x80\x02}(" + text(b"data") + array + text(key) + listed + b"u."
