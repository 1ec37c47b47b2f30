"""What a loss expects of the end of a network, and what the network of a project is to learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cnnlab.core.augmentation import AUGMENTATION_PARAMS
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project import Project
from cnnlab.core.sources import SOURCES, Target
from cnnlab.core.training_options import LOSS_OPTIONS
from cnnlab.core.values import Frozen


@dataclass(frozen=True)
class Head:
    """The end of a network that goes with one loss."""

    words: Message
    """What should reach the output."""
    target: Target
    """The task that the loss is for."""
    last: str = ""
    """The type of layer that must come last; empty if any can that is not ``unwanted``."""
    unwanted: frozenset[str] = frozenset()
    """Types of layers that should not come last, or right before ``last``, because the loss does their work or because they hold
    back the answer."""


_SQUASHING = frozenset({"softmax", "logsoftmax", "sigmoid", "hardsigmoid", "tanh"})
_HALVING = frozenset({"relu", "relu6"})
# LogSoftmax done twice is the same as done once.
_BEFORE_SOFTMAX = (_SQUASHING - {"logsoftmax"}) | _HALVING
_NUMBER = Head(_("Expects one value: the number itself."), Target.NUMBER, unwanted=_SQUASHING | _HALVING)

HEADS: Mapping[str, Head] = Frozen(
    {
        "cross_entropy": Head(
            _("Expects one logit for each class: the last layer is Linear, without Softmax."),
            Target.CLASSES,
            unwanted=_BEFORE_SOFTMAX,
        ),
        "nll": Head(
            _("Expects log-probabilities: the last layer is LogSoftmax, after one value for each class."),
            Target.CLASSES,
            last="logsoftmax",
            unwanted=_BEFORE_SOFTMAX,
        ),
        "hinge": Head(
            _("Expects one score for each class: the last layer is Linear, without Softmax."),
            Target.CLASSES,
            unwanted=_SQUASHING | _HALVING,
        ),
        "binary_cross_entropy": Head(
            _("Expects one logit: the last layer gives one value, without Sigmoid."),
            Target.BINARY,
            unwanted=_SQUASHING | _HALVING,
        ),
        "mse": _NUMBER,
        "mae": _NUMBER,
        "huber": _NUMBER,
    }
)
"""By the name of the loss in the settings."""

FITTING: Mapping[Target, tuple[str, ...]] = Frozen(
    {target: tuple(name for name, head in HEADS.items() if head.target is target) for target in Target}
)
"""The losses for each task; the first is the usual one."""


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
    """Those that are on and make pictures which the data do not have."""


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


_ASKED_FOR: Mapping[Target, Message] = Frozen(
    {
        Target.CLASSES: _("one of several classes"),
        Target.BINARY: _("yes or no"),
        Target.NUMBER: _("a number"),
    }
)


def unfit(loss: str, target: Target) -> Message:
    """Why ``loss`` cannot teach a network to answer ``target``, and which loss can."""
    return _(
        "The loss “{loss}” does not go with these data, which ask for {what}. Choose “{better}”.",
        loss=LOSS_OPTIONS[loss].title,
        what=_ASKED_FOR[target],
        better=LOSS_OPTIONS[FITTING[target][0]].title,
    )
