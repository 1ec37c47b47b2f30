"""Data sets as tensors in memory, split into training, validation and test pictures."""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch

from cnnlab.core.messages import message as _
from cnnlab.core.project import DataSettings
from cnnlab.core.resources import resource
from cnnlab.core.sources import SOURCES, Source
from cnnlab.engine.data import image_folder
from cnnlab.engine.data.data_error import DataError

__all__ = ["DataError", "Dataset", "PictureSet", "load", "mnist", "source", "stratified_split"]


@dataclass(frozen=True, eq=False)
class PictureSet:
    """Pictures and what they show. The tensors are shared by all who load the data set: never write into them."""

    images: torch.Tensor
    """uint8 ``(N, C, H, W)``."""
    labels: torch.Tensor
    """int64 ``(N,)``, each an index into the data set's ``classes``."""

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """One data set with its three splits. The test split is for the figure at the end of a run, never for choosing."""

    name: str
    classes: tuple[str, ...]
    train: PictureSet
    validation: PictureSet
    test: PictureSet


def source(name: str) -> Source:
    """What is known of the data set of that name before it is read; raises ``DataError`` if there is none."""
    if name not in SOURCES:
        known = ", ".join(SOURCES)
        raise DataError(_("There is no data set “{name}”. This version knows: {known}.", name=name, known=known))
    return SOURCES[name]


def load(data: DataSettings) -> Dataset:
    """The pictures that ``data`` asks for. A second call for the same ones is free.

    Raises ``DataError`` for an unknown or missing set, for damaged files, and for more pictures to hold out than there
    are."""
    wanted = source(data.source)
    if wanted.bundled:
        return mnist(data.validation, data.seed)
    if not wanted.has_pictures:
        raise DataError(
            _(
                "cnnlab has no pictures for this network ({title}), so it cannot be trained here. It can be looked into: "
                "open a picture file, or import weights.",
                title=wanted.title,
            )
        )
    if not data.folder:
        raise DataError(
            _(
                "The pictures of {title} do not come with cnnlab. Choose the folder that holds them: “train” and “test” in "
                "it, each with one folder of pictures for each class.",
                title=wanted.title,
            )
        )
    return _folder(data)


@lru_cache(maxsize=1)
def _folder(data: DataSettings) -> Dataset:
    wanted = SOURCES[data.source]
    folder = Path(data.folder).expanduser()
    images, labels = image_folder.read(folder, "train", wanted)
    train, held_out = stratified_split(labels, min(data.validation, len(labels) // 5), data.seed)
    return Dataset(
        data.source,
        wanted.classes,
        PictureSet(images[train], labels[train]),
        PictureSet(images[held_out], labels[held_out]),
        PictureSet(*image_folder.read(folder, "test", wanted)),
    )


def mnist(validation: int = 5000, seed: int = 0) -> Dataset:
    """MNIST: 10,000 test pictures ``(1, 28, 28)``, and 60,000 of which ``validation`` are held out of training.

    A second call with the same arguments is free. Raises ``DataError`` when the bundled files are missing or damaged.
    """
    return _mnist(validation, seed)


@lru_cache(maxsize=1)  # 55 MB each: only the split in use is kept
def _mnist(validation: int, seed: int) -> Dataset:
    images, labels = _mnist_split("train", 60_000)
    train, held_out = stratified_split(labels, validation, seed)
    return Dataset(
        "mnist",
        SOURCES["mnist"].classes,
        PictureSet(images[train], labels[train]),
        PictureSet(images[held_out], labels[held_out]),
        PictureSet(*_mnist_split("t10k", 10_000)),
    )


def stratified_split(labels: torch.Tensor, held_out: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The indices ``(kept, held out)`` of ``labels`` int64 ``(N,)``, each ascending, drawn at random by ``seed``.

    Exactly ``held_out`` are held out, from each class its share to within one picture (largest remainders).
    Raises ``DataError`` unless ``0 <= held_out <= N``."""
    if not 0 <= held_out <= len(labels):
        raise DataError(
            _(
                "{count} pictures cannot be kept aside for validation: there are {all}. Nothing was started. Choose fewer.",
                count=f"{held_out:,}",
                all=f"{len(labels):,}",
            )
        )
    counts = labels.bincount().tolist()
    total = max(len(labels), 1)
    shares = [count * held_out // total for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda c: -(counts[c] * held_out % total))
    for c in by_remainder[: held_out - sum(shares)]:
        shares[c] += 1
    generator = torch.Generator().manual_seed(seed)
    mask = torch.zeros(len(labels), dtype=torch.bool)
    for c, share in enumerate(shares):
        members = (labels == c).nonzero().flatten()
        mask[members[torch.randperm(len(members), generator=generator)[:share]]] = True
    return (~mask).nonzero().flatten(), mask.nonzero().flatten()


def _mnist_split(split: str, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    images = _read_idx(f"{split}-images-idx3-ubyte.gz", (count, 28, 28))
    labels = _read_idx(f"{split}-labels-idx1-ubyte.gz", (count,))
    return images.unsqueeze(1), labels.to(torch.int64)


def _read_idx(file: str, shape: tuple[int, ...]) -> torch.Tensor:
    """A bundled, gzipped idx file of unsigned bytes, which must hold exactly ``shape``.

    The format is described at <http://yann.lecun.com/exdb/mnist/>: two zero bytes, the type (8: unsigned byte), the
    number of axes, each axis as a big-endian 32-bit integer, then the values."""
    path = resource("mnist", file)
    header = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)
    size = len(header) + math.prod(shape)
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        content = unpacker.decompress(path.read_bytes(), size + 1)  # one byte more than fits tells a longer content
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(
            _(
                "The MNIST file {path} cannot be read: {reason}. Nothing else is harmed. Install cnnlab again.",
                path=str(path),
                reason=reason,
            )
        ) from error
    except zlib.error as error:
        raise _damaged(str(path)) from error
    # eof also says that the checksum of the content is right.
    if not unpacker.eof or len(content) != size or not content.startswith(header):
        raise _damaged(str(path))
    return torch.frombuffer(bytearray(content), dtype=torch.uint8, offset=len(header)).view(shape)


def _damaged(path: str) -> DataError:
    return DataError(_("The MNIST file {path} is damaged. Nothing else is harmed. Install cnnlab again.", path=path))
