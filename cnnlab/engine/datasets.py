"""The data sets that come with the app, as tensors in memory, split into training, validation and test pictures."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import torch

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project import SOURCES, Source
from cnnlab.core.resources import resource


class DataError(ValueError):
    """A data set that cannot be used; ``message`` says which and why."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


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


def load(name: str, validation: int, seed: int) -> Dataset:
    """The data set of that name, with ``validation`` pictures held out of its training pictures by ``seed``.

    Raises ``DataError`` for an unknown name, for damaged files, and for more pictures to hold out than there are."""
    source(name)
    return _READERS[name](validation, seed)


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


_READERS: Mapping[str, Callable[[int, int], Dataset]] = {"mnist": mnist}
"""From the number of validation pictures and the seed of the split, for each of ``SOURCES``."""


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
