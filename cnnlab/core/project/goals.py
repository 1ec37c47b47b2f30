"""What the network of a project is to learn."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.core.data.augmentation import AUGMENTATION_PARAMS
from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.project.project import Project


@dataclass(frozen=True)
class Goal:
    """What a network is to answer, and the loss that teaches it."""

    target: Target = Target.CLASSES
    outputs: int | None = None
    """How many numbers it gives for a picture; None if that is not known."""
    loss: str | None = None
    """By its name in the settings; None where nothing is to be trained."""
    misleading: tuple[str, ...] = ()
    """The augmentations that are on and change the answer, so that the labels are wrong."""
    doubtful: tuple[str, ...] = ()
    """The augmentations that are on and make pictures which the data do not have."""


def goal(project: Project) -> Goal:
    """What the network of ``project`` is to learn, by its data and settings."""
    source, augmentation = SOURCES[project.data.source], project.augmentation
    used = [param.name for param in AUGMENTATION_PARAMS if getattr(augmentation, param.name)]
    return Goal(
        source.target,
        project.outputs,
        project.training.loss,
        misleading=tuple(name for name in used if name in source.answer_changed_by),
        doubtful=tuple(name for name in used if name in source.unlike_when),
    )
