"""What a template is: a network to start from, and what there is to know about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from cnnlab.core.data.augmentation import Augmentation
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project.project import DataSettings, Project
from cnnlab.core.templates.building import Net
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.core.values import Frozen


class Chapter(StrEnum):
    """The chapters of the gallery, in order; ``CHAPTERS`` has their titles."""

    FIRST = "first"
    RECIPE = "recipe"
    BREAKTHROUGH = "breakthrough"
    VGG = "vgg"
    INCEPTION = "inception"
    RESIDUAL = "residual"
    EFFICIENT = "efficient"


CHAPTERS: Mapping[Chapter, Message] = Frozen(
    {
        Chapter.FIRST: _("First networks"),
        Chapter.RECIPE: _("Recipes: a network, its settings, and how good they get"),
        Chapter.BREAKTHROUGH: _("AlexNet and ZFNet"),
        Chapter.VGG: _("VGG: small kernels, many layers"),
        Chapter.INCEPTION: _("Inception: several kernel sizes side by side"),
        Chapter.RESIDUAL: _("Residual networks: shortcuts"),
        Chapter.EFFICIENT: _("Fewer parameters, less arithmetic"),
    }
)

PARAMETERS = _("Parameters")
"""The name of that figure, so that a paper's can stand beside the counted one."""
MULTIPLY_ADDS = _("Multiply–adds")
DEPTH = _("Layers with weights")


@dataclass(frozen=True, kw_only=True)
class Template:
    """A network to start from; ``key`` is what the command line calls it."""

    key: str
    title: Message
    description: Message
    """One line for a menu."""
    chapter: Chapter
    network: Callable[[], Net]
    data: str = "imagenet"
    """The key in ``SOURCES`` of the pictures that it was made for."""
    shape: tuple[int, int, int] = (3, 224, 224)
    """``(C, H, W)`` of its Input."""
    year: int | None = None
    paper: str = ""
    """The title of the paper that describes it; as all that follows, empty for what comes from no paper."""
    authors: str = ""
    new: Message
    """What was new about it, or what there is to see."""
    numbers: tuple[tuple[Message, Message | str], ...] = ()
    """What the paper itself says: the name of a figure and its value, a text where that is only a number."""
    notes: tuple[Message, ...] = ()
    """Where common code, and this template, differ from the paper."""
    parameters: int = 0
    """Counted, as ``engine.shapes`` counts them."""
    macs: int = 0
    """Multiply–accumulate operations for one picture; counted."""
    torchvision: bool = False
    """Whether it is, layer by layer, the model of torchvision whose name is ``key``: a ``state_dict`` of that loads."""
    training: TrainingSettings = TrainingSettings()
    augmentation: Augmentation = Augmentation()
    validation: int = 5000
    """How many training pictures are kept aside, of a set that can be trained on here."""

    @property
    def outputs(self) -> int | None:
        """How many values the Output has."""
        return SOURCES[self.data].outputs

    @property
    def trains_on(self) -> str | None:
        """The data set that it can be trained on here; None if there is none."""
        return self.data if SOURCES[self.data].has_pictures else None

    def build(self) -> Project:
        """A project with the network, laid out, and with the settings that suit it."""
        validation = self.validation if SOURCES[self.data].has_pictures else 0
        return replace(
            self.network().project(),
            title=str(self.title),
            note="\n\n".join(map(str, (self.new, *self.notes))),
            data=DataSettings(self.data, validation=validation),
            preprocessing=SOURCES[self.data].preprocessing,
            augmentation=self.augmentation,
            training=self.training,
        )
