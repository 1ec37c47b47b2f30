from __future__ import annotations

import gzip
import os
import pickle
import pickletools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import published
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.core.data.sources import SOURCES
from cnnlab.core.project.project import DataSettings
from cnnlab.engine.data import published_sets
from cnnlab.engine.data.datasets import DataError, PictureSet, load
from cnnlab.engine.data.idx import Damaged


def put(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def unpacked(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name.removesuffix(".gz"): gzip.decompress(content) for name, content in files.items()}


@pytest.mark.parametrize("place", [".", "FashionMNIST/raw"])
@pytest.mark.parametrize("change", [dict, unpacked], ids=["packed", "unpacked"])
def test_fashion_mnist_is_read_from_its_files_and_from_torchvision_s_folder(
    tmp_path: Path, place: str, change: Callable[[dict[str, bytes]], dict[str, bytes]]
) -> None:
    put(tmp_path / place, change(published.idx_set(30, 20)))
    data = load(DataSettings("fashion_mnist", 5, folder=str(tmp_path)))
    assert (len(data.train), len(data.validation), len(data.test)) == (25, 5, 20)
    assert data.classes == SOURCES["fashion_mnist"].classes
    assert data.test.labels.tolist() == [number % 10 for number in range(20)]
    assert np.array_equal(data.test.read(range(20))[:, 0].numpy(), published.pixels(20, 20, 28, 28))


def test_torchvision_reads_the_same_of_fashion_mnist(tmp_path: Path) -> None:
    from torchvision.datasets import FashionMNIST

    put(tmp_path / "FashionMNIST" / "raw", unpacked(published.idx_set()))
    theirs = FashionMNIST(str(tmp_path), train=False)
    (_train, (images, labels)) = published_sets.read("fashion_mnist", tmp_path) or pytest.fail("not found")
    assert torch.equal(theirs.data, images[:, 0])
    assert torch.equal(theirs.targets, labels)


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
@pytest.mark.parametrize("kind", ["cifar", "pickle"])
def test_cifar_is_read_from_both_of_its_versions(tmp_path: Path, name: str, kind: str) -> None:
    (files,) = (files for files in SOURCES[name].files if files.kind == kind)
    classes, coarse = len(SOURCES[name].classes), name == "cifar100"
    labels = [number % classes for number in range(120)]
    for seed, file in enumerate(files.train + files.test):
        if kind == "cifar":
            content = published.cifar_file(120, seed, classes, coarse)
        else:
            key = b"fine_labels" if coarse else b"labels"
            content = published.python2_batch(labels, published.pixels(120, seed, 3072), key)
        put(tmp_path / files.folder, {file: content})
    data = load(DataSettings(name, 0, folder=str(tmp_path)))
    count = 120 * len(files.train)
    assert (len(data.train), len(data.validation), len(data.test)) == (count, 0, 120)
    assert data.train.labels.tolist() == labels * len(files.train)
    last = published.pixels(120, len(files.train), 3, 32, 32)
    assert np.array_equal(data.test.read([0, 119]).numpy(), last[[0, 119]])
    assert isinstance(data.train, PictureSet)
    assert data.train.images.dtype == torch.uint8


def test_the_batch_that_is_written_byte_by_byte_is_what_numpy_would_read() -> None:
    values = published.pixels(4, 1, 3072)
    entries = pickle.loads(published.python2_batch([3, 1, 2, 0], values), encoding="bytes")
    assert np.array_equal(entries[b"data"], values)
    assert entries[b"labels"] == [3, 1, 2, 0]


def hostile(*operations: bytes) -> bytes:
    return b"\x80\x02" + b"".join(operations) + b"."


HOSTILE = {
    "a call of the shell": hostile(b"cos\nsystem\n", b"U\x04true", b"\x85R"),
    "a call by another name": hostile(b"cbuiltins\neval\n", b"U\x011", b"\x85R"),
    "numpy's own loader": hostile(b"cnumpy\nload\n", b"U\x01x", b"\x85R"),
    "a name in a stand-in": hostile(b"cnumpy\nndarray.__init__\n"),
    "a string longer than the file": hostile(b"T", b"\xff\xff\xff\x7f"),
    "room for two milliards of references": hostile(b"}", b"r", b"\xff\xff\xff\x7f"),
    "an array of objects": published.python2_batch([0], published.pixels(1, 0, 3072)).replace(b"U\x02u1", b"U\x02O8"),
    "a picture too few": published.python2_batch([0, 1], published.pixels(1, 0, 3072)),
    "labels that are no numbers": hostile(b"}", b"U\x04data", b"}", b"s"),
    "no end": published.python2_batch([0], published.pixels(1, 0, 3072))[:-1],
    "nothing": b"",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_pickle_runs_nothing_and_takes_no_memory(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "train").write_bytes(content)
    with pytest.raises(Damaged):
        published_sets.read_pickle(tmp_path / "train", "labels")


class Touch:
    """What a pickle that runs code looks like."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_what_a_pickle_would_run_is_not_run(tmp_path: Path, protocol: int) -> None:
    (tmp_path / "train").write_bytes(pickle.dumps({b"data": Touch(tmp_path / "made"), b"labels": [0]}, protocol))
    with pytest.raises(Damaged):
        published_sets.read_pickle(tmp_path / "train", "labels")
    assert not (tmp_path / "made").exists()


GOOD = published.python2_batch([1, 0], published.pixels(2, 3, 3072))
HEAD = GOOD.index(b"T" + (2 * 3072).to_bytes(4, "little"))  # what follows are the pixels
OPCODES = sorted({ord(each.code) for each in pickletools.opcodes})


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.sampled_from(OPCODES)), min_size=1, max_size=4), st.booleans()
)
def test_a_changed_pickle_gives_pictures_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], near: bool
) -> None:
    content = bytearray(GOOD)
    for at, byte in changes:
        content[at % (HEAD if near else len(GOOD))] = byte
    path = tmp_path_factory.getbasetemp() / "changed"
    path.write_bytes(content)
    try:
        images, labels = published_sets.read_pickle(path, "labels")
    except Damaged:
        return
    assert images.shape == (len(labels), 3, 32, 32)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("t10k-labels-idx1-ubyte.gz", lambda content: content[:-9]),
        ("train-images-idx3-ubyte.gz", lambda content: content[:200] + bytes([content[200] ^ 1]) + content[201:]),
        ("train-labels-idx1-ubyte.gz", lambda content: gzip.compress(published.idx(np.full(30, 10)))),
        ("train-labels-idx1-ubyte.gz", lambda content: gzip.compress(published.idx(np.arange(29)))),
        ("train-images-idx3-ubyte.gz", lambda content: gzip.compress(b"\0\0\x08\x03" + b"\xff" * 12)),
    ],
    ids=["cut off", "a bit flipped", "a label too high", "one label short", "four milliards of pictures"],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, damage: Callable[[bytes], bytes]) -> None:
    files = published.idx_set()
    put(tmp_path, files | {name: damage(files[name])})
    with pytest.raises(DataError, match=r"(images|labels).* is damaged"):
        load(DataSettings("fashion_mnist", folder=str(tmp_path)))


@pytest.mark.parametrize("content", [b"", b"x" * 3072, published.cifar_file(2, 0) + b"x"])
def test_a_binary_file_of_no_whole_pictures_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "train.bin").write_bytes(content)
    with pytest.raises(Damaged):
        published_sets.read_binary(tmp_path / "train.bin", 1)
