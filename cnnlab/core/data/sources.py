"""The sets of labelled pictures that cnnlab knows, and what is to be learned from each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cnnlab.core.data import imagenet, published
from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.core.data.published import DataFiles, Download
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.values import Frozen


class Target(StrEnum):
    """What a network is to say of a picture."""

    CLASSES = "classes"
    """Which of several classes it is: one logit for each."""
    BINARY = "binary"
    """Whether it is the second of two classes: one logit."""
    NUMBER = "number"
    """A number, such as an angle: one output, which is the number."""


@dataclass(frozen=True)
class Source:
    """A set of labelled pictures that cnnlab knows."""

    title: Message
    classes: tuple[str, ...]
    """Empty if not known."""
    shape: tuple[int, int, int]
    """``(C, H, W)`` of every picture as the set holds it."""
    bundled: bool = False
    """Whether the pictures come with the app."""
    has_pictures: bool = True
    """Whether the app can read the pictures at all; if not, its networks can only be looked into."""
    target: Target = Target.CLASSES
    unit: str = ""
    """The unit of the number that is to be learned, such as ``°``."""
    preprocessing: Preprocessing = Preprocessing()
    """With mean and standard deviation of its training pictures."""
    downloads: tuple[Download, ...] = ()
    """What can be fetched, where the app may not bring the pictures itself."""
    files: tuple[DataFiles, ...] = ()
    """The ways in which the set is published, beside a folder of pictures for each class."""
    any_size: bool = False
    """Whether the pictures, of any size each, are brought to the size of the network's Input; ``shape`` is only where there
    is none."""
    answer_changed_by: frozenset[str] = frozenset()
    """Fields of ``Augmentation`` that change what is to be learned, while the label stays as it was."""
    unlike_when: frozenset[str] = frozenset()
    """Fields of ``Augmentation`` that make pictures which are none of this set, such as mirrored letters."""

    @property
    def outputs(self) -> int | None:
        """How many numbers the network gives for a picture; None if that is not known."""
        return len(self.classes) or None if self.target is Target.CLASSES else 1

    @property
    def in_colour(self) -> bool:
        """Whether the pictures have red, green and blue."""
        return self.shape[0] == 3

    @property
    def download_bytes(self) -> int:
        """How much there is to fetch; 0 if the set cannot be fetched."""
        return sum(each.bytes for each in self.downloads)

    def lacking(self, folder: Path) -> Path | None:
        """The first folder that is not there in ``folder``, of a split and class, or itself; None if it can hold this set."""
        if any(files.place(folder) for files in self.files):
            return None
        splits = ("train", "test") if self.classes else ()
        places = (folder, *(folder / split / name for split in splits for name in self.classes))
        return next((place for place in places if not place.is_dir()), None)

    def names(self, count: int) -> tuple[str, ...]:
        """What ``count`` logits stand for: the classes, or numbers where the classes are not known or are not as many."""
        return named(self.classes, count)


def named(classes: tuple[str, ...], count: int) -> tuple[str, ...]:
    """``classes``, or numbers where those are not ``count`` names."""
    return classes if len(classes) == count else tuple(map(str, range(count)))


_FLIPS = frozenset({"flip_horizontal", "flip_vertical"})
_IMAGENET = Preprocessing((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), "resize")

SOURCES: Mapping[str, Source] = Frozen(
    {
        "mnist": Source(_("MNIST"), tuple("0123456789"), (1, 28, 28), bundled=True, unlike_when=_FLIPS),
        "mnist_seven": Source(
            _("MNIST: is it a 7?"),
            ("other", "7"),
            (1, 28, 28),
            bundled=True,
            target=Target.BINARY,
            unlike_when=_FLIPS,
        ),
        "mnist_angle": Source(
            _("MNIST: angle of a digit"),
            (),
            (1, 28, 28),
            bundled=True,
            target=Target.NUMBER,
            unit="°",
            answer_changed_by=_FLIPS | {"rotation"},
        ),
        "fashion_mnist": Source(
            _("Fashion-MNIST"),
            published.FASHION_MNIST_CLASSES,
            (1, 28, 28),
            preprocessing=Preprocessing((0.2860,), (0.3530,)),
            downloads=published.FASHION_MNIST_DOWNLOADS,
            files=published.FASHION_MNIST_FILES,
        ),
        "cifar10": Source(
            _("CIFAR-10"),
            published.CIFAR10_CLASSES,
            (3, 32, 32),
            preprocessing=Preprocessing((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
            downloads=published.CIFAR10_DOWNLOADS,
            files=published.CIFAR10_FILES,
        ),
        "cifar100": Source(
            _("CIFAR-100"),
            published.CIFAR100_CLASSES,
            (3, 32, 32),
            preprocessing=Preprocessing((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762)),
            downloads=published.CIFAR100_DOWNLOADS,
            files=published.CIFAR100_FILES,
        ),
        "folder": Source(
            _("Folder of pictures"),
            (),
            (3, 64, 64),
            preprocessing=Preprocessing((0.5,), (0.25,), "resize"),
            any_size=True,
        ),
        "imagenet": Source(_("ImageNet"), imagenet.CLASSES, (3, 224, 224), has_pictures=False, preprocessing=_IMAGENET),
        "none": Source(_("no data set"), (), (3, 224, 224), has_pictures=False, preprocessing=_IMAGENET),
    }
)
