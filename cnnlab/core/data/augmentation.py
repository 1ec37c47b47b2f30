"""How training pictures are varied, so that a network never sees the same one twice."""

from __future__ import annotations

from dataclasses import dataclass, fields

from cnnlab.core.messages import message as _
from cnnlab.core.params import Param, Real, Settings, Whole, params, setting


@dataclass(frozen=True)
class Augmentation(Settings):
    """What is done at random to every training picture, each on its own, and to no other. Everything at zero does nothing."""

    # fmt: off
    flip_horizontal: float = setting(
        Real, _("Flip left–right"), _("The probability that a picture is mirrored. 0.5 suits photos, and 0 suits digits."), 0.0,
        low=0.0, high=1.0)
    flip_vertical: float = setting(
        Real, _("Flip top–bottom"), _("The probability that a picture is turned upside down."), 0.0,
        low=0.0, high=1.0, advanced=True)
    rotation: float = setting(
        Real, _("Rotation, degrees"), _("The largest angle, in degrees, by which a "
        "picture is rotated either way."), 0.0, low=0.0, high=180.0)
    translation: float = setting(
        Real, _("Translation"), _("The farthest that a picture is moved, as a "
        "fraction of its width and height."), 0.0, low=0.0, high=1.0)
    scale: float = setting(
        Real, _("Scale"), _("The most that a picture becomes larger or smaller: 0.1 is between 0.9 and 1.1 times."), 0.0,
        low=0.0, high=0.9)
    crop_padding: int = setting(
        Whole, _("Random crop, padding"), _("Pads the picture by so many pixels and cuts its size out at a random place. 4 is "
        "usual for 32 × 32."), 0, low=0, high=512)
    brightness: float = setting(
        Real, _("Brightness"), _("The most that a picture becomes brighter or darker, as a fraction."), 0.0, low=0.0, high=1.0)
    contrast: float = setting(
        Real, _("Contrast"), _("The most that the contrast of a picture changes, as a fraction."), 0.0, low=0.0, high=1.0)
    saturation: float = setting(
        Real, _("Colour"), _("The most that colours become stronger or paler, as a fraction."), 0.0,
        low=0.0, high=1.0, advanced=True)
    rgb_shift: float = setting(
        Real, _("AlexNet’s RGB shift"), _("Moves red, green and blue together along the directions in which the training "
        "pictures’ colours vary most; the standard deviation of how far, as a fraction of their variance. AlexNet took 0.1."), 0.0,
        low=0.0, high=1.0, advanced=True)
    noise: float = setting(
        Real, _("Gaussian noise"), _("The standard deviation of what is added to every value, where black is 0 and white 1."), 0.0,
        low=0.0, high=1.0, advanced=True)
    erasing: float = setting(
        Real, _("Random erasing"), _("The probability that a rectangle of a picture, up to a third of it, is erased."), 0.0,
        low=0.0, high=1.0, advanced=True)
    # fmt: on

    def __bool__(self) -> bool:
        """Whether it does anything."""
        return any(getattr(self, field.name) for field in fields(self))


AUGMENTATION_PARAMS: tuple[Param, ...] = params(Augmentation)
