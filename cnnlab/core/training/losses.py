"""What training can minimise, one entry each, what it expects of the end of a network, and its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from cnnlab.core.data.sources import Target
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Option, Real, Settings, Whole, setting
from cnnlab.core.training.entry import Entry
from cnnlab.core.values import Frozen

_HOLDING_BACK = frozenset({"softmax", "logsoftmax", "sigmoid", "hardsigmoid", "tanh", "relu", "relu6"})


@dataclass(frozen=True, kw_only=True)
class LossSpec(Entry):
    """One loss: the single entry from which the form, the options of commands, what has an effect, the checks of the end of a
    network and the reckoning follow.

    ``make`` is called with the outputs, the labels, ``reduction="sum"``, its ``arguments`` and, if it ``weighs``, ``weight``. Of
    classes it gets ``(N, classes)``, int64 labels ``(N,)`` and a weight for each class; of yes or no ``(N,)``, labels of 0.0 and
    1.0 and a weight for each picture; of a number ``(N,)`` and ``(N,)``."""

    expects: Message
    """What should reach the output."""
    target: Target
    """The task that it is for."""
    last: str = ""
    """The type of layer that must come last; empty if any can that is not ``unwanted``."""
    unwanted: frozenset[str] = _HOLDING_BACK
    """Types of layers that should not come last, or right before ``last``, because the loss does their work or because they hold
    back the answer."""
    applies: str = ""
    """The type of layer whose work it does itself: ``softmax``, ``sigmoid``."""
    weighs: bool = False
    """Whether classes can have weights in it."""
    is_mean_of_pictures: bool = False
    """Whether its mean with class weights is over the number of pictures, as torch defines it, and not over their weights."""

    @property
    def uses(self) -> frozenset[str]:
        return super().uses | {"class_weights"} if self.weighs else super().uses


# LogSoftmax done twice is the same as done once.
_BEFORE_SOFTMAX = _HOLDING_BACK - {"logsoftmax"}
_LOGITS = _("Expects one logit for each class: the last layer is Linear, without Softmax.")
_LOGIT = _("Expects one logit: the last layer gives one value, without Sigmoid.")
_SCORES = _("Expects one score for each class: the last layer is Linear, without Softmax.")
_NUMBER = _("Expects one value: the number itself.")

LOSSES: Mapping[str, LossSpec] = Frozen(
    {
        "cross_entropy": LossSpec(
            _("Cross-entropy"), _("Minus the logarithm of the correct class’s probability. The usual choice for classes."),
            make="torch.nn.functional.cross_entropy", arguments=Frozen({"label_smoothing": "label_smoothing"}),
            expects=_LOGITS, target=Target.CLASSES, unwanted=_BEFORE_SOFTMAX, applies="softmax", weighs=True),
        "nll": LossSpec(
            _("NLL (LogSoftmax)"), _("Cross-entropy for a network that ends in LogSoftmax."), make="torch.nn.functional.nll_loss",
            expects=_("Expects log-probabilities: the last layer is LogSoftmax, after one value for each class."),
            target=Target.CLASSES, last="logsoftmax", unwanted=_BEFORE_SOFTMAX, weighs=True),
        "binary_cross_entropy": LossSpec(
            _("Binary cross-entropy"), _("Minus the logarithm of the probability of the correct answer, yes or no."),
            make="torch.nn.functional.binary_cross_entropy_with_logits",
            expects=_LOGIT, target=Target.BINARY, applies="sigmoid", weighs=True),
        "focal": LossSpec(
            _("Focal"), _("Cross-entropy in which pictures that the network is sure of count for little, so that hard and rare "
                          "ones lead."),
            make="cnnlab.engine.training.losses.focal", arguments=Frozen({"gamma": "focal_gamma"}),
            expects=_LOGITS, target=Target.CLASSES, unwanted=_BEFORE_SOFTMAX, applies="softmax", weighs=True),
        "binary_focal": LossSpec(
            _("Binary focal"), _("Focal loss for a yes-or-no question, useful where one of the answers is rare."),
            make="cnnlab.engine.training.losses.binary_focal", arguments=Frozen({"gamma": "focal_gamma"}),
            expects=_LOGIT, target=Target.BINARY, applies="sigmoid", weighs=True),
        "hinge": LossSpec(
            _("Hinge"), _("The correct class must lead every other by a margin of 1, and no more, as in a support vector "
                          "machine."),
            make="torch.nn.functional.multi_margin_loss",
            expects=_SCORES, target=Target.CLASSES, weighs=True, is_mean_of_pictures=True),
        "multi_margin": LossSpec(
            _("Multi-margin"), _("Hinge with a margin of your choice; shortfalls count squared, so that large ones count most."),
            make="torch.nn.functional.multi_margin_loss", arguments=Frozen({"margin": "margin", "p": "margin_power"}),
            expects=_SCORES, target=Target.CLASSES, weighs=True, is_mean_of_pictures=True),
        "mse": LossSpec(
            _("Squared error"), _("Large errors count most. The usual choice for a number."),
            make="torch.nn.functional.mse_loss", expects=_NUMBER, target=Target.NUMBER),
        "mae": LossSpec(
            _("Absolute error"), _("Every error counts in proportion, so that a few wild labels do little harm."),
            make="torch.nn.functional.l1_loss", expects=_NUMBER, target=Target.NUMBER),
        "huber": LossSpec(
            _("Huber"), _("Squared for small errors, in proportion for large ones."),
            make="torch.nn.functional.huber_loss", arguments=Frozen({"delta": "huber_delta"}),
            expects=_NUMBER, target=Target.NUMBER),
    }
)  # fmt: skip
"""By their names in files and options."""

FITTING: Mapping[Target, tuple[str, ...]] = Frozen(
    {target: tuple(name for name, loss in LOSSES.items() if loss.target is target) for target in Target}
)
"""The losses for each task; the first is the usual one."""


@dataclass(frozen=True)
class LossSettings(Settings):
    """The loss that training minimises, and its settings."""

    heading: ClassVar[Message] = _("Loss")

    # fmt: off
    loss: str = setting(
        Choice, _("Loss function"), _("What training minimises: how far the answers are from the labels. Some are for classes, "
        "some for yes or no, some for a number."), "cross_entropy", named=LOSSES)
    huber_delta: float = setting(
        Real, _("Huber delta"), _("Errors below it count squared, above it in proportion."), 1.0,
        low=0.0, high=1e6, above_low=True)
    focal_gamma: float = setting(
        Real, _("Focusing, gamma"), _("How much less a picture counts the surer the network is of it. 2 is usual; 0 is "
        "cross-entropy."), 2.0, low=0.0, high=10.0)
    margin: float = setting(
        Real, _("Margin"), _("How far the correct class must lead every other."), 1.0, low=0.0, high=1e6, above_low=True)
    margin_power: int = setting(
        Whole, _("Power"), _("The penalty for what is missing to the margin: 1 "
        "is linear, as in hinge, 2 is squared."), 2, low=1, high=2)
    label_smoothing: float = setting(
        Real, _("Label smoothing"), _("How much of the target probability is spread over the other classes. 0.1 "
        "keeps a network from being too sure."), 0.0, low=0.0, high=0.9, advanced=True)
    class_weights: str = setting(
        Choice, _("Class weights"), _("Whether the pictures of a rare class count for more."), "none", advanced=True, named=Frozen({
            "none": Option(_("Equal"), _("Every picture counts the same.")),
            "balanced": Option(_("Balanced"), _("A picture of a rare class counts for more, so that every class has the same "
                               "influence.")),
        }))
    # fmt: on


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
        loss=LOSSES[loss].title,
        what=_ASKED_FOR[target],
        better=LOSSES[FITTING[target][0]].title,
    )
