"""The sets of labelled pictures that cnnlab knows, and what is to be learned from each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cnnlab.core import imagenet
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
    """Of the number that is to be learned."""

    @property
    def outputs(self) -> int | None:
        """How many numbers the network gives for a picture; None if that is not known."""
        return len(self.classes) or None if self.target is Target.CLASSES else 1

    @property
    def in_colour(self) -> bool:
        """Whether the pictures have red, green and blue."""
        return self.shape[0] == 3

    def lacking(self, folder: Path) -> Path | None:
        """The first folder of a split and class that is not there in ``folder``; None if it can hold this set."""
        places = (folder / split / name for split in ("train", "test") for name in self.classes)
        return next((place for place in places if not place.is_dir()), None)

    def names(self, count: int) -> tuple[str, ...]:
        """What ``count`` logits stand for: the classes, or numbers where the classes are not known or are not as many."""
        return self.classes if len(self.classes) == count else tuple(map(str, range(count)))


SOURCES: Mapping[str, Source] = Frozen(
    {
        "mnist": Source(_("MNIST"), tuple("0123456789"), (1, 28, 28), bundled=True),
        "mnist_seven": Source(_("MNIST: is it a 7?"), ("other", "7"), (1, 28, 28), bundled=True, target=Target.BINARY),
        "mnist_angle": Source(
            _("MNIST: angle of a digit"), (), (1, 28, 28), bundled=True, target=Target.NUMBER, unit="°"
        ),
        "cifar10": Source(
            _("CIFAR-10"),
            ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
            (3, 32, 32),
        ),
        "imagenet": Source(_("ImageNet"), imagenet.CLASSES, (3, 224, 224), has_pictures=False),
        "none": Source(_("no data set"), (), (3, 224, 224), has_pictures=False),
    }
)
