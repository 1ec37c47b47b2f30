"""How pictures become the numbers that the network reads: one value for training, testing and drawing alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Numbers, Option, Param
from cnnlab.core.values import Frozen

Fit = Literal["pad", "resize", "crop"]


@dataclass(frozen=True)
class Preprocessing:
    """What is done to every picture before the network sees it. The size and the channels come from the Input node.

    Raises ``ValueError`` for values that no picture could be normalised with."""

    mean: tuple[float, ...] = (0.1307,)
    """Taken away from each channel, in units of [0, 1]; one for all channels, or one for each."""
    std: tuple[float, ...] = (0.3081,)
    """What each channel is then divided by. The defaults are mean and standard deviation of MNIST's training pictures."""
    fit: Fit = "pad"
    """How a picture of another size comes to the network's: ``pad`` puts it in the middle of a background of zeros (as
    LeNet-5 did, 28 × 28 in 32 × 32) and cuts off what stands out; ``resize`` scales it bilinearly, height and width each
    to the network's; ``crop`` scales both alike, until the shorter side fits, and cuts out the middle."""

    def __post_init__(self) -> None:
        if not self.mean or len(self.mean) != len(self.std):
            raise ValueError(f"mean and std need one value for each channel, not {self.mean} and {self.std}")
        if not all(map(math.isfinite, self.mean + self.std)):
            raise ValueError(f"mean and std must be finite, not {self.mean} and {self.std}")
        if min(self.std) <= 0:
            raise ValueError(f"std must be above 0, not {self.std}")
        if self.fit not in get_args(Fit):
            raise ValueError(f"fit must be one of {', '.join(get_args(Fit))}, not {self.fit!r}")


PREPROCESSING_PARAMS: tuple[Param, ...] = (
    Choice("fit", _("Size"), _("How a picture of another size is brought to the network’s."), "pad",
           options=get_args(Fit), named=Frozen(
        {
            "pad": Option(_("Pad or cut"), _("In the middle of a background of zeros; what does not fit is cut off.")),
            "resize": Option(_("Stretch"), _("Scaled to the network’s height and width.")),
            "crop": Option(_("Scale and cut"), _("Scaled with its proportions until the shorter side fits, then the middle.")),
        }
    )),
    Numbers("mean", _("Mean"), _("Subtracted from each channel, where black is 0 and white 1: one number for all channels, or one "
            "for each."), (0.1307,), low=-1e3, high=1e3, maximum=1024),
    Numbers("std", _("Standard deviation"), _("What each channel is then divided by: one number for all channels, or one for "
            "each."), (0.3081,), low=1e-6, high=1e6, maximum=1024),
)  # fmt: skip


def evened(mean: tuple[float, ...], std: tuple[float, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """``mean`` and ``std`` of equal length: a single number for all channels is repeated where the other has one for each."""
    count = max(len(mean), len(std))
    return mean * count if len(mean) == 1 else mean, std * count if len(std) == 1 else std


def disagreement(mean: tuple[float, ...], std: tuple[float, ...], channels: int) -> Message | None:
    """Why pictures of ``channels`` channels cannot be normalised with as many numbers; None if they can."""
    if {len(mean), len(std)} <= {1, channels}:
        return None
    return _(
        "Give one number for all channels, or one for each: the network reads {channels}.",
        channels=channels,
    )
