"""How training pictures are varied, so that a network never sees the same one twice."""

from __future__ import annotations

from dataclasses import dataclass, fields

from cnnlab.core.messages import message as _
from cnnlab.core.params import Param, Real, Whole


@dataclass(frozen=True)
class Augmentation:
    """What is done at random to every training picture, each on its own, and to no other. ``AUGMENTATION_PARAMS`` holds range
    and words of each field. Everything at zero does nothing."""

    flip_horizontal: float = 0.0
    flip_vertical: float = 0.0
    rotation: float = 0.0
    translation: float = 0.0
    scale: float = 0.0
    crop_padding: int = 0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    rgb_shift: float = 0.0
    noise: float = 0.0
    erasing: float = 0.0

    def __post_init__(self) -> None:
        for param in AUGMENTATION_PARAMS:
            object.__setattr__(self, param.name, param.normal(getattr(self, param.name)))

    def __bool__(self) -> bool:
        """Whether it does anything."""
        return any(getattr(self, field.name) for field in fields(self))


AUGMENTATION_PARAMS: tuple[Param, ...] = (
    Real("flip_horizontal", _("Flip left–right"), _("How likely a picture is mirrored. 0.5 suits photos; digits have one right "
         "way round."), 0.0, low=0.0, high=1.0),
    Real("flip_vertical", _("Flip top–bottom"), _("How likely a picture is turned upside down."), 0.0, low=0.0, high=1.0,
         advanced=True),
    Real("rotation", _("Rotation, degrees"), _("The farthest that a picture is turned, either way."), 0.0, low=0.0, high=180.0),
    Real("translation", _("Translation"), _("The farthest that it is moved, as a share of width and height."), 0.0,
         low=0.0, high=1.0),
    Real("scale", _("Scale"), _("The most that it becomes larger or smaller: 0.1 is between 0.9 and 1.1 times."), 0.0,
         low=0.0, high=0.9),
    Whole("crop_padding", _("Random crop, padding"), _("Pads the picture by so many pixels and cuts its size out at a random "
          "place. 4 is usual for 32 × 32."), 0, low=0, high=512),
    Real("brightness", _("Brightness"), _("The most that it becomes brighter or darker, as a share."), 0.0, low=0.0, high=1.0),
    Real("contrast", _("Contrast"), _("The most that contrast changes, as a share."), 0.0, low=0.0, high=1.0),
    Real("saturation", _("Colour"), _("The most that colours become stronger or paler, as a share."), 0.0, low=0.0, high=1.0,
         advanced=True),
    Real("rgb_shift", _("AlexNet’s RGB shift"), _("Moves red, green and blue together along the directions in which the training "
         "pictures’ colours vary most: the deviation of how far, as a share of their variance there. AlexNet took 0.1."), 0.0,
         low=0.0, high=1.0, advanced=True),
    Real("noise", _("Gaussian noise"), _("The deviation of what is added to every value, where black is 0 and white 1."), 0.0,
         low=0.0, high=1.0, advanced=True),
    Real("erasing", _("Random erasing"), _("How likely a rectangle of it, up to a third, is blotted out."), 0.0,
         low=0.0, high=1.0, advanced=True),
)  # fmt: skip
